//! One event at one endpoint: what was sent, and every attempt. Answers are of strangers' servers.

use domain::webhooks::DeliveryStatus;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use maud::{Markup, html};

use super::Delivery;
use super::json::laid_out;
use super::words::{next, status};
use crate::layout::{Frame, Place};
use crate::parts::{Head, Icon, Style, When, empty, panel, zone_name};

/// A request that was made.
pub struct Attempt {
    /// 1, 2, 3 …
    pub number: u32,
    /// When it began.
    pub started_at: Timestamp,
    /// Milliseconds, where it has ended.
    pub took_ms: Option<u32>,
    /// The status of the answer.
    pub response_code: Option<u16>,
    /// What the answer said.
    pub response: Option<String>,
    /// Whether it was accepted.
    pub is_good: bool,
    /// What came of it in a sentence.
    pub in_words: Option<String>,
}

/// What the page shows.
pub struct Opened<'a> {
    /// It.
    pub delivery: &'a Delivery,
    /// Where it went.
    pub url: &'a str,
    /// What was sent.
    pub body: Option<&'a str>,
    /// The newest first.
    pub attempts: &'a [Attempt],
    /// Whether its reader may send it again.
    pub may_change: bool,
    /// The instant.
    pub now: Timestamp,
    /// Where its reader is.
    pub zone: &'a TimeZone,
}

/// The page.
pub fn page(frame: &Frame, opened: &Opened<'_>) -> String {
    let delivery = opened.delivery;
    let path = format!("/settings/webhooks/{}", delivery.endpoint);
    let title = delivery.kind.as_str();
    let sentence = html! {
        (status(delivery.status))
        @if let Some(why) = &delivery.why { " " (why) }
        @if let Some(next) = next(delivery, opened.now, opened.zone) { " " (next) "." }
    };
    let label = if delivery.status == DeliveryStatus::Pending { "Send it now" } else { "Send it again" };
    let resend = html! {
        form method="post" action={ (path) "/deliveries/" (delivery.event) "/resend" } {
            button.btn.btn-cta { (Icon("arrow-repeat")) (label) }
        }
    };
    let may_resend = opened.may_change && delivery.state.is_some();
    let body = html! {
        nav.crumb aria-label="Path" {
            a href="/settings" { "Settings" } span aria-hidden="true" { "/" }
            a href="/settings/webhooks" { "Webhooks" } span aria-hidden="true" { "/" }
            @if delivery.state.is_some() { a href=(path) { (delivery.endpoint) } } @else { span { (delivery.endpoint) } }
            span aria-hidden="true" { "/" } span { (delivery.event) }
        }
        (Head { title, sentence: Some(sentence), actions: may_resend.then_some(resend) })
        div.grid-2.webhook {
            div.stack {
                (panel("h-attempts", "Attempts", None, &attempts(opened)))
                (panel("h-body", "What was sent", None, &sent(opened)))
            }
            div.stack { (panel("h-about", "About it", None, &about(opened))) }
        }
        p.t-sm.t-3.mt-2 { "Times in " span data-zone-name { (zone_name(opened.zone)) } "." }
    };
    frame.page(Place::Settings, title, &body)
}

fn attempts(opened: &Opened<'_>) -> Markup {
    if opened.attempts.is_empty() {
        return empty(Icon("clock"), "Not sent yet", "It is worded when it is first sent.", None);
    }
    html! {
        ol.attempts {
            @for (place, attempt) in opened.attempts.iter().enumerate() {
                li {
                    div.attempt-h {
                        span.dot.dot-good[attempt.is_good].dot-bad[!attempt.is_good && attempt.took_ms.is_some()] {}
                        span.tx { (attempt.in_words.as_deref().unwrap_or("Cut off: our server was stopped meanwhile, or it is still under way.")) }
                        span.t-sm.t-3.num { "#" (attempt.number) }
                    }
                    div.t-sm.t-3 {
                        (When { at: attempt.started_at, zone: opened.zone, style: Style::DateTime })
                        @if let Some(took) = attempt.took_ms { " · " span.num { (took) " ms" } }
                        @if let Some(code) = attempt.response_code { " · status " span.num { (code) } }
                    }
                    @if let Some(response) = attempt.response.as_deref().filter(|said| !said.is_empty()) {
                        details.fold open[place == 0 && !attempt.is_good] {
                            summary { "What your server said" }
                            div.code-box { pre.mono tabindex="0" aria-label="What your server said" { (response) } }
                        }
                    }
                }
            }
        }
    }
}

fn sent(opened: &Opened<'_>) -> Markup {
    let Some(body) = opened.body else {
        return empty(
            Icon("clock"),
            "Not sent yet",
            "It is worded when it is first sent, and then stays so.",
            None,
        );
    };
    html! {
        p.t-sm.t-3 { "The same in every attempt, here laid out in lines." }
        div.code-box {
            pre.mono tabindex="0" aria-label="Body" { (laid_out(body)) }
            button.btn.btn-soft.btn-sm type="button" data-copy=(body) {
                (Icon("copy")) span data-label aria-live="polite" { "Copy" } span.visually-hidden { " body as it was sent" }
            }
        }
    }
}

fn about(opened: &Opened<'_>) -> Markup {
    let delivery = opened.delivery;
    let instant = |at| When { at, zone: opened.zone, style: Style::DateTime };
    html! {
        dl.facts {
            dt { "To" } dd.typed { (opened.url) }
            dt { "Happened" } dd { (instant(delivery.created_at)) }
            dt { "About" } dd { (delivery.subject) }
            @if let Some(at) = delivery.ended_at { dt { "Ended" } dd { (instant(at)) } }
            dt { "Tries" } dd.num { (delivery.attempts) }
        }
        details.fold.mt-3 {
            summary { "Headers it carries" }
            dl.facts.headers.mono {
                dt { "webhook-id" } dd { (delivery.event) }
                dt { "webhook-timestamp" } dd { "seconds, of each attempt" }
                dt { "webhook-signature" } dd { "v1,… of each attempt" }
                dt { "X-Webhook-Event" } dd { (delivery.kind.as_str()) }
                dt { "X-Webhook-Timestamp" } dd { "ISO 8601, of each attempt" }
                dt { "X-Webhook-Signature" } dd { "HMAC-SHA256 of the body" }
            }
        }
    }
}
