//! Months closed by several at once, and by hand: one invoice, one fee, one tax entry.

use actors::invoicer::Round;

use super::{invoices, settings};
use crate::harness::TestApp;
use crate::harness::app::Options;
use crate::harness::retell::flat;
use crate::harness::waiting::until;

#[tokio::test(flavor = "multi_thread")]
async fn two_servers_that_close_the_same_month_make_one_invoice_of_it() {
    let app = TestApp::start().await;
    let mut customers = Vec::new();
    for _ in 0..6 {
        let customer = app.customer().await;
        app.tenant(&customer).await.change_settings(settings("31", "19")).await.unwrap();
        customer.webhook(&flat("c1", 60)).await;
        customers.push(customer);
    }
    let database_url = Some(app.database.url().to_owned());
    let other = TestApp::with(Options { database_url, ..Options::default() }).await;
    for server in [&app, &other] {
        server.now_is("2026-02-01T00:00:30Z");
    }
    // Who loses a customer to the other fails, and looks again.
    for _ in 0..4 {
        let (_, _): (Round, Round) = tokio::join!(app.keep_books(), other.keep_books());
    }
    until("nobody's books are left", async || app.keep_books().await.failed.is_empty()).await;
    for customer in &customers {
        for (what, count) in [
            ("select count(*) from invoices where customer_id = $1 and invoice_number like '%-0001'", 1),
            ("select count(*) from invoices where customer_id = $1", 1),
            ("select count(*) from transactions where customer_id = $1 and reference = 'fee:2026-02'", 1),
            ("select count(*) from transactions where customer_id = $1 and category = 'tax'", 1),
            ("select count(*) from notifications where customer_id = $1 and template = 'invoice'", 1),
            ("select count(*) from webhook_logs where customer_id = $1 and event = 'invoice.finalized'", 1),
        ] {
            assert_eq!(app.count(what, customer).await, count, "{what}");
        }
    }
    // Of memory, each server has what the other one took.
    let report = actors::auditor::audit(&app.app.backend().store).await.expect("audit");
    assert_eq!(report.findings, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_month_closed_by_hand_is_the_month_that_was_named_and_those_before_it() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    for (at, call) in [("2026-01-20", "c1"), ("2026-02-20", "c2"), ("2026-03-20", "c3")] {
        app.now_is(&format!("{at}T00:00:00Z"));
        customer.webhook(&flat(call, 60)).await;
    }
    app.now_is("2026-04-02T00:00:00Z");
    let through = domain::month::Month::parse("2026-02");
    let closed = app.invoicing().round(through).await.unwrap();
    let months: Vec<String> = closed.invoices.iter().map(|(_, invoice)| invoice.month.to_string()).collect();
    assert_eq!(months, ["2026-01", "2026-02"]);
    assert_eq!(app.invoicing().round(through).await.unwrap().invoices, []);
    assert_eq!(invoices(&app, &customer).await.len(), 1);
}
