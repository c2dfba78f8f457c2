//! Calls that are under way.

use std::sync::Arc;

use actors::store::calls::seen_live;
use domain::calls::LiveCall;
use domain::ids::CustomerId;
use views::calls::Speaking;

use super::caller;
use crate::http::Edge;
use crate::http::api::calls::scope;
use crate::http::portal::viewing::Viewing;
use crate::http::problem::Problem;

/// Calls under way that somebody sees, the latest first.
pub async fn on_the_phone(
    edge: &Edge,
    viewing: &Viewing,
    customer: CustomerId,
) -> Result<Vec<Speaking>, Problem> {
    let calls = edge.tenants.live_calls(customer).await;
    let calls = seen_live(&edge.store, customer, &scope(&viewing.who), calls).await?;
    let speaking = |call: Arc<LiveCall>| {
        let (from, to) = (call.from_number.clone(), call.to_number.clone());
        let caller = caller(call.direction.as_str(), call.channel.as_str(), from, to);
        Speaking { caller, since: call.began_at }
    };
    Ok(calls.into_iter().map(speaking).collect())
}
