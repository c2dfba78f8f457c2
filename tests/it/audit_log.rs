//! Each change of money, settings, keys and appointments leaves one line: who, what, before, after.

use actors::journal::{Point, Verdict};
use actors::secrets::Purpose;
use domain::audit::{Author, AuthorKind};
use domain::calendar::{OutsideHours, WeeklyHours};
use domain::customers::{Profile, Status};
use domain::money::Money;
use domain::settings::Settings;
use serde_json::{Value, json};
use sqlx::Row;

use crate::harness::TestApp;
use crate::harness::app::{Customer, at, payment};

/// A line: who, what, about what, why, before, after, in which request.
type Line = (String, String, String, Option<String>, Option<Value>, Option<Value>, Option<String>);

async fn lines(app: &TestApp, customer: &Customer) -> Vec<Line> {
    let sql = "
select actor_kind || ' ' || actor_id, action, subject, reason, before, after, request_id
  from audit_log
 where customer_id = $1 and action <> 'customer.created'
 order by id";
    let rows = sqlx::query(sql).bind(customer.id.0).fetch_all(&mut app.sql().await).await.unwrap();
    let line = |row: &sqlx::postgres::PgRow| {
        (row.get(0), row.get(1), row.get(2), row.get(3), row.get(4), row.get(5), row.get(6))
    };
    rows.iter().map(line).collect()
}

