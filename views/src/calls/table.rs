//! Calls in a table: on the list, and the latest of them elsewhere.

use domain::calls::Status;
use domain::ids::CallId;
use domain::money::Money;
use domain::search::Piece;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use maud::{Markup, Render, html};

use super::caller::Caller;
use super::outcome::Outcome;
use super::{length, score};
use crate::parts::{Icon, Style, When, cents};

/// A call in a table.
#[derive(Debug, Clone)]
pub struct Line {
    /// By which its page is found.
    pub id: CallId,
    /// Who was at the other end.
    pub caller: Caller,
    /// When it began.
    pub at: Timestamp,
    /// Whole seconds.
    pub duration_seconds: i32,
    /// For those who may see costs.
    pub cost: Option<Money>,
    /// 0 to 100.
    pub score: Option<i32>,
    /// `None` while it is under way.
    pub status: Option<Status>,
    /// An appointment was booked in it.
    pub is_booked: bool,
    /// A person should look at it.
    pub needs_review: bool,
    /// Whether there is something to listen to.
    pub has_recording: bool,
    /// What it was about.
    pub summary: Option<String>,
    /// Where in what was said something was found; empty where nothing was looked for.
    pub found: Vec<Piece>,
    /// It was found by the number.
    pub is_found_by_number: bool,
}

/// A table of calls.
pub struct Table<'a> {
    /// The newest first.
    pub lines: &'a [Line],
    /// Where its reader is.
    pub zone: &'a TimeZone,
    /// ISO 4217.
    pub currency: &'a str,
}

impl Render for Table<'_> {
    fn render(&self) -> Markup {
        let shows_costs = self.lines.iter().any(|line| line.cost.is_some());
        html! {
            table.tbl.calls {
                thead {
                    tr {
                        th scope="col" { "Caller" }
                        th.hs scope="col" { "What happened" }
                        th.r.hs scope="col" { "Length" }
                        @if shows_costs { th.r.hs scope="col" { "Cost" } }
                        th.hs scope="col" { "Score" }
                        th.hs scope="col" { "Outcome" }
                        th.r scope="col" { "When" }
                        th.r scope="col" { span.visually-hidden { "Play" } }
                    }
                }
                tbody { @for line in self.lines { (self.row(line, shows_costs)) } }
            }
        }
    }
}

impl Table<'_> {
    fn row(&self, line: &Line, shows_costs: bool) -> Markup {
        let outcome =
            Outcome { status: line.status, is_booked: line.is_booked, needs_review: line.needs_review };
        let name = line.caller.name();
        let is_named = line.caller.number.is_some();
        html! {
            tr {
                td {
                    span.who {
                        span.av.hide-m.av-c[is_named].av-n[!is_named] {
                            @if line.caller.is_outbound { (Icon("telephone-outbound")) }
                            @else { (Icon("telephone-inbound")) }
                        }
                        span {
                            a.plain.rowlink.strong.num href={ "/calls/" (line.id) } {
                                @if line.is_found_by_number && line.caller.guest.is_none() { mark { (name) } } @else { (name) }
                            }
                            span.trunc.t-sm.t-3 {
                                @if line.caller.guest.is_some() {
                                    span.num { @if line.is_found_by_number { mark { (line.caller.line()) } } @else { (line.caller.line()) } }
                                } @else { (line.caller.way()) }
                            }
                            span.only-s.mt-1 { (outcome.tags()) }
                            @if !line.found.is_empty() { span.only-s.found.t-sm.t-2 { span { (pieces(&line.found)) } } }
                        }
                    }
                }
                td.hs.t-2 {
                    span.gist { (line.summary.as_deref().unwrap_or("–")) }
                    @if !line.found.is_empty() { span.found.t-sm { "… " (pieces(&line.found)) " …" } }
                }
                td.r.num.hs { (length(i64::from(line.duration_seconds))) }
                @if shows_costs {
                    td.r.num.hs { @if let Some(cost) = line.cost { (cents(cost, self.currency)) } }
                }
                td.hs { (score::ring(line.score)) }
                td.hs { (outcome.tags()) }
                td.r.num.t-2 {
                    (When { at: line.at, zone: self.zone, style: Style::Date })
                    span.d-block.t-sm.t-3 { (When { at: line.at, zone: self.zone, style: Style::Time }) }
                }
                td.r { @if line.has_recording { (self.play(line, &name)) } }
            }
        }
    }

    /// Without the script it leads to the player on the call's page.
    fn play(&self, line: &Line, name: &str) -> Markup {
        let when = When { at: line.at, zone: self.zone, style: Style::DateTime };
        html! {
            a.play.above href={ "/calls/" (line.id) "#recording" } data-play=(line.id) data-title=(name)
                aria-label={ "Play the call of " (name) ", " (when.text()) } {
                span.i-play { (Icon("play-fill")) }
                span.i-pause { (Icon("pause-fill")) }
            }
        }
    }
}

fn pieces(pieces: &[Piece]) -> Markup {
    html! { @for piece in pieces { @if piece.is_hit { mark { (piece.text) } } @else { (piece.text) } } }
}
