//! How far a tenant's history goes, whichever server writes it.

use domain::ids::CustomerId;
use jiff::Timestamp;
use sqlx::FromRow;
use sqlx::Row;
use sqlx::postgres::PgRow;

use super::Store;
use super::rows::instant;
use crate::error::Error;

/// Where a tenant's clock stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// The tenant's clock.
    pub seq: i64,
    /// When it last moved.
    pub moved_at: Timestamp,
}

impl FromRow<'_, PgRow> for Progress {
    fn from_row(row: &PgRow) -> Result<Self, sqlx::Error> {
        Ok(Self { seq: row.try_get("seq")?, moved_at: instant(row, "updated_at")? })
    }
}

/// Where a tenant's clock stands. `None` for an unknown customer.
pub async fn progress(store: &Store, customer: CustomerId) -> Result<Option<Progress>, Error> {
    const PROGRESS: &str = "select seq, updated_at from balances where customer_id = $1";
    store.read_one(customer, sqlx::query(PROGRESS).bind(customer.0)).await
}
