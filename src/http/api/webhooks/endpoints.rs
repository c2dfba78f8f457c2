//! The endpoints of a customer: at most ten.

use std::sync::Arc;

use actors::store::webhooks::endpoints;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use domain::ids::{CustomerId, EndpointId};
use domain::users::Action;

use super::webhook::{NewWebhook, Webhook, WebhookChange};
use super::{endpoint_named, unknown_endpoint};
use crate::http::Edge;
use crate::http::json;
use crate::http::path::Path;
use crate::http::problem::{Problem, Problems};
use crate::http::session::SignedIn;

/// The webhooks, the oldest first
#[utoipa::path(get, path = "/api/settings/webhooks", operation_id = "listWebhooks", tag = "Webhooks",
    security(("token" = []), ("session" = [])),
    responses((status = 200, body = Vec<Webhook>), Problems)
)]
pub async fn list(State(edge): State<Arc<Edge>>, who: SignedIn) -> Result<Json<Vec<Webhook>>, Problem> {
    let customer = who.member(Action::ViewSettings)?;
    let all = endpoints::all(&edge.store, customer, edge.clock.now()).await?;
    Ok(Json(all.into_iter().map(Webhook::from).collect()))
}

/// Make a webhook
///
/// It hears of what happens from now on. The answer holds its secret, this once. There are at most ten.
#[utoipa::path(post, path = "/api/settings/webhooks", operation_id = "createWebhook", tag = "Webhooks",
    request_body = NewWebhook, security(("token" = []), ("session" = [])),
    responses((status = 201, body = Webhook), Problems)
)]
pub async fn create(
    State(edge): State<Arc<Edge>>,
    who: SignedIn,
    json::Json(new): json::Json<NewWebhook>,
) -> Result<(StatusCode, Json<Webhook>), Problem> {
    let tenant = who.tenant(&edge, Action::ManageWebhooks).await?;
    let (endpoint, secret) = tenant.create_endpoint(new.wanted(&edge)?).await?;
    let webhook = read(&edge, tenant.customer(), endpoint.id).await?;
    Ok((StatusCode::CREATED, Json(webhook.with_secret(&secret))))
}

/// A webhook
#[utoipa::path(get, path = "/api/settings/webhooks/{id}", operation_id = "getWebhook", tag = "Webhooks",
    security(("token" = []), ("session" = [])), params(("id" = String, Path, example = "ep_12")),
    responses((status = 200, body = Webhook), Problems)
)]
pub async fn show(
    State(edge): State<Arc<Edge>>,
    who: SignedIn,
    Path(id): Path<String>,
) -> Result<Json<Webhook>, Problem> {
    let customer = who.member(Action::ViewSettings)?;
    read(&edge, customer, endpoint_named(&id)?).await.map(Json)
}

/// Change a webhook
///
/// Either everything that is named is changed or nothing. One that is put elsewhere, or switched on, is
/// tried at once, however often it has failed before.
#[utoipa::path(patch, path = "/api/settings/webhooks/{id}", operation_id = "updateWebhook", tag = "Webhooks",
    request_body = WebhookChange, security(("token" = []), ("session" = [])),
    params(("id" = String, Path, example = "ep_12")),
    responses((status = 200, body = Webhook), Problems)
)]
pub async fn change(
    State(edge): State<Arc<Edge>>,
    who: SignedIn,
    Path(id): Path<String>,
    json::Json(change): json::Json<WebhookChange>,
) -> Result<Json<Webhook>, Problem> {
    let tenant = who.tenant(&edge, Action::ManageWebhooks).await?;
    let id = endpoint_named(&id)?;
    tenant.edit_endpoint(id, change.edit(&edge)?).await?;
    read(&edge, tenant.customer(), id).await.map(Json)
}

/// Remove a webhook
///
/// What waits for it is given up; what was sent can still be read.
#[utoipa::path(delete, path = "/api/settings/webhooks/{id}", operation_id = "removeWebhook", tag = "Webhooks",
    security(("token" = []), ("session" = [])), params(("id" = String, Path, example = "ep_12")),
    responses((status = 204, description = "nothing is sent there any more"), Problems)
)]
pub async fn remove(
    State(edge): State<Arc<Edge>>,
    who: SignedIn,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    let tenant = who.tenant(&edge, Action::ManageWebhooks).await?;
    tenant.remove_endpoint(endpoint_named(&id)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Replace the secret of a webhook
///
/// The answer holds the new one, this once. For 24 hours both sign, so that no event is refused while you
/// put it in place.
#[utoipa::path(post, path = "/api/settings/webhooks/{id}/secret", operation_id = "rotateWebhookSecret",
    tag = "Webhooks", security(("token" = []), ("session" = [])),
    params(("id" = String, Path, example = "ep_12")),
    responses((status = 200, body = Webhook), Problems)
)]
pub async fn rotate(
    State(edge): State<Arc<Edge>>,
    who: SignedIn,
    Path(id): Path<String>,
) -> Result<Json<Webhook>, Problem> {
    let tenant = who.tenant(&edge, Action::ManageWebhooks).await?;
    let id = endpoint_named(&id)?;
    let (_, secret) = tenant.rotate_endpoint_secret(id).await?;
    Ok(Json(read(&edge, tenant.customer(), id).await?.with_secret(&secret)))
}

/// An endpoint as it is now.
pub async fn read(edge: &Edge, customer: CustomerId, id: EndpointId) -> Result<Webhook, Problem> {
    let found = endpoints::one(&edge.store, customer, id, edge.clock.now()).await?;
    found.map(Webhook::from).ok_or_else(unknown_endpoint)
}
