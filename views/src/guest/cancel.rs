//! The way out: asks once more, and why, which nobody must say.

use maud::html;

use super::choose::back;
use super::{Guest, shell, when};
use crate::parts::{Field, Icon, Input};

/// The page. `reason` is what was typed before, where the appointment was changed meanwhile.
pub fn cancel(guest: &Guest<'_>, may_move: bool, reason: Option<&str>) -> String {
    let appointment = guest.appointment;
    let content = html! {
        (back(guest))
        h1 { "Cancel this appointment?" }
        @if reason.is_some() {
            div.note.g-note role="alert" {
                (Icon("exclamation-triangle-fill"))
                span.t { b { "The appointment was changed meanwhile. " } "This is how it is now. Nothing was cancelled." }
            }
        }
        (when::large(appointment.start, appointment.end, guest.zone, false))
        form method="post" action={ (guest.path) "/cancel" } {
            input type="hidden" name="revision" value=(appointment.revision);
            (Field {
                name: "reason",
                label: "Why? (optional)",
                input: Input::Lines,
                value: reason.unwrap_or_default(),
                is_required: false,
                hint: Some("Only the business reads it."),
                error: None,
            })
            div.g-actions {
                button.btn.btn-soft.btn-danger-soft { (Icon("calendar-x")) "Cancel appointment" }
                a.btn.btn-soft href=(guest.path) { "Keep it" }
            }
        }
        @if may_move {
            p.g-next { "Does only the time not suit you? " a href={ (guest.path) "/move" } { "Move it instead" } "." }
        }
    };
    shell::page(guest.platform, guest.business, "Cancel this appointment?", &content)
}
