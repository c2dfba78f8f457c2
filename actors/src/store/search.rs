//! Puts calls into the search, behind the hot path.
//!
//! Which calls are behind is read off the tenant's clock: a new call takes its id from it, and
//! everything that ends or explains a call leaves an event with its tick. So nothing has to be
//! noted when a call is written, and nothing is lost in a crash.

use domain::ids::CustomerId;
use domain::search::{bucket, document, stored};
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::Row;

use super::Store;

/// Calls put in by one statement.
const CALLS_AT_ONCE: i64 = 100;
/// Bytes of a transcript that are looked at: two hours of speech.
const TRANSCRIPT_MAX: i32 = 200_000;

/// Walks over all tenants: the clock of each is one small row.
const BEHIND: &str = "
select b.customer_id, b.seq, coalesce(p.seq, 0) as done
  from balances b
  left join search_progress p using (customer_id)
 where b.seq > coalesce(p.seq, 0)
 order by p.updated_at nulls first
 limit 20";

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

const TEXTS: &str = "
select id, retell_call_id, from_number, to_number, left(transcript, $3) as transcript, summary
  from calls
 where customer_id = $1 and id = any($2)";

const PUT: &str = "
insert into call_search (customer_id, call_id, document)
values ($1, $2, array_to_tsvector($3))
on conflict (customer_id, call_id) do update set document = excluded.document";

const DONE: &str = "
insert into search_progress as p (customer_id, seq, updated_at)
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
    Ok(behind.len())
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
    let rows =
        sqlx::query(TEXTS).bind(customer).bind(&calls).bind(TRANSCRIPT_MAX).fetch_all(&store.claims).await?;
    let mut transaction = store.claims.begin().await?;
    for row in &rows {
        let text = |column: &str| -> Result<Option<String>, sqlx::Error> { row.try_get(column) };
        let texts = [text("retell_call_id")?, text("transcript")?, text("summary")?];
        let numbers = [text("from_number")?, text("to_number")?];
        let id: i64 = row.try_get("id")?;
        let words = document(
            texts.iter().flatten().map(String::as_str),
            numbers.iter().flatten().map(String::as_str),
        );
        let words: Vec<String> =
            words.iter().map(|word| stored(CustomerId(customer), bucket(id), word)).collect();
        sqlx::query(PUT).bind(customer).bind(id).bind(words).execute(&mut *transaction).await?;
    }
    sqlx::query(DONE).bind(customer).bind(reached).bind(now.to_sqlx()).execute(&mut *transaction).await?;
    transaction.commit().await?;
    Ok(())
}
