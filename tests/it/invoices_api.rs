//! What an admin's programs read of invoices: the list, one, the running month, the document.

use domain::ids::InvoiceId;
use domain::invoices::{Percent, Tax};
use domain::platform::{InvoiceEdit, InvoiceSettings};
use domain::settings::Settings;
use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::TestApp;
use crate::harness::app::{Answer, Customer, assert_problem, payment};
use crate::harness::retell::flat;
use crate::harness::visitor::Visitor;

/// A month of 155 seconds with a tax of 19 %, then one of 60 seconds; the second is not paid.
pub async fn two_months(app: &TestApp, customer: &Customer) -> [InvoiceId; 2] {
    let tenant = app.tenant(customer).await;
    let mut settings = Settings::default();
    let rate = Percent::parse("19").unwrap();
    settings.invoicing.tax = Some(Tax { name: Some("VAT".to_owned()), rate });
    settings.invoicing.billing_address = Some("1 Harbour Street\nPortsmouth".to_owned());
    tenant.change_settings(settings).await.unwrap();
    customer.webhook(&flat("c1", 155)).await;
    app.now_is("2026-02-03T12:00:00Z");
    let first = app.keep_books().await.invoices;
    customer.webhook(&flat("c2", 6000)).await;
    app.now_is("2026-03-02T12:00:00Z");
    let second = app.keep_books().await.invoices;
    [first, second].map(|made| made.into_iter().find(|(of, _)| *of == customer.id).unwrap().1.id)
}

/// A red dot, as PNG.
const DOT: &[u8] = &[
    0x89, b'P', b'N', b'G', 13, 10, 26, 10, 0, 0, 0, 13, b'I', b'H', b'D', b'R', 0, 0, 0, 1, 0, 0, 0, 1, 8,
    2, 0, 0, 0, 0x90, 0x77, 0x53, 0xde, 0, 0, 0, 12, b'I', b'D', b'A', b'T', 8, 0xd7, 0x63, 0xf8, 0xcf, 0xc0,
    0, 0, 3, 1, 1, 0, 0x18, 0xdd, 0x8d, 0xb0, 0, 0, 0, 0, b'I', b'E', b'N', b'D', 0xae, 0x42, 0x60, 0x82,
];

pub async fn platform_terms(app: &TestApp) {
    let store = &app.app.backend().store;
    let logo = actors::store::platform::keep_logo(store, DOT, app.clock.now()).await.unwrap();
    let edit = InvoiceEdit {
        logo: Some(Some(logo)),
        company_name: Some(Some("Parlare Voice".to_owned())),
        company_address: Some(Some("12 Quay\nHamburg".to_owned())),
        payment_instructions: Some(Some("IBAN DE02 1203 0000 0000 2020 51".to_owned())),
        ..InvoiceEdit::default()
    };
    let change = |before: &InvoiceSettings| before.edited(&edit);
    actors::store::platform::change_invoice_settings(store, app.clock.now(), change).await.unwrap().unwrap();
}

