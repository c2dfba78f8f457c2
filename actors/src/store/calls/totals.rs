//! How long the calls of a list lasted together, and what they cost.

use domain::ids::CustomerId;
use domain::money::Money;
use domain::page::COUNTED_MAX;
use sqlx::{QueryBuilder, Row};

use super::list::{Filter, narrow};
use crate::error::Error;
use crate::store::Store;

/// Sums over the calls of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Totals {
    /// Whole seconds.
    pub duration_seconds: i64,
    /// Charged in all.
    pub cost: Money,
}

/// Sums over all calls of a customer that a period and a status leave, which the index of lists holds.
/// As a list is counted to [`COUNTED_MAX`], so is it summed up: beyond that the sums are too small.
pub async fn totals(store: &Store, customer: CustomerId, filter: &Filter) -> Result<Totals, Error> {
    let mut sql = QueryBuilder::new(
        "select coalesce(sum(duration_seconds), 0)::bigint as duration_seconds, coalesce(sum(cost), 0) as cost
  from (select c.duration_seconds, c.cost from calls c",
    );
    narrow(&mut sql, customer, filter);
    sql.push(" limit ").push_bind(COUNTED_MAX).push(") listed");
    let mut transaction = store.read_for(customer).await?;
    // Planned for these very values, as the list itself.
    let row = sql.build().persistent(false).fetch_one(&mut *transaction).await?;
    transaction.commit().await?;
    Ok(Totals {
        duration_seconds: row.try_get("duration_seconds")?,
        cost: Money::rounded(row.try_get("cost")?),
    })
}
