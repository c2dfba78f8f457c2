//! The rule by which a time is a free slot: listed with [`Calendar::free_slots`], asked for one
//! time with [`Calendar::slot_at`]. Both go through `Search::slot`, so they cannot disagree.
//!
//! What is not decided here: how many appointments a caller may have, and what the guest is told.

use jiff::civil::{Date, DateTime};
use jiff::{SignedDuration, Timestamp};

use super::Calendar;
use super::held::Walk;
use super::hours::Window;
use super::minute::MinuteOfDay;
use super::open_day::OpenDay;
use super::rules::{BookingRules, DURATION_MINUTES_MAX};

/// A stretch that can be booked, `[start, end)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slot {
    /// When it starts.
    pub start: Timestamp,
    /// Its start plus the duration, whatever the clocks do meanwhile.
    pub end: Timestamp,
    /// What the clock of the business shows at the start.
    pub local_start: DateTime,
    /// What it shows at the end; on the day clocks go back this may be before `local_start`.
    pub local_end: DateTime,
}

/// Why a time cannot be booked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SlotRefusal {
    /// It starts before now.
    #[error("that time has already passed")]
    InThePast,
    /// It starts within the minimum notice.
    #[error("that is too soon")]
    TooSoon {
        /// The first minute, in business time, that gives enough notice.
        earliest: DateTime,
    },
    /// It lies beyond the horizon.
    #[error("that is too far ahead, the last day is {latest}")]
    TooFarAhead {
        /// The last date that may be booked.
        latest: Date,
    },
    /// The date is blocked.
    #[error("that date is not available")]
    DayBlocked {
        /// Why, if the tenant gave a reason. Written for the tenant, not for callers.
        reason: Option<String>,
    },
    /// No window on that day of the week.
    #[error("there are no opening hours on that day")]
    ClosedThatDay,
    /// Before opening, in a pause, or not over by closing.
    #[error("that time is outside opening hours")]
    OutsideHours,
    /// Between two slot starts.
    #[error("appointments do not start at that time")]
    OffGrid,
    /// Held already, or too close to what is held.
    #[error("that time is already taken")]
    Taken,
    /// The clocks skip that time on that day.
    #[error("the clocks change on that day and skip that time")]
    NoSuchTime,
    /// Not between a minute and a day.
    #[error("an appointment lasts 1 to {DURATION_MINUTES_MAX} minutes")]
    BadDuration,
}

impl Calendar {
    /// The free slots of a date, in order; empty where [`slot_at`](Self::slot_at) would refuse all.
    pub fn free_slots(&self, day: Date, duration_minutes: u32, now: Timestamp) -> Vec<Slot> {
        let mut slots = Vec::new();
        if let Ok(search) = Search::new(self, duration_minutes, now) {
            search.collect(day, usize::MAX, &mut slots);
        }
        slots
    }

    /// The slot at one time of a date: `Ok` exactly when it is among
    /// [`free_slots`](Self::free_slots).
    pub fn slot_at(
        &self,
        day: Date,
        time: MinuteOfDay,
        duration_minutes: u32,
        now: Timestamp,
    ) -> Result<Slot, SlotRefusal> {
        Search::new(self, duration_minutes, now)?.slot_at(day, time)
    }
}

/// What stays the same over all days of one question.
pub(super) struct Search<'a> {
    calendar: &'a Calendar,
    duration: u16,
    step: u16,
    now: Timestamp,
    earliest: Timestamp,
    earliest_wall: DateTime,
    pub(super) today: Date,
    pub(super) last_day: Date,
}

impl<'a> Search<'a> {
    pub(super) fn new(
        calendar: &'a Calendar,
        duration_minutes: u32,
        now: Timestamp,
    ) -> Result<Self, SlotRefusal> {
        let duration = checked_duration(duration_minutes)?;
        let today = calendar.today(now);
        let earliest = later(now, calendar.rules.minimum_notice_minutes);
        Ok(Self {
            calendar,
            duration,
            step: calendar.rules.step(duration),
            now,
            earliest,
            earliest_wall: calendar.time_zone.to_datetime(rounded_up(earliest)),
            today,
            last_day: calendar.last_day(today),
        })
    }

    /// Adds the free slots of a date until `slots` has `count` of them.
    pub(super) fn collect(&self, date: Date, count: usize, slots: &mut Vec<Slot>) {
        // All of it is too soon; a search would otherwise try every time of every such day.
        if date < self.earliest_wall.date() {
            return;
        }
        let Ok(day) = self.open_day(date) else { return };
        let midnight = day.clock.edge(MinuteOfDay::START).unwrap_or(Timestamp::MIN);
        let mut taken = self.calendar.held.walk(midnight);
        for window in &day.hours.open {
            let starts = (window.opens.minutes()..window.closes.minutes()).step_by(self.step.into());
            slots.reserve(starts.len().min(count.saturating_sub(slots.len())));
            for time in starts.map(MinuteOfDay) {
                if slots.len() >= count {
                    return;
                }
                slots.extend(self.slot(&day, window, time, &mut taken));
            }
        }
    }

