//! Every route of the document × everybody who could ask × own, foreign and absent names.
//!
//! The list of routes is the router's own: a route without a row below fails. Rights come before
//! names: who may not do a thing learns nothing about what there is.

mod cast;
mod rows;

use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::TestApp;
use crate::harness::visitor::Visitor;
use cast::{Cast, Who};
use rows::{BY_SESSION_ONLY, ROWS, Row, Subject};

/// `GET /api/calls/{id}`, of every route the document describes.
async fn routes(app: &TestApp) -> BTreeSet<String> {
    let document = Visitor::of(app).get("/api/openapi.json").await;
    assert_eq!(document.field("openapi").as_str().unwrap().split('.').next(), Some("3"));
    let paths = document.field("paths").as_object().unwrap();
    let methods = ["get", "post", "put", "delete", "patch"];
    let of_path = |(path, item): (&String, &Value)| {
        let item = item.as_object().unwrap().clone();
        let path = path.clone();
        item.into_iter()
            .filter(move |(method, _)| methods.contains(&method.as_str()))
            .map(move |(method, _)| format!("{} {path}", method.to_uppercase()))
    };
    paths.iter().flat_map(of_path).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_route_has_a_row_and_every_row_a_route() {
    let app = TestApp::start().await;
    let rows: BTreeSet<String> = ROWS.iter().map(|row| row.route.to_owned()).collect();
    assert_eq!(rows.len(), ROWS.len(), "a route has one row");
    assert_eq!(rows, routes(&app).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn everybody_may_do_exactly_what_the_rows_say() {
    let app = TestApp::start().await;
    let cast = Cast::gather(&app).await;
    let mut wrong = Vec::new();
    for row in ROWS {
        for who in Who::ALL {
            let path = cast.own(row, who).await;
            let got = ask(&cast, row, who, &path).await;
            let expected = row.expected(who);
            if !agrees(&got, expected) {
                wrong.push(format!("{} as {who:?}: {got:?} instead of {expected:?}", row.route));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    assert_eq!(app.findings().await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_anothers_is_not_there_and_neither_is_what_nobody_has() {
    let app = TestApp::start().await;
    let cast = Cast::gather(&app).await;
    let mut wrong = Vec::new();
    for row in ROWS.iter().filter(|row| row.subject != Subject::None) {
        for who in Who::ALL {
            for (whose, path) in [("foreign", cast.foreign(row)), ("absent", cast.absent(row))] {
                if who == Who::Stranger && whose == "foreign" {
                    // Their own. That ours are not there for them the other test has shown.
                    continue;
                }
                let got = ask(&cast, row, who, &path).await;
                let expected = match row.expected(who) {
                    (200..300 | 502, _) => (404, ""),
                    refused => refused,
                };
                if !agrees(&got, expected) {
                    wrong.push(format!("{} {whose} as {who:?}: {got:?} instead of {expected:?}", row.route));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_may_do_what_its_user_may_but_make_no_other_token() {
    let app = TestApp::start().await;
    let cast = Cast::gather(&app).await;
    let made = cast.visitor(Who::Admin).post("/api/auth/tokens", &json!({"name": "all"})).await;
    let program = Visitor::with_token(&app, made.field("secret").as_str().unwrap());
    let document = program.get("/api/openapi.json").await.body;
    let mut wrong = Vec::new();
    for row in ROWS {
        let path = cast.own(row, Who::Admin).await;
        let got = ask_as(&program, &cast, row, &path).await;
        let is_by_session_only = BY_SESSION_ONLY.contains(&row.route);
        let expected = if is_by_session_only { (403, "session-needed") } else { row.expected(Who::Admin) };
        if !agrees(&got, expected) {
            wrong.push(format!("{} by token: {got:?} instead of {expected:?}", row.route));
        }
        let (method, path) = row.route.split_once(' ').unwrap();
        let operation = &document["paths"][path][method.to_lowercase()];
        if is_by_session_only {
            assert_eq!(operation["security"], json!([{"session": []}]), "{}", row.route);
            assert!(operation["responses"]["403"].is_object(), "{}", row.route);
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// The status, and the kind of the problem where there is one.
async fn ask(cast: &Cast<'_>, row: &Row, who: Who, path: &str) -> (u16, String) {
    ask_as(cast.visitor(who), cast, row, path).await
}

async fn ask_as(visitor: &Visitor, cast: &Cast<'_>, row: &Row, path: &str) -> (u16, String) {
    let (method, _) = row.route.split_once(' ').unwrap();
    let method: Method = method.parse().unwrap();
    let body = row.body.map(|body| serde_json::from_str::<Value>(&cast.filled(body)).unwrap());
    let response = visitor.response(method, path, body.as_ref(), &[]).await;
    let status = response.status().as_u16();
    let text = response.text().await.unwrap();
    let problem: Value = serde_json::from_str(&text).unwrap_or_default();
    let kind = problem["type"].as_str().and_then(|kind| kind.strip_prefix("urn:voice:problem:"));
    (status, kind.unwrap_or_default().to_owned())
}

fn agrees(got: &(u16, String), expected: (u16, &str)) -> bool {
    got.0 == expected.0 && (expected.1.is_empty() || got.1 == expected.1)
}
