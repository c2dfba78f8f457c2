//! What happens while an attempt is under way, and who has the next turn.

use actors::store::deliveries::{Lane, claim, release};
use actors::store::webhooks::resend;
use domain::audit::Author;
use domain::webhooks::Edit;
use jiff::SignedDuration;

use super::*;
use crate::deliveries::log::{health, once, settled};
use crate::harness::receiver::Mode;
use crate::harness::retell::flat;
use crate::harness::waiting::until;

#[tokio::test(flavor = "multi_thread")]
async fn what_is_asked_for_again_while_it_is_tried_is_tried_again_although_that_fails() {
    let receiver = Receiver::start().await;
    receiver.will(Mode::Hold);
    let app = delivering(&[&receiver]).await;
    let customer = app.customer().await;
    let (id, _) = endpoint(&app, &customer, receiver.url()).await;
    customer.webhook(&flat("c1", 60)).await;
    until("it is tried", async || receiver.held().0 == 1).await;
    let event =
        receiver.received()[0].id().trim_start_matches("evt_").parse().map(domain::ids::EventId).unwrap();
    let store = &app.app.backend().store;
    let asked = resend::one(store, customer.id, id, event, &Author::system("test"), app.clock.now()).await;
    assert!(asked.unwrap());
    receiver.will(Mode::Say(400, Vec::new(), "no"));
    // A failure pauses the delivery; the clock stands, so only what was asked for again is due.
    let received = receiver.once(2).await;
    assert_eq!(received[0].body, received[1].body);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_from_where_an_endpoint_was_before_is_not_held_against_it() {
    let (old, new) = (Receiver::start().await, Receiver::start().await);
    old.will(Mode::Hold);
    let app = delivering(&[&old, &new]).await;
    let customer = app.customer().await;
    let (id, _) = endpoint(&app, &customer, old.url()).await;
    customer.webhook(&flat("c1", 60)).await;
    until("it is tried", async || old.held().0 == 1).await;
    let moved = Edit { url: Some(new.url()), ..Edit::default() };
    app.tenant(&customer).await.edit_endpoint(id, moved).await.unwrap();
    old.will(Mode::Say(410, Vec::new(), "gone"));
    settled(&app, &customer, 1).await;
    assert_eq!(health(&app, &customer).await, ("enabled".to_owned(), 0, false));
    customer.webhook(&flat("c2", 60)).await;
    new.once(1).await;
    let rows = once(&app, &customer, |rows| rows.iter().all(|row| row.status != "pending")).await;
    assert_eq!(rows.iter().map(|row| row.status.as_str()).collect::<Vec<_>>(), ["failed", "delivered"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_always_has_something_due_does_not_come_before_the_others_again() {
    let app = TestApp::start().await;
    let (busy, calm) = (app.customer().await, app.customer().await);
    let mut endpoints = Vec::new();
    for customer in [&busy, &calm] {
        endpoints.push(endpoint(&app, customer, "https://hooks.example.com/".to_owned()).await.0);
        for call in ["c1", "c2"] {
            customer.webhook(&flat(call, 60)).await;
        }
        app.clock.advance(SignedDuration::from_secs(1));
    }
    let store = &app.app.backend().store;
    let slow = "update webhook_endpoints set is_slow = true where $1 > 0 returning 1::bigint";
    app.count(slow, &busy).await;
    let mut turns = Vec::new();
    for _ in 0..4 {
        let claimed = claim(store, 0, 1, app.clock.now()).await.unwrap();
        let [(held, Lane::Suspect)] = claimed[..] else { panic!("{claimed:?}") };
        turns.push(held.customer == busy.id);
        app.clock.advance(SignedDuration::from_secs(1));
        release(store, held, app.clock.now()).await.unwrap();
    }
    assert_eq!(turns, [true, false, true, false]);
}
