//! The portal's page of opening hours: the week in plain fields, blocked dates, what callers are offered.

use serde_json::json;

use crate::harness::TestApp;
use crate::harness::visitor::Visitor;

async fn admin(app: &TestApp) -> Visitor {
    let customer = app.customer().await;
    Visitor::admin(app, &customer).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_week_with_pauses_is_set_in_plain_fields_and_callers_are_offered_what_it_says() {
    let app = TestApp::start().await;
    let admin = admin(&app).await;
    let (_, page) = admin.page("/hours?day=2026-01-06").await;
    assert!(page.contains("16 times of 30 min") && page.contains("<b class=\"strong\">UTC</b>"), "{page}");
    assert!(
        page.contains("name=\"d2-0-from\" value=\"09:00\"")
            && page.contains("Sunday<span class=\"t-sm t-3\"> Closed"),
        "{page}"
    );
    let fields = [
        ("d2-0-kind", "open"),
        ("d2-0-from", "08:00"),
        ("d2-0-to", "12:00"),
        ("d2-1-kind", "pause"),
        ("d2-1-from", "09:00"),
        ("d2-1-to", "10:00"),
        // A row was left out in between, and one is taken away.
        ("d2-3-kind", "open"),
        ("d2-3-from", "22:00"),
        ("d2-3-to", "00:00"),
        ("d1-0-kind", "gone"),
        ("d1-0-from", "09:00"),
        ("d1-0-to", "17:00"),
        ("d3-0-kind", "open"),
        ("d3-0-from", ""),
        ("d3-0-to", ""),
    ];
    assert_eq!(admin.submit("/hours", &fields).await.0, 303);
    let (_, page) = admin.page("/hours?day=2026-01-06").await;
    for part in [
        "The opening hours are saved.",
        "10 times of 30 min",
        "8:30 AM",
        "11:30 PM",
        "name=\"d2-2-to\" value=\"00:00\"",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    assert!(!page.contains("9:30 AM"), "a pause: {page}");
    let read = admin.get("/api/availability").await;
    let hours = read.field("hours").as_array().unwrap().clone();
    assert_eq!((hours.len(), &hours[2]["end_time"]), (3, &json!("24:00")));
    let (_, monday) = admin.page("/hours?day=2026-01-12").await;
    assert!(
        monday.contains("Nothing on Monday, January 12, 2026.")
            && monday.contains("Tuesday, January 13, 8:00 AM"),
        "{monday}"
    );
    assert_eq!(admin.page("/hours?day=nonsense").await.0, 200);
    assert_eq!(app.findings().await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_week_is_tried_on_a_day_before_it_is_saved() {
    let app = TestApp::start().await;
    let admin = admin(&app).await;
    let body = json!({"start_time": "2026-01-06T08:30:00Z", "guest_name": "Ben", "outside_hours": true});
    assert_eq!(admin.post("/api/appointments", &body).await.status, 201);
    let week = |to| [("day", "2026-01-06"), ("d2-0-kind", "open"), ("d2-0-from", "08:00"), ("d2-0-to", to)];
    let (status, page) = admin.submit("/hours/preview", &week("10:00")).await;
    assert!(
        status == 200 && page.contains("which is not saved yet") && page.contains("3 times of 30 min"),
        "{page}"
    );
    assert!(
        page.contains("9:30 AM") && !page.contains("8:30 AM") && page.contains("value=\"08:00\""),
        "{page}"
    );
    let (_, wrong) = admin.submit("/hours/preview", &week("07:00")).await;
    assert!(
        wrong.contains("It must end after it begins") && !wrong.contains("which is not saved yet"),
        "{wrong}"
    );
    let read = admin.get("/api/availability").await;
    assert_eq!(read.field("hours").as_array().unwrap().len(), 5, "as before");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_a_row_is_said_at_the_row_and_nothing_is_saved() {
    let app = TestApp::start().await;
    let admin = admin(&app).await;
    let send = async |rows: &[(&str, &str, &str)]| {
        let fields: Vec<(String, &str)> = rows
            .iter()
            .flat_map(|(id, from, to)| [(format!("{id}-from"), *from), (format!("{id}-to"), *to)])
            .collect();
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), *value)).collect();
        admin.submit("/hours", &fields).await
    };
    for (rows, id, said) in [
        (&[("d2-0", "09:00", "")][..], "d2-0", "Both times are needed"),
        (&[("d2-0", "17:00", "09:00")], "d2-0", "It must end after it begins"),
        (
            &[("d2-0", "13:00", "17:00"), ("d2-1", "09:00", "13:30")],
            "d2-0",
            "It overlaps with 09:00 to 13:30.",
        ),
        (
            &[("d2-0", "09:00", "17:00"), ("d2-1", "09:00", "17:00")],
            "d2-1",
            "It overlaps with 09:00 to 17:00.",
        ),
    ] {
        let (status, page) = send(rows).await;
        assert_eq!(status, 200);
        assert!(page.contains(&format!("id=\"{id}-about\">{said}")), "{said}: {page}");
        assert!(
            page.contains(&format!("value=\"{}\"", rows[0].1)) && page.contains("Nothing was saved yet."),
            "{page}"
        );
    }
    let read = admin.get("/api/availability").await;
    assert_eq!(read.field("hours").as_array().unwrap().len(), 5, "as before");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_date_is_blocked_with_a_reason_and_opened_again() {
    let app = TestApp::start().await;
    let admin = admin(&app).await;
    assert_eq!(
        admin.submit("/hours/block", &[("date", "2026-01-06"), ("reason", "Three+%3CKings%3E")]).await.0,
        303
    );
    let (_, page) = admin.page("/hours?day=2026-01-06").await;
    for part in ["The date is blocked.", "Tue, Jan 6, 2026", "Three &lt;Kings&gt;", "Nothing on Tuesday"] {
        assert!(page.contains(part), "{part}: {page}");
    }
    for (date, said) in [("2026-01-01", "That day is over."), ("", "A date is needed")] {
        let (status, page) = admin.submit("/hours/block", &[("date", date), ("reason", "Rest")]).await;
        assert!(status == 200 && page.contains(said) && page.contains("value=\"Rest\""), "{page}");
    }
    let id = admin.get("/api/availability").await.field("blocked_dates")[0]["id"].to_string();
    assert_eq!(admin.submit("/hours/unblock", &[("id", &id)]).await.0, 303);
    assert_eq!(admin.submit("/hours/unblock", &[("id", &id)]).await.0, 303, "it is open, as wanted");
    let (_, page) = admin.page("/hours").await;
    assert!(page.contains("No blocked dates"), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_may_only_look_reads_the_week_and_changes_nothing() {
    let app = TestApp::start().await;
    let admin = admin(&app).await;
    let invited = json!({"email": "vera@example.com", "full_name": "Vera", "role": "viewer"});
    assert_eq!(admin.post("/api/users", &invited).await.status, 201);
    let vera = Visitor::signed_in(&app, "vera@example.com").await;
    let (_, page) = vera.page("/hours").await;
    assert!(page.contains("09:00–17:00") && !page.contains("method=\"post\" action=\"/hours"), "{page}");
    for path in ["/hours", "/hours/preview", "/hours/block", "/hours/unblock"] {
        assert_eq!(vera.submit(path, &[]).await.0, 403, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_booked_outside_the_week_that_is_tried_or_saved_is_named() {
    let app = TestApp::start().await;
    let admin = admin(&app).await;
    for (start, guest) in [("2026-01-06T10:00:00Z", "Ann <i>"), ("2026-01-06T16:00:00Z", "Bo")] {
        let body = json!({"start_time": start, "guest_name": guest});
        assert_eq!(admin.post("/api/appointments", &body).await.status, 201);
    }
    let week = [("day", "2026-01-06"), ("d2-0-kind", "open"), ("d2-0-from", "12:00"), ("d2-0-to", "18:00")];
    let (_, page) = admin.page("/hours").await;
    assert!(!page.contains("outside these hours"), "{page}");
    let (_, page) = admin.submit("/hours/preview", &week).await;
    assert!(
        page.contains("An appointment is outside the week you are trying.")
            && page.contains("Ann &lt;i&gt;</a>"),
        "{page}"
    );
    assert!(!page.contains("Bo</a>"), "{page}");
    assert_eq!(admin.submit("/hours", &week).await.0, 303);
    assert!(admin.page("/hours").await.1.contains("An appointment is outside these hours."));
    assert_eq!(admin.submit("/hours/block", &[("date", "2026-01-06")]).await.0, 303);
    assert!(admin.page("/hours").await.1.contains("2 appointments are outside these hours."));
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_was_overtaken_by_a_colleague_is_told_before_the_week_is_replaced() {
    let app = TestApp::start().await;
    let admin = admin(&app).await;
    let seen = |page: &str| {
        let rest = page.split("name=\"revision\" value=\"").nth(1).unwrap();
        rest.split('"').next().unwrap().to_owned()
    };
    let first = seen(&admin.page("/hours").await.1);
    let week = |revision: &str, from: &str| {
        [("revision", revision), ("d2-0-kind", "open"), ("d2-0-from", from), ("d2-0-to", "18:00")]
            .map(|(name, value)| (name, value.to_owned()))
    };
    let submit = async |fields: [(&'static str, String); 4]| {
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        admin.submit("/hours", &fields).await
    };
    assert_eq!(submit(week(&first, "10:00")).await.0, 303);
    let (status, page) = submit(week(&first, "11:00")).await;
    assert!(
        status == 200 && page.contains("Somebody else has changed the week meanwhile."),
        "{status} {page}"
    );
    assert!(page.contains("value=\"11:00\""), "what was typed is kept: {page}");
    let hours = admin.get("/api/availability").await.field("hours").clone();
    assert_eq!(hours[0]["start_time"], "10:00");
    let newer = seen(&page);
    assert_eq!(submit(week(&newer, "11:00")).await.0, 303);
    // To try a week, or to mend a row, is not to have seen what a colleague has saved meanwhile.
    let (_, tried) = admin
        .submit("/hours/preview", &[("revision", &newer), ("d2-0-from", "12:00"), ("d2-0-to", "18:00")])
        .await;
    assert_eq!(seen(&tried), newer);
    let (_, wrong) =
        admin.submit("/hours", &[("revision", &newer), ("d2-0-from", "12:00"), ("d2-0-to", "x")]).await;
    assert_eq!(seen(&wrong), newer);
}
