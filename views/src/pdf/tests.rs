//! Invoices as a reader of PDF finds them: by `pdftotext` and `pdfinfo` of poppler.

use std::io::Write;
use std::process::{Command, Stdio};

use domain::billing::Category;
use domain::ids::InvoiceId;
use domain::invoices::{Content, Invoice, Line, Party, Payment, Percent, Quantity, Status, Tax};
use domain::money::Money;
use domain::month::Month;
use jiff::civil::date;

use super::invoice as document;

/// A red dot, as PNG.
const DOT: &[u8] = &[
    0x89, b'P', b'N', b'G', 13, 10, 26, 10, 0, 0, 0, 13, b'I', b'H', b'D', b'R', 0, 0, 0, 1, 0, 0, 0, 1, 8,
    2, 0, 0, 0, 0x90, 0x77, 0x53, 0xde, 0, 0, 0, 12, b'I', b'D', b'A', b'T', 8, 0xd7, 0x63, 0xf8, 0xcf, 0xc0,
    0, 0, 3, 1, 1, 0, 0x18, 0xdd, 0x8d, 0xb0, 0, 0, 0, 0, b'I', b'E', b'N', b'D', 0xae, 0x42, 0x60, 0x82,
];

fn amount(text: &str) -> Money {
    Money::parse(text).unwrap()
}

fn line(category: Category, description: &str, quantity: Quantity, unit: &str, sum: &str) -> Line {
    Line {
        category,
        description: description.to_owned(),
        quantity,
        unit_price: amount(unit),
        amount: amount(sum),
    }
}

/// October of a business that paid a part in advance.
fn usual() -> Invoice {
    let lines = vec![
        line(Category::Subscription, "Monthly fee, October 2026", Quantity::ONE, "49.00", "49.00"),
        line(Category::Call, "Call minutes", Quantity::minutes(74_070), "0.12", "148.1441"),
        line(Category::Sms, "Text messages", Quantity::of(212), "0.05", "10.60"),
        line(Category::Email, "E-mails to guests", Quantity::of(431), "0.0025", "1.0775"),
        line(
            Category::Refund,
            "Call of October 3 given back: the line was dead",
            Quantity::ONE,
            "-2.40",
            "-2.40",
        ),
    ];
    let tax = Tax { name: Some("VAT".to_owned()), rate: Percent::parse("19").unwrap() };
    let subtotal: Money = lines.iter().map(|line| line.amount).sum();
    let tax_amount = tax.on(subtotal);
    let payment = |description: &str, day, sum| Payment {
        description: description.to_owned(),
        received_on: date(2026, 10, day),
        amount: amount(sum),
    };
    let payments = vec![
        payment("Bank transfer, reference HD-1009", 9, "100.00"),
        payment("Card payment by Stripe Checkout", 22, "50.00"),
    ];
    Invoice {
        id: InvoiceId(7),
        number: "INV-1-0007".to_owned(),
        month: Month::parse("2026-10").unwrap(),
        created_at: "2026-11-01T00:05:00Z".parse().unwrap(),
        issued_on: date(2026, 11, 1),
        due_date: date(2026, 11, 15),
        currency: "EUR".to_owned(),
        seller: Party {
            name: "Parlare Voice GmbH".to_owned(),
            address: Some("Hafenstraße 12\n20457 Hamburg\nGermany\nVAT ID DE123456789".to_owned()),
        },
        buyer: Party {
            name: "Οδοντιατρείο Λιμάνι".to_owned(),
            address: Some("вул. Хрещатик 22\n01001 Київ\nУкраїна".to_owned()),
        },
        payment_instructions: Some(
            "Please transfer the amount due to Parlare Voice GmbH, IBAN DE02 1203 0000 0000 2020 51, BIC BYLADEM1001, \
             and name the invoice number, so that the payment finds its way. Payments by card: log in and \
             choose Billing, Top up.\n\nQuestions? billing@parlare.example"
                .to_owned(),
        ),
        logo: None,
        content: Content { lines, payments, subtotal, tax, tax_amount, total: subtotal + tax_amount },
        paid_from_balance: amount("145.68"),
        amount_due: subtotal + tax_amount - amount("145.68"),
        status: Status::Sent,
        paid_at: None,
    }
}

fn of_lines(count: usize) -> Invoice {
    let mut invoice = usual();
    let each = |at: usize| {
        let description = format!("Item {at}: minutes of the agent at the front desk, Łódź");
        line(Category::Call, &description, Quantity::of(2), "1.25", "2.50")
    };
    invoice.content.lines = (1..=count).map(each).collect();
    invoice
}

