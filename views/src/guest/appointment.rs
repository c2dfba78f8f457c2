//! The appointment itself: when, with whom, and what can be done about it.

use maud::{Markup, html};

use super::{Guest, shell, when};
use crate::appointments::length;
use crate::parts::{Icon, Tag, tag};

/// How the appointment stands for its guest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// To come, or under way.
    Stands(Moving),
    /// Called off.
    Cancelled,
    /// Its time has passed.
    Over,
}

/// Whether the guest may move it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moving {
    /// Yes.
    Open,
    /// Not with this business just now.
    Suspended,
    /// They did so as often as they may.
    TooOften,
}

/// What has just been done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Happened {
    /// It has another time.
    Moved,
    /// It has the time it had.
    Unchanged,
}

/// The page.
pub fn appointment(guest: &Guest<'_>, standing: Standing, happened: Option<Happened>) -> String {
    let appointment = guest.appointment;
    let title = match standing {
        Standing::Stands(_) => "Your appointment",
        Standing::Cancelled => "Your appointment is cancelled",
        Standing::Over => "This appointment is over",
    };
    let is_off = !matches!(standing, Standing::Stands(_));
    let content = html! {
        @match happened {
            Some(Happened::Moved) => div.said role="status" { (Icon("check-circle-fill")) "Your appointment has been moved." },
            Some(Happened::Unchanged) => div.said role="status" { (Icon("check-circle-fill")) "Your appointment keeps its time." },
            None => {}
        }
        div.g-title { h1 { (title) } @if !is_off { (tag(Tag::Good, "Booked")) } }
        (when::large(appointment.start, appointment.end, guest.zone, is_off))
        dl.facts {
            dt { "With" } dd { (guest.business) }
            @if let Some(name) = &appointment.guest.name { dt { "For" } dd { (name) } }
            dt { "Length" } dd { (length(appointment.duration_minutes)) }
            @if let Some(phone) = guest.phone { dt { "Phone" } dd { a.num href={ "tel:" (phone) } { (phone) } } }
        }
        @match standing {
            Standing::Stands(moving) => (actions(guest, moving)),
            Standing::Cancelled => p.g-next { "Would you like another appointment? Please " (guest.call_us()) "." },
            Standing::Over => p.g-next { "It cannot be changed any more. If you need anything else, please " (guest.call_us()) "." },
        }
    };
    shell::page(guest.platform, guest.business, title, &content)
}

fn actions(guest: &Guest<'_>, moving: Moving) -> Markup {
    html! {
        @match moving {
            Moving::Open => {},
            Moving::Suspended => div.note.g-note { (Icon("telephone")) span.t { "To move your appointment, please " (guest.call_us()) "." } },
            Moving::TooOften => div.note.g-note {
                (Icon("telephone"))
                span.t { "You have moved this appointment as often as is possible here. To move it again, please " (guest.call_us()) "." }
            },
        }
        div.g-actions {
            @if moving == Moving::Open {
                a.btn.btn-cta href={ (guest.path) "/move" } { (Icon("arrow-left-right")) "Move to another time" }
            }
            a.btn.btn-soft href={ (guest.path) "/calendar.ics" } { (Icon("calendar-plus")) "Add to your calendar" }
            a.btn.btn-soft.btn-danger-soft href={ (guest.path) "/cancel" } { (Icon("calendar-x")) "Cancel appointment" }
        }
    }
}
