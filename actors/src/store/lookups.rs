//! Rows an actor does not keep in memory, read before it decides about them.

use domain::appointments::Appointment;
use domain::calls::{Call, Known, Status};
use domain::ids::{AppointmentId, CallId, CustomerId, InvoiceId, TransactionId};
use domain::invoices::Invoice;
use domain::money::Money;
use sqlx::Row;

use super::rows::{AppointmentRow, known_bits, stage};
use super::{Store, invoices};

const CALL: &str = concat!(
    "
select id, status, duration_seconds, billable_seconds, rate_per_minute, cost, charges,
       announced_at is not null as is_announced, analyzed_at is not null as is_analyzed, ",
    known_bits!(),
    " as known, created_at
  from calls
 where customer_id = $1 and retell_call_id = $2"
);

/// The call of that name, where it is stored.
pub(crate) async fn call(
    store: &Store,
    customer: CustomerId,
    retell_call_id: &str,
) -> Result<Option<Call>, sqlx::Error> {
    let row = sqlx::query(CALL).bind(customer.0).bind(retell_call_id).fetch_optional(&store.claims).await?;
    let Some(row) = row else { return Ok(None) };
    let count = |column: &str| -> Result<u32, sqlx::Error> {
        Ok(u32::try_from(row.try_get::<i32, _>(column)?).unwrap_or_default())
    };
    let amount = |column: &str| -> Result<Money, sqlx::Error> { Ok(Money::rounded(row.try_get(column)?)) };
    let status: Option<String> = row.try_get("status")?;
    let status = status.as_deref().and_then(Status::parse);
    let known: i32 = row.try_get("known")?;
    Ok(Some(Call {
        id: CallId(row.try_get("id")?),
        stage: stage(status, row.try_get("is_analyzed")?),
        status,
        duration_seconds: count("duration_seconds")?,
        billable_seconds: count("billable_seconds")?,
        rate_per_minute: amount("rate_per_minute")?,
        cost: amount("cost")?,
        charges: count("charges")?,
        is_announced: row.try_get("is_announced")?,
        known: Known(u16::try_from(known).unwrap_or_default()),
        created_at: row.try_get::<jiff_sqlx::Timestamp, _>("created_at")?.to_jiff(),
    }))
}

const APPOINTMENT: &str = "
select customer_id, id, call_id, guest_name, guest_phone, guest_email, start_time, end_time,
       duration_minutes, status, notes, cancellation_reason, revision, created_at, updated_at,
       next_reminder_at, moves, guest_moves
  from appointments
 where customer_id = $1 and id = $2";

/// The appointment of that id, whatever its state.
pub(crate) async fn appointment(
    store: &Store,
    customer: CustomerId,
    id: AppointmentId,
) -> Result<Option<Appointment>, sqlx::Error> {
    let row: Option<AppointmentRow> =
        sqlx::query_as(APPOINTMENT).bind(customer.0).bind(id.0).fetch_optional(&store.claims).await?;
    Ok(row.map(Appointment::from))
}

/// What was posted under a reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Posted {
    pub seq: i64,
    pub amount: Money,
    pub balance_after: Money,
}

const POSTED: &str = "
select seq, amount, balance_after
  from transactions
 where customer_id = $1 and reference = $2";

/// The ledger line of that reference.
pub(crate) async fn posted(
    store: &Store,
    customer: CustomerId,
    reference: &str,
) -> Result<Option<Posted>, sqlx::Error> {
    let row = sqlx::query(POSTED).bind(customer.0).bind(reference).fetch_optional(&store.claims).await?;
    row.map(|row| {
        Ok(Posted {
            seq: row.try_get(0)?,
            amount: Money::rounded(row.try_get(1)?),
            balance_after: Money::rounded(row.try_get(2)?),
        })
    })
    .transpose()
}

