//! The sentences an agent says. Business zone, 12-hour clock: they are spoken, not parsed.

use std::collections::BTreeMap;

use actors::tenant::{Availability, Declined, Greeting};
use domain::calendar::{Slot, SlotRefusal};
use domain::speech::{date_in_words, time_in_words, weekday_in_words};
use jiff::civil::DateTime;

/// The body was no JSON.
pub const NOT_UNDERSTOOD: &str = "I did not get that. Please tell me again what you need.";
/// Not decided; the same wish again is safe.
pub const TRY_AGAIN: &str = "I cannot reach the calendar just now. Please ask me again in a moment.";

const SUSPENDED: &str = "I am sorry, booking is not possible just now.";

/// "Thursday, January 15, 2026 at 10:00 AM"
pub fn moment(local: DateTime) -> String {
    let weekday = weekday_in_words(local.date());
    format!("{weekday}, {} at {}", date_in_words(local.date()), time_in_words(local.time()))
}

/// The specification's sentence.
pub fn booked(local_start: DateTime) -> String {
    let (date, time) = (date_in_words(local_start.date()), time_in_words(local_start.time()));
    format!("Appointment booked for {date} at {time}")
}

/// What a day has to offer.
pub fn availability(found: &Availability) -> String {
    if found.is_suspended {
        return SUSPENDED.to_owned();
    }
    let Some(date) = found.date else {
        return "I did not understand the day. Please say it with the month, such as January 15.".to_owned();
    };
    let day = format!("{}, {}", weekday_in_words(date), date_in_words(date));
    match (found.slots.len(), &found.next_available) {
        (0, Some(next)) => {
            format!("Nothing is free on {day}. The next free time is {}.", moment(next.local_start))
        }
        (0, None) => format!("Nothing is free on {day}."),
        (1, _) => format!("One time is free on {day}."),
        (count, _) => format!("{count} times are free on {day}."),
    }
}

/// Why a slot is not the caller's, and what else is free.
pub fn declined(reason: &Declined, alternatives: &[Slot]) -> String {
    let why = match reason {
        Declined::Suspended => return SUSPENDED.to_owned(),
        Declined::TooManyUpcoming(most) => {
            return format!("You already have {most} upcoming appointments, more are not possible.");
        }
        Declined::NoDate => "I did not understand the day.".to_owned(),
        Declined::NoTime => "I did not understand the time.".to_owned(),
        Declined::Slot(refusal) => slot_refused(refusal),
    };
    match alternatives {
        [] => why,
        slots => {
            let moments: Vec<String> = slots.iter().map(|slot| moment(slot.local_start)).collect();
            format!("{why} Free would be: {}.", moments.join("; "))
        }
    }
}

fn slot_refused(refusal: &SlotRefusal) -> String {
    match refusal {
        SlotRefusal::InThePast => "That time is already over.",
        SlotRefusal::TooSoon { .. } => "That is too soon for us.",
        SlotRefusal::TooFarAhead { .. } => "That is too far ahead for us.",
        SlotRefusal::DayBlocked { .. } => "We are closed on that day.",
        SlotRefusal::ClosedThatDay => "We are not open on that day of the week.",
        SlotRefusal::OutsideHours => "That is outside our opening hours.",
        SlotRefusal::OffGrid => "Appointments do not start at that time.",
        SlotRefusal::Taken => "That time is already taken.",
        SlotRefusal::NoSuchTime => "That time does not exist on that day, the clocks change.",
        SlotRefusal::BadDuration => "An appointment cannot be that long.",
    }
    .to_owned()
}

/// What an agent knows when the telephone rings: always strings, always all of them, because an
/// unset variable is spoken literally.
pub fn variables(greeting: &Greeting) -> BTreeMap<&'static str, String> {
    let local_now = greeting.local_now;
    let moments: Vec<String> = greeting.next_slots.iter().map(|slot| moment(slot.local_start)).collect();
    let caller = greeting.caller.as_ref();
    let next_appointment = caller.and_then(|caller| caller.upcoming.first());
    BTreeMap::from([
        ("company_name", greeting.company.clone()),
        ("timezone", greeting.timezone.clone()),
        ("date", date_in_words(local_now.date())),
        ("weekday", weekday_in_words(local_now.date()).to_owned()),
        ("time", time_in_words(local_now.time())),
        ("open_or_closed", if greeting.is_open { "open" } else { "closed" }.to_owned()),
        ("next_free_slots", moments.join("; ")),
        ("caller_name", caller.and_then(|caller| caller.name.clone()).unwrap_or_default()),
        ("caller_next_appointment", next_appointment.map(|(_, start)| moment(*start)).unwrap_or_default()),
    ])
}
