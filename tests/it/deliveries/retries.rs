//! When it is tried again, when an endpoint is left in peace, when it is switched off.

use domain::webhooks::{Edit, EventKind};
use jiff::SignedDuration;

use super::*;
use crate::deliveries::log::{attempted, attempts, deliveries, health, once, settled};
use crate::harness::app::metrics;
use crate::harness::inbox::Inbox;
use crate::harness::receiver::Mode;
use crate::harness::retell::flat;
use crate::harness::waiting::until;

const REFUSES: Mode = Mode::Say(500, Vec::new(), "not now");

/// A pause of so many seconds, with up to a tenth more.
#[track_caller]
fn assert_about(pause: SignedDuration, seconds: i64) {
    let most = SignedDuration::from_secs(seconds) + SignedDuration::from_millis(seconds * 100 + 1);
    assert!(pause >= SignedDuration::from_secs(seconds) && pause <= most, "{pause:?} is not {seconds} s");
}

#[tokio::test(flavor = "multi_thread")]
async fn seven_tries_at_growing_distances_send_the_same_bytes_and_then_it_is_given_up() {
    let receiver = Receiver::start().await;
    receiver.will(REFUSES);
    let app = delivering(&[&receiver]).await;
    let customer = app.customer().await;
    let (_, secret) = endpoint(&app, &customer, receiver.url()).await;
    customer.webhook(&flat("c1", 60)).await;
    for (attempt, seconds) in (1..).zip([5, 60, 600, 3_600, 21_600, 86_400]) {
        let row = attempted(&app, &customer, attempt).await;
        assert_eq!(
            (row.status.as_str(), row.reason.as_deref(), row.tries),
            ("pending", Some("status"), attempt)
        );
        assert_about(row.due_at.duration_since(app.clock.now()), seconds);
        app.clock.advance(row.due_at.duration_since(app.clock.now()));
    }
    let row = attempted(&app, &customer, 7).await;
    assert_eq!((row.status.as_str(), row.response_code), ("failed", Some(500)));
    let kept = (Some(500), Some("status".to_owned()), Some("not now".to_owned()));
    assert_eq!(attempts(&app, &customer).await, vec![kept; 7]);
    // Somebody has it sent again.
    receiver.will(Mode::Accept);
    let resend =
        "update webhook_deliveries set status = 'pending', tries = 0, ended_at = null, due_at = '2026-01-01'
                   where customer_id = $1 returning 1::bigint";
    app.count(resend, &customer).await;
    app.clock.advance(SignedDuration::from_mins(11));
    let row = settled(&app, &customer, 1).await.remove(0);
    assert_eq!((row.status.as_str(), row.attempts, row.tries), ("delivered", 8, 1));
    let received = receiver.received();
    assert_eq!(received.len(), 8);
    for request in &received {
        assert_eq!((request.id(), &request.body), (received[0].id(), &received[0].body));
        super::arrival::assert_signed(&secret, request);
    }
    let times: Vec<&str> = received.iter().map(|request| request.header("webhook-timestamp")).collect();
    assert!(times.is_sorted_by(|one, next| one < next), "{times:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_asks_for_patience_gets_it() {
    let receiver = Receiver::start().await;
    receiver.will(Mode::Say(429, vec![("retry-after", "120")], ""));
    let app = delivering(&[&receiver]).await;
    let customer = app.customer().await;
    endpoint(&app, &customer, receiver.url()).await;
    customer.webhook(&flat("c1", 60)).await;
    let row = attempted(&app, &customer, 1).await;
    assert_eq!((row.due_at.duration_since(app.clock.now()).as_secs(), row.response_code), (120, Some(429)));
    receiver.will(Mode::Say(503, vec![("retry-after", "Mon, 05 Jan 2026 13:00:00 GMT")], ""));
    app.clock.advance(SignedDuration::from_secs(120));
    let row = attempted(&app, &customer, 2).await;
    assert_eq!(row.due_at.to_string(), "2026-01-05T13:00:00Z");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endpoint_that_fails_five_times_is_left_in_peace_then_tried_with_one_and_caught_up_with() {
    let receiver = Receiver::start().await;
    receiver.will(REFUSES);
    let app = delivering(&[&receiver]).await;
    let customer = app.customer().await;
    endpoint_for_calls(&app, &customer, receiver.url()).await;
    for number in 0..9 {
        customer.webhook(&flat(&format!("c{number}"), 60)).await;
    }
    until("five failures", async || health(&app, &customer).await.1 == 5).await;
    // It could be asked four times more, and is not: somebody else is served meanwhile, twice.
    let other = app.customer().await;
    let elsewhere = delivered_elsewhere(&app, &other).await;
    assert_eq!((receiver.received().len(), elsewhere), (5, 0));
    app.clock.advance(SignedDuration::from_secs(33));
    until("a sixth", async || health(&app, &customer).await.1 == 6).await;
    assert_eq!(receiver.received().len(), 6, "one is tried");
    receiver.will(Mode::Accept);
    app.clock.advance(SignedDuration::from_secs(66));
    until("all that is due arrives", async || {
        app.clock.advance(SignedDuration::from_secs(1));
        deliveries(&app, &customer).await.iter().all(|row| row.status == "delivered")
    })
    .await;
    assert_eq!(health(&app, &customer).await, ("enabled".to_owned(), 0, false));
}

/// Serves another customer, whose server is nowhere; answers how many of its events arrived.
async fn delivered_elsewhere(app: &TestApp, other: &Customer) -> usize {
    endpoint_for_calls(app, other, "https://10.0.0.1/".to_owned()).await;
    other.webhook(&flat("elsewhere", 60)).await;
    let rows = once(app, other, |rows| rows.iter().any(|row| row.reason.is_some())).await;
    rows.iter().filter(|row| row.status == "delivered").count()
}

#[tokio::test(flavor = "multi_thread")]
async fn who_answers_gone_hears_nothing_more_and_the_admins_hear_why() {
    let (inbox, receiver) = (Inbox::new(), Receiver::start().await);
    receiver.will(Mode::Say(410, vec![], "nobody here"));
    let data_dir = Some(inbox.folder().into());
    let egress_allow = vec![receiver.host()];
    let app = TestApp::with(Options { data_dir, egress_allow, delivers: true, ..Options::default() }).await;
    let customer = app.customer().await;
    endpoint(&app, &customer, receiver.url()).await;
    customer.webhook(&flat("c1", 60)).await;
    let mail = inbox.mail(1).await;
    assert_eq!(mail.to, customer.email);
    assert!(mail.text.contains(&receiver.address.ip().to_string()), "{}", mail.text);
    assert!(!mail.raw.contains("s3cret"), "{}", mail.raw);
    assert_eq!(health(&app, &customer).await.0, "gone");
    let row = deliveries(&app, &customer).await.remove(0);
    assert_eq!((row.status.as_str(), row.reason.as_deref(), row.attempts), ("failed", Some("gone"), 1));
    customer.webhook(&flat("c2", 60)).await;
    assert_eq!(deliveries(&app, &customer).await.len(), 1, "nothing more goes there");
    assert_eq!(app.findings().await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn after_five_days_of_nothing_but_failures_an_endpoint_is_switched_off() {
    let (inbox, receiver) = (Inbox::new(), Receiver::start().await);
    receiver.will(REFUSES);
    let data_dir = Some(inbox.folder().into());
    let egress_allow = vec![receiver.host()];
    let app = TestApp::with(Options { data_dir, egress_allow, delivers: true, ..Options::default() }).await;
    let customer = app.customer().await;
    let id = endpoint_for_calls(&app, &customer, receiver.url()).await;
    customer.webhook(&flat("c1", 60)).await;
    attempted(&app, &customer, 1).await;
    app.clock.advance(SignedDuration::from_hours(5 * 24 - 1));
    customer.webhook(&flat("c2", 60)).await;
    until("both are tried", async || health(&app, &customer).await.1 == 3).await;
    assert_eq!(health(&app, &customer).await.0, "enabled");
    app.clock.advance(SignedDuration::from_hours(1));
    until("it is switched off", async || health(&app, &customer).await.0 == "failing").await;
    assert_eq!(inbox.mail(1).await.to, customer.email);
    // Somebody mends it and switches it on: what waited goes out, and it starts anew.
    receiver.will(Mode::Accept);
    let on = Edit { is_enabled: Some(true), ..Edit::default() };
    app.tenant(&customer).await.edit_endpoint(id, on).await.unwrap();
    app.clock.advance(SignedDuration::from_hours(1));
    settled(&app, &customer, 2).await;
    assert_eq!(health(&app, &customer).await, ("enabled".to_owned(), 0, false));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_attempt_is_counted_by_how_it_ended_and_names_nobody() {
    let receiver = Receiver::start().await;
    receiver.will(REFUSES);
    let app = delivering(&[&receiver]).await;
    let customer = app.customer().await;
    let new = New { events: Some(vec![EventKind::CallCompleted]), ..new(receiver.url()) };
    app.tenant(&customer).await.create_endpoint(new).await.unwrap();
    customer.webhook(&flat("c1", 60)).await;
    attempted(&app, &customer, 1).await;
    receiver.will(Mode::Accept);
    app.clock.advance(SignedDuration::from_secs(6));
    settled(&app, &customer, 1).await;
    let said = metrics(&app).await;
    for line in [
        r#"voice_webhook_deliveries_total{outcome="status_5xx"} 1"#,
        r#"voice_webhook_deliveries_total{outcome="delivered"} 1"#,
        "voice_webhook_attempt_seconds_count 2",
        "voice_webhook_depth",
        "voice_webhook_oldest_seconds",
    ] {
        assert!(said.contains(line), "no {line} in {said}");
    }
    assert!(!said.contains(&receiver.host()));
}
