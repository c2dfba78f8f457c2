//! The list of calls: looked through, narrowed, leafed through.

use domain::calls::Status;
use domain::money::Money;
use jiff::tz::TimeZone;
use maud::{Markup, html};

use super::now::{Now, Speaking};
use super::outcome::word;
use super::player::play_in_place;
use super::table::{Line, Table};
use crate::layout::{Frame, Place};
use crate::parts::{Choice, Field, Head, Icon, Input, Pager, cents, empty, zone_name};

/// What was typed into the filters, as it was typed.
#[derive(Debug, Clone, Copy, Default)]
pub struct Typed<'a> {
    /// Words or digits.
    pub q: &'a str,
    /// The first day.
    pub from: &'a str,
    /// The last day.
    pub to: &'a str,
    /// How they ended.
    pub status: &'a str,
    /// The caller's number.
    pub number: &'a str,
    /// Only those that a person should look at.
    pub needs_review: bool,
    /// Rows on a page, where somebody chose.
    pub per_page: &'a str,
}

/// A filter that is in force.
pub struct Chip {
    /// In words.
    pub text: String,
    /// The list without it.
    pub without: String,
}

/// A filter that could not be used; the others were.
pub struct Complaint {
    /// The name of its field.
    pub field: &'static str,
    /// What would do.
    pub sentence: String,
}

/// Sums over all pages of a list.
#[derive(Debug, Clone, Copy)]
pub struct Totals {
    /// Whole seconds.
    pub seconds: i64,
    /// For those who may see costs.
    pub cost: Option<Money>,
}

/// What the page shows.
pub struct Calls<'a> {
    /// Those of this page.
    pub lines: &'a [Line],
    /// Those under way.
    pub now: &'a [Speaking],
    /// Where in the list they are.
    pub pager: &'a Pager,
    /// How long all of them lasted together, and what they cost, where that can be told.
    pub totals: Option<Totals>,
    /// The filters as they were typed.
    pub typed: Typed<'a>,
    /// Those in force.
    pub chips: &'a [Chip],
    /// What is wrong with the others.
    pub complaints: &'a [Complaint],
    /// Whether its reader sees all calls of the business.
    pub sees_all: bool,
    /// Where they are.
    pub zone: &'a TimeZone,
    /// ISO 4217.
    pub currency: &'a str,
}

/// The page.
pub fn page(frame: &Frame, calls: &Calls<'_>) -> String {
    let body = html! {
        (Head { title: "Calls", sentence: Some(html! { span id="live-count" data-live="calls" { (sentence(calls)) } }), actions: None })
        @if !calls.complaints.is_empty() {
            div.note role="status" {
                (Icon("exclamation-triangle-fill"))
                span.t { "Not everything could be used. " @for complaint in calls.complaints { (complaint.sentence) " " } }
            }
        }
        (Now { calls: calls.now, zone: calls.zone })
        (filters(calls))
        @if !calls.chips.is_empty() { (chips(calls.chips)) }
        section.panel aria-label="Calls" id="live-calls" data-live="calls" {
            @if calls.lines.is_empty() { (nothing(calls)) } @else {
                (Table { lines: calls.lines, zone: calls.zone, currency: calls.currency })
                (calls.pager)
            }
        }
        p.t-sm.t-3.mt-2 { "Times in " span data-zone-name { (zone_name(calls.zone)) } "." }
        (play_in_place())
    };
    frame.page(Place::Calls, "Calls", &body)
}

fn sentence(calls: &Calls<'_>) -> Markup {
    let Pager { total, total_is_exact, .. } = *calls.pager;
    let noun = if total == 1 && total_is_exact { "call" } else { "calls" };
    let more = if total_is_exact { "" } else { "More than " };
    let is_narrowed = !calls.chips.is_empty();
    html! {
        @if total == 0 {
            @if is_narrowed { "No call matches." } @else { "Every call that your assistant takes is kept here." }
        } @else {
            (more) b.strong.num { (grouped(total)) } " " (noun)
            @if is_narrowed { @if noun == "call" { " matches" } @else { " match" } }
            @if let Some(totals) = calls.totals {
                ", " span.num { (hours(totals.seconds)) }
                @if let Some(cost) = totals.cost { ", " span.num { (cents(cost, calls.currency)) } }
            }
            @if total > 1 { ", the newest first." } @else { "." }
        }
    }
}

