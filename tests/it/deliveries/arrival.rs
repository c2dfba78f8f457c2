//! What arrives: once, in order, signed in both ways, with what the endpoint wants to hear.

use data_encoding::{BASE64, HEXLOWER};
use domain::webhooks::{Edit, New};
use hmac::{Hmac, KeyInit, Mac};
use jiff::SignedDuration;
use serde_json::json;
use sha2::Sha256;

use super::*;
use crate::deliveries::log::{attempts, deliveries, health, settled};
use crate::harness::app::at;
use crate::harness::receiver::{Mode, Received};
use crate::harness::retell::flat;
use crate::harness::waiting::until;

fn mac(key: &[u8], said: &[u8]) -> Vec<u8> {
    Hmac::<Sha256>::new_from_slice(key).unwrap().chain_update(said).finalize().into_bytes().to_vec()
}

/// The signatures that one secret makes, in both ways.
pub fn signatures(secret: &str, request: &Received) -> (String, String) {
    let key = BASE64.decode(secret.strip_prefix("whsec_").unwrap().as_bytes()).unwrap();
    let head = format!("{}.{}.", request.id(), request.header("webhook-timestamp"));
    let standard = mac(&key, &[head.as_bytes(), &request.body].concat());
    (HEXLOWER.encode(&mac(secret.as_bytes(), &request.body)), format!("v1,{}", BASE64.encode(&standard)))
}

