//! Invoices on pages: what an admin is told before the first one, the list, and one as its document has it.

use serde_json::json;

use crate::harness::TestApp;
use crate::harness::app::payment;
use crate::harness::retell::flat;
use crate::harness::visitor::Visitor;
use crate::invoices_api::two_months;

#[tokio::test(flavor = "multi_thread")]
async fn before_the_first_invoice_an_admin_is_told_when_it_comes_and_what_is_on_it_so_far() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    let admin = Visitor::admin(&app, &customer).await;
    let (status, page) = admin.page("/billing/invoices").await;
    assert_eq!(status, 200, "{page}");
    for said in [
        "Your first invoice comes on Feb 1, 2026",
        "No invoices yet",
        "Nothing was charged so far",
        "January 2026 so far",
    ] {
        assert!(page.contains(said), "{said}: {page}");
    }
    customer.webhook(&flat("c1", 155)).await;
    let (_, page) = admin.page("/billing/invoices").await;
    assert!(page.contains("Call minutes") && page.contains("€2.5833") && page.contains("Draft"), "{page}");
    let (_, billing) = admin.page("/billing").await;
    assert!(billing.contains("href=\"/billing/invoices\""), "{billing}");
}

#[tokio::test(flavor = "multi_thread")]
async fn invoices_are_listed_with_what_is_due_and_their_documents() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    let [first, second] = two_months(&app, &customer).await;
    let admin = Visitor::admin(&app, &customer).await;
    let (_, page) = admin.page("/billing/invoices").await;
    for said in [
        "2 invoices, newest first.".to_owned(),
        format!("INV-{}-0001", customer.id),
        format!("href=\"/billing/invoices/{second}\""),
        format!("href=\"/api/billing/invoices/{first}/pdf\""),
        "€119.00".to_owned(),
        "€72.0741 due".to_owned(),
        "Mar 16, 2026".to_owned(),
        "To pay".to_owned(),
    ] {
        assert!(page.contains(&said), "{said}: {page}");
    }
    let (_, paid) = admin.page("/billing/invoices?status=paid").await;
    assert!(paid.contains("-0001") && !paid.contains("-0002"), "{paid}");
    let (_, void) = admin.page("/billing/invoices?status=void").await;
    assert!(void.contains("No invoices match") && void.contains("Clear filter"), "{void}");
    assert_eq!(admin.page("/billing/invoices?status=gold&page=x").await.0, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invoice_says_what_its_document_says_and_where_it_stands_now() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    let [first, second] = two_months(&app, &customer).await;
    let admin = Visitor::admin(&app, &customer).await;
    let (status, page) = admin.page(&format!("/billing/invoices/{first}")).await;
    assert_eq!(status, 200);
    for said in [
        "Paid: there is nothing to do.",
        "Call minutes",
        "2.58",
        "€2.5833",
        "VAT 19 %",
        "€0.4908",
        "€3.0741",
        "Paid from balance",
        "Your prepaid balance covered all of it.",
        "Payments received",
        "€50.00",
        "Lovelace &amp; Daughters",
        "1 Harbour Street",
        "Download PDF",
    ] {
        assert!(page.contains(said), "{said}: {page}");
    }
    let path = format!("/billing/invoices/{second}");
    let (_, open) = admin.page(&path).await;
    assert!(open.contains("€72.0741 is to be paid by Mar 16, 2026."), "{open}");
    let tenant = app.tenant(&customer).await;
    tenant.credit(payment("part", "70")).await.unwrap();
    let (_, part) = admin.page(&path).await;
    assert!(part.contains("€2.0741 is left to pay."), "{part}");
    tenant.void_invoice(second, "by mistake").await.unwrap();
    let (_, void) = admin.page(&path).await;
    assert!(void.contains("Taken back: its charges were credited"), "{void}");
}

#[tokio::test(flavor = "multi_thread")]
async fn invoices_are_nobodys_but_those_who_may_see_money() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    let [first, _] = two_months(&app, &customer).await;
    let admin = Visitor::admin(&app, &customer).await;
    let staff = json!({"email": "ben@example.com", "full_name": "Ben", "role": "user"});
    assert_eq!(admin.post("/api/users", &staff).await.status, 201);
    let staff = Visitor::signed_in(&app, "ben@example.com").await;
    for path in ["/billing/invoices".to_owned(), format!("/billing/invoices/{first}")] {
        let (status, page) = staff.page(&path).await;
        assert!(status == 403 && !page.contains('€'), "{path}: {page}");
    }
    let stranger = Visitor::admin(&app, &app.customer().await).await;
    assert_eq!(stranger.page(&format!("/billing/invoices/{first}")).await.0, 404);
    assert_eq!(admin.page("/billing/invoices/inv_999").await.0, 404);
}
