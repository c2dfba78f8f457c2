//! A statement: what a balance was, what came and went, and what it was then.

use crate::money::Money;
use crate::usage::CategoryTotal;

/// Invariant: the opening balance and the sums are the closing balance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    opening: Money,
    totals: Vec<CategoryTotal>,
    closing: Money,
}

/// The ledger says of itself that it is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the entries of the period come to {sum}, and the balance changed by {change}")]
pub struct DoesNotAddUp {
    /// What the entries come to.
    pub sum: Money,
    /// By how much the balance changed.
    pub change: Money,
}

impl Statement {
    /// Of the balances before and after, and what was counted in between, by category.
    pub fn new(opening: Money, totals: Vec<CategoryTotal>, closing: Money) -> Result<Self, DoesNotAddUp> {
        let sum: Money = totals.iter().map(|total| total.amount).sum();
        let change = closing - opening;
        if sum == change { Ok(Self { opening, totals, closing }) } else { Err(DoesNotAddUp { sum, change }) }
    }

    /// The balance before the first entry.
    pub fn opening(&self) -> Money {
        self.opening
    }

    /// What came and went, each category with entries once.
    pub fn totals(&self) -> &[CategoryTotal] {
        &self.totals
    }

    /// The balance after the last entry.
    pub fn closing(&self) -> Money {
        self.closing
    }

    /// Entries in the period.
    pub fn entries(&self) -> i64 {
        self.totals.iter().map(|total| total.entries).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::billing::Category;

    #[test]
    fn what_does_not_add_up_is_no_statement() {
        let money = |text: &str| Money::parse(text).unwrap();
        let total = |category, amount| CategoryTotal { category, entries: 2, amount: money(amount) };
        let totals = vec![total(Category::Call, "-7.5001"), total(Category::TopUp, "50")];
        let statement = Statement::new(money("1"), totals.clone(), money("43.4999")).unwrap();
        assert_eq!((statement.opening(), statement.closing()), (money("1"), money("43.4999")));
        assert_eq!((statement.entries(), statement.totals().len()), (4, 2));
        let wrong = Statement::new(money("1"), totals, money("43.5"));
        assert_eq!(wrong, Err(DoesNotAddUp { sum: money("42.4999"), change: money("42.5") }));
        assert!(Statement::new(money("-3"), Vec::new(), money("-3")).is_ok());
    }
}
