//! Which calls and appointments belong together.

use std::collections::BTreeSet;

use domain::ids::{CallId, CustomerId};

use sqlx::QueryBuilder;

use super::Scope;
use crate::error::Error;
use crate::store::Store;

/// Those of these calls that this viewer sees.
pub async fn seen(
    store: &Store,
    customer: CustomerId,
    scope: &Scope,
    calls: impl IntoIterator<Item = CallId>,
) -> Result<BTreeSet<CallId>, Error> {
    let ids: Vec<i64> = calls.into_iter().map(|call| call.0).collect();
    if ids.is_empty() {
        return Ok(BTreeSet::new());
    }
    let mut transaction = store.read_for(customer).await?;
    let mut seen = QueryBuilder::new("select c.id from calls c where c.customer_id = ");
    seen.push_bind(customer.0).push(" and c.id = any(").push_bind(ids).push(")");
    if let Some(owner) = scope.owner(&mut transaction, customer).await? {
        owner.push_is_theirs(&mut seen);
    }
    let seen: Vec<i64> = seen.build_query_scalar().fetch_all(&mut *transaction).await?;
    transaction.commit().await?;
    Ok(seen.into_iter().map(CallId).collect())
}

/// Those of these calls in which an appointment was booked, whatever became of it.
pub async fn booked_in(
    store: &Store,
    customer: CustomerId,
    calls: &[CallId],
) -> Result<BTreeSet<CallId>, Error> {
    const BOOKED: &str = "
select distinct call_id
  from appointments
 where customer_id = $1 and call_id = any($2)";
    let ids: Vec<i64> = calls.iter().map(|call| call.0).collect();
    let mut transaction = store.read_for(customer).await?;
    let booked = sqlx::query_scalar(BOOKED).bind(customer.0).bind(ids);
    let booked: Vec<i64> = booked.fetch_all(&mut *transaction).await?;
    transaction.commit().await?;
    Ok(booked.into_iter().map(CallId).collect())
}