/// A charge, and what of it was given back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Refundable {
    /// How far the ledger was when this was read.
    pub ledger_seq: i64,
    /// More than zero.
    pub charged: Money,
    /// By all refunds of it.
    pub refunded: Money,
    /// Its invoice was taken back, and all charges on it.
    pub is_taken_back: bool,
    /// The refund under the key that is asked for.
    pub standing: Option<Posted>,
}

/// The charge of that number; `None` where there is none, or the entry is no charge.
pub(crate) async fn refundable(
    store: &Store,
    customer: CustomerId,
    of: TransactionId,
    reference: &str,
) -> Result<Option<Refundable>, sqlx::Error> {
    const REFUNDABLE: &str = "
select b.ledger_seq, -t.amount as charged,
       coalesce((select sum(r.amount)
                   from transactions r
                  where r.customer_id = t.customer_id and r.category = 'refund' and r.category <> 'call'
                    and r.reference_id = 'txn_' || t.seq), 0) as refunded,
       p.seq, p.amount, p.balance_after,
       exists (select
                 from invoices i
                where i.customer_id = t.customer_id and i.status = 'void'
                  and case when t.category = 'tax' then t.reference_id = 'inv_' || i.id
                           else t.seq between i.first_seq and i.last_seq end) as is_taken_back
  from transactions t
  join balances b on b.customer_id = t.customer_id
  left join transactions p on p.customer_id = t.customer_id and p.reference = $3
 where t.customer_id = $1 and t.seq = $2 and t.amount < 0";
    let row = sqlx::query(REFUNDABLE)
        .bind(customer.0)
        .bind(of.0)
        .bind(reference)
        .fetch_optional(&store.claims)
        .await?;
    row.map(|row| {
        let amount = |column: usize| Ok::<_, sqlx::Error>(Money::rounded(row.try_get(column)?));
        let standing = match row.try_get::<Option<i64>, _>(3)? {
            Some(seq) => Some(Posted { seq, amount: amount(4)?, balance_after: amount(5)? }),
            None => None,
        };
        Ok(Refundable {
            ledger_seq: row.try_get(0)?,
            charged: amount(1)?,
            refunded: amount(2)?,
            is_taken_back: row.try_get("is_taken_back")?,
            standing,
        })
    })
    .transpose()
}

/// An invoice that may be taken back.
#[derive(Debug)]
pub(crate) struct Voidable {
    /// How far the ledger was when this was read.
    pub ledger_seq: i64,
    /// Whether any of its charges, or its tax, was given back after it was made.
    pub is_refunded: bool,
    pub invoice: Invoice,
}

/// The invoice of that number; `None` where there is none.
pub(crate) async fn voidable(
    store: &Store,
    customer: CustomerId,
    id: InvoiceId,
) -> Result<Option<Voidable>, sqlx::Error> {
    const REFUNDED: &str = "
select b.ledger_seq,
       exists (select
                 from transactions r
                 join transactions t
                   on t.customer_id = r.customer_id
                  and t.seq = case when r.reference_id ~ '^txn_[0-9]{1,18}$'
                                   then substring(r.reference_id from 5)::bigint end
                where r.customer_id = i.customer_id and r.category = 'refund' and r.category <> 'call'
                  and r.seq > i.last_seq
                  and case when t.category = 'tax' then t.reference_id = 'inv_' || i.id
                           else t.seq between i.first_seq and i.last_seq end)
  from invoices i
  join balances b on b.customer_id = i.customer_id
 where i.customer_id = $1 and i.id = $2";
    let mut connection = store.claims.acquire().await?;
    // The invoice is read after the ledger, so that it is no older.
    let read = sqlx::query_as(REFUNDED).bind(customer.0).bind(id.0).fetch_optional(&mut *connection).await?;
    let Some((ledger_seq, is_refunded)) = read else { return Ok(None) };
    let invoice = invoices::read(&mut connection, customer, id).await?;
    Ok(invoice.map(|invoice| Voidable { ledger_seq, is_refunded, invoice }))
}
