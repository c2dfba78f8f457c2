//! A slot is one caller's: booked once, moved, closed, never double.

use actors::error::{Error, Refusal};
use domain::appointments::{AppointmentRefusal, Status};
use domain::calendar::{OutsideHours, SlotRefusal};
use domain::ids::AppointmentId;
use futures_util::future::join_all;
use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::harness::TestApp;
use crate::harness::app::at;
use crate::harness::retell::{event, flat};

const APPOINTMENTS: &str =
    "select count(*) from appointments where customer_id = $1 and status = 'scheduled'";

/// Tuesday, January 6: the day after the clock's.
fn wish(time: &str, name: &str, phone: &str) -> Value {
    json!({"date": "2026-01-06", "time": time, "duration_minutes": 30, "caller_name": name, "caller_phone": phone,
           "caller_email": "ben@example.com", "notes": "Consultation about services"})
}

fn id(answer: &crate::harness::app::Answer) -> AppointmentId {
    let text = answer.field("appointment_id").as_str().expect("an id");
    AppointmentId(text.strip_prefix("apt_").expect("a prefix").parse().expect("a number"))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_caller_asking_again_gets_the_same_appointment_and_sentence() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    let first = customer.function("book", &wish("10:00", "Ben", "+15550100123")).await;
    let again = customer.function("book", &wish("10 am", "Benjamin", "+1 (555) 010-0123")).await;
    assert_eq!(first.body, again.body);
    assert_eq!(first.field("success"), &json!(true));
    assert_eq!(first.field("message"), "Appointment booked for January 6, 2026 at 10:00 AM");
    assert_eq!(app.count(APPOINTMENTS, &customer).await, 1);
    assert_eq!(app.events(&customer).await, ["appointment.created"]);

    let app = app.restart().await;
    let later = app.here(&customer).function("book", &wish("10:00", "Ben", "+15550100123")).await;
    assert_eq!(later.body, first.body, "also after a restart");
}

