//! Names every request, measures it, and writes problems out with the name.
//!
//! Paths never reach a log or a label: they carry keys. The route's template does.

use std::sync::Arc;
use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::http::HeaderValue;
use axum::middleware::Next;
use axum::response::Response;
use tracing::Instrument;

use super::edge::Edge;
use super::problem::{Problem, render};

/// The name of a request: in its answer, in the log, in the audit log.
#[derive(Debug, Clone)]
pub struct RequestId(pub String);

/// Gives the request an id, the answer too, and a problem its document.
pub async fn name(mut request: Request, next: Next) -> Response {
    let id = data_encoding::HEXLOWER.encode(&actors::secrets::random::<8>());
    let span = tracing::info_span!("request", request.id = id);
    request.extensions_mut().insert(RequestId(id.clone()));
    let mut response = next.run(request).instrument(span.clone()).await;
    if let Some(problem) = response.extensions_mut().remove::<Problem>() {
        span.in_scope(|| problem.log());
        response = render(&problem, &id);
    }
    if let Ok(id) = HeaderValue::from_str(&id) {
        response.headers_mut().insert("x-request-id", id);
    }
    response
}

/// Measures a request that found a route.
pub async fn measure(
    State(edge): State<Arc<Edge>>,
    route: MatchedPath,
    request: Request,
    next: Next,
) -> Response {
    let began = Instant::now();
    let response = next.run(request).await;
    let elapsed = began.elapsed();
    let status = response.status();
    let class = match status.as_u16() / 100 {
        2 => "2xx",
        3 => "3xx",
        4 => "4xx",
        _ => "5xx",
    };
    let labels = [route.as_str(), class];
    edge.metrics.request_seconds.with_label_values(&labels).observe(elapsed.as_secs_f64());
    tracing::debug!(
        http.route = route.as_str(),
        http.status = status.as_u16(),
        elapsed_ms = elapsed.as_millis() as u64,
        "answered"
    );
    response
}
