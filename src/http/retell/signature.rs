//! Who really sent this: `X-Retell-Signature: v=<unix ms>,d=<hex>`.
//!
//! `d` is HMAC-SHA256 with the workspace's key over the raw body followed by the decimal
//! timestamp; a timestamp more than five minutes off, either way, is stale. Source: the official
//! SDK's `webhook_auth`, whose vectors are in the tests.

use axum::http::HeaderMap;
use data_encoding::HEXLOWER_PERMISSIVE;
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use sha2::Sha256;

const HEADER: &str = "x-retell-signature";
const STALE_AFTER_MS: u64 = 300_000;

/// Why a signature proves nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// There is none.
    Missing,
    /// There are several; which one would count is anybody's guess.
    Doubled,
    /// It is not of the form above.
    Malformed,
    /// It is too old, or from the future.
    Stale,
    /// No key we know made it.
    Wrong,
}

impl Refused {
    /// For the sender.
    pub fn sentence(self) -> &'static str {
        match self {
            Refused::Missing => "the X-Retell-Signature header is missing",
            Refused::Doubled => "the X-Retell-Signature header is there more than once",
            Refused::Malformed => "the X-Retell-Signature header must be v=<milliseconds>,d=<hex>",
            Refused::Stale => "the signature is more than five minutes off; check the clocks",
            Refused::Wrong => "the signature was not made with the key configured here",
        }
    }
}

/// Verifies the signature over `body` with any of `keys`.
pub fn verify<'a>(
    headers: &HeaderMap,
    body: &[u8],
    keys: impl Iterator<Item = &'a str>,
    now: Timestamp,
) -> Result<(), Refused> {
    let mut values = headers.get_all(HEADER).iter();
    let value = values.next().ok_or(Refused::Missing)?;
    if values.next().is_some() {
        return Err(Refused::Doubled);
    }
    let (timestamp, digest) = value.to_str().ok().and_then(parse).ok_or(Refused::Malformed)?;
    let milliseconds: i64 = timestamp.parse().map_err(|_| Refused::Malformed)?;
    if now.as_millisecond().abs_diff(milliseconds) > STALE_AFTER_MS {
        return Err(Refused::Stale);
    }
    for key in keys {
        let mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).map_err(|_| Refused::Wrong)?;
        let mac = mac.chain_update(body).chain_update(timestamp.as_bytes());
        // In constant time.
        if mac.verify_slice(&digest).is_ok() {
            return Ok(());
        }
    }
    Err(Refused::Wrong)
}

fn parse(value: &str) -> Option<(&str, Vec<u8>)> {
    let (timestamp, digest) = value.strip_prefix("v=")?.split_once(",d=")?;
    let is_number = !timestamp.is_empty() && timestamp.bytes().all(|byte| byte.is_ascii_digit());
    let digest = HEXLOWER_PERMISSIVE.decode(digest.as_bytes()).ok()?;
    is_number.then_some((timestamp, digest))
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    const KEY: &str = "key_test_4f1c9a";
    const BODY: &str = r#"{"event":"call_started","call":{"call_id":"call_vector1"}}"#;
    const AT: i64 = 1_795_082_400_000;
    const SIGNATURE: &str =
        "v=1795082400000,d=3d00f48916836ca19d2d34ff063c55ea0d342e2a27eb3ca1a4749b552a047eae";

    fn check(key: &str, signature: &str, body: &str, at: i64) -> Result<(), Refused> {
        let mut headers = HeaderMap::new();
        headers.insert(HEADER, HeaderValue::from_str(signature).unwrap());
        verify(&headers, body.as_bytes(), [key].into_iter(), Timestamp::from_millisecond(at).unwrap())
    }

    #[test]
    fn the_vectors_made_with_the_official_sdk_verify() {
        let second =
            r#"{"event":"call_ended","call":{"call_id":"call_vector2","transcript":"Zoë: 10 € ✅ 🦷"}}"#;
        let vectors = [
            (KEY, SIGNATURE, BODY, AT),
            (
                "key_ünïcode",
                "v=1795082401234,d=f2f87566563c1e1ec3e0ed5e73035ab4bb7a5c1e960b33f8f945055ab448ce9c",
                second,
                1_795_082_401_234,
            ),
            (
                KEY,
                "v=1795082403000,d=9c726888c85de8ae27112f0bf9d23f01dfd643a002196cb7b7d906de8af9b337",
                "",
                1_795_082_403_000,
            ),
        ];
        for (key, signature, body, at) in vectors {
            assert_eq!(check(key, signature, body, at), Ok(()), "{signature}");
        }
    }

    #[test]
    fn five_minutes_either_way_count_and_a_millisecond_more_does_not() {
        for off in [-300_000, 300_000] {
            assert_eq!(check(KEY, SIGNATURE, BODY, AT + off), Ok(()));
            assert_eq!(check(KEY, SIGNATURE, BODY, AT + off + off.signum()), Err(Refused::Stale));
        }
    }

    #[test]
    fn anything_else_is_refused() {
        assert_eq!(check("other", SIGNATURE, BODY, AT), Err(Refused::Wrong));
        assert_eq!(check(KEY, SIGNATURE, "{}", AT), Err(Refused::Wrong));
        for malformed in
            ["", "v=,d=", "d=00,v=1", "v=1", "v=-1,d=00", "v=1,d=zz", "v=99999999999999999999,d=00"]
        {
            assert_eq!(check(KEY, malformed, BODY, AT), Err(Refused::Malformed), "{malformed:?}");
        }
        let mut doubled = HeaderMap::new();
        doubled.append(HEADER, HeaderValue::from_static(SIGNATURE));
        doubled.append(HEADER, HeaderValue::from_static(SIGNATURE));
        let now = Timestamp::from_millisecond(AT).unwrap();
        assert_eq!(verify(&doubled, b"", [KEY].into_iter(), now), Err(Refused::Doubled));
        assert_eq!(verify(&HeaderMap::new(), b"", [KEY].into_iter(), now), Err(Refused::Missing));
    }
}
