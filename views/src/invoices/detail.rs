//! An invoice as its document has it, and where it stands now.

use domain::invoices::{Invoice, Party, Status};
use domain::money::Money;
use maud::{Markup, html};

use super::content::{lines, payments, sums};
use super::{day, state};
use crate::layout::{Frame, Place};
use crate::parts::{Head, Icon, money, panel};

/// The page.
pub fn page(frame: &Frame, invoice: &Invoice) -> String {
    let show = |amount| money(amount, &invoice.currency);
    let title = format!("Invoice {}", invoice.number);
    let actions = html! {
        a.btn.btn-cta href={ "/api/billing/invoices/" (invoice.id) "/pdf" } download { (Icon("download")) "Download PDF" }
    };
    let content = &invoice.content;
    let body = html! {
        nav.crumb aria-label="Breadcrumb" {
            a.plain href="/billing" { "Billing" } span aria-hidden="true" { "/" }
            a.plain href="/billing/invoices" { "Invoices" } span aria-hidden="true" { "/" } span.t-2 { (invoice.number) }
        }
        (Head { title: &title, sentence: Some(html! { (sentence(invoice)) }), actions: Some(actions) })
        div.grid-2 {
            div.stack {
                (panel("h-lines", &invoice.month.in_words(), Some(state(invoice.status)), &html! {
                    @if content.lines.is_empty() { p.t-2 { "Nothing was charged." } } @else { (lines(&content.lines, &invoice.currency)) }
                    (sums(content, &invoice.currency, &below(invoice)))
                    div.invoice-due { span { "Amount due" } b.num { (show(due(invoice))) } }
                    (note(invoice))
                }))
                @if !content.payments.is_empty() {
                    (panel("h-payments", "Payments received", None, &payments(&content.payments, &invoice.currency)))
                }
            }
            div.stack {
                @if let Some(instructions) = invoice.payment_instructions.as_deref().filter(|_| invoice.amount_due > Money::ZERO) {
                    (panel("h-pay", "How to pay", None, &html! {
                        p.strong.mb-2 { (show(invoice.amount_due)) " by " (day(invoice.due_date)) }
                        (broken(instructions))
                    }))
                }
                (panel("h-facts", "Details", None, &facts(invoice)))
            }
        }
    };
    frame.page(Place::Billing, &title, &body)
}

/// Where it stands.
fn sentence(invoice: &Invoice) -> String {
    let due = money(invoice.amount_due, &invoice.currency);
    match invoice.status {
        Status::Sent => format!("{due} is to be paid by {}.", day(invoice.due_date)),
        Status::Overdue => format!("{due} was to be paid by {}.", day(invoice.due_date)),
        Status::Paid => "Paid: there is nothing to do.".to_owned(),
        Status::Void => "Taken back: its charges were credited, and nothing is to be paid.".to_owned(),
    }
}

/// As it was when it was issued, as its document says.
fn due(invoice: &Invoice) -> Money {
    if invoice.status == Status::Void { Money::ZERO } else { invoice.due_at_issue() }
}

fn below(invoice: &Invoice) -> Vec<(&'static str, Money)> {
    let total = invoice.content.total;
    if total > Money::ZERO {
        vec![("Paid from balance", -invoice.paid_from_balance)]
    } else if total.is_negative() {
        vec![("Stays on the balance", -total)]
    } else {
        Vec::new()
    }
}

/// What came since it was issued, or why nothing is due.
fn note(invoice: &Invoice) -> Markup {
    let show = |amount| money(amount, &invoice.currency);
    let due = invoice.due_at_issue();
    let note = if invoice.status == Status::Void {
        None
    } else if due == Money::ZERO && invoice.paid_from_balance > Money::ZERO {
        Some("Your prepaid balance covered all of it.".to_owned())
    } else if invoice.amount_due == Money::ZERO && due > Money::ZERO {
        Some(format!("{} was paid since it was issued.", show(due)))
    } else if invoice.amount_due < due {
        Some(format!("{} is left to pay.", show(invoice.amount_due)))
    } else {
        None
    };
    html! { @if let Some(note) = note { p.t-sm.t-3.mb-0.mt-2 { (note) } } }
}

fn facts(invoice: &Invoice) -> Markup {
    html! {
        dl.kv {
            dt { "Number" } dd.num { (invoice.number) }
            dt { "Period" } dd { (invoice.month.in_words()) }
            dt { "Issued" } dd { (day(invoice.issued_on)) }
            dt { "Due" } dd { (day(invoice.due_date)) }
        }
        (party("From", &invoice.seller))
        (party("Billed to", &invoice.buyer))
    }
}

fn party(what: &str, party: &Party) -> Markup {
    html! {
        h3.t-sm.t-3.mt-3.mb-1 { (what) }
        p.mb-0.strong { (party.name) }
        @if let Some(address) = &party.address { div.t-2.t-sm { (broken(address)) } }
    }
}

/// With its line breaks.
fn broken(text: &str) -> Markup {
    html! { p.mb-0.typed { (text) } }
}
