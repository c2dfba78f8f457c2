//! Credits and adjustments, made by people: once for their key. And payments that somebody took for us.

use domain::audit::Change;
use domain::billing::{Category, Posting};
use domain::ids::TransactionId;
use domain::money::Money;
use domain::text::kept;
use jiff::Timestamp;
use serde_json::json;

use super::decision::{Decision, LookedUp};
use super::handle::TenantHandle;
use super::invoices::cover_open;
use super::message::Message;
use super::state::State;
use crate::error::{Error, Refusal};
use crate::store::lookups;
use crate::store::lookups::Posted;
use crate::store::rows::Rows;

/// Bytes of the key, description and author of an entry made by hand.
const POSTING_TEXT_MAX: usize = 200;

/// An entry of the ledger made by a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ManualPosting {
    /// Names the wish: the same key twice is the same entry.
    pub key: String,
    /// Positive or negative.
    pub amount: Money,
    /// For people.
    pub description: String,
    /// Who made it.
    pub author: String,
}

/// A payment that a company which takes payments has received for a customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// Who took it, in lower case: `stripe`.
    pub by: &'static str,
    /// Its name there: counted once, however often and by whomever we are told of it.
    pub id: String,
    /// More than zero.
    pub amount: Money,
    /// For people.
    pub description: String,
}

/// A line of the ledger as it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LedgerLine {
    /// `txn_<seq>`.
    pub id: TransactionId,
    /// What was posted.
    pub amount: Money,
    /// The balance after it.
    pub balance_after: Money,
}

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
    match cover_open(state, amount, category, now) {
        Some(change) => Decision::change(posted, change, rows),
        None => Decision::write(posted, rows),
    }
}

/// Refuses a posting without a key, a description or an author that could be kept.
pub(super) fn checked(manual: ManualPosting) -> Result<ManualPosting, Refusal> {
    let is_short = |text: &str| kept(text, POSTING_TEXT_MAX).is_some_and(|kept| kept == text);
    let is_whole = [&manual.key, &manual.description, &manual.author].into_iter().all(|text| is_short(text));
    if is_whole { Ok(manual) } else { Err(Refusal::BadPosting) }
}

impl TenantHandle {
    /// Adds a payment to the balance; more than zero.
    pub async fn credit(&self, payment: ManualPosting) -> Result<LedgerLine, Error> {
        if payment.amount <= Money::ZERO {
            return Err(Refusal::NotACredit.into());
        }
        self.post(Category::TopUp, "topup", payment, None).await
    }

    /// Adds a payment to the balance that somebody took for us; its id there is kept as what the entry is for.
    pub async fn receive(&self, payment: Received) -> Result<LedgerLine, Error> {
        let Received { by, id, amount, description } = payment;
        if amount <= Money::ZERO {
            return Err(Refusal::NotACredit.into());
        }
        let posting = ManualPosting { key: format!("{by}:{id}"), amount, description, author: by.to_owned() };
        self.post(Category::TopUp, "topup", posting, Some(id)).await
    }

    /// Mends a mistake, either way.
    pub async fn adjust(&self, mending: ManualPosting) -> Result<LedgerLine, Error> {
        self.post(Category::Adjustment, "adjustment", mending, None).await
    }

    async fn post(
        &self,
        category: Category,
        kind: &str,
        manual: ManualPosting,
        reference_id: Option<String>,
    ) -> Result<LedgerLine, Error> {
        let manual = checked(manual)?;
        let reference = format!("{kind}:{}", manual.key);
        let posting = Posting {
            category,
            amount: manual.amount,
            reference: reference.clone(),
            reference_id,
            description: manual.description,
            author: Some(manual.author),
        };
        let Posted { seq, amount, balance_after } = self
            .decide(
                |command, looked_up| Message::Post { posting: posting.clone(), looked_up, command },
                || lookups::posted(self.store(), self.customer(), &reference),
            )
            .await?;
        Ok(LedgerLine { id: TransactionId(seq), amount, balance_after })
    }
}
