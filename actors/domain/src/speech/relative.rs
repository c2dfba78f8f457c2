//! Dates that count from today: "tomorrow", "in two weeks", "next tuesday".
//!
//! A bare weekday is the next one, and today counts if today is that day; "this tuesday" is the
//! same. "next tuesday" is the first after today. "tuesday next week" lies in the week after this
//! one, and weeks start on Monday.

use jiff::civil::{Date, Weekday};
use jiff::{SignedDuration, ToSpan};

use super::tokens::Reader;
use super::words::{cardinal, weekday};

/// Ten years: nobody counts further in days, and spans stay far from what dates can hold.
const COUNT_MAX: u32 = 3660;

/// "today", "tomorrow", "the day after tomorrow", "this afternoon".
pub(super) fn named(reader: &mut Reader<'_>, today: Date) -> Option<Date> {
    // Only looked at: the part of the day belongs to the time that may follow.
    let mut ahead = *reader;
    let is_part_of_today = ahead.takes(&["tonight"])
        || (ahead.takes(&["this"]) && ahead.takes(&["morning", "afternoon", "evening"]));
    if is_part_of_today {
        return Some(today);
    }
    if reader.takes_all(&["day", "after", "tomorrow"]) {
        return plus_days(today, 2);
    }
    let days = reader.word(|word| match word {
        "today" => Some(0),
        "tomorrow" | "tmrw" | "tommorow" | "tomorow" | "tommorrow" => Some(1),
        "yesterday" => Some(-1),
        _ => None,
    })?;
    plus_days(today, days)
}

/// "in 3 days", "in a week", "two weeks from tomorrow", "3 days later".
pub(super) fn counted(reader: &mut Reader<'_>, today: Date) -> Option<Date> {
    let is_in = reader.takes(&["in"]);
    let count = if reader.takes(&["a", "an"]) { 1 } else { cardinal(reader)? };
    let count = i64::from(Some(count).filter(|count| *count <= COUNT_MAX)?);
    let unit = reader.word(|word| match word {
        "day" | "days" => Some(Unit::Days(1)),
        "week" | "weeks" => Some(Unit::Days(7)),
        "fortnight" | "fortnights" => Some(Unit::Days(14)),
        "month" | "months" => Some(Unit::Month),
        _ => None,
    })?;
    let from = if reader.takes(&["from"]) {
        starting_point(reader, today)?
    } else {
        let is_later = reader.takes(&["later", "hence", "time"]);
        Some(today).filter(|_| is_in || is_later)?
    };
    match unit {
        Unit::Days(days) => plus_days(from, count * days),
        Unit::Month => from.checked_add(count.months()).ok(),
    }
}

enum Unit {
    Days(i64),
    Month,
}

fn starting_point(reader: &mut Reader<'_>, today: Date) -> Option<Date> {
    if reader.takes(&["now"]) {
        return Some(today);
    }
    reader
        .attempt(|reader| named(reader, today))
        .or_else(|| reader.attempt(|reader| on_weekday(reader, today)))
}

/// "tuesday", "this coming friday", "next tuesday", "next week tuesday", "tuesday of next week".
pub(super) fn on_weekday(reader: &mut Reader<'_>, today: Date) -> Option<Date> {
    if let Some(week) = reader.attempt(week_said) {
        reader.takes(&["on"]);
        return in_week(today, week, reader.word(weekday)?);
    }
    let is_next = reader.takes(&["next"]);
    if !is_next {
        reader.takes(&["this"]);
        reader.takes(&["coming"]);
    }
    let day = reader.word(weekday)?;
    // "Thursday 3" may be the third or three o'clock: an appointment is not made on a guess.
    let bare_number = |reader: &mut Reader<'_>| {
        reader.number_of(1..=2)?;
        reader.is_done().then_some(())
    };
    if reader.attempt(bare_number).is_some() {
        return None;
    }
    if is_next {
        return plus_days(today, i64::from(today.weekday().until(day) + 6) % 7 + 1);
    }
    let week = reader.attempt(|reader| {
        reader.takes(&["of", "in"]);
        week_said(reader)
    });
    match week {
        Some(week) => in_week(today, week, day),
        None => plus_days(today, i64::from(today.weekday().until(day))),
    }
}

/// "this week" is 0, "next week" 1.
fn week_said(reader: &mut Reader<'_>) -> Option<i64> {
    let week = reader.word(|word| match word {
        "this" => Some(0),
        "next" => Some(1),
        _ => None,
    })?;
    reader.takes(&["week"]).then_some(week)
}

fn in_week(today: Date, week: i64, day: Weekday) -> Option<Date> {
    let days = i64::from(day.to_monday_zero_offset()) - i64::from(today.weekday().to_monday_zero_offset());
    plus_days(today, days + 7 * week)
}

fn plus_days(date: Date, days: i64) -> Option<Date> {
    date.checked_add(SignedDuration::from_hours(24 * days)).ok()
}
