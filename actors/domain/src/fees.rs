//! The monthly fee: in advance, once a month, by the day in the month it begins.

use jiff::civil::Date;
use rust_decimal::Decimal;

use crate::billing::{Category, Posting};
use crate::money::Money;
use crate::month::Month;

/// What a month costs a customer that has been active from a day on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fee {
    /// Of which month.
    pub month: Month,
    /// The first day it is for: the first of the month, or the day on which the customer became active.
    pub from: Date,
    /// `monthly fee × days left ÷ days of the month`, rounded half up to four decimals.
    pub amount: Money,
}

impl Fee {
    /// `None` where nothing is due: the customer became active later, or pays no fee.
    pub fn of(monthly_fee: Money, month: Month, active_since: Date) -> Option<Self> {
        if active_since > month.last_day() {
            return None;
        }
        let from = active_since.max(month.first_day());
        let share = monthly_fee.amount() * Decimal::from(days_from(month, from));
        let amount = Money::rounded(share / Decimal::from(month.days()));
        (amount > Money::ZERO).then_some(Self { month, from, amount })
    }

    /// The entry of the ledger; `fee:2026-10` once per customer.
    pub fn posting(&self) -> Posting {
        let (month, days) = (self.month, self.month.days());
        let description = match days_from(month, self.from) {
            all if all == days => format!("Monthly fee, {}", month.in_words()),
            some => format!("Monthly fee, {}, {some} of {days} days", month.in_words()),
        };
        Posting {
            category: Category::Subscription,
            amount: -self.amount,
            reference: format!("fee:{month}"),
            reference_id: None,
            description,
            author: None,
        }
    }
}

/// The days left, that one included.
fn days_from(month: Month, day: Date) -> i64 {
    month.days() - i64::from(day.day()) + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fee(monthly: &str, month: &str, active_since: &str) -> Option<Fee> {
        let monthly = Money::parse(monthly).unwrap();
        Fee::of(monthly, Month::parse(month).unwrap(), active_since.parse().unwrap())
    }

    #[test]
    fn a_month_that_began_before_is_paid_by_the_day_and_the_others_whole() {
        let amount = |active_since| fee("31", "2026-10", active_since).map(|fee| fee.amount.to_string());
        assert_eq!(amount("2026-09-30"), Some("31.00".to_owned()));
        assert_eq!(amount("2026-10-01"), Some("31.00".to_owned()));
        assert_eq!(amount("2026-10-31"), Some("1.00".to_owned()));
        assert_eq!(amount("2026-11-01"), None, "nobody pays for a time before");
        assert_eq!(fee("10", "2026-02", "2026-02-09").unwrap().amount.to_string(), "7.1429");
        assert_eq!(fee("0", "2026-10", "2026-01-01"), None);
    }

    #[test]
    fn the_entry_says_for_which_days() {
        let posting = fee("31", "2026-10", "2026-10-30").unwrap().posting();
        assert_eq!(posting.description, "Monthly fee, October 2026, 2 of 31 days");
        assert_eq!(
            (posting.reference.as_str(), posting.amount.to_string()),
            ("fee:2026-10", "-2.00".to_owned())
        );
        assert_eq!(
            fee("31", "2026-10", "2026-10-01").unwrap().posting().description,
            "Monthly fee, October 2026"
        );
    }
}
