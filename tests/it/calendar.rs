//! What is free follows from hours, blocked dates, appointments and rules.

use actors::error::{Error, Refusal};
use domain::calendar::{BookingRules, HoursRow, MinuteOfDay, WeeklyHours};
use domain::settings::Settings;
use jiff::civil::date;
use serde_json::{Value, json};

use crate::harness::app::assert_problem;
use crate::harness::visitor::Visitor;
use crate::harness::{Customer, TestApp};

async fn starts(customer: &Customer, date: &str) -> Vec<String> {
    let answer = customer.function("availability", &json!({"date": date, "duration_minutes": 60})).await;
    let slots = answer.field("available_slots").as_array().expect("slots").clone();
    slots.iter().map(|slot| slot["start"].as_str().expect("a start").to_owned()).collect()
}

fn row(day_of_week: u8, opens: &str, closes: &str, is_available: bool) -> HoursRow {
    let time = |text| MinuteOfDay::parse(text).expect("a time");
    HoursRow { day_of_week, opens: time(opens), closes: time(closes), is_available }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_customer_is_open_from_monday_to_friday_and_says_what_helps() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    let answer =
        customer.function("availability", &json!({"date": "2026-01-06", "duration_minutes": 30})).await;
    let slots = answer.field("available_slots").as_array().unwrap();
    assert_eq!((slots.len(), &slots[0]), (16, &json!({"start": "09:00", "end": "09:30"})));
    assert_eq!(answer.field("weekday"), "Tuesday");
    assert_eq!(answer.field("timezone"), "UTC");
    let saturday = customer.function("availability", &json!({"date": "saturday"})).await;
    assert_eq!(saturday.field("available_slots"), &json!([]));
    assert_eq!(saturday.field("next_available")["date"], "2026-01-12");
}

