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

/// The stretches that usage is compared by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Comparison {
    /// What is asked for.
    pub period: Period,
    /// What it is compared with: of the same kind, just before.
    pub before: Option<Period>,
}

impl Comparison {
    /// The month of the zone so far, with as much of the month before: to the same time of the same day, or its
    /// last where it has no such day.
    pub fn of_month(now: Timestamp, zone: &TimeZone) -> Self {
        let here = now.to_zoned(zone.clone());
        let before = here.checked_sub(1.month()).ok().map(|then| Period {
            from: begin(then.date().first_of_month(), zone),
            until: Some(then.timestamp()),
        });
        Self { period: Period::month_of(now, zone), before }
    }

    /// A period with the one before it: of whole months as many months, else as long a time. One that is open
    /// at its begin has none before it, and one that is open at its end goes on.
    pub fn of(period: Period, zone: &TimeZone) -> Self {
        let before = |from: Timestamp, until: Timestamp| {
            let (first, end) = (from.to_zoned(zone.clone()), until.to_zoned(zone.clone()));
            let is_begin = |at: &jiff::Zoned| at.day() == 1 && begin(at.date(), zone) == Some(at.timestamp());
            let start = if is_begin(&first) && is_begin(&end) {
                let months =
                    i32::from(end.year() - first.year()) * 12 + i32::from(end.month() - first.month());
                begin(first.date().checked_sub(months.months()).ok()?, zone)?
            } else {
                from.checked_sub(until.duration_since(from)).ok()?
            };
            Some(Period { from: Some(start), until: Some(from) })
        };
        let before = period.from.zip(period.until).and_then(|(from, until)| before(from, until));
        Self { period, before }
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
    fn months_are_compared_with_months_and_the_running_one_with_as_much_of_the_last() {
        let zone = TimeZone::get("Europe/Madrid").unwrap();
        let period = |from: &str, until: &str| Period { from: Some(at(from)), until: Some(at(until)) };
        let october = Period::month_of(at("2026-10-10T12:00:00Z"), &zone);
        let september = Period::month_of(at("2026-09-10T12:00:00Z"), &zone);
        assert_eq!(Comparison::of(october, &zone).before, Some(september));
        let quarter =
            Period { from: september.from, until: Period::month_of(at("2026-11-10T12:00:00Z"), &zone).until };
        let before =
            Period { from: Period::month_of(at("2026-06-10T12:00:00Z"), &zone).from, until: september.from };
        assert_eq!(Comparison::of(quarter, &zone).before, Some(before));
        let week = period("2026-10-05T00:00:00Z", "2026-10-12T00:00:00Z");
        assert_eq!(
            Comparison::of(week, &zone).before,
            Some(period("2026-09-28T00:00:00Z", "2026-10-05T00:00:00Z"))
        );
        assert_eq!(Comparison::of(Period { from: None, ..week }, &zone).before, None);
        assert_eq!(Comparison::of(Period { until: None, ..week }, &zone).before, None);
        // The clocks went back in between; March the 31st is compared with all of February.
        let running = Comparison::of_month(at("2026-11-05T09:30:00Z"), &zone);
        assert_eq!(running.before, Some(period("2026-09-30T22:00:00Z", "2026-10-05T08:30:00Z")));
        let running = Comparison::of_month(at("2026-03-31T10:00:00Z"), &zone);
        assert_eq!(running.before, Some(period("2026-01-31T23:00:00Z", "2026-02-28T11:00:00Z")));
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
