//! The portal's pages of appointments: listed, opened, made, moved, closed, with plain forms.

use serde_json::json;

use crate::harness::TestApp;
use crate::harness::app::{Customer, at};
use crate::harness::visitor::Visitor;

async fn admin(app: &TestApp) -> (Customer, Visitor) {
    let customer = app.customer().await;
    let visitor = Visitor::admin(app, &customer).await;
    (customer, visitor)
}

/// The form of a new one on Tuesday the 6th, in this zone.
fn form<'a>(time: &'a str, zone: &'a str, more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let fields = [
        ("date", "2026-01-06"),
        ("time", time),
        ("zone", zone),
        ("guest_name", "Ben+%3CB%3E"),
        ("guest_phone", "%2B1+555+010+0123"),
        ("guest_email", "Ben@Example.com"),
        ("notes", "Check-up"),
    ];
    fields.into_iter().chain(more.iter().copied()).collect()
}

/// Makes one, and answers the address of its page.
async fn made(visitor: &Visitor, fields: &[(&str, &str)]) -> String {
    let response = visitor.form("/appointments/new", fields).await;
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    assert_eq!(status, 303, "{}", response.text().await.unwrap());
    headers["location"].to_str().unwrap().to_owned()
}

/// The revision that the forms of a page name.
fn revision(page: &str) -> String {
    let rest = page.split("name=\"revision\" value=\"").nth(1).unwrap_or_else(|| panic!("no form: {page}"));
    rest.split('"').next().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_appointment_is_made_and_moved_on_pages_in_the_zone_of_the_form() {
    let app = TestApp::start().await;
    let (_customer, admin) = admin(&app).await;
    let (_, empty) = admin.page("/appointments").await;
    assert!(empty.contains("No upcoming appointments"), "{empty}");
    // Eleven o'clock in Madrid is ten for a business in UTC.
    let place = made(&admin, &form("11:00", "Europe%2FMadrid", &[])).await;
    let (_, page) = admin.page(&place).await;
    for part in [
        "The appointment is made.",
        "Ben &lt;B&gt;",
        "datetime=\"2026-01-06T10:00:00Z\"",
        "tel:+15550100123",
        "mailto:ben@example.com",
        "By your team",
        "Check-up",
        "30 min",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    assert!(!page.contains("where the business is"), "one zone, said once: {page}");
    admin.keeping("tz", "Europe%2FMadrid");
    let (_, there) = admin.page(&place).await;
    assert!(
        there.contains("11:00 AM") && there.contains("10:00 AM in UTC, where the business is"),
        "{there}"
    );
    admin.keeping("tz", "UTC");
    let (_, list) = admin.page("/appointments").await;
    assert!(list.contains(&format!("href=\"{place}\"")) && list.contains("Booked"), "{list}");

    let wish = |time: &'static str, revision: &str| {
        vec![
            ("date", "2026-01-06".to_owned()),
            ("time", time.to_owned()),
            ("duration_minutes", "45".to_owned()),
            ("zone", "UTC".to_owned()),
            ("revision", revision.to_owned()),
        ]
    };
    let shown = revision(&page);
    let send = async |fields: &[(&str, String)]| {
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        admin.submit(&format!("{place}/move"), &fields).await
    };
    let (status, refused) = send(&wish("07:00", &shown)).await;
    assert!(
        status == 200 && refused.contains("name=\"outside_hours\"") && refused.contains("value=\"07:00\""),
        "{refused}"
    );
    let mut confirmed = wish("07:00", &shown);
    confirmed.push(("outside_hours", "true".to_owned()));
    assert_eq!(send(&confirmed).await.0, 303);
    let id = place.trim_start_matches("/appointments/");
    let read = admin.get(&format!("/api/appointments/{id}")).await;
    assert_eq!(read.field("start_time"), "2026-01-06T07:00:00Z");
    assert_eq!(read.field("duration_minutes"), 45);

    // The page that was open before: what it wanted and what is so now stand side by side.
    let (_, late) = send(&wish("12:00", &shown)).await;
    for part in [
        "Somebody has changed this appointment meanwhile.",
        "Tue, Jan 6, 2026, 12:00 PM, 45 min",
        "Tue, Jan 6, 2026, 7:00 AM",
        "value=\"12:00\"",
    ] {
        assert!(late.contains(part), "{part}: {late}");
    }
    assert_eq!(send(&wish("12:00", &revision(&late))).await.0, 303, "meant all the same");
    assert_eq!(app.findings().await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_a_form_is_said_at_its_field_beside_what_was_typed() {
    let app = TestApp::start().await;
    let (_customer, admin) = admin(&app).await;
    let (_, page) = admin
        .submit(
            "/appointments/new",
            &[("time", "soon"), ("guest_email", "nobody"), ("duration_minutes", "0")],
        )
        .await;
    for part in
        ["A date is needed", "That is not an e-mail address.", "value=\"nobody\"", "1 to 1440 minutes."]
    {
        assert!(page.contains(part), "{part}: {page}");
    }
    let (_, page) = admin.submit("/appointments/new", &[("date", "2026-01-06"), ("time", "10:00")]).await;
    assert!(page.contains("A name, a number or an address is needed."), "{page}");
    for (date, time, said) in
        [("2026-03-29", "02:30", "skip this time"), ("2026-10-25", "02:30", "show this time twice")]
    {
        let fields = [("date", date), ("time", time), ("zone", "Europe%2FMadrid"), ("guest_name", "Ben")];
        let (_, page) = admin.submit("/appointments/new", &fields).await;
        assert!(page.contains(said) && page.contains("in <b>Europe/Madrid</b>"), "{page}");
    }
    let there = made(&admin, &form("10:00", "UTC", &[])).await;
    let (status, page) = admin.submit("/appointments/new", &form("10:15", "UTC", &[])).await;
    assert!(status == 200 && page.contains("That time is taken.") && page.contains(&there), "{page}");
    assert!(
        page.contains("You wanted: Tue, Jan 6, 2026, 10:15 AM") && page.contains("value=\"10:15\""),
        "{page}"
    );
    let (_, page) = admin.page("/appointments/new?date=2026-01-07&time=09:30").await;
    assert!(page.contains("value=\"2026-01-07\"") && page.contains("value=\"09:30\""), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_appointment_is_edited_closed_and_found_again_under_its_tab() {
    let app = TestApp::start().await;
    let (_customer, admin) = admin(&app).await;
    let ben = made(&admin, &form("10:00", "UTC", &[])).await;
    let fields = [("guest_name", "Chlo%C3%A9"), ("notes", "Line+1%0D%0ALine+2")];
    assert_eq!(admin.submit(&format!("{ben}/details"), &fields).await.0, 303);
    let (_, page) = admin.page(&ben).await;
    assert!(page.contains("Chloé") && page.contains("Neither a number nor an address"), "{page}");
    let ada = made(&admin, &form("12:00", "UTC", &[])).await;
    assert_eq!(admin.submit(&format!("{ada}/cancel"), &[("reason", "Ill")]).await.0, 303);
    let (_, page) = admin.page(&ada).await;
    assert!(page.contains("Cancelled") && page.contains("Ill") && !page.contains("/move\""), "{page}");

    let (_, early) = admin.submit(&format!("{ben}/outcome"), &[("outcome", "completed")]).await;
    assert!(early.contains("This appointment has not begun yet."), "{early}");
    app.clock.advance(at("2026-01-06T11:00:00Z").duration_since(app.clock.now()));
    let (_, past) = admin.page("/appointments?tab=past").await;
    assert!(past.contains(&ben) && past.contains("Not marked yet") && !past.contains(&ada), "{past}");
    assert_eq!(admin.submit(&format!("{ben}/outcome"), &[("outcome", "no-show")]).await.0, 303);
    for (query, is_there) in [
        ("tab=past&status=no-show", true),
        ("tab=past&status=completed", false),
        ("tab=past&q=chlo", true),
        ("tab=past&q=zoe", false),
        ("tab=upcoming", false),
        ("tab=cancelled", false),
        ("tab=past&page=nonsense&status=nonsense", true),
    ] {
        let (status, list) = admin.page(&format!("/appointments?{query}")).await;
        assert_eq!((status, list.contains(&ben)), (200, is_there), "{query}: {list}");
    }
    assert!(admin.page("/appointments?tab=cancelled").await.1.contains(&ada));
    assert_eq!(app.findings().await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn many_appointments_come_in_pages_that_keep_the_search() {
    let app = TestApp::start().await;
    let (_customer, admin) = admin(&app).await;
    for minute in 0..26 {
        let body = json!({"start_time": at("2026-01-06T09:00:00Z") + jiff::SignedDuration::from_mins(10 * minute),
                          "duration_minutes": 10, "guest_name": format!("Ben {minute}")});
        assert_eq!(admin.post("/api/appointments", &body).await.status, 201);
    }
    let (_, first) = admin.page("/appointments?q=ben").await;
    assert!(
        first.contains("Page 1 of 2")
            && first.contains("name=\"q\" value=\"ben\"")
            && !first.contains("Ben 25"),
        "{first}"
    );
    let (_, second) = admin.page("/appointments?tab=upcoming&q=ben&page=2").await;
    assert!(second.contains("Ben 25") && !second.contains("Ben 24"), "{second}");
    let (_, beyond) = admin.page("/appointments?q=ben&page=9").await;
    assert!(beyond.contains("Page 1 of 2") && beyond.contains("Ben 24"), "{beyond}");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_may_only_look_sees_no_forms_and_sends_none() {
    let app = TestApp::start().await;
    let (_customer, admin) = admin(&app).await;
    let place = made(&admin, &form("10:00", "UTC", &[])).await;
    let invited = json!({"email": "vera@example.com", "full_name": "Vera", "role": "viewer"});
    assert_eq!(admin.post("/api/users", &invited).await.status, 201);
    let vera = Visitor::signed_in(&app, "vera@example.com").await;
    for path in ["/appointments", &place] {
        let (status, page) = vera.page(path).await;
        assert!(status == 200 && page.contains("Ben"), "{page}");
        assert!(
            !page.contains("/appointments/new") && !page.contains(&format!("action=\"{place}")),
            "{page}"
        );
    }
    assert_eq!(vera.page("/appointments/new").await.0, 403);
    assert_eq!(vera.submit("/appointments/new", &form("11:00", "UTC", &[])).await.0, 403);
    for form in ["move", "details", "cancel", "outcome"] {
        assert_eq!(
            vera.submit(&format!("{place}/{form}"), &[("outcome", "completed")]).await.0,
            403,
            "{form}"
        );
    }
    let stranger = app.customer().await;
    let stranger = Visitor::admin(&app, &stranger).await;
    // Their own first one may have the same name: ids are counted per business.
    for path in ["/appointments/apt_999999", "/appointments/x"] {
        assert_eq!(stranger.page(path).await.0, 404);
    }
    assert_eq!(stranger.submit("/appointments/apt_999999/cancel", &[]).await.0, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_time_that_comes_twice_stays_where_it_is_while_the_rest_changes() {
    let app = TestApp::start().await;
    let (_customer, admin) = admin(&app).await;
    // The second half past two of that night in Madrid.
    let body = json!({"start_time": "2026-10-25T01:30:00Z", "guest_name": "Ben", "outside_hours": true});
    let made = admin.post("/api/appointments", &body).await;
    let id = made.field("appointment_id").as_str().unwrap().to_owned();
    let fields = [
        ("date", "2026-10-25"),
        ("time", "02:30"),
        ("duration_minutes", "60"),
        ("zone", "Europe%2FMadrid"),
        ("outside_hours", "true"),
    ];
    assert_eq!(admin.submit(&format!("/appointments/{id}/move"), &fields).await.0, 303);
    let read = admin.get(&format!("/api/appointments/{id}")).await;
    assert_eq!(read.field("end_time"), "2026-10-25T02:30:00Z");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_suspended_business_reads_everything_and_changes_nothing() {
    let app = TestApp::start().await;
    let (customer, admin) = admin(&app).await;
    let place = made(&admin, &form("10:00", "UTC", &[])).await;
    app.tenant(&customer).await.suspend().await.unwrap();
    for path in ["/appointments", &place, "/calendar", "/hours"] {
        let (status, page) = admin.page(path).await;
        assert!(status == 200 && page.contains("This account is suspended."), "{path}: {page}");
        assert!(!page.contains("/appointments/new") && !page.contains("data-may-change"), "{path}: {page}");
        assert!(
            !page.contains(&format!("action=\"{place}")) && !page.contains("action=\"/hours/block"),
            "{path}: {page}"
        );
    }
    let (status, page) = admin.submit(&format!("{place}/cancel"), &[]).await;
    assert!(status == 403 && page.contains("suspended"), "{page}");
}
