//! API tokens: keys with which a customer's own programs act as one of its users.

use std::sync::Arc;

use actors::store::auth;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use domain::ids::Realm;
use domain::users::Viewer;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::http::Edge;
use crate::http::json::Json;
use crate::http::path::Path;
use crate::http::problem::{Document, Problem, Problems};
use crate::http::session::{API_TOKEN_PREFIX, SignedIn};
use crate::http::typed;

/// Characters of the name of an API token.
const NAME_CHARS_MAX: usize = 100;

/// A key with which a program acts as its user.
#[derive(Serialize, ToSchema)]
pub struct ApiToken {
    #[schema(example = "tok_5x7k3q")]
    id: String,
    #[schema(example = "Booking site")]
    name: String,
    #[schema(example = "2026-01-12T09:12:31Z")]
    created_at: Timestamp,
    /// To the minute.
    #[schema(required)]
    last_used_at: Option<Timestamp>,
}

impl From<auth::ApiToken> for ApiToken {
    fn from(token: auth::ApiToken) -> Self {
        let auth::ApiToken { id, name, created_at, last_used_at } = token;
        Self { id, name, created_at, last_used_at }
    }
}

/// List API tokens
///
/// One's own; the tokens themselves are not kept.
#[utoipa::path(get, path = "/api/auth/tokens", tag = "Signing in", security(("token" = []), ("session" = [])),
    responses(
        (status = 200, body = Vec<ApiToken>),
        Problems
    )
)]
pub async fn list(
    State(edge): State<Arc<Edge>>,
    signed_in: SignedIn,
) -> Result<axum::Json<Vec<ApiToken>>, Problem> {
    let customer = signed_in.customer()?;
    let tokens = auth::tokens(&edge.store, customer, &signed_in.person).await?;
    Ok(axum::Json(tokens.into_iter().map(ApiToken::from).collect()))
}

/// What a token is to be called.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewApiToken {
    #[schema(min_length = 1, max_length = 100, example = "Booking site")]
    name: String,
}

/// A token just made.
#[derive(Serialize, ToSchema)]
pub struct CreatedApiToken {
    #[serde(flatten)]
    token: ApiToken,
    /// The token itself; it is shown this once.
    #[schema(example = "voice_ae_…")]
    secret: String,
}

/// Make an API token
///
/// It has the rights of its user, now and whenever they change. Only in a session: a token makes no
/// other, so that whoever finds one cannot
/// hide another behind it.
#[utoipa::path(post, path = "/api/auth/tokens", tag = "Signing in", request_body = NewApiToken,
    security(("session" = [])),
    responses(
        (status = 201, body = CreatedApiToken),
        (status = 403, body = Document, content_type = "application/problem+json",
            description = "Asked with an API token (`session-needed`), or not allowed."),
        Problems
    )
)]
pub async fn create(
    State(edge): State<Arc<Edge>>,
    signed_in: SignedIn,
    Json(wanted): Json<NewApiToken>,
) -> Result<Response, Problem> {
    let (token, secret) = make(&edge, &signed_in, &wanted.name).await?;
    Ok((StatusCode::CREATED, axum::Json(CreatedApiToken { token: token.into(), secret })).into_response())
}

/// Makes a token; answers it with its secret.
pub async fn make(
    edge: &Edge,
    signed_in: &SignedIn,
    name: &str,
) -> Result<(auth::ApiToken, String), Problem> {
    if signed_in.session.is_none() {
        return Err(Problem::session_needed());
    }
    let customer = signed_in.customer()?;
    if matches!(signed_in.viewer, Viewer::Impersonator { .. }) {
        return Err(Problem::not_allowed());
    }
    if matches!(signed_in.viewer, Viewer::Member { is_suspended: true, .. }) {
        return Err(Problem::customer_suspended());
    }
    let name = typed::text("name", Some(name), NAME_CHARS_MAX)?
        .ok_or_else(|| Problem::invalid_field("name", "a name of 1 to 100 characters is needed"))?;
    let token = edge.vault.mint_token(Realm::Customer(customer));
    let now = edge.clock.now();
    let author = signed_in.author();
    let made = auth::create_token(&edge.store, customer, &signed_in.person, &token, &name, &author, now);
    let made = made.await?.ok_or_else(|| Problem::conflict("a user may have 20 tokens"))?;
    Ok((made, format!("{API_TOKEN_PREFIX}{}", token.reveal())))
}

/// Revoke an API token
#[utoipa::path(delete, path = "/api/auth/tokens/{id}", tag = "Signing in",
    security(("token" = []), ("session" = [])), params(("id" = String, Path, example = "tok_5x7k3q")),
    responses(
        (status = 204, description = "it opens nothing any more"),
        Problems
    )
)]
pub async fn revoke(
    State(edge): State<Arc<Edge>>,
    signed_in: SignedIn,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    let customer = signed_in.customer()?;
    let author = signed_in.author();
    let revoked =
        auth::revoke_token(&edge.store, customer, &signed_in.person, &id, &author, edge.clock.now()).await?;
    if revoked { Ok(StatusCode::NO_CONTENT) } else { Err(Problem::nothing_of_that_name("token")) }
}
