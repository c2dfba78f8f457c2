//! Another time: the days of a month, then the free times of one of them.

use domain::calendar::{Offer, Slot};
use jiff::ToSpan;
use jiff::civil::Date;
use maud::{Markup, html};

use super::{Guest, shell, when};
use crate::parts::Icon;

/// Why what was chosen before was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Obstacle<'a> {
    /// The business has changed the appointment meanwhile.
    ChangedMeanwhile,
    /// That time is not free any more; why, in a sentence.
    NotFree(&'a str),
    /// None was chosen.
    NothingChosen,
}

/// The page.
pub fn choose(guest: &Guest<'_>, offer: &Offer, obstacle: Option<Obstacle<'_>>) -> String {
    let appointment = guest.appointment;
    let content = html! {
        (back(guest))
        h1 { "Choose another time" }
        p.t-2 { "Now " (when::inline(appointment.start, guest.zone)) "." }
        @if let Some(obstacle) = obstacle {
            div.note.g-note role="alert" { (Icon("exclamation-triangle-fill")) span.t { (sentence(obstacle)) } }
        }
        @if offer.days.is_empty() && !offer.has_before && !offer.has_after {
            (nothing(guest))
        } @else {
            (month(guest, offer))
            (times(guest, offer))
        }
    };
    shell::page(guest.platform, guest.business, "Choose another time", &content)
}

/// To the appointment.
pub(super) fn back(guest: &Guest<'_>) -> Markup {
    html! { a.g-back href=(guest.path) { (Icon("chevron-left")) "Your appointment" } }
}

fn sentence(obstacle: Obstacle<'_>) -> Markup {
    match obstacle {
        Obstacle::ChangedMeanwhile => {
            html! { b { "The appointment was changed meanwhile. " } "Nothing was moved. If you still want another time, choose it again." }
        }
        Obstacle::NotFree(why) => html! { b { (why) " " } "Nothing was moved. Please choose one of these." },
        Obstacle::NothingChosen => html! { "Please choose a time." },
    }
}

fn nothing(guest: &Guest<'_>) -> Markup {
    html! {
        div.empty {
            (Icon("calendar3"))
            h2 { "There is no free time to choose" }
            p.t-2 { "To move your appointment, please " (guest.call_us()) "." }
        }
    }
}

fn month(guest: &Guest<'_>, offer: &Offer) -> Markup {
    let name = offer.month.strftime("%B %Y").to_string();
    let before_first = offer.month.weekday().to_monday_zero_offset();
    html! {
        nav.g-month aria-label="Day" {
            div.g-month-head {
                h2 { (name) }
                (step(guest, offer.has_before.then(|| offer.month.saturating_sub(1.month())), "chevron-left"))
                (step(guest, offer.has_after.then(|| offer.month.saturating_add(1.month())), "chevron-right"))
            }
            div.g-days {
                @for day in ["Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"] { span.g-dow aria-hidden="true" { (day) } }
                @for _ in 0..before_first { span {} }
                @for day in 1..=offer.month.days_in_month() { (cell(guest, offer, day)) }
            }
        }
    }
}

fn step(guest: &Guest<'_>, month: Option<Date>, icon: &'static str) -> Markup {
    let drawing = if icon == "chevron-left" { Icon("chevron-left") } else { Icon("chevron-right") };
    html! {
        @match month {
            Some(month) => a.icon-btn href={ (guest.path) "/move?month=" (month) } aria-label=(month.strftime("%B %Y").to_string()) { (drawing) },
            None => span.icon-btn.off aria-hidden="true" { (drawing) },
        }
    }
}

fn cell(guest: &Guest<'_>, offer: &Offer, day: i8) -> Markup {
    let Ok(date) = Date::new(offer.month.year(), offer.month.month(), day) else { return html! {} };
    let is_shown = date == offer.day;
    if offer.days.binary_search(&date).is_err() {
        return html! { span.g-day.off.at[is_shown] { (day) } };
    }
    html! {
        a.g-day href={ (guest.path) "/move?date=" (date) "#times" } aria-current=[is_shown.then_some("date")]
            aria-label=(date.strftime("%A, %B %-d").to_string()) { (day) }
    }
}

fn times(guest: &Guest<'_>, offer: &Offer) -> Markup {
    let day = offer.day.strftime("%A, %B %-d").to_string();
    html! {
        div.g-times id="times" {
            @if offer.slots.is_empty() {
                h2 { (day) }
                p.t-2.mb-0 {
                    @if offer.days.is_empty() { "Nothing is free in " (offer.month.strftime("%B").to_string()) ". Try another month, or " (guest.call_us()) "." }
                    @else { "Nothing is free on this day. Please choose another." }
                }
            } @else {
                form method="post" action={ (guest.path) "/move" } {
                    input type="hidden" name="revision" value=(guest.appointment.revision);
                    input type="hidden" name="date" value=(offer.day);
                    fieldset {
                        legend.h2 { (day) }
                        p.t-sm.t-2 data-zone-says data-there=(when::there(guest.zone)) { "Times in " (when::name(guest.zone)) "." }
                        div.g-slots { @for slot in &offer.slots { (time(guest, slot)) } }
                    }
                    button.btn.btn-cta { "Move to this time" }
                }
            }
        }
    }
}

fn time(guest: &Guest<'_>, slot: &Slot) -> Markup {
    let is_now = slot.start == guest.appointment.start;
    html! {
        label.g-slot {
            input type="radio" name="start" value=(slot.start) required disabled[is_now];
            span data-slot data-start=(slot.start) data-zone=[when::iana(guest.zone)] data-there=(when::there(guest.zone)) {
                span.num {
                    span data-part="start" { (slot.local_start.strftime(when::TIME).to_string()) }
                    @if is_now { small { " now" } }
                }
                small data-part="there" hidden {}
            }
        }
    }
}
