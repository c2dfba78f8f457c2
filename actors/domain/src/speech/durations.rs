//! Durations as a person or a model writes them, as whole minutes.

use rust_decimal::prelude::ToPrimitive;
use rust_decimal::{Decimal, dec};
use serde_json::Value;

use super::tokens::{Reader, plain, tokens};
use super::words::cardinal;
use crate::calendar::DURATION_MINUTES_MAX;

/// The minutes a value means: `30`, `30.0`, `"30"`, `"half an hour"`, `"1.5 hours"`, `"1h30"`,
/// `"PT30M"`. `None` for what is not understood in full, for parts of a minute, and outside of 1 to
/// [`DURATION_MINUTES_MAX`].
pub fn duration_minutes(value: &Value) -> Option<u32> {
    let minutes = match value {
        // Its digits, not its value: a number with a point would come as a float.
        Value::Number(number) => said(&number.to_string())?,
        Value::String(text) => said(text)?,
        _ => return None,
    };
    let minutes = if minutes.is_integer() { minutes.to_u32()? } else { return None };
    (1..=DURATION_MINUTES_MAX).contains(&minutes).then_some(minutes)
}

fn said(text: &str) -> Option<Decimal> {
    let text = plain(text)?;
    let tokens = tokens(&text)?;
    let mut reader = Reader::new(&tokens);
    while reader.takes(&["about", "around", "approximately", "roughly", "for"]) {}
    // ISO 8601's "PT1H30M" is "1h30m" behind a prefix.
    reader.takes(&["pt"]);
    let minutes = reader.attempt(on_a_clock).or_else(|| hours_and_minutes(&mut reader))?;
    reader.mark(&['-', '.']);
    reader.takes(&["long"]);
    reader.takes(&["appointment", "slot", "session", "meeting", "consultation", "call", "visit"]);
    reader.is_done().then_some(minutes)
}

/// `1:30` and `01:30:00`: hours and minutes.
fn on_a_clock(reader: &mut Reader<'_>) -> Option<Decimal> {
    let hours = reader.number_of(1..=2)?;
    reader.mark(&[':'])?;
    let minutes = reader.number_of(2..=2).filter(|minutes| *minutes < 60)?;
    if reader.mark(&[':']).is_some() {
        reader.number_of(2..=2).filter(|seconds| *seconds == 0)?;
    }
    Some(Decimal::from(hours * 60 + minutes))
}

/// "an hour and 15 minutes", "1h30", "90 min", "30".
fn hours_and_minutes(reader: &mut Reader<'_>) -> Option<Decimal> {
    let Some(hours) = reader.attempt(hours) else { return minutes(reader) };
    let minutes = reader.attempt(|reader| {
        reader.takes(&["and"]);
        minutes(reader)
    });
    Some(hours * dec!(60) + minutes.unwrap_or_default())
}

/// "2 hours", "1.5 h", "half an hour", "an hour and a half".
fn hours(reader: &mut Reader<'_>) -> Option<Decimal> {
    const UNIT: [&str; 5] = ["hours", "hour", "hrs", "hr", "h"];
    let part = reader.attempt(|reader| {
        let part = part_of_one(reader)?;
        reader.mark(&['-']);
        reader.takes(&["of"]);
        reader.takes(&["a", "an"]);
        reader.takes(&UNIT).then_some(part)
    });
    if part.is_some() {
        return part;
    }
    let count = amount(reader)?;
    reader.mark(&['-']);
    if !reader.takes(&UNIT) {
        return None;
    }
    Some(count + reader.attempt(and_a_part).unwrap_or_default())
}

/// "45 minutes", "45-minute", and 45 alone.
fn minutes(reader: &mut Reader<'_>) -> Option<Decimal> {
    let count = amount(reader)?;
    reader.attempt(|reader| {
        reader.mark(&['-']);
        reader.takes(&["minutes", "minute", "mins", "min", "m"]).then_some(())
    });
    Some(count)
}

/// How many: "2", "1.5", "1 1/2", "1½", "an", "forty-five", "one and a half".
fn amount(reader: &mut Reader<'_>) -> Option<Decimal> {
    if let Some(part) = reader.attempt(part_in_digits) {
        return Some(part);
    }
    let whole = if reader.takes(&["a", "an"]) { Decimal::ONE } else { number(reader)? };
    let part = reader.attempt(part_in_digits).or_else(|| reader.attempt(and_a_part));
    Some(whole + part.unwrap_or_default())
}

/// A number in digits, perhaps with decimals, or in words.
fn number(reader: &mut Reader<'_>) -> Option<Decimal> {
    let whole = Decimal::from(cardinal(reader)?);
    let decimals = reader.attempt(|reader| {
        reader.mark(&['.'])?;
        let (value, digits) = reader.number()?;
        Decimal::try_new(value.into(), u32::try_from(digits).ok()?).ok()
    });
    Some(whole + decimals.unwrap_or_default())
}

/// `1/2`, `3/4`, `½`.
fn part_in_digits(reader: &mut Reader<'_>) -> Option<Decimal> {
    if let Some(mark) = reader.mark(&['½', '¼', '¾']) {
        return Some(match mark {
            '½' => dec!(0.5),
            '¼' => dec!(0.25),
            _ => dec!(0.75),
        });
    }
    let (over, _) = reader.number()?;
    reader.mark(&['/'])?;
    match (over, reader.number()?.0) {
        (1, 2) => Some(dec!(0.5)),
        (1, 4) => Some(dec!(0.25)),
        (3, 4) => Some(dec!(0.75)),
        _ => None,
    }
}

/// "half", "a quarter", "three quarters".
fn part_of_one(reader: &mut Reader<'_>) -> Option<Decimal> {
    if reader.takes_all(&["three", "quarters"]) {
        return Some(dec!(0.75));
    }
    reader.takes(&["a"]);
    reader.word(|word| match word {
        "half" => Some(dec!(0.5)),
        "quarter" => Some(dec!(0.25)),
        _ => None,
    })
}

fn and_a_part(reader: &mut Reader<'_>) -> Option<Decimal> {
    reader.takes(&["and"]).then_some(())?;
    part_of_one(reader)
}
