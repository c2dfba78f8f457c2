//! The only place where errors become statuses: RFC 9457 `application/problem+json`.
//!
//! `type` is stable and short, `detail` is a sentence somebody can act on, `request_id` finds the
//! log line. A 500 says nothing else. All kinds, with what to do about each, are in `problem/kinds.rs`.

pub mod kinds;

use std::any::Any;
use std::collections::BTreeMap;

use actors::error::{Error, Refusal, Unavailable};
use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::calendar::{BlockRefusal, SlotRefusal};
use serde::Serialize;
use serde_json::Value;
use utoipa::openapi::{self, RefOr};
use utoipa::{IntoResponses, ToSchema};

use crate::recordings::Silent;

/// An answer that is not the one hoped for.
#[derive(Debug, Clone)]
pub struct Problem {
    status: StatusCode,
    kind: &'static str,
    detail: String,
    errors: Vec<FieldError>,
    current: Option<Value>,
    retry_after_seconds: Option<u32>,
}

/// What is wrong with one field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct FieldError {
    /// Its name, as it stands in the body or the query.
    #[schema(example = "start_time")]
    pub field: String,
    /// A sentence somebody can act on.
    #[schema(example = "a whole minute is needed")]
    pub detail: String,
}

/// RFC 9457: an answer that is not the one hoped for.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Problem)]
pub struct Document {
    /// Which problem it is; stable, so that a program can tell one from another.
    #[schema(pattern = "^urn:voice:problem:[a-z-]+$", example = "urn:voice:problem:invalid",
        extensions(("x-problem-kinds" = json!(kinds::document()))))]
    r#type: String,
    /// The status in words.
    #[schema(example = "Unprocessable Entity")]
    title: String,
    /// The same as the answer's.
    #[schema(minimum = 400, maximum = 599, example = 422)]
    status: u16,
    /// A sentence somebody can act on.
    #[schema(example = "start_time: a whole minute is needed")]
    detail: String,
    /// The fields that are wrong, where fields are.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<FieldError>,
    /// What was to be changed, as it is now, where somebody else was first.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Object, required = false)]
    current: Option<Value>,
    /// Finds the line in the platform's log; also in `X-Request-Id`.
    #[schema(example = "a0f1001e3091ddf6")]
    request_id: String,
}

/// The problems of every route, for the API's document: any of them may say no or be unable to.
pub struct Problems;

impl IntoResponses for Problems {
    fn responses() -> BTreeMap<String, RefOr<openapi::Response>> {
        let says = |description: &str| {
            let document =
                openapi::Content::builder().schema(Some(openapi::Ref::from_schema_name("Problem")));
            let response = openapi::ResponseBuilder::new().description(description);
            RefOr::T(response.content("application/problem+json", document.build()).build())
        };
        BTreeMap::from([
            ("4XX".to_owned(), says("It cannot be done; `detail` says why.")),
            ("5XX".to_owned(), says("It could not be done just now.")),
        ])
    }
}

