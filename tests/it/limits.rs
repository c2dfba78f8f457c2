//! Who asks too often is told to slow down, and nobody else notices.

use actors::secrets::{Purpose, random};
use actors::store::auth::{create_token, people};
use domain::audit::Author;
use domain::ids::{ApiKey, CustomerId, Realm, Token};
use serde_json::json;
use sqlx::{Connection, Executor};
use tokio::task::JoinSet;
use voice_server::network::Network;

use crate::harness::app::Answer;
use crate::harness::app::assert_problem;
use crate::harness::app::metric;
use crate::harness::retell::flat;
use crate::harness::visitor::{Visitor, link_for};
use crate::harness::{Customer, Options, TestApp};

const CALLS: &str = "select count(*) from calls where customer_id = $1";
/// What one address may guess in a minute.
const GUESSES: usize = 30;
/// More requests than a slow machine could spread over so many seconds that a second's worth suffices.
const MANY: usize = 200;

fn localhost() -> Network {
    "127.0.0.1".parse().expect("an address")
}

#[track_caller]
fn assert_told_to_slow_down(answer: &Answer) {
    assert_problem(answer, 429, "too-many-requests");
    let seconds: u32 =
        answer.headers["retry-after"].to_str().expect("a text").parse().expect("whole seconds");
    assert!((1..=60).contains(&seconds));
}

/// A key that was never anybody's, of a customer nobody asked for yet.
fn guess(number: usize) -> String {
    ApiKey::new(CustomerId(1_000_000 + i64::try_from(number).expect("a small number")), random())
        .reveal()
        .to_owned()
}

/// Calls `lookup` with any key, as if through these proxies.
async fn look_up(app: &TestApp, key: &str, forwarded_for: &[&str]) -> Answer {
    let mut request = app.http.post(app.url(&format!("/api/v1/function/lookup/{key}"))).body("{}");
    for hops in forwarded_for {
        request = request.header("x-forwarded-for", *hops);
    }
    Answer::of(request.send().await.expect("an answer")).await
}

