//! Recordings are heard through us: in parts, by right or by a link, and never by Retell's own link.
#![expect(clippy::disallowed_types, reason = "the cloud of a test may refuse as it likes")]

use std::convert::Infallible;
use std::future::ready;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use actors::secrets::Purpose;
use axum::Router;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use domain::retell::{Notice, read_notice};
use futures_util::StreamExt;
use futures_util::future::join_all;
use futures_util::stream::{once, pending, repeat};
use jiff::SignedDuration;
use reqwest::Method;
use serde_json::json;
use voice_server::http::server::Server;

use crate::harness::TestApp;
use crate::harness::app::{Answer, Customer, Options, assert_problem};
use crate::harness::retell::flat;
use crate::harness::visitor::Visitor;

/// Recordings that one customer's people hear at once.
const AT_ONCE: usize = 16;
const PATIENCE: Duration = Duration::from_secs(10);
const SOUND: &str = "RIFF and so on, ten times over";

/// The cloud in which recordings lie, and Retell's own API.
struct Cloud {
    address: SocketAddr,
    seen: Arc<Seen>,
    _server: Server,
}

#[derive(Default)]
struct Seen {
    /// Requests for recordings.
    heard: AtomicUsize,
    /// The keys and names with which Retell was asked.
    asked: Mutex<Vec<String>>,
    own: Mutex<String>,
}

impl Cloud {
    async fn start() -> Self {
        let seen = Arc::new(Seen::default());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        *seen.own.lock().unwrap() = format!("http://{address}");
        let router = Router::new()
            .route("/sound/{name}", get(sound))
            .route("/v2/get-call/{id}", get(get_call))
            .with_state(Arc::clone(&seen));
        let server = Server::start(listener, router, 64).expect("a server");
        Self { address, seen, _server: server }
    }

    fn url(&self, name: &str) -> String {
        format!("http://{}/sound/{name}", self.address)
    }

    async fn app(&self) -> TestApp {
        TestApp::with(self.options()).await
    }

    fn options(&self) -> Options {
        Options {
            egress_allow: vec![self.address.to_string()],
            retell_api_base: Some(format!("http://{}/", self.address)),
            ..Options::default()
        }
    }
}

async fn sound(State(seen): State<Arc<Seen>>, Path(name): Path<String>, headers: HeaderMap) -> Response {
    seen.heard.fetch_add(1, Ordering::SeqCst);
    assert!(headers.get("cookie").is_none() && headers.get("authorization").is_none(), "{headers:?}");
    match name.as_str() {
        "expired" => return StatusCode::FORBIDDEN.into_response(),
        "broken" => return StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        "elsewhere" => return (StatusCode::FOUND, [("location", "/sound/good")]).into_response(),
        "endless" => return Body::from_stream(repeat(Ok::<_, Infallible>(vec![0; 1 << 16]))).into_response(),
        "slow" => {
            let first = once(ready(Ok::<_, Infallible>("RI"))).chain(pending());
            return ([("content-type", "audio/wav")], Body::from_stream(first)).into_response();
        }
        "page" => return ([("content-type", "text/html")], "<script>alert(1)</script>").into_response(),
        _ => {}
    }
    let Some(range) = headers.get("range").map(|range| range.to_str().unwrap().to_owned()) else {
        return ([("content-type", "audio/wav"), ("accept-ranges", "bytes")], SOUND).into_response();
    };
    if range == "bytes=9999-" {
        return StatusCode::RANGE_NOT_SATISFIABLE.into_response();
    }
    let (from, to) = range.strip_prefix("bytes=").unwrap().split_once('-').unwrap();
    let (from, to): (usize, usize) = (from.parse().unwrap(), to.parse().unwrap_or(SOUND.len() - 1));
    let headers = [
        ("content-type", "audio/wav".to_owned()),
        ("content-range", format!("bytes {from}-{to}/{}", SOUND.len())),
    ];
    (StatusCode::PARTIAL_CONTENT, headers, Body::from(&SOUND[from..=to])).into_response()
}

async fn get_call(State(seen): State<Arc<Seen>>, Path(id): Path<String>, headers: HeaderMap) -> Response {
    let key = headers["authorization"].to_str().unwrap().to_owned();
    seen.asked.lock().unwrap().push(format!("{key} {id}"));
    let own = seen.own.lock().unwrap().clone();
    match id.as_str() {
        "gone" => StatusCode::NOT_FOUND.into_response(),
        _ => axum::Json(
            json!({"call_id": id, "agent_id": "agent_1", "recording_url": format!("{own}/sound/good")}),
        )
        .into_response(),
    }
}

