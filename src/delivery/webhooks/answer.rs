//! What the other side said, and what is to be made of it.

use std::time::{Duration, Instant};

use actors::store::deliveries::Told;
use axum::http::{HeaderMap, StatusCode, header};
use domain::webhooks::Failure;
use jiff::fmt::rfc2822::DateTimeParser;
use jiff::{SignedDuration, Timestamp};

use crate::egress::{Answer, Failed, Limits};

/// Whoever takes longer keeps nobody else waiting.
pub const SLOW: Duration = Duration::from_secs(2);
/// The beginning of an answer is for people: its status has come already.
const BODY_PATIENCE: Duration = Duration::from_secs(2);

/// An attempt for which there is no status.
pub fn unanswered(failed: &Failed, began: Instant) -> Told {
    let failure = match failed {
        Failed::Blocked(_) => Failure::Blocked,
        Failed::Unreachable(_) => Failure::Unreachable,
        Failed::TooSlow => Failure::TooSlow,
        Failed::BrokeOff(_) | Failed::TooLarge(_) => Failure::BrokeOff,
    };
    told(None, Some(failure), began, None)
}

/// An attempt that could not even be made.
pub fn failed(failure: Failure, began: Instant) -> Told {
    told(None, Some(failure), began, None)
}

/// An answer, of which the beginning is read.
pub async fn answered(answer: Answer, began: Instant, now: Timestamp) -> Told {
    let status = answer.status();
    let failure = failure_of(status);
    let retry_after = failure.and_then(|_| retry_after(answer.headers(), now));
    let response = readable(&answer.beginning(BODY_PATIENCE).await);
    Told { retry_after, ..told(Some(status.as_u16()), failure, began, Some(response)) }
}

fn told(
    response_code: Option<u16>,
    failure: Option<Failure>,
    began: Instant,
    response: Option<String>,
) -> Told {
    let took = began.elapsed();
    let took_ms = u32::try_from(took.as_millis()).unwrap_or(u32::MAX);
    Told { response_code, failure, took_ms, response, is_slow: took > SLOW, retry_after: None }
}

fn failure_of(status: StatusCode) -> Option<Failure> {
    match status {
        status if status.is_success() => None,
        StatusCode::GONE => Some(Failure::Gone),
        status if status.is_redirection() => Some(Failure::Redirect),
        _ => Some(Failure::Status),
    }
}

/// Seconds, or a date of HTTP.
fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<SignedDuration> {
    let text = headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim();
    match text.parse::<u32>() {
        Ok(seconds) => Some(SignedDuration::from_secs(seconds.into())),
        Err(_) => {
            let until = DateTimeParser::new().parse_timestamp(text).ok()?;
            Some(until.duration_since(now).max(SignedDuration::ZERO))
        }
    }
}

/// Bytes as text that the database takes, at most as many bytes as are read of an answer.
fn readable(bytes: &[u8]) -> String {
    let mut text = String::from_utf8_lossy(bytes).replace('\0', "\u{fffd}");
    let most = usize::try_from(Limits::WEBHOOK.bytes).unwrap_or(usize::MAX);
    text.truncate(text.floor_char_boundary(most));
    text
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn what_is_no_text_is_kept_as_text_of_bounded_length() {
        assert_eq!(readable(b"a\0\xffb"), "a\u{fffd}\u{fffd}b");
        let long = readable(&[0xff; 4096]);
        assert!(long.len() <= 4096 && long.len() > 4090);
    }

    #[test]
    fn patience_is_asked_for_in_seconds_or_until_a_date() {
        let now: Timestamp = "2026-01-05T12:00:00Z".parse().unwrap();
        let asks = |text: &'static str| {
            let headers = HeaderMap::from_iter([(header::RETRY_AFTER, HeaderValue::from_static(text))]);
            retry_after(&headers, now).map(|patience| patience.as_secs())
        };
        assert_eq!(asks("120"), Some(120));
        assert_eq!(asks("Mon, 05 Jan 2026 12:10:00 GMT"), Some(600));
        assert_eq!(asks("Mon, 05 Jan 2026 11:00:00 GMT"), Some(0));
        assert_eq!((asks("-5"), asks("soon"), asks("99999999999")), (None, None, None));
    }

    #[test]
    fn only_2xx_is_a_success() {
        let of = |status| failure_of(StatusCode::from_u16(status).unwrap());
        assert_eq!((of(200), of(204), of(299)), (None, None, None));
        assert_eq!(
            (of(301), of(304), of(410)),
            (Some(Failure::Redirect), Some(Failure::Redirect), Some(Failure::Gone))
        );
        assert_eq!(
            (of(400), of(429), of(503)),
            (Some(Failure::Status), Some(Failure::Status), Some(Failure::Status))
        );
    }
}
