//! Whether the process lives, and whether it can serve.

use std::sync::Arc;
use std::time::Instant;

use actors::store::Store;
use axum::extract::State;
use axum::http::StatusCode;
use tokio::sync::Mutex;

use super::Edge;

/// What the database last answered, and when it was asked. Anybody may ask, so one asks for all who
/// have come meanwhile.
#[derive(Default)]
pub struct Readiness(Mutex<Option<(Instant, bool)>>);

impl Readiness {
    async fn is_ready(&self, store: &Store) -> bool {
        let came = Instant::now();
        let mut last = self.0.lock().await;
        match *last {
            Some((asked, is_ready)) if asked >= came => is_ready,
            _ => {
                let asked = Instant::now();
                let is_ready = store.is_ready().await;
                *last = Some((asked, is_ready));
                is_ready
            }
        }
    }
}

/// The process answers. Restarting it would help against nothing else.
pub async fn livez() -> &'static str {
    "ok\n"
}

/// The database answers too; otherwise traffic belongs elsewhere.
pub async fn readyz(State(edge): State<Arc<Edge>>) -> (StatusCode, String) {
    if !edge.readiness.is_ready(&edge.store).await {
        return (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer\n".to_owned());
    }
    match edge.discrepancies.get() {
        0 => (StatusCode::OK, "ok\n".to_owned()),
        // Money is wrong somewhere; serving on makes it no worse.
        found => (StatusCode::OK, format!("ok\nledger discrepancies: {found}\n")),
    }
}
