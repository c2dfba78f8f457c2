//! Invoices: statements of what the ledger recorded, with tax, what is due, and since when it is not.
//!
//! Invariants: an amount on an invoice is one the ledger recorded, added up and never multiplied again,
//! but for the tax, which is computed once and then recorded itself; `total = subtotal + tax`; what open
//! invoices have due never adds up to more than the balance is below zero.

mod books;
mod figures;
mod open;
mod stretch;

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use serde::{Deserialize, Serialize};

pub use books::Books;
pub use figures::{Percent, Quantity};
pub use open::{Open, cover, due_at_issue};
pub use stretch::{Paid, Spent, Stretch};

use crate::billing::Category;
use crate::ids::{CustomerId, Digest32, InvoiceId};
use crate::money::Money;
use crate::month::Month;

/// Bytes of an address.
pub const ADDRESS_MAX: usize = 500;
/// Bytes of payment instructions.
pub const INSTRUCTIONS_MAX: usize = 2000;
/// Days in which an invoice is to be paid, where nothing else is set.
pub const DUE_DAYS: u16 = 14;

/// Who writes an invoice, or whom it is for.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Party {
    /// The company.
    pub name: String,
    /// Lines, with a line feed between them.
    pub address: Option<String>,
}

/// The tax on an invoice.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Tax {
    /// What it is called, `VAT`.
    pub name: Option<String>,
    /// Of the subtotal.
    pub rate: Percent,
}

impl Tax {
    /// On what was charged; given back where more was credited than charged. Rounded half up to four
    /// decimals, once: then it is an entry of the ledger.
    pub fn on(&self, subtotal: Money) -> Money {
        self.rate.of(subtotal)
    }

    /// `VAT 19 %`, or `Tax 19 %`.
    pub fn in_words(&self) -> String {
        format!("{} {} %", self.name.as_deref().unwrap_or("Tax"), self.rate)
    }
}

/// What invoices are written with: the platform's words and, where a customer has one, its own tax.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Terms {
    /// Who sends it.
    pub seller: Party,
    /// The platform's.
    pub tax: Tax,
    /// Days until it is overdue.
    pub due_days: u16,
    /// How to pay.
    pub payment_instructions: Option<String>,
    /// SHA-256 of the picture in its head.
    pub logo: Option<Digest32>,
    /// ISO 4217.
    pub currency: String,
}

/// A line of an invoice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// What the entries that it adds up are about.
    pub category: Category,
    /// For people.
    pub description: String,
    /// Minutes or messages, as shown: nothing is computed from it.
    pub quantity: Quantity,
    /// The price of one.
    pub unit_price: Money,
    /// As the ledger recorded it: positive for a charge, negative for what was given back.
    pub amount: Money,
}

/// A payment received in the time that an invoice is about; it is no part of its total.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payment {
    /// For people.
    pub description: String,
    /// The day in the customer's zone.
    pub received_on: Date,
    /// More than zero.
    pub amount: Money,
}

/// What an invoice says of money.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Content {
    /// In their order.
    pub lines: Vec<Line>,
    /// In their order.
    pub payments: Vec<Payment>,
    /// What the lines add up to.
    pub subtotal: Money,
    /// The rate it was written with.
    pub tax: Tax,
    /// On the subtotal.
    pub tax_amount: Money,
    /// With tax.
    pub total: Money,
}

/// Where an invoice stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Something is due.
    Sent,
    /// Nothing is due any more.
    Paid,
    /// Something is due, and was to be paid by a day that is over.
    Overdue,
    /// Taken back: its charges were credited.
    Void,
}

impl Status {
    /// All there are.
    pub const ALL: [Status; 4] = [Status::Sent, Status::Paid, Status::Overdue, Status::Void];

    /// As it is stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Status::Sent => "sent",
            Status::Paid => "paid",
            Status::Overdue => "overdue",
            Status::Void => "void",
        }
    }

    /// Reads [`Status::as_str`].
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == text)
    }
}

/// An invoice that was given its number. Everything but `status`, `amount_due` and `paid_at` stays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invoice {
    /// `inv_7`.
    pub id: InvoiceId,
    /// `INV-1-0001`, gap-free.
    pub number: String,
    /// Which month, of the customer's zone.
    pub month: Month,
    /// When it was given its number.
    pub created_at: Timestamp,
    /// The same as a day of the customer's zone.
    pub issued_on: Date,
    /// The last day on which it is not overdue.
    pub due_date: Date,
    /// ISO 4217.
    pub currency: String,
    /// Who sends it.
    pub seller: Party,
    /// Whom it is for.
    pub buyer: Party,
    /// How to pay.
    pub payment_instructions: Option<String>,
    /// SHA-256 of the picture in its head.
    pub logo: Option<Digest32>,
    /// Lines, tax, total.
    pub content: Content,
    /// What prepaid balance covered when it was issued; the rest of the total was due.
    pub paid_from_balance: Money,
    /// What is due now.
    pub amount_due: Money,
    /// Where it stands.
    pub status: Status,
    /// When nothing was due any more.
    pub paid_at: Option<Timestamp>,
}

impl Invoice {
    /// What was due when it was issued: what its document says.
    pub fn due_at_issue(&self) -> Money {
        self.content.total - self.paid_from_balance
    }
}

/// The number of a customer's invoice; `count` is how many it has with this one.
pub fn number(customer: CustomerId, count: u32) -> String {
    format!("INV-{customer}-{count:04}")
}

/// The last day on which an invoice issued on a day is not overdue.
pub fn due_date(issued_on: Date, due_days: u16) -> Date {
    issued_on.saturating_add(i64::from(due_days).days())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_with_four_digits_and_more_where_needed() {
        assert_eq!(number(CustomerId(12), 7), "INV-12-0007");
        assert_eq!(number(CustomerId(12), 12_345), "INV-12-12345");
    }

    #[test]
    fn tax_is_rounded_once_and_given_back_on_what_was_given_back() {
        let tax = Tax { name: Some("VAT".to_owned()), rate: Percent::parse("19").unwrap() };
        let on = |amount: &str| tax.on(Money::parse(amount).unwrap()).to_string();
        assert_eq!(on("100"), "19.00");
        assert_eq!(on("2.5833"), "0.4908");
        assert_eq!(on("-10"), "-1.90");
        assert_eq!(tax.in_words(), "VAT 19 %");
        assert_eq!(Tax { name: None, rate: Percent::parse("7.70").unwrap() }.in_words(), "Tax 7.7 %");
    }
}
