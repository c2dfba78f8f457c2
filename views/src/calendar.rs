//! The calendar: a week as a list, which is all there is without a script and what phones begin with;
//! month and week are drawn over it by `calendar.js`.

use std::collections::BTreeSet;

use domain::appointments::Appointment;
use domain::ids::CallId;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};
use maud::{Markup, html};

use crate::appointments::{guest_name, length, source, state};
use crate::assets::address;
use crate::layout::{Frame, Place};
use crate::parts::{Head, Icon, Style, When, count, empty, zone_name};

/// How it is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum View {
    /// By the script.
    Month,
    /// By the script.
    Week,
    /// By the server.
    List,
}

impl View {
    /// In the address.
    pub fn word(self) -> &'static str {
        match self {
            Self::Month => "month",
            Self::Week => "week",
            Self::List => "list",
        }
    }

    /// Reads it.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Month, Self::Week, Self::List].into_iter().find(|view| view.word() == word)
    }
}

/// What the page shows.
pub struct Calendar<'a> {
    /// As asked; the script decides where nothing was.
    pub view: Option<View>,
    /// The day that is meant.
    pub day: Date,
    /// The Monday of its week.
    pub monday: Date,
    /// Those that touch the week, in the order of time.
    pub appointments: &'a [Appointment],
    /// Calls that its reader may open.
    pub calls: &'a BTreeSet<CallId>,
    /// Whether its reader may change them.
    pub may_change: bool,
    /// The present time.
    pub now: Timestamp,
    /// In which zone it is shown: its reader's, or the business's.
    pub zone: &'a TimeZone,
    /// Where its reader is.
    pub readers_zone: &'a TimeZone,
    /// Where the business is.
    pub business_zone: &'a TimeZone,
}

/// The page.
pub fn page(frame: &Frame, calendar: &Calendar<'_>) -> String {
    let standing: Vec<_> = calendar.appointments.iter().filter(|one| one.holds_its_time()).collect();
    let booked = i64::try_from(standing.len()).unwrap_or(i64::MAX);
    let by_phone = standing.iter().filter(|one| one.call.is_some()).count();
    let sentence = html! {
        span id="c-count" data-live="appointments" { (count(booked, "appointment")) " booked in this week · " (by_phone) " by your assistant" }
    };
    let actions = html! {
        a.btn.btn-soft href=(Place::Hours.path()) { (Icon("clock")) "Opening hours" }
        @if calendar.may_change {
            a.btn.btn-cta href="/appointments/new" data-new { (Icon("plus-lg")) "New appointment" }
        }
    };
    let body = html! {
        (Head { title: "Calendar", sentence: Some(sentence), actions: Some(actions) })
        section.panel aria-label="Calendar" {
            (bar(calendar))
            div id="cal" hidden data-view=[calendar.view.map(View::word)] data-date=(calendar.day)
                data-zone=(iana(calendar.zone)) data-business=(iana(calendar.business_zone))
                data-is-business-time[is_business_time(calendar)] data-may-change[calendar.may_change] {}
            div id="cal-list" { div id="live-week" data-live="appointments hours" { (list(calendar)) } }
        }
        @if calendar.may_change {
            p.t-sm.t-3.mt-2 id="c-hint" hidden {
                "Drag an appointment to move it. With the keyboard: open it, then “Reschedule”."
            }
        }
        div.c-toast role="status" id="c-said" { span {} button.btn.btn-soft.btn-sm type="button" hidden { "Undo" } }
        (outside())
        script src=(address("fullcalendar.js")) defer {}
        script src=(address("calendar.js")) defer {}
    };
    frame.page(Place::Calendar, "Calendar", &body)
}

fn iana(zone: &TimeZone) -> &str {
    zone.iana_name().unwrap_or("UTC")
}

fn is_business_time(calendar: &Calendar<'_>) -> bool {
    calendar.zone == calendar.business_zone && calendar.readers_zone != calendar.business_zone
}

/// The address of the list of another day.
fn list_of(calendar: &Calendar<'_>, day: Option<Date>, is_business_time: bool) -> String {
    let day = day.map(|day| format!("&date={day}")).unwrap_or_default();
    let zone = if is_business_time { "&zone=business" } else { "" };
    let view = calendar.view.unwrap_or(View::List).word();
    format!("/calendar?view={view}{day}{zone}")
}

