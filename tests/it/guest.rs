//! The pages behind the link in a guest's messages: seen, moved, called off, by nobody but who has it.

use actors::secrets::Vault;
use domain::appointments::Edit;
use domain::calendar::{BookingRules, OutsideHours, WeeklyHours};
use domain::customers::{Profile, Status};
use domain::ids::AppointmentId;
use domain::settings::Settings;
use jiff::SignedDuration;
use reqwest::Method;
use serde_json::{Value, json};
use voice_server::guest_links::guest_url;

use crate::harness::app::{Options, at, metrics};
use crate::harness::visitor::Visitor;
use crate::harness::{Customer, TestApp};

/// What the tests' server derives its links from.
const SECRET: &str = "a key for tests";

/// Somebody who was told of an appointment, with the link they were told.
struct Told {
    id: AppointmentId,
    path: String,
    guest: Visitor,
}

impl Told {
    async fn page(&self, rest: &str) -> (u16, String) {
        self.guest.page(&format!("{}{rest}", self.path)).await
    }

    /// The text of a page that must be there.
    async fn read(&self, rest: &str) -> String {
        let (status, page) = self.page(rest).await;
        assert_eq!(status, 200, "{rest}: {page}");
        page
    }

    /// Sends the form of the page; answers where that leads, or the page it shows.
    async fn send(&self, form: &str, fields: &[(&str, &str)]) -> Result<String, String> {
        let response = self.guest.form(&format!("{}/{form}", self.path), fields).await;
        match response.status().as_u16() {
            303 => Ok(response.headers()["location"].to_str().unwrap().to_owned()),
            200 => Err(response.text().await.unwrap()),
            other => panic!("{other}: {}", response.text().await.unwrap()),
        }
    }

    /// Moves it to this time of Tuesday the 6th, as the page stands.
    async fn move_to(&self, time: &str) -> Result<String, String> {
        let page = self.read("/move?date=2026-01-06").await;
        let start = format!("2026-01-06T{time}:00Z");
        self.send("move", &[("start", &start), ("revision", &revision(&page)), ("date", "2026-01-06")]).await
    }
}

/// The revision that a form names.
#[track_caller]
fn revision(page: &str) -> String {
    let rest = page.split("name=\"revision\" value=\"").nth(1).unwrap_or_else(|| panic!("no form: {page}"));
    rest.split('"').next().unwrap().to_owned()
}

/// The times that a page lets choose, in UTC.
fn offered(page: &str) -> Vec<&str> {
    let inputs = page.split("type=\"radio\"").skip(1).map(|rest| rest.split('>').next().unwrap());
    let free = inputs.filter(|input| !input.contains("disabled"));
    free.map(|input| input.split("value=\"").nth(1).unwrap().split('"').next().unwrap()).collect()
}

/// Ben's appointment on Tuesday the 6th, half an hour at this time.
async fn booked(app: &TestApp, customer: &Customer, time: &str) -> Told {
    let wish = json!({"date": "2026-01-06", "time": time, "duration_minutes": 30, "caller_name": "Ben <B>",
                      "caller_phone": "+15550100123", "caller_email": "ben@example.com"});
    let answer = customer.function("book", &wish).await;
    let id = answer.field("appointment_id").as_str().unwrap_or_else(|| panic!("{}", answer.body));
    let id = AppointmentId(id.trim_start_matches("apt_").parse().unwrap());
    let token = Vault::new(SECRET, None).guest_token(customer.id, id);
    let path = guest_url("", &token);
    Told { id, path, guest: Visitor::of(app) }
}

/// The appointment as it is stored, all of it.
async fn stored(app: &TestApp, customer: &Customer) -> Vec<Value> {
    let sql = "select to_jsonb(a) from appointments a where customer_id = $1 order by id";
    sqlx::query_scalar(sql).bind(customer.id.0).fetch_all(&mut app.sql().await).await.unwrap()
}

async fn messages(app: &TestApp, customer: &Customer) -> Vec<String> {
    let sql = "select template || ' ' || type from notifications where customer_id = $1 order by id";
    sqlx::query_scalar(sql).bind(customer.id.0).fetch_all(&mut app.sql().await).await.unwrap()
}

