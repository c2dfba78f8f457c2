//! The `data` of each event.

use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::{Decimal, dec};
use serde::Serialize;
use serde_json::Number;

use crate::appointments::Appointment;
use crate::ids::{AppointmentId, CallId, InvoiceId};
use crate::invoices::Invoice;
use crate::money::Money;

/// The `data` of a balance event, as JSON text. Stored with the outbox row: the balance moves on,
/// and delivery could not rebuild what it was at the crossing.
pub fn balance_data(balance: Money, low_balance_alert: Money) -> String {
    /// Serialised to text at once: a `Value` would lose [`Money`]'s exact digits.
    #[derive(Serialize)]
    struct Data {
        balance: Money,
        threshold: Money,
    }
    serde_json::to_string(&Data { balance, threshold: low_balance_alert })
        .expect("two numbers are always serialisable")
}

/// The `data` of a call event (specification §6.3).
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CallData<'a> {
    /// Ours.
    pub call_id: CallId,
    /// Retell's.
    pub retell_call_id: &'a str,
    /// Whole seconds.
    pub duration_seconds: u32,
    /// The same for people, see [`minutes`].
    pub duration_minutes: Number,
    /// Charged in all.
    pub cost: Money,
    /// `completed`, `failed` or `no-answer`; `null` where Retell did not say.
    pub status: Option<&'static str>,
    /// `inbound` or `outbound`, seen from the business; `null` for a web call.
    pub direction: Option<&'a str>,
    /// When it began; `null` where Retell did not say.
    pub start_time: Option<Timestamp>,
    /// When it ended.
    pub end_time: Option<Timestamp>,
    /// `null` for a web call or a withheld number.
    pub caller_phone: Option<&'a str>,
    /// The platform's own expiring link, never Retell's.
    pub recording_url: Option<&'a str>,
    /// Where the endpoint wants transcripts: else there is no such field.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transcript: Option<Option<&'a str>>,
    /// What it was about.
    pub summary: Option<&'a str>,
    /// How good it was, 0 to 100.
    pub call_score: Option<Number>,
}

/// Seconds as minutes with at most two decimals: shown, never multiplied.
pub fn minutes(seconds: u32) -> Number {
    let minutes = (Decimal::from(seconds) / dec!(60)).round_dp(2).normalize();
    minutes.to_string().parse().unwrap_or_else(|_| Number::from(seconds / 60))
}

/// The `data` of an appointment event.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AppointmentData<'a> {
    appointment_id: AppointmentId,
    call_id: Option<CallId>,
    guest_name: Option<&'a str>,
    guest_phone: Option<&'a str>,
    guest_email: Option<&'a str>,
    start_time: Timestamp,
    end_time: Timestamp,
    duration_minutes: u32,
    status: &'static str,
    notes: Option<&'a str>,
    cancellation_reason: Option<&'a str>,
}

impl<'a> From<&'a Appointment> for AppointmentData<'a> {
    fn from(appointment: &'a Appointment) -> Self {
        Self {
            appointment_id: appointment.id,
            call_id: appointment.call,
            guest_name: appointment.guest.name.as_deref(),
            guest_phone: appointment.guest.phone.as_deref(),
            guest_email: appointment.guest.email.as_deref(),
            start_time: appointment.start,
            end_time: appointment.end,
            duration_minutes: appointment.duration_minutes,
            status: appointment.status.as_str(),
            notes: appointment.notes.as_deref(),
            cancellation_reason: appointment.cancellation_reason.as_deref(),
        }
    }
}

/// The `data` of an invoice that is final.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct InvoiceData<'a> {
    /// Ours.
    pub invoice_id: InvoiceId,
    /// `INV-1-0001`.
    pub invoice_number: &'a str,
    /// The first day.
    pub billing_period_start: Date,
    /// The last day.
    pub billing_period_end: Date,
    /// ISO 4217.
    pub currency: &'a str,
    /// Without tax.
    pub subtotal: Money,
    /// On the subtotal.
    pub tax_amount: Money,
    /// With tax.
    pub total: Money,
    /// What prepaid balance has not covered.
    pub amount_due: Money,
    /// The last day on which it is not overdue.
    pub due_date: Date,
}

impl<'a> From<&'a Invoice> for InvoiceData<'a> {
    fn from(invoice: &'a Invoice) -> Self {
        let content = &invoice.content;
        Self {
            invoice_id: invoice.id,
            invoice_number: &invoice.number,
            billing_period_start: invoice.month.first_day(),
            billing_period_end: invoice.month.last_day(),
            currency: &invoice.currency,
            subtotal: content.subtotal,
            tax_amount: content.tax_amount,
            total: content.total,
            amount_due: invoice.amount_due,
            due_date: invoice.due_date,
        }
    }
}

/// The `data` of a test.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TestData<'a> {
    /// For whoever reads it on the other side.
    pub message: &'a str,
}
#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::AppointmentId;

    fn money(text: &str) -> Money {
        Money::parse(text).unwrap()
    }

    #[test]
    fn a_call_event_carries_what_the_specification_names_with_exact_amounts() {
        let data = CallData {
            call_id: CallId(123),
            retell_call_id: "c",
            duration_seconds: 300,
            duration_minutes: minutes(300),
            cost: money("5"),
            status: Some("completed"),
            direction: Some("inbound"),
            start_time: None,
            end_time: None,
            caller_phone: Some("+1234567890"),
            recording_url: None,
            transcript: None,
            summary: None,
            call_score: None,
        };
        let text = serde_json::to_string(&data).unwrap();
        assert!(text.contains(r#""call_id":"call_123""#), "{text}");
        assert!(text.contains(r#""duration_minutes":5,"cost":5.00"#), "{text}");
        assert!(!text.contains("transcript"), "{text}");
        assert_eq!(minutes(155).to_string(), "2.58");
    }

    #[test]
    fn a_balance_event_tells_the_balance_at_the_crossing() {
        assert_eq!(balance_data(money("9.5"), money("10")), r#"{"balance":9.50,"threshold":10.00}"#);
    }

    #[test]
    fn an_appointment_event_has_instants_in_utc() {
        let appointment = Appointment {
            id: AppointmentId(7),
            call: Some(CallId(3)),
            guest: crate::appointments::Guest { name: Some("Ada".to_owned()), ..Default::default() },
            start: "2026-01-15T10:00:00Z".parse().unwrap(),
            end: "2026-01-15T10:30:00Z".parse().unwrap(),
            duration_minutes: 30,
            status: crate::appointments::Status::NoShow,
            notes: None,
            cancellation_reason: None,
            revision: 1,
            created_at: Timestamp::UNIX_EPOCH,
            updated_at: Timestamp::UNIX_EPOCH,
            next_reminder_at: None,
            moves: 0,
            guest_moves: 0,
        };
        let data = serde_json::to_value(AppointmentData::from(&appointment)).unwrap();
        assert_eq!(data["appointment_id"], "apt_7");
        assert_eq!(data["start_time"], "2026-01-15T10:00:00Z");
        assert_eq!(data["status"], "no-show");
    }
}
