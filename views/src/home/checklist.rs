//! The first steps of a new business, each with what was seen of it.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use maud::{Markup, html};

use crate::parts::{Icon, Style, Tag, When, panel, tag};

/// What was seen of the first steps.
pub struct Checklist {
    /// Somebody has set the opening hours.
    pub has_hours: bool,
    /// When an event of a call last came.
    pub event: Option<Timestamp>,
    /// When something signed last came.
    pub signed: Option<Timestamp>,
    /// When an agent last called a function.
    pub function: Option<Timestamp>,
    /// There was credit once.
    pub has_credit: bool,
}

struct Step<'a> {
    is_done: bool,
    title: &'static str,
    detail: &'static str,
    seen: Option<Timestamp>,
    link: (&'a str, &'static str),
}

impl Checklist {
    /// Nothing is left to do.
    pub fn is_done(&self) -> bool {
        self.steps().iter().all(|step| step.is_done)
    }

    fn steps(&self) -> [Step<'static>; 5] {
        let retell = ("/settings/retell", "Show the addresses");
        let seen = |title, detail, seen: Option<Timestamp>| Step {
            is_done: seen.is_some(),
            title,
            detail,
            seen,
            link: retell,
        };
        [
            Step {
                is_done: self.has_hours,
                title: "Set your opening hours",
                detail: "Callers are offered Monday to Friday, 9:00 to 17:00, until you do.",
                seen: None,
                link: ("/hours", "Set hours"),
            },
            Step {
                is_done: self.has_credit,
                title: "Have credit",
                detail: "Calls are paid from your balance.",
                seen: None,
                link: ("/billing/top-up", "Top up"),
            },
            seen(
                "Let Retell report your calls",
                "Paste the webhook address into Retell, then call your number.",
                self.event,
            ),
            seen(
                "Let Retell sign what it sends",
                "Without a key of Retell's here, whoever knows your address could report calls.",
                self.signed,
            ),
            seen(
                "Let your assistant book",
                "Paste the addresses of the functions into Retell, then ask for a free time.",
                self.function,
            ),
        ]
    }

    /// The panel.
    pub fn panel(&self, zone: &TimeZone) -> Markup {
        let steps = self.steps();
        let done = steps.iter().filter(|step| step.is_done).count();
        let progress = html! { span.t-sm.t-3 { (done) " of " (steps.len()) " done" } };
        panel(
            "h-checklist",
            "First steps",
            Some(progress),
            &html! {
                progress.todo-p max=(steps.len()) value=(done) aria-label="Steps done" {}
                ol.todo {
                    @for step in &steps { (row(step, zone)) }
                }
            },
        )
    }
}

fn row(step: &Step<'_>, zone: &TimeZone) -> Markup {
    let (href, verb) = step.link;
    html! {
        li {
            span.todo-i.g[step.is_done] { @if step.is_done { (Icon("check-circle-fill")) } @else { (Icon("circle")) } }
            div.tx {
                span.strong { (step.title) }
                div.t-sm.t-2 {
                    @match step.seen {
                        Some(at) => { "Last seen " (When { at, zone, style: Style::DateTime }) },
                        None if step.is_done => { "Done" },
                        None => (step.detail),
                    }
                }
            }
            div.act {
                @if step.is_done { (tag(Tag::Good, "Done")) } @else { a.btn.btn-soft.btn-sm href=(href) { (verb) } }
            }
        }
    }
}