/// Whether a request is signed as it should be, with one secret.
#[track_caller]
pub fn assert_signed(secret: &str, request: &Received) {
    let (plain, standard) = signatures(secret, request);
    assert_eq!(request.header("x-webhook-signature"), plain);
    assert_eq!(request.header("webhook-signature"), standard);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_arrives_signed_in_both_ways_with_a_link_of_the_platforms_own() {
    let receiver = Receiver::start().await;
    let app = delivering(&[&receiver]).await;
    let customer = app.customer().await;
    let (_, secret) = endpoint(&app, &customer, receiver.url()).await;
    customer.webhook(&flat("c1", 300)).await;
    let rows = settled(&app, &customer, 1).await;
    assert_eq!(
        (rows[0].status.as_str(), rows[0].attempts, rows[0].response_code),
        ("delivered", 1, Some(200))
    );
    assert_eq!(attempts(&app, &customer).await, [(Some(200), None, Some("thank you".to_owned()))]);
    let received = receiver.received();
    assert_eq!(received.len(), 1);
    let (request, body) = (&received[0], received[0].json());
    assert_signed(&secret, request);
    assert_eq!(request.header("content-type"), "application/json");
    assert_eq!(request.header("x-webhook-event"), "call.completed");
    assert_eq!(request.header("x-webhook-timestamp"), "2026-01-05T12:00:00.000Z");
    assert_eq!(request.header("webhook-timestamp"), "1767614400");
    assert_eq!(body["id"], json!(request.id()));
    assert_eq!(
        (&body["event"], &body["timestamp"]),
        (&json!("call.completed"), &json!("2026-01-05T12:00:00.000Z"))
    );
    let data = &body["data"];
    assert_eq!(data["retell_call_id"], "c1");
    assert_eq!(data["transcript"], "Agent: Hello.\nUser: Hello.");
    assert_eq!((&data["duration_minutes"], &data["caller_phone"]), (&json!(5), &json!("+15550100123")));
    assert!(std::str::from_utf8(&request.body).unwrap().contains(r#""cost":5.00"#));
    let link = data["recording_url"].as_str().unwrap();
    assert!(link.starts_with(&app.url("/api/recordings/")), "{link}");
    // It opens: what is missing is only Retell, whose address this platform may not speak to.
    let opened = app.http.get(link).send().await.unwrap().status().as_u16();
    assert!(opened != 401 && opened != 403 && opened != 404, "{opened}");
    app.clock.advance(SignedDuration::from_hours(7 * 24));
    assert_eq!(app.http.get(link).send().await.unwrap().status().as_u16(), 404, "it is over");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_wants_no_transcripts_gets_none_beside_one_who_does() {
    let (with, without) = (Receiver::start().await, Receiver::start().await);
    let app = delivering(&[&with, &without]).await;
    let customer = app.customer().await;
    endpoint(&app, &customer, with.url()).await;
    let (quiet, _) = endpoint(&app, &customer, without.url()).await;
    let edit = Edit { sends_transcripts: Some(false), ..Edit::default() };
    app.tenant(&customer).await.edit_endpoint(quiet, edit).await.unwrap();
    customer.webhook(&flat("c1", 60)).await;
    settled(&app, &customer, 2).await;
    let (with, without) = (with.received().remove(0).json(), without.received().remove(0).json());
    assert!(with["data"]["transcript"].is_string());
    assert!(without["data"].get("transcript").is_none());
    assert_eq!(without["data"]["summary"], "A greeting.");
    assert_eq!((&with["id"], &with["sequence"]), (&without["id"], &without["sequence"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn events_arrive_in_order_and_none_is_older_than_the_endpoint() {
    let receiver = Receiver::start().await;
    let app = delivering(&[&receiver]).await;
    let customer = app.customer().await;
    customer.webhook(&flat("before", 60)).await;
    endpoint(&app, &customer, receiver.url()).await;
    for number in 0..6 {
        customer.webhook(&flat(&format!("c{number}"), 60)).await;
    }
    settled(&app, &customer, 6).await;
    let received = receiver.received();
    let calls: Vec<_> = received.iter().map(|one| one.json()["data"]["retell_call_id"].clone()).collect();
    assert_eq!(calls, ["c0", "c1", "c2", "c3", "c4", "c5"]);
    let numbers: Vec<_> = received.iter().map(|one| one.json()["sequence"].as_i64().unwrap()).collect();
    assert!(numbers.is_sorted_by(|one, next| one < next), "{numbers:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_at_a_time_goes_out_and_four_where_much_has_piled_up() {
    let receiver = Receiver::start().await;
    let app = delivering(&[&receiver]).await;
    let customer = app.customer().await;
    let id = endpoint_for_calls(&app, &customer, receiver.url()).await;
    receiver.will(Mode::Hold);
    customer.webhook(&flat("first", 60)).await;
    receiver.once(1).await;
    // Piles up behind it.
    for number in 0..20 {
        customer.webhook(&flat(&format!("c{number}"), 6)).await;
    }
    assert_eq!(receiver.held(), (1, 1), "one at a time");
    let served = until("all have come", async || {
        receiver.let_go();
        deliveries(&app, &customer).await.iter().all(|row| row.status == "delivered")
    });
    served.await;
    assert_eq!(receiver.held(), (0, 4), "four to catch up");
    let mut ids: Vec<String> = receiver.received().iter().map(Received::id).collect();
    assert_eq!(ids.len(), 21);
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 21, "each once to {id}");
}

#[tokio::test(flavor = "multi_thread")]
async fn while_a_secret_is_replaced_both_sign_and_a_day_later_the_new_one_alone() {
    let receiver = Receiver::start().await;
    let app = delivering(&[&receiver]).await;
    let customer = app.customer().await;
    let (id, old) = endpoint(&app, &customer, receiver.url()).await;
    let (_, new) = app.tenant(&customer).await.rotate_endpoint_secret(id).await.unwrap();
    customer.webhook(&flat("c1", 60)).await;
    let request = receiver.once(1).await.remove(0);
    let ((new_plain, new_standard), (old_plain, old_standard)) =
        (signatures(&new, &request), signatures(&old, &request));
    assert_eq!(request.header("x-webhook-signature"), format!("{new_plain},{old_plain}"));
    assert_eq!(request.header("webhook-signature"), format!("{new_standard} {old_standard}"));
    settled(&app, &customer, 1).await;
    app.clock.advance(SignedDuration::from_hours(24));
    customer.webhook(&flat("c2", 60)).await;
    assert_signed(&new, &receiver.once(2).await[1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_test_is_made_at_once_also_to_an_endpoint_that_is_off_and_never_again() {
    let receiver = Receiver::start().await;
    let app = delivering(&[&receiver]).await;
    let customer = app.customer().await;
    let tenant = app.tenant(&customer).await;
    let (id, secret) = endpoint(&app, &customer, receiver.url()).await;
    tenant.edit_endpoint(id, Edit { is_enabled: Some(false), ..Edit::default() }).await.unwrap();
    let desk = app.app.webhooks();
    let event = tenant.test_endpoint(id).await.unwrap();
    let result = desk.test_now(desk.place_for_test(customer.id).unwrap(), id, event).await.unwrap();
    assert_eq!((result.response_code, result.failure), (Some(200), None));
    assert_eq!(result.response.as_deref(), Some("thank you"));
    let request = receiver.received().remove(0);
    assert_eq!((request.event().as_str(), request.id()), ("webhook.test", event.to_string()));
    assert_signed(&secret, &request);
    receiver.will(Mode::Say(500, vec![], "no"));
    let event = tenant.test_endpoint(id).await.unwrap();
    let result = desk.test_now(desk.place_for_test(customer.id).unwrap(), id, event).await.unwrap();
    assert_eq!((result.response_code, result.response.as_deref()), (Some(500), Some("no")));
    let rows = deliveries(&app, &customer).await;
    assert_eq!(rows.iter().map(|row| row.status.as_str()).collect::<Vec<_>>(), ["delivered", "failed"]);
    let (_, failures, _) = health(&app, &customer).await;
    assert_eq!(failures, 0, "a test that fails says nothing about events");
    let again = desk.test_now(desk.place_for_test(customer.id).unwrap(), id, event).await.unwrap_err();
    assert_eq!(again, actors::error::Refusal::UnknownEndpoint.into());
    assert_eq!(receiver.received().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_of_a_private_network_is_not_spoken_to() {
    let receiver = Receiver::start().await;
    let app = delivering(&[]).await;
    let customer = app.customer().await;
    endpoint(&app, &customer, receiver.url()).await;
    endpoint(&app, &customer, "https://169.254.169.254/latest".to_owned()).await;
    customer.webhook(&flat("c1", 60)).await;
    let tried =
        log::once(&app, &customer, |rows| rows.iter().filter(|row| row.reason.is_some()).count() == 2);
    for row in tried.await {
        assert_eq!((row.status.as_str(), row.reason.as_deref()), ("pending", Some("blocked")));
    }
    assert_eq!(receiver.received().len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_takes_over_what_another_has_left_when_its_lease_is_over() {
    let receiver = Receiver::start().await;
    let app = delivering(&[&receiver]).await;
    let customer = app.customer().await;
    endpoint(&app, &customer, receiver.url()).await;
    // As if another server had it, and fell.
    let taken = "update webhook_endpoints set served_until = '2026-01-05T12:00:15Z' where customer_id = $1 returning id";
    app.count(taken, &customer).await;
    customer.webhook(&flat("c1", 60)).await;
    let (other, beside) = (app.customer().await, app.tenant(&customer).await);
    endpoint(&app, &other, receiver.url()).await;
    other.webhook(&flat("c2", 60)).await;
    settled(&app, &other, 1).await;
    drop(beside);
    assert_eq!(deliveries(&app, &customer).await[0].attempts, 0, "it is another's");
    app.clock.advance(SignedDuration::from_secs(15));
    let rows = settled(&app, &customer, 1).await;
    assert_eq!((rows[0].status.as_str(), app.clock.now()), ("delivered", at("2026-01-05T12:00:15Z")));
}

#[tokio::test(flavor = "multi_thread")]
async fn two_servers_on_one_database_deliver_each_event_once() {
    let receiver = Receiver::start().await;
    let app = delivering(&[&receiver]).await;
    let beside = Options {
        database_url: Some(app.database.url().to_owned()),
        egress_allow: vec![receiver.host()],
        delivers: true,
        ..Options::default()
    };
    let beside = TestApp::with(beside).await;
    let mut customers = Vec::new();
    for _ in 0..4 {
        let customer = app.customer().await;
        endpoint_for_calls(&app, &customer, receiver.url()).await;
        customers.push(customer);
    }
    for number in 0..20 {
        for customer in &customers {
            customer.webhook(&flat(&format!("c{number}"), 6)).await;
        }
    }
    for customer in &customers {
        let rows = settled(&app, customer, 20).await;
        assert!(rows.iter().all(|row| row.status == "delivered" && row.attempts == 1), "{rows:?}");
    }
    assert_eq!(receiver.received().len(), 80);
    drop(beside);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endpoint_hears_of_appointments_and_the_balance_too() {
    let receiver = Receiver::start().await;
    let app = delivering(&[&receiver]).await;
    let customer = app.customer().await;
    let new = New { events: None, ..new(receiver.url()) };
    app.tenant(&customer).await.create_endpoint(new).await.unwrap();
    let wish =
        json!({"date": "2026-01-06", "time": "10:00", "caller_name": "Ada", "caller_phone": "+12025550123"});
    assert_eq!(customer.function("book", &wish).await.field("success"), &json!(true));
    customer.webhook(&flat("c1", 2700)).await;
    settled(&app, &customer, 3).await;
    let received = receiver.received();
    let events: Vec<String> = received.iter().map(Received::event).collect();
    assert_eq!(events, ["appointment.created", "balance.low", "call.completed"]);
    assert_eq!(received[0].json()["data"]["start_time"], "2026-01-06T10:00:00Z");
    assert_eq!(received[1].json()["data"]["threshold"].to_string(), "10.0");
}
