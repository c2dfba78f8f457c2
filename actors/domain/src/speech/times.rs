//! Times of day as a person or a model writes them.
//!
//! A bare number is the hour on a 24-hour clock: "3" is 03:00, not a guess at the afternoon; whoever
//! knows the opening hours may know better. "midnight" and "12 am" start the day, "24:00" ends it.

use super::tokens::Reader;
use super::words::cardinal;
use crate::calendar::MinuteOfDay;

const DAY: u32 = 24 * 60;

/// A time after which nothing follows.
pub(super) fn last_time(mut reader: Reader<'_>, known: Option<Half>) -> Option<MinuteOfDay> {
    let time = clock_time(&mut reader, known)?;
    skip_utc_offset(&mut reader);
    reader.mark(&['.']);
    reader.is_done().then_some(time)
}

/// A time, read as far as it goes. `known` is the half of the day if it was said before.
pub(super) fn clock_time(reader: &mut Reader<'_>, known: Option<Half>) -> Option<MinuteOfDay> {
    while reader.takes(&["at", "around", "about", "approximately", "exactly"])
        || reader.mark(&['~', '@']).is_some()
    {}
    let time = reader
        .attempt(|reader| past_or_to(reader, known))
        .or_else(|| reader.attempt(named))
        .or_else(|| reader.attempt(|reader| on_the_clock(reader, known)))?;
    reader.takes(&["sharp", "exactly"]);
    Some(time)
}

/// The `Z`, `+01:00` and `[Europe/Berlin]` of ISO texts. Models add them because a schema says
/// `date-time`; the time meant is the one the caller said, on the clock of the business.
fn skip_utc_offset(reader: &mut Reader<'_>) {
    if !reader.takes(&["z"]) {
        reader.attempt(|reader| {
            reader.mark(&['+', '-'])?;
            reader.number_of(4..=4).or_else(|| {
                reader.number_of(2..=2)?;
                reader.mark(&[':'])?;
                reader.number_of(2..=2)
            })
        });
    }
    reader.attempt(|reader| {
        reader.mark(&['['])?;
        while reader.mark(&[']']).is_none() {
            reader.next()?;
        }
        Some(())
    });
}

/// "half past ten", "quarter to three pm", "twenty minutes past noon".
fn past_or_to(reader: &mut Reader<'_>, known: Option<Half>) -> Option<MinuteOfDay> {
    reader.takes(&["a"]);
    let is_half = reader.takes(&["half"]);
    let minutes = if is_half {
        30
    } else if reader.takes(&["quarter"]) {
        15
    } else {
        cardinal(reader).filter(|minutes| (1..=59).contains(minutes))?
    };
    reader.takes(&["minutes", "minute", "mins", "min"]);
    let is_past = reader.takes(&["past", "after"]);
    // Nobody says "half to ten".
    if !is_past && (is_half || !reader.takes(&["to", "before", "till", "til", "of"])) {
        return None;
    }
    let hour = reader.attempt(named).or_else(|| {
        let hour = cardinal(reader).filter(|hour| (1..=23).contains(hour))?;
        skip_oclock(reader);
        settled(hour, 0, half_of_day(reader).or(known))
    })?;
    let hour = u32::from(hour.minutes());
    let minute = if is_past { hour + minutes } else { hour + DAY - minutes };
    MinuteOfDay::new(u16::try_from(minute % DAY).ok()?)
}

fn named(reader: &mut Reader<'_>) -> Option<MinuteOfDay> {
    // "12 noon" says it twice.
    reader.attempt(|reader| cardinal(reader).filter(|hour| *hour == 12));
    reader.word(|word| match word {
        "noon" | "midday" => Some(MinuteOfDay::NOON),
        "midnight" => Some(MinuteOfDay::START),
        _ => None,
    })
}

