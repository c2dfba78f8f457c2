//! What an admin says and reads of webhooks: the endpoints, and what became of events there.

use domain::ids::{EndpointId, EventId};
use serde_json::{Value, json};

use crate::harness::TestApp;
use crate::harness::app::{Customer, assert_problem};
use crate::harness::retell::flat;
use crate::harness::visitor::Visitor;

const URL: &str = "https://hooks.example.com/voice";

/// Makes an endpoint; answers its name and its secret.
async fn create(admin: &Visitor, more: Value) -> (String, String) {
    let mut body = json!({ "url": URL });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let made = admin.post("/api/settings/webhooks", &body).await;
    assert_eq!(made.status, 201, "{}", made.body);
    let text = |name| made.field(name).as_str().unwrap().to_owned();
    (text("id"), text("secret"))
}

async fn patch(admin: &Visitor, id: &str, body: Value) -> crate::harness::app::Answer {
    admin.send(reqwest::Method::PATCH, &format!("/api/settings/webhooks/{id}"), Some(&body), &[]).await
}

/// Ends what is on its way to an endpoint, as delivery does.
async fn ended(app: &TestApp, customer: &Customer, status: &'static str) {
    let (code, reason) = if status == "failed" { (500, Some("status")) } else { (204, None) };
    let attempt = "
insert into webhook_attempts (customer_id, endpoint_id, event_id, attempt, started_at, took_ms, response_code,
       response, reason)
select customer_id, endpoint_id, event_id, attempts + 1, due_at, 84, $2, '<b>no</b>', $3
  from webhook_deliveries
 where customer_id = $1 and status = 'pending'";
    let end = "
update webhook_deliveries
   set status = $4, attempts = attempts + 1, tries = tries + 1, response_code = $2, reason = $3,
       ended_at = due_at, body = coalesce(body, '{\"data\":{\"cost\":5.00}}')
 where customer_id = $1 and status = 'pending'";
    let mut sql = app.sql().await;
    sqlx::query(attempt).bind(customer.id.0).bind(code).bind(reason).execute(&mut sql).await.unwrap();
    sqlx::query(end)
        .bind(customer.id.0)
        .bind(code)
        .bind(reason)
        .bind(status)
        .execute(&mut sql)
        .await
        .unwrap();
}

