//! The document of an invoice: who, for whom, which month, what, how much, and how to pay it.
//!
//! It says how things stood when the invoice was issued, and only of one that was taken back that it is
//! void. Every amount is the invoice's own; nothing is computed here.

use std::num::NonZeroU16;

use domain::invoices::{Invoice, Line as Item, Party, Payment, Percent, Status};
use domain::money::Money;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use krilla::configure::{Accessibility, Configuration, ConfigurationBuilder};
use krilla::error::KrillaError;
use krilla::image::Image;
use krilla::metadata::{DateTime, Metadata};
use krilla::tagging::{ArtifactType, TableHeaderScope, Tag, TagKind};

use super::PdfError;
use super::letters::{Colour, Line, Style, fitted, set, wrapped};
use super::sheet::{FOOT, HEAD, LEFT, RIGHT, Sheet, Spot};
use super::table::{Column, Look, table};
use crate::parts::{money, quantity};

const INK: Colour = (29, 28, 26);
const SOFT: Colour = (81, 78, 72);
const FAINT: Colour = (107, 103, 95);
const LINE: Colour = (229, 226, 219);
const STRONG_LINE: Colour = (168, 163, 152);
const ACCENT: Colour = (11, 106, 100);
const ACCENT_SOFT: Colour = (232, 243, 241);
const BAD: Colour = (172, 32, 21);
const BAD_SOFT: Colour = (252, 232, 229);

const BODY: Style = Style::regular(9.0, INK);
const LABEL: Style = Style::bold(7.5, FAINT);
const LOOK: Look = Look { head: LABEL, cell: BODY, rule: LINE, head_rule: STRONG_LINE };

/// Points that the logo is scaled into.
const LOGO_BOX: (f32, f32) = (170.0, 52.0);
/// Pixels of a logo; a picture that unpacks to more is a trick.
const LOGO_PIXELS_MAX: u64 = 16_000_000;
/// Points between columns.
const GAP: f32 = 18.0;
/// Lines of an address.
const ADDRESS_LINES_MAX: usize = 14;
/// A row of the sums.
const SUM_HEIGHT: f32 = 18.0;
/// Where the sums begin, from the left.
const SUMS: f32 = RIGHT - 240.0;

const NUMBER_WIDTH: f32 = 54.0;
const PRICE_WIDTH: f32 = 80.0;
const AMOUNT_WIDTH: f32 = 92.0;
const AMOUNT: Column =
    Column { title: "Amount", left: RIGHT - AMOUNT_WIDTH, width: AMOUNT_WIDTH, is_number: true };
const PRICE: Column = Column {
    title: "Unit price",
    left: AMOUNT.left - 8.0 - PRICE_WIDTH,
    width: PRICE_WIDTH,
    is_number: true,
};
const QUANTITY: Column =
    Column { title: "Quantity", left: PRICE.left - 8.0 - NUMBER_WIDTH, width: NUMBER_WIDTH, is_number: true };
const DESCRIPTION: Column =
    Column { title: "Description", left: LEFT, width: QUANTITY.left - 12.0 - LEFT, is_number: false };
const DAY: Column = Column { title: "Received", left: LEFT, width: 96.0, is_number: false };
const PAYMENT: Column = Column {
    title: "Payment",
    left: LEFT + DAY.width + 12.0,
    width: AMOUNT.left - 24.0 - LEFT - DAY.width,
    is_number: false,
};

/// The document of an invoice, A4, tagged; the same invoice and logo give the same bytes. A logo that is
/// no PNG is left out.
///
/// # Errors
///
/// [`PdfError`] where the document cannot be written, which no text and no logo brings about.
pub fn invoice(invoice: &Invoice, logo: Option<&[u8]>) -> Result<Vec<u8>, PdfError> {
    let mut logo = logo.and_then(picture);
    let mut configuration = ConfigurationBuilder::new()
        .with_accessibility_validator(Accessibility::UA1)
        .finish()
        .unwrap_or_default();
    loop {
        let sheet = laid_out(invoice, logo.as_ref());
        let written = sheet.write(&title(invoice), metadata(invoice), logo.as_ref(), configuration);
        match written {
            Ok(bytes) => {
                note(&sheet);
                return Ok(bytes);
            }
            // Only drawing it tells that a picture is broken.
            Err(KrillaError::Image(..) | KrillaError::SixteenBitImage(..)) if logo.is_some() => logo = None,
            // Better a document that a screen reader finds a fault in than none.
            Err(KrillaError::Validation(_)) if configuration != Configuration::default() => {
                configuration = Configuration::default();
            }
            Err(error) => return Err(PdfError { reason: error.to_string() }),
        }
    }
}

