//! What callers are offered on a day, by the rule that their calls go through.

use domain::calendar::Slot;
use jiff::civil::Date;
use maud::{Markup, html};

use crate::appointments::length;

/// What a day has to offer.
pub struct Offered {
    /// The day.
    pub day: Date,
    /// Minutes of a slot.
    pub duration_minutes: u32,
    /// What is free.
    pub slots: Vec<Slot>,
    /// The first free one after it, where the day has none.
    pub next: Option<Slot>,
    /// Nothing can be booked just now.
    pub is_suspended: bool,
    /// Follows from a week that is not saved.
    pub is_unsaved: bool,
}

pub(super) fn offered(offered: &Offered) -> Markup {
    let day = offered.day.strftime("%A, %B %-d, %Y").to_string();
    html! {
        form.d-flex.gap-2.mb-3 method="get" action="/hours" {
            label.visually-hidden for="f-day" { "Day" }
            input.form-control id="f-day" type="date" name="day" value=(offered.day) required;
            button.btn.btn-soft { "Show" }
        }
        @if offered.is_unsaved { p.t-sm.t-warn { b { "With the week as you typed it, which is not saved yet." } } }
        @if offered.is_suspended {
            p.mb-0 { "Nothing: this account is suspended." }
        } @else if offered.slots.is_empty() {
            p.mb-1 { "Nothing on " (day) "." }
            @if let Some(next) = offered.next {
                p.t-2.t-sm.mb-0 { "The next free time is " (next.local_start.strftime("%A, %B %-d, %-I:%M %p").to_string()) "." }
            }
        } @else {
            p.t-2 { (day) ": " (count(offered.slots.len())) " of " (length(offered.duration_minutes)) "." }
            ul.offered { @for slot in &offered.slots { li.tag.tag-agent { (slot.local_start.strftime("%-I:%M %p").to_string()) } } }
        }
    }
}

fn count(slots: usize) -> String {
    if slots == 1 { "one time".to_owned() } else { format!("{slots} times") }
}