#[tokio::test(flavor = "multi_thread")]
async fn changed_hours_pauses_and_blocked_days_count_at_once_and_after_a_restart() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    let tenant = app.tenant(&customer).await;
    let hours = WeeklyHours::new(vec![
        row(2, "08:00", "12:00", true),
        row(2, "10:00", "11:00", false),
        row(2, "20:00", "24:00", true),
    ])
    .unwrap();
    tenant.set_hours(hours).await.unwrap();
    let expected = ["08:00", "09:00", "11:00", "20:00", "21:00", "22:00", "23:00"];
    assert_eq!(starts(&customer, "2026-01-06").await, expected);
    tenant.block_date(date(2026, 1, 13), Some("Holiday".to_owned())).await.unwrap();
    tenant.block_date(date(2026, 1, 13), None).await.unwrap();
    assert_eq!(starts(&customer, "2026-01-13").await, [""; 0]);

    let app = app.restart().await;
    let (customer, tenant) = (app.here(&customer), app.tenant(&customer).await);
    assert_eq!(starts(&customer, "2026-01-06").await, expected);
    assert_eq!(starts(&customer, "2026-01-13").await, [""; 0]);
    tenant.unblock_date(date(2026, 1, 13)).await.unwrap();
    assert_eq!(starts(&customer, "2026-01-13").await, expected);
    let twice = tenant.unblock_date(date(2026, 1, 13)).await;
    assert_eq!(twice, Err(Error::Refused(Refusal::NotBlocked)));
    tenant.set_hours(WeeklyHours::new(Vec::new()).unwrap()).await.unwrap();
    assert_eq!(starts(&customer, "2026-01-06").await, [""; 0]);
    assert_eq!(app.findings().await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn dates_are_blocked_from_today_to_the_furthest_horizon_and_a_thousand_of_them() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    // There it is the 6th since ten o'clock. Ten years of blocked days lie behind, 998 ahead.
    let sql = "
with moved as (update customers set timezone = 'Pacific/Kiritimati' where id = $1)
insert into blocked_dates (customer_id, id, blocked_date)
select $1, 1000000 + n, date '2026-01-06' + n
  from generate_series(-3650, 998) n
 where n <> 0";
    sqlx::query(sql).bind(customer.id.0).execute(&mut app.sql().await).await.unwrap();
    let app = app.restart().await;
    let admin = Visitor::admin(&app, &app.here(&customer)).await;
    let block = async |date: &str| admin.post("/api/blocked-dates", &json!({"date": date})).await;
    for date in ["2026-01-05", "1999-01-01", "-000001-01-01", "2036-01-15", "9999-12-31"] {
        let answer = block(date).await;
        assert_problem(&answer, 422, "invalid");
        assert_eq!(answer.field("errors")[0]["field"], "date", "{}", answer.body);
    }
    assert_eq!(block("2026-01-06").await.status, 201, "today, of the business");
    let last = block("2036-01-14").await;
    assert_eq!((last.status, last.field("date")), (201, &json!("2036-01-14")), "{}", last.body);
    let full = block("2036-01-13").await;
    assert_problem(&full, 409, "refused");
    assert!(full.field("detail").as_str().unwrap().contains("unblock one first"), "{}", full.body);
    assert_eq!(block("2036-01-14").await.body, last.body, "blocked already");

    // What is over makes no room, and room is made by what is opened and by time.
    let listed = admin.get("/api/availability").await.field("blocked_dates").clone();
    let id = |date: &str| {
        let all = listed.as_array().unwrap().iter();
        all.clone().find(|day| day["date"] == date).unwrap_or_else(|| panic!("no {date}"))["id"].clone()
    };
    let over = admin.delete(&format!("/api/blocked-dates/{}", id("2026-01-05"))).await;
    assert_problem(&over, 409, "refused");
    assert_eq!(admin.delete(&format!("/api/blocked-dates/{}", id("2026-01-07"))).await.status, 204);
    assert_eq!(block("2036-01-13").await.status, 201);
    assert_problem(&block("2026-01-07").await, 409, "refused");
    app.clock.advance(jiff::SignedDuration::from_hours(24));
    assert_eq!(block("2026-01-07").await.status, 201, "the 6th is over");
    for nothing in ["999", "-1", "x", "99999999999999999999"] {
        assert_problem(&admin.delete(&format!("/api/blocked-dates/{nothing}")).await, 404, "not-found");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn booking_rules_count_at_once_and_after_a_restart() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    let booking = BookingRules {
        slot_step_minutes: Some(120),
        minimum_notice_minutes: 24 * 60,
        horizon_days: 10,
        ..BookingRules::default()
    };
    let settings = Settings { booking, ..Settings::default() };
    app.tenant(&customer).await.change_settings(settings).await.unwrap();
    let expected = ["13:00", "15:00"];
    assert_eq!(starts(&customer, "2026-01-06").await, expected);
    let app = app.restart().await;
    let customer = app.here(&customer);
    assert_eq!(starts(&customer, "2026-01-06").await, expected);
    assert_eq!(starts(&customer, "2026-01-20").await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn hours_keep_their_wall_time_and_appointments_their_instant_when_the_zone_changes() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    let wish = json!({"date": "2026-01-06", "time": "10:00", "duration_minutes": 60, "caller_name": "Ben"});
    customer.function("book", &wish).await;
    let tenant = app.tenant(&customer).await;
    let profile = domain::customers::Profile {
        name: "Ada".to_owned(),
        company: None,
        email: "ignored@example.com".to_owned(),
        phone: None,
        timezone: "Europe/Madrid".to_owned(),
        status: domain::customers::Status::Active,
    };
    tenant.change_profile(profile.clone()).await.unwrap();
    let free = starts(&customer, "2026-01-06").await;
    assert!(free.contains(&"09:00".to_owned()) && free.contains(&"10:00".to_owned()));
    assert!(!free.contains(&"11:00".to_owned()), "ten in UTC is eleven in Madrid: {free:?}");
    let nowhere = domain::customers::Profile { timezone: "Mars/Olympus".to_owned(), ..profile };
    assert!(matches!(tenant.change_profile(nowhere).await, Err(Error::Refused(Refusal::Registration(_)))));
    let app = app.restart().await;
    assert_eq!(starts(&app.here(&customer), "2026-01-06").await, free);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_without_a_day_asks_for_today_and_nonsense_gets_a_sentence() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    let today = customer.function("availability", &json!({})).await;
    assert_eq!((today.field("date"), today.field("success")), (&json!("2026-01-05"), &json!(true)));
    for odd in [
        Value::Null,
        json!([]),
        json!({"date": "the day of the fox"}),
        json!({"args": [], "call": 3, "date": "x"}),
    ] {
        let answer = customer.function("availability", &odd).await;
        assert_eq!((answer.status, answer.field("available_slots").is_array()), (200, true), "{odd}");
        assert!(!answer.field("message").as_str().unwrap().is_empty());
    }
}
