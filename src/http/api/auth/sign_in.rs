//! Signing in by a link.

use std::sync::Arc;

use actors::store::auth::{self, Fresh, Opening, Person, Proof};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::audit::Author;
use domain::auth::{Purpose, typed_code};
use domain::ids::Token;
use domain::users::Role;
use serde::Deserialize;
use utoipa::ToSchema;
use views::auth::Mistake;

use super::links::{browser, confirm, find};
use super::login::ask_as_invited;
use super::me::Me;
use crate::http::Edge;
use crate::http::body;
use crate::http::json::{is_form, is_json, parse};
use crate::http::next;
use crate::http::pages::{html, see};
use crate::http::path::Path;
use crate::http::problem::{Problem, Problems};
use crate::http::query;
use crate::http::session::{Client, session_cookie};

/// What is typed on the page of a link.
#[derive(Deserialize, ToSchema, Default)]
#[serde(deny_unknown_fields)]
pub struct Verification {
    /// The six digits shown where the link was asked for; needed in another browser only.
    #[serde(default)]
    #[schema(example = "042317")]
    code: Option<String>,
    /// IANA name of the browser's zone: the business's, as long as it has none of its own.
    #[serde(default)]
    #[schema(example = "Europe/Madrid")]
    timezone: Option<String>,
}

/// Sign in by a link
///
/// Ends the link and sets the session's cookie. With an invitation it asks for a sign-in link
/// instead and answers as `/api/auth/login` does.
#[utoipa::path(post, path = "/api/auth/verify/{token}", operation_id = "signIn", tag = "Signing in", request_body = Verification,
    params(("token" = String, Path, description = "The end of the link in the mail.", example = "ae_64sd4anacw")),
    responses(
        (status = 200, body = Me),
        Problems
    )
)]
pub async fn verify(
    State(edge): State<Arc<Edge>>,
    Path(token): Path<String>,
    Client(client): Client,
    request: Request,
) -> Result<Response, Problem> {
    let (parts, sent) = request.into_parts();
    let headers = parts.headers;
    let bytes = body::read_small(&headers, sent).await?;
    let is_form = is_form(&headers);
    if !is_form && !is_json(&headers) {
        return Err(Problem::not_json());
    }
    let typed: Verification = if is_form { query::parse(&bytes)? } else { parse(&bytes)? };
    let found = find(&edge, client, &token, &headers).await;
    let (token, found) = match found {
        Err(problem) if is_form && problem.is_dead_link() => {
            return Ok((StatusCode::NOT_FOUND, html(views::auth::dead(&edge.platform_name))).into_response());
        }
        found => found?,
    };
    if found.purpose == Purpose::Invitation {
        return ask_as_invited(&edge, client, &found.person.email, is_form);
    }
    let code = match typed.code.as_deref().map(str::trim).filter(|code| !code.is_empty()) {
        None => None,
        Some(text) => match typed_code(text) {
            Some(code) => Some(token.keyed_digest(&code)),
            None if is_form => return Ok(confirm(&edge, &found, Some(Mistake::CodeMissing))),
            None => return Err(Problem::invalid_field("code", "the code has six digits")),
        },
    };
    let session = edge.vault.mint_token(token.realm());
    let user_agent = headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok());
    let fresh = Fresh { token: &session, user_agent, address: client };
    let proof = Proof { browser: browser(&edge, &headers), code };
    match auth::open(&edge.store, &token, proof, &fresh, edge.clock.now()).await? {
        Opening::Open(person) => {
            adopt_time_zone(&edge, &person, typed.timezone.as_deref()).await;
            Ok(signed_in(&edge, &headers, &person, &session, is_form))
        }
        Opening::CodeNeeded if is_form => Ok(confirm(&edge, &found, Some(Mistake::CodeMissing))),
        Opening::CodeNeeded => Err(Problem::code_needed()),
        Opening::CodeWrong(left) if is_form && left > 0 => {
            Ok(confirm(&edge, &found, Some(Mistake::CodeWrong(left))))
        }
        Opening::CodeWrong(left) if left > 0 => Err(Problem::code_wrong(left)),
        Opening::CodeWrong(_) | Opening::Dead if is_form => {
            Ok((StatusCode::NOT_FOUND, html(views::auth::dead(&edge.platform_name))).into_response())
        }
        Opening::CodeWrong(_) | Opening::Dead => Err(Problem::dead_link()),
    }
}

fn signed_in(edge: &Edge, headers: &HeaderMap, person: &Person, session: &Token, is_form: bool) -> Response {
    let mut response =
        if is_form { see(&next::wanted(headers)) } else { axum::Json(Me::of(person)).into_response() };
    // The browser's own cookie stays: its mail may hold links to other places.
    response.headers_mut().append(header::SET_COOKIE, session_cookie(edge, session));
    response
}

/// A business that has set no zone is where its first admin's browser is. Signing in never fails
/// for it.
async fn adopt_time_zone(edge: &Edge, person: &Person, timezone: Option<&str>) {
    let (Some(membership), Some(zone)) = (&person.membership, timezone) else { return };
    if membership.role != Role::Admin || membership.timezone != "UTC" || zone.is_empty() {
        return;
    }
    let author = Author::user(&person.user, None);
    let adopted =
        async { edge.tenants.get(membership.customer).await?.by(author).adopt_timezone(zone).await };
    if let Err(error) = adopted.await {
        tracing::info!(%error, "the browser's time zone was not taken");
    }
}
