//! `demo`: a sample customer who has been in business for a while, to look at and to call.
//!
//! Everything is made through the same doors as in real life: reports of calls, bookings, marks.
//! People have 555-01xx numbers and live at example.com.

use std::process::ExitCode;

use actors::store::customers::{api_key, by_email, is_empty, register};
use actors::tenant::{Booking, ManualPosting, TenantHandle};
use anyhow::{Context, bail};
use domain::audit::Author;
use domain::calendar::{HoursRow, MinuteOfDay, WeeklyHours};
use domain::customers::{Profile, Status};
use domain::ids::AppointmentId;
use domain::money::Money;
use domain::retell::functions::Invocation;
use domain::retell::{Notice, read_notice};
use jiff::{Span, Timestamp, ToSpan};
use serde_json::{Value, json};

use super::customer::Handover;
use crate::backend::Backend;
use crate::config::Config;

const EMAIL: &str = "owner@harbour-dental.example.com";
/// The database has customers, and none of them is the demo.
const NOT_EMPTY: u8 = 3;

fn profile() -> Profile {
    Profile {
        name: "Maria Keller".to_owned(),
        company: Some("Harbour Dental".to_owned()),
        email: EMAIL.to_owned(),
        phone: Some("+15550100100".to_owned()),
        timezone: "America/New_York".to_owned(),
        status: Status::Active,
    }
}

pub async fn run(backend: &Backend, config: &Config, json: bool) -> anyhow::Result<ExitCode> {
    if config.is_public() {
        bail!("a demo customer has no place on a public platform: PLATFORM_URL is https");
    }
    let profile = profile();
    if let Some(customer) = by_email(&backend.store, EMAIL).await? {
        let key = api_key(&backend.store, &backend.vault, customer).await?.context("the demo has no key")?;
        Handover::new(config, customer, &profile, &key).print(json)?;
        return Ok(ExitCode::SUCCESS);
    }
    if !is_empty(&backend.store).await? {
        eprintln!("voice-server: this database has customers; a demo is made in an empty one only");
        return Ok(ExitCode::from(NOT_EMPTY));
    }
    let now = backend.clock.now();
    let registered = register(&backend.store, &backend.vault, profile.clone(), now).await?;
    let tenant = backend.tenants().get(registered.customer).await?.by(Author::system("demo"));
    furnish(&tenant, now).await?;
    Handover::new(config, registered.customer, &profile, &registered.api_key).print(json)?;
    Ok(ExitCode::SUCCESS)
}

async fn furnish(tenant: &TenantHandle, now: Timestamp) -> anyhow::Result<()> {
    tenant
        .credit(ManualPosting {
            key: "demo".to_owned(),
            amount: Money::parse("50").context("fifty is an amount")?,
            description: "First payment".to_owned(),
            author: "demo".to_owned(),
        })
        .await?;
    tenant.set_hours(hours().context("the hours are hours")?).await?;
    let later = now.to_zoned(jiff::tz::TimeZone::UTC).date().checked_add(60.days())?;
    tenant.block_date(later, Some("Stock-taking".to_owned())).await?;
    for call in calls(now) {
        match read_notice(&call)? {
            Notice::Finished(report) => tenant.record_call(*report).await?,
            _ => bail!("a sample call is a finished call"),
        };
    }
    let mut booked = Vec::new();
    for (days, time, name, last_digits, notes) in [
        (2, "09:30", "Ada Moreno", "21", "Check-up"),
        (2, "11:00", "Ben Ortiz", "22", "Crown, second visit"),
        (3, "14:00", "Chloé Dubois", "23", "First visit"),
        (6, "08:30", "Dmitri Volkov", "24", "Cleaning"),
        (7, "15:30", "Eleni Papadopoulou", "25", "Check-up"),
    ] {
        booked.extend(book(tenant, now, days, time, name, last_digits, notes).await?);
    }
    if let [_, second, ..] = booked.as_slice() {
        tenant.cancel(*second, Some("The guest is ill".to_owned())).await?;
    }
    Ok(())
}

/// Monday to Friday with a lunch break.
fn hours() -> Option<WeeklyHours> {
    let row = |day_of_week, opens, closes, is_available| {
        let (opens, closes) = (MinuteOfDay::parse(opens)?, MinuteOfDay::parse(closes)?);
        Some(HoursRow { day_of_week, opens, closes, is_available })
    };
    let rows: Option<Vec<HoursRow>> = (1..=5)
        .flat_map(|day| [row(day, "08:30", "17:30", true), row(day, "12:30", "13:30", false)])
        .collect();
    WeeklyHours::new(rows?).ok()
}

