//! Asking for a sign-in link on a page.

use std::sync::Arc;

use axum::extract::State;
use axum::http::header;
use axum::response::Response;
use serde::Deserialize;

use crate::http::Edge;
use crate::http::api::auth::login::{mails, send_link};
use crate::http::form::Form;
use crate::http::next::{is_ours, next_cookie};
use crate::http::pages::{html, see};
use crate::http::problem::Problem;
use crate::http::query::Query;
use crate::http::session::{Client, SignedIn};

/// Where somebody wanted to go.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wanted {
    next: Option<String>,
}

/// The form; the first page for whoever is signed in.
pub async fn show(
    State(edge): State<Arc<Edge>>,
    signed_in: Result<SignedIn, Problem>,
    Query(wanted): Query<Wanted>,
) -> Response {
    if signed_in.is_ok() {
        return see("/");
    }
    let next = wanted.next.as_deref().filter(|next| is_ours(next));
    html(views::auth::login(&edge.platform_name, "", next, None))
}

/// The form, filled in.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Login {
    #[serde(default)]
    email: String,
    next: Option<String>,
}

/// Sends a link. The answer is the same for every address, known or not.
pub async fn send(
    State(edge): State<Arc<Edge>>,
    Client(client): Client,
    Form(typed): Form<Login>,
) -> Result<Response, Problem> {
    let next = typed.next.as_deref().filter(|next| is_ours(next));
    let Some(email) = domain::customers::email(&typed.email) else {
        let error = Some("That is not an e-mail address.");
        return Ok(html(views::auth::login(&edge.platform_name, &typed.email, next, error)));
    };
    let (cookie, code) = send_link(&edge, client, &email)?;
    let mut response = html(views::auth::sent(&edge.platform_name, &email, &code, mails(&edge)));
    response.headers_mut().append(header::SET_COOKIE, cookie);
    if let Some(next) = next {
        response.headers_mut().append(header::SET_COOKIE, next_cookie(&edge, next));
    }
    Ok(response)
}
