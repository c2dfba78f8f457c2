//! A stretch of the ledger, added up by what its entries were for, and what an invoice says of it.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::{Content, Line, Payment, Quantity, Tax};
use crate::billing::Category;
use crate::money::Money;

/// Entries of one kind at one price.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spent {
    /// About what.
    pub category: Category,
    /// Of a minute or a message; of anything else the amount itself.
    pub unit_price: Money,
    /// How many entries.
    pub entries: i64,
    /// What calls are charged for.
    pub seconds: i64,
    /// Their signed sum, as the ledger has it: negative for charges.
    pub amount: Money,
    /// What the entry says, where it stands for itself.
    pub description: Option<String>,
}

/// Money that came in: no part of a total.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paid {
    /// What the entry says.
    pub description: String,
    /// When.
    pub at: Timestamp,
    /// More than zero.
    pub amount: Money,
}

/// What the ledger recorded from one entry to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stretch {
    /// The first entry.
    pub first_seq: i64,
    /// The last entry; less than the first where there is none.
    pub last_seq: i64,
    /// Charges and what was given back.
    pub spent: Vec<Spent>,
    /// Payments.
    pub paid: Vec<Paid>,
}

impl Stretch {
    /// Whether there is nothing that an invoice could state.
    pub fn is_empty(&self) -> bool {
        self.spent.is_empty()
    }

    /// What an invoice of it says.
    pub fn content(&self, tax: Tax, zone: &TimeZone) -> Content {
        let mut lines: Vec<Line> = self.spent.iter().map(line).collect();
        lines.sort_by_key(|line| place(line.category));
        let subtotal: Money = lines.iter().map(|line| line.amount).sum();
        let tax_amount = tax.on(subtotal);
        let payments = self.paid.iter().map(|paid| Payment {
            description: paid.description.clone(),
            received_on: paid.at.to_zoned(zone.clone()).date(),
            amount: paid.amount,
        });
        Content {
            lines,
            payments: payments.collect(),
            subtotal,
            tax,
            tax_amount,
            total: subtotal + tax_amount,
        }
    }
}

/// As the specification lists them; what mends comes last.
fn place(category: Category) -> u8 {
    match category {
        Category::Subscription => 0,
        Category::Call => 1,
        Category::Sms => 2,
        Category::Email => 3,
        Category::Adjustment => 4,
        Category::Refund => 5,
        Category::Tax | Category::TopUp => 6,
    }
}

fn line(spent: &Spent) -> Line {
    let (description, quantity) = match spent.category {
        Category::Call => ("Call minutes".to_owned(), Quantity::minutes(spent.seconds)),
        Category::Sms => ("Text messages".to_owned(), Quantity::of(spent.entries)),
        Category::Email => ("E-mails to guests".to_owned(), Quantity::of(spent.entries)),
        _ => (spent.description.clone().unwrap_or_default(), Quantity::ONE),
    };
    let amount = -spent.amount;
    let unit_price = match spent.category {
        Category::Call | Category::Sms | Category::Email => spent.unit_price,
        _ => amount,
    };
    Line { category: spent.category, description, quantity, unit_price, amount }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::invoices::Percent;

    #[test]
    fn an_invoice_adds_up_what_was_recorded_and_shows_payments_beside_it() {
        let money = |text: &str| Money::parse(text).unwrap();
        let spent = |category, unit_price, entries, seconds, amount, description: Option<&str>| Spent {
            category,
            unit_price: money(unit_price),
            entries,
            seconds,
            amount: money(amount),
            description: description.map(str::to_owned),
        };
        let at: Timestamp = "2026-10-31T23:30:00Z".parse().unwrap();
        let stretch = Stretch {
            first_seq: 1,
            last_seq: 9,
            spent: vec![
                spent(Category::Refund, "0", 1, 0, "2.5", Some("Bad line")),
                spent(Category::Call, "1", 2, 155, "-2.5834", None),
                spent(Category::Sms, "0.05", 3, 0, "-0.15", None),
                spent(Category::Subscription, "0", 1, 0, "-29", Some("Monthly fee, October 2026")),
            ],
            paid: vec![Paid { description: "Transfer".to_owned(), at, amount: money("50") }],
        };
        let zone = TimeZone::get("Europe/Madrid").unwrap();
        let tax = Tax { name: None, rate: Percent::parse("10").unwrap() };
        let content = stretch.content(tax, &zone);
        let lines: Vec<String> = content
            .lines
            .iter()
            .map(|line| format!("{} {} {} {}", line.description, line.quantity, line.unit_price, line.amount))
            .collect();
        assert_eq!(
            lines,
            [
                "Monthly fee, October 2026 1 29.00 29.00",
                "Call minutes 2.58 1.00 2.5834",
                "Text messages 3 0.05 0.15",
                "Bad line 1 -2.50 -2.50",
            ]
        );
        assert_eq!(content.subtotal.to_string(), "29.2334");
        assert_eq!(
            (content.tax_amount.to_string(), content.total.to_string()),
            ("2.9233".into(), "32.1567".into())
        );
        assert_eq!(content.payments[0].received_on, jiff::civil::date(2026, 11, 1), "the day it was there");
    }
}
