//! The rows that events are delivered from: endpoints taken under a lease, attempts begun and settled.
//!
//! A worker takes an endpoint, not a row: what is due there goes out in order, by one worker at a time.
//! The lease is a promise, not a lock. Should two servers serve an endpoint at once, because one stood
//! still for longer than its lease, [`begin`] lets each attempt be made by one of them.

mod attempt;

use domain::ids::{CustomerId, EndpointId, EventId};
use domain::webhooks::Failure;
use jiff::{SignedDuration, Timestamp};
use jiff_sqlx::ToSqlx;
use sqlx::Row;
use sqlx::postgres::PgRow;

pub use self::attempt::{Brief, Call, End, Health, ToSend, Told, begin, brief, settle};
use super::Store;
use super::rows::perhaps_instant;

/// So long a worker has an endpoint before others may take it over.
pub const LEASE: SignedDuration = SignedDuration::from_secs(15);

/// An endpoint that a worker has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Held {
    /// Whose.
    pub customer: CustomerId,
    /// Which.
    pub endpoint: EndpointId,
}

/// Among whom an endpoint is served.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lane {
    /// Those that took the last event, and at once.
    Healthy,
    /// Those that did not: they wait for each other, and nobody waits for them.
    Suspect,
}

/// Endpoints with something due. From endpoint to endpoint, one look into the index for each: one with a
/// million rows costs as much as one with a single row.
macro_rules! waiting {
    () => {
        "
with recursive waiting as (
    (select customer_id, endpoint_id
       from webhook_deliveries
      where status = 'pending'
      order by customer_id, endpoint_id
      limit 1)
    union all
    select n.customer_id, n.endpoint_id
      from waiting w,
           lateral (select d.customer_id, d.endpoint_id
                      from webhook_deliveries d
                     where d.status = 'pending'
                       and (d.customer_id, d.endpoint_id) > (w.customer_id, w.endpoint_id)
                     order by d.customer_id, d.endpoint_id
                     limit 1) n)"
    };
}

const CLAIM: &str = concat!(
    waiting!(),
    ",
due as (
    select e.customer_id, e.id, d.due_at, e.served_until, e.failures > 0 or e.is_slow as is_suspect
      from waiting w
      join webhook_endpoints e on e.customer_id = w.customer_id and e.id = w.endpoint_id,
           lateral (select n.due_at
                      from webhook_deliveries n
                     where n.customer_id = w.customer_id and n.endpoint_id = w.endpoint_id
                       and n.status = 'pending'
                     order by n.due_at
                     limit 1) d
     where e.state = 'enabled' and e.served_until <= $1 and e.closed_until <= $1 and d.due_at <= $1),
turns as (
    select customer_id, id, is_suspect,
           row_number() over (partition by is_suspect order by served_until, due_at, customer_id, id) as turn
      from due),
mine as (
    select e.customer_id, e.id, t.is_suspect
      from turns t
      join webhook_endpoints e on e.customer_id = t.customer_id and e.id = t.id
     where t.turn <= case when t.is_suspect then $3 else $2 end
       for update of e skip locked)
update webhook_endpoints e
   set served_until = $4
  from mine
 where e.customer_id = mine.customer_id and e.id = mine.id and e.served_until <= $1
returning e.customer_id, e.id, mine.is_suspect"
);

/// Takes endpoints of all customers that have something due, at most so many of each lane: those first that
/// had no turn for longest, so that nobody who always has something due comes before the others.
pub async fn claim(
    store: &Store,
    healthy: usize,
    suspect: usize,
    now: Timestamp,
) -> Result<Vec<(Held, Lane)>, sqlx::Error> {
    let rows = sqlx::query(CLAIM)
        .bind(now.to_sqlx())
        .bind(i64::try_from(healthy).unwrap_or(i64::MAX))
        .bind(i64::try_from(suspect).unwrap_or(i64::MAX))
        .bind((now + LEASE).to_sqlx())
        .fetch_all(&store.deliveries)
        .await?;
    let held = |row: &PgRow| {
        let held = Held { customer: CustomerId(row.try_get(0)?), endpoint: EndpointId(row.try_get(1)?) };
        Ok((held, if row.try_get(2)? { Lane::Suspect } else { Lane::Healthy }))
    };
    rows.iter().map(held).collect()
}

/// Keeps endpoints that are still being served. One that was given back meanwhile stays so.
pub async fn keep(store: &Store, held: &[Held], now: Timestamp) -> Result<(), sqlx::Error> {
    // One that is being written to waits for the next time: nobody who holds others waits for it.
    const KEEP: &str = "
with mine as (
    select e.customer_id, e.id
      from webhook_endpoints e
      join unnest($1::bigint[], $2::bigint[]) held(customer_id, id) using (customer_id, id)
     where e.served_until > $3
       for no key update of e skip locked)
update webhook_endpoints e
   set served_until = $4
  from mine
 where e.customer_id = mine.customer_id and e.id = mine.id";
    let (customers, ids): (Vec<i64>, Vec<i64>) =
        held.iter().map(|held| (held.customer.0, held.endpoint.0)).unzip();
    let keep = sqlx::query(KEEP).bind(customers).bind(ids).bind(now.to_sqlx()).bind((now + LEASE).to_sqlx());
    keep.execute(&store.deliveries).await.map(drop)
}

