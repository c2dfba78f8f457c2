//! What people do with appointments by hand: place, change, close.
//!
//! They may place freely within the opening hours, and outside them when they say so; never on a
//! time that is held.

use std::sync::Arc;

use domain::appointments::{Appointment, Closing, Edit, Guest, Status};
use domain::audit::Change;
use domain::calendar::{OutsideHours, Slot};
use domain::ids::AppointmentId;
use domain::notifications::Occasion;
use domain::text;
use domain::webhooks::EventKind;
use jiff::Timestamp;
use serde_json::json;

use super::{booked_line, times};
use crate::error::{Error, Refusal};
use crate::metrics::Metrics;
use crate::store::lookups;
use crate::store::rows::Rows;
use crate::tenant::decision::{Decision, LookedUp};
use crate::tenant::handle::TenantHandle;
use crate::tenant::message::Message;
use crate::tenant::state::State;

/// Bytes of why an appointment was cancelled.
pub(super) const REASON_MAX: usize = 500;

/// An appointment to be placed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placement {
    /// When it begins.
    pub start: Timestamp,
    /// `None` for the tenant's default.
    pub duration_minutes: Option<u32>,
    /// Whether it may lie outside the opening hours.
    pub outside_hours: OutsideHours,
    /// Who comes.
    pub guest: Guest,
    /// What it is about.
    pub notes: Option<String>,
}

/// A change, and the conditions under which it is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wish {
    /// What is wanted.
    pub edit: Edit,
    /// Whether the new time may lie outside the opening hours.
    pub outside_hours: OutsideHours,
    /// Only if nobody has changed it since this revision.
    pub if_revision: Option<i64>,
}

/// Places an appointment.
pub(in crate::tenant) fn place(
    state: &mut State,
    placement: &Placement,
    now: Timestamp,
    metrics: &Metrics,
) -> Decision<Appointment> {
    if !state.is_active() {
        return Decision::refuse(Refusal::Suspended);
    }
    let minutes = placement.duration_minutes.unwrap_or(state.settings.booking.default_duration_minutes);
    let slot = match state.calendar.place(placement.start, minutes, now, placement.outside_hours) {
        Ok(slot) => slot,
        Err(refusal) => return Decision::refuse(refusal),
    };
    let appointment = Appointment {
        id: AppointmentId(state.tick()),
        call: None,
        guest: placement.guest.clone(),
        start: slot.start,
        end: slot.end,
        duration_minutes: minutes,
        status: Status::Scheduled,
        notes: placement.notes.clone(),
        cancellation_reason: None,
        revision: 0,
        created_at: now,
        updated_at: now,
        next_reminder_at: None,
        moves: 0,
        guest_moves: 0,
    };
    let mut rows = Rows::default();
    let appointment = state.write_booked(appointment, now, &mut rows);
    state.audit(booked_line(&appointment), now, &mut rows);
    metrics.appointments_booked.inc();
    Decision::write(appointment, rows)
}

/// Moves an appointment, changes its details, closes it: all of it or nothing.
pub(in crate::tenant) fn edit(
    state: &mut State,
    id: AppointmentId,
    wish: &Wish,
    looked_up: Option<LookedUp<Appointment>>,
    now: Timestamp,
) -> Decision<Appointment> {
    let appointment = match kept(state, id, looked_up) {
        Ok(appointment) => appointment,
        Err(missing) => return missing.into(),
    };
    if wish.if_revision.is_some_and(|revision| revision != appointment.revision) {
        return Decision::refuse(Refusal::Changed(Box::new(appointment)));
    }
    if !state.is_active() && !wish.edit.only_closes() {
        return Decision::refuse(Refusal::Suspended);
    }
    match edited(state, &appointment, wish, now) {
        Err(refusal) => Decision::refuse(refusal),
        Ok(None) => Decision::known(appointment),
        Ok(Some(changed)) => {
            let (kind, occasion, change) = told(&appointment, &changed);
            let mut rows = Rows::default();
            let changed = state.write_appointment(changed, kind, occasion, now, &mut rows);
            if occasion.is_none() {
                state.tell_new_address(&appointment, &changed, now, &mut rows);
            }
            state.audit(change, now, &mut rows);
            Decision::write(changed, rows)
        }
    }
}

/// The appointment as it is wanted; nothing where it is so already.
fn edited(
    state: &mut State,
    appointment: &Appointment,
    wish: &Wish,
    now: Timestamp,
) -> Result<Option<Appointment>, Refusal> {
    let edit = &wish.edit;
    appointment.takes(edit)?;
    let mut next = appointment.detailed(edit);
    if edit.moves() {
        // Refused for its state, not for its time, where both stand in the way.
        next = next.moved(appointment.start, appointment.end, now)?;
        let slot = placed(state, appointment, wish, now)?;
        if slot.start != appointment.start || slot.end != appointment.end {
            next = next.moved(slot.start, slot.end, now)?;
        }
    }
    if let Some(closing) = &edit.closing
        && let Some(closed) = next.close(closing, now)?
    {
        next = closed;
    }
    let next = Appointment { updated_at: appointment.updated_at, ..next };
    Ok((next != *appointment).then_some(Appointment { updated_at: now, ..next }))
}

