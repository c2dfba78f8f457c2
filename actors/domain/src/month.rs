//! Calendar months, in which fees and invoices count.

use std::fmt;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::period::{Period, is_recorded};

/// A month of the calendar; where it begins and ends depends on the zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month(Date);

impl Month {
    /// The one a day is in.
    pub fn of(day: Date) -> Self {
        Self(day.first_of_month())
    }

    /// The one that an instant is in, in that zone.
    pub fn at(instant: Timestamp, zone: &TimeZone) -> Self {
        Self::of(instant.to_zoned(zone.clone()).date())
    }

    /// Reads `2026-10`.
    pub fn parse(text: &str) -> Option<Self> {
        let is_written_so = text.len() == 7 && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
        let first: Date = format!("{text}-01").parse().ok().filter(|_| is_written_so)?;
        is_recorded(first).then_some(Self(first))
    }

    /// Its first day.
    pub fn first_day(self) -> Date {
        self.0
    }

    /// Its last day.
    pub fn last_day(self) -> Date {
        self.0.last_of_month()
    }

    /// How many it has, 28 to 31.
    pub fn days(self) -> i64 {
        i64::from(self.0.days_in_month())
    }

    /// The one after it.
    pub fn next(self) -> Self {
        Self(self.0.saturating_add(1.month()))
    }

    /// The one before it.
    pub fn previous(self) -> Self {
        Self(self.0.saturating_sub(1.month()))
    }

    /// From its first instant up to the next one's.
    pub fn period(self, zone: &TimeZone) -> Period {
        let begin = |month: Month| Some(month.0.to_zoned(zone.clone()).ok()?.timestamp());
        Period { from: begin(self), until: begin(self.next()) }
    }

    /// For people: `October 2026`.
    pub fn in_words(self) -> String {
        self.0.strftime("%B %Y").to_string()
    }
}

/// As its first day, `2026-10-01`: that is how it is stored.
impl Serialize for Month {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Month {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Date::deserialize(deserializer).map(Self::of)
    }
}

/// `2026-10`.
impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.0.year(), self.0.month())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_is_read_as_it_is_written_and_nothing_else_is_one() {
        let october = Month::parse("2026-10").unwrap();
        assert_eq!(october.to_string(), "2026-10");
        assert_eq!(october.in_words(), "October 2026");
        assert_eq!(
            (october.next().to_string(), october.previous().to_string()),
            ("2026-11".into(), "2026-09".into())
        );
        assert_eq!(Month::parse("2026-12").unwrap().next(), Month::parse("2027-01").unwrap());
        for neither in ["", "2026", "2026-13", "2026-1", "2026-10-01", "+26-010", "0000-01", "october"] {
            assert_eq!(Month::parse(neither), None, "{neither}");
        }
    }

    #[test]
    fn a_month_begins_when_it_begins_in_the_zone() {
        let zone = TimeZone::get("America/New_York").unwrap();
        let november = Month::parse("2026-11").unwrap();
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        // Clocks change on the first: it has an hour more.
        assert_eq!(november.period(&zone).from, Some(at("2026-11-01T04:00:00Z")));
        assert_eq!(november.period(&zone).until, Some(at("2026-12-01T05:00:00Z")));
        assert_eq!(Month::at(at("2026-11-01T03:59:59.999999Z"), &zone), november.previous());
        assert_eq!(Month::at(at("2026-11-01T04:00:00Z"), &zone), november);
    }
}
