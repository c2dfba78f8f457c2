//! Opening hours: the week, dates without slots, and what callers are offered on a day.

mod blocked;
mod offered;
mod week;

use domain::appointments::Appointment;
use jiff::tz::TimeZone;
use maud::{Markup, html};

use crate::appointments::guest_name;
use crate::layout::{Frame, Place};
use crate::parts::{Head, Icon, Style, When, panel};

pub use blocked::{Blocked, NewBlocked};
pub use offered::Offered;
pub use week::{DAYS, Day, Kind, Row};

/// What the page shows.
pub struct Hours<'a> {
    /// IANA name of the zone of the business, in which all of it is meant.
    pub timezone: &'a str,
    /// From Monday on.
    pub days: &'a [Day],
    /// Those to come.
    pub blocked: &'a [Blocked],
    /// In the form of another one.
    pub new_blocked: &'a NewBlocked,
    /// What callers are offered on a day.
    pub offered: &'a Offered,
    /// Booked outside of the week that is shown or tried, the next one first.
    pub outside: &'a [Appointment],
    /// Of the week that is saved: the form says which one it was made from.
    pub revision: i64,
    /// Somebody else has saved another week meanwhile.
    pub is_overtaken: bool,
    /// Where its reader is.
    pub zone: &'a TimeZone,
    /// Whether its reader may change it.
    pub may_change: bool,
}

/// The page.
pub fn page(frame: &Frame, hours: &Hours<'_>) -> String {
    let is_wrong = hours.days.iter().flat_map(|day| &day.rows).any(|row| row.error.is_some());
    let sentence = html! {
        "When your assistant may book. All times are in " b.strong { (hours.timezone.replace('_', " ")) }
        ", where your business is."
    };
    let body = html! {
        (Head { title: "Opening hours", sentence: Some(sentence), actions: None })
        @if is_wrong { (not_saved("One of the times below does not fit.")) }
        @if hours.is_overtaken {
            (not_saved("Somebody else has changed the week meanwhile. Below is what you typed; save again to replace theirs, or open the page anew to see it."))
        }
        @if !hours.outside.is_empty() { (outside(hours)) }
        div.grid-2 {
            (panel("h-week", "The week", None, &week::week(hours)))
            div.stack {
                (panel("h-offered", "What callers are offered", None, &offered::offered(hours.offered)))
                (panel("h-blocked", "Blocked dates", None, &blocked::blocked(hours)))
            }
        }
    };
    frame.page(Place::Hours, "Opening hours", &body)
}

/// Booked all the same: people have been told these times.
fn outside(hours: &Hours<'_>) -> Markup {
    const SHOWN: usize = 5;
    let which = if hours.offered.is_unsaved { "the week you are trying" } else { "these hours" };
    html! {
        div.note role="status" {
            (Icon("exclamation-triangle-fill"))
            div.t {
                b {
                    @match hours.outside.len() {
                        1 => { "An appointment is outside " (which) ". " },
                        many => { (many) " appointments are outside " (which) ". " },
                    }
                }
                "They stay booked until somebody moves or cancels them."
                ul.mb-0.mt-1 {
                    @for one in hours.outside.iter().take(SHOWN) {
                        li {
                            a href={ "/appointments/" (one.id) } { (guest_name(one)) } ", "
                            (When { at: one.start, zone: hours.zone, style: Style::DateTime })
                        }
                    }
                    @if hours.outside.len() > SHOWN { li { "and " (hours.outside.len() - SHOWN) " more" } }
                }
            }
        }
    }
}

fn not_saved(why: &str) -> Markup {
    html! {
        div.note role="alert" {
            (Icon("exclamation-triangle-fill"))
            span.t { b { "Nothing was saved yet. " } (why) }
        }
    }
}
