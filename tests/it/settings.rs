//! What an admin sets, what only the platform does, and the keys shared with Retell.

use futures_util::future::join_all;
use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::harness::TestApp;
use crate::harness::app::{Answer, Customer, assert_problem};
use crate::harness::retell::{flat, sign};
use crate::harness::visitor::Visitor;

/// What the audit log has: `action before after`.
async fn lines(app: &TestApp, customer: &Customer) -> Vec<String> {
    let sql = "select action || ' ' || coalesce(before::text, '') || ' ' || coalesce(after::text, '')
        from audit_log where customer_id = $1 and actor_kind = 'user' order by id";
    sqlx::query_scalar(sql).bind(customer.id.0).fetch_all(&mut app.sql().await).await.unwrap()
}

/// The names of the fields a problem is about.
fn fields(answer: &Answer) -> Vec<&str> {
    let errors = answer.field("errors").as_array().unwrap();
    errors.iter().map(|error| error["field"].as_str().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_settings_are_shown_with_rates_and_urls_and_without_any_retell_key() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    let admin = Visitor::admin(&app, &customer).await;
    let secret = "key_0123456789abcdef";
    let set = admin.put("/api/settings/retell-key", &json!({"key": secret})).await;
    assert_eq!(set.body, json!({"is_set": true, "count": 1, "since": "2026-01-05T12:00:00Z"}));
    let answer = admin.response(reqwest::Method::GET, "/api/settings", None, &[]).await;
    let text = answer.text().await.unwrap();
    assert!(!text.contains(secret), "{text}");
    assert!(
        text.contains("\"low_balance_alert\":10.00,") && text.contains("\"rate_per_sms\":0.05,"),
        "{text}"
    );
    let shown: Value = serde_json::from_str(&text).unwrap();
    for (field, value) in [
        ("name", json!("Ada")),
        ("company", json!("Lovelace & Daughters")),
        ("email", json!(customer.email)),
        ("phone", Value::Null),
        ("timezone", json!("UTC")),
        ("status", json!("active")),
        ("currency", json!("EUR")),
        ("slot_step_minutes", Value::Null),
        ("horizon_days", json!(365)),
        ("billing_increment_seconds", json!(1)),
    ] {
        assert_eq!(shown[field], value, "{field}");
    }
    assert_eq!(shown["retell_urls"]["webhook_url"], customer.webhook_url());
    assert_eq!(shown["retell_urls"]["book_url"], customer.function_url("book"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_named_is_changed_in_one_step_and_told_in_the_audit_log() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    let admin = Visitor::admin(&app, &customer).await;
    let change = json!({
        "name": "Grace", "company": null, "phone": "+1 (555) 010-0199", "timezone": "Europe/Madrid",
        "low_balance_alert": 60, "sms_enabled": false, "slot_step_minutes": 15, "horizon_days": 30,
    });
    let changed = admin.put("/api/settings", &change).await;
    assert_eq!(changed.status, 200, "{}", changed.body);
    for (field, value) in [
        ("name", json!("Grace")),
        ("company", Value::Null),
        ("phone", json!("+15550100199")),
        ("timezone", json!("Europe/Madrid")),
        ("sms_enabled", json!(false)),
        ("email_enabled", json!(true)),
        ("slot_step_minutes", json!(15)),
        ("horizon_days", json!(30)),
    ] {
        assert_eq!(changed.field(field), &value, "{field}");
    }
    assert_eq!(app.events(&customer).await, ["balance.low"], "the threshold is compared at once");
    assert_eq!(
        admin.put("/api/settings", &json!({"slot_step_minutes": null})).await.field("slot_step_minutes"),
        &Value::Null
    );
    assert_eq!(admin.put("/api/settings", &json!({})).await.status, 200);
    assert_eq!(admin.put("/api/settings", &json!({"name": "Grace"})).await.status, 200);
    assert_eq!(
        lines(&app, &customer).await,
        [
            "customer.changed {\"company\": \"Lovelace & Daughters\", \"timezone\": \"UTC\"} \
             {\"changed\": [\"name\", \"phone\"], \"company\": null, \"timezone\": \"Europe/Madrid\"}",
            "settings.changed {\"sms_enabled\": true, \"horizon_days\": 365, \"low_balance_alert\": \"10.0000\", \
             \"slot_step_minutes\": null} {\"sms_enabled\": false, \"horizon_days\": 30, \
             \"low_balance_alert\": \"60.0000\", \"slot_step_minutes\": 15}",
            "settings.changed {\"slot_step_minutes\": 15} {\"slot_step_minutes\": null}",
        ],
        "what changes nothing leaves no line"
    );
    let app = app.restart().await;
    assert_eq!(app.findings().await, [""; 0]);
    let snapshot = app.tenant(&customer).await.snapshot().await;
    assert!(snapshot.is_ok(), "what was written can be loaded");
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_of_different_fields_at_once_are_all_kept() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    let admin = Visitor::admin(&app, &customer).await;
    let changes: Vec<Value> = vec![
        json!({"name": "Grace"}),
        json!({"company": "Hopper"}),
        json!({"phone": "+15550100199"}),
        json!({"low_balance_alert": 1.5}),
        json!({"sms_enabled": false}),
        json!({"email_enabled": false}),
        json!({"buffer_before_minutes": 5}),
        json!({"buffer_after_minutes": 10}),
    ];
    for answer in join_all(changes.iter().map(|change| admin.put("/api/settings", change))).await {
        assert_eq!(answer.status, 200, "{}", answer.body);
    }
    let settings = admin.get("/api/settings").await;
    for change in changes {
        for (field, value) in change.as_object().unwrap() {
            assert_eq!(settings.field(field), value, "{field}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_the_platforms_is_refused_by_name_and_nothing_else_is_changed() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    let admin = Visitor::admin(&app, &customer).await;
    for field in [
        "rate_per_minute",
        "rate_per_sms",
        "rate_per_email",
        "monthly_fee",
        "billing_increment_seconds",
        "billing_minimum_seconds",
        "tax_rate",
        "tax_name",
        "status",
        "balance",
        "email",
    ] {
        let answer = admin.put("/api/settings", &json!({"name": "Grace", field: null})).await;
        assert_problem(&answer, 403, "not-allowed");
        assert_eq!(fields(&answer), [field]);
        assert!(answer.field("detail").as_str().unwrap().contains(field), "{}", answer.body);
    }
    let answer = admin.put("/api/settings", &json!({"rate_per_sms": 0, "balance": 1e9, "oops": 1})).await;
    assert_eq!((answer.status, fields(&answer)), (403, vec!["balance", "rate_per_sms"]));
    for (change, field) in [
        (json!({"name": "Grace", "oops": 1}), "oops"),
        (json!({"retell_key": "x"}), "retell_key"),
        (json!({"name": ""}), "name"),
        (json!({"name": null}), "name"),
        (json!({"name": "Grace", "timezone": "Mars/Olympus"}), "timezone"),
        (json!({"name": "Grace", "low_balance_alert": -1}), "low_balance_alert"),
        (json!({"low_balance_alert": "0.00001"}), "low_balance_alert"),
        (json!({"low_balance_alert": true}), "low_balance_alert"),
        (json!({"name": "Grace", "horizon_days": 99_999}), "horizon_days"),
        (json!({"sms_enabled": "yes"}), "sms_enabled"),
        (json!({"slot_step_minutes": 0}), "slot_step_minutes"),
    ] {
        let answer = admin.put("/api/settings", &change).await;
        assert_problem(&answer, 422, "invalid");
        assert_eq!(fields(&answer), [field], "{}", answer.body);
    }
    assert_eq!(admin.get("/api/settings").await.field("name"), "Ada");
    assert_eq!(lines(&app, &customer).await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_retell_key_is_replaced_within_a_day_and_removed_at_once() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    let admin = Visitor::admin(&app, &customer).await;
    let signed = async |key: &str, call: &str| {
        let body = flat(call, 60).to_string().into_bytes();
        let signature = sign(key, &body, app.clock.now().as_millisecond());
        customer.post(&customer.webhook_url(), body, &[("x-retell-signature", &signature)]).await.status
    };
    assert_problem(&admin.delete("/api/settings/retell-key").await, 404, "not-found");
    for key in ["key_one", "key_two", "key_two"] {
        assert_eq!(admin.put("/api/settings/retell-key", &json!({"key": key})).await.status, 200);
    }
    assert_eq!(admin.get("/api/settings").await.field("retell_key")["count"], 2);
    assert_eq!((signed("key_one", "c1").await, signed("key_two", "c2").await), (200, 200));
    assert_eq!(customer.webhook(&flat("c3", 60)).await.status, 401);
    app.clock.advance(SignedDuration::from_hours(24));
    assert_eq!((signed("key_one", "c4").await, signed("key_two", "c5").await), (401, 200));
    assert_eq!(admin.get("/api/settings").await.field("retell_key")["count"], 1);

    assert_eq!(admin.put("/api/settings/retell-key", &json!({"key": "key_three"})).await.status, 200);
    assert_eq!(admin.delete("/api/settings/retell-key").await.status, 204);
    assert_eq!(customer.webhook(&flat("c6", 60)).await.status, 200, "the key in the URL alone");
    let none = json!({"is_set": false, "count": 0, "since": null});
    assert_eq!(admin.get("/api/settings").await.field("retell_key"), &none);
    let app = app.restart().await;
    let customer = app.here(&customer);
    assert_eq!(customer.webhook(&flat("c7", 60)).await.status, 200, "also after a restart");
    let told = lines(&app, &customer).await;
    assert_eq!(told, ["key.added  ", "key.added  ", "key.added  ", "key.removed  "]);
    for (body, field) in [
        (json!({"key": ""}), "key"),
        (json!({"key": "a b"}), "key"),
        (json!({"key": "x".repeat(201)}), "key"),
        (json!({}), "key"),
    ] {
        let admin = Visitor::admin(&app, &customer).await;
        let answer = admin.put("/api/settings/retell-key", &body).await;
        assert_problem(&answer, 422, "invalid");
        assert_eq!(fields(&answer), [field]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_key_in_the_urls_is_changed_and_the_one_before_works_for_a_day() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    let admin = Visitor::admin(&app, &customer).await;
    let rotated = admin.post("/api/settings/api-key", &json!({})).await;
    assert_eq!(rotated.field("previous_until"), "2026-01-06T12:00:00Z");
    let url = rotated.field("retell_urls")["webhook_url"].as_str().unwrap().to_owned();
    assert_ne!(url, customer.webhook_url());
    let call = async |url: &str, call: &str| {
        customer.post(url, flat(call, 60).to_string().into_bytes(), &[]).await.status
    };
    assert_eq!((call(&url, "c1").await, call(&customer.webhook_url(), "c2").await), (200, 200));
    assert_eq!(admin.get("/api/settings").await.field("retell_urls")["webhook_url"], url);
    app.clock.advance(SignedDuration::from_hours(24));
    assert_eq!((call(&url, "c3").await, call(&customer.webhook_url(), "c4").await), (200, 404));
    let told = lines(&app, &customer).await;
    assert_eq!(told, ["key.added  "]);
    for round in 0..9 {
        assert_eq!(admin.post("/api/settings/api-key", &json!({})).await.status, 200, "{round}");
    }
    assert_problem(&admin.post("/api/settings/api-key", &json!({})).await, 409, "refused");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_suspended_customers_admin_reads_and_others_neither_read_nor_write() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    let admin = Visitor::admin(&app, &customer).await;
    let invitation = json!({"email": "ben@example.com", "role": "user"});
    assert_eq!(admin.post("/api/users", &invitation).await.status, 201);
    let staff = Visitor::signed_in(&app, "ben@example.com").await;
    app.tenant(&customer).await.suspend().await.unwrap();
    let shown = admin.get("/api/settings").await;
    assert_eq!((shown.field("status"), shown.body.get("retell_urls")), (&json!("suspended"), None));
    let key = json!({"key": "key_x"});
    for (visitor, kind) in [(&admin, "customer-suspended"), (&staff, "not-allowed")] {
        assert_problem(&visitor.put("/api/settings", &json!({})).await, 403, kind);
        assert_problem(&visitor.put("/api/settings", &json!({"name": "x"})).await, 403, kind);
        assert_problem(&visitor.put("/api/settings/retell-key", &key).await, 403, kind);
        assert_problem(&visitor.delete("/api/settings/retell-key").await, 403, kind);
        assert_problem(&visitor.post("/api/settings/api-key", &json!({})).await, 403, kind);
    }
    assert_problem(&staff.get("/api/settings").await, 403, "not-allowed");
    assert_problem(&Visitor::of(&app).get("/api/settings").await, 401, "not-signed-in");
}
