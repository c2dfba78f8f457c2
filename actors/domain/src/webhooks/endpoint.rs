//! Where a customer's own systems hear of events.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::EventKind;
use crate::ids::EndpointId;

/// Endpoints that a customer may have.
pub const ENDPOINTS_MAX: usize = 10;
/// Bytes of an address.
pub const URL_MAX: usize = 2000;
/// Bytes of what somebody calls an endpoint.
pub const DESCRIPTION_MAX: usize = 200;
/// A secret that was replaced signs for this much longer, beside its successor.
pub const SECRET_OVERLAP: SignedDuration = SignedDuration::from_hours(24);

/// Whether events go to an endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// They do.
    Enabled,
    /// Somebody has switched it off.
    Paused,
    /// It answered 410: nobody wants them there any more.
    Gone,
    /// Nothing was accepted for days.
    Failing,
}

impl State {
    /// All there are.
    pub const ALL: [State; 4] = [State::Enabled, State::Paused, State::Gone, State::Failing];

    /// As it is stored.
    pub fn as_str(self) -> &'static str {
        match self {
            State::Enabled => "enabled",
            State::Paused => "paused",
            State::Gone => "gone",
            State::Failing => "failing",
        }
    }

    /// Reads [`State::as_str`].
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }
}

/// An endpoint as its tenant keeps it; secrets are not here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// `ep_12`. It gets events whose id is larger.
    pub id: EndpointId,
    /// Where.
    pub url: String,
    /// For people.
    pub description: Option<String>,
    /// Of what it hears: sorted, each once, never empty.
    pub events: Vec<EventKind>,
    /// Whether calls are told with what was said.
    pub sends_transcripts: bool,
    /// Whether it hears anything.
    pub state: State,
    /// Since when it is in that state.
    pub state_since: Timestamp,
    /// The end of the secret in force.
    pub secret_last4: String,
    /// Until when the secret before it signs too.
    pub previous_until: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
}

impl Endpoint {
    /// Whether an event goes here.
    pub fn hears(&self, kind: EventKind) -> bool {
        self.state == State::Enabled && self.events.contains(&kind)
    }
}

/// An endpoint that somebody wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct New {
    /// Where. Whether it may be spoken to is for the address guard.
    pub url: String,
    /// For people.
    pub description: Option<String>,
    /// Of what; `None`: of everything there is now.
    pub events: Option<Vec<EventKind>>,
    /// Whether calls are told with what was said.
    pub sends_transcripts: bool,
    /// Whether it hears anything from the beginning.
    pub is_enabled: bool,
    /// Only where there is none yet.
    pub is_first: bool,
}

/// What is to be different; what is `None` stays.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Edit {
    /// Where.
    pub url: Option<String>,
    /// For people; `Some(None)` takes it away.
    pub description: Option<Option<String>>,
    /// Of what.
    pub events: Option<Vec<EventKind>>,
    /// Whether calls are told with what was said.
    pub sends_transcripts: Option<bool>,
    /// Switched on or off by hand.
    pub is_enabled: Option<bool>,
}

/// Why an endpoint cannot be as wished.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EndpointRefusal {
    /// None, or none that can be chosen.
    #[error("choose at least one event")]
    NoEvents,
    /// Tests go where they are asked for.
    #[error("webhook.test cannot be subscribed to: it goes to the endpoint it is asked for")]
    NotSubscribable,
    /// Nobody types that much.
    #[error("the address is longer than {URL_MAX} bytes")]
    UrlTooLong,
    /// Nor that.
    #[error("the description is longer than {DESCRIPTION_MAX} bytes")]
    DescriptionTooLong,
    /// See [`ENDPOINTS_MAX`].
    #[error("there are {ENDPOINTS_MAX} webhooks already, which is as many as there can be")]
    TooMany,
    /// There is one already.
    #[error("there is an endpoint already")]
    NotFirst,
}

impl EndpointRefusal {
    /// The field that is wrong; `None` where it is not the wish but how many there are.
    pub fn field(self) -> Option<&'static str> {
        match self {
            EndpointRefusal::NoEvents | EndpointRefusal::NotSubscribable => Some("events"),
            EndpointRefusal::UrlTooLong => Some("url"),
            EndpointRefusal::DescriptionTooLong => Some("description"),
            EndpointRefusal::TooMany | EndpointRefusal::NotFirst => None,
        }
    }
}

