//! Appointments in a list: to come, over, called off.

use std::collections::BTreeSet;

use domain::appointments::{Appointment, Status};
use domain::ids::CallId;
use domain::page::Page;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use maud::{Markup, html};

use super::words::{guest_name, length, source, state};
use crate::layout::{Frame, Place};
use crate::parts::{Head, Icon, Style, When, empty, zone_name};

/// Which of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tab {
    /// Standing, and not over.
    Upcoming,
    /// Over, however they ended.
    Past,
    /// Called off, whenever they would have been.
    Cancelled,
}

impl Tab {
    const ALL: [Self; 3] = [Self::Upcoming, Self::Past, Self::Cancelled];

    /// In the address.
    pub fn word(self) -> &'static str {
        match self {
            Self::Upcoming => "upcoming",
            Self::Past => "past",
            Self::Cancelled => "cancelled",
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Upcoming => "Upcoming",
            Self::Past => "Past",
            Self::Cancelled => "Cancelled",
        }
    }
}

/// How those that are over may be narrowed.
const ENDS: [(Status, &str); 3] = [
    (Status::Scheduled, "Not marked yet"),
    (Status::Completed, "Completed"),
    (Status::NoShow, "Did not come"),
];

/// What the page shows.
pub struct Listed<'a> {
    /// Which of them.
    pub tab: Tab,
    /// The guest that is looked for.
    pub search: &'a str,
    /// How they ended, of those that are over.
    pub status: Option<Status>,
    /// A page of them.
    pub page: &'a Page<Appointment>,
    /// Calls that its reader may open.
    pub calls: &'a BTreeSet<CallId>,
    /// Whether its reader may make one.
    pub may_change: bool,
    /// The present time.
    pub now: Timestamp,
    /// In which zone its reader is.
    pub zone: &'a TimeZone,
}

/// The page.
pub fn page(frame: &Frame, listed: &Listed<'_>) -> String {
    let head = Head {
        title: "Appointments",
        sentence: Some(html! { span id="live-count" data-live="appointments" { (sentence(listed)) } }),
        actions: listed.may_change.then(new_button),
    };
    let body = html! {
        (head)
        section.panel aria-label={ (listed.tab.name()) " appointments" } {
            div.calbar {
                nav.seg aria-label="Which appointments" {
                    @for tab in Tab::ALL {
                        a href={ "/appointments?tab=" (tab.word()) } aria-current=[(tab == listed.tab).then_some("page")] { (tab.name()) }
                    }
                }
                (filter(listed))
            }
            div id="live-appointments" data-live="appointments" {
                @if listed.page.items.is_empty() { (nothing(listed)) } @else { (table(listed)) }
            }
        }
        div id="live-pager" data-live="appointments" { (pager(listed)) }
        p.t-sm.t-3.mt-2 { "Times in " span data-zone-name { (zone_name(listed.zone)) } "." }
    };
    frame.page(Place::Appointments, "Appointments", &body)
}

/// Leads to the form of a new one.
fn new_button() -> Markup {
    html! { a.btn.btn-cta href="/appointments/new" data-new { (Icon("plus-lg")) "New appointment" } }
}

fn sentence(listed: &Listed<'_>) -> Markup {
    let total = listed.page.total;
    let count = match (total, listed.page.total_is_exact) {
        (1, _) => "1 appointment".to_owned(),
        (_, true) => format!("{total} appointments"),
        (_, false) => format!("More than {total} appointments"),
    };
    let rest = match listed.tab {
        Tab::Upcoming => "to come",
        Tab::Past => "in the past",
        Tab::Cancelled => "called off",
    };
    let found = if listed.search.is_empty() { "" } else { " that match" };
    html! { (count) " " (rest) (found) "." }
}

