//! What is left, what it went on, and every entry of the ledger.

use domain::billing::{BalanceState, Rates, SmsUnit};
use domain::money::Money;
use domain::outlook::Outlook;
use domain::usage::Usage;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use maud::{Markup, html};

use crate::layout::{Frame, Place};
use crate::parts::{
    Choice, Field, Head, Icon, Input, Pager, Style, Tag, When, count, empty, money, panel, tag, zone_name,
};

/// What the first page shows.
pub struct Billing<'a> {
    /// What is left.
    pub balance: Money,
    /// Whether something should be done.
    pub state: BalanceState,
    /// Below it the balance is low.
    pub low_balance_alert: Money,
    /// How long it lasts.
    pub outlook: Outlook,
    /// Days that the pace is taken from.
    pub pace_days: i64,
    /// The month so far.
    pub usage: Usage,
    /// `November 2026`
    pub month: &'a str,
    /// As much of the month before.
    pub before: Usage,
    /// `October`
    pub month_before: &'a str,
    /// In force.
    pub rates: Rates,
    /// ISO 4217.
    pub currency: &'a str,
    /// The last entries.
    pub latest: &'a [Entry],
    /// Where its reader is.
    pub zone: &'a TimeZone,
}

/// An entry of the ledger.
pub struct Entry {
    /// When.
    pub at: Timestamp,
    /// For people.
    pub description: String,
    /// As stored.
    pub category: String,
    /// Signed.
    pub amount: Money,
    /// The balance once it is counted.
    pub balance_after: Money,
    /// The call it is for, or its receipt.
    pub link: Option<String>,
}

/// The first page.
pub fn page(frame: &Frame, billing: &Billing<'_>) -> String {
    let show = |amount| money(amount, billing.currency);
    let sentence = match (billing.outlook.days, billing.state) {
        (_, BalanceState::Depleted) => "Nothing is left: your assistant does not answer.".to_owned(),
        (Some(days), _) => {
            let pace =
                if billing.pace_days == 1 { "day".to_owned() } else { count(billing.pace_days, "day") };
            format!("At the pace of the last {pace} it lasts {}.", count(days, "day"))
        }
        (None, _) => "Nothing was spent yet.".to_owned(),
    };
    let body = html! {
        (Head { title: "Billing", sentence: Some(html! { span id="live-outlook" data-live="balance" { (sentence) } }), actions: Some(actions()) })
        div.grid-2 id="live-billing" data-live="balance" {
            div.stack {
                (panel("h-month", &format!("{} so far", billing.month), None, &month(billing)))
                (panel("h-latest", "Latest transactions", Some(html! { a.t-sm href="/billing/transactions" { "All transactions" } }),
                    &entries(billing.latest, billing.currency, billing.zone)))
            }
            div.stack {
                (panel("h-balance", "Balance", state(billing.state), &html! {
                    div.bal.num { (show(billing.balance)) }
                    @if let Some(minutes) = billing.outlook.call_minutes {
                        p.t-sm.t-2.mb-0 { "About " (count(minutes, "minute")) " of calls" }
                    }
                    p.t-sm.t-3.mb-0.mt-2 { "You are told when it falls below " (show(billing.low_balance_alert)) "." }
                }))
                (panel("h-rates", "Your rates", None, &rates(&billing.rates, billing.currency)))
            }
        }
        p.t-sm.t-3.mt-2 { "Times in " span data-zone-name { (zone_name(billing.zone)) } "; the month is that of the business." }
    };
    frame.page(Place::Billing, "Billing", &body)
}

fn actions() -> Markup {
    html! {
        a.btn.btn-soft href="/billing/statement" { (Icon("journal-text")) "Statement" }
        a.btn.btn-soft href="/billing/invoices" { (Icon("file-earmark-text")) "Invoices" }
        a.btn.btn-cta href="/billing/top-up" { (Icon("plus-lg")) "Top up" }
    }
}

/// A tag where something should be done.
pub(crate) fn state(state: BalanceState) -> Option<Markup> {
    match state {
        BalanceState::Ok => None,
        BalanceState::Low => Some(tag(Tag::Warn, "Low")),
        BalanceState::Depleted => Some(tag(Tag::Bad, "Used up")),
    }
}

