//! What narrows a search beside its words: stored among the words of a call, as words that nobody
//! can type, so that one look into the index does both.

use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use crate::period::Period;

/// Months of a period that are named one by one; a longer one is looked through newest first.
const MONTHS_MAX: usize = 24;

/// Something a call is known by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mark {
    /// Who spoke for the business; not of a call given to somebody by hand.
    Agent(String),
    /// The called number of an inbound call; not of a call given to somebody by hand.
    CalledNumber(String),
    /// The user to whom it was given by hand.
    Assignee(String),
    /// How it ended.
    Status(String),
    /// The month in which it began, in UTC: `2026-01`.
    Month(String),
}

impl Mark {
    /// The month of an instant.
    pub fn month(instant: Timestamp) -> Self {
        Self::Month(instant.strftime("%Y-%m").to_string())
    }

    /// The months of a period that is closed on both sides; `None` where they are too many to name.
    pub fn months(period: Period) -> Option<Vec<Self>> {
        let until = period.until?;
        let mut day = period.from?.to_zoned(TimeZone::UTC).date().first_of_month();
        let mut months = Vec::new();
        while day.to_zoned(TimeZone::UTC).ok()?.timestamp() < until {
            if months.len() == MONTHS_MAX {
                return None;
            }
            months.push(Self::Month(day.strftime("%Y-%m").to_string()));
            day = day.checked_add(1.month()).ok()?;
        }
        Some(months)
    }

    /// As it is stored; a typed word has no `@` in it.
    pub fn word(&self) -> String {
        match self {
            Self::Agent(agent) => format!("@agent:{agent}"),
            Self::CalledNumber(number) => format!("@number:{number}"),
            Self::Assignee(user) => format!("@user:{user}"),
            Self::Status(status) => format!("@status:{status}"),
            Self::Month(month) => format!("@month:{month}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_period_is_named_by_its_months_unless_they_are_many_or_it_is_open() {
        let period = |from: &str, until: &str| Period {
            from: Some(from.parse().unwrap()),
            until: Some(until.parse().unwrap()),
        };
        let months = |period| {
            Mark::months(period).map(|months| months.iter().map(Mark::word).collect::<Vec<_>>().join(" "))
        };
        let winter = period("2025-12-31T23:59:59Z", "2026-02-01T00:00:00Z");
        assert_eq!(months(winter).as_deref(), Some("@month:2025-12 @month:2026-01"));
        let none = period("2026-01-05T00:00:00Z", "2025-12-05T00:00:00Z");
        assert_eq!(months(none).as_deref(), Some(""));
        assert_eq!(
            months(period("2024-01-01T00:00:00Z", "2026-01-01T00:00:00Z")).map(|m| m.len()),
            Some(24 * 15 - 1)
        );
        assert_eq!(months(period("2023-12-31T00:00:00Z", "2026-01-01T00:00:00Z")), None);
        assert_eq!(months(Period { until: None, ..winter }), None);
        let instant = "2026-01-31T23:59:59Z".parse().unwrap();
        assert_eq!(Mark::month(instant).word(), "@month:2026-01");
    }
}