#[tokio::test(flavor = "multi_thread")]
async fn another_caller_is_told_what_else_is_free() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    customer.function("book", &wish("10:00", "Ben", "+15550100123")).await;
    let answer = customer.function("book", &wish("10:00", "Eve", "+15550100199")).await;
    assert_eq!((answer.status, answer.field("success")), (200, &json!(false)));
    let alternatives = answer.field("alternatives").as_array().unwrap();
    let starts: Vec<_> = alternatives.iter().map(|slot| slot["start"].as_str().unwrap()).collect();
    assert_eq!(starts, ["09:30", "10:30", "11:00"]);
    assert!(answer.field("message").as_str().unwrap().starts_with("That time is already taken."));
    assert_eq!(app.count(APPOINTMENTS, &customer).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_callers_at_once_get_one_slot_between_them() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    let asked = (0..100).map(|number| {
        let wish = wish("10:00", &format!("Caller {number}"), &format!("+1555010{number:04}"));
        let customer = &customer;
        async move { customer.function("book", &wish).await.field("success") == &json!(true) }
    });
    let booked = join_all(asked).await.into_iter().filter(|got| *got).count();
    assert_eq!(booked, 1);
    assert_eq!(app.count(APPOINTMENTS, &customer).await, 1);
    assert_eq!(app.findings().await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_model_writes_is_understood() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    for (number, args) in [
        json!({"date": "next tuesday", "time": "10am", "duration_minutes": "30", "name": "Ben"}),
        json!({"date": "January 6", "time": "11:00 AM", "duration_minutes": "half an hour", "caller_name": "Eve"}),
        json!({"date": "2026-01-06", "time": "14:00", "caller_name": "Zoë", "caller_email": "unknown"}),
        json!({"date": "tomorrow", "time": "three pm", "caller_name": "Mallory", "invented": {"key": [1]}}),
    ]
    .into_iter()
    .enumerate()
    {
        let answer = customer.function("book", &args).await;
        assert_eq!(answer.field("success"), &json!(true), "{number}: {}", answer.body);
    }
    assert_eq!(app.count(APPOINTMENTS, &customer).await, 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_booking_within_a_call_takes_the_phone_from_it_and_is_linked_to_it() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    let mut call = event("call_started", "c1", 0)["call"].take();
    call["transcript_with_tool_calls"] =
        json!([{"role": "tool_call_invocation", "tool_call_id": "t1", "name": "book", "arguments": "{}"}]);
    let body = json!({"name": "book", "args": {"date": "2026-01-06", "time": "10:00", "caller_name": "Ben"}, "call": call});
    let first = customer.function("book", &body).await;
    let again = customer.function("book", &body).await;
    assert_eq!((first.field("success"), &first.body), (&json!(true), &again.body));
    let linked = "select count(*) from appointments a join calls c on c.customer_id = a.customer_id and c.id = a.call_id
        where a.customer_id = $1 and a.guest_phone = '+15550100123' and c.retell_call_id = 'c1' and c.status is null";
    assert_eq!(app.count(linked, &customer).await, 1);
    // The call's end completes the row that the booking made.
    customer.webhook(&event("call_ended", "c1", 60_000)).await;
    let whole = "select count(*) from calls where customer_id = $1 and status = 'completed' and cost = 1";
    assert_eq!(app.count(whole, &customer).await, 1);
    assert_eq!(app.count("select count(*) from calls where customer_id = $1", &customer).await, 1);
    assert_eq!(app.findings().await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_number_holds_at_most_five_upcoming_appointments() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    for hour in 9..14 {
        let answer = customer.function("book", &wish(&format!("{hour}:00"), "Ben", "+15550100123")).await;
        assert_eq!(answer.field("success"), &json!(true));
    }
    let sixth = customer.function("book", &wish("15:00", "Ben", "+15550100123")).await;
    assert_eq!((sixth.status, sixth.field("success")), (200, &json!(false)));
    assert_eq!(app.count(APPOINTMENTS, &customer).await, 5);
    let other = customer.function("book", &wish("15:00", "Eve", "+15550100199")).await;
    assert_eq!(other.field("success"), &json!(true));
}

#[tokio::test(flavor = "multi_thread")]
async fn times_that_cannot_be_had_are_refused_with_a_sentence() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    for (date, time, begins) in [
        ("2026-01-10", "10:00", "We are not open on that day of the week."),
        ("2026-01-06", "07:00", "That is outside our opening hours."),
        ("2026-01-06", "10:07", "Appointments do not start at that time."),
        ("2026-01-05", "09:00", "That time is already over."),
        ("2029-01-09", "10:00", "That is too far ahead for us."),
        ("gibberish", "10:00", "I did not understand the day."),
        ("2026-01-06", "gibberish", "I did not understand the time."),
        ("2026-02-30", "10:00", "I did not understand the day."),
    ] {
        let answer =
            customer.function("book", &json!({"date": date, "time": time, "caller_name": "Ben"})).await;
        let message = answer.field("message").as_str().unwrap();
        assert_eq!((answer.status, answer.field("success")), (200, &json!(false)), "{date} {time}");
        assert!(message.starts_with(begins), "{date} {time}: {message}");
        let alternatives = answer.field("alternatives").as_array().unwrap();
        assert_eq!(alternatives.len(), 3, "{date} {time}");
        if time == "gibberish" {
            let is_that_day = |slot: &Value| slot["date"] == date;
            assert!(alternatives.iter().all(is_that_day), "the day was understood: {alternatives:?}");
        }
    }
    for minutes in [json!(-5), json!(0), json!(100_000), json!("forever")] {
        let wish =
            json!({"date": "2026-01-06", "time": "10:00", "duration_minutes": minutes, "caller_name": "Ben"});
        assert_eq!(customer.function("book", &wish).await.status, 200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_time_without_its_half_of_the_day_is_one_at_which_the_business_is_open() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    for (said, booked) in [
        ("half past two", Some("2:30 PM")),
        ("3", Some("3:00 PM")),
        ("03:30", Some("3:30 PM")),
        ("10", Some("10:00 AM")),
        ("2 am", None),
        ("02:00 am", None),
    ] {
        let answer = customer
            .function("book", &json!({"date": "2026-01-06", "time": said, "caller_name": "Ben"}))
            .await;
        let message = answer.field("message").as_str().unwrap();
        assert_eq!(answer.field("success"), &json!(booked.is_some()), "{said}: {message}");
        assert!(message.contains(booked.unwrap_or("outside our opening hours")), "{said}: {message}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_moved_appointment_keeps_its_id_and_frees_its_time() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    let tenant = app.tenant(&customer).await;
    let booked = id(&customer.function("book", &wish("10:00", "Ben", "+15550100123")).await);
    let moved =
        tenant.reschedule(booked, at("2026-01-06T11:15:00Z"), None, OutsideHours::Refuse).await.unwrap();
    assert_eq!((moved.id, moved.start), (booked, at("2026-01-06T11:15:00Z")));
    // Half an hour of overlap with itself is no overlap.
    let moved =
        tenant.reschedule(booked, at("2026-01-06T11:30:00Z"), Some(60), OutsideHours::Refuse).await.unwrap();
    assert_eq!(moved.duration_minutes, 60);
    let freed = customer.function("book", &wish("10:00", "Eve", "+15550100199")).await;
    assert_eq!(freed.field("success"), &json!(true));
    let taken = tenant.reschedule(booked, at("2026-01-06T10:15:00Z"), None, OutsideHours::Refuse).await;
    assert_eq!(taken, Err(Error::Refused(Refusal::Slot(SlotRefusal::Taken))));
    let night = at("2026-01-06T22:00:00Z");
    let closed = tenant.reschedule(booked, night, None, OutsideHours::Refuse).await;
    assert!(matches!(closed, Err(Error::Refused(Refusal::Slot(_)))), "{closed:?}");
    tenant.reschedule(booked, night, None, OutsideHours::Confirmed).await.unwrap();
    assert_eq!(
        app.events(&customer).await,
        [
            "appointment.created",
            "appointment.updated",
            "appointment.updated",
            "appointment.created",
            "appointment.updated"
        ]
    );
    assert_eq!(app.findings().await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_appointment_stays_so_and_frees_its_time() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    let tenant = app.tenant(&customer).await;
    let booked = id(&customer.function("book", &wish("10:00", "Ben", "+15550100123")).await);
    let cancelled = tenant.cancel(booked, Some("ill".to_owned())).await.unwrap();
    assert_eq!(
        (cancelled.status, cancelled.cancellation_reason.as_deref()),
        (Status::Cancelled, Some("ill"))
    );
    tenant.cancel(booked, Some("twice".to_owned())).await.unwrap();
    assert_eq!(app.events(&customer).await, ["appointment.created", "appointment.cancelled"]);
    let moved = tenant.reschedule(booked, at("2026-01-06T11:00:00Z"), None, OutsideHours::Refuse).await;
    assert_eq!(moved, Err(Error::Refused(Refusal::Appointment(AppointmentRefusal::Cancelled))));
    let again = customer.function("book", &wish("10:00", "Ben", "+15550100123")).await;
    assert_ne!(id(&again), booked, "a new appointment, not the cancelled one");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_past_appointment_is_marked_also_when_memory_has_forgotten_it() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    let booked = id(&customer.function("book", &wish("10:00", "Ben", "+15550100123")).await);
    let tenant = app.tenant(&customer).await;
    let early = tenant.complete(booked).await;
    assert_eq!(early, Err(Error::Refused(Refusal::Appointment(AppointmentRefusal::NotBegun))));
    app.clock.advance(SignedDuration::from_hours(24 * 10));
    let app = app.restart().await;
    let tenant = app.tenant(&customer).await;
    assert_eq!(tenant.no_show(booked).await.unwrap().status, Status::NoShow);
    assert_eq!(tenant.complete(booked).await.unwrap().status, Status::Completed);
    app.clock.advance(SignedDuration::from_hours(24 * 31));
    let app = app.restart().await;
    let late = app.tenant(&customer).await.no_show(booked).await;
    assert_eq!(late, Err(Error::Refused(Refusal::Appointment(AppointmentRefusal::TooLate))));
    let absent = app.tenant(&customer).await.cancel(AppointmentId(999_999), None).await;
    assert_eq!(absent, Err(Error::Refused(Refusal::UnknownAppointment)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_is_looked_up_by_phone_or_mail_from_calls_and_bookings() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    let unknown = customer.function("lookup", &json!({"phone": "+15550100123"})).await;
    assert_eq!((unknown.status, unknown.field("found")), (200, &json!(false)));
    customer.function("book", &wish("10:00", "Ben", "+15550100123")).await;
    customer.webhook(&flat("c1", 60)).await;
    let known = customer.function("lookup", &json!({"caller_phone": "+1 555 010 0123"})).await;
    assert_eq!((known.field("name"), known.field("email")), (&json!("Ben"), &json!("ben@example.com")));
    assert_eq!(known.field("calls_total"), 1);
    assert_eq!(known.field("last_call")["summary"], "A greeting.");
    assert_eq!(known.field("upcoming_appointments")[0]["time"], "10:00");
    // Memory counts on where the records stood.
    customer.webhook(&flat("c2", 120)).await;
    let twice = customer.function("lookup", &json!({"phone": "+15550100123"})).await;
    assert_eq!(
        (twice.field("calls_total"), &twice.field("last_call")["duration_seconds"]),
        (&json!(2), &json!(120))
    );
    let by_mail = customer.function("lookup", &json!({"email": "BEN@example.com"})).await;
    assert_eq!((by_mail.field("phone"), by_mail.field("calls_total")), (&json!("+15550100123"), &json!(2)));
    let other = app.customer().await;
    assert_eq!(
        other.function("lookup", &json!({"phone": "+15550100123"})).await.field("found"),
        &json!(false)
    );

    let app = app.restart().await;
    let after = app.here(&customer).function("lookup", &json!({"phone": "+15550100123"})).await;
    assert_eq!(after.body, twice.body, "the records say the same as memory did");
}

#[tokio::test(flavor = "multi_thread")]
async fn callers_who_withhold_their_number_are_not_taken_for_each_other() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    for (number, withheld) in ["anonymous", "Restricted", "+266696687", "anonymous", "anonymous", "anonymous"]
        .into_iter()
        .enumerate()
    {
        let call = json!({"call_id": format!("c{number}"), "direction": "inbound", "from_number": withheld});
        let args = json!({"date": "2026-01-06", "time": format!("{}:00", 9 + number), "caller_name": format!("Guest {number}")});
        let answer = customer.function("book", &json!({"name": "book", "args": args, "call": call})).await;
        assert_eq!(
            answer.field("success"),
            &json!(true),
            "no limit of one caller holds for all: {}",
            answer.body
        );
    }
    let call = json!({"call_id": "c9", "direction": "inbound", "from_number": "anonymous"});
    let lookup = customer.function("lookup", &json!({"name": "lookup", "args": {}, "call": call})).await;
    assert_eq!((lookup.field("found"), lookup.field("name")), (&json!(false), &json!(null)));
    let ring = json!({"event": "call_inbound", "call_inbound": {"from_number": "anonymous"}});
    let greeted = customer.webhook(&ring).await;
    assert_eq!(greeted.body["call_inbound"]["dynamic_variables"]["caller_name"], "");
    // The same words from two of them are two wishes for one slot.
    let bare = |name: &str| json!({"date": "2026-01-06", "time": "16:00", "caller_name": name, "caller_phone": "anonymous"});
    assert_eq!(customer.function("book", &bare("Ada")).await.field("success"), &json!(true));
    assert_eq!(customer.function("book", &bare("Ben")).await.field("success"), &json!(false));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_past_appointment_that_memory_let_go_can_still_be_moved() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    let booked = id(&customer.function("book", &wish("10:00", "Ben", "+15550100123")).await);
    app.clock.advance(SignedDuration::from_hours(24 * 3));
    let app = app.restart().await;
    let tenant = app.tenant(&customer).await;
    let moved =
        tenant.reschedule(booked, at("2026-01-09T10:00:00Z"), None, OutsideHours::Refuse).await.unwrap();
    assert_eq!(moved.id, booked);
    tenant.cancel(booked, None).await.unwrap();
    assert_eq!(app.findings().await, [""; 0]);
}
