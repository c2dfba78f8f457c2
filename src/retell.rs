//! Asks Retell itself about calls, with the key of a workspace.
//!
//! Facts: docs.retellai.com "Get Call" and "List Calls", and the types of the official SDK; what its answers
//! mean is read by [`domain::retell`].

pub mod lost_calls;

use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use domain::retell::{PAGE, Page, parse, read_page};
use jiff::Timestamp;
use serde_json::{Value, json};
use url::Url;

use crate::egress::{Egress, Limits};

/// What an answer about one call may cost: somebody waits for it.
const CALL: Limits =
    Limits { idle: Duration::from_secs(5), total: Duration::from_secs(8), bytes: 10 * 1024 * 1024 };
/// The same of a page of calls, for which nobody waits.
const LIST: Limits =
    Limits { idle: Duration::from_secs(30), total: Duration::from_secs(60), bytes: 64 * 1024 * 1024 };

/// Why Retell says nothing of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unanswered {
    /// There is no such call, or not any more.
    #[error("Retell knows of no such call")]
    Unknown,
    /// The key does not open the workspace.
    #[error("Retell refuses the key")]
    Refused,
    /// Not now, or not in a way that can be read.
    #[error("Retell does not answer as it should")]
    Unreachable,
}

/// Retell's API.
#[derive(Clone)]
pub struct Retell {
    /// Missing on a machine without certificates of the authorities: then nobody can be asked.
    egress: Option<Arc<Egress>>,
    base: String,
}

impl Retell {
    /// Asked at `base`.
    pub fn new(egress: Option<Arc<Egress>>, base: &str) -> Self {
        Self { egress, base: base.trim_end_matches('/').to_owned() }
    }

    /// One call, whole.
    pub async fn call(&self, key: &str, retell_call_id: &str) -> Result<Value, Unanswered> {
        let path = ["v2", "get-call", retell_call_id];
        let body = self.ask(Method::GET, &path, key, None, CALL).await?;
        let call = parse(&body).map_err(|_| Unanswered::Unreachable)?;
        match call.get("call_id").and_then(Value::as_str) {
            Some(id) if id == retell_call_id => Ok(call),
            // Not what was asked for: nothing is known of that.
            _ => Err(unreachable("another call than was asked for")),
        }
    }

    /// A page of the calls that began within a stretch of time and have ended, the oldest first; `next` is the
    /// key that came with the page before.
    pub async fn ended_calls(
        &self,
        key: &str,
        from: Timestamp,
        until: Timestamp,
        next: Option<&str>,
    ) -> Result<Page, Unanswered> {
        let mut wish = json!({
            "filter_criteria": {
                "start_timestamp":
                    {"type": "range", "op": "bt", "value": [from.as_millisecond(), until.as_millisecond()]},
                "call_status": {"type": "enum", "op": "in", "value": ["ended", "error", "not_connected"]},
            },
            "sort_order": "ascending",
            "limit": PAGE,
        });
        if let Some(next) = next {
            wish["pagination_key"] = json!(next);
        }
        let body = self.ask(Method::POST, &["v3", "list-calls"], key, Some(wish.to_string()), LIST).await?;
        read_page(&body).ok_or(Unanswered::Unreachable)
    }

    async fn ask(
        &self,
        method: Method,
        path: &[&str],
        key: &str,
        body: Option<String>,
        limits: Limits,
    ) -> Result<Bytes, Unanswered> {
        let egress = self.egress.as_ref().ok_or(Unanswered::Unreachable)?;
        let mut url = Url::parse(&self.base).map_err(unreachable)?;
        // Each as one segment, whatever is in it.
        url.path_segments_mut().map_err(|()| Unanswered::Unreachable)?.extend(path);
        let mut bearer = HeaderValue::try_from(format!("Bearer {key}")).map_err(|_| Unanswered::Refused)?;
        bearer.set_sensitive(true);
        let mut headers = HeaderMap::from_iter([(header::AUTHORIZATION, bearer)]);
        let mut request = egress.request(method, url.as_str()).map_err(unreachable)?;
        if let Some(body) = body {
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
            request = request.body(body);
        }
        let answer = request.headers(headers).send(limits).await.map_err(unreachable)?;
        match answer.status() {
            status if status.is_success() => answer.read().await.map_err(unreachable),
            StatusCode::NOT_FOUND => Err(Unanswered::Unknown),
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Err(Unanswered::Refused),
            status => Err(unreachable(format!("status {}", status.as_u16()))),
        }
    }
}

/// What is said of it repeats neither address nor key.
fn unreachable(why: impl std::fmt::Display) -> Unanswered {
    tracing::warn!(%why, "Retell cannot be asked");
    Unanswered::Unreachable
}
