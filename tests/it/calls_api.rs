//! Calls as people and programs read them: listed, searched, given to somebody.

use std::time::Duration;

use serde_json::{Value, json};

use crate::harness::TestApp;
use crate::harness::app::{Answer, Customer, assert_problem};
use crate::harness::retell::flat;
use crate::harness::visitor::Visitor;

/// A call with these words in it.
fn call(name: &str, number: &str, agent: &str, words: &str) -> Value {
    let mut body = flat(name, 60);
    body["from_number"] = json!(number);
    body["agent_id"] = json!(agent);
    body["transcript"] = json!(words);
    body
}

fn names(answer: &Answer) -> Vec<String> {
    let items = answer.field("items").as_array().unwrap_or_else(|| panic!("{}", answer.body));
    items.iter().map(|item| item["retell_call_id"].as_str().unwrap().to_owned()).collect()
}

/// Another user of this customer, signed in.
async fn colleague(app: &TestApp, customer: &Customer, id: &str, role: &str, sees_all: bool) -> Visitor {
    let insert = "
insert into users (customer_id, id, email, full_name, role, can_view_all_calls, created_at, updated_at)
values ($1, $2, $3, $2, $4, $5, now(), now())";
    let email = format!("{id}-{}@example.com", customer.id);
    sqlx::query(insert)
        .bind(customer.id.0)
        .bind(id)
        .bind(&email)
        .bind(role)
        .bind(sees_all)
        .execute(&mut app.sql().await)
        .await
        .unwrap();
    Visitor::signed_in(app, &email).await
}

