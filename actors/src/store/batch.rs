//! The one statement that writes tenant state, and the shapes of its parameters.
//!
//! Every part joins `tenant`, the fence: a tenant whose epoch or clock is not the one its actor
//! decided on is left out, alone and whole; the statement answers who passed. Parts of one
//! statement share a snapshot and do not see each other's rows, so a row is in its array at most
//! once: [`Batch::new`] merges versions of one call or appointment.

use std::collections::HashMap;
use std::collections::hash_map::Entry as Slot;

use jiff_sqlx::{Timestamp, ToSqlx};
use rust_decimal::Decimal;
use sqlx::PgConnection;
use sqlx::postgres::PgRow;
use sqlx::{FromRow, Row};

use super::change::Change;
use crate::journal::Entry;

/// One tenant's step: from which clock to which, and where its ledger ends.
#[derive(Debug, Clone, sqlx::Type)]
#[sqlx(type_name = "journal_tenant")]
pub(crate) struct TenantRow {
    pub customer_id: i64,
    pub epoch: i64,
    pub from_seq: i64,
    pub to_seq: i64,
    pub ledger_seq: i64,
    pub ledger_hash: Vec<u8>,
    pub balance: Decimal,
    pub at: Timestamp,
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
    fn merge(&mut self, later: &CallRow) {
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
#[sqlx(type_name = "journal_appointment")]
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
}

/// An event for the customer's own systems, by reference.
#[derive(Debug, Clone, sqlx::Type)]
#[sqlx(type_name = "journal_webhook")]
pub(crate) struct EventRow {
    pub customer_id: i64,
    pub id: i64,
    pub event: String,
    pub subject: String,
    pub payload: Option<String>,
    pub created_at: Timestamp,
}

/// What one entry writes.
#[derive(Debug, Default)]
pub(crate) struct Rows {
    pub calls: Vec<CallRow>,
    pub transactions: Vec<TransactionRow>,
    pub appointments: Vec<AppointmentRow>,
    pub events: Vec<EventRow>,
}

/// The statement around an optional part of its own for a rare change, which finds its values as
/// JSON in `$6`.
macro_rules! journal_statement {
    ($($rare_part:literal)?) => {
        concat!(
            "with
tenant as (
    update balances b
       set seq = t.to_seq, ledger_seq = t.ledger_seq, ledger_hash = t.ledger_hash,
           current_balance = t.balance, updated_at = t.at
      from unnest($1::journal_tenant[]) t
     where b.customer_id = t.customer_id and b.owner_epoch = t.epoch and b.seq = t.from_seq
    returning b.customer_id),
call as (
    insert into calls as c (
           customer_id, id, retell_call_id, agent_id, direction, channel, from_number, to_number,
           start_time, end_time, duration_seconds, billable_seconds, rate_per_minute, cost, charges,
           disconnection_reason, recording_url, transcript, turns, summary, call_score, analysis,
           improvement_recommendations, status, review, announced_at, analyzed_at, created_at)
    select r.customer_id, r.id, r.retell_call_id, r.agent_id, r.direction, r.channel, r.from_number, r.to_number,
           r.start_time, r.end_time, r.duration_seconds, r.billable_seconds, r.rate_per_minute, r.cost, r.charges,
           r.disconnection_reason, r.recording_url, r.transcript, r.turns, r.summary, r.call_score, r.analysis::jsonb,
           r.improvement_recommendations::jsonb, r.status, r.review, r.announced_at, r.analyzed_at, r.created_at
      from unnest($2::journal_call[]) r join tenant using (customer_id)
    on conflict (customer_id, id) do update
       set agent_id = coalesce(excluded.agent_id, c.agent_id),
           from_number = coalesce(excluded.from_number, c.from_number),
           to_number = coalesce(excluded.to_number, c.to_number),
           start_time = coalesce(excluded.start_time, c.start_time),
           end_time = coalesce(excluded.end_time, c.end_time),
           duration_seconds = excluded.duration_seconds, billable_seconds = excluded.billable_seconds,
           rate_per_minute = excluded.rate_per_minute, cost = excluded.cost, charges = excluded.charges,
           disconnection_reason = coalesce(excluded.disconnection_reason, c.disconnection_reason),
           recording_url = coalesce(excluded.recording_url, c.recording_url),
           transcript = coalesce(excluded.transcript, c.transcript),
           turns = coalesce(excluded.turns, c.turns),
           summary = coalesce(excluded.summary, c.summary),
           call_score = coalesce(excluded.call_score, c.call_score),
           analysis = coalesce(excluded.analysis, c.analysis),
           improvement_recommendations =
               coalesce(excluded.improvement_recommendations, c.improvement_recommendations),
           status = coalesce(excluded.status, c.status),
           review = coalesce(excluded.review, c.review),
           announced_at = coalesce(excluded.announced_at, c.announced_at),
           analyzed_at = coalesce(excluded.analyzed_at, c.analyzed_at)),
entry as (
    insert into transactions (
           customer_id, seq, type, category, amount, balance_after, reference, reference_id,
           description, author, created_at, hash)
    select r.customer_id, r.seq, r.type, r.category, r.amount, r.balance_after, r.reference, r.reference_id,
           r.description, r.author, r.created_at, r.hash
      from unnest($3::journal_transaction[]) r join tenant using (customer_id)),
appointment as (
    insert into appointments as a (
           customer_id, id, call_id, guest_name, guest_phone, guest_email, start_time, end_time,
           duration_minutes, status, notes, cancellation_reason, revision, created_at, updated_at)
    select r.customer_id, r.id, r.call_id, r.guest_name, r.guest_phone, r.guest_email, r.start_time, r.end_time,
           r.duration_minutes, r.status, r.notes, r.cancellation_reason, r.revision, r.created_at, r.updated_at
      from unnest($4::journal_appointment[]) r join tenant using (customer_id)
    on conflict (customer_id, id) do update
       set call_id = excluded.call_id, guest_name = excluded.guest_name, guest_phone = excluded.guest_phone,
           guest_email = excluded.guest_email, start_time = excluded.start_time, end_time = excluded.end_time,
           duration_minutes = excluded.duration_minutes, status = excluded.status, notes = excluded.notes,
           cancellation_reason = excluded.cancellation_reason, revision = excluded.revision,
           updated_at = excluded.updated_at),
event as (
    insert into webhook_logs (customer_id, id, event, subject, payload, due_at, created_at)
    select r.customer_id, r.id, r.event, r.subject, r.payload::jsonb, r.created_at, r.created_at
      from unnest($5::journal_webhook[]) r join tenant using (customer_id))",
            $(",\n", $rare_part,)?
            "\nselect customer_id from tenant"
        )
    };
}
pub(crate) use journal_statement;

/// Calls, ledger lines, appointments and events of many tenants.
const COMMIT: &str = journal_statement!();

/// The parameters of one statement.
pub(crate) struct Batch<'a> {
    tenants: Vec<TenantRow>,
    calls: Vec<CallRow>,
    transactions: Vec<&'a TransactionRow>,
    appointments: Vec<&'a AppointmentRow>,
    events: Vec<&'a EventRow>,
    change: Option<&'a Change>,
}

