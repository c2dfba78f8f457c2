//! Reads a request's body: bounded in size and time, before anybody parses it.

use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, header};
use http_body_util::{BodyExt, LengthLimitError, Limited};

use super::problem::Problem;

/// Word timings of a two-hour call are 1.8 MiB; scrubbed copies and margin (measured on samples).
const BODY_BYTES_MAX: usize = 10 * 1024 * 1024;
/// As long as Retell itself waits for an answer.
const BODY_READ_TIMEOUT: Duration = Duration::from_secs(10);

/// The raw bytes, exactly as they were sent: a signature covers these.
pub async fn read(headers: &HeaderMap, body: Body) -> Result<Bytes, Problem> {
    let announced = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
    if announced.is_some_and(|length: usize| length > BODY_BYTES_MAX) {
        return Err(Problem::body_too_large(BODY_BYTES_MAX));
    }
    // A bomb is small when it arrives; nobody who calls us compresses.
    let encoding = headers.get(header::CONTENT_ENCODING).and_then(|value| value.to_str().ok());
    if encoding.is_some_and(|encoding| !encoding.eq_ignore_ascii_case("identity")) {
        return Err(Problem::compressed_body());
    }
    let read = Limited::new(body, BODY_BYTES_MAX).collect();
    match tokio::time::timeout(BODY_READ_TIMEOUT, read).await {
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(Problem::body_too_large(BODY_BYTES_MAX)),
        Ok(Err(_)) => Err(Problem::body_cut_off()),
        Err(_) => Err(Problem::body_too_slow()),
    }
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
