//! What became of events at the endpoints: listed and read.

use std::sync::Arc;

use actors::store::webhooks::log::{self, Filter};
use axum::Json;
use axum::extract::State;
use domain::ids::EndpointId;
use domain::users::Action;
use domain::webhooks::{self, attempt_in_words, failure_in_words, host_of};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::webhook::WebhookEvent;
use super::{endpoint_named, event_named, unknown_delivery};
use crate::http::Edge;
use crate::http::api::listing::{Listing, PageQuery, PeriodQuery};
use crate::http::path::Path;
use crate::http::problem::{Problem, Problems};
use crate::http::query::Queries;
use crate::http::session::SignedIn;

/// What became of an event.
#[derive(Serialize, Deserialize, ToSchema, Clone, Copy)]
#[serde(rename_all = "lowercase")]
pub enum DeliveryStatus {
    /// It waits to be sent, for the first time or again.
    Pending,
    /// It was accepted.
    Delivered,
    /// It is not tried any more, unless you ask for it.
    Failed,
}

impl From<webhooks::DeliveryStatus> for DeliveryStatus {
    fn from(status: webhooks::DeliveryStatus) -> Self {
        match status {
            webhooks::DeliveryStatus::Pending => Self::Pending,
            webhooks::DeliveryStatus::Delivered => Self::Delivered,
            webhooks::DeliveryStatus::Failed => Self::Failed,
        }
    }
}

impl From<DeliveryStatus> for webhooks::DeliveryStatus {
    fn from(status: DeliveryStatus) -> Self {
        match status {
            DeliveryStatus::Pending => Self::Pending,
            DeliveryStatus::Delivered => Self::Delivered,
            DeliveryStatus::Failed => Self::Failed,
        }
    }
}

/// What a list is narrowed to.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct DeliveriesQuery {
    /// One webhook.
    #[param(pattern = "^ep_[0-9]{1,18}$", example = "ep_12")]
    endpoint_id: Option<String>,
    /// One kind of event.
    event: Option<WebhookEvent>,
    status: Option<DeliveryStatus>,
}

/// An event at an endpoint.
#[derive(Serialize, ToSchema)]
pub struct Delivery {
    #[schema(example = "ep_12")]
    endpoint_id: String,
    #[schema(example = "evt_123")]
    event_id: String,
    event: WebhookEvent,
    /// What it is about.
    #[schema(example = "call_122")]
    subject: String,
    /// Its place among all events of the business.
    #[schema(required, minimum = 1, example = 17)]
    sequence: Option<i64>,
    status: DeliveryStatus,
    /// All attempts so far.
    #[schema(minimum = 0, example = 1)]
    attempts: u32,
    /// Of one that waits: when it is tried next, as long as its webhook is on.
    #[schema(required)]
    next_attempt_at: Option<Timestamp>,
    /// What the last attempt was answered.
    #[schema(required, minimum = 100, maximum = 999, example = 204)]
    response_code: Option<u16>,
    /// Why the last attempt was none.
    #[schema(required, example = "Your server answered 500.")]
    failure: Option<String>,
    /// When it arrived or was given up.
    #[schema(required)]
    ended_at: Option<Timestamp>,
    /// When it happened.
    created_at: Timestamp,
}

impl From<log::Delivery> for Delivery {
    fn from(of: log::Delivery) -> Self {
        let host = host_of(&of.url);
        let failure = of.failure.map(|failure| failure_in_words(host, failure, of.response_code));
        Self {
            endpoint_id: of.endpoint.to_string(),
            event_id: of.event.to_string(),
            event: WebhookEvent(of.kind),
            subject: of.subject,
            sequence: of.sequence,
            status: of.status.into(),
            attempts: of.attempts,
            next_attempt_at: of.next_at,
            response_code: of.response_code,
            failure,
            ended_at: of.ended_at,
            created_at: of.created_at,
        }
    }
}

