//! One message: what was sent, and what became of it.

use domain::money::Money;
use domain::notifications::{Channel, Receipt, Status};
use jiff::tz::TimeZone;
use maud::{Markup, html};

use super::Message;
use super::words::{channel, reason, recipient, sign, state, topic};
use crate::layout::{Frame, Place};
use crate::parts::{Head, Icon, Style, When, empty, money, panel, zone_name};

/// What the page shows.
pub struct Opened<'a> {
    /// It.
    pub message: &'a Message,
    /// Of a mail that was sent.
    pub subject: Option<&'a str>,
    /// As it was sent, as text.
    pub content: Option<&'a str>,
    /// The business, from which it comes.
    pub business: &'a str,
    /// ISO 4217.
    pub currency: &'a str,
    /// Where its reader is.
    pub zone: &'a TimeZone,
}

/// The page.
pub fn page(frame: &Frame, opened: &Opened<'_>) -> String {
    let message = opened.message;
    let title = topic(message.topic);
    let sentence = html! {
        span id="live-state" data-live="messages" {
            (state(message))
            @if let Some(reason) = reason(message, opened.zone) { " " (reason) "." }
        }
    };
    let body = html! {
        nav.crumb aria-label="Path" { a href="/messages" { "Messages" } span aria-hidden="true" { "/" } span { (message.id) } }
        (Head { title, sentence: Some(sentence), actions: None })
        div.grid-2 {
            div.stack {
                (panel("h-words", "What was sent", None, &html! { div id="live-words" data-live="messages" { (words(opened)) } }))
            }
            div.stack {
                (panel("h-about", "About it", None, &html! { div id="live-about" data-live="messages" { (about(opened)) } }))
            }
        }
        p.t-sm.t-3.mt-2 { "Times in " span data-zone-name { (zone_name(opened.zone)) } "." }
    };
    frame.page(Place::Messages, title, &body)
}

fn words(opened: &Opened<'_>) -> Markup {
    let message = opened.message;
    let Some(content) = opened.content else {
        return match message.status {
            Status::Pending => empty(
                Icon("clock"),
                "Not sent yet",
                "It is worded when it is sent, so that it tells how things are then.",
                None,
            ),
            _ => {
                empty(sign(message.channel), "Nothing was sent", "Nothing was charged for it, either.", None)
            }
        };
    };
    match message.channel {
        Channel::Sms => html! { div.sms { p.bubble.typed { (content) } } },
        Channel::Email => html! {
            div.mail-text {
                dl.facts {
                    dt { "From" } dd { (opened.business) }
                    dt { "To" } dd.typed { (recipient(message)) }
                    @if let Some(subject) = opened.subject { dt { "Subject" } dd.strong { (subject) } }
                }
                div.typed { (content) }
            }
        },
    }
}

fn about(opened: &Opened<'_>) -> Markup {
    let message = opened.message;
    let instant = |at| When { at, zone: opened.zone, style: Style::DateTime };
    html! {
        dl.facts {
            dt { "By" } dd { (sign(message.channel)) " " (channel(message.channel)) }
            dt { "To" } dd.typed { (recipient(message)) }
            @if let Some(appointment) = message.appointment {
                dt { "Appointment" }
                dd { a href={ "/appointments/" (appointment) } { (message.guest.as_deref().unwrap_or("Guest without a name")) } }
            }
            dt { "Queued" } dd { (instant(message.created_at)) @if message.is_resend { ", by hand" } }
            @if let Some(sent_at) = message.sent_at { dt { "Sent" } dd { (instant(sent_at)) } }
            @if message.status == Status::Sent { dt { "Receipt" } dd { (receipt(message)) } }
            @if message.status == Status::Pending && message.attempts > 0 { dt { "Next try" } dd { (instant(message.due_at)) } }
            dt { "Tries" } dd.num { (message.attempts) }
            @if let Some(parts) = message.parts { dt { "Parts" } dd.num { (parts) } }
            dt { "Cost" } dd.num { @if message.cost == Money::ZERO { "Nothing" } @else { (money(message.cost, opened.currency)) } }
        }
    }
}

fn receipt(message: &Message) -> &'static str {
    match (message.receipt, message.channel) {
        (Receipt::Delivered, _) => "It has arrived",
        (Receipt::Undelivered, _) => "It could not be handed over",
        (Receipt::Unknown, Channel::Sms) => "None yet",
        (Receipt::Unknown, Channel::Email) => "Taken by the mail server; mails have no receipts",
    }
}
