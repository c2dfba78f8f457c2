//! The server is killed again and again while events go out: each arrives, always with the same bytes under
//! the same id, and rightly signed.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::future::join_all;

use super::arrival::assert_signed;
use super::endpoint;
use crate::harness::app::{Options, TestApp};
use crate::harness::program::{Place, Serving, client};
use crate::harness::receiver::{Mode, Received, Receiver};
use crate::harness::retell::flat;

const KILLS: usize = 10;
/// Calls of a round at each of two customers; the server is killed while they are being told.
const CALLS: usize = 10;
const SECRET_KEY: &str = "a key for tests";
/// Longer than the lease of an endpoint that a killed server had.
const PATIENCE: Duration = Duration::from_secs(60);

/// Customers with an endpoint each, made before the server starts: the keys in their URLs, and the secrets.
async fn customers(place: &Place, receiver: &Receiver) -> Vec<(String, Arc<str>)> {
    let options = Options { database_url: Some(place.url.clone()), ..Options::default() };
    let app = TestApp::with(Options { secret_keys: Some((SECRET_KEY, None)), ..options }).await;
    let mut customers = Vec::new();
    for number in 0..KILLS {
        let customer = app.customer().await;
        let (_, secret) = endpoint(&app, &customer, format!("{}&customer={number}", receiver.url())).await;
        customers.push((customer.key, secret));
    }
    app.app.stop().await;
    customers
}

/// Tells of calls of this round, all at once, and asks again for none: each is acknowledged.
async fn tell(serving: &Serving, key: &str, round: usize) {
    let http = client();
    let calls = (0..CALLS).map(|number| {
        let url = format!("http://{}/api/v1/webhook/retell/{key}", serving.address);
        let request = http.post(url).json(&flat(&format!("r{round}-{number}"), 6));
        async move { request.send().await.expect("an answer").status().as_u16() }
    });
    assert_eq!(join_all(calls).await, [200; CALLS]);
}

async fn one(place: &Place, sql: &'static str) -> i64 {
    sqlx::query_scalar(sql).fetch_one(&mut place.sql().await).await.expect("a number")
}

async fn until(place: &Place, sql: &'static str) {
    let waiting = async {
        let mut looks = tokio::time::interval(Duration::from_millis(50));
        while one(place, sql).await > 0 {
            looks.tick().await;
        }
    };
    tokio::time::timeout(PATIENCE, waiting).await.expect("everything arrives");
}

const WAITING: &str = "select count(*) from webhook_deliveries where status = 'pending'";

#[tokio::test(flavor = "multi_thread")]
async fn each_event_arrives_with_the_same_bytes_however_often_the_server_is_killed() {
    let receiver = Receiver::start().await;
    let mut place = Place::empty().await;
    let customers = customers(&place, &receiver).await;
    place.set("SECRET_KEY", SECRET_KEY).set("EGRESS_ALLOW", &receiver.host());
    let mut serving = Serving::start(&place);
    let began = Instant::now();
    for (round, (key, _)) in customers.iter().enumerate() {
        let before = receiver.received().len();
        // Every other time it is killed while it waits for an answer.
        receiver.will(if round % 2 == 0 { Mode::Accept } else { Mode::Hold });
        tell(&serving, &customers[0].0, round).await;
        if round > 0 {
            tell(&serving, key, round).await;
        }
        // Some of it is on its way: nobody has this round's endpoint from before.
        receiver.once(before + 1).await;
        serving.kill();
        serving = Serving::start(&place);
    }
    assert!(began.elapsed() < Duration::from_secs(60), "{KILLS} kills took {:?}", began.elapsed());
    receiver.will(Mode::Accept);
    until(&place, WAITING).await;
    let lost = "select count(*) from webhook_deliveries where status <> 'delivered'";
    assert_eq!(one(&place, lost).await, 0);
    let calls = "select count(*) from webhook_deliveries where event = 'call.completed'";
    assert_eq!(one(&place, calls).await, (CALLS * (2 * KILLS - 1)) as i64);

    // And once more, because somebody asks for it.
    let resend = "
with again as (
    update webhook_deliveries
       set status = 'pending', tries = 0, ended_at = null, due_at = now()
     where event_id in (select event_id from webhook_deliveries order by customer_id, event_id limit 5)
    returning 1)
select count(*) from again";
    let resent = one(&place, resend).await;
    until(&place, WAITING).await;

    // Ids are numbered for each customer, and each has an address of its own.
    let mut by_id: HashMap<(usize, String), Vec<Received>> = HashMap::new();
    for request in receiver.received() {
        let number = request.uri.rsplit('=').next().expect("a number").parse().expect("a number");
        by_id.entry((number, request.id())).or_default().push(request);
    }
    let events = one(&place, "select count(*) from webhook_deliveries").await;
    assert_eq!(by_id.len() as i64, events, "every event, and nothing else");
    for ((customer, id), requests) in &by_id {
        for request in requests {
            assert_eq!(request.body, requests[0].body, "{id}");
            assert_eq!(request.json()["id"], *id);
            assert_signed(&customers[*customer].1, request);
        }
    }
    let most = by_id.values().map(Vec::len).max().unwrap_or_default();
    let repeated = by_id.values().filter(|requests| requests.len() > 1).count();
    assert!(repeated as i64 >= resent, "what was sent again came again");
    assert!(most <= 2 + KILLS, "one more for each kill at most");
    let (code, said) = serving.stop();
    assert_eq!(code, Some(0), "{said}");
    assert!(place.run(&["audit"]).succeeded().out.ends_with("0 findings\n"));
    println!("{} events, {repeated} of them more than once, the most often {most} times", by_id.len());
}
