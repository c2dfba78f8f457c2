//! Puts calls into the search, behind the hot path.
//!
//! Which calls are behind is read off the tenant's clock: a new call takes its id from it, and
//! everything that ends or explains a call leaves an event with its tick. So nothing has to be
//! noted when a call is written, and nothing is lost in a crash. The rare change without an event
//! notes the call in `call_search_due`, in its own commit.

use domain::ids::CustomerId;
use domain::search::{Mark, bucket, document, stored};
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::postgres::PgRow;
use sqlx::{Postgres, Row, Transaction};

use super::Store;
use super::rows::perhaps_instant;

/// Calls put in by one statement.
/// Few enough that whoever gives one of them away does not wait long.
const CALLS_AT_ONCE: i64 = 50;
/// Bytes of a transcript that are looked at: two hours of speech.
const TRANSCRIPT_MAX: i32 = 200_000;

/// Walks over all tenants: the clock of each is one small row.
const BEHIND: &str = "
select b.customer_id, b.seq, coalesce(p.seq, 0) as done
  from balances b
  left join call_search_progress p using (customer_id)
 where b.seq > coalesce(p.seq, 0)
 order by p.updated_at nulls first
 limit 20";

/// Noted calls, a customer at a time.
const DUE: &str = "
select customer_id, array_agg(distinct call_id) as calls
  from (select customer_id, call_id from call_search_due limit $1) due
 group by customer_id";

/// Before the calls are read: what is noted from now on is put in the next time.
const NOTED: &str = "delete from call_search_due where customer_id = $1 and call_id = any($2)";

/// What happened to calls since, in the order of the clock.
const CHANGED: &str = "
select tick, call_id
  from (select id as tick, id as call_id
          from calls
         where customer_id = $1 and id > $2 and id <= $3
         union all
        select id as tick, substr(subject, 6)::bigint as call_id
          from webhook_logs
         where customer_id = $1 and id > $2 and id <= $3 and subject like 'call\\_%') changed
 order by tick
 limit $4";

/// Whoever puts calls of a customer in waits for the other one: or the older state of a call might
/// be put in last.
const LOCK: &str = "
insert into call_search_progress as p (customer_id, seq, updated_at)
values ($1, 0, $2)
on conflict (customer_id) do update set seq = p.seq";

const TEXTS: &str = "
select c.id, c.retell_call_id, c.from_number, c.to_number, left(c.transcript, $3) as transcript, c.summary,
       c.agent_id, c.status, c.start_time, a.user_id,
       case when c.direction = 'inbound' then c.to_number end as called_number
  from calls c
  left join call_assignees a on a.customer_id = c.customer_id and a.call_id = c.id
 where c.customer_id = $1 and c.id = any($2)";

const PUT: &str = "
insert into call_search (customer_id, call_id, document)
values ($1, $2, array_to_tsvector($3))
on conflict (customer_id, call_id) do update set document = excluded.document";

const DONE: &str = "
insert into call_search_progress as p (customer_id, seq, updated_at)
values ($1, $2, $3)
on conflict (customer_id) do update
   set seq = greatest(p.seq, excluded.seq), updated_at = excluded.updated_at";

/// Puts in a share of what is behind, of those who have waited longest, and answers how many
/// customers that were; none means that nothing is behind. Two servers may do the same at once: it only costs.
pub(crate) async fn put_some(store: &Store, now: Timestamp) -> Result<usize, sqlx::Error> {
    let behind = sqlx::query(BEHIND).fetch_all(&store.claims).await?;
    for tenant in &behind {
        let (customer, seq, done): (i64, i64, i64) =
            (tenant.try_get(0)?, tenant.try_get(1)?, tenant.try_get(2)?);
        put_tenant(store, customer, seq, done, now).await?;
    }
    let due = sqlx::query(DUE).bind(CALLS_AT_ONCE).fetch_all(&store.claims).await?;
    for tenant in &due {
        let (customer, calls): (i64, Vec<i64>) = (tenant.try_get(0)?, tenant.try_get(1)?);
        let mut transaction = store.claims.begin().await?;
        sqlx::query(NOTED).bind(customer).bind(&calls).execute(&mut *transaction).await?;
        put_calls(&mut transaction, CustomerId(customer), &calls, now).await?;
        transaction.commit().await?;
    }
    Ok(behind.len() + due.len())
}

async fn put_tenant(
    store: &Store,
    customer: i64,
    seq: i64,
    done: i64,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    let changed = sqlx::query(CHANGED)
        .bind(customer)
        .bind(done)
        .bind(seq)
        .bind(CALLS_AT_ONCE)
        .fetch_all(&store.claims)
        .await?;
    let is_all = (changed.len() as i64) < CALLS_AT_ONCE;
    let reached = match changed.last() {
        Some(last) if !is_all => last.try_get("tick")?,
        _ => seq,
    };
    let mut calls: Vec<i64> = changed.iter().map(|row| row.try_get("call_id")).collect::<Result<_, _>>()?;
    calls.sort_unstable();
    calls.dedup();
    let mut transaction = store.claims.begin().await?;
    put_calls(&mut transaction, CustomerId(customer), &calls, now).await?;
    sqlx::query(DONE).bind(customer).bind(reached).bind(now.to_sqlx()).execute(&mut *transaction).await?;
    transaction.commit().await?;
    Ok(())
}

/// Puts these calls in as they are now.
pub(super) async fn put_calls(
    transaction: &mut Transaction<'static, Postgres>,
    customer: CustomerId,
    calls: &[i64],
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query(LOCK).bind(customer.0).bind(now.to_sqlx()).execute(&mut **transaction).await?;
    let texts = sqlx::query(TEXTS).bind(customer.0).bind(calls).bind(TRANSCRIPT_MAX);
    for row in &texts.fetch_all(&mut **transaction).await? {
        let text = |column: &str| -> Result<Option<String>, sqlx::Error> { row.try_get(column) };
        let texts = [text("retell_call_id")?, text("transcript")?, text("summary")?];
        let numbers = [text("from_number")?, text("to_number")?];
        let id: i64 = row.try_get("id")?;
        let words = document(
            texts.iter().flatten().map(String::as_str),
            numbers.iter().flatten().map(String::as_str),
            marks(row)?,
        );
        let words: Vec<String> = words.iter().map(|word| stored(customer, bucket(id), word)).collect();
        sqlx::query(PUT).bind(customer.0).bind(id).bind(words).execute(&mut **transaction).await?;
    }
    Ok(())
}

fn marks(row: &PgRow) -> Result<Vec<Mark>, sqlx::Error> {
    let text = |column: &str| -> Result<Option<String>, sqlx::Error> { row.try_get(column) };
    let owners = match text("user_id")? {
        Some(user) => [Some(Mark::Assignee(user)), None],
        None => [text("agent_id")?.map(Mark::Agent), text("called_number")?.map(Mark::CalledNumber)],
    };
    let others = [text("status")?.map(Mark::Status), perhaps_instant(row, "start_time")?.map(Mark::month)];
    Ok(owners.into_iter().chain(others).flatten().collect())
}
