//! The books of one tenant: fees in advance, a month stated on an invoice once it is over, what is due of
//! invoices, and taking one back.

use std::sync::Arc;

use domain::audit;
use domain::billing::{Category, Posting};
use domain::ids::{InvoiceId, TransactionId};
use domain::invoices::{
    Content, Invoice, Open, Party, Quantity, Status, Stretch, Terms, cover, due_at_issue, due_date, number,
};
use domain::money::Money;
use domain::month::Month;
use domain::notifications::Topic;
use domain::text::kept;
use domain::webhooks::{EventKind, InvoiceData};
use jiff::Timestamp;
use serde_json::json;

use super::decision::{Decision, LookedUp};
use super::handle::TenantHandle;
use super::message::Message;
use super::state::State;
use crate::error::{Error, Refusal};
use crate::store::change::{Change, InvoiceRow, ItemRow, SettledRow};
use crate::store::invoices::{self, Stated};
use crate::store::lookups::{self, Posted, Voidable};
use crate::store::rows::Rows;

/// Bytes of the reason for which an invoice is taken back.
const REASON_MAX: usize = 200;

/// What became of a month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Closed {
    /// Every month that is over was closed before.
    Nothing,
    /// The month had nothing to be stated.
    Empty(Month),
    /// It is on an invoice.
    Invoiced(Box<Invoice>),
}

/// Debits the fees of months not decided yet; answers how many were. None before the months that are over are
/// closed: what is due of those has nothing to do with a fee in advance.
pub(super) fn debit_fees(state: &mut State, now: Timestamp) -> Decision<usize> {
    let zone = state.calendar.time_zone().clone();
    if state.books.month_to_close(now, &zone).is_some() {
        return Decision::known(0);
    }
    let months = state.books.fee_months(now, &zone);
    let Some(last) = months.last().copied().filter(|_| state.is_active()) else {
        return Decision::known(0);
    };
    let mut rows = Rows::default();
    state.tick();
    let mut debited = 0;
    for month in months {
        let fee = state.books.fee(state.settings.rates.monthly_fee, month, &zone);
        let Some(posting) = fee.map(|fee| fee.posting()) else { continue };
        state.tick();
        if let Err(refusal) = state.post(posting, now, &mut rows) {
            // A ledger at the end of its range: the month counts as decided, and somebody has to look.
            tracing::error!(customer.id = state.customer.0, %month, %refusal, "a fee could not be debited");
            continue;
        }
        debited += 1;
    }
    state.books.fee_month = Some(last);
    Decision::change(debited, Change::FeesDecided { fee_month: last }, rows)
}

/// Closes the oldest month that is over.
pub(super) fn close_month(
    state: &mut State,
    terms: &Terms,
    looked_up: Option<LookedUp<Stated>>,
    now: Timestamp,
) -> Decision<Closed> {
    let zone = state.calendar.time_zone().clone();
    let Some(month) = state.books.month_to_close(now, &zone) else {
        return Decision::known(Closed::Nothing);
    };
    let Some(Stated { month: read, stretch }) = looked_up.and_then(|found| found.row) else {
        return Decision::LookUp;
    };
    if read != month || stretch.first_seq != state.books.invoiced_seq + 1 {
        return Decision::LookUp;
    }
    if stretch.is_empty() {
        state.tick();
        state.books.closed_month = Some(month);
        let change = Change::MonthClosed { closed_month: month };
        return Decision::change(Closed::Empty(month), change, Rows::default());
    }
    issue(state, terms, month, &stretch, now)
}

/// Gives a month's statement its number, debits the tax, tells everybody.
fn issue(
    state: &mut State,
    terms: &Terms,
    month: Month,
    stretch: &Stretch,
    now: Timestamp,
) -> Decision<Closed> {
    let zone = state.calendar.time_zone().clone();
    let tax = state.settings.invoicing.tax.clone().unwrap_or_else(|| terms.tax.clone());
    let content = stretch.content(tax, &zone);
    let id = InvoiceId(state.seq + 1);
    let number = number(state.customer, state.books.invoice_count + 1);
    let tax = (content.tax_amount != Money::ZERO).then(|| Posting {
        category: Category::Tax,
        amount: -content.tax_amount,
        reference: format!("tax:{number}"),
        reference_id: Some(id.to_string()),
        description: format!("{} on {number}", content.tax.in_words()),
        author: None,
    });
    // Checked before anything moves: the clock must stand still when the answer is no.
    if let Some(Err(refusal)) = tax.clone().map(|tax| state.ledger.clone().post(tax, now)) {
        return Decision::refuse(refusal);
    }
    let mut rows = Rows::default();
    state.tick();
    if let Some(tax) = tax {
        state.tick();
        if let Err(refusal) = state.post(tax, now, &mut rows) {
            return Decision::refuse(refusal);
        }
    }
    state.books.closed_month = Some(month);
    let amount_due = due_at_issue(content.total, state.ledger.balance(), &state.books.open);
    let issued_on = now.to_zoned(zone).date();
    let is_paid = amount_due == Money::ZERO;
    let invoice = Invoice {
        id,
        number,
        month,
        created_at: now,
        issued_on,
        due_date: due_date(issued_on, terms.due_days),
        currency: terms.currency.clone(),
        seller: terms.seller.clone(),
        buyer: Party {
            name: state.profile.shown_name().to_owned(),
            address: state.settings.invoicing.billing_address.clone(),
        },
        payment_instructions: terms.payment_instructions.clone(),
        logo: terms.logo,
        paid_from_balance: content.total - amount_due,
        content,
        amount_due,
        status: if is_paid { Status::Paid } else { Status::Sent },
        paid_at: is_paid.then_some(now),
    };
    state.books.invoice_count += 1;
    state.books.invoiced_seq = stretch.last_seq;
    if !is_paid {
        let due_date = invoice.due_date;
        state.books.open.push(Open { id, amount_due, due_date, is_overdue: false });
    }
    let payload = serde_json::to_string(&InvoiceData::from(&invoice)).ok();
    state.announce(EventKind::InvoiceFinalized, id.to_string(), payload, now, &mut rows);
    state.queue_invoice(Topic::Invoice, id, now, &mut rows);
    let line = audit::Change::of("invoice.finalized", id.to_string());
    let line = line.to(json!({
        "number": invoice.number, "month": month.to_string(), "total": invoice.content.total.to_string(),
        "amount_due": amount_due.to_string(),
    }));
    state.audit(line, now, &mut rows);
    let row = invoice_row(&invoice, stretch, state.books.invoice_count);
    Decision::change(Closed::Invoiced(Box::new(invoice)), Change::Invoice(Box::new(row)), rows)
}

