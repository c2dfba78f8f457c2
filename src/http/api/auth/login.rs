//! Asking for a sign-in link.

use std::net::IpAddr;
use std::sync::Arc;

use actors::secrets::random;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use domain::auth::{LINK_LIFE, code};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::links::digest;
use crate::delivery::sign_in::Asked;
use crate::http::Edge;
use crate::http::json::Json;
use crate::http::pages::html;
use crate::http::problem::{Problem, Problems};
use crate::http::session::{Client, browser_cookie};

/// Who wants to sign in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Login {
    /// The address of the account.
    #[schema(format = Email, max_length = 254, example = "owner@example.com")]
    email: String,
}

/// A link is on its way, if there is such an account.
#[derive(Serialize, ToSchema)]
pub struct LinkSent {
    /// What to tell the person.
    #[schema(example = "if there is such an account, a link is on its way")]
    message: String,
    /// To be typed where the link is opened in another browser.
    #[schema(example = "042317")]
    code: String,
    /// How long both count.
    #[schema(example = 600)]
    expires_in_seconds: i64,
}

/// Ask for a sign-in link
///
/// The answer is the same for every address, known or not. It sets a cookie: opened in this very
/// browser the link needs one click, in another one it needs the `code`.
#[utoipa::path(post, path = "/api/auth/login", operation_id = "requestSignInLink", tag = "Signing in",
    request_body = Login,
    responses(
        (status = 200, body = LinkSent, headers(("Set-Cookie" = String, description = "Knows this browser again."))),
        Problems
    )
)]
pub async fn ask(
    State(edge): State<Arc<Edge>>,
    Client(client): Client,
    Json(login): Json<Login>,
) -> Result<Response, Problem> {
    let email = domain::customers::email(&login.email)
        .ok_or_else(|| Problem::invalid_field("email", "that is not an e-mail address"))?;
    let (cookie, code) = send_link(&edge, client, &email)?;
    let sent = LinkSent {
        message: "if there is such an account, a link is on its way".to_owned(),
        code,
        expires_in_seconds: LINK_LIFE.as_secs(),
    };
    Ok(([(header::SET_COOKIE, cookie)], axum::Json(sent)).into_response())
}

/// Sends a link, in the background; answers the cookie of this browser and the code for another.
pub fn send_link(edge: &Edge, client: IpAddr, email: &str) -> Result<(HeaderValue, String), Problem> {
    edge.limits.admit_sign_in(email, client).map_err(Problem::too_many_for)?;
    let secret = data_encoding::HEXLOWER.encode(&random::<16>());
    let code = code(random());
    let asked = Asked { email: email.to_owned(), browser: digest(&secret), code: code.clone() };
    edge.sign_ins.send_link(asked).map_err(|_| Problem::overloaded())?;
    Ok((browser_cookie(edge, &secret), code))
}

/// Where the mails of a platform without a mail server are.
pub fn mails(edge: &Edge) -> Option<&'static str> {
    edge.mail_folder.as_ref().map(|_| "/dev/mail")
}

/// The same for somebody who was invited, without asking for the address again.
pub(super) fn ask_as_invited(
    edge: &Edge,
    client: IpAddr,
    email: &str,
    is_form: bool,
) -> Result<Response, Problem> {
    let (cookie, code) = send_link(edge, client, email)?;
    let cookie = [(header::SET_COOKIE, cookie)];
    if is_form {
        return Ok(
            (cookie, html(views::auth::sent(&edge.platform_name, email, &code, mails(edge)))).into_response()
        );
    }
    let sent = LinkSent {
        message: "a link is on its way".to_owned(),
        code,
        expires_in_seconds: LINK_LIFE.as_secs(),
    };
    Ok((cookie, axum::Json(sent)).into_response())
}
