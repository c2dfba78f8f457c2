//! What a customer's ledger and invoices must say, added up anew from the list of its entries.

use std::collections::BTreeSet;

use jiff::ToSpan;
use jiff::civil::{Date, DateTime};
use rust_decimal::{Decimal, dec};

use super::business::{Business, Objection, to_four_decimals};
use super::history::Amount;

/// Days to pay, where the platform says nothing else.
const DUE_DAYS: i64 = 14;

/// The ledger and what was made of it. A month is named by its first day.
pub struct Books {
    pub entries: Vec<Entry>,
    pub invoices: Vec<Invoice>,
    /// The number of the customer, which is in those of its invoices.
    customer: i64,
    since: Date,
    active_since: Date,
    /// Months whose fee was decided, also where nothing was due.
    fees: BTreeSet<Date>,
    /// The last month that was closed.
    closed: Option<Date>,
    /// So many entries are on invoices.
    stated: usize,
}

/// An entry of the ledger; negative where it charges.
pub struct Entry {
    pub reference: String,
    pub amount: Decimal,
    at: DateTime,
    /// The entry that it gives back.
    refund_of: Option<String>,
}

/// An invoice.
pub struct Invoice {
    pub number: String,
    /// Unknown until it is read.
    pub id: Option<i64>,
    pub month: Date,
    /// Its entries, counted from one.
    pub first: i64,
    pub last: i64,
    /// Of what, the price of one, the amount; payments are `top_up`. Sorted.
    pub items: Vec<(String, Decimal, Decimal)>,
    pub subtotal: Decimal,
    pub tax: Decimal,
    pub total: Decimal,
    pub paid_from_balance: Decimal,
    pub due: Decimal,
    pub due_date: Date,
    pub is_overdue: bool,
    pub is_void: bool,
}

/// A line of the ledger: its number, its amount, the balance after it.
pub type Line = (i64, Decimal, Decimal);

impl Books {
    pub fn new(customer: i64, since: Date) -> Self {
        Self {
            entries: Vec::new(),
            invoices: Vec::new(),
            customer,
            since,
            active_since: since,
            fees: BTreeSet::new(),
            closed: None,
            stated: 0,
        }
    }

    fn line(&self, reference: &str) -> Option<Line> {
        let index = self.entries.iter().position(|entry| entry.reference == reference)?;
        let balance_after = self.entries[..=index].iter().map(|entry| entry.amount).sum();
        Some((index as i64 + 1, self.entries[index].amount, balance_after))
    }

    /// What all open invoices have due.
    fn due(&self) -> Decimal {
        self.invoices.iter().map(|invoice| invoice.due).sum()
    }

    /// The invoice on which an entry is, or whose tax it is.
    fn invoice_of(&self, reference: &str) -> Option<&Invoice> {
        let place = self.line(reference)?.0;
        self.invoices.iter().find(|invoice| {
            let is_its_tax = reference == format!("tax:{}", invoice.number);
            is_its_tax || (!reference.starts_with("tax:") && (invoice.first..=invoice.last).contains(&place))
        })
    }
}

impl Invoice {
    pub fn status(&self) -> &'static str {
        match (self.is_void, self.due > Decimal::ZERO, self.is_overdue) {
            (true, ..) => "void",
            (_, false, _) => "paid",
            (.., true) => "overdue",
            _ => "sent",
        }
    }
}

impl Business {
    pub fn balance(&self) -> Decimal {
        self.books.entries.iter().map(|entry| entry.amount).sum()
    }

    /// 0 is well, 1 is low, 2 is depleted.
    pub fn need(&self) -> u8 {
        match self.balance() {
            balance if balance <= Decimal::ZERO => 2,
            balance if balance < self.rules.threshold => 1,
            _ => 0,
        }
    }

    pub fn tell_need(&mut self, before: u8) {
        for (need, event) in [(1, "balance.low"), (2, "balance.depleted")] {
            if before < need && need <= self.need() {
                self.events.push(("balance".to_owned(), event));
            }
        }
    }

    pub fn enter(&mut self, reference: String, amount: Decimal) {
        let before = self.need();
        self.books.entries.push(Entry { reference, amount, at: self.now, refund_of: None });
        self.tell_need(before);
    }

    /// A credit or an adjustment, once for its key.
    pub fn post(&mut self, kind: &str, key: u8, amount: Amount) -> Result<Line, Objection> {
        let amount = amount.0;
        if kind == "topup" && amount <= Decimal::ZERO {
            return Err(Objection::NotACredit);
        }
        let reference = format!("{kind}:{key}");
        match self.books.line(&reference) {
            Some(line) if line.1 == amount => return Ok(line),
            Some(_) => return Err(Objection::KeyReused),
            None if amount == Decimal::ZERO => return Err(Objection::Zero),
            None => {}
        }
        self.enter(reference.clone(), amount);
        self.covers(if kind == "topup" { amount } else { Decimal::ZERO });
        Ok(self.books.line(&reference).expect("just entered"))
    }

    /// Gives back an entry, or a part of it.
    pub fn refunds(&mut self, key: u8, of: &str, amount: Amount) -> Result<Line, Objection> {
        let (amount, reference) = (amount.0, format!("refund:{key}"));
        if amount <= Decimal::ZERO {
            return Err(Objection::NotACredit);
        }
        let charged = -self.books.line(of).map_or(Decimal::ZERO, |line| line.1);
        if charged <= Decimal::ZERO {
            return Err(Objection::Unknown);
        }
        match self.books.line(&reference) {
            Some(line) if line.1 == amount => return Ok(line),
            Some(_) => return Err(Objection::KeyReused),
            None => {}
        }
        if self.books.invoice_of(of).is_some_and(|invoice| invoice.is_void) {
            return Err(Objection::TakenBack);
        }
        let refunds = self.books.entries.iter().filter(|entry| entry.refund_of.as_deref() == Some(of));
        if refunds.map(|entry| entry.amount).sum::<Decimal>() + amount > charged {
            return Err(Objection::RefundTooLarge);
        }
        self.enter(reference.clone(), amount);
        self.books.entries.last_mut().expect("just entered").refund_of = Some(of.to_owned());
        self.covers(Decimal::ZERO);
        Ok(self.books.line(&reference).expect("just entered"))
    }

