//! What an admin reads of the money: balance, ledger, export, usage.

use serde_json::{Value, json};
use sqlx::Connection;

use crate::harness::TestApp;
use crate::harness::app::{Answer, Customer, assert_problem, money, payment};
use crate::harness::retell::flat;
use crate::harness::visitor::Visitor;

/// The very text of an answer: a JSON parser would lose the digits.
async fn text(visitor: &Visitor, path: &str) -> String {
    let answer = visitor.response(reqwest::Method::GET, path, None, &[]).await;
    assert_eq!(answer.status().as_u16(), 200, "{path}");
    answer.text().await.unwrap()
}

fn column<'a>(answer: &'a Answer, name: &str) -> Vec<&'a Value> {
    answer.field("items").as_array().unwrap().iter().map(|item| &item[name]).collect()
}

/// Somebody of this customer who is no admin.
async fn staff(app: &TestApp, customer: &Customer) -> Visitor {
    let email = format!("staff-{}@example.com", customer.id.0);
    let sql = "insert into users (customer_id, id, email, full_name, role, can_view_all_calls, created_at, updated_at)
        values ($1, 'usr_staff', $2, 'Staff', 'user', true, now(), now())";
    sqlx::query(sql).bind(customer.id.0).bind(&email).execute(&mut app.sql().await).await.unwrap();
    Visitor::signed_in(app, &email).await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_balance_has_its_exact_digits_its_state_and_its_currency() {
    let app = TestApp::start().await;
    let customer = app.poor_customer().await;
    let admin = Visitor::admin(&app, &customer).await;
    assert_eq!(admin.get("/api/billing/balance").await.field("state"), "depleted");
    let tenant = app.tenant(&customer).await;
    tenant.credit(payment("start", "9.9975")).await.unwrap();
    app.clock.advance(jiff::SignedDuration::from_hours(1));
    tenant.suspend().await.unwrap();
    assert_eq!(
        text(&admin, "/api/billing/balance").await,
        "{\"balance\":9.9975,\"state\":\"low\",\"low_balance_alert\":10.00,\"currency\":\"EUR\",\
         \"updated_at\":\"2026-01-05T12:00:00Z\"}"
    );
    tenant.credit(payment("more", "0.0025")).await.unwrap();
    assert!(text(&admin, "/api/billing/balance").await.starts_with("{\"balance\":10.00,\"state\":\"ok\""));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_ledger_is_listed_newest_first_with_its_running_balance() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    let admin = Visitor::admin(&app, &customer).await;
    customer.webhook(&flat("c1", 155)).await;
    app.tenant(&customer).await.adjust(payment("gift", "0.0833")).await.unwrap();
    let all = text(&admin, "/api/billing/transactions").await;
    assert!(
        all.starts_with(
            "{\"items\":[{\"id\":\"txn_3\",\"type\":\"credit\",\"category\":\"adjustment\",\"amount\":0.0833,\
             \"balance_after\":47.50,\"reference_id\":null,\"description\":\"Payment\",\
             \"created_at\":\"2026-01-05T12:00:00Z\"},{\"id\":\"txn_2\",\"type\":\"debit\",\
             \"category\":\"call\",\"amount\":-2.5833,\"balance_after\":47.4167,\"reference_id\":\"call_"
        ),
        "{all}"
    );
    assert!(all.ends_with("],\"page\":1,\"per_page\":50,\"total\":3,\"total_is_exact\":true}"), "{all}");

    for (query, ids) in [
        ("type=debit", json!(["txn_2"])),
        ("type=credit", json!(["txn_3", "txn_1"])),
        ("category=call", json!(["txn_2"])),
        ("category=top_up", json!(["txn_1"])),
        ("category=top_up&type=debit", json!([])),
        ("category=sms", json!([])),
        ("page=2&per_page=2", json!(["txn_1"])),
        ("page=50&per_page=200", json!([])),
        ("page=10000&per_page=1", json!([])),
        ("type=&category=", json!(["txn_3", "txn_2", "txn_1"])),
    ] {
        let answer = admin.get(&format!("/api/billing/transactions?{query}")).await;
        assert_eq!(json!(column(&answer, "id")), ids, "{query}");
    }
    for (query, field) in [
        ("page=0", "page"),
        ("per_page=201", "per_page"),
        ("page=51&per_page=200", "page"),
        ("page=201", "page"),
        ("page=x", "page"),
        ("type=gift", "type"),
        ("category=calls", "category"),
        ("from=yesterday", "from"),
        ("from=2026-01-06&to=2026-01-01", "to"),
        ("kind=debit", "kind"),
    ] {
        let answer = admin.get(&format!("/api/billing/transactions?{query}")).await;
        assert_problem(&answer, 422, "invalid");
        assert_eq!(answer.field("errors")[0]["field"], field, "{query}: {}", answer.body);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_period_is_days_of_the_business_or_instants_and_each_entry_is_in_one_of_them() {
    let app = TestApp::start().await;
    let customer = app.poor_customer().await;
    sqlx::query("update customers set timezone = 'Pacific/Auckland' where id = $1")
        .bind(customer.id.0)
        .execute(&mut app.sql().await)
        .await
        .unwrap();
    let admin = Visitor::admin(&app, &customer).await;
    let tenant = app.tenant(&customer).await;
    // Noon in UTC is one in the morning there: an entry every two hours, twelve of them on the 6th.
    for hour in 0..13 {
        if hour > 0 {
            app.clock.advance(jiff::SignedDuration::from_hours(2));
        }
        tenant.credit(payment(&format!("p{hour}"), "1")).await.unwrap();
    }
    for (query, count) in [
        ("from=2026-01-06&to=2026-01-06", 12),
        ("from=2026-01-07", 1),
        ("to=2026-01-05", 0),
        ("to=2026-01-06", 12),
        ("from=2026-01-05T12:00:00Z&to=2026-01-05T14:00:00Z", 1),
        ("from=2026-01-05T12:00:00.000001Z&to=2026-01-05T14:00:00.000001Z", 1),
        ("from=2026-01-05T14:00:00Z&to=2026-01-05T14:00:00Z", 0),
        ("from=2027-01-01", 0),
    ] {
        let answer = admin.get(&format!("/api/billing/transactions?{query}")).await;
        assert_eq!((answer.field("total"), column(&answer, "id").len()), (&json!(count), count), "{query}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_export_is_the_whole_ledger_and_no_cell_is_a_formula() {
    let app = TestApp::start().await;
    let customer = app.poor_customer().await;
    let admin = Visitor::admin(&app, &customer).await;
    let tenant = app.tenant(&customer).await;
    for (key, amount, description) in
        [("a", "50", "=HYPERLINK(\"http://evil.example\",\"x\")"), ("b", "0.0075", "@SUM(1), really")]
    {
        let description = description.to_owned();
        let posting = actors::tenant::ManualPosting { description, ..payment(key, amount) };
        tenant.credit(posting).await.unwrap();
    }
    customer.webhook(&flat("c1", 60)).await;
    let answer = admin.response(reqwest::Method::GET, "/api/billing/transactions.csv", None, &[]).await;
    assert_eq!(answer.headers()["content-type"], "text/csv; charset=utf-8; header=present");
    assert_eq!(answer.headers()["content-disposition"], "attachment; filename=\"transactions.csv\"");
    assert_eq!(answer.headers()["cache-control"], "no-store");
    let file = answer.text().await.unwrap();
    let lines: Vec<&str> = file.split("\r\n").collect();
    assert_eq!(lines[0], "id,created_at,type,category,amount,balance_after,reference_id,description");
    assert!(lines[1].starts_with("txn_3,2026-01-05T12:00:00Z,debit,call,-1.00,49.0075,call_"), "{file}");
    assert_eq!(lines[2], "txn_2,2026-01-05T12:00:00Z,credit,top_up,0.0075,50.0075,,\"'@SUM(1), really\"");
    assert_eq!(
        lines[3],
        "txn_1,2026-01-05T12:00:00Z,credit,top_up,50.00,50.00,,\
         \"'=HYPERLINK(\"\"http://evil.example\"\",\"\"x\"\")\""
    );
    assert_eq!(lines[4..], [""]);
    let empty = text(&admin, "/api/billing/transactions.csv?category=sms").await;
    assert_eq!(empty.lines().count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_export_comes_in_parts_and_whole() {
    let app = TestApp::start().await;
    let customer = app.poor_customer().await;
    let admin = Visitor::admin(&app, &customer).await;
    let fill = async |from: i64, to: i64| {
        let mut sql = app.sql().await;
        let mut all = sql.begin().await.unwrap();
        sqlx::query(
            "insert into transactions (customer_id, seq, type, category, amount, balance_after, reference,
                    description, created_at, hash)
             select $1, n, 'credit', 'top_up', 1, n, 'topup:' || n, 'Payment', now(), '\\x00'
               from generate_series($2, $3) n",
        )
        .bind(customer.id.0)
        .bind(from)
        .bind(to)
        .execute(&mut *all)
        .await
        .unwrap();
        sqlx::query("update balances set ledger_seq = $2 where customer_id = $1")
            .bind(customer.id.0)
            .bind(to)
            .execute(&mut *all)
            .await
            .unwrap();
        all.commit().await.unwrap();
    };
    fill(1, 3000).await;
    let file = text(&admin, "/api/billing/transactions.csv").await;
    let ids: Vec<&str> = file.lines().skip(1).map(|line| line.split(',').next().unwrap()).collect();
    let expected: Vec<String> = (1..=3000).rev().map(|n| format!("txn_{n}")).collect();
    assert_eq!(ids, expected);
    fill(3001, 120_001).await;
    let file = text(&admin, "/api/billing/transactions.csv").await;
    assert_eq!(file.lines().count(), 120_002, "however long it is");
    let listed = admin.get("/api/billing/transactions").await;
    assert_eq!((listed.field("total"), listed.field("total_is_exact")), (&json!(10_000), &json!(false)));
}

#[tokio::test(flavor = "multi_thread")]
async fn usage_adds_recorded_charges_up_and_counts_a_call_once() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    let admin = Visitor::admin(&app, &customer).await;
    customer.webhook(&flat("c1", 155)).await;
    customer.webhook(&flat("c2", 10)).await;
    // Longer than was said at first: one entry more of the same call.
    customer.webhook(&flat("c2", 20)).await;
    // What was charged stays as it was charged; 175 seconds at once would have cost 2.9167.
    let mut settings = domain::settings::Settings::default();
    settings.rates.per_minute = money("99");
    let tenant = app.tenant(&customer).await;
    tenant.change_settings(settings).await.unwrap();
    tenant.adjust(payment("gift", "0.5")).await.unwrap();
    let usage = text(&admin, "/api/billing/usage").await;
    assert_eq!(
        usage,
        "{\"from\":\"2026-01-01T00:00:00Z\",\"until\":\"2026-02-01T00:00:00Z\",\"currency\":\"EUR\",\
         \"calls\":{\"count\":2,\"seconds\":175,\"minutes\":2.92,\"cost\":2.9166},\
         \"sms\":{\"count\":0,\"cost\":0.00},\"email\":{\"count\":0,\"cost\":0.00},\"subscription\":0.00,\
         \"total\":2.9166,\"tax\":0.00,\"adjustments\":0.50,\"refunds\":0.00,\"top_ups\":50.00,\
         \"previous\":{\"from\":\"2025-12-01T00:00:00Z\",\"until\":\"2025-12-05T12:00:00Z\",\
         \"calls\":{\"count\":0,\"seconds\":0,\"minutes\":0.0,\"cost\":0.00},\
         \"sms\":{\"count\":0,\"cost\":0.00},\"email\":{\"count\":0,\"cost\":0.00},\
         \"subscription\":0.00,\"total\":0.00,\"growth_percent\":null}}"
    );
    let before = admin.get("/api/billing/usage?to=2026-01-04").await;
    assert_eq!((&before.field("calls")["count"], before.field("from")), (&json!(0), &Value::Null));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_money_is_the_admins_alone_and_a_suspended_one_may_look() {
    let app = TestApp::start().await;
    let (customer, other) = (app.customer().await, app.customer().await);
    let (admin, staff) = (Visitor::admin(&app, &customer).await, staff(&app, &customer).await);
    other.webhook(&flat("theirs", 600)).await;
    app.tenant(&customer).await.suspend().await.unwrap();
    for path in
        ["balance", "transactions", "transactions.csv", "transactions.json", "statement", "usage", "top-up"]
    {
        let path = format!("/api/billing/{path}");
        assert_eq!(admin.get(&path).await.status, 200, "{path}");
        assert_problem(&staff.get(&path).await, 403, "not-allowed");
        assert_problem(&Visitor::of(&app).get(&path).await, 401, "not-signed-in");
    }
    let listed = admin.get("/api/billing/transactions?category=call").await;
    assert_eq!(listed.field("total"), 0, "another customer's calls are not counted");
}