/// A request that was made.
#[derive(Serialize, ToSchema)]
pub struct DeliveryAttempt {
    /// 1, 2, 3 …
    #[schema(minimum = 1, example = 1)]
    number: u32,
    started_at: Timestamp,
    /// Null where it is under way, or was cut off by the end of our server.
    #[schema(required, minimum = 0, example = 84)]
    took_ms: Option<u32>,
    #[schema(required, minimum = 100, maximum = 999, example = 204)]
    response_code: Option<u16>,
    /// What your server said, the first 4 KiB.
    #[schema(required, example = "ok")]
    response: Option<String>,
    /// What came of it in a sentence.
    #[schema(required, example = "Delivered in 84 ms: your server answered 204.")]
    in_words: Option<String>,
}

/// An event at an endpoint, with what was sent and every attempt.
#[derive(Serialize, ToSchema)]
pub struct DeliveryDetail {
    #[serde(flatten)]
    delivery: Delivery,
    /// What was sent, byte for byte; null before the first attempt.
    #[schema(required)]
    body: Option<String>,
    /// The newest first; at most 50.
    attempt_log: Vec<DeliveryAttempt>,
}

impl From<log::Opened> for DeliveryDetail {
    fn from(opened: log::Opened) -> Self {
        let log::Opened { delivery, body, attempts } = opened;
        let host = host_of(&delivery.url).to_owned();
        let attempt = |it: log::Attempt| DeliveryAttempt {
            in_words: in_words(&host, &it),
            number: it.number,
            started_at: it.started_at,
            took_ms: it.took_ms,
            response_code: it.response_code,
            response: it.response,
        };
        let attempt_log = attempts.into_iter().map(attempt).collect();
        Self { delivery: delivery.into(), body, attempt_log }
    }
}

/// What came of an attempt; nothing while it is under way.
pub fn in_words(host: &str, attempt: &log::Attempt) -> Option<String> {
    Some(attempt_in_words(host, attempt.response_code, attempt.failure, attempt.took_ms?))
}

/// List deliveries
///
/// What became of each event at each webhook, the newest first. Of a period those that happened in it.
#[utoipa::path(get, path = "/api/webhooks/deliveries", operation_id = "listDeliveries", tag = "Webhooks",
    security(("token" = []), ("session" = [])), params(DeliveriesQuery, PageQuery, PeriodQuery),
    responses((status = 200, body = Listing<Delivery>), Problems)
)]
pub async fn list(
    State(edge): State<Arc<Edge>>,
    who: SignedIn,
    Queries((asked, page, period)): Queries<(DeliveriesQuery, PageQuery, PeriodQuery)>,
) -> Result<Json<Listing<Delivery>>, Problem> {
    let customer = who.member(Action::ViewBilling)?;
    let filter = Filter {
        endpoint: asked.endpoint_id.as_deref().map(endpoint).transpose()?,
        kind: asked.event.map(|WebhookEvent(kind)| kind),
        status: asked.status.map(Into::into),
        period: period.period(&who)?,
    };
    let page = log::page(&edge.store, customer, &filter, page.request()?).await?;
    Ok(Json(page.into()))
}

/// As a filter: what can be no name is a mistake, what is nobody's finds nothing.
fn endpoint(text: &str) -> Result<EndpointId, Problem> {
    let wrong = |_| Problem::invalid_field("endpoint_id", "send the name of a webhook, ep_12");
    endpoint_named(text).map_err(wrong)
}

/// Read a delivery
///
/// With what was sent and every attempt.
#[utoipa::path(get, path = "/api/webhooks/deliveries/{endpoint}/{event}", operation_id = "getDelivery",
    tag = "Webhooks", security(("token" = []), ("session" = [])),
    params(("endpoint" = String, Path, example = "ep_12"), ("event" = String, Path, example = "evt_123")),
    responses((status = 200, body = DeliveryDetail), Problems)
)]
pub async fn show(
    State(edge): State<Arc<Edge>>,
    who: SignedIn,
    Path((endpoint, event)): Path<(String, String)>,
) -> Result<Json<DeliveryDetail>, Problem> {
    let customer = who.member(Action::ViewBilling)?;
    let (endpoint, event) = (endpoint_named(&endpoint)?, event_named(&event)?);
    let found = log::find(&edge.store, customer, endpoint, event).await?;
    found.map(|found| Json(found.into())).ok_or_else(unknown_delivery)
}