/// What a program of poppler says of a document.
fn asked(program: &str, arguments: &[&str], pdf: &[u8]) -> String {
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("{program} of poppler-utils: {error}; ops/test installs it"));
    let mut stdin = child.stdin.take().unwrap();
    let pdf = pdf.to_vec();
    let writer = std::thread::spawn(move || stdin.write_all(&pdf));
    let output = child.wait_with_output().unwrap();
    let _ = writer.join();
    let complaints = String::from_utf8_lossy(&output.stderr).into_owned();
    // Poppler wants a number where the standard has a boolean.
    let complaints = complaints.replace("Syntax Error: Suspects object is wrong type (boolean)", "");
    assert!(output.status.success() && complaints.trim().is_empty(), "{program}: {complaints}");
    String::from_utf8(output.stdout).unwrap()
}

fn text(pdf: &[u8]) -> String {
    asked("pdftotext", &["-layout", "-", "-"], pdf)
}

/// The right edge of the farthest word and the lower one of the lowest, in points.
fn extent(pdf: &[u8]) -> (f32, f32) {
    let words = asked("pdftotext", &["-bbox", "-", "-"], pdf);
    let edge = |name: &str| {
        let edges = words.lines().filter(|line| line.trim_start().starts_with("<word")).map(|line| {
            let value = line.split(&format!("{name}=\"")).nth(1).unwrap();
            value.split('"').next().unwrap().parse::<f32>().unwrap()
        });
        edges.fold(0.0, f32::max)
    };
    (edge("xMax"), edge("yMax"))
}

#[test]
fn an_invoice_says_everything_that_it_has() {
    let invoice = usual();
    let pdf = document(&invoice, None).unwrap();
    let text = text(&pdf);
    for said in [
        "Parlare Voice GmbH",
        "Hafenstraße 12",
        "INV-1-0007",
        "October 2026",
        "November 1, 2026",
        "November 15, 2026",
        "Οδοντιατρείο Λιμάνι",
        "вул. Хрещатик 22",
        "Україна",
        "Monthly fee, October 2026",
        "€49.00",
        "1,234.5",
        "€0.12",
        "€148.1441",
        "212",
        "€10.60",
        "431",
        "€0.0025",
        "€1.0775",
        "−€2.40",
        "Subtotal",
        "€206.4216",
        "VAT 19 %",
        "€39.2201",
        "€245.6417",
        "Paid from balance",
        "−€145.68",
        "Amount due",
        "€99.9617",
        "October 9, 2026",
        "€100.00",
        "Card payment by Stripe Checkout",
        "€50.00",
        "How to pay",
        "DE02 1203 0000 0000 2020 51",
        "billing@parlare.example",
        "Page 1 of 1",
    ] {
        assert!(text.contains(said), "{said} is missing:\n{text}");
    }
}

#[test]
fn who_listens_finds_a_title_a_language_and_tags() {
    let pdf = document(&usual(), Some(DOT)).unwrap();
    let info = asked("pdfinfo", &["-"], &pdf);
    for said in [
        "Title:           Invoice INV-1-0007",
        "Author:          Parlare Voice GmbH",
        "Tagged:          yes",
        "Page size:       595.28 x 841.89 pts (A4)",
    ] {
        assert!(info.contains(said), "{said} is missing:\n{info}");
    }
    let structure = asked("pdfinfo", &["-struct-text", "-"], &pdf);
    for said in
        ["H1", "Figure", "Table", "THead", "TR", "TH", "TD", "H2", "\"Call minutes\"", "\"Amount due\""]
    {
        assert!(structure.contains(said), "{said} is missing:\n{structure}");
    }
    assert!(asked("pdfinfo", &["-meta", "-"], &pdf).contains("pdfuaid:part"), "it claims PDF/UA");
}

#[test]
fn the_same_invoice_is_the_same_bytes() {
    let invoice = of_lines(60);
    assert_eq!(document(&invoice, Some(DOT)).unwrap(), document(&invoice, Some(DOT)).unwrap());
    let paid = Invoice {
        status: Status::Paid,
        amount_due: Money::ZERO,
        paid_at: Some(invoice.created_at),
        ..usual()
    };
    assert_eq!(
        document(&paid, None).unwrap(),
        document(&usual(), None).unwrap(),
        "a payment changes no document"
    );
    assert_ne!(document(&usual(), Some(DOT)).unwrap(), document(&usual(), None).unwrap());
}

