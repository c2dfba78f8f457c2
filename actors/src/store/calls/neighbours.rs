//! The calls next to one, in the order of the list of all calls.

use domain::ids::{CallId, CustomerId};
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;

use crate::error::Error;
use crate::store::Store;

/// The call that began next after this one, and the one that began last before it.
pub async fn neighbours(
    store: &Store,
    customer: CustomerId,
    call: CallId,
    start_time: Timestamp,
) -> Result<(Option<CallId>, Option<CallId>), Error> {
    const NEWER: &str = "
select id
  from calls
 where customer_id = $1 and start_time >= $2 and (start_time, id) > ($2, $3)
 order by start_time, id
 limit 1";
    const OLDER: &str = "
select id
  from calls
 where customer_id = $1 and start_time <= $2 and (start_time, id) < ($2, $3)
 order by start_time desc, id desc
 limit 1";
    let mut transaction = store.read_for(customer).await?;
    let newer = sqlx::query_scalar(NEWER).bind(customer.0).bind(start_time.to_sqlx()).bind(call.0);
    let newer: Option<i64> = newer.fetch_optional(&mut *transaction).await?;
    let older = sqlx::query_scalar(OLDER).bind(customer.0).bind(start_time.to_sqlx()).bind(call.0);
    let older: Option<i64> = older.fetch_optional(&mut *transaction).await?;
    transaction.commit().await?;
    Ok((newer.map(CallId), older.map(CallId)))
}
