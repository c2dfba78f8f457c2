//! Webhooks: where a customer's own systems hear of events, and what became of each.

pub mod deliveries;
pub mod endpoints;
pub mod events;
pub mod first;
pub mod resending;
pub mod testing;
pub mod webhook;

use domain::ids::{EndpointId, EventId};

use crate::http::Edge;
use crate::http::problem::Problem;

/// The endpoint of that name, which may not exist.
pub fn endpoint_named(text: &str) -> Result<EndpointId, Problem> {
    let number = text.strip_prefix("ep_").and_then(|number| number.parse().ok());
    number.map(EndpointId).ok_or_else(unknown_endpoint)
}

/// The event of that name, which may not exist.
pub fn event_named(text: &str) -> Result<EventId, Problem> {
    let number = text.strip_prefix("evt_").and_then(|number| number.parse().ok());
    number.map(EventId).ok_or_else(unknown_delivery)
}

/// There is no endpoint of that name.
pub fn unknown_endpoint() -> Problem {
    Problem::nothing_of_that_name("webhook")
}

/// That event was not sent to that endpoint.
pub fn unknown_delivery() -> Problem {
    Problem::nothing_of_that_name("delivery")
}

/// An address as it is kept, if it may be spoken to at all. Where its name leads is looked at with each
/// request.
pub fn address(edge: &Edge, typed: &str) -> Result<String, Problem> {
    let nothing_leaves = || Problem::conflict("this platform cannot send webhooks: it knows no authorities");
    let checked = edge.webhooks.guard().ok_or_else(nothing_leaves)?.check(typed.trim());
    checked.map(|url| url.to_string()).map_err(|blocked| Problem::invalid_field("url", blocked.to_string()))
}