impl Problem {
    fn new(status: StatusCode, kind: &'static str, detail: impl Into<String>) -> Self {
        Self {
            status,
            kind,
            detail: detail.into(),
            errors: Vec::new(),
            current: None,
            retry_after_seconds: None,
        }
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

    /// Nobody is signed in, or not any more.
    pub fn not_signed_in() -> Self {
        let detail = "sign in, or send an API token as `Authorization: Bearer …`";
        Self::new(StatusCode::UNAUTHORIZED, "not-signed-in", detail)
    }

    /// Signed in by an API token, where only a session will do.
    pub fn session_needed() -> Self {
        let detail = "an API token cannot do this; sign in with a browser";
        Self::new(StatusCode::FORBIDDEN, "session-needed", detail)
    }

    /// Signed in, without the right.
    pub fn not_allowed() -> Self {
        Self::new(StatusCode::FORBIDDEN, "not-allowed", "your role does not allow this")
    }

    /// Signed in, without the right to write these fields.
    pub fn fields_not_allowed(errors: Vec<FieldError>) -> Self {
        let fields: Vec<&str> = errors.iter().map(|error| error.field.as_str()).collect();
        let detail = format!("your role does not allow to change {}", fields.join(", "));
        Self { errors, ..Self::new(StatusCode::FORBIDDEN, "not-allowed", detail) }
    }

    /// It would be allowed if the customer were not suspended.
    pub fn customer_suspended() -> Self {
        let detail = "this customer is suspended: everything can be read and nothing changed";
        Self::new(StatusCode::FORBIDDEN, "customer-suspended", detail)
    }

    /// A page of somebody else sent this with the user's cookie.
    pub fn cross_site() -> Self {
        let detail = "this request comes from another site";
        Self::new(StatusCode::FORBIDDEN, "cross-site", detail)
    }

    /// Came over plain http where only https will do.
    pub fn https_needed() -> Self {
        Self::new(StatusCode::FORBIDDEN, "https-needed", "please use https")
    }

    /// There is no such thing, for this customer.
    pub fn nothing_of_that_name(what: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not-found", format!("there is no such {what}"))
    }

    /// Fields that are wrong.
    pub fn invalid(errors: Vec<FieldError>) -> Self {
        let detail = errors.first().map_or_else(
            || "the request makes no sense".to_owned(),
            |error| format!("{}: {}", error.field, error.detail),
        );
        Self { errors, ..Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid", detail) }
    }

    /// One field that is wrong.
    pub fn invalid_field(field: &str, detail: impl Into<String>) -> Self {
        Self::invalid(vec![FieldError { field: field.to_owned(), detail: detail.into() }])
    }

    /// The body is of a kind that is not read here.
    pub fn not_json() -> Self {
        let detail = "send the body as application/json";
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "not-json", detail)
    }

    /// A rule says no.
    pub fn conflict(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, "refused", detail)
    }

    /// The same key came with another body.
    pub fn key_reused() -> Self {
        let detail = "this Idempotency-Key was used for another body";
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "key-reused", detail)
    }

    /// The request with the same key has no answer yet.
    pub fn still_running() -> Self {
        let detail = "the request with this Idempotency-Key is still running";
        Self::new(StatusCode::CONFLICT, "still-running", detail).retry_after(1)
    }

    /// Somebody has changed it since it was read; the answer holds it as it is now.
    pub fn changed_meanwhile(current: Value) -> Self {
        let detail = "somebody has changed this meanwhile; `current` is how it is now";
        let problem = Self::new(StatusCode::PRECONDITION_FAILED, "changed-meanwhile", detail);
        Self { current: Some(current), ..problem }
    }

    /// The place where a recording lies does not answer as it should.
    pub fn recording_unreachable() -> Self {
        let detail = Silent::Unreachable.to_string();
        Self::new(StatusCode::BAD_GATEWAY, "recording-unreachable", detail).retry_after(10)
    }

    /// Who takes payments for us does not answer as it should.
    pub fn payments_unreachable(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_GATEWAY, "payments-unreachable", detail).retry_after(10)
    }

    /// A sign-in link that is unknown, used or over.
    pub fn dead_link() -> Self {
        let detail = "this link is unknown, used or over; please ask for a new one";
        Self::new(StatusCode::NOT_FOUND, "dead-link", detail)
    }

    /// The code must be typed in this browser.
    pub fn code_needed() -> Self {
        let detail = "type the six digits shown where the link was asked for";
        Self::new(StatusCode::FORBIDDEN, "code-needed", detail)
    }

    /// Not that code.
    pub fn code_wrong(tries_left: i16) -> Self {
        let detail = format!("that is not the code; tries left: {tries_left}");
        Self::new(StatusCode::FORBIDDEN, "code-wrong", detail)
    }

    /// Too much is waiting.
    pub fn overloaded() -> Self {
        let detail = "too much is waiting already; please come back in a moment";
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "overloaded", detail).retry_after(1)
    }

    /// Nobody is signed in.
    pub fn is_not_signed_in(&self) -> bool {
        self.kind == "not-signed-in"
    }

    /// Something that was typed is wrong, and may be typed again.
    pub fn is_about_input(&self) -> bool {
        matches!(self.status, StatusCode::UNPROCESSABLE_ENTITY | StatusCode::CONFLICT)
    }

    /// Its status.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// What is wrong and what to do.
    pub fn detail(&self) -> &str {
        &self.detail
    }

    /// When asking again may help.
    pub fn retry_after_seconds(&self) -> Option<u32> {
        self.retry_after_seconds
    }

    /// The fields that are wrong.
    pub fn errors(&self) -> &[FieldError] {
        &self.errors
    }

    /// A link that leads nowhere any more: people get a page for it.
    pub fn is_dead_link(&self) -> bool {
        self.kind == "dead-link"
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

    /// The name of the first field that is wrong.
    #[cfg(test)]
    pub fn first_field(&self) -> Option<&str> {
        self.errors.first().map(|error| error.field.as_str())
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
        Self::too_many_for(1)
    }

    /// Asked too often for so many seconds.
    pub fn too_many_for(seconds: u32) -> Self {
        let detail = "too many requests; please slow down";
        Self::new(StatusCode::TOO_MANY_REQUESTS, "too-many-requests", detail).retry_after(seconds)
    }
}