async fn recorded(customer: &Customer, name: &str, url: &str) -> String {
    let mut body = flat(name, 60);
    body["recording_url"] = json!(url);
    customer.webhook(&body).await.field("call_id").as_str().unwrap().to_owned()
}

async fn hear(visitor: &Visitor, path: &str, range: Option<&str>) -> (u16, HeaderMap, String) {
    let range: Vec<(&str, &str)> = range.map(|range| ("range", range)).into_iter().collect();
    let response = visitor.response(Method::GET, path, None, &range).await;
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    (status, headers, response.text().await.unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recording_is_heard_whole_and_in_parts() {
    let cloud = Cloud::start().await;
    let app = cloud.app().await;
    let customer = app.customer().await;
    let id = recorded(&customer, "c1", &cloud.url("good")).await;
    let admin = Visitor::admin(&app, &customer).await;
    let path = format!("/api/calls/{id}/recording");
    let (status, headers, body) = hear(&admin, &path, None).await;
    assert_eq!((status, body.as_str()), (200, SOUND));
    assert_eq!(headers["content-type"], "audio/wav");
    assert_eq!(headers["content-security-policy"], "default-src 'none'; sandbox");
    assert_eq!(
        (&headers["x-content-type-options"], &headers["cache-control"]),
        (&"nosniff".parse().unwrap(), &"no-store".parse().unwrap())
    );
    assert!(headers.get("content-disposition").is_none());
    let (status, headers, body) = hear(&admin, &path, Some("bytes=5-7")).await;
    assert_eq!((status, body.as_str()), (206, "and"));
    assert_eq!(headers["content-range"], format!("bytes 5-7/{}", SOUND.len()));
    assert_problem(
        &admin.send(Method::GET, &path, None, &[("range", "bytes=9999-")]).await,
        416,
        "no-such-part",
    );
    let (status, _, body) = hear(&admin, &path, Some("bytes=0-1,5-7")).await;
    assert_eq!((status, body.as_str()), (200, SOUND), "several parts are answered whole");
    let (_, headers, _) = hear(&admin, &format!("/api/calls/{id}/download"), None).await;
    assert_eq!(headers["content-disposition"], format!("attachment; filename=\"{id}.wav\""));
    let (_, headers, _) = hear(
        &admin,
        &format!("/api/calls/{}/recording", recorded(&customer, "c2", &cloud.url("page")).await),
        None,
    )
    .await;
    assert_eq!(headers["content-type"], "application/octet-stream", "nothing from there is a page here");
}

#[tokio::test(flavor = "multi_thread")]
async fn playing_is_for_all_who_see_the_call_and_downloading_a_right() {
    let cloud = Cloud::start().await;
    let app = cloud.app().await;
    let customer = app.customer().await;
    let id = recorded(&customer, "c1", &cloud.url("good")).await;
    let mut sql = app.sql().await;
    let mut visitors = Vec::new();
    for (user, role, sees, downloads) in
        [("viewer", "viewer", true, true), ("user", "user", true, false), ("blind", "user", false, true)]
    {
        let insert = "
insert into users (customer_id, id, email, full_name, role, can_view_all_calls, can_download_recordings,
       created_at, updated_at)
values ($1, $2, $2 || '@example.com', $2, $3, $4, $5, now(), now())";
        let insert = sqlx::query(insert).bind(customer.id.0).bind(user).bind(role).bind(sees).bind(downloads);
        insert.execute(&mut sql).await.unwrap();
        visitors.push(Visitor::signed_in(&app, &format!("{user}@example.com")).await);
    }
    let [viewer, user, blind] = visitors.as_slice() else { unreachable!() };
    for path in ["recording", "recording-link"] {
        let path = format!("/api/calls/{id}/{path}");
        assert_eq!(hear(viewer, &path, None).await.0, 200);
        assert_eq!(hear(user, &path, None).await.0, 200);
        assert_problem(&blind.get(&path).await, 404, "not-found");
        assert_problem(&Visitor::of(&app).get(&path).await, 401, "not-signed-in");
    }
    let path = format!("/api/calls/{id}/download");
    assert_problem(&viewer.get(&path).await, 403, "not-allowed");
    assert_problem(&user.get(&path).await, 403, "not-allowed");
    assert_problem(&blind.get(&path).await, 404, "not-found");
    let other = app.customer().await;
    let stranger = Visitor::admin(&app, &other).await;
    assert_problem(&stranger.get(&path).await, 404, "not-found");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_opens_one_recording_for_five_minutes_or_a_day() {
    let cloud = Cloud::start().await;
    let app = cloud.app().await;
    let customer = app.customer().await;
    let id = recorded(&customer, "c1", &cloud.url("good")).await;
    let admin = Visitor::admin(&app, &customer).await;
    let path = |answer: &Answer, field: &str| {
        let url = answer.field(field).as_str().unwrap().to_owned();
        url.strip_prefix(&app.url("")).unwrap_or_else(|| panic!("{url}")).to_owned()
    };
    let short = path(&admin.get(&format!("/api/calls/{id}/recording-link")).await, "url");
    let long = path(&admin.get(&format!("/api/calls/{id}")).await, "recording_url");
    let anybody = Visitor::of(&app);
    for link in [&short, &long] {
        assert_eq!(hear(&anybody, link, Some("bytes=0-3")).await.2, "RIFF");
    }
    let mut forged = long.clone();
    forged.replace_range(forged.len() - 1.., if long.ends_with('a') { "b" } else { "a" });
    assert_problem(&anybody.get(&forged).await, 404, "dead-link");
    app.clock.advance(SignedDuration::from_mins(5));
    assert_problem(&anybody.get(&short).await, 404, "dead-link");
    assert_eq!(hear(&anybody, &long, None).await.0, 200);
    app.clock.advance(SignedDuration::from_hours(24));
    assert_problem(&anybody.get(&long).await, 404, "dead-link");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_link_is_asked_for_anew_once_with_the_customers_key() {
    let cloud = Cloud::start().await;
    let app = cloud.app().await;
    let customer = app.customer().await;
    let admin = Visitor::admin(&app, &customer).await;
    let expired = recorded(&customer, "a/../b?c", &cloud.url("expired")).await;
    let path = format!("/api/calls/{expired}/recording");
    assert_problem(&admin.get(&path).await, 502, "recording-gone");
    assert!(cloud.seen.asked.lock().unwrap().is_empty(), "there is no key to ask with");

    app.tenant(&customer).await.add_credential(Purpose::RetellKey, "key_of_ada").await.unwrap();
    let (status, _, body) = hear(&admin, &path, None).await;
    assert_eq!((status, body.as_str()), (200, SOUND));
    assert_eq!(*cloud.seen.asked.lock().unwrap(), ["Bearer key_of_ada a/../b?c"]);
    assert_eq!(cloud.seen.heard.load(Ordering::SeqCst), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_fetched_is_a_clear_problem_that_names_no_address() {
    let cloud = Cloud::start().await;
    let app = cloud.app().await;
    let customer = app.customer().await;
    let admin = Visitor::admin(&app, &customer).await;
    let mut body = flat("silent", 60);
    body.as_object_mut().unwrap().remove("recording_url");
    let nothing = customer.webhook(&body).await.field("call_id").as_str().unwrap().to_owned();
    let silent = admin.get(&format!("/api/calls/{nothing}/recording")).await;
    assert_problem(&silent, 404, "not-found");
    assert_problem(&admin.get(&format!("/api/calls/{nothing}/recording-link")).await, 404, "not-found");
    for (name, url, kind) in [
        ("broken", cloud.url("broken"), "recording-unreachable"),
        ("elsewhere", cloud.url("elsewhere"), "recording-unreachable"),
        ("inside", "http://169.254.169.254/latest/meta-data".to_owned(), "recording-gone"),
        ("local", "https://localhost/secret".to_owned(), "recording-gone"),
        ("nonsense", "not an address".to_owned(), "recording-gone"),
    ] {
        let id = recorded(&customer, name, &url).await;
        let answer = admin.get(&format!("/api/calls/{id}/recording")).await;
        assert_problem(&answer, 502, kind);
        assert!(!answer.body.to_string().contains("http"), "{}", answer.body);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_platforms_key_fetches_nothing_that_is_another_customers() {
    let cloud = Cloud::start().await;
    let app = TestApp::with(Options {
        egress_allow: vec![cloud.address.to_string()],
        retell_api_base: Some(format!("http://{}", cloud.address)),
        retell_api_key: Some("key_of_the_platform"),
        ..Options::default()
    })
    .await;
    let (ada, eve) = (app.customer().await, app.customer().await);
    app.app.backend().store.bind_agent("agent_1", ada.id).await.unwrap();
    for (customer, status) in [(&ada, 200), (&eve, 502)] {
        // As a body that the customer has signed with a key of its own could say.
        let mut body = flat("c1", 60);
        body["recording_url"] = json!(cloud.url("expired"));
        let Ok(Notice::Finished(report)) = read_notice(&body) else { panic!("a call that ended") };
        let call = app.tenant(customer).await.record_call(*report).await.unwrap().call_id;
        let admin = Visitor::admin(&app, customer).await;
        assert_eq!(hear(&admin, &format!("/api/calls/{call}/recording"), None).await.0, status);
    }
    assert_eq!(cloud.seen.asked.lock().unwrap().len(), 2);
}

/// Begins to listen so many times; nobody reads more than the head.
async fn begin(visitor: &Visitor, path: &str, times: usize) -> Vec<reqwest::Response> {
    let begun = join_all((0..times).map(|_| visitor.response(Method::GET, path, None, &[]))).await;
    assert!(begun.iter().all(|response| response.status().as_u16() == 200));
    begun
}

/// Asks until there is a place to listen.
async fn until_heard(visitor: &Visitor, path: &str) {
    let begun = Instant::now();
    loop {
        match hear(visitor, path, None).await.0 {
            200 => return,
            status => assert!(begun.elapsed() < PATIENCE, "after {PATIENCE:?} still {status}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sixteen_of_a_customer_listen_at_once_and_others_have_places_of_their_own() {
    let cloud = Cloud::start().await;
    let app = cloud.app().await;
    let (busy, calm) = (app.customer().await, app.customer().await);
    let slow = recorded(&busy, "c1", &cloud.url("slow")).await;
    let good = recorded(&busy, "c2", &cloud.url("good")).await;
    let theirs = recorded(&calm, "c1", &cloud.url("good")).await;
    let (admin, neighbour) = (Visitor::admin(&app, &busy).await, Visitor::admin(&app, &calm).await);
    let listeners = begin(&admin, &format!("/api/calls/{slow}/recording"), AT_ONCE).await;
    let good = format!("/api/calls/{good}/recording");
    let link = admin.get(&format!("{good}-link")).await.field("url").as_str().unwrap().to_owned();
    let link = link.strip_prefix(&app.url("")).unwrap();
    for path in [good.as_str(), link] {
        let refused = admin.get(path).await;
        assert_problem(&refused, 503, "overloaded");
        assert_eq!(refused.headers["retry-after"], "1");
    }
    assert_eq!(hear(&neighbour, &format!("/api/calls/{theirs}/recording"), None).await.0, 200);
    drop(listeners);
    until_heard(&admin, &good).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_stops_listening_loses_the_place_and_is_not_told_that_this_was_all() {
    let cloud = Cloud::start().await;
    let listener_idle = Some(Duration::from_millis(100));
    let app = TestApp::with(Options { listener_idle, ..cloud.options() }).await;
    let customer = app.customer().await;
    let endless = recorded(&customer, "c1", &cloud.url("endless")).await;
    let slow = recorded(&customer, "c2", &cloud.url("slow")).await;
    let good = recorded(&customer, "c3", &cloud.url("good")).await;
    let admin = Visitor::admin(&app, &customer).await;
    // Those wait for the next piece, which is another thing than not to take it.
    let mut waiting = begin(&admin, &format!("/api/calls/{slow}/recording"), AT_ONCE - 1).await;
    let stopped = begin(&admin, &format!("/api/calls/{endless}/recording"), 1).await.remove(0);
    until_heard(&admin, &format!("/api/calls/{good}/recording")).await;
    assert_eq!(waiting[0].chunk().await.unwrap().unwrap(), "RI");
    // What was on its way still comes, and then no good end.
    let rest = tokio::time::timeout(PATIENCE, stopped.bytes()).await.expect("it ends");
    assert!(rest.is_err(), "an endless recording came to its end");
}
