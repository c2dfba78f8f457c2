//! The group commit: nothing is answered before it is committed, nothing commits on a stale state.

use std::time::Duration;

use actors::journal::{Point, Verdict};
use domain::calendar::OutsideHours;
use domain::ids::AppointmentId;
use serde_json::{Value, json};
use sqlx::Executor;
use tokio::task::JoinSet;

use crate::harness::app::{Answer, at, money};
use crate::harness::retell::{event, flat};
use crate::harness::{Customer, Options, TestApp};

const CHARGES: &str = "select count(*) from transactions where customer_id = $1 and category = 'call'";

fn booking(time: &str, name: &str) -> Value {
    json!({"date": "2026-01-06", "time": time, "caller_name": name})
}

/// Sends a body without waiting for its answer.
fn send(requests: &mut JoinSet<Answer>, app: &TestApp, customer: &Customer, url: String, body: Value) {
    let customer = app.here(customer);
    requests.spawn(async move { customer.post(&url, body.to_string().into_bytes(), &[]).await });
}

/// Until that many entries wait in the journal or are in flight.
async fn queued(app: &TestApp, entries: usize) {
    while app.app.backend().journal_depth() < entries {
        tokio::task::yield_now().await;
    }
}

/// One answer, which must be a success.
async fn all_well(requests: JoinSet<Answer>) -> usize {
    let answers = requests.join_all().await;
    for answer in &answers {
        assert_eq!((answer.status, answer.field("success")), (200, &json!(true)), "{}", answer.body);
    }
    answers.len()
}

