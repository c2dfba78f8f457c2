//! A sign-in link, looked at: whoever fetches it changes nothing.

use std::net::IpAddr;
use std::sync::Arc;

use actors::store::auth::{self, Person};
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::auth::Purpose;
use domain::ids::{Digest32, Token};
use serde::Serialize;
use sha2::{Digest, Sha256};
use utoipa::ToSchema;
use views::auth::Mistake;

use crate::http::Edge;
use crate::http::pages::html;
use crate::http::path::Path;
use crate::http::problem::{Problem, Problems};
use crate::http::session::{Client, browser_cookie_name, cookie_of, look_up};

/// What a link leads to.
#[derive(Serialize, ToSchema)]
pub struct Link {
    /// The business, or the platform itself.
    #[schema(example = "Harbour Dental")]
    place: String,
    /// Whom it would sign in.
    #[schema(example = "owner@example.com")]
    email: String,
    #[schema(value_type = LinkPurpose)]
    purpose: &'static str,
    /// This is not the browser that asked: the code must be typed.
    #[schema(example = false)]
    needs_code: bool,
}

/// What a link is for; an invitation leads to asking for a sign-in link.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
#[expect(dead_code, reason = "the document's: the words are the domain's")]
enum LinkPurpose {
    SignIn,
    Invitation,
    CommandLine,
}

/// Look at a sign-in link
///
/// Changes nothing, however often it is fetched. A browser gets a page with a button.
#[utoipa::path(get, path = "/api/auth/verify/{token}", operation_id = "lookAtSignInLink", tag = "Signing in",
    params(("token" = String, Path, description = "The end of the link in the mail.", example = "ae_64sd4anacw")),
    responses(
        (status = 200, content((Link = "application/json"), (String = "text/html"))),
        Problems
    )
)]
pub async fn look(
    State(edge): State<Arc<Edge>>,
    Path(token): Path<String>,
    Client(client): Client,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let found = find(&edge, client, &token, &headers).await;
    if !wants_page(&headers) {
        let (_, found) = found?;
        return Ok(axum::Json(Link {
            place: place(&edge, &found.person),
            email: found.person.email,
            purpose: found.purpose.as_str(),
            needs_code: found.needs_code,
        })
        .into_response());
    }
    match found {
        Ok((_, found)) if found.purpose == Purpose::Invitation => Ok(html(views::auth::invited(
            &edge.platform_name,
            &place(&edge, &found.person),
            &found.person.email,
        ))),
        Ok((_, found)) => Ok(confirm(&edge, &found, None)),
        Err(problem) if problem.is_dead_link() => {
            Ok((StatusCode::NOT_FOUND, html(views::auth::dead(&edge.platform_name))).into_response())
        }
        Err(problem) => Err(problem),
    }
}

/// What a link leads to, and the link itself.
pub(super) async fn find(
    edge: &Edge,
    client: IpAddr,
    token: &str,
    headers: &HeaderMap,
) -> Result<(Token, auth::Found), Problem> {
    let token = Token::parse(token).ok_or_else(Problem::dead_link)?;
    let way = auth::look(&edge.store, &token, browser(edge, headers), edge.clock.now());
    let found = look_up(edge, client, &token, way).await?;
    found.map(|found| (token, found)).ok_or_else(Problem::dead_link)
}

/// Where a link signs in, as people know it.
pub(super) fn place(edge: &Edge, person: &Person) -> String {
    match &person.membership {
        Some(membership) => membership.company.clone(),
        None => edge.platform_name.clone(),
    }
}

/// The page with the button.
pub(super) fn confirm(edge: &Edge, found: &auth::Found, mistake: Option<Mistake>) -> Response {
    let place = place(edge, &found.person);
    html(views::auth::confirm(&edge.platform_name, &place, &found.person.email, found.needs_code, mistake))
}

/// By which the browser that asked for a link is known again.
pub(super) fn browser(edge: &Edge, headers: &HeaderMap) -> Option<Digest32> {
    cookie_of(headers, browser_cookie_name(edge)).map(|secret| digest(&secret))
}

/// What is stored of a secret.
pub(super) fn digest(text: &str) -> Digest32 {
    Sha256::digest(text.as_bytes()).into()
}

fn wants_page(headers: &HeaderMap) -> bool {
    let accepted = headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok()).unwrap_or_default();
    accepted.contains("text/html")
}
