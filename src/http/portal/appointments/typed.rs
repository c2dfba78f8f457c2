//! What somebody typed into a form of an appointment, read field by field: all that is wrong is said
//! at once, each at its field, beside what was typed.

use domain::appointments::Appointment;
use domain::calendar::{OutsideHours, SlotRefusal};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Deserialize;
use views::appointments::Fields;

use crate::http::api::appointments::fields::{
    NAME_CHARS_MAX, NOTES_CHARS_MAX, duration, email, outside_hours, phone,
};
use crate::http::portal::wall::{instant, wall};
use crate::http::problem::Problem;
use crate::http::typed::text;

/// Characters of why an appointment was called off.
const REASON_CHARS_MAX: usize = 500;

/// Every field of every form about an appointment.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub struct Typed {
    date: Option<String>,
    time: Option<String>,
    duration_minutes: Option<String>,
    /// In which date and time are meant.
    pub zone: Option<String>,
    #[serde(default)]
    outside_hours: bool,
    guest_name: Option<String>,
    guest_phone: Option<String>,
    guest_email: Option<String>,
    notes: Option<String>,
    reason: Option<String>,
    pub outcome: Option<String>,
    /// Of the appointment as the page showed it.
    pub revision: Option<i64>,
}

impl Typed {
    /// As it is shown again.
    pub fn fields(&self) -> Fields {
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        Fields {
            date: text(&self.date),
            time: text(&self.time),
            duration_minutes: text(&self.duration_minutes),
            guest_name: text(&self.guest_name),
            guest_phone: text(&self.guest_phone),
            guest_email: text(&self.guest_email),
            notes: text(&self.notes),
            reason: text(&self.reason),
            ..Fields::default()
        }
    }

    /// When it begins.
    pub fn start(&self, zone: &TimeZone, fields: &mut Fields) -> Option<Timestamp> {
        let at = wall(&fields.date, &fields.time).and_then(|wall| instant(wall, zone));
        at.map_err(|(field, sentence)| fields.errors.push((field.to_owned(), sentence.to_owned()))).ok()
    }

    /// Another begin than it has: the same date and time on the wall are no change, also where the
    /// clocks show them twice.
    pub fn other_start(
        &self,
        appointment: &Appointment,
        zone: &TimeZone,
        fields: &mut Fields,
    ) -> Option<Timestamp> {
        let is_same = wall(&fields.date, &fields.time) == Ok(zone.to_datetime(appointment.start));
        if is_same { None } else { self.start(zone, fields) }
    }

    /// How long, where that was said.
    pub fn minutes(&self, fields: &mut Fields) -> Option<u32> {
        let text = self.duration_minutes.as_deref()?;
        let minutes =
            text.trim().parse().map_err(|_| Problem::invalid_field("duration_minutes", "1 to 1440 minutes"));
        kept(minutes.and_then(duration), fields)
    }

    /// Name, number, address and notes.
    pub fn details(&self, fields: &mut Fields) -> [Option<String>; 4] {
        [
            text("guest_name", self.guest_name.as_deref(), NAME_CHARS_MAX),
            phone(self.guest_phone.as_deref()),
            email(self.guest_email.as_deref()),
            text("notes", self.notes.as_deref(), NOTES_CHARS_MAX),
        ]
        .map(|read| kept(read, fields).flatten())
    }

    /// Why it is called off.
    pub fn reason(&self, fields: &mut Fields) -> Option<String> {
        kept(text("reason", self.reason.as_deref(), REASON_CHARS_MAX), fields).flatten()
    }

    /// Whether a time outside the opening hours was confirmed.
    pub fn outside_hours(&self) -> OutsideHours {
        outside_hours(self.outside_hours)
    }
}

/// What was read; what is wrong goes to its field.
fn kept<T>(read: Result<T, Problem>, fields: &mut Fields) -> Option<T> {
    read.map_err(|problem| {
        let errors = problem.errors().iter();
        fields.errors.extend(errors.map(|error| (error.field.clone(), sentence(&error.detail))));
    })
    .ok()
}

/// Puts the reason why a time cannot be had at its field; where a word of confirmation is enough, it is
/// asked for.
pub fn slot_refused(refusal: &SlotRefusal, fields: &mut Fields) {
    let (field, said) = match refusal {
        SlotRefusal::OutsideHours | SlotRefusal::ClosedThatDay => {
            fields.asks_outside_hours = true;
            ("time", sentence(&refusal.to_string()))
        }
        SlotRefusal::DayBlocked { reason } => {
            fields.asks_outside_hours = true;
            let reason = reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
            ("date", format!("That date is blocked{reason}."))
        }
        SlotRefusal::TooFarAhead { .. } => ("date", sentence(&refusal.to_string())),
        SlotRefusal::BadDuration => ("duration_minutes", sentence(&refusal.to_string())),
        _ => ("time", sentence(&refusal.to_string())),
    };
    fields.errors.push((field.to_owned(), said));
}

/// With a capital letter and a full stop.
pub fn sentence(text: &str) -> String {
    let mut rest = text.chars();
    let first = rest.next().map(char::to_uppercase);
    first.into_iter().flatten().chain(rest).chain(['.']).collect()
}
