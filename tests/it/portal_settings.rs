//! The portal's page of settings, and the set-up of Retell with its addresses and keys.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::harness::TestApp;
use crate::harness::app::Customer;
use crate::harness::retell::{flat, sign};
use crate::harness::visitor::Visitor;

/// The form as it stands for a new customer, with these fields otherwise.
async fn save(visitor: &Visitor, other: &[(&'static str, &'static str)]) -> (u16, String) {
    let mut fields = BTreeMap::from([
        ("company", "Lovelace+%26+Daughters"),
        ("name", "Ada"),
        ("timezone", "UTC"),
        ("low_balance_alert", "10.00"),
        ("sms_enabled", "true"),
        ("email_enabled", "true"),
        ("reminder_minutes_1440", "true"),
        ("reminder_minutes_60", "true"),
        ("slot_step_minutes", ""),
        ("buffer_before_minutes", "0"),
        ("buffer_after_minutes", "0"),
        ("minimum_notice_minutes", "0"),
        ("horizon_days", "365"),
        ("default_duration_minutes", "30"),
        ("upcoming_per_caller_max", "5"),
        ("billing_address", ""),
    ]);
    fields.extend(other.iter().copied());
    visitor.submit("/settings", &fields.into_iter().collect::<Vec<_>>()).await
}

