//! The week as rows of native time inputs. Rows to add are there already, folded away, so that no
//! script is needed.

use maud::{Markup, html};

use super::Hours;

/// The days in the order in which they are shown, with their number: 0 is Sunday.
pub const DAYS: [(u8, &str); 7] = [
    (1, "Monday"),
    (2, "Tuesday"),
    (3, "Wednesday"),
    (4, "Thursday"),
    (5, "Friday"),
    (6, "Saturday"),
    (0, "Sunday"),
];

/// What a row does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Kind {
    /// Can be booked.
    #[default]
    Open,
    /// Cuts a pause out of the day.
    Pause,
    /// Is left out.
    Gone,
}

impl Kind {
    const ALL: [(Self, &'static str, &'static str); 3] =
        [(Self::Open, "open", "Open"), (Self::Pause, "pause", "Pause"), (Self::Gone, "gone", "Remove")];

    /// Reads it as the form sends it.
    pub fn parse(word: &str) -> Self {
        Self::ALL.iter().find(|(_, known, _)| *known == word).map_or(Self::Open, |(kind, ..)| *kind)
    }
}

/// A stretch of a day: as it is, or as it was typed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Row {
    /// What it does.
    pub kind: Kind,
    /// `09:00`
    pub from: String,
    /// `17:00`; `00:00` is midnight at the end of the day.
    pub to: String,
    /// What is wrong with it.
    pub error: Option<String>,
}

/// A day of the week.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Day {
    /// 0 is Sunday.
    pub day_of_week: u8,
    /// Those that there are; rows to add are made by the page.
    pub rows: Vec<Row>,
}

/// Rows to add, a day.
const SPARE: usize = 3;

pub(super) fn week(hours: &Hours<'_>) -> Markup {
    let (days, shown) = (hours.days, hours.offered.day);
    if !hours.may_change {
        return html! { dl.facts { @for day in days { dt { (name(day)) } dd { (in_words(day)) } } } };
    }
    html! {
        form method="post" action="/hours" {
            @for day in days { (form_of(day)) }
            p.t-sm.t-3 { "Midnight at the end of a day is 00:00. A day without a row is closed." }
            input type="hidden" name="day" value=(shown);
            input type="hidden" name="revision" value=(hours.revision);
            div.d-flex.flex-wrap.gap-2 {
                button.btn.btn-cta { "Save the week" }
                button.btn.btn-soft formaction="/hours/preview#h-offered" { "Try it on " (shown.strftime("%a, %b %-d").to_string()) }
            }
        }
    }
}

fn name(day: &Day) -> &'static str {
    DAYS.iter().find(|(number, _)| *number == day.day_of_week).map_or("", |(_, name)| name)
}

fn in_words(day: &Day) -> String {
    let words = |row: &Row| {
        let pause = if row.kind == Kind::Pause { "pause " } else { "" };
        format!("{pause}{}–{}", row.from, row.to)
    };
    if day.rows.is_empty() {
        "Closed".to_owned()
    } else {
        day.rows.iter().map(words).collect::<Vec<_>>().join(", ")
    }
}

fn form_of(day: &Day) -> Markup {
    let (known, name) = (day.rows.len(), name(day));
    let spare = Row::default();
    html! {
        fieldset.day {
            legend { (name) @if known == 0 { span.t-sm.t-3 { " Closed" } } }
            @for (at, row) in day.rows.iter().enumerate() { (row_of(day, name, at, row)) }
            details {
                summary.t-sm { "Add a time" span.visually-hidden { " on " (name) } }
                @for at in known..known + SPARE { (row_of(day, name, at, &spare)) }
            }
        }
    }
}

fn row_of(day: &Day, name: &str, at: usize, row: &Row) -> Markup {
    let id = format!("d{}-{at}", day.day_of_week);
    let about = format!("{id}-about");
    let described = row.error.is_some().then_some(about.as_str());
    let invalid = row.error.is_some().then_some("true");
    html! {
        div.hours-row {
            select.form-select name={ (id) "-kind" } aria-label={ (name) ", row " (at + 1) ": open or pause" } {
                @for (kind, word, label) in Kind::ALL { option value=(word) selected[row.kind == kind] { (label) } }
            }
            input.form-control type="time" name={ (id) "-from" } value=(row.from) aria-label={ (name) ", row " (at + 1) ": from" }
                aria-describedby=[described] aria-invalid=[invalid];
            span aria-hidden="true" { "–" }
            input.form-control type="time" name={ (id) "-to" } value=(row.to) aria-label={ (name) ", row " (at + 1) ": to" }
                aria-describedby=[described] aria-invalid=[invalid];
            @if let Some(error) = &row.error { p.error.t-sm id=(about) { (error) } }
        }
    }
}