fn bar(calendar: &Calendar<'_>) -> Markup {
    let is_theirs = is_business_time(calendar);
    let week = |weeks: i64| calendar.monday.checked_add(Span::new().weeks(weeks)).ok();
    let sunday = calendar.monday.saturating_add(Span::new().days(6));
    let title = format!("{} – {}", calendar.monday.strftime("%b %-d"), sunday.strftime("%b %-d, %Y"));
    html! {
        div.calbar {
            a.btn.btn-soft.btn-sm href=(list_of(calendar, None, is_theirs)) data-step="0" { "Today" }
            a.icon-btn href=(list_of(calendar, week(-1), is_theirs)) data-step="-1" aria-label="Before" { (Icon("chevron-left")) }
            a.icon-btn href=(list_of(calendar, week(1), is_theirs)) data-step="1" aria-label="After" { (Icon("chevron-right")) }
            h2 id="c-title" aria-live="polite" { (title) }
            @if calendar.readers_zone == calendar.business_zone {
                span.tag { (zone_name(calendar.zone)) }
            } @else {
                nav.seg aria-label="Whose time" {
                    a href=(list_of(calendar, Some(calendar.day), false)) data-time="mine" aria-current=[(!is_theirs).then_some("true")]
                        title=(zone_name(calendar.readers_zone)) { "My time" }
                    a href=(list_of(calendar, Some(calendar.day), true)) data-time="business" aria-current=[is_theirs.then_some("true")]
                        title=(zone_name(calendar.business_zone)) { "Business time" }
                }
            }
            div.legend.ms-auto.hide-m {
                span { i.sw.sw-a {} "By phone" }
                span { i.sw.sw-c {} "By your team" }
            }
            div.seg role="group" aria-label="View" {
                button type="button" data-v="month" hidden { "Month" }
                button type="button" data-v="week" hidden { "Week" }
                button type="button" data-v="list" hidden { "List" }
            }
        }
    }
}

fn list(calendar: &Calendar<'_>) -> Markup {
    if calendar.appointments.is_empty() {
        let hours = html! { a.btn.btn-soft href=(Place::Hours.path()) { "See the opening hours" } };
        let sentence = "What callers are offered follows from the opening hours.";
        return empty(Icon("calendar3"), "Nothing booked this week", sentence, Some(hours));
    }
    let days = calendar.monday.series(Span::new().days(1)).take(7);
    let today = calendar.zone.to_datetime(calendar.now).date();
    html! {
        @for day in days {
            @let of_day = of_day(calendar, day);
            @if !of_day.is_empty() {
                h3.c-day { (day.strftime("%A, %B %-d").to_string()) @if day == today { " " span.tag { "Today" } } }
                ul.agenda.c-agenda { @for appointment in of_day { (entry(appointment, calendar)) } }
            }
        }
        p.t-sm.t-3.c-zone { "Times in " (zone_name(calendar.zone)) "." }
    }
}

/// Those that begin on a day; what began before the week stands on its first.
fn of_day<'a>(calendar: &Calendar<'a>, day: Date) -> Vec<&'a Appointment> {
    let on = |appointment: &&Appointment| {
        calendar.zone.to_datetime(appointment.start).date().max(calendar.monday) == day
    };
    calendar.appointments.iter().filter(on).collect()
}

fn entry(appointment: &Appointment, calendar: &Calendar<'_>) -> Markup {
    // Not a `time` that the script writes anew: the zone was chosen on this page.
    let time = When { at: appointment.start, zone: calendar.zone, style: Style::Time }.text();
    html! {
        li {
            span.when.num { time datetime=(appointment.start) { (time) } }
            span {
                a.plain.strong href={ "/appointments/" (appointment.id) } { (guest_name(appointment)) }
                span.d-block.t-sm.t-3 { (length(appointment.duration_minutes)) " · " (source(appointment, calendar.calls)) }
            }
            (state(appointment, calendar.now))
        }
    }
}

/// Asks before something is put outside the opening hours.
fn outside() -> Markup {
    html! {
        dialog.ask id="c-outside" aria-labelledby="h-outside" {
            form method="dialog" {
                h2 id="h-outside" { "Outside the opening hours" }
                p.t-2.mt-2 {}
                div.d-flex.gap-2.justify-content-end {
                    button.btn.btn-soft value="no" { "Leave it" }
                    button.btn.btn-cta value="yes" { "Book it all the same" }
                }
            }
        }
    }
}
