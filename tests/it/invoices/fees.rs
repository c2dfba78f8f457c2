//! The monthly fee: in advance, once a month, by the day where a month has begun already.

use crate::harness::TestApp;
use crate::harness::app::{Customer, money, payment};
use crate::invoices::{invoices, settings};

/// What was debited for fees, in order.
async fn fees(app: &TestApp, customer: &Customer) -> Vec<(String, String)> {
    app.keep_books().await;
    let fees = "select reference, amount::text from transactions
        where customer_id = $1 and category = 'subscription' order by seq";
    sqlx::query_as(fees).bind(customer.id.0).fetch_all(&mut app.sql().await).await.unwrap()
}

fn fee(month: &str, amount: &str) -> (String, String) {
    (format!("fee:{month}"), format!("-{amount}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fee_is_debited_once_a_month_whatever_happens_and_also_without_a_balance() {
    let app = TestApp::start().await;
    let customer = app.poor_customer().await;
    let tenant = app.tenant(&customer).await;
    tenant.change_settings(settings("31", "0")).await.unwrap();
    assert_eq!(fees(&app, &customer).await, [fee("2026-01", "27.0000")], "from the fifth on");
    assert_eq!(fees(&app, &customer).await.len(), 1);
    app.now_is("2026-02-01T00:00:00Z");
    assert_eq!(fees(&app, &customer).await[1], fee("2026-02", "31.0000"));
    let app = app.restart().await;
    app.now_is("2026-02-28T23:00:00Z");
    assert_eq!(fees(&app, &customer).await.len(), 2);
    app.now_is("2026-04-02T00:00:00Z");
    assert_eq!(fees(&app, &customer).await[2..], [fee("2026-03", "31.0000"), fee("2026-04", "31.0000")]);
    assert_eq!(app.balance(&customer).await, money("-120"));
    assert_eq!(app.findings().await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_fee_counts_from_the_next_month_on() {
    let app = TestApp::start().await;
    let customer = app.poor_customer().await;
    assert_eq!(fees(&app, &customer).await, [], "there is none");
    let tenant = app.tenant(&customer).await;
    tenant.change_settings(settings("40", "0")).await.unwrap();
    assert_eq!(fees(&app, &customer).await, [], "this month was free");
    app.now_is("2026-02-01T00:00:00Z");
    assert_eq!(fees(&app, &customer).await, [fee("2026-02", "40.0000")]);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_pays_for_a_suspension_and_nothing_is_given_back_for_it() {
    let app = TestApp::start().await;
    let customer = app.poor_customer().await;
    let tenant = app.tenant(&customer).await;
    tenant.change_settings(settings("31", "0")).await.unwrap();
    assert_eq!(fees(&app, &customer).await.len(), 1);
    tenant.suspend().await.unwrap();
    app.now_is("2026-01-20T00:00:00Z");
    tenant.activate().await.unwrap();
    assert_eq!(fees(&app, &customer).await.len(), 1, "the month was paid");
    tenant.suspend().await.unwrap();
    app.now_is("2026-03-30T12:00:00Z");
    assert_eq!(fees(&app, &customer).await.len(), 1);
    let app = app.restart().await;
    app.tenant(&customer).await.activate().await.unwrap();
    assert_eq!(fees(&app, &customer).await[1..], [fee("2026-03", "2.0000")], "two days are left");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fee_in_advance_waits_until_the_months_before_are_closed() {
    let app = TestApp::start().await;
    let customer = app.poor_customer().await;
    let tenant = app.tenant(&customer).await;
    tenant.change_settings(settings("31", "0")).await.unwrap();
    assert_eq!(fees(&app, &customer).await.len(), 1);
    tenant.credit(payment("p", "27")).await.unwrap();
    // Somebody who looked before midnight, and is served after it.
    app.now_is("2026-02-01T00:00:00Z");
    assert_eq!(tenant.debit_fees().await.unwrap(), 0);
    let [january] = invoices(&app, &customer).await.try_into().unwrap();
    assert_eq!(january.amount_due, money("0"), "February's fee is nothing that January owes");
    assert_eq!(fees(&app, &customer).await.len(), 2);
}
