//! The shapes of the journal's parameters, and the way between them and the domain's values.

use super::audit_log::fresh_id;
use domain::appointments::{Appointment, Guest, Status};
use domain::audit::{Author, Change};
use domain::billing::Entry;
use domain::calls::{self, CallReport, Stage};
use domain::ids::{AppointmentId, CallId, CustomerId};
use jiff_sqlx::{Timestamp, ToSqlx};
use rust_decimal::Decimal;
use sqlx::postgres::PgRow;
use sqlx::{FromRow, Row};

/// An instant of a row that is read by hand.
pub(crate) fn instant(row: &PgRow, column: &str) -> Result<jiff::Timestamp, sqlx::Error> {
    Ok(row.try_get::<Timestamp, _>(column)?.to_jiff())
}

/// The same where there may be none.
pub(crate) fn perhaps_instant(row: &PgRow, column: &str) -> Result<Option<jiff::Timestamp>, sqlx::Error> {
    Ok(row.try_get::<Option<Timestamp>, _>(column)?.map(Timestamp::to_jiff))
}

/// One tenant's step: from which clock to which, and where its ledger ends.
#[derive(Debug, Clone, sqlx::Type)]
#[sqlx(type_name = "journal_tenant_2")]
pub(crate) struct TenantRow {
    pub customer_id: i64,
    pub epoch: i64,
    pub from_seq: i64,
    pub to_seq: i64,
    pub ledger_seq: i64,
    pub ledger_hash: Vec<u8>,
    pub balance: Decimal,
    pub at: Timestamp,
    pub event_seq: i64,
}

/// A call as it is now; what the actor does not keep is absent and stays as it is stored.
#[derive(Debug, Clone, sqlx::Type)]
#[sqlx(type_name = "journal_call")]
pub(crate) struct CallRow {
    pub customer_id: i64,
    pub id: i64,
    pub retell_call_id: String,
    pub agent_id: Option<String>,
    pub direction: String,
    pub channel: String,
    pub from_number: Option<String>,
    pub to_number: Option<String>,
    pub start_time: Option<Timestamp>,
    pub end_time: Option<Timestamp>,
    pub duration_seconds: i32,
    pub billable_seconds: i32,
    pub rate_per_minute: Decimal,
    pub cost: Decimal,
    pub charges: i32,
    pub disconnection_reason: Option<String>,
    pub recording_url: Option<String>,
    pub transcript: Option<String>,
    pub turns: Option<String>,
    pub summary: Option<String>,
    pub call_score: Option<i32>,
    pub analysis: Option<String>,
    pub improvement_recommendations: Option<String>,
    pub status: Option<String>,
    pub review: Option<String>,
    pub announced_at: Option<Timestamp>,
    pub analyzed_at: Option<Timestamp>,
    pub created_at: Timestamp,
}

impl CallRow {
    /// Takes over a later version of the same call: field by field, never by nothing. The same
    /// rule as the statement's `on conflict`.
    pub fn merge(&mut self, later: &CallRow) {
        fn take<T: Clone>(mine: &mut Option<T>, theirs: &Option<T>) {
            if theirs.is_some() {
                mine.clone_from(theirs);
            }
        }
        take(&mut self.agent_id, &later.agent_id);
        take(&mut self.from_number, &later.from_number);
        take(&mut self.to_number, &later.to_number);
        take(&mut self.start_time, &later.start_time);
        take(&mut self.end_time, &later.end_time);
        self.duration_seconds = later.duration_seconds;
        self.billable_seconds = later.billable_seconds;
        self.rate_per_minute = later.rate_per_minute;
        self.cost = later.cost;
        self.charges = later.charges;
        take(&mut self.disconnection_reason, &later.disconnection_reason);
        take(&mut self.recording_url, &later.recording_url);
        take(&mut self.transcript, &later.transcript);
        take(&mut self.turns, &later.turns);
        take(&mut self.summary, &later.summary);
        take(&mut self.call_score, &later.call_score);
        take(&mut self.analysis, &later.analysis);
        take(&mut self.improvement_recommendations, &later.improvement_recommendations);
        take(&mut self.status, &later.status);
        take(&mut self.review, &later.review);
        take(&mut self.announced_at, &later.announced_at);
        take(&mut self.analyzed_at, &later.analyzed_at);
    }

