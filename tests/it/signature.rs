//! Who may speak for Retell: whoever has the key, in time, about an agent of that customer.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use actors::secrets::Purpose;
use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::bad_input::traces;
use crate::harness::app::assert_problem;
use crate::harness::app::metric;
use crate::harness::app::{Answer, money};
use crate::harness::retell::{event, flat, sign};
use crate::harness::{Customer, Options, TestApp};

const PLATFORM: &str = "key_of_the_platform";
const AGENTS: &str = "select count(*) from agents where customer_id = $1";
const FIVE_MINUTES_MS: i64 = 300_000;

async fn platform() -> TestApp {
    TestApp::with(Options { retell_api_key: Some(PLATFORM), ..Options::default() }).await
}

fn now_ms(app: &TestApp) -> i64 {
    app.clock.now().as_millisecond()
}

/// Sends a body with the signature that `key` makes now.
async fn signed(app: &TestApp, customer: &Customer, url: &str, body: &Value, key: &str) -> Answer {
    let body = body.to_string().into_bytes();
    let signature = sign(key, &body, now_ms(app));
    customer.post(url, body, &[("x-retell-signature", &signature)]).await
}

/// What Retell sends to each address of a customer.
fn everything(customer: &Customer, agent: &str) -> Vec<(String, Value)> {
    let webhook = customer.webhook_url();
    let call = json!({"call_id": "c1", "agent_id": agent, "from_number": "+15550100123"});
    let mut whole = flat("c1", 60);
    whole["agent_id"] = json!(agent);
    let events = ["call_started", "call_ended", "call_analyzed"].map(|name| {
        let mut body = event(name, "c2", 60_000);
        body["call"]["agent_id"] = json!(agent);
        (webhook.clone(), body)
    });
    let ring =
        json!({"event": "call_inbound", "call_inbound": {"agent_id": agent, "from_number": "+15550100123"}});
    let functions = [
        ("availability", json!({"date": "2026-01-06"})),
        ("book", json!({"date": "2026-01-06", "time": "10:00", "caller_name": "Ben"})),
        ("lookup", json!({"caller_phone": "+15550100123"})),
    ]
    .map(|(name, args)| (customer.function_url(name), json!({"name": name, "args": args, "call": call})));
    [(webhook.clone(), whole), (webhook.clone(), ring.clone()), (format!("{webhook}/inbound"), ring)]
        .into_iter()
        .chain(events)
        .chain(functions)
        .collect()
}