/// `12 h 4 min`; a started minute counts.
fn hours(seconds: i64) -> String {
    let minutes = (seconds + 59) / 60;
    let (hours, minutes) = (minutes / 60, minutes % 60);
    if hours > 0 { format!("{} h {minutes} min", grouped(hours)) } else { format!("{minutes} min") }
}

/// `10,000`
fn grouped(number: i64) -> String {
    if number < 1000 { number.to_string() } else { format!("{},{:03}", number / 1000, number % 1000) }
}

fn filters(calls: &Calls<'_>) -> Markup {
    let Typed { q, from, to, status, number, needs_review, per_page } = calls.typed;
    let error = |field: &str| {
        calls.complaints.iter().find(|complaint| complaint.field == field).map(|one| one.sentence.as_str())
    };
    let line = |name, label, kind, value, hint| Field {
        name,
        label,
        input: Input::Line { kind, autocomplete: Some("off") },
        value,
        is_required: false,
        hint,
        error: error(name),
    };
    let known = [Status::Completed, Status::Failed, Status::NoAnswer];
    let known = known.map(|status| Choice { value: status.as_str(), label: word(status) });
    let choices: Vec<Choice<'_>> = [Choice { value: "", label: "Any" }].into_iter().chain(known).collect();
    let is_open = calls.complaints.iter().any(|complaint| complaint.field != "q");
    html! {
        form.filters method="get" action="/calls" role="search" aria-label="Calls" {
            div.look {
                label.visually-hidden for="f-q" { "Words that were said, or digits of a number" }
                input.form-control id="f-q" name="q" type="search" value=(q) maxlength="200"
                    placeholder="Words that were said, or a number" aria-invalid=[error("q").map(|_| "true")];
                button.btn.btn-soft { (Icon("search")) "Search" }
            }
            @if !per_page.is_empty() { input type="hidden" name="per_page" value=(per_page); }
            details open[is_open] {
                summary.btn.btn-quiet.btn-sm { (Icon("funnel")) "Filters" }
                div.by {
                    (line("from", "From", "date", from, None))
                    (line("to", "Up to", "date", to, None))
                    (Field {
                        name: "status",
                        label: "Ended",
                        input: Input::Choice(&choices),
                        value: status,
                        is_required: false,
                        hint: None,
                        error: error("status"),
                    })
                    (line("number", "Caller's number", "tel", number, None))
                    label.tick {
                        input.form-check-input type="checkbox" name="needs_review" value="true" checked[needs_review];
                        "Only those to be checked"
                    }
                    button.btn.btn-soft { "Show" }
                }
            }
        }
    }
}

fn chips(chips: &[Chip]) -> Markup {
    html! {
        ul.filter-chips aria-label="Filters in force" {
            @for chip in chips {
                li {
                    a href=(chip.without) aria-label={ "Remove the filter: " (chip.text) } { (chip.text) (Icon("x-lg")) }
                }
            }
            li { a.clear href="/calls" { "Clear filters" } }
        }
    }
}

fn nothing(calls: &Calls<'_>) -> Markup {
    if !calls.chips.is_empty() {
        let clear = html! { a.btn.btn-soft href="/calls" { "Clear filters" } };
        return empty(
            Icon("search"),
            "No calls match",
            "Another word or a longer period may help.",
            Some(clear),
        );
    }
    let sentence = if calls.sees_all {
        "Call your assistant's number to try it: what was said will be here a moment later."
    } else {
        "Calls of your agents and numbers, and those given to you, will be here."
    };
    empty(Icon("telephone"), "No calls yet", sentence, None)
}
