//! An endpoint as it is answered, and as it is asked for.

use std::borrow::Cow;

use actors::store::webhooks::endpoints::Watched;
use domain::webhooks::{Edit, EventKind, New, State};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::openapi::schema::{ObjectBuilder, SchemaType, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use super::address;
use crate::http::Edge;
use crate::http::given::given;
use crate::http::problem::Problem;

/// A kind of event, as it is sent.
#[derive(Serialize, Deserialize, Clone, Copy)]
#[serde(transparent)]
pub struct WebhookEvent(pub EventKind);

impl PartialSchema for WebhookEvent {
    fn schema() -> RefOr<Schema> {
        let names = EventKind::ALL.iter().map(|kind| kind.as_str());
        let object =
            ObjectBuilder::new().schema_type(SchemaType::Type(Type::String)).enum_values(Some(names));
        object.description(Some("What has happened.")).into()
    }
}

impl ToSchema for WebhookEvent {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("WebhookEvent")
    }
}

/// Whether events go to an endpoint.
#[derive(Serialize, ToSchema, Clone, Copy)]
#[serde(rename_all = "lowercase")]
pub enum WebhookState {
    /// They do.
    Enabled,
    /// Somebody has switched it off.
    Paused,
    /// It answered 410 and was switched off.
    Gone,
    /// It accepted nothing for five days and was switched off.
    Failing,
}

impl From<State> for WebhookState {
    fn from(state: State) -> Self {
        match state {
            State::Enabled => Self::Enabled,
            State::Paused => Self::Paused,
            State::Gone => Self::Gone,
            State::Failing => Self::Failing,
        }
    }
}

/// What became of the events of the last seven days, by the newest 5,000 of them.
#[derive(Serialize, ToSchema)]
pub struct WebhookWeek {
    /// They arrived.
    #[schema(minimum = 0, example = 409)]
    delivered: i64,
    /// They were given up.
    #[schema(minimum = 0, example = 3)]
    failed: i64,
    /// They are on their way.
    #[schema(minimum = 0, example = 0)]
    pending: i64,
}

/// An endpoint: where the business's own systems hear of events.
#[derive(Serialize, ToSchema)]
pub struct Webhook {
    #[schema(example = "ep_12")]
    id: String,
    #[schema(example = "https://hooks.example.com/voice")]
    url: String,
    /// For people.
    #[schema(required, example = "Booking system")]
    description: Option<String>,
    /// Of what it hears.
    events: Vec<WebhookEvent>,
    /// Whether calls are told with what was said.
    sends_transcripts: bool,
    /// Whether events go there; otherwise `state` says why not.
    is_enabled: bool,
    state: WebhookState,
    state_since: Timestamp,
    /// The end of the secret with which is signed.
    #[schema(example = "9kQ=")]
    secret_last4: String,
    /// The secret. It is in the answer that makes it, and in no other.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "whsec_…")]
    secret: Option<String>,
    /// Until then the secret before signs, too.
    #[schema(required)]
    previous_secret_until: Option<Timestamp>,
    /// When something was accepted last.
    #[schema(required)]
    delivered_at: Option<Timestamp>,
    /// Failures since then.
    #[schema(minimum = 0, example = 0)]
    failures: u32,
    /// When the first of these was.
    #[schema(required)]
    failing_since: Option<Timestamp>,
    /// After failures in a row it is left in peace until then.
    #[schema(required)]
    resting_until: Option<Timestamp>,
    week: WebhookWeek,
    created_at: Timestamp,
}

impl From<Watched> for Webhook {
    fn from(watched: Watched) -> Self {
        let Watched { endpoint, failures, failing_since, closed_until, delivered_at, .. } = watched;
        Self {
            id: endpoint.id.to_string(),
            url: endpoint.url,
            description: endpoint.description,
            events: endpoint.events.into_iter().map(WebhookEvent).collect(),
            sends_transcripts: endpoint.sends_transcripts,
            is_enabled: endpoint.state == State::Enabled,
            state: endpoint.state.into(),
            state_since: endpoint.state_since,
            secret_last4: endpoint.secret_last4,
            secret: None,
            previous_secret_until: endpoint.previous_until,
            delivered_at,
            failures,
            failing_since,
            resting_until: closed_until,
            week: WebhookWeek {
                delivered: watched.delivered,
                failed: watched.failed,
                pending: watched.pending,
            },
            created_at: endpoint.created_at,
        }
    }
}

impl Webhook {
    /// The same with its secret, in the answer that makes it.
    pub fn with_secret(self, secret: &str) -> Self {
        Self { secret: Some(secret.to_owned()), ..self }
    }
}

/// An endpoint that is wanted.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewWebhook {
    /// Begins with `https://` and leads to the public internet.
    #[schema(max_length = 2000, example = "https://hooks.example.com/voice")]
    url: String,
    /// For people.
    #[serde(default)]
    #[schema(max_length = 200, example = "Booking system")]
    description: Option<String>,
    /// Of everything there is now where nothing is said.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false, min_items = 1)]
    events: Option<Vec<WebhookEvent>>,
    /// Whether calls are told with what was said.
    #[serde(default = "yes")]
    #[schema(default = true)]
    sends_transcripts: bool,
}

fn yes() -> bool {
    true
}

impl NewWebhook {
    /// What is asked of the tenant.
    pub fn wanted(self, edge: &Edge) -> Result<New, Problem> {
        Ok(New {
            description: said(self.description),
            events: self.events.map(kinds),
            sends_transcripts: self.sends_transcripts,
            ..New::of(address(edge, &self.url)?)
        })
    }
}

/// What is to be different; what is left out stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WebhookChange {
    /// Begins with `https://` and leads to the public internet.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false, max_length = 2000, example = "https://hooks.example.com/voice")]
    url: Option<String>,
    /// Null takes it away.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>, max_length = 200)]
    description: Option<Option<String>>,
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false, min_items = 1)]
    events: Option<Vec<WebhookEvent>>,
    /// Whether calls are told with what was said.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    sends_transcripts: Option<bool>,
    /// Switched on, what waits is sent at once.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    is_enabled: Option<bool>,
}

impl WebhookChange {
    /// What is asked of the tenant.
    pub fn edit(self, edge: &Edge) -> Result<Edit, Problem> {
        Ok(Edit {
            url: self.url.map(|url| address(edge, &url)).transpose()?,
            description: self.description.map(said),
            events: self.events.map(kinds),
            sends_transcripts: self.sends_transcripts,
            is_enabled: self.is_enabled,
        })
    }
}

/// Nothing but white space says nothing.
fn said(description: Option<String>) -> Option<String> {
    let description = description?;
    let description = description.trim();
    (!description.is_empty()).then(|| description.to_owned())
}

fn kinds(events: Vec<WebhookEvent>) -> Vec<EventKind> {
    events.into_iter().map(|WebhookEvent(kind)| kind).collect()
}
