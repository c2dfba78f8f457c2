//! The audit log: each line written in the commit of the change it tells of.

use std::sync::atomic::{AtomicU32, Ordering};

use domain::audit::{Author, Change};
use domain::ids::CustomerId;
use jiff::Timestamp;
use sqlx::{Postgres, Transaction};

use super::rows::AuditRow;
use crate::secrets::random;

/// A name that sorts by time and that nobody else makes: microseconds, a count for lines of the same
/// one, 48 random bits for lines of other servers, in hex.
pub(super) fn fresh_id(now: Timestamp) -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let time = u64::try_from(now.as_microsecond()).unwrap_or_default();
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    format!("aud_{time:014x}{count:08x}{}", data_encoding::HEXLOWER.encode(&random::<6>()))
}

/// Writes a line, for changes that no tenant's actor makes.
pub(super) async fn insert(
    transaction: &mut Transaction<'static, Postgres>,
    customer: CustomerId,
    author: &Author,
    change: Change,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    const INSERT: &str = "
insert into audit_log (
       customer_id, id, actor_kind, actor_id, impersonator_id, action, subject, reason, before, after,
       request_id, created_at)
select customer_id, id, actor_kind, actor_id, impersonator_id, action, subject, reason, before::jsonb,
       after::jsonb, request_id, created_at
  from unnest(array[$1::journal_audit])";
    let row = AuditRow::new(customer, author, change, now);
    sqlx::query(INSERT).bind(row).execute(&mut **transaction).await.map(drop)
}
