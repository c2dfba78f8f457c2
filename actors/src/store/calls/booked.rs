//! In which calls something was booked.

use std::collections::BTreeSet;

use domain::ids::{CallId, CustomerId};

use crate::error::Error;
use crate::store::Store;

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
