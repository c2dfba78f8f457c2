//! What can be told, each with an example.

use domain::webhooks::Entry;
use maud::{Markup, html};

use super::json::laid_out;
use crate::layout::{Frame, Place};
use crate::parts::Head;

/// The page.
pub fn page(frame: &Frame, entries: &[Entry]) -> String {
    let sentence = html! { "Every kind of event, with an example of what arrives at your address." };
    let body = html! {
        nav.crumb aria-label="Path" {
            a href="/settings" { "Settings" } span aria-hidden="true" { "/" }
            a href="/settings/webhooks" { "Webhooks" } span aria-hidden="true" { "/" } span { "Events" }
        }
        (Head { title: "Events", sentence: Some(sentence), actions: None })
        section.panel aria-label="About all events" {
            div.body.t-2 {
                p { b.strong { "id" } " stays the same however often an event is sent: an event may arrive twice, so remember the ids you have dealt with." }
                p { b.strong { "sequence" } " counts all events of your business. Go by it where the order matters: one that failed comes later." }
                p.mb-0 { "Answer any 2xx within 15 seconds. Everything else is tried again (410 switches the webhook off): after 5 seconds, 1 minute, 10 minutes, 1 hour, 6 hours and 24 hours." }
            }
        }
        div.stack.mt-3 { @for entry in entries { (one(entry)) } }
    };
    frame.page(Place::Settings, "Events", &body)
}

fn one(entry: &Entry) -> Markup {
    let name = entry.kind.as_str();
    html! {
        section.panel aria-labelledby={ "h-" (name) } {
            header { h2.mono id={ "h-" (name) } { (name) } }
            div.body {
                p.t-2.mb-2 { (entry.kind.meaning()) }
                details.fold {
                    summary { "Example" }
                    div.code-box { pre.mono tabindex="0" aria-label={ "Example of " (name) } { (laid_out(&entry.example)) } }
                }
            }
        }
    }
}
