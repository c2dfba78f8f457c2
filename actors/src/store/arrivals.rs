//! What of Retell's last arrived for a customer.

use domain::ids::CustomerId;
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::postgres::PgRow;
use sqlx::{FromRow, Row};

use super::Store;
use super::rows::instant;
use crate::error::Error;

/// What can arrive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// An event of a call.
    Event,
    /// Anything with a signature that counts.
    Signed,
    /// A function call of an agent's.
    Function,
    /// Something whose signature does not count.
    Refused,
}

const KINDS: [(Kind, &str); 4] = [
    (Kind::Event, "event"),
    (Kind::Signed, "signed"),
    (Kind::Function, "function"),
    (Kind::Refused, "refused"),
];

impl Kind {
    fn as_str(self) -> &'static str {
        KINDS.iter().find(|(kind, _)| *kind == self).expect("every one has its row").1
    }
}

/// That something arrived.
#[derive(Debug, Clone)]
pub struct Arrival {
    /// What.
    pub kind: Kind,
    /// When, last.
    pub at: Timestamp,
    /// Why it was refused.
    pub detail: Option<String>,
}

impl FromRow<'_, PgRow> for Arrival {
    fn from_row(row: &PgRow) -> Result<Self, sqlx::Error> {
        let kind: &str = row.try_get("kind")?;
        let kind = KINDS.iter().find(|(_, name)| *name == kind);
        Ok(Self {
            kind: kind.ok_or_else(|| sqlx::Error::ColumnNotFound("kind".to_owned()))?.0,
            at: instant(row, "last_at")?,
            detail: row.try_get("detail")?,
        })
    }
}

/// What has arrived for a customer, one of each kind.
pub async fn of(store: &Store, customer: CustomerId) -> Result<Vec<Arrival>, Error> {
    const ARRIVALS: &str = "select kind, last_at, detail from arrivals where customer_id = $1";
    store.read_all(customer, sqlx::query(ARRIVALS).bind(customer.0)).await
}

/// Writes down what arrived, of each customer and kind one.
pub(crate) async fn keep(store: &Store, arrivals: &[(CustomerId, Arrival)]) -> Result<(), sqlx::Error> {
    // In one order, so that two servers never wait for each other.
    const KEEP: &str = "
insert into arrivals (customer_id, kind, last_at, detail)
select *
  from unnest($1::bigint[], $2::text[], $3::timestamptz[], $4::text[]) a(customer_id, kind, last_at, detail)
 order by customer_id, kind
    on conflict (customer_id, kind) do update
   set last_at = excluded.last_at, detail = excluded.detail
 where arrivals.last_at < excluded.last_at";
    let customers: Vec<i64> = arrivals.iter().map(|(customer, _)| customer.0).collect();
    let kinds: Vec<&str> = arrivals.iter().map(|(_, arrival)| arrival.kind.as_str()).collect();
    let instants: Vec<_> = arrivals.iter().map(|(_, arrival)| arrival.at.to_sqlx()).collect();
    let details: Vec<Option<&str>> = arrivals.iter().map(|(_, arrival)| arrival.detail.as_deref()).collect();
    let keep = sqlx::query(KEEP).bind(customers).bind(kinds).bind(instants).bind(details);
    keep.execute(&store.claims).await.map(drop)
}
