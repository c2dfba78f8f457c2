//! Setting up Retell, step by step, with the addresses to paste. The key in them is a secret: only
//! whoever may change it gets this page.

mod functions;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use maud::{Markup, html};

use super::Checked;
use super::key::state;
use crate::layout::{Frame, Place};
use crate::parts::{Head, Icon, Style, Tag, When, panel, tag, zone_name};

/// Where Retell reaches the business.
pub struct Urls<'a> {
    /// For events of calls.
    pub webhook: &'a str,
    /// For calls that ring.
    pub inbound: &'a str,
    /// For the function that tells free times.
    pub availability: &'a str,
    /// For the function that books.
    pub book: &'a str,
    /// For the function that looks a caller up.
    pub lookup: &'a str,
}

/// What the page shows.
pub struct Setup<'a> {
    /// To paste.
    pub urls: Urls<'a>,
    /// Whether the world reaches them.
    pub is_public: bool,
    /// With what signatures are checked.
    pub checked: Checked,
    /// When the latest call began, or came.
    pub last_call: Option<Timestamp>,
    /// Until when the addresses before work.
    pub before_until: Option<Timestamp>,
    /// Hours in which both work.
    pub overlap_hours: i64,
    /// Why the addresses were not replaced.
    pub error: Option<&'a str>,
    /// Where its reader is.
    pub zone: &'a TimeZone,
}

/// The page.
pub fn page(frame: &Frame, setup: &Setup<'_>) -> String {
    let urls = &setup.urls;
    let sentence = html! { "Five addresses to paste into Retell. Then every call stands here, and your assistant books into your calendar." };
    let body = html! {
        nav.crumb aria-label="Path" { a href="/settings" { "Settings" } span aria-hidden="true" { "/" } span { "Retell" } }
        (Head { title: "Set up Retell", sentence: Some(sentence), actions: None })
        @if !setup.is_public {
            div.note {
                (Icon("exclamation-triangle-fill"))
                span.t { b { "Retell does not reach these addresses yet. " } "They work on this machine only, until the platform has a public https address." }
            }
        }
        div.grid-2 {
            ol.steps-list {
                li { (panel("h-events", "Tell the platform about each call", None, &html! {
                    p.t-2 { "In Retell open your agent and, under its webhook settings, paste this as the agent-level webhook URL." }
                    (address("webhook", "Webhook URL", urls.webhook))
                    p.t-sm.t-3.mb-0 { "Retell says here when a call begins, ends and has been analysed. From this come calls, recordings and charges." }
                })) }
                li { (panel("h-inbound", "Greet callers with what is known", None, &html! {
                    p.t-2 { "Under phone numbers open your number and paste this as its inbound webhook." }
                    (address("inbound", "Inbound webhook URL", urls.inbound))
                    p.t-sm.t-3.mb-0 { "Asked when it rings: tells the assistant the date, whether you are open, the next free times and who is calling. Declines the call when the balance is used up." }
                })) }
                li { (panel("h-functions", "Let the assistant look and book", None, &html! {
                    p.t-2 { "Add these three as custom functions of the agent, with the method POST. Choose the agent's time zone like that of your business." }
                    (functions::all(urls))
                })) }
                li { (panel("h-signed", "Let nobody in but Retell", Some(state(setup.checked)), &signed(setup.checked))) }
                li { (panel("h-test", "Call your number", Some(arrived(setup.last_call)), &html! {
                    @match setup.last_call {
                        Some(at) => p.mb-0.t-2 { "The latest call is of " (When { at, zone: setup.zone, style: Style::DateTime }) ". " a href="/calls" { "All calls" } },
                        None => p.mb-0.t-2 { "No call has come yet. Call the number of your assistant, and load this page again." },
                    }
                })) }
            }
            (panel("h-replace", "New addresses", None, &replace(setup)))
        }
        p.t-sm.t-3.mt-2 { "Times in " span data-zone-name { (zone_name(setup.zone)) } "." }
    };
    frame.page(Place::Settings, "Set up Retell", &body)
}

/// An address, to be selected or copied.
fn address(name: &str, label: &str, url: &str) -> Markup {
    html! {
        div.address {
            label for={ "u-" (name) } { (label) }
            div.line {
                input.form-control.mono id={ "u-" (name) } type="text" readonly value=(url) spellcheck="false" autocomplete="off";
                (copy(url, label))
            }
        }
    }
}

fn copy(text: &str, what: &str) -> Markup {
    html! {
        button.btn.btn-soft type="button" data-copy=(text) {
            (Icon("copy")) span data-label aria-live="polite" { "Copy" } span.visually-hidden { " " (what) }
        }
    }
}

fn signed(checked: Checked) -> Markup {
    html! {
        @match checked {
            Checked::Own(_) => p.mb-0.t-2 { "Everything that Retell sends is checked by its signature. " a href="/settings#h-retell" { "Change the key" } },
            Checked::Platform => p.mb-0.t-2 { "Everything that Retell sends is checked by its signature. With a workspace of your own, " a href="/settings#h-retell" { "set its key" } "." },
            Checked::Not => p.mb-0.t-2 { "Whoever knows these addresses could send calls. " a href="/settings#h-retell" { "Set the API key of your workspace" } ", and only what Retell has signed is taken." },
        }
    }
}

fn arrived(last_call: Option<Timestamp>) -> Markup {
    match last_call {
        Some(_) => tag(Tag::Good, "Calls arrive"),
        None => tag(Tag::Neutral, "Nothing yet"),
    }
}

fn replace(setup: &Setup<'_>) -> Markup {
    let invalid = setup.error.is_some().then_some("true");
    html! {
        p.t-sm.t-2 { "The key in these addresses is what opens the door. Keep them to yourself, and replace them when somebody has seen them who should not have." }
        @if let Some(until) = setup.before_until {
            p.t-sm { b.strong { "The addresses before work until " (When { at: until, zone: setup.zone, style: Style::DateTime }) "." } }
        }
        details.fold open[setup.error.is_some()] {
            summary { "Replace the addresses" }
            form method="post" action="/settings/retell/replace" {
                ul.t-sm.t-2.ps-3 {
                    li { "All five addresses get a new key at once." }
                    li { "Those you have now work for " (setup.overlap_hours) " hours more, so that no call is lost." }
                    li { "After that, calls that still use them are not recorded here, and your assistant cannot book." }
                }
                div.field {
                    div.check {
                        input.form-check-input id="f-understood" type="checkbox" name="understood" value="true" required
                            aria-invalid=[invalid] aria-describedby=[invalid.map(|_| "f-understood-about")];
                        label for="f-understood" { "I will paste the new ones within " (setup.overlap_hours) " hours" }
                    }
                    @if let Some(error) = setup.error { div.about id="f-understood-about" { p.error { (error) } } }
                }
                button.btn.btn-soft.btn-danger-soft { "Replace the addresses" }
            }
        }
    }
}
