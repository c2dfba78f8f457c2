//! How pages leave: nothing from elsewhere in them, no frame around them, kept by nobody on the way.

use std::sync::{Arc, LazyLock};

use axum::extract::{Request, State};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Redirect, Response};
use sha2::{Digest, Sha256};
use views::error::Failure;

use super::edge::Edge;
use super::problem::Problem;
use super::request_log::RequestId;

/// Files of ours and nothing else. A page's own styles and scripts are none of them.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
                      font-src 'self'; connect-src 'self'; media-src 'self'; form-action 'self'; \
                      base-uri 'none'; frame-ancestors 'none'";

/// FullCalendar makes one empty style element, known by the hash of nothing, which it fills by script,
/// and has its arrows as a font in a data address. Styles with something in them stay refused.
static CALENDAR_POLICY: LazyLock<HeaderValue> = LazyLock::new(|| {
    let empty = data_encoding::BASE64.encode(&Sha256::digest(""));
    let policy = POLICY
        .replace("style-src 'self'", &format!("style-src 'self' 'sha256-{empty}'"))
        .replace("font-src 'self'", "font-src 'self' data:");
    HeaderValue::try_from(policy).expect("letters, quotes and semicolons")
});

/// The API's document brings its one style sheet along, known by its hash.
static DOCUMENT_POLICY: LazyLock<HeaderValue> = LazyLock::new(|| {
    let hash = data_encoding::BASE64.encode(&Sha256::digest(views::api_docs::STYLE));
    let policy =
        format!("default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; frame-ancestors 'none'");
    HeaderValue::try_from(policy).expect("letters, quotes and semicolons")
});

/// A page.
pub fn html(page: String) -> Response {
    page_under(page, HeaderValue::from_static(POLICY))
}

/// The page of the calendar.
pub fn calendar(page: String) -> Response {
    page_under(page, CALENDAR_POLICY.clone())
}

/// The page of the API's document.
pub fn document(page: String) -> Response {
    page_under(page, DOCUMENT_POLICY.clone())
}

fn page_under(page: String, policy: HeaderValue) -> Response {
    let mut response = Html(page).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    // Not `no-referrer`: some browsers then send forms without an origin, which are refused.
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

/// To another page of ours, after a form.
pub fn see(path: &str) -> Response {
    Redirect::to(path).into_response()
}

/// Shows a person a page where a program gets a problem: sign-in for whoever is not, else what went
/// wrong. Only what asks for a page gets one, and nothing under `/api/`, which programs read.
pub async fn failures(State(edge): State<Arc<Edge>>, request: Request, next: Next) -> Response {
    let accept = request.headers().get(header::ACCEPT).and_then(|accept| accept.to_str().ok());
    let wants_page = accept.is_some_and(|accept| accept.contains("text/html"));
    if !wants_page || request.uri().path().starts_with("/api/") {
        return next.run(request).await;
    }
    let wanted = request.uri().path_and_query().map(|path| path.as_str().to_owned());
    let is_reading = matches!(*request.method(), Method::GET | Method::HEAD);
    let request_id = request.extensions().get().map(|RequestId(id)| id.clone());
    let mut response = next.run(request).await;
    let Some(problem) = response.extensions_mut().remove::<Problem>() else { return response };
    problem.log();
    if problem.is_not_signed_in() {
        let next = wanted.filter(|path| is_reading && path != "/");
        let query = next
            .map(|path| form_urlencoded::Serializer::new(String::new()).append_pair("next", &path).finish());
        return see(&query.map_or("/login".to_owned(), |query| format!("/login?{query}")));
    }
    let status = problem.status();
    let failure = Failure {
        status: status.as_u16(),
        title: title(status),
        detail: problem.detail(),
        request_id: request_id.as_deref(),
    };
    (status, html(views::error::page(&edge.platform_name, &failure))).into_response()
}

fn title(status: StatusCode) -> &'static str {
    match status {
        StatusCode::NOT_FOUND => "There is nothing here",
        StatusCode::FORBIDDEN => "You may not do this",
        StatusCode::CONFLICT | StatusCode::PRECONDITION_FAILED => "Somebody else was first",
        StatusCode::TOO_MANY_REQUESTS => "Too many tries",
        StatusCode::SERVICE_UNAVAILABLE => "Not just now",
        status if status.is_client_error() => "That did not work",
        _ => "Something went wrong",
    }
}
