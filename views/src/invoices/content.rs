//! What an invoice says of money: its lines, what they add up to, what came in.

use domain::invoices::{Content, Line, Payment, Percent};
use domain::money::Money;
use maud::{Markup, html};

use super::day;
use crate::parts::{money, quantity};

/// The lines.
pub(super) fn lines(lines: &[Line], currency: &str) -> Markup {
    html! {
        table.tbl.tbl-in.invoice-lines {
            thead { tr {
                th scope="col" { "Description" } th.r.hs scope="col" { "Quantity" }
                th.r.hs scope="col" { "Unit price" } th.r scope="col" { "Amount" }
            } }
            tbody {
                @for line in lines {
                    tr {
                        td {
                            (line.description)
                            span.only-s.t-sm.t-3.num { (quantity(line.quantity)) " × " (money(line.unit_price, currency)) }
                        }
                        td.r.num.hs { (quantity(line.quantity)) }
                        td.r.num.hs { (money(line.unit_price, currency)) }
                        td.r.num { (money(line.amount, currency)) }
                    }
                }
            }
        }
    }
}

/// Subtotal, tax, total, and more rows under them.
pub(super) fn sums(content: &Content, currency: &str, more: &[(&str, Money)]) -> Markup {
    let tax = &content.tax;
    let is_taxed = tax.name.is_some() || tax.rate != Percent::ZERO || content.tax_amount != Money::ZERO;
    html! {
        dl.sums.invoice-sums {
            dt { "Subtotal" } dd.num { (money(content.subtotal, currency)) }
            @if is_taxed { dt { (tax.in_words()) } dd.num { (money(content.tax_amount, currency)) } }
            dt.strong { "Total" } dd.num.strong { (money(content.total, currency)) }
            @for (what, amount) in more { dt { (what) } dd.num { (money(*amount, currency)) } }
        }
    }
}

/// What came in: beside the total, not in it.
pub(super) fn payments(payments: &[Payment], currency: &str) -> Markup {
    html! {
        table.tbl.tbl-in {
            thead { tr { th scope="col" { "Payment" } th.r scope="col" { "Amount" } } }
            tbody {
                @for payment in payments {
                    tr {
                        td { (payment.description) span.d-block.t-sm.t-3 { (day(payment.received_on)) } }
                        td.r.num { (money(payment.amount, currency)) }
                    }
                }
            }
        }
        p.t-sm.t-3.mb-0.mt-2 { "They topped up the prepaid balance in this period, and are no part of the total." }
    }
}