/// Asks until so many are found: calls are put into the search behind their commit.
async fn search(visitor: &Visitor, query: &str, count: usize) -> Answer {
    let path = format!("/api/calls/search?{query}");
    let found = tokio::time::timeout(Duration::from_secs(20), async {
        let mut looks = tokio::time::interval(Duration::from_millis(20));
        loop {
            looks.tick().await;
            let answer = visitor.get(&path).await;
            if answer.field("items").as_array().is_some_and(|items| items.len() == count) {
                return answer;
            }
        }
    });
    match found.await {
        Ok(answer) => answer,
        Err(_) => panic!("not {count}: {}", visitor.get(&path).await.body),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_shows_the_newest_first_page_by_page_and_narrowed() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    let other = app.customer().await;
    other.webhook(&call("foreign", "+15550100001", "agent_1", "Hello")).await;
    for number in 1..=5 {
        let mut body = call(&format!("c{number}"), &format!("+1555010000{}", number % 2), "agent_1", "Hello");
        body["start_time"] = json!(format!("2026-01-0{number}T10:00:00Z"));
        body["end_time"] = json!(format!("2026-01-0{number}T10:01:00Z"));
        customer.webhook(&body).await;
    }
    let admin = Visitor::admin(&app, &customer).await;
    let all = admin.get("/api/calls").await;
    assert_eq!(names(&all), ["c5", "c4", "c3", "c2", "c1"]);
    assert_eq!((all.field("total"), all.field("total_is_exact")), (&json!(5), &json!(true)));
    let second = admin.get("/api/calls?page=2&per_page=2").await;
    assert_eq!((names(&second), second.field("total")), (vec!["c3".to_owned(), "c2".to_owned()], &json!(5)));
    for (query, expected) in [
        ("number=%2B1%20555%20010%200001", vec!["c5", "c3", "c1"]),
        ("from=2026-01-02T00:00:00Z&to=2026-01-04T00:00:00Z", vec!["c3", "c2"]),
        ("status=failed", vec![]),
        ("status=completed&per_page=1", vec!["c5"]),
        ("needs_review=true", vec![]),
    ] {
        assert_eq!(names(&admin.get(&format!("/api/calls?{query}")).await), expected, "{query}");
    }
    for (query, field) in [
        ("page=0", "page"),
        ("per_page=201", "per_page"),
        ("page=51&per_page=200", "page"),
        ("page=x", "page"),
        ("from=yesterday", "from"),
        ("from=2026-01-02T10:00:00", "from"),
        ("status=open", "status"),
        ("colour=red", "colour"),
    ] {
        let answer = admin.get(&format!("/api/calls?{query}")).await;
        assert_problem(&answer, 422, "invalid");
        assert_eq!(answer.field("errors")[0]["field"], field, "{}", answer.body);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_is_read_by_our_name_and_by_retells_with_everything_but_its_link() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    let mut body = call("c1", "+15550100123", "agent_1", "Agent: Hello.\nUser: Hi.");
    body["transcript_with_tool_calls"] = json!([
        {"role": "agent", "content": "Hello.", "words": [{"word": "Hello.", "start": 0.5, "end": 0.94}]},
        {"role": "tool_call_invocation", "name": "lookup"},
        {"role": "user", "content": "Hi."},
    ]);
    body["recording_url"] = json!("https://retell.example/secret.wav");
    body["call_analysis"] = json!({"user_sentiment": "Positive"});
    let ours = customer.webhook(&body).await.field("call_id").as_str().unwrap().to_owned();
    let booking = json!({"args": {"date": "2026-01-06", "time": "10:00", "caller_name": "Ben"}, "call": {"call_id": "c1"}});
    let appointment = customer.function("book", &booking).await.field("appointment_id").clone();
    let admin = Visitor::admin(&app, &customer).await;
    let response = admin.response(reqwest::Method::GET, &format!("/api/calls/{ours}"), None, &[]).await;
    let text = response.text().await.unwrap();
    assert!(text.contains("\"cost\":1.00,") && text.contains("\"rate_per_minute\":1.00,"), "{text}");
    assert!(!text.contains("retell.example"), "{text}");
    let call: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(call["call_id"], json!(ours));
    assert_eq!(call["transcript"], "Agent: Hello.\nUser: Hi.");
    let turns = json!([
        {"role": "agent", "text": "Hello.", "start": 0.5, "end": 0.94},
        {"role": "tool", "text": "lookup", "start": null, "end": null},
        {"role": "user", "text": "Hi.", "start": null, "end": null},
    ]);
    assert_eq!(call["turns"], turns);
    assert_eq!(call["analysis"]["user_sentiment"], "Positive");
    assert_eq!((&call["duration_minutes"], &call["has_recording"]), (&json!(1), &json!(true)));
    assert_eq!(call["appointment_ids"], json!([appointment]));
    assert_eq!(admin.get("/api/calls/c1").await.field("call_id"), &json!(ours));

    let other = app.customer().await;
    let stranger = Visitor::admin(&app, &other).await;
    for name in [ours.as_str(), "c1", "call_999", "call_x", "%00"] {
        assert_problem(&stranger.get(&format!("/api/calls/{name}")).await, 404, "not-found");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_is_found_by_its_words_and_numbers_soon_after_its_commit() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    let other = app.customer().await;
    other.webhook(&call("foreign", "+15550100123", "agent_1", "We talked about wisdom teeth")).await;
    customer.webhook(&call("c1", "+15550100123", "agent_1", "We talked about <b>Wisdom</b> teeth")).await;
    let mut unexplained = call("c2", "+15550100777", "agent_1", "Öffnungszeiten, bitte");
    unexplained["call_summary"] = json!(null);
    customer.webhook(&unexplained).await;
    let admin = Visitor::admin(&app, &customer).await;
    let found = search(&admin, "q=wisd%20TEETH", 1).await;
    assert_eq!(names(&found), ["c1"]);
    let snippet = found.field("items")[0]["snippet"].as_array().unwrap();
    let hits: Vec<&str> = snippet
        .iter()
        .filter(|piece| piece["is_hit"] == json!(true))
        .map(|piece| piece["text"].as_str().unwrap())
        .collect();
    assert_eq!(hits, ["Wisdom", "teeth"]);
    for (query, expected) in [
        ("q=%C3%B6ffnung", vec!["c2"]),
        ("q=010%200123", vec!["c1"]),
        ("q=%2B15550100", vec!["c2", "c1"]),
        ("q=talked&status=failed", vec![]),
        ("q=talked&from=2020-01-01T00:00:00Z", vec!["c1"]),
        ("q=isdom", vec![]),
    ] {
        assert_eq!(names(&search(&admin, query, expected.len()).await), expected, "{query}");
    }
    // What is told later is found, too, although it is no news to the customer's own systems.
    let mut later = flat("c2", 60);
    later["call_summary"] = json!("Asked for the invoice");
    customer.webhook(&later).await;
    assert_eq!(names(&search(&admin, "q=invoice", 1).await), ["c2"]);
    assert_problem(&admin.get("/api/calls/search?q=%26%7C").await, 422, "invalid");
    assert_problem(&admin.get("/api/calls/search").await, 422, "invalid");
    assert_problem(&admin.get("/api/calls/search?q=a%00b").await, 422, "invalid");
    let nul = admin.put("/api/calls/c1/assignee", &json!({"user_id": "\0"})).await;
    assert_problem(&nul, 400, "bad-body");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_search_survives_a_restart_and_what_cannot_be_a_word() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    let awkward = format!("{} zebra {}", "x".repeat(5000), "🙂 \u{1F468}\u{200D}\u{1F469} ".repeat(1000));
    customer.webhook(&call("c1", "anonymous", "agent_1", &awkward)).await;
    let app = app.restart().await;
    let customer = app.here(&customer);
    let admin = Visitor::admin(&app, &customer).await;
    assert_eq!(names(&search(&admin, "q=zebra", 1).await), ["c1"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn users_see_the_calls_of_their_agents_and_numbers_and_those_given_to_them() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    for (name, agent) in [("c1", "agent_1"), ("c2", "agent_2"), ("c3", "agent_3")] {
        customer.webhook(&call(name, "+15550100123", agent, "Hello")).await;
    }
    let ben = colleague(&app, &customer, "usr_ben", "user", false).await;
    let eve = colleague(&app, &customer, "usr_eve", "viewer", false).await;
    let all = colleague(&app, &customer, "usr_all", "viewer", true).await;
    let mut sql = app.sql().await;
    for (user, agent) in [("usr_ben", "agent_1"), ("usr_eve", "agent_2")] {
        sqlx::query("insert into user_agents (customer_id, agent_id, user_id) values ($1, $2, $3)")
            .bind(customer.id.0)
            .bind(agent)
            .bind(user)
            .execute(&mut sql)
            .await
            .unwrap();
    }
    let admin = Visitor::admin(&app, &customer).await;
    let seen = async |visitor: &Visitor| names(&visitor.get("/api/calls").await);
    assert_eq!((seen(&ben).await, seen(&eve).await), (vec!["c1".to_owned()], vec!["c2".to_owned()]));
    assert_eq!(seen(&all).await.len(), 3);
    assert_problem(&ben.get("/api/calls/c2").await, 404, "not-found");
    assert_eq!(names(&search(&admin, "q=hello", 3).await).len(), 3);
    assert_eq!(names(&search(&ben, "q=hello", 1).await), ["c1"]);
    let ben_reads = ben.get("/api/calls/c1").await;
    assert!(ben_reads.body.get("cost").is_none(), "costs are the admin's: {}", ben_reads.body);

    // Given to Eve, Ben's call is hers alone.
    assert_problem(
        &ben.put("/api/calls/c1/assignee", &json!({"user_id": "usr_ben"})).await,
        403,
        "not-allowed",
    );
    assert_eq!(admin.put("/api/calls/c1/assignee", &json!({"user_id": "usr_eve"})).await.status, 204);
    assert_eq!(admin.put("/api/calls/c3/assignee", &json!({"user_id": "usr_ben"})).await.status, 204);
    assert_eq!(
        (seen(&ben).await, seen(&eve).await),
        (vec!["c3".to_owned()], vec!["c2".to_owned(), "c1".to_owned()])
    );
    assert_eq!(admin.get("/api/calls/c1").await.field("assignee_id"), &json!("usr_eve"));
    assert_eq!(admin.put("/api/calls/c1/assignee", &json!({"user_id": null})).await.status, 204);
    assert_eq!(seen(&ben).await, ["c3", "c1"]);
    for (path, body, status, kind) in [
        ("/api/calls/c9/assignee", json!({"user_id": null}), 404, "not-found"),
        ("/api/calls/c1/assignee", json!({"user_id": "usr_nobody"}), 422, "invalid"),
        ("/api/calls/c1/assignee", json!({}), 422, "invalid"),
    ] {
        assert_problem(&admin.put(path, &body).await, status, kind);
    }
    let lines = "select count(*) from audit_log where customer_id = $1 and action = 'call.assigned'";
    assert_eq!(app.count(lines, &customer).await, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_does_not_see_all_calls_lists_counts_and_finds_those_that_are_theirs_once_each() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    let odd_agent = r"agent_o'neill\ | '*";
    for (name, agent, number, direction) in [
        ("by_agent", odd_agent, "+15550100100", "inbound"),
        ("by_number", "agent_2", "+15550100200", "inbound"),
        ("by_both", odd_agent, "+15550100200", "inbound"),
        ("to_that_number", "agent_2", "+15550100200", "outbound"),
        ("by_hand", "agent_3", "+15550100300", "inbound"),
        ("given_away", odd_agent, "+15550100200", "inbound"),
        ("foreign", "agent_3", "+15550100300", "inbound"),
    ] {
        let mut body = call(name, "+15550100123", agent, "Hello there");
        (body["to_number"], body["direction"]) = (json!(number), json!(direction));
        if name == "by_number" {
            body["disconnection_reason"] = json!("error_unknown");
            body["call_status"] = json!("error");
        }
        customer.webhook(&body).await;
    }
    let ben = colleague(&app, &customer, "usr_ben", "user", false).await;
    colleague(&app, &customer, "usr_eve", "user", false).await;
    let admin = Visitor::admin(&app, &customer).await;
    // Found before they are given away: the search has to hear of it.
    search(&admin, "q=hello", 7).await;
    let change = json!({"agent_ids": [odd_agent], "numbers": ["+15550100200"]});
    assert_eq!(admin.put("/api/users/usr_ben", &change).await.status, 200);
    for (call, user) in [("by_hand", "usr_ben"), ("given_away", "usr_eve")] {
        assert_eq!(
            admin.put(&format!("/api/calls/{call}/assignee"), &json!({"user_id": user})).await.status,
            204
        );
    }
    let theirs = ["by_hand", "by_both", "by_number", "by_agent"];
    let from = "from=2020-01-01T00:00:00Z&to=2020-02-01T00:00:00Z";
    for (query, expected) in [
        ("".to_owned(), &theirs[..]),
        ("per_page=2".to_owned(), &theirs[..2]),
        ("per_page=2&page=2".to_owned(), &theirs[2..]),
        ("status=failed".to_owned(), &["by_number"]),
        (from.to_owned(), &[]),
    ] {
        let listed = ben.get(&format!("/api/calls?{query}")).await;
        assert_eq!(names(&listed), expected, "{query}");
        let found = search(&ben, &format!("q=hello&{query}"), expected.len()).await;
        assert_eq!(names(&found), expected, "search {query}");
        assert_eq!(listed.field("total"), found.field("total"), "{query}");
    }
    assert_eq!(ben.get("/api/calls").await.field("total"), &json!(4));
    for (name, status) in [("to_that_number", 404), ("given_away", 404), ("by_hand", 200), ("by_both", 200)] {
        assert_eq!(ben.get(&format!("/api/calls/{name}")).await.status, status, "{name}");
    }
    assert_eq!(admin.put("/api/calls/by_hand/assignee", &json!({"user_id": null})).await.status, 204);
    assert_eq!(names(&ben.get("/api/calls").await), &theirs[1..]);
    assert_eq!(names(&ben.get("/api/calls/search?q=hello").await), &theirs[1..]);
}
