//! The API's document and its page: every route is in them, and they keep their promises.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::app::{TestApp, assert_problem};
use crate::harness::visitor::Visitor;

/// Routes under `/api` that are not for a business's developer: the document itself, and what Retell and ClickSend call.
const NOT_IN_THE_DOCUMENT: [&str; 10] = [
    "/api/openapi.json",
    "/api/docs",
    "/api/v1/webhook/retell/{api_key}",
    "/api/v1/webhook/retell/{api_key}/inbound",
    "/api/v1/function/availability/{api_key}",
    "/api/v1/function/book/{api_key}",
    "/api/v1/function/lookup/{api_key}",
    "/api/v1/webhook/stripe",
    "/api/v1/clicksend/inbound/{token}",
    "/api/v1/clicksend/receipt/{token}",
];

/// What nobody needs to be signed in for.
const PUBLIC: [&str; 5] = ["requestSignInLink", "lookAtSignInLink", "signIn", "signOut", "listenByLink"];

/// Kinds of problems that only Retell's own URLs answer with.
const NOT_OF_THE_API: [&str; 1] = ["bad-signature"];

async fn document(app: &TestApp) -> Value {
    let answer = Visitor::of(app).get("/api/openapi.json").await;
    assert_eq!((answer.status, &answer.headers["content-type"]), (200, &"application/json".parse().unwrap()));
    answer.body
}

/// Every operation: method, path, what is said of it.
fn operations(document: &Value) -> Vec<(&str, &str, &Value)> {
    let paths = document["paths"].as_object().expect("paths").iter();
    paths
        .flat_map(|(path, item)| {
            let methods = item.as_object().expect("operations").iter();
            methods.map(move |(method, operation)| (method.as_str(), path.as_str(), operation))
        })
        .collect()
}

/// The text of every source file under `src/http`, by its name.
fn sources() -> Vec<(String, String)> {
    let (mut folders, mut found) = (vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src/http")], Vec::new());
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push((path.display().to_string(), fs::read_to_string(&path).unwrap()));
            }
        }
    }
    assert!(found.len() > 20, "the sources are somewhere else");
    found
}

