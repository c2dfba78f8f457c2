//! Calls of which no event came are found in Retell's list, and charged once like every other.

use actors::secrets::Purpose;
use jiff::SignedDuration;
use serde_json::{Value, json};
use voice_server::retell::lost_calls::Round;

use crate::harness::app::{metric, money};
use crate::harness::retell::{event, sign};
use crate::harness::visitor::Visitor;
use crate::harness::workspace::Retell;
use crate::harness::{Customer, Options, TestApp};

const PLATFORM: &str = "key_of_the_platform";
const OWN: &str = "key_of_ada";
const CALLS: &str = "select count(*) from calls where customer_id = $1";

/// A platform with that key.
async fn platform(retell: &Retell, key: Option<&'static str>) -> TestApp {
    TestApp::with(Options { retell_api_key: key, ..retell.options() }).await
}

/// A customer with a workspace of its own, whose agent has reported a call before; and then it is ten minutes
/// later, so that what began with the customer and took a minute is long over.
async fn with_workspace(app: &TestApp) -> Customer {
    let customer = app.customer().await;
    app.tenant(&customer).await.add_credential(Purpose::RetellKey, OWN).await.unwrap();
    let answer = tell(app, &customer, OWN, &event("call_ended", "before", 60_000)).await;
    assert_eq!(answer, 200);
    app.clock.advance(SignedDuration::from_mins(10));
    customer
}

/// Tells of a call as Retell does, with the key of its workspace.
async fn tell(app: &TestApp, customer: &Customer, key: &str, body: &Value) -> u16 {
    let body = body.to_string().into_bytes();
    let signature = sign(key, &body, app.clock.now().as_millisecond());
    customer.post(&customer.webhook_url(), body, &[("x-retell-signature", &signature)]).await.status
}

async fn look(app: &TestApp) -> Round {
    app.app.lost_calls().round().await.expect("a look")
}

