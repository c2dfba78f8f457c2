//! What a customer's own systems are told: the events and the `data` of each.
//!
//! Rows of the outbox name what they are about; the body is built when it is first sent, from
//! the values below. Nothing here signs or sends.

use jiff::Timestamp;
use rust_decimal::{Decimal, dec};
use serde::Serialize;
use serde_json::Number;

use crate::appointments::Appointment;
use crate::billing::BalanceState;
use crate::ids::CallId;
use crate::money::Money;

/// The events, each named as it is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventKind {
    /// A call took place.
    CallCompleted,
    /// A call broke or was not answered.
    CallFailed,
    /// Retell has understood a call that was announced before.
    CallAnalyzed,
    /// Booked.
    AppointmentCreated,
    /// Moved.
    AppointmentUpdated,
    /// Called off.
    AppointmentCancelled,
    /// The guest came.
    AppointmentCompleted,
    /// The guest did not come.
    AppointmentNoShow,
    /// The balance fell below the threshold.
    BalanceLow,
    /// The balance reached zero.
    BalanceDepleted,
}

impl EventKind {
    /// As it is stored and sent.
    pub fn as_str(self) -> &'static str {
        match self {
            EventKind::CallCompleted => "call.completed",
            EventKind::CallFailed => "call.failed",
            EventKind::CallAnalyzed => "call.analyzed",
            EventKind::AppointmentCreated => "appointment.created",
            EventKind::AppointmentUpdated => "appointment.updated",
            EventKind::AppointmentCancelled => "appointment.cancelled",
            EventKind::AppointmentCompleted => "appointment.completed",
            EventKind::AppointmentNoShow => "appointment.no_show",
            EventKind::BalanceLow => "balance.low",
            EventKind::BalanceDepleted => "balance.depleted",
        }
    }

    /// The event of entering a state of the balance; nobody is told of being well.
    pub fn of_balance(state: BalanceState) -> Option<Self> {
        match state {
            BalanceState::Ok => None,
            BalanceState::Low => Some(Self::BalanceLow),
            BalanceState::Depleted => Some(Self::BalanceDepleted),
        }
    }
}

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
    /// `null` for a web call or a withheld number.
    pub caller_phone: Option<&'a str>,
    /// The platform's own expiring link, never Retell's.
    pub recording_url: Option<&'a str>,
    /// Left out per endpoint where the customer wants that.
    pub transcript: Option<&'a str>,
    /// What it was about.
    pub summary: Option<&'a str>,
}

/// Seconds as minutes with at most two decimals: shown, never multiplied.
pub fn minutes(seconds: u32) -> Number {
    let minutes = (Decimal::from(seconds) / dec!(60)).round_dp(2).normalize();
    minutes.to_string().parse().unwrap_or_else(|_| Number::from(seconds / 60))
}

/// The `data` of an appointment event.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AppointmentData<'a> {
    appointment_id: crate::ids::AppointmentId,
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
            caller_phone: Some("+1234567890"),
            recording_url: None,
            transcript: None,
            summary: None,
        };
        let text = serde_json::to_string(&data).unwrap();
        assert!(text.contains(r#""call_id":"call_123""#), "{text}");
        assert!(text.contains(r#""duration_minutes":5,"cost":5.00"#), "{text}");
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
