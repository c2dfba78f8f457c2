//! What the platform's owner does: register, look, change, credit, suspend, and the dashboard.

use futures_util::future::join_all;
use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::harness::TestApp;
use crate::harness::app::{Answer, Customer, assert_problem, payment};
use crate::harness::inbox::Inbox;
use crate::harness::retell::flat;
use crate::harness::visitor::Visitor;

const CUSTOMERS: &str = "/api/admin/customers";

fn path(customer: &Customer) -> String {
    format!("{CUSTOMERS}/{}", customer.id)
}

/// The very text of an answer.
async fn text(visitor: &Visitor, path: &str) -> String {
    visitor.response(reqwest::Method::GET, path, None, &[]).await.text().await.unwrap()
}

fn companies(answer: &Answer) -> Vec<&str> {
    let items = answer.field("items").as_array().unwrap();
    items.iter().map(|item| item["company"].as_str().unwrap_or_default()).collect()
}

/// What super admins left in the audit log of a customer: `action reason before after`.
async fn lines(app: &TestApp, customer: i64) -> Vec<String> {
    let sql = "select concat_ws(' ', action, reason, before::text, after::text) from audit_log
        where customer_id = $1 and actor_kind = 'platform' and actor_id like 'usr\\_%' order by id";
    sqlx::query_scalar(sql).bind(customer).fetch_all(&mut app.sql().await).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_is_registered_with_rates_and_credit_and_its_admin_is_invited() {
    let inbox = Inbox::new();
    let app = inbox.app().await;
    let root = Visitor::super_admin(&app).await;
    let new = json!({
        "name": "Grace", "company": "Hopper & Co", "email": " Grace@Example.com ", "phone": "+1 555 010 0199",
        "timezone": "Europe/Madrid", "rate_per_minute": 0.75, "monthly_fee": "20", "low_balance_alert": 5,
        "billing_increment_seconds": 6, "credit": 25.5, "credit_reason": "Opening offer",
    });
    let made = root.post(CUSTOMERS, &new).await;
    assert_eq!(made.status, 201, "{}", made.body);
    for (field, value) in [
        ("email", json!("grace@example.com")),
        ("phone", json!("+15550100199")),
        ("timezone", json!("Europe/Madrid")),
        ("status", json!("active")),
        ("state", json!("ok")),
        ("users", json!(1)),
        ("billing_increment_seconds", json!(6)),
        ("horizon_days", json!(365)),
        ("last_call_at", Value::Null),
        ("currency", json!("EUR")),
    ] {
        assert_eq!(made.field(field), &value, "{field}");
    }
    let id = made.field("id").as_i64().unwrap();
    let shown = text(&root, &format!("{CUSTOMERS}/{id}")).await;
    for exact in [
        "\"balance\":25.50,",
        "\"rate_per_minute\":0.75,",
        "\"monthly_fee\":20.00,",
        "\"rate_per_sms\":0.05,",
    ] {
        assert!(shown.contains(exact), "{exact} in {shown}");
    }
    let url = made.field("retell_urls")["webhook_url"].as_str().unwrap();
    let answer = app.http.post(url).json(&flat("c1", 61)).send().await.unwrap();
    let charged: Value = answer.json().await.unwrap();
    assert_eq!(charged["charged"], 0.825, "61 seconds are 66 at this increment");

    let invitation = inbox.mail(1).await;
    assert_eq!(
        (invitation.to.as_str(), invitation.subject.as_str()),
        ("grace@example.com", "Voice <Test> Platform invites you to Hopper & Co")
    );
    let grace = Visitor::of(&app);
    assert_eq!(grace.post(&invitation.links()[0], &json!({})).await.status, 200);
    let link = inbox.mail(2).await.links().remove(0);
    assert_eq!(grace.post(&link, &json!({})).await.status, 200);
    assert_eq!(grace.get("/api/users").await.field("items")[0]["status"], "active");
    let told = lines(&app, id).await;
    assert_eq!((told.len(), told[0].as_str()), (2, "customer.created"));
    // The rest of its key is random: no payment named by hand is taken for it.
    let begin = "balance.credited Opening offer {\"amount\": \"25.50\", \"reference\": \"topup:first-";
    assert!(told[1].starts_with(begin) && told[1].ends_with("\"balance_after\": \"25.50\"}"), "{told:?}");
    assert_problem(&root.post(CUSTOMERS, &new).await, 409, "refused");
    assert_eq!(app.findings().await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_that_makes_no_sense_is_not_registered_at_all() {
    let app = TestApp::start().await;
    let root = Visitor::super_admin(&app).await;
    for (field, value) in [
        ("name", json!(" ")),
        ("email", json!("grace")),
        ("timezone", json!("Mars")),
        ("rate_per_minute", json!(-1)),
        ("rate_per_sms", json!("a lot")),
        ("monthly_fee", json!(1_000_000)),
        ("billing_increment_seconds", json!(0)),
        ("billing_minimum_seconds", json!(-1)),
        ("credit", json!(0)),
        ("credit", json!(0.00001)),
        ("balance", json!(5)),
    ] {
        let mut new = json!({"name": "Grace", "email": "grace@example.com", "credit": 5});
        new[field] = value;
        let answer = root.post(CUSTOMERS, &new).await;
        assert_problem(&answer, 422, "invalid");
        assert_eq!(answer.field("errors")[0]["field"], field, "{}", answer.body);
    }
    let new = json!({"name": "Grace", "email": "grace@example.com", "credit": 5, "credit_reason": ""});
    assert_problem(&root.post(CUSTOMERS, &new).await, 422, "invalid");
    assert_eq!(root.get(CUSTOMERS).await.field("total"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn customers_are_searched_filtered_and_sorted() {
    let app = TestApp::start().await;
    let root = Visitor::super_admin(&app).await;
    for (company, credit) in [("Zebra 100%", "3"), ("alpha", "70"), ("Beta_Gamma", "20")] {
        let customer = app.poor_customer().await;
        let sql = "update customers set company = $2 where id = $1";
        sqlx::query(sql).bind(customer.id.0).bind(company).execute(&mut app.sql().await).await.unwrap();
        app.tenant(&customer).await.credit(payment("first", credit)).await.unwrap();
        if company == "alpha" {
            customer.webhook(&flat("c1", 60)).await;
            app.tenant(&customer).await.suspend().await.unwrap();
        }
    }
    for (query, expected) in [
        ("", &["Beta_Gamma", "alpha", "Zebra 100%"] as &[&str]),
        ("?sort=newest&per_page=1&page=2", &["alpha"]),
        ("?sort=name", &["alpha", "Beta_Gamma", "Zebra 100%"]),
        ("?sort=balance", &["Zebra 100%", "Beta_Gamma", "alpha"]),
        ("?q=ALPHA", &["alpha"]),
        ("?q=%25", &["Zebra 100%"]),
        ("?q=a_g", &["Beta_Gamma"]),
        ("?q=%5C", &[]),
        ("?q=@example.com&sort=name", &["alpha", "Beta_Gamma", "Zebra 100%"]),
        ("?status=suspended", &["alpha"]),
        ("?status=active&q=alpha", &[]),
        ("?page=50&per_page=200", &[]),
    ] {
        let answer = root.get(&format!("{CUSTOMERS}{query}")).await;
        assert_eq!(companies(&answer), expected, "{query}: {}", answer.body);
    }
    let found = root.get(&format!("{CUSTOMERS}?q=alpha")).await;
    let line = &found.field("items")[0];
    assert_eq!(
        (found.field("total"), &line["status"], &line["state"]),
        (&json!(1), &json!("suspended"), &json!("ok"))
    );
    assert_eq!(line["last_call_at"], "2026-01-05T11:59:00Z");
    assert!(
        text(&root, &format!("{CUSTOMERS}?q=zebra")).await.contains("\"balance\":3.00,\"state\":\"low\"")
    );
    for (query, field) in [
        ("sort=size", "sort"),
        ("status=gone", "status"),
        ("per_page=0", "per_page"),
        ("page=51&per_page=200", "page"),
        ("search=x", "search"),
        (&format!("q={}", "x".repeat(101)), "q"),
    ] {
        let answer = root.get(&format!("{CUSTOMERS}?{query}")).await;
        assert_problem(&answer, 422, "invalid");
        assert_eq!(answer.field("errors")[0]["field"], field);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_owner_changes_any_setting_at_once_and_under_the_platforms_name() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    let root = Visitor::super_admin(&app).await;
    let change =
        json!({"rate_per_minute": 2, "monthly_fee": 30, "company": "Hopper", "billing_minimum_seconds": 120});
    let changed = root.put(&path(&customer), &change).await;
    assert_eq!(changed.status, 200, "{}", changed.body);
    assert_eq!(
        (changed.field("company"), changed.field("billing_minimum_seconds")),
        (&json!("Hopper"), &json!(120))
    );
    assert_eq!(customer.webhook(&flat("c1", 60)).await.field("charged"), 4.0);
    assert_eq!(
        lines(&app, customer.id.0).await,
        [
            "customer.changed {\"company\": \"Lovelace & Daughters\"} {\"company\": \"Hopper\"}",
            "settings.changed {\"monthly_fee\": \"0.0000\", \"rate_per_minute\": \"1.0000\", \
             \"billing_minimum_seconds\": 0} {\"monthly_fee\": \"30.0000\", \"rate_per_minute\": \"2.0000\", \
             \"billing_minimum_seconds\": 120}",
        ]
    );
    for (change, field) in [
        (json!({"rate_per_sms": -1}), "rate_per_sms"),
        (json!({"rate_per_email": 0.00001}), "rate_per_email"),
        (json!({"billing_increment_seconds": 3601}), "billing_increment_seconds"),
        (json!({"status": "closed"}), "status"),
        (json!({"balance": 5}), "balance"),
    ] {
        let answer = root.put(&path(&customer), &change).await;
        assert_problem(&answer, 422, "invalid");
        assert_eq!(answer.field("errors")[0]["field"], field, "{}", answer.body);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn credit_counts_once_for_its_key() {
    let app = TestApp::start().await;
    let customer = app.poor_customer().await;
    let root = Visitor::super_admin(&app).await;
    let credit = format!("{}/credit", path(&customer));
    let wish = json!({"amount": 20.0075, "reason": "Bank transfer", "key": "bank-1"});
    let answers = join_all((0..10).map(|_| root.post(&credit, &wish))).await;
    for answer in &answers {
        assert_eq!((answer.status, answer.field("id")), (200, &json!("txn_1")), "{}", answer.body);
    }
    let by_header = json!({"amount": "20.0075", "reason": "Bank transfer"});
    let header = [("idempotency-key", "bank-1")];
    let again = root.response(reqwest::Method::POST, &credit, Some(&by_header), &header).await;
    assert_eq!(
        again.text().await.unwrap(),
        "{\"id\":\"txn_1\",\"amount\":20.0075,\"balance_after\":20.0075,\"currency\":\"EUR\"}"
    );
    let other = json!({"amount": 21, "reason": "Bank transfer", "key": "bank-1"});
    assert_problem(&root.post(&credit, &other).await, 409, "refused");
    assert_eq!(app.balance(&customer).await.to_string(), "20.0075");
    assert_eq!(
        lines(&app, customer.id.0).await,
        ["balance.credited Bank transfer {\"amount\": \"20.0075\", \"reference\": \"topup:bank-1\", \
          \"balance_after\": \"20.0075\"}"]
    );
    for (wish, field) in [
        (json!({"amount": 0, "reason": "x", "key": "k"}), "amount"),
        (json!({"amount": -5, "reason": "x", "key": "k"}), "amount"),
        (json!({"amount": null, "reason": "x", "key": "k"}), "amount"),
        (json!({"amount": 5, "reason": " ", "key": "k"}), "reason"),
        (json!({"amount": 5, "key": "k"}), "reason"),
        (json!({"amount": 5, "reason": "x"}), "key"),
        (json!({"amount": 5, "reason": "x", "key": " k"}), "key"),
        (json!({"amount": 5, "reason": "x", "key": "k", "note": "y"}), "note"),
    ] {
        let answer = root.post(&credit, &wish).await;
        assert_problem(&answer, 422, "invalid");
        assert_eq!(answer.field("errors")[0]["field"], field, "{}", answer.body);
    }
    let torn = root.send(reqwest::Method::POST, &credit, Some(&wish), &[("idempotency-key", "bank-2")]).await;
    assert_problem(&torn, 422, "invalid");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_is_suspended_and_activated_and_what_was_closed_stays_so() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    let root = Visitor::super_admin(&app).await;
    let to = async |what: &str| root.put(&format!("{}/{what}", path(&customer)), &json!({})).await;
    assert_eq!(to("suspend").await.field("status"), "suspended");
    assert_eq!(to("suspend").await.status, 200);
    let admin = Visitor::admin(&app, &customer).await;
    let invitation = json!({"email": "x@example.com", "role": "user"});
    assert_problem(&admin.post("/api/users", &invitation).await, 403, "customer-suspended");
    assert_eq!(to("activate").await.field("status"), "active");
    assert_eq!(admin.post("/api/users", &invitation).await.status, 201);
    assert_eq!(
        lines(&app, customer.id.0).await,
        ["customer.suspended \"active\" \"suspended\"", "customer.activated \"suspended\" \"active\""]
    );
    let app = {
        let sql = "update customers set status = 'closed' where id = $1";
        sqlx::query(sql).bind(customer.id.0).execute(&mut app.sql().await).await.unwrap();
        app.restart().await
    };
    let root = Visitor::super_admin(&app).await;
    assert_problem(&root.put(&format!("{}/activate", path(&customer)), &json!({})).await, 409, "refused");
    assert_eq!(root.get(&path(&customer)).await.field("status"), "closed");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_dashboard_adds_up_what_was_charged_and_not_what_was_paid() {
    let app = TestApp::start().await;
    let (rich, low, poor) = (app.customer().await, app.poor_customer().await, app.poor_customer().await);
    app.tenant(&low).await.credit(payment("first", "9")).await.unwrap();
    rich.webhook(&flat("c1", 155)).await;
    app.clock.advance(SignedDuration::from_hours(24));
    rich.webhook(&flat("c2", 60)).await;
    low.webhook(&flat("c1", 60)).await;
    rich.webhook(&flat("absurd", 1_000_000)).await;
    app.tenant(&rich).await.adjust(payment("gift", "0.5")).await.unwrap();
    app.tenant(&poor).await.suspend().await.unwrap();
    let root = Visitor::super_admin(&app).await;
    assert_eq!(
        text(&root, "/api/admin/dashboard").await,
        "{\"timezone\":\"UTC\",\"currency\":\"EUR\",\
         \"customers\":{\"total\":3,\"active\":2,\"suspended\":1,\"closed\":0},\
         \"calls\":{\"today\":3,\"this_month\":4},\"revenue\":{\"today\":1.50,\"this_month\":4.0833},\
         \"balances\":{\"low\":1,\"depleted\":1},\"calls_for_review\":1}"
    );
    // Eleven at night in UTC is the next morning in Tokyo.
    app.clock.advance(SignedDuration::from_hours(11));
    let root = Visitor::super_admin(&app).await;
    for (zone, calls, revenue) in [("UTC", 3, 1.5), ("Asia/Tokyo", 0, 0.0)] {
        let later = root.get(&format!("/api/admin/dashboard?timezone={zone}")).await;
        let today = (&later.field("calls")["today"], &later.field("revenue")["today"]);
        assert_eq!(today, (&json!(calls), &json!(revenue)), "{zone}");
    }
    assert_problem(&root.get("/api/admin/dashboard?timezone=Mars").await, 422, "invalid");
    assert_problem(&root.get("/api/admin/dashboard?zone=UTC").await, 422, "invalid");
}

#[tokio::test(flavor = "multi_thread")]
async fn tenants_have_no_business_here_and_the_owner_none_with_them() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    let (root, admin) = (Visitor::super_admin(&app).await, Visitor::admin(&app, &customer).await);
    let (own, nobody) = (path(&customer), format!("{CUSTOMERS}/999999"));
    let empty = json!({});
    for base in [own.as_str(), nobody.as_str()] {
        for visitor in [&admin, &Visitor::of(&app)] {
            let answers = [
                visitor.get(base).await,
                visitor.put(base, &empty).await,
                visitor.put(&format!("{base}/suspend"), &empty).await,
                visitor.put(&format!("{base}/activate"), &empty).await,
                visitor
                    .post(&format!("{base}/credit"), &json!({"amount": 1, "reason": "x", "key": "k"}))
                    .await,
                visitor.get(CUSTOMERS).await,
                visitor.post(CUSTOMERS, &json!({"name": "x", "email": "x@example.com"})).await,
                visitor.get("/api/admin/dashboard").await,
            ];
            for answer in answers {
                assert!([401, 403].contains(&answer.status), "{}", answer.body);
            }
        }
    }
    for id in ["999999", "0", "-1", "usr_1", "99999999999999999999"] {
        let base = format!("{CUSTOMERS}/{id}");
        assert_problem(&root.get(&base).await, 404, "not-found");
        assert_problem(&root.put(&base, &empty).await, 404, "not-found");
        assert_problem(&root.put(&format!("{base}/suspend"), &empty).await, 404, "not-found");
        let credit = json!({"amount": 1, "reason": "x", "key": "k"});
        assert_problem(&root.post(&format!("{base}/credit"), &credit).await, 404, "not-found");
    }
    for path in [
        "/api/users",
        "/api/settings",
        "/api/billing/balance",
        "/api/billing/transactions",
        "/api/billing/usage",
    ] {
        assert_problem(&root.get(path).await, 403, "not-allowed");
    }
    assert_problem(&root.put("/api/settings", &json!({"name": "x"})).await, 403, "not-allowed");
    assert_problem(&root.post("/api/settings/api-key", &empty).await, 403, "not-allowed");
}
