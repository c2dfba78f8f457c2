//! Money: one currency, four decimals, never a float.
//!
//! Invariant: a [`Money`] has at most [`SCALE`] decimals and fits `NUMERIC(14,4)`; rounding
//! happens in [`Money::rounded`] alone.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, Neg, Sub};

use rust_decimal::{Decimal, RoundingStrategy, dec};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use serde_json::value::RawValue;

/// Decimals kept: the database's `NUMERIC(14,4)`.
pub const SCALE: u32 = 4;

/// The largest amount the ledger's columns hold, either way.
pub const MAX: Money = Money(dec!(9_999_999_999.9999));

/// An amount of the platform's currency, positive or negative.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Money(Decimal);

impl Money {
    /// Nothing.
    pub const ZERO: Money = Money(Decimal::ZERO);

    /// The one place that rounds: half away from zero, to four decimals.
    pub fn rounded(amount: Decimal) -> Self {
        Self(amount.round_dp_with_strategy(SCALE, RoundingStrategy::MidpointAwayFromZero))
    }

    /// An amount that must need no rounding. `None` when it has more than four decimals or is too large.
    pub fn exact(amount: Decimal) -> Option<Self> {
        let money = Self::rounded(amount);
        (money.0 == amount && money.is_storable()).then_some(money)
    }

    /// Reads `12.34` as people and databases write it; at most four decimals.
    pub fn parse(text: &str) -> Option<Self> {
        text.trim().parse().ok().and_then(Self::exact)
    }

    /// The number itself, for the database.
    pub fn amount(self) -> Decimal {
        self.0
    }

    /// Whether the ledger's columns can hold it.
    pub fn is_storable(self) -> bool {
        self <= MAX && self >= -MAX
    }

    /// To the cent, half away from zero, for a glance; what would come to nothing stays as it is.
    pub fn to_cents(self) -> Self {
        let cents = Self(self.0.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero));
        if cents == Self::ZERO { self } else { cents }
    }

    /// Less than nothing.
    pub fn is_negative(self) -> bool {
        self < Self::ZERO
    }

    /// With exactly four decimals, so that equal amounts have one spelling: what is hashed.
    pub fn canonical(self) -> String {
        format!("{:.4}", self.0)
    }
}

/// Exact digits, at least two decimals: `5.00`, `0.0075`.
impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.0.normalize();
        if digits.scale() <= 2 { write!(f, "{digits:.2}") } else { write!(f, "{digits}") }
    }
}

/// A JSON number with its exact digits: `arbitrary_precision` would do it for every number, and
/// break untagged enums on the way.
impl Serialize for Money {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        exact_number(&self.to_string(), serializer)
    }
}

/// Writes digits as the JSON number they are.
pub(crate) fn exact_number<S: Serializer>(digits: &str, serializer: S) -> Result<S::Ok, S::Error> {
    let number = RawValue::from_string(digits.to_owned()).map_err(serde::ser::Error::custom)?;
    number.serialize(serializer)
}

/// From text, as the database's JSON carries it.
impl<'de> Deserialize<'de> for Money {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| de::Error::custom("not an amount with at most four decimals"))
    }
}

impl Add for Money {
    type Output = Money;
    fn add(self, other: Money) -> Money {
        Money(self.0 + other.0)
    }
}

impl Sub for Money {
    type Output = Money;
    fn sub(self, other: Money) -> Money {
        Money(self.0 - other.0)
    }
}

impl Neg for Money {
    type Output = Money;
    fn neg(self) -> Money {
        Money(-self.0)
    }
}

impl Sum for Money {
    fn sum<I: Iterator<Item = Money>>(amounts: I) -> Money {
        amounts.fold(Money::ZERO, Add::add)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_has_exact_digits_and_at_least_two_decimals() {
        for (amount, json) in [("5", "5.00"), ("0.0075", "0.0075"), ("-1.5", "-1.50"), ("0", "0.00")] {
            let money = Money::parse(amount).unwrap();
            assert_eq!(serde_json::to_string(&money).unwrap(), json);
        }
    }

    #[test]
    fn half_of_the_last_decimal_is_rounded_up() {
        assert_eq!(Money::rounded(dec!(0.00005)).to_string(), "0.0001");
        assert_eq!(Money::rounded(dec!(0.00004)).to_string(), "0.00");
    }

    #[test]
    fn what_does_not_fit_the_ledger_is_no_amount() {
        assert_eq!(Money::parse("0.00001"), None);
        assert_eq!(Money::parse("10000000000"), None);
        assert_eq!(Money::parse("ten"), None);
        assert!(Money::parse("9999999999.9999").is_some());
    }
}
