//! The browsers in which somebody is signed in.

use std::sync::Arc;

use actors::store::auth;
use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::Edge;
use crate::http::path::Path;
use crate::http::problem::{Problem, Problems};
use crate::http::session::{SignedIn, ended_cookie, session_cookie_name};

/// A signed-in browser.
#[derive(Serialize, ToSchema)]
pub struct Session {
    #[schema(example = "ses_q3k7x5")]
    id: String,
    /// What the browser calls itself.
    #[schema(required, example = "Mozilla/5.0 (Macintosh)")]
    user_agent: Option<String>,
    /// Whence it signed in.
    #[schema(required, example = "203.0.113.7")]
    address: Option<String>,
    #[schema(example = "2026-01-12T09:12:31Z")]
    created_at: Timestamp,
    /// To the minute.
    #[schema(example = "2026-01-15T10:05:00Z")]
    last_seen_at: Timestamp,
    #[schema(example = "2026-01-29T10:05:00Z")]
    expires_at: Timestamp,
    /// The one that asks.
    #[schema(example = true)]
    is_current: bool,
}

/// List sessions
///
/// The browsers in which one is signed in.
#[utoipa::path(get, path = "/api/auth/sessions", tag = "Signing in",
    security(("token" = []), ("session" = [])),
    responses(
        (status = 200, body = Vec<Session>),
        Problems
    )
)]
pub async fn list(State(edge): State<Arc<Edge>>, signed_in: SignedIn) -> Result<Json<Vec<Session>>, Problem> {
    let sessions = auth::list(&edge.store, &signed_in.person, edge.clock.now()).await?;
    let shown = sessions.into_iter().map(|session| Session {
        is_current: signed_in.session.as_ref() == Some(&session.id),
        id: session.id,
        user_agent: session.user_agent,
        address: session.address,
        created_at: session.created_at,
        last_seen_at: session.last_seen_at,
        expires_at: session.expires_at,
    });
    Ok(Json(shown.collect()))
}

/// Sign a browser out
#[utoipa::path(delete, path = "/api/auth/sessions/{id}", tag = "Signing in",
    security(("token" = []), ("session" = [])), params(("id" = String, Path, example = "ses_q3k7x5")),
    responses(
        (status = 204, description = "signed out"),
        Problems
    )
)]
pub async fn end(
    State(edge): State<Arc<Edge>>,
    signed_in: SignedIn,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    match auth::end(&edge.store, &signed_in.person, &id).await? {
        true => Ok(StatusCode::NO_CONTENT),
        false => Err(Problem::nothing_of_that_name("session")),
    }
}

/// End this session
#[utoipa::path(post, path = "/api/auth/logout", operation_id = "signOut", tag = "Signing in", responses(
    (status = 204, description = "signed out; also when nobody was signed in"),
    Problems
))]
pub async fn end_this(
    State(edge): State<Arc<Edge>>,
    signed_in: Result<SignedIn, Problem>,
) -> Result<Response, Problem> {
    end_session(&edge, signed_in).await?;
    let cookie = [(header::SET_COOKIE, ended_cookie(&edge, session_cookie_name(&edge)))];
    Ok((StatusCode::NO_CONTENT, cookie).into_response())
}

/// Ends the session of whoever asks, if anybody. Not being able to tell is no sign-out.
pub async fn end_session(edge: &Edge, signed_in: Result<SignedIn, Problem>) -> Result<(), Problem> {
    match signed_in {
        Ok(SignedIn { person, session: Some(session), .. }) => {
            auth::end(&edge.store, &person, &session).await?;
            Ok(())
        }
        Ok(_) => Ok(()),
        Err(problem) if problem.is_not_signed_in() => Ok(()),
        Err(problem) => Err(problem),
    }
}
