//! Whose an agent is, where the platform's own key signs for everybody.
//!
//! A valid signature proves only that the body comes from the platform's Retell workspace. So an
//! agent belongs to the customer on whose URL a signed body of it arrives first, and a body of it
//! on another customer's URL is refused: it was captured and replayed to somebody else's bill.

use std::time::Instant;

use actors::error::{Error, Unavailable};
use actors::store::Store;
use dashmap::DashMap;
use domain::ids::CustomerId;

/// Agents remembered; then all are asked for again.
const AGENTS: usize = 10_000;

/// Agents whose customer is known.
#[derive(Debug, Default)]
pub struct Agents {
    known: DashMap<String, CustomerId>,
}

impl Agents {
    /// The customer of an agent, who is `customer` if nobody was before; 503 after `deadline`.
    pub async fn owner(
        &self,
        store: &Store,
        agent_id: &str,
        customer: CustomerId,
        deadline: Instant,
    ) -> Result<CustomerId, Error> {
        if let Some(owner) = self.known.get(agent_id) {
            return Ok(*owner);
        }
        let bound = tokio::time::timeout_at(deadline.into(), store.bind_agent(agent_id, customer)).await;
        let owner = bound.map_err(|_| Error::Unavailable(Unavailable::Database))??;
        if self.known.len() >= AGENTS {
            self.known.clear();
        }
        self.known.insert(agent_id.to_owned(), owner);
        Ok(owner)
    }
}
