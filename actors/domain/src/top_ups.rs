//! How much may be paid in at a time, and what an amount is in a currency's smallest unit, in which companies
//! that take payments count.

use rust_decimal::Decimal;

use crate::money::Money;

/// Whole units of a currency with cents, such as dollars.
const LEAST: i64 = 5;
const MOST: i64 = 10_000;
/// What pages offer, in the same.
const OFFERED: [i64; 4] = [25, 50, 100, 250];
/// A yen is about a cent: currencies without cents are offered in hundreds.
const WITHOUT_CENTS: i64 = 100;

/// Currencies in which Stripe counts whole units (<https://docs.stripe.com/currencies#zero-decimal>).
const ZERO_DECIMAL: [&str; 15] =
    ["BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF", "XOF", "XPF"];
/// Those that have no cents, but of which Stripe counts hundredths all the same (there, "special cases").
const WHOLE_BY_HUNDREDTHS: [&str; 2] = ["ISK", "UGX"];
/// Those of which it counts thousandths, and takes whole hundredths alone.
const THREE_DECIMAL: [&str; 5] = ["BHD", "JOD", "KWD", "OMR", "TND"];

/// Why an amount cannot be paid in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TopUpRefusal {
    /// Fees would eat it, or it is a slip of the hand.
    #[error("between {least} and {most} can be paid in at a time")]
    Bounds {
        /// The least.
        least: Money,
        /// The most.
        most: Money,
    },
    /// There is no such coin.
    #[error("an amount has at most {0} decimals")]
    Decimals(u32),
}

/// What may be paid in at a time, in one currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopUps {
    /// The least.
    pub least: Money,
    /// The most.
    pub most: Money,
    /// What most people want.
    pub offered: [Money; 4],
    /// Decimals that an amount may have.
    pub decimals: u32,
    /// Decimals that the smallest unit stands for.
    scale: u32,
}

impl TopUps {
    /// In a currency, named as ISO 4217 does.
    pub fn of(currency: &str) -> Self {
        let (decimals, scale) = match currency {
            code if ZERO_DECIMAL.contains(&code) => (0, 0),
            code if WHOLE_BY_HUNDREDTHS.contains(&code) => (0, 2),
            code if THREE_DECIMAL.contains(&code) => (2, 3),
            _ => (2, 2),
        };
        let factor = if decimals == 0 { WITHOUT_CENTS } else { 1 };
        let units = |units: i64| Money::rounded(Decimal::from(units * factor));
        Self { least: units(LEAST), most: units(MOST), offered: OFFERED.map(units), decimals, scale }
    }

    /// Refuses what cannot be paid in; otherwise the amount in the smallest unit.
    pub fn smallest_units(&self, amount: Money) -> Result<i64, TopUpRefusal> {
        if amount < self.least || amount > self.most {
            return Err(TopUpRefusal::Bounds { least: self.least, most: self.most });
        }
        if amount.amount().normalize().scale() > self.decimals {
            return Err(TopUpRefusal::Decimals(self.decimals));
        }
        let units = amount.amount() * Decimal::from(10_i64.pow(self.scale));
        i64::try_from(units).map_err(|_| TopUpRefusal::Decimals(self.decimals))
    }

    /// What so many of the smallest unit are; `None` for nothing, and for more than the ledger can hold.
    /// Not held to what may be paid in: what was paid was paid.
    pub fn of_smallest_units(&self, units: i64) -> Option<Money> {
        Money::exact(Decimal::new(units, self.scale)).filter(|amount| *amount > Money::ZERO)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn money(text: &str) -> Money {
        Money::parse(text).unwrap()
    }

    #[test]
    fn amounts_are_counted_in_the_unit_of_their_currency_and_back() {
        for (currency, amount, units) in [
            ("USD", "5", 500),
            ("EUR", "12.34", 1234),
            ("EUR", "10000", 1_000_000),
            ("JPY", "2500", 2500),
            ("ISK", "2500", 250_000),
            ("UGX", "20000", 2_000_000),
            ("KWD", "12.34", 12_340),
        ] {
            let top_ups = TopUps::of(currency);
            assert_eq!(top_ups.smallest_units(money(amount)), Ok(units), "{amount} {currency}");
            assert_eq!(top_ups.of_smallest_units(units), Some(money(amount)), "{units} {currency}");
        }
    }

    #[test]
    fn what_no_coin_pays_and_what_is_too_little_or_too_much_is_refused() {
        let refused = |currency, amount| TopUps::of(currency).smallest_units(money(amount)).unwrap_err();
        assert_eq!(refused("EUR", "12.345"), TopUpRefusal::Decimals(2));
        assert_eq!(refused("KWD", "12.345"), TopUpRefusal::Decimals(2));
        assert_eq!(refused("JPY", "2500.5"), TopUpRefusal::Decimals(0));
        for amount in ["-5", "0", "4.99", "10000.01"] {
            assert!(matches!(refused("EUR", amount), TopUpRefusal::Bounds { .. }), "{amount}");
        }
        assert!(matches!(refused("JPY", "499"), TopUpRefusal::Bounds { .. }));
        assert_eq!(TopUps::of("EUR").of_smallest_units(0), None);
        assert_eq!(TopUps::of("EUR").of_smallest_units(-100), None);
        assert_eq!(TopUps::of("EUR").of_smallest_units(i64::MAX), None);
    }

    #[test]
    fn everything_that_is_offered_can_be_paid_in() {
        for currency in ["USD", "JPY", "ISK", "KWD"] {
            let top_ups = TopUps::of(currency);
            for amount in top_ups.offered.into_iter().chain([top_ups.least, top_ups.most]) {
                assert!(top_ups.smallest_units(amount).is_ok(), "{amount} {currency}");
            }
        }
    }
}
