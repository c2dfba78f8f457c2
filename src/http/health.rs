//! Whether the process lives, and whether it can serve.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;

use super::Edge;

/// The process answers. Restarting it would help against nothing else.
pub async fn livez() -> &'static str {
    "ok\n"
}

/// The database answers too; otherwise traffic belongs elsewhere.
pub async fn readyz(State(edge): State<Arc<Edge>>) -> (StatusCode, &'static str) {
    if edge.store.is_ready().await {
        (StatusCode::OK, "ok\n")
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer\n")
    }
}
