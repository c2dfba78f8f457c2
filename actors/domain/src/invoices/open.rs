//! Invoices of which something is due, and what credits do to them.

use jiff::civil::Date;

use super::Status;
use crate::billing::Category;
use crate::ids::InvoiceId;
use crate::money::Money;

/// An invoice that is not paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Open {
    /// Which.
    pub id: InvoiceId,
    /// More than zero.
    pub amount_due: Money,
    /// The last day on which it is not overdue.
    pub due_date: Date,
    /// Whether that day is over, and somebody has said so.
    pub is_overdue: bool,
}

impl Open {
    /// Where it stands.
    pub fn status(&self) -> Status {
        match (self.amount_due > Money::ZERO, self.is_overdue) {
            (false, _) => Status::Paid,
            (true, true) => Status::Overdue,
            (true, false) => Status::Sent,
        }
    }
}

/// What a new invoice leaves to pay: what the balance is below zero once its tax is debited, as far as
/// other invoices do not have that due already, and at most its total.
pub fn due_at_issue(total: Money, balance: Money, open: &[Open]) -> Money {
    let others: Money = open.iter().map(|invoice| invoice.amount_due).sum();
    let missing = -balance - others;
    missing.min(total).max(Money::ZERO)
}

/// Lets a credit cover what is due, the oldest first; answers the invoices that it changed, those that are
/// paid now with nothing due. `balance` is the one after it.
///
/// A payment covers as much as it is. What was given back is no payment, but is on the next invoice; it
/// covers only what would be due beyond what the balance is below zero.
pub fn cover(open: &mut Vec<Open>, credit: Money, category: Category, balance: Money) -> Vec<Open> {
    let due: Money = open.iter().map(|invoice| invoice.amount_due).sum();
    let beyond = due - (-balance).max(Money::ZERO);
    let payment = if category == Category::TopUp { credit } else { Money::ZERO };
    let mut left = payment.max(beyond);
    let mut changed = Vec::new();
    for invoice in open.iter_mut() {
        if left <= Money::ZERO {
            break;
        }
        let covered = left.min(invoice.amount_due);
        (invoice.amount_due, left) = (invoice.amount_due - covered, left - covered);
        changed.push(*invoice);
    }
    open.retain(|invoice| invoice.amount_due > Money::ZERO);
    changed
}

#[cfg(test)]
mod tests {
    use super::*;

    fn money(text: &str) -> Money {
        Money::parse(text).unwrap()
    }

    fn open(dues: &[&str]) -> Vec<Open> {
        let due_date = jiff::civil::date(2026, 11, 15);
        let ids = (1..).map(InvoiceId);
        let open =
            |(id, due): (InvoiceId, &&str)| Open { id, amount_due: money(due), due_date, is_overdue: false };
        ids.zip(dues).map(open).collect()
    }

    fn dues(open: &[Open]) -> Vec<String> {
        open.iter().map(|invoice| invoice.amount_due.to_string()).collect()
    }

    #[test]
    fn what_is_due_is_what_the_balance_does_not_cover() {
        let due = |total, balance, others: &[&str]| {
            due_at_issue(money(total), money(balance), &open(others)).to_string()
        };
        assert_eq!(due("100", "20", &[]), "0.00");
        assert_eq!(due("100", "-30", &[]), "30.00");
        assert_eq!(due("100", "-130", &[]), "100.00", "the rest was due before, or will be");
        assert_eq!(due("100", "-130", &["50"]), "80.00", "nobody owes more than the balance is below zero");
        assert_eq!(due("-10", "-5", &[]), "0.00");
    }

    #[test]
    fn payments_cover_the_oldest_first() {
        let mut invoices = open(&["50", "30"]);
        let changed = cover(&mut invoices, money("60"), Category::TopUp, money("-20"));
        assert_eq!(dues(&changed), ["0.00", "20.00"]);
        assert_eq!((changed[0].status(), changed[1].status()), (Status::Paid, Status::Sent));
        assert_eq!(dues(&invoices), ["20.00"]);
        assert_eq!(dues(&cover(&mut invoices, money("100"), Category::TopUp, money("80"))), ["0.00"]);
        assert_eq!(cover(&mut invoices, money("100"), Category::TopUp, money("180")), []);
    }

    #[test]
    fn a_payment_covers_an_invoice_also_where_newer_calls_have_used_the_balance() {
        let mut invoices = open(&["50"]);
        cover(&mut invoices, money("50"), Category::TopUp, money("-40"));
        assert_eq!(invoices, []);
    }

    #[test]
    fn what_was_given_back_covers_only_what_nobody_owes_any_more() {
        let mut invoices = open(&["50"]);
        assert_eq!(cover(&mut invoices, money("10"), Category::Refund, money("-65")), []);
        let changed = cover(&mut invoices, money("60"), Category::Adjustment, money("-5"));
        assert_eq!(dues(&changed), ["5.00"]);
    }
}