impl<'a> Batch<'a> {
    /// Gathers entries that continue each other, tenant by tenant, in the order given. An entry
    /// with a rare change must be alone.
    pub fn new(entries: &'a [Entry]) -> Self {
        debug_assert!(entries.len() == 1 || entries.iter().all(|entry| entry.change.is_none()));
        let mut tenants: Vec<TenantRow> = Vec::new();
        let mut tenant_at = HashMap::new();
        let mut calls: Vec<CallRow> = Vec::with_capacity(entries.len());
        let mut call_at = HashMap::new();
        for entry in entries {
            match tenant_at.entry(entry.customer.0) {
                Slot::Vacant(place) => {
                    place.insert(tenants.len());
                    tenants.push(tenant_row(entry));
                }
                Slot::Occupied(place) => {
                    let from_seq = tenants[*place.get()].from_seq;
                    tenants[*place.get()] = TenantRow { from_seq, ..tenant_row(entry) };
                }
            }
            for call in &entry.rows.calls {
                match call_at.entry((call.customer_id, call.id)) {
                    Slot::Vacant(place) => {
                        place.insert(calls.len());
                        calls.push(call.clone());
                    }
                    Slot::Occupied(place) => calls[*place.get()].merge(call),
                }
            }
        }
        let mut appointments: Vec<&AppointmentRow> = Vec::new();
        let mut appointment_at = HashMap::new();
        for appointment in entries.iter().flat_map(|entry| &entry.rows.appointments) {
            match appointment_at.entry((appointment.customer_id, appointment.id)) {
                Slot::Vacant(place) => {
                    place.insert(appointments.len());
                    appointments.push(appointment);
                }
                Slot::Occupied(place) => appointments[*place.get()] = appointment,
            }
        }
        Self {
            tenants,
            calls,
            transactions: entries.iter().flat_map(|entry| &entry.rows.transactions).collect(),
            appointments,
            events: entries.iter().flat_map(|entry| &entry.rows.events).collect(),
            change: entries.first().and_then(|entry| entry.change.as_deref()),
        }
    }

    /// Writes everything in one commit and answers whose entries counted.
    pub async fn commit(&self, connection: &mut PgConnection) -> Result<Vec<i64>, sqlx::Error> {
        let statement = self.change.map_or(COMMIT, Change::statement);
        let mut query = sqlx::query(statement)
            .bind(&self.tenants)
            .bind(&self.calls)
            .bind(&self.transactions)
            .bind(&self.appointments)
            .bind(&self.events);
        if let Some(change) = self.change {
            query = query.bind(sqlx::types::Json(change));
        }
        let passed = query.fetch_all(connection).await?;
        passed.iter().map(|row: &PgRow| row.try_get(0)).collect()
    }
}

fn tenant_row(entry: &Entry) -> TenantRow {
    TenantRow {
        customer_id: entry.customer.0,
        epoch: entry.epoch,
        from_seq: entry.from_seq,
        to_seq: entry.to_seq,
        ledger_seq: entry.ledger.seq(),
        ledger_hash: entry.ledger.hash().to_vec(),
        balance: entry.ledger.balance().amount(),
        at: entry.at.to_sqlx(),
    }
}

/// Where a tenant's row stands, to learn what became of a statement whose answer was lost.
pub(crate) struct Truth {
    /// Who may write.
    pub epoch: i64,
    /// The tenant's clock.
    pub seq: i64,
}

/// Reads the truth of these tenants. Waits for a statement that still runs, through its row locks.
pub(crate) async fn truth(
    connection: &mut PgConnection,
    customers: &[i64],
) -> Result<HashMap<i64, Truth>, sqlx::Error> {
    const TRUTH: &str = "
select customer_id, owner_epoch, seq
  from balances
 where customer_id = any($1)
 order by customer_id
   for no key update";
    let rows = sqlx::query(TRUTH).bind(customers).fetch_all(connection).await?;
    rows.iter()
        .map(|row| Ok((row.try_get(0)?, Truth { epoch: row.try_get(1)?, seq: row.try_get(2)? })))
        .collect()
}
