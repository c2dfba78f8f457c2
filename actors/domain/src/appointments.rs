//! An appointment and the states it can pass through.
//!
//! `scheduled → completed, no-show, cancelled`. Cancelled stays so; completed and no-show may be
//! swapped for thirty days. Whether a time is free is the calendar's business, not this file's.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::ids::{AppointmentId, CallId};

/// Days within which "came" and "did not come" can still be swapped.
const SWAP_DAYS: i64 = 30;
/// How often a guest may move an appointment by its link.
pub const GUEST_MOVES_MAX: u32 = 10;

/// Where an appointment stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// Holds its time.
    Scheduled,
    /// The guest came.
    Completed,
    /// Called off; the time is free again.
    Cancelled,
    /// The guest did not come.
    NoShow,
}

impl Status {
    /// As it is stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Status::Scheduled => "scheduled",
            Status::Completed => "completed",
            Status::Cancelled => "cancelled",
            Status::NoShow => "no-show",
        }
    }
}

/// Who an appointment is for. Everything may be missing: it was said on a telephone.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Guest {
    /// As the caller gave it.
    pub name: Option<String>,
    /// E.164 where it parses.
    pub phone: Option<String>,
    /// In lower case, only if mail could be sent to it.
    pub email: Option<String>,
}

impl Guest {
    /// Whether two guests are one caller: by phone, else by e-mail, else by name.
    pub fn is_same_caller(&self, other: &Guest) -> bool {
        match (&self.phone, &other.phone) {
            (Some(one), Some(two)) => return one == two,
            (None, None) => {}
            _ => return false,
        }
        match (&self.email, &other.email) {
            (Some(one), Some(two)) => one == two,
            (None, None) => match (&self.name, &other.name) {
                (Some(one), Some(two)) => one.eq_ignore_ascii_case(two),
                _ => false,
            },
            _ => false,
        }
    }
}

/// One appointment as it is now.
///
/// Invariant: `start < end`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Appointment {
    /// `apt_<id>`.
    pub id: AppointmentId,
    /// The call in which it was booked.
    pub call: Option<CallId>,
    /// Who comes.
    pub guest: Guest,
    /// When it begins.
    pub start: Timestamp,
    /// When it ends.
    pub end: Timestamp,
    /// Whole minutes between the two.
    pub duration_minutes: u32,
    /// Where it stands.
    pub status: Status,
    /// What it is about.
    pub notes: Option<String>,
    /// Why it was called off.
    pub cancellation_reason: Option<String>,
    /// The tenant's clock at its last change: its `ETag`.
    pub revision: i64,
    /// When it was booked.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// When the guest is reminded next; `None` when that is over, or for one that does not stand.
    pub next_reminder_at: Option<Timestamp>,
    /// How often it has been moved, by anybody.
    pub moves: u32,
    /// How often of these by the guest.
    pub guest_moves: u32,
}

/// What may be done to a standing appointment beside moving it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Closing {
    /// Call it off.
    Cancel {
        /// Told to nobody but the business.
        reason: Option<String>,
    },
    /// The guest came.
    Complete,
    /// The guest did not come.
    NoShow,
}

/// What somebody at the desk wants otherwise. What is absent stays; `Some(None)` empties a field.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Edit {
    /// Another begin.
    pub start: Option<Timestamp>,
    /// Another length.
    pub duration_minutes: Option<u32>,
    /// Who comes.
    pub guest_name: Option<Option<String>>,
    /// Where they are called.
    pub guest_phone: Option<Option<String>>,
    /// Where they get mail.
    pub guest_email: Option<Option<String>>,
    /// What it is about.
    pub notes: Option<Option<String>>,
    /// How it ends.
    pub closing: Option<Closing>,
    /// Whether it is meant to be scheduled, as it was read.
    pub is_scheduled: bool,
}

impl Edit {
    /// Whether it touches when the appointment is.
    pub fn moves(&self) -> bool {
        self.start.is_some() || self.duration_minutes.is_some()
    }

    /// Whether it does nothing but close.
    pub fn only_closes(&self) -> bool {
        let closing = self.closing.clone();
        closing.is_some() && *self == Edit { closing, ..Edit::default() }
    }
}

/// Why an appointment cannot change that way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AppointmentRefusal {
    /// Called off already.
    #[error("this appointment is cancelled")]
    Cancelled,
    /// It has taken place, or was marked so.
    #[error("this appointment has already been marked as completed or missed")]
    AlreadyClosed,
    /// The thirty days are over.
    #[error("this can be corrected for {SWAP_DAYS} days only")]
    TooLate,
    /// Nobody can have come yet.
    #[error("this appointment has not begun yet")]
    NotBegun,
    /// Nothing would be left of its guest.
    #[error("a name, a telephone number or an e-mail address of the guest stays")]
    NoGuest,
    /// The guest has done so as often as they may.
    #[error("this appointment has been moved {GUEST_MOVES_MAX} times by its link")]
    MovedTooOften,
    /// Its time has passed.
    #[error("this appointment is over")]
    Over,
}

