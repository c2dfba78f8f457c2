//! The one webhook of the specification: the oldest of the endpoints.

use std::sync::Arc;

use actors::error::{Error, Refusal};
use actors::store::webhooks::endpoints;
use actors::tenant::TenantHandle;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use domain::ids::{CustomerId, EndpointId};
use domain::users::Action;
use domain::webhooks::{Edit, Endpoint, EndpointRefusal, New};

use super::testing::{WebhookTest, test};
use super::unknown_endpoint;
use super::webhook::{Webhook, WebhookChange};
use crate::http::Edge;
use crate::http::json;
use crate::http::problem::{Problem, Problems};
use crate::http::session::SignedIn;

/// The webhook
///
/// For who has one: the oldest of `/api/settings/webhooks`.
#[utoipa::path(get, path = "/api/settings/webhook", operation_id = "getFirstWebhook", tag = "Webhooks",
    security(("token" = []), ("session" = [])),
    responses((status = 200, body = Webhook), Problems)
)]
pub async fn show(State(edge): State<Arc<Edge>>, who: SignedIn) -> Result<Json<Webhook>, Problem> {
    let customer = who.member(Action::ViewSettings)?;
    let first = endpoints::first(&edge.store, customer, edge.clock.now()).await?;
    first.map(|first| Json(first.into())).ok_or_else(unknown_endpoint)
}

/// Make or change the webhook
///
/// Where there is none it is made, for which `url` is needed; then the answer is 201 and holds the secret,
/// this once. Where there is one, what is left out stays.
#[utoipa::path(put, path = "/api/settings/webhook", operation_id = "putFirstWebhook", tag = "Webhooks",
    request_body = WebhookChange, security(("token" = []), ("session" = [])),
    responses((status = 200, body = Webhook), (status = 201, body = Webhook), Problems)
)]
pub async fn put(
    State(edge): State<Arc<Edge>>,
    who: SignedIn,
    json::Json(change): json::Json<WebhookChange>,
) -> Result<(StatusCode, Json<Webhook>), Problem> {
    let tenant = who.tenant(&edge, Action::ManageWebhooks).await?;
    let edit = change.edit(&edge)?;
    let first = endpoints::first(&edge.store, tenant.customer(), edge.clock.now()).await?;
    let id = match first {
        Some(first) => first.endpoint.id,
        None => match make(&tenant, &edit).await? {
            Some((endpoint, secret)) => {
                let webhook = super::endpoints::read(&edge, tenant.customer(), endpoint.id).await?;
                return Ok((StatusCode::CREATED, Json(webhook.with_secret(&secret))));
            }
            // Somebody was quicker: there is one to change, once it is committed.
            None => {
                tenant.snapshot().await?;
                self::first(&edge, tenant.customer()).await?
            }
        },
    };
    tenant.edit_endpoint(id, edit).await?;
    Ok((StatusCode::OK, Json(super::endpoints::read(&edge, tenant.customer(), id).await?)))
}

/// The first webhook, with its secret; `None` where there is one by now.
async fn make(tenant: &TenantHandle, edit: &Edit) -> Result<Option<(Endpoint, Arc<str>)>, Problem> {
    let needed = || Problem::invalid_field("url", "there is no webhook yet: an address is needed");
    let new = New {
        description: edit.description.clone().flatten(),
        events: edit.events.clone(),
        sends_transcripts: edit.sends_transcripts.unwrap_or(true),
        is_enabled: edit.is_enabled.unwrap_or(true),
        is_first: true,
        ..New::of(edit.url.clone().ok_or_else(needed)?)
    };
    match tenant.create_endpoint(new).await {
        Ok(made) => Ok(Some(made)),
        Err(Error::Refused(Refusal::Endpoint(EndpointRefusal::NotFirst))) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Remove the webhook
///
/// The oldest; of several the next is `/api/settings/webhook` afterwards.
#[utoipa::path(delete, path = "/api/settings/webhook", operation_id = "removeFirstWebhook", tag = "Webhooks",
    security(("token" = []), ("session" = [])),
    responses((status = 204, description = "nothing is sent there any more"), Problems)
)]
pub async fn remove(State(edge): State<Arc<Edge>>, who: SignedIn) -> Result<StatusCode, Problem> {
    let tenant = who.tenant(&edge, Action::ManageWebhooks).await?;
    tenant.remove_endpoint(first(&edge, tenant.customer()).await?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Test the webhook
///
/// As `/api/settings/webhooks/{id}/test` does.
#[utoipa::path(post, path = "/api/settings/webhook/test", operation_id = "testFirstWebhook", tag = "Webhooks",
    security(("token" = []), ("session" = [])),
    responses((status = 200, body = WebhookTest), Problems)
)]
pub async fn test_it(State(edge): State<Arc<Edge>>, who: SignedIn) -> Result<Json<WebhookTest>, Problem> {
    let customer = who.member(Action::ManageWebhooks)?;
    let id = first(&edge, customer).await?;
    test(&edge, &who, id).await.map(Json)
}

async fn first(edge: &Edge, customer: CustomerId) -> Result<EndpointId, Problem> {
    let first = endpoints::first(&edge.store, customer, edge.clock.now()).await?;
    first.map(|first| first.endpoint.id).ok_or_else(unknown_endpoint)
}
