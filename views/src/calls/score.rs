//! How well a call went: a ring with its number.

use maud::{Markup, html};

/// The colour of a score; the number beside it says the same.
fn class(score: i32) -> &'static str {
    match score {
        80.. => "ring-v s-good",
        60..80 => "ring-v s-warn",
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
