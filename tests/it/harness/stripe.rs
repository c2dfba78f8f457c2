//! Stripe as far as the platform sees it: makes pages to pay on or refuses to, and tells of payments.

use std::collections::HashMap;
use std::io::Write;
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, Stdio};
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

/// Of the platform's account.
pub const KEY: &str = "sk_test_of_the_platform";
/// Of its endpoint there.
pub const WEBHOOK_SECRET: &str = "whsec_of_the_endpoint";

/// What becomes of requests.
#[derive(Debug, Clone, Copy)]
pub enum Mode {
    /// A page is made.
    Accept,
    /// Refused with this status.
    Refuse(u16),
    /// The page that is made is at this address.
    LeadTo(&'static str),
    /// Something that is not Stripe answers 200.
    Nonsense,
}

/// A session as it was asked for.
#[derive(Debug, Clone)]
pub struct Asked {
    pub id: String,
    pub fields: HashMap<String, String>,
    pub authorization: String,
}

/// A running Stripe.
pub struct Stripe {
    address: SocketAddr,
    desk: Arc<Desk>,
    _server: Server,
}

struct Desk {
    mode: Mutex<Mode>,
    asked: Mutex<Vec<Asked>>,
}

impl Stripe {
    pub async fn start() -> Self {
        let desk = Arc::new(Desk { mode: Mutex::new(Mode::Accept), asked: Mutex::default() });
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("its address");
        let router = Router::new().route("/v1/checkout/sessions", post(make)).with_state(Arc::clone(&desk));
        let server = Server::start(listener, router, 64).expect("a server");
        Self { address, desk, _server: server }
    }

    /// A platform with an account here.
    pub fn options(&self) -> Options {
        Options {
            stripe_api_base: Some(format!("http://{}", self.address)),
            egress_allow: vec![self.address.to_string()],
            ..Options::default()
        }
    }

    /// From now on.
    pub fn will(&self, mode: Mode) {
        *self.desk.mode.lock().expect("no panic under the lock") = mode;
    }

    /// The sessions made so far.
    pub fn asked(&self) -> Vec<Asked> {
        self.desk.asked.lock().expect("no panic under the lock").clone()
    }

    /// The one made last.
    #[track_caller]
    pub fn last(&self) -> Asked {
        self.asked().pop().expect("a session")
    }
}

async fn make(State(desk): State<Arc<Desk>>, headers: HeaderMap, body: Bytes) -> Response {
    let mode = *desk.mode.lock().expect("no panic under the lock");
    let mut asked = desk.asked.lock().expect("no panic under the lock");
    let id = format!("cs_test_{:04}", asked.len());
    let url = match mode {
        Mode::Accept => format!("https://checkout.stripe.com/c/pay/{id}"),
        Mode::LeadTo(url) => url.to_owned(),
        Mode::Refuse(status) => {
            let status = StatusCode::from_u16(status).expect("a status");
            let message = format!("Invalid API Key provided: {KEY}");
            let error = json!({"error": {"type": "invalid_request_error", "message": message}});
            return (status, axum::Json(error)).into_response();
        }
        Mode::Nonsense => return "<html>Sign in to this network</html>".into_response(),
    };
    asked.push(Asked {
        id: id.clone(),
        fields: form_urlencoded::parse(&body).into_owned().collect(),
        authorization: headers["authorization"].to_str().expect("a text").to_owned(),
    });
    let answer = json!({"id": id, "object": "checkout.session", "url": url, "expires_at": 1_767_700_800});
    axum::Json(answer).into_response()
}

impl Asked {
    #[track_caller]
    pub fn field(&self, name: &str) -> &str {
        self.fields.get(name).unwrap_or_else(|| panic!("no {name}: {:?}", self.fields))
    }

    /// The event that Stripe tells of it.
    pub fn event(&self, kind: &str, payment_status: &str, payment: &str) -> Value {
        let units: i64 = self.field("line_items[0][price_data][unit_amount]").parse().expect("a number");
        let of_metadata = |(name, value): (&String, &String)| {
            Some((name.strip_prefix("metadata[")?.strip_suffix(']')?.to_owned(), json!(value)))
        };
        let metadata: serde_json::Map<String, Value> = self.fields.iter().filter_map(of_metadata).collect();
        let session = json!({
            "id": self.id, "object": "checkout.session", "mode": "payment", "status": "complete",
            "amount_subtotal": units, "amount_total": units,
            "currency": self.field("line_items[0][price_data][currency]"),
            "client_reference_id": self.field("client_reference_id"), "customer_details": {"email": "p@example.com"},
            "metadata": metadata, "payment_intent": payment, "payment_status": payment_status,
        });
        json!({
            "id": format!("evt_{}_{kind}", self.id), "object": "event", "api_version": "2026-10-28", "type": kind,
            "created": 1_767_614_400, "livemode": false, "data": {"object": session}, "pending_webhooks": 1,
        })
    }

    /// The event that it is paid.
    pub fn paid(&self, payment: &str) -> Value {
        self.event("checkout.session.completed", "paid", payment)
    }
}

/// The signature that Stripe's own package makes.
pub fn sign(secret: &str, body: &[u8], seconds: i64) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/stripe-sdk");
    let is_installed = folder.join("node_modules/stripe").exists();
    assert!(
        is_installed,
        "Stripe's package is not installed in tests/stripe-sdk; run ops/test, which does it."
    );
    let mut node = Command::new("node")
        .arg(folder.join("sign.mjs"))
        .args([secret, &seconds.to_string()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("node runs; ops/test installs it");
    node.stdin.take().expect("a pipe").write_all(body).expect("node reads");
    let answer = node.wait_with_output().expect("node ends");
    assert!(answer.status.success(), "sign.mjs failed");
    String::from_utf8(answer.stdout).expect("a text").trim().to_owned()
}

/// Tells the platform, signed as Stripe does it now.
pub async fn tell(app: &TestApp, event: &Value) -> Answer {
    let body = event.to_string().into_bytes();
    let signature = sign(WEBHOOK_SECRET, &body, app.clock.now().as_second());
    tell_signed(app, body, Some(&signature)).await
}

/// The same with any body and signature.
pub async fn tell_signed(app: &TestApp, body: impl Into<Vec<u8>>, signature: Option<&str>) -> Answer {
    let request = app.http.post(app.url("/api/v1/webhook/stripe")).header("content-type", "application/json");
    let request = match signature {
        Some(signature) => request.header("stripe-signature", signature),
        None => request,
    };
    Answer::of(request.body(body.into()).send().await.expect("an answer")).await
}