fn ada() -> Author {
    let request_id = Some("0123456789abcdef".to_owned());
    Author { kind: AuthorKind::User, id: "usr_ada".to_owned(), impersonator: None, request_id }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_changes_something_leaves_a_line_with_before_and_after() {
    let app = TestApp::start().await;
    let customer = app.poor_customer().await;
    let tenant = app.tenant(&customer).await.by(ada());
    tenant.credit(payment("start", "50")).await.unwrap();
    tenant.credit(payment("start", "50")).await.unwrap();
    let mut settings = Settings { low_balance_alert: Money::parse("20").unwrap(), ..Settings::default() };
    settings.rates.per_minute = Money::parse("0.75").unwrap();
    tenant.change_settings(settings).await.unwrap();
    let profile = Profile {
        name: "Ada".to_owned(),
        company: Some("Lovelace".to_owned()),
        email: customer.email.clone(),
        phone: None,
        timezone: "Europe/Madrid".to_owned(),
        status: Status::Active,
    };
    tenant.change_profile(profile).await.unwrap();
    tenant.set_hours(WeeklyHours::new(Vec::new()).unwrap()).await.unwrap();
    let day = "2026-02-02".parse().unwrap();
    tenant.block_date(day, Some("Holiday".to_owned())).await.unwrap();
    tenant.unblock_date(day).await.unwrap();
    tenant.add_credential(Purpose::RetellKey, "key_of_retell").await.unwrap();
    tenant.suspend().await.unwrap();
    tenant.activate().await.unwrap();

    let got = lines(&app, &customer).await;
    assert!(got.iter().all(|line| line.0 == "user usr_ada" && line.6.as_deref() == Some("0123456789abcdef")));
    assert!(!format!("{got:?}").contains("key_of_retell"), "{got:?}");
    let told: Vec<_> = got
        .iter()
        .map(|(_, action, subject, reason, before, after, _)| {
            let json = |value: &Option<Value>| value.as_ref().map(Value::to_string).unwrap_or_default();
            let reason = reason.clone().unwrap_or_default();
            format!("{action} {subject} {reason} {} {}", json(before), json(after))
        })
        .collect();
    let week = "[[1,\"09:00\",\"17:00\",true],[2,\"09:00\",\"17:00\",true],[3,\"09:00\",\"17:00\",true],\
                [4,\"09:00\",\"17:00\",true],[5,\"09:00\",\"17:00\",true]]";
    assert_eq!(
        told,
        [
            "balance.credited txn_1 Payment  \
             {\"amount\":\"50.00\",\"balance_after\":\"50.00\",\"reference\":\"topup:start\"}"
                .to_owned(),
            "settings.changed settings  {\"low_balance_alert\":\"10.0000\",\"rate_per_minute\":\"1.0000\"} \
             {\"low_balance_alert\":\"20.0000\",\"rate_per_minute\":\"0.7500\"}"
                .to_owned(),
            "customer.changed customer  {\"company\":\"Lovelace & Daughters\",\"timezone\":\"UTC\"} \
             {\"company\":\"Lovelace\",\"timezone\":\"Europe/Madrid\"}"
                .to_owned(),
            format!("hours.changed hours  {week} []"),
            "date.blocked 2026-02-02 Holiday  ".to_owned(),
            "date.unblocked 2026-02-02   ".to_owned(),
            "key.added retell   ".to_owned(),
            "customer.suspended customer  \"active\" \"suspended\"".to_owned(),
            "customer.activated customer  \"suspended\" \"active\"".to_owned(),
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_appointment_tells_its_times_and_not_its_guest() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    let booking = json!({
        "args": {"date": "2026-01-06", "time": "10:00", "caller_name": "Ben", "caller_phone": "+15550100123"},
        "call": {"call_id": "c1", "agent_id": "agent_7"},
    });
    let id = customer.function("book", &booking).await.field("appointment_id").as_str().unwrap().to_owned();
    customer.function("book", &booking).await;
    let tenant = app.tenant(&customer).await.by(ada());
    let number = domain::ids::AppointmentId(id["apt_".len()..].parse().unwrap());
    tenant.reschedule(number, at("2026-01-06T11:00:00Z"), None, OutsideHours::Refuse).await.unwrap();
    tenant.reschedule(number, at("2026-01-06T11:00:00Z"), None, OutsideHours::Refuse).await.unwrap();
    tenant.cancel(number, Some("Ill".to_owned())).await.unwrap();

    let got = lines(&app, &customer).await;
    let got: Vec<_> = got.into_iter().skip(1).collect(); // the payment
    let at = |time: &str, end: &str, status: &str| json!({"start_time": format!("2026-01-06T{time}:00Z"), "end_time": format!("2026-01-06T{end}:00Z"), "status": status});
    let (ten, eleven) = (at("10:00", "10:30", "scheduled"), at("11:00", "11:30", "scheduled"));
    let mut gone = at("11:00", "11:30", "cancelled");
    // That there is a reason, not which: it may say how somebody is.
    gone["changed"] = json!(["cancellation_reason"]);
    let who = |line: &Line| (line.0.clone(), line.1.clone(), line.2.clone(), line.3.clone());
    let told: Vec<_> = got.iter().map(who).collect();
    let line = |who: &str, action: &str, why: Option<&str>| {
        (who.to_owned(), action.to_owned(), id.clone(), why.map(str::to_owned))
    };
    let expected = [
        line("agent agent_7", "appointment.booked", None),
        line("user usr_ada", "appointment.moved", None),
        line("user usr_ada", "appointment.cancelled", None),
    ];
    assert_eq!(told, expected);
    let values: Vec<_> = got.into_iter().map(|line| (line.4, line.5)).collect();
    let expected = [(None, Some(ten.clone())), (Some(ten), Some(eleven.clone())), (Some(eleven), Some(gone))];
    assert_eq!(values, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_that_was_not_committed_leaves_no_line() {
    let app = TestApp::start().await;
    let customer = app.poor_customer().await;
    let tenant = app.tenant(&customer).await;
    tenant.credit(payment("first", "1")).await.unwrap();
    app.seam.next(Point::BeforeCommit, Verdict::Panic);
    assert!(tenant.credit(payment("second", "2")).await.is_err());
    assert_eq!(lines(&app, &customer).await.len(), 1);
    tenant.credit(payment("second", "2")).await.unwrap();
    assert_eq!(lines(&app, &customer).await.len(), 2);
}
