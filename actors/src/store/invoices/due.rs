//! Which customers have a fee to be decided, a month to be closed, or an invoice that is overdue.

use domain::customers::Status;
use domain::ids::CustomerId;
use domain::invoices::Books;
use domain::month::Month;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use jiff_sqlx::ToSqlx;
use sqlx::postgres::PgRow;
use sqlx::{PgConnection, Row};

use crate::store::Store;
use crate::store::rows::instant;

/// The day begins nowhere earlier than this before it does in UTC.
const EARLIEST: SignedDuration = SignedDuration::from_hours(14);

/// A customer for whom something may be due; its actor decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Due {
    pub customer: CustomerId,
    pub fee: bool,
    /// The oldest to close.
    pub month: Option<Month>,
    pub overdue: bool,
}

/// The columns of the books, by which a date of the database is compared: where the day begins first, it may
/// be time. What is due where the customer is, is decided here, with our time zones and not the database's.
const CANDIDATES: &str = "
select c.id, c.timezone, c.status, c.created_at, c.active_since, c.fee_month, c.closed_month, c.invoiced_seq,
       c.invoice_count, o.due_date
  from customers c
  left join (select customer_id, min(due_date) as due_date
               from invoices
              where status = 'sent'
              group by customer_id) o on o.customer_id = c.id
 where coalesce(c.closed_month, '-infinity') < $1
    or (c.status = 'active' and coalesce(c.fee_month, '-infinity') < $2)
    or o.due_date < $3
 order by c.id";

/// All of them.
pub(crate) async fn due(store: &Store, now: Timestamp) -> Result<Vec<Due>, sqlx::Error> {
    let latest = (now + EARLIEST).to_zoned(TimeZone::UTC).date();
    let month = Month::of(latest);
    let rows = sqlx::query(CANDIDATES)
        .bind(month.previous().first_day().to_sqlx())
        .bind(month.first_day().to_sqlx())
        .bind(latest.to_sqlx())
        .fetch_all(&store.deliveries)
        .await?;
    let mut found = Vec::new();
    for row in &rows {
        let (books, zone) = read(row)?;
        let is_active = Status::parse(row.try_get("status")?) == Some(Status::Active);
        let due_date: Option<jiff_sqlx::Date> = row.try_get("due_date")?;
        let today = now.to_zoned(zone.clone()).date();
        let due = Due {
            customer: CustomerId(row.try_get("id")?),
            fee: is_active && !books.fee_months(now, &zone).is_empty(),
            month: books.month_to_close(now, &zone),
            overdue: due_date.is_some_and(|due| due.to_jiff() < today),
        };
        if due.fee || due.month.is_some() || due.overdue {
            found.push(due);
        }
    }
    Ok(found)
}

/// One customer's books but its open invoices, and its zone.
pub(super) async fn books(
    connection: &mut PgConnection,
    customer: CustomerId,
) -> Result<Option<(Books, TimeZone)>, sqlx::Error> {
    const BOOKS: &str = "
select timezone, created_at, active_since, fee_month, closed_month, invoiced_seq, invoice_count
  from customers
 where id = $1";
    let row = sqlx::query(BOOKS).bind(customer.0).fetch_optional(&mut *connection).await?;
    row.as_ref().map(read).transpose()
}

fn read(row: &PgRow) -> Result<(Books, TimeZone), sqlx::Error> {
    let month = |column: &str| -> Result<Option<Month>, sqlx::Error> {
        let first: Option<jiff_sqlx::Date> = row.try_get(column)?;
        Ok(first.map(|first| Month::of(first.to_jiff())))
    };
    let zone = TimeZone::get(row.try_get("timezone")?).unwrap_or(TimeZone::UTC);
    let books = Books {
        since: instant(row, "created_at")?,
        active_since: instant(row, "active_since")?,
        fee_month: month("fee_month")?,
        closed_month: month("closed_month")?,
        invoiced_seq: row.try_get("invoiced_seq")?,
        invoice_count: u32::try_from(row.try_get::<i32, _>("invoice_count")?).unwrap_or_default(),
        open: Vec::new(),
    };
    Ok((books, zone))
}