fn filter(listed: &Listed<'_>) -> Markup {
    html! {
        form.filter method="get" action="/appointments" role="search" {
            input type="hidden" name="tab" value=(listed.tab.word());
            label.visually-hidden for="f-q" { "Guest: a name or a telephone number" }
            input.form-control id="f-q" type="search" name="q" value=(listed.search) maxlength="200" placeholder="Name or number";
            @if listed.tab == Tab::Past {
                label.visually-hidden for="f-status" { "How it ended" }
                select.form-select id="f-status" name="status" {
                    option value="" { "However it ended" }
                    @for (status, name) in ENDS {
                        option value=(status.as_str()) selected[listed.status == Some(status)] { (name) }
                    }
                }
            }
            button.btn.btn-soft { (Icon("search")) "Search" }
        }
    }
}

fn nothing(listed: &Listed<'_>) -> Markup {
    if !listed.search.is_empty() || listed.status.is_some() {
        let clear =
            html! { a.btn.btn-soft href={ "/appointments?tab=" (listed.tab.word()) } { "Clear the search" } };
        return empty(
            Icon("search"),
            "No appointments match",
            "Try a part of the name, or the whole number.",
            Some(clear),
        );
    }
    match listed.tab {
        Tab::Upcoming => {
            let calendar =
                listed.may_change.then(|| html! { a.btn.btn-soft href="/appointments/new" { "Make one" } });
            let sentence =
                "What your assistant books on the telephone appears here, and what you make yourself.";
            empty(Icon("calendar3"), "No upcoming appointments", sentence, calendar)
        }
        Tab::Past => empty(
            Icon("clock"),
            "Nothing in the past yet",
            "When an appointment is over, say here how it ended.",
            None,
        ),
        Tab::Cancelled => empty(
            Icon("calendar-x"),
            "Nothing was called off",
            "Cancelled appointments stay readable here.",
            None,
        ),
    }
}

fn table(listed: &Listed<'_>) -> Markup {
    html! {
        table.tbl.appointments {
            thead {
                tr {
                    th scope="col" { "Guest" }
                    th scope="col" { "When" }
                    th.hs scope="col" { "Length" }
                    th scope="col" { "Status" }
                    th.hs scope="col" { "Booked" }
                }
            }
            tbody { @for appointment in &listed.page.items { (row(appointment, listed)) } }
        }
    }
}

fn row(appointment: &Appointment, listed: &Listed<'_>) -> Markup {
    let guest = &appointment.guest;
    html! {
        tr {
            td {
                a.plain.strong.rowlink href={ "/appointments/" (appointment.id) } { (guest_name(appointment)) }
                div.t-sm.reach {
                    @if let Some(phone) = &guest.phone { a.above href={ "tel:" (phone) } { (phone) } }
                    @if let Some(email) = &guest.email { a.above.hs href={ "mailto:" (email) } { (email) } }
                }
            }
            td { (When { at: appointment.start, zone: listed.zone, style: Style::DateTime }) }
            td.hs.num { (length(appointment.duration_minutes)) }
            td { (state(appointment, listed.now)) }
            td.hs { (source(appointment, listed.calls)) }
        }
    }
}

/// Buttons of a form: they carry what was searched for.
fn pager(listed: &Listed<'_>) -> Markup {
    let (page, per_page) = (listed.page.page, i64::from(listed.page.per_page));
    let pages = (listed.page.total + per_page - 1) / per_page;
    if pages <= 1 {
        return Markup::default();
    }
    html! {
        form.page-steps method="get" action="/appointments" aria-label="Pages" {
            input type="hidden" name="tab" value=(listed.tab.word());
            input type="hidden" name="q" value=(listed.search);
            @if let Some(status) = listed.status { input type="hidden" name="status" value=(status.as_str()); }
            button.btn.btn-soft.btn-sm name="page" value=(page.saturating_sub(1)) disabled[page <= 1] { (Icon("chevron-left")) "Back" }
            span.t-sm.t-2.num { "Page " (page) " of " (pages) }
            button.btn.btn-soft.btn-sm name="page" value=(page + 1) disabled[i64::from(page) >= pages] { "Next" (Icon("chevron-right")) }
        }
    }
}
