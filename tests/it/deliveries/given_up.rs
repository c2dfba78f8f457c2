//! What is not sent any more, and keeps nothing else from being sent.

use jiff::SignedDuration;

use super::*;
use crate::deliveries::log::{attempted, once};
use crate::harness::receiver::Mode;
use crate::harness::retell::flat;

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_for_an_endpoint_that_was_removed_is_given_up() {
    let receiver = Receiver::start().await;
    receiver.will(Mode::Say(500, Vec::new(), "not now"));
    let app = delivering(&[&receiver]).await;
    let customer = app.customer().await;
    let (id, _) = endpoint(&app, &customer, receiver.url()).await;
    customer.webhook(&flat("c1", 60)).await;
    attempted(&app, &customer, 1).await;
    app.tenant(&customer).await.remove_endpoint(id).await.unwrap();
    let rows = once(&app, &customer, |rows| rows.iter().all(|row| row.status == "failed")).await;
    assert_eq!((rows[0].reason.as_deref(), rows[0].attempts), (Some("removed"), 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_about_a_call_that_was_erased_holds_up_none_after_it() {
    let receiver = Receiver::start().await;
    let app = TestApp::with(Options { egress_allow: vec![receiver.host()], ..Options::default() }).await;
    let customer = app.customer().await;
    endpoint(&app, &customer, receiver.url()).await;
    customer.webhook(&flat("c1", 60)).await;
    app.count("delete from calls where customer_id = $1 returning 1::bigint", &customer).await;
    customer.webhook(&flat("c2", 60)).await;
    let delivers = Options { egress_allow: vec![receiver.host()], delivers: true, ..Options::default() };
    let app = app.restart_with(delivers).await;
    let customer = app.here(&customer);
    let rows = once(&app, &customer, |rows| rows.iter().all(|row| row.status != "pending")).await;
    let ends: Vec<_> = rows.iter().map(|row| (row.status.as_str(), row.reason.as_deref())).collect();
    assert_eq!(ends, [("failed", Some("lost")), ("delivered", None)]);
    assert_eq!(receiver.received().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_asks_for_patience_gets_no_other_event_meanwhile() {
    let receiver = Receiver::start().await;
    receiver.will(Mode::Say(429, vec![("retry-after", "600")], "slow down"));
    let app = delivering(&[&receiver]).await;
    let customer = app.customer().await;
    endpoint(&app, &customer, receiver.url()).await;
    customer.webhook(&flat("c1", 60)).await;
    let row = attempted(&app, &customer, 1).await;
    assert_eq!(row.due_at, app.clock.now() + SignedDuration::from_secs(600));
    let closed =
        "select extract(epoch from closed_until)::bigint from webhook_endpoints where customer_id = $1";
    assert_eq!(app.count(closed, &customer).await, row.due_at.as_second());
    receiver.will(Mode::Accept);
    customer.webhook(&flat("c2", 60)).await;
    app.clock.advance(SignedDuration::from_secs(601));
    let rows = once(&app, &customer, |rows| rows.iter().all(|row| row.status == "delivered")).await;
    let attempts: Vec<i32> = rows.iter().map(|row| row.attempts).collect();
    assert_eq!(attempts, [2, 1]);
    // The one that became due first goes first.
    let order: Vec<String> = receiver.received().iter().map(|request| request.id().to_owned()).collect();
    assert_eq!(order[0], order[2], "{order:?}");
}