#[test]
fn a_long_invoice_has_its_head_and_its_number_on_every_page() {
    let pdf = document(&of_lines(300), None).unwrap();
    let text = text(&pdf);
    let pages: Vec<&str> = text.trim_end_matches('\u{c}').split('\u{c}').collect();
    assert!(pages.len() > 5, "{}", pages.len());
    for (at, page) in pages.iter().enumerate() {
        for said in [format!("Page {} of {}", at + 1, pages.len()), "Invoice INV-1-0007".to_owned()] {
            assert!(page.contains(&said), "{said} is missing:\n{page}");
        }
        let (head, first) = (page.find("Unit price"), page.find("Item "));
        assert_eq!(head.is_some(), first.is_some(), "a head and rows, or neither:\n{page}");
        assert!(head <= first, "{page}");
    }
    for at in 1..=300 {
        assert!(text.contains(&format!("Item {at}:")), "line {at} is missing");
    }
}

#[test]
fn wherever_a_page_ends_nothing_stands_in_its_foot_and_no_head_stands_alone() {
    for count in 8..48 {
        let pdf = document(&of_lines(count), None).unwrap();
        let (right, _) = extent(&pdf);
        assert!(right <= 545.5, "{count} lines: {right}");
        let body =
            asked("pdftotext", &["-layout", "-y", "0", "-x", "0", "-W", "596", "-H", "768", "-", "-"], &pdf);
        let foot =
            asked("pdftotext", &["-layout", "-y", "768", "-x", "0", "-W", "596", "-H", "74", "-", "-"], &pdf);
        for page in foot.trim_end_matches('\u{c}').split('\u{c}') {
            assert!(
                page.split_whitespace().count() == 6,
                "{count} lines: Invoice, number, page x of y:\n{page}"
            );
        }
        for page in body.trim_end_matches('\u{c}').split('\u{c}') {
            assert_eq!(page.contains("Unit price"), page.contains("Item "), "{count} lines:\n{page}");
            assert_eq!(page.contains("Subtotal"), page.contains("Amount due"), "{count} lines:\n{page}");
            assert!(!page.contains("Amount due") || page.contains("Item "), "the sums stand alone:\n{page}");
        }
    }
}

#[test]
fn hostile_texts_stay_on_the_page() {
    let long = "x".repeat(10_000);
    let strange = "\u{202e}\u{0}\u{7}😀👩‍👩‍👧 שלום العربية \u{feff}a\u{300}\u{300}\u{300}\u{300}\u{300}\u{300} \u{e000}\u{10ffff} 漢字 नमस्ते (\\)<</Type>>%";
    for hostile in [&long, strange, &"\n".repeat(5_000), "", &"wide ".repeat(2_000)] {
        let mut invoice = usual();
        let text = hostile.to_owned();
        invoice.seller = Party { name: text.clone(), address: Some(text.clone()) };
        invoice.buyer = invoice.seller.clone();
        invoice.number = text.clone();
        invoice.currency = text.chars().take(20).collect();
        invoice.content.tax.name = Some(text.clone());
        invoice.payment_instructions = Some(text.clone());
        for line in &mut invoice.content.lines {
            line.description = text.clone();
            line.amount = domain::money::MAX;
        }
        invoice.content.payments[0].description = text;
        let pdf = document(&invoice, None).unwrap();
        let (right, lower) = extent(&pdf);
        assert!(right <= 545.5 && lower <= 810.0, "{right} {lower}");
    }
}

#[test]
fn a_logo_that_is_none_is_left_out() {
    let without = document(&usual(), None).unwrap();
    let mut broken = DOT.to_vec();
    broken[45] ^= 0xff;
    for logo in [&b"<svg onload=alert(1)>"[..], &DOT[..20], &broken] {
        assert_eq!(document(&usual(), Some(logo)).unwrap(), without);
    }
}

#[test]
fn who_owes_nothing_is_asked_for_nothing() {
    let mut paid = usual();
    paid.paid_from_balance = paid.content.total;
    let text_of_paid = text(&document(&paid, None).unwrap());
    assert!(text_of_paid.contains("Nothing to pay") && text_of_paid.contains("€0.00"), "{text_of_paid}");
    assert!(!text_of_paid.contains("How to pay"), "{text_of_paid}");
    let void = Invoice { status: Status::Void, ..usual() };
    let text_of_void = text(&document(&void, None).unwrap());
    assert!(text_of_void.contains("Void") && !text_of_void.contains("How to pay"), "{text_of_void}");
}
