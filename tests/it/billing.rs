//! Credits and adjustments: once for their key, chained, never more than was meant.

use actors::error::{Error, Refusal};
use actors::tenant::ManualPosting;
use domain::settings::Settings;

use crate::harness::TestApp;
use crate::harness::app::{money, payment};
use crate::harness::retell::flat;

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_counts_once_for_its_key_also_after_a_restart() {
    let app = TestApp::start().await;
    let customer = app.poor_customer().await;
    let tenant = app.tenant(&customer).await;
    let first = tenant.credit(payment("k1", "20")).await.unwrap();
    assert_eq!(tenant.credit(payment("k1", "20")).await.unwrap(), first);
    let other = tenant.credit(payment("k1", "21")).await;
    assert_eq!(other, Err(Error::Refused(Refusal::KeyReused)));
    let app = app.restart().await;
    let tenant = app.tenant(&customer).await;
    assert_eq!(tenant.credit(payment("k1", "20")).await.unwrap(), first);
    assert_eq!(app.balance(&customer).await, money("20"));
    let twins = tokio::join!(tenant.credit(payment("k2", "5")), tenant.credit(payment("k2", "5")));
    assert_eq!(twins.0.unwrap(), twins.1.unwrap());
    assert_eq!(app.balance(&customer).await, money("25"));
    assert_eq!(app.findings().await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_is_more_than_zero_and_fits_the_ledger() {
    let app = TestApp::start().await;
    let customer = app.poor_customer().await;
    let tenant = app.tenant(&customer).await;
    for (amount, refusal) in [("0", Refusal::NotACredit), ("-5", Refusal::NotACredit)] {
        assert_eq!(tenant.credit(payment("k", amount)).await, Err(Error::Refused(refusal)));
    }
    tenant.credit(payment("most", "9999999999.9999")).await.unwrap();
    assert!(matches!(tenant.credit(payment("more", "1")).await, Err(Error::Refused(Refusal::Ledger(_)))));
    let nameless = ManualPosting { author: String::new(), ..payment("k", "1") };
    assert_eq!(tenant.credit(nameless).await, Err(Error::Refused(Refusal::BadPosting)));
    assert_eq!(app.findings().await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_adjustment_goes_either_way_and_says_who_made_it() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    let tenant = app.tenant(&customer).await;
    tenant.adjust(payment("a1", "-0.0075")).await.unwrap();
    tenant.adjust(payment("a2", "2.5")).await.unwrap();
    assert_eq!(app.balance(&customer).await, money("52.4925"));
    let authored = "select count(*) from transactions
        where customer_id = $1 and category = 'adjustment' and author = 'test'";
    assert_eq!(app.count(authored, &customer).await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_raised_threshold_is_compared_with_the_balance_at_once() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    let tenant = app.tenant(&customer).await;
    let settings = Settings { low_balance_alert: money("60"), ..Settings::default() };
    tenant.change_settings(settings.clone()).await.unwrap();
    tenant.change_settings(settings).await.unwrap();
    assert_eq!(app.events(&customer).await, ["balance.low"]);
    let absurd = Settings { low_balance_alert: money("-1"), ..Settings::default() };
    assert!(matches!(tenant.change_settings(absurd).await, Err(Error::Refused(Refusal::Settings(_)))));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_customer_with_nothing_is_told_nothing() {
    let app = TestApp::start().await;
    let customer = app.poor_customer().await;
    app.tenant(&customer).await.snapshot().await.unwrap();
    assert_eq!(app.events(&customer).await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_charge_the_ledger_cannot_hold_is_left_out_and_the_call_is_kept() {
    let app = TestApp::start().await;
    let customer = app.poor_customer().await;
    let tenant = app.tenant(&customer).await;
    let mut settings = Settings::default();
    settings.rates.per_minute = money("999999");
    tenant.change_settings(settings).await.unwrap();
    for number in 0..8 {
        let answer = customer.webhook(&flat(&format!("c{number}"), 86_400)).await;
        assert_eq!(answer.status, 200);
    }
    let flagged = "select count(*) from calls where customer_id = $1 and review is not null and cost = 0";
    assert_eq!(app.count(flagged, &customer).await, 2);
    assert_eq!(app.findings().await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_auditor_finds_what_somebody_changed_by_hand() {
    let app = TestApp::start().await;
    for forgery in [
        "update balances set current_balance = current_balance + 1 where customer_id = $1",
        "update balances set ledger_hash = '\\x00' where customer_id = $1",
        "update transactions set amount = amount - 1 where customer_id = $1 and seq = 2",
        "update transactions set reference = 'call:other' where customer_id = $1 and seq = 2",
        "update transactions set created_at = created_at + interval '1 s' where customer_id = $1 and seq = 2",
        "update calls set cost = 0 where customer_id = $1",
        "delete from calls where customer_id = $1",
        "delete from transactions where customer_id = $1 and seq = 3",
        "delete from transactions where customer_id = $1",
        "delete from webhook_logs where customer_id = $1 and sequence = 1",
        "insert into webhook_deliveries (customer_id, endpoint_id, event_id, event, due_at, created_at)
         select customer_id, id, id, event, created_at, created_at from webhook_logs where customer_id = $1",
    ] {
        let customer = app.customer().await;
        customer.webhook(&flat("c1", 60)).await;
        customer.webhook(&flat("c2", 60)).await;
        let findings = async || {
            let report = actors::auditor::audit(&app.app.backend().store).await.unwrap();
            report.findings.into_iter().filter(|finding| finding.customer == customer.id).count()
        };
        assert_eq!(findings().await, 0);
        sqlx::query(forgery).bind(customer.id.0).execute(&mut app.sql().await).await.unwrap();
        assert_ne!(findings().await, 0, "{forgery}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_auditor_finds_memory_that_differs_from_the_records() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    let wish = serde_json::json!({"date": "2026-01-06", "time": "10:00", "caller_name": "Ben"});
    customer.function("book", &wish).await;
    assert_eq!(app.findings().await, [""; 0]);
    let elsewhere = "update appointments set status = 'cancelled' where customer_id = $1";
    sqlx::query(elsewhere).bind(customer.id.0).execute(&mut app.sql().await).await.unwrap();
    assert_eq!(app.findings().await.len(), 1);
}
