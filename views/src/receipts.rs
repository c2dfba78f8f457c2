//! The receipt of a payment, to be read and printed.

use domain::invoices::Party;
use domain::money::Money;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use maud::{Markup, html};

use crate::layout::{Frame, Place};
use crate::parts::{Head, Style, When, money, panel, zone_name};

/// A payment.
pub struct Receipt<'a> {
    /// `txn_12`
    pub number: &'a str,
    /// When it was booked.
    pub received_at: Timestamp,
    /// How much.
    pub amount: Money,
    /// ISO 4217.
    pub currency: &'a str,
    /// For people.
    pub description: &'a str,
    /// Its name where it was taken.
    pub payment_id: Option<&'a str>,
    /// Who received it.
    pub seller: &'a Party,
    /// Who paid.
    pub buyer: &'a Party,
    /// The balance with it.
    pub balance_after: Money,
    /// Where its reader is.
    pub zone: &'a TimeZone,
}

/// The page.
pub fn page(frame: &Frame, receipt: &Receipt<'_>) -> String {
    let title = format!("Receipt {}", receipt.number);
    let amount = money(receipt.amount, receipt.currency);
    let body = html! {
        nav.crumb aria-label="Breadcrumb" {
            a.plain href="/billing" { "Billing" } span aria-hidden="true" { "/" }
            a.plain href="/billing/transactions?category=top_up" { "Payments" } span aria-hidden="true" { "/" } span.t-2 { (receipt.number) }
        }
        (Head { title: &title, sentence: Some(html! { "We have received " (amount) ". Thank you." }), actions: None })
        div.grid-2 {
            (panel("h-payment", "Payment", None, &html! {
                div.bal.num { (amount) }
                dl.kv.mt-3 {
                    dt { "Received" } dd { (When { at: receipt.received_at, zone: receipt.zone, style: Style::DateTime }) }
                    dt { "What for" } dd { (receipt.description) }
                    @if let Some(id) = receipt.payment_id { dt { "Payment" } dd.mono { (id) } }
                    dt { "Number" } dd.num { (receipt.number) }
                    dt { "Balance after it" } dd.num { (money(receipt.balance_after, receipt.currency)) }
                }
                p.t-sm.t-3.mb-0.mt-3 { "It tops up your prepaid balance. What that is spent on is on your invoices, with the tax." }
            }))
            (panel("h-parties", "Between", None, &html! {
                (party("Received by", receipt.seller))
                (party("Paid by", receipt.buyer))
            }))
        }
        p.t-sm.t-3.mt-2 { "Times in " span data-zone-name { (zone_name(receipt.zone)) } "." }
    };
    frame.page(Place::Billing, &title, &body)
}

fn party(what: &str, party: &Party) -> Markup {
    html! {
        h3.t-sm.t-3.mt-3.mb-1 { (what) }
        p.mb-0.strong { (party.name) }
        @if let Some(address) = &party.address { p.t-2.t-sm.mb-0.typed { (address) } }
    }
}