/// Which letters are missing would be somebody's name.
fn note(sheet: &Sheet) {
    let replaced = sheet.replaced();
    if replaced > 0 {
        tracing::warn!(characters = replaced, "the font of documents lacks characters that were replaced");
    }
}

fn picture(bytes: &[u8]) -> Option<Image> {
    let image = Image::from_png(bytes.to_vec().into(), false).ok()?;
    let (width, height) = image.size();
    let pixels = u64::from(width) * u64::from(height);
    (pixels > 0 && pixels <= LOGO_PIXELS_MAX).then_some(image)
}

fn title(invoice: &Invoice) -> String {
    set(&format!("Invoice {}", invoice.number), BODY).text
}

fn metadata(invoice: &Invoice) -> Metadata {
    let at = invoice.created_at.to_zoned(TimeZone::UTC);
    let part = |number: i8| u8::try_from(number).unwrap_or_default();
    let created = DateTime::new(u16::try_from(at.year()).unwrap_or_default())
        .month(part(at.month()))
        .day(part(at.day()))
        .hour(part(at.hour()))
        .minute(part(at.minute()))
        .second(part(at.second()))
        .utc_offset_hour(0);
    Metadata::new()
        .title(title(invoice))
        .description(format!("{} for {}", title(invoice), invoice.month.in_words()))
        .authors(
            vec![set(&invoice.seller.name, BODY).text].into_iter().filter(|name| !name.is_empty()).collect(),
        )
        .creator("Voice AI Platform".to_owned())
        .language("en".to_owned())
        .creation_date(created)
        .document_id(format!("{} {}", invoice.id, invoice.number))
}

fn laid_out(invoice: &Invoice, logo: Option<&Image>) -> Sheet {
    let mut sheet = Sheet::new();
    head(&mut sheet, invoice, logo);
    parties(&mut sheet, invoice);
    summary(&mut sheet, invoice);
    lines(&mut sheet, invoice);
    sums(&mut sheet, invoice);
    payments(&mut sheet, invoice);
    how_to_pay(&mut sheet, invoice);
    furniture(&mut sheet, invoice);
    sheet
}

/// The seller's logo or name, and what this is.
fn head(sheet: &mut Sheet, invoice: &Invoice, logo: Option<&Image>) {
    let mut height: f32 = 46.0;
    match logo {
        Some(logo) => {
            let (width, tall) = scaled(logo.size());
            let alt = format!("Logo of {}", set(&invoice.seller.name, BODY).text);
            sheet.within(Tag::Figure(Some(alt)), |sheet| sheet.picture(width, tall));
            height = height.max(tall);
        }
        None => {
            let name = wrapped(&invoice.seller.name, Style::bold(16.0, INK), 290.0, 2);
            height = height.max(sheet.lines(Tag::P, LEFT, 2.0, name));
        }
    }
    let name = set("Invoice", Style::bold(23.0, INK));
    sheet.within(heading(1, &title(invoice)), |sheet| sheet.words_until(RIGHT, -4.0, name));
    let number = fitted(&invoice.number, Style::regular(10.5, SOFT), 180.0);
    sheet.within(Tag::P, |sheet| sheet.words_until(RIGHT, 28.0, number));
    sheet.y += height + 26.0;
}

/// As large as the box allows, and never larger than it is at 144 dots an inch.
fn scaled((width, height): (u32, u32)) -> (f32, f32) {
    let (width, height) = (width as f32, height as f32);
    let scale = (LOGO_BOX.0 / width).min(LOGO_BOX.1 / height);
    // A picture a thousand times as wide as high would be no line at all.
    ((width * scale).max(1.0), (height * scale).max(1.0))
}

/// Who, for whom, and the dates.
fn parties(sheet: &mut Sheet, invoice: &Invoice) {
    let width = (RIGHT - LEFT - 2.0 * GAP) / 3.0;
    let left = |column: f32| LEFT + column * (width + GAP);
    let from = party(sheet, "From", &invoice.seller, left(0.0), width);
    let to = party(sheet, "Billed to", &invoice.buyer, left(1.0), width);
    let facts = [
        ("Number", invoice.number.clone()),
        ("Period", invoice.month.in_words()),
        ("Issued", day(invoice.issued_on)),
        ("Due", day(invoice.due_date)),
    ];
    let mut y = 0.0;
    for (what, fact) in facts {
        sheet.lines(Tag::P, left(2.0), y, vec![set(what, LABEL)]);
        let fact = fitted(&fact, BODY, width - 44.0);
        sheet.within(Tag::P, |sheet| sheet.words_until(RIGHT, y - 1.2, fact));
        y += 17.0;
    }
    sheet.y += from.max(to).max(y) + 22.0;
}

