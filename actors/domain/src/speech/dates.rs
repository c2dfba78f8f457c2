//! Dates as a person or a model writes them: the calendar's own names here, the ones that count
//! from today in `relative`.
//!
//! Without a year the next such date is meant, today included. `01/02/2026` is January 2, the way
//! the platform's agents speak; `01.02.2026` is February 1, because only people who put the day
//! first write dots. A weekday beside a date is read and not checked: models get it wrong more
//! often than the date. A past date with a year is returned as it is, and refused by the calendar.

use jiff::ToSpan;
use jiff::civil::Date;

use super::relative;
use super::times::{clock_time, last_time, part_of_day};
use super::tokens::{Reader, plain, tokens};
use super::words::{cardinal, month, ordinal, weekday};
use crate::calendar::MinuteOfDay;

/// The nearest leap years are at most eight years apart.
const LEAP_YEARS_MAX: i16 = 8;

/// The date a text means, counted from `today`: `2026-01-15`, `January 15th`, `15.01.2026`,
/// `next tuesday`, `in two weeks`; also with a time beside it. `None` for what is not understood in
/// full, and for dates that do not exist.
pub fn date(text: &str, today: Date) -> Option<Date> {
    let text = plain(text)?;
    let tokens = tokens(&text)?;
    moment(Reader::new(&tokens), today).map(|(date, _)| date)
}

/// The time of a text that names a date too.
pub(super) fn time_beside_date(reader: Reader<'_>) -> Option<MinuteOfDay> {
    // Any day will do for today: which words belong to the date does not depend on it.
    moment(reader, Date::constant(2000, 1, 1))?.1
}

/// A date and perhaps a time, in either order, and nothing else.
fn moment(reader: Reader<'_>, today: Date) -> Option<(Date, Option<MinuteOfDay>)> {
    if let Some(said) = date_then_time(reader, today, None) {
        return Some(said);
    }
    let mut after_time = reader;
    let time = clock_time(&mut after_time, None)?;
    date_then_time(after_time, today, Some(time))
}

type Form = fn(&mut Reader<'_>, Date) -> Option<Date>;

/// What can be a date, tried in turn.
const FORMS: [Form; 4] = [absolute, relative::named, relative::counted, relative::on_weekday];

fn date_then_time(
    mut reader: Reader<'_>,
    today: Date,
    time_before: Option<MinuteOfDay>,
) -> Option<(Date, Option<MinuteOfDay>)> {
    while reader.takes(&["on", "the", "for"]) {}
    FORMS.into_iter().find_map(|form| {
        let mut reader = reader;
        let date = form(&mut reader, today)?;
        // "tomorrow (Thursday)".
        reader.word(weekday);
        reader.mark(&['.']);
        if time_before.is_some() {
            return reader.is_done().then_some((date, time_before));
        }
        let part = reader.attempt(part_of_day);
        if reader.is_done() {
            return Some((date, None));
        }
        reader.takes(&["t"]);
        Some((date, Some(last_time(reader, part)?)))
    })
}

/// A date by its day and month, perhaps behind its weekday.
fn absolute(reader: &mut Reader<'_>, today: Date) -> Option<Date> {
    if reader.word(weekday).is_some() {
        reader.mark(&['.']);
        reader.takes(&["the"]);
    }
    let forms: [Form; 4] = [year_first, with_month_name, in_numbers, day_of_month];
    forms.into_iter().find_map(|form| reader.attempt(|reader| form(reader, today)))
}

/// `2026-01-15`, `2026/1/15`, `20260115`.
fn year_first(reader: &mut Reader<'_>, _today: Date) -> Option<Date> {
    if let Some(compact) = reader.number_of(8..=8) {
        return date_of(compact / 10_000, compact / 100 % 100, compact % 100);
    }
    let year = reader.number_of(4..=4)?;
    let separator = reader.mark(&['-', '/', '.'])?;
    let month = reader.number_of(1..=2)?;
    reader.mark(&[separator])?;
    date_of(year, month, reader.number_of(1..=2)?)
}

/// `January 15`, `Jan. 15th, 2026`, `15 January 2026`, `15th of January`, `15-Jan-2026`.
fn with_month_name(reader: &mut Reader<'_>, today: Date) -> Option<Date> {
    const SEPARATORS: [char; 3] = ['.', '-', '/'];
    let (month, day) = if let Some(month) = reader.word(month) {
        reader.mark(&SEPARATORS);
        reader.takes(&["the"]);
        (month, day(reader)?)
    } else {
        let day = day(reader)?;
        reader.mark(&SEPARATORS);
        reader.takes(&["of"]);
        (reader.word(month)?, day)
    };
    let year = reader.attempt(|reader| {
        reader.mark(&SEPARATORS);
        reader.number_of(4..=4)
    });
    let month = u32::from(month.unsigned_abs());
    match year {
        Some(year) => date_of(year, month, day),
        None => next(month, day, today),
    }
}

/// `01/15/2026`, `15/01/2026`, `15.01.2026`, `01-15-26`, `1/15`, `15.1.`.
fn in_numbers(reader: &mut Reader<'_>, today: Date) -> Option<Date> {
    let first = reader.number_of(1..=2)?;
    let separator = reader.mark(&['/', '.', '-'])?;
    let second = reader.number_of(1..=2)?;
    let is_day_first = first > 12 || (separator == '.' && second <= 12);
    let (month, day) = if is_day_first { (second, first) } else { (first, second) };
    let year = reader.attempt(|reader| {
        reader.mark(&[separator])?;
        let in_full = reader.number_of(4..=4);
        in_full.or_else(|| reader.number_of(2..=2).map(|year| 2000 + year))
    });
    match (year, separator) {
        (Some(year), _) => date_of(year, month, day),
        (None, '/') => next(month, day, today),
        // "10.30" is a time, "30.10." a date.
        (None, '.') if reader.mark(&['.']).is_some() => next(month, day, today),
        (None, _) => None,
    }
}

/// "the 15th": in this month, or the next one that still has it.
fn day_of_month(reader: &mut Reader<'_>, today: Date) -> Option<Date> {
    let day = i8::try_from(ordinal(reader)?).ok()?;
    (0..12).find_map(|months| {
        let month = today.first_of_month().checked_add(months.months()).ok()?;
        Date::new(month.year(), month.month(), day).ok().filter(|date| *date >= today)
    })
}

fn day(reader: &mut Reader<'_>) -> Option<u32> {
    ordinal(reader).or_else(|| cardinal(reader))
}

fn date_of(year: u32, month: u32, day: u32) -> Option<Date> {
    Date::new(i16::try_from(year).ok()?, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}

/// The next such day from today on; February 29 waits for a leap year.
fn next(month: u32, day: u32, today: Date) -> Option<Date> {
    let (month, day) = (i8::try_from(month).ok()?, i8::try_from(day).ok()?);
    (0..=LEAP_YEARS_MAX).find_map(|years| {
        let year = today.year().checked_add(years)?;
        Date::new(year, month, day).ok().filter(|date| *date >= today)
    })
}
