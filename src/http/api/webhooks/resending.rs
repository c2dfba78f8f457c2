//! What was sent is sent again, and what was missed is sent after all.

use std::sync::Arc;

use actors::store::webhooks::resend;
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use domain::period::{Side, instant};
use domain::users::Action;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{endpoint_named, event_named, unknown_delivery, unknown_endpoint};
use crate::http::Edge;
use crate::http::api::listing::zone_of;
use crate::http::idempotency::once;
use crate::http::json::{self, JsonText};
use crate::http::path::Path;
use crate::http::problem::{Problem, Problems};
use crate::http::session::SignedIn;

/// Since when.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WebhookResending {
    /// An instant, or a day of the business.
    #[schema(example = "2026-01-15T08:00:00Z")]
    since: String,
}

/// What is on its way again.
#[derive(Serialize, Deserialize, ToSchema)]
pub struct WebhookResent {
    /// Events. With 10,000 there may be more: ask again.
    #[schema(minimum = 0, maximum = 10_000, example = 12)]
    pub resent: u64,
}

/// Send again what has failed
///
/// Everything that happened since then and was given up, with the body and the id it had; and what the
/// webhook would have heard of, had it been on. At most 10,000 events at a time. With an `Idempotency-Key`
/// the same request again gets the same answer.
#[utoipa::path(post, path = "/api/settings/webhooks/{id}/resend", operation_id = "resendFailedEvents",
    tag = "Webhooks", request_body = WebhookResending, security(("token" = []), ("session" = [])),
    params(
        ("id" = String, Path, example = "ep_12"),
        ("Idempotency-Key" = Option<String>, Header, min_length = 1, max_length = 200,
            description = "Names this request for a day.", example = "4f2a9c1e")
    ),
    responses((status = 202, body = WebhookResent), Problems)
)]
pub async fn since(
    State(edge): State<Arc<Edge>>,
    who: SignedIn,
    Path(id): Path<String>,
    headers: HeaderMap,
    JsonText(body): JsonText,
) -> Result<(StatusCode, Json<WebhookResent>), Problem> {
    who.require(Action::ManageWebhooks)?;
    let asked: WebhookResending = json::parse(&body)?;
    let route = format!("POST /api/settings/webhooks/{}/resend", endpoint_named(&id)?);
    let work = resend_since(&edge, &who, &id, &asked.since);
    let resent = once(&edge, &who, &route, &headers, &body, work).await?;
    Ok((StatusCode::ACCEPTED, Json(resent)))
}

/// The same, by what was typed.
pub async fn resend_since(
    edge: &Edge,
    who: &SignedIn,
    id: &str,
    since: &str,
) -> Result<WebhookResent, Problem> {
    let customer = who.member(Action::ManageWebhooks)?;
    let since = instant(since, Side::From, &zone_of(who)).ok_or_else(|| {
        Problem::invalid_field("since", "send a day, 2026-01-31, or an instant, 2026-01-31T12:00:00Z")
    })?;
    let (id, author, now) = (endpoint_named(id)?, who.author(), edge.clock.now());
    if since > now {
        return Err(Problem::invalid_field("since", "that is still to come"));
    }
    let resent = resend::since(&edge.store, customer, id, since, &author, now).await?;
    resent.map(|resent| WebhookResent { resent }).ok_or_else(unknown_endpoint)
}

/// Send an event again
///
/// With the body and the id it had, whatever became of it, and with all tries before it. Nothing is sent
/// to a webhook that is off: it waits until that is on.
#[utoipa::path(post, path = "/api/webhooks/deliveries/{endpoint}/{event}/resend", operation_id = "resendEvent",
    tag = "Webhooks", security(("token" = []), ("session" = [])),
    params(("endpoint" = String, Path, example = "ep_12"), ("event" = String, Path, example = "evt_123")),
    responses((status = 202, body = WebhookResent), Problems)
)]
pub async fn one(
    State(edge): State<Arc<Edge>>,
    who: SignedIn,
    Path((endpoint, event)): Path<(String, String)>,
) -> Result<(StatusCode, Json<WebhookResent>), Problem> {
    resend_one(&edge, &who, &endpoint, &event).await?;
    Ok((StatusCode::ACCEPTED, Json(WebhookResent { resent: 1 })))
}

/// The same, by the names.
pub async fn resend_one(edge: &Edge, who: &SignedIn, endpoint: &str, event: &str) -> Result<(), Problem> {
    let customer = who.member(Action::ManageWebhooks)?;
    let (endpoint, event) = (endpoint_named(endpoint)?, event_named(event)?);
    let (author, now) = (who.author(), edge.clock.now());
    match resend::one(&edge.store, customer, endpoint, event, &author, now).await? {
        true => Ok(()),
        false => Err(unknown_delivery()),
    }
}
