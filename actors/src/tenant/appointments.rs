//! Books appointments of one tenant for callers; [`desk`] has what people do by hand.
//!
//! Invariant: two appointments that hold their time never overlap. Kept here in memory and by
//! `appointments_no_overlap` in the database; either alone would do, both must agree. What is free
//! is `domain::calendar`'s to say.

pub(super) mod desk;
pub(super) mod guest;

use std::sync::Arc;

use domain::appointments::{Appointment, Status};
use domain::audit::Change;
use domain::calendar::{DURATION_MINUTES_MAX, MinuteOfDay, Slot, SlotRefusal};
use domain::calls::{Call, CallReport};
use domain::ids::{AppointmentId, CallId};
use domain::retell::functions::BookArgs;
use domain::speech;
use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use serde_json::json;

use super::calendar::alternatives;
use super::calls::{known_call, write_call};
use super::decision::{Decision, LookedUp};
use super::handle::TenantHandle;
use super::message::Message;
use super::state::State;
use crate::error::Error;
use crate::metrics::Metrics;
use crate::store::lookups;
use crate::store::rows::Rows;

/// What an agent is told who asked for a slot.
#[derive(Debug, Clone, PartialEq)]
pub enum Booking {
    /// It is the caller's.
    Booked(Booked),
    /// It is not, and these are free instead, at most three.
    Declined {
        /// Why not.
        reason: Declined,
        /// What else there is.
        alternatives: Vec<Slot>,
    },
}

/// A slot that was taken for a caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Booked {
    /// Its id.
    pub id: AppointmentId,
    /// When it begins, on the wall of the business.
    pub local_start: DateTime,
}

/// Why a slot is not the caller's.
#[derive(Debug, Clone, PartialEq)]
pub enum Declined {
    /// No day was said, or none that could be understood.
    NoDate,
    /// No time was said, or none that could be understood.
    NoTime,
    /// That time cannot be had.
    Slot(SlotRefusal),
    /// The caller holds as many as he may.
    TooManyUpcoming(u32),
    /// The customer is suspended.
    Suspended,
}

/// Takes a slot for a caller, or says why not. The same caller asking for the same slot again gets
/// the same appointment: a model repeats itself, and so does a lost answer.
pub(super) fn book(
    state: &mut State,
    args: &BookArgs,
    call: Option<&CallReport>,
    looked_up: Option<LookedUp<Call>>,
    now: Timestamp,
    metrics: &Metrics,
) -> Decision<Booking> {
    let known = match call.map(|report| known_call(state, report, looked_up)) {
        None => None,
        Some(Ok(known)) => known,
        Some(Err(_)) => return Decision::LookUp,
    };
    let default = state.settings.booking.default_duration_minutes;
    let minutes = args.duration_minutes.unwrap_or(default);
    let decline = |reason, wanted, state: &State| {
        let alternatives = match reason {
            Declined::Suspended | Declined::TooManyUpcoming(_) => Vec::new(),
            _ => {
                let is_sane = (1..=DURATION_MINUTES_MAX).contains(&minutes);
                alternatives(state, wanted, if is_sane { minutes } else { default }, now)
            }
        };
        Decision::Answer(Ok(Booking::Declined { reason, alternatives }))
    };
    if !state.is_active() {
        return decline(Declined::Suspended, None, state);
    }
    let today = state.calendar.today(now);
    let Some(date) = args.date.as_deref().and_then(|said| speech::date(said, today)) else {
        return decline(Declined::NoDate, None, state);
    };
    let is_open = |time| instant(state, date, time).is_some_and(|at| state.calendar.is_open_at(at));
    let Some(time) = args.time.as_deref().and_then(|said| speech::time_while(said, is_open)) else {
        // Around noon, so that what is offered instead is on the day that was asked for.
        return decline(Declined::NoTime, instant(state, date, MinuteOfDay::NOON), state);
    };
    if let Some(booked) = already_booked(state, args, known.as_ref(), call, date, time) {
        return Decision::known(Booking::Booked(booked));
    }
    let slot = match state.calendar.slot_at(date, time, minutes, now) {
        Ok(slot) => slot,
        Err(refusal) => {
            let wanted = instant(state, date, time);
            return decline(Declined::Slot(refusal), wanted, state);
        }
    };
    let most = state.settings.booking.upcoming_per_caller_max;
    if args.guest.phone.is_some() && upcoming(state, args, now) >= most as usize {
        return decline(Declined::TooManyUpcoming(most), None, state);
    }

    let mut rows = Rows::default();
    // The call may not have been reported yet: it gets its row now, later reports complete it.
    let call = call.map(|report| write_call(state, report, known, now, &mut rows, metrics).id);
    let appointment = Appointment {
        id: AppointmentId(state.tick()),
        call,
        guest: args.guest.clone(),
        start: slot.start,
        end: slot.end,
        duration_minutes: minutes,
        status: Status::Scheduled,
        notes: args.notes.clone(),
        cancellation_reason: None,
        revision: 0,
        created_at: now,
        updated_at: now,
        next_reminder_at: None,
        moves: 0,
        guest_moves: 0,
    };
    let appointment = state.write_booked(appointment, now, &mut rows);
    state.audit(booked_line(&appointment), now, &mut rows);
    metrics.appointments_booked.inc();
    let booked = Booked { id: appointment.id, local_start: slot.local_start };
    Decision::write(Booking::Booked(booked), rows)
}