/// Says of invoices that were to be paid by a day that is over that they are overdue, once each; answers
/// how many.
pub(super) fn mark_overdue(state: &mut State, now: Timestamp) -> Decision<usize> {
    let today = now.to_zoned(state.calendar.time_zone().clone()).date();
    let mut marked = Vec::new();
    for open in state.books.open.iter_mut().filter(|open| !open.is_overdue && open.due_date < today) {
        open.is_overdue = true;
        marked.push(*open);
    }
    if marked.is_empty() {
        return Decision::known(0);
    }
    state.tick();
    let mut rows = Rows::default();
    for open in &marked {
        state.queue_invoice(Topic::Overdue, open.id, now, &mut rows);
    }
    let change = Change::InvoicesSettled { rows: marked.iter().map(|open| settled(open, now)).collect() };
    Decision::change(marked.len(), change, rows)
}

/// Lets what was credited cover open invoices; `None` where that changes none.
pub(super) fn cover_open(
    state: &mut State,
    credit: Money,
    category: Category,
    now: Timestamp,
) -> Option<Change> {
    if credit <= Money::ZERO {
        return None;
    }
    let changed = cover(&mut state.books.open, credit, category, state.ledger.balance());
    let rows: Vec<SettledRow> = changed.iter().map(|open| settled(open, now)).collect();
    (!rows.is_empty()).then_some(Change::InvoicesSettled { rows })
}

/// Takes an invoice back: its total is credited, nothing of it is due any more, its number stays.
pub(super) fn void(
    state: &mut State,
    id: InvoiceId,
    reason: &str,
    looked_up: Option<LookedUp<Voidable>>,
    now: Timestamp,
) -> Decision<Option<TransactionId>> {
    // What was read counts only if nothing was given back since.
    let found = looked_up
        .filter(|found| found.epoch == state.epoch)
        .filter(|found| found.row.as_ref().is_none_or(|row| row.ledger_seq >= state.last_refund));
    let Some(found) = found else { return Decision::LookUp };
    let Some(Voidable { invoice, is_refunded, .. }) = found.row else {
        return Decision::refuse(Refusal::UnknownInvoice);
    };
    let (total, reference) = (invoice.content.total, format!("void:{}", invoice.number));
    // Memory is newer than what was read: somebody may have been quicker.
    if invoice.status == Status::Void || state.postings.get(&reference).is_some() {
        return Decision::refuse(Refusal::InvoiceVoid);
    }
    if is_refunded {
        return Decision::refuse(Refusal::InvoiceRefunded);
    }
    let posting = Posting {
        category: Category::Refund,
        amount: total,
        reference: reference.clone(),
        reference_id: Some(id.to_string()),
        description: format!("{} taken back", invoice.number),
        author: Some(state.author.id.clone()),
    };
    // Checked before anything moves: the clock must stand still when the answer is no.
    let is_nothing = total == Money::ZERO;
    if let (false, Err(refusal)) = (is_nothing, state.ledger.clone().post(posting.clone(), now)) {
        return Decision::refuse(refusal);
    }
    let mut rows = Rows::default();
    state.tick();
    if !is_nothing && let Err(refusal) = state.post(posting, now, &mut rows) {
        return Decision::refuse(refusal);
    }
    let (seq, balance_after) = (state.ledger.seq(), state.ledger.balance());
    state.last_refund = seq;
    state.postings.remember(reference, Posted { seq, amount: total, balance_after });
    state.books.open.retain(|open| open.id != id);
    let mut settled_rows = vec![SettledRow {
        id: id.0,
        amount_due: Money::ZERO.canonical(),
        status: Status::Void.as_str(),
        paid_at: None,
        voided_at: Some(now.to_string()),
        void_reason: Some(reason.to_owned()),
    }];
    let others = cover(&mut state.books.open, total, Category::Refund, state.ledger.balance());
    settled_rows.extend(others.iter().map(|open| settled(open, now)));
    let line = audit::Change {
        reason: Some(reason.to_owned()),
        ..audit::Change::of("invoice.voided", id.to_string())
    };
    state.audit(line.to(json!({ "number": invoice.number, "credited": total.to_string() })), now, &mut rows);
    let entry = (!is_nothing).then_some(TransactionId(seq));
    Decision::change(entry, Change::InvoicesSettled { rows: settled_rows }, rows)
}

