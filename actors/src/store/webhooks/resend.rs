//! Puts on their way again what was sent, and what an endpoint has missed while it was off. Bodies stay as
//! they are; attempts go on counting.
//!
//! No row of an endpoint is locked: the journal, in whose statements callers wait, writes there too. Should
//! an endpoint be removed in the same instant, what is left of it is given up with the rest.

use domain::audit::{Author, Change};
use domain::ids::{CustomerId, EndpointId, EventId};
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use serde_json::json;

use crate::error::Error;
use crate::store::{Store, audit_log};

/// Events that are put on their way at once at most; whoever wants more asks again.
pub const RESENT_MAX: i64 = 10_000;

/// Puts a delivery on its way again, also one that has arrived; answers whether there is one at an endpoint
/// that was not removed.
pub async fn one(
    store: &Store,
    customer: CustomerId,
    endpoint: EndpointId,
    event: EventId,
    author: &Author,
    now: Timestamp,
) -> Result<bool, Error> {
    const AGAIN: &str = "
update webhook_deliveries d
   set status = 'pending', tries = 0, due_at = $4, ended_at = null
  from webhook_endpoints e
 where d.customer_id = $1 and d.endpoint_id = $2 and d.event_id = $3
   and e.customer_id = d.customer_id and e.id = d.endpoint_id and e.state <> 'removed'";
    let mut transaction = store.claims.begin().await?;
    let again = sqlx::query(AGAIN).bind(customer.0).bind(endpoint.0).bind(event.0).bind(now.to_sqlx());
    if again.execute(&mut *transaction).await?.rows_affected() == 0 {
        return Ok(false);
    }
    let line = Change::of("delivery.resent", endpoint.to_string()).to(json!({ "event": event.to_string() }));
    audit_log::insert(&mut transaction, customer, author, line, now).await?;
    transaction.commit().await?;
    Ok(true)
}

/// Puts on its way to an endpoint what happened since then and failed, and what it would have heard of had
/// it been on; tests are not repeated. Answers how many, at most [`RESENT_MAX`], the oldest
/// first, failures before what was missed; `None` where there is no such endpoint.
pub async fn since(
    store: &Store,
    customer: CustomerId,
    endpoint: EndpointId,
    since: Timestamp,
    author: &Author,
    now: Timestamp,
) -> Result<Option<u64>, Error> {
    const IS_THERE: &str = "
select exists (
    select from webhook_endpoints where customer_id = $1 and id = $2 and state <> 'removed')";
    const FAILED: &str = "
with failed as (
    select event_id
      from webhook_deliveries
     where customer_id = $1 and endpoint_id = $2 and status = 'failed' and event <> 'webhook.test'
       and created_at >= $4
     order by event_id
     limit $5)
update webhook_deliveries d
   set status = 'pending', tries = 0, due_at = $3, ended_at = null
  from failed
 where d.customer_id = $1 and d.endpoint_id = $2 and d.event_id = failed.event_id and d.status = 'failed'";
    // Ids rise with time: the first of that time is found by halving, and only what comes after it is read.
    const MISSED: &str = "
with recursive search(low, high) as (
    select $2::bigint + 1, (select coalesce(max(id), 0) + 1 from webhook_logs where customer_id = $1)
    union all
    select case when l.is_before then h.middle + 1 else h.low end,
           case when l.is_before then h.high else h.middle end
      from (select low, high, (low + high) / 2 as middle from search where low < high) h
     cross join lateral (
           select (select created_at < $4
                     from webhook_logs
                    where customer_id = $1 and id >= h.middle
                    order by id
                    limit 1) as is_before offset 0) l)
insert into webhook_deliveries (customer_id, endpoint_id, event_id, event, due_at, created_at)
select e.customer_id, e.id, w.id, w.event, $3, w.created_at
  from webhook_endpoints e
  join webhook_logs w
    on w.customer_id = e.customer_id and w.event = any (e.events)
   and w.id >= (select low from search where low >= high limit 1)
 where e.customer_id = $1 and e.id = $2 and w.sequence is not null and w.created_at >= $4
   and not exists (
       select from webhook_deliveries d
        where d.customer_id = e.customer_id and d.endpoint_id = e.id and d.event_id = w.id)
 order by w.id
 limit $5
on conflict do nothing";
    let mut transaction = store.claims.begin().await?;
    let is_there = sqlx::query_scalar(IS_THERE).bind(customer.0).bind(endpoint.0);
    if !is_there.fetch_one(&mut *transaction).await? {
        return Ok(None);
    }
    let mut count = 0;
    for statement in [FAILED, MISSED] {
        let left = RESENT_MAX.saturating_sub(i64::try_from(count).unwrap_or(i64::MAX));
        let again = sqlx::query(statement).bind(customer.0).bind(endpoint.0).bind(now.to_sqlx());
        let again = again.bind(since.to_sqlx()).bind(left).execute(&mut *transaction).await?;
        count += again.rows_affected();
    }
    if count > 0 {
        let what = json!({ "events": count, "since": since.to_string() });
        let line = Change::of("delivery.resent", endpoint.to_string()).to(what);
        audit_log::insert(&mut transaction, customer, author, line, now).await?;
    }
    transaction.commit().await?;
    Ok(Some(count))
}