#[test]
fn a_route_under_api_is_made_from_its_documentation() {
    for (file, text) in sources() {
        // However a router takes a route, its path follows.
        for call in [".route(", ".nest(", ".route_service(", ".nest_service("] {
            for (at, _) in text.match_indices(call) {
                let rest = text[at + call.len()..].trim_start();
                let path = rest.strip_prefix('"').and_then(|rest| rest.split_once('"'));
                let Some((path, _)) = path else {
                    panic!("{file}: {call} without a path that can be read here")
                };
                assert!(
                    !path.starts_with("/api") || NOT_IN_THE_DOCUMENT.contains(&path),
                    "{file}: {path} is not in the document; make it by `routes!` in src/http/api/mod.rs"
                );
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_documented_handler_is_in_the_router_and_in_the_document() {
    let app = TestApp::start().await;
    let document = document(&app).await;
    let mut stated = BTreeSet::new();
    for (file, text) in sources() {
        for (at, start) in text.match_indices("#[utoipa::path(") {
            let rest = &text[at + start.len()..];
            let method = rest.trim_start().split(',').next().unwrap().trim();
            let path = rest.split_once("path = \"").and_then(|(_, rest)| rest.split_once('"')).unwrap().0;
            assert!(
                document["paths"][path][method].is_object(),
                "{file}: {method} {path} is in no `routes!`"
            );
            stated.insert((method.to_owned(), path.to_owned()));
        }
    }
    let all: BTreeSet<_> = operations(&document)
        .into_iter()
        .map(|(method, path, _)| (method.to_owned(), path.to_owned()))
        .collect();
    assert_eq!(stated, all);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_operation_is_there_for_an_admin_and_only_public_ones_for_nobody() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    let admin = Visitor::admin(&app, &customer).await;
    let token = admin.post("/api/auth/tokens", &json!({"name": "all"})).await;
    let program = Visitor::with_token(&app, token.field("secret").as_str().unwrap());
    let document = document(&app).await;
    for (method, path, operation) in operations(&document) {
        let address: String = path
            .split('/')
            .map(|segment| if segment.starts_with('{') { "9999999" } else { segment })
            .collect::<Vec<_>>()
            .join("/");
        let body = operation.get("requestBody").map(|_| json!({}));
        let method = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
        let answer = program.send(method.clone(), &address, body.as_ref(), &[]).await;
        let said = format!("{method} {address}: {} {}", answer.status, answer.body);
        if operation["tags"][0] == "Platform" {
            // Of a body that makes no sense it is said so first.
            assert!([403, 422].contains(&answer.status), "{said}");
        } else {
            assert!(answer.status < 500 && ![401, 403, 405].contains(&answer.status), "{said}");
        }
        assert_ne!(answer.body["detail"], "there is nothing at this address", "{said}");
        let name = operation["operationId"].as_str().unwrap();
        let answer = Visitor::of(&app).send(method, &address, body.as_ref(), &[]).await;
        if PUBLIC.contains(&name) {
            assert_ne!(answer.status, 401, "{name}");
        } else {
            assert_problem(&answer, 401, "not-signed-in");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_document_says_everything_that_a_client_needs() {
    let app = TestApp::start().await;
    let document = document(&app).await;
    assert_eq!(document["openapi"], "3.1.0");
    assert_eq!(document["servers"][0]["url"], app.url(""));
    assert_eq!(document["info"]["title"], "Voice <Test> Platform API");
    let tags: Vec<&str> =
        document["tags"].as_array().unwrap().iter().map(|tag| tag["name"].as_str().unwrap()).collect();
    let mut names = BTreeSet::new();
    for (method, path, operation) in operations(&document) {
        let name = operation["operationId"].as_str().unwrap_or_default();
        assert!(name.bytes().all(|byte| byte.is_ascii_alphanumeric()), "{method} {path}: {name:?}");
        assert!(names.insert(name), "{name} is the name of two operations: give one an `operation_id`");
        assert!(!operation["summary"].as_str().unwrap_or_default().is_empty(), "{name} has no summary");
        let tag = operation["tags"][0].as_str().unwrap_or_default();
        assert!(
            tags.contains(&tag),
            "{name} is in {tag:?}, which src/http/api/document.rs does not describe"
        );
        assert_eq!(operation["security"].is_array(), !PUBLIC.contains(&name), "{name}: may anybody do this?");
        let answers = operation["responses"].as_object().unwrap();
        assert!(answers.keys().any(|status| status.starts_with('2')), "{name} never succeeds");
        for status in ["4XX", "5XX"] {
            let schema = &answers[status]["content"]["application/problem+json"]["schema"]["$ref"];
            assert_eq!(schema, "#/components/schemas/Problem", "{name} {status}");
        }
        for (status, answer) in answers {
            assert!(!answer["description"].as_str().unwrap_or_default().is_empty(), "{name} {status}");
        }
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            assert!(!parameter["schema"]["type"].is_array(), "{name}: {} may be null", parameter["name"]);
        }
        if let Some(body) = operation["requestBody"]["content"].get("application/json") {
            let schema = resolved(&document, &body["schema"]);
            assert_eq!(schema["additionalProperties"], false, "{name} takes unknown fields");
        }
    }
    let mut references = Vec::new();
    collect_references(&document, &mut references);
    for reference in references {
        assert!(document.pointer(&reference[1..]).is_some(), "there is no {reference}");
    }
}

fn resolved<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    let reference = schema["$ref"].as_str();
    reference.map_or(schema, |reference| document.pointer(&reference[1..]).expect("a schema"))
}

fn collect_references<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
    match value {
        Value::Object(object) => {
            found.extend(object.get("$ref").and_then(Value::as_str));
            object.values().for_each(|value| collect_references(value, found));
        }
        Value::Array(items) => items.iter().for_each(|value| collect_references(value, found)),
        _ => {}
    }
}

#[test]
fn every_kind_of_problem_is_explained() {
    let (_, text) = sources().into_iter().find(|(file, _)| file.ends_with("http/problem.rs")).unwrap();
    let explained: BTreeSet<&str> =
        voice_server::http::problem::kinds::KINDS.iter().map(|kind| kind.name).collect();
    let mut found = 0;
    for line in text.lines().filter(|line| line.contains("StatusCode::") && line.contains('"')) {
        let kind = line.split('"').nth(1).unwrap();
        assert!(
            explained.contains(kind) || NOT_OF_THE_API.contains(&kind),
            "{kind} is not in src/http/problem/kinds.rs"
        );
        found += 1;
    }
    assert!(found > 20, "problems are made in another way now");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_shows_the_whole_document_without_a_script() {
    let app = TestApp::start().await;
    let visitor = Visitor::of(&app);
    let response = visitor.response(Method::GET, "/api/docs", None, &[]).await;
    let policy = response.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(
        policy.starts_with("default-src 'none';") && policy.contains("frame-ancestors 'none'"),
        "{policy}"
    );
    let page = response.text().await.unwrap();
    let document = document(&app).await;
    for (_, _, operation) in operations(&document) {
        let anchor = format!("id=\"{}\"", operation["operationId"].as_str().unwrap());
        assert_eq!(page.matches(&anchor).count(), 1, "{anchor}");
    }
    for name in document["components"]["schemas"].as_object().unwrap().keys() {
        assert_eq!(page.matches(&format!("id=\"schema-{name}\"")).count(), 1, "{name}");
    }
    // Every link on the page leads somewhere on it.
    for link in page.split("href=\"#").skip(1).map(|rest| rest.split('"').next().unwrap()) {
        assert!(page.contains(&format!("id=\"{link}\"")), "#{link} leads nowhere");
    }
    assert!(page.contains("Voice &lt;Test&gt; Platform") && !page.contains("<Test>"), "not escaped");
    for foreign in ["<script", "<link", "<img", "<iframe", " src=", " style=", " onclick="] {
        assert!(!page.contains(foreign), "{foreign} on the page");
    }
    assert!(page.contains("curl -sS -X POST &#39;") || page.contains("curl -sS -X POST '"), "no line to try");
    let (_, home) = visitor.page("/login").await;
    assert!(home.contains("href=\"/api/docs\""), "{home}");
}
