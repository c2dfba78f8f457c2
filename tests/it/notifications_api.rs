//! What an admin reads of the messages, and how one is sent again.

use serde_json::{Value, json};

use crate::harness::app::{Answer, assert_problem};
use crate::harness::inbox::Inbox;
use crate::harness::retell::flat;
use crate::harness::visitor::Visitor;
use crate::notifications::outbox::{book, messages, once, settled};

fn column<'a>(answer: &'a Answer, name: &str) -> Vec<&'a Value> {
    answer.field("items").as_array().unwrap().iter().map(|item| &item[name]).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_are_listed_newest_first_and_each_is_read_with_its_words() {
    let inbox = Inbox::new();
    let app = inbox.delivering().await;
    let customer = app.customer().await;
    let appointment = book(&customer, "Zoe Ruiz", "2026-01-15", "10:00").await;
    let rows = settled(&app, &customer, 2).await;
    let admin = Visitor::admin(&app, &customer).await;
    let all = admin.get("/api/notifications").await;
    assert_eq!(column(&all, "type"), ["sms", "email"]);
    assert_eq!(all.field("total"), 2);
    let text = &all.field("items")[0];
    let id = format!("msg_{}", rows[1].id);
    assert_eq!(
        text,
        &json!({
            "id": id, "type": "sms", "template": "booked", "recipient": "+15550100123",
            "appointment_id": appointment, "status": "sent", "receipt": "unknown",
            "cost": text["cost"], "error_message": null, "attempts": 1, "parts": rows[1].parts,
            "is_resend": false, "due_at": text["due_at"],
            "sent_at": "2026-01-05T12:00:00Z", "created_at": "2026-01-05T12:00:00Z",
        })
    );
    assert!(text["cost"].as_f64().is_some_and(|cost| cost > 0.0), "{text}");

    let one = admin.get(&format!("/api/notifications/{id}")).await;
    assert_eq!(one.field("subject"), &Value::Null);
    assert_eq!(one.field("content"), &json!(rows[1].content));
    assert!(one.field("content").as_str().unwrap().contains("is confirmed"), "{}", one.body);
    let mail = admin.get(&format!("/api/notifications/msg_{}", rows[0].id)).await;
    assert!(mail.field("subject").as_str().unwrap().contains("January 15"), "{}", mail.body);
    for name in ["msg_999", "999", "msg_x", &appointment] {
        assert_problem(&admin.get(&format!("/api/notifications/{name}")).await, 404, "not-found");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_of_messages_is_narrowed_by_what_they_are_and_when_they_were_queued() {
    let inbox = Inbox::new();
    let app = inbox.delivering().await;
    let customer = app.customer().await;
    let first = book(&customer, "Zoe Ruiz", "2026-01-15", "10:00").await;
    settled(&app, &customer, 2).await;
    app.clock.advance(jiff::SignedDuration::from_hours(24));
    let admin = Visitor::admin(&app, &customer).await;
    assert_eq!(admin.delete(&format!("/api/appointments/{first}")).await.status, 200);
    settled(&app, &customer, 4).await;
    sqlx::query("update notifications set receipt = 'undelivered' where customer_id = $1 and type = 'sms'")
        .bind(customer.id.0)
        .execute(&mut app.sql().await)
        .await
        .unwrap();
    for (query, found) in [
        ("type=sms", 2),
        ("template=cancelled", 2),
        ("template=cancelled&type=email", 1),
        ("template=reminder", 0),
        ("status=sent", 4),
        ("status=failed", 0),
        ("status=pending", 0),
        ("from=2026-01-06", 2),
        ("to=2026-01-05", 2),
        ("from=2026-01-07", 0),
        ("appointment_id=apt_999", 0),
        ("type=&status=&template=&appointment_id=", 4),
        ("page=2&per_page=3", 1),
    ] {
        let answer = admin.get(&format!("/api/notifications?{query}")).await;
        assert_eq!(column(&answer, "id").len(), found, "{query}: {}", answer.body);
    }
    let of_first = admin.get(&format!("/api/notifications?appointment_id={first}")).await;
    assert_eq!(column(&of_first, "template"), ["cancelled", "cancelled", "booked", "booked"]);
    for (query, field) in [
        ("type=fax", "type"),
        ("status=delivered", "status"),
        ("template=gift", "template"),
        ("appointment_id=12", "appointment_id"),
        ("from=2026-01-06&to=2026-01-01", "to"),
        ("kind=sms", "kind"),
    ] {
        let answer = admin.get(&format!("/api/notifications?{query}")).await;
        assert_problem(&answer, 422, "invalid");
        assert_eq!(answer.field("errors")[0]["field"], field, "{query}: {}", answer.body);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_confirmation_is_sent_again_by_the_ways_that_were_asked_for_and_charged_again() {
    let inbox = Inbox::new();
    let app = inbox.delivering().await;
    let customer = app.customer().await;
    let appointment = book(&customer, "Zoe Ruiz", "2026-01-15", "10:00").await;
    settled(&app, &customer, 2).await;
    let before = app.balance(&customer).await;
    let admin = Visitor::admin(&app, &customer).await;
    let path = format!("/api/appointments/{appointment}/resend");
    let queued = admin.post(&path, &json!({"channels": ["sms", "sms"]})).await;
    assert_eq!(queued.status, 202, "{}", queued.body);
    let rows = settled(&app, &customer, 3).await;
    assert_eq!(queued.body, json!({"notifications": [format!("msg_{}", rows[2].id)]}));
    assert_eq!((rows[2].channel.as_str(), rows[2].template.as_str()), ("sms", "booked"));
    assert_eq!(rows[2].content, rows[1].content, "the same words");
    let again = admin.get(&format!("/api/notifications/msg_{}", rows[2].id)).await;
    assert_eq!(again.field("is_resend"), true);
    assert_eq!(app.balance(&customer).await, before - rows[2].cost);
    // Without a body by both ways.
    let both = admin.send(reqwest::Method::POST, &path, None, &[]).await;
    assert_eq!((both.status, both.field("notifications").as_array().unwrap().len()), (202, 2));
    once(&app, &customer, |rows| rows.len() == 5 && rows.iter().all(|row| row.status == "sent")).await;
    let log = "select count(*) from audit_log where customer_id = $1 and action = 'appointment.resent'";
    assert_eq!(app.count(log, &customer).await, 2);
    assert_eq!(app.findings().await, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_request_with_its_key_again_sends_nothing_more() {
    let app = crate::harness::TestApp::start().await;
    let customer = app.customer().await;
    let appointment = book(&customer, "Zoe Ruiz", "2026-01-15", "10:00").await;
    let other = book(&customer, "Ben", "2026-01-15", "11:00").await;
    let admin = Visitor::admin(&app, &customer).await;
    let resend = async |appointment: &str, body: Value| {
        let path = format!("/api/appointments/{appointment}/resend");
        admin.send(reqwest::Method::POST, &path, Some(&body), &[("Idempotency-Key", "k1")]).await
    };
    let first = resend(&appointment, json!({"channels": ["email"]})).await;
    assert_eq!(first.status, 202, "{}", first.body);
    let second = resend(&appointment, json!({"channels": ["email"]})).await;
    assert_eq!((second.status, second.body), (202, first.body));
    assert_problem(&resend(&appointment, json!({})).await, 422, "key-reused");
    assert_eq!(resend(&other, json!({})).await.status, 202, "a key is one of its route's");
    assert_eq!(messages(&app, &customer).await.len(), 4 + 1 + 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_needs_no_confirmation_or_reaches_nobody_is_refused_with_the_reason() {
    let app = crate::harness::TestApp::start().await;
    let customer = app.customer().await;
    let admin = Visitor::admin(&app, &customer).await;
    let appointment = book(&customer, "Zoe Ruiz", "2026-01-15", "10:00").await;
    let path = format!("/api/appointments/{appointment}/resend");
    for body in [json!({"channels": []}), json!({"channels": ["fax"]}), json!({"channel": ["sms"]})] {
        assert_problem(&admin.post(&path, &body).await, 422, "invalid");
    }
    let nobody = json!({"start_time": "2026-01-16T10:00:00Z", "guest_name": "Ben"});
    let nobody = admin.post("/api/appointments", &nobody).await.field("appointment_id").clone();
    let refused =
        admin.post(&format!("/api/appointments/{}/resend", nobody.as_str().unwrap()), &json!({})).await;
    assert_problem(&refused, 409, "refused");
    assert!(refused.field("detail").as_str().unwrap().contains("no way to reach the guest"));
    assert_eq!(admin.delete(&format!("/api/appointments/{appointment}")).await.status, 200);
    let refused = admin.post(&path, &json!({})).await;
    assert_problem(&refused, 409, "refused");
    assert!(refused.field("detail").as_str().unwrap().contains("still to come"));
    assert_problem(
        &admin.post("/api/appointments/apt_999/resend", &json!({})).await,
        404,
        "unknown-appointment",
    );
    customer.webhook(&flat("c1", 60)).await;
    app.tenant(&customer).await.suspend().await.unwrap();
    assert_problem(&admin.post(&path, &json!({})).await, 403, "customer-suspended");
}