impl Appointment {
    /// Whether it keeps others from its time.
    pub fn holds_its_time(&self) -> bool {
        self.status == Status::Scheduled
    }

    /// Refuses to change what is meant to be scheduled and is not, and to forget who comes.
    pub fn takes(&self, edit: &Edit) -> Result<(), AppointmentRefusal> {
        let is_nobody = |guest: &Guest| *guest == Guest::default();
        match self.status {
            Status::Cancelled if edit.is_scheduled => Err(AppointmentRefusal::Cancelled),
            Status::Completed | Status::NoShow if edit.is_scheduled => Err(AppointmentRefusal::AlreadyClosed),
            _ if is_nobody(&self.detailed(edit).guest) && !is_nobody(&self.guest) => {
                Err(AppointmentRefusal::NoGuest)
            }
            _ => Ok(()),
        }
    }

    /// Closes it. `Ok(None)` when it is closed that way already.
    pub fn close(
        &self,
        closing: &Closing,
        now: Timestamp,
    ) -> Result<Option<Appointment>, AppointmentRefusal> {
        let wanted = match closing {
            Closing::Cancel { .. } => Status::Cancelled,
            Closing::Complete => Status::Completed,
            Closing::NoShow => Status::NoShow,
        };
        if self.status == wanted {
            return Ok(None);
        }
        match (self.status, wanted) {
            (Status::Cancelled, _) => return Err(AppointmentRefusal::Cancelled),
            (Status::Completed | Status::NoShow, Status::Cancelled) => {
                return Err(AppointmentRefusal::AlreadyClosed);
            }
            (Status::Completed | Status::NoShow, _)
                if now.duration_since(self.start) > SignedDuration::from_hours(24 * SWAP_DAYS) =>
            {
                return Err(AppointmentRefusal::TooLate);
            }
            (Status::Scheduled, Status::Completed | Status::NoShow) if now < self.start => {
                return Err(AppointmentRefusal::NotBegun);
            }
            _ => {}
        }
        let cancellation_reason = match closing {
            Closing::Cancel { reason } => reason.clone(),
            _ => None,
        };
        Ok(Some(Appointment { status: wanted, cancellation_reason, updated_at: now, ..self.clone() }))
    }

    /// The same appointment with these details; its time and its state stay.
    pub fn detailed(&self, edit: &Edit) -> Appointment {
        let pick =
            |wanted: &Option<Option<String>>, kept: &Option<String>| wanted.as_ref().unwrap_or(kept).clone();
        Appointment {
            guest: Guest {
                name: pick(&edit.guest_name, &self.guest.name),
                phone: pick(&edit.guest_phone, &self.guest.phone),
                email: pick(&edit.guest_email, &self.guest.email),
            },
            notes: pick(&edit.notes, &self.notes),
            ..self.clone()
        }
    }

    /// The same appointment at another time, keeping its id. The caller has found the time free.
    pub fn moved(
        &self,
        start: Timestamp,
        end: Timestamp,
        now: Timestamp,
    ) -> Result<Appointment, AppointmentRefusal> {
        match self.status {
            Status::Scheduled => {}
            Status::Cancelled => return Err(AppointmentRefusal::Cancelled),
            Status::Completed | Status::NoShow => return Err(AppointmentRefusal::AlreadyClosed),
        }
        debug_assert!(start < end);
        let minutes = end.duration_since(start).as_mins();
        let duration_minutes = u32::try_from(minutes).unwrap_or(self.duration_minutes);
        let moves = self.moves + u32::from(start != self.start || end != self.end);
        Ok(Appointment { start, end, duration_minutes, moves, updated_at: now, ..self.clone() })
    }

    /// Whether its guest may still do something about it by their link.
    pub fn is_open_to_its_guest(&self, now: Timestamp) -> Result<(), AppointmentRefusal> {
        match self.status {
            Status::Cancelled => Err(AppointmentRefusal::Cancelled),
            Status::Completed | Status::NoShow => Err(AppointmentRefusal::AlreadyClosed),
            Status::Scheduled if self.end <= now => Err(AppointmentRefusal::Over),
            Status::Scheduled => Ok(()),
        }
    }

