//! What a message is and what became of it, in the words that every page has for it.

use domain::billing::BalanceState;
use domain::notifications::{Channel, Occasion, Receipt, Status, TO_THE_ADMINS, Topic};
use jiff::tz::TimeZone;
use maud::{Markup, html};

use super::Message;
use crate::parts::{Icon, Style, Tag, When, tag};

/// What it tells.
pub(super) fn topic(topic: Topic) -> &'static str {
    match topic {
        Topic::Appointment(Occasion::Booked) => "Confirmation",
        Topic::Appointment(Occasion::Moved) => "New time",
        Topic::Appointment(Occasion::Cancelled) => "Cancellation",
        Topic::Appointment(Occasion::Reminder) => "Reminder",
        Topic::Endpoint => "Webhook switched off",
        Topic::Invoice => "Invoice",
        Topic::Overdue => "Invoice overdue",
        Topic::Balance(BalanceState::Depleted) => "Balance used up",
        Topic::Balance(BalanceState::Low | BalanceState::Ok) => "Low balance",
    }
}

/// The way it goes.
pub(super) fn channel(channel: Channel) -> &'static str {
    match channel {
        Channel::Email => "E-mail",
        Channel::Sms => "Text message",
    }
}

/// The same as a sign.
pub(super) fn sign(channel: Channel) -> Icon {
    match channel {
        Channel::Email => Icon("envelope"),
        Channel::Sms => Icon("chat-left-text"),
    }
}

/// Whom it is for.
pub(super) fn recipient(message: &Message) -> &str {
    if message.recipient == TO_THE_ADMINS { "Your admins" } else { &message.recipient }
}

/// What became of it.
pub(super) fn state(message: &Message) -> Markup {
    match (message.status, message.receipt) {
        (Status::Pending, _) => tag(if message.attempts > 1 { Tag::Warn } else { Tag::Neutral }, "Waiting"),
        (Status::Sent, Receipt::Unknown) => tag(Tag::Good, "Sent"),
        (Status::Sent, Receipt::Delivered) => tag(Tag::Good, "Delivered"),
        (Status::Sent, Receipt::Undelivered) => tag(Tag::Bad, "Not delivered"),
        (Status::Failed, _) => tag(Tag::Bad, "Failed"),
        (Status::Suppressed, _) => tag(Tag::Neutral, "Not sent"),
    }
}

/// Why, where there is something to say.
pub(super) fn reason(message: &Message, zone: &TimeZone) -> Option<Markup> {
    let why = message.why.as_deref().filter(|why| !why.is_empty()).map(capital);
    match (message.status, message.receipt) {
        (Status::Pending, _) if why.is_some() => Some(html! {
            "Next try at " (When { at: message.due_at, zone, style: Style::Time })
            @if let Some(why) = &why { ". " (why) }
        }),
        // What stood in the way before it was sent says nothing any more.
        (Status::Pending, _) | (Status::Sent, Receipt::Unknown | Receipt::Delivered) => None,
        (Status::Sent, Receipt::Undelivered) => {
            let why = why.unwrap_or_else(|| "The carrier could not hand it over".to_owned());
            Some(html! { (why) })
        }
        (Status::Failed | Status::Suppressed, _) => why.map(|why| html! { (why) }),
    }
}

/// With a capital letter.
fn capital(text: &str) -> String {
    let mut rest = text.chars();
    let first = rest.next().map(char::to_uppercase);
    first.into_iter().flatten().chain(rest).collect()
}
