//! Mistakes are mended by entries that say what for, once, and give back no more than was charged.

use actors::error::{Error, Refusal};
use domain::ids::TransactionId;
use serde_json::json;

use crate::harness::TestApp;
use crate::harness::app::{Customer, money, payment};
use crate::harness::retell::flat;
use crate::harness::visitor::Visitor;

#[tokio::test(flavor = "multi_thread")]
async fn a_charge_is_given_back_in_parts_and_never_more_than_it_was() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    customer.webhook(&flat("c1", 300)).await;
    let (tenant, charge) = (app.tenant(&customer).await, TransactionId(2));
    let first = tenant.refund(charge, payment("r1", "2")).await.unwrap();
    assert_eq!(tenant.refund(charge, payment("r1", "2")).await.unwrap(), first, "once for its key");
    let other = tenant.refund(charge, payment("r1", "1")).await;
    assert_eq!(other, Err(Error::Refused(Refusal::KeyReused)));
    let too_much = tenant.refund(charge, payment("r2", "3.0001")).await;
    assert_eq!(too_much, Err(Error::Refused(Refusal::RefundTooLarge)));
    // Of two at once that would be too much together, one.
    let (one, two) =
        tokio::join!(tenant.refund(charge, payment("r3", "2")), tenant.refund(charge, payment("r4", "2")));
    assert_eq!([&one, &two].iter().filter(|refund| refund.is_ok()).count(), 1, "{one:?} {two:?}");
    let app = app.restart().await;
    let tenant = app.tenant(&customer).await;
    assert_eq!(tenant.refund(charge, payment("r1", "2")).await.unwrap(), first);
    tenant.refund(charge, payment("r5", "1")).await.unwrap();
    assert_eq!(app.balance(&customer).await, money("50"));
    for nothing in [TransactionId(1), TransactionId(99)] {
        let refused = tenant.refund(nothing, payment("r6", "1")).await;
        assert_eq!(refused, Err(Error::Refused(Refusal::UnknownTransaction)), "a payment is no charge");
    }
    assert_eq!(app.findings().await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_owner_adjusts_and_refunds_with_a_reason_that_the_customer_reads() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    customer.webhook(&flat("c1", 300)).await;
    let owner = Visitor::super_admin(&app).await;
    let post = async |what: &str, body: serde_json::Value| {
        owner.post(&format!("/api/admin/customers/{}/{what}", customer.id), &body).await
    };
    let refund = json!({"transaction": "txn_2", "amount": 1.5, "reason": "The line was bad", "key": "t1"});
    let given = post("refund", refund.clone()).await;
    assert_eq!((given.status, given.field("balance_after")), (200, &json!(46.5)), "{}", given.body);
    assert_eq!(post("refund", refund).await.body, given.body);
    let adjusted = post("adjust", json!({"amount": "-0.0075", "reason": "Setup", "key": "t2"})).await;
    assert_eq!(
        (adjusted.status, adjusted.field("balance_after")),
        (200, &json!(46.4925)),
        "{}",
        adjusted.body
    );
    for (what, body) in [
        ("refund", json!({"transaction": "txn_2", "amount": 0, "reason": "x", "key": "k"})),
        ("refund", json!({"transaction": "txn_2", "amount": 1, "reason": " ", "key": "k"})),
        ("refund", json!({"transaction": "txn_2", "amount": 1, "reason": "x"})),
        ("adjust", json!({"amount": 0, "reason": "x", "key": "k"})),
    ] {
        assert_eq!(post(what, body.clone()).await.status, 422, "{body}");
    }
    let gone = post("refund", json!({"transaction": "call_1", "amount": 1, "reason": "x", "key": "k"})).await;
    assert_eq!(gone.status, 404);
    assert_eq!(audited(&app, &customer, "charge.refunded").await, 1);
    assert_eq!(audited(&app, &customer, "balance.adjusted").await, 1);
    let admin = Visitor::admin(&app, &customer).await;
    let ledger = admin.get("/api/billing/transactions").await.body.to_string();
    assert!(ledger.contains("The line was bad") && ledger.contains("\"reference_id\":\"txn_2\""), "{ledger}");
}

async fn audited(app: &TestApp, customer: &Customer, action: &'static str) -> i64 {
    let sql =
        "select count(*) from audit_log where customer_id = $1 and action = $2 and actor_kind = 'platform'";
    let count = sqlx::query_scalar(sql).bind(customer.id.0).bind(action);
    count.fetch_one(&mut app.sql().await).await.expect("a count")
}
