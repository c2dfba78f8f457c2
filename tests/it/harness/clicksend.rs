//! ClickSend as far as the platform sees it: takes text messages or refuses them, and calls back.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use voice_server::http::server::Server;

use super::app::{Answer, Options, TestApp};

/// What becomes of messages.
#[derive(Debug, Clone, Copy)]
pub enum Mode {
    /// They are taken.
    Accept,
    /// Each is refused with this word, in an answer of status 200.
    Refuse(&'static str),
    /// The request is refused with this status.
    Status(u16),
    /// Nobody answers.
    Hang,
    /// Something that is not ClickSend answers 200.
    Nonsense,
}

/// A message as ClickSend was given it.
#[derive(Debug, Clone)]
pub struct Sent {
    pub to: String,
    pub body: String,
    /// `custom_string`.
    pub reference: String,
    pub from: Option<String>,
    pub authorization: String,
    /// ClickSend's name for it.
    pub provider_id: String,
}

/// A running ClickSend.
pub struct ClickSend {
    address: SocketAddr,
    desk: Arc<Desk>,
    _server: Server,
}

struct Desk {
    mode: Mutex<Mode>,
    sent: Mutex<Vec<Sent>>,
}

impl ClickSend {
    pub async fn start() -> Self {
        let desk = Arc::new(Desk { mode: Mutex::new(Mode::Accept), sent: Mutex::default() });
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("its address");
        let router = Router::new().route("/v3/sms/send", post(send)).with_state(Arc::clone(&desk));
        let server = Server::start(listener, router, 64).expect("a server");
        Self { address, desk, _server: server }
    }

    /// For `CLICKSEND_API_BASE`.
    pub fn base(&self) -> String {
        format!("http://{}", self.address)
    }

    /// For `EGRESS_ALLOW`.
    pub fn host(&self) -> String {
        self.address.to_string()
    }

    /// A platform with an account here.
    pub fn options(&self) -> Options {
        Options {
            clicksend_api_base: Some(self.base()),
            egress_allow: vec![self.host()],
            ..Options::default()
        }
    }

    /// From now on.
    pub fn will(&self, mode: Mode) {
        *self.desk.mode.lock().expect("no panic under the lock") = mode;
    }

    /// What was taken so far.
    pub fn sent(&self) -> Vec<Sent> {
        self.desk.sent.lock().expect("no panic under the lock").clone()
    }
}

async fn send(State(desk): State<Arc<Desk>>, headers: HeaderMap, body: Bytes) -> Response {
    let mode = *desk.mode.lock().expect("no panic under the lock");
    let word = match mode {
        Mode::Accept => "SUCCESS",
        Mode::Refuse(word) => word,
        Mode::Status(status) => {
            return StatusCode::from_u16(status).expect("a status").into_response();
        }
        Mode::Hang => std::future::pending().await,
        Mode::Nonsense => return "<html>Sign in to this network</html>".into_response(),
    };
    let said: Value = serde_json::from_slice(&body).expect("JSON");
    let text = |message: &Value, name: &str| message[name].as_str().expect("a text").to_owned();
    let mut sent = desk.sent.lock().expect("no panic under the lock");
    let mut answers = Vec::new();
    for message in said["messages"].as_array().expect("messages") {
        let provider_id = format!("1EF2D909-{:04}", sent.len());
        answers.push(json!({
            "to": message["to"], "body": message["body"], "custom_string": message["custom_string"],
            "message_id": provider_id, "message_parts": 2, "message_price": "0.0790", "status": word,
        }));
        if word == "SUCCESS" {
            sent.push(Sent {
                to: text(message, "to"),
                body: text(message, "body"),
                reference: text(message, "custom_string"),
                from: message["from"].as_str().map(str::to_owned),
                authorization: headers["authorization"].to_str().expect("a text").to_owned(),
                provider_id,
            });
        }
    }
    let answer = json!({
        "http_code": 200, "response_code": "SUCCESS", "response_msg": "Messages queued for delivery.",
        "data": {"total_count": answers.len(), "messages": answers},
    });
    axum::Json(answer).into_response()
}

/// Calls the platform as ClickSend's automations do, with a form; `kind` is `inbound` or `receipt`.
pub async fn call_back(app: &TestApp, kind: &str, fields: &[(&str, &str)]) -> Answer {
    let form = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    call_back_with(app, kind, "application/x-www-form-urlencoded", form).await
}

/// The same with any body.
pub async fn call_back_with(
    app: &TestApp,
    kind: &str,
    content_type: &str,
    body: impl Into<Vec<u8>>,
) -> Answer {
    let token = app.app.backend().vault.clicksend_token();
    let url = app.url(&format!("/api/v1/clicksend/{kind}/{token}"));
    let request = app.http.post(url).header("content-type", content_type).body(body.into());
    Answer::of(request.send().await.expect("an answer")).await
}
