//! What an appointment is, in the words that every page has for it.

use std::collections::BTreeSet;

use domain::appointments::{Appointment, Status};
use domain::ids::CallId;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use maud::{Markup, html};

use crate::parts::{Style, Tag, When, tag};

/// Who comes; a caller may have said nothing.
pub(crate) fn guest_name(appointment: &Appointment) -> &str {
    let guest = &appointment.guest;
    let known = [&guest.name, &guest.phone, &guest.email].into_iter().find_map(Option::as_deref);
    known.unwrap_or("Guest without a name")
}

/// `1 h 30 min`
pub(crate) fn length(minutes: u32) -> String {
    match (minutes / 60, minutes % 60) {
        (0, minutes) => format!("{minutes} min"),
        (hours, 0) => format!("{hours} h"),
        (hours, minutes) => format!("{hours} h {minutes} min"),
    }
}

/// How it stands. What has begun and is not marked wants somebody to say how it ended.
pub(crate) fn state(appointment: &Appointment, now: Timestamp) -> Markup {
    match appointment.status {
        Status::Scheduled if appointment.end <= now => tag(Tag::Warn, "Not marked yet"),
        Status::Scheduled => tag(Tag::Good, "Booked"),
        Status::Completed => tag(Tag::Neutral, "Completed"),
        Status::NoShow => tag(Tag::Bad, "Did not come"),
        Status::Cancelled => tag(Tag::Neutral, "Cancelled"),
    }
}

/// Who booked it; the call in which that was, where it is among those that its reader may open.
pub(crate) fn source(appointment: &Appointment, calls: &BTreeSet<CallId>) -> Markup {
    match appointment.call {
        Some(call) if !calls.contains(&call) => tag(Tag::Agent, "By phone"),
        Some(call) => html! { a.above href={ "/calls/" (call) } { (tag(Tag::Agent, "By phone")) } },
        None => tag(Tag::Caller, "By your team"),
    }
}

/// When, how long, who, how it stands: a version of it in one sentence.
pub(super) fn version(appointment: &Appointment, zone: &TimeZone, now: Timestamp) -> Markup {
    html! {
        (guest_name(appointment)) ", "
        (When { at: appointment.start, zone, style: Style::DateTime }) ", "
        (length(appointment.duration_minutes)) " " (state(appointment, now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_is_said_in_hours_and_minutes() {
        for (minutes, said) in [(45, "45 min"), (60, "1 h"), (90, "1 h 30 min"), (1440, "24 h")] {
            assert_eq!(length(minutes), said);
        }
    }
}
