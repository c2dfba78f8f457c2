//! The portal's calendar: the week as a list that needs no script, and what its script is given.

use reqwest::Method;
use serde_json::json;

use crate::harness::TestApp;
use crate::harness::visitor::Visitor;

async fn admin(app: &TestApp) -> Visitor {
    let customer = app.customer().await;
    Visitor::admin(app, &customer).await
}

async fn booked(visitor: &Visitor, start: &str, guest: &str) -> String {
    let body = json!({"start_time": start, "guest_name": guest, "outside_hours": true});
    let made = visitor.post("/api/appointments", &body).await;
    assert_eq!(made.status, 201, "{}", made.body);
    made.field("appointment_id").as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_week_is_a_list_by_day_in_the_time_of_its_reader_or_of_the_business() {
    let app = TestApp::start().await;
    let admin = admin(&app).await;
    let (_, page) = admin.page("/calendar").await;
    assert!(page.contains("Nothing booked this week") && page.contains("Jan 5 – Jan 11, 2026"), "{page}");
    let ben = booked(&admin, "2026-01-06T22:30:00Z", "Ben <B>").await;
    booked(&admin, "2026-01-14T10:00:00Z", "Chloé").await;
    let (_, page) = admin.page("/calendar?view=list").await;
    for part in ["Tuesday, January 6", "10:30 PM", "Ben &lt;B&gt;", "1 appointment booked in this week"] {
        assert!(page.contains(part), "{part}: {page}");
    }
    assert!(page.contains(&format!("href=\"/appointments/{ben}\"")) && !page.contains("Chloé"), "{page}");
    assert!(page.contains("href=\"/calendar?view=list&amp;date=2026-01-12\""), "the next week: {page}");
    let (_, page) = admin.page("/calendar?view=list&date=2026-01-18").await;
    assert!(
        page.contains("Wednesday, January 14") && page.contains("Chloé") && !page.contains("Ben"),
        "{page}"
    );
    for query in ["?date=nonsense", "?date=9999-12-31", "?view=nonsense", "?zone=Mars"] {
        assert_eq!(admin.page(&format!("/calendar{query}")).await.0, 200, "{query}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_elsewhere_switches_between_two_times() {
    let app = TestApp::start().await;
    let admin = admin(&app).await;
    booked(&admin, "2026-01-06T22:30:00Z", "Ben").await;
    admin.keeping("tz", "Pacific%2FAuckland");
    let (_, mine) = admin.page("/calendar?view=list").await;
    assert!(
        mine.contains("Wednesday, January 7") && mine.contains("11:30 AM") && mine.contains("Business time"),
        "{mine}"
    );
    assert!(mine.contains("data-zone=\"Pacific/Auckland\" data-business=\"UTC\""), "{mine}");
    let (_, theirs) = admin.page("/calendar?view=list&zone=business").await;
    assert!(theirs.contains("Tuesday, January 6") && theirs.contains("10:30 PM"), "{theirs}");
    assert!(theirs.contains("data-zone=\"UTC\" data-business=\"UTC\" data-is-business-time"), "{theirs}");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_calendar_may_load_the_empty_style_that_it_needs() {
    let app = TestApp::start().await;
    let admin = admin(&app).await;
    let policy = async |path: &str| {
        let response = admin.response(Method::GET, path, None, &[("accept", "text/html")]).await;
        let policy = response.headers()["content-security-policy"].to_str().unwrap().to_owned();
        (policy, response.text().await.unwrap())
    };
    let (calendar, page) = policy("/calendar").await;
    let empty = "style-src 'self' 'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='; ";
    assert!(calendar.contains(empty) && calendar.contains("font-src 'self' data:; "), "{calendar}");
    assert!(calendar.contains("default-src 'none'; script-src 'self'; "), "{calendar}");
    assert!(page.contains("/assets/fullcalendar.") && page.contains("/assets/calendar."), "{page}");
    let (other, page) = policy("/hours").await;
    assert!(other.contains("style-src 'self'; ") && other.contains("font-src 'self'; "), "{other}");
    assert!(!page.contains("fullcalendar"), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_may_only_look_cannot_drag() {
    let app = TestApp::start().await;
    let admin = admin(&app).await;
    assert!(admin.page("/calendar").await.1.contains("data-may-change"));
    let invited = json!({"email": "vera@example.com", "full_name": "Vera", "role": "viewer"});
    assert_eq!(admin.post("/api/users", &invited).await.status, 201);
    let vera = Visitor::signed_in(&app, "vera@example.com").await;
    let (status, page) = vera.page("/calendar").await;
    assert!(
        status == 200 && !page.contains("data-may-change") && !page.contains("/appointments/new"),
        "{page}"
    );
    let root = Visitor::super_admin(&app).await;
    for path in ["/calendar", "/hours", "/appointments"] {
        assert_eq!(root.page(path).await.0, 403, "{path}");
        assert!(!root.page("/").await.1.contains(&format!("href=\"{path}\"")), "{path}");
    }
}
