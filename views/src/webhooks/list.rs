//! The endpoints of a business.

use domain::webhooks::ENDPOINTS_MAX;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use maud::{Markup, html};

use super::Watched;
use super::form::{Typed, fields};
use super::words::{health, state};
use crate::layout::{Frame, Place};
use crate::parts::{Head, Icon, panel, zone_name};

/// What the page shows.
pub struct Listed<'a> {
    /// All of them, the oldest first.
    pub endpoints: &'a [Watched],
    /// One that is to be made.
    pub typed: &'a Typed,
    /// What is wrong with none of its fields.
    pub refused: Option<&'a str>,
    /// Whether its reader may make one.
    pub may_change: bool,
    /// The instant.
    pub now: Timestamp,
    /// Where its reader is.
    pub zone: &'a TimeZone,
}

/// The page.
pub fn page(frame: &Frame, listed: &Listed<'_>) -> String {
    let sentence = html! { "Your own systems are told what happens here, at an address of yours." };
    let actions = html! { a.btn.btn-soft href="/settings/webhooks/events" { "What can be told" } };
    let has_room = listed.endpoints.len() < ENDPOINTS_MAX;
    let body = html! {
        nav.crumb aria-label="Path" { a href="/settings" { "Settings" } span aria-hidden="true" { "/" } span { "Webhooks" } }
        (Head { title: "Webhooks", sentence: Some(sentence), actions: Some(actions) })
        @if let Some(refused) = listed.refused {
            div.note role="alert" { (Icon("exclamation-triangle-fill")) span.t { (refused) } }
        }
        div.stack {
            @if listed.endpoints.is_empty() { (panel("h-steps", "In three steps", None, &steps())) } @else {
                (panel("h-webhooks", "Your webhooks", None, &rows(listed)))
            }
            @if listed.may_change && has_room {
                (panel("h-new", "Add a webhook", None, &html! {
                    form method="post" action="/settings/webhooks" {
                        (fields(listed.typed))
                        button.btn.btn-cta.mt-3 { "Add the webhook" }
                    }
                }))
            } @else if listed.may_change {
                p.t-sm.t-3.mb-0 { "There are ten webhooks, which is as many as there can be." }
            }
        }
        p.t-sm.t-3.mt-2 { "Times in " span data-zone-name { (zone_name(listed.zone)) } "." }
    };
    frame.page(Place::Settings, "Webhooks", &body)
}

fn steps() -> Markup {
    html! {
        ol.webhook-steps {
            li { b.strong { "Give us an address" } " of a server of yours that takes a POST with JSON." }
            li { b.strong { "Copy the secret" } " that we show you once, and check signatures with it: the code is beside it." }
            li { b.strong { "Send a test" } " and see at once what your server said." }
        }
    }
}

fn rows(listed: &Listed<'_>) -> Markup {
    html! {
        ul.rows.webhooks {
            @for watched in listed.endpoints {
                @let endpoint = &watched.endpoint;
                li {
                    (Icon("broadcast"))
                    span.tx {
                        a.strong.plain href={ "/settings/webhooks/" (endpoint.id) } {
                            (endpoint.description.as_deref().unwrap_or(&endpoint.url))
                        }
                        @if endpoint.description.is_some() { span.d-block.t-sm.t-2.typed { (endpoint.url) } }
                        span.d-block.t-sm.t-3 { (health(watched, listed.now)) }
                    }
                    span.act { (state(watched)) }
                }
            }
        }
    }
}
