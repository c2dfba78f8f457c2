//! The only place where errors become statuses: RFC 9457 `application/problem+json`.
//!
//! `type` is stable and short, `detail` is a sentence somebody can act on, `request_id` finds the
//! log line. A 500 says nothing else.

use std::any::Any;

use actors::error::{Error, Refusal, Unavailable};
use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

/// An answer that is not the one hoped for.
#[derive(Debug, Clone)]
pub struct Problem {
    status: StatusCode,
    kind: &'static str,
    detail: String,
    retry_after_seconds: Option<u32>,
}

#[derive(Serialize)]
struct Document<'a> {
    r#type: String,
    title: &'a str,
    status: u16,
    detail: &'a str,
    request_id: &'a str,
}

impl Problem {
    fn new(status: StatusCode, kind: &'static str, detail: impl Into<String>) -> Self {
        Self { status, kind, detail: detail.into(), retry_after_seconds: None }
    }

    fn retry_after(self, seconds: u32) -> Self {
        Self { retry_after_seconds: Some(seconds), ..self }
    }

    /// The key in the URL leads nowhere; why is nobody's business.
    pub fn unknown_key() -> Self {
        Self::new(StatusCode::NOT_FOUND, "unknown-key", "there is nothing at this address")
    }

    /// No route, or none for this peer.
    pub fn nothing_here() -> Self {
        Self::new(StatusCode::NOT_FOUND, "not-found", "there is nothing at this address")
    }

    /// The body is not signed as it must be.
    pub fn bad_signature(why: impl Into<String>) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "bad-signature", why)
    }

    /// The body is signed, by an agent of somebody else.
    pub fn agent_of_another() -> Self {
        Self::bad_signature("the agent in this body belongs to another customer")
    }

    /// The body makes no sense.
    pub fn bad_body(why: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "bad-body", why)
    }

    /// The body was not sent whole.
    pub fn body_cut_off() -> Self {
        Self::bad_body("the body ended before it was complete")
    }

    /// The body is too long.
    pub fn body_too_large(bytes_max: usize) -> Self {
        let detail = format!("a body may have {bytes_max} bytes");
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "body-too-large", detail)
    }

    /// The body is compressed.
    pub fn compressed_body() -> Self {
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "compressed-body", "send the body uncompressed")
    }

    /// The body came too slowly.
    pub fn body_too_slow() -> Self {
        let problem = Self::new(StatusCode::SERVICE_UNAVAILABLE, "body-too-slow", "the body came too slowly");
        problem.retry_after(1)
    }

    /// Leaves the line that the request's id leads to. Its kind, not its detail: that may quote
    /// what was sent.
    pub(super) fn log(&self) {
        let (kind, status) = (self.kind, self.status.as_u16());
        if self.status.is_server_error() {
            tracing::warn!(kind, http.status = status, "not answered as asked");
        } else {
            tracing::info!(kind, http.status = status, "refused");
        }
    }

    /// Nothing is wrong with the request: asking again may help.
    pub fn is_temporary(&self) -> bool {
        ["overloaded", "unavailable"].contains(&self.kind)
    }

    /// Something of ours fell; what it said stays in the process.
    pub fn internal() -> Self {
        let detail = "something went wrong on our side";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", detail)
    }

    /// Asked too often.
    pub fn too_many_requests() -> Self {
        let detail = "too many requests; please slow down";
        Self::new(StatusCode::TOO_MANY_REQUESTS, "too-many-requests", detail).retry_after(1)
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::Refused(Refusal::UnknownCustomer | Refusal::Closed) => Self::unknown_key(),
            Error::Refused(Refusal::UnknownAppointment) => {
                Self::new(StatusCode::NOT_FOUND, "unknown-appointment", "there is no such appointment")
            }
            Error::Refused(Refusal::Suspended) => {
                Self::new(StatusCode::FORBIDDEN, "customer-suspended", "this customer is suspended")
            }
            Error::Refused(refusal) => Self::new(StatusCode::CONFLICT, "refused", refusal.to_string()),
            Error::Unavailable(Unavailable::Overloaded) => {
                let detail = "too much is waiting already; please come back in a moment";
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "overloaded", detail).retry_after(1)
            }
            Error::Unavailable(_) => {
                let detail = "this could not be decided just now; asking again is safe";
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", detail).retry_after(1)
            }
        }
    }
}

/// Carries the problem to `render`, which knows the request's id.
impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// Writes the document of a problem, once the request's id is known.
pub(super) fn render(problem: &Problem, request_id: &str) -> Response {
    let document = Document {
        r#type: format!("urn:voice:problem:{}", problem.kind),
        title: problem.status.canonical_reason().unwrap_or("Error"),
        status: problem.status.as_u16(),
        detail: &problem.detail,
        request_id,
    };
    let mut response = (problem.status, Json(document)).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    if let Some(seconds) = problem.retry_after_seconds {
        headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

/// No route.
pub(super) async fn not_found() -> Problem {
    Problem::nothing_here()
}

/// A route, but not for this method.
pub(super) async fn method_not_allowed() -> Problem {
    let detail = "this address does not take that method";
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, "method-not-allowed", detail)
}

/// A handler fell. What it said may hold somebody's data: it stays in the process.
pub(super) fn panicked(_: Box<dyn Any + Send + 'static>) -> Response {
    tracing::error!("a handler panicked");
    Problem::internal().into_response()
}
