//! `demo`: a sample customer who has been in business for a while, to look at and to call.
//!
//! Everything is made through the same doors as in real life: reports of calls, bookings, marks.
//! People have 555-01xx numbers and live at example.com.

mod calls;

use std::process::ExitCode;

use actors::clock::Clock;
use actors::store::arrivals::Kind;
use actors::store::customers::{api_key, by_email, is_empty, register};
use actors::tenant::{Booking, ManualPosting, TenantHandle};
use anyhow::{Context, bail};
use domain::audit::Author;
use domain::calendar::{HoursRow, MinuteOfDay, WeeklyHours};
use domain::calls::CallReport;
use domain::customers::{Profile, Status};
use domain::ids::AppointmentId;
use domain::invoices::{Percent, Tax};
use domain::money::Money;
use domain::retell::functions::Invocation;
use domain::retell::{Notice, read_notice};
use domain::settings::Settings;
use jiff::{SignedDuration, Span, Timestamp, ToSpan};
use serde_json::json;

use self::calls::{DAYS, calls};
use super::customer::Handover;
use crate::backend::Backend;
use crate::config::Config;

const EMAIL: &str = "owner@harbour-dental.example.com";
/// So many days ago its balance was topped up.
const TOPPED_UP_DAYS: i64 = 12;
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
    let began = now.checked_sub(SignedDuration::from_hours(24 * (DAYS + 1)))?;
    moved(&backend.clock, began);
    let registered = register(&backend.store, &backend.vault, profile.clone(), began).await?;
    let tenant = backend.tenants().get(registered.customer).await?.by(Author::system("demo"));
    let reports = live(backend, config, &tenant, now).await?;
    moved(&backend.clock, now);
    furnish(&tenant, now, &reports).await?;
    for kind in [Kind::Event, Kind::Function] {
        backend.arrivals().note(registered.customer, kind, None, now);
    }
    Handover::new(config, registered.customer, &profile, &registered.api_key).print(json)?;
    Ok(ExitCode::SUCCESS)
}

/// The past: what is paid and charged, each at its time, and what is due by then.
async fn live(
    backend: &Backend,
    config: &Config,
    tenant: &TenantHandle,
    now: Timestamp,
) -> anyhow::Result<Vec<CallReport>> {
    let invoicing = backend.invoicing(config);
    tenant.set_hours(hours().context("the hours are hours")?).await?;
    tenant.change_settings(settings().context("the settings are settings")?).await?;
    tenant.credit(payment("first", "250", "First payment")?).await?;
    invoicing.round(None).await?;
    let top_up = now.checked_sub(SignedDuration::from_hours(24 * TOPPED_UP_DAYS))?;
    let mut is_topped_up = false;
    let mut reports: Vec<CallReport> = Vec::new();
    for call in calls(now) {
        let Notice::Finished(report) = read_notice(&call)? else { bail!("a sample call is a finished call") };
        reports.push(*report);
    }
    reports.sort_by_key(|report| report.details.end_time);
    for report in &reports {
        let ended = report.details.end_time.context("a sample call has ended")?;
        if !is_topped_up && ended > top_up {
            moved(&backend.clock, top_up);
            tenant.credit(payment("second", "150", "Payment by transfer")?).await?;
            is_topped_up = true;
        }
        moved(&backend.clock, ended);
        // Cheap where nothing is due.
        invoicing.round(None).await?;
        tenant.record_call(report.clone()).await?;
    }
    moved(&backend.clock, now);
    invoicing.round(None).await?;
    Ok(reports)
}

/// Shows another time; never an earlier one than it has shown to the customer.
fn moved(clock: &Clock, to: Timestamp) {
    clock.advance(to.duration_since(clock.now()));
}

fn payment(key: &str, amount: &str, description: &str) -> anyhow::Result<ManualPosting> {
    Ok(ManualPosting {
        key: format!("demo-{key}"),
        amount: Money::parse(amount).context("that is an amount")?,
        description: description.to_owned(),
        author: "demo".to_owned(),
    })
}

/// A fee and a tax, so that there is something to read on an invoice.
fn settings() -> Option<Settings> {
    let mut settings = Settings::default();
    settings.rates.monthly_fee = Money::parse("29")?;
    settings.invoicing.tax = Some(Tax { name: Some("Sales tax".to_owned()), rate: Percent::parse("8.875")? });
    settings.invoicing.billing_address = Some("4 Quay Street\nPortland, ME 04101".to_owned());
    Some(settings)
}

/// What is ahead: appointments and a day off.
async fn furnish(tenant: &TenantHandle, now: Timestamp, reports: &[CallReport]) -> anyhow::Result<()> {
    let later = now.to_zoned(jiff::tz::TimeZone::UTC).date().checked_add(60.days())?;
    tenant.block_date(later, Some("Stock-taking".to_owned())).await?;
    let mut booked = Vec::new();
    for (days, time, name, last_digits, notes) in [
        (2, "09:30", "Ada Moreno", "21", "Check-up"),
        (2, "11:00", "Ben Ortiz", "22", "Crown, second visit"),
        (3, "14:00", "Chloé Dubois", "23", "First visit"),
        (6, "08:30", "Dmitri Volkov", "24", "Cleaning"),
        (7, "15:30", "Eleni Papadopoulou", "25", "Check-up"),
    ] {
        let phone = format!("+155501001{last_digits}");
        // Whoever has called has booked in that call; the others were booked by phone before.
        let call =
            reports.iter().find(|report| report.details.from_number.as_deref() == Some(&phone)).cloned();
        booked.extend(book(tenant, now, Wish { days, time, name, phone, notes, call }).await?);
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

/// What somebody books.
struct Wish {
    days: i64,
    time: &'static str,
    name: &'static str,
    phone: String,
    notes: &'static str,
    call: Option<CallReport>,
}

/// Books as an agent would, on the first open day from so many days ahead.
async fn book(tenant: &TenantHandle, now: Timestamp, wish: Wish) -> anyhow::Result<Option<AppointmentId>> {
    let Wish { days, time, name, phone, notes, call } = wish;
    let today = now.to_zoned(jiff::tz::TimeZone::UTC).date();
    let email = format!("{}@example.com", name.split(' ').next().unwrap_or("guest").to_lowercase());
    for days in days..days + 5 {
        let date = today.checked_add(Span::new().days(days))?;
        let args = json!({
            "date": date.to_string(), "time": time, "duration_minutes": 30, "caller_name": name,
            "caller_phone": phone, "caller_email": email, "notes": notes,
        });
        if let Booking::Booked(booked) = tenant.book(Invocation::read(&args).book(), call.clone()).await? {
            return Ok(Some(booked.id));
        }
    }
    Ok(None)
}
