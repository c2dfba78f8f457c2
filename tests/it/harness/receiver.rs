//! A customer's own server as far as the platform sees it: takes events, or does not, in many ways.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::Notify;
use voice_server::http::server::Server;

/// Longer than any machine needs; a test that waits for it has failed.
const PATIENCE: Duration = Duration::from_secs(60);

/// What becomes of requests.
#[derive(Debug, Clone)]
pub enum Mode {
    /// Taken, with 200.
    Accept,
    /// Answered with this status, these headers and this body.
    Say(u16, Vec<(&'static str, &'static str)>, &'static str),
    /// Never answered.
    Hang,
    /// 200, then a byte a second.
    Drip,
    /// 200, then ten gigabytes.
    Flood,
    /// 200, and a body that says it is packed: a megabyte of it in a kilobyte.
    Bomb,
    /// Sent here again, for ever.
    Redirect,
    /// Each request waits until it is let go, and is answered as requests are then.
    Hold,
}

/// A request as it came.
#[derive(Debug, Clone)]
pub struct Received {
    pub uri: String,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Received {
    #[track_caller]
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).unwrap_or_else(|| panic!("no {name}")).to_str().expect("a text")
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("JSON")
    }

    /// `event`
    pub fn event(&self) -> String {
        self.json()["event"].as_str().expect("a text").to_owned()
    }

    pub fn id(&self) -> String {
        self.header("webhook-id").to_owned()
    }
}

/// A running server.
pub struct Receiver {
    pub address: SocketAddr,
    desk: Arc<Desk>,
    _server: Server,
}

struct Desk {
    address: SocketAddr,
    mode: Mutex<Mode>,
    received: Mutex<Vec<Received>>,
    /// Requests that wait to be let go, now and at most.
    held: Mutex<(usize, usize)>,
    let_go: Notify,
}

impl Receiver {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("its address");
        let desk = Arc::new(Desk {
            address,
            mode: Mutex::new(Mode::Accept),
            received: Mutex::default(),
            held: Mutex::default(),
            let_go: Notify::new(),
        });
        let router =
            Router::new().fallback(take).layer(DefaultBodyLimit::disable()).with_state(Arc::clone(&desk));
        let server = Server::start(listener, router, 1024).expect("a server");
        Self { address, desk, _server: server }
    }

    pub fn url(&self) -> String {
        format!("http://{}/hook?key=s3cret", self.address)
    }

    /// For `EGRESS_ALLOW`.
    pub fn host(&self) -> String {
        self.address.to_string()
    }

    /// From now on.
    pub fn will(&self, mode: Mode) {
        *self.desk.mode.lock().expect("no panic under the lock") = mode;
        self.let_go();
    }

    /// Whatever waits, goes on; what comes then waits as before.
    pub fn let_go(&self) {
        self.desk.let_go.notify_waiters();
    }

    /// How many wait to be let go, and how many did at most.
    pub fn held(&self) -> (usize, usize) {
        *self.desk.held.lock().expect("no panic under the lock")
    }

    /// All so far, also those that were not taken.
    pub fn received(&self) -> Vec<Received> {
        self.desk.received.lock().expect("no panic under the lock").clone()
    }

    /// The same once there are so many.
    pub async fn once(&self, count: usize) -> Vec<Received> {
        self.until(|received| received.len() >= count).await
    }

    /// The same as soon as it is so.
    pub async fn until(&self, is_so: impl Fn(&[Received]) -> bool) -> Vec<Received> {
        let looked = tokio::time::timeout(PATIENCE, async {
            let mut looks = tokio::time::interval(Duration::from_millis(5));
            loop {
                looks.tick().await;
                let received = self.received();
                if is_so(&received) {
                    return received;
                }
            }
        });
        looked.await.unwrap_or_else(|_| {
            let seen: Vec<String> =
                self.received().iter().map(|one| format!("{} {}", one.id(), one.event())).collect();
            panic!("only this has come: {seen:?}")
        })
    }
}

async fn take(State(desk): State<Arc<Desk>>, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    desk.received.lock().expect("no panic under the lock").push(Received {
        uri: uri.to_string(),
        headers,
        body,
    });
    let mode = desk.mode.lock().expect("no panic under the lock").clone();
    match mode {
        Mode::Accept => "thank you".into_response(),
        Mode::Say(status, headers, body) => say(status, headers, body),
        Mode::Hang => std::future::pending().await,
        Mode::Drip => {
            let drops = stream::unfold((), async |()| {
                tokio::time::sleep(Duration::from_secs(1)).await;
                Some((Ok::<_, Infallible>(Bytes::from_static(b".")), ()))
            });
            Body::from_stream(Box::pin(drops)).into_response()
        }
        Mode::Flood => {
            let piece = Bytes::from(vec![b'x'; 64 * 1024]);
            let pieces = stream::iter((0..160_000).map(move |_| Ok::<_, Infallible>(piece.clone())));
            Body::from_stream(pieces).into_response()
        }
        Mode::Bomb => ([("content-encoding", "gzip")], BOMB).into_response(),
        Mode::Redirect => {
            let back = format!("http://{}/again", desk.address);
            (StatusCode::FOUND, [("location", back)]).into_response()
        }
        Mode::Hold => {
            let let_go = desk.let_go.notified();
            {
                let mut held = desk.held.lock().expect("no panic under the lock");
                held.0 += 1;
                held.1 = held.1.max(held.0);
            }
            let_go.await;
            desk.held.lock().expect("no panic under the lock").0 -= 1;
            match desk.mode.lock().expect("no panic under the lock").clone() {
                Mode::Say(status, headers, body) => say(status, headers, body),
                _ => "thank you".into_response(),
            }
        }
    }
}

/// The head of a gzip stream, and what would be unpacked if anybody did.
const BOMB: &[u8] =
    b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\xed\xc1\x01\x0d\x00\x00\x00\xc2\xa0\xf7Om\x0e7\xa0";

fn say(status: u16, headers: Vec<(&'static str, &'static str)>, body: &'static str) -> Response {
    let status = StatusCode::from_u16(status).expect("a status");
    let mut answer = (status, body).into_response();
    for (name, value) in headers {
        answer.headers_mut().insert(name, value.parse().expect("a value"));
    }
    answer
}