fn column<'a>(body: &'a Value, name: &str) -> Vec<&'a str> {
    body["items"].as_array().unwrap().iter().map(|item| item[name].as_str().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_is_made_read_changed_and_removed_and_its_secret_is_shown_once() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    let admin = Visitor::admin(&app, &customer).await;
    assert_eq!(admin.get("/api/settings/webhooks").await.body, json!([]));
    let (id, secret) = create(&admin, json!({"description": " Till ", "events": ["balance.low"]})).await;
    assert!(secret.starts_with("whsec_"));
    let path = format!("/api/settings/webhooks/{id}");
    let one = admin.get(&path).await;
    assert_eq!(
        one.body,
        json!({
            "id": id, "url": URL, "description": "Till", "events": ["balance.low"], "sends_transcripts": true,
            "is_enabled": true, "state": "enabled", "state_since": "2026-01-05T12:00:00Z",
            "secret_last4": secret[secret.len() - 4..], "previous_secret_until": null, "delivered_at": null,
            "failures": 0, "failing_since": null, "resting_until": null,
            "week": {"delivered": 0, "failed": 0, "pending": 0}, "created_at": "2026-01-05T12:00:00Z",
        })
    );
    let changed =
        patch(&admin, &id, json!({"events": ["call.failed"], "is_enabled": false, "description": null}));
    let changed = changed.await;
    assert_eq!(
        (changed.field("state"), changed.field("events"), changed.field("description")),
        (&json!("paused"), &json!(["call.failed"]), &Value::Null)
    );
    let rotated = admin.post(&format!("{path}/secret"), &json!({})).await;
    assert_ne!(rotated.field("secret"), &json!(secret));
    assert_eq!(rotated.field("previous_secret_until"), "2026-01-06T12:00:00Z");
    app.clock.advance(jiff::SignedDuration::from_hours(25));
    let later = admin.get(&path).await;
    assert_eq!(later.field("previous_secret_until"), &Value::Null, "it has ended");
    assert!(later.body.get("secret").is_none());
    assert_eq!(admin.delete(&path).await.status, 204);
    assert_problem(&admin.get(&path).await, 404, "not-found");
    assert_problem(&admin.delete(&path).await, 404, "not-found");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_a_webhook_is_said_by_its_field() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    let admin = Visitor::admin(&app, &customer).await;
    for (body, field) in [
        (json!({"url": "http://hooks.example.com/"}), "url"),
        (json!({"url": "https://127.0.0.1/"}), "url"),
        (json!({"url": "https://printer.local/"}), "url"),
        (json!({"url": "https://ada:lovelace@example.com/"}), "url"),
        (json!({"url": "hooks"}), "url"),
        (json!({"url": format!("{URL}?{}", "a".repeat(2000))}), "url"),
        (json!({}), "url"),
        (json!({"url": URL, "events": []}), "events"),
        (json!({"url": URL, "events": ["webhook.test"]}), "events"),
        (json!({"url": URL, "events": ["call.sold"]}), "events[0]"),
        (json!({"url": URL, "description": "a".repeat(201)}), "description"),
        (json!({"url": URL, "secret": "mine"}), "secret"),
    ] {
        let answer = admin.post("/api/settings/webhooks", &body).await;
        assert_problem(&answer, 422, "invalid");
        assert_eq!(answer.field("errors")[0]["field"], field, "{body}: {}", answer.body);
    }
    for _ in 0..10 {
        create(&admin, json!({})).await;
    }
    let eleventh = admin.post("/api/settings/webhooks", &json!({ "url": URL })).await;
    assert_problem(&eleventh, 409, "refused");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_one_webhook_of_the_specification_is_the_oldest() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    let admin = Visitor::admin(&app, &customer).await;
    let path = "/api/settings/webhook";
    assert_problem(&admin.get(path).await, 404, "not-found");
    assert_problem(&admin.put(path, &json!({})).await, 422, "invalid");
    assert_problem(&admin.post("/api/settings/webhook/test", &json!({})).await, 404, "not-found");
    let made = admin.put(path, &json!({"url": URL, "sends_transcripts": false})).await;
    assert_eq!((made.status, made.field("sends_transcripts")), (201, &json!(false)), "{}", made.body);
    assert!(made.field("secret").is_string());
    let (second, _) = create(&admin, json!({})).await;
    let put = admin.put(path, &json!({"url": "https://hooks.example.org/"})).await;
    assert_eq!((put.status, put.field("id")), (200, made.field("id")), "{}", put.body);
    assert_eq!((put.field("url"), put.body.get("secret")), (&json!("https://hooks.example.org/"), None));
    assert_eq!(put.field("sends_transcripts"), false, "what is left out stays");
    assert_eq!(admin.delete(path).await.status, 204);
    assert_eq!(admin.get(path).await.field("id"), &json!(second));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_webhook_is_made_once_also_by_two_at_once_and_off_where_that_is_wished() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    let admin = Visitor::admin(&app, &customer).await;
    let (path, body) = ("/api/settings/webhook", json!({"url": URL, "is_enabled": false}));
    let (one, other) = tokio::join!(admin.put(path, &body), admin.put(path, &body));
    let mut answers = [one.status, other.status];
    answers.sort_unstable();
    assert_eq!((answers, one.field("id")), ([200, 201], other.field("id")), "{} {}", one.body, other.body);
    assert_eq!(admin.get("/api/settings/webhooks").await.body.as_array().map(Vec::len), Some(1));
    assert_eq!(admin.get(path).await.field("state"), "paused");
}