fn placed(
    state: &mut State,
    appointment: &Appointment,
    wish: &Wish,
    now: Timestamp,
) -> Result<Slot, Refusal> {
    let start = wish.edit.start.unwrap_or(appointment.start);
    let minutes = wish.edit.duration_minutes.unwrap_or(appointment.duration_minutes);
    // Its own time does not stand in its way.
    let own = state.calendar.release(appointment.start);
    let placed = state.calendar.place(start, minutes, now, wish.outside_hours);
    if let Some(end) = own {
        state.calendar.hold(appointment.start, end);
    }
    Ok(placed?)
}

/// What others, the guest and the audit log are told.
fn told(before: &Appointment, after: &Appointment) -> (EventKind, Option<Occasion>, Change) {
    let is_moved = before.start != after.start || before.end != after.end;
    let (kind, occasion, action) = match after.status {
        status if status == before.status && !is_moved => {
            (EventKind::AppointmentUpdated, None, "appointment.edited")
        }
        Status::Cancelled => {
            (EventKind::AppointmentCancelled, Some(Occasion::Cancelled), "appointment.cancelled")
        }
        Status::Completed => (EventKind::AppointmentCompleted, None, "appointment.completed"),
        Status::NoShow => (EventKind::AppointmentNoShow, None, "appointment.no_show"),
        Status::Scheduled => (EventKind::AppointmentUpdated, Some(Occasion::Moved), "appointment.moved"),
    };
    let details = [
        ("guest_name", before.guest.name != after.guest.name),
        ("guest_phone", before.guest.phone != after.guest.phone),
        ("guest_email", before.guest.email != after.guest.email),
        ("notes", before.notes != after.notes),
        ("cancellation_reason", before.cancellation_reason != after.cancellation_reason),
    ];
    let changed: Vec<&str> =
        details.iter().filter(|(_, is_other)| *is_other).map(|(name, _)| *name).collect();
    let mut now = times(after);
    if !changed.is_empty() {
        // Which, not what: people's data can be erased, the log cannot.
        now["changed"] = json!(changed);
    }
    (kind, occasion, Change::of(action, after.id.to_string()).from(times(before)).to(now))
}

/// Closes an appointment and does nothing else to it.
pub(in crate::tenant) fn closing(closing: Closing) -> Wish {
    let edit = Edit { closing: Some(closing), ..Edit::default() };
    Wish { edit, outside_hours: OutsideHours::Refuse, if_revision: None }
}

/// Why there is no appointment to decide about.
pub(in crate::tenant) enum Missing {
    /// There is none.
    Unknown,
    /// Memory does not keep it: it must be read first.
    NotKept,
}

impl<T> From<Missing> for Decision<T> {
    fn from(missing: Missing) -> Self {
        match missing {
            Missing::Unknown => Decision::refuse(Refusal::UnknownAppointment),
            Missing::NotKept => Decision::LookUp,
        }
    }
}

/// The appointment as memory has it, else as it was read in this epoch. Memory wins: it may be
/// ahead of what was read.
pub(in crate::tenant) fn kept(
    state: &State,
    id: AppointmentId,
    looked_up: Option<LookedUp<Appointment>>,
) -> Result<Appointment, Missing> {
    if let Some(appointment) = state.appointments.get(&id) {
        return Ok(appointment.clone());
    }
    match looked_up {
        Some(found) if found.epoch == state.epoch => found.row.ok_or(Missing::Unknown),
        _ => Err(Missing::NotKept),
    }
}

impl TenantHandle {
    /// Places an appointment by hand.
    pub async fn place(&self, placement: Placement) -> Result<Appointment, Error> {
        let placement = Arc::new(placement);
        self.change(|command| Message::Place { placement: Arc::clone(&placement), command }).await
    }

    /// Changes an appointment: its time, its details, its end; all of it or nothing.
    pub async fn edit(&self, id: AppointmentId, wish: Wish) -> Result<Appointment, Error> {
        let wish = Arc::new(wish);
        self.decide(
            |command, looked_up| Message::Edit { id, wish: Arc::clone(&wish), looked_up, command },
            || lookups::appointment(self.store(), self.customer(), id),
        )
        .await
    }

    /// Moves an appointment.
    pub async fn reschedule(
        &self,
        id: AppointmentId,
        start: Timestamp,
        duration_minutes: Option<u32>,
        outside_hours: OutsideHours,
    ) -> Result<Appointment, Error> {
        let edit = Edit { start: Some(start), duration_minutes, ..Edit::default() };
        self.edit(id, Wish { edit, outside_hours, if_revision: None }).await
    }

    /// Calls an appointment off.
    pub async fn cancel(&self, id: AppointmentId, reason: Option<String>) -> Result<Appointment, Error> {
        let reason = reason.as_deref().and_then(|reason| text::kept(reason, REASON_MAX));
        self.edit(id, closing(Closing::Cancel { reason })).await
    }

    /// Marks an appointment as kept.
    pub async fn complete(&self, id: AppointmentId) -> Result<Appointment, Error> {
        self.edit(id, closing(Closing::Complete)).await
    }

    /// Marks an appointment as missed.
    pub async fn no_show(&self, id: AppointmentId) -> Result<Appointment, Error> {
        self.edit(id, closing(Closing::NoShow)).await
    }
}
