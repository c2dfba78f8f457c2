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

/// A balance over days as a chart draws it: across from 0 to 1, and up from nothing to its highest.
#[derive(Debug, Clone, PartialEq)]
pub struct Burn {
    /// What was left, day by day until now; across it ends where [`Burn::ends`] says.
    pub past: Vec<(f64, f64)>,
    /// Where it comes to nothing, across; `None` where it does not within the days drawn.
    pub ends: Option<f64>,
    /// The height below which it is low; `None` above all of it.
    pub alert: Option<f64>,
}

impl Burn {
    /// Of what was left once a day, the last of them now; with as many days ahead of it as were given
    /// behind it, if it comes to nothing within them. `None` where nothing was ever left.
    pub fn of(balances: &[Money], days_left: Option<i64>, alert: Money) -> Option<Self> {
        let height = |money: Money| money.amount().to_f64().unwrap_or_default().max(0.0);
        let highest = balances.iter().copied().map(height).fold(0.0, f64::max);
        let behind = i64::try_from(balances.len()).ok()?.checked_sub(1).filter(|behind| *behind > 0)?;
        if highest <= 0.0 {
            return None;
        }
        let ahead = days_left.filter(|days| (1..=behind).contains(days));
        #[expect(clippy::cast_precision_loss, reason = "a few days")]
        let across = |day: i64| day as f64 / (behind + ahead.unwrap_or(0)) as f64;
        let past = (0..).zip(balances).map(|(day, left)| (across(day), height(*left) / highest)).collect();
        let alert = height(alert) / highest;
        Some(Self {
            past,
            ends: ahead.map(|days| across(behind + days)),
            alert: (alert <= 1.0).then_some(alert),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_balance_is_drawn_until_now_and_on_to_where_it_is_gone() {
        let balances = ["0", "100", "75", "50", "-1"].map(|text| Money::parse(text).unwrap());
        let burn = Burn::of(&balances[..4], Some(3), balances[3]).unwrap();
        assert_eq!(burn.past, [(0.0, 0.0), (1.0 / 6.0, 1.0), (2.0 / 6.0, 0.75), (0.5, 0.5)]);
        assert_eq!((burn.ends, burn.alert), (Some(1.0), Some(0.5)));
        let long = Burn::of(&balances[1..3], Some(3), balances[1] + balances[1]).unwrap();
        assert_eq!((long.past[1], long.ends, long.alert), ((1.0, 0.75), None, None));
        assert_eq!(Burn::of(&[balances[0], balances[4]], None, balances[1]), None);
        assert_eq!(Burn::of(&balances[1..2], None, balances[1]), None);
    }

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
