//! A statement: what the balance was, what came and went, and what it was then; to be read and printed.

use domain::billing::Category;
use domain::money::Money;
use domain::statements::Statement;
use maud::{Markup, html};

use crate::layout::{Frame, Place};
use crate::parts::{Field, Head, Icon, Input, money, panel};

/// What the page shows.
pub struct Shown<'a> {
    /// Of the period; `None` where it makes no sense.
    pub statement: Option<&'a Statement>,
    /// The first day, as it was typed.
    pub from: &'a str,
    /// The last one.
    pub to: &'a str,
    /// What is wrong with them: the field and a sentence.
    pub error: Option<(&'a str, &'a str)>,
    /// The period in words: `November 2026`, `Nov 1 to Nov 5, 2026`.
    pub period: &'a str,
    /// Days of this month, first and last.
    pub this_month: (String, String),
    /// The same of the month before.
    pub last_month: (String, String),
    /// ISO 4217.
    pub currency: &'a str,
}

/// The page.
pub fn page(frame: &Frame, shown: &Shown<'_>) -> String {
    let query = format!("from={}&to={}", shown.from, shown.to);
    let actions = html! {
        a.btn.btn-soft href={ "/api/billing/transactions.csv?" (query) } download { (Icon("download")) "CSV" }
        a.btn.btn-soft href={ "/api/billing/transactions.json?" (query) } download { (Icon("download")) "JSON" }
    };
    let sentence = html! { "Every entry of the period counted once, between two balances." };
    let body = html! {
        nav.crumb aria-label="Breadcrumb" { a.plain href="/billing" { "Billing" } span aria-hidden="true" { "/" } span.t-2 { "Statement" } }
        (Head { title: "Statement", sentence: Some(sentence), actions: shown.statement.map(|_| actions) })
        (chooser(shown))
        @if let Some(statement) = shown.statement {
            div.lone-form { (panel("h-statement", shown.period, None, &sums(statement, shown, &query))) }
        }
        p.t-sm.t-3.mt-2 { "Days are those of the business." }
    };
    frame.page(Place::Billing, "Statement", &body)
}

fn chooser(shown: &Shown<'_>) -> Markup {
    let error = |field: &str| shown.error.filter(|(wrong, _)| *wrong == field).map(|(_, sentence)| sentence);
    let day = |name, label, value| Field {
        name,
        label,
        input: Input::Line { kind: "date", autocomplete: None },
        value,
        is_required: false,
        hint: None,
        error: error(name),
    };
    let month = |label: &str, (from, to): &(String, String)| {
        let is_this = shown.from == from && shown.to == to;
        html! { a.btn.btn-soft href={ "/billing/statement?from=" (from) "&to=" (to) } aria-current=[is_this.then_some("page")] { (label) } }
    };
    html! {
        form.filters.of-statement method="get" action="/billing/statement" {
            (day("from", "From", shown.from))
            (day("to", "To", shown.to))
            button.btn.btn-soft { "Show" }
            (month("This month", &shown.this_month))
            (month("Last month", &shown.last_month))
        }
    }
}

fn sums(statement: &Statement, shown: &Shown<'_>, query: &str) -> Markup {
    let row = |what: Markup, amount: Money, is_strong: bool| {
        html! {
            dt.strong[is_strong] { (what) }
            dd.num.strong[is_strong] { (money(amount, shown.currency)) }
        }
    };
    html! {
        dl.sums {
            (row(html! { "Opening balance" }, statement.opening(), true))
            @for total in statement.totals() {
                @let category = total.category;
                (row(html! {
                    a href={ "/billing/transactions?category=" (category.as_str()) "&" (query) } { (kind(category)) }
                    " " span.t-3 { (entries(total.entries)) }
                }, total.amount, false))
            }
            (row(html! { "Closing balance" }, statement.closing(), true))
        }
        p.t-sm.t-3.mb-0.mt-3 {
            @if statement.entries() == 0 { "Nothing came and nothing went." }
            @else { a href={ "/billing/transactions?" (query) } { "All " (entries(statement.entries())) } " of the period, one by one." }
        }
    }
}

fn entries(many: i64) -> String {
    if many == 1 { "1 entry".to_owned() } else { format!("{many} entries") }
}

/// As people call it.
fn kind(category: Category) -> &'static str {
    match category {
        Category::Call => "Calls",
        Category::Sms => "Text messages",
        Category::Email => "E-mails",
        Category::Subscription => "Monthly fees",
        Category::Tax => "Tax",
        Category::TopUp => "Payments",
        Category::Adjustment => "Adjustments",
        Category::Refund => "Refunds",
    }
}
