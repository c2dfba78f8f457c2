//! Reads opening hours and blocked dates for people, with the ids by which they are changed.

use domain::calendar::MinuteOfDay;
use domain::ids::CustomerId;
use jiff::civil::Date;
use jiff_sqlx::ToSqlx;
use sqlx::postgres::PgRow;
use sqlx::{FromRow, Row};

use super::Store;
use crate::error::Error;

/// The blocked dates of the customer `$1`.
macro_rules! blocked {
    () => {
        "
select id, blocked_date::text as date, reason
  from blocked_dates
 where customer_id = $1"
    };
}

/// A window of the week, or a pause in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Window {
    /// New with every change of the week.
    pub id: i64,
    /// 0 = Sunday.
    pub day_of_week: i16,
    /// On the wall of the business.
    pub opens: MinuteOfDay,
    /// On the wall of the business; 24:00 ends a day.
    pub closes: MinuteOfDay,
    /// False for a pause.
    pub is_available: bool,
}

/// A day without slots.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlockedDate {
    /// Its id.
    pub id: i64,
    /// On the calendar of the business.
    pub date: Date,
    /// For people; callers only hear that the day is not available.
    pub reason: Option<String>,
}

/// The week of a customer, and the days on which it does not count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opening {
    /// IANA name of the zone that all of it is meant in.
    pub timezone: String,
    /// By day and time.
    pub hours: Vec<Window>,
    /// By date.
    pub blocked: Vec<BlockedDate>,
}

impl FromRow<'_, PgRow> for Window {
    fn from_row(row: &PgRow) -> Result<Self, sqlx::Error> {
        let minute =
            |column: &str| MinuteOfDay::parse(row.try_get(column)?).ok_or_else(|| unreadable(column));
        Ok(Self {
            id: row.try_get("id")?,
            day_of_week: row.try_get("day_of_week")?,
            opens: minute("opens")?,
            closes: minute("closes")?,
            is_available: row.try_get("is_available")?,
        })
    }
}

impl FromRow<'_, PgRow> for BlockedDate {
    fn from_row(row: &PgRow) -> Result<Self, sqlx::Error> {
        let date: &str = row.try_get("date")?;
        let date = date.parse().map_err(|_| unreadable("date"))?;
        Ok(Self { id: row.try_get("id")?, date, reason: row.try_get("reason")? })
    }
}

fn unreadable(column: &str) -> sqlx::Error {
    sqlx::Error::ColumnNotFound(column.to_owned())
}

/// When a customer is open.
pub async fn opening(store: &Store, customer: CustomerId) -> Result<Opening, Error> {
    const TIMEZONE: &str = "select timezone from customers where id = $1";
    const HOURS: &str = "
select id, day_of_week, start_time::text as opens, end_time::text as closes, is_available
  from availability_slots
 where customer_id = $1
 order by day_of_week, start_time, id";
    const BLOCKED: &str = concat!(blocked!(), "\n order by blocked_date");
    let mut transaction = store.read_for(customer).await?;
    let timezone = sqlx::query_scalar(TIMEZONE).bind(customer.0).fetch_one(&mut *transaction).await?;
    let hours = sqlx::query_as(HOURS).bind(customer.0).fetch_all(&mut *transaction).await?;
    let blocked = sqlx::query_as(BLOCKED).bind(customer.0).fetch_all(&mut *transaction).await?;
    transaction.commit().await?;
    Ok(Opening { timezone, hours, blocked })
}

/// A blocked date by its id.
pub async fn blocked(store: &Store, customer: CustomerId, id: i64) -> Result<Option<BlockedDate>, Error> {
    const ONE: &str = concat!(blocked!(), " and id = $2");
    store.read_one(customer, sqlx::query(ONE).bind(customer.0).bind(id)).await
}

/// A date, if it is blocked.
pub async fn blocked_on(
    store: &Store,
    customer: CustomerId,
    date: Date,
) -> Result<Option<BlockedDate>, Error> {
    const ONE: &str = concat!(blocked!(), " and blocked_date = $2");
    store.read_one(customer, sqlx::query(ONE).bind(customer.0).bind(date.to_sqlx())).await
}