/// The lines of the audit log that guests have left.
async fn lines(app: &TestApp, customer: &Customer) -> Vec<String> {
    let sql = "select action || ' ' || subject from audit_log
                where customer_id = $1 and actor_kind = 'guest' and actor_id = 'guest' and request_id is not null
                order by id";
    sqlx::query_scalar(sql).bind(customer.id.0).fetch_all(&mut app.sql().await).await.unwrap()
}

async fn set_phone(app: &TestApp, customer: &Customer, timezone: &str) {
    let profile = Profile {
        name: "Ada".to_owned(),
        company: Some("Lovelace & Daughters".to_owned()),
        email: customer.email.clone(),
        phone: Some("+34910000000".to_owned()),
        timezone: timezone.to_owned(),
        status: Status::Active,
    };
    app.tenant(customer).await.change_profile(profile).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_sees_moves_and_cancels_an_appointment_without_an_account() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    set_phone(&app, &customer, "Europe/Madrid").await;
    let told = booked(&app, &customer, "10:00").await;
    let page = told.read("").await;
    for part in [
        "Lovelace &amp; Daughters",
        "Your appointment",
        "Tuesday, January 6, 2026",
        "10:00 AM",
        "10:30 AM",
        "Madrid time",
        "data-start=\"2026-01-06T09:00:00Z\"",
        "Ben &lt;B&gt;",
        "tel:+34910000000",
        "content=\"noindex, nofollow\"",
        &format!("href=\"{}/move\"", told.path),
        &format!("href=\"{}/cancel\"", told.path),
        &format!("href=\"{}/calendar.ics\"", told.path),
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    assert!(!page.contains("ben@example.com") && !page.contains(&customer.email), "nobody's address: {page}");

    let page = told.read("/move").await;
    assert!(page.contains("January 2026") && page.contains("Times in Madrid time."), "{page}");
    let page = told.read("/move?date=2026-01-07").await;
    assert!(page.contains("Wednesday, January 7") && offered(&page).len() == 16, "{page}");
    let wish = [("start", "2026-01-07T10:00:00Z"), ("revision", &revision(&page)), ("date", "2026-01-07")];
    assert_eq!(told.send("move", &wish).await, Ok(format!("{}?did=move", told.path)));
    let page = told.read("?did=move").await;
    assert!(
        page.contains("Your appointment has been moved.") && page.contains("Wednesday, January 7"),
        "{page}"
    );

    let page = told.read("/cancel").await;
    assert!(page.contains("Cancel this appointment?") && page.contains("11:00 AM"), "{page}");
    let wish = [("reason", "I+am+%3Cill%3E"), ("revision", &*revision(&page))];
    assert_eq!(told.send("cancel", &wish).await, Ok(told.path.clone()));
    let page = told.read("").await;
    assert!(page.contains("Your appointment is cancelled") && page.contains("tel:+34910000000"), "{page}");
    for form in ["/move", "/cancel", "method=\"post\"", "calendar.ics"] {
        assert!(!page.contains(form), "nothing is left to do: {page}");
    }

    let now = &stored(&app, &customer).await[0];
    assert_eq!((&now["status"], &now["cancellation_reason"]), (&json!("cancelled"), &json!("I am <ill>")));
    assert_eq!((&now["moves"], &now["guest_moves"]), (&json!(1), &json!(1)));
    let told_of =
        ["booked email", "booked sms", "moved email", "moved sms", "cancelled email", "cancelled sms"];
    assert_eq!(messages(&app, &customer).await, told_of);
    let events = ["appointment.created", "appointment.updated", "appointment.cancelled"];
    assert_eq!(app.events(&customer).await, events);
    let id = told.id;
    assert_eq!(
        lines(&app, &customer).await,
        [format!("appointment.moved {id}"), format!("appointment.cancelled {id}")]
    );
    assert_eq!(app.findings().await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn looking_changes_nothing_and_leaves_no_cookie() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    let told = booked(&app, &customer, "10:00").await;
    let before =
        (stored(&app, &customer).await, messages(&app, &customer).await, app.events(&customer).await);
    for rest in [
        "",
        "?did=move",
        "?did=cancel&utm_source=mail",
        "/move",
        "/move?date=2026-01-08",
        "/move?month=2026-02-01",
        "/move?date=soon",
        "/cancel",
        "/calendar.ics",
    ] {
        for _ in 0..10 {
            let path = format!("{}{rest}", told.path);
            let response = told.guest.response(Method::GET, &path, None, &[]).await;
            let headers = response.headers();
            assert_eq!(response.status().as_u16(), 200, "{rest}");
            assert_eq!(headers["referrer-policy"], "no-referrer");
            assert_eq!(headers["x-robots-tag"], "noindex, nofollow");
            assert_eq!(headers["cache-control"], "no-store");
            assert!(!headers.contains_key("set-cookie"));
            told.guest.response(Method::HEAD, &path, None, &[]).await;
        }
    }
    let after = (stored(&app, &customer).await, messages(&app, &customer).await, app.events(&customer).await);
    assert_eq!(before, after);
    let page = told.read("?did=move").await;
    assert!(!page.contains("has been moved"), "nobody has moved it: {page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_is_held_to_what_callers_are_offered() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    let booking = BookingRules {
        slot_step_minutes: Some(15),
        minimum_notice_minutes: 24 * 60,
        horizon_days: 30,
        ..BookingRules::default()
    };
    let told = booked(&app, &customer, "15:00").await;
    let tenant = app.tenant(&customer).await;
    tenant.change_settings(Settings { booking, ..Settings::default() }).await.unwrap();
    booked(&app, &customer, "16:00").await;
    // Monday noon and a day's notice: of Tuesday the afternoon, without what another has. Its own time
    // is no obstacle to what overlaps it.
    let page = told.read("/move").await;
    let free = offered(&page);
    let step = |hour: u32, quarter: u32| format!("2026-01-06T{hour}:{:02}:00Z", quarter * 15);
    let until_its_own = (12..15).flat_map(|hour| (0..4).map(move |quarter| step(hour, quarter)));
    let after_it = [step(15, 1), step(15, 2), step(16, 2)];
    assert_eq!(free, until_its_own.chain(after_it).collect::<Vec<_>>(), "{page}");
    let shown = revision(&page);
    let before = stored(&app, &customer).await;
    for (start, says) in [
        ("2026-01-06T16:00:00Z", "That time has just been taken."),
        ("2026-01-06T09:00:00Z", "That time is too soon."),
        ("2026-01-05T09:00:00Z", "That time has passed."),
        ("2026-01-06T15:10:00Z", "That time is not free."),
        ("2026-01-06T15:30:01Z", "That time is not free."),
        ("2026-01-07T20:00:00Z", "That time is not free."),
        ("2026-01-10T10:00:00Z", "That time is not free."),
        ("2026-03-02T10:00:00Z", "That time is not free."),
        ("soon", "Please choose a time."),
        ("", "Please choose a time."),
    ] {
        let wish = [("start", start), ("revision", &*shown), ("date", "2026-01-06")];
        let page = told.send("move", &wish).await.unwrap_err();
        assert!(page.contains(says), "{start}: {page}");
        assert_eq!(offered(&page).len(), free.len(), "and what else there is: {page}");
    }
    assert_eq!(stored(&app, &customer).await, before);
    // Its own time is no move.
    let kept = told.send("move", &[("start", "2026-01-06T15:00:00Z"), ("revision", &*shown)]).await;
    assert_eq!(kept, Ok(format!("{}?did=nothing", told.path)));
    assert_eq!(stored(&app, &customer).await, before);
    assert_eq!(told.move_to("15:15").await, Ok(format!("{}?did=move", told.path)));
    assert_eq!(app.findings().await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_somebody_else_did_meanwhile_is_shown_and_not_undone() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    let told = booked(&app, &customer, "10:00").await;
    let (moving, cancelling) = (revision(&told.read("/move").await), revision(&told.read("/cancel").await));
    let tenant = app.tenant(&customer).await;
    tenant.reschedule(told.id, at("2026-01-06T12:00:00Z"), None, OutsideHours::Refuse).await.unwrap();

    let wish = [("start", "2026-01-06T15:00:00Z"), ("revision", &*moving), ("date", "2026-01-06")];
    let page = told.send("move", &wish).await.unwrap_err();
    assert!(page.contains("changed meanwhile") && page.contains("Tue, Jan 6, 2026, 12:00 PM"), "{page}");
    let page = told.send("cancel", &[("revision", &*cancelling), ("reason", "ill")]).await.unwrap_err();
    assert!(
        page.contains("changed meanwhile") && page.contains("12:00 PM") && page.contains(">ill</textarea>"),
        "{page}"
    );
    assert_eq!(stored(&app, &customer).await[0]["start_time"], "2026-01-06T12:00:00+00:00");

    // Sent twice: the second time finds it done.
    let page = told.read("/move?date=2026-01-06").await;
    let wish = [("start", "2026-01-06T15:00:00Z"), ("revision", &*revision(&page)), ("date", "2026-01-06")];
    for _ in 0..2 {
        assert_eq!(told.send("move", &wish).await, Ok(format!("{}?did=move", told.path)));
    }
    assert_eq!(stored(&app, &customer).await[0]["guest_moves"], 1);

    // Called off by the business, while the guest's pages were open.
    let page = told.read("/move?date=2026-01-06").await;
    let cancelling = revision(&told.read("/cancel").await);
    tenant.cancel(told.id, None).await.unwrap();
    let before = stored(&app, &customer).await;
    let wish = [("start", "2026-01-06T09:00:00Z"), ("revision", &*revision(&page))];
    assert_eq!(told.send("move", &wish).await, Ok(told.path.clone()));
    assert_eq!(told.send("cancel", &[("revision", &*cancelling)]).await, Ok(told.path.clone()));
    for rest in ["", "/move", "/cancel"] {
        assert!(told.read(rest).await.contains("Your appointment is cancelled"));
    }
    assert_eq!(stored(&app, &customer).await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_appointment_is_moved_ten_times_by_its_link_and_then_only_called_off() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    let told = booked(&app, &customer, "10:00").await;
    let page = told.read("/move?date=2026-01-06").await;
    // What the business moves does not count.
    let tenant = app.tenant(&customer).await;
    tenant.reschedule(told.id, at("2026-01-06T16:30:00Z"), None, OutsideHours::Refuse).await.unwrap();
    for number in 0..10 {
        let time = if number % 2 == 0 { "11:00" } else { "12:00" };
        assert_eq!(told.move_to(time).await, Ok(format!("{}?did=move", told.path)), "{number}");
    }
    for rest in ["", "/move"] {
        let page = told.read(rest).await;
        assert!(page.contains("as often as is possible here") && !page.contains("type=\"radio\""), "{page}");
    }
    let before = stored(&app, &customer).await;
    assert_eq!((&before[0]["moves"], &before[0]["guest_moves"]), (&json!(11), &json!(10)));
    let wish = [("start", "2026-01-06T14:00:00Z"), ("revision", &*revision(&page))];
    assert_eq!(told.send("move", &wish).await, Ok(told.path.clone()));
    assert_eq!(stored(&app, &customer).await, before);
    // Also when it is asked past the page.
    let revision_now = before[0]["revision"].as_i64().unwrap();
    let refused = tenant.move_by_guest(told.id, at("2026-01-06T14:00:00Z"), revision_now).await.unwrap_err();
    assert!(refused.to_string().contains("10 times"), "{refused}");
    let page = told.read("/cancel").await;
    assert_eq!(told.send("cancel", &[("revision", &*revision(&page))]).await, Ok(told.path.clone()));
    assert_eq!(app.findings().await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_suspended_business_is_cancelled_and_called() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    set_phone(&app, &customer, "UTC").await;
    let told = booked(&app, &customer, "10:00").await;
    let page = told.read("/move?date=2026-01-06").await;
    let tenant = app.tenant(&customer).await;
    tenant.suspend().await.unwrap();
    for rest in ["", "/move"] {
        let page = told.read(rest).await;
        assert!(
            page.contains("To move your appointment, please call us at") && page.contains("tel:+34910000000"),
            "{page}"
        );
        assert!(!page.contains("type=\"radio\"") && !page.contains("/move\""), "{page}");
    }
    let before = stored(&app, &customer).await;
    let wish = [("start", "2026-01-06T14:00:00Z"), ("revision", &*revision(&page))];
    assert_eq!(told.send("move", &wish).await, Ok(told.path.clone()));
    assert_eq!(stored(&app, &customer).await, before);
    let page = told.read("/cancel").await;
    assert_eq!(told.send("cancel", &[("revision", &*revision(&page))]).await, Ok(told.path.clone()));
    assert_eq!(stored(&app, &customer).await[0]["status"], "cancelled");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_is_good_until_the_appointment_ends_also_when_memory_has_let_go_of_it() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    let told = booked(&app, &customer, "10:00").await;
    let open = revision(&told.read("/move").await);
    app.clock.advance(SignedDuration::from_mins(22 * 60 + 29));
    assert!(told.read("").await.contains("/cancel"), "it has begun, and whoever is late may say so");
    app.clock.advance(SignedDuration::from_mins(1));
    let before = stored(&app, &customer).await;
    let refuses = async |told: &Told| {
        for rest in ["", "/move", "/cancel", "/calendar.ics"] {
            let (status, page) = told.page(rest).await;
            let is_over = page.contains("This appointment is over") && !page.contains("method=\"post\"");
            assert!(status == 303 || is_over, "{rest}: {page}");
        }
        let wish = [("start", "2026-01-07T14:00:00Z"), ("revision", &*open)];
        assert_eq!(told.send("move", &wish).await, Ok(told.path.clone()));
        assert_eq!(told.send("cancel", &[("revision", &*open)]).await, Ok(told.path.clone()));
    };
    refuses(&told).await;
    let app = app.restart().await;
    app.clock.advance(SignedDuration::from_hours(24 * 40));
    refuses(&Told { guest: Visitor::of(&app), path: told.path.clone(), ..told }).await;
    assert_eq!(stored(&app, &customer).await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_opens_what_they_have_no_link_to() {
    let app = TestApp::start().await;
    let (customer, other) = (app.customer().await, app.customer().await);
    let told = booked(&app, &customer, "10:00").await;
    let theirs = booked(&app, &other, "11:00").await;
    assert_eq!(told.id, theirs.id, "the same number, and another appointment");
    assert!(told.read("").await.contains("10:00 AM") && theirs.read("").await.contains("11:00 AM"));
    let ours = Vault::new(SECRET, None);
    let nobodys = ours.guest_token(customer.id, AppointmentId(999));
    let forged = Vault::new("another key", None).guest_token(customer.id, told.id);
    let cut = told.path[3..told.path.len() - 1].to_owned();
    for token in [nobodys, forged, cut, "a".repeat(26), "%00".to_owned(), "a".repeat(5_000)] {
        for rest in ["", "/move", "/cancel", "/calendar.ics"] {
            let (status, page) = told.guest.page(&format!("/g/{token}{rest}")).await;
            assert_eq!(status, 404, "{token}");
            assert!(page.contains("This link leads nowhere") && !page.contains("Lovelace"), "{page}");
        }
        let (status, _) = told.guest.submit(&format!("/g/{token}/cancel"), &[("revision", "1")]).await;
        assert!(status == 404 || status == 429, "{token}: {status}");
    }
    assert!(stored(&app, &customer).await.iter().all(|one| one["status"] == "scheduled"));
}

#[tokio::test(flavor = "multi_thread")]
async fn guesses_are_few_and_shut_nobody_out_who_has_a_link() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    let told = booked(&app, &customer, "10:00").await;
    let guess = async |number: usize| told.guest.page(&format!("/g/{number:0>26}")).await;
    let mut statuses = Vec::new();
    for number in 0..31 {
        statuses.push(guess(number).await.0);
    }
    assert_eq!((statuses.iter().filter(|status| **status == 404).count(), statuses[30]), (30, 429));
    assert!(guess(99).await.1.contains("Please wait a moment"));
    told.read("").await;
    // Who has one is bounded, too, far more widely.
    let mut last = 200;
    for _ in 0..400 {
        let response = told.guest.response(Method::GET, &told.path, None, &[]).await;
        last = response.status().as_u16();
        if last == 429 {
            assert!(response.headers().contains_key("retry-after"));
            assert_eq!(response.headers()["referrer-policy"], "no-referrer");
            break;
        }
    }
    assert_eq!(last, 429);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_survives_a_change_of_the_key_and_is_in_no_metric() {
    let app =
        TestApp::with(Options { secret_keys: Some(("the next key", Some(SECRET))), ..Options::default() })
            .await;
    let customer = app.customer().await;
    let told = booked(&app, &customer, "10:00").await;
    told.read("").await;
    let fresh = Vault::new("the next key", None).guest_token(customer.id, told.id);
    assert_eq!(told.guest.page(&format!("/g/{fresh}")).await.0, 200);
    assert_eq!(told.move_to("11:00").await, Ok(format!("{}?did=move", told.path)));
    let said = metrics(&app).await;
    assert!(said.contains("route=\"/g/{token}/move\"") && !said.contains(&told.path), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_file_for_calendars_counts_the_moves() {
    let app =
        TestApp::with(Options { platform_url: Some("http://voice.example:8080"), ..Options::default() })
            .await;
    let customer = app.customer().await;
    let told = booked(&app, &customer, "10:00").await;
    let file = async || {
        let path = format!("{}/calendar.ics", told.path);
        let response = told.guest.response(Method::GET, &path, None, &[]).await;
        assert_eq!(response.headers()["content-type"], "text/calendar; charset=utf-8; method=PUBLISH");
        assert_eq!(response.headers()["content-disposition"], "attachment; filename=\"appointment.ics\"");
        response.text().await.unwrap().replace("\r\n ", "")
    };
    let first = file().await;
    for line in [
        "METHOD:PUBLISH".to_owned(),
        "SEQUENCE:0".to_owned(),
        "DTSTART:20260106T100000Z".to_owned(),
        "DTEND:20260106T103000Z".to_owned(),
        "SUMMARY:Appointment: Lovelace & Daughters".to_owned(),
        format!("UID:{}.{}@voice.example", told.id, customer.id),
        format!("URL:http://voice.example:8080{}", told.path),
    ] {
        assert!(first.lines().any(|of_file| of_file == line), "{line}: {first}");
    }
    let edit = Edit { notes: Some(Some("private".to_owned())), ..Edit::default() };
    let wish = actors::tenant::Wish { edit, outside_hours: OutsideHours::Refuse, if_revision: None };
    app.tenant(&customer).await.edit(told.id, wish).await.unwrap();
    told.move_to("11:00").await.unwrap();
    let second = file().await;
    assert!(second.contains("SEQUENCE:1") && second.contains("DTSTART:20260106T110000Z"), "{second}");
    assert!(!second.contains("private") && !second.contains("ATTENDEE"), "{second}");
    let calendar = told.read("").await;
    assert!(!calendar.contains("private"), "{calendar}");
}

#[tokio::test(flavor = "multi_thread")]
async fn where_nothing_is_free_the_business_is_called() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    let told = booked(&app, &customer, "10:00").await;
    let tenant = app.tenant(&customer).await;
    tenant.block_date("2026-01-07".parse().unwrap(), None).await.unwrap();
    let page = told.read("/move?date=2026-01-07").await;
    assert!(page.contains("Nothing is free on this day. Please choose another."), "{page}");
    tenant.set_hours(WeeklyHours::new(Vec::new()).unwrap()).await.unwrap();
    let page = told.read("/move").await;
    assert!(page.contains("There is no free time to choose"), "{page}");
    assert!(
        page.contains("please get in touch with Lovelace &amp; Daughters"),
        "it has told no number: {page}"
    );
    set_phone(&app, &customer, "UTC").await;
    let page = told.read("/move?month=2026-02-01").await;
    assert!(page.contains("Nothing is free in February.") && page.contains("tel:+34910000000"), "{page}");
    // What was offered before the business closed.
    let revision = revision(&told.read("/cancel").await);
    let wish = [("start", "2026-01-06T11:00:00Z"), ("revision", &*revision)];
    assert!(told.send("move", &wish).await.unwrap_err().contains("There is no free time to choose"));
}

/// Pages without referrers send their forms without an origin, and some programs for mail show pages in
/// a frame of their own: what counts is the link.
#[tokio::test(flavor = "multi_thread")]
async fn a_form_counts_by_its_link_wherever_it_was_sent_from() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    let told = booked(&app, &customer, "10:00").await;
    let guest = Visitor::of(&app).saying("origin", "null").saying("sec-fetch-site", "cross-site");
    let told = Told { guest, ..told };
    assert_eq!(told.move_to("11:00").await, Ok(format!("{}?did=move", told.path)));
    let (status, page) = told.guest.submit(&format!("{}/move", told.path), &[("start", "x")]).await;
    assert!(status == 422 && page.contains("Nothing was changed."), "{page}");
}
