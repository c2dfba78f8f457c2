//! What guests are told: the eight messages in a list, and each with an editor beside its preview.

mod editor;
mod preview;
mod words;

use domain::notifications::{Channel, Occasion};
use maud::{Markup, html};

use crate::layout::{Frame, Place};
use crate::parts::{Head, Icon, Tag, tag};

pub use editor::{Editor, page as editor};
pub use preview::{Preview, TextPreview};

/// A message in the list.
pub struct Listed {
    /// What it tells.
    pub occasion: Occasion,
    /// By which way.
    pub channel: Channel,
    /// Whether its words are the business's own.
    pub is_own: bool,
    /// Of a mail, as a guest reads it.
    pub subject: Option<String>,
    /// As a guest reads it.
    pub body: String,
}

/// What the list shows.
pub struct Messages<'a> {
    /// All of them, by occasion.
    pub listed: &'a [Listed],
    /// Whether guests get text messages at all.
    pub sms_enabled: bool,
    /// Whether guests get mail at all.
    pub email_enabled: bool,
}

impl Messages<'_> {
    fn is_sent(&self, channel: Channel) -> bool {
        match channel {
            Channel::Email => self.email_enabled,
            Channel::Sms => self.sms_enabled,
        }
    }
}

/// The list.
pub fn list(frame: &Frame, messages: &Messages<'_>) -> String {
    let sentence = html! { "What your guests read when something happens to their appointment. Put it in your own words, or leave it to ours." };
    let body = html! {
        nav.crumb aria-label="Path" { a href="/settings" { "Settings" } span aria-hidden="true" { "/" } span { "Messages" } }
        (Head { title: "Messages to guests", sentence: Some(sentence), actions: None })
        div.stack {
            @for occasion in Occasion::ALL {
                section.panel aria-labelledby={ "h-" (occasion.as_str()) } {
                    header { h2 id={ "h-" (occasion.as_str()) } { (words::title(occasion)) } }
                    div.body {
                        p.t-sm.t-3.mb-2 { (words::when(occasion)) }
                        ul.letters {
                            @for one in messages.listed.iter().filter(|one| one.occasion == occasion) { (card(messages, one)) }
                        }
                    }
                }
            }
        }
        p.t-sm.t-3.mt-2 { "Shown as an invented guest, Ana Ruiz, would read them. When guests are reminded, and whether they are sent anything, is at " a href="/settings#h-messages" { "Settings" } "." }
    };
    frame.page(Place::Settings, "Messages to guests", &body)
}

fn card(messages: &Messages<'_>, one: &Listed) -> Markup {
    let name = words::channel(one.channel);
    html! {
        li.letter {
            div.letter-h {
                @match one.channel {
                    Channel::Email => (Icon("envelope")),
                    Channel::Sms => (Icon("chat-left-text")),
                }
                a.rowlink href=(words::path(one.occasion, one.channel)) {
                    (name) span.visually-hidden { ": " (words::title(one.occasion)) }
                }
                span.ms-auto {
                    @if !messages.is_sent(one.channel) { (tag(Tag::Warn, "Switched off")) " " }
                    @if one.is_own { (tag(Tag::Agent, "Your words")) } @else { (tag(Tag::Neutral, "Default")) }
                }
            }
            @if let Some(subject) = &one.subject { p.strong.t-sm.mb-1 { (subject) } }
            p.t-sm.t-2.mb-0.letter-b { (one.body) }
        }
    }
}
