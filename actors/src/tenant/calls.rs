//! Records calls: stores, charges and announces each once.

use std::sync::Arc;

use domain::billing::{Category, Posting};
use domain::calls::{self, Call, CallReport, Stage};
use domain::ids::CallId;
use domain::money::Money;
use jiff::Timestamp;

use super::decision::{Decision, LookedUp};
use super::handle::TenantHandle;
use super::message::Message;
use super::recent::Remembered;
use super::state::State;
use crate::error::Error;
use crate::metrics::Metrics;
use crate::store::lookups;
use crate::store::rows::{self, Rows};

/// A call as it stands recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Recorded {
    /// Ours.
    pub call_id: CallId,
    /// What it has cost in all.
    pub charged: Money,
}

/// What is known of a reported call, or that it must be looked up first.
pub(super) fn known_call(
    state: &State,
    report: &CallReport,
    looked_up: Option<LookedUp<Call>>,
) -> Result<Option<Call>, NotKept> {
    match state.calls.find(report) {
        Remembered::Yes(call) => Ok(Some(call.clone())),
        Remembered::No => match looked_up {
            Some(found) if found.epoch == state.epoch => Ok(found.row),
            _ => Ok(None),
        },
        Remembered::Perhaps => match looked_up {
            Some(found) if found.epoch == state.epoch => Ok(found.row),
            _ => Err(NotKept),
        },
    }
}

/// The row is older than memory goes.
pub(super) struct NotKept;

/// Records what a report of an ended call tells.
pub(super) fn record(
    state: &mut State,
    report: &CallReport,
    looked_up: Option<LookedUp<Call>>,
    now: Timestamp,
    metrics: &Metrics,
) -> Decision<Recorded> {
    let Ok(known) = known_call(state, report, looked_up) else { return Decision::LookUp };
    if report.stage > Stage::Started {
        state.live.end(&report.retell_call_id);
    }
    let mut rows = Rows::default();
    let call = write_call(state, report, known, now, &mut rows, metrics);
    Decision::write(Recorded { call_id: call.id, charged: call.cost }, rows)
}

/// Applies a report to the call it is of; `rows` stay empty when it tells nothing new.
pub(super) fn write_call(
    state: &mut State,
    report: &CallReport,
    known: Option<Call>,
    now: Timestamp,
    rows: &mut Rows,
    metrics: &Metrics,
) -> Call {
    let next = CallId(state.seq + 1);
    let Some(mut change) = calls::record(known.as_ref(), next, report, &state.settings.rates, now) else {
        // `record` answers nothing only about a call it was given.
        let call = known.expect("a call that is not known is always a change");
        state.calls.remember(&report.retell_call_id, call.clone());
        return call;
    };
    // A new call takes its id from the clock; a known one still moves it, as every change does.
    state.tick();
    let id = change.call.id;
    if let Some(charge) = change.charge {
        let posting = Posting {
            category: Category::Call,
            amount: -charge,
            reference: reference(&report.retell_call_id, change.call.charges),
            reference_id: Some(id.to_string()),
            description: format!("Call of {} s", change.call.billable_seconds),
            author: None,
        };
        match state.post(posting, now, rows) {
            Ok(()) => {
                state.tick();
            }
            // The call has taken place: it is stored all the same, for a person to look at.
            Err(refusal) => change = change.without_charge(known.as_ref(), &refusal.to_string()),
        }
    }
    for kind in change.events.clone() {
        state.announce(kind, id.to_string(), None, now, rows);
    }
    if known.is_some() && change.events.is_empty() {
        rows.search_due.push((state.customer.0, id.0));
    }
    if known.is_none() {
        metrics.calls_recorded.inc();
    }
    if change.review.is_some() {
        metrics.calls_flagged.inc();
    }
    let call = change.call.clone();
    state.callers.heard(report, &change, known.is_none());
    rows.calls.push(rows::call(state.customer, report, change, known.as_ref(), now));
    state.calls.remember(&report.retell_call_id, call.clone());
    call
}

/// The source of the n-th charge of a call, unique within the tenant. The number stands before the
/// id, which is opaque: no call can be named so that its first charge is another's second.
fn reference(retell_call_id: &str, charges: u32) -> String {
    match charges {
        0 | 1 => format!("call:{retell_call_id}"),
        n => format!("call#{n}:{retell_call_id}"),
    }
}

impl TenantHandle {
    /// Records what a report of an ended call tells: stored, charged and announced once.
    pub async fn record_call(&self, report: CallReport) -> Result<Recorded, Error> {
        let report = Arc::new(report);
        let retell_call_id = report.retell_call_id.clone();
        self.decide(
            |command, looked_up| Message::RecordCall { report: Arc::clone(&report), looked_up, command },
            || lookups::call(self.store(), self.customer(), &retell_call_id),
        )
        .await
    }

    /// Notes that a call is under way. Nothing depends on it, so nobody waits.
    pub async fn note_live(&self, report: CallReport) -> Result<(), Error> {
        self.tell(Message::NoteLive { report: Box::new(report) }).await
    }
}
