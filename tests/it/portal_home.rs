//! The portal's first page: first steps that tick themselves, what waits, numbers beside what is usual.

use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::harness::TestApp;
use crate::harness::app::Customer;
use crate::harness::retell::{event, sign};
use crate::harness::visitor::Visitor;

const RETELL_KEY: &str = "key_of_this_business";

/// The first page, as soon as it is so.
async fn home(visitor: &Visitor, is_so: impl Fn(&str) -> bool) -> String {
    visitor.page_once("/", is_so).await
}

async fn signed(app: &TestApp, customer: &Customer, key: &str, body: &Value) -> u16 {
    let body = body.to_string().into_bytes();
    let signature = sign(key, &body, app.clock.now().as_millisecond());
    customer.post(&customer.webhook_url(), body, &[("x-retell-signature", &signature)]).await.status
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_business_is_led_through_its_first_steps_and_each_ticks_when_it_is_seen() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    let admin = Visitor::admin(&app, &customer).await;
    let page = home(&admin, |_| true).await;
    for part in ["First steps", "1 of 5 done", "Set your opening hours", "/settings/retell"] {
        assert!(page.contains(part), "{part}: {page}");
    }
    assert_eq!(customer.webhook(&event("call_started", "c1", 0)).await.status, 200);
    // Whoever gets calls has hours that suit.
    let page = home(&admin, |page| page.contains("3 of 5 done")).await;
    assert!(page.contains("Last seen <time datetime=\"2026-01-05T"), "{page}");
    assert_eq!(customer.function("availability", &json!({"args": {}, "call": {}})).await.status, 200);
    home(&admin, |page| page.contains("4 of 5 done")).await;
    assert_eq!(admin.put("/api/settings/retell-key", &json!({"key": RETELL_KEY})).await.status, 200);
    assert_eq!(signed(&app, &customer, RETELL_KEY, &event("call_ended", "c1", 60_000)).await, 200);
    let page = home(&admin, |page| !page.contains("First steps")).await;
    assert!(page.contains("Nothing waits for you"), "{page}");

    let staff = json!({"email": "ben@example.com", "full_name": "Ben", "role": "user"});
    assert_eq!(admin.post("/api/users", &staff).await.status, 201);
    let stranger = app.poor_customer().await;
    let other = Visitor::admin(&app, &stranger).await;
    assert!(
        home(&other, |_| true).await.contains("0 of 5 done"),
        "what arrives for one is nothing to another"
    );
    let staff = Visitor::signed_in(&app, "ben@example.com").await;
    assert!(!home(&staff, |_| true).await.contains("First steps"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_retell_sends_in_vain_waits_for_whoever_sets_it_up_until_it_is_right() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    let admin = Visitor::admin(&app, &customer).await;
    assert_eq!(admin.put("/api/settings/retell-key", &json!({"key": RETELL_KEY})).await.status, 200);
    assert_eq!(signed(&app, &customer, "another key", &event("call_ended", "c1", 60_000)).await, 401);
    let page = home(&admin, |page| page.contains("messages are turned away")).await;
    assert!(page.contains("the signature was not made with the key configured here"), "{page}");
    app.clock.advance(SignedDuration::from_mins(2));
    assert_eq!(signed(&app, &customer, RETELL_KEY, &event("call_ended", "c1", 60_000)).await, 200);
    home(&admin, |page| !page.contains("messages are turned away")).await;
    // Refused and right again within the minute in which one of a kind is enough.
    assert_eq!(signed(&app, &customer, "another key", &event("call_ended", "c2", 60_000)).await, 401);
    home(&admin, |page| page.contains("messages are turned away")).await;
    app.clock.advance(SignedDuration::from_secs(1));
    assert_eq!(signed(&app, &customer, RETELL_KEY, &event("call_ended", "c2", 60_000)).await, 200);
    home(&admin, |page| !page.contains("messages are turned away")).await;
    // A wrong key that is taken away again leaves nothing behind either.
    app.clock.advance(SignedDuration::from_secs(1));
    assert_eq!(signed(&app, &customer, "another key", &event("call_ended", "c3", 60_000)).await, 401);
    home(&admin, |page| page.contains("messages are turned away")).await;
    assert_eq!(admin.delete("/api/settings/retell-key").await.status, 204);
    app.clock.advance(SignedDuration::from_secs(1));
    assert_eq!(customer.webhook(&event("call_ended", "c3", 60_000)).await.status, 200);
    home(&admin, |page| !page.contains("messages are turned away")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_young_business_is_told_how_long_its_money_lasts_by_the_days_it_has_been_here() {
    let app = TestApp::start().await;
    let customer = app.poor_customer().await;
    let admin = Visitor::admin(&app, &customer).await;
    assert_eq!(customer.webhook(&event("call_ended", "c1", 90_000)).await.status, 200);
    let page = home(&admin, |_| true).await;
    assert!(page.contains("Calls are paid from your balance."), "a charge is no credit: {page}");
    app.tenant(&customer).await.credit(crate::harness::app::payment("start", "21.50")).await.expect("credit");
    let page = home(&admin, |_| true).await;
    // €1.50 on its first day, €20 left.
    assert!(page.contains("13 days at this pace"), "{page}");
    // And 27 days of January are its first month, of which this is the first.
    assert!(page.contains("of about €40.50 expected"), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_is_a_low_balance_a_bad_call_and_appointments_that_nobody_minded() {
    let app = TestApp::start().await;
    let customer = app.poor_customer().await;
    let tenant = app.tenant(&customer).await;
    tenant.credit(crate::harness::app::payment("start", "4.50")).await.expect("credit");
    let admin = Visitor::admin(&app, &customer).await;
    let mut bad = event("call_analyzed", "c1", 120_000);
    bad["call"]["call_analysis"] =
        json!({"call_summary": "Wanted a <call back>.", "user_sentiment": "Negative"});
    assert_eq!(customer.webhook(&bad).await.status, 200);
    assert_eq!(customer.webhook(&event("call_analyzed", "c2", 60_000)).await.status, 200);
    for (start, guest) in [("2026-01-06T10:00:00Z", "Ann"), ("2026-01-07T20:00:00Z", "Bo <b>")] {
        let body = json!({"start_time": start, "guest_name": guest, "outside_hours": true});
        assert_eq!(admin.post("/api/appointments", &body).await.status, 201);
    }
    let page = home(&admin, |_| true).await;
    for part in [
        "The balance runs out around",
        "Wanted a &lt;call back&gt;.",
        "An appointment is outside your opening hours",
        "Bo &lt;b&gt;",
        "Your assistant took",
        "3 things wait for you",
        "€1.50",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    // Two days later the call is old, and an appointment is over.
    app.clock.advance(SignedDuration::from_hours(49));
    let page = home(&admin, |_| true).await;
    assert!(page.contains("The balance day by day since Jan 5; €1.50 now, and nothing around"), "{page}");
    assert!(page.contains("An appointment is over and not marked") && !page.contains("Open call"), "{page}");
    let hours = json!({"hours": [{"day_of_week": 3, "start_time": "08:00", "end_time": "24:00"}]});
    let set = admin.put("/api/availability", &hours).await;
    assert_eq!(set.status, 200, "{}", set.body);
    assert!(!home(&admin, |_| true).await.contains("outside your opening hours"));

    let viewer = json!({"email": "vi@example.com", "full_name": "Vi", "role": "viewer"});
    assert_eq!(admin.post("/api/users", &viewer).await.status, 201);
    let viewer = Visitor::signed_in(&app, "vi@example.com").await;
    let page = home(&viewer, |_| true).await;
    for hidden in ["€", "Balance", "call back", "not marked", "outside your", "New appointment", "/billing"]
    {
        assert!(!page.contains(hidden), "{hidden}: {page}");
    }
    assert!(page.contains("Appointments today"), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_calls_of_today_stand_beside_those_of_a_usual_weekday() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    let admin = Visitor::admin(&app, &customer).await;
    let (_, page) = admin.page("/").await;
    assert!(page.contains("No calls yet today.") && !page.contains("usual Monday"), "{page}");
    assert_eq!(customer.webhook(&event("call_ended", "c1", 60_000)).await.status, 200);
    app.clock.advance(SignedDuration::from_hours(24 * 7 + 1));
    let (_, page) = admin.page("/").await;
    for part in ["1 fewer", "than a usual Monday by now", "A usual Monday", "<td class=\"r num\">1.0</td>"] {
        assert!(page.contains(part), "{part}: {page}");
    }
    let mut today = event("call_ended", "c2", 60_000);
    today["call"]["start_timestamp"] = json!(app.clock.now().as_millisecond() - 60_000);
    today["call"]["end_timestamp"] = json!(app.clock.now().as_millisecond());
    assert_eq!(customer.webhook(&today).await.status, 200);
    let body = json!({"args": {"date": "2026-01-13", "time": "10:00", "caller_name": "Ben"}, "call": {"call_id": "c2"}});
    assert_eq!(customer.function("book", &body).await.status, 200);
    let (_, page) = admin.page("/").await;
    for part in [
        "as many as a usual Monday by now",
        "100% of the calls",
        "<b class=\"strong\">1 call</b> today and booked",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
}
