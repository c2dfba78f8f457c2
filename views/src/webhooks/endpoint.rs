//! One endpoint: whether it works, what it hears of, its secret, what became of each event.

use domain::webhooks::{State, host_of};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use maud::{Markup, html};

use super::form::{Typed, fields};
use super::log::{self, Log};
use super::words::{health, state};
use super::{Watched, secret};
use crate::layout::{Frame, Place};
use crate::parts::{Field, Head, Icon, Input, Style, When, panel, zone_name};

/// What came of what was just asked for, in a sentence.
pub struct Result {
    /// Whether it is what was wanted.
    pub is_good: bool,
    /// The sentence.
    pub sentence: String,
}

/// What the page shows.
pub struct Shown<'a> {
    /// It.
    pub watched: &'a Watched,
    /// As it is, or as it was typed.
    pub typed: &'a Typed,
    /// Its secret, just made.
    pub secret: Option<&'a str>,
    /// Of a test, or of sending again.
    pub result: Option<&'a Result>,
    /// What became of events.
    pub log: &'a Log<'a>,
    /// Since when may be sent again: a day of the business.
    pub since: &'a str,
    /// What is wrong with that day.
    pub since_error: Option<&'a str>,
    /// Whether its reader may change it.
    pub may_change: bool,
    /// The instant.
    pub now: Timestamp,
    /// Where its reader is.
    pub zone: &'a TimeZone,
}

/// The page.
pub fn page(frame: &Frame, shown: &Shown<'_>) -> String {
    let endpoint = &shown.watched.endpoint;
    let path = format!("/settings/webhooks/{}", endpoint.id);
    let title = endpoint.description.as_deref().unwrap_or_else(|| host_of(&endpoint.url));
    let sentence = html! { (state(shown.watched)) " " (health(shown.watched, shown.now)) };
    let test = html! {
        form method="post" action={ (path) "/test" } { button.btn.btn-cta { (Icon("send")) "Send a test" } }
    };
    let body = html! {
        nav.crumb aria-label="Path" {
            a href="/settings" { "Settings" } span aria-hidden="true" { "/" }
            a href="/settings/webhooks" { "Webhooks" } span aria-hidden="true" { "/" } span { (endpoint.id) }
        }
        (Head { title, sentence: Some(sentence), actions: shown.may_change.then_some(test) })
        @if shown.result.is_some() || shown.secret.is_some() {
            div hidden data-address={ "/settings/webhooks/" (shown.watched.endpoint.id) } {}
        }
        @if let Some(result) = shown.result { (said(result)) }
        (standing(shown, &path))
        div.grid-2.webhook {
            div.stack {
                @if shown.secret.is_some() { (secret_panel(shown)) }
                (panel("h-log", "Deliveries", None, &log::body(shown.log, &path, shown.now, shown.zone)))
                (panel("h-about", "What it hears of", None, &html! {
                    form method="post" action=(path) data-guarded {
                        fieldset disabled[!shown.may_change] { (fields(shown.typed)) }
                        @if shown.may_change { button.btn.btn-cta.mt-3 { "Save the webhook" } }
                    }
                }))
            }
            div.stack {
                @if shown.secret.is_none() { (secret_panel(shown)) }
                @if shown.may_change {
                    (panel("h-again", "Send again", None, &again(shown, &path)))
                    (panel("h-off", "Switch off or remove", None, &off(endpoint.state, &path)))
                }
            }
        }
        p.t-sm.t-3.mt-2 { "Times in " span data-zone-name { (zone_name(shown.zone)) } "." }
    };
    frame.page(Place::Settings, title, &body)
}

fn secret_panel(shown: &Shown<'_>) -> Markup {
    let body = secret::body(shown.watched, shown.secret, shown.may_change, shown.zone);
    panel("h-secret", if shown.secret.is_some() { "Your new secret" } else { "Secret" }, None, &body)
}

fn said(result: &Result) -> Markup {
    match result.is_good {
        true => html! { div.said role="status" { (Icon("check-lg")) span { (result.sentence) } } },
        false => html! {
            div.note.note-bad role="alert" { (Icon("exclamation-triangle-fill")) span.t { (result.sentence) } }
        },
    }
}

/// Why nothing is sent, or not just now.
fn standing(shown: &Shown<'_>, path: &str) -> Markup {
    let watched = shown.watched;
    let since = When { at: watched.endpoint.state_since, zone: shown.zone, style: Style::DateTime };
    let why = match watched.endpoint.state {
        State::Enabled => return resting(watched, shown.zone),
        State::Paused => html! { b { "Switched off by your team" } " since " (since) "." },
        State::Gone => {
            html! { b { "Switched off" } " since " (since) ": your server answered 410, that nobody wants events there any more." }
        }
        State::Failing => {
            html! { b { "Switched off" } " since " (since) ": your server has accepted nothing for five days." }
        }
    };
    html! {
        div.note {
            (Icon("exclamation-triangle-fill"))
            span.t { (why) " Nothing is sent until it is switched on." }
            @if shown.may_change {
                form.act method="post" action={ (path) "/state" } {
                    input type="hidden" name="is_enabled" value="true";
                    button.btn.btn-soft { "Switch on" }
                }
            }
        }
    }
}

fn resting(watched: &Watched, zone: &TimeZone) -> Markup {
    let Some(at) = watched.failing_since else { return Markup::default() };
    html! {
        div.note {
            (Icon("exclamation-triangle-fill"))
            span.t {
                b { "Nothing was accepted since " (When { at, zone, style: Style::DateTime }) ". " }
                @if let Some(at) = watched.closed_until { "It is left in peace until " (When { at, zone, style: Style::DateTime }) ", then tried again. " }
                "After five days of this it is switched off."
            }
        }
    }
}

fn again(shown: &Shown<'_>, path: &str) -> Markup {
    html! {
        p.t-sm.t-2 { "Everything that failed since a day, and what was missed while the webhook was off. Ids and bodies stay as they were." }
        form method="post" action={ (path) "/resend" } {
            (Field {
                name: "since", label: "Since", input: Input::Line { kind: "date", autocomplete: None },
                value: shown.since, is_required: true, hint: None, error: shown.since_error,
            })
            button.btn.btn-soft { "Send again" }
        }
    }
}

fn off(state: State, path: &str) -> Markup {
    html! {
        @if state == State::Enabled {
            form.mb-2 method="post" action={ (path) "/state" } {
                p.t-sm.t-2 { "Switched off, it hears nothing. What it missed can be sent later." }
                input type="hidden" name="is_enabled" value="false";
                button.btn.btn-soft { "Switch off" }
            }
        }
        details.fold {
            summary { "Remove the webhook" }
            form method="post" action={ (path) "/remove" } {
                p.t-sm.t-2 { "What waits for it is given up, and its secret is gone." }
                div.check.mb-2 {
                    input.form-check-input id="f-understood" type="checkbox" name="understood" value="true" required;
                    label for="f-understood" { "Remove it for good" }
                }
                button.btn.btn-soft.btn-danger-soft { "Remove the webhook" }
            }
        }
    }
}
