//! A tenant comes into memory when it is asked, leaves when it is not, and loses nothing on the way.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::harness::app::assert_problem;
use crate::harness::app::metric;
use crate::harness::app::{Answer, money};
use crate::harness::retell::{event, flat};
use crate::harness::{Customer, Options, TestApp};

const CALLS: &str = "select count(*) from calls where customer_id = $1";
const CHARGES: &str = "select count(*) from transactions where customer_id = $1 and category = 'call'";
const ACTIVATIONS: &str = "voice_tenant_activations_total";
const RESIDENT: &str = "voice_tenants_resident";
const PATIENCE: Duration = Duration::from_secs(30);

/// With the shortest stay in memory there is.
async fn restless() -> TestApp {
    TestApp::with(Options { idle_seconds: Some(1), ..Options::default() }).await
}

/// Until so many tenants are in memory.
async fn resident(app: &TestApp, count: usize) {
    let begun = Instant::now();
    loop {
        let now = metric(app, RESIDENT).await;
        if now == count {
            return;
        }
        assert!(begun.elapsed() < PATIENCE, "after {PATIENCE:?} {now} tenants are in memory, not {count}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Until this tenant takes no more requests.
async fn has_left(app: &TestApp, customer: &Customer) {
    let begun = Instant::now();
    while app.app.tenants().is_resident(customer.id) {
        assert!(begun.elapsed() < PATIENCE, "after {PATIENCE:?} the tenant is still in memory");
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

/// Reports as Retell does: again while the answer is not 2xx, three times at most.
async fn report(customer: &Customer, body: &Value) -> Answer {
    let mut answer = customer.webhook(body).await;
    for _ in 0..3 {
        if answer.status != 200 {
            answer = customer.webhook(body).await;
        }
    }
    answer
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stampede_on_a_cold_tenant_loads_it_once() {
    let app = TestApp::start().await;
    let (customer, other) = (app.poor_customer().await, app.poor_customer().await);
    assert_eq!((metric(&app, RESIDENT).await, metric(&app, ACTIVATIONS).await), (0, 0));
    let mut sent = JoinSet::new();
    for number in 0..200 {
        let customer = app.here(&customer);
        sent.spawn(async move {
            match number % 2 {
                0 => customer.webhook(&flat(&format!("c{}", number % 10), 60)).await,
                _ => customer.function("availability", &json!({"date": "2026-01-06"})).await,
            }
        });
    }
    for answer in sent.join_all().await {
        assert_eq!((answer.status, answer.field("success")), (200, &json!(true)), "{}", answer.body);
    }
    assert_eq!((metric(&app, RESIDENT).await, metric(&app, ACTIVATIONS).await), (1, 1));
    assert_eq!((app.count(CHARGES, &customer).await, app.balance(&customer).await), (5, money("-5")));
    assert_eq!(other.function("lookup", &json!({})).await.status, 200);
    assert_eq!((metric(&app, RESIDENT).await, metric(&app, ACTIVATIONS).await), (2, 2));
    assert_eq!(app.findings().await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tenant_nobody_asks_leaves_memory_and_comes_back_knowing_everything() {
    let app = restless().await;
    let customer = app.customer().await;
    let wish =
        json!({"date": "2026-01-06", "time": "10:00", "caller_name": "Ben", "caller_phone": "+15550100123"});
    let booked = customer.function("book", &wish).await;
    let charged = customer.webhook(&flat("c1", 60)).await;
    resident(&app, 0).await;
    let activations = metric(&app, ACTIVATIONS).await;
    assert_eq!(customer.webhook(&flat("c1", 60)).await.body, charged.body);
    assert_eq!(metric(&app, ACTIVATIONS).await, activations + 1);
    assert_eq!(customer.function("book", &wish).await.body, booked.body);
    assert_eq!((app.count(CHARGES, &customer).await, app.balance(&customer).await), (1, money("49")));
    resident(&app, 0).await;
    assert_eq!(app.findings().await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tenant_with_a_call_under_way_stays_until_it_ends() {
    let app = restless().await;
    let (speaking, silent) = (app.poor_customer().await, app.poor_customer().await);
    assert_eq!(speaking.webhook(&event("call_started", "c1", 0)).await.status, 200);
    let activations = metric(&app, ACTIVATIONS).await;
    // Asked later each time, the silent one still leaves first.
    for _ in 0..3 {
        assert_eq!(silent.function("availability", &json!({})).await.status, 200);
        resident(&app, 1).await;
        assert!(app.app.tenants().is_resident(speaking.id));
    }
    assert_eq!(speaking.webhook(&event("call_ended", "c1", 60_000)).await.status, 200);
    assert_eq!(metric(&app, ACTIVATIONS).await, activations + 3, "only the silent one was loaded again");
    resident(&app, 0).await;
    assert_eq!(app.balance(&speaking).await, money("-1"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_whose_end_is_never_told_keeps_its_tenant_for_hours_but_not_for_ever() {
    let app = restless().await;
    let customer = app.poor_customer().await;
    assert_eq!(customer.webhook(&event("call_started", "c1", 0)).await.status, 200);
    let other = app.poor_customer().await;
    assert_eq!(other.function("lookup", &json!({})).await.status, 200);
    resident(&app, 1).await;
    assert!(app.app.tenants().is_resident(customer.id));
    app.clock.advance(jiff::SignedDuration::from_hours(4));
    resident(&app, 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_successor_starts_only_when_the_last_entry_before_it_is_committed() {
    let app = restless().await;
    let customer = app.customer().await;
    app.seam.hold();
    let first = app.here(&customer);
    let first = tokio::spawn(async move { first.webhook(&flat("c0", 60)).await });
    app.seam.writer_waits().await;
    has_left(&app, &customer).await;
    let activations = metric(&app, ACTIVATIONS).await;
    // Even what needs no commit waits for a successor, and is told to come back when it has waited too
    // long: an agent by a sentence, because it can say nothing else.
    let wish = json!({"date": "2026-01-06", "time": "10:00", "caller_name": "Ben"});
    let call = flat("c1", 60);
    let (webhook, availability, book, lookup) = tokio::join!(
        customer.webhook(&call),
        customer.function("availability", &wish),
        customer.function("book", &wish),
        customer.function("lookup", &wish),
    );
    assert_problem(&webhook, 503, "unavailable");
    for early in [availability, book, lookup] {
        let sentence = early.field("message").as_str().expect("a sentence");
        assert_eq!((early.status, sentence.contains("ask me again")), (200, true), "{sentence}");
    }
    assert_eq!(
        metric(&app, ACTIVATIONS).await,
        activations,
        "nothing is loaded while an entry is on its way"
    );
    app.seam.release();
    let mut sent = JoinSet::new();
    for number in 0..20 {
        let next = app.here(&customer);
        sent.spawn(async move { report(&next, &flat(&format!("c{}", number % 4), 60)).await });
    }
    for answer in sent.join_all().await {
        assert_eq!((answer.status, answer.field("charged")), (200, &json!(1.0)), "{}", answer.body);
    }
    assert!(
        [200, 503].contains(&first.await.expect("no panic").status),
        "it may have waited too long as well"
    );
    assert_eq!((app.count(CHARGES, &customer).await, app.balance(&customer).await), (4, money("46")));
    assert_eq!(metric(&app, "voice_journal_fenced_total").await, 0, "the two never wrote at once");
    assert_eq!(app.findings().await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_while_tenants_come_and_go() {
    const ROUNDS: usize = 3;
    let app = std::sync::Arc::new(restless().await);
    let mut businesses = JoinSet::new();
    for _ in 0..12 {
        let (app, customer) = (std::sync::Arc::clone(&app), app.poor_customer().await);
        businesses.spawn(async move {
            let mut acknowledged = 0;
            for round in 0..ROUNDS {
                // Many at once, each call twice, just when the tenant has left or is leaving.
                let mut clients = JoinSet::new();
                for number in 0..8 {
                    let customer = app.here(&customer);
                    let body = flat(&format!("r{round} c{}", number / 2), 60);
                    clients.spawn(async move { report(&customer, &body).await });
                }
                for answer in clients.join_all().await {
                    assert_eq!(
                        (answer.status, answer.field("charged")),
                        (200, &json!(1.0)),
                        "{}",
                        answer.body
                    );
                    acknowledged += 1;
                }
                has_left(&app, &customer).await;
            }
            (customer, acknowledged)
        });
    }
    for (customer, acknowledged) in businesses.join_all().await {
        assert_eq!(acknowledged, ROUNDS * 8);
        assert_eq!(app.count(CALLS, &customer).await, 12);
        assert_eq!((app.count(CHARGES, &customer).await, app.balance(&customer).await), (12, money("-12")));
    }
    resident(&app, 0).await;
    assert!(metric(&app, ACTIVATIONS).await >= 12 * ROUNDS, "they came and went");
    assert_eq!(metric(&app, "voice_journal_fenced_total").await, 0, "no successor met its predecessor");
    assert_eq!(app.findings().await, [""; 0]);
}
