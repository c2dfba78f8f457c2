//! Charges given back by a person: of one entry, never more than it charged.

use domain::audit::Change;
use domain::billing::{Category, Posting};
use domain::ids::TransactionId;
use domain::money::Money;
use jiff::Timestamp;
use serde_json::json;

use super::billing::{LedgerLine, ManualPosting, checked};
use super::decision::{Decision, LookedUp};
use super::handle::TenantHandle;
use super::invoices::cover_open;
use super::message::Message;
use super::state::State;
use crate::error::{Error, Refusal};
use crate::store::lookups;
use crate::store::lookups::{Posted, Refundable};
use crate::store::rows::Rows;

/// What is given back, and of which entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refund {
    pub manual: ManualPosting,
    pub of: TransactionId,
}

impl Refund {
    fn reference(&self) -> String {
        format!("refund:{}", self.manual.key)
    }
}

/// Gives a charge back, or answers with the refund that stands under this key already.
pub(super) fn refund(
    state: &mut State,
    refund: &Refund,
    looked_up: Option<LookedUp<Refundable>>,
    now: Timestamp,
) -> Decision<Posted> {
    let (reference, amount) = (refund.reference(), refund.manual.amount);
    // What was read counts only if no refund was decided since.
    let found = looked_up
        .filter(|found| found.epoch == state.epoch)
        .filter(|found| found.row.as_ref().is_none_or(|row| row.ledger_seq >= state.last_refund));
    let Some(found) = found else { return Decision::LookUp };
    let Some(Refundable { charged, refunded, is_taken_back, standing, .. }) = found.row else {
        return Decision::refuse(Refusal::UnknownTransaction);
    };
    if let Some(posted) = standing {
        let is_same = posted.amount == amount;
        return if is_same { Decision::known(posted) } else { Decision::refuse(Refusal::KeyReused) };
    }
    if is_taken_back {
        return Decision::refuse(Refusal::ChargeTakenBack);
    }
    if amount > charged - refunded {
        return Decision::refuse(Refusal::RefundTooLarge);
    }
    let posting = Posting {
        category: Category::Refund,
        amount,
        reference: reference.clone(),
        reference_id: Some(refund.of.to_string()),
        description: refund.manual.description.clone(),
        author: Some(refund.manual.author.clone()),
    };
    // Checked before anything moves: the clock must stand still when the answer is no.
    if let Err(refusal) = state.ledger.clone().post(posting.clone(), now) {
        return Decision::refuse(refusal);
    }
    let mut rows = Rows::default();
    state.tick();
    if let Err(refusal) = state.post(posting, now, &mut rows) {
        return Decision::refuse(refusal);
    }
    let (seq, balance_after) = (state.ledger.seq(), state.ledger.balance());
    state.last_refund = seq;
    let line = Change::of("charge.refunded", TransactionId(seq).to_string()).to(json!({
        "amount": amount.to_string(), "of": refund.of.to_string(), "reference": reference,
    }));
    state.audit(Change { reason: Some(refund.manual.description.clone()), ..line }, now, &mut rows);
    let posted = Posted { seq, amount, balance_after };
    match cover_open(state, amount, Category::Refund, now) {
        Some(change) => Decision::change(posted, change, rows),
        None => Decision::write(posted, rows),
    }
}

impl TenantHandle {
    /// Gives back what an entry charged, or a part of it; more than zero, and all refunds of an entry together
    /// never more than it charged.
    pub async fn refund(&self, of: TransactionId, manual: ManualPosting) -> Result<LedgerLine, Error> {
        if manual.amount <= Money::ZERO {
            return Err(Refusal::NotACredit.into());
        }
        let refund = std::sync::Arc::new(Refund { manual: checked(manual)?, of });
        let reference = refund.reference();
        let Posted { seq, amount, balance_after } = self
            .decide(
                |command, looked_up| Message::Refund { refund: refund.clone(), looked_up, command },
                || lookups::refundable(self.store(), self.customer(), of, &reference),
            )
            .await?;
        Ok(LedgerLine { id: TransactionId(seq), amount, balance_after })
    }
}