fn settled(open: &Open, now: Timestamp) -> SettledRow {
    let status = open.status();
    SettledRow {
        id: open.id.0,
        amount_due: open.amount_due.canonical(),
        status: status.as_str(),
        paid_at: (status == Status::Paid).then(|| now.to_string()),
        voided_at: None,
        void_reason: None,
    }
}

fn invoice_row(invoice: &Invoice, stretch: &Stretch, invoice_count: u32) -> InvoiceRow {
    let Content { subtotal, tax, tax_amount, total, .. } = &invoice.content;
    InvoiceRow {
        id: invoice.id.0,
        invoice_number: invoice.number.clone(),
        invoice_count,
        closed_month: invoice.month,
        billing_period_end: invoice.month.last_day(),
        first_seq: stretch.first_seq,
        last_seq: stretch.last_seq,
        subtotal: subtotal.canonical(),
        tax_name: tax.name.clone(),
        tax_rate: tax.rate.to_string(),
        tax_amount: tax_amount.canonical(),
        total: total.canonical(),
        paid_from_balance: invoice.paid_from_balance.canonical(),
        amount_due: invoice.amount_due.canonical(),
        status: invoice.status.as_str(),
        issued_on: invoice.issued_on,
        due_date: invoice.due_date,
        paid_at: invoice.paid_at.map(|at| at.to_string()),
        currency: invoice.currency.clone(),
        seller_name: invoice.seller.name.clone(),
        seller_address: invoice.seller.address.clone(),
        buyer_name: invoice.buyer.name.clone(),
        buyer_address: invoice.buyer.address.clone(),
        payment_instructions: invoice.payment_instructions.clone(),
        logo: invoice.logo.map(|digest| data_encoding::HEXLOWER.encode(&digest)),
        items: items(&invoice.content),
    }
}

/// Lines, then payments.
fn items(content: &Content) -> Vec<ItemRow> {
    let lines = content.lines.iter().map(|line| ItemRow {
        position: 0,
        category: line.category.as_str(),
        description: line.description.clone(),
        quantity: line.quantity.to_string(),
        unit_price: line.unit_price.canonical(),
        amount: line.amount.canonical(),
        received_on: None,
    });
    let payments = content.payments.iter().map(|payment| ItemRow {
        position: 0,
        category: Category::TopUp.as_str(),
        description: payment.description.clone(),
        quantity: Quantity::ONE.to_string(),
        unit_price: payment.amount.canonical(),
        amount: payment.amount.canonical(),
        received_on: Some(payment.received_on),
    });
    lines.chain(payments).zip(1..).map(|(item, position)| ItemRow { position, ..item }).collect()
}

impl TenantHandle {
    /// Debits the monthly fees that are due; answers how many.
    pub async fn debit_fees(&self) -> Result<usize, Error> {
        self.change(|command| Message::DebitFees { command }).await
    }

    /// Closes the oldest month that is over and not closed.
    pub async fn close_month(&self, terms: &Arc<Terms>) -> Result<Closed, Error> {
        // Everything decided before the month was over is in the database once this is answered.
        self.snapshot().await?;
        self.decide(
            |command, looked_up| Message::CloseMonth { terms: Arc::clone(terms), looked_up, command },
            || invoices::stated(self.store(), self.customer(), self.now()),
        )
        .await
    }

    /// Marks what is overdue, and has the admins reminded; answers how many invoices.
    pub async fn mark_overdue(&self) -> Result<usize, Error> {
        self.change(|command| Message::MarkOverdue { command }).await
    }

    /// Takes an invoice back by crediting its total; the reason stands in the audit log and on the invoice.
    /// Answers the entry that credits it, where its total was not nothing. Refused where some of its charges were
    /// given back since: nothing is given back twice.
    pub async fn void_invoice(&self, id: InvoiceId, reason: &str) -> Result<Option<TransactionId>, Error> {
        let Some(reason) = kept(reason, REASON_MAX).filter(|kept| kept.len() == reason.trim().len()) else {
            return Err(Refusal::BadPosting.into());
        };
        let reason: Arc<str> = reason.into();
        self.decide(
            |command, looked_up| Message::VoidInvoice { id, reason: Arc::clone(&reason), looked_up, command },
            || lookups::voidable(self.store(), self.customer(), id),
        )
        .await
    }
}
