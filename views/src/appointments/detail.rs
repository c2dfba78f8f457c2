//! One appointment: what is known of it, and a form for each thing that can be done about it.

use std::collections::BTreeSet;

use domain::appointments::{Appointment, Status};
use domain::ids::CallId;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use maud::{Markup, html};

use super::form::Fields;
use super::words::{guest_name, length, source, state, version};
use crate::layout::{Frame, Place};
use crate::messages::{Message, of_appointment};
use crate::parts::{Field, Head, Icon, Input, Style, When, panel, zone_name};

/// Which form was sent and not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tried {
    /// Another time.
    Move,
    /// Another guest, other notes.
    Details,
    /// Calling it off.
    Cancel,
    /// How it ended.
    Outcome,
    /// Its confirmation once more.
    Resend,
}

/// Why a form was not taken, where no field is at fault.
pub enum Notice<'a> {
    /// Somebody was first; the page shows the appointment as it is now.
    ChangedMeanwhile,
    /// The time is held, by this one where it is known.
    Taken(Option<&'a Appointment>),
    /// In a sentence.
    Refused(&'a str),
}

/// What the page shows.
pub struct Opened<'a> {
    /// As it is now.
    pub appointment: &'a Appointment,
    /// What stands in its forms.
    pub fields: &'a Fields,
    /// The form that is open.
    pub tried: Option<Tried>,
    /// What stood in its way.
    pub notice: Option<Notice<'a>>,
    /// Calls that its reader may open.
    pub calls: &'a BTreeSet<CallId>,
    /// What its guest was told, for those who may see it.
    pub messages: Option<&'a [Message]>,
    /// Whether its reader may change it.
    pub may_change: bool,
    /// The present time.
    pub now: Timestamp,
    /// In which zone its reader is.
    pub zone: &'a TimeZone,
    /// In which zone date and time in its forms are meant.
    pub form_zone: &'a TimeZone,
    /// Where the business is.
    pub business_zone: &'a TimeZone,
}

/// The page.
pub fn page(frame: &Frame, opened: &Opened<'_>) -> String {
    let appointment = opened.appointment;
    let name = guest_name(appointment);
    let sentence = html! {
        (When { at: appointment.start, zone: opened.zone, style: Style::Long }) ", "
        (length(appointment.duration_minutes)) " " (state(appointment, opened.now))
    };
    let body = html! {
        nav.crumb aria-label="Path" { a href="/appointments" { "Appointments" } span aria-hidden="true" { "/" } span { (appointment.id) } }
        (Head { title: name, sentence: Some(html! { span id="live-when" data-live="appointments" { (sentence) } }), actions: None })
        @if let Some(notice) = &opened.notice { (stands_in_the_way(notice, opened)) }
        div.grid-2 {
            div.stack {
                (panel("h-about", "About it", None, &follows("live-about", &about(opened))))
                @if opened.may_change { (panel("h-change", "Change it", None, &follows("live-changes", &changes(opened)))) }
            }
            div.stack {
                (panel("h-guest", "Guest", None, &follows("live-guest", &guest(appointment))))
                @if opened.messages.is_some() || may_resend(opened) { (panel("h-messages", "Messages", None, &messages(opened))) }
                (panel("h-history", "History", None, &follows("live-history", &history(opened))))
            }
        }
        p.t-sm.t-3.mt-2 { "Times in " span data-zone-name { (zone_name(opened.zone)) } "." }
    };
    frame.page(Place::Appointments, name, &body)
}

/// A part that is put in place anew when an appointment has changed.
fn follows(id: &str, part: &Markup) -> Markup {
    html! { div id=(id) data-live="appointments" { (part) } }
}

fn stands_in_the_way(notice: &Notice<'_>, opened: &Opened<'_>) -> Markup {
    match notice {
        Notice::ChangedMeanwhile => html! {
            div.note role="alert" {
                (Icon("exclamation-triangle-fill"))
                div.t {
                    b { "Somebody has changed this appointment meanwhile. " }
                    "Nothing of yours was saved."
                    div { "As it is now: " (version(opened.appointment, opened.zone, opened.now)) }
                    div { "As you wanted it: " (wanted(opened)) }
                    "Send your form again if that is still right."
                }
            }
        },
        Notice::Taken(other) => taken(*other, opened.fields, opened.zone, opened.now),
        Notice::Refused(sentence) => html! {
            div.note role="alert" { (Icon("exclamation-triangle-fill")) span.t { (sentence) } }
        },
    }
}

/// What was wanted, and what is there.
pub fn taken(other: Option<&Appointment>, fields: &Fields, zone: &TimeZone, now: Timestamp) -> Markup {
    html! {
        div.note role="alert" {
            (Icon("exclamation-triangle-fill"))
            div.t {
                b { "That time is taken. " } "Nothing was saved."
                div { "You wanted: " (fields.wanted()) }
                @match other {
                    Some(other) => div { "There already: " a href={ "/appointments/" (other.id) } { (version(other, zone, now)) } },
                    None => div { "Too close to another appointment: your settings keep some room between two." },
                }
            }
        }
    }
}

fn wanted(opened: &Opened<'_>) -> Markup {
    let fields = opened.fields;
    match opened.tried {
        Some(Tried::Move) => html! { (fields.wanted()) ", " (fields.duration_minutes) " min" },
        Some(Tried::Details) => html! {
            (fields.guest_name) ", " (fields.guest_phone) ", " (fields.guest_email)
            @if !fields.notes.is_empty() { ", “" (fields.notes) "”" }
        },
        Some(Tried::Cancel) => html! { "cancelled" },
        Some(Tried::Outcome | Tried::Resend) | None => html! { "marked as over" },
    }
}

