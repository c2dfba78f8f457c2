//! The slow reads of one customer are in nobody's way: it has a few places, and is told when to come back.

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::json;
use sqlx::{Connection, Executor, PgConnection};
use tokio::task::JoinSet;

use crate::harness::TestApp;
use crate::harness::app::Answer;
use crate::harness::visitor::Visitor;

/// Reads of one customer at once.
const AT_ONCE: i64 = 4;
/// More than the server has connections for reading.
const MANY: usize = 20;
const LOOK_EVERY: Duration = Duration::from_millis(20);
const PATIENCE: Duration = Duration::from_secs(30);

/// How many reads wait for a table that a test has taken. The indexer's are no customer's.
async fn hanging(sql: &mut PgConnection) -> i64 {
    let count = "
select count(*)
  from pg_stat_activity
 where datname = current_database() and application_name = 'voice-server' and wait_event_type = 'Lock'
   and query not like '%call_search%'";
    sqlx::query_scalar(count).fetch_one(sql).await.expect("a count")
}

/// Waits until all places are taken by reads that hang.
async fn until_all_hang(sql: &mut PgConnection) {
    let begun = Instant::now();
    let mut last = 0;
    while last < AT_ONCE {
        assert!(begun.elapsed() < PATIENCE, "after {PATIENCE:?} {last} reads hang");
        last = hanging(sql).await;
    }
}

/// Asks so many times at once.
fn ask(visitor: &Arc<Visitor>, path: &str, times: usize) -> JoinSet<Answer> {
    let mut sent = JoinSet::new();
    for _ in 0..times {
        let (visitor, path) = (Arc::clone(visitor), path.to_owned());
        sent.spawn(async move { visitor.get(&path).await });
    }
    sent
}

/// All answers, and that at no time meanwhile more reads hang than a customer has places.
async fn answers(mut sent: JoinSet<Answer>, sql: &mut PgConnection) -> Vec<Answer> {
    let mut answers = Vec::new();
    while !sent.is_empty() {
        let now = hanging(sql).await;
        assert!(now <= AT_ONCE, "{now} reads of one customer hang at once");
        if let Ok(Some(answer)) = tokio::time::timeout(LOOK_EVERY, sent.join_next()).await {
            answers.push(answer.expect("no panic"));
        }
    }
    answers
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_whose_reads_hang_is_told_to_come_back_and_nobody_else_notices() {
    let app = TestApp::start().await;
    let (busy, calm) = (app.customer().await, app.customer().await);
    let admin = Arc::new(Visitor::admin(&app, &busy).await);
    let neighbour = Visitor::admin(&app, &calm).await;
    let look_up = async |phone: &str| busy.function("lookup", &json!({"caller_phone": phone})).await.body;
    let unknown = look_up("+15550100001").await;
    let (mut sql, mut other) = (app.sql().await, app.sql().await);
    let mut held = sql.begin().await.unwrap();
    held.execute("lock table transactions").await.unwrap();
    let sent = ask(&admin, "/api/billing/transactions", MANY);
    until_all_hang(&mut other).await;
    for path in ["/api/calls", "/api/users", "/api/appointments", "/api/auth/tokens", "/api/auth/sessions"] {
        assert_eq!(neighbour.get(path).await.status, 200, "{path}");
    }
    // The telephone waits for no portal, not even for that of its own customer.
    assert_eq!(look_up("+15550100002").await, unknown);
    let mut told = 0;
    for answer in answers(sent, &mut other).await {
        assert_eq!((answer.status, &answer.headers["retry-after"]), (503, &"1".parse().unwrap()));
        told += usize::from(answer.field("type") == "urn:voice:problem:overloaded");
    }
    assert!(told > 0, "nobody was told that too much is waiting");
    held.rollback().await.unwrap();
    assert_eq!(admin.get("/api/billing/transactions").await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_runs_the_platform_sees_a_customer_whose_places_are_all_taken() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    let (admin, root) = (Visitor::admin(&app, &customer).await, Visitor::super_admin(&app).await);
    let (mut sql, mut other) = (app.sql().await, app.sql().await);
    let mut held = sql.begin().await.unwrap();
    held.execute("lock table transactions").await.unwrap();
    let mut sent = ask(&Arc::new(admin), "/api/billing/transactions", MANY);
    until_all_hang(&mut other).await;
    assert_eq!(root.get(&format!("/api/admin/customers/{}", customer.id)).await.status, 200);
    held.rollback().await.unwrap();
    while sent.join_next().await.is_some() {}
}

#[tokio::test(flavor = "multi_thread")]
async fn who_hangs_up_has_a_place_until_the_read_has_ended() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    let admin = Arc::new(Visitor::admin(&app, &customer).await);
    let (mut sql, mut other) = (app.sql().await, app.sql().await);
    let mut held = sql.begin().await.unwrap();
    held.execute("lock table transactions").await.unwrap();
    let mut sent = ask(&admin, "/api/billing/transactions", 4);
    until_all_hang(&mut other).await;
    sent.shutdown().await;
    answers(ask(&admin, "/api/billing/transactions", MANY), &mut other).await;
    held.rollback().await.unwrap();
    assert_eq!(admin.get("/api/billing/transactions").await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_told_to_be_signed_out_while_the_database_cannot_end_the_session() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    let admin = Visitor::admin(&app, &customer).await;
    let mut sql = app.sql().await;
    let mut transaction = sql.begin().await.unwrap();
    transaction.execute("lock table sessions in access exclusive mode").await.unwrap();
    let answer = admin.post("/api/auth/logout", &json!({})).await;
    assert_eq!(answer.status, 503, "{}", answer.body);
    transaction.rollback().await.unwrap();
    assert_eq!(
        admin.get("/api/auth/me").await.status,
        200,
        "the cookie is still there, and so is the session"
    );
}
