//! Rows an actor does not keep in memory, read before it decides about them.

use domain::appointments::Appointment;
use domain::calls::{Call, Known, Status};
use domain::ids::{AppointmentId, CallId, CustomerId};
use domain::money::Money;
use sqlx::Row;

use super::Store;
use super::rows::{AppointmentRow, known_bits, stage};

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