    /// Bytes of its long texts: what bounds a batch.
    pub fn size(&self) -> usize {
        [&self.transcript, &self.turns, &self.summary, &self.analysis, &self.improvement_recommendations]
            .into_iter()
            .flatten()
            .map(String::len)
            .sum()
    }
}

/// A line of the ledger.
#[derive(Debug, Clone, sqlx::Type)]
#[sqlx(type_name = "journal_transaction")]
pub(crate) struct TransactionRow {
    pub customer_id: i64,
    pub seq: i64,
    pub r#type: String,
    pub category: String,
    pub amount: Decimal,
    pub balance_after: Decimal,
    pub reference: String,
    pub reference_id: Option<String>,
    pub description: String,
    pub author: Option<String>,
    pub created_at: Timestamp,
    pub hash: Vec<u8>,
}

/// An appointment as it is now, whole.
#[derive(Debug, Clone, sqlx::Type, FromRow)]
#[sqlx(type_name = "journal_appointment_2")]
pub(crate) struct AppointmentRow {
    pub customer_id: i64,
    pub id: i64,
    pub call_id: Option<i64>,
    pub guest_name: Option<String>,
    pub guest_phone: Option<String>,
    pub guest_email: Option<String>,
    pub start_time: Timestamp,
    pub end_time: Timestamp,
    pub duration_minutes: i32,
    pub status: String,
    pub notes: Option<String>,
    pub cancellation_reason: Option<String>,
    pub revision: i64,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub next_reminder_at: Option<Timestamp>,
    pub moves: i32,
    pub guest_moves: i32,
}

/// A message as it is queued.
#[derive(Debug, Clone, sqlx::Type)]
#[sqlx(type_name = "journal_notification_2")]
pub(crate) struct NotificationRow {
    pub customer_id: i64,
    pub id: i64,
    pub appointment_id: Option<i64>,
    pub r#type: String,
    pub recipient: String,
    pub template: String,
    pub is_resend: bool,
    pub starts_at: Option<Timestamp>,
    pub due_at: Timestamp,
    pub created_at: Timestamp,
    pub invoice_id: Option<i64>,
}

/// A message that was accepted.
#[derive(Debug, Clone, sqlx::Type)]
#[sqlx(type_name = "journal_sent")]
pub(crate) struct SentRow {
    pub customer_id: i64,
    pub id: i64,
    pub subject: Option<String>,
    pub content: String,
    pub parts: Option<i32>,
    pub provider_id: Option<String>,
    pub cost: Decimal,
    pub sent_at: Timestamp,
}

/// An event for the customer's own systems, by reference.
#[derive(Debug, Clone, sqlx::Type)]
#[sqlx(type_name = "journal_webhook_2")]
pub(crate) struct EventRow {
    pub customer_id: i64,
    pub id: i64,
    pub event: String,
    pub subject: String,
    pub payload: Option<String>,
    pub created_at: Timestamp,
    pub sequence: i64,
}

/// An event on its way to an endpoint.
#[derive(Debug, Clone, sqlx::Type)]
#[sqlx(type_name = "journal_delivery")]
pub(crate) struct DeliveryRow {
    pub customer_id: i64,
    pub endpoint_id: i64,
    pub event_id: i64,
    pub event: String,
    pub due_at: Timestamp,
    pub created_at: Timestamp,
}

