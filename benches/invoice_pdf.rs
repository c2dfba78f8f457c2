//! How long an invoice takes to become a document, from the usual four lines to five hundred.
//!
//! Run as `cargo bench --bench invoice_pdf`.

use std::hint::black_box;

use criterion::Criterion;
use domain::billing::Category;
use domain::ids::InvoiceId;
use domain::invoices::{Content, Invoice, Line, Party, Percent, Quantity, Status, Tax};
use domain::money::Money;
use domain::month::Month;
use jiff::civil::date;
use jiff::tz::TimeZone;

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    for lines in [4, 60, 500] {
        let invoice = invoice(lines);
        let pdf = views::pdf::invoice(&invoice, None).expect("an invoice can be written");
        let name = format!("invoice of {lines} lines, {} kB", pdf.len() / 1000);
        criterion.bench_function(&name, |bencher| {
            bencher.iter(|| black_box(views::pdf::invoice(black_box(&invoice), None)));
        });
    }
    criterion.final_summary();
}

fn invoice(lines: usize) -> Invoice {
    let amount = |text: &str| Money::parse(text).expect("an amount");
    let line = |at: usize| Line {
        category: Category::Call,
        description: format!("Call minutes, agent {at}: Müller & Söhne, Łódź, Ελλάδα, Київ"),
        quantity: Quantity::of(2),
        unit_price: amount("1.25"),
        amount: amount("2.50"),
    };
    let lines: Vec<Line> = (0..lines).map(line).collect();
    let tax = Tax { name: Some("VAT".to_owned()), rate: Percent::parse("19").expect("a rate") };
    let subtotal: Money = lines.iter().map(|line| line.amount).sum();
    let tax_amount = tax.on(subtotal);
    let address = Some("Hafenstraße 12\n20457 Hamburg\nGermany".to_owned());
    let issued_on = date(2026, 11, 1);
    let midnight = issued_on.to_zoned(TimeZone::UTC).expect("UTC has no gaps");
    Invoice {
        id: InvoiceId(7),
        number: "INV-1-0007".to_owned(),
        month: Month::of(date(2026, 10, 1)),
        created_at: midnight.timestamp(),
        issued_on,
        due_date: date(2026, 11, 15),
        currency: "EUR".to_owned(),
        seller: Party { name: "Parlare Voice GmbH".to_owned(), address: address.clone() },
        buyer: Party { name: "Zahnärzte am Hafen".to_owned(), address },
        payment_instructions: Some("Please transfer the amount due, naming the invoice number.".to_owned()),
        logo: None,
        content: Content {
            lines,
            payments: Vec::new(),
            subtotal,
            tax,
            tax_amount,
            total: subtotal + tax_amount,
        },
        paid_from_balance: Money::ZERO,
        amount_due: subtotal + tax_amount,
        status: Status::Sent,
        paid_at: None,
    }
}
