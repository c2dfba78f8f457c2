//! Reads a request's body: bounded in size and time, before anybody parses it.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, header};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::problem::Problem;

/// Word timings of a two-hour call are 1.8 MiB; scrubbed copies and margin (measured on samples).
const BODY_BYTES_MAX: usize = 10 * 1024 * 1024;
/// As long as Retell itself waits for an answer.
const BODY_READ_TIMEOUT: Duration = Duration::from_secs(10);

/// Bodies up to this size cost nothing worth counting: nearly all are smaller.
const BODY_BYTES_SMALL: usize = 64 * 1024;
/// Larger ones share this much; parsed, a hostile one takes thirty times its size.
const LARGE_BODIES_KIB: usize = 64 * 1024;

/// Bounds the memory that large bodies take together, over all tenants.
pub struct LargeBodies(Arc<Semaphore>);

impl Default for LargeBodies {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(LARGE_BODIES_KIB)))
    }
}

/// A body, and its share of the memory for large ones, held for as long as this is.
pub struct Read {
    /// The raw bytes, exactly as they were sent: a signature covers these.
    pub bytes: Bytes,
    /// `None` for a small one.
    pub share: Option<OwnedSemaphorePermit>,
}

/// Reads a body; a large one when there is memory for it.
pub async fn read(large: &LargeBodies, headers: &HeaderMap, body: Body) -> Result<Read, Problem> {
    let read = async {
        let announced = announced_length(headers)?;
        // Without a length it may be as long as any.
        let length = announced.unwrap_or(BODY_BYTES_MAX);
        let share = if length <= BODY_BYTES_SMALL {
            None
        } else {
            let kib = u32::try_from(length / 1024).unwrap_or(u32::MAX);
            Arc::clone(&large.0).acquire_many_owned(kib).await.ok()
        };
        match Limited::new(body, BODY_BYTES_MAX).collect().await {
            Ok(body) => Ok(Read { bytes: body.to_bytes(), share }),
            Err(error) if error.is::<LengthLimitError>() => Err(Problem::body_too_large(BODY_BYTES_MAX)),
            Err(_) => Err(Problem::body_cut_off()),
        }
    };
    tokio::time::timeout(BODY_READ_TIMEOUT, read).await.unwrap_or_else(|_| Err(Problem::body_too_slow()))
}

/// Reads a body of our own API: small, and never out of the share of Retell's.
pub async fn read_small(headers: &HeaderMap, body: Body) -> Result<Bytes, Problem> {
    read_up_to(BODY_BYTES_SMALL, headers, body).await
}

/// The same of one of at most `bytes`.
pub async fn read_up_to(bytes: usize, headers: &HeaderMap, body: Body) -> Result<Bytes, Problem> {
    let read = async {
        if announced_length(headers)?.is_some_and(|length| length > bytes) {
            return Err(Problem::body_too_large(bytes));
        }
        match Limited::new(body, bytes).collect().await {
            Ok(body) => Ok(body.to_bytes()),
            Err(error) if error.is::<LengthLimitError>() => Err(Problem::body_too_large(bytes)),
            Err(_) => Err(Problem::body_cut_off()),
        }
    };
    tokio::time::timeout(BODY_READ_TIMEOUT, read).await.unwrap_or_else(|_| Err(Problem::body_too_slow()))
}

/// The length a body says it has; refused here already when it is too long or compressed.
fn announced_length(headers: &HeaderMap) -> Result<Option<usize>, Problem> {
    let announced = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
    if announced.is_some_and(|length: usize| length > BODY_BYTES_MAX) {
        return Err(Problem::body_too_large(BODY_BYTES_MAX));
    }
    // A bomb is small when it arrives; nobody who calls us compresses.
    let encoding = headers.get(header::CONTENT_ENCODING).and_then(|value| value.to_str().ok());
    if encoding.is_some_and(|encoding| !encoding.eq_ignore_ascii_case("identity")) {
        return Err(Problem::compressed_body());
    }
    Ok(announced)
}

/// Whether the sender says that its text is something else than UTF-8.
pub fn is_foreign_charset(headers: &HeaderMap) -> bool {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let charset = content_type.and_then(|kind| {
        kind.split(';').skip(1).find_map(|parameter| {
            let (name, value) = parameter.split_once('=')?;
            name.trim().eq_ignore_ascii_case("charset").then(|| value.trim().trim_matches('"').to_owned())
        })
    });
    charset.is_some_and(|charset| {
        !["utf-8", "utf8", "us-ascii"].iter().any(|known| charset.eq_ignore_ascii_case(known))
    })
}
