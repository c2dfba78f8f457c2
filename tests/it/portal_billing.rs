//! What is left and what it went on, on pages: for those who may see money, and for nobody else.

use serde_json::json;

use crate::harness::TestApp;
use crate::harness::app::payment;
use crate::harness::retell::flat;
use crate::harness::visitor::Visitor;

#[tokio::test(flavor = "multi_thread")]
async fn an_admin_sees_what_is_left_how_long_it_lasts_and_what_it_went_on() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    customer.webhook(&flat("c1", 300)).await;
    let admin = Visitor::admin(&app, &customer).await;
    let (status, page) = admin.page("/billing").await;
    assert_eq!(status, 200, "{page}");
    let balance = format!("€{}", app.balance(&customer).await);
    assert!(page.contains(&balance), "{balance}: {page}");
    assert!(page.contains("1 charge<") && page.contains("\u{2212}€5.00"), "{page}");
    assert!(page.contains("At the pace of the last day it lasts"), "{page}");
    assert!(page.contains("href=\"/calls/call_"), "the charge leads to its call: {page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn transactions_are_narrowed_paged_and_taken_along_as_a_file() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    customer.webhook(&flat("c1", 60)).await;
    let tenant = app.tenant(&customer).await;
    for number in 0..51 {
        tenant.credit(payment(&format!("key-{number}"), "1.25")).await.unwrap();
    }
    let admin = Visitor::admin(&app, &customer).await;
    let (_, page) = admin.page("/billing/transactions?type=credit&category=top_up").await;
    assert!(
        page.contains("href=\"/billing/transactions?type=credit&amp;category=top_up&amp;page=2\""),
        "{page}"
    );
    assert!(
        page.contains("href=\"/api/billing/transactions.csv?type=credit&amp;category=top_up\""),
        "{page}"
    );
    assert!(page.contains("+€1.25") && !page.contains("Call of"), "{page}");
    let (_, second) = admin.page("/billing/transactions?type=credit&category=top_up&page=2").await;
    assert!(second.contains("rel=\"prev\""), "{second}");
    let (_, calls) = admin.page("/billing/transactions?category=call").await;
    assert!(calls.contains("Call of 60 s") && calls.contains("1 entry"), "{calls}");
    let (_, none) = admin.page("/billing/transactions?category=tax").await;
    assert!(none.contains("No transactions match") && none.contains("Clear filters"), "{none}");
    // What is wrong is said at its field, and what was typed stays.
    for (query, said) in [
        ("from=2026-01-31&to=2026-01-01", "the period ends before it begins"),
        ("category=gold", "there is no such choice"),
        ("page=0", "page is a number"),
    ] {
        let (status, page) = admin.page(&format!("/billing/transactions?{query}")).await;
        assert_eq!(status, 200, "{query}");
        assert!(query.starts_with("page") || page.contains(said), "{query}: {page}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_may_not_see_money_finds_no_way_to_it() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    let admin = Visitor::admin(&app, &customer).await;
    let staff = json!({"email": "ben@example.com", "full_name": "Ben", "role": "user"});
    assert_eq!(admin.post("/api/users", &staff).await.status, 201);
    let staff = Visitor::signed_in(&app, "ben@example.com").await;
    for path in ["/billing", "/billing/transactions"] {
        let (status, page) = staff.page(path).await;
        assert!(status == 403 && !page.contains('€'), "{path}: {page}");
    }
    let (_, home) = staff.page("/").await;
    assert!(!home.contains("/billing") && !home.contains('€'), "{home}");
}
