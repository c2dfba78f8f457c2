//! How what Retell sends is told from what others send. The key is written and never shown.

use jiff::Timestamp;
use maud::{Markup, html};

use super::Settings;
use crate::parts::{Field, Input, Style, Tag, When, tag};

/// With what signatures are checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Checked {
    /// The business's own key, since then, where that is known.
    Own(Option<Timestamp>),
    /// The platform's.
    Platform,
    /// Nothing: the address alone is believed.
    Not,
}

/// What the page says of the key.
pub struct RetellKey<'a> {
    /// What is so.
    pub checked: Checked,
    /// Whether one that was replaced counts for the rest of its day.
    pub has_another: bool,
    /// Whether its reader may set one.
    pub may_set: bool,
    /// What is wrong with the one that was typed.
    pub error: Option<&'a str>,
}

pub(super) fn state(checked: Checked) -> Markup {
    match checked {
        Checked::Own(_) => tag(Tag::Good, "Checked with your key"),
        Checked::Platform => tag(Tag::Good, "Checked with the platform's key"),
        Checked::Not => tag(Tag::Warn, "Not checked"),
    }
}

pub(super) fn body(settings: &Settings<'_>) -> Markup {
    let key = &settings.key;
    let has_own = matches!(key.checked, Checked::Own(_));
    let hint = if has_own {
        "The one before it works for a day more, so that no call is lost."
    } else {
        "In Retell under Settings, API keys: the one with the webhook badge."
    };
    html! {
        p.mb-2 { (state(key.checked)) }
        p.t-sm.t-2 {
            @match key.checked {
                Checked::Own(since) => {
                    "Retell signs what it sends with your key"
                    @if let Some(at) = since { ", set on " (When { at, zone: settings.zone, style: Style::DateTime }) }
                    ". It is kept encrypted and not shown again."
                    @if key.has_another { " The key before it works for a day more." }
                }
                Checked::Platform => "Retell signs what it sends with the platform's key. With a workspace of your own, set its key here.",
                Checked::Not => "Whoever knows your addresses could send calls. Set the key, and only Retell can.",
            }
        }
        @if key.may_set {
            form method="post" action="/settings/retell-key" {
                (Field {
                    name: "key",
                    label: if has_own { "Another Retell API key" } else { "Retell API key" },
                    input: Input::Line { kind: "password", autocomplete: Some("off") },
                    value: "",
                    is_required: true,
                    hint: Some(hint),
                    error: key.error,
                })
                button.btn.btn-soft { "Set the key" }
            }
            @if has_own {
                details.fold.mt-3 {
                    summary { "Stop using your key" }
                    form method="post" action="/settings/retell-key/remove" {
                        p.t-sm.t-2 { "At once, also for one that was replaced. What Retell sends is then believed by its address, or checked with the platform's key where there is one." }
                        button.btn.btn-soft.btn-danger-soft { "Stop using it" }
                    }
                }
            }
        }
        @if settings.may_see_urls {
            p.t-sm.mb-0.mt-3 { a href="/settings/retell" { "Set up Retell, with the addresses to paste" } }
        }
    }
}
