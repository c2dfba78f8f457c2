//! What every answer says about the way to us, and what happens to those who came the wrong way.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::Edge;
use super::problem::Problem;

/// A year, as browsers ask for.
const HSTS: HeaderValue = HeaderValue::from_static("max-age=31536000");

/// What watches over the server asks it directly and hears nothing that is a secret.
const IN_THE_CLEAR: [&str; 2] = ["/livez", "/readyz"];

/// With an https `PLATFORM_URL`: plain http is led there, or refused where a body was sent already.
pub async fn guard(State(edge): State<Arc<Edge>>, request: Request, next: Next) -> Response {
    let mut response = match way_to_https(&edge, &request) {
        Some(elsewhere) => elsewhere,
        None => next.run(request).await,
    };
    let headers = response.headers_mut();
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if edge.is_public {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HSTS);
    }
    response
}

fn way_to_https(edge: &Edge, request: &Request) -> Option<Response> {
    let ConnectInfo(peer) = request.extensions().get::<ConnectInfo<SocketAddr>>()?;
    if !edge.is_public || IN_THE_CLEAR.contains(&request.uri().path()) {
        return None;
    }
    if !edge.proxies.came_in_the_clear(peer.ip(), request.headers()) {
        return None;
    }
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return Some(Problem::https_needed().into_response());
    }
    let target = request.uri().path_and_query().map_or("/", |target| target.as_str());
    let location = HeaderValue::try_from(format!("{}{target}", edge.public_url)).ok()?;
    // Kept by nobody: behind a proxy that is not named yet, this leads to itself.
    let headers =
        [(header::LOCATION, location), (header::CACHE_CONTROL, HeaderValue::from_static("no-store"))];
    Some((StatusCode::PERMANENT_REDIRECT, headers).into_response())
}