fn month(billing: &Billing<'_>) -> Markup {
    let Usage { call_count, calls, sms, sms_count, email, email_count, subscription, .. } = billing.usage;
    let total = billing.usage.total();
    let rows = [
        ("Calls", count(call_count, "charge"), calls),
        ("Text messages", sms_count.to_string(), sms),
        ("E-mails", email_count.to_string(), email),
        ("Monthly fee", String::new(), subscription),
    ];
    html! {
        dl.sums {
            @for (what, many, cost) in rows {
                dt { (what) @if !many.is_empty() { " " span.t-3 { (many) } } }
                dd.num { (money(cost, billing.currency)) }
            }
            dt.strong { "Together" }
            dd.num.strong { (money(total, billing.currency)) }
        }
        @if billing.before.total() > Money::ZERO { p.t-sm.t-3.mb-0.mt-3 { (beside(billing)) } }
    }
}

/// What the month is compared with.
fn beside(billing: &Billing<'_>) -> String {
    let before = money(billing.before.total(), billing.currency);
    let growth = match billing.usage.growth_percent(&billing.before) {
        None | Some(0) => "about the same".to_owned(),
        Some(more @ 1..) => format!("{more} % more now"),
        Some(less) => format!("{} % less now", -less),
    };
    format!("{} to the same day and hour: {before}, {growth}.", billing.month_before)
}

/// The rates in force.
pub(crate) fn rates(rates: &Rates, currency: &str) -> Markup {
    let &Rates { per_minute, per_sms, per_email, monthly_fee, increment_seconds, minimum_seconds, .. } =
        rates;
    let show = |amount| money(amount, currency);
    let per_text = match rates.sms_charged_per {
        SmsUnit::Message => "A text message",
        SmsUnit::Part => "A part of a text message",
    };
    html! {
        dl.kv {
            dt { "A minute of a call" } dd.num { (show(per_minute)) }
            dt { (per_text) } dd.num { (show(per_sms)) }
            dt { "An e-mail" } dd.num { (show(per_email)) }
            dt { "A month" } dd.num { (show(monthly_fee)) }
        }
        p.t-sm.t-3.mb-0.mt-2 {
            "Calls are counted in steps of " (count(increment_seconds.into(), "second"))
            @if minimum_seconds > 0 { ", at least " (count(minimum_seconds.into(), "second")) }
            "."
        }
    }
}

fn entries(entries: &[Entry], currency: &str, zone: &TimeZone) -> Markup {
    if entries.is_empty() {
        return empty(
            Icon("receipt"),
            "No transactions",
            "Every charge and every payment will stand here.",
            None,
        );
    }
    html! {
        table.tbl.tbl-in {
            thead { tr {
                th scope="col" { "What" } th.hs scope="col" { "When" } th.r scope="col" { "Amount" }
                th.r.hs scope="col" { "Balance" }
            } }
            tbody {
                @for entry in entries {
                    tr {
                        td {
                            @match &entry.link {
                                Some(link) => a.plain.strong href=(link) { (entry.description) }
                                None => span.strong { (entry.description) }
                            }
                            span.d-block.t-sm.t-3 { (category(&entry.category)) }
                            span.only-s.t-sm.t-3 { (When { at: entry.at, zone, style: Style::DateTime }) }
                        }
                        td.hs.t-2 { (When { at: entry.at, zone, style: Style::DateTime }) }
                        td.r.num.up[!entry.amount.is_negative()] {
                            @if !entry.amount.is_negative() { "+" } (money(entry.amount, currency))
                        }
                        td.r.num.hs.t-2 { (money(entry.balance_after, currency)) }
                    }
                }
            }
        }
    }
}

/// What the list of transactions shows.
pub struct Transactions<'a> {
    /// Of this page.
    pub entries: &'a [Entry],
    /// The way through the others.
    pub pager: Pager,
    /// What they are narrowed to, as it was typed.
    pub filter: TypedFilter<'a>,
    /// What is wrong with that: the field and a sentence.
    pub error: Option<(&'a str, &'a str)>,
    /// The same entries as a file for spreadsheets.
    pub csv: &'a str,
    /// And for programs.
    pub json: &'a str,
    /// ISO 4217.
    pub currency: &'a str,
    /// Where its reader is.
    pub zone: &'a TimeZone,
}

