//! Gathers entries into the parameters of the journal's one statement, and runs it.
//!
//! A row may be in its array at most once: versions of one call or appointment are merged.

use std::borrow::Cow;
use std::collections::hash_map::Entry as Slot;
use std::collections::{HashMap, HashSet};

use sqlx::postgres::PgRow;
use sqlx::{PgConnection, Row};

use super::change::Change;
use super::rows::{
    AppointmentRow, AuditRow, CallRow, DeliveryRow, EventRow, NotificationRow, Rows, SentRow, TenantRow,
    TransactionRow,
};
use super::statement::journal_statement;

/// Calls, ledger lines, appointments, events, audit lines, messages and deliveries of many tenants.
const COMMIT: &str = journal_statement!();

/// One tenant's step and what it writes.
pub(crate) struct Step<'a> {
    pub tenant: TenantRow,
    pub rows: &'a Rows,
    pub change: Option<&'a Change>,
}

/// The parameters of one statement.
#[derive(Default)]
pub(crate) struct Batch<'a> {
    tenants: Vec<TenantRow>,
    /// Owned where versions were merged.
    calls: Vec<Cow<'a, CallRow>>,
    transactions: Vec<&'a TransactionRow>,
    appointments: Vec<&'a AppointmentRow>,
    events: Vec<&'a EventRow>,
    audits: Vec<&'a AuditRow>,
    notifications: Vec<&'a NotificationRow>,
    sent: Vec<&'a SentRow>,
    deliveries: Vec<&'a DeliveryRow>,
    search_due: HashSet<(i64, i64)>,
    change: Option<&'a Change>,
}

impl<'a> Batch<'a> {
    /// Gathers steps that continue each other, tenant by tenant, in the order given. A step with a
    /// rare change must be alone.
    pub fn new(steps: impl IntoIterator<Item = Step<'a>>) -> Self {
        let mut batch = Self::default();
        let (mut tenant_at, mut call_at, mut appointment_at) =
            (HashMap::new(), HashMap::new(), HashMap::new());
        for Step { tenant, rows, change } in steps {
            debug_assert!(batch.change.is_none() && (change.is_none() || batch.tenants.is_empty()));
            batch.change = change;
            match tenant_at.entry(tenant.customer_id) {
                Slot::Vacant(place) => {
                    place.insert(batch.tenants.len());
                    batch.tenants.push(tenant);
                }
                Slot::Occupied(place) => {
                    let from_seq = batch.tenants[*place.get()].from_seq;
                    batch.tenants[*place.get()] = TenantRow { from_seq, ..tenant };
                }
            }
            for call in &rows.calls {
                match call_at.entry((call.customer_id, call.id)) {
                    Slot::Vacant(place) => {
                        place.insert(batch.calls.len());
                        batch.calls.push(Cow::Borrowed(call));
                    }
                    Slot::Occupied(place) => batch.calls[*place.get()].to_mut().merge(call),
                }
            }
            for appointment in &rows.appointments {
                match appointment_at.entry((appointment.customer_id, appointment.id)) {
                    Slot::Vacant(place) => {
                        place.insert(batch.appointments.len());
                        batch.appointments.push(appointment);
                    }
                    Slot::Occupied(place) => batch.appointments[*place.get()] = appointment,
                }
            }
            batch.transactions.extend(&rows.transactions);
            batch.events.extend(&rows.events);
            batch.audits.extend(&rows.audits);
            batch.notifications.extend(&rows.notifications);
            batch.sent.extend(&rows.sent);
            batch.deliveries.extend(&rows.deliveries);
            batch.search_due.extend(&rows.search_due);
        }
        batch
    }

    /// Writes everything in one commit and answers whose entries counted.
    pub async fn commit(&self, connection: &mut PgConnection) -> Result<Vec<i64>, sqlx::Error> {
        let calls: Vec<&CallRow> = self.calls.iter().map(Cow::as_ref).collect();
        let (due_customers, due_calls): (Vec<i64>, Vec<i64>) = self.search_due.iter().copied().unzip();
        let statement = self.change.map_or(COMMIT, Change::statement);
        let mut query = sqlx::query(statement)
            .bind(&self.tenants)
            .bind(&calls)
            .bind(&self.transactions)
            .bind(&self.appointments)
            .bind(&self.events)
            .bind(&self.audits)
            .bind(due_customers)
            .bind(due_calls)
            .bind(&self.notifications)
            .bind(&self.sent)
            .bind(&self.deliveries);
        if let Some(change) = self.change {
            query = query.bind(sqlx::types::Json(change));
        }
        let passed = query.fetch_all(connection).await?;
        passed.iter().map(|row: &PgRow| row.try_get(0)).collect()
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
