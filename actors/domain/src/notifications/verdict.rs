//! Whether a message that was queued still goes out: decided from how things stand when it is sent.

use jiff::Timestamp;

use super::{Channel, Occasion, Topic};
use crate::appointments::{Appointment, Status};
use crate::billing::BalanceState;
use crate::customers;

/// How things stand when a message is about to be sent.
#[derive(Debug, Clone)]
pub struct Circumstances<'a> {
    /// What it is about.
    pub topic: Topic,
    /// How it would go.
    pub channel: Channel,
    /// Of a reminder: the begin it reminds of.
    pub starts_at: Option<Timestamp>,
    /// The appointment as it is.
    pub appointment: Option<&'a Appointment>,
    /// The business.
    pub customer: customers::Status,
    /// What is left of its balance.
    pub balance: BalanceState,
    /// To whom it would go.
    pub recipient: &'a str,
    /// Whether the business sends messages by this way at all.
    pub is_enabled: bool,
    /// Whether the guest has answered STOP.
    pub is_opted_out: bool,
    /// Whether a later message by the same way tells of the same appointment; of a reminder, a later
    /// reminder.
    pub is_superseded: bool,
    /// Whether an earlier one by the same way was sent.
    pub was_told: bool,
}

/// Why a message is not sent any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Suppression {
    /// The account is closed.
    #[error("the account is closed")]
    Closed,
    /// There is no such appointment any more.
    #[error("the appointment is gone")]
    Gone,
    /// It was called off.
    #[error("the appointment is cancelled")]
    Cancelled,
    /// It has begun or is over.
    #[error("the appointment has begun or is over")]
    Over,
    /// It is at another time than the reminder was for.
    #[error("the appointment was moved")]
    Moved,
    /// A later message says how it is now.
    #[error("a later message tells how it is now")]
    Superseded,
    /// The guest has another address or number by now.
    #[error("the guest has another address by now")]
    OtherAddress,
    /// Switched off.
    #[error("messages of this kind are switched off")]
    SwitchedOff,
    /// The guest answered STOP.
    #[error("the guest has opted out")]
    OptedOut,
    /// Text messages and reminders need a balance.
    #[error("the balance is used up")]
    Depleted,
    /// Of a balance alert: it is well again.
    #[error("the balance has recovered")]
    Recovered,
}