/// `10:00:00`, `10.30`, `1030`, `14h30`, `10 30`, `ten thirty`, `nine oh five`, `10 o'clock`, each
/// with its half of the day.
fn on_the_clock(reader: &mut Reader<'_>, known: Option<Half>) -> Option<MinuteOfDay> {
    if let Some(compact) = reader.number_of(3..=4) {
        reader.takes(&["hours", "hrs", "h"]);
        return settled(compact / 100, compact % 100, half_of_day(reader).or(known));
    }
    let in_digits = reader.number_of(1..=2);
    let hour = in_digits.or_else(|| cardinal(reader))?;
    let minute = match in_digits {
        Some(_) => minute_in_digits(reader).or_else(|| minute_in_words(reader)),
        None => minute_in_words(reader).or_else(|| reader.number_of(2..=2)),
    };
    let is_bare = minute.is_none() && !skip_oclock(reader);
    let half = half_of_day(reader).or(known);
    // "0" alone is more often a value left out than midnight.
    if hour == 0 && is_bare && half.is_none() {
        return None;
    }
    settled(hour, minute.unwrap_or(0), half)
}

/// `:00`, `:00:00.000`, `.30`, `h30`, or the second number of "10 30".
fn minute_in_digits(reader: &mut Reader<'_>) -> Option<u32> {
    reader.attempt(|reader| {
        let separator = reader.mark(&[':', '.']);
        if separator.is_none() {
            reader.takes(&["h"]);
        }
        let minute = reader.number_of(2..=2)?;
        // Seconds are read and dropped.
        if separator == Some(':') && reader.mark(&[':']).is_some() {
            reader.number_of(2..=2).filter(|second| *second <= 60)?;
            if reader.mark(&['.']).is_some() {
                reader.number()?;
            }
        }
        Some(minute)
    })
}

/// "thirty", "oh five". Not "five": "ten five" is no time.
fn minute_in_words(reader: &mut Reader<'_>) -> Option<u32> {
    reader.attempt(|reader| {
        let is_small = reader.takes(&["oh", "o"]);
        if reader.number().is_some() {
            return None;
        }
        cardinal(reader).filter(|minute| (*minute < 10) == is_small)
    })
}

/// The `h` of "14h" counts too.
fn skip_oclock(reader: &mut Reader<'_>) -> bool {
    reader.takes(&["oclock", "h"]) || reader.takes_all(&["o", "clock"])
}

/// Which half of the day an hour from 1 to 12 belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Half {
    Morning,
    Afternoon,
    Evening,
    Night,
}

/// `am`, `p.m.`, `p`, "in the afternoon", "at night".
fn half_of_day(reader: &mut Reader<'_>) -> Option<Half> {
    let meridiem = reader.word(|word| match word {
        "am" | "a" => Some(Half::Morning),
        "pm" | "p" => Some(Half::Afternoon),
        _ => None,
    });
    if meridiem.is_some() {
        // The rest of "a.m." and "a m".
        reader.mark(&['.']);
        if reader.takes(&["m"]) {
            reader.mark(&['.']);
        }
    }
    let part = reader.attempt(part_of_day);
    meridiem.or(part)
}

/// "in the morning", "this afternoon", "evening", "at night", "tonight".
pub(super) fn part_of_day(reader: &mut Reader<'_>) -> Option<Half> {
    if reader.takes(&["in", "this"]) {
        reader.takes(&["the"]);
    } else {
        reader.takes(&["at"]);
    }
    reader.word(|word| match word {
        "morning" => Some(Half::Morning),
        "afternoon" => Some(Half::Afternoon),
        "evening" => Some(Half::Evening),
        "night" | "tonight" => Some(Half::Night),
        _ => None,
    })
}

/// The time an hour means with its half of the day. "14:30 pm" says it twice and is taken.
fn settled(hour: u32, minute: u32, half: Option<Half>) -> Option<MinuteOfDay> {
    let hour = match (half, hour) {
        (None, hour) => hour,
        (Some(Half::Morning | Half::Night), 12) => 0,
        (Some(Half::Morning), 0..=11) => hour,
        (Some(Half::Afternoon), 12) => 12,
        (Some(Half::Afternoon | Half::Evening), 1..=11) => hour + 12,
        (Some(Half::Night), 0..=4) => hour,
        (Some(Half::Night), 5..=11) => hour + 12,
        (Some(Half::Afternoon | Half::Evening | Half::Night), 13..=23) => hour,
        _ => return None,
    };
    MinuteOfDay::at(u16::try_from(hour).ok()?, u16::try_from(minute).ok()?)
}
