//! One call: what came of it, the recording, what was said, what it cost.

use domain::appointments::Appointment;
use domain::calls::{Conversation, Insight};
use domain::ids::CallId;
use domain::money::Money;
use jiff::tz::TimeZone;
use maud::{Markup, html};

use super::beside;
use super::length;
use super::outcome::Outcome;
use super::player::{Recording, player};
use super::table::Line;
use super::transcript::transcript;
use crate::assets::address;
use crate::layout::{Frame, Place};
use crate::parts::{Icon, Style, Tag, When, cents, empty, panel, tag, zone_name};

/// What was charged, for those who may see it.
#[derive(Debug, Clone, Copy)]
pub struct Charge {
    /// Seconds charged for.
    pub billable_seconds: u32,
    /// For a minute.
    pub rate: Money,
    /// In all.
    pub cost: Money,
}

/// Giving the call to somebody, for those who may.
pub struct Assignment<'a> {
    /// Whose it may be: name of the user, and as people know them.
    pub people: &'a [(String, String)],
    /// Whose it is; empty where it follows its agent and number.
    pub current: &'a str,
    /// What was wrong with what was chosen.
    pub error: Option<&'a str>,
}

/// What the page shows.
pub struct Call<'a> {
    /// As in a list, with the whole summary.
    pub line: &'a Line,
    /// Retell's name of it.
    pub retell_call_id: &'a str,
    /// Why a person should look at it.
    pub review: Option<&'a str>,
    /// Retell's word for how it ended.
    pub ended_by: Option<&'a str>,
    /// The number of the business.
    pub business_number: Option<&'a str>,
    /// What was said.
    pub conversation: &'a Conversation,
    /// What the analysis says.
    pub insight: &'a Insight,
    /// For those who may see it.
    pub charge: Option<Charge>,
    /// Booked in it.
    pub appointments: &'a [Appointment],
    /// Other calls of the same number, the newest first.
    pub others: &'a [Line],
    /// The list of all of them.
    pub all_of_number: Option<&'a str>,
    /// For those who may give it away.
    pub assignment: Option<&'a Assignment<'a>>,
    /// Whether they may keep the recording.
    pub may_download: bool,
    /// The call after it, and the call before it.
    pub neighbours: (Option<CallId>, Option<CallId>),
    /// Where its reader is.
    pub zone: &'a TimeZone,
    /// ISO 4217.
    pub currency: &'a str,
}

/// The page.
pub fn page(frame: &Frame, call: &Call<'_>) -> String {
    let (line, name) = (call.line, call.line.caller.name());
    let recording = Recording {
        call: line.id,
        is_there: line.has_recording,
        is_over: line.status.is_some(),
        duration_seconds: i64::from(line.duration_seconds),
        spans: &call.conversation.spans,
    };
    let body = html! {
        div id="live-call" data-live="calls appointments" data-live-id=(line.id) {
        (crumb(call, &name))
        (head(call, &name))
        @if let Some(review) = call.review {
            div.note { (Icon("exclamation-triangle-fill")) span.t { b { "Somebody should look at this call: " } (review) "." } }
        }
        (player(&recording))
        div.grid-2 {
            div.stack {
                (panel("h-summary", "Summary", None, &summary(call)))
                (said(call))
            }
            div.stack {
                (panel("h-score", "How it went", None, &beside::how_it_went(call)))
                @if !call.appointments.is_empty() { (panel("h-booked", "Booked in this call", None, &beside::booked(call))) }
                @if !call.insight.recommendations.is_empty() {
                    (panel("h-better", "How to improve", None, &beside::recommendations(call)))
                }
                (panel("h-details", "Details", None, &beside::details(call)))
                @if let Some(assignment) = call.assignment {
                    (panel("h-whose", "Whose call this is", None, &beside::assign(line.id, assignment)))
                }
                @if !call.others.is_empty() { (beside::others(call)) }
            }
        }
        }
        p.t-sm.t-3.mt-2 { "Times in " span data-zone-name { (zone_name(call.zone)) } "." }
        script src=(address("call.js")) defer {}
    };
    frame.page(Place::Calls, &format!("Call of {name}"), &body)
}

fn crumb(call: &Call<'_>, name: &str) -> Markup {
    let (newer, older) = call.neighbours;
    html! {
        nav.crumb aria-label="Breadcrumb" {
            a.plain href="/calls" { "Calls" }
            span aria-hidden="true" { "/" }
            span.t-2.num { (name) }
            span.pn {
                @if let Some(id) = newer {
                    a.icon-btn href={ "/calls/" (id) } rel="prev" aria-label="Newer call" aria-keyshortcuts="K" { (Icon("chevron-up")) }
                }
                @if let Some(id) = older {
                    a.icon-btn href={ "/calls/" (id) } rel="next" aria-label="Older call" aria-keyshortcuts="J" { (Icon("chevron-down")) }
                }
            }
        }
    }
}

fn head(call: &Call<'_>, name: &str) -> Markup {
    let line = call.line;
    let outcome = Outcome { status: line.status, is_booked: line.is_booked, needs_review: line.needs_review };
    html! {
        div.head {
            div {
                h1 { span.num { (name) } " " span.outcome { (outcome.tags()) } }
                div.meta {
                    span {
                        @if line.caller.is_outbound { (Icon("telephone-outbound")) } @else { (Icon("telephone-inbound")) }
                        (line.caller.way())
                    }
                    @if line.caller.guest.is_some() { span.num { (line.caller.line()) } }
                    span { (When { at: line.at, zone: call.zone, style: Style::Long }) }
                    span.num { (length(i64::from(line.duration_seconds))) }
                    @if let Some(charge) = call.charge { span.num { (cents(charge.cost, call.currency)) } }
                }
            }
            @if line.has_recording && call.may_download {
                div.act {
                    a.btn.btn-soft href={ "/api/calls/" (line.id) "/download" } download { (Icon("download")) "Download" }
                }
            }
        }
    }
}

fn summary(call: &Call<'_>) -> Markup {
    html! {
        @match &call.line.summary {
            Some(summary) => p.mb-0.written { (summary) },
            None => p.mb-0.t-2 {
                @if call.line.status.is_none() { "The summary comes once the call has ended." }
                @else { "There is no summary of this call." }
            }
        }
        @if !call.insight.topics.is_empty() {
            div.chips.mt-3 { @for topic in &call.insight.topics { (tag(Tag::Neutral, topic)) } }
        }
    }
}

fn said(call: &Call<'_>) -> Markup {
    html! {
        section.panel aria-labelledby="h-said" {
            header { h2 id="h-said" { "Transcript" } }
            @if call.conversation.lines.is_empty() {
                @if call.line.status.is_none() {
                    (empty(Icon("chat-left-text"), "Still speaking", "What was said will be here once the call has ended.", None))
                } @else {
                    (empty(Icon("chat-left-text"), "No transcript", "Nothing that was said in this call was written down.", None))
                }
            } @else { (transcript(&call.conversation.lines, call.line.has_recording)) }
        }
    }
}