/// What the audit log says of a new appointment. Who comes is not in it: that can be erased.
fn booked_line(appointment: &Appointment) -> Change {
    Change::of("appointment.booked", appointment.id.to_string()).to(times(appointment))
}

/// When an appointment is and how it stands, for the audit log.
fn times(appointment: &Appointment) -> serde_json::Value {
    json!({
        "start_time": appointment.start,
        "end_time": appointment.end,
        "status": appointment.status.as_str(),
    })
}

/// The standing appointment of this very caller at this very time.
fn already_booked(
    state: &State,
    args: &BookArgs,
    known: Option<&Call>,
    call: Option<&CallReport>,
    date: Date,
    time: MinuteOfDay,
) -> Option<Booked> {
    let start = instant(state, date, time)?;
    let is_same_call =
        |booked_in: Option<CallId>| booked_in.is_some() && booked_in == known.map(|call| call.id);
    let found = state.appointments.values().find(|appointment| {
        appointment.holds_its_time()
            && appointment.start == start
            && match call {
                Some(_) => is_same_call(appointment.call),
                None => appointment.guest.is_same_caller(&args.guest),
            }
    })?;
    Some(Booked { id: found.id, local_start: state.calendar.time_zone().to_datetime(found.start) })
}

/// When a time on the wall of the business is; the first of two, and next after a gap.
fn instant(state: &State, date: Date, time: MinuteOfDay) -> Option<Timestamp> {
    Some(time.on(date)?.to_zoned(state.calendar.time_zone().clone()).ok()?.timestamp())
}

/// How many appointments the caller's number still has before it.
fn upcoming(state: &State, args: &BookArgs, now: Timestamp) -> usize {
    state
        .appointments
        .values()
        .filter(|appointment| appointment.holds_its_time() && appointment.start > now)
        .filter(|appointment| appointment.guest.phone == args.guest.phone)
        .count()
}

impl TenantHandle {
    /// Takes a slot for a caller, or says why not.
    pub async fn book(&self, args: BookArgs, call: Option<CallReport>) -> Result<Booking, Error> {
        let (args, call) = (Arc::new(args), call.map(Arc::new));
        let retell_call_id = call.as_ref().map(|call| call.retell_call_id.clone()).unwrap_or_default();
        self.decide(
            |command, looked_up| Message::Book {
                args: Arc::clone(&args),
                call: call.clone(),
                looked_up,
                command,
            },
            || lookups::call(self.store(), self.customer(), &retell_call_id),
        )
        .await
    }
}
