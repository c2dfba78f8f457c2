//! The auditor that goes round all the time: whatever is planted in the records is named by its next round.

use domain::invoices::{Percent, Tax};
use domain::settings::Settings;

use crate::harness::TestApp;
use crate::harness::app::{Customer, metrics, money, operators_url};
use crate::harness::inbox::Inbox;
use crate::harness::retell::flat;
use crate::harness::waiting::until;

/// What a round says of a customer, once what was done before is committed.
async fn round(app: &TestApp, customer: &Customer) -> Vec<String> {
    let findings = app.app.backend().watch().round().await.expect("a round");
    findings
        .into_iter()
        .filter(|finding| finding.customer == customer.id)
        .map(|finding| finding.what)
        .collect()
}

/// A customer with a fee, calls, a message to a guest that was charged, and an invoice with tax.
async fn with_history(app: &TestApp) -> Customer {
    let customer = app.customer().await;
    let mut settings = Settings { sms_enabled: false, ..Settings::default() };
    settings.rates.monthly_fee = money("31");
    settings.invoicing.tax = Some(Tax { name: None, rate: Percent::parse("10").unwrap() });
    app.tenant(&customer).await.change_settings(settings).await.unwrap();
    app.keep_books().await;
    for call in ["c1", "c2"] {
        customer.webhook(&flat(call, 60)).await;
    }
    let wish = serde_json::json!({"date": "2026-01-06", "time": "10:00", "caller_name": "Ben",
        "caller_email": "ben@example.com"});
    customer.function("book", &wish).await;
    let charged = "select count(*) from notifications where customer_id = $1 and cost > 0";
    until("the message is charged", async || app.count(charged, &customer).await == 1).await;
    app.now_is("2026-02-01T00:00:00Z");
    assert_eq!(app.keep_books().await.invoices.len(), 1);
    customer
}

#[tokio::test(flavor = "multi_thread")]
async fn each_planted_fault_is_named_by_the_next_round_and_by_the_metrics_until_it_is_mended() {
    let inbox = Inbox::new();
    let app = inbox.delivering().await;
    let customer = with_history(&app).await;
    assert_eq!(round(&app, &customer).await, [""; 0]);
    assert!(metrics(&app).await.contains("voice_ledger_discrepancies 0"));
    for (fault, named, mended) in [
        (
            "update transactions set amount = amount - 0.0001 where customer_id = $1 and seq = 3",
            "txn_3",
            "update transactions set amount = amount + 0.0001 where customer_id = $1 and seq = 3",
        ),
        (
            "update calls set cost = 2 where customer_id = $1 and retell_call_id = 'c1'",
            "it cost 2.0000",
            "update calls set cost = 1 where customer_id = $1 and retell_call_id = 'c1'",
        ),
        (
            "update notifications set cost = 0 where customer_id = $1 and cost > 0",
            "it cost 0.0000, its entry is 0.0100",
            "update notifications set cost = 0.01 where customer_id = $1 and template = 'booked'",
        ),
        (
            "update invoice_items set amount = amount + 1 where customer_id = $1 and position = 1",
            "its lines to",
            "update invoice_items set amount = amount - 1 where customer_id = $1 and position = 1",
        ),
        (
            "update invoices set subtotal = subtotal + 1, total = total + 1 where customer_id = $1",
            "its subtotal is",
            "update invoices set subtotal = subtotal - 1, total = total - 1 where customer_id = $1",
        ),
        (
            "update invoices set tax_amount = tax_amount + 1, total = total + 1 where customer_id = $1",
            "its tax is",
            "update invoices set tax_amount = tax_amount - 1, total = total - 1 where customer_id = $1",
        ),
        (
            "update invoices set invoice_number = 'INV-0-0002' where customer_id = $1",
            "the books have 1",
            "update invoices set invoice_number = format('INV-%s-0001', customer_id) where customer_id = $1",
        ),
    ] {
        change(&app, &customer, fault).await;
        let findings = round(&app, &customer).await;
        assert!(findings.iter().any(|what| what.contains(named)), "{fault}: {findings:?}");
        let told = format!("voice_ledger_discrepancies {}", findings.len());
        assert!(metrics(&app).await.contains(&told), "{told}");
        let ready = app.http.get(operators_url(&app, "/readyz")).send().await.unwrap();
        assert_eq!(ready.status(), 200, "it serves on");
        assert!(ready.text().await.unwrap().contains(&format!("ledger discrepancies: {}", findings.len())));
        change(&app, &customer, mended).await;
        assert_eq!(round(&app, &customer).await, [""; 0], "{mended}");
    }
    assert!(metrics(&app).await.contains("voice_ledger_discrepancies 0"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_taken_away_is_missed() {
    let inbox = Inbox::new();
    let app = inbox.delivering().await;
    for (fault, named) in [
        ("delete from transactions where customer_id = $1 and seq = 4", "entries add up to"),
        ("delete from transactions where customer_id = $1 and category = 'email'", "its entry is 0"),
        ("delete from notifications where customer_id = $1 and cost > 0", "which was not sent"),
        ("delete from transactions where customer_id = $1 and category = 'tax'", "the entry of it 0"),
        ("delete from balances where customer_id = $1", "the balance is gone"),
        ("delete from calls where customer_id = $1 and retell_call_id = 'c2'", "which is not recorded"),
        ("delete from invoice_items where customer_id = $1 and position = 1", "its lines to"),
    ] {
        app.clock.advance(-app.clock.now().duration_since(crate::harness::app::at(crate::harness::app::NOW)));
        let customer = with_history(&app).await;
        change(&app, &customer, fault).await;
        let findings = round(&app, &customer).await;
        assert!(findings.iter().any(|what| what.contains(named)), "{fault}: {findings:?}");
    }
}

async fn change(app: &TestApp, customer: &Customer, sql: &'static str) {
    let changed = sqlx::query(sql).bind(customer.id.0).execute(&mut app.sql().await).await.unwrap();
    assert!(changed.rows_affected() > 0, "{sql}");
}