/// Gives an endpoint back.
pub async fn release(store: &Store, held: Held, now: Timestamp) -> Result<(), sqlx::Error> {
    const RELEASE: &str = "
update webhook_endpoints
   set served_until = $3
 where customer_id = $1 and id = $2";
    let release = sqlx::query(RELEASE).bind(held.customer.0).bind(held.endpoint.0).bind(now.to_sqlx());
    release.execute(&store.deliveries).await.map(drop)
}

/// What is due at an endpoint, in the order in which it is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    /// At most as many as were asked for.
    pub events: Vec<EventId>,
    /// How often the endpoint has failed in a row.
    pub failures: u32,
}

/// What is due at an endpoint, at most so much of it; nothing where it is not to be served any more.
pub async fn due(store: &Store, held: Held, most: usize, now: Timestamp) -> Result<Due, sqlx::Error> {
    const DUE: &str = "
select d.event_id, e.failures
  from webhook_deliveries d
  join webhook_endpoints e on e.customer_id = d.customer_id and e.id = d.endpoint_id
 where d.customer_id = $1 and d.endpoint_id = $2 and d.status = 'pending' and d.due_at <= $3
   and e.state = 'enabled' and e.closed_until <= $3
 order by d.due_at, d.event_id
 limit $4";
    let rows: Vec<(i64, i32)> = sqlx::query_as(DUE)
        .bind(held.customer.0)
        .bind(held.endpoint.0)
        .bind(now.to_sqlx())
        .bind(i64::try_from(most).unwrap_or(i64::MAX))
        .fetch_all(&store.deliveries)
        .await?;
    let failures = rows.first().map_or(0, |(_, failures)| u32::try_from(*failures).unwrap_or_default());
    Ok(Due { events: rows.into_iter().map(|(event, _)| EventId(event)).collect(), failures })
}

/// Gives up a delivery of which there is nothing to send.
pub async fn give_up(store: &Store, held: Held, event: EventId, now: Timestamp) -> Result<(), sqlx::Error> {
    const GIVE_UP: &str = "
update webhook_deliveries
   set status = 'failed', reason = $4, ended_at = $5
 where customer_id = $1 and endpoint_id = $2 and event_id = $3 and status = 'pending'";
    let give_up = sqlx::query(GIVE_UP).bind(held.customer.0).bind(held.endpoint.0).bind(event.0);
    let give_up = give_up.bind(Failure::Lost.as_str()).bind(now.to_sqlx());
    give_up.execute(&store.deliveries).await.map(drop)
}

/// Gives up what waits for endpoints that were removed, at all customers.
pub async fn give_up_removed(store: &Store, now: Timestamp) -> Result<(), sqlx::Error> {
    const GIVE_UP: &str = concat!(
        waiting!(),
        ",
nobodys as (
    select d.customer_id, d.endpoint_id, d.event_id
      from waiting w
      join webhook_endpoints e
        on e.customer_id = w.customer_id and e.id = w.endpoint_id and e.state = 'removed'
      join webhook_deliveries d
        on d.customer_id = w.customer_id and d.endpoint_id = w.endpoint_id and d.status = 'pending'
     limit 10000
       for no key update of d skip locked)
update webhook_deliveries d
   set status = 'failed', reason = $1, ended_at = $2
  from nobodys n
 where d.customer_id = n.customer_id and d.endpoint_id = n.endpoint_id and d.event_id = n.event_id"
    );
    let give_up = sqlx::query(GIVE_UP).bind(Failure::Removed.as_str()).bind(now.to_sqlx());
    give_up.execute(&store.deliveries).await.map(drop)
}

/// What waits to be delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Backlog {
    /// Deliveries, also those that wait for their next try; of one endpoint not more than 10,000 are counted.
    pub depth: i64,
    /// Since when the oldest is due at an endpoint that is on and not left in peace.
    pub oldest: Option<Timestamp>,
}

/// What waits to be delivered to all endpoints that are on.
pub async fn backlog(store: &Store, now: Timestamp) -> Result<Backlog, sqlx::Error> {
    const BACKLOG: &str = concat!(
        waiting!(),
        "
select coalesce(sum(d.depth), 0)::bigint as depth,
       min(d.oldest) filter (where d.oldest <= $1 and e.closed_until <= $1) as oldest
  from waiting w
  join webhook_endpoints e on e.customer_id = w.customer_id and e.id = w.endpoint_id,
       lateral (select (select count(*)
                          from (select
                                  from webhook_deliveries n
                                 where n.customer_id = w.customer_id and n.endpoint_id = w.endpoint_id
                                   and n.status = 'pending'
                                 limit 10000) counted) as depth,
                       (select n.due_at
                          from webhook_deliveries n
                         where n.customer_id = w.customer_id and n.endpoint_id = w.endpoint_id
                           and n.status = 'pending'
                         order by n.due_at
                         limit 1) as oldest) d
 where e.state = 'enabled'"
    );
    let row = sqlx::query(BACKLOG).bind(now.to_sqlx()).fetch_one(&store.deliveries).await?;
    Ok(Backlog { depth: row.try_get("depth")?, oldest: perhaps_instant(&row, "oldest")? })
}
