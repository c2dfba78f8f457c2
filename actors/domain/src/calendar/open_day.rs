//! The opening hours of one date as instants.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::hours::DayHours;
use super::local_day::LocalDay;

/// One date with its hours.
pub(super) struct OpenDay<'a> {
    pub(super) hours: &'a DayHours,
    pub(super) clock: LocalDay<'a>,
}

impl<'a> OpenDay<'a> {
    pub(super) fn new(hours: &'a DayHours, zone: &'a TimeZone, date: Date) -> Self {
        Self { hours, clock: LocalDay::new(zone, date) }
    }

    /// Whether all of `[start, end)` is open and none of it a pause. Two windows that touch count as
    /// one here: nobody minds at which of them a stretch began.
    pub(super) fn covers(&self, start: Timestamp, end: Timestamp) -> bool {
        let mut covered_until = start;
        for window in &self.hours.open {
            let (Some(opens), Some(closes)) = (self.clock.edge(window.opens), self.clock.edge(window.closes))
            else {
                continue;
            };
            if opens <= covered_until && covered_until < closes {
                covered_until = closes;
            }
        }
        covered_until >= end && !self.meets_pause(start, end)
    }

    /// Whether a part of `[start, end)` is a pause.
    pub(super) fn meets_pause(&self, start: Timestamp, end: Timestamp) -> bool {
        self.hours.pauses.iter().any(|pause| {
            let (Some(from), Some(until)) = (self.clock.edge(pause.opens), self.clock.edge(pause.closes))
            else {
                // Where dates end a pause has no instants; nothing is offered there.
                return true;
            };
            from < end && start < until
        })
    }
}
