//! Opening hours: the week, dates without slots, and what callers are offered on a day.

mod blocked;
mod offered;
mod week;

use maud::{Markup, html};

use crate::layout::{Frame, Place};
use crate::parts::{Head, Icon, panel};

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
        @if is_wrong { (not_saved()) }
        div.grid-2 {
            (panel("h-week", "The week", None, &week::week(hours.days, hours.offered.day, hours.may_change)))
            div.stack {
                (panel("h-offered", "What callers are offered", None, &offered::offered(hours.offered)))
                (panel("h-blocked", "Blocked dates", None, &blocked::blocked(hours)))
            }
        }
    };
    frame.page(Place::Hours, "Opening hours", &body)
}

fn not_saved() -> Markup {
    html! {
        div.note role="alert" {
            (Icon("exclamation-triangle-fill"))
            span.t { b { "Nothing was saved yet." } " One of the times below does not fit." }
        }
    }
}
