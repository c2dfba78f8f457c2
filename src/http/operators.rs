//! What operators and the `audit` command read, on a listener of its own.

use std::net::SocketAddr;
use std::sync::Arc;

use actors::error::Error;
use actors::tenant::Snapshot;
use axum::Json;
use axum::extract::{ConnectInfo, State};
use domain::ids::CustomerId;
use prometheus::TextEncoder;
use tokio::task::JoinSet;

use super::Edge;
use super::path::Path;
use super::problem::Problem;

/// Tenants asked at once: their answers share the journal's commits.
const ASKED_AT_ONCE: usize = 64;

/// Everything that is counted, as Prometheus reads it.
pub async fn metrics(State(edge): State<Arc<Edge>>) -> String {
    let resident = i64::try_from(edge.tenants.resident_count()).unwrap_or(i64::MAX);
    edge.metrics.tenants_resident.set(resident);
    edge.metrics.live_streams.set(i64::try_from(edge.listeners.count()).unwrap_or(i64::MAX));
    TextEncoder::new().encode_to_string(&edge.registry.gather()).unwrap_or_default()
}

/// What the tenants in memory hold, each once all of it is committed: for the auditor to compare.
/// Balances and times, no names and no numbers; still nothing for whoever else scrapes metrics.
pub async fn memory(
    State(edge): State<Arc<Edge>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
) -> Result<Json<Vec<Snapshot>>, Problem> {
    only_from_here(peer)?;
    let mut snapshots = Vec::new();
    let mut asked = JoinSet::new();
    for customer in edge.tenants.residents() {
        if asked.len() == ASKED_AT_ONCE {
            snapshots.extend(next(&mut asked).await?);
        }
        asked.spawn(snapshot(Arc::clone(&edge), customer));
    }
    while !asked.is_empty() {
        snapshots.extend(next(&mut asked).await?);
    }
    Ok(Json(snapshots))
}

/// The same of one tenant; nothing when it is not in memory.
pub async fn memory_of(
    State(edge): State<Arc<Edge>>,
    Path(customer): Path<i64>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
) -> Result<Json<Vec<Snapshot>>, Problem> {
    only_from_here(peer)?;
    let customer = CustomerId(customer);
    let is_here = edge.tenants.is_resident(customer);
    Ok(Json(if is_here { vec![snapshot(edge, customer).await?] } else { Vec::new() }))
}

/// The auditor runs beside the server; to others this is no address.
fn only_from_here(peer: SocketAddr) -> Result<(), Problem> {
    if peer.ip().is_loopback() { Ok(()) } else { Err(Problem::nothing_here()) }
}

async fn snapshot(edge: Arc<Edge>, customer: CustomerId) -> Result<Snapshot, Error> {
    edge.tenants.get(customer).await?.snapshot().await
}

async fn next(asked: &mut JoinSet<Result<Snapshot, Error>>) -> Result<Option<Snapshot>, Problem> {
    match asked.join_next().await {
        Some(Ok(snapshot)) => Ok(Some(snapshot?)),
        Some(Err(_)) => Err(Problem::internal()),
        None => Ok(None),
    }
}
