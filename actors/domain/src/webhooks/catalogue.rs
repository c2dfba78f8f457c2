//! The catalogue of events, with an example of each: made by the code that makes the real ones.

use jiff::Timestamp;
use jiff::civil::date;

use super::{AppointmentData, CallData, EventKind, InvoiceData, TestData, balance_data, envelope, minutes};
use crate::appointments::{Appointment, Guest, Status};
use crate::ids::{AppointmentId, CallId, EventId, InvoiceId};
use crate::money::Money;

/// An event and what it looks like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Which.
    pub kind: EventKind,
    /// A body, as it is sent.
    pub example: String,
}

/// All events, each with an example.
pub fn catalogue() -> Vec<Entry> {
    let at = instant("2026-01-15T10:30:00Z");
    EventKind::ALL
        .iter()
        .zip(1_i64..)
        .map(|(kind, sequence)| Entry {
            kind: *kind,
            example: envelope(*kind, EventId(100 + sequence), sequence, at, &data(*kind)),
        })
        .collect()
}

fn data(kind: EventKind) -> String {
    match kind {
        EventKind::CallCompleted => call("completed", false),
        EventKind::CallFailed => call("no-answer", false),
        EventKind::CallAnalyzed => call("completed", true),
        EventKind::AppointmentCreated | EventKind::AppointmentUpdated => appointment(Status::Scheduled),
        EventKind::AppointmentCancelled => appointment(Status::Cancelled),
        EventKind::AppointmentCompleted => appointment(Status::Completed),
        EventKind::AppointmentNoShow => appointment(Status::NoShow),
        EventKind::BalanceLow => balance_data(amount("9.50"), amount("10")),
        EventKind::BalanceDepleted => balance_data(amount("-0.25"), amount("10")),
        EventKind::InvoiceFinalized => text(&InvoiceData {
            invoice_id: InvoiceId(7),
            invoice_number: "INV-1-0001",
            billing_period_start: date(2026, 1, 1),
            billing_period_end: date(2026, 1, 31),
            currency: "USD",
            subtotal: amount("120"),
            tax_amount: amount("25.20"),
            total: amount("145.20"),
            amount_due: Money::ZERO,
            due_date: date(2026, 2, 15),
        }),
        EventKind::WebhookTest => text(&TestData { message: "It works." }),
    }
}

fn call(status: &'static str, is_analyzed: bool) -> String {
    let took_place = status == "completed";
    let seconds = if took_place { 300 } else { 0 };
    text(&CallData {
        call_id: CallId(123),
        retell_call_id: "Jabr9TXYYJHfvl6Syypi88rdAHYHmcq6",
        duration_seconds: seconds,
        duration_minutes: minutes(seconds),
        cost: if took_place { amount("5") } else { Money::ZERO },
        status: Some(status),
        direction: Some("inbound"),
        start_time: Some(instant("2026-01-15T10:24:58Z")),
        end_time: Some(instant("2026-01-15T10:29:58Z")),
        caller_phone: Some("+12025550123"),
        recording_url: took_place.then_some("https://platform.example/api/recordings/\u{2026}"),
        transcript: Some(
            took_place.then_some("Agent: Hello! How can I help?\nUser: I would like a haircut."),
        ),
        summary: is_analyzed.then_some("The caller booked a haircut."),
        call_score: is_analyzed.then(|| 87.into()),
    })
}

fn appointment(status: Status) -> String {
    let at = instant("2026-01-15T10:30:00Z");
    text(&AppointmentData::from(&Appointment {
        id: AppointmentId(7),
        call: Some(CallId(123)),
        guest: Guest {
            name: Some("Ada Lovelace".to_owned()),
            phone: Some("+12025550123".to_owned()),
            email: Some("ada@example.com".to_owned()),
        },
        start: instant("2026-01-20T14:00:00Z"),
        end: instant("2026-01-20T14:30:00Z"),
        duration_minutes: 30,
        status,
        notes: None,
        cancellation_reason: (status == Status::Cancelled).then(|| "Ill".to_owned()),
        revision: 1,
        created_at: at,
        updated_at: at,
        next_reminder_at: None,
        moves: 0,
        guest_moves: 0,
    }))
}

fn text(data: &impl serde::Serialize) -> String {
    serde_json::to_string(data).expect("numbers, texts and instants are always serialisable")
}

fn instant(text: &str) -> Timestamp {
    text.parse().expect("written here")
}

fn amount(text: &str) -> Money {
    Money::parse(text).expect("written here")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_event_has_an_example_that_is_a_body_of_its_kind() {
        let catalogue = catalogue();
        assert_eq!(catalogue.len(), EventKind::ALL.len());
        for Entry { kind, example } in catalogue {
            let body: serde_json::Value = serde_json::from_str(&example).unwrap();
            assert_eq!(body["event"], kind.as_str());
            assert!(body["data"].is_object(), "{example}");
            assert_eq!(EventKind::parse(kind.as_str()), Some(kind));
        }
    }
}
