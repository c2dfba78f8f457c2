//! What guests do by the link in their messages: look at what is free, move, call off.
//!
//! A move is held to what callers are offered: opening hours, the grid of slots, minimum notice and
//! horizon. Calling off is `desk`'s.

use domain::appointments::{Appointment, AppointmentRefusal, Closing};
use domain::audit::Change;
use domain::calendar::{Calendar, Look, MinuteOfDay, Offer, Slot, SlotRefusal};
use domain::ids::AppointmentId;
use domain::notifications::Occasion;
use domain::text;
use domain::webhooks::EventKind;
use jiff::Timestamp;

use super::desk::{REASON_MAX, Wish, closing, kept};
use super::times;
use crate::error::{Error, Refusal};
use crate::store::lookups;
use crate::store::rows::Rows;
use crate::tenant::decision::{Decision, LookedUp};
use crate::tenant::handle::TenantHandle;
use crate::tenant::message::Message;
use crate::tenant::state::State;

/// What a guest may move an appointment to; its own time counts as free. A business that is suspended
/// offers nothing, and what memory does not keep is over.
pub(in crate::tenant) fn offer(
    state: &mut State,
    id: AppointmentId,
    look: Look,
    now: Timestamp,
) -> Result<Offer, Refusal> {
    let Some(appointment) = state.appointments.get(&id).cloned() else {
        return Err(AppointmentRefusal::Over.into());
    };
    if !state.is_active() {
        return Err(Refusal::Suspended);
    }
    appointment.may_be_moved_by_its_guest(now)?;
    let minutes = appointment.duration_minutes;
    Ok(without(&mut state.calendar, &appointment, |calendar| calendar.offer(look, minutes, now)))
}

/// Moves an appointment for its guest.
pub(in crate::tenant) fn reschedule(
    state: &mut State,
    id: AppointmentId,
    start: Timestamp,
    if_revision: i64,
    looked_up: Option<LookedUp<Appointment>>,
    now: Timestamp,
) -> Decision<Appointment> {
    let appointment = match kept(state, id, looked_up) {
        Ok(appointment) => appointment,
        Err(missing) => return missing.into(),
    };
    if appointment.revision != if_revision {
        return Decision::refuse(Refusal::Changed(Box::new(appointment)));
    }
    if !state.is_active() {
        return Decision::refuse(Refusal::Suspended);
    }
    if let Err(refusal) = appointment.may_be_moved_by_its_guest(now) {
        return Decision::refuse(refusal);
    }
    if appointment.start == start {
        return Decision::known(appointment);
    }
    match moved(state, &appointment, start, now) {
        Err(refusal) => Decision::refuse(refusal),
        Ok(moved) => {
            let (told, kind) = (Some(Occasion::Moved), EventKind::AppointmentUpdated);
            let change = Change::of("appointment.moved", id.to_string());
            let change = change.from(times(&appointment)).to(times(&moved));
            let mut rows = Rows::default();
            let moved = state.write_appointment(moved, kind, told, now, &mut rows);
            state.audit(change, now, &mut rows);
            Decision::write(moved, rows)
        }
    }
}

fn moved(
    state: &mut State,
    appointment: &Appointment,
    start: Timestamp,
    now: Timestamp,
) -> Result<Appointment, Refusal> {
    let minutes = appointment.duration_minutes;
    let slot = without(&mut state.calendar, appointment, |calendar| slot(calendar, start, minutes, now))?;
    let moved = appointment.moved(slot.start, slot.end, now)?;
    Ok(Appointment { guest_moves: appointment.guest_moves + 1, ..moved })
}

/// The slot that callers would be offered at this very instant.
fn slot(calendar: &Calendar, start: Timestamp, minutes: u32, now: Timestamp) -> Result<Slot, SlotRefusal> {
    let wall = calendar.time_zone().to_datetime(start);
    let part = |part: i8| u16::try_from(part).unwrap_or_default();
    let time = MinuteOfDay::at(part(wall.hour()), part(wall.minute())).ok_or(SlotRefusal::OffGrid)?;
    let slot = calendar.slot_at(wall.date(), time, minutes, now)?;
    // Seconds are on no grid, and on the day the clocks go back a time comes twice and is offered once.
    if slot.start == start { Ok(slot) } else { Err(SlotRefusal::OffGrid) }
}

/// What the calendar says while this standing appointment holds nothing.
fn without<T>(calendar: &mut Calendar, appointment: &Appointment, ask: impl FnOnce(&Calendar) -> T) -> T {
    debug_assert!(appointment.holds_its_time(), "else another one's time is released");
    let own = calendar.release(appointment.start);
    let answer = ask(calendar);
    if let Some(end) = own {
        calendar.hold(appointment.start, end);
    }
    answer
}

impl TenantHandle {
    /// What the guest of an appointment may move it to.
    pub async fn offer_move(&self, id: AppointmentId, look: Look) -> Result<Offer, Error> {
        Ok(self.ask(|reply| Message::OfferMove { id, look, reply }).await??)
    }

    /// Moves an appointment for its guest: to a free slot, as long as nobody has changed it since
    /// `if_revision`.
    pub async fn move_by_guest(
        &self,
        id: AppointmentId,
        start: Timestamp,
        if_revision: i64,
    ) -> Result<Appointment, Error> {
        self.decide(
            |command, looked_up| Message::MoveByGuest { id, start, if_revision, looked_up, command },
            || lookups::appointment(self.store(), self.customer(), id),
        )
        .await
    }

    /// Calls an appointment off for its guest, under the same condition.
    pub async fn cancel_by_guest(
        &self,
        id: AppointmentId,
        reason: Option<&str>,
        if_revision: i64,
    ) -> Result<Appointment, Error> {
        let reason = reason.and_then(|reason| text::kept(reason, REASON_MAX));
        let wish = closing(Closing::Cancel { reason });
        self.edit(id, Wish { if_revision: Some(if_revision), ..wish }).await
    }
}
