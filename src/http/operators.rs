//! What operators and the `audit` command read, on a listener of its own.

use std::sync::Arc;

use actors::tenant::Snapshot;
use axum::Json;
use axum::extract::State;
use prometheus::TextEncoder;

use super::Edge;
use super::problem::Problem;

/// Everything that is counted, as Prometheus reads it.
pub async fn metrics(State(edge): State<Arc<Edge>>) -> String {
    let resident = i64::try_from(edge.tenants.resident_count()).unwrap_or(i64::MAX);
    edge.metrics.tenants_resident.set(resident);
    TextEncoder::new().encode_to_string(&edge.registry.gather()).unwrap_or_default()
}

/// What the tenants in memory hold, each once all of it is committed: for the auditor to compare.
/// Balances and times, no names and no numbers.
pub async fn memory(State(edge): State<Arc<Edge>>) -> Result<Json<Vec<Snapshot>>, Problem> {
    let mut snapshots = Vec::new();
    for customer in edge.tenants.residents() {
        let tenant = edge.tenants.get(customer).await?;
        snapshots.push(tenant.snapshot().await?);
    }
    Ok(Json(snapshots))
}