fn party(sheet: &mut Sheet, what: &str, party: &Party, left: f32, width: f32) -> f32 {
    let mut y = sheet.lines(Tag::P, left, 0.0, vec![set(what, LABEL)]) + 3.0;
    y += sheet.lines(Tag::P, left, y, wrapped(&party.name, Style::bold(9.0, INK), width, 4));
    if let Some(address) = &party.address {
        let style = Style::regular(9.0, SOFT);
        y += sheet.lines(Tag::P, left, y, wrapped(address, style, width, ADDRESS_LINES_MAX));
    }
    y
}

/// What a reader wants to know first.
fn summary(sheet: &mut Sheet, invoice: &Invoice) {
    let due = invoice.due_at_issue();
    let show = |amount| money(amount, &invoice.currency);
    let month = invoice.month.in_words();
    let (loud, quiet) = if invoice.status == Status::Void {
        ("Void".to_owned(), format!("This invoice for {month} was taken back. There is nothing to pay."))
    } else if due > Money::ZERO {
        let part = if invoice.paid_from_balance > Money::ZERO {
            let (part, total) = (show(invoice.paid_from_balance), show(invoice.content.total));
            format!(" {part} of the total of {total} was paid from the balance.")
        } else {
            String::new()
        };
        (format!("{} due {}", show(due), day(invoice.due_date)), format!("For {month}.{part}"))
    } else if invoice.content.total > Money::ZERO {
        let total = show(invoice.content.total);
        ("Nothing to pay".to_owned(), format!("{total} for {month} was paid from the balance."))
    } else {
        ("Nothing to pay".to_owned(), format!("Nothing was left to charge for {month}."))
    };
    let (ink, ground) = if invoice.status == Status::Void { (BAD, BAD_SOFT) } else { (ACCENT, ACCENT_SOFT) };
    let inner = RIGHT - LEFT - 32.0;
    let loud = wrapped(&loud, Style::bold(15.0, ink), inner, 2);
    let quiet = wrapped(&quiet, Style::regular(9.0, SOFT), inner, 2);
    let text: f32 = loud.iter().chain(&quiet).map(|line| line.style.leading()).sum();
    sheet.need(text + 28.0);
    sheet.block(LEFT, 0.0, (RIGHT - LEFT, text + 26.0), 6.0, ground);
    let y = sheet.lines(Tag::P, LEFT + 16.0, 11.0, loud) + 13.0;
    sheet.lines(Tag::P, LEFT + 16.0, y, quiet);
    sheet.y += text + 26.0 + 22.0;
}

fn lines(sheet: &mut Sheet, invoice: &Invoice) {
    if invoice.content.lines.is_empty() {
        return;
    }
    let show = |amount| money(amount, &invoice.currency);
    let row = |item: &Item| {
        let many = quantity(item.quantity);
        vec![item.description.clone(), many, show(item.unit_price), show(item.amount)]
    };
    let rows: Vec<Vec<String>> = invoice.content.lines.iter().map(row).collect();
    let after = sums_height(invoice);
    table(sheet, &[DESCRIPTION, QUANTITY, PRICE, AMOUNT], &rows, &LOOK, after);
}

/// What is added up, with how it looks.
fn sums_of(invoice: &Invoice) -> Vec<(String, Money, bool)> {
    let content = &invoice.content;
    let is_taxed =
        content.tax.name.is_some() || content.tax.rate != Percent::ZERO || content.tax_amount != Money::ZERO;
    let mut sums = vec![("Subtotal".to_owned(), content.subtotal, false)];
    if is_taxed {
        sums.push((content.tax.in_words(), content.tax_amount, false));
    }
    sums.push(("Total".to_owned(), content.total, true));
    if content.total > Money::ZERO {
        sums.push(("Paid from balance".to_owned(), -invoice.paid_from_balance, false));
    } else if content.total.is_negative() {
        sums.push(("Stays on the balance".to_owned(), -content.total, false));
    }
    sums
}

fn sums_height(invoice: &Invoice) -> f32 {
    let names = sums_of(invoice).iter().map(|(name, _, _)| sum_name(name, BODY).len()).sum::<usize>();
    names as f32 * SUM_HEIGHT + 40.0
}

/// A tax may have a long name.
fn sum_name(name: &str, style: Style) -> Vec<Line> {
    wrapped(name, style, RIGHT - SUMS - 130.0, 3)
}

