//! Which customer a Retell agent speaks for, where the platform's own key signs for all.

use domain::ids::CustomerId;

use super::Store;

/// A reference table: the agent is the key, because the question is whose it is.
const BIND: &str = "
with bound as (
    insert into agents (agent_id, customer_id)
    values ($1, $2)
    on conflict (agent_id) do nothing
    returning customer_id)
select customer_id from bound
union all
select customer_id from agents where agent_id = $1
 limit 1";

impl Store {
    /// Whose an agent is; binds nothing.
    pub async fn agent_owner(&self, agent_id: &str) -> Result<Option<CustomerId>, crate::error::Error> {
        const OWNER: &str = "select customer_id from agents where agent_id = $1";
        let owner: Option<i64> =
            sqlx::query_scalar(OWNER).bind(agent_id).fetch_optional(&self.claims).await?;
        Ok(owner.map(CustomerId))
    }

    /// Binds an agent to the customer on whose URL a signed body of it arrives first, and answers
    /// whose it is.
    pub async fn bind_agent(&self, agent_id: &str, customer: CustomerId) -> Result<CustomerId, sqlx::Error> {
        // Twice, because of two firsts at once one sees neither its own row nor the other's.
        for _ in 0..2 {
            let owner: Option<i64> =
                sqlx::query_scalar(BIND).bind(agent_id).bind(customer.0).fetch_optional(&self.claims).await?;
            if let Some(owner) = owner {
                return Ok(CustomerId(owner));
            }
        }
        Err(sqlx::Error::RowNotFound)
    }
}
