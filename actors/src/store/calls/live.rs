//! Whether what is told of calls is about those that somebody sees. The rules are those of [`Scope`],
//! and a call that is under way and in no table yet keeps to them, too.

use std::collections::HashMap;
use std::sync::Arc;

use domain::calls::{Direction, LiveCall};
use domain::ids::{CallId, CustomerId, UserId};
use sqlx::{PgConnection, QueryBuilder};

use super::Scope;
use super::scope::Owner;
use crate::error::Error;
use crate::store::Store;

/// A call was given to somebody else than before; nobody in particular is `None`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Handover {
    /// Which.
    pub call: CallId,
    /// Whose it was.
    pub before: Option<UserId>,
    /// Whose it is.
    pub after: Option<UserId>,
}

/// Calls of which something was told.
#[derive(Debug, Default)]
pub struct Told {
    /// Recorded, or known better.
    pub recorded: Vec<CallId>,
    /// Begun, or forgotten.
    pub live: Vec<Arc<LiveCall>>,
    /// Given to somebody.
    pub given: Vec<Handover>,
}

impl Told {
    /// Whether nothing was.
    pub fn is_empty(&self) -> bool {
        self.recorded.is_empty() && self.live.is_empty() && self.given.is_empty()
    }
}

/// Whether some of these calls are, or were until now, among those that somebody sees.
pub async fn concern(store: &Store, customer: CustomerId, scope: &Scope, told: &Told) -> Result<bool, Error> {
    let Scope::Of(user) = scope else { return Ok(!told.is_empty()) };
    if told.is_empty() {
        return Ok(false);
    }
    let is_theirs = |whose: &Option<UserId>| whose.as_ref() == Some(user);
    if told.given.iter().any(|given| is_theirs(&given.before) || is_theirs(&given.after)) {
        return Ok(true);
    }
    let mut transaction = store.read_for(customer).await?;
    let Some(owner) = scope.owner(&mut transaction, customer).await? else { return Ok(true) };
    // Of those that are or were nobody's in particular, agent and number decide.
    let at_large = told.given.iter().filter(|given| given.before.is_none() || given.after.is_none());
    let at_large: Vec<i64> = at_large.map(|given| given.call.0).collect();
    let recorded: Vec<i64> = told.recorded.iter().map(|call| call.0).collect();
    let concerns = !seen(&mut transaction, customer, &owner, &told.live).await?.is_empty()
        || any(&mut transaction, customer, &recorded, |sql| owner.push_is_theirs(sql)).await?
        || any(&mut transaction, customer, &at_large, |sql| owner.push_has_agent_or_number(sql)).await?;
    transaction.commit().await?;
    Ok(concerns)
}

/// Of the calls under way those that somebody sees.
pub async fn seen_live(
    store: &Store,
    customer: CustomerId,
    scope: &Scope,
    calls: Vec<Arc<LiveCall>>,
) -> Result<Vec<Arc<LiveCall>>, Error> {
    if calls.is_empty() || *scope == Scope::All {
        return Ok(calls);
    }
    let mut transaction = store.read_for(customer).await?;
    let Some(owner) = scope.owner(&mut transaction, customer).await? else { return Ok(calls) };
    let calls = seen(&mut transaction, customer, &owner, &calls).await?;
    transaction.commit().await?;
    Ok(calls)
}

/// One in which something was booked has a row already, and may have been given to somebody.
async fn seen(
    connection: &mut PgConnection,
    customer: CustomerId,
    owner: &Owner,
    calls: &[Arc<LiveCall>],
) -> Result<Vec<Arc<LiveCall>>, sqlx::Error> {
    const GIVEN: &str = "
select c.retell_call_id, a.user_id
  from calls c
  join call_assignees a on a.customer_id = c.customer_id and a.call_id = c.id
 where c.customer_id = $1 and c.retell_call_id = any($2)";
    if calls.is_empty() {
        return Ok(Vec::new());
    }
    let names: Vec<&str> = calls.iter().map(|call| call.retell_call_id.as_str()).collect();
    let given = sqlx::query_as(GIVEN).bind(customer.0).bind(names).fetch_all(connection).await?;
    let given: HashMap<String, String> = given.into_iter().collect();
    let is_seen = |call: &&Arc<LiveCall>| match given.get(&call.retell_call_id) {
        Some(user) => owner.is(user),
        None => {
            let called = call.to_number.as_deref().filter(|_| call.direction == Direction::Inbound);
            owner.has_agent_or_number(call.agent_id.as_deref(), called)
        }
    };
    Ok(calls.iter().filter(is_seen).cloned().collect())
}

async fn any(
    connection: &mut PgConnection,
    customer: CustomerId,
    calls: &[i64],
    narrow: impl FnOnce(&mut QueryBuilder<sqlx::Postgres>),
) -> Result<bool, sqlx::Error> {
    if calls.is_empty() {
        return Ok(false);
    }
    let mut sql = QueryBuilder::new("select exists (select from calls c where c.customer_id = ");
    sql.push_bind(customer.0).push(" and c.id = any(").push_bind(calls.to_vec()).push(")");
    narrow(&mut sql);
    sql.push(")");
    sql.build_query_scalar().fetch_one(connection).await
}
