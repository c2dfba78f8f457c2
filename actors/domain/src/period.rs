//! Stretches of time that lists and sums are asked for: from an instant up to, not including, another.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

/// From `from` on, up to but not including `until`; `None` is open on that side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Period {
    /// The first instant in it.
    pub from: Option<Timestamp>,
    /// The first instant after it.
    pub until: Option<Timestamp>,
}

/// Which side of a period a text names: a day begins one and ends one with its last instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// A day counts from its first instant.
    From,
    /// A day counts to its last instant.
    To,
}

impl Period {
    /// The day of the zone in which `now` is.
    pub fn day_of(now: Timestamp, zone: &TimeZone) -> Self {
        let today = now.to_zoned(zone.clone()).date();
        Self { from: begin(today, zone), until: end(today, zone) }
    }

    /// The month of the zone in which `now` is.
    pub fn month_of(now: Timestamp, zone: &TimeZone) -> Self {
        let today = now.to_zoned(zone.clone()).date();
        Self { from: begin(today.first_of_month(), zone), until: end(today.last_of_month(), zone) }
    }
}

/// Reads an instant (RFC 3339) or a day of the zone. `None` for what is neither, or beyond time.
pub fn instant(text: &str, side: Side, zone: &TimeZone) -> Option<Timestamp> {
    if let Ok(instant) = text.parse::<Timestamp>() {
        return is_recorded(instant.to_zoned(TimeZone::UTC).date()).then_some(instant);
    }
    let day = day(text)?;
    match side {
        Side::From => begin(day, zone),
        Side::To => end(day, zone),
    }
}

/// Reads a day, `2026-01-31`, and nothing longer: a time without a zone is no day. `None` also for
/// one beyond [`is_recorded`].
pub fn day(text: &str) -> Option<Date> {
    let is_written_so = text.len() == 10 && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    text.parse().ok().filter(|day| is_written_so && is_recorded(*day))
}

/// Whether a day is in a year that databases and people write with four digits.
pub fn is_recorded(day: Date) -> bool {
    (1900..9999).contains(&day.year())
}

fn begin(day: Date, zone: &TimeZone) -> Option<Timestamp> {
    Some(day.to_zoned(zone.clone()).ok()?.timestamp())
}

fn end(day: Date, zone: &TimeZone) -> Option<Timestamp> {
    begin(day.checked_add(1.day()).ok()?, zone)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn a_month_is_the_zones_also_where_clocks_change_in_it() {
        let zone = TimeZone::get("Europe/Madrid").unwrap();
        let october = Period::month_of(at("2026-10-31T23:30:00Z"), &zone);
        assert_eq!(october.from, Some(at("2026-10-31T23:00:00Z")), "it is November there");
        let october = Period::month_of(at("2026-10-25T00:30:00Z"), &zone);
        let expected =
            Period { from: Some(at("2026-09-30T22:00:00Z")), until: Some(at("2026-10-31T23:00:00Z")) };
        assert_eq!(october, expected);
        assert_eq!(Period::day_of(at("2026-10-25T00:30:00Z"), &zone).until, Some(at("2026-10-25T23:00:00Z")));
    }

    #[test]
    fn a_day_is_in_the_period_it_ends() {
        let zone = TimeZone::get("Europe/Madrid").unwrap();
        let read = |text, side| instant(text, side, &zone);
        assert_eq!(read("2026-01-05", Side::From), Some(at("2026-01-04T23:00:00Z")));
        assert_eq!(read("2026-01-05", Side::To), Some(at("2026-01-05T23:00:00Z")));
        assert_eq!(read("2026-01-05T12:00:00Z", Side::To), Some(at("2026-01-05T12:00:00Z")));
        for neither in
            ["", "today", "2026-13-01", "9999-12-31", "2026-01-05T12:00:00", "20260105", "+002026-01-05"]
        {
            assert_eq!(read(neither, Side::To), None, "{neither}");
        }
    }
}
