//! What the server says and is told, in the model's words.

use actors::error::Refusal;
use actors::tenant::{LedgerLine, ManualPosting};
use domain::appointments::{self, AppointmentRefusal};
use domain::billing::LedgerRefusal;
use domain::calendar::{HoursRow, MinuteOfDay, SlotRefusal, WeeklyHours};
use domain::invoices::{Percent, Tax};
use domain::money::Money;
use domain::settings::Settings;
use jiff::Timestamp;
use rust_decimal::Decimal;

use super::books::Line;
use super::business::{Appointment, Business, Objection};
use super::history::{Hours, Rules, phone};
use super::world::Decided;

pub fn line(got: Decided<LedgerLine>) -> Result<Line, Objection> {
    let got = got.answer.map_err(|refusal| named(&refusal))?;
    Ok((got.id.0, got.amount.amount(), got.balance_after.amount()))
}

/// The model's word for a refusal.
pub fn named(refusal: &Refusal) -> Objection {
    match refusal {
        Refusal::Suspended => Objection::Suspended,
        Refusal::Slot(refusal) => slot_objection(refusal),
        Refusal::UnknownAppointment => Objection::Unknown,
        Refusal::Appointment(AppointmentRefusal::Cancelled) => Objection::Cancelled,
        Refusal::Appointment(AppointmentRefusal::AlreadyClosed) => Objection::AlreadyClosed,
        Refusal::Appointment(AppointmentRefusal::TooLate) => Objection::TooLate,
        Refusal::Appointment(AppointmentRefusal::NotBegun) => Objection::NotBegun,
        Refusal::NotBlocked => Objection::NotBlocked,
        Refusal::NotACredit => Objection::NotACredit,
        Refusal::Ledger(LedgerRefusal::Zero) => Objection::Zero,
        Refusal::UnknownTransaction | Refusal::UnknownInvoice => Objection::Unknown,
        Refusal::RefundTooLarge => Objection::RefundTooLarge,
        Refusal::ChargeTakenBack => Objection::TakenBack,
        Refusal::InvoiceVoid => Objection::InvoiceVoid,
        Refusal::InvoiceRefunded => Objection::InvoiceRefunded,
        Refusal::KeyReused => Objection::KeyReused,
        other => panic!("{other:?} is not foreseen"),
    }
}

pub fn slot_objection(refusal: &SlotRefusal) -> Objection {
    match refusal {
        SlotRefusal::InThePast => Objection::Past,
        SlotRefusal::TooFarAhead { .. } => Objection::TooFarAhead,
        SlotRefusal::DayBlocked { .. } => Objection::Blocked,
        SlotRefusal::ClosedThatDay => Objection::Closed,
        SlotRefusal::OutsideHours => Objection::OutsideHours,
        SlotRefusal::OffGrid => Objection::OffGrid,
        SlotRefusal::Taken => Objection::Taken,
        other => panic!("{other:?} is not foreseen"),
    }
}

/// What is compared of an appointment.
pub type Shape = (i64, Timestamp, Timestamp, String);

pub fn seen(appointment: &appointments::Appointment) -> Shape {
    let status = appointment.status.as_str().to_owned();
    (appointment.id.0, appointment.start, appointment.end, status)
}

pub fn shape(model: &Business, expected: &Appointment) -> Shape {
    let (start, end) = (model.instant(expected.start), model.instant(expected.end));
    (expected.id, start, end, expected.status.to_owned())
}

pub fn posting(key: u8, amount: Decimal) -> ManualPosting {
    ManualPosting {
        key: key.to_string(),
        amount: Money::rounded(amount),
        description: "By hand".to_owned(),
        author: "test".to_owned(),
    }
}

pub fn settings(rules: &Rules) -> Settings {
    let mut settings = Settings::default();
    settings.rates.per_minute = Money::rounded(rules.rate);
    settings.rates.monthly_fee = Money::rounded(rules.monthly_fee);
    settings.invoicing.tax =
        rules.tax.map(|rate| Tax { name: None, rate: Percent::new(rate).expect("a rate") });
    settings.rates.increment_seconds = rules.increment;
    settings.rates.minimum_seconds = rules.minimum;
    settings.low_balance_alert = Money::rounded(rules.threshold);
    settings.booking.buffer_before_minutes = rules.buffer_before;
    settings.booking.buffer_after_minutes = rules.buffer_after;
    settings.booking.upcoming_per_caller_max = rules.upcoming_max;
    settings
}

pub fn weekly(week: &[Hours]) -> WeeklyHours {
    let minute = |minute: i64| MinuteOfDay::new(minute as u16).expect("a minute of a day");
    let row = |day_of_week, opens, closes, is_available| HoursRow {
        day_of_week,
        opens: minute(opens),
        closes: minute(closes),
        is_available,
    };
    let rows = week.iter().flat_map(|hours| {
        let lunch = hours.has_lunch.then(|| row(hours.day, 12 * 60, 13 * 60, false));
        [Some(row(hours.day, hours.opens, hours.closes, true)), lunch].into_iter().flatten()
    });
    WeeklyHours::new(rows.collect()).expect("hours that do not contradict each other")
}

/// The calls of the records, by name.
pub fn calls_expected(model: &Business) -> Vec<super::StoredCall> {
    let mut calls: Vec<_> = model
        .calls
        .iter()
        .map(|call| {
            let status = call.status.map(str::to_owned);
            let texts = (call.has_transcript, call.has_summary);
            let counts = (call.seconds as i32, call.entries as i32);
            (call.name.clone(), call.id, status, counts, call.cost, texts)
        })
        .collect();
    calls.sort();
    calls
}

/// The appointments of the records, by id.
pub fn appointments_expected(model: &Business) -> Vec<super::StoredAppointment> {
    let stored = |one: &Appointment| {
        let (start, end) = (model.instant(one.start).as_second(), model.instant(one.end).as_second());
        (one.id, Some(phone(one.caller)), one.call.clone(), start, end, one.status.to_owned())
    };
    let mut appointments: Vec<_> = model.appointments.iter().map(stored).collect();
    appointments.sort();
    appointments
}