/// A filter as it was typed.
#[derive(Default)]
pub struct TypedFilter<'a> {
    /// `credit`, `debit`
    pub kind: &'a str,
    /// As stored.
    pub category: &'a str,
    /// A day.
    pub from: &'a str,
    /// A day, the last one.
    pub to: &'a str,
}

impl TypedFilter<'_> {
    fn is_empty(&self) -> bool {
        [self.kind, self.category, self.from, self.to].iter().all(|typed| typed.is_empty())
    }
}

/// The list of transactions.
pub fn transactions(frame: &Frame, list: &Transactions<'_>) -> String {
    let Pager { total, total_is_exact, .. } = list.pager;
    let many = if total == 1 { "1 entry".to_owned() } else { format!("{total} entries") };
    let sentence = if total_is_exact {
        format!("{many}, newest first.")
    } else {
        format!("More than {many}, newest first.")
    };
    let head = Head {
        title: "Transactions",
        sentence: Some(html! { span id="live-count" data-live="balance" { (sentence) } }),
        actions: Some(html! {
            a.btn.btn-soft href=(list.csv) download { (Icon("download")) "CSV" }
            a.btn.btn-soft href=(list.json) download { (Icon("download")) "JSON" }
        }),
    };
    let body = html! {
        nav.crumb aria-label="Breadcrumb" { a.plain href="/billing" { "Billing" } span aria-hidden="true" { "/" } span.t-2 { "Transactions" } }
        (head)
        (filter(list))
        section.panel aria-label="Transactions" {
            div.body id="live-entries" data-live="balance" {
                @if list.entries.is_empty() && !list.filter.is_empty() {
                    (empty(Icon("funnel"), "No transactions match", "Take a filter away to see more.",
                        Some(html! { a.btn.btn-soft href="/billing/transactions" { "Clear filters" } })))
                } @else {
                    (entries(list.entries, list.currency, list.zone))
                }
            }
        }
        div id="live-pager" data-live="balance" { (list.pager) }
        p.t-sm.t-3.mt-2 { "Times in " span data-zone-name { (zone_name(list.zone)) } "; days of the filter are those of the business." }
    };
    frame.page(Place::Billing, "Transactions", &body)
}

fn filter(list: &Transactions<'_>) -> Markup {
    let error = |field: &str| list.error.filter(|(wrong, _)| *wrong == field).map(|(_, sentence)| sentence);
    let choice = |name, label, choices, value| Field {
        name,
        label,
        input: Input::Choice(choices),
        value,
        is_required: false,
        hint: None,
        error: error(name),
    };
    let day = |name, label, value| Field {
        name,
        label,
        input: Input::Line { kind: "date", autocomplete: None },
        value,
        is_required: false,
        hint: None,
        error: error(name),
    };
    html! {
        form.filters method="get" action="/billing/transactions" {
            (choice("type", "Direction", KINDS, list.filter.kind))
            (choice("category", "What for", CATEGORIES, list.filter.category))
            (day("from", "From", list.filter.from))
            (day("to", "To", list.filter.to))
            button.btn.btn-soft { "Show" }
        }
    }
}

const KINDS: &[Choice<'_>] = &[
    Choice { value: "", label: "All" },
    Choice { value: "debit", label: "Charges" },
    Choice { value: "credit", label: "Credits" },
];

const CATEGORIES: &[Choice<'_>] = &[
    Choice { value: "", label: "Anything" },
    Choice { value: "call", label: "Calls" },
    Choice { value: "sms", label: "Text messages" },
    Choice { value: "email", label: "E-mails" },
    Choice { value: "subscription", label: "Monthly fee" },
    Choice { value: "top_up", label: "Payments" },
    Choice { value: "adjustment", label: "Adjustments" },
    Choice { value: "refund", label: "Refunds" },
    Choice { value: "tax", label: "Tax" },
];

fn category(stored: &str) -> &str {
    CATEGORIES.iter().find(|choice| choice.value == stored).map_or(stored, |choice| choice.label)
}
