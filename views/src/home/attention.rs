//! What waits for somebody, the most urgent first.

use domain::appointments::Appointment;
use domain::billing::BalanceState;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use maud::{Markup, html};

use crate::appointments::guest_name;
use crate::calls::Line;
use crate::parts::{Icon, Style, When, empty, panel};

/// Something that waits.
pub enum Attention<'a> {
    /// The balance is low or gone; when it will be, in words.
    Balance {
        /// Which of the two.
        state: BalanceState,
        /// `Sunday`, `Dec 12`; `None` where nothing is spent.
        runs_out: Option<String>,
    },
    /// What Retell sends is turned away.
    Refused {
        /// When it last was.
        at: Timestamp,
        /// Why.
        detail: &'a str,
    },
    /// A call did not go well, or was held back.
    Call(&'a Line),
    /// Booked, and now outside opening hours.
    OutsideHours {
        /// How many.
        many: usize,
        /// The next of them.
        next: &'a Appointment,
    },
    /// So many messages reached nobody lately.
    Lost(i64),
    /// Over, and nobody said whether the guest came.
    Unmarked(i64),
}

/// The panel.
pub fn attention(items: &[Attention<'_>], zone: &TimeZone) -> Markup {
    if items.is_empty() {
        let nothing = empty(
            Icon("check-circle-fill"),
            "Nothing waits for you",
            "What needs you will stand here.",
            None,
        );
        return panel("h-attention", "Needs your attention", None, &nothing);
    }
    let many = html! { span.tag { (items.len()) } };
    let list = html! { ul.todo { @for item in items { (row(item, zone)) } } };
    panel("h-attention", "Needs your attention", Some(many), &list)
}

fn row(item: &Attention<'_>, zone: &TimeZone) -> Markup {
    match item {
        Attention::Balance { state, runs_out } => {
            let title = match (state, runs_out) {
                (BalanceState::Depleted, _) => "The balance is used up".to_owned(),
                (_, Some(day)) => format!("The balance runs out around {day}"),
                (_, None) => "The balance is low".to_owned(),
            };
            let detail = if *state == BalanceState::Depleted {
                "Your assistant does not answer until there is credit again."
            } else {
                "Without credit your assistant stops answering."
            };
            todo("loud", Icon("wallet2"), &title, &html! { (detail) }, ("/billing/top-up", "Top up"))
        }
        Attention::Refused { at, detail } => todo(
            "b",
            Icon("plug"),
            "Retell's messages are turned away",
            &html! { "Since the last one that was right: " (detail) ", " (When { at: *at, zone, style: Style::DateTime }) },
            ("/settings/retell", "Check the set-up"),
        ),
        Attention::Call(line) => {
            let title = match &line.summary {
                Some(summary) if !summary.is_empty() => summary.clone(),
                _ => "A call did not go well".to_owned(),
            };
            let detail = html! {
                span.num { (line.caller.name()) } " · " (When { at: line.at, zone, style: Style::DateTime })
                @if let Some(score) = line.score { " · score " (score) }
                @if line.needs_review { " · to be checked" }
            };
            todo("c", Icon("telephone"), &title, &detail, (&format!("/calls/{}", line.id), "Open call"))
        }
        Attention::OutsideHours { many, next } => {
            let title = match many {
                1 => "An appointment is outside your opening hours".to_owned(),
                many => format!("{many} appointments are outside your opening hours"),
            };
            let detail = html! {
                @if *many > 1 { "Next: " }
                (guest_name(next)) " · " (When { at: next.start, zone, style: Style::DateTime })
            };
            todo(
                "",
                Icon("calendar3"),
                &title,
                &detail,
                (&format!("/appointments/{}", next.id), "Open appointment"),
            )
        }
        Attention::Lost(many) => {
            let title = match many {
                1 => "A message could not be delivered".to_owned(),
                many => format!("{many} messages could not be delivered"),
            };
            let detail = html! { "Somebody was not told. See whom, and why." };
            todo("b", Icon("chat-left-text"), &title, &detail, ("/messages?status=failed", "Show them"))
        }
        Attention::Unmarked(many) => {
            let title = match many {
                1 => "An appointment is over and not marked".to_owned(),
                many => format!("{many} appointments are over and not marked"),
            };
            let detail = html! { "Say whether the guest came." };
            todo("", Icon("calendar-check"), &title, &detail, ("/appointments?tab=past", "Show them"))
        }
    }
}

fn todo(kind: &str, icon: Icon, title: &str, detail: &Markup, (href, verb): (&str, &str)) -> Markup {
    html! {
        li.loud[kind == "loud"] {
            span.todo-i.c[kind == "c"].b[kind == "b"] { (icon) }
            div.tx { span.strong.clip { (title) } div.t-sm.t-2 { (detail) } }
            div.act { a.btn.btn-soft.btn-sm href=(href) { (verb) } }
        }
    }
}