/// What is sent, as what: an appointment that was moved before anybody was told of it is announced as a
/// new one. Confirmations by e-mail go out also when the balance is used up: they tell what was promised.
pub fn verdict(now: Timestamp, of: &Circumstances<'_>) -> Result<Topic, Suppression> {
    // Who has left still gets the last invoice.
    if matches!(of.topic, Topic::Invoice | Topic::Overdue) {
        return Ok(of.topic);
    }
    if of.customer == customers::Status::Closed {
        return Err(Suppression::Closed);
    }
    let occasion = match of.topic {
        Topic::Balance(told) if of.balance < told => return Err(Suppression::Recovered),
        Topic::Balance(_) | Topic::Endpoint | Topic::Invoice | Topic::Overdue => return Ok(of.topic),
        Topic::Appointment(occasion) => occasion,
    };
    let appointment = of.appointment.ok_or(Suppression::Gone)?;
    match (occasion, appointment.status) {
        (Occasion::Cancelled, Status::Cancelled) => {}
        (Occasion::Cancelled, _) => return Err(Suppression::Superseded),
        (_, Status::Scheduled) => {}
        (_, Status::Cancelled) => return Err(Suppression::Cancelled),
        (_, Status::Completed | Status::NoShow) => return Err(Suppression::Over),
    }
    if appointment.start <= now {
        return Err(Suppression::Over);
    }
    if occasion == Occasion::Reminder && of.starts_at != Some(appointment.start) {
        return Err(Suppression::Moved);
    }
    if of.channel.address(&appointment.guest) != Some(of.recipient) {
        return Err(Suppression::OtherAddress);
    }
    if of.is_superseded {
        return Err(Suppression::Superseded);
    }
    if !of.is_enabled {
        return Err(Suppression::SwitchedOff);
    }
    if of.is_opted_out {
        return Err(Suppression::OptedOut);
    }
    let needs_balance = of.channel == Channel::Sms || occasion == Occasion::Reminder;
    if needs_balance && of.balance == BalanceState::Depleted {
        return Err(Suppression::Depleted);
    }
    let told = if occasion == Occasion::Moved && !of.was_told { Occasion::Booked } else { occasion };
    Ok(Topic::Appointment(told))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::appointments::Guest;
    use crate::ids::AppointmentId;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn appointment(status: Status) -> Appointment {
        Appointment {
            id: AppointmentId(1),
            call: None,
            guest: Guest {
                email: Some("ana@example.com".to_owned()),
                phone: Some("+15550100123".to_owned()),
                ..Guest::default()
            },
            start: at("2026-01-15T10:00:00Z"),
            end: at("2026-01-15T10:30:00Z"),
            duration_minutes: 30,
            status,
            notes: None,
            cancellation_reason: None,
            revision: 1,
            created_at: Timestamp::UNIX_EPOCH,
            updated_at: Timestamp::UNIX_EPOCH,
            next_reminder_at: None,
            moves: 0,
            guest_moves: 0,
        }
    }

    fn usual(occasion: Occasion, appointment: &Appointment) -> Circumstances<'_> {
        Circumstances {
            topic: Topic::Appointment(occasion),
            channel: Channel::Email,
            starts_at: Some(appointment.start),
            appointment: Some(appointment),
            customer: customers::Status::Active,
            balance: BalanceState::Ok,
            recipient: "ana@example.com",
            is_enabled: true,
            is_opted_out: false,
            is_superseded: false,
            was_told: true,
        }
    }

    const BEFORE: &str = "2026-01-14T10:00:00Z";

    #[test]
    fn each_occasion_is_told_of_an_appointment_that_is_so_and_of_no_other() {
        use Occasion::{Booked, Cancelled, Moved, Reminder};
        for (status, told) in [
            (Status::Scheduled, [Ok(()), Ok(()), Err(Suppression::Superseded), Ok(())]),
            (
                Status::Cancelled,
                [
                    Err(Suppression::Cancelled),
                    Err(Suppression::Cancelled),
                    Ok(()),
                    Err(Suppression::Cancelled),
                ],
            ),
            (
                Status::Completed,
                [
                    Err(Suppression::Over),
                    Err(Suppression::Over),
                    Err(Suppression::Superseded),
                    Err(Suppression::Over),
                ],
            ),
        ] {
            let appointment = appointment(status);
            for (occasion, told) in [Booked, Moved, Cancelled, Reminder].into_iter().zip(told) {
                let got = verdict(at(BEFORE), &usual(occasion, &appointment));
                assert_eq!(got, told.map(|()| Topic::Appointment(occasion)), "{status:?} {occasion:?}");
            }
        }
    }

    #[test]
    fn nothing_is_told_of_what_has_begun_and_no_reminder_of_another_time() {
        let appointment = appointment(Status::Scheduled);
        for occasion in Occasion::ALL {
            assert!(verdict(appointment.start, &usual(occasion, &appointment)).is_err(), "{occasion:?}");
        }
        let stale = Circumstances { starts_at: Some(at(BEFORE)), ..usual(Occasion::Reminder, &appointment) };
        assert_eq!(verdict(at(BEFORE), &stale), Err(Suppression::Moved));
    }

    #[test]
    fn nothing_goes_to_an_address_that_is_the_guests_no_more() {
        let appointment = appointment(Status::Scheduled);
        let before = Circumstances { recipient: "anna@example.com", ..usual(Occasion::Booked, &appointment) };
        assert_eq!(verdict(at(BEFORE), &before), Err(Suppression::OtherAddress));
    }

    #[test]
    fn a_guest_who_was_told_nothing_yet_is_told_of_a_booking_not_of_a_move() {
        let appointment = appointment(Status::Scheduled);
        let untold = Circumstances { was_told: false, ..usual(Occasion::Moved, &appointment) };
        assert_eq!(verdict(at(BEFORE), &untold), Ok(Topic::Appointment(Occasion::Booked)));
    }

    #[test]
    fn a_used_up_balance_keeps_back_text_messages_and_reminders_only() {
        let appointment = appointment(Status::Scheduled);
        let poor = |channel, occasion| Circumstances {
            channel,
            recipient: channel.address(&appointment.guest).unwrap(),
            balance: BalanceState::Depleted,
            ..usual(occasion, &appointment)
        };
        for (channel, occasion, goes) in [
            (Channel::Email, Occasion::Booked, true),
            (Channel::Email, Occasion::Moved, true),
            (Channel::Email, Occasion::Reminder, false),
            (Channel::Sms, Occasion::Booked, false),
        ] {
            let got = verdict(at(BEFORE), &poor(channel, occasion));
            assert_eq!(got.is_ok(), goes, "{channel:?} {occasion:?}");
        }
    }

    #[test]
    fn an_alert_is_not_sent_once_the_balance_has_recovered() {
        let appointment = appointment(Status::Scheduled);
        use BalanceState::{Depleted, Low};
        for (told, balance, is_sent) in
            [(Low, BalanceState::Ok, false), (Low, Low, true), (Low, Depleted, true), (Depleted, Low, false)]
        {
            let alert = Circumstances {
                topic: Topic::Balance(told),
                balance,
                ..usual(Occasion::Booked, &appointment)
            };
            let expected = if is_sent { Ok(Topic::Balance(told)) } else { Err(Suppression::Recovered) };
            assert_eq!(verdict(at(BEFORE), &alert), expected, "{told:?} {balance:?}");
        }
    }
}
