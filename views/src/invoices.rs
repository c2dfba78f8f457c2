//! Invoices: the list with the running month above it, and one as its document has it.

mod content;
mod detail;
mod list;

use domain::invoices::Status;
use jiff::civil::Date;
use maud::Markup;

pub use detail::page as detail;
pub use list::{Draft, Invoices, Listed, page as list};

use crate::parts::{Tag, tag};

/// `Nov 15, 2026`
fn day(day: Date) -> String {
    day.strftime("%b %-d, %Y").to_string()
}

/// Where one stands.
fn state(status: Status) -> Markup {
    match status {
        Status::Sent => tag(Tag::Neutral, "To pay"),
        Status::Paid => tag(Tag::Good, "Paid"),
        Status::Overdue => tag(Tag::Bad, "Overdue"),
        Status::Void => tag(Tag::Neutral, "Void"),
    }
}
