//! Dates without slots, whatever the week says.

use jiff::civil::Date;
use maud::{Markup, html};

use super::Hours;
use crate::parts::{Field, Icon, Input, empty};

/// A date without slots.
pub struct Blocked {
    /// By which it is opened again.
    pub id: i64,
    /// On the calendar of the business.
    pub date: Date,
    /// For people.
    pub reason: Option<String>,
}

/// What stands in the form of another one.
#[derive(Default)]
pub struct NewBlocked {
    /// As typed.
    pub date: String,
    /// As typed.
    pub reason: String,
    /// What is wrong with the date.
    pub date_error: Option<String>,
    /// What is wrong with the reason.
    pub reason_error: Option<String>,
}

pub(super) fn blocked(hours: &Hours<'_>) -> Markup {
    html! {
        div id="live-blocked" data-live="hours" {
            @if hours.blocked.is_empty() {
                (empty(Icon("calendar-x"), "No blocked dates", "Holidays and days off: nothing is offered on them.", None))
            } @else {
                ul.rows { @for blocked in hours.blocked { (row(blocked, hours.may_change)) } }
            }
        }
        @if hours.may_change { (form(hours.new_blocked)) }
    }
}

fn row(blocked: &Blocked, may_change: bool) -> Markup {
    let day = blocked.date.strftime("%a, %b %-d, %Y").to_string();
    html! {
        li {
            div.tx {
                span.strong { (day) }
                @if let Some(reason) = &blocked.reason { div.t-sm.t-3 { (reason) } }
            }
            @if may_change {
                form.act method="post" action="/hours/unblock" {
                    input type="hidden" name="id" value=(blocked.id);
                    button.btn.btn-soft.btn-sm aria-label={ "Open again: " (day) } { "Open again" }
                }
            }
        }
    }
}

fn form(new: &NewBlocked) -> Markup {
    let line = |name, label, kind, value, is_required, error| Field {
        name,
        label,
        input: Input::Line { kind, autocomplete: Some("off") },
        value,
        is_required,
        hint: None,
        error,
    };
    html! {
        form.inline-form method="post" action="/hours/block" {
            (line("date", "Date", "date", new.date.as_str(), true, new.date_error.as_deref()))
            (line("reason", "Why (only for you)", "text", new.reason.as_str(), false, new.reason_error.as_deref()))
            button.btn.btn-soft { "Block the date" }
        }
    }
}
