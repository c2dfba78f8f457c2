//! Messages in a list, the newest first.

use domain::money::Money;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use maud::{Markup, html};

use super::Message;
use super::words::{channel, reason, recipient, sign, state, topic};
use crate::layout::{Frame, Place};
use crate::parts::{Choice, Field, Head, Icon, Input, Pager, Style, When, count, empty, money, zone_name};

/// Messages that should have gone out and still wait.
pub struct Delay {
    /// How many.
    pub many: i64,
    /// When the oldest was queued.
    pub since: Timestamp,
    /// What the last try has said.
    pub why: Option<String>,
}

/// What the page shows.
pub struct Listed<'a> {
    /// Of this page.
    pub messages: &'a [Message],
    /// The way through the others.
    pub pager: Pager,
    /// The way they go, as it stands in the address.
    pub channel: &'a str,
    /// What became of them, as it stands in the address.
    pub status: &'a str,
    /// Where something is stuck.
    pub delay: Option<&'a Delay>,
    /// ISO 4217.
    pub currency: &'a str,
    /// Where its reader is.
    pub zone: &'a TimeZone,
}

const CHANNELS: &[Choice<'_>] = &[
    Choice { value: "", label: "All" },
    Choice { value: "email", label: "E-mails" },
    Choice { value: "sms", label: "Text messages" },
];

const STATUSES: &[Choice<'_>] = &[
    Choice { value: "", label: "Any" },
    Choice { value: "pending", label: "Waiting" },
    Choice { value: "sent", label: "Sent" },
    Choice { value: "failed", label: "Failed or not delivered" },
    Choice { value: "suppressed", label: "Not sent on purpose" },
];

/// The page.
pub fn page(frame: &Frame, listed: &Listed<'_>) -> String {
    let Pager { total, total_is_exact, .. } = listed.pager;
    let more = if total_is_exact { "" } else { "More than " };
    let sentence = format!("{more}{}, newest first.", count(total, "message"));
    let body = html! {
        (Head {
            title: "Messages",
            sentence: Some(html! { span id="live-count" data-live="messages" { (sentence) } }),
            actions: None,
        })
        div id="live-delay" data-live="messages" { @if let Some(delay) = listed.delay { (delayed(delay, listed.zone)) } }
        form.filters method="get" action="/messages" {
            (choice("type", "Type", CHANNELS, listed.channel))
            (choice("status", "Status", STATUSES, listed.status))
            button.btn.btn-soft { "Show" }
        }
        section.panel aria-label="Messages" {
            div.body id="live-messages" data-live="messages" {
                @if listed.messages.is_empty() { (nothing(listed)) } @else { (table(listed)) }
            }
        }
        div id="live-pager" data-live="messages" { (listed.pager) }
        p.t-sm.t-3.mt-2 { "Times in " span data-zone-name { (zone_name(listed.zone)) } "." }
    };
    frame.page(Place::Messages, "Messages", &body)
}

fn choice<'a>(name: &'a str, label: &'a str, choices: &'a [Choice<'a>], value: &'a str) -> Field<'a> {
    Field { name, label, input: Input::Choice(choices), value, is_required: false, hint: None, error: None }
}

fn delayed(delay: &Delay, zone: &TimeZone) -> Markup {
    let have = if delay.many == 1 { "has" } else { "have" };
    html! {
        div.note role="status" {
            (Icon("exclamation-triangle-fill"))
            span.t {
                b { "Messages are delayed: " }
                (count(delay.many, "message")) " " (have) " waited since "
                (When { at: delay.since, zone, style: Style::DateTime }) ". "
                @if let Some(why) = &delay.why { "The last try said: " (why) ". " }
                "They are tried again without you."
            }
        }
    }
}

fn nothing(listed: &Listed<'_>) -> Markup {
    if listed.channel.is_empty() && listed.status.is_empty() {
        let sentence =
            "What your guests are told by e-mail and text message stands here, with what became of it.";
        return empty(Icon("chat-left-text"), "Messages appear after the first booking", sentence, None);
    }
    let clear = html! { a.btn.btn-soft href="/messages" { "Clear filters" } };
    empty(Icon("funnel"), "No messages match", "Take a filter away to see more.", Some(clear))
}

fn table(listed: &Listed<'_>) -> Markup {
    html! {
        table.tbl.tbl-in.messages {
            thead { tr {
                th scope="col" { "What" } th.hs scope="col" { "To" } th.fate scope="col" { "Status" }
                th.r.hs scope="col" { "Parts" } th.r.hs scope="col" { "Cost" } th.hs scope="col" { "When" }
            } }
            tbody { @for message in listed.messages { (row(message, listed)) } }
        }
    }
}

fn row(message: &Message, listed: &Listed<'_>) -> Markup {
    let when = When { at: message.created_at, zone: listed.zone, style: Style::DateTime };
    html! {
        tr {
            td {
                a.plain.strong.rowlink href={ "/messages/" (message.id) } { (topic(message.topic)) }
                div.hs.t-sm.t-3 { (sign(message.channel)) " " (channel(message.channel)) @if message.is_resend { ", sent again" } }
                div.only-s.by.t-sm.t-3 { (sign(message.channel)) (message.guest.as_deref().unwrap_or(recipient(message))) }
            }
            td.hs {
                @match (message.appointment, &message.guest) {
                    (Some(appointment), guest) => {
                        a.above href={ "/appointments/" (appointment) } { (guest.as_deref().unwrap_or("Guest without a name")) }
                        span.d-block.t-sm.t-3.num.typed { (recipient(message)) }
                    }
                    (None, _) => (recipient(message)),
                }
            }
            td.fate {
                (state(message))
                span.only-s.t-sm.t-3 { (When { at: message.created_at, zone: listed.zone, style: Style::Date }) }
                @if let Some(reason) = reason(message, listed.zone) { span.d-block.t-sm.t-2.why { (reason) } }
            }
            td.r.num.hs.t-2 { (message.parts.map_or("–".to_owned(), |parts| parts.to_string())) }
            td.r.num.hs { @if message.cost == Money::ZERO { span.t-3 { "–" } } @else { (money(message.cost, listed.currency)) } }
            td.hs.t-2 { (when) }
        }
    }
}
