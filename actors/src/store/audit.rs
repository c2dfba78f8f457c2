//! The auditor's own statements. They read across customers, as the platform's reader.
//!
//! Each answers with what is wrong, one line a finding; no rows means that it is right. They use
//! nothing the journal wrote for itself but compare the records with each other.

use domain::billing::{HashedFields, entry_hash};
use domain::ids::CustomerId;
use domain::money::Money;
use sqlx::Row;

use super::Store;

/// A rule that does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Where.
    pub customer: CustomerId,
    /// Which rule, and with what numbers.
    pub what: String,
}

/// Statements over all customers, or one: `$1` is null or a customer's number. Each row is a
/// customer and a sentence.
const RULES: [&str; 8] = [
    // A balance is the sum of its entries, and ends where its ledger ends.
    "
select b.customer_id,
       format('the balance is %s, its %s entries add up to %s and end at %s', b.current_balance,
              count(t.seq), coalesce(sum(t.amount), 0), coalesce(max(t.seq), 0))
  from balances b
  left join transactions t on t.customer_id = b.customer_id
 where $1::bigint is null or b.customer_id = $1
 group by b.customer_id
having b.current_balance <> coalesce(sum(t.amount), 0) or b.ledger_seq <> coalesce(max(t.seq), 0)
    or count(t.seq) <> b.ledger_seq",
    // Each entry's balance follows from the one before it.
    "
select customer_id, format('txn_%s: the balance after it is %s, not %s', seq, balance_after, expected)
  from (select customer_id, seq, balance_after,
               amount + coalesce(lag(balance_after) over (partition by customer_id order by seq), 0) as expected
          from transactions
         where $1::bigint is null or customer_id = $1) line
 where balance_after <> expected",
    // A call's entries add up to its cost.
    "
select c.customer_id, format('call_%s: it cost %s, its %s entries add up to %s', c.id, c.cost,
              count(t.seq), coalesce(-sum(t.amount), 0))
  from calls c
  left join transactions t
    on t.customer_id = c.customer_id and t.category = 'call' and t.reference_id = 'call_' || c.id
 where $1::bigint is null or c.customer_id = $1
 group by c.customer_id, c.id
having c.cost <> coalesce(-sum(t.amount), 0) or count(t.seq) <> c.charges",
    // Each charged call exists.
    "
select t.customer_id, format('txn_%s: it charges %s, which is not recorded', t.seq, t.reference_id)
  from transactions t
  left join calls c on c.customer_id = t.customer_id and 'call_' || c.id = t.reference_id
 where t.category = 'call' and c.id is null and ($1::bigint is null or t.customer_id = $1)",
    // Appointments that hold their time do not overlap.
    "
select a.customer_id, format('apt_%s and apt_%s overlap', a.id, b.id)
  from appointments a
  join appointments b
    on b.customer_id = a.customer_id and b.id > a.id and b.status = 'scheduled'
   and tstzrange(a.start_time, a.end_time) && tstzrange(b.start_time, b.end_time)
 where a.status = 'scheduled' and ($1::bigint is null or a.customer_id = $1)",
    // Events are numbered without gaps, up to the number the tenant has handed out last: a receiver that
    // misses one has missed it, and not we.
    "
select b.customer_id,
       format('%s events are numbered up to %s, the last number handed out is %s', count(w.sequence),
              coalesce(max(w.sequence), 0), b.event_seq)
  from balances b
  left join webhook_logs w on w.customer_id = b.customer_id and w.sequence is not null
 where $1::bigint is null or b.customer_id = $1
 group by b.customer_id
having count(w.sequence) <> b.event_seq or count(distinct w.sequence) <> b.event_seq
    or coalesce(max(w.sequence), 0) <> b.event_seq",
    // Each delivery is of an event, and of none that is older than its endpoint.
    "
select d.customer_id, format('ep_%s is told of evt_%s, which %s', d.endpoint_id, d.event_id,
              case when w.id is null then 'never happened' else 'is older' end)
  from webhook_deliveries d
  left join webhook_logs w on w.customer_id = d.customer_id and w.id = d.event_id
 where (w.id is null or d.event_id <= d.endpoint_id) and ($1::bigint is null or d.customer_id = $1)",
    // No row of the hot tables belongs to a customer that does not exist: they have no foreign keys.
    "
select o.customer_id, format('rows of %s belong to no customer', o.source)
  from (select distinct customer_id, 'balances' as source from balances
        union all select distinct customer_id, 'calls' from calls
        union all select distinct customer_id, 'transactions' from transactions
        union all select distinct customer_id, 'appointments' from appointments
        union all select distinct customer_id, 'webhook_logs' from webhook_logs
        union all select distinct customer_id, 'webhook_deliveries' from webhook_deliveries) o
  left join customers c on c.id = o.customer_id
 where c.id is null and ($1::bigint is null or o.customer_id = $1)",
];

/// Checks every rule that one statement can check.
pub(crate) async fn rules(store: &Store, customer: Option<CustomerId>) -> Result<Vec<Finding>, sqlx::Error> {
    let mut findings = Vec::new();
    let mut transaction = store.audit_transaction().await?;
    for rule in RULES {
        let rows = sqlx::query(rule).bind(customer.map(|c| c.0)).fetch_all(&mut *transaction).await?;
        for row in rows {
            findings.push(Finding { customer: CustomerId(row.try_get(0)?), what: row.try_get(1)? });
        }
    }
    Ok(findings)
}