fn numbers(answer: &Answer) -> Vec<String> {
    let items = answer.field("items").as_array().unwrap();
    items.iter().map(|item| item["number"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn invoices_are_listed_newest_first_narrowed_and_paged() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    let [_, second] = two_months(&app, &customer).await;
    let admin = Visitor::admin(&app, &customer).await;
    let listed = admin.get("/api/billing/invoices").await;
    let number = |count: u32| format!("INV-{}-{count:04}", customer.id);
    assert_eq!(numbers(&listed), [number(2), number(1)]);
    assert_eq!(
        listed.field("items")[0],
        json!({
            "id": second.to_string(), "number": number(2), "month": "2026-02", "issued_on": "2026-03-02",
            "due_date": "2026-03-16", "currency": "EUR", "total": 119.0, "amount_due": 72.0741, "status": "sent"
        })
    );
    for (query, expected) in [
        ("status=paid", vec![number(1)]),
        ("status=sent", vec![number(2)]),
        ("status=void", vec![]),
        ("per_page=1&page=2", vec![number(1)]),
    ] {
        let listed = admin.get(&format!("/api/billing/invoices?{query}")).await;
        assert_eq!(numbers(&listed), expected, "{query}");
    }
    assert_problem(&admin.get("/api/billing/invoices?status=draft").await, 422, "invalid");
    app.now_is("2026-03-18T12:00:00Z");
    app.keep_books().await;
    // The other session is over by then.
    let admin = Visitor::admin(&app, &customer).await;
    let overdue = admin.get("/api/billing/invoices?status=overdue").await;
    assert_eq!(numbers(&overdue), [number(2)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invoice_has_its_lines_its_tax_its_payments_and_where_it_stands() {
    let app = TestApp::start().await;
    platform_terms(&app).await;
    let customer = app.customer().await;
    let [first, second] = two_months(&app, &customer).await;
    let admin = Visitor::admin(&app, &customer).await;
    let answer = admin.get(&format!("/api/billing/invoices/{first}")).await;
    assert_eq!(answer.status, 200);
    let expected = json!({
        "id": first.to_string(), "number": format!("INV-{}-0001", customer.id), "month": "2026-01",
        "issued_on": "2026-02-03", "due_date": "2026-02-17", "currency": "EUR",
        "seller": {"name": "Parlare Voice", "address": "12 Quay\nHamburg"},
        "buyer": {"name": "Lovelace & Daughters", "address": "1 Harbour Street\nPortsmouth"},
        "payment_instructions": "IBAN DE02 1203 0000 0000 2020 51",
        "lines": [{"category": "call", "description": "Call minutes", "quantity": 2.58, "unit_price": 1.0, "amount": 2.5833}],
        "payments": [{"description": "Payment", "received_on": "2026-01-05", "amount": 50.0}],
        "subtotal": 2.5833, "tax_name": "VAT", "tax_rate": 19, "tax_amount": 0.4908, "total": 3.0741,
        "paid_from_balance": 3.0741, "amount_due": 0.0, "status": "paid",
        "created_at": "2026-02-03T12:00:00Z", "paid_at": "2026-02-03T12:00:00Z"
    });
    assert_eq!(answer.body, expected);
    let path = format!("/api/billing/invoices/{second}");
    let open = admin.get(&path).await;
    assert_eq!((open.field("status"), open.field("paid_at")), (&json!("sent"), &Value::Null));
    app.tenant(&customer).await.credit(payment("late", "72.0741")).await.unwrap();
    let paid = admin.get(&path).await;
    assert_eq!((paid.field("status"), paid.field("amount_due")), (&json!("paid"), &json!(0.0)));
    assert_eq!(
        paid.field("paid_from_balance"),
        open.field("paid_from_balance"),
        "that stays as it was issued"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_running_month_is_added_up_as_it_will_be_invoiced() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    let admin = Visitor::admin(&app, &customer).await;
    let path = "/api/billing/invoices/draft";
    let empty = admin.get(path).await;
    assert_eq!((empty.field("month"), empty.field("closes_on")), (&json!("2026-01"), &json!("2026-02-01")));
    assert_eq!((empty.field("lines"), empty.field("total")), (&json!([]), &json!(0.0)));
    customer.webhook(&flat("c1", 155)).await;
    let draft = admin.get(path).await;
    assert_eq!(draft.field("lines")[0]["amount"], json!(2.5833));
    assert_eq!(draft.field("total"), &json!(2.5833));
    assert!(draft.body.get("number").is_none(), "it has none before it is one");
    assert_eq!(admin.get("/api/billing/invoices").await.field("total"), &json!(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_document_is_a_file_of_its_number_that_is_kept_by_nobody_else() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    let [first, _] = two_months(&app, &customer).await;
    let admin = Visitor::admin(&app, &customer).await;
    let path = format!("/api/billing/invoices/{first}/pdf");
    let answer = admin.response(Method::GET, &path, None, &[]).await;
    assert_eq!(answer.status(), 200);
    let header = |name: &str| answer.headers()[name].to_str().unwrap().to_owned();
    assert_eq!(header("content-type"), "application/pdf");
    assert_eq!(header("cache-control"), "private");
    let name = format!("attachment; filename=\"INV-{}-0001.pdf\"", customer.id);
    assert_eq!(header("content-disposition"), name);
    let bytes = answer.bytes().await.unwrap();
    assert!(bytes.starts_with(b"%PDF-1."), "{:?}", &bytes[..8]);
    let again = admin.response(Method::GET, &path, None, &[]).await.bytes().await.unwrap();
    assert_eq!(bytes, again);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_has_the_picture_that_the_invoice_was_written_with() {
    let app = TestApp::start().await;
    let (plain, pictured) = (app.customer().await, app.customer().await);
    let [without, _] = two_months(&app, &plain).await;
    platform_terms(&app).await;
    pictured.webhook(&flat("c1", 60)).await;
    app.now_is("2026-04-01T12:00:00Z");
    let made = app.keep_books().await.invoices;
    let with = made.iter().find(|(of, _)| *of == pictured.id).unwrap().1.id;
    for (customer, invoice, has_picture) in [(&plain, without, false), (&pictured, with, true)] {
        let path = format!("/api/billing/invoices/{invoice}/pdf");
        let admin = Visitor::admin(&app, customer).await;
        let bytes = admin.response(Method::GET, &path, None, &[]).await.bytes().await.unwrap();
        let is_drawn = bytes.windows(14).any(|part| part == b"/Subtype/Image");
        assert_eq!(is_drawn, has_picture, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_invoice_of_ones_own_is_not_there() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    let [first, _] = two_months(&app, &customer).await;
    let admin = Visitor::admin(&app, &customer).await;
    for name in ["inv_999", "inv_", "7", "draft.pdf", "inv_99999999999999999999", "inv_%00"] {
        for path in [format!("/api/billing/invoices/{name}"), format!("/api/billing/invoices/{name}/pdf")] {
            assert_problem(&admin.get(&path).await, 404, "not-found");
        }
    }
    let stranger = Visitor::admin(&app, &app.customer().await).await;
    for path in [format!("/api/billing/invoices/{first}"), format!("/api/billing/invoices/{first}/pdf")] {
        assert_problem(&stranger.get(&path).await, 404, "not-found");
    }
}
