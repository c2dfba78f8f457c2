//! What a customer's own systems are told: the events, the `data` of each, to whom they go and when they
//! are tried again.
//!
//! Rows of the outbox name what they are about; the body is built when it is first sent. Nothing here
//! signs or sends.

mod catalogue;
mod circuit;
mod data;
mod delivery;
mod endpoint;
mod envelope;

pub use catalogue::{Entry, catalogue};
pub use circuit::{Failure, GIVE_UP_AFTER, RETRY_AFTER_MAX, TRIES, closed_for, pause_after, rest_for};
pub use data::{AppointmentData, CallData, InvoiceData, TestData, balance_data, minutes};
pub use delivery::{DeliveryStatus, attempt_in_words, failure_in_words, host_of};
pub use endpoint::{
    DESCRIPTION_MAX, ENDPOINTS_MAX, Edit, Endpoint, EndpointRefusal, New, SECRET_OVERLAP, State, URL_MAX,
};
pub use envelope::envelope;

use serde::{Deserialize, Serialize};

use crate::billing::BalanceState;

/// Declares the events, each named as it is sent, with what it tells in a sentence.
macro_rules! events {
    ($($(#[$doc:meta])* $kind:ident = $name:literal, $meaning:literal;)*) => {
        /// The events, each named as it is sent.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum EventKind {
            $($(#[$doc])* #[serde(rename = $name)] $kind,)*
        }

        impl EventKind {
            /// All there are, in the order in which people are shown them.
            pub const ALL: &[EventKind] = &[$(EventKind::$kind),*];

            /// As it is stored and sent.
            pub fn as_str(self) -> &'static str {
                match self { $(EventKind::$kind => $name,)* }
            }

            /// What has happened, for people.
            pub fn meaning(self) -> &'static str {
                match self { $(EventKind::$kind => $meaning,)* }
            }
        }
    };
}

events! {
    /// A call took place.
    CallCompleted = "call.completed", "A call has ended, is recorded and charged.";
    /// A call broke or was not answered.
    CallFailed = "call.failed", "A call broke off with an error or was not answered.";
    /// Retell has understood a call that was announced before.
    CallAnalyzed = "call.analyzed", "What a call was about is known: summary, score and the rest of its analysis.";
    /// Booked.
    AppointmentCreated = "appointment.created", "An appointment was booked.";
    /// Moved, or another detail changed.
    AppointmentUpdated = "appointment.updated", "An appointment was moved, or its details were changed.";
    /// Called off.
    AppointmentCancelled = "appointment.cancelled", "An appointment was called off.";
    /// The guest came.
    AppointmentCompleted = "appointment.completed", "An appointment was marked as kept.";
    /// The guest did not come.
    AppointmentNoShow = "appointment.no_show", "An appointment was marked as missed.";
    /// The balance fell below the threshold.
    BalanceLow = "balance.low", "The balance fell below the threshold at which you want to be told.";
    /// The balance reached zero.
    BalanceDepleted = "balance.depleted", "The balance is used up: new calls are declined.";
    /// A month is closed.
    InvoiceFinalized = "invoice.finalized", "The invoice of a month is ready.";
    /// Somebody wants to see whether it arrives.
    WebhookTest = "webhook.test", "You asked for a test. Goes to the endpoint it was asked for, whatever that has subscribed to.";
}

impl EventKind {
    /// Reads [`EventKind::as_str`].
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.as_str() == text)
    }

    /// Whether an endpoint chooses to hear of it.
    pub fn is_subscribed_to(self) -> bool {
        self != Self::WebhookTest
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
