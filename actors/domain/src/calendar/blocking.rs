//! Which dates may be blocked: from today up to the furthest horizon, and so many of them.

use jiff::Timestamp;
use jiff::civil::Date;

use super::{Calendar, HORIZON_DAYS_MAX, days_after};

/// Dates from today on that may be blocked: nearly three years without a day's work.
pub const BLOCKED_DATES_MAX: usize = 1_000;

/// Why a date is not blocked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BlockRefusal {
    /// Nothing can be booked on it, and what was blocked is history.
    #[error("that day is over")]
    Over,
    /// However far ahead somebody may book, that day is further.
    #[error("that day is more than {HORIZON_DAYS_MAX} days ahead")]
    TooFarAhead,
    /// Others are blocked, as many as may be.
    #[error("{BLOCKED_DATES_MAX} dates are blocked already; unblock one first, or change the opening hours")]
    TooMany,
}

impl Calendar {
    /// Whether a date is blocked.
    pub fn is_blocked(&self, date: Date) -> bool {
        self.blocked.contains_key(&date)
    }

    /// Whether a date is before today.
    pub fn is_over(&self, date: Date, now: Timestamp) -> bool {
        date < self.today(now)
    }

    /// Refuses a date that may not be blocked; one that is blocked already may.
    pub fn check_block(&self, date: Date, now: Timestamp) -> Result<(), BlockRefusal> {
        let today = self.today(now);
        if self.is_over(date, now) {
            return Err(BlockRefusal::Over);
        }
        if date > days_after(today, HORIZON_DAYS_MAX) {
            return Err(BlockRefusal::TooFarAhead);
        }
        // Those that are over stand in nobody's way.
        let is_full = self.blocked.range(today..).count() >= BLOCKED_DATES_MAX;
        if is_full && !self.is_blocked(date) { Err(BlockRefusal::TooMany) } else { Ok(()) }
    }

    /// Lets go of blocked dates before this one.
    pub fn forget_blocked_before(&mut self, date: Date) {
        self.blocked = self.blocked.split_off(&date);
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use jiff::tz::TimeZone;

    use super::*;
    use crate::calendar::{BookingRules, WeeklyHours};

    #[test]
    fn a_thousand_dates_from_today_on_may_be_blocked_and_no_other() {
        // In Auckland it is the 6th already.
        let zone = TimeZone::get("Pacific/Auckland").unwrap();
        let now = "2026-01-05T12:00:00Z".parse().unwrap();
        let mut calendar =
            Calendar::new(zone, WeeklyHours::new(Vec::new()).unwrap(), BookingRules::default());
        let (yesterday, today) = (date(2026, 1, 5), date(2026, 1, 6));
        assert_eq!(calendar.check_block(yesterday, now), Err(BlockRefusal::Over));
        assert_eq!(calendar.check_block(Date::MIN, now), Err(BlockRefusal::Over));
        let last = days_after(today, HORIZON_DAYS_MAX);
        assert_eq!(calendar.check_block(last, now), Ok(()));
        assert_eq!(calendar.check_block(last.tomorrow().unwrap(), now), Err(BlockRefusal::TooFarAhead));
        assert_eq!(calendar.check_block(Date::MAX, now), Err(BlockRefusal::TooFarAhead));
        for days in 0..1_000 {
            let day = days_after(today, days);
            assert_eq!(calendar.check_block(day, now), Ok(()), "{day}");
            calendar.block(day, None);
            // Days that are over do not count.
            calendar.block(
                today.saturating_sub(jiff::SignedDuration::from_hours(24 * i64::from(days + 1))),
                None,
            );
        }
        assert_eq!(calendar.check_block(last, now), Err(BlockRefusal::TooMany));
        assert_eq!(calendar.check_block(today, now), Ok(()), "it is blocked already");
        calendar.forget_blocked_before(today);
        assert_eq!(calendar.blocked().count(), 1_000);
        assert!(calendar.is_blocked(today) && !calendar.is_blocked(yesterday));
    }
}