    fn slot_at(&self, date: Date, time: MinuteOfDay) -> Result<Slot, SlotRefusal> {
        let day = self.open_day(date)?;
        let start = day.clock.instant(time).ok_or(SlotRefusal::NoSuchTime)?;
        let window = day.hours.open.iter().find(|window| window.opens <= time && time < window.closes);
        // Asked for a time this morning, a person hears that it has passed, open or not.
        let Some(window) = window else {
            return Err(if start < self.now { SlotRefusal::InThePast } else { SlotRefusal::OutsideHours });
        };
        let mut taken = self.calendar.held.walk(start);
        self.slot(&day, window, time, &mut taken)
    }

    /// What is decided about a date before any time of it.
    fn open_day(&self, date: Date) -> Result<OpenDay<'a>, SlotRefusal> {
        if date < self.today {
            return Err(SlotRefusal::InThePast);
        }
        if date > self.last_day {
            return Err(SlotRefusal::TooFarAhead { latest: self.last_day });
        }
        if let Some(reason) = self.calendar.blocked.get(&date) {
            return Err(SlotRefusal::DayBlocked { reason: reason.clone() });
        }
        let hours = self.calendar.hours.on(date);
        if hours.open.is_empty() {
            return Err(SlotRefusal::ClosedThatDay);
        }
        Ok(OpenDay::new(hours, &self.calendar.time_zone, date))
    }

    /// The rule. `time` lies in `window`; `taken` has not walked past it.
    fn slot(
        &self,
        day: &OpenDay<'_>,
        window: &Window,
        time: MinuteOfDay,
        taken: &mut Walk<'_>,
    ) -> Result<Slot, SlotRefusal> {
        let start = day.clock.instant(time).ok_or(SlotRefusal::NoSuchTime)?;
        let end = later(start, self.duration.into());
        let closes = day.clock.edge(window.closes).ok_or(SlotRefusal::NoSuchTime)?;
        if start < self.now {
            return Err(SlotRefusal::InThePast);
        }
        if end > closes || day.meets_pause(start, end) {
            return Err(SlotRefusal::OutsideHours);
        }
        let minutes_in = time.minutes() - window.opens.minutes();
        if !minutes_in.is_multiple_of(self.step) || self.runs_into(day, window, time, start) {
            return Err(SlotRefusal::OffGrid);
        }
        if start < self.earliest {
            return Err(SlotRefusal::TooSoon { earliest: self.earliest_wall });
        }
        let (from, until) = buffered(&self.calendar.rules, start, end);
        if taken.overlaps(from, until) {
            return Err(SlotRefusal::Taken);
        }
        let (Some(local_start), Some(local_end)) = (day.clock.wall(time), self.local_end(day, time, end))
        else {
            return Err(SlotRefusal::NoSuchTime);
        };
        Ok(Slot { start, end, local_start, local_end })
    }

    /// Whether the slot before this one on the grid is still running. With a step of at least the
    /// duration that only happens where the clocks go forward: of 45-minute slots from midnight, the
    /// one at 01:30 ends at 03:15, so on that day there is none at 03:00.
    fn runs_into(&self, day: &OpenDay<'_>, window: &Window, time: MinuteOfDay, start: Timestamp) -> bool {
        if day.clock.is_even() || self.step < self.duration {
            return false;
        }
        let earlier = (window.opens.minutes()..time.minutes()).step_by(self.step.into()).rev();
        let before = earlier.map(MinuteOfDay).find_map(|time| day.clock.instant(time));
        before.is_some_and(|before| later(before, self.duration.into()) > start)
    }

    fn local_end(&self, day: &OpenDay<'_>, time: MinuteOfDay, end: Timestamp) -> Option<DateTime> {
        if day.clock.is_even() {
            return day.clock.wall(MinuteOfDay::new(time.minutes() + self.duration)?);
        }
        Some(day.clock.wall_at(end))
    }
}

/// Room that must be free around a stretch. What one appointment wants after it, its neighbour must
/// keep before itself: so the larger of the two counts on both sides, and it does not matter which
/// of two neighbours was booked first.
pub(super) fn buffered(rules: &BookingRules, start: Timestamp, end: Timestamp) -> (Timestamp, Timestamp) {
    let minutes = rules.buffer_before_minutes.max(rules.buffer_after_minutes);
    let before = SignedDuration::from_mins(minutes.into());
    let from = start.checked_sub(before).unwrap_or(Timestamp::MIN);
    (from, later(end, minutes))
}

/// Some minutes later, or where time ends.
pub(super) fn later(instant: Timestamp, minutes: u32) -> Timestamp {
    instant.checked_add(SignedDuration::from_mins(minutes.into())).unwrap_or(Timestamp::MAX)
}

/// The one place that bounds a duration; behind it minutes of a day cannot overflow.
pub(super) fn checked_duration(minutes: u32) -> Result<u16, SlotRefusal> {
    if !(1..=DURATION_MINUTES_MAX).contains(&minutes) {
        return Err(SlotRefusal::BadDuration);
    }
    u16::try_from(minutes).map_err(|_| SlotRefusal::BadDuration)
}

/// The first whole minute not before an instant: what a person would say.
fn rounded_up(instant: Timestamp) -> Timestamp {
    let second = instant.as_second() + i64::from(instant.subsec_nanosecond() > 0);
    Timestamp::from_second((second + 59).div_euclid(60) * 60).unwrap_or(instant)
}
