//! Fees and invoices: each month once, stated from the ledger, paid by credits, taken back by a credit.

use actors::error::{Error, Refusal};
use domain::customers::Profile;
use domain::ids::InvoiceId;
use domain::invoices::{Invoice, Percent, Status, Tax};
use domain::settings::{Edit, Settings};
use sqlx::Row;

use crate::harness::TestApp;
use crate::harness::app::{Customer, Options, money, payment};
use crate::harness::retell::flat;

mod api;
mod fees;
mod mailed;
mod oracle;
mod settled;
mod twice;

/// What somebody agreed with: a fee, a rate, a tax.
fn settings(monthly_fee: &str, tax: &str) -> Settings {
    let mut settings = Settings::default();
    settings.rates.monthly_fee = money(monthly_fee);
    let rate = Percent::parse(tax).expect("a rate");
    settings.invoicing.tax = Some(Tax { name: Some("VAT".to_owned()), rate });
    settings.invoicing.billing_address = Some("1 Harbour Street\nPortsmouth".to_owned());
    settings
}

/// The invoices that a look at everybody made for this customer.
async fn invoices(app: &TestApp, customer: &Customer) -> Vec<Invoice> {
    let round = app.keep_books().await;
    assert_eq!(round.failed, []);
    round.invoices.into_iter().filter(|(of, _)| *of == customer.id).map(|(_, invoice)| invoice).collect()
}

/// The invoice as it is in the database.
async fn stored(app: &TestApp, customer: &Customer, id: InvoiceId) -> Invoice {
    let found = actors::store::invoices::find(&app.app.backend().store, customer.id, id).await;
    found.expect("read the invoice").expect("there is one")
}

