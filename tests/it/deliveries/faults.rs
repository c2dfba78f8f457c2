//! Servers that take events badly, or never: each costs little, and keeps nobody else waiting.

use std::time::Duration;

use jiff::SignedDuration;

use super::*;
use crate::deliveries::log::{attempts, deliveries, settled};
use crate::harness::app::metrics;
use crate::harness::receiver::Mode;
use crate::harness::retell::flat;
use crate::harness::waiting::until;

/// More than there are places for healthy endpoints, or for others.
const BAD: usize = 60;

/// Events of one healthy customer beside them.
const CALLS: usize = 20;

#[tokio::test(flavor = "multi_thread")]
async fn a_healthy_endpoint_gets_everything_while_many_others_never_answer() {
    let (healthy, silent) = (Receiver::start().await, Receiver::start().await);
    silent.will(Mode::Hang);
    // One that takes connections and never reads them.
    let deaf = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let deaf_address = deaf.local_addr().unwrap().to_string();
    let egress_allow = vec![healthy.host(), silent.host(), deaf_address.clone()];
    let app = TestApp::with(Options { egress_allow, delivers: true, ..Options::default() }).await;
    let customer = app.customer().await;
    endpoint_for_calls(&app, &customer, healthy.url()).await;
    for number in 0..BAD {
        let bad = app.customer().await;
        let url = if number % 2 == 0 { silent.url() } else { format!("http://{deaf_address}/") };
        endpoint_for_calls(&app, &bad, url).await;
        bad.webhook(&flat("c1", 60)).await;
    }
    silent.once(1).await;
    for number in 0..CALLS {
        customer.webhook(&flat(&format!("c{number}"), 6)).await;
    }
    // The clock stands: whatever has failed is not tried again, and whatever hangs, hangs.
    let rows = settled(&app, &customer, CALLS).await;
    assert!(rows.iter().all(|row| row.status == "delivered" && row.attempts == 1), "{rows:?}");
}

/// What is kept of one attempt at a receiver of this kind.
async fn attempt(mode: Mode) -> (Option<i32>, Option<String>, Option<String>) {
    let receiver = Receiver::start().await;
    receiver.will(mode);
    let app = delivering(&[&receiver]).await;
    let customer = app.customer().await;
    endpoint(&app, &customer, receiver.url()).await;
    customer.webhook(&flat("c1", 60)).await;
    until("the attempt is noted", async || {
        let noted = "select count(*) from webhook_attempts where customer_id = $1 and took_ms is not null";
        app.count(noted, &customer).await == 1
    })
    .await;
    assert_eq!(receiver.received().len(), 1, "nothing is followed, and nothing is asked twice");
    attempts(&app, &customer).await.remove(0)
}

#[tokio::test(flavor = "multi_thread")]
async fn of_ten_gigabytes_four_kilobytes_are_read() {
    let (code, reason, response) = attempt(Mode::Flood).await;
    assert_eq!((code, reason), (Some(200), None));
    assert_eq!(response.unwrap(), "x".repeat(4096));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_packed_is_kept_as_it_came() {
    let (code, reason, response) = attempt(Mode::Bomb).await;
    assert_eq!((code, reason), (Some(200), None));
    let response = response.unwrap();
    assert!(response.starts_with('\u{1f}') && response.len() < 200, "{response:?}");
    assert!(!response.contains('\0'));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redirect_is_a_failure_and_is_not_followed() {
    let (code, reason, _) = attempt(Mode::Redirect).await;
    assert_eq!((code, reason.as_deref()), (Some(302), Some("redirect")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_byte_a_second_after_a_good_status_has_arrived() {
    let (code, reason, response) = attempt(Mode::Drip).await;
    assert_eq!((code, reason), (Some(200), None));
    assert!(response.unwrap().len() < 16);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_never_answers_is_too_slow() {
    let (code, reason, _) = attempt(Mode::Hang).await;
    assert_eq!((code, reason.as_deref()), (None, Some("too_slow")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_port_where_nobody_listens_is_unreachable_and_a_line_that_drops_broke_off() {
    let free = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().to_string();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let dropping = listener.local_addr().unwrap().to_string();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let _ = tokio::time::timeout(Duration::from_secs(60), stream.readable()).await;
        }
    });
    let egress_allow = vec![free.clone(), dropping.clone()];
    let app = TestApp::with(Options { egress_allow, delivers: true, ..Options::default() }).await;
    let customer = app.customer().await;
    for host in [free, dropping] {
        endpoint_for_calls(&app, &customer, format!("http://{host}/")).await;
    }
    customer.webhook(&flat("c1", 60)).await;
    let rows = log::once(&app, &customer, |rows| rows.iter().filter(|row| row.reason.is_some()).count() == 2);
    let reasons: Vec<_> = rows.await.into_iter().map(|row| row.reason.unwrap()).collect();
    assert_eq!(reasons, ["unreachable", "broke_off"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_at_one_endpoint_hides_no_other() {
    let (flooded, calm) = (Receiver::start().await, Receiver::start().await);
    flooded.will(Mode::Hold);
    let app = delivering(&[&flooded, &calm]).await;
    let (busy, other) = (app.customer().await, app.customer().await);
    endpoint_for_calls(&app, &busy, flooded.url()).await;
    endpoint_for_calls(&app, &other, calm.url()).await;
    for number in 0..100 {
        busy.webhook(&flat(&format!("c{number}"), 6)).await;
    }
    flooded.once(1).await;
    other.webhook(&flat("c1", 60)).await;
    assert_eq!(settled(&app, &other, 1).await[0].status, "delivered");
    flooded.will(Mode::Accept);
    until("the flood has gone out", async || {
        flooded.let_go();
        deliveries(&app, &busy).await.iter().all(|row| row.status == "delivered")
    })
    .await;
    assert_eq!(deliveries(&app, &busy).await.len(), 100);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_age_of_what_is_due_is_told_while_nobody_can_take_it() {
    let receiver = Receiver::start().await;
    receiver.will(Mode::Hold);
    let app = delivering(&[&receiver]).await;
    let customer = app.customer().await;
    endpoint_for_calls(&app, &customer, receiver.url()).await;
    for call in ["c1", "c2"] {
        customer.webhook(&flat(call, 60)).await;
    }
    receiver.once(1).await;
    app.clock.advance(SignedDuration::from_secs(10));
    until("it is told", async || {
        let said = metrics(&app).await;
        said.contains("voice_webhook_depth 2\n") && said.contains("voice_webhook_oldest_seconds 10\n")
    })
    .await;
    receiver.will(Mode::Accept);
    settled(&app, &customer, 2).await;
}
