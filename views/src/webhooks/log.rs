//! What became of events at an endpoint, in a list.

use domain::webhooks::EventKind;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use maud::{Markup, html};

use super::Delivery;
use super::words::{next, status};
use crate::parts::{Choice, Field, Icon, Input, Pager, Style, When, empty};

/// The list, and what it is narrowed to.
pub struct Log<'a> {
    /// Of this page.
    pub deliveries: &'a [Delivery],
    /// The way through the others.
    pub pager: Pager,
    /// What became of them, as it stands in the address.
    pub status: &'a str,
    /// Which kind, as it stands in the address.
    pub event: &'a str,
    /// Since which day, as it stands in the address.
    pub since: &'a str,
}

const STATUSES: &[Choice<'_>] = &[
    Choice { value: "", label: "Any" },
    Choice { value: "pending", label: "Waiting" },
    Choice { value: "delivered", label: "Delivered" },
    Choice { value: "failed", label: "Failed" },
];

/// The list with its filters.
pub(super) fn body(log: &Log<'_>, path: &str, now: Timestamp, zone: &TimeZone) -> Markup {
    let mut events = vec![Choice { value: "", label: "All" }];
    events.extend(EventKind::ALL.iter().map(|kind| Choice { value: kind.as_str(), label: kind.as_str() }));
    let field = |name, label, input, value| Field {
        name,
        label,
        input,
        value,
        is_required: false,
        hint: None,
        error: None,
    };
    let is_narrowed = [log.status, log.event, log.since].iter().any(|it| !it.is_empty());
    html! {
        form.filters method="get" action={ (path) "#h-log" } {
            (field("event", "Event", Input::Choice(&events), log.event))
            (field("status", "Status", Input::Choice(STATUSES), log.status))
            (field("from", "From", Input::Line { kind: "date", autocomplete: None }, log.since))
            button.btn.btn-soft { "Show" }
        }
        @if log.deliveries.is_empty() && is_narrowed {
            (empty(Icon("funnel"), "No deliveries match", "Take a filter away to see more.",
                Some(html! { a.btn.btn-soft href=(path) { "Clear filters" } })))
        } @else if log.deliveries.is_empty() {
            (empty(Icon("broadcast"), "Nothing was sent yet", "Send a test, or wait for the next call.", None))
        } @else {
            (table(log, path, now, zone))
        }
        (log.pager)
    }
}

fn table(log: &Log<'_>, path: &str, now: Timestamp, zone: &TimeZone) -> Markup {
    html! {
        table.tbl.tbl-in.deliveries {
            thead { tr {
                th scope="col" { "Event" } th.fate scope="col" { "Status" } th.r.hs scope="col" { "Tries" } th.hs scope="col" { "When" }
            } }
            tbody {
                @for one in log.deliveries {
                    tr {
                        td {
                            a.plain.strong.rowlink href={ (path) "/deliveries/" (one.event) } { (one.kind.as_str()) }
                            div.t-sm.t-3 { (one.subject) span.only-s { @if !one.subject.is_empty() { " · " } (When { at: one.created_at, zone, style: Style::DateTime }) } }
                        }
                        td.fate {
                            (status(one.status))
                            @if let Some(why) = &one.why { span.d-block.t-sm.t-2.why { (why) } }
                            @if let Some(next) = next(one, now, zone) { span.d-block.t-sm.t-3.why { (next) } }
                        }
                        td.r.num.hs.t-2 { (one.attempts) }
                        td.hs.t-2 { (When { at: one.created_at, zone, style: Style::DateTime }) }
                    }
                }
            }
        }
    }
}
