//! What is due: covered by payments, the oldest first; overdue after its day; nothing once taken back.

use actors::error::{Error, Refusal};
use domain::ids::TransactionId;
use domain::invoices::{Invoice, Status};

use super::{invoices, settings, stored};
use crate::harness::TestApp;
use crate::harness::app::{Customer, money, payment};
use crate::harness::retell::flat;

/// A customer who owes two months, of 10.00 and of 20.00.
async fn owing(app: &TestApp) -> (Customer, Invoice, Invoice) {
    let customer = app.poor_customer().await;
    customer.webhook(&flat("c1", 600)).await;
    app.now_is("2026-02-01T00:00:00Z");
    let [first] = invoices(app, &customer).await.try_into().unwrap();
    customer.webhook(&flat("c2", 1200)).await;
    app.now_is("2026-03-01T00:00:00Z");
    let [second] = invoices(app, &customer).await.try_into().unwrap();
    (customer, first, second)
}

async fn standing(app: &TestApp, customer: &Customer, invoice: &Invoice) -> (Status, String) {
    let invoice = stored(app, customer, invoice.id).await;
    assert_eq!(invoice.paid_at.is_some(), invoice.status == Status::Paid);
    (invoice.status, invoice.amount_due.to_string())
}

#[tokio::test(flavor = "multi_thread")]
async fn payments_cover_open_invoices_the_oldest_first() {
    let app = TestApp::start().await;
    let (customer, first, second) = owing(&app).await;
    assert_eq!((first.amount_due, second.amount_due), (money("10"), money("20")));
    let tenant = app.tenant(&customer).await;
    tenant.credit(payment("p1", "4")).await.unwrap();
    assert_eq!(standing(&app, &customer, &first).await, (Status::Overdue, "6.00".to_owned()));
    tenant.credit(payment("p2", "16")).await.unwrap();
    assert_eq!(standing(&app, &customer, &first).await, (Status::Paid, "0.00".to_owned()));
    assert_eq!(standing(&app, &customer, &second).await, (Status::Sent, "10.00".to_owned()));
    // Memory is gone, the open invoice is not.
    let app = app.restart().await;
    let tenant = app.tenant(&customer).await;
    tenant.credit(payment("p3", "11")).await.unwrap();
    tenant.credit(payment("p3", "11")).await.unwrap();
    assert_eq!(standing(&app, &customer, &second).await, (Status::Paid, "0.00".to_owned()));
    assert_eq!(app.balance(&customer).await, money("1"));
    assert_eq!(app.findings().await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_paid_in_time_is_overdue_and_said_so_once() {
    let app = TestApp::start().await;
    let customer = app.poor_customer().await;
    customer.webhook(&flat("c1", 600)).await;
    app.now_is("2026-02-01T00:00:00Z");
    let [invoice] = invoices(&app, &customer).await.try_into().unwrap();
    app.now_is("2026-02-15T23:59:59Z");
    assert_eq!(app.keep_books().await.overdue, 0, "the last day is not over");
    app.now_is("2026-02-16T00:00:00Z");
    assert_eq!(app.keep_books().await.overdue, 1);
    assert_eq!(app.keep_books().await.overdue, 0);
    assert_eq!(standing(&app, &customer, &invoice).await, (Status::Overdue, "10.00".to_owned()));
    let reminded =
        "select count(*) from notifications where customer_id = $1 and template = 'invoice_overdue'";
    assert_eq!(app.count(reminded, &customer).await, 1);
    app.tenant(&customer).await.credit(payment("p", "10")).await.unwrap();
    assert_eq!(standing(&app, &customer, &invoice).await.0, Status::Paid);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invoice_taken_back_is_credited_and_stays_in_the_row_of_numbers() {
    let app = TestApp::start().await;
    let customer = app.poor_customer().await;
    let tenant = app.tenant(&customer).await;
    tenant.change_settings(settings("0", "10")).await.unwrap();
    customer.webhook(&flat("c1", 600)).await;
    app.now_is("2026-02-01T00:00:00Z");
    let [invoice] = invoices(&app, &customer).await.try_into().unwrap();
    assert_eq!(invoice.amount_due, money("11"));
    let entry = tenant.void_invoice(invoice.id, "the calls were ours").await.unwrap();
    assert!(entry.is_some());
    assert_eq!(app.balance(&customer).await, money("0"));
    assert_eq!(standing(&app, &customer, &invoice).await, (Status::Void, "0.00".to_owned()));
    let again = tenant.void_invoice(invoice.id, "the calls were ours").await;
    assert_eq!(again, Err(Error::Refused(Refusal::InvoiceVoid)));
    let app = app.restart().await;
    let tenant = app.tenant(&customer).await;
    let again = tenant.void_invoice(invoice.id, "the calls were ours").await;
    assert_eq!(again, Err(Error::Refused(Refusal::InvoiceVoid)));
    assert_eq!(tenant.void_invoice(invoice.id, " ").await, Err(Error::Refused(Refusal::BadPosting)));

    let here = app.here(&customer);
    here.webhook(&flat("c3", 60)).await;
    app.now_is("2026-03-01T00:00:00Z");
    let [next] = invoices(&app, &customer).await.try_into().unwrap();
    assert!(next.number.ends_with("-0002"));
    assert_eq!(next.content.subtotal, money("1"), "the credit is no part of it");
    assert_eq!(next.content.payments[0].description, format!("{} taken back", invoice.number));
    assert_eq!(app.findings().await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn taking_one_back_covers_what_nobody_owes_any_more() {
    let app = TestApp::start().await;
    let (customer, first, second) = owing(&app).await;
    let tenant = app.tenant(&customer).await;
    tenant.credit(payment("p1", "10")).await.unwrap();
    assert_eq!(standing(&app, &customer, &first).await.0, Status::Paid);
    tenant.void_invoice(first.id, "by mistake").await.unwrap();
    assert_eq!(app.balance(&customer).await, money("-10"));
    assert_eq!(standing(&app, &customer, &second).await, (Status::Sent, "10.00".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_given_back_both_by_itself_and_with_its_invoice() {
    let app = TestApp::start().await;
    let customer = app.poor_customer().await;
    let tenant = app.tenant(&customer).await;
    tenant.change_settings(settings("0", "10")).await.unwrap();
    customer.webhook(&flat("c1", 600)).await;
    app.now_is("2026-02-01T00:00:00Z");
    let [invoice] = invoices(&app, &customer).await.try_into().unwrap();
    let (charge, tax) = (TransactionId(1), TransactionId(2));
    // Of two at once, one.
    let (voided, refunded) = tokio::join!(
        tenant.void_invoice(invoice.id, "the calls were ours"),
        tenant.refund(tax, payment("r1", "0.5"))
    );
    assert_eq!([voided.is_ok(), refunded.is_ok()].iter().filter(|is_done| **is_done).count(), 1);
    if voided.is_ok() {
        assert_eq!(refunded, Err(Error::Refused(Refusal::ChargeTakenBack)));
    } else {
        assert_eq!(voided, Err(Error::Refused(Refusal::InvoiceRefunded)));
    }

    customer.webhook(&flat("c2", 600)).await;
    app.now_is("2026-03-01T00:00:00Z");
    let [next] = invoices(&app, &customer).await.try_into().unwrap();
    tenant.void_invoice(next.id, "the calls were ours").await.unwrap();
    let sql = "select max(seq) from transactions where customer_id = $1 and category = 'call'";
    let second = TransactionId(app.count(sql, &customer).await);
    let twice = tenant.refund(second, payment("r2", "1")).await;
    assert_eq!(twice, Err(Error::Refused(Refusal::ChargeTakenBack)));
    assert!(tenant.refund(charge, payment("r3", "1")).await.is_ok() != voided.is_ok());
    assert_eq!(app.findings().await, [""; 0]);
}
