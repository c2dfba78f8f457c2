//! What guests reach by the link in their messages: see the appointment, move it, call it off, keep it
//! in their own calendar. No account and no cookie: whoever has the link may do this.
//!
//! **No GET changes anything**: mail scanners follow links. Forms from elsewhere are not refused as they
//! are in the portal: no cookie gives them rights, what they would need is in the address, and with it
//! they need no browser of the guest's. (Refused would be guests: a page without referrers may send its
//! forms without an origin.)

mod appointment;
mod cancelling;
mod moving;
mod visit;

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use super::Edge;
use super::api::kept_by_nobody;
use super::pages::html;
use super::problem::Problem;
use super::request_log::RequestId;

/// Every page and every form.
#[rustfmt::skip]
pub fn router(edge: &Arc<Edge>) -> Router<Arc<Edge>> {
    Router::new()
        .route("/g/{token}", get(appointment::show))
        .route("/g/{token}/move", get(moving::show).post(moving::reschedule))
        .route("/g/{token}/cancel", get(cancelling::show).post(cancelling::cancel))
        .route("/g/{token}/calendar.ics", get(appointment::calendar))
        .layer(from_fn(kept_by_nobody))
        .layer(from_fn_with_state(Arc::clone(edge), dressed))
}

/// The address is a secret: it is told to nobody, found by nobody, and what goes wrong is said on a
/// page that leads nowhere else, whatever was asked for.
async fn dressed(State(edge): State<Arc<Edge>>, request: Request, next: Next) -> Response {
    let request_id = request.extensions().get().map(|RequestId(id)| id.clone());
    let mut response = next.run(request).await;
    if let Some(problem) = response.extensions_mut().remove::<Problem>() {
        problem.log();
        response = failed(&edge.platform_name, &problem, request_id.as_deref());
    }
    let headers = response.headers_mut();
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert("x-robots-tag", HeaderValue::from_static("noindex, nofollow"));
    response
}

fn failed(platform: &str, problem: &Problem, request_id: Option<&str>) -> Response {
    use views::guest::failed;
    let status = problem.status();
    let page = match status {
        StatusCode::NOT_FOUND => views::guest::unknown(platform),
        StatusCode::TOO_MANY_REQUESTS => failed(
            platform,
            "Please wait a moment",
            "Too much was asked for at once from where you are.",
            None,
        ),
        status if status.is_client_error() => {
            let detail = "Nothing was changed. Please go back and try it once more.";
            failed(platform, "That did not work", detail, request_id)
        }
        _ => {
            let detail = "We cannot answer just now. Please try again in a minute; doing so is safe.";
            failed(platform, "Not just now", detail, request_id)
        }
    };
    let mut response = (status, html(page)).into_response();
    if let Some(seconds) = problem.retry_after_seconds() {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}