fn sums(sheet: &mut Sheet, invoice: &Invoice) {
    let show = |amount| money(amount, &invoice.currency);
    sheet.need(sums_height(invoice));
    sheet.within(Tag::Table, |sheet| {
        for (name, amount, is_total) in sums_of(invoice) {
            let style = if is_total { Style::bold(9.0, INK) } else { BODY };
            if is_total {
                sheet.rule(SUMS, RIGHT, 0.0, STRONG_LINE);
            }
            sum(sheet, &sum_name(&name, style), &fitted(&show(amount), style, 122.0), 0.0);
        }
        sheet.y += 2.0;
        sheet.block(SUMS - 10.0, 0.0, (RIGHT - SUMS + 10.0, 26.0), 5.0, ACCENT_SOFT);
        let style = Style::bold(10.5, ACCENT);
        let due = if invoice.status == Status::Void { Money::ZERO } else { invoice.due_at_issue() };
        sheet.y += 3.5;
        sum(sheet, &[set("Amount due", style)], &fitted(&show(due), style, 130.0), 8.0);
    });
    sheet.y += 30.0;
}

/// `inset` from the right, where it stands in a box.
fn sum(sheet: &mut Sheet, name: &[Line], amount: &Line, inset: f32) {
    sheet.within(Tag::TR, |sheet| {
        sheet.within(Tag::TH(TableHeaderScope::Row), |sheet| {
            for (at, line) in name.iter().enumerate() {
                sheet.words(SUMS, 3.0 + at as f32 * line.style.leading(), line.clone());
            }
        });
        let from_right = if inset > 0.0 { inset } else { 0.0 };
        sheet.within(Tag::TD, |sheet| sheet.words_until(RIGHT - from_right, 3.0, amount.clone()));
    });
    sheet.y += SUM_HEIGHT * name.len().max(1) as f32;
}

/// What came in: beside the total, not in it.
fn payments(sheet: &mut Sheet, invoice: &Invoice) {
    let payments = &invoice.content.payments;
    if payments.is_empty() {
        return;
    }
    sheet.need(110.0);
    section(sheet, "Payments received");
    let note = "They topped up the prepaid balance in this period, and are no part of the total.";
    let note = wrapped(note, Style::regular(8.5, SOFT), RIGHT - LEFT, 2);
    let height = sheet.lines(Tag::P, LEFT, 0.0, note);
    sheet.y += height + 10.0;
    let row = |payment: &Payment| {
        let amount = money(payment.amount, &invoice.currency);
        vec![day(payment.received_on), payment.description.clone(), amount]
    };
    let rows: Vec<Vec<String>> = payments.iter().map(row).collect();
    table(sheet, &[DAY, PAYMENT, AMOUNT], &rows, &LOOK, 0.0);
    sheet.y += 26.0;
}

/// Only where there is something to pay: else somebody pays twice.
fn how_to_pay(sheet: &mut Sheet, invoice: &Invoice) {
    let Some(instructions) = &invoice.payment_instructions else { return };
    if invoice.due_at_issue() <= Money::ZERO || invoice.status == Status::Void {
        return;
    }
    let lines = wrapped(instructions, BODY, RIGHT - LEFT, usize::MAX);
    sheet.need(26.0 + 3.0 * BODY.leading().min(lines.len() as f32 * BODY.leading()));
    section(sheet, "How to pay");
    sheet.within(Tag::P, |sheet| {
        for line in lines {
            sheet.need(line.style.leading());
            let height = if line.text.is_empty() { 6.0 } else { line.style.leading() };
            sheet.words(LEFT, 0.0, line);
            sheet.y += height;
        }
    });
}

fn section(sheet: &mut Sheet, name: &str) {
    let line = set(name, Style::bold(11.0, INK));
    sheet.within(heading(2, name), |sheet| sheet.words(LEFT, 0.0, line));
    sheet.y += 20.0;
}

/// The number and the page on each page; from the second on also whose invoice it is.
fn furniture(sheet: &mut Sheet, invoice: &Invoice) {
    let style = Style::regular(8.0, FAINT);
    let seller = fitted(&invoice.seller.name, style, 260.0);
    let number = fitted(&title(invoice), style, 150.0);
    let page_count = sheet.page_count();
    for page in 0..page_count {
        let count = set(&format!("Page {} of {page_count}", page + 1), style);
        let (left, right) = (number.clone(), RIGHT - count.width);
        sheet.furniture(page, Spot { x: LEFT, y: FOOT }, left, ArtifactType::Footer);
        sheet.furniture(page, Spot { x: right, y: FOOT }, count, ArtifactType::Footer);
        if page > 0 {
            let right = RIGHT - number.width;
            sheet.furniture(page, Spot { x: LEFT, y: HEAD }, seller.clone(), ArtifactType::Header);
            sheet.furniture(page, Spot { x: right, y: HEAD }, number.clone(), ArtifactType::Header);
        }
    }
}

fn heading(level: u16, title: &str) -> TagKind {
    let level = NonZeroU16::new(level).unwrap_or(NonZeroU16::MIN);
    Tag::Hn(level, Some(title.to_owned())).into()
}

/// `November 15, 2026`
fn day(day: Date) -> String {
    day.strftime("%B %-d, %Y").to_string()
}
