//! What the platform's owner sets and does about invoices.

use serde_json::json;

use super::{invoices, settings, stored};
use crate::harness::TestApp;
use crate::harness::app::{assert_problem, money};
use crate::harness::retell::flat;
use crate::harness::visitor::Visitor;

/// A picture of one dot.
const DOT: &[u8] = include_bytes!("dot.png");

#[tokio::test(flavor = "multi_thread")]
async fn an_invoice_is_written_with_what_the_platform_has_set_or_the_customers_own_tax() {
    let app = TestApp::start().await;
    let owner = Visitor::super_admin(&app).await;
    let set = json!({
        "company_name": "Voice Ltd", "company_address": "1 Quay\nPortsmouth", "tax_rate": 7.7, "tax_name": "VAT",
        "due_days": 30, "payment_instructions": "Please quote the number.",
    });
    let answer = owner.put("/api/admin/settings", &set).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(answer.field("tax_rate"), &json!(7.7));
    assert_eq!(owner.get("/api/admin/settings").await.body, answer.body);
    let (ours, theirs) = (app.customer().await, app.customer().await);
    let own = json!({"tax_rate": "21", "tax_name": "IVA", "billing_address": "2 Hill"});
    let answer = owner.put(&format!("/api/admin/customers/{}", theirs.id), &own).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    for customer in [&ours, &theirs] {
        customer.webhook(&flat("c1", 600)).await;
    }
    app.now_is("2026-02-01T00:00:00Z");
    let invoice = invoices(&app, &ours).await.remove(0);
    assert_eq!(
        (invoice.seller.name.as_str(), invoice.due_date.to_string()),
        ("Voice Ltd", "2026-03-03".to_owned())
    );
    assert_eq!(invoice.payment_instructions.as_deref(), Some("Please quote the number."));
    assert_eq!(
        (invoice.content.tax.in_words(), invoice.content.tax_amount),
        ("VAT 7.7 %".to_owned(), money("0.77"))
    );
    let admin = Visitor::admin(&app, &theirs).await;
    assert_eq!(admin.get("/api/settings").await.field("tax_name"), "IVA");
    let sum = "select count(*) from invoices where customer_id = $1 and tax_amount = 2.1 and buyer_address = '2 Hill'";
    assert_eq!(app.count(sum, &theirs).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_no_invoice_could_say_is_refused_at_its_field_and_changes_nothing() {
    let app = TestApp::start().await;
    let owner = Visitor::super_admin(&app).await;
    let before = owner.get("/api/admin/settings").await.body;
    for (field, body) in [
        ("due_days", json!({"due_days": 366})),
        ("tax_name", json!({"tax_name": "V\nAT"})),
        ("company_address", json!({"company_name": "Voice Ltd", "company_address": "x".repeat(501)})),
        ("payment_instructions", json!({"payment_instructions": "x".repeat(2001)})),
        ("tax_rate", json!({"tax_rate": 101})),
        ("tax_rate", json!({"tax_rate": -1})),
    ] {
        let answer = owner.put("/api/admin/settings", &body).await;
        assert_problem(&answer, 422, "invalid");
        assert!(answer.body.to_string().contains(field), "{}", answer.body);
    }
    assert_eq!(owner.get("/api/admin/settings").await.body, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_logo_is_a_picture_and_stays_on_the_invoices_that_have_it() {
    let app = TestApp::start().await;
    let owner = Visitor::super_admin(&app).await;
    let put = async |body: Vec<u8>| {
        owner.bytes(reqwest::Method::PUT, "/api/admin/settings/logo", "image/png", body).await
    };
    let mut broken = DOT.to_vec();
    broken.truncate(DOT.len() - 20);
    for bad in [Vec::new(), b"<svg/>".to_vec(), broken, DOT[..24].to_vec()] {
        assert_eq!(put(bad).await.status(), 422);
    }
    assert_eq!(put(vec![0; 200 * 1024]).await.status(), 422, "not for its size");
    assert_eq!(put(DOT.to_vec()).await.status(), 204);
    assert_eq!(owner.get("/api/admin/settings").await.field("has_logo"), true);
    let customer = app.customer().await;
    app.tenant(&customer).await.change_settings(settings("1", "0")).await.unwrap();
    app.keep_books().await;
    app.now_is("2026-02-01T00:00:00Z");
    let invoice = invoices(&app, &customer).await.remove(0);
    // A session of the owner's ends after two idle hours.
    let owner = Visitor::super_admin(&app).await;
    assert_eq!(owner.delete("/api/admin/settings/logo").await.status, 204);
    assert_eq!(owner.get("/api/admin/settings/logo").await.status, 404);
    let digest = stored(&app, &customer, invoice.id).await.logo.expect("it has the picture");
    let kept = actors::store::platform::logo(&app.app.backend().store, &digest).await.unwrap();
    assert_eq!(kept.as_deref(), Some(DOT));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_owner_takes_an_invoice_back_once_and_of_the_customer_named_only() {
    let app = TestApp::start().await;
    let (customer, other) = (app.poor_customer().await, app.poor_customer().await);
    customer.webhook(&flat("c1", 600)).await;
    app.now_is("2026-02-01T00:00:00Z");
    let invoice = invoices(&app, &customer).await.remove(0);
    let owner = Visitor::super_admin(&app).await;
    let void = async |of: &crate::harness::app::Customer, reason: &str| {
        let body = json!({"invoice": invoice.id.to_string(), "reason": reason});
        owner.post(&format!("/api/admin/customers/{}/void", of.id), &body).await
    };
    assert_problem(&void(&customer, " ").await, 422, "invalid");
    assert_eq!(void(&other, "by mistake").await.status, 404);
    let answer = void(&customer, "by mistake").await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(void(&customer, "by mistake").await.status, 409);
    assert_eq!(app.balance(&customer).await, money("0"));
    let audited = "select count(*) from audit_log
        where customer_id = $1 and action = 'invoice.voided' and actor_kind = 'platform' and reason = 'by mistake'";
    assert_eq!(app.count(audited, &customer).await, 1);
}
