//! The list of invoices, under what the next one will say.

use domain::ids::InvoiceId;
use domain::invoices::{Content, Status};
use domain::money::Money;
use domain::month::Month;
use jiff::civil::Date;
use maud::{Markup, html};

use super::content::{lines, sums};
use super::{day, state};
use crate::layout::{Frame, Place};
use crate::parts::{Choice, Field, Head, Icon, Input, Pager, Tag, count, empty, money, panel, tag};

/// What the page shows.
pub struct Invoices<'a> {
    /// Of this page.
    pub invoices: &'a [Listed],
    /// The way through the others.
    pub pager: Pager,
    /// Where they stand, as it is in the address.
    pub status: &'a str,
    /// The running month.
    pub draft: Draft<'a>,
    /// ISO 4217, of the running month.
    pub currency: &'a str,
}

/// An invoice of the list.
pub struct Listed {
    /// `inv_7`
    pub id: InvoiceId,
    /// `INV-1-0001`
    pub number: String,
    /// Which month.
    pub month: Month,
    /// The day it was given its number.
    pub issued_on: Date,
    /// The last day on which it is not overdue.
    pub due_date: Date,
    /// ISO 4217.
    pub currency: String,
    /// With tax.
    pub total: Money,
    /// What is due now.
    pub amount_due: Money,
    /// Where it stands.
    pub status: Status,
}

/// The running month.
pub struct Draft<'a> {
    /// It.
    pub month: Month,
    /// The day on which it becomes an invoice.
    pub closes_on: Date,
    /// As if it ended now.
    pub content: &'a Content,
}

const STATUSES: &[Choice<'_>] = &[
    Choice { value: "", label: "Any" },
    Choice { value: "sent", label: "To pay" },
    Choice { value: "overdue", label: "Overdue" },
    Choice { value: "paid", label: "Paid" },
    Choice { value: "void", label: "Void" },
];

/// The page.
pub fn page(frame: &Frame, shown: &Invoices<'_>) -> String {
    let Pager { total, .. } = shown.pager;
    let first = format!("Your first invoice comes on {}.", day(shown.draft.closes_on));
    let is_narrowed = !shown.status.is_empty();
    let sentence = match total {
        0 if !is_narrowed => first.clone(),
        _ => format!("{}, newest first.", count(total, "invoice")),
    };
    let body = html! {
        nav.crumb aria-label="Breadcrumb" { a.plain href="/billing" { "Billing" } span aria-hidden="true" { "/" } span.t-2 { "Invoices" } }
        (Head { title: "Invoices", sentence: Some(html! { (sentence) }), actions: None })
        div.stack {
            (panel("h-draft", &format!("{} so far", shown.draft.month.in_words()), Some(tag(Tag::Neutral, "Draft")),
                &draft(&shown.draft, shown.currency)))
            @if total > 0 || is_narrowed { (filter(shown.status)) }
            section.panel aria-label="Invoices" {
                div.body {
                    @if !shown.invoices.is_empty() {
                        (table(shown.invoices))
                    } @else if is_narrowed {
                        (empty(Icon("funnel"), "No invoices match", "Take the filter away to see more.",
                            Some(html! { a.btn.btn-soft href="/billing/invoices" { "Clear filter" } })))
                    } @else {
                        (empty(Icon("file-earmark-text"), "No invoices yet", &first, None))
                    }
                }
            }
        }
        (shown.pager)
    };
    frame.page(Place::Billing, "Invoices", &body)
}

fn draft(draft: &Draft<'_>, currency: &str) -> Markup {
    let when = day(draft.closes_on);
    html! {
        @if draft.content.lines.is_empty() {
            p.t-2.mb-0 { "Nothing was charged so far. What comes until then is invoiced on " (when) "." }
        } @else {
            (lines(&draft.content.lines, currency))
            (sums(draft.content, currency, &[]))
            p.t-sm.t-3.mb-0.mt-2 { "It becomes an invoice on " (when) ", with what comes until then. Charges are paid from the balance as they come." }
        }
    }
}

fn filter(status: &str) -> Markup {
    let field = Field {
        name: "status",
        label: "Status",
        input: Input::Choice(STATUSES),
        value: status,
        is_required: false,
        hint: None,
        error: None,
    };
    html! { form.filters.of-invoices method="get" action="/billing/invoices" { (field) button.btn.btn-soft { "Show" } } }
}

fn table(invoices: &[Listed]) -> Markup {
    html! {
        table.tbl.tbl-in.invoices {
            thead { tr {
                th scope="col" { "Invoice" } th.hs scope="col" { "Period" } th.r scope="col" { "Total" }
                th.hs scope="col" { "Status" } th.hs scope="col" { "Due" } th.r scope="col" { span.visually-hidden { "Document" } }
            } }
            tbody { @for invoice in invoices { (row(invoice)) } }
        }
    }
}

fn row(invoice: &Listed) -> Markup {
    let Listed { id, number, currency, .. } = invoice;
    let is_open = invoice.amount_due > Money::ZERO;
    html! {
        tr {
            td {
                a.plain.strong.rowlink.text-nowrap href={ "/billing/invoices/" (id) } { (number) }
                span.d-block.t-sm.t-3 { span.only-s { (invoice.month.in_words()) } span.hs { "Issued " (day(invoice.issued_on)) } }
            }
            td.hs { (invoice.month.in_words()) }
            td.r.num { (money(invoice.total, currency)) span.only-s { (state(invoice.status)) } }
            td.hs {
                (state(invoice.status))
                @if is_open && invoice.amount_due != invoice.total {
                    span.d-block.t-sm.t-3.num { (money(invoice.amount_due, currency)) " due" }
                }
            }
            td.hs { @if is_open { (day(invoice.due_date)) } @else { span.t-3 { "–" } } }
            td.r {
                a.above.btn.btn-soft.btn-sm href={ "/api/billing/invoices/" (id) "/pdf" } download aria-label={ "Download " (number) " as PDF" } {
                    (Icon("download")) span.hs { "PDF" }
                }
            }
        }
    }
}
