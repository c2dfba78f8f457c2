//! Numbers on an invoice that are no amounts: shown, and of a rate taken the tax once.

use std::fmt;

use rust_decimal::{Decimal, RoundingStrategy, dec};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::money::{Money, exact_number};

/// A rate of 0 to 100 per cent with at most four decimals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Percent(Decimal);

impl Percent {
    /// Nothing.
    pub const ZERO: Percent = Percent(Decimal::ZERO);

    /// `None` below 0, above 100, or with more than four decimals.
    pub fn new(rate: Decimal) -> Option<Self> {
        let is_rate = (Decimal::ZERO..=dec!(100)).contains(&rate) && rate.round_dp(4) == rate;
        is_rate.then(|| Self(rate.normalize()))
    }

    /// Reads `7.7`.
    pub fn parse(text: &str) -> Option<Self> {
        text.trim().parse().ok().and_then(Self::new)
    }

    /// The number itself, for the database.
    pub fn rate(self) -> Decimal {
        self.0
    }

    /// So much of an amount.
    pub(super) fn of(self, amount: Money) -> Money {
        Money::rounded(amount.amount() * self.0 / dec!(100))
    }
}

/// Without zeros at its end: `7.7`.
impl fmt::Display for Percent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.normalize().fmt(f)
    }
}

/// A JSON number with its exact digits.
impl Serialize for Percent {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        exact_number(&self.to_string(), serializer)
    }
}

/// From text, as the database's JSON carries it.
impl<'de> Deserialize<'de> for Percent {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text)
            .ok_or_else(|| de::Error::custom("not a rate of 0 to 100 with at most four decimals"))
    }
}

/// How many: minutes, messages, pieces; at most two decimals.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quantity(Decimal);

impl Quantity {
    /// One piece.
    pub const ONE: Quantity = Quantity(Decimal::ONE);

    /// So many.
    pub fn of(count: i64) -> Self {
        Self(Decimal::from(count))
    }

    /// Seconds as minutes, half up.
    pub fn minutes(seconds: i64) -> Self {
        Self::rounded(Decimal::from(seconds) / dec!(60))
    }

    /// As it is stored.
    pub fn rounded(number: Decimal) -> Self {
        Self(number.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero))
    }

    /// The number itself, for the database.
    pub fn number(self) -> Decimal {
        self.0
    }
}

/// Without zeros at its end: `12.5`.
impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.normalize().fmt(f)
    }
}

/// A JSON number with its exact digits.
impl Serialize for Quantity {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        exact_number(&self.to_string(), serializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_a_share_of_a_whole() {
        assert_eq!(Percent::parse("100").map(|rate| rate.to_string()), Some("100".to_owned()));
        for none in ["-1", "100.01", "1.23456", "", "ten", "1e3"] {
            assert_eq!(Percent::parse(none), None, "{none}");
        }
    }

    #[test]
    fn seconds_are_shown_as_minutes() {
        assert_eq!(Quantity::minutes(155).to_string(), "2.58");
        assert_eq!(Quantity::minutes(90).to_string(), "1.5");
        assert_eq!(Quantity::of(3).to_string(), "3");
    }
}
