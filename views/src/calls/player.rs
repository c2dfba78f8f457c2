//! The recording, and who spoke when in it: two lanes drawn here, a player that the script dresses up.
//! Without the script the browser's own controls are there, and the lanes are to look at.

use domain::calls::{Span, Speaker};
use domain::ids::CallId;
use maud::{Markup, PreEscaped, html};

use super::length;
use crate::assets::address;
use crate::parts::Icon;

/// What is played.
pub struct Recording<'a> {
    /// Of which call.
    pub call: CallId,
    /// Whether there is one.
    pub is_there: bool,
    /// Whether the call has ended.
    pub is_over: bool,
    /// Whole seconds.
    pub duration_seconds: i64,
    /// Who spoke when.
    pub spans: &'a [Span],
}

/// The player; without a recording what there is in its place.
pub fn player(recording: &Recording<'_>) -> Markup {
    let Recording { call, is_there, is_over, duration_seconds, spans } = *recording;
    // Turns may end after the length that was told in whole seconds.
    let spoken = spans.iter().map(|span| span.end / 1000 + 1).max().unwrap_or_default();
    let duration = duration_seconds.max(spoken).max(1);
    html! {
        @if is_there {
            section.panel.player id="recording" aria-label="Recording" data-player data-call=(call) data-duration=(duration) {
                div.row1 {
                    button.bigplay type="button" aria-label="Play" aria-keyshortcuts="Space" data-play hidden {
                        span.i-play { (Icon("play-fill")) }
                        span.i-pause { (Icon("pause-fill")) }
                    }
                    @if !spans.is_empty() { (labels()) }
                    div.lanes-w {
                        @if !spans.is_empty() { (lanes(spans, duration)) }
                        input type="range" class=(if spans.is_empty() { "form-range" } else { "visually-hidden" })
                            min="0" max=(duration) value="0" step="1" aria-label="Position in the recording"
                            aria-valuetext={ "0:00 of " (length(duration)) } data-range hidden;
                    }
                    div.times.num.side-t data-clock hidden { b data-now { "0:00" } " / " (length(duration)) }
                }
                // To keep it is a right of its own, and has a button of its own.
                audio controls controlslist="nodownload" preload="none" src={ "/api/calls/" (call) "/recording" } {}
                div.row2 data-controls hidden {
                    button.icon-btn type="button" aria-label="Back 10 seconds" data-skip="-10" { (Icon("arrow-counterclockwise")) }
                    button.icon-btn type="button" aria-label="Forward 10 seconds" data-skip="10" { (Icon("arrow-clockwise")) }
                    button.speed.num type="button" aria-label="Speed: 1 times" data-speed { "1×" }
                    span.num.only-s.ms-2 { span data-now { "0:00" } "\u{a0}/ " (length(duration)) }
                    span.t-sm role="status" data-state {}
                    button.btn.btn-soft.btn-sm type="button" data-again hidden { "Try again" }
                    span.ms-auto.hide-m { kbd { "Space" } " play " kbd { "←" } " " kbd { "→" } " 10 s" }
                }
            }
        } @else {
            section.panel.silent id="recording" aria-label="Recording" {
                p.t-2.mb-0 {
                    (Icon("mic-mute")) " "
                    @if is_over { "There is no recording of this call." }
                    @else { "The recording will be here once the call has ended." }
                }
                @if !spans.is_empty() { div.row1 { (labels()) div.lanes-w { (lanes(spans, duration)) } } }
            }
        }
    }
}

fn labels() -> Markup {
    html! { div.lanelab aria-hidden="true" { span { "Assistant" } span { "Caller" } } }
}

fn lanes(spans: &[Span], duration: i64) -> Markup {
    let (assistant, caller) = shares(spans);
    html! {
        svg.lanes viewBox="0 0 1000 46" preserveAspectRatio="none" role="img" data-lanes
            aria-label={ "Who spoke when. The assistant, above: " (length(assistant)) "; the caller, below: " (length(caller)) "." } {
            rect.ln-bg x="0" y="0" width="1000" height="22" rx="4" {}
            rect.ln-bg x="0" y="24" width="1000" height="22" rx="4" {}
            // Numbers of ours: thousands of these are a page's weight.
            (PreEscaped(spans.iter().map(|span| bar(*span, duration)).collect::<String>()))
            line.head-l x1="0" x2="0" y1="0" y2="46" data-head {}
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "milliseconds of a call, as a place in a drawing")]
fn bar(span: Span, duration: i64) -> String {
    let whole = duration as f64 * 1000.0;
    let (x, width) = (span.start as f64 / whole * 1000.0, (span.end - span.start) as f64 / whole * 1000.0);
    let (class, y) = match span.speaker {
        Speaker::Assistant => ("ln-a", 4),
        Speaker::Caller => ("ln-c", 28),
        Speaker::Other => ("ln-o", 28),
    };
    let width = width.max(1.5);
    format!(
        "<rect class=\"{class}\" x=\"{x:.1}\" width=\"{width:.1}\" y=\"{y}\" height=\"14\" rx=\"3\" data-a=\"{}\"></rect>",
        span.start / 1000
    )
}

/// Whole seconds that the assistant spoke, and all others.
fn shares(spans: &[Span]) -> (i64, i64) {
    let of = |is_assistant: bool| -> i64 {
        let theirs = spans.iter().filter(|span| (span.speaker == Speaker::Assistant) == is_assistant);
        theirs.map(|span| span.end - span.start).fold(0, i64::saturating_add) / 1000
    };
    (of(true), of(false))
}

/// The player of a page with a table of calls: shown by its script when one of them is played.
pub fn play_in_place() -> Markup {
    html! {
        section.mini.panel aria-label="Player" data-mini hidden {
            span.strong.num data-title {}
            audio controls controlslist="nodownload" preload="none" {}
            span.t-sm.t-2 role="status" data-state {}
            button.btn.btn-soft.btn-sm type="button" data-again hidden { "Try again" }
            button.icon-btn type="button" data-close aria-label="Close the player" { (Icon("x-lg")) }
        }
        script src=(address("calls.js")) defer {}
    }
}