fn about(opened: &Opened<'_>) -> Markup {
    let appointment = opened.appointment;
    let (start, end) = (appointment.start, appointment.end);
    let is_elsewhere = opened.zone.to_offset(start) != opened.business_zone.to_offset(start);
    html! {
        dl.facts {
            dt { "When" }
            dd {
                (When { at: start, zone: opened.zone, style: Style::DateTime }) " to "
                (When { at: end, zone: opened.zone, style: Style::Time })
                @if is_elsewhere {
                    // Not a `time`: the script would write it anew in the reader's own zone.
                    div.t-sm.t-2 {
                        (When { at: start, zone: opened.business_zone, style: Style::DateTime }.text())
                        " in " (zone_name(opened.business_zone)) ", where the business is"
                    }
                }
            }
            dt { "Booked" }
            dd { (source(appointment, opened.calls)) }
            @if let Some(notes) = &appointment.notes { dt { "Notes" } dd.typed { (notes) } }
            @if let Some(reason) = &appointment.cancellation_reason { dt { "Why it was cancelled" } dd.typed { (reason) } }
        }
    }
}

fn guest(appointment: &Appointment) -> Markup {
    let guest = &appointment.guest;
    html! {
        p.strong.mb-1 { (guest_name(appointment)) }
        @if let Some(phone) = &guest.phone { p.mb-1 { (Icon("telephone")) " " a href={ "tel:" (phone) } { (phone) } } }
        @if let Some(email) = &guest.email { p.mb-1.typed { (Icon("envelope")) " " a href={ "mailto:" (email) } { (email) } } }
        @if guest.phone.is_none() && guest.email.is_none() { p.t-2.t-sm.mb-0 { "Neither a number nor an address is known." } }
    }
}

/// A confirmation is of what is still to come.
fn may_resend(opened: &Opened<'_>) -> bool {
    let appointment = opened.appointment;
    opened.may_change && appointment.status == Status::Scheduled && opened.now < appointment.start
}

fn messages(opened: &Opened<'_>) -> Markup {
    html! {
        div id="live-messages" data-live="messages appointments" {
            @match opened.messages {
                Some(messages) => (of_appointment(messages, opened.zone)),
                None => p.t-2.t-sm { "The confirmation goes to the guest's address and number." },
            }
            @if may_resend(opened) {
                form method="post" action={ "/appointments/" (opened.appointment.id) "/resend" } {
                    button.btn.btn-soft { (Icon("send")) "Send the confirmation again" }
                }
            }
        }
    }
}

fn history(opened: &Opened<'_>) -> Markup {
    let appointment = opened.appointment;
    let instant = |at| When { at, zone: opened.zone, style: Style::DateTime };
    html! {
        dl.facts {
            dt { "Booked" } dd { (instant(appointment.created_at)) }
            @if appointment.updated_at != appointment.created_at {
                dt { "Last changed" } dd { (instant(appointment.updated_at)) }
            }
        }
    }
}

fn changes(opened: &Opened<'_>) -> Markup {
    let appointment = opened.appointment;
    let is_standing = appointment.status == Status::Scheduled;
    let fields = opened.fields;
    let reason = Field {
        name: "reason",
        label: "Why (only for you)",
        input: Input::Line { kind: "text", autocomplete: Some("off") },
        value: &fields.reason,
        is_required: false,
        hint: None,
        error: fields.error("reason"),
    };
    html! {
        @if appointment.status != Status::Cancelled && opened.now >= appointment.start { (outcomes(opened)) }
        @if is_standing {
            (fold(opened, Tried::Move, "move", "Reschedule", &html! {
                (fields.when(opened.form_zone, true))
                button.btn.btn-cta { "Move the appointment" }
            }))
        }
        (fold(opened, Tried::Details, "details", "Edit guest and notes", &html! {
            (fields.guest())
            button.btn.btn-soft { "Save" }
        }))
        @if is_standing {
            (fold(opened, Tried::Cancel, "cancel", "Cancel the appointment", &html! {
                p.t-2 { "Its time is free again at once. This cannot be taken back." }
                (reason)
                button.btn.btn-soft.btn-danger-soft { "Cancel the appointment" }
            }))
        }
    }
}

fn outcomes(opened: &Opened<'_>) -> Markup {
    let appointment = opened.appointment;
    let ends = [
        (Status::Completed, "completed", "The guest came"),
        (Status::NoShow, "no-show", "The guest did not come"),
    ];
    html! {
        form.outcome method="post" action={ "/appointments/" (appointment.id) "/outcome" } {
            input type="hidden" name="revision" value=(appointment.revision);
            @for (status, word, name) in ends {
                @if appointment.status != status { button.btn.btn-soft name="outcome" value=(word) { (name) } }
            }
        }
    }
}

/// A form that is opened when it is wanted, without a script.
fn fold(opened: &Opened<'_>, tried: Tried, path: &str, title: &str, content: &Markup) -> Markup {
    html! {
        details.fold open[opened.tried == Some(tried)] {
            summary { (title) }
            form method="post" action={ "/appointments/" (opened.appointment.id) "/" (path) } {
                input type="hidden" name="revision" value=(opened.appointment.revision);
                (content)
            }
        }
    }
}
