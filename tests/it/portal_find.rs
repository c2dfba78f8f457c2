//! The finder of the portal: pages, calls and appointments by a few words, and only what may be seen.

use serde_json::json;

use crate::harness::TestApp;
use crate::harness::retell::flat;
use crate::harness::visitor::Visitor;

/// What is found, as soon as it is.
async fn found(visitor: &Visitor, query: &str, part: &str) -> String {
    visitor.page_once(&format!("/find?q={query}"), |page| page.contains(part)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_calls_and_appointments_are_found_by_their_words_and_numbers() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    let admin = Visitor::admin(&app, &customer).await;
    let mut call = flat("c1", 60);
    call["transcript"] = json!("Agent: Hello.\nUser: A <b>crown</b> came loose.");
    let id = customer.webhook(&call).await.field("call_id").as_str().unwrap().to_owned();
    let body = json!({"start_time": "2026-01-06T10:00:00Z", "guest_name": "Crown <i>", "guest_phone": "+15550100123"});
    let made = admin.post("/api/appointments", &body).await;
    let appointment = made.field("appointment_id").as_str().unwrap().to_owned();
    let (call, appointment) = (format!("/calls/{id}\""), format!("/appointments/{appointment}\""));
    let page = found(&admin, "crown", &call).await;
    assert!(
        page.contains(&appointment)
            && page.contains("<mark>crown</mark>")
            && page.contains("Crown &lt;i&gt;"),
        "{page}"
    );
    let page = found(&admin, "%2B1+555+010+0123", &call).await;
    assert!(page.contains(&appointment), "{page}");
    let page = found(&admin, "bil", "Billing").await;
    assert!(!page.contains("Nothing found"), "{page}");
    assert!(found(&admin, "zzz%22%3Cscript%3E", "Nothing found").await.contains("“zzz&quot;&lt;script&gt;”"));
    for odd in ["", "%F0%9F%A6%B7", "%25%5F%27", &"x".repeat(5000)] {
        assert_eq!(admin.page(&format!("/find?q={odd}")).await.0, 200, "{odd}");
    }
    let part = admin.response(reqwest::Method::GET, "/find?q=crown", None, &[("x-part", "found")]).await;
    let part = part.text().await.unwrap();
    assert!(part.contains(&call) && !part.contains("<html"), "{part}");
    let (_, keys) = admin.page("/keys").await;
    assert!(keys.contains("<kbd>Ctrl</kbd> <kbd>K</kbd>"), "{keys}");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_finds_what_they_may_not_see() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    let admin = Visitor::admin(&app, &customer).await;
    let mut call = flat("c1", 60);
    call["transcript"] = json!("User: A crown.");
    let id = customer.webhook(&call).await.field("call_id").as_str().unwrap().to_owned();
    found(&admin, "crown", &id).await;
    let viewer = json!({"email": "vi@example.com", "full_name": "Vi", "role": "viewer"});
    assert_eq!(admin.post("/api/users", &viewer).await.status, 201);
    let viewer = Visitor::signed_in(&app, "vi@example.com").await;
    let (_, page) = viewer.page("/find?q=crown").await;
    assert!(page.contains("Nothing found") && !page.contains(&id), "{page}");
    let (_, page) = viewer.page("/find?q=%2B15550100123").await;
    assert!(!page.contains(&id), "{page}");
    let (_, page) = viewer.page("/find").await;
    assert!(
        !page.contains("/billing") && !page.contains("New appointment") && page.contains("Opening hours"),
        "{page}"
    );
    let other = app.customer().await;
    let stranger = Visitor::admin(&app, &other).await;
    let (_, page) = stranger.page("/find?q=crown").await;
    assert!(page.contains("Nothing found"), "{page}");
}
