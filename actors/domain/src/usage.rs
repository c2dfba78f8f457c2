//! What the ledger entries of a period add up to: recorded charges are added, never computed again.

use rust_decimal::Decimal;

use crate::billing::Category;
use crate::money::Money;

/// The entries of one category.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CategoryTotal {
    /// Which.
    pub category: Category,
    /// How many.
    pub entries: i64,
    /// Their signed sum: negative for charges.
    pub amount: Money,
}

/// The totals of all categories, where those of all but calls are known and what all lines come to: how
/// many, and their signed sum.
pub fn with_calls(others: Vec<CategoryTotal>, (entries, amount): (i64, Money)) -> Vec<CategoryTotal> {
    let entries = entries - others.iter().map(|total| total.entries).sum::<i64>();
    let amount = others.iter().fold(amount, |amount, total| amount - total.amount);
    let calls = CategoryTotal { category: Category::Call, entries, amount };
    others.into_iter().chain((entries > 0).then_some(calls)).collect()
}

/// What was used, as people read it: a charge is a positive cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Usage {
    /// Charges of calls; a call has as a rule one.
    pub call_count: i64,
    /// What they cost.
    pub calls: Money,
    /// Text messages charged.
    pub sms_count: i64,
    /// What they cost.
    pub sms: Money,
    /// Mails charged.
    pub email_count: i64,
    /// What they cost.
    pub email: Money,
    /// Monthly fees.
    pub subscription: Money,
    /// Tax of invoices.
    pub tax: Money,
    /// Adjustments, positive where they raised the balance.
    pub adjustments: Money,
    /// Charges given back, positive.
    pub refunds: Money,
    /// Payments received, positive.
    pub top_ups: Money,
}

impl Usage {
    /// Sorts the sums of a period.
    pub fn of(totals: &[CategoryTotal]) -> Self {
        let mut usage = Self::default();
        for CategoryTotal { category, entries, amount } in totals {
            match category {
                Category::Call => {
                    usage.call_count += entries;
                    usage.calls = usage.calls - *amount;
                }
                Category::Sms => {
                    usage.sms_count += entries;
                    usage.sms = usage.sms - *amount;
                }
                Category::Email => {
                    usage.email_count += entries;
                    usage.email = usage.email - *amount;
                }
                Category::Subscription => usage.subscription = usage.subscription - *amount,
                Category::Tax => usage.tax = usage.tax - *amount,
                Category::Adjustment => usage.adjustments = usage.adjustments + *amount,
                Category::Refund => usage.refunds = usage.refunds + *amount,
                Category::TopUp => usage.top_ups = usage.top_ups + *amount,
            }
        }
        usage
    }

    /// Calls, messages and fees: what the service cost before tax, adjustments and refunds.
    pub fn total(&self) -> Money {
        self.calls + self.sms + self.email + self.subscription
    }

    /// What a month of `days` days will have cost, if it goes on as it went until its day `day`: fees
    /// come once, the rest day by day. Rounded to cents, because nobody knows the future closer.
    pub fn expected_total(&self, day: i64, days: i64) -> Money {
        let daily = (self.total() - self.subscription).amount();
        let expected = daily * Decimal::from(days) / Decimal::from(day.max(1));
        Money::rounded(expected).to_cents() + self.subscription
    }

    /// By how many per cent the total is more than before; negative where it is less, `None` where nothing was
    /// used before.
    pub fn growth_percent(&self, before: &Usage) -> Option<i64> {
        let (total, before) = (self.total().amount(), before.total().amount());
        if before <= Decimal::ZERO {
            return None;
        }
        i64::try_from(((total - before) * Decimal::ONE_HUNDRED / before).round()).ok()
    }

    /// What the platform earned: the charges less refunds and adjustments, without tax and payments.
    pub fn revenue(&self) -> Money {
        self.total() - self.refunds - self.adjustments
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_is_expected_to_go_on_as_it_went_and_its_fee_comes_once() {
        let money = |text| Money::parse(text).unwrap();
        let usage = Usage { calls: money("10"), subscription: money("25"), ..Usage::default() };
        assert_eq!(usage.expected_total(10, 30), money("55"));
        assert_eq!(usage.expected_total(0, 31), money("335"));
        assert_eq!(Usage { calls: money("1"), ..Usage::default() }.expected_total(7, 30), money("4.29"));
    }

    #[test]
    fn growth_is_in_whole_per_cent_of_what_was_used_before() {
        let used = |text: &str| Usage { calls: Money::parse(text).unwrap(), ..Usage::default() };
        assert_eq!(used("15").growth_percent(&used("10")), Some(50));
        assert_eq!(used("0").growth_percent(&used("10")), Some(-100));
        assert_eq!(used("10.04").growth_percent(&used("10")), Some(0));
        assert_eq!(used("10").growth_percent(&used("0")), None);
    }

    #[test]
    fn charges_are_costs_and_revenue_is_what_was_not_given_back() {
        let total = |category, entries, amount: &str| CategoryTotal {
            category,
            entries,
            amount: Money::parse(amount).unwrap(),
        };
        let usage = Usage::of(&[
            total(Category::Call, 2, "-7.5"),
            total(Category::Sms, 3, "-0.15"),
            total(Category::Email, 1, "-0.01"),
            total(Category::Subscription, 1, "-20"),
            total(Category::Tax, 1, "-4"),
            total(Category::Adjustment, 2, "-1"),
            total(Category::Refund, 1, "2.5"),
            total(Category::TopUp, 1, "100"),
        ]);
        assert_eq!((usage.sms_count, usage.email_count), (3, 1));
        assert_eq!(usage.total().to_string(), "27.66");
        assert_eq!(usage.revenue().to_string(), "26.16");
    }
}
