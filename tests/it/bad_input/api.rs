//! Our own API, asked in ways its document does not know: every answer is a problem.

use reqwest::{Method, RequestBuilder};

use super::*;
use crate::harness::visitor::Visitor;

/// A body that is wrong before anybody reads it, and the answer to it.
type Wrong = (fn(RequestBuilder) -> RequestBuilder, u16, &'static str);

const BODIES: [Wrong; 4] = [
    (|request| request, 415, "not-json"),
    (|request| request.header("content-type", "text/plain").body("{}"), 415, "not-json"),
    (|request| says_nothing(request).body("{"), 400, "bad-body"),
    (|request| says_nothing(request).header("content-encoding", "gzip"), 415, "compressed-body"),
];

/// An object without a field.
fn says_nothing(request: RequestBuilder) -> RequestBuilder {
    request.header("content-type", "application/json").body("{}")
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_wrong_with_a_request_to_the_api_its_answer_is_a_problem() {
    let app = TestApp::start().await;
    let customer = app.customer().await;
    let admin = Visitor::admin(&app, &customer).await;
    let token = admin.post("/api/auth/tokens", &json!({"name": "all"})).await;
    let bearer = format!("Bearer {}", token.field("secret").as_str().unwrap());
    let document = admin.get("/api/openapi.json").await.body;
    let ask = async |method: &Method, path: &str, wrong: fn(RequestBuilder) -> RequestBuilder| {
        let request = app.http.request(method.clone(), app.url(path)).header("authorization", &bearer);
        Answer::of(wrong(request).send().await.expect("an answer")).await
    };
    for (path, operations) in document["paths"].as_object().unwrap() {
        let brewed = ask(&Method::from_bytes(b"BREW").unwrap(), &named(path, "x"), |request| request).await;
        assert_problem(&brewed, 405, "method-not-allowed");
        let allowed = brewed.headers["allow"].to_str().unwrap().to_owned();
        for (method, operation) in operations.as_object().unwrap() {
            let method: Method = method.to_uppercase().parse().unwrap();
            assert!(allowed.split(',').any(|one| one == method.as_str()), "{path}: {allowed}");
            if path.contains('{') {
                let no_text = named(path, "%ff");
                assert_problem(&ask(&method, &no_text, says_nothing).await, 404, "not-found");
            }
            // A picture is no JSON, and is about the platform.
            let takes_json = operation["requestBody"]["content"]["application/json"].is_object();
            if takes_json {
                let path = named(path, "1");
                // The first says nothing at all, which some may.
                let may_say_nothing = operation["requestBody"]["required"] != true;
                for (wrong, status, kind) in BODIES.into_iter().skip(may_say_nothing.into()) {
                    assert_problem(&ask(&method, &path, wrong).await, status, kind);
                }
                // Announced and not sent: who is refused while sending may never hear why.
                let more = format!("authorization: {bearer}\r\ncontent-length: 70000\r\n");
                let announced = String::from_utf8(head(&path, &more)).unwrap();
                let announced = announced.replacen("POST", method.as_str(), 1);
                assert_problem(&send_raw(&app, announced.as_bytes()).await, 413, "body-too-large");
            }
            let takes_pages = operation["parameters"]
                .as_array()
                .is_some_and(|parameters| parameters.iter().any(|parameter| parameter["name"] == "page"));
            if takes_pages {
                let answer = ask(&method, &format!("{path}?page=x"), |request| request).await;
                assert_problem(&answer, 422, "invalid");
            }
        }
    }
    for nothing in ["/api", "/api/", "/api/nothing", "/api/calls/", "/api/calls/call_1/nothing"] {
        assert_problem(&admin.get(nothing).await, 404, "not-found");
    }
}

/// A path of the document, with this for each of its names.
fn named(path: &str, name: &str) -> String {
    let parts = path.split('/').map(|part| if part.starts_with('{') { name } else { part });
    parts.collect::<Vec<_>>().join("/")
}
