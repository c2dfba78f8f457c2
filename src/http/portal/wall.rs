//! What a form says of a time: a date and a time on the wall, and the zone its page was in.
//!
//! A time that the clocks skip or show twice is refused and not guessed: the person in front of the
//! form knows which one is meant, we do not.

use domain::calendar::MinuteOfDay;
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, TimeZone};

/// What is wrong with a date or a time: the field, and a sentence.
pub type Wrong = (&'static str, &'static str);

/// The zone that a form names; the reader's where it names none that there is.
pub fn zone_named(name: Option<&str>, readers: &TimeZone) -> TimeZone {
    name.and_then(|name| TimeZone::get(name).ok()).unwrap_or_else(|| readers.clone())
}

/// Date and time as they were typed.
pub fn wall(date: &str, time: &str) -> Result<DateTime, Wrong> {
    let date = domain::period::day(date).ok_or(("date", "A date is needed, like 2026-01-31."))?;
    let time = MinuteOfDay::parse(time).and_then(MinuteOfDay::time);
    Ok(date.to_datetime(time.ok_or(("time", "A time is needed, like 14:30."))?))
}

/// The one instant at which the clocks of a zone show this.
pub fn instant(wall: DateTime, zone: &TimeZone) -> Result<Timestamp, Wrong> {
    match zone.to_ambiguous_timestamp(wall).offset() {
        AmbiguousOffset::Unambiguous { offset } => {
            offset.to_timestamp(wall).map_err(|_| ("date", "That date is too far away."))
        }
        AmbiguousOffset::Gap { .. } => {
            Err(("time", "The clocks go forward on that day and skip this time. Choose another."))
        }
        AmbiguousOffset::Fold { .. } => Err((
            "time",
            "The clocks go back on that day and show this time twice. Choose one outside that hour.",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_that_is_skipped_or_comes_twice_is_not_guessed() {
        let madrid = TimeZone::get("Europe/Madrid").unwrap();
        let read = |date, time| wall(date, time).and_then(|at| instant(at, &madrid));
        assert_eq!(read("2026-01-06", "10:30"), Ok("2026-01-06T09:30:00Z".parse().unwrap()));
        assert_eq!(read("2026-03-29", "02:30").unwrap_err().0, "time");
        assert_eq!(read("2026-10-25", "02:30").unwrap_err().0, "time");
        assert_eq!(read("2026-10-25", "03:00"), Ok("2026-10-25T02:00:00Z".parse().unwrap()));
        for (date, time, field) in
            [("", "10:30", "date"), ("2026-02-30", "10:30", "date"), ("2026-01-06", "24:00", "time")]
        {
            assert_eq!(read(date, time).unwrap_err().0, field);
        }
        assert_eq!(zone_named(Some("Mars/Olympus"), &madrid), madrid);
    }
}
