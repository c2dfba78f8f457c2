//! Money comes in through Stripe: once for each payment, to whoever it is for, and never on anybody else's word.

use serde_json::{Value, json};
use sqlx::Row;

use crate::harness::app::{assert_problem, metric, money};
use crate::harness::retell::flat;
use crate::harness::stripe::{Asked, KEY, Mode, Stripe, WEBHOOK_SECRET, sign, tell, tell_signed};
use crate::harness::visitor::Visitor;
use crate::harness::{Customer, TestApp};

const COMPLETED: &str = "checkout.session.completed";
const LATER: &str = "checkout.session.async_payment_succeeded";

/// A page to pay on, made by the customer's admin; the session as Stripe has it.
async fn page_for(app: &TestApp, stripe: &Stripe, customer: &Customer, amount: &str) -> Asked {
    let admin = Visitor::admin(app, customer).await;
    let begun = admin.post("/api/billing/top-up", &json!({"amount": amount})).await;
    assert_eq!(begun.status, 200, "{}", begun.body);
    stripe.last()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_told_twice_and_out_of_order_is_credited_once_with_its_name() {
    let stripe = Stripe::start().await;
    let app = TestApp::with(stripe.options()).await;
    let customer = app.poor_customer().await;
    let session = page_for(&app, &stripe, &customer, "50").await;
    // What comes first says that it was paid after all, what comes after it that it is still to be paid.
    for event in [
        session.event(LATER, "paid", "pi_1"),
        session.event(COMPLETED, "unpaid", "pi_1"),
        session.event(LATER, "paid", "pi_1"),
        session.paid("pi_1"),
    ] {
        let answer = tell(&app, &event).await;
        assert_eq!((answer.status, &answer.body), (200, &json!({"received": true})));
        assert_eq!(app.balance(&customer).await, money("50"));
    }
    // A second session of the same customer is another payment.
    let again = page_for(&app, &stripe, &customer, "12.34").await;
    tell(&app, &again.paid("pi_2")).await;
    assert_eq!(app.balance(&customer).await, money("62.34"));

    let admin = Visitor::admin(&app, &customer).await;
    let listed = admin.get("/api/billing/transactions?category=top_up").await;
    let payments = listed.field("items").as_array().unwrap();
    let said: Vec<(&Value, &Value)> =
        payments.iter().map(|entry| (&entry["reference_id"], &entry["amount"])).collect();
    assert_eq!(said, [(&json!("pi_2"), &json!(12.34)), (&json!("pi_1"), &json!(50.0))]);
    let mut sql = app.sql().await;
    let lines =
        "select actor_kind, actor_id from audit_log where customer_id = $1 and action = 'balance.credited'";
    let lines = sqlx::query(lines).bind(customer.id.0).fetch_all(&mut sql).await.unwrap();
    let authors: Vec<(String, String)> = lines.iter().map(|line| (line.get(0), line.get(1))).collect();
    assert_eq!(authors, vec![("system".to_owned(), "stripe".to_owned()); 2]);
    assert_eq!(app.findings().await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_servers_told_of_one_payment_at_once_credit_it_once() {
    let stripe = Stripe::start().await;
    let app = TestApp::with(stripe.options()).await;
    let mut options = stripe.options();
    options.database_url = Some(app.database.url().to_owned());
    let beside = TestApp::with(options).await;
    let customer = app.poor_customer().await;
    let session = page_for(&app, &stripe, &customer, "25").await;
    let event = session.paid("pi_both");
    let (one, two) = tokio::join!(tell(&app, &event), tell(&beside, &event));
    // Who lost the tenant to the other says so, and is told again, as Stripe does it.
    for (app, mut answer) in [(&app, one), (&beside, two)] {
        for _ in 0..10 {
            if answer.status == 200 {
                break;
            }
            assert_problem(&answer, 503, "unavailable");
            answer = tell(app, &event).await;
        }
        assert_eq!(answer.status, 200, "{}", answer.body);
    }
    assert_eq!(app.balance(&customer).await, money("25"));
    let payments = "select count(*) from transactions where customer_id = $1 and category = 'top_up'";
    assert_eq!(app.count(payments, &customer).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_goes_to_whom_our_seal_names_and_to_nobody_else() {
    let stripe = Stripe::start().await;
    let app = TestApp::with(stripe.options()).await;
    let (one, other) = (app.poor_customer().await, app.poor_customer().await);
    let session = page_for(&app, &stripe, &one, "50").await;
    assert_eq!(session.field("metadata[voice_customer]"), one.id.0.to_string());
    // Something else that is sold with the same account, with any customer's number on it.
    let mut foreign = session.paid("pi_foreign");
    foreign["data"]["object"]["metadata"] = json!({"order": "7"});
    foreign["data"]["object"]["client_reference_id"] = json!(other.id.0.to_string());
    let mut stolen = session.paid("pi_stolen");
    stolen["data"]["object"]["metadata"]["voice_customer"] = json!(other.id.0.to_string());
    let mut elsewhere = session.paid("pi_elsewhere");
    elsewhere["data"]["object"]["metadata"]["voice_seal"] = json!("aaaaaaaaaaaaaaaaaaaaaaaaaa");
    for event in [foreign, stolen, elsewhere] {
        assert_eq!(tell(&app, &event).await.status, 200, "none of our business");
    }
    assert_eq!(app.balance(&one).await, money("0"));
    assert_eq!(app.balance(&other).await, money("0"));
    assert_eq!(metric(&app, "voice_stripe_events_total{outcome=\"foreign\"}").await, 3);
    tell(&app, &session.paid("pi_good")).await;
    assert_eq!((app.balance(&one).await, app.balance(&other).await), (money("50"), money("0")));
    assert_eq!(metric(&app, "voice_stripe_events_total{outcome=\"payment\"}").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_what_stripe_has_signed_just_now_is_believed() {
    let stripe = Stripe::start().await;
    let app = TestApp::with(stripe.options()).await;
    let customer = app.poor_customer().await;
    let session = page_for(&app, &stripe, &customer, "50").await;
    let body = session.paid("pi_1").to_string().into_bytes();
    let now = app.clock.now().as_second();
    let good = sign(WEBHOOK_SECRET, &body, now);
    let mut touched = body.clone();
    let last = touched.len() - 2;
    touched[last] ^= 1;
    let old = sign(WEBHOOK_SECRET, &body, now - 301);
    let other = sign("whsec_of_somebody", &body, now);
    for (body, signature) in [
        (&body, None),
        (&body, Some("t=1,v1=00")),
        (&touched, Some(good.as_str())),
        (&body, Some(old.as_str())),
        (&body, Some(other.as_str())),
    ] {
        let answer = tell_signed(&app, body.clone(), signature).await;
        assert_problem(&answer, 401, "bad-signature");
    }
    assert_eq!(app.balance(&customer).await, money("0"));
    assert_eq!(tell_signed(&app, body, Some(&good)).await.status, 200);
    assert_eq!(app.balance(&customer).await, money("50"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_that_cannot_be_credited_is_refused_so_that_stripe_tells_again() {
    let stripe = Stripe::start().await;
    let app = TestApp::with(stripe.options()).await;
    let customer = app.poor_customer().await;
    let session = page_for(&app, &stripe, &customer, "50").await;
    let with = |field: &str, value: Value| {
        let mut event = session.paid("pi_1");
        event["data"]["object"][field] = value;
        event
    };
    assert_problem(&tell(&app, &with("currency", json!("usd"))).await, 409, "refused");
    assert_problem(&tell(&app, &with("amount_total", json!(0))).await, 409, "refused");
    assert_problem(&tell(&app, &with("payment_intent", json!(null))).await, 400, "bad-body");
    assert_problem(&tell(&app, &json!({"hello": "Stripe"})).await, 400, "bad-body");
    assert_eq!(app.balance(&customer).await, money("0"));
    // What Stripe says was paid counts, also where another amount was asked for; and the first word stands.
    assert_eq!(tell(&app, &with("amount_total", json!(4000))).await.status, 200);
    assert_problem(&tell(&app, &session.paid("pi_1")).await, 409, "refused");
    assert_eq!(app.balance(&customer).await, money("40"));
    // Everything else that Stripe tells is noted and nothing more.
    for kind in ["checkout.session.expired", "checkout.session.async_payment_failed", "charge.refunded"] {
        assert_eq!(tell(&app, &session.event(kind, "unpaid", "pi_1")).await.status, 200);
    }
    assert_eq!(app.balance(&customer).await, money("40"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_to_pay_on_is_asked_for_with_the_amount_the_currency_and_the_way_back() {
    let stripe = Stripe::start().await;
    let app = TestApp::with(stripe.options()).await;
    let customer = app.poor_customer().await;
    let admin = Visitor::admin(&app, &customer).await;
    let ways = admin.get("/api/billing/top-up").await;
    assert_eq!((ways.status, ways.field("online")), (200, &json!(true)), "{}", ways.body);
    assert_eq!(ways.field("reference"), &json!(format!("Customer {}", customer.id.0)));
    let begun = admin.post("/api/billing/top-up", &json!({"amount": 12.5})).await;
    assert_eq!(begun.status, 200, "{}", begun.body);
    assert_eq!(begun.field("url"), &json!("https://checkout.stripe.com/c/pay/cs_test_0000"));
    let asked = stripe.last();
    assert_eq!(asked.authorization, format!("Bearer {KEY}"));
    for (name, value) in [
        ("mode", "payment".to_owned()),
        ("line_items[0][quantity]", "1".to_owned()),
        ("line_items[0][price_data][currency]", "eur".to_owned()),
        ("line_items[0][price_data][unit_amount]", "1250".to_owned()),
        ("client_reference_id", customer.id.0.to_string()),
        ("payment_intent_data[metadata][voice_customer]", customer.id.0.to_string()),
        ("success_url", app.url("/billing/top-up/done")),
        ("cancel_url", app.url("/billing/top-up")),
    ] {
        assert_eq!(asked.field(name), value, "{name}");
    }
    // The same wish again makes no second page.
    let headers = [("Idempotency-Key", "k1")];
    let wish = json!({"amount": 20});
    let first = admin.send(reqwest::Method::POST, "/api/billing/top-up", Some(&wish), &headers).await;
    let second = admin.send(reqwest::Method::POST, "/api/billing/top-up", Some(&wish), &headers).await;
    assert_eq!((first.status, &first.body), (200, &second.body), "{}", first.body);
    assert_eq!(stripe.asked().len(), 2);
    for amount in [json!(4.99), json!(10_000.01), json!(-5), json!(12.345), json!("ten")] {
        let refused = admin.post("/api/billing/top-up", &json!({"amount": amount})).await;
        assert_problem(&refused, 422, "invalid");
        assert_eq!(refused.field("errors")[0]["field"], "amount", "{amount}");
    }
    assert_eq!(stripe.asked().len(), 2, "nothing that is refused is asked for");
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_stripe_answers_nobody_is_led_astray_and_no_key_is_shown() {
    let stripe = Stripe::start().await;
    let app = TestApp::with(stripe.options()).await;
    let customer = app.poor_customer().await;
    let admin = Visitor::admin(&app, &customer).await;
    for mode in [
        Mode::Refuse(401),
        Mode::Refuse(503),
        Mode::Nonsense,
        Mode::LeadTo("javascript:alert(1)"),
        Mode::LeadTo("http://checkout.example.com/"),
        Mode::LeadTo("https://127.0.0.1/"),
    ] {
        stripe.will(mode);
        let answer = admin.post("/api/billing/top-up", &json!({"amount": 50})).await;
        assert_problem(&answer, 502, "payments-unreachable");
        assert!(!answer.body.to_string().contains(KEY), "{mode:?}: {}", answer.body);
        let (status, page) = admin.submit("/billing/top-up", &[("amount", "50")]).await;
        assert_eq!(status, 422, "{mode:?}");
        assert!(page.contains("Stripe") && !page.contains("javascript:alert"), "{mode:?}: {page}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_admin_pays_in_two_clicks_and_is_told_what_comes_next() {
    let stripe = Stripe::start().await;
    let app = TestApp::with(stripe.options()).await;
    let customer = app.poor_customer().await;
    let admin = Visitor::admin(&app, &customer).await;
    let (_, billing) = admin.page("/billing").await;
    assert!(billing.contains("href=\"/billing/top-up\""), "{billing}");
    let (status, page) = admin.page("/billing/top-up").await;
    assert_eq!(status, 200, "{page}");
    assert!(page.contains("value=\"50.00\"") && page.contains("€50.00"), "{page}");
    assert!(page.contains("From €5.00 to €10,000.00."), "{page}");
    let (status, page) = admin.submit("/billing/top-up", &[("amount", "50.00")]).await;
    assert_eq!(status, 200, "{page}");
    assert!(page.contains("href=\"https://checkout.stripe.com/c/pay/cs_test_0000\""), "{page}");
    assert!(page.contains("Pay €50.00 at Stripe"), "{page}");
    let (status, page) = admin.submit("/billing/top-up", &[("amount", "4")]).await;
    assert_eq!(status, 422);
    assert!(page.contains("value=\"4\"") && page.contains("can be paid in at a time"), "{page}");
    tell(&app, &stripe.last().paid("pi_1")).await;
    let (status, page) = admin.page("/billing/top-up/done").await;
    assert_eq!(status, 200);
    assert!(page.contains("€50.00"), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_stripe_an_admin_is_told_how_to_pay_and_stripe_has_no_address() {
    let app = TestApp::start().await;
    let customer = app.poor_customer().await;
    let admin = Visitor::admin(&app, &customer).await;
    let reference = format!("Customer {}", customer.id.0);
    let (status, page) = admin.page("/billing/top-up").await;
    assert_eq!(status, 200);
    assert!(page.contains("Please ask") && page.contains(&reference), "{page}");
    let owner = Visitor::super_admin(&app).await;
    let settings = json!({"payment_instructions": "IBAN DE02 1203\nBIC <BYLA>", "company_name": "Voice Ltd"});
    assert_eq!(owner.put("/api/admin/settings", &settings).await.status, 200);
    let (_, page) = admin.page("/billing/top-up").await;
    for said in ["IBAN DE02 1203\nBIC &lt;BYLA&gt;", "Voice Ltd", &reference] {
        assert!(page.contains(said), "{said}: {page}");
    }
    assert!(!page.contains("Stripe"), "{page}");
    let ways = admin.get("/api/billing/top-up").await;
    assert_eq!(ways.field("online"), &json!(false));
    assert_eq!(ways.field("instructions"), &json!("IBAN DE02 1203\nBIC <BYLA>"));
    let refused = admin.post("/api/billing/top-up", &json!({"amount": 50})).await;
    assert_problem(&refused, 409, "refused");
    let (status, page) = admin.submit("/billing/top-up", &[("amount", "50")]).await;
    assert_eq!(status, 422);
    assert!(page.contains("Paying online is not set up here."), "{page}");
    let told = tell_signed(&app, "{}", Some("t=1,v1=00")).await;
    assert_problem(&told, 404, "not-found");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_suspended_business_may_pay() {
    let stripe = Stripe::start().await;
    let app = TestApp::with(stripe.options()).await;
    let customer = app.poor_customer().await;
    let session = page_for(&app, &stripe, &customer, "50").await;
    let admin = Visitor::admin(&app, &customer).await;
    app.tenant(&customer).await.suspend().await.unwrap();
    assert_eq!(admin.page("/billing/top-up").await.0, 200);
    assert_eq!(admin.submit("/billing/top-up", &[("amount", "50")]).await.0, 200);
    assert_eq!(tell(&app, &session.paid("pi_1")).await.status, 200);
    assert_eq!(app.balance(&customer).await, money("50"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_without_the_secret_of_the_endpoint_does_not_start() {
    use voice_server::config::Secret;
    use voice_server::stripe::Stripe as Configured;
    let app = TestApp::start().await;
    let mut config = crate::harness::app::config(app.database.url(), &crate::harness::Options::default());
    assert!(Configured::new(&config, None).is_ok());
    config.stripe_secret_key = Some(Secret::from(KEY));
    let Err(refused) = Configured::new(&config, None) else { panic!("payments would be lost") };
    assert!(refused.to_string().contains("STRIPE_WEBHOOK_SECRET"), "{refused}");
    assert!(!refused.to_string().contains(KEY), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_has_a_receipt_and_a_charge_has_none() {
    let stripe = Stripe::start().await;
    let app = TestApp::with(stripe.options()).await;
    let customer = app.customer().await;
    let session = page_for(&app, &stripe, &customer, "12.5").await;
    tell(&app, &session.paid("pi_1")).await;
    customer.webhook(&flat("c1", 60)).await;
    let owner = Visitor::super_admin(&app).await;
    let settings = json!({"company_name": "Voice Ltd", "company_address": "1 Quay\nPortsmouth"});
    assert_eq!(owner.put("/api/admin/settings", &settings).await.status, 200);
    let admin = Visitor::admin(&app, &customer).await;
    let receipt = admin.get("/api/billing/receipts/txn_2").await;
    assert_eq!(
        receipt.body,
        json!({
            "id": "txn_2", "received_at": "2026-01-05T12:00:00Z", "amount": 12.5, "currency": "EUR",
            "description": "Payment through Stripe", "payment_id": "pi_1",
            "seller": {"name": "Voice Ltd", "address": "1 Quay\nPortsmouth"},
            "buyer": {"name": "Lovelace & Daughters", "address": null}, "balance_after": 62.5,
        })
    );
    for none in ["txn_3", "txn_99", "2", "txn_x", "call_2"] {
        assert_problem(&admin.get(&format!("/api/billing/receipts/{none}")).await, 404, "not-found");
    }
    let by_hand = admin.get("/api/billing/receipts/txn_1").await;
    assert_eq!((by_hand.status, by_hand.field("payment_id")), (200, &Value::Null));
    let (_, list) = admin.page("/billing/transactions").await;
    assert!(list.contains("href=\"/billing/receipts/txn_2\""), "{list}");
    let (status, page) = admin.page("/billing/receipts/txn_2").await;
    assert_eq!(status, 200);
    for said in ["Receipt txn_2", "€12.50", "pi_1", "Voice Ltd", "Lovelace &amp; Daughters", "€62.50"] {
        assert!(page.contains(said), "{said}: {page}");
    }
    assert_eq!(admin.page("/billing/receipts/txn_3").await.0, 404);
}
