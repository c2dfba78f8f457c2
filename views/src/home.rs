//! The first page: what happened today, what waits, what comes next. And on a phone, the rest of the menu.

mod attention;
mod balance;
mod checklist;
mod kpis;
mod volume;

use domain::appointments::Appointment;
use domain::calls::Volume;
use jiff::tz::TimeZone;
use maud::{Markup, html};

use crate::appointments::guest_name;
use crate::calls::{Line, Now, Speaking, Table, play_in_place};
use crate::layout::{Frame, Place};
use crate::parts::{Head, Icon, Style, When, count, empty, panel, zone_name};

pub use attention::Attention;
pub use balance::Balance;
pub use checklist::Checklist;
pub use kpis::{Kpis, Last};

/// What the page shows.
pub struct Home<'a> {
    /// The hour where its reader is, 0 to 23.
    pub hour: i8,
    /// Four numbers.
    pub kpis: Kpis<'a>,
    /// The calls of today.
    pub volume: &'a Volume,
    /// What waits, the most urgent first.
    pub attention: &'a [Attention<'a>],
    /// For whoever sets the business up, until all of it is done.
    pub checklist: Option<&'a Checklist>,
    /// For those who may see money.
    pub balance: Option<&'a Balance>,
    /// Calls under way.
    pub now: &'a [Speaking],
    /// The latest calls of all.
    pub latest: &'a [Line],
    /// The next appointments; `None` for those who may not see them.
    pub next: Option<&'a [Appointment]>,
    /// They may make appointments.
    pub may_book: bool,
    /// Where its reader is.
    pub zone: &'a TimeZone,
    /// ISO 4217.
    pub currency: &'a str,
}

/// The page.
pub fn page(frame: &Frame, home: &Home<'_>) -> String {
    let greeting = greeting(&frame.person, home.hour);
    let all = |path: &str, label: &str| html! { a.t-sm href=(path) { (label) } };
    let actions =
        html! { a.btn.btn-soft href="/appointments/new" data-new { (Icon("plus-lg")) "New appointment" } };
    let body = html! {
        (Head { title: &greeting, sentence: Some(html! { span id="live-today" data-live="calls appointments balance" { (sentence(home)) } }), actions: home.may_book.then_some(actions) })
        (Now { calls: home.now, zone: home.zone })
        div id="live-kpis" data-live="calls appointments balance" { (home.kpis.strip()) }
        div.grid-2 {
            div.stack {
                div.stack id="live-waiting" data-live="calls appointments balance hours" {
                    @if let Some(checklist) = home.checklist { (checklist.panel(home.zone)) }
                    @if home.checklist.is_none() || !home.attention.is_empty() {
                        (attention::attention(home.attention, home.zone))
                    }
                }
                div id="live-volume" data-live="calls" { (volume::volume(home.volume, home.kpis.weekday)) }
                section.panel aria-labelledby="h-latest" id="live-latest" data-live="calls" {
                    header { h2 id="h-latest" { "Latest calls" } div.act { (all("/calls", "All calls")) } }
                    @if home.latest.is_empty() {
                        (empty(Icon("telephone"), "No calls yet", "Each call that your assistant takes will stand here.", None))
                    } @else {
                        div.pt-1.pb-1 { (Table { lines: home.latest, zone: home.zone, currency: home.currency }) }
                    }
                }
            }
            div.stack {
                @if let Some(balance) = home.balance {
                    div id="live-left" data-live="balance" { (balance.panel(home.currency)) }
                }
                @if let Some(next) = home.next {
                    (panel("h-next", "Next appointments", Some(all("/calendar", "Calendar")), &html! {
                        div id="live-next" data-live="appointments" { (agenda(next, home.zone)) }
                    }))
                }
            }
        }
        p.t-sm.t-3.mt-2 { "Times in " span data-zone-name { (zone_name(home.zone)) } "." }
        (play_in_place())
    };
    frame.page(Place::Home, "Home", &body)
}

/// What the assistant did today, and whether something waits.
fn sentence(home: &Home<'_>) -> Markup {
    let counted = |many: i64, what: &str| html! { b.strong { (count(many, what)) } };
    let booked = i64::try_from(home.kpis.booked).unwrap_or(i64::MAX);
    html! {
        @match (home.kpis.calls, booked) {
            (0, 0) => { "No calls yet today." },
            (calls, 0) => { "Your assistant took " (counted(calls, "call")) " today." },
            (calls, booked) => {
                "Your assistant took " (counted(calls, "call")) " today and booked " (counted(booked, "appointment")) "."
            },
        }
        @match home.attention.len() {
            0 => {},
            1 => { " One thing waits for you." },
            many => { " " (many) " things wait for you." },
        }
    }
}

/// By the first name, where there is one.
fn greeting(person: &str, hour: i8) -> String {
    let time = match hour {
        5..12 => "Good morning",
        12..18 => "Good afternoon",
        _ => "Good evening",
    };
    match person.split_whitespace().next() {
        Some(name) if !name.contains('@') => format!("{time}, {name}"),
        _ => time.to_owned(),
    }
}

fn agenda(next: &[Appointment], zone: &TimeZone) -> Markup {
    if next.is_empty() {
        return empty(Icon("calendar3"), "Nothing booked", "The next appointments will stand here.", None);
    }
    html! {
        ul.rows {
            @for appointment in next {
                li {
                    div.tx {
                        a.plain.strong href={ "/appointments/" (appointment.id) } { (guest_name(appointment)) }
                        div.t-sm.t-3 {
                            (When { at: appointment.start, zone, style: Style::DateTime })
                            " · " (appointment.duration_minutes) " min"
                        }
                    }
                }
            }
        }
    }
}

/// All pages as a list, for screens without the menu at the side.
pub fn more(frame: &Frame) -> String {
    let body = html! {
        (Head { title: "More", ..Head::default() })
        section.panel { div.body { ul.nav-g { (frame.entries(Place::Account)) } } }
    };
    frame.page(Place::Account, "More", &body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn somebody_is_greeted_by_the_first_name_and_the_time_of_day() {
        assert_eq!(greeting("Dana Ruiz", 5), "Good morning, Dana");
        assert_eq!(greeting("dana@example.com", 12), "Good afternoon");
        assert_eq!(
            (greeting("", 23), greeting("", 0)),
            ("Good evening".to_owned(), "Good evening".to_owned())
        );
    }
}
