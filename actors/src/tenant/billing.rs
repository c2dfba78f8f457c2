//! Credits and adjustments, made by people: once for their key.

use domain::audit::Change;
use domain::billing::{Category, Posting};
use domain::ids::TransactionId;
use jiff::Timestamp;
use serde_json::json;

use super::decision::{Decision, LookedUp};
use super::state::State;
use crate::error::Refusal;
use crate::store::lookups::Posted;
use crate::store::rows::Rows;

/// Writes the line, or answers with the one that stands under its reference already.
pub(super) fn post(
    state: &mut State,
    posting: Posting,
    looked_up: Option<LookedUp<Posted>>,
    now: Timestamp,
) -> Decision<Posted> {
    let stored = match (state.postings.get(&posting.reference), looked_up) {
        (Some(posted), _) => Some(posted),
        (None, Some(found)) if found.epoch == state.epoch => found.row,
        (None, _) => return Decision::LookUp,
    };
    if let Some(posted) = stored {
        return if posted.amount == posting.amount {
            Decision::known(posted)
        } else {
            Decision::refuse(Refusal::KeyReused)
        };
    }
    // Checked before anything moves: the clock must stand still when the answer is no.
    if let Err(refusal) = state.ledger.clone().post(posting.clone(), now) {
        return Decision::refuse(refusal);
    }
    let mut rows = Rows::default();
    state.tick();
    let (reference, amount) = (posting.reference.clone(), posting.amount);
    let (category, description) = (posting.category, posting.description.clone());
    if let Err(refusal) = state.post(posting, now, &mut rows) {
        return Decision::refuse(refusal);
    }
    let action = match category {
        Category::TopUp => "balance.credited",
        _ => "balance.adjusted",
    };
    let line = Change::of(action, TransactionId(state.ledger.seq()).to_string()).to(json!({
        "amount": amount.to_string(), "balance_after": state.ledger.balance().to_string(), "reference": reference,
    }));
    state.audit(Change { reason: Some(description), ..line }, now, &mut rows);
    let posted = Posted { seq: state.ledger.seq(), amount, balance_after: state.ledger.balance() };
    state.postings.remember(reference, posted);
    Decision::write(posted, rows)
}