#[tokio::test(flavor = "multi_thread")]
async fn deliveries_are_listed_narrowed_and_read_with_every_attempt() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    let admin = Visitor::admin(&app, &customer).await;
    let (id, _) = create(&admin, json!({})).await;
    let (other, _) = create(&admin, json!({"events": ["balance.low"]})).await;
    customer.webhook(&flat("c1", 60)).await;
    ended(&app, &customer, "failed").await;
    app.clock.advance(jiff::SignedDuration::from_hours(24));
    customer.webhook(&flat("c2", 60)).await;
    ended(&app, &customer, "delivered").await;
    customer.webhook(&flat("c3", 60)).await;
    let all = admin.get("/api/webhooks/deliveries").await;
    assert_eq!(column(&all.body, "status"), ["pending", "delivered", "failed"]);
    for (query, found) in [
        (format!("endpoint_id={id}"), 3),
        (format!("endpoint_id={other}"), 0),
        ("status=failed".to_owned(), 1),
        ("event=call.completed&status=pending".to_owned(), 1),
        ("event=call.failed".to_owned(), 0),
        ("from=2026-01-06".to_owned(), 2),
        ("to=2026-01-05".to_owned(), 1),
        ("endpoint_id=&event=&status=".to_owned(), 3),
        ("page=2&per_page=2".to_owned(), 1),
    ] {
        let answer = admin.get(&format!("/api/webhooks/deliveries?{query}")).await;
        assert_eq!(answer.field("items").as_array().unwrap().len(), found, "{query}: {}", answer.body);
    }
    for (query, field) in [("endpoint_id=12", "endpoint_id"), ("event=x", "event"), ("status=sent", "status")]
    {
        let answer = admin.get(&format!("/api/webhooks/deliveries?{query}")).await;
        assert_problem(&answer, 422, "invalid");
        assert_eq!(answer.field("errors")[0]["field"], field, "{query}: {}", answer.body);
    }
    let failed = &all.field("items")[2];
    let path = format!("/api/webhooks/deliveries/{id}/{}", failed["event_id"].as_str().unwrap());
    let one = admin.get(&path).await;
    assert_eq!(
        one.body,
        json!({
            "endpoint_id": id, "event_id": failed["event_id"], "event": "call.completed",
            "subject": failed["subject"], "sequence": failed["sequence"], "status": "failed", "attempts": 1,
            "next_attempt_at": null, "response_code": 500, "failure": "Your server answered 500.",
            "ended_at": "2026-01-05T12:00:00Z", "created_at": "2026-01-05T12:00:00Z",
            "body": r#"{"data":{"cost":5.00}}"#,
            "attempt_log": [{
                "number": 1, "started_at": "2026-01-05T12:00:00Z", "took_ms": 84, "response_code": 500,
                "response": "<b>no</b>", "in_words": "Your server answered 500.",
            }],
        })
    );
    let week = admin.get(&format!("/api/settings/webhooks/{id}")).await;
    assert_eq!(week.field("week"), &json!({"delivered": 1, "failed": 1, "pending": 1}));
    app.clock.advance(jiff::SignedDuration::from_hours(6 * 24 + 1));
    let week = admin.get(&format!("/api/settings/webhooks/{id}")).await;
    assert_eq!(week.field("week"), &json!({"delivered": 1, "failed": 0, "pending": 1}));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_is_sent_again_as_it_was_and_the_log_says_who_wanted_it() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    let admin = Visitor::admin(&app, &customer).await;
    let (id, _) = create(&admin, json!({})).await;
    customer.webhook(&flat("c1", 60)).await;
    ended(&app, &customer, "delivered").await;
    let event = column(&admin.get("/api/webhooks/deliveries").await.body, "event_id")[0].to_owned();
    let path = format!("/api/webhooks/deliveries/{id}/{event}");
    app.clock.advance(jiff::SignedDuration::from_hours(1));
    let again = admin.post(&format!("{path}/resend"), &json!({})).await;
    assert_eq!((again.status, &again.body), (202, &json!({"resent": 1})));
    let one = admin.get(&path).await;
    assert_eq!((one.field("status"), one.field("attempts")), (&json!("pending"), &json!(1)));
    assert_eq!(one.field("next_attempt_at"), "2026-01-05T13:00:00Z");
    assert_eq!(one.field("body"), r#"{"data":{"cost":5.00}}"#, "as it was");
    let logged = "select count(*) from audit_log where customer_id = $1 and action = 'delivery.resent'
                     and actor_kind = 'user'";
    assert_eq!(app.count(logged, &customer).await, 1);
    // Of one that was removed nothing is sent any more, but it can be read.
    assert_eq!(admin.delete(&format!("/api/settings/webhooks/{id}")).await.status, 204);
    assert_problem(&admin.post(&format!("{path}/resend"), &json!({})).await, 404, "not-found");
    assert_eq!(admin.get(&path).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_failed_and_what_was_missed_since_a_time_is_sent_after_all_and_nothing_older() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    let admin = Visitor::admin(&app, &customer).await;
    customer.webhook(&flat("before", 60)).await;
    let (id, _) = create(&admin, json!({"events": ["call.completed"]})).await;
    customer.webhook(&flat("old", 60)).await;
    ended(&app, &customer, "failed").await;
    app.clock.advance(jiff::SignedDuration::from_hours(24));
    customer.webhook(&flat("fails", 60)).await;
    ended(&app, &customer, "failed").await;
    customer.webhook(&flat("arrives", 60)).await;
    ended(&app, &customer, "delivered").await;
    let tenant = app.tenant(&customer).await;
    let number = id.strip_prefix("ep_").unwrap().parse().unwrap();
    let test: EventId = tenant.test_endpoint(EndpointId(number)).await.unwrap();
    ended(&app, &customer, "failed").await;
    patch(&admin, &id, json!({"is_enabled": false})).await;
    customer.webhook(&flat("missed", 60)).await;
    patch(&admin, &id, json!({"is_enabled": true})).await;
    let path = format!("/api/settings/webhooks/{id}/resend");
    let key = [("idempotency-key", "once")];
    let body = json!({"since": "2026-01-06"});
    let first = admin.send(reqwest::Method::POST, &path, Some(&body), &key).await;
    assert_eq!((first.status, &first.body), (202, &json!({"resent": 2})));
    let again = admin.send(reqwest::Method::POST, &path, Some(&body), &key).await;
    assert_eq!(again.body, json!({"resent": 2}), "the same answer, and nothing done");
    let pending = admin.get("/api/webhooks/deliveries?status=pending").await;
    assert_eq!(column(&pending.body, "event"), ["call.completed", "call.completed"]);
    assert!(!column(&pending.body, "event_id").contains(&test.to_string().as_str()));
    let rest = admin.post(&path, &json!({"since": "2026-01-01"})).await;
    assert_eq!(rest.body, json!({"resent": 1}), "the oldest failure, and not what was before the webhook");
    assert_eq!(admin.post(&path, &json!({"since": "2026-01-01"})).await.body, json!({"resent": 0}));
    assert_problem(&admin.post(&path, &json!({"since": "yesterday"})).await, 422, "invalid");
    assert_eq!(app.findings().await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_catalogue_has_every_event_with_an_example() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    let admin = Visitor::admin(&app, &customer).await;
    let all = admin.get("/api/webhooks/events").await;
    let all = all.body.as_array().unwrap();
    assert_eq!(all.len(), 12);
    for entry in all {
        assert_eq!(entry["example"]["event"], entry["event"]);
        assert_eq!(entry["is_subscribed_to"], entry["event"] != "webhook.test");
    }
}