/// Lines of one customer read at a time when hashes are checked.
const HASHED_AT_ONCE: i64 = 10_000;

/// Follows the chain of one customer's ledger from its first line to its last.
pub(crate) async fn hashes(store: &Store, customer: CustomerId) -> Result<Vec<Finding>, sqlx::Error> {
    const LINES: &str = "
select seq, category, amount, balance_after, reference, created_at, hash
  from transactions
 where customer_id = $1 and seq > $2
 order by seq
 limit $3";
    let mut transaction = store.audit_transaction().await?;
    let (mut after, mut previous) = (0_i64, Vec::new());
    loop {
        let rows = sqlx::query(LINES)
            .bind(customer.0)
            .bind(after)
            .bind(HASHED_AT_ONCE)
            .fetch_all(&mut *transaction)
            .await?;
        let count = rows.len();
        for row in rows {
            let (seq, category): (i64, String) = (row.try_get(0)?, row.try_get(1)?);
            let reference: String = row.try_get(4)?;
            let stored: Vec<u8> = row.try_get(6)?;
            let line = HashedFields {
                customer,
                seq,
                category: &category,
                amount: Money::rounded(row.try_get(2)?),
                balance_after: Money::rounded(row.try_get(3)?),
                reference: &reference,
                created_at: row.try_get::<jiff_sqlx::Timestamp, _>(5)?.to_jiff(),
            };
            if seq != after + 1 {
                return Ok(vec![Finding { customer, what: format!("txn_{seq} follows txn_{after}") }]);
            }
            if stored != entry_hash(&previous, &line) {
                let what = format!("txn_{seq}: its hash does not cover what it says");
                return Ok(vec![Finding { customer, what }]);
            }
            (after, previous) = (seq, stored);
        }
        if count < usize::try_from(HASHED_AT_ONCE).unwrap_or(usize::MAX) {
            break;
        }
    }
    const END: &str = "select ledger_seq, ledger_hash from balances where customer_id = $1";
    let row = sqlx::query(END).bind(customer.0).fetch_optional(&mut *transaction).await?;
    let ends_there = match row {
        Some(row) => row.try_get::<i64, _>(0)? == after && row.try_get::<Vec<u8>, _>(1)? == previous,
        None => false,
    };
    let what = "the balance does not end with the hash of the last entry".to_owned();
    Ok(if ends_there { Vec::new() } else { vec![Finding { customer, what }] })
}

/// A customer's standing in the database, to compare memory with.
pub(crate) struct Standing {
    pub seq: i64,
    pub scheduled: Vec<(i64, jiff::Timestamp, jiff::Timestamp)>,
}

/// The ledger line a snapshot claims to end with: balance after it, and its hash in hex.
pub(crate) async fn ledger_line(
    store: &Store,
    customer: CustomerId,
    seq: i64,
) -> Result<Option<(Money, String)>, sqlx::Error> {
    const LINE: &str = "
select balance_after, encode(hash, 'hex')
  from transactions
 where customer_id = $1 and seq = $2";
    let row = sqlx::query(LINE).bind(customer.0).bind(seq).fetch_optional(&store.platform).await?;
    row.map(|row| Ok((Money::rounded(row.try_get(0)?), row.try_get(1)?))).transpose()
}

/// Where a customer's clock stands, and which of these appointments hold their time.
pub(crate) async fn standing(
    store: &Store,
    customer: CustomerId,
    appointments_from: jiff::Timestamp,
) -> Result<Option<Standing>, sqlx::Error> {
    const STANDING: &str = "
select b.seq, a.id, a.start_time, a.end_time
  from balances b
  left join appointments a
    on a.customer_id = b.customer_id and a.status = 'scheduled' and a.end_time > $2
 where b.customer_id = $1
 order by a.id";
    use jiff_sqlx::ToSqlx;
    let rows = sqlx::query(STANDING)
        .bind(customer.0)
        .bind(appointments_from.to_sqlx())
        .fetch_all(&store.platform)
        .await?;
    let Some(first) = rows.first() else { return Ok(None) };
    let seq = first.try_get(0)?;
    let mut scheduled = Vec::new();
    for row in &rows {
        if let Some(id) = row.try_get::<Option<i64>, _>(1)? {
            let start: jiff_sqlx::Timestamp = row.try_get(2)?;
            let end: jiff_sqlx::Timestamp = row.try_get(3)?;
            scheduled.push((id, start.to_jiff(), end.to_jiff()));
        }
    }
    Ok(Some(Standing { seq, scheduled }))
}

/// Every customer with a balance.
pub(crate) async fn customers(store: &Store) -> Result<Vec<CustomerId>, sqlx::Error> {
    const ALL: &str = "select customer_id from balances order by customer_id";
    let ids: Vec<i64> = sqlx::query_scalar(ALL).fetch_all(&store.platform).await?;
    Ok(ids.into_iter().map(CustomerId).collect())
}

impl Store {
    /// One snapshot for all rules, and as long as it takes.
    async fn audit_transaction(&self) -> Result<sqlx::Transaction<'static, sqlx::Postgres>, sqlx::Error> {
        let mut transaction = self.platform.begin().await?;
        sqlx::raw_sql(
            "set transaction isolation level repeatable read, read only; set local statement_timeout = 0",
        )
        .execute(&mut *transaction)
        .await?;
        Ok(transaction)
    }
}
