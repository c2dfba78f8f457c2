//! How long a balance lasts, as people are told it: rounded down, so that nobody counts on more.

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use crate::money::Money;

/// How long a balance lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outlook {
    /// Whole minutes of calls; `None` where a minute costs nothing.
    pub call_minutes: Option<i64>,
    /// Whole days, if all goes on as it went; `None` where nothing was spent.
    pub days: Option<i64>,
}

impl Outlook {
    /// Of a balance, from which `spent` went in the last so many days.
    pub fn of(balance: Money, per_minute: Money, spent: Money, days: i64) -> Self {
        // How often `cost` can be paid, `each` of them at a time.
        let times = |cost: Money, each: i64| match cost > Money::ZERO {
            true if balance <= Money::ZERO => Some(0),
            true => (balance.amount() * Decimal::from(each) / cost.amount()).floor().to_i64(),
            false => None,
        };
        Self { call_minutes: times(per_minute, 1), days: times(spent, days) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_balance_lasts_so_many_whole_minutes_and_days_and_none_where_it_is_gone() {
        let money = |text| Money::parse(text).unwrap();
        let outlook = |balance, per_minute, spent| {
            let Outlook { call_minutes, days } =
                Outlook::of(money(balance), money(per_minute), money(spent), 30);
            (call_minutes, days)
        };
        assert_eq!(outlook("48.20", "1", "243"), (Some(48), Some(5)));
        assert_eq!(outlook("0", "1", "243"), (Some(0), Some(0)));
        assert_eq!(outlook("-3", "1", "0"), (Some(0), None));
        assert_eq!(outlook("48.20", "0", "0"), (None, None));
        assert_eq!(outlook("9999999999", "0.0001", "0.0001").0, Some(99_999_999_990_000));
    }
}
