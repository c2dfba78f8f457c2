//! Reads amounts of money and rates: a JSON number, or the same as a text, with its exact digits.

use domain::invoices::Percent;
use domain::money::Money;
use serde::{Deserialize, Deserializer, de};
use serde_json::value::RawValue;

/// An amount as it was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Amount(pub Money);

/// From the number's own text: as a float it would have other digits.
impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let amount = Money::parse(&digits(deserializer)?).map(Self);
        amount.ok_or_else(|| de::Error::custom("send an amount with at most four decimals, such as 12.50"))
    }
}

/// A rate in per cent as it was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate(pub Percent);

impl<'de> Deserialize<'de> for Rate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let rate = Percent::parse(&digits(deserializer)?).map(Self);
        rate.ok_or_else(|| {
            de::Error::custom("send a rate of 0 to 100 with at most four decimals, such as 19")
        })
    }
}

fn digits<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let raw: Box<RawValue> = Deserialize::deserialize(deserializer)?;
    let text = raw.get().trim();
    Ok(text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text).to_owned())
}

#[cfg(test)]
mod tests {
    use super::Amount;

    #[test]
    fn an_amount_keeps_its_digits_and_nothing_else_is_one() {
        let read = |json| serde_json::from_str::<Amount>(json).ok().map(|amount| amount.0.to_string());
        assert_eq!(read("9999999999.9999").as_deref(), Some("9999999999.9999"));
        assert_eq!(read("\"0.0075\"").as_deref(), Some("0.0075"));
        assert_eq!(read("5").as_deref(), Some("5.00"));
        for other in ["0.00001", "null", "true", "{}", "[1]", "\"\"", "\"ten\"", "1e99", "10000000000"] {
            assert_eq!(read(other), None, "{other}");
        }
    }
}
