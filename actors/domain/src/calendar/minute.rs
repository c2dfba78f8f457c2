//! A wall time to the minute, as opening hours and callers mean it: without a date and a zone.

use std::fmt;
use std::str::FromStr;

use jiff::civil::{Date, DateTime, Time};
use serde::{Deserialize, Serialize};

/// Minutes since local midnight, `0..=1440`; 24:00 ends a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct MinuteOfDay(pub(super) u16);

/// A text that names no minute of a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a time of day is written HH:MM, from 00:00 to 24:00")]
pub struct NotATimeOfDay;

impl MinuteOfDay {
    /// 00:00, where a day starts.
    pub const START: MinuteOfDay = MinuteOfDay(0);

    /// 12:00
    pub const NOON: MinuteOfDay = MinuteOfDay(720);

    /// 24:00, where a day ends.
    pub const END: MinuteOfDay = MinuteOfDay(1440);

    /// `None` above 1440.
    pub const fn new(minutes: u16) -> Option<Self> {
        if minutes <= Self::END.0 { Some(Self(minutes)) } else { None }
    }

    /// From the hour and the minute on the clock's face; the only minute of hour 24 is 0.
    pub fn at(hour: u16, minute: u16) -> Option<Self> {
        if hour > 24 || minute > 59 {
            return None;
        }
        Self::new(hour * 60 + minute)
    }

    /// Reads `09:30`, `9:30`, `24:00`, and `09:30:00` as a database writes it. Other seconds are
    /// refused rather than dropped: hours that close at `23:59:59` should say `24:00`.
    pub fn parse(text: &str) -> Option<Self> {
        let (hour, rest) = text.split_once(':')?;
        let minute = match rest.split_once(':') {
            Some((minute, "00")) => minute,
            Some(_) => return None,
            None => rest,
        };
        if hour.len() > 2 || minute.len() != 2 {
            return None;
        }
        Self::at(digits(hour)?, digits(minute)?)
    }

    /// Minutes since midnight.
    pub const fn minutes(self) -> u16 {
        self.0
    }

    /// This wall time on a date; 24:00 is the next midnight. `None` past the last date there is.
    pub fn on(self, date: Date) -> Option<DateTime> {
        if self == Self::END {
            return Some(date.tomorrow().ok()?.to_datetime(Time::midnight()));
        }
        Some(date.to_datetime(self.time()?))
    }

    /// The same as a time on the clock; 24:00 is none.
    pub fn time(self) -> Option<Time> {
        let hour = i8::try_from(self.0 / 60).ok()?;
        let minute = i8::try_from(self.0 % 60).ok()?;
        Time::new(hour, minute, 0, 0).ok()
    }
}

/// `u16::from_str` would let a plus sign through.
fn digits(text: &str) -> Option<u16> {
    if text.bytes().all(|byte| byte.is_ascii_digit()) { text.parse().ok() } else { None }
}

impl fmt::Display for MinuteOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.0 / 60, self.0 % 60)
    }
}

impl FromStr for MinuteOfDay {
    type Err = NotATimeOfDay;

    fn from_str(text: &str) -> Result<Self, NotATimeOfDay> {
        Self::parse(text).ok_or(NotATimeOfDay)
    }
}

impl TryFrom<String> for MinuteOfDay {
    type Error = NotATimeOfDay;

    fn try_from(text: String) -> Result<Self, NotATimeOfDay> {
        text.parse()
    }
}

impl From<MinuteOfDay> for String {
    fn from(minute: MinuteOfDay) -> Self {
        minute.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minute_of_day_is_read_as_databases_and_forms_write_it() {
        for (text, minutes) in
            [("00:00", 0), ("9:30", 570), ("09:30:00", 570), ("23:59", 1439), ("24:00", 1440)]
        {
            assert_eq!(MinuteOfDay::parse(text).map(MinuteOfDay::minutes), Some(minutes), "{text}");
        }
        for text in [
            "", "24:01", "25:00", "10:60", "10", "10:5", "+9:30", "09:30:15", "010:00", "１0:00", ":", "a:bc",
        ] {
            assert_eq!(MinuteOfDay::parse(text), None, "{text}");
        }
        assert_eq!(MinuteOfDay(545).to_string(), "09:05");
        assert_eq!(MinuteOfDay::new(1441), None);
        assert_eq!(serde_json::to_string(&MinuteOfDay::END).unwrap(), r#""24:00""#);
        assert!(serde_json::from_str::<MinuteOfDay>(r#""24:30""#).is_err());
    }
}