impl From<Silent> for Problem {
    fn from(silent: Silent) -> Self {
        let detail = silent.to_string();
        match silent {
            Silent::None => Self::nothing_of_that_name("recording"),
            Silent::Gone => Self::new(StatusCode::BAD_GATEWAY, "recording-gone", detail),
            Silent::Unreachable => Self::recording_unreachable(),
            Silent::NoSuchPart => Self::new(StatusCode::RANGE_NOT_SATISFIABLE, "no-such-part", detail),
            Silent::TooMany => Self::overloaded(),
        }
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::Refused(Refusal::UnknownCustomer | Refusal::Closed) => Self::unknown_key(),
            Error::Refused(Refusal::UnknownAppointment) => {
                Self::new(StatusCode::NOT_FOUND, "unknown-appointment", "there is no such appointment")
            }
            Error::Refused(Refusal::Suspended) => Self::customer_suspended(),
            Error::Refused(Refusal::Slot(refusal)) => {
                let kind = match refusal {
                    SlotRefusal::Taken => "slot-taken",
                    SlotRefusal::OutsideHours
                    | SlotRefusal::ClosedThatDay
                    | SlotRefusal::DayBlocked { .. } => "outside-hours",
                    _ => "slot-refused",
                };
                Self::new(StatusCode::CONFLICT, kind, refusal.to_string())
            }
            Error::Refused(Refusal::Block(refusal @ (BlockRefusal::Over | BlockRefusal::TooFarAhead))) => {
                Self::invalid_field("date", refusal.to_string())
            }
            Error::Refused(Refusal::Settings(refusal)) => {
                Self::invalid_field(refusal.field(), refusal.to_string())
            }
            Error::Refused(Refusal::Template(refusal)) => {
                Self::invalid_field(refusal.field(), refusal.to_string())
            }
            Error::Refused(Refusal::Registration(refusal)) => {
                Self::invalid_field(refusal.field(), refusal.to_string())
            }
            Error::Refused(Refusal::UnknownEndpoint) => Self::nothing_of_that_name("webhook"),
            Error::Refused(Refusal::UnknownInvoice) => Self::nothing_of_that_name("invoice"),
            Error::Refused(Refusal::UnknownTransaction) => Self::nothing_of_that_name("transaction"),
            Error::Refused(Refusal::Endpoint(refusal)) => match refusal.field() {
                Some(field) => Self::invalid_field(field, refusal.to_string()),
                None => Self::conflict(refusal.to_string()),
            },
            Error::Refused(refusal) => Self::new(StatusCode::CONFLICT, "refused", refusal.to_string()),
            Error::Unavailable(Unavailable::Overloaded) => Self::overloaded(),
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
        title: problem.status.canonical_reason().unwrap_or("Error").to_owned(),
        status: problem.status.as_u16(),
        detail: problem.detail.clone(),
        errors: problem.errors.clone(),
        current: problem.current.clone(),
        request_id: request_id.to_owned(),
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
