//! Between the domain's values and the journal's rows.

use jiff_sqlx::ToSqlx;

use super::batch::{AppointmentRow, CallRow, EventRow, TransactionRow};
use domain::appointments::{Appointment, Guest, Status};
use domain::billing::Entry;
use domain::calls::{self, CallReport, Stage};
use domain::ids::{AppointmentId, CallId, CustomerId};
use jiff::Timestamp;

/// The row of a call as `change` leaves it, at `now`.
pub(crate) fn call(
    customer: CustomerId,
    report: &CallReport,
    change: calls::Change,
    before: Option<&calls::Call>,
    now: Timestamp,
) -> CallRow {
    let (call, details) = (change.call, change.details);
    let is_new = |was: bool, is: bool| (is && !was).then(|| now.to_sqlx());
    CallRow {
        customer_id: customer.0,
        id: call.id.0,
        retell_call_id: report.retell_call_id.clone(),
        agent_id: details.agent_id,
        direction: report.direction.as_str().to_owned(),
        channel: report.channel.as_str().to_owned(),
        from_number: details.from_number,
        to_number: details.to_number,
        start_time: details.start_time.map(|time| time.to_sqlx()),
        end_time: details.end_time.map(|time| time.to_sqlx()),
        duration_seconds: seconds(call.duration_seconds),
        billable_seconds: seconds(call.billable_seconds),
        rate_per_minute: call.rate_per_minute.amount(),
        cost: call.cost.amount(),
        charges: seconds(call.charges),
        disconnection_reason: details.disconnection_reason,
        recording_url: details.recording_url,
        transcript: details.transcript,
        turns: details.turns,
        summary: details.summary,
        call_score: details.call_score,
        analysis: details.analysis.map(|value| value.to_string()),
        improvement_recommendations: details.improvement_recommendations.map(|value| value.to_string()),
        status: call.status.map(|status| status.as_str().to_owned()),
        review: change.review,
        announced_at: is_new(before.is_some_and(|call| call.is_announced), call.is_announced),
        analyzed_at: is_new(
            before.is_some_and(|call| call.stage == Stage::Analyzed),
            call.stage == Stage::Analyzed,
        ),
        created_at: call.created_at.to_sqlx(),
    }
}

/// At most a day in seconds, or a handful of charges.
fn seconds(count: u32) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}

/// A line of the ledger.
pub(crate) fn transaction(customer: CustomerId, entry: Entry) -> TransactionRow {
    let posting = entry.posting;
    TransactionRow {
        customer_id: customer.0,
        seq: entry.seq,
        r#type: if posting.amount.is_negative() { "debit" } else { "credit" }.to_owned(),
        category: posting.category.as_str().to_owned(),
        amount: posting.amount.amount(),
        balance_after: entry.balance_after.amount(),
        reference: posting.reference,
        reference_id: posting.reference_id,
        description: posting.description,
        author: posting.author,
        created_at: entry.created_at.to_sqlx(),
        hash: entry.hash.to_vec(),
    }
}

/// An appointment whole; `revision` is the tenant's clock at this change.
pub(crate) fn appointment(customer: CustomerId, now: &Appointment, revision: i64) -> AppointmentRow {
    AppointmentRow {
        customer_id: customer.0,
        id: now.id.0,
        call_id: now.call.map(|call| call.0),
        guest_name: now.guest.name.clone(),
        guest_phone: now.guest.phone.clone(),
        guest_email: now.guest.email.clone(),
        start_time: now.start.to_sqlx(),
        end_time: now.end.to_sqlx(),
        duration_minutes: seconds(now.duration_minutes),
        status: now.status.as_str().to_owned(),
        notes: now.notes.clone(),
        cancellation_reason: now.cancellation_reason.clone(),
        revision,
        created_at: now.created_at.to_sqlx(),
        updated_at: now.updated_at.to_sqlx(),
    }
}

impl From<AppointmentRow> for Appointment {
    fn from(row: AppointmentRow) -> Self {
        let status = [Status::Scheduled, Status::Completed, Status::Cancelled, Status::NoShow]
            .into_iter()
            .find(|status| status.as_str() == row.status);
        Self {
            id: AppointmentId(row.id),
            call: row.call_id.map(CallId),
            guest: Guest { name: row.guest_name, phone: row.guest_phone, email: row.guest_email },
            start: row.start_time.to_jiff(),
            end: row.end_time.to_jiff(),
            duration_minutes: u32::try_from(row.duration_minutes).unwrap_or_default(),
            // The column's check allows no fifth; should it be widened, closed is the safe reading.
            status: status.unwrap_or(Status::Completed),
            notes: row.notes,
            cancellation_reason: row.cancellation_reason,
            created_at: row.created_at.to_jiff(),
            updated_at: row.updated_at.to_jiff(),
        }
    }
}

/// An event about `subject`, `call_12` or `balance`.
pub(crate) fn event(
    customer: CustomerId,
    id: i64,
    kind: domain::webhooks::EventKind,
    subject: String,
    payload: Option<String>,
    now: Timestamp,
) -> EventRow {
    EventRow {
        customer_id: customer.0,
        id,
        event: kind.as_str().to_owned(),
        subject,
        payload,
        created_at: now.to_sqlx(),
    }
}
