//! The messages of an appointment, on its page.

use jiff::tz::TimeZone;
use maud::{Markup, html};

use super::Message;
use super::words::{channel, reason, sign, state, topic};
use crate::parts::{Style, When};

/// What the guest was told, and what became of it.
pub(crate) fn of_appointment(messages: &[Message], zone: &TimeZone) -> Markup {
    if messages.is_empty() {
        return html! { p.t-2.t-sm { "Nothing was sent to this guest." } };
    }
    html! {
        ul.told {
            @for message in messages {
                li {
                    span.sign.t-3 { (sign(message.channel)) span.visually-hidden { (channel(message.channel)) } }
                    div.tx {
                        a.plain.strong href={ "/messages/" (message.id) } {
                            (topic(message.topic)) @if message.is_resend { " (again)" }
                        }
                        span.d-block.t-sm.t-3 { (When { at: message.sent_at.unwrap_or(message.created_at), zone, style: Style::DateTime }) }
                        @if let Some(reason) = reason(message, zone) { span.d-block.t-sm.t-2 { (reason) } }
                    }
                    (state(message))
                }
            }
        }
    }
}
