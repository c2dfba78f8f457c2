//! The calendar of one tenant: opening hours, blocked dates, held intervals and booking rules, and
//! the free slots that follow from them.
//!
//! A slot is a pure function of these four, the business time zone and `now`. Wall times only name
//! moments; instants decide: whether a slot fits its window or meets a pause is settled between
//! instants, so that a day on which the clocks change needs no rule of its own.
//!
//! Invariant: held intervals never overlap (`held`). Read on: `hours` (what the week looks like),
//! `local_day` (from wall times to instants), `slots` (the one rule), `placing` (portal users).

mod blocking;
#[cfg(test)]
mod clock_changes;
mod held;
mod hours;
mod local_day;
mod minute;
mod offer;
mod open_day;
mod placing;
mod rules;
mod search;
mod slots;

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

pub use blocking::{BLOCKED_DATES_MAX, BlockRefusal};
pub use hours::{HOURS_ROWS_MAX, HoursRefusal, HoursRow, WeeklyHours};
pub use minute::{MinuteOfDay, NotATimeOfDay};
pub use offer::{Look, Offer};
pub use placing::OutsideHours;
pub use rules::{BookingRules, DURATION_MINUTES_MAX, HORIZON_DAYS_MAX, RulesRefusal};
pub use search::NEAREST_DAYS_MAX;
pub use slots::{Slot, SlotRefusal};

use held::Held;
use open_day::OpenDay;

/// What one tenant offers and what is taken of it.
#[derive(Debug, Clone)]
pub struct Calendar {
    time_zone: TimeZone,
    hours: WeeklyHours,
    rules: BookingRules,
    blocked: BTreeMap<Date, Option<String>>,
    held: Held,
}

impl Calendar {
    /// A calendar with nothing blocked and nothing held.
    pub fn new(time_zone: TimeZone, hours: WeeklyHours, rules: BookingRules) -> Self {
        Self { time_zone, hours, rules, blocked: BTreeMap::new(), held: Held::default() }
    }

    /// The business time zone.
    pub fn time_zone(&self) -> &TimeZone {
        &self.time_zone
    }

    /// The opening hours.
    pub fn hours(&self) -> &WeeklyHours {
        &self.hours
    }

    /// The booking rules.
    pub fn rules(&self) -> &BookingRules {
        &self.rules
    }

    /// Changes the zone: hours keep their wall time, held intervals their instants.
    pub fn set_time_zone(&mut self, time_zone: TimeZone) {
        self.time_zone = time_zone;
    }

    /// Replaces the opening hours; what is held stays held, also outside them.
    pub fn set_hours(&mut self, hours: WeeklyHours) {
        self.hours = hours;
    }

    /// Replaces the booking rules; what is held stays held.
    pub fn set_rules(&mut self, rules: BookingRules) {
        self.rules = rules;
    }

    /// Blocks a date that [`check_block`](Self::check_block) does not refuse, or that was blocked when
    /// it did not; a second time replaces the reason.
    pub fn block(&mut self, date: Date, reason: Option<String>) {
        self.blocked.insert(date, reason);
    }

    /// Opens a blocked date again; `false` when it was not blocked.
    pub fn unblock(&mut self, date: Date) -> bool {
        self.blocked.remove(&date).is_some()
    }

    /// The blocked dates and their reasons, in order.
    pub fn blocked(&self) -> impl Iterator<Item = (Date, Option<&str>)> {
        self.blocked.iter().map(|(date, reason)| (*date, reason.as_deref()))
    }

    /// Takes `[start, end)` out of what is free. The caller has seen that nothing else holds a part
    /// of it: [`slot_at`](Self::slot_at), [`place`](Self::place) or [`is_taken`](Self::is_taken).
    pub fn hold(&mut self, start: Timestamp, end: Timestamp) {
        self.held.hold(start, end);
    }

    /// Gives back the interval that starts at `start`, and returns its end. To move an appointment,
    /// release it, ask for the new time, and hold one of the two.
    pub fn release(&mut self, start: Timestamp) -> Option<Timestamp> {
        self.held.release(start)
    }

    /// The held intervals, in order.
    pub fn held(&self) -> impl Iterator<Item = (Timestamp, Timestamp)> {
        self.held.iter()
    }

    /// Whether something already holds a part of `[start, end)`; buffers do not count here.
    pub fn is_taken(&self, start: Timestamp, end: Timestamp) -> bool {
        self.held.overlaps(start, end)
    }

    /// Whether the business is open: within hours, not in a pause, not on a blocked date.
    pub fn is_open_at(&self, now: Timestamp) -> bool {
        // Windows and pauses begin and end on whole seconds, so a nanosecond stands for the moment.
        let Ok(just_after) = now.checked_add(SignedDuration::from_nanos(1)) else { return false };
        let today = self.today(now);
        !self.blocked.contains_key(&today)
            && OpenDay::new(self.hours.on(today), &self.time_zone, today).covers(now, just_after)
    }

    /// The date in the business zone.
    pub fn today(&self, now: Timestamp) -> Date {
        self.time_zone.to_datetime(now).date()
    }

    /// The last date that may be booked.
    fn last_day(&self, today: Date) -> Date {
        // Clamped, because the fields are public and a search walks over these days one by one.
        days_after(today, self.rules.horizon_days.min(HORIZON_DAYS_MAX))
    }
}

fn days_after(date: Date, days: u32) -> Date {
    date.saturating_add(SignedDuration::from_hours(24 * i64::from(days)))
}