    /// The same of moving it.
    pub fn may_be_moved_by_its_guest(&self, now: Timestamp) -> Result<(), AppointmentRefusal> {
        self.is_open_to_its_guest(now)?;
        match self.guest_moves < GUEST_MOVES_MAX {
            true => Ok(()),
            false => Err(AppointmentRefusal::MovedTooOften),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn appointment(status: Status) -> Appointment {
        Appointment {
            id: AppointmentId(1),
            call: None,
            guest: Guest::default(),
            start: at("2026-01-15T10:00:00Z"),
            end: at("2026-01-15T10:30:00Z"),
            duration_minutes: 30,
            status,
            notes: None,
            cancellation_reason: None,
            revision: 1,
            created_at: at("2026-01-01T00:00:00Z"),
            updated_at: at("2026-01-01T00:00:00Z"),
            next_reminder_at: None,
            moves: 0,
            guest_moves: 0,
        }
    }

    const BEFORE: &str = "2026-01-15T09:00:00Z";
    const AFTER: &str = "2026-01-15T11:00:00Z";
    const LONG_AFTER: &str = "2026-03-15T11:00:00Z";

    /// Every state, every wish, before, after and long after: the whole machine in one table.
    #[test]
    fn the_state_machine_allows_exactly_these_changes() {
        use AppointmentRefusal::{AlreadyClosed, Cancelled, NotBegun, TooLate};
        let cancel = || Closing::Cancel { reason: Some("ill".to_owned()) };
        let table = [
            (Status::Scheduled, cancel(), [Ok(Some(Status::Cancelled)); 3]),
            (
                Status::Scheduled,
                Closing::Complete,
                [Err(NotBegun), Ok(Some(Status::Completed)), Ok(Some(Status::Completed))],
            ),
            (
                Status::Scheduled,
                Closing::NoShow,
                [Err(NotBegun), Ok(Some(Status::NoShow)), Ok(Some(Status::NoShow))],
            ),
            (Status::Cancelled, cancel(), [Ok(None); 3]),
            (Status::Cancelled, Closing::Complete, [Err(Cancelled); 3]),
            (Status::Cancelled, Closing::NoShow, [Err(Cancelled); 3]),
            (Status::Completed, cancel(), [Err(AlreadyClosed); 3]),
            (Status::Completed, Closing::Complete, [Ok(None); 3]),
            (
                Status::Completed,
                Closing::NoShow,
                [Ok(Some(Status::NoShow)), Ok(Some(Status::NoShow)), Err(TooLate)],
            ),
            (Status::NoShow, cancel(), [Err(AlreadyClosed); 3]),
            (Status::NoShow, Closing::NoShow, [Ok(None); 3]),
            (
                Status::NoShow,
                Closing::Complete,
                [Ok(Some(Status::Completed)), Ok(Some(Status::Completed)), Err(TooLate)],
            ),
        ];
        for (status, closing, expected) in table {
            for (now, expected) in [BEFORE, AFTER, LONG_AFTER].into_iter().zip(expected) {
                let got = appointment(status).close(&closing, at(now));
                let got = got.map(|changed| changed.map(|appointment| appointment.status));
                assert_eq!(got, expected, "{status:?} {closing:?} at {now}");
            }
        }
    }

    #[test]
    fn only_a_standing_appointment_moves_and_it_keeps_its_id() {
        let (start, end) = (at("2026-01-16T10:00:00Z"), at("2026-01-16T11:00:00Z"));
        let moved = appointment(Status::Scheduled).moved(start, end, at(BEFORE)).unwrap();
        assert_eq!((moved.id, moved.duration_minutes), (AppointmentId(1), 60));
        for status in [Status::Cancelled, Status::Completed, Status::NoShow] {
            assert!(appointment(status).moved(start, end, at(BEFORE)).is_err());
        }
    }

    #[test]
    fn a_guest_may_move_what_stands_until_it_ends_ten_times() {
        let standing = appointment(Status::Scheduled);
        assert_eq!(standing.may_be_moved_by_its_guest(at("2026-01-15T10:15:00Z")), Ok(()));
        assert_eq!(
            standing.may_be_moved_by_its_guest(at("2026-01-15T10:30:00Z")),
            Err(AppointmentRefusal::Over)
        );
        let often = Appointment { moves: 12, guest_moves: GUEST_MOVES_MAX, ..standing };
        assert_eq!(often.may_be_moved_by_its_guest(at(BEFORE)), Err(AppointmentRefusal::MovedTooOften));
        assert_eq!(often.is_open_to_its_guest(at(BEFORE)), Ok(()), "it may still be called off");
        for (status, refusal) in [
            (Status::Cancelled, AppointmentRefusal::Cancelled),
            (Status::Completed, AppointmentRefusal::AlreadyClosed),
            (Status::NoShow, AppointmentRefusal::AlreadyClosed),
        ] {
            assert_eq!(appointment(status).is_open_to_its_guest(at(BEFORE)), Err(refusal));
        }
    }

    #[test]
    fn one_caller_is_known_by_phone_then_mail_then_name() {
        let guest = |name: &str, phone: &str, email: &str| {
            let text = |text: &str| (!text.is_empty()).then(|| text.to_owned());
            Guest { name: text(name), phone: text(phone), email: text(email) }
        };
        assert!(guest("Ada", "+1", "").is_same_caller(&guest("Eda", "+1", "a@b.cd")));
        assert!(!guest("Ada", "+1", "").is_same_caller(&guest("Ada", "+2", "")));
        assert!(!guest("Ada", "", "").is_same_caller(&guest("Ada", "+2", "")));
        assert!(guest("Ada", "", "").is_same_caller(&guest("ada", "", "")));
        assert!(!guest("", "", "").is_same_caller(&guest("", "", "")));
    }
}
