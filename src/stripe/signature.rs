//! Whether Stripe really said this: `Stripe-Signature: t=<unix s>,v1=<hex>[,v1=<hex>…]`.
//!
//! Each `v1` is HMAC-SHA256 over `t`, a dot and the raw body, the whole secret of the endpoint being the key;
//! while a secret is replaced there are two. Other schemes (`v0`) prove nothing. A time more than five minutes
//! off is stale. Source: <https://docs.stripe.com/webhooks#verify-manually>, and the official package, whose
//! vector is in the tests.

use axum::http::HeaderMap;
use data_encoding::HEXLOWER_PERMISSIVE;
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use sha2::Sha256;

const HEADER: &str = "stripe-signature";
const STALE_AFTER_SECONDS: u64 = 300;
/// More than two are not made.
const SIGNATURES_MAX: usize = 8;

/// Why a signature proves nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// There is none, or several headers.
    #[error("one Stripe-Signature header is needed")]
    Missing,
    /// It is not of the form above.
    #[error("the Stripe-Signature header must be t=<seconds>,v1=<hex>")]
    Malformed,
    /// It is too old, or from the future.
    #[error("the signature is more than five minutes off; check the clocks")]
    Stale,
    /// Another secret made it, or it is over another body.
    #[error("the signature was not made with the secret configured here")]
    Wrong,
}

/// Verifies the signature over the raw `body`.
pub fn verify(headers: &HeaderMap, body: &[u8], secret: &str, now: Timestamp) -> Result<(), Refused> {
    let mut values = headers.get_all(HEADER).iter();
    let (Some(value), None) = (values.next(), values.next()) else { return Err(Refused::Missing) };
    let (timestamp, digests) = value.to_str().ok().and_then(parse).ok_or(Refused::Malformed)?;
    let seconds: i64 = timestamp.parse().map_err(|_| Refused::Malformed)?;
    if now.as_second().abs_diff(seconds) > STALE_AFTER_SECONDS {
        return Err(Refused::Stale);
    }
    let mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("HMAC takes a key of any length");
    let mac = mac.chain_update(timestamp.as_bytes()).chain_update(b".").chain_update(body);
    // Each in constant time.
    let is_ours = digests.iter().any(|digest| mac.clone().verify_slice(digest).is_ok());
    if is_ours { Ok(()) } else { Err(Refused::Wrong) }
}

fn parse(value: &str) -> Option<(&str, Vec<Vec<u8>>)> {
    let pairs = || value.split(',').filter_map(|pair| pair.trim().split_once('='));
    let mut times = pairs().filter(|(name, _)| *name == "t").map(|(_, time)| time);
    let time =
        times.next().filter(|time| !time.is_empty() && time.bytes().all(|byte| byte.is_ascii_digit()))?;
    let signatures = pairs().filter(|(name, _)| *name == "v1").take(SIGNATURES_MAX);
    let digests: Vec<_> =
        signatures.filter_map(|(_, hex)| HEXLOWER_PERMISSIVE.decode(hex.as_bytes()).ok()).collect();
    (times.next().is_none() && !digests.is_empty()).then_some((time, digests))
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;
    use data_encoding::HEXLOWER;

    use super::*;

    const SECRET: &str = "whsec_test_secret";
    const BODY: &str = r#"{"id":"evt_test_webhook","object":"event"}"#;
    const AT: i64 = 1_795_082_400;
    const VECTOR: &str = "t=1795082400,v1=db8795df4264eae4065d81113e22a13b2339c8be76fe8c8bda19f173e7640332";

    fn signed(secret: &str, at: i64, body: &str) -> String {
        let mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
        let mac = mac.chain_update(format!("{at}.{body}"));
        HEXLOWER.encode(&mac.finalize().into_bytes())
    }

    fn check(header: &str, body: &str, at: i64) -> Result<(), Refused> {
        let mut headers = HeaderMap::new();
        headers.insert(HEADER, HeaderValue::from_str(header).unwrap());
        verify(&headers, body.as_bytes(), SECRET, Timestamp::from_second(at).unwrap())
    }

    #[test]
    fn the_vector_made_with_the_official_package_verifies() {
        assert_eq!(check(VECTOR, BODY, AT), Ok(()));
    }

    #[test]
    fn one_of_two_signatures_is_enough_and_an_old_scheme_is_not() {
        let (good, bad) = (signed(SECRET, AT, BODY), signed("whsec_other", AT, BODY));
        assert_eq!(check(&format!("t={AT},v1={bad},v1={good}"), BODY, AT), Ok(()));
        assert_eq!(check(&format!("t={AT}, v1={good}, v0=zz"), BODY, AT), Ok(()));
        assert_eq!(check(&format!("t={AT},v0={good}"), BODY, AT), Err(Refused::Malformed));
        assert_eq!(check(&format!("t={AT},v1={bad},v0={good}"), BODY, AT), Err(Refused::Wrong));
    }

    #[test]
    fn five_minutes_either_way_count_and_a_second_more_does_not() {
        let header = format!("t={AT},v1={}", signed(SECRET, AT, BODY));
        for off in [-300, 300] {
            assert_eq!(check(&header, BODY, AT + off), Ok(()));
            assert_eq!(check(&header, BODY, AT + off + off.signum()), Err(Refused::Stale));
        }
    }

    #[test]
    fn anything_else_is_refused() {
        let good = signed(SECRET, AT, BODY);
        assert_eq!(check(&format!("t={AT},v1={good}"), "{}", AT), Err(Refused::Wrong));
        assert_eq!(check(&format!("t={},v1={good}", AT + 1), BODY, AT), Err(Refused::Wrong));
        let malformed = [
            String::new(),
            "t=".to_owned(),
            format!("v1={good}"),
            format!("t=-1,v1={good}"),
            format!("t={AT},t={AT},v1={good}"),
            format!("t={AT},v1=zz"),
            format!("t=99999999999999999999,v1={good}"),
        ];
        for header in malformed {
            assert_eq!(check(&header, BODY, AT), Err(Refused::Malformed), "{header:?}");
        }
        let now = Timestamp::from_second(AT).unwrap();
        assert_eq!(verify(&HeaderMap::new(), b"", SECRET, now), Err(Refused::Missing));
        let mut doubled = HeaderMap::new();
        for _ in 0..2 {
            let header = HeaderValue::from_str(&format!("t={AT},v1={good}")).unwrap();
            doubled.append(HEADER, header);
        }
        assert_eq!(verify(&doubled, BODY.as_bytes(), SECRET, now), Err(Refused::Missing));
    }
}