#[tokio::test(flavor = "multi_thread")]
async fn with_the_journal_held_no_request_has_an_answer_and_after_release_each_has_one() {
    let app = TestApp::start().await;
    let customers = [app.customer().await, app.customer().await, app.customer().await];
    app.seam.hold();
    let mut requests = JoinSet::new();
    for (number, customer) in customers.iter().enumerate() {
        for call in 0..10 {
            send(&mut requests, &app, customer, customer.webhook_url(), flat(&format!("c{call}"), 60));
        }
        // A repetition too must wait for what it repeats.
        send(&mut requests, &app, customer, customer.webhook_url(), flat("c0", 60));
        send(
            &mut requests,
            &app,
            customer,
            customer.function_url("book"),
            booking("10:00", &format!("B{number}")),
        );
    }
    queued(&app, 36).await;
    // Reads go on meanwhile, and see the slot as taken.
    let free = customers[0].function("availability", &json!({"date": "2026-01-06"})).await;
    assert_eq!(free.field("available_slots").as_array().unwrap().len(), 15);
    assert!(requests.try_join_next().is_none(), "nothing is answered before its commit");
    assert_eq!(app.count(CHARGES, &customers[0]).await, 0);
    app.seam.release();
    assert_eq!(all_well(requests).await, 36);
    for customer in &customers {
        assert_eq!(app.balance(customer).await, money("40"));
    }
    assert_eq!(app.findings().await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_lost_its_tenant_to_another_is_fenced_even_if_nothing_else_has_changed() {
    let first = TestApp::start().await;
    let customer = first.customer().await;
    let options = Options { database_url: Some(first.database.url().to_owned()), ..Options::default() };
    let second = TestApp::with(options).await;
    assert_eq!(customer.webhook(&flat("c1", 60)).await.status, 200);
    // The second only claims the tenant; the clock of the tenant stands still.
    second.tenant(&customer).await;
    let fenced = customer.webhook(&flat("c2", 60)).await;
    assert_eq!((fenced.status, fenced.headers["retry-after"].to_str().unwrap()), (503, "1"));
    assert_eq!(first.count(CHARGES, &customer).await, 1);
    // The loser has reloaded and claimed it back; now the other is the one that is fenced.
    assert_eq!(customer.webhook(&flat("c2", 60)).await.status, 200);
    let there = second.here(&customer);
    assert_eq!(there.webhook(&flat("c3", 60)).await.status, 503);
    assert_eq!(there.webhook(&flat("c3", 60)).await.status, 200);
    assert_eq!(there.webhook(&flat("c2", 60)).await.field("charged"), &json!(1.0));
    assert_eq!(first.balance(&customer).await, money("47"));
    assert_eq!(actors::auditor::audit(&first.app.backend().store).await.unwrap().findings, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_servers_under_load_charge_every_acknowledged_call_once() {
    let first = TestApp::start().await;
    let customer = first.customer().await;
    let options = Options { database_url: Some(first.database.url().to_owned()), ..Options::default() };
    let second = TestApp::with(options).await;
    let mut callers = JoinSet::new();
    for caller in 0..8 {
        let servers = [first.here(&customer), second.here(&customer)];
        callers.spawn(async move {
            let mut acknowledged = 0;
            for call in 0..12 {
                let body = flat(&format!("c{caller}-{call}"), 1);
                // The same body to both until one takes it, as behind a careless proxy.
                for attempt in 0..200 {
                    if servers[(caller + attempt) % 2].webhook(&body).await.status == 200 {
                        acknowledged += 1;
                        break;
                    }
                }
            }
            acknowledged
        });
    }
    let acknowledged: i64 = callers.join_all().await.iter().sum();
    assert_eq!(first.count(CHARGES, &customer).await, acknowledged);
    assert_eq!(actors::auditor::audit(&first.app.backend().store).await.unwrap().findings, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_entry_decided_on_an_old_clock_is_fenced_and_its_tenant_reloads() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    customer.webhook(&flat("c1", 60)).await;
    let ahead = "update balances set seq = seq + 5 where customer_id = $1";
    sqlx::query(ahead).bind(customer.id.0).execute(&mut app.sql().await).await.unwrap();
    assert_eq!(customer.webhook(&flat("c2", 60)).await.status, 503);
    assert_eq!(customer.webhook(&flat("c2", 60)).await.status, 200);
    assert_eq!(app.balance(&customer).await, money("48"));
    assert_eq!(app.findings().await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_lost_before_or_after_the_commit_turns_nobody_away() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    for (call, point) in [("c1", Point::BeforeCommit), ("c2", Point::AfterCommit)] {
        app.seam.next(point, Verdict::LoseConnection);
        let answer = customer.webhook(&flat(call, 60)).await;
        assert_eq!((answer.status, answer.field("charged")), (200, &json!(1.0)), "{point:?}");
        assert!(app.seam.is_spent());
    }
    assert_eq!(app.balance(&customer).await, money("48"));
    assert_eq!(app.findings().await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_commit_of_unknown_outcome_the_tenant_reloads_and_a_retry_is_charged_once() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    customer.webhook(&flat("c0", 60)).await;
    app.seam.next(Point::BeforeCommit, Verdict::LoseConnection);
    app.seam.next(Point::BeforeCommit, Verdict::LoseConnection);
    assert_eq!(customer.webhook(&flat("c1", 60)).await.status, 503);
    assert_eq!(app.balance(&customer).await, money("49"));
    let retried = customer.webhook(&flat("c1", 60)).await;
    assert_eq!((retried.status, retried.field("charged")), (200, &json!(1.0)));
    assert_eq!(app.balance(&customer).await, money("48"));
    assert_eq!(app.findings().await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_writer_that_falls_answers_with_503_and_its_successor_takes_the_queue() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    for (call, point) in [("c1", Point::BeforeCommit), ("c2", Point::AfterCommit)] {
        app.seam.hold();
        app.seam.next(point, Verdict::Panic);
        let mut requests = JoinSet::new();
        send(&mut requests, &app, &customer, customer.webhook_url(), flat(call, 60));
        app.seam.writer_waits().await;
        let other = app.customer_beside(&customer).await;
        send(&mut requests, &app, &other, other.webhook_url(), flat(call, 60));
        queued(&app, 2).await;
        app.seam.release();
        let mut statuses: Vec<u16> = requests.join_all().await.iter().map(|answer| answer.status).collect();
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 503], "{point:?}");
        let retried = customer.webhook(&flat(call, 60)).await;
        assert_eq!((retried.status, retried.field("charged")), (200, &json!(1.0)), "{point:?}");
    }
    assert_eq!(app.balance(&customer).await, money("48"));
    assert_eq!(app.findings().await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_is_charged_once_even_where_memory_does_not_know_of_it() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    customer.webhook(&flat("c0", 60)).await;
    // Somebody else's line under the reference of a call that memory has never heard of.
    let line = "insert into transactions (customer_id, seq, type, category, amount, balance_after, reference,
            description, created_at, hash)
        values ($1, 99, 'debit', 'call', -1, 0, 'call:c1', 'by hand', now(), '\\x00')";
    sqlx::query(line).bind(customer.id.0).execute(&mut app.sql().await).await.unwrap();
    let refused = customer.webhook(&flat("c1", 60)).await;
    assert_eq!(refused.status, 503);
    let once = "select count(*) from transactions where customer_id = $1 and reference = 'call:c1'";
    assert_eq!(app.count(once, &customer).await, 1);
    // The tenant goes on.
    assert_eq!(customer.webhook(&flat("c2", 60)).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_poisoned_entry_falls_alone() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    customer.webhook(&flat("c0", 60)).await;
    let line = "insert into transactions (customer_id, seq, type, category, amount, balance_after, reference,
            description, created_at, hash)
        values ($1, 99, 'debit', 'call', -1, 0, 'call:poison', 'by hand', now(), '\\x00')";
    sqlx::query(line).bind(customer.id.0).execute(&mut app.sql().await).await.unwrap();
    app.seam.hold();
    let mut requests = JoinSet::new();
    send(&mut requests, &app, &customer, customer.webhook_url(), flat("first", 60));
    app.seam.writer_waits().await;
    let mut others = Vec::new();
    for _ in 0..12 {
        others.push(app.customer_beside(&customer).await);
    }
    for (number, other) in others.iter().enumerate() {
        if number == 5 {
            let mut poisoned = JoinSet::new();
            send(&mut poisoned, &app, &customer, customer.webhook_url(), flat("poison", 60));
            queued(&app, 7).await;
            tokio::spawn(poisoned.join_all());
        }
        send(&mut requests, &app, other, other.webhook_url(), flat("c1", 60));
        queued(&app, number + 2).await;
    }
    app.seam.release();
    assert_eq!(all_well(requests).await, 13);
    for other in &others {
        assert_eq!(app.balance(other).await, money("-1"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_database_refuses_an_overlap_that_memory_does_not_see() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    customer.function("book", &booking("09:00", "Ada")).await;
    let unseen = "insert into appointments (customer_id, id, start_time, end_time, duration_minutes, status,
            revision, created_at, updated_at)
        values ($1, 999, '2026-01-06T10:15:00Z', '2026-01-06T10:45:00Z', 30, 'scheduled', 1, now(), now())";
    sqlx::query(unseen).bind(customer.id.0).execute(&mut app.sql().await).await.unwrap();
    let refused = customer.function("book", &booking("10:00", "Ben")).await;
    assert_eq!((refused.status, refused.field("success")), (200, &json!(false)));
    // Its tenant has reloaded and sees it now.
    let taken = customer.function("book", &booking("10:00", "Ben")).await;
    assert!(taken.field("message").as_str().unwrap().starts_with("That time is already taken."));
    let scheduled = "select count(*) from appointments where customer_id = $1 and status = 'scheduled'";
    assert_eq!(app.count(scheduled, &customer).await, 2);
    assert_eq!(app.findings().await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_versions_of_one_row_in_one_commit_become_one_that_lacks_nothing() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    customer.function("book", &booking("09:00", "Ada")).await;
    let tenant = app.tenant(&customer).await;
    let id =
        AppointmentId(app.count("select max(id) from appointments where customer_id = $1", &customer).await);
    app.seam.hold();
    let mut requests = JoinSet::new();
    send(&mut requests, &app, &customer, customer.webhook_url(), flat("first", 60));
    app.seam.writer_waits().await;
    send(&mut requests, &app, &customer, customer.webhook_url(), event("call_ended", "c1", 60_000));
    queued(&app, 2).await;
    send(&mut requests, &app, &customer, customer.webhook_url(), event("call_analyzed", "c1", 90_000));
    queued(&app, 3).await;
    let moved = tokio::spawn({
        let tenant = tenant.clone();
        async move { tenant.reschedule(id, at("2026-01-06T11:00:00Z"), None, OutsideHours::Refuse).await }
    });
    queued(&app, 4).await;
    let cancelled = tokio::spawn(async move { tenant.cancel(id, Some("ill".to_owned())).await });
    queued(&app, 5).await;
    app.seam.release();
    assert_eq!(all_well(requests).await, 3);
    moved.await.unwrap().unwrap();
    cancelled.await.unwrap().unwrap();
    let whole = "select count(*) from calls where customer_id = $1 and retell_call_id = 'c1' and cost = 1.5
        and transcript is not null and summary is not null and charges = 2 and analyzed_at is not null";
    assert_eq!(app.count(whole, &customer).await, 1);
    let last = "select count(*) from appointments where customer_id = $1 and status = 'cancelled'
        and start_time = '2026-01-06T11:00:00Z'";
    assert_eq!(app.count(last, &customer).await, 1);
    assert_eq!(app.findings().await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_waits_on_the_telephone_goes_ahead_of_another_tenants_webhooks() {
    let app = TestApp::start().await;
    let flooded = app.customer().await;
    let spoken = app.customer_beside(&flooded).await;
    app.seam.hold();
    let mut flood = JoinSet::new();
    send(&mut flood, &app, &flooded, flooded.webhook_url(), flat("first", 1));
    app.seam.writer_waits().await;
    // More than one commit takes.
    for call in 0..300 {
        send(&mut flood, &app, &flooded, flooded.webhook_url(), flat(&format!("c{call}"), 1));
    }
    queued(&app, 301).await;
    let mut booked = JoinSet::new();
    send(&mut booked, &app, &spoken, spoken.function_url("book"), booking("10:00", "Ben"));
    queued(&app, 302).await;
    app.seam.pass_one();
    assert!(flood.join_next().await.is_some(), "the commit in hand");
    app.seam.pass_one();
    assert_eq!(all_well(booked).await, 1);
    assert!(app.count(CHARGES, &flooded).await < 301, "part of the flood still waits");
    app.seam.release();
    all_well(flood).await;
    assert_eq!(app.findings().await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_database_is_away_the_answer_is_503_and_afterwards_all_is_normal() {
    let app = TestApp::start().await;
    let (warm, cold) = (app.customer().await, app.customer().await);
    assert_eq!(warm.webhook(&flat("c1", 60)).await.status, 200);
    let (server, name) = app.database.url().rsplit_once('/').unwrap();
    let mut elsewhere =
        <sqlx::PgConnection as sqlx::Connection>::connect(&format!("{server}/postgres")).await.unwrap();
    let run = |sql: String| sqlx::AssertSqlSafe(sql);
    elsewhere.execute(run(format!("alter database {name} allow_connections false"))).await.unwrap();
    let end = format!("select pg_terminate_backend(pid) from pg_stat_activity where datname = '{name}'");
    elsewhere.execute(run(end)).await.unwrap();
    for customer in [&warm, &cold] {
        let answer = customer.webhook(&flat("c2", 60)).await;
        assert_eq!((answer.status, answer.headers.contains_key("retry-after")), (503, true));
    }
    elsewhere.execute(run(format!("alter database {name} allow_connections true"))).await.unwrap();
    for customer in [&warm, &cold] {
        let normal = async { while customer.webhook(&flat("c2", 60)).await.status == 503 {} };
        tokio::time::timeout(Duration::from_secs(15), normal).await.expect("normal within 15 s");
        assert_eq!(customer.webhook(&flat("c2", 60)).await.field("charged"), &json!(1.0));
    }
    assert_eq!(app.balance(&warm).await, money("48"));
    assert_eq!(app.findings().await, [""; 0]);
}
