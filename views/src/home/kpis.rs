//! Four numbers, each beside what it is usually.

use domain::money::Money;
use maud::{Markup, html};

use crate::parts::cents;

/// What the numbers are.
pub struct Kpis<'a> {
    /// Calls begun today.
    pub calls: i64,
    /// As many are usual by this time; `None` where nobody knows yet.
    pub usual_by_now: Option<f64>,
    /// `Monday`
    pub weekday: &'a str,
    /// Appointments that callers booked today.
    pub booked: usize,
    /// The mean score of the last seven days, and of the seven before.
    pub scores: [Option<f64>; 2],
    /// The last of the four.
    pub last: Last,
    /// ISO 4217.
    pub currency: &'a str,
}

/// What the last number is about.
pub enum Last {
    /// Spent this month and expected by its end, for those who may see money.
    Spent {
        /// So far.
        spent: Money,
        /// By its end.
        expected: Money,
    },
    /// Appointments that begin today, for the others.
    Appointments(i64),
}

impl Kpis<'_> {
    /// One panel of four.
    pub fn strip(&self) -> Markup {
        let [score, earlier] = self.scores;
        html! {
            dl.kpis {
                (kpi("Calls today", &self.calls.to_string(), &self.usual()))
                (kpi("Booked by callers today", &self.booked.to_string(), &self.share()))
                (kpi("Average call score", &score.map_or("–".to_owned(), |score| format!("{score:.0}")), &better(score, earlier)))
                @match self.last {
                    Last::Spent { spent, expected } => (kpi("Spent this month", &cents(spent, self.currency),
                        &html! { "of about " (cents(expected, self.currency)) " expected" })),
                    Last::Appointments(many) => (kpi("Appointments today", &many.to_string(), &html! { "in the calendar" })),
                }
            }
        }
    }

    fn usual(&self) -> Markup {
        let Some(usual) = self.usual_by_now else { return html! { "so far" } };
        #[expect(clippy::cast_possible_truncation, reason = "a number of calls")]
        let more = self.calls - usual.round() as i64;
        compared(more, ["more", "fewer"], &format!("a usual {} by now", self.weekday))
    }

    fn share(&self) -> Markup {
        if self.calls == 0 {
            return html! { "no calls yet" };
        }
        let booked = i64::try_from(self.booked).unwrap_or(i64::MAX);
        if booked > self.calls {
            return html! { "also in calls of before" };
        }
        html! { (booked * 100 / self.calls) "% of the calls" }
    }
}

fn better(score: Option<f64>, earlier: Option<f64>) -> Markup {
    let (Some(score), Some(earlier)) = (score, earlier) else { return html! { "in the last 7 days" } };
    #[expect(clippy::cast_possible_truncation, reason = "at most a hundred")]
    let more = score.round() as i64 - earlier.round() as i64;
    compared(more, ["higher", "lower"], "in the week before")
}

/// Words beside the sign: colour and shape alone tell nobody who cannot see them.
fn compared(more: i64, [up, down]: [&str; 2], than: &str) -> Markup {
    html! {
        @match more {
            0 => { "as " (if up == "more" { "many" } else { "high" }) " as " (than) },
            1.. => { span.up { span aria-hidden="true" { "▲ " } (more) " " (up) } " than " (than) },
            _ => { span.down { span aria-hidden="true" { "▼ " } (-more) " " (down) } " than " (than) },
        }
    }
}

fn kpi(label: &str, value: &str, beside: &Markup) -> Markup {
    html! { div.kpi { dt { (label) } dd.v.num { (value) } dd.d { (beside) } } }
}
