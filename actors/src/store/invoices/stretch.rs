//! Adds up a stretch of one ledger for an invoice.

use domain::billing::Category;
use domain::ids::CustomerId;
use domain::invoices::{Paid, Spent, Stretch};
use domain::money::Money;
use jiff::Timestamp;
use sqlx::postgres::PgRow;
use sqlx::{PgConnection, Row};

use crate::store::billing::place;
use crate::store::rows::instant;

/// What was charged and given back: calls by their rate, messages by their price, the rest line by line.
///
/// A call that was charged in parts has its seconds divided as its charges are. A charge whose call is not
/// there counts all the same: the auditor finds it, and an invoice leaves no entry out. The cast leaks, in
/// the eyes of row-level security: it is done before the join, so that the join may use the primary key.
const SPENT: &str = "
with line as materialized (
    select seq, category, amount, description,
           case when category = 'call' and reference_id ~ '^call_[0-9]{1,18}$'
                then substring(reference_id from 6)::bigint end as call_id
      from transactions
     where customer_id = $1 and seq >= $2 and seq <= $3
       and category <> all ('{tax,top_up}') and reference not like 'void:%'),
spent as (
    select l.category, coalesce(c.rate_per_minute, 0) as unit_price, count(*) as entries,
           coalesce(sum(case when c.charges = 1 then c.billable_seconds
                             else round(c.billable_seconds * l.amount / nullif(-c.cost, 0)) end), 0)::bigint as seconds,
           sum(l.amount) as amount, null as description, min(l.seq) as place
      from line l
      left join calls c on c.customer_id = $1 and c.id = l.call_id
     where l.category = 'call'
     group by l.category, coalesce(c.rate_per_minute, 0)
    union all
    select category, -amount, count(*), 0, sum(amount), null, min(seq)
      from line
     where category in ('sms', 'email')
     group by category, amount
    union all
    select category, 0, 1, 0, amount, description, seq
      from line
     where category not in ('call', 'sms', 'email'))
select category, unit_price, entries, seconds, amount, description
  from spent
 order by place";

/// What came in: payments, and what was credited for an invoice that was taken back, since its charges are on
/// no invoice any more.
const PAID: &str = "
select description, created_at, amount
  from transactions
 where customer_id = $1 and seq >= $2 and seq <= $3 and category in ('top_up', 'refund') and category <> 'call'
   and (category = 'top_up' or reference like 'void:%')
 order by seq";

/// The entries from one on that were made before an instant.
pub async fn until(
    connection: &mut PgConnection,
    customer: CustomerId,
    first_seq: i64,
    until: Timestamp,
) -> Result<Stretch, sqlx::Error> {
    let last_seq = place(connection, customer, until).await? - 1;
    read(connection, customer, (first_seq, last_seq)).await
}

/// All entries from one on.
pub async fn all(
    connection: &mut PgConnection,
    customer: CustomerId,
    first_seq: i64,
) -> Result<Stretch, sqlx::Error> {
    const LAST: &str = "select ledger_seq from balances where customer_id = $1";
    let last_seq: i64 = sqlx::query_scalar(LAST).bind(customer.0).fetch_one(&mut *connection).await?;
    read(connection, customer, (first_seq, last_seq)).await
}

async fn read(
    connection: &mut PgConnection,
    customer: CustomerId,
    (first_seq, last_seq): (i64, i64),
) -> Result<Stretch, sqlx::Error> {
    let bound = |statement| sqlx::query(statement).bind(customer.0).bind(first_seq).bind(last_seq);
    let spent = bound(SPENT).fetch_all(&mut *connection).await?;
    let paid = bound(PAID).fetch_all(&mut *connection).await?;
    Ok(Stretch {
        first_seq,
        last_seq,
        spent: spent.iter().map(spent_row).collect::<Result<_, _>>()?,
        paid: paid.iter().map(paid_row).collect::<Result<_, _>>()?,
    })
}

fn spent_row(row: &PgRow) -> Result<Spent, sqlx::Error> {
    let category = Category::parse(row.try_get("category")?);
    Ok(Spent {
        category: category.ok_or_else(|| sqlx::Error::ColumnNotFound("category".to_owned()))?,
        unit_price: Money::rounded(row.try_get("unit_price")?),
        entries: row.try_get("entries")?,
        seconds: row.try_get("seconds")?,
        amount: Money::rounded(row.try_get("amount")?),
        description: row.try_get("description")?,
    })
}

fn paid_row(row: &PgRow) -> Result<Paid, sqlx::Error> {
    Ok(Paid {
        description: row.try_get("description")?,
        at: instant(row, "created_at")?,
        amount: Money::rounded(row.try_get("amount")?),
    })
}
