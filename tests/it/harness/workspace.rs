//! Retell's own API as far as the platform asks it: the list of calls, and each call whole.
#![expect(clippy::disallowed_types, reason = "another company may answer as it likes")]

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use voice_server::http::server::Server;

use super::app::Options;
use super::retell::event;

/// Calls on a page: few, so that tests see several pages.
pub const PAGE: usize = 2;

/// A running Retell with any number of workspaces, each opened by its key.
pub struct Retell {
    address: SocketAddr,
    desk: Arc<Desk>,
    _server: Server,
}

#[derive(Default)]
struct Desk {
    calls: Mutex<HashMap<String, Vec<Value>>>,
    /// Calls that cannot be fetched, with the status.
    broken: Mutex<HashMap<String, u16>>,
    /// What is said of a call instead.
    said: Mutex<HashMap<String, String>>,
    /// The status with which a workspace is refused.
    refused: Mutex<HashMap<String, u16>>,
    /// Paths and bodies, as they came.
    asked: Mutex<Vec<(String, Value)>>,
}

impl Retell {
    pub async fn start() -> Self {
        let desk = Arc::new(Desk::default());
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("its address");
        let router = Router::new()
            .route("/v3/list-calls", post(list))
            .route("/v2/get-call/{id}", get(call))
            .with_state(Arc::clone(&desk));
        let server = Server::start(listener, router, 64).expect("a server");
        Self { address, desk, _server: server }
    }

    /// A platform that asks here.
    pub fn options(&self) -> Options {
        Options {
            retell_api_base: Some(format!("http://{}", self.address)),
            egress_allow: vec![self.address.to_string()],
            ..Options::default()
        }
    }

    /// A call of a minute that has ended and was analysed: as its event would have had it.
    pub fn has(&self, key: &str, call_id: &str) -> Value {
        let call = event("call_analyzed", call_id, 60_000)["call"].clone();
        self.has_so(key, call.clone());
        call
    }

    /// The same, as it is given.
    pub fn has_so(&self, key: &str, call: Value) {
        self.desk.calls.lock().unwrap().entry(key.to_owned()).or_default().push(call);
    }

    /// Answers with this status when it is asked for this call; 200 mends it.
    pub fn breaks(&self, call_id: &str, status: u16) {
        self.desk.broken.lock().unwrap().insert(call_id.to_owned(), status);
    }

    /// Says this when it is asked for this call.
    pub fn says(&self, call_id: &str, body: &str) {
        self.desk.said.lock().unwrap().insert(call_id.to_owned(), body.to_owned());
    }

    /// Answers whoever has this key with this status; 200 mends it.
    pub fn refuses(&self, key: &str, status: u16) {
        self.desk.refused.lock().unwrap().insert(key.to_owned(), status);
    }

    /// The calls that were asked for by name, in order, and forgets them.
    pub fn fetched(&self) -> Vec<String> {
        let asked = std::mem::take(&mut *self.desk.asked.lock().unwrap());
        let mut names: Vec<String> =
            asked.into_iter().filter_map(|(path, _)| Some(path.strip_prefix("get ")?.to_owned())).collect();
        names.sort();
        names
    }

    /// The wishes for pages so far, and forgets what was asked.
    pub fn pages(&self) -> Vec<Value> {
        let asked = std::mem::take(&mut *self.desk.asked.lock().unwrap());
        asked.into_iter().filter(|(path, _)| path == "list").map(|(_, wish)| wish).collect()
    }
}

fn key_of(headers: &HeaderMap) -> String {
    let authorization = headers["authorization"].to_str().expect("a text");
    authorization.strip_prefix("Bearer ").expect("a bearer").to_owned()
}

async fn list(State(desk): State<Arc<Desk>>, headers: HeaderMap, body: Bytes) -> Response {
    let wish: Value = serde_json::from_slice(&body).expect("JSON");
    desk.asked.lock().unwrap().push(("list".to_owned(), wish.clone()));
    let key = key_of(&headers);
    if let Some(status) = desk.refused.lock().unwrap().get(&key).filter(|status| **status != 200) {
        return StatusCode::from_u16(*status).unwrap().into_response();
    }
    let criteria = &wish["filter_criteria"];
    assert_eq!(wish["sort_order"], "ascending");
    assert_eq!(
        (&criteria["start_timestamp"]["type"], &criteria["start_timestamp"]["op"]),
        (&json!("range"), &json!("bt"))
    );
    let bound = |at: usize| criteria["start_timestamp"]["value"][at].as_i64().expect("milliseconds");
    let states = criteria["call_status"]["value"].as_array().expect("states");
    let is_wanted = |call: &&Value| {
        let start = call["start_timestamp"].as_i64().expect("milliseconds");
        (bound(0)..=bound(1)).contains(&start) && states.contains(&call["call_status"])
    };
    let calls = desk.calls.lock().unwrap();
    let mut found: Vec<Value> = calls.get(&key).into_iter().flatten().filter(is_wanted).cloned().collect();
    found.sort_by_key(|call| call["start_timestamp"].as_i64());
    let from: usize = wish["pagination_key"].as_str().map_or(0, |key| key.parse().expect("one of ours"));
    let has_more = found.len() > from + PAGE;
    let items: Vec<Value> = found.into_iter().skip(from).take(PAGE).map(without_conversation).collect();
    let mut answer = json!({"items": items, "has_more": has_more});
    if has_more {
        answer["pagination_key"] = json!((from + PAGE).to_string());
    }
    axum::Json(answer).into_response()
}

/// The list leaves these out.
fn without_conversation(mut call: Value) -> Value {
    for name in ["transcript", "transcript_object", "transcript_with_tool_calls", "recording_url"] {
        call.as_object_mut().expect("an object").remove(name);
    }
    call
}

async fn call(State(desk): State<Arc<Desk>>, Path(id): Path<String>, headers: HeaderMap) -> Response {
    desk.asked.lock().unwrap().push((format!("get {id}"), Value::Null));
    if let Some(status) = desk.broken.lock().unwrap().get(&id).filter(|status| **status != 200) {
        return StatusCode::from_u16(*status).unwrap().into_response();
    }
    if let Some(said) = desk.said.lock().unwrap().get(&id) {
        return said.clone().into_response();
    }
    let calls = desk.calls.lock().unwrap();
    let found = calls.get(&key_of(&headers)).into_iter().flatten().find(|call| call["call_id"] == id);
    match found {
        Some(call) => axum::Json(call.clone()).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}
