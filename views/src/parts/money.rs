//! Amounts, and how many of something, as people read them.

use domain::invoices::Quantity;
use domain::money::Money;

/// `$1,234.50`; a currency without a sign of its own is named: `CHF 12.00`. More than two decimals are
/// shown where there are.
pub fn money(amount: Money, currency: &str) -> String {
    let text = amount.to_string();
    let digits = text.trim_start_matches('-');
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "00"));
    let grouped = grouped(whole);
    // U+2212, the minus sign: a hyphen is not read as one.
    let sign = if amount.is_negative() { "\u{2212}" } else { "" };
    match currency {
        "USD" => format!("{sign}${grouped}.{fraction}"),
        "EUR" => format!("{sign}€{grouped}.{fraction}"),
        "GBP" => format!("{sign}£{grouped}.{fraction}"),
        other => format!("{sign}{other}\u{a0}{grouped}.{fraction}"),
    }
}

/// The same to the cent, where nobody adds it up: a glance, not an account.
pub fn cents(amount: Money, currency: &str) -> String {
    money(amount.to_cents(), currency)
}

/// `1,234.5`: minutes or pieces.
pub fn quantity(many: Quantity) -> String {
    let text = many.to_string();
    match text.split_once('.') {
        Some((whole, fraction)) => format!("{}.{fraction}", grouped(whole)),
        None => grouped(&text),
    }
}

/// Digits in threes.
fn grouped(whole: &str) -> String {
    let mut grouped = String::new();
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_has_its_sign_its_groups_and_its_cents() {
        let money = |text: &str, currency| money(Money::parse(text).unwrap(), currency);
        assert_eq!(money("1234567.5", "USD"), "$1,234,567.50");
        assert_eq!(money("-5", "EUR"), "\u{2212}€5.00");
        assert_eq!(money("0.0125", "CHF"), "CHF\u{a0}0.0125");
        let cents = |text: &str| cents(Money::parse(text).unwrap(), "USD");
        assert_eq!(
            ["3.7667", "-3.765", "0.004", "0"].map(cents),
            ["$3.77", "\u{2212}$3.77", "$0.004", "$0.00"]
        );
        assert_eq!(quantity(Quantity::minutes(74_070)), "1,234.5");
        assert_eq!(quantity(Quantity::of(250)), "250");
    }
}
