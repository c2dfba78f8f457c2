//! Months of many customers that are over at the same time, closed by a server that starts on the first of the
//! next, while calls come in.
//!
//! Each customer was registered a month ago, has paid once and was charged for thirty calls of a minute. That
//! past is put there by SQL, without the chain of hashes that nothing here looks at; the closing is the
//! server's own.

use std::time::Duration;

use anyhow::{Context, bail};
use sqlx::{Connection, Executor, PgConnection, Row};

/// Whose months are over.
pub const CUSTOMERS: usize = 20_000;
/// Customers whose calls come in meanwhile, over so many connections, and the pause of each: a few hundred calls
/// a second.
pub const CALLING: usize = 1_000;
pub const CONNECTIONS: usize = 8;
pub const PAUSE: Duration = Duration::from_millis(20);
/// How often it is looked whether all are closed; calls come in for as long at a time.
pub const LOOK: Duration = Duration::from_secs(5);
/// Far more than the aim.
pub const LOOKS_MAX: usize = 360;

const CALLS: i64 = 30;

/// With `$1` the customers and `$2` the calls of each; `since` is the first of last month in UTC.
const PAST: [&str; 5] = [
    "insert into transactions (customer_id, seq, type, category, amount, balance_after, reference, description,
            created_at, hash)
     select id, 1, 'credit', 'top_up', 25, 25, 'topup:month', 'First payment', since, sha256('1')
       from unnest($1::bigint[]) id, (select date_trunc('month', now(), 'UTC') - interval '1 month' as since) s
      where $2 > 0",
    "insert into calls (customer_id, id, retell_call_id, agent_id, direction, channel, start_time, end_time,
            duration_seconds, billable_seconds, rate_per_minute, cost, charges, status, created_at)
     select id, n, 'month-' || id || '-' || n, 'agent_1', 'inbound', 'phone', since + n * interval '20 hours',
            since + n * interval '20 hours' + interval '1 minute', 60, 60, 1, 1, 1, 'completed',
            since + n * interval '20 hours'
       from unnest($1::bigint[]) id, generate_series(1::bigint, $2) n,
            (select date_trunc('month', now(), 'UTC') - interval '1 month' as since) s",
    "insert into transactions (customer_id, seq, type, category, amount, balance_after, reference, reference_id,
            description, created_at, hash)
     select customer_id, id + 1, 'debit', 'call', -1, 25 - id, 'call:' || retell_call_id, 'call_' || id,
            'Call, 1 min', created_at, sha256(id::text::bytea)
       from calls
      where customer_id = any($1) and starts_with(retell_call_id, 'month-') and id <= $2",
    "update balances
        set seq = 2 * $2, ledger_seq = $2 + 1, ledger_hash = sha256($2::text::bytea), current_balance = 25 - $2
      where customer_id = any($1)",
    "update customers
        set created_at = since, active_since = since, fee_month = since::date
       from (select date_trunc('month', now(), 'UTC') - interval '1 month' as since) s
      where id = any($1) and $2 > 0",
];

/// Gives customers their past, all at once, with a fee of the month that begins and a tax.
pub async fn begin(database_url: &str, customers: &[i64]) -> anyhow::Result<()> {
    const TERMS: &str = "
insert into customer_settings (customer_id, monthly_fee, tax_rate, tax_name)
select id, 29, 7.7, 'VAT' from unnest($1::bigint[]) id
on conflict (customer_id) do update set monthly_fee = excluded.monthly_fee, tax_rate = excluded.tax_rate,
       tax_name = excluded.tax_name";
    let mut connection = PgConnection::connect(database_url).await?;
    connection.execute("set statement_timeout = 0").await?;
    let mut past = connection.begin().await?;
    for statement in PAST {
        let put = sqlx::query(statement).bind(customers).bind(CALLS);
        put.execute(&mut *past).await.context("give customers a past")?;
    }
    sqlx::query(TERMS).bind(customers).execute(&mut *past).await.context("set fee and tax")?;
    past.commit().await?;
    for table in ["vacuum analyze transactions", "vacuum analyze calls", "vacuum analyze customers"] {
        connection.execute(table).await?;
    }
    connection.close().await?;
    Ok(())
}

/// What has come of it so far.
pub struct Progress {
    /// Customers whose month is closed and whose fee is debited.
    pub closed: usize,
    /// From the first invoice to the last fee, in seconds.
    pub seconds: f64,
    /// Invoices that were sent by mail, whosever.
    pub mailed: i64,
}

/// Looks.
pub async fn progress(database_url: &str, customers: &[i64]) -> anyhow::Result<Progress> {
    const CLOSED: &str = "
select count(*), coalesce(extract(epoch from max(t.created_at) - min(i.created_at)), 0)::float8,
       (select count(*) from notifications n
         where n.template = 'invoice' and n.status = 'sent')
  from invoices i
  join transactions t on t.customer_id = i.customer_id and t.reference = 'fee:' || to_char(now(), 'YYYY-MM')
 where i.customer_id = any($1)";
    let mut connection = PgConnection::connect(database_url).await?;
    let row = sqlx::query(CLOSED).bind(customers).fetch_one(&mut connection).await?;
    connection.close().await?;
    Ok(Progress {
        closed: usize::try_from(row.try_get::<i64, _>(0)?)?,
        seconds: row.try_get(1)?,
        mailed: row.try_get(2)?,
    })
}

/// That each has one invoice of thirty minutes with tax, and owes what its payment did not cover.
pub async fn check(database_url: &str, customers: &[i64]) -> anyhow::Result<()> {
    const RIGHT: &str = "{\"(30.0000,2.3100,32.3100,7.3100)\"}, balance -36.3100";
    const FOUND: &str = "
select format('%s, balance %s', invoices, current_balance), count(*)
  from (select (select array_agg((subtotal, tax_amount, total, amount_due)::text) from invoices where customer_id = c)
                   as invoices,
               (select current_balance from balances where customer_id = c)
          from unnest($1::bigint[]) c) found
 group by 1
 order by 2 desc";
    let mut connection = PgConnection::connect(database_url).await?;
    let found: Vec<(String, i64)> = sqlx::query_as(FOUND).bind(customers).fetch_all(&mut connection).await?;
    connection.close().await?;
    if let Some((wrong, count)) = found.iter().find(|(found, _)| found != RIGHT) {
        bail!("{count} months were closed wrongly: {wrong}");
    }
    Ok(())
}