#[track_caller]
fn found(calls: usize) -> Round {
    Round { listed: 1, failed: 0, found: calls }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_call_is_charged_once_with_all_it_said_and_a_known_one_not_again() {
    let retell = Retell::start().await;
    let app = platform(&retell, None).await;
    let customer = with_workspace(&app).await;
    retell.has(OWN, "before");
    let lost = retell.has(OWN, "lost");
    assert_eq!(look(&app).await, found(1));
    assert_eq!(retell.fetched(), ["lost"], "what is known is not asked for");
    assert_eq!(app.balance(&customer).await, money("48"));
    assert_eq!(app.events(&customer).await, ["call.completed", "call.completed", "call.analyzed"]);
    let admin = Visitor::admin(&app, &customer).await;
    let shown = admin.get("/api/calls/lost").await;
    assert_eq!(shown.status, 200, "{}", shown.body);
    assert_eq!(shown.field("transcript"), &lost["transcript"]);
    assert_eq!(shown.field("call_score"), &json!(85));
    assert_eq!(shown.field("cost"), &json!(1.0));

    // Its events come after all, and everybody looks again.
    for kind in ["call_started", "call_ended", "call_analyzed"] {
        assert_eq!(tell(&app, &customer, OWN, &event(kind, "lost", 60_000)).await, 200);
    }
    assert_eq!(look(&app).await, found(0));
    assert_eq!(retell.fetched(), [""; 0]);
    let app = app.restart_with(retell.options()).await;
    assert_eq!(look(&app).await, found(0));
    assert_eq!(app.balance(&customer).await, money("48"));
    assert_eq!(metric(&app, "voice_retell_listings_total{outcome=\"listed\"}").await, 1);
    assert_eq!(app.findings().await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_was_seen_to_begin_is_completed() {
    let retell = Retell::start().await;
    let app = platform(&retell, None).await;
    let customer = with_workspace(&app).await;
    assert_eq!(tell(&app, &customer, OWN, &event("call_started", "begun", 0)).await, 200);
    retell.has(OWN, "begun");
    assert_eq!(look(&app).await, found(1));
    assert_eq!(app.count(CALLS, &customer).await, 2);
    assert_eq!(app.balance(&customer).await, money("48"));
    assert_eq!(metric(&app, "voice_lost_calls_found_total").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_servers_that_look_at_once_charge_once() {
    let retell = Retell::start().await;
    let app = platform(&retell, None).await;
    let options = Options { database_url: Some(app.database.url().to_owned()), ..retell.options() };
    let beside = TestApp::with(options).await;
    beside.clock.advance(SignedDuration::from_mins(10));
    let customer = with_workspace(&app).await;
    for number in 0..5 {
        retell.has(OWN, &format!("lost_{number}"));
    }
    let (_, _) = tokio::join!(look(&app), look(&beside));
    // One may have lost the tenant to the other in between, and looks again.
    while look(&app).await.failed > 0 {}
    assert_eq!(app.count(CALLS, &customer).await, 6);
    assert_eq!(app.balance(&customer).await, money("44"));
}

#[tokio::test(flavor = "multi_thread")]
async fn with_the_platforms_key_each_call_goes_to_whose_agent_spoke_and_others_to_nobody() {
    let retell = Retell::start().await;
    let app = platform(&retell, Some(PLATFORM)).await;
    let (one, other) = (app.customer().await, app.customer().await);
    app.clock.advance(SignedDuration::from_mins(10));
    let of_agent = |mut body: Value, agent: &str| {
        body["call"]["agent_id"] = json!(agent);
        body
    };
    for (customer, agent, call) in [(&one, "agent_of_one", "o1"), (&other, "agent_of_other", "t1")] {
        let body = of_agent(event("call_ended", call, 60_000), agent);
        assert_eq!(tell(&app, customer, PLATFORM, &body).await, 200);
    }
    for (agent, call) in [
        ("agent_of_one", "o2"),
        ("agent_of_other", "t2"),
        ("agent_of_other", "t3"),
        ("agent_of_nobody", "n1"),
    ] {
        let call = of_agent(event("call_analyzed", call, 60_000), agent);
        retell.has_so(PLATFORM, call["call"].clone());
    }
    assert_eq!(look(&app).await, found(3));
    assert_eq!(retell.fetched(), ["o2", "t2", "t3"]);
    assert_eq!((app.balance(&one).await, app.balance(&other).await), (money("48"), money("47")));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_that_never_spoke_here_costs_nobody_anything() {
    let retell = Retell::start().await;
    let app = platform(&retell, None).await;
    let customer = with_workspace(&app).await;
    let mut call = event("call_analyzed", "private", 60_000)["call"].clone();
    call["agent_id"] = json!("agent_for_something_else");
    retell.has_so(OWN, call);
    // Another customer's calls cannot be had by naming its agent: what is fetched is asked for with one's own key.
    let mut claimed = event("call_analyzed", "claimed", 60_000)["call"].clone();
    claimed["agent_id"] = json!("agent_1");
    retell.has_so(OWN, claimed.clone());
    let mut another = claimed;
    another["agent_id"] = json!("agent_of_another");
    retell.says("claimed", &another.to_string());
    assert_eq!(look(&app).await, found(0));
    assert_eq!(app.count(CALLS, &customer).await, 1);
    assert_eq!(app.balance(&customer).await, money("49"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_workspace_that_refuses_or_fails_is_in_nobodys_way_and_is_asked_from_where_it_was() {
    let retell = Retell::start().await;
    let app = platform(&retell, None).await;
    let other = app.customer().await;
    let customer = with_workspace(&app).await;
    app.tenant(&other).await.add_credential(Purpose::RetellKey, "key_of_bob").await.unwrap();
    assert_eq!(tell(&app, &other, "key_of_bob", &event("call_ended", "b0", 60_000)).await, 200);
    retell.has("key_of_bob", "b1");
    retell.refuses(OWN, 401);
    assert_eq!(look(&app).await, Round { listed: 1, failed: 1, found: 1 });
    assert_eq!(metric(&app, "voice_retell_listings_total{outcome=\"refused\"}").await, 1);
    assert_eq!(app.balance(&other).await, money("48"));
    // Five days later the key is good again: what was lost at the beginning is still found.
    retell.refuses(OWN, 200);
    for call in ["l1", "l2", "l3", "l4"] {
        retell.has(OWN, call);
    }
    retell.breaks("l2", 500);
    app.clock.advance(SignedDuration::from_hours(5));
    let round = look(&app).await;
    assert_eq!((round.failed, round.found), (1, 3), "one that cannot be had holds up no other");
    // While something is missing the mark stays, however long.
    app.clock.advance(SignedDuration::from_hours(20));
    retell.breaks("l2", 200);
    let round = look(&app).await;
    assert_eq!((round.failed, round.found), (0, 1));
    assert_eq!(app.balance(&customer).await, money("45"));
    assert_eq!(app.findings().await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_look_goes_on_where_the_last_ended_less_the_length_of_a_call() {
    let retell = Retell::start().await;
    let app = platform(&retell, Some(PLATFORM)).await;
    let customer = with_workspace(&app).await;
    for call in ["p1", "p2", "p3", "p4", "p5"] {
        retell.has(OWN, call);
    }
    retell.pages();
    assert_eq!(look(&app).await, Round { listed: 2, failed: 0, found: 5 });
    let ms = |text: &str| text.parse::<jiff::Timestamp>().unwrap().as_millisecond();
    let stretch = |wish: &Value| wish["filter_criteria"]["start_timestamp"]["value"].clone();
    let mut wishes = retell.pages();
    let platforms = json!([ms("2025-12-29T12:10:00Z"), ms("2026-01-05T12:10:00Z")]);
    // The customer is there since noon.
    let own = json!([ms("2026-01-05T12:00:00Z"), ms("2026-01-05T12:10:00Z")]);
    assert_eq!(wishes.iter().filter(|wish| stretch(wish) == platforms).count(), 1);
    wishes.retain(|wish| stretch(wish) == own);
    let keys: Vec<Option<&str>> = wishes.iter().map(|wish| wish["pagination_key"].as_str()).collect();
    assert_eq!(keys, [None, Some("2"), Some("4")], "page by page");
    app.clock.advance(SignedDuration::from_hours(6));
    look(&app).await;
    let next = json!([ms("2026-01-05T09:10:00Z"), ms("2026-01-05T18:10:00Z")]);
    let own = json!([ms("2026-01-05T12:00:00Z"), ms("2026-01-05T18:10:00Z")]);
    let wishes = retell.pages();
    assert_eq!(wishes.iter().filter(|wish| stretch(wish) == next).count(), 1);
    assert_eq!(wishes.iter().filter(|wish| stretch(wish) == own).count(), 3);
    assert_eq!(app.balance(&customer).await, money("44"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_still_said_or_has_just_ended_waits_and_what_retell_deleted_is_charged_all_the_same() {
    let retell = Retell::start().await;
    let app = platform(&retell, None).await;
    let customer = with_workspace(&app).await;
    let mut ongoing = event("call_started", "ongoing", 0)["call"].clone();
    ongoing["call_status"] = json!("ongoing");
    retell.has_so(OWN, ongoing);
    let mut just_now = event("call_ended", "just_now", 60_000)["call"].clone();
    just_now["end_timestamp"] = json!(app.clock.now().as_millisecond() - 60_000);
    retell.has_so(OWN, just_now);
    retell.has(OWN, "deleted");
    retell.breaks("deleted", 404);
    assert_eq!(look(&app).await, found(1));
    assert_eq!(app.balance(&customer).await, money("48"));
    let admin = Visitor::admin(&app, &customer).await;
    let shown = admin.get("/api/calls/deleted").await;
    assert_eq!((shown.field("transcript"), shown.field("cost")), (&Value::Null, &json!(1.0)));
    app.clock.advance(SignedDuration::from_mins(5));
    assert_eq!(look(&app).await, found(1));
    assert_eq!(app.balance(&customer).await, money("47"));
}

#[tokio::test(flavor = "multi_thread")]
async fn nonsense_is_no_call_and_loses_nothing() {
    let retell = Retell::start().await;
    let app = platform(&retell, None).await;
    let customer = with_workspace(&app).await;
    retell.has(OWN, "odd");
    let ongoing = json!({"call_id": "odd", "agent_id": "agent_1", "call_status": "ongoing"}).to_string();
    for nonsense in ["<html>Sign in to this network</html>", "[]", "{\"call_id\":\"another\"}", "{}"] {
        retell.says("odd", nonsense);
        assert_eq!(look(&app).await, Round { listed: 0, failed: 1, found: 0 }, "{nonsense}");
    }
    retell.says("odd", &ongoing);
    assert_eq!(look(&app).await, found(0));
    assert_eq!(app.balance(&customer).await, money("49"));
    retell.says("odd", &event("call_ended", "odd", 60_000)["call"].to_string());
    assert_eq!(look(&app).await, found(1));
    assert_eq!(app.balance(&customer).await, money("48"));
    assert_eq!(app.findings().await, [""; 0]);
}
