//! Where portal users may put an appointment: any free time, also between the slots offered to
//! callers, and outside opening hours when they say so.
//!
//! The minimum notice does not bind them: it protects the people in the portal from callers.

use jiff::{SignedDuration, Timestamp};

use super::Calendar;
use super::open_day::OpenDay;
use super::slots::{Slot, SlotRefusal, buffered, checked_duration};

/// Whether somebody has confirmed a time outside opening hours or on a blocked date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OutsideHours {
    /// Nobody has: refuse it.
    Refuse,
    /// A person has seen that it is outside, and wants it.
    Confirmed,
}

impl Calendar {
    /// The slot that starts at an instant, on the grid or not. Past, horizon, buffers and what is
    /// held bind here as everywhere; opening hours and blocked dates unless confirmed.
    pub fn place(
        &self,
        start: Timestamp,
        duration_minutes: u32,
        now: Timestamp,
        outside_hours: OutsideHours,
    ) -> Result<Slot, SlotRefusal> {
        let duration = SignedDuration::from_mins(checked_duration(duration_minutes)?.into());
        let (today, local_start) = (self.today(now), self.time_zone.to_datetime(start));
        if start < now {
            return Err(SlotRefusal::InThePast);
        }
        let latest = self.last_day(today);
        if local_start.date() > latest {
            return Err(SlotRefusal::TooFarAhead { latest });
        }
        let end = start.checked_add(duration).map_err(|_| SlotRefusal::NoSuchTime)?;
        if outside_hours == OutsideHours::Refuse {
            self.refuse_outside_hours(start, end)?;
        }
        let (from, until) = buffered(&self.rules, start, end);
        if self.held.overlaps(from, until) {
            return Err(SlotRefusal::Taken);
        }
        Ok(Slot { start, end, local_start, local_end: self.time_zone.to_datetime(end) })
    }

    /// Whether all of it is within opening hours, on a date that is not blocked.
    pub fn is_within_hours(&self, start: Timestamp, end: Timestamp) -> bool {
        self.refuse_outside_hours(start, end).is_ok()
    }

    fn refuse_outside_hours(&self, start: Timestamp, end: Timestamp) -> Result<(), SlotRefusal> {
        let date = self.today(start);
        if let Some(reason) = self.blocked.get(&date) {
            return Err(SlotRefusal::DayBlocked { reason: reason.clone() });
        }
        let hours = self.hours.on(date);
        if hours.open.is_empty() {
            return Err(SlotRefusal::ClosedThatDay);
        }
        if !OpenDay::new(hours, &self.time_zone, date).covers(start, end) {
            return Err(SlotRefusal::OutsideHours);
        }
        Ok(())
    }
}