fn lines(invoice: &Invoice) -> Vec<String> {
    let line = |line: &domain::invoices::Line| {
        format!("{}: {} × {} = {}", line.description, line.quantity, line.unit_price, line.amount)
    };
    invoice.content.lines.iter().map(line).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_month_is_stated_as_the_ledger_recorded_it_with_one_line_per_rate() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    let tenant = app.tenant(&customer).await;
    tenant.change_settings(settings("31", "19")).await.unwrap();
    app.keep_books().await;
    customer.webhook(&flat("c1", 155)).await;
    customer.webhook(&flat("c2", 45)).await;
    let mut dearer = settings("31", "19");
    dearer.rates.per_minute = money("0.07");
    tenant.change_settings(dearer).await.unwrap();
    customer.webhook(&flat("c3", 601)).await;
    tenant.adjust(payment("a1", "1.5")).await.unwrap();
    app.now_is("2026-01-31T23:59:59Z");
    assert_eq!(app.keep_books().await.invoices, [], "the month is not over");
    app.now_is("2026-02-01T00:00:00Z");
    customer.webhook(&flat("c4", 60)).await;
    let [invoice] = invoices(&app, &customer).await.try_into().unwrap();
    assert_eq!(
        lines(&invoice),
        [
            "Monthly fee, January 2026, 27 of 31 days: 1 × 27.00 = 27.00",
            "Call minutes: 3.33 × 1.00 = 3.3333",
            "Call minutes: 10.02 × 0.07 = 0.7012",
            "Payment: 1 × -1.50 = -1.50",
        ]
    );
    let content = &invoice.content;
    let shown = [content.subtotal, content.tax_amount, content.total, invoice.paid_from_balance];
    assert_eq!(shown.map(|amount| amount.to_string()), ["29.5345", "5.6116", "35.1461", "35.1461"]);
    assert_eq!((invoice.status, invoice.amount_due), (Status::Paid, money("0")));
    assert_eq!(invoice.number, format!("INV-{}-0001", customer.id));
    assert_eq!(invoice.due_date.to_string(), "2026-02-15");
    assert_eq!(invoice.buyer.name, "Lovelace & Daughters");
    assert_eq!(invoice.buyer.address.as_deref(), Some("1 Harbour Street\nPortsmouth"));
    assert_eq!((content.payments.len(), content.payments[0].amount), (1, money("50")));
    assert_eq!(stored(&app, &customer, invoice.id).await, invoice, "what was decided is what is stored");

    let tax =
        "select amount::text, reference_id from transactions where customer_id = $1 and category = 'tax'";
    let row = sqlx::query(tax).bind(customer.id.0).fetch_one(&mut app.sql().await).await.unwrap();
    assert_eq!(row.get::<String, _>(0), "-5.6116");
    assert_eq!(row.get::<String, _>(1), invoice.id.to_string());
    assert_eq!(invoices(&app, &customer).await, [], "a month is closed once");
    assert_eq!(app.findings().await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_entry_is_on_one_invoice_and_a_month_without_any_has_none() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    customer.webhook(&flat("c1", 60)).await;
    app.now_is("2026-02-10T00:00:00Z");
    customer.webhook(&flat("c2", 120)).await;
    app.now_is("2026-05-03T00:00:00Z");
    let made = invoices(&app, &customer).await;
    let told = |invoice: &Invoice| (invoice.month.to_string(), invoice.content.total.to_string());
    let told: Vec<_> = made.iter().map(told).collect();
    assert_eq!(told, [("2026-01".to_owned(), "1.00".to_owned()), ("2026-02".to_owned(), "2.00".to_owned())]);
    assert!(made[1].number.ends_with("-0002"));
    app.now_is("2026-06-01T00:00:00Z");
    assert_eq!(invoices(&app, &customer).await, []);
    let closed = "select count(*) from customers where id = $1 and closed_month = '2026-05-01'";
    assert_eq!(app.count(closed, &customer).await, 1);
    assert_eq!(app.findings().await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_month_ends_when_it_ends_where_the_customer_is() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    let tenant = app.tenant(&customer).await;
    let edit = Edit { timezone: Some("America/New_York".to_owned()), ..Edit::default() };
    tenant.change_account(edit).await.unwrap();
    app.now_is("2026-02-01T04:59:59Z");
    customer.webhook(&flat("c1", 60)).await;
    assert_eq!(invoices(&app, &customer).await, []);
    app.now_is("2026-02-01T05:00:00Z");
    customer.webhook(&flat("c2", 60)).await;
    let [invoice] = invoices(&app, &customer).await.try_into().unwrap();
    assert_eq!(invoice.content.total, money("1"));
    assert_eq!(invoice.issued_on.to_string(), "2026-02-01");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invoice_stays_as_it_was_whatever_changes_afterwards() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    let tenant = app.tenant(&customer).await;
    tenant.change_settings(settings("0", "10")).await.unwrap();
    customer.webhook(&flat("c1", 600)).await;
    app.now_is("2026-02-01T00:00:00Z");
    let [invoice] = invoices(&app, &customer).await.try_into().unwrap();
    let profile = Profile {
        name: "Ada".to_owned(),
        company: Some("Another Name".to_owned()),
        email: customer.email.clone(),
        phone: None,
        timezone: "Asia/Tokyo".to_owned(),
        status: domain::customers::Status::Active,
    };
    tenant.change_profile(profile).await.unwrap();
    tenant.change_settings(settings("5", "20")).await.unwrap();
    assert_eq!(stored(&app, &customer, invoice.id).await, invoice);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_told_of_an_invoice_is_told_once_and_in_its_commit() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    customer.webhook(&flat("c1", 60)).await;
    app.now_is("2026-02-01T00:00:00Z");
    let [invoice] = invoices(&app, &customer).await.try_into().unwrap();
    assert_eq!(app.events(&customer).await.last().map(String::as_str), Some("invoice.finalized"));
    let queued = "select count(*) from notifications
        where customer_id = $1 and template = 'invoice' and recipient = 'admins' and invoice_id is not null";
    assert_eq!(app.count(queued, &customer).await, 1);
    let payload =
        "select payload::text from webhook_logs where customer_id = $1 and event = 'invoice.finalized'";
    let payload: String =
        sqlx::query_scalar(payload).bind(customer.id.0).fetch_one(&mut app.sql().await).await.unwrap();
    assert!(payload.contains(&invoice.number) && payload.contains("\"total\": 1.00"), "{payload}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_that_does_not_exist_has_no_invoice_to_take_back() {
    let app = TestApp::with(Options::default()).await;
    let customer = app.customer().await;
    let refused = app.tenant(&customer).await.void_invoice(InvoiceId(7), "by mistake").await;
    assert_eq!(refused, Err(Error::Refused(Refusal::UnknownInvoice)));
}
