//! Statements add up over any days, files of the ledger are whole however long, and a month stands beside the last.

use std::fmt::Write;

use jiff::SignedDuration;
use rust_decimal::Decimal;
use serde_json::{Value, json};

use crate::harness::TestApp;
use crate::harness::app::{Customer, assert_problem, money, payment};
use crate::harness::program::{Place, Serving, client, sign_in};
use crate::harness::retell::flat;
use crate::harness::visitor::Visitor;

async fn is_in(app: &TestApp, customer: &Customer, zone: &str) {
    let sql = "update customers set timezone = $2 where id = $1";
    sqlx::query(sql).bind(customer.id.0).bind(zone).execute(&mut app.sql().await).await.unwrap();
}

/// With its exact digits.
fn amount(value: &Value) -> Decimal {
    value.to_string().parse().unwrap()
}

/// Forty entries of all kinds that are made by hand or by calls, three hours apart.
async fn busy_days(app: &TestApp, customer: &Customer) {
    let tenant = app.tenant(customer).await;
    for number in 0..40_i64 {
        let key = format!("n{number}");
        match number * 7 % 5 {
            0 => {
                let amount = format!("{}.0{}", number + 1, number % 10);
                tenant.credit(payment(&key, &amount)).await.unwrap();
            }
            1 => assert!(tenant.adjust(payment(&key, "-0.0075")).await.is_ok()),
            2 => assert!(tenant.adjust(payment(&key, "1.25")).await.is_ok()),
            _ => {
                let answer = customer.webhook(&flat(&format!("c{number}"), 7 * number + 1)).await;
                assert_eq!(answer.status, 200, "{}", answer.body);
            }
        }
        app.clock.advance(SignedDuration::from_hours(3));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_statement_adds_up_and_the_next_one_opens_where_it_closed() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    is_in(&app, &customer, "America/New_York").await;
    let admin = Visitor::admin(&app, &customer).await;
    busy_days(&app, &customer).await;
    // Five days in three cuts, at days of the business and at instants that are also those of entries.
    let cuts = ["2026-01-06", "2026-01-07T18:00:00Z", "2026-01-08T00:00:00Z", "2026-01-09"];
    let mut opening = Decimal::ZERO;
    let mut entries = 0;
    for at in 0..=cuts.len() {
        let from = if at == 0 { String::new() } else { format!("from={}&", cuts[at - 1]) };
        // A day that ends a period is in it: the day before the cut is the last.
        let to = match cuts.get(at) {
            Some(day) if day.len() == 10 => {
                format!("to={}", day.parse::<jiff::civil::Date>().unwrap().yesterday().unwrap())
            }
            Some(instant) => format!("to={instant}"),
            None => String::new(),
        };
        let query = format!("{from}{to}");
        let said = admin.get(&format!("/api/billing/statement?{query}")).await;
        assert_eq!(said.status, 200, "{query}: {}", said.body);
        assert_eq!(amount(said.field("opening_balance")), opening, "{query}");
        let sums = said.field("sums").as_array().unwrap();
        let sum: Decimal = sums.iter().map(|sum| amount(&sum["amount"])).sum();
        let closing = amount(said.field("closing_balance"));
        assert_eq!(opening + sum, closing, "{query}: {}", said.body);
        let counted: i64 = sums.iter().map(|sum| sum["entries"].as_i64().unwrap()).sum();
        assert_eq!(said.field("entries"), &json!(counted));
        let listed = admin.get(&format!("/api/billing/transactions?{query}")).await;
        assert_eq!(listed.field("total"), &json!(counted), "{query}");
        (opening, entries) = (closing, entries + counted);
    }
    assert_eq!((money(&opening.to_string()), entries), (app.balance(&customer).await, 41));

    let whole = admin.get("/api/billing/statement").await;
    assert_eq!(whole.field("from"), "2026-01-01T05:00:00Z", "the month of the business");
    assert_eq!(whole.field("until"), "2026-02-01T05:00:00Z");
    let nothing = admin.get("/api/billing/statement?from=2027-01-01&to=2027-01-31").await;
    assert_eq!(nothing.field("sums"), &json!([]));
    assert_eq!(amount(nothing.field("opening_balance")), opening);
    assert_eq!(amount(nothing.field("closing_balance")), opening);
    let before = admin.get("/api/billing/statement?to=2025-12-31").await;
    assert_eq!(
        (before.field("entries"), amount(before.field("closing_balance"))),
        (&json!(0), Decimal::ZERO)
    );
    let backwards = admin.get("/api/billing/statement?from=2026-02-01&to=2026-01-01").await;
    assert_problem(&backwards, 422, "invalid");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ledger_that_does_not_add_up_is_not_stated() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    customer.webhook(&flat("c1", 60)).await;
    let admin = Visitor::admin(&app, &customer).await;
    assert_eq!(admin.get("/api/billing/statement").await.field("closing_balance"), &json!(49.0));
    let mut sql = app.sql().await;
    let spoil = "update transactions set amount = amount - 0.0001 where customer_id = $1 and seq = 2";
    sqlx::query(spoil).bind(customer.id.0).execute(&mut sql).await.unwrap();
    assert_problem(&admin.get("/api/billing/statement").await, 503, "unavailable");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_admin_reads_a_statement_of_any_days_and_goes_on_to_its_entries() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    customer.webhook(&flat("c1", 155)).await;
    let admin = Visitor::admin(&app, &customer).await;
    let (_, billing) = admin.page("/billing").await;
    assert!(billing.contains("href=\"/billing/statement\""), "{billing}");
    let (status, page) = admin.page("/billing/statement").await;
    assert_eq!(status, 200);
    for said in [
        "January 2026",
        "Opening balance",
        "€0.00",
        "−€2.5833",
        "€50.00",
        "€47.4167",
        "/billing/transactions?category=call&amp;from=2026-01-01&amp;to=2026-01-31",
        "/api/billing/transactions.csv?from=2026-01-01&amp;to=2026-01-31",
        "/api/billing/transactions.json?from=2026-01-01&amp;to=2026-01-31",
        "/billing/statement?from=2025-12-01&amp;to=2025-12-31",
        "All 2 entries",
    ] {
        assert!(page.contains(said), "{said}: {page}");
    }
    let (_, page) = admin.page("/billing/statement?from=2025-12-01&to=2026-01-04").await;
    assert!(
        page.contains("Dec 1, 2025 to Jan 4, 2026") && page.contains("Nothing came and nothing went."),
        "{page}"
    );
    let (_, page) = admin.page("/billing/statement?from=2026-01-05").await;
    assert!(page.contains("Since Jan 5, 2026") && page.contains("€47.4167"), "{page}");
    for wrong in ["from=yesterday", "from=2026-02-01&to=2026-01-01", "to=2026-01-05T12:00:00Z"] {
        let (status, page) = admin.page(&format!("/billing/statement?{wrong}")).await;
        assert_eq!(status, 422, "{wrong}");
        assert!(!page.contains("Closing balance") && page.contains("aria-invalid"), "{wrong}: {page}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_ledger_as_json_is_what_the_list_has_and_an_array_also_where_there_is_nothing() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    let admin = Visitor::admin(&app, &customer).await;
    customer.webhook(&flat("c1", 155)).await;
    let description = "=1+1 \"quoted\" \u{1F9B7}\\".to_owned();
    let posting = actors::tenant::ManualPosting { description, ..payment("odd", "0.0075") };
    app.tenant(&customer).await.credit(posting).await.unwrap();
    let answer = admin.response(reqwest::Method::GET, "/api/billing/transactions.json", None, &[]).await;
    assert_eq!(answer.headers()["content-type"], "application/json");
    assert_eq!(answer.headers()["content-disposition"], "attachment; filename=\"transactions.json\"");
    let file: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
    let listed = admin.get("/api/billing/transactions").await;
    assert_eq!(&file, listed.field("items"));
    assert_eq!(file.as_array().unwrap().len(), 3);
    let nothing = admin.get("/api/billing/transactions.json?category=sms").await;
    assert_eq!(nothing.body, json!([]));
    let one = admin.get("/api/billing/transactions.json?category=call").await;
    assert_eq!(one.body[0]["amount"], json!(-2.5833));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_month_stands_beside_as_much_of_the_last_and_a_whole_one_beside_a_whole_one() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    customer.webhook(&flat("c1", 600)).await; // January 5, noon
    app.now_is("2026-01-20T12:00:00Z");
    customer.webhook(&flat("c2", 300)).await;
    app.now_is("2026-02-06T12:00:00Z");
    customer.webhook(&flat("c3", 720)).await;
    let admin = Visitor::admin(&app, &customer).await;
    let running = admin.get("/api/billing/usage").await;
    assert_eq!(running.field("total"), &json!(12.0));
    let before = running.field("previous");
    assert_eq!(
        (&before["from"], &before["until"]),
        (&json!("2026-01-01T00:00:00Z"), &json!("2026-01-06T12:00:00Z"))
    );
    assert_eq!((&before["total"], &before["growth_percent"]), (&json!(10.0), &json!(20)));
    assert_eq!((&before["calls"]["count"], &before["calls"]["seconds"]), (&json!(1), &json!(600)));
    let whole = admin.get("/api/billing/usage?from=2026-02-01&to=2026-02-28").await;
    assert_eq!(whole.field("previous")["total"], json!(15.0));
    assert_eq!(whole.field("previous")["growth_percent"], json!(-20));
    let open = admin.get("/api/billing/usage?from=2026-02-01").await;
    assert_eq!(open.field("previous"), &Value::Null);
    let (_, page) = admin.page("/billing").await;
    assert!(page.contains("January to the same day and hour: €10.00, 20 % more now."), "{page}");
}

/// The most memory that a process ever had, in KiB.
fn peak_kib(serving: &Serving) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", serving.child.0.id())).expect("it runs");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("a peak");
    line.trim().trim_end_matches(" kB").trim().parse().expect("a number")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_of_any_length_takes_no_more_memory_than_a_short_one() {
    let is_long = std::env::var_os("VOICE_TEST_LONG").is_some();
    let lines: i64 = if is_long { 1_000_000 } else { 150_000 };
    let place = Place::empty().await;
    let made = place.run(&["customer", "create", "--name", "Ada", "--email", "ada@example.com", "--json"]);
    let customer = made.succeeded().json()["customer_id"].as_i64().expect("a number");
    let serving = Serving::start(&place);
    let cookie = sign_in(&place, &serving).await;

    let fill = async |from: i64, to: i64| {
        let mut sql = String::new();
        write!(
            sql,
            "insert into transactions (customer_id, seq, type, category, amount, balance_after, reference,
                    description, created_at, hash)
             select {customer}, n, 'credit', 'top_up', 1, n, 'topup:' || n, 'Payment', now(), '\\x00'
               from generate_series({from}, {to}) n;
             update balances set ledger_seq = {to} where customer_id = {customer}"
        )
        .unwrap();
        sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(&mut place.sql().await).await.unwrap();
    };
    // Reads both files to their end, piece by piece, and answers how many lines they have.
    let count = async || {
        let mut counted = Vec::new();
        for kind in ["csv", "json"] {
            let request = client()
                .get(format!("http://{}/api/billing/transactions.{kind}", serving.address))
                .header("cookie", &cookie);
            let mut answer = request.send().await.unwrap();
            assert_eq!(answer.status().as_u16(), 200);
            let mut lines = 0;
            while let Some(piece) = answer.chunk().await.expect("the whole file") {
                lines += piece.iter().filter(|byte| **byte == b'\n').count();
            }
            counted.push(i64::try_from(lines).unwrap());
        }
        counted
    };
    fill(1, 5_000).await;
    // A heading; and brackets, of which the last is a line of its own.
    assert_eq!(count().await, [5_001, 5_002]);
    let short = peak_kib(&serving);
    fill(5_001, lines).await;
    assert_eq!(count().await, [lines + 1, lines + 2]);
    let long = peak_kib(&serving);
    // As text they are over a hundred bytes each: held as a whole, they would show. (The kernel counts in
    // batches: a peak may seem to have been lower later.)
    let all_kib = u64::try_from(lines).unwrap() * 100 / 1024;
    assert!(long.saturating_sub(short) < all_kib / 3, "{short} KiB became {long} KiB with {lines} lines");
}
