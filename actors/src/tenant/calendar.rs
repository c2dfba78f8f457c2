//! Answers what is free; changes opening hours and blocked dates.

use domain::audit;
use domain::calendar::{BlockRefusal, Slot, WeeklyHours};
use domain::retell::functions::AvailabilityArgs;
use domain::speech;
use domain::text::kept;
use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::json;

use super::decision::Decision;
use super::handle::TenantHandle;
use super::message::Message;
use super::state::State;
use crate::error::{Error, Refusal};
use crate::store::change::{BlockedRow, Change, HoursRow, HoursRows};
use crate::store::rows::Rows;

/// Bytes of why a day is blocked.
const REASON_MAX: usize = 500;

/// What a day has to offer.
#[derive(Debug, Clone, PartialEq)]
pub struct Availability {
    /// IANA name of the zone the times are meant in.
    pub timezone: String,
    /// The day that was understood; `None` when none was.
    pub date: Option<Date>,
    /// Minutes of a slot.
    pub duration_minutes: u32,
    /// What is free that day.
    pub slots: Vec<Slot>,
    /// The first free slot after it, when the day has none.
    pub next_available: Option<Slot>,
    /// Nothing can be booked with this customer just now.
    pub is_suspended: bool,
}

/// The free slots of the day asked for; without a day, of today.
pub(super) fn availability(state: &State, args: &AvailabilityArgs, now: Timestamp) -> Availability {
    let today = state.calendar.today(now);
    let date = match &args.date {
        Some(said) => speech::date(said, today),
        None => Some(today),
    };
    let duration_minutes = args.duration_minutes.unwrap_or(state.settings.booking.default_duration_minutes);
    let is_suspended = !state.is_active();
    let mut slots = Vec::new();
    let mut next_available = None;
    if let Some(date) = date.filter(|_| !is_suspended) {
        slots = state.calendar.free_slots(date, duration_minutes, now);
        if slots.is_empty() {
            let from = date.max(today);
            next_available = state.calendar.next_free(from, duration_minutes, now, 1).pop();
        }
    }
    let timezone = state.profile.timezone.clone();
    Availability { timezone, date, duration_minutes, slots, next_available, is_suspended }
}

/// Opens the week as given.
pub(super) fn set_hours(state: &mut State, hours: Box<WeeklyHours>, now: Timestamp) -> Decision<()> {
    let mut written = Rows::default();
    let change = audit::Change::of("hours.changed", "hours");
    let change = change.from(week(state.calendar.hours())).to(week(&hours));
    state.audit(change, now, &mut written);
    let rows = hours
        .rows()
        .iter()
        .map(|row| HoursRow {
            id: state.tick(),
            day_of_week: row.day_of_week,
            start_time: row.opens.to_string(),
            end_time: row.closes.to_string(),
            is_available: row.is_available,
        })
        .collect();
    // Also a week without a window is a change.
    state.tick();
    state.calendar.set_hours(*hours);
    Decision::change((), Change::Hours(HoursRows { rows }), written)
}

fn week(hours: &WeeklyHours) -> serde_json::Value {
    hours
        .rows()
        .iter()
        .map(|row| json!([row.day_of_week, row.opens.to_string(), row.closes.to_string(), row.is_available]))
        .collect()
}

/// Takes a day's slots away; appointments that stand on it stay. A day that is blocked already keeps
/// its reason.
pub(super) fn block(state: &mut State, date: Date, reason: Option<String>, now: Timestamp) -> Decision<()> {
    if let Err(refusal) = state.calendar.check_block(date, now) {
        return Decision::refuse(refusal);
    }
    if state.calendar.is_blocked(date) {
        return Decision::known(());
    }
    let id = state.tick();
    state.calendar.block(date, reason.clone());
    let mut rows = Rows::default();
    let line = audit::Change::of("date.blocked", date.to_string());
    state.audit(audit::Change { reason: reason.clone(), ..line }, now, &mut rows);
    let row = BlockedRow { id, blocked_date: date.to_string(), reason };
    Decision::change((), Change::Block(row), rows)
}

/// Gives a day's slots back. Of a day that is over memory does not know whether it was blocked.
pub(super) fn unblock(state: &mut State, date: Date, now: Timestamp) -> Decision<()> {
    if state.calendar.is_over(date, now) {
        return Decision::refuse(BlockRefusal::Over);
    }
    if !state.calendar.is_blocked(date) {
        return Decision::refuse(Refusal::NotBlocked);
    }
    state.tick();
    state.calendar.unblock(date);
    let mut rows = Rows::default();
    state.audit(audit::Change::of("date.unblocked", date.to_string()), now, &mut rows);
    let change = Change::Unblock { blocked_date: date.to_string() };
    Decision::change((), change, rows)
}

/// The free slots nearest to a time that cannot be had, for an agent to offer.
pub(super) fn alternatives(
    state: &State,
    wanted: Option<Timestamp>,
    duration_minutes: u32,
    now: Timestamp,
) -> Vec<Slot> {
    const OFFERED: usize = 3;
    let calendar = &state.calendar;
    match wanted {
        Some(wanted) if wanted > now => calendar.nearest_free(wanted, duration_minutes, now, OFFERED),
        _ => calendar.next_free(calendar.today(now), duration_minutes, now, OFFERED),
    }
}

impl TenantHandle {
    /// The free slots of a day.
    pub async fn availability(&self, args: AvailabilityArgs) -> Result<Availability, Error> {
        self.ask(|reply| Message::Availability { args, reply }).await
    }

    /// Opens the week as given.
    pub async fn set_hours(&self, hours: WeeklyHours) -> Result<(), Error> {
        let hours = Box::new(hours);
        self.change(|command| Message::SetHours { hours: hours.clone(), command }).await
    }

    /// Takes a day's slots away.
    pub async fn block_date(&self, date: Date, reason: Option<String>) -> Result<(), Error> {
        let reason = reason.as_deref().and_then(|reason| kept(reason, REASON_MAX));
        self.change(|command| Message::BlockDate { date, reason: reason.clone(), command }).await
    }

    /// Gives a day's slots back.
    pub async fn unblock_date(&self, date: Date) -> Result<(), Error> {
        self.change(|command| Message::UnblockDate { date, command }).await
    }
}