/// A line of the audit log.
#[derive(Debug, Clone, sqlx::Type)]
#[sqlx(type_name = "journal_audit")]
pub(crate) struct AuditRow {
    pub customer_id: i64,
    pub id: String,
    pub actor_kind: String,
    pub actor_id: String,
    pub impersonator_id: Option<String>,
    pub action: String,
    pub subject: String,
    pub reason: Option<String>,
    pub before: Option<String>,
    pub after: Option<String>,
    pub request_id: Option<String>,
    pub created_at: Timestamp,
}

impl AuditRow {
    /// The line of a change by `author`.
    pub fn new(customer: CustomerId, author: &Author, change: Change, now: jiff::Timestamp) -> Self {
        let json = |value: Option<serde_json::Value>| value.map(|value| value.to_string());
        Self {
            customer_id: customer.0,
            id: fresh_id(now),
            actor_kind: author.kind.as_str().to_owned(),
            actor_id: author.id.clone(),
            impersonator_id: author.impersonator.clone(),
            action: change.action.to_owned(),
            subject: change.subject,
            reason: change.reason,
            before: json(change.before),
            after: json(change.after),
            request_id: author.request_id.clone(),
            created_at: now.to_sqlx(),
        }
    }
}

/// What one entry writes.
#[derive(Debug, Default)]
pub(crate) struct Rows {
    pub calls: Vec<CallRow>,
    pub transactions: Vec<TransactionRow>,
    pub appointments: Vec<AppointmentRow>,
    pub events: Vec<EventRow>,
    pub audits: Vec<AuditRow>,
    pub notifications: Vec<NotificationRow>,
    pub sent: Vec<SentRow>,
    pub deliveries: Vec<DeliveryRow>,
    /// Customer and call that the search would not hear of by an event.
    pub search_due: Vec<(i64, i64)>,
}

/// A column that is a day.
pub(crate) fn day(row: &PgRow, column: &str) -> Result<jiff::civil::Date, sqlx::Error> {
    Ok(row.try_get::<jiff_sqlx::Date, _>(column)?.to_jiff())
}

/// The bits of [`Known`] of a stored call, in the order of `domain::calls::Details`.
macro_rules! known_bits {
    () => {
        "((agent_id is not null)::int * 1
        + (from_number is not null)::int * 2
        + (to_number is not null)::int * 4
        + (start_time is not null)::int * 8
        + (end_time is not null)::int * 16
        + (disconnection_reason is not null)::int * 32
        + (recording_url is not null)::int * 64
        + (transcript is not null)::int * 128
        + (turns is not null)::int * 256
        + (summary is not null)::int * 512
        + (call_score is not null)::int * 1024
        + (analysis is not null)::int * 2048
        + (improvement_recommendations is not null)::int * 4096)"
    };
}
pub(crate) use known_bits;

/// How far a stored call had come.
pub(crate) fn stage(status: Option<calls::Status>, is_analyzed: bool) -> Stage {
    match (status, is_analyzed) {
        (_, true) => Stage::Analyzed,
        (Some(_), false) => Stage::Ended,
        (None, false) => Stage::Started,
    }
}

/// The row of a call as `change` leaves it, at `now`.
pub(crate) fn call(
    customer: CustomerId,
    report: &CallReport,
    change: calls::Change,
    before: Option<&calls::Call>,
    now: jiff::Timestamp,
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
pub(crate) fn appointment(customer: CustomerId, now: &Appointment) -> AppointmentRow {
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
        revision: now.revision,
        created_at: now.created_at.to_sqlx(),
        updated_at: now.updated_at.to_sqlx(),
        next_reminder_at: now.next_reminder_at.map(|time| time.to_sqlx()),
        moves: seconds(now.moves),
        guest_moves: seconds(now.guest_moves),
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
            revision: row.revision,
            created_at: row.created_at.to_jiff(),
            updated_at: row.updated_at.to_jiff(),
            next_reminder_at: row.next_reminder_at.map(Timestamp::to_jiff),
            moves: u32::try_from(row.moves).unwrap_or_default(),
            guest_moves: u32::try_from(row.guest_moves).unwrap_or_default(),
        }
    }
}
