//! `Idempotency-Key`: the same request again gets the same answer and does nothing, for a day.

use actors::store::idempotency::{self, Named, Turn};
use axum::http::{HeaderMap, StatusCode};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

use super::Edge;
use super::problem::Problem;
use super::session::SignedIn;

const HEADER: &str = "idempotency-key";
/// Bytes of a key.
const KEY_MAX: usize = 200;

/// The key of a request, if it has one.
pub fn key(headers: &HeaderMap) -> Result<Option<&str>, Problem> {
    let Some(value) = headers.get(HEADER) else { return Ok(None) };
    let key = value.to_str().ok().filter(|key| (1..=KEY_MAX).contains(&key.len()));
    key.map(Some).ok_or_else(|| {
        Problem::invalid_field("Idempotency-Key", "1 to 200 letters, digits and signs are a key")
    })
}

/// Carries `work` out once for its key and body; without a key, every time. Only successes are
/// kept: after a refusal the same request may be tried again.
pub async fn once<T: Serialize + DeserializeOwned>(
    edge: &Edge,
    who: &SignedIn,
    route: &str,
    headers: &HeaderMap,
    body: &[u8],
    work: impl Future<Output = Result<T, Problem>>,
) -> Result<T, Problem> {
    let (Some(key), Some(customer)) = (key(headers)?, who.viewer.customer()) else { return work.await };
    let body = Sha256::digest(body).into();
    let named = Named { customer, user: &who.person.user, route, key, body };
    match idempotency::take(&edge.store, &named, edge.clock.now()).await? {
        Turn::First => {}
        Turn::Answered(answer) => {
            return serde_json::from_slice(&answer).map_err(|_| Problem::internal());
        }
        Turn::UnderWay => return Err(Problem::still_running()),
        Turn::AnotherBody => return Err(Problem::key_reused()),
    }
    match work.await {
        Ok(done) => {
            let answer = serde_json::to_vec(&done).map_err(|_| Problem::internal())?;
            idempotency::answered(&edge.store, &named, StatusCode::OK.as_u16(), &answer).await?;
            Ok(done)
        }
        Err(problem) => {
            // What may have been done after all stays taken for a minute.
            if !problem.is_temporary() {
                idempotency::give_back(&edge.store, &named).await?;
            }
            Err(problem)
        }
    }
}