/// The signature that Retell's own SDK makes.
fn sign_with_the_sdk(key: &str, body: &[u8], milliseconds: i64) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/retell-sdk");
    let is_installed = folder.join("node_modules/retell-sdk").exists();
    assert!(is_installed, "Retell's SDK is not installed in tests/retell-sdk; run ops/test, which does it.");
    let mut node = Command::new("node")
        .arg(folder.join("sign.mjs"))
        .args([key, &milliseconds.to_string()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("node runs; ops/test installs it");
    node.stdin.take().expect("a pipe").write_all(body).expect("node reads");
    let answer = node.wait_with_output().expect("node ends");
    assert!(answer.status.success(), "sign.mjs failed");
    String::from_utf8(answer.stdout).expect("a text").trim().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_retells_own_sdk_signs_is_accepted_and_not_a_byte_else() {
    let app = platform().await;
    let customer = app.customer().await;
    let own = "key_ünïcode_🦷";
    let other = app.customer().await;
    app.tenant(&other).await.add_credential(Purpose::RetellKey, own).await.unwrap();
    for (customer, key) in [(&customer, PLATFORM), (&other, own)] {
        let mut body = event("call_ended", "c1", 60_000);
        body["call"]["transcript"] = json!("Zoë: 10 € ✅ 🦷\n\"quoted\" \\ \u{1}");
        let body = body.to_string().into_bytes();
        let signature = sign_with_the_sdk(key, &body, now_ms(&app));
        assert_eq!(signature, sign(key, &body, now_ms(&app)), "the harness signs as the SDK does");
        let header = [("X-Retell-Signature", signature.as_str())];
        let mut touched = body.clone();
        touched.push(b'\n');
        let before = traces(&app, customer).await;
        let refused = customer.post(&customer.webhook_url(), touched, &header).await;
        assert_problem(&refused, 401, "bad-signature");
        assert_eq!(traces(&app, customer).await, before);
        let answer = customer.post(&customer.webhook_url(), body, &header).await;
        assert_eq!((answer.status, answer.field("charged")), (200, &json!(1.0)));
        assert_eq!(app.balance(customer).await, money("49"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn with_the_platforms_key_nothing_unsigned_is_heard_on_any_address() {
    let app = platform().await;
    let customer = app.customer().await;
    let before = traces(&app, &customer).await;
    let now = now_ms(&app);
    for (url, body) in everything(&customer, "agent_1") {
        let body = body.to_string().into_bytes();
        let good = sign(PLATFORM, &body, now);
        let digest = good.split_once("d=").unwrap().1.to_owned();
        let wrong = [
            sign("another key", &body, now),
            sign("", &body, now),
            sign(PLATFORM, b"{}", now),
            sign(PLATFORM, &body, now - FIVE_MINUTES_MS - 1),
            sign(PLATFORM, &body, now + FIVE_MINUTES_MS + 1),
            sign(PLATFORM, &body, 0),
            // The timestamp is part of what is signed.
            format!("v={},d={digest}", now + 1),
            format!("v=0{now},d={digest}"),
            format!("v={now},d={}", &digest[..62]),
            format!("v={now},d={digest}00"),
            format!("v={now},d={}", "0".repeat(64)),
            format!("v={now},d="),
            format!("v=-{now},d={digest}"),
            format!("v=99999999999999999999,d={digest}"),
            format!("d={digest},v={now}"),
            format!("{good},{good}"),
            format!("{good}, {good}"),
            digest,
            "v=,d=".to_owned(),
            String::new(),
        ];
        for signature in wrong {
            let answer = customer.post(&url, body.clone(), &[("x-retell-signature", &signature)]).await;
            assert_problem(&answer, 401, "bad-signature");
        }
        assert_problem(&customer.post(&url, body.clone(), &[]).await, 401, "bad-signature");
        let doubled = [("x-retell-signature", good.as_str()), ("X-Retell-Signature", good.as_str())];
        assert_problem(&customer.post(&url, body.clone(), &doubled).await, 401, "bad-signature");
        let elsewhere = [("x-signature", good.as_str()), ("authorization", good.as_str())];
        assert_problem(&customer.post(&url, body, &elsewhere).await, 401, "bad-signature");
        // Who sent it is asked before what it says.
        assert_problem(&customer.post(&url, b"no json".to_vec(), &[]).await, 401, "bad-signature");
    }
    assert_eq!(traces(&app, &customer).await, before);
    for (url, body) in everything(&customer, "agent_1") {
        assert_eq!(signed(&app, &customer, &url, &body, PLATFORM).await.status, 200, "{body}");
    }
    assert_eq!(app.balance(&customer).await, money("48"));
    assert_eq!(metric(&app, "voice_retell_unsigned_total").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signature_counts_for_five_minutes_either_way_and_a_millisecond_more_is_stale() {
    let app = platform().await;
    let customer = app.customer().await;
    let now = now_ms(&app);
    for (number, off) in [-FIVE_MINUTES_MS, FIVE_MINUTES_MS].into_iter().enumerate() {
        let body = flat(&format!("c{number}"), 60).to_string().into_bytes();
        let stale = sign(PLATFORM, &body, now + off + off.signum());
        let url = customer.webhook_url();
        let answer = customer.post(&url, body.clone(), &[("x-retell-signature", &stale)]).await;
        assert_problem(&answer, 401, "bad-signature");
        let in_time = sign(PLATFORM, &body, now + off);
        assert_eq!(customer.post(&url, body, &[("x-retell-signature", &in_time)]).await.status, 200, "{off}");
    }
    assert_eq!(app.balance(&customer).await, money("48"));
    // What was good once is not good for ever.
    let body = flat("c9", 60).to_string().into_bytes();
    let signature = sign(PLATFORM, &body, now);
    app.clock.advance(SignedDuration::from_millis(FIVE_MINUTES_MS + 1));
    let header = [("x-retell-signature", signature.as_str())];
    assert_problem(&customer.post(&customer.webhook_url(), body, &header).await, 401, "bad-signature");
    assert_eq!(app.balance(&customer).await, money("48"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customers_own_key_replaces_the_platforms_for_that_customer_alone() {
    let app = platform().await;
    let (owner, neighbour) = (app.customer().await, app.customer().await);
    app.tenant(&owner).await.add_credential(Purpose::RetellKey, "key_of_its_own").await.unwrap();
    let before = traces(&app, &owner).await;
    for (url, body) in everything(&owner, "agent_1") {
        for key in [PLATFORM, "key_of_another"] {
            assert_problem(&signed(&app, &owner, &url, &body, key).await, 401, "bad-signature");
        }
        assert_problem(&owner.post(&url, body.to_string().into_bytes(), &[]).await, 401, "bad-signature");
    }
    assert_eq!(traces(&app, &owner).await, before);
    for (url, body) in everything(&owner, "agent_1") {
        assert_eq!(signed(&app, &owner, &url, &body, "key_of_its_own").await.status, 200);
    }
    let url = neighbour.webhook_url();
    let refused = signed(&app, &neighbour, &url, &flat("c1", 60), "key_of_its_own").await;
    assert_problem(&refused, 401, "bad-signature");
    // In a workspace of its own an agent says nothing about whose it is elsewhere.
    assert_eq!(app.count(AGENTS, &owner).await, 0);
    assert_eq!(signed(&app, &neighbour, &url, &flat("c1", 60), PLATFORM).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn during_a_change_of_its_key_both_sign_for_a_day_also_after_a_restart() {
    // No key of the platform's: the customer's own alone makes signatures mandatory.
    let app = TestApp::start().await;
    let customer = app.customer().await;
    let tenant = app.tenant(&customer).await;
    tenant.add_credential(Purpose::RetellKey, "first").await.unwrap();
    assert_problem(&customer.webhook(&flat("c1", 60)).await, 401, "bad-signature");
    app.clock.advance(SignedDuration::from_hours(100));
    tenant.add_credential(Purpose::RetellKey, "second").await.unwrap();
    let heard = async |app: &TestApp, call: &str, key: &str| {
        let customer = app.here(&customer);
        let url = customer.webhook_url();
        let answer = signed(app, &customer, &url, &flat(call, 60), key).await;
        if answer.status != 200 {
            assert_problem(&answer, 401, "bad-signature");
        }
        answer.status == 200
    };
    assert!(heard(&app, "c1", "first").await);
    assert!(heard(&app, "c2", "second").await);
    assert!(!heard(&app, "c3", "third").await);
    app.clock.advance(SignedDuration::from_hours(24) - SignedDuration::from_micros(1));
    assert!(heard(&app, "c4", "first").await);
    let app = app.restart().await;
    assert!(heard(&app, "c5", "first").await, "both are stored");
    app.clock.advance(SignedDuration::from_micros(1));
    assert!(!heard(&app, "c6", "first").await);
    assert!(heard(&app, "c7", "second").await);
    let app = app.restart().await;
    assert!(!heard(&app, "c8", "first").await);
    assert!(heard(&app, "c9", "second").await);
    assert!(!heard(&app, "c10", "").await);
    assert_eq!(app.balance(&customer).await, money("44"));
}

#[tokio::test(flavor = "multi_thread")]
async fn with_no_key_anywhere_the_key_in_the_url_is_enough_and_that_is_counted() {
    let app = TestApp::start().await;
    let (customer, careful) = (app.customer().await, app.customer().await);
    let sent = everything(&customer, "agent_1");
    for (url, body) in &sent {
        assert_eq!(customer.post(url, body.to_string().into_bytes(), &[]).await.status, 200);
    }
    assert_eq!(metric(&app, "voice_retell_unsigned_total").await, sent.len());
    // Nothing could tell a good signature from a bad one.
    let header = [("x-retell-signature", "v=1,d=00")];
    let body = flat("c9", 60).to_string().into_bytes();
    assert_eq!(customer.post(&customer.webhook_url(), body, &header).await.status, 200);
    assert_eq!(metric(&app, "voice_retell_unsigned_total").await, sent.len() + 1);

    app.tenant(&careful).await.add_credential(Purpose::RetellKey, "own").await.unwrap();
    assert_problem(&careful.webhook(&flat("c1", 60)).await, 401, "bad-signature");
    assert_eq!(signed(&app, &careful, &careful.webhook_url(), &flat("c1", 60), "own").await.status, 200);
    assert_eq!(metric(&app, "voice_retell_unsigned_total").await, sent.len() + 1);
    // Whose an agent is, only a signature of the platform's workspace can tell.
    assert_eq!(app.count(AGENTS, &customer).await + app.count(AGENTS, &careful).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_captured_from_one_customer_cannot_be_replayed_to_another() {
    let app = platform().await;
    let (victim, thief) = (app.customer().await, app.customer().await);
    // Neither a wrong signature nor a body that tells nothing makes an agent anybody's.
    let url = thief.webhook_url();
    assert_eq!(signed(&app, &thief, &url, &flat("c1", 60), "guessed").await.status, 401);
    let mut nothing = event("call_ended", "", 60_000);
    nothing["call"]["call_id"] = json!(null);
    assert_eq!(signed(&app, &thief, &url, &nothing, PLATFORM).await.status, 400);
    assert_eq!(app.count(AGENTS, &thief).await, 0);

    for (url, body) in everything(&victim, "agent_1") {
        assert_eq!(signed(&app, &victim, &url, &body, PLATFORM).await.status, 200);
    }
    let before = (traces(&app, &victim).await, traces(&app, &thief).await);
    for (url, body) in everything(&thief, "agent_1") {
        assert_problem(&signed(&app, &thief, &url, &body, PLATFORM).await, 401, "bad-signature");
    }
    assert_eq!((traces(&app, &victim).await, traces(&app, &thief).await), before);
    for (url, body) in everything(&thief, "agent_2") {
        assert_eq!(signed(&app, &thief, &url, &body, PLATFORM).await.status, 200, "an agent of its own");
    }
    assert_eq!((app.count(AGENTS, &victim).await, app.count(AGENTS, &thief).await), (1, 1));
    assert_eq!(app.balance(&thief).await, money("48"));
    // Also on a server that has never seen the agent.
    let url = Some(app.database.url().to_owned());
    let options = Options { database_url: url, retell_api_key: Some(PLATFORM), ..Options::default() };
    let second = TestApp::with(options).await;
    let there = second.here(&thief);
    for (url, body) in everything(&there, "agent_1") {
        assert_problem(&signed(&second, &there, &url, &body, PLATFORM).await, 401, "bad-signature");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_customers_with_one_new_agent_at_once_exactly_one_gets_it() {
    let app = platform().await;
    let customers = [app.customer().await, app.customer().await];
    let mut sent = tokio::task::JoinSet::new();
    let body = flat("c1", 60).to_string().into_bytes();
    let signature = sign(PLATFORM, &body, now_ms(&app));
    for number in 0..40 {
        let customer = app.here(&customers[number % 2]);
        let (body, signature) = (body.clone(), signature.clone());
        sent.spawn(async move {
            let header = [("x-retell-signature", signature.as_str())];
            let url = customer.webhook_url();
            let mut status = customer.post(&url, body.clone(), &header).await.status;
            for _ in 0..3 {
                // A busy database may ask to come back, and Retell does.
                if status == 503 {
                    status = customer.post(&url, body.clone(), &header).await.status;
                }
            }
            (number % 2, status)
        });
    }
    let mut heard: Vec<(usize, u16)> = sent.join_all().await;
    heard.sort_unstable();
    heard.dedup();
    assert!(matches!(heard[..], [(0, 200), (1, 401)] | [(0, 401), (1, 200)]), "{heard:?}");
    let calls = "select count(*) from calls where customer_id = $1";
    let (one, two) = (app.count(calls, &customers[0]).await, app.count(calls, &customers[1]).await);
    assert_eq!(one + two, 1);
    assert_eq!(app.count(AGENTS, &customers[usize::from(two == 1)]).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_monstrous_agent_id_is_cut_and_still_belongs_to_one_customer() {
    let app = platform().await;
    let (one, two) = (app.customer().await, app.customer().await);
    let agent = format!("agent ' <b> {}", "🦷".repeat(25_000));
    for (customer, status) in [(&one, 200), (&two, 401)] {
        for (url, body) in everything(customer, &agent) {
            assert_eq!(signed(&app, customer, &url, &body, PLATFORM).await.status, status);
        }
    }
    let sql = "select count(*) from agents where customer_id = $1 and octet_length(agent_id) <= 255";
    assert_eq!((app.count(sql, &one).await, app.count(AGENTS, &two).await), (1, 0));
}