async fn admin() -> (TestApp, Customer, Visitor) {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    let admin = Visitor::admin(&app, &customer).await;
    (app, customer, admin)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_settings_are_shown_as_they_are_beside_rates_that_nobody_here_changes() {
    let (_app, customer, admin) = admin().await;
    let (status, page) = admin.page("/settings").await;
    assert_eq!(status, 200);
    for part in [
        "value=\"Lovelace &amp; Daughters\"",
        "name=\"timezone\" list=\"f-timezone-list\" value=\"UTC\"",
        "<option value=\"America/Argentina/Buenos_Aires\">",
        "name=\"slot_step_minutes\" type=\"number\" min=\"1\" max=\"1440\" value=\"\"",
        "name=\"horizon_days\" type=\"number\" min=\"0\" max=\"3660\" value=\"365\"",
        "name=\"sms_enabled\" value=\"true\" checked",
        "value=\"10.00\"",
        "€0.05",
        "Not checked",
        &customer.email,
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    assert!(!page.contains("name=\"rate_per_minute\"") && !page.contains("posix/"), "{page}");
    assert!(page.len() < 100_000, "{}", page.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_saved_is_named_and_counts() {
    let (app, _customer, admin) = admin().await;
    for (other, said) in [
        (&[("company", "%3Cb%3EHopper")][..], "The details of your business are saved."),
        (&[("company", "%3Cb%3EHopper")], "Nothing was different, so nothing was changed."),
        (
            &[("company", "%3Cb%3EHopper"), ("default_duration_minutes", "60"), ("slot_step_minutes", "15")],
            "The booking rules are saved.",
        ),
        (
            &[
                ("sms_enabled", ""),
                ("low_balance_alert", "60"),
                ("billing_address", "1+Harbour+Street%0D%0APortsmouth"),
            ],
            "The settings are saved and count from now on.",
        ),
    ] {
        assert_eq!(save(&admin, other).await.0, 303, "{said}");
        let (_, page) = admin.page("/settings").await;
        assert!(page.contains(said) && !page.contains("<b>Hopper"), "{said}: {page}");
    }
    let settings = admin.get("/api/settings").await;
    for (field, value) in [
        ("company", json!("Lovelace & Daughters")),
        ("billing_address", json!("1 Harbour Street\nPortsmouth")),
        ("phone", json!(null)),
        ("sms_enabled", json!(false)),
        ("email_enabled", json!(true)),
        ("default_duration_minutes", json!(30)),
        ("slot_step_minutes", json!(null)),
        ("low_balance_alert", json!(60.0)),
    ] {
        assert_eq!(settings.field(field), &value, "{field}");
    }
    assert_eq!(save(&admin, &[("phone", "%2B1+(555)+010-0199"), ("timezone", "Europe/Madrid")]).await.0, 303);
    let (_, page) = admin.page("/settings").await;
    assert!(page.contains("value=\"+15550100199\"") && page.contains("value=\"Europe/Madrid\""), "{page}");
    assert_eq!(app.findings().await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_is_said_at_its_field_and_nothing_is_saved() {
    let (_app, _customer, admin) = admin().await;
    let before = admin.get("/api/settings").await.body;
    for (other, field, said) in [
        (&[("timezone", "%3Ci%3EMars")][..], "timezone", "&quot;&lt;i&gt;Mars&quot; is not a time zone"),
        (&[("name", "+")], "name", "A name is needed"),
        (&[("low_balance_alert", "ten")], "low_balance_alert", "An amount is needed, like 12.50."),
        (&[("low_balance_alert", "-1")], "low_balance_alert", "An amount from 0 to 999999."),
        (&[("horizon_days", "99999")], "horizon_days", "A number from 0 to 3660."),
        (&[("horizon_days", "1.5")], "horizon_days", "A whole number is needed."),
        (&[("slot_step_minutes", "0")], "slot_step_minutes", "A number from 1 to 1440."),
    ] {
        let (status, page) = save(&admin, &[other, &[("company", "Kept")]].concat()).await;
        assert_eq!(status, 422, "{said}");
        assert!(
            page.contains(&format!("id=\"f-{field}-about\"><p class=\"error\">{said}")),
            "{said}: {page}"
        );
        assert!(page.contains("value=\"Kept\"") && page.contains(&format!("href=\"#f-{field}\"")), "{page}");
    }
    let (_, page) = save(&admin, &[("horizon_days", ""), ("buffer_after_minutes", "x")]).await;
    assert_eq!(
        page.matches("<p class=\"error\">A whole number is needed.").count(),
        2,
        "all at once: {page}"
    );
    assert_eq!(admin.get("/api/settings").await.body, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_the_platforms_cannot_be_slipped_into_the_form() {
    let (_app, _customer, admin) = admin().await;
    for field in ["rate_per_minute", "monthly_fee", "status", "balance", "email", "retell_key", "nonsense"] {
        let (status, page) = save(&admin, &[("company", "Changed"), (field, "0")]).await;
        assert!(status == 403 && page.contains(field), "{field}: {page}");
    }
    assert_eq!(admin.get("/api/settings").await.field("company"), "Lovelace & Daughters");
}

#[tokio::test(flavor = "multi_thread")]
async fn retells_key_is_set_and_taken_away_and_never_shown() {
    let (app, customer, admin) = admin().await;
    let (status, page) = admin.submit("/settings/retell-key", &[("key", "with+space")]).await;
    assert!(
        status == 422 && page.contains("A key has 1 to 200 bytes") && !page.contains("with space"),
        "{page}"
    );
    assert_eq!(admin.submit("/settings/retell-key", &[("key", "key_0123456789abcdef")]).await.0, 303);
    let (_, page) = admin.page("/settings").await;
    assert!(page.contains("Checked with your key") && !page.contains("key_0123"), "{page}");
    let body = flat("call_1", 60).to_string();
    assert_eq!(customer.post(&customer.webhook_url(), body.clone().into_bytes(), &[]).await.status, 401);
    let now = app.clock.now().as_millisecond();
    let signature = sign("key_0123456789abcdef", body.as_bytes(), now);
    let signed = [("x-retell-signature", signature.as_str())];
    assert_eq!(customer.post(&customer.webhook_url(), body.into_bytes(), &signed).await.status, 200);
    assert_eq!(admin.submit("/settings/retell-key/remove", &[]).await.0, 303);
    assert!(admin.page("/settings").await.1.contains("Not checked"));
    assert_eq!(admin.submit("/settings/retell-key/remove", &[]).await.0, 303, "there is none, as wanted");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_admins_see_the_settings_and_nobody_writes_while_suspended() {
    let (app, customer, admin) = admin().await;
    let invited = json!({"email": "vera@example.com", "role": "user", "can_view_all_calls": true});
    assert_eq!(admin.post("/api/users", &invited).await.status, 201);
    let vera = Visitor::signed_in(&app, "vera@example.com").await;
    assert_eq!(vera.page("/settings").await.0, 403);
    for path in ["/settings", "/settings/retell-key", "/settings/retell-key/remove"] {
        assert_eq!(vera.submit(path, &[]).await.0, 403, "{path}");
    }
    assert!(!vera.page("/").await.1.contains("href=\"/settings"));
    app.tenant(&customer).await.suspend().await.unwrap();
    let (status, page) = admin.page("/settings").await;
    assert!(
        status == 200 && page.contains("<fieldset disabled>") && !page.contains("Save settings"),
        "{page}"
    );
    assert!(!page.contains("action=\"/settings/retell-key\""), "{page}");
    assert_eq!(save(&admin, &[]).await.0, 403);
}

#[tokio::test(flavor = "multi_thread")]
async fn retell_is_set_up_with_addresses_that_work() {
    let (app, customer, admin) = admin().await;
    let (status, page) = admin.page("/settings/retell").await;
    assert_eq!(status, 200);
    let inbound = format!("{}/inbound", customer.webhook_url());
    let functions = ["availability", "book", "lookup"].map(|name| customer.function_url(name));
    for url in [customer.webhook_url(), inbound].iter().chain(&functions) {
        let is_there = page.contains(&format!("readonly value=\"{url}\""));
        assert!(is_there && page.contains(&format!("data-copy=\"{url}\"")), "{url}: {page}");
    }
    for part in ["Not checked", "No call has come yet.", "Retell does not reach these addresses yet."] {
        assert!(page.contains(part), "{part}: {page}");
    }
    // What is pasted as parameters is a schema that our side understands.
    let schemas: Vec<Value> = page
        .split("<pre ")
        .skip(1)
        .map(|part| part.split_once('>').unwrap().1.split("</pre>").next().unwrap())
        .map(|text| serde_json::from_str(&text.replace("&quot;", "\"")).unwrap())
        .collect();
    assert_eq!(schemas.len(), 3);
    let known = ["date", "time", "duration_minutes", "caller_name", "caller_phone", "caller_email", "notes"];
    for schema in &schemas {
        let names = schema["properties"].as_object().unwrap().keys();
        assert!(names.into_iter().all(|name| known.contains(&name.as_str())), "{schema}");
    }
    assert_eq!(customer.webhook(&flat("call_1", 60)).await.status, 200);
    let (_, page) = admin.page("/settings/retell").await;
    assert!(page.contains("Calls arrive"), "{page}");
    assert_eq!(app.findings().await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn addresses_are_replaced_once_that_was_confirmed_and_those_before_work_for_a_day() {
    let (app, customer, admin) = admin().await;
    let (status, page) = admin.submit("/settings/retell/replace", &[]).await;
    assert!(status == 422 && page.contains("<p class=\"error\">Tick the box first"), "{page}");
    assert!(page.contains(&customer.key), "as they were: {page}");
    let response = admin.form("/settings/retell/replace", &[("understood", "true")]).await;
    assert_eq!(
        (response.status().as_u16(), &response.headers()["location"]),
        (303, &"/settings/retell".parse().unwrap())
    );
    let cookies = format!("{:?}", response.headers());
    let (_, page) = admin.page("/settings/retell").await;
    assert!(page.contains("These are the new addresses.") && !page.contains(&customer.key), "{page}");
    assert!(
        page.contains("The addresses before work until") && page.contains("2026-01-06T12:00:00Z"),
        "{page}"
    );
    let urls = admin.get("/api/settings").await.field("retell_urls").clone();
    let webhook = urls["webhook_url"].as_str().unwrap().to_owned();
    assert!(page.contains(&webhook) && !cookies.contains(webhook.rsplit('/').next().unwrap()), "{page}");
    let post =
        async |url: &str, id| customer.post(url, flat(id, 60).to_string().into_bytes(), &[]).await.status;
    assert_eq!((post(&webhook, "call_1").await, post(&customer.webhook_url(), "call_2").await), (200, 200));
    app.clock.advance(SignedDuration::from_hours(25));
    assert_eq!((post(&webhook, "call_3").await, post(&customer.webhook_url(), "call_4").await), (200, 404));
    let (_, page) = admin.page("/settings/retell").await;
    assert!(!page.contains("The addresses before work until"), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_addresses_are_shown_to_nobody_who_could_not_replace_them() {
    let (app, customer, admin) = admin().await;
    let invited = json!({"email": "vera@example.com", "role": "user", "can_view_all_calls": true});
    assert_eq!(admin.post("/api/users", &invited).await.status, 201);
    let vera = Visitor::signed_in(&app, "vera@example.com").await;
    let root = Visitor::super_admin(&app).await;
    app.tenant(&customer).await.suspend().await.unwrap();
    for visitor in [&vera, &root, &admin] {
        for (status, page) in [
            visitor.page("/settings/retell").await,
            visitor.submit("/settings/retell/replace", &[("understood", "true")]).await,
        ] {
            assert!(status == 403 && !page.contains(&customer.key), "{page}");
        }
    }
    let (_, page) = admin.page("/settings").await;
    assert!(!page.contains(&customer.key) && !page.contains("href=\"/settings/retell\""), "{page}");
}