/// Guesses from an address until it is limited; answers how many guesses that took.
async fn guess_until_limited(app: &TestApp, from: usize, forwarded_for: &[&str]) -> usize {
    for number in 0..=GUESSES {
        let answer = look_up(app, &guess(from + number), forwarded_for).await;
        if answer.status == 429 {
            assert_told_to_slow_down(&answer);
            return number;
        }
        assert_problem(&answer, 404, "unknown-key");
    }
    panic!("{forwarded_for:?} may guess more than {GUESSES} times");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_that_asks_too_often_is_told_when_to_come_back_and_no_other_notices() {
    let app = TestApp::with(Options { rate: Some((1, 3)), ..Options::default() }).await;
    let (busy, calm) = (app.customer().await, app.customer().await);
    let mut sent = JoinSet::new();
    for number in 0..MANY {
        let busy = app.here(&busy);
        sent.spawn(async move { busy.webhook(&flat(&format!("c{number}"), 1)).await });
    }
    let answers = sent.join_all().await;
    let heard = answers.iter().filter(|answer| answer.status == 200).count();
    assert!((3..MANY).contains(&heard), "{heard} of {MANY} were heard");
    for refused in answers.iter().filter(|answer| answer.status != 200) {
        assert_told_to_slow_down(refused);
    }
    assert_eq!(
        app.count(CALLS, &busy).await,
        i64::try_from(heard).unwrap(),
        "a refused call leaves no trace"
    );
    // Every request of Retell's for every customer comes from one address.
    for number in 0..3 {
        assert_eq!(calm.webhook(&flat(&format!("c{number}"), 1)).await.status, 200);
    }
    assert_eq!(app.findings().await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn neither_other_addresses_nor_other_keys_nor_other_routes_widen_a_customers_limit() {
    let options = Options { rate: Some((1, 3)), trusted_proxies: vec![localhost()], ..Options::default() };
    let app = TestApp::with(options).await;
    let customer = app.customer().await;
    let newer = app.app.backend().vault.mint(customer.id);
    app.tenant(&customer).await.add_credential(Purpose::ApiKey, newer.reveal()).await.unwrap();
    let mut sent = JoinSet::new();
    for number in 0..MANY {
        let mut customer = app.here(&customer);
        if number % 2 == 1 {
            customer.key = newer.reveal().to_owned();
        }
        let url = match number % 5 {
            0 => customer.webhook_url(),
            1 => format!("{}/inbound", customer.webhook_url()),
            2 => customer.function_url("availability"),
            3 => customer.function_url("book"),
            _ => customer.function_url("lookup"),
        };
        sent.spawn(async move {
            let address = format!("203.0.113.{}", number % 256);
            customer.post(&url, b"{}".to_vec(), &[("x-forwarded-for", &address)]).await
        });
    }
    let answers = sent.join_all().await;
    let limited = answers.iter().filter(|answer| answer.status == 429).count();
    // Three at once and one a second, and the run takes no minute.
    assert!(limited >= MANY - 3 - 60, "only {limited} of {MANY} were limited");
    answers.iter().filter(|answer| answer.status == 429).for_each(assert_told_to_slow_down);
}

#[tokio::test(flavor = "multi_thread")]
async fn guessing_keys_is_limited_by_address_and_then_costs_nothing() {
    let app = TestApp::start().await;
    assert_eq!(guess_until_limited(&app, 0, &[]).await, GUESSES);
    let looked_up = metric(&app, "voice_tenant_activations_total").await;
    for number in 0..50 {
        assert_told_to_slow_down(&look_up(&app, &guess(1000 + number), &[]).await);
    }
    assert_eq!(metric(&app, "voice_tenant_activations_total").await, looked_up, "no more is looked up");
}

#[tokio::test(flavor = "multi_thread")]
async fn guesses_that_come_all_at_once_are_limited_too() {
    let app = TestApp::start().await;
    let mut sent = JoinSet::new();
    for number in 0..300 {
        let request =
            app.http.post(app.url(&format!("/api/v1/function/lookup/{}", guess(number)))).body("{}");
        sent.spawn(async move { request.send().await.expect("an answer").status().as_u16() });
    }
    let answers = sent.join_all().await;
    // A database asked too much at once says 503: that, too, was a look-up.
    let looked_up = answers.iter().filter(|status| **status != 429).count();
    assert!(looked_up <= GUESSES, "{looked_up} guesses of one address were looked up");
}

#[tokio::test(flavor = "multi_thread")]
async fn good_keys_work_from_an_address_that_guesses_those_of_cold_customers_too() {
    let app = TestApp::start().await;
    let resident = app.customer().await;
    let cold: Vec<Customer> = vec![app.poor_customer().await, app.poor_customer().await];
    assert_eq!(guess_until_limited(&app, 0, &[]).await, GUESSES);
    assert_eq!(resident.webhook(&flat("c1", 1)).await.status, 200);
    for customer in &cold {
        assert!(!app.app.tenants().is_resident(customer.id), "it must be woken");
        let answer = customer.webhook(&flat("c1", 1)).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        assert_eq!(app.count(CALLS, customer).await, 1);
    }
    assert_told_to_slow_down(&look_up(&app, &guess(500), &[]).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn good_keys_never_count_as_guesses_however_many_customers_one_address_wakes() {
    let app = TestApp::start().await;
    for _ in 0..=GUESSES {
        let customer = app.poor_customer().await;
        assert_eq!(customer.function("lookup", &json!({})).await.status, 200);
    }
    assert_eq!(metric(&app, "voice_tenant_activations_total").await, GUESSES + 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_but_a_trusted_proxy_says_where_a_request_comes_from() {
    let app = TestApp::start().await;
    for number in 0..GUESSES {
        let address = format!("203.0.113.{number}");
        assert_eq!(look_up(&app, &guess(number), &[&address]).await.status, 404);
    }
    // Thirty addresses were claimed, and all of it was one client.
    assert_told_to_slow_down(&look_up(&app, &guess(500), &["203.0.113.200"]).await);
    assert_told_to_slow_down(&look_up(&app, &guess(501), &[]).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn behind_a_trusted_proxy_each_client_has_a_limit_of_its_own() {
    let second_proxies: Network = "10.0.0.0/24".parse().unwrap();
    let options = Options { trusted_proxies: vec![localhost(), second_proxies], ..Options::default() };
    let app = TestApp::with(options).await;
    assert_eq!(guess_until_limited(&app, 0, &["203.0.113.1"]).await, GUESSES);
    // The last hop that is not ours counts; what stands before it, its client wrote.
    assert_told_to_slow_down(&look_up(&app, &guess(100), &["198.51.100.9, 203.0.113.1"]).await);
    assert_told_to_slow_down(&look_up(&app, &guess(101), &["198.51.100.9", "203.0.113.1"]).await);
    assert_told_to_slow_down(&look_up(&app, &guess(102), &["198.51.100.9,203.0.113.1 , 10.0.0.7"]).await);
    assert_told_to_slow_down(&look_up(&app, &guess(103), &["203.0.113.1, 10.0.0.7", "127.0.0.1"]).await);
    for (number, other) in ["203.0.113.2", "2001:db8::1", "203.0.113.1, 203.0.113.3"].into_iter().enumerate()
    {
        assert_eq!(look_up(&app, &guess(200 + number), &[other]).await.status, 404, "{other}");
    }
    // Without a hop it is the proxy itself that asks.
    assert_eq!(look_up(&app, &guess(300), &[]).await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_stands_before_an_illegible_hop_is_not_believed() {
    let app = TestApp::with(Options { trusted_proxies: vec![localhost()], ..Options::default() }).await;
    // Some proxies write the port beside the address; then a client could choose who it is.
    for (round, last) in ["203.0.113.1:4711", "[2001:db8::1]:4711", "unknown"].into_iter().enumerate() {
        for number in 0..GUESSES {
            let hops = format!("198.51.100.{number}, {last}");
            assert_eq!(look_up(&app, &guess(round * 1000 + number), &[&hops]).await.status, 404);
        }
        let hops = format!("198.51.100.200, {last}");
        assert_told_to_slow_down(&look_up(&app, &guess(round * 1000 + 500), &[&hops]).await);
    }
}

/// A token that nobody made, of a customer that is there.
fn made_up(customer: &Customer) -> Token {
    Token::new(Realm::Customer(customer.id), random())
}

/// Asks with a token in each place where one is read; 401 and 404 are what a look-up says.
async fn ask_with(app: &TestApp, token: &Token, place: &str) -> Answer {
    let text = token.reveal();
    let visitor = match place {
        "session" => Visitor::of(app).saying("cookie", &format!("session={text}")),
        "api token" => Visitor::with_token(app, &format!("voice_{text}")),
        "link" => return Visitor::of(app).get(&format!("/api/auth/verify/{text}")).await,
        _ => return Visitor::of(app).post(&format!("/api/auth/verify/{text}"), &json!({})).await,
    };
    visitor.get("/api/auth/me").await
}

#[tokio::test(flavor = "multi_thread")]
async fn made_up_sessions_tokens_and_links_are_limited_by_address_and_then_cost_nothing() {
    for place in ["session", "api token", "link", "link, used"] {
        let app = TestApp::start().await;
        let customer = app.customer().await;
        let neighbour = Visitor::admin(&app, &customer).await;
        let platform = Token::new(Realm::Platform, random());
        for _ in 0..GUESSES {
            let answer = ask_with(&app, &made_up(&customer), place).await;
            assert!([401, 404].contains(&answer.status), "{place}: {} {}", answer.status, answer.body);
        }
        // A statement would wait for these until it is ended.
        let mut sql = app.sql().await;
        let mut held = sql.begin().await.unwrap();
        let lock = "lock table sessions, platform_sessions, api_tokens, magic_links, platform_magic_links";
        held.execute(lock).await.unwrap();
        for token in [&made_up(&customer), &platform] {
            assert_told_to_slow_down(&ask_with(&app, token, place).await);
        }
        held.rollback().await.unwrap();
        // Whoever is behind the same address and signed in, or signs in, notices nothing.
        assert_eq!(neighbour.get("/api/auth/me").await.status, 200, "{place}");
        let other = Visitor::admin(&app, &customer).await;
        let made = other.post("/api/auth/tokens", &json!({"name": "x"})).await;
        let program = Visitor::with_token(&app, made.field("secret").as_str().unwrap());
        assert_eq!(program.get("/api/auth/me").await.status, 200, "{place}");
        let link = format!("/api/auth/verify/{}", link_for(&app, &customer.email).await);
        assert_eq!(Visitor::of(&app).get(&link).await.status, 200, "{place}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_from_before_our_keys_were_changed_is_good_and_no_guess() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    let _ = Visitor::admin(&app, &customer).await;
    let store = &app.app.backend().store;
    let person = people(store, &customer.email).await.unwrap().remove(0);
    let (old, now) = (made_up(&customer), app.clock.now());
    let author = Author::system("test");
    create_token(store, customer.id, &person, &old, "old", &author, now).await.unwrap().unwrap();
    for _ in 0..=GUESSES {
        assert_eq!(ask_with(&app, &old, "api token").await.status, 200);
    }
    for _ in 0..GUESSES {
        assert_problem(&ask_with(&app, &made_up(&customer), "api token").await, 401, "not-signed-in");
    }
    assert_told_to_slow_down(&ask_with(&app, &made_up(&customer), "api token").await);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_one_address_of_a_network_guesses_for_all_of_it() {
    let app = TestApp::with(Options { trusted_proxies: vec![localhost()], ..Options::default() }).await;
    for number in 0..GUESSES {
        let address = format!("2001:db8::{number}");
        assert_eq!(look_up(&app, &guess(number), &[&address]).await.status, 404);
    }
    assert_told_to_slow_down(&look_up(&app, &guess(100), &["2001:db8::ffff"]).await);
    assert_eq!(look_up(&app, &guess(101), &["2001:db8:0:1::1"]).await.status, 404);
}
