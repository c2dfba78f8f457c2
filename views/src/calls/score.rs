//! How well a call went: a ring with its number.

use domain::calls::POOR_SCORE;
use maud::{Markup, html};

/// The colour of a score; the number beside it says the same.
fn class(score: i32) -> &'static str {
    match score {
        80.. => "ring-v s-good",
        POOR_SCORE..80 => "ring-v s-warn",
        _ => "ring-v s-bad",
    }
}

/// How far round a ring of this radius goes.
fn dashes(score: i32, radius: f64) -> String {
    let round = std::f64::consts::TAU * radius;
    format!("{:.1} {round:.1}", round * f64::from(score.clamp(0, 100)) / 100.0)
}

/// For a row of a table.
pub fn ring(score: Option<i32>) -> Markup {
    html! {
        @match score {
            None => span.t-3 { span.visually-hidden { "Not scored" } span aria-hidden="true" { "–" } }
            Some(score) => span.mini-score {
                svg viewBox="0 0 18 18" aria-hidden="true" {
                    circle.ring-t cx="9" cy="9" r="7" stroke-width="3" {}
                    circle class=(class(score)) cx="9" cy="9" r="7" stroke-width="3"
                        stroke-dasharray=(dashes(score, 7.0)) transform="rotate(-90 9 9)" {}
                }
                span.num { (score) }
            }
        }
    }
}

/// For a page of its own.
pub fn dial(score: i32) -> Markup {
    html! {
        div.dial {
            svg viewBox="0 0 104 104" role="img" aria-label={ "Call score " (score) " out of 100, " (word(score)) } {
                circle.ring-t cx="52" cy="52" r="44" stroke-width="9" {}
                circle class=(class(score)) cx="52" cy="52" r="44" stroke-width="9"
                    stroke-dasharray=(dashes(score, 44.0)) transform="rotate(-90 52 52)" {}
                text x="52" y="59" text-anchor="middle" { (score) }
                text.sub x="52" y="75" text-anchor="middle" { "out of 100" }
            }
            div.strong { (word(score)) }
        }
    }
}

fn word(score: i32) -> &'static str {
    match score {
        90.. => "Very good",
        80..90 => "Good",
        60..80 => "Fair",
        _ => "Poor",
    }
}