    /// Open invoices are paid by what was paid, the oldest first; and by nothing can more be due than the
    /// balance is below zero.
    fn covers(&mut self, payment: Decimal) {
        let owed = (-self.balance()).max(Decimal::ZERO);
        let mut left = payment.max(self.books.due() - owed);
        for invoice in &mut self.books.invoices {
            let covered = invoice.due.min(left).max(Decimal::ZERO);
            invoice.due -= covered;
            left -= covered;
        }
    }

    /// Takes an invoice back.
    pub fn voids(&mut self, index: usize) -> Result<(), Objection> {
        let Some(invoice) = self.books.invoices.get(index) else { return Err(Objection::Unknown) };
        if invoice.is_void {
            return Err(Objection::InvoiceVoid);
        }
        let (number, total) = (invoice.number.clone(), invoice.total);
        // What was given back before its month was closed is on it already.
        let later = self.books.entries.iter().skip(invoice.last as usize);
        let is_refunded = later
            .filter_map(|entry| entry.refund_of.as_deref())
            .any(|of| self.books.invoice_of(of).is_some_and(|refunded| refunded.number == number));
        if is_refunded {
            return Err(Objection::InvoiceRefunded);
        }
        if total != Decimal::ZERO {
            self.enter(format!("void:{number}"), total);
        }
        let invoice = &mut self.books.invoices[index];
        (invoice.is_void, invoice.due) = (true, Decimal::ZERO);
        self.covers(Decimal::ZERO);
        Ok(())
    }

    pub fn suspends(&mut self) {
        self.is_suspended = true;
    }

    pub fn activates(&mut self) {
        if std::mem::take(&mut self.is_suspended) {
            self.books.active_since = self.now.date();
        }
    }

    /// Everything that time has brought: months that are over, fees in advance, reminders.
    pub fn keeps_books(&mut self) {
        let (today, this_month) = (self.now.date(), self.now.date().first_of_month());
        let mut month = match self.books.closed {
            Some(closed) => closed + 1.month(),
            None => self.books.since.first_of_month(),
        };
        while month < this_month {
            self.closes_month(month);
            self.books.closed = Some(month);
            month += 1.month();
        }
        let mut month = self.books.active_since.first_of_month();
        while month <= this_month && !self.is_suspended {
            if self.books.fees.insert(month) {
                let days = days_between(month, month + 1.month());
                let unpaid = days_between(month, self.books.active_since).max(0);
                let fee = self.rules.monthly_fee * Decimal::from(days - unpaid) / Decimal::from(days);
                let fee = to_four_decimals(fee);
                if fee > Decimal::ZERO {
                    self.enter(format!("fee:{}", month.strftime("%Y-%m")), -fee);
                }
            }
            month += 1.month();
        }
        for invoice in &mut self.books.invoices {
            invoice.is_overdue |= invoice.due > Decimal::ZERO && invoice.due_date < today;
        }
    }

    fn closes_month(&mut self, month: Date) {
        let end = (month + 1.month()).at(0, 0, 0, 0);
        let first = self.books.stated;
        let last = self.books.entries.iter().take_while(|entry| entry.at < end).count().max(first);
        let mut items: Vec<(String, Decimal, Decimal)> = Vec::new();
        for entry in &self.books.entries[first..last] {
            let (kind, of) = entry.reference.split_once(':').expect("a reference has a kind");
            let (of_what, price, amount) = match kind {
                "tax" => continue,
                "topup" | "void" => ("top_up", entry.amount, entry.amount),
                "fee" => ("subscription", -entry.amount, -entry.amount),
                "adjustment" | "refund" => (kind, -entry.amount, -entry.amount),
                _ => {
                    let call = self.calls.iter().find(|call| call.name == of).expect("a call was charged");
                    ("call", call.rate, -entry.amount)
                }
            };
            // Calls of one price are one line.
            let same =
                items.iter_mut().find(|item| of_what == "call" && (item.0 == "call" && item.1 == price));
            match same {
                Some(item) => item.2 += amount,
                None => items.push((of_what.to_owned(), price, amount)),
            }
        }
        if items.iter().all(|item| item.0 == "top_up") {
            return;
        }
        items.sort();
        let number = format!("INV-{}-{:04}", self.books.customer, self.books.invoices.len() + 1);
        let lines = items.iter().filter(|item| item.0 != "top_up");
        let subtotal: Decimal = lines.map(|item| item.2).sum();
        let tax = to_four_decimals(subtotal * self.rules.tax.unwrap_or_default() / dec!(100));
        if tax != Decimal::ZERO {
            self.enter(format!("tax:{number}"), -tax);
        }
        let total = subtotal + tax;
        let due = (-self.balance() - self.books.due()).min(total).max(Decimal::ZERO);
        self.books.stated = last;
        self.books.invoices.push(Invoice {
            number,
            id: None,
            month,
            first: first as i64 + 1,
            last: last as i64,
            items,
            subtotal,
            tax,
            total,
            paid_from_balance: total - due,
            due,
            due_date: self.now.date() + DUE_DAYS.days(),
            is_overdue: false,
            is_void: false,
        });
    }
}

/// Days from one day up to another.
fn days_between(from: Date, until: Date) -> i64 {
    i64::from((until - from).get_days())
}
