//! Signs what is sent, in both ways: the specification's and that of Standard Webhooks.

use data_encoding::{BASE64, HEXLOWER};
use domain::ids::EventId;
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use sha2::Sha256;

/// What every secret begins with; Standard Webhooks takes the rest as base64.
const PREFIX: &str = "whsec_";

/// `X-Webhook-Signature`: lower-case hex of HMAC-SHA256 over the body, the whole secret as it is shown being
/// the key. While two secrets sign, the newest first, with a comma between.
pub fn plain<'a>(secrets: impl IntoIterator<Item = &'a str>, body: &[u8]) -> String {
    let signatures = secrets.into_iter().map(|secret| HEXLOWER.encode(&digest(secret.as_bytes(), &[body])));
    signatures.collect::<Vec<_>>().join(",")
}

/// `webhook-signature` (<https://www.standardwebhooks.com>): `v1,` and the base64 of HMAC-SHA256 over
/// `id.timestamp.body`, the decoded secret being the key. While two secrets sign, the newest first, with a
/// space between. `at` is that of this attempt, in whole seconds.
pub fn standard<'a>(
    secrets: impl IntoIterator<Item = &'a str>,
    event: EventId,
    at: Timestamp,
    body: &[u8],
) -> String {
    let said = format!("{event}.{}.", at.as_second());
    let signatures = secrets.into_iter().filter_map(|secret| {
        let key = BASE64.decode(secret.strip_prefix(PREFIX)?.as_bytes()).ok()?;
        Some(format!("v1,{}", BASE64.encode(&digest(&key, &[said.as_bytes(), body]))))
    });
    signatures.collect::<Vec<_>>().join(" ")
}

fn digest(key: &[u8], pieces: &[&[u8]]) -> Vec<u8> {
    let mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
    let mac = pieces.iter().fold(mac, |mac, piece| mac.chain_update(piece));
    mac.finalize().into_bytes().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const OTHER: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
    const BODY: &[u8] = br#"{"test": 2432232314}"#;

    #[test]
    fn the_vector_of_the_standards_own_packages_verifies() {
        let at = Timestamp::from_second(1_614_265_330).unwrap();
        let signed = standard([SECRET], EventId(12), at, BODY);
        let key = BASE64.decode(&SECRET.as_bytes()[6..]).unwrap();
        let said = [b"evt_12.1614265330.".as_slice(), BODY].concat();
        assert_eq!(signed, format!("v1,{}", BASE64.encode(&digest(&key, &[&said]))));
        // Their vector has an id of its own form.
        let theirs = digest(&key, &[b"msg_p5jXN8AQM9LWM0D4loKWxJek.1614265330.", BODY]);
        assert_eq!(BASE64.encode(&theirs), "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn while_two_secrets_sign_the_newest_comes_first() {
        let [new, old] = [SECRET, OTHER].map(|secret| plain([secret], BODY));
        assert_eq!((new.len(), plain([SECRET, OTHER], BODY)), (64, format!("{new},{old}")));
        let at = Timestamp::UNIX_EPOCH;
        let [new, old] = [SECRET, OTHER].map(|secret| standard([secret], EventId(1), at, BODY));
        assert_eq!(standard([SECRET, OTHER], EventId(1), at, BODY), format!("{new} {old}"));
    }
}
