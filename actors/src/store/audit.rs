//! The auditor's own statements. They read across customers, as the platform's reader.
//!
//! Each answers with what is wrong, one line a finding; no rows means that it is right. They use
//! nothing the journal wrote for itself but compare the records with each other.

mod rules;

use domain::billing::{HashedFields, entry_hash};
use domain::ids::CustomerId;
use domain::money::Money;
use sqlx::Row;
use sqlx::postgres::PgRow;

use self::rules::{ORPHANS, RULES};
use super::Store;

/// A rule that does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Where.
    pub customer: CustomerId,
    /// Which rule, and with what numbers.
    pub what: String,
}

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

/// Rows that belong to no customer.
pub(crate) async fn orphans(store: &Store) -> Result<Vec<Finding>, sqlx::Error> {
    let mut transaction = store.audit_transaction().await?;
    let rows = sqlx::query(ORPHANS).fetch_all(&mut *transaction).await?;
    let finding = |row: &PgRow| Ok(Finding { customer: CustomerId(row.try_get(0)?), what: row.try_get(1)? });
    rows.iter().map(finding).collect()
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

/// Every customer.
pub(crate) async fn customers(store: &Store) -> Result<Vec<CustomerId>, sqlx::Error> {
    const ALL: &str = "select id from customers order by id";
    let ids: Vec<i64> = sqlx::query_scalar(ALL).fetch_all(&store.platform).await?;
    Ok(ids.into_iter().map(CustomerId).collect())
}

impl Store {
    /// One snapshot for all rules, and as long as they need. Planned for the customer that is named: a plan for
    /// any would read everybody's.
    async fn audit_transaction(&self) -> Result<sqlx::Transaction<'static, sqlx::Postgres>, sqlx::Error> {
        let mut transaction = self.platform.begin().await?;
        sqlx::raw_sql(
            "set transaction isolation level repeatable read, read only;
             set local statement_timeout = '10min'; set local plan_cache_mode = force_custom_plan",
        )
        .execute(&mut *transaction)
        .await?;
        Ok(transaction)
    }
}