impl New {
    /// One that hears of everything.
    pub fn of(url: String) -> Self {
        Self {
            url,
            description: None,
            events: None,
            sends_transcripts: true,
            is_enabled: true,
            is_first: false,
        }
    }

    /// The endpoint itself.
    pub fn endpoint(
        self,
        id: EndpointId,
        secret_last4: String,
        now: Timestamp,
    ) -> Result<Endpoint, EndpointRefusal> {
        let everything = || EventKind::ALL.iter().copied().filter(|kind| kind.is_subscribed_to()).collect();
        let endpoint = Endpoint {
            id,
            url: self.url,
            description: self.description,
            events: self.events.unwrap_or_else(everything),
            sends_transcripts: self.sends_transcripts,
            state: if self.is_enabled { State::Enabled } else { State::Paused },
            state_since: now,
            secret_last4,
            previous_until: None,
            created_at: now,
        };
        endpoint.checked()
    }
}

impl Endpoint {
    /// The endpoint as wished.
    pub fn edited(&self, edit: &Edit, now: Timestamp) -> Result<Self, EndpointRefusal> {
        let edit = edit.clone();
        let mut edited = Self {
            url: edit.url.unwrap_or_else(|| self.url.clone()),
            description: edit.description.unwrap_or_else(|| self.description.clone()),
            events: edit.events.unwrap_or_else(|| self.events.clone()),
            sends_transcripts: edit.sends_transcripts.unwrap_or(self.sends_transcripts),
            ..self.clone()
        };
        match edit.is_enabled {
            Some(true) => edited.turn(State::Enabled, now),
            // Why it is off already is worth more than that somebody wants it off.
            Some(false) if self.state == State::Enabled => edited.turn(State::Paused, now),
            _ => {}
        }
        edited.checked()
    }

    /// Puts it in a state.
    pub fn turn(&mut self, state: State, now: Timestamp) {
        if self.state != state {
            (self.state, self.state_since) = (state, now);
        }
    }

    fn checked(mut self) -> Result<Self, EndpointRefusal> {
        self.events.sort_unstable();
        self.events.dedup();
        if self.events.is_empty() {
            return Err(EndpointRefusal::NoEvents);
        }
        if !self.events.iter().all(|kind| kind.is_subscribed_to()) {
            return Err(EndpointRefusal::NotSubscribable);
        }
        if self.url.len() > URL_MAX {
            return Err(EndpointRefusal::UrlTooLong);
        }
        if self.description.as_ref().is_some_and(|description| description.len() > DESCRIPTION_MAX) {
            return Err(EndpointRefusal::DescriptionTooLong);
        }
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn endpoint(events: Option<Vec<EventKind>>) -> Result<Endpoint, EndpointRefusal> {
        let new = New { events, ..New::of("https://example.com/h".to_owned()) };
        new.endpoint(EndpointId(1), "abcd".to_owned(), Timestamp::UNIX_EPOCH)
    }

    #[test]
    fn an_endpoint_hears_of_what_it_has_chosen_while_it_is_on() {
        let mut chosen = endpoint(Some(vec![EventKind::BalanceLow, EventKind::BalanceLow])).unwrap();
        assert_eq!(chosen.events, [EventKind::BalanceLow]);
        assert!(chosen.hears(EventKind::BalanceLow) && !chosen.hears(EventKind::CallCompleted));
        chosen.turn(State::Gone, Timestamp::UNIX_EPOCH);
        assert!(!chosen.hears(EventKind::BalanceLow));
        let off = Edit { is_enabled: Some(false), ..Edit::default() };
        assert_eq!(chosen.edited(&off, Timestamp::UNIX_EPOCH).unwrap().state, State::Gone);
        let on = Edit { is_enabled: Some(true), ..Edit::default() };
        assert_eq!(chosen.edited(&on, Timestamp::UNIX_EPOCH).unwrap().state, State::Enabled);
    }

    #[test]
    fn an_endpoint_hears_of_something_and_of_no_test() {
        assert_eq!(endpoint(Some(vec![])), Err(EndpointRefusal::NoEvents));
        assert_eq!(endpoint(Some(vec![EventKind::WebhookTest])), Err(EndpointRefusal::NotSubscribable));
        assert_eq!(endpoint(None).unwrap().events.len(), EventKind::ALL.len() - 1);
    }
}
