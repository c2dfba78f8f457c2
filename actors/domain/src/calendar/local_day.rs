//! One date in one zone: from wall times to instants.
//!
//! A wall time that does not exist on a day the clocks change names no instant; one that exists
//! twice names the first. As the edge of a window it is the first instant at which the clock shows
//! that time or a later one, so an edge always exists, and edges keep the order of their wall times.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::{AmbiguousOffset, TimeZone};

use super::minute::MinuteOfDay;

const DAY_SECONDS: i64 = 24 * 60 * 60;

/// A date in the business zone.
pub(super) struct LocalDay<'a> {
    zone: &'a TimeZone,
    date: Date,
    /// The epoch second of 00:00 if the clock runs evenly from there to 24:00. It nearly always
    /// does, and then a wall time is one addition instead of a search in the zone.
    even_midnight: Option<i64>,
}

impl<'a> LocalDay<'a> {
    pub(super) fn new(zone: &'a TimeZone, date: Date) -> Self {
        Self { zone, date, even_midnight: even_midnight(zone, date) }
    }

    /// Whether every wall time of this day exists once.
    pub(super) fn is_even(&self) -> bool {
        self.even_midnight.is_some()
    }

    /// The date and the minute together, as the clock on the wall shows them.
    pub(super) fn wall(&self, minute: MinuteOfDay) -> Option<DateTime> {
        minute.on(self.date)
    }

    /// What the clock on the wall shows at an instant.
    pub(super) fn wall_at(&self, instant: Timestamp) -> DateTime {
        self.zone.to_datetime(instant)
    }

    /// The instant of a wall time; `None` when the clocks skip it.
    pub(super) fn instant(&self, minute: MinuteOfDay) -> Option<Timestamp> {
        if let Some(midnight) = self.even_midnight {
            return second_of(midnight, minute);
        }
        let wall = self.wall(minute)?;
        match self.zone.to_ambiguous_timestamp(wall).offset() {
            AmbiguousOffset::Unambiguous { offset } => offset.to_timestamp(wall).ok(),
            AmbiguousOffset::Fold { before, .. } => before.to_timestamp(wall).ok(),
            AmbiguousOffset::Gap { .. } => None,
        }
    }

    /// The first instant at which the clock shows this time or a later one. `None` only where
    /// dates end.
    pub(super) fn edge(&self, minute: MinuteOfDay) -> Option<Timestamp> {
        if let Some(midnight) = self.even_midnight {
            return second_of(midnight, minute);
        }
        let wall = self.wall(minute)?;
        match self.zone.to_ambiguous_timestamp(wall).offset() {
            AmbiguousOffset::Unambiguous { offset } => offset.to_timestamp(wall).ok(),
            AmbiguousOffset::Fold { before, .. } => before.to_timestamp(wall).ok(),
            AmbiguousOffset::Gap { after, .. } => self.end_of_gap(wall, after),
        }
    }

    /// The instant at which the clocks jump over `wall`.
    fn end_of_gap(&self, wall: DateTime, after: jiff::tz::Offset) -> Option<Timestamp> {
        // Read with the later offset, a skipped time lies before the jump. A zone may also list
        // transitions that only change its name, hence the question what the clock shows then.
        let before_jump = after.to_timestamp(wall).ok()?;
        self.zone
            .following(before_jump)
            .map(|transition| transition.timestamp())
            .take(8)
            .find(|instant| self.zone.to_datetime(*instant) >= wall)
    }
}

fn even_midnight(zone: &TimeZone, date: Date) -> Option<i64> {
    let midnight = zone.to_ambiguous_timestamp(date.to_datetime(Time::midnight()));
    let AmbiguousOffset::Unambiguous { offset } = midnight.offset() else { return None };
    let midnight = offset.to_timestamp(midnight.datetime()).ok()?;
    let changes = zone.following(midnight).next().map(|transition| transition.timestamp().as_second());
    // A change exactly at 24:00 counts: it may put another 23:00 in front of the next day.
    if changes.is_some_and(|second| second <= midnight.as_second() + DAY_SECONDS) {
        return None;
    }
    Some(midnight.as_second())
}

fn second_of(midnight: i64, minute: MinuteOfDay) -> Option<Timestamp> {
    Timestamp::from_second(midnight + 60 * i64::from(minute.minutes())).ok()
}
