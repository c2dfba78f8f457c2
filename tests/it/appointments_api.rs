//! Appointments and the calendar, as people and programs keep them.

use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::TestApp;
use crate::harness::app::{Answer, Customer, assert_problem};
use crate::harness::visitor::Visitor;

const EVENTS: &str =
    "select count(*) from webhook_logs where customer_id = $1 and event like 'appointment.%'";

/// Tuesday, the day after the clock's, in UTC.
fn wish(time: &str) -> Value {
    json!({"start_time": format!("2026-01-06T{time}:00Z"), "guest_name": "Ben", "guest_phone": "+1 555 010 0123",
           "guest_email": "Ben@Example.com", "notes": "Check-up"})
}

fn id(answer: &Answer) -> String {
    assert_eq!(answer.status, 201, "{}", answer.body);
    answer.field("appointment_id").as_str().unwrap().to_owned()
}

async fn admin(app: &TestApp) -> (Customer, Visitor) {
    let customer = app.customer().await;
    let visitor = Visitor::admin(app, &customer).await;
    (customer, visitor)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_appointment_is_made_read_listed_and_cancelled() {
    let app = TestApp::start().await;
    let (customer, admin) = admin(&app).await;
    let made = admin.post("/api/appointments", &wish("10:10")).await;
    let id = id(&made);
    assert_eq!(made.headers["location"], format!("/api/appointments/{id}"));
    assert_eq!(made.field("guest_phone"), &json!("+15550100123"));
    assert_eq!(made.field("guest_email"), &json!("ben@example.com"));
    assert_eq!(made.field("end_time"), &json!("2026-01-06T10:40:00Z"));
    let read = admin.get(&format!("/api/appointments/{id}")).await;
    assert_eq!(read.body, made.body);
    assert_eq!(read.headers["etag"], made.headers["etag"]);
    admin
        .post("/api/appointments", &json!({"start_time": "2026-01-07T10:00:00Z", "guest_name": "Chloé"}))
        .await;
    for (query, count) in [
        ("", 2),
        ("?q=ben", 1),
        ("?q=%2B15550100123", 1),
        ("?q=LO%C3%89", 1),
        ("?status=cancelled", 0),
        ("?from=2026-01-07T00:00:00Z", 1),
        ("?to=2026-01-06T10:10:00Z", 0),
        ("?per_page=1&order=desc", 1),
    ] {
        let list = admin.get(&format!("/api/appointments{query}")).await;
        assert_eq!(list.field("items").as_array().unwrap().len(), count, "{query}: {}", list.body);
    }
    let cancelled = admin.delete(&format!("/api/appointments/{id}?reason=Guest%20is%20ill")).await;
    assert_eq!((cancelled.status, cancelled.field("status")), (200, &json!("cancelled")));
    assert_eq!(cancelled.field("cancellation_reason"), &json!("Guest is ill"));
    // The time is free again.
    self::id(&admin.post("/api/appointments", &wish("10:10")).await);
    let with_body = admin
        .send(Method::DELETE, &format!("/api/appointments/{id}"), Some(&json!({"reason": "again"})), &[])
        .await;
    assert_eq!(with_body.field("cancellation_reason"), &json!("Guest is ill"), "cancelled once");
    assert_eq!(app.count(EVENTS, &customer).await, 4);
    assert_eq!(app.findings().await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_time_outside_the_hours_needs_a_word_and_a_taken_one_is_refused() {
    let app = TestApp::start().await;
    let (_customer, admin) = admin(&app).await;
    id(&admin.post("/api/appointments", &wish("10:00")).await);
    assert_problem(&admin.post("/api/appointments", &wish("10:15")).await, 409, "slot-taken");
    let mut early = wish("07:00");
    assert_problem(&admin.post("/api/appointments", &early).await, 409, "outside-hours");
    early["outside_hours"] = json!(true);
    // As long as a name may be, in characters and not in bytes.
    early["guest_name"] = json!("é".repeat(255));
    let made = admin.post("/api/appointments", &early).await;
    assert_eq!(made.field("guest_name"), &early["guest_name"]);
    let mut taken = wish("07:00");
    taken["outside_hours"] = json!(true);
    assert_problem(&admin.post("/api/appointments", &taken).await, 409, "slot-taken");
    for (body, field) in [
        (json!({"start_time": "2026-01-06T11:00:00Z"}), "guest_name"),
        (json!({"start_time": "2026-01-06T11:00:30Z", "guest_name": "Ben"}), "start_time"),
        (json!({"start_time": "tomorrow", "guest_name": "Ben"}), "start_time"),
        (json!({"guest_name": "Ben"}), "start_time"),
        (json!({"start_time": "2026-01-06T11:00:00Z", "guest_email": "unknown"}), "guest_email"),
        (json!({"start_time": "2026-01-06T11:00:00Z", "guest_name": "Ben", "price": 5}), "price"),
        (
            json!({"start_time": "2026-01-06T11:00:00Z", "guest_name": "Ben", "duration_minutes": 0}),
            "duration_minutes",
        ),
        (json!({"start_time": "2026-01-06T11:00:00Z", "guest_name": "é".repeat(256)}), "guest_name"),
        (json!({"start_time": "2026-01-06T11:00:00Z", "guest_phone": "5".repeat(51)}), "guest_phone"),
        (
            json!({"start_time": "2026-01-06T11:00:00Z", "guest_name": "Ben", "notes": "x".repeat(2001)}),
            "notes",
        ),
    ] {
        let answer = admin.post("/api/appointments", &body).await;
        assert_problem(&answer, 422, "invalid");
        assert_eq!(answer.field("errors")[0]["field"], field, "{}", answer.body);
    }
    for time in ["2026-01-05T11:00:00Z", "2028-01-05T11:00:00Z"] {
        let body = json!({"start_time": time, "duration_minutes": 30, "guest_name": "Ben"});
        assert_problem(&admin.post("/api/appointments", &body).await, 409, "slot-refused");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_moves_edits_and_closes_at_once_or_not_at_all() {
    let app = TestApp::start().await;
    let (customer, admin) = admin(&app).await;
    let id = id(&admin.post("/api/appointments", &wish("10:00")).await);
    let path = format!("/api/appointments/{id}");
    let moved = admin
        .put(&path, &json!({"start_time": "2026-01-06T11:00:00Z", "guest_email": null, "notes": "Crown"}))
        .await;
    assert_eq!(moved.status, 200, "{}", moved.body);
    assert_eq!((moved.field("guest_email"), moved.field("guest_name")), (&Value::Null, &json!("Ben")));
    assert_eq!(moved.field("end_time"), &json!("2026-01-06T11:30:00Z"));
    assert_eq!(moved.field("appointment_id"), &json!(id));
    // The time cannot be had, so the notes stay too.
    let refused = admin.put(&path, &json!({"start_time": "2026-01-06T03:00:00Z", "notes": "x"})).await;
    assert_problem(&refused, 409, "outside-hours");
    assert_eq!(admin.get(&path).await.field("notes"), &json!("Crown"));
    // Nothing new is no change: no revision, no event.
    let same = admin.put(&path, &json!({"notes": "Crown", "status": "scheduled"})).await;
    assert_eq!((same.status, same.field("revision")), (200, moved.field("revision")));
    let nobody = json!({"guest_name": null, "guest_phone": null, "guest_email": null});
    assert_problem(&admin.put(&path, &nobody).await, 409, "refused");
    assert_problem(&admin.put(&path, &json!({"status": "completed"})).await, 409, "refused");
    app.clock.advance(jiff::SignedDuration::from_hours(24));
    let done = admin.put(&path, &json!({"status": "completed", "notes": "Came early"})).await;
    assert_eq!((done.field("status"), done.field("notes")), (&json!("completed"), &json!("Came early")));
    assert_eq!(admin.put(&path, &json!({"status": "no-show"})).await.field("status"), &json!("no-show"));
    assert_problem(&admin.put(&path, &json!({"status": "cancelled"})).await, 409, "refused");
    assert_problem(&admin.put(&path, &json!({"status": "scheduled"})).await, 409, "refused");
    for (body, field) in [
        (json!({"status": "gone"}), "status"),
        (json!({"cancellation_reason": "x"}), "cancellation_reason"),
        (json!({"cancellation_reason": null}), "cancellation_reason"),
        (json!({"status": "completed", "cancellation_reason": "x"}), "cancellation_reason"),
        // What cannot be taken away: each of them would have been "leave it as it is".
        (json!({"start_time": null, "notes": "x"}), "start_time"),
        (json!({"duration_minutes": null, "notes": "x"}), "duration_minutes"),
        (json!({"status": null, "notes": "x"}), "status"),
        (json!({"outside_hours": null, "notes": "x"}), "outside_hours"),
    ] {
        let answer = admin.put(&path, &body).await;
        assert_problem(&answer, 422, "invalid");
        assert_eq!(answer.field("errors")[0]["field"], field, "{}", answer.body);
    }
    let told: Vec<String> = app.events(&customer).await;
    assert_eq!(
        told,
        ["appointment.created", "appointment.updated", "appointment.completed", "appointment.no_show"]
    );
    let lines: Vec<(String, Value)> = sqlx::query_as(
        "select action, after from audit_log where customer_id = $1 and actor_kind = 'user' order by id",
    )
    .bind(customer.id.0)
    .fetch_all(&mut app.sql().await)
    .await
    .unwrap();
    let actions: Vec<&str> = lines.iter().map(|(action, _)| action.as_str()).collect();
    assert_eq!(
        actions,
        ["appointment.booked", "appointment.moved", "appointment.completed", "appointment.no_show"]
    );
    assert_eq!(lines[1].1["changed"], json!(["guest_email", "notes"]));
    assert!(!format!("{lines:?}").contains("Crown"), "people's data stays out of the log");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_changes_of_one_version_the_second_sees_the_first() {
    let app = TestApp::start().await;
    let (_customer, admin) = admin(&app).await;
    let made = admin.post("/api/appointments", &wish("10:00")).await;
    let path = format!("/api/appointments/{}", id(&made));
    let tag = made.headers["etag"].to_str().unwrap().to_owned();
    let change = async |time: &str, tag: &str| {
        let body = json!({"start_time": format!("2026-01-06T{time}:00Z")});
        admin.send(Method::PUT, &path, Some(&body), &[("if-match", tag)]).await
    };
    let answers = join_all([change("11:00", &tag), change("12:00", &tag)]).await;
    let (won, lost): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 200);
    assert_eq!((won.len(), lost.len()), (1, 1));
    assert_problem(lost[0], 412, "changed-meanwhile");
    assert_eq!(lost[0].field("current"), &won[0].body);
    let fresh = won[0].headers["etag"].to_str().unwrap();
    assert_eq!(change("13:00", fresh).await.status, 200);
    assert_eq!(change("14:00", "*").await.status, 200);
    assert_problem(&change("15:00", "yesterday").await, 422, "invalid");
    let gone = admin.send(Method::DELETE, &path, None, &[("if-match", tag.as_str())]).await;
    assert_problem(&gone, 412, "changed-meanwhile");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_with_a_key_is_carried_out_once() {
    let app = TestApp::start().await;
    let (customer, admin) = admin(&app).await;
    let post = async |key: &str, body: &Value| {
        admin.send(Method::POST, "/api/appointments", Some(body), &[("idempotency-key", key)]).await
    };
    let body = wish("10:00");
    let first = post("k1", &body).await;
    let again = post("k1", &body).await;
    assert_eq!((again.status, &again.body), (201, &first.body));
    assert_eq!(again.headers["etag"], first.headers["etag"]);
    assert_problem(&post("k1", &wish("12:00")).await, 422, "key-reused");
    // A refusal keeps nobody from trying again.
    assert_problem(&post("k2", &body).await, 409, "slot-taken");
    admin.delete(&format!("/api/appointments/{}", id(&first))).await;
    id(&post("k2", &body).await);
    let (one, two) = (wish("13:00"), wish("13:00"));
    let both = join_all([post("k3", &one), post("k3", &two)]).await;
    assert!(both.iter().any(|answer| answer.status == 201));
    for answer in both.iter().filter(|answer| answer.status != 201) {
        assert_problem(answer, 409, "still-running");
    }
    app.clock.advance(jiff::SignedDuration::from_hours(25));
    let mut next_day = wish("10:00");
    next_day["start_time"] = json!("2026-01-08T10:00:00Z");
    id(&post("k1", &next_day).await);
    assert_problem(&post(&"k".repeat(201), &body).await, 422, "invalid");
    let kept = "select count(*) from idempotency_keys where customer_id = $1";
    assert_eq!(app.count(kept, &customer).await, 1, "those of yesterday are gone");
}

#[tokio::test(flavor = "multi_thread")]
async fn hours_and_blocked_dates_are_set_and_tell_what_is_free() {
    let app = TestApp::start().await;
    let (_customer, admin) = admin(&app).await;
    let before = admin.get("/api/availability").await;
    assert_eq!(before.field("hours").as_array().unwrap().len(), 5);
    let week = json!({"hours": [
        {"day_of_week": 2, "start_time": "10:00", "end_time": "12:00"},
        {"day_of_week": 2, "start_time": "11:00", "end_time": "11:30", "is_available": false},
    ]});
    let set = admin.put("/api/availability", &week).await;
    assert_eq!(set.field("hours")[1]["is_available"], json!(false), "{}", set.body);
    let free = admin.get("/api/availability?date=2026-01-06&duration_minutes=30").await;
    let starts: Vec<&str> = free
        .field("available_slots")
        .as_array()
        .unwrap()
        .iter()
        .map(|slot| slot["start"].as_str().unwrap())
        .collect();
    assert_eq!(starts, ["10:00", "10:30", "11:30"]);
    let blocked = admin.post("/api/blocked-dates", &json!({"date": "2026-01-06", "reason": "Holiday"})).await;
    assert_eq!(blocked.status, 201, "{}", blocked.body);
    let again = admin.post("/api/blocked-dates", &json!({"date": "2026-01-06"})).await;
    assert_eq!(again.body, blocked.body);
    let free = admin.get("/api/availability?date=2026-01-06").await;
    assert_eq!(free.field("available_slots"), &json!([]));
    let look = admin.get("/api/calendar?from=2026-01-01T00:00:00Z&to=2026-02-01T00:00:00Z").await;
    assert_eq!(look.field("blocked_dates")[0], blocked.body);
    assert_eq!(look.field("timezone"), &json!("UTC"));
    let path = format!("/api/blocked-dates/{}", blocked.field("id"));
    let other = app.customer().await;
    assert_problem(&Visitor::admin(&app, &other).await.delete(&path).await, 404, "not-found");
    assert_eq!(admin.delete(&path).await.status, 204);
    assert_problem(&admin.delete(&path).await, 404, "not-found");
    for (body, field) in [
        (json!({"hours": [{"day_of_week": 7, "start_time": "10:00", "end_time": "12:00"}]}), "hours"),
        (
            json!({"hours": [{"day_of_week": 1, "start_time": "10am", "end_time": "12:00"}]}),
            "hours[0].start_time",
        ),
        (json!({"hours": [{"day_of_week": 1, "start_time": "12:00", "end_time": "10:00"}]}), "hours"),
        (json!({"hours": [{"day": 1}]}), "hours[0].day"),
        (json!({"hours": [[1, "10:00", "12:00", true]]}), "hours[0]"),
        (json!({"hours": {"day_of_week": 1, "start_time": "10:00", "end_time": "12:00"}}), "hours"),
    ] {
        let answer = admin.put("/api/availability", &body).await;
        assert_problem(&answer, 422, "invalid");
        assert_eq!(answer.field("errors")[0]["field"], field, "{}", answer.body);
    }
    let list = json!([[{"day_of_week": 1, "start_time": "10:00", "end_time": "12:00"}]]);
    assert_problem(&admin.put("/api/availability", &list).await, 400, "bad-body");
    for minutes in ["0", "1441", "-1", "half"] {
        let query = format!("/api/availability?date=2026-01-06&duration_minutes={minutes}");
        let answer = admin.get(&query).await;
        assert_problem(&answer, 422, "invalid");
        assert_eq!(answer.field("errors")[0]["field"], "duration_minutes", "{}", answer.body);
    }
    assert_problem(&admin.get("/api/availability?duration_minutes=0").await, 422, "invalid");
    assert_problem(
        &admin.post("/api/blocked-dates", &json!({"date": "-000001-01-01"})).await,
        422,
        "invalid",
    );
    assert_problem(&admin.get("/api/appointments?from=-009000-01-01T00:00:00Z").await, 422, "invalid");
    for query in [
        "from=2026-01-01T00:00:00Z&to=2026-06-01T00:00:00Z",
        "from=2026-02-01T00:00:00Z&to=2026-01-01T00:00:00Z",
    ] {
        assert_problem(&admin.get(&format!("/api/calendar?{query}")).await, 422, "invalid");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_calendar_shows_what_touches_a_period_of_this_customer_only() {
    let app = TestApp::start().await;
    let (_customer, admin) = admin(&app).await;
    let (_other, stranger) = self::admin(&app).await;
    let mine = id(&admin.post("/api/appointments", &wish("10:00")).await);
    stranger.post("/api/appointments", &wish("10:00")).await;
    let look = async |from: &str, to: &str| {
        let answer = admin.get(&format!("/api/calendar?from={from}&to={to}")).await;
        let events = answer.field("events").as_array().unwrap().clone();
        events.iter().map(|event| event["appointment_id"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(look("2026-01-06T10:29:00Z", "2026-01-06T11:00:00Z").await, std::slice::from_ref(&mine));
    assert_eq!(look("2026-01-06T10:30:00Z", "2026-01-06T11:00:00Z").await, [""; 0]);
    assert_problem(&stranger.get(&format!("/api/appointments/{mine}x")).await, 404, "not-found");
    let theirs = stranger.get(&format!("/api/appointments/{mine}")).await;
    assert!(theirs.status == 404 || theirs.field("guest_phone") == &json!("+15550100123"));
    let absent = "/api/appointments/apt_999999";
    assert_problem(&stranger.put(absent, &json!({"notes": "x"})).await, 404, "unknown-appointment");
    assert_problem(&stranger.delete(absent).await, 404, "unknown-appointment");
    assert_problem(&stranger.get(absent).await, 404, "not-found");
}
