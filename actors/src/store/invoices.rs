//! Invoices and what they are made of. Written by the tenant's actor alone.

mod due;
mod stored;
mod stretch;

use domain::ids::{CustomerId, InvoiceId};
use domain::invoices::{Content, Invoice, Status, Stretch, Terms};
use domain::money::Money;
use domain::month::Month;
use domain::page::{COUNTED_MAX, Page, PageRequest};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use sqlx::postgres::PgRow;
use sqlx::{FromRow, Row};

pub(crate) use due::{Due, due};
pub(super) use stored::read;

use super::rows::day;
use super::{Store, settings};
use crate::error::{Error, Refusal};

/// The month that a tenant closes next, and what the ledger says of it.
#[derive(Debug)]
pub(crate) struct Stated {
    pub month: Month,
    pub stretch: Stretch,
}

/// Reads the month to close and its entries; `None` where none is over. The tenant decides whether it is
/// still the one.
pub(crate) async fn stated(
    store: &Store,
    customer: CustomerId,
    now: Timestamp,
) -> Result<Option<Stated>, sqlx::Error> {
    let mut connection = store.claims.acquire().await?;
    let Some((books, zone)) = due::books(&mut connection, customer).await? else { return Ok(None) };
    let Some(month) = books.month_to_close(now, &zone) else { return Ok(None) };
    let until = month.period(&zone).until.unwrap_or(now);
    let stretch = stretch::until(&mut connection, customer, books.invoiced_seq + 1, until).await?;
    Ok(Some(Stated { month, stretch }))
}

/// The invoice, for whoever mails it.
pub async fn to_send(
    store: &Store,
    customer: CustomerId,
    id: InvoiceId,
) -> Result<Option<Invoice>, sqlx::Error> {
    stored::read(&mut *store.deliveries.acquire().await?, customer, id).await
}

/// An invoice. `None` where the customer has none of that id.
pub async fn find(store: &Store, customer: CustomerId, id: InvoiceId) -> Result<Option<Invoice>, Error> {
    let mut read = store.read_for(customer).await?;
    let invoice = stored::read(&mut read, customer, id).await?;
    read.commit().await?;
    Ok(invoice)
}

/// A line of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// `inv_7`.
    pub id: InvoiceId,
    /// `INV-1-0001`.
    pub number: String,
    /// Which month.
    pub month: Month,
    /// The day it was given its number.
    pub issued_on: Date,
    /// The last day on which it is not overdue.
    pub due_date: Date,
    /// ISO 4217.
    pub currency: String,
    /// With tax.
    pub total: Money,
    /// What is due now.
    pub amount_due: Money,
    /// Where it stands.
    pub status: Status,
}

impl FromRow<'_, PgRow> for Listed {
    fn from_row(row: &PgRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            id: InvoiceId(row.try_get("id")?),
            number: row.try_get("invoice_number")?,
            month: Month::of(day(row, "billing_period_start")?),
            issued_on: day(row, "issued_on")?,
            due_date: day(row, "due_date")?,
            currency: row.try_get("currency")?,
            total: Money::rounded(row.try_get("total")?),
            amount_due: Money::rounded(row.try_get("amount_due")?),
            status: stored::status(row)?,
        })
    }
}

/// A page of the invoices, newest first, of one status if named.
pub async fn page(
    store: &Store,
    customer: CustomerId,
    status: Option<Status>,
    request: PageRequest,
) -> Result<Page<Listed>, Error> {
    const PAGE: &str = "
select id, invoice_number, billing_period_start, issued_on, due_date, currency, total, amount_due, status
  from invoices
 where customer_id = $1 and ($2::text is null or status = $2)
 order by id desc
 limit $3 offset $4";
    const COUNT: &str = "
select count(*)
  from (select from invoices where customer_id = $1 and ($2::text is null or status = $2) limit $3) counted";
    let status = status.map(Status::as_str);
    let mut read = store.read_for(customer).await?;
    let page =
        sqlx::query_as(PAGE).bind(customer.0).bind(status).bind(request.limit()).bind(request.offset());
    let listed = page.fetch_all(&mut *read).await?;
    let count = sqlx::query_scalar(COUNT).bind(customer.0).bind(status).bind(COUNTED_MAX + 1);
    let counted: i64 = count.fetch_one(&mut *read).await?;
    read.commit().await?;
    Ok(Page::new(request, listed, counted))
}

/// What the next invoice says so far.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// The running month, in the customer's zone.
    pub month: Month,
    /// The first day of the next one, on which it is closed.
    pub closes_on: Date,
    /// As if the month ended now.
    pub content: Content,
}

/// The running month, computed: it has no number and nothing is debited for it.
pub async fn draft(
    store: &Store,
    customer: CustomerId,
    terms: &Terms,
    now: Timestamp,
) -> Result<Draft, Error> {
    let account = settings::account(store, customer).await?.ok_or(Refusal::UnknownCustomer)?;
    let zone = TimeZone::get(&account.profile.timezone).unwrap_or(TimeZone::UTC);
    let month = Month::at(now, &zone);
    let mut read = store.read_for(customer).await?;
    let first_seq: i64 = sqlx::query_scalar("select invoiced_seq + 1 from customers where id = $1")
        .bind(customer.0)
        .fetch_one(&mut *read)
        .await?;
    let stretch = stretch::all(&mut read, customer, first_seq).await?;
    read.commit().await?;
    let tax = account.settings.invoicing.tax.unwrap_or_else(|| terms.tax.clone());
    Ok(Draft { month, closes_on: month.next().first_day(), content: stretch.content(tax, &zone) })
}