/// Books as an agent would, on the first open day from `days` ahead.
async fn book(
    tenant: &TenantHandle,
    now: Timestamp,
    days: i64,
    time: &str,
    name: &str,
    last_digits: &str,
    notes: &str,
) -> anyhow::Result<Option<AppointmentId>> {
    let today = now.to_zoned(jiff::tz::TimeZone::UTC).date();
    for days in days..days + 5 {
        let date = today.checked_add(Span::new().days(days))?;
        let email = format!("{}@example.com", name.split(' ').next().unwrap_or("guest").to_lowercase());
        let args = json!({
            "date": date.to_string(), "time": time, "duration_minutes": 30, "caller_name": name,
            "caller_phone": format!("+155501001{last_digits}"), "caller_email": email, "notes": notes,
        });
        if let Booking::Booked(booked) = tenant.book(Invocation::read(&args).book(), None).await? {
            return Ok(Some(booked.id));
        }
    }
    Ok(None)
}

/// Calls of the last days, in both shapes in which they are reported.
fn calls(now: Timestamp) -> Vec<Value> {
    let at = |days: i64, minutes: i64| now - (days * 24 * 60 + minutes).minutes();
    let flat = |id: &str,
                start: Timestamp,
                seconds: i64,
                caller: &str,
                said: &str,
                summary: &str,
                score: i64| {
        json!({
            "call_id": id, "agent_id": "agent_demo", "call_type": "inbound",
            "from_number": caller, "to_number": "+15550100100",
            "start_time": start.to_string(), "end_time": (start + seconds.seconds()).to_string(),
            "duration_seconds": seconds, "transcript": said, "transcript_object": utterances(said, seconds), "call_summary": summary, "call_score": score,
            "call_analysis": {"user_sentiment": "Positive", "topics": ["appointment"]},
            "improvement_recommendations": ["Repeat the date before ending the call"],
        })
    };
    let missed = at(1, 200);
    vec![
        flat(
            "demo_seed_1",
            at(5, 90),
            184,
            "+15550100121",
            "Agent: Harbour Dental, good morning.\nUser: Hello, I would like a check-up next week.\nAgent: Tuesday at half past nine is free.\nUser: Perfect.",
            "Wants a check-up; booked for Tuesday morning.",
            91,
        ),
        flat(
            "demo_seed_2",
            at(3, 30),
            305,
            "+15550100122",
            "Agent: Harbour Dental.\nUser: My crown came loose.\nAgent: I am sorry. We have time at eleven.\nUser: I will be there.",
            "A crown came loose; second visit booked.",
            84,
        ),
        flat(
            "demo_seed_3",
            at(2, 400),
            41,
            "+15550100126",
            "Agent: Harbour Dental.\nUser: Are you open on Saturday?\nAgent: No, Monday to Friday.",
            "Asked for opening hours.",
            72,
        ),
        json!({"event": "call_ended", "call": {
            "call_id": "demo_seed_4", "agent_id": "agent_demo", "call_type": "phone_call",
            "direction": "inbound", "from_number": "+15550100127", "to_number": "+15550100100",
            "call_status": "not_connected", "disconnection_reason": "dial_no_answer",
            "start_timestamp": missed.as_millisecond(), "end_timestamp": missed.as_millisecond(),
        }}),
        flat(
            "demo_seed_5",
            at(0, 150),
            226,
            "+15550100123",
            "Agent: Harbour Dental.\nUser: Bonjour, it would be my first visit.\nAgent: Welcome! Two o'clock?\nUser: Yes please.",
            "First visit booked.",
            95,
        ),
    ]
}

/// A transcript with times: each line takes its part of the call, and a breath is after it.
fn utterances(said: &str, seconds: i64) -> Value {
    let lines: Vec<(&str, &str)> = said.lines().filter_map(|line| line.split_once(": ")).collect();
    let letters: usize = lines.iter().map(|(_, content)| content.len() + BREATH).sum();
    let mut spoken = 0;
    let utterances = lines.into_iter().map(|(speaker, content)| {
        let at = |letters_before: usize| share(seconds, letters_before, letters);
        let (start, end) = (at(spoken), at(spoken + content.len()));
        spoken += content.len() + BREATH;
        let role = if speaker == "Agent" { "agent" } else { "user" };
        json!({"role": role, "content": content, "words": [{"word": content, "start": start, "end": end}]})
    });
    utterances.collect()
}

/// Letters that somebody could have said while nobody speaks.
const BREATH: usize = 8;

/// So many letters of all of them, in tenths of seconds of a call.
fn share(seconds: i64, letters: usize, of: usize) -> f64 {
    let (letters, of) = (u32::try_from(letters).unwrap_or(u32::MAX), u32::try_from(of).unwrap_or(u32::MAX));
    let seconds = u32::try_from(seconds).unwrap_or_default();
    (f64::from(seconds) * f64::from(letters) / f64::from(of.max(1)) * 10.0).round() / 10.0
}
