//! A test event, sent while whoever asks waits for what comes of it.

use std::sync::Arc;

use actors::store::webhooks::endpoints;
use axum::Json;
use axum::extract::State;
use domain::ids::EndpointId;
use domain::users::Action;
use domain::webhooks::{attempt_in_words, host_of};
use serde::Serialize;
use utoipa::ToSchema;

use super::{endpoint_named, unknown_endpoint};
use crate::http::Edge;
use crate::http::path::Path;
use crate::http::problem::{Problem, Problems};
use crate::http::session::SignedIn;

/// What came of a test.
#[derive(Serialize, ToSchema)]
pub struct WebhookTest {
    /// Whether your server accepted it.
    pub delivered: bool,
    /// What it answered.
    #[schema(required, minimum = 100, maximum = 999, example = 204)]
    pub response_code: Option<u16>,
    /// From the request to the end of the answer, or to where it was given up.
    #[schema(minimum = 0, example = 84)]
    pub took_ms: u32,
    /// The same in a sentence that says what to mend.
    #[schema(example = "Delivered in 84 ms: your server answered 204.")]
    pub in_words: String,
    /// To be read at `/api/webhooks/deliveries/{endpoint}/{event}`.
    #[schema(example = "evt_12")]
    pub event_id: String,
}

/// Test a webhook
///
/// Sends `webhook.test`, signed as all events are, whatever the webhook hears of and whether it is on, and
/// waits for the answer: 15 seconds at most. It is tried once.
#[utoipa::path(post, path = "/api/settings/webhooks/{id}/test", operation_id = "testWebhook", tag = "Webhooks",
    security(("token" = []), ("session" = [])), params(("id" = String, Path, example = "ep_12")),
    responses((status = 200, body = WebhookTest), Problems)
)]
pub async fn test_one(
    State(edge): State<Arc<Edge>>,
    who: SignedIn,
    Path(id): Path<String>,
) -> Result<Json<WebhookTest>, Problem> {
    who.require(Action::ManageWebhooks)?;
    test(&edge, &who, endpoint_named(&id)?).await.map(Json)
}

/// Makes the event and its only attempt.
pub async fn test(edge: &Edge, who: &SignedIn, id: EndpointId) -> Result<WebhookTest, Problem> {
    let tenant = who.tenant(edge, Action::ManageWebhooks).await?;
    let customer = tenant.customer();
    let found = endpoints::one(&edge.store, customer, id, edge.clock.now()).await?;
    let url = found.ok_or_else(unknown_endpoint)?.endpoint.url;
    let place = edge.webhooks.place_for_test(customer)?;
    let event = tenant.test_endpoint(id).await?;
    let result = edge.webhooks.test_now(place, id, event).await?;
    let took_ms = result.took_ms;
    Ok(WebhookTest {
        delivered: result.failure.is_none(),
        response_code: result.response_code,
        took_ms,
        in_words: attempt_in_words(host_of(&url), result.response_code, result.failure, took_ms),
        event_id: event.to_string(),
    })
}
