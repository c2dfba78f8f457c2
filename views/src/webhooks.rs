//! Webhooks: where a business's own systems hear of events, and what became of each.

mod catalogue;
mod delivery;
mod endpoint;
mod form;
mod json;
mod list;
mod log;
mod secret;
mod snippets;
mod words;

use domain::ids::{EndpointId, EventId};
use domain::webhooks::{DeliveryStatus, Endpoint, EventKind, State};
use jiff::Timestamp;

pub use catalogue::page as catalogue;
pub use delivery::{Attempt, Opened, page as delivery};
pub use endpoint::{Result, Shown, page as endpoint};
pub use form::Typed;
pub use list::{Listed, page as list};
pub use log::Log;

/// An endpoint, and how it goes there.
pub struct Watched {
    /// As it is kept.
    pub endpoint: Endpoint,
    /// The first failure since the last success.
    pub failing_since: Option<Timestamp>,
    /// It is left in peace until then.
    pub closed_until: Option<Timestamp>,
    /// The last success.
    pub delivered_at: Option<Timestamp>,
    /// Events of the last week that arrived.
    pub delivered: i64,
    /// Those that were given up.
    pub failed: i64,
    /// Those that wait.
    pub pending: i64,
}

/// An event at an endpoint.
pub struct Delivery {
    /// Where.
    pub endpoint: EndpointId,
    /// Whether anything goes there; `None`: it was removed.
    pub state: Option<State>,
    /// Of what.
    pub event: EventId,
    /// Which kind.
    pub kind: EventKind,
    /// What it is about, `call_12`.
    pub subject: String,
    /// What became of it.
    pub status: DeliveryStatus,
    /// All attempts.
    pub attempts: u32,
    /// Of one that waits: when it is tried next.
    pub next_at: Option<Timestamp>,
    /// Why the last attempt was none, in a sentence.
    pub why: Option<String>,
    /// When it arrived or was given up.
    pub ended_at: Option<Timestamp>,
    /// When it happened.
    pub created_at: Timestamp,
}
