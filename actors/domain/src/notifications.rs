//! Messages: which there are, by which ways they go, when a guest is reminded, what still goes out.

mod reminders;
mod retries;
mod standing;
mod verdict;

use serde::{Deserialize, Serialize};

pub use reminders::{Reminders, RemindersRefusal};
pub use retries::pause_after;
pub use standing::{Receipt, Status};
pub use verdict::{Circumstances, Suppression, verdict};

use crate::appointments::Guest;
use crate::billing::{BalanceState, Rates};
use crate::money::Money;

/// The way a message goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Channel {
    /// A mail.
    Email,
    /// A text message.
    Sms,
}

impl Channel {
    /// All there are.
    pub const ALL: [Channel; 2] = [Channel::Email, Channel::Sms];

    /// As it is stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Channel::Email => "email",
            Channel::Sms => "sms",
        }
    }

    /// Where a guest gets messages this way.
    pub fn address(self, guest: &Guest) -> Option<&str> {
        match self {
            Channel::Email => guest.email.as_deref(),
            Channel::Sms => guest.phone.as_deref(),
        }
    }

    /// Reads [`Channel::as_str`].
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|channel| channel.as_str() == text)
    }
}

/// What a guest is told (specification §4.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Occasion {
    /// The appointment is theirs.
    Booked,
    /// It is at another time.
    Moved,
    /// It is called off.
    Cancelled,
    /// It is near.
    Reminder,
}

impl Occasion {
    /// All there are.
    pub const ALL: [Occasion; 4] =
        [Occasion::Booked, Occasion::Moved, Occasion::Cancelled, Occasion::Reminder];

    /// As it is stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Occasion::Booked => "booked",
            Occasion::Moved => "moved",
            Occasion::Cancelled => "cancelled",
            Occasion::Reminder => "reminder",
        }
    }

    /// Reads [`Occasion::as_str`].
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|occasion| occasion.as_str() == text)
    }
}

/// What a message is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Topic {
    /// A guest's appointment. Charged.
    Appointment(Occasion),
    /// The business's admins are told that the balance is low or used up. Free.
    Balance(BalanceState),
    /// They are told that an endpoint of their own systems was switched off. Free.
    Endpoint,
    /// They get an invoice. Free.
    Invoice,
    /// They are told that an invoice is overdue. Free.
    Overdue,
}

impl Topic {
    /// As it is stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Topic::Appointment(occasion) => occasion.as_str(),
            Topic::Endpoint => "endpoint_disabled",
            Topic::Invoice => "invoice",
            Topic::Overdue => "invoice_overdue",
            Topic::Balance(BalanceState::Depleted) => "balance_depleted",
            Topic::Balance(BalanceState::Low | BalanceState::Ok) => "balance_low",
        }
    }

    /// Reads [`Topic::as_str`].
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "balance_low" => Some(Topic::Balance(BalanceState::Low)),
            "endpoint_disabled" => Some(Topic::Endpoint),
            "invoice" => Some(Topic::Invoice),
            "invoice_overdue" => Some(Topic::Overdue),
            "balance_depleted" => Some(Topic::Balance(BalanceState::Depleted)),
            text => Occasion::parse(text).map(Topic::Appointment),
        }
    }

    /// Only messages to guests are charged.
    pub fn is_charged(self) -> bool {
        matches!(self, Topic::Appointment(_))
    }
}

/// What one message to a guest costs; `parts` are those of a text message.
pub fn cost(rates: &Rates, channel: Channel, parts: u32) -> Money {
    match channel {
        Channel::Email => rates.per_email,
        Channel::Sms => rates.cost_of_sms(parts),
    }
}

/// Stands for the address of a message to the business's admins: who they are is read when it is sent.
pub const TO_THE_ADMINS: &str = "admins";
