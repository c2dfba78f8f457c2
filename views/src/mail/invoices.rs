//! Mails to a business's admins about its invoices.

use domain::invoices::Invoice;
use domain::money::Money;
use maud::html;

use super::{Content, button, page};
use crate::parts::money;

/// An invoice that is final; the document is attached.
pub fn finalized(invoice: &Invoice, platform_name: &str, url: &str) -> Content {
    let amount = |amount: Money| money(amount, &invoice.currency);
    let total = amount(invoice.content.total);
    let subject = format!("Invoice {} for {}: {total}", invoice.number, invoice.month.in_words());
    let what = format!("Invoice {} for {} comes to {total}.", invoice.number, invoice.month.in_words());
    let due = invoice.due_at_issue();
    let so = if due > Money::ZERO {
        format!("{} of it is not covered by your balance. Please pay by {}.", amount(due), day(invoice))
    } else {
        "It is paid from your balance: there is nothing to do.".to_owned()
    };
    let instructions = invoice.payment_instructions.as_deref().filter(|_| due > Money::ZERO);
    letter(subject, &[what, so], instructions, platform_name, url)
}

/// An invoice that was to be paid by a day that is over.
pub fn overdue(invoice: &Invoice, platform_name: &str, url: &str) -> Content {
    let due = money(invoice.amount_due, &invoice.currency);
    let subject = format!("Invoice {} is overdue: {due}", invoice.number);
    let what = format!(
        "{due} of invoice {} for {} was to be paid by {}, and we have not received it.",
        invoice.number,
        invoice.month.in_words(),
        day(invoice)
    );
    let so = "If you have paid in the meantime, please take no notice of this.".to_owned();
    letter(subject, &[what, so], invoice.payment_instructions.as_deref(), platform_name, url)
}

fn day(invoice: &Invoice) -> String {
    invoice.due_date.strftime("%B %-d, %Y").to_string()
}

fn letter(
    subject: String,
    sentences: &[String],
    instructions: Option<&str>,
    platform_name: &str,
    url: &str,
) -> Content {
    let mut text = sentences.join("\n");
    if let Some(instructions) = instructions {
        text.push_str("\n\n");
        text.push_str(instructions);
    }
    text.push_str("\n\n");
    text.push_str(url);
    text.push('\n');
    let content = html! {
        @for sentence in sentences { p { (sentence) } }
        @if let Some(instructions) = instructions {
            p { @for (at, line) in instructions.lines().enumerate() { @if at > 0 { br; } (line) } }
        }
        (button(url, "See the invoice"))
    };
    let html = page(&subject, platform_name, &content);
    Content { subject, text, html }
}
