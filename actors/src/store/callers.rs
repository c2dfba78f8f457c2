//! What the records say of one caller: an indexed read, under row-level security.

use std::collections::HashMap;

use domain::ids::{CallId, CustomerId};
use domain::retell::functions::LookupArgs;
use jiff::Timestamp;
use sqlx::postgres::PgRow;
use sqlx::{FromRow, Row};

use super::Store;
use crate::error::Error;

/// Under what names guests with these numbers last booked; nothing for a number that nobody booked with.
pub async fn names(
    store: &Store,
    customer: CustomerId,
    numbers: Vec<String>,
) -> Result<HashMap<String, String>, Error> {
    const NAMES: &str = "
select p.number, g.guest_name
  from unnest($2::text[]) p(number)
 cross join lateral (
       select guest_name
         from appointments
        where customer_id = $1 and guest_phone = p.number and guest_name is not null
        order by id desc
        limit 1) g";
    if numbers.is_empty() {
        return Ok(HashMap::new());
    }
    let mut read = store.read_for(customer).await?;
    let names: Vec<(String, String)> =
        sqlx::query_as(NAMES).bind(customer.0).bind(numbers).fetch_all(&mut *read).await?;
    read.commit().await?;
    Ok(names.into_iter().collect())
}

/// A caller as recorded, at `seq` of the tenant's clock.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct CallerRow {
    pub seq: i64,
    pub phone: Option<String>,
    pub name: Option<String>,
    pub email: Option<String>,
    pub calls_total: i64,
    pub last_call: Option<LastCallRow>,
}

/// The last recorded call of a caller.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct LastCallRow {
    pub id: CallId,
    pub at: Timestamp,
    pub duration_seconds: i32,
    pub summary: Option<String>,
}

/// The same statement with the guest found by phone or by mail.
macro_rules! caller_statement {
    ($guest:literal) => {
        concat!(
            "
with guest as (
    select guest_name, guest_phone, guest_email
      from appointments
     where customer_id = $1 and ",
            $guest,
            " = $2
     order by id desc
     limit 1),
number as (
    select coalesce((select guest_phone from guest), $3) as phone),
last_call as (
    select id, coalesce(start_time, created_at) as at, duration_seconds, left(summary, 500) as summary
      from calls
     where customer_id = $1 and from_number = (select phone from number)
     order by id desc
     limit 1)
select b.seq, n.phone, g.guest_name, g.guest_email,
       (select count(*) from calls where customer_id = $1 and from_number = n.phone) as calls_total,
       l.id, l.at, l.duration_seconds, l.summary
  from balances b
 cross join number n
  left join guest g on true
  left join last_call l on true
 where b.customer_id = $1"
        )
    };
}

const BY_PHONE: &str = caller_statement!("guest_phone");
const BY_EMAIL: &str = caller_statement!("guest_email");

/// Reads what is recorded of a caller; by phone where there is one.
pub(crate) async fn find(
    store: &Store,
    customer: CustomerId,
    args: &LookupArgs,
) -> Result<Option<CallerRow>, sqlx::Error> {
    let (statement, key) = match (&args.phone, &args.email) {
        (Some(phone), _) => (BY_PHONE, phone),
        (None, Some(email)) => (BY_EMAIL, email),
        (None, None) => return Ok(None),
    };
    let find = sqlx::query(statement).bind(customer.0).bind(key).bind(&args.phone);
    let mut transaction = store.read_for_caller(customer).await?;
    let row = find.fetch_optional(&mut *transaction).await?;
    transaction.commit().await?;
    row.as_ref().map(CallerRow::from_row).transpose()
}

impl FromRow<'_, PgRow> for CallerRow {
    fn from_row(row: &PgRow) -> Result<Self, sqlx::Error> {
        let last_call = match row.try_get::<Option<i64>, _>("id")? {
            None => None,
            Some(id) => Some(LastCallRow {
                id: CallId(id),
                at: row.try_get::<jiff_sqlx::Timestamp, _>("at")?.to_jiff(),
                duration_seconds: row.try_get("duration_seconds")?,
                summary: row.try_get("summary")?,
            }),
        };
        Ok(Self {
            seq: row.try_get("seq")?,
            phone: row.try_get("phone")?,
            name: row.try_get("guest_name")?,
            email: row.try_get("guest_email")?,
            calls_total: row.try_get("calls_total")?,
            last_call,
        })
    }
}
