//! What Retell sends, signed, made cheaply: all that is the same in every body stands first, so
//! that it is hashed once; what differs (ids, times) stands last.

use std::time::{SystemTime, UNIX_EPOCH};

use data_encoding::HEXLOWER;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

use super::customers::Customer;

/// Every call lasts this long, and ends when it is reported.
pub const CALL_SECONDS: u64 = 300;
/// What such a call costs at the platform's default rate of 1.00 a minute.
pub const CALL_COST: &str = "5.0000";
/// Bytes of a transcript.
const TRANSCRIPT_BYTES: usize = 3000;

/// A request whose body begins with bytes that never change.
#[derive(Clone)]
pub struct Template {
    route: &'static str,
    fixed: Vec<u8>,
    /// The signature so far: key and `fixed`.
    mac: Hmac<Sha256>,
}

impl Template {
    /// Signs with `key` what is sent to `route`. `fixed` is the body up to where it differs.
    pub fn new(route: &'static str, key: &str, fixed: String) -> Self {
        let mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).expect("HMAC takes a key of any length");
        let fixed = fixed.into_bytes();
        Self { route, mac: mac.chain_update(&fixed), fixed }
    }

    /// Writes a whole request to the URL of `customer`, at `now_ms`, whose body ends with `rest`.
    pub fn write(&self, customer: &Customer, rest: &str, now_ms: u64, request: &mut Vec<u8>) {
        let now = now_ms.to_string();
        let mac = self.mac.clone().chain_update(rest.as_bytes()).chain_update(now.as_bytes());
        let digest = HEXLOWER.encode(&mac.finalize().into_bytes());
        let head = format!(
            "POST {}{} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n\
             User-Agent: load\r\nX-Retell-Signature: v={now},d={digest}\r\nContent-Length: {}\r\n\r\n",
            self.route,
            customer.key,
            self.fixed.len() + rest.len(),
        );
        request.extend_from_slice(head.as_bytes());
        request.extend_from_slice(&self.fixed);
        request.extend_from_slice(rest.as_bytes());
    }
}

/// Milliseconds since the epoch.
pub fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

/// `call_ended`, 3.9 kB, up to the ids.
pub fn call_ended(key: &str) -> Template {
    let call = json!({
        "call_type": "phone_call", "agent_name": "Front desk", "agent_version": 3, "direction": "inbound",
        "call_status": "ended", "disconnection_reason": "user_hangup", "to_number": "+15550100100",
        "duration_ms": CALL_SECONDS * 1000,
        "recording_url": "https://recordings.example.com/5f2c8d1e9b7a4c3d8e6f0a1b/recording.wav",
        "retell_llm_dynamic_variables": {"company_name": "Harbour Dental"},
        "transcript_object": utterances(),
        "transcript": transcript(),
    });
    let mut fixed = format!(r#"{{"event":"call_ended","call":{call}"#);
    // Reopened: the ids follow.
    fixed.truncate(fixed.len() - 1);
    Template::new("/api/v1/webhook/retell/", key, fixed)
}

/// What follows: whose call, which, from whom, and when.
pub fn call_ended_rest(customer: i64, call_id: &str, from_number: &str, now_ms: u64) -> String {
    format!(
        r#","call_id":"{call_id}","agent_id":"agent_{customer}","from_number":"{from_number}","start_timestamp":{},"end_timestamp":{now_ms}}}}}"#,
        now_ms - CALL_SECONDS * 1000
    )
}

/// A function call, up to its arguments and the call it is made in.
pub fn function(route: &'static str, name: &str, key: &str) -> Template {
    Template::new(route, key, format!(r#"{{"name":"{name}","#))
}

/// What follows: the arguments, and the call under way.
pub fn function_rest(
    customer: i64,
    args: &str,
    call_id: &str,
    from_number: &str,
    start_timestamp: u64,
) -> String {
    format!(
        r#""args":{args},"call":{{"call_id":"{call_id}","agent_id":"agent_{customer}","call_type":"phone_call","direction":"inbound","call_status":"ongoing","from_number":"{from_number}","to_number":"+15550100100","start_timestamp":{start_timestamp}}}}}"#
    )
}

/// Three thousand bytes of people speaking. Nothing in them repeats: it must not compress better
/// than what people say.
pub fn transcript() -> &'static str {
    let text = include_str!("transcript.txt");
    &text[..text.floor_char_boundary(TRANSCRIPT_BYTES)]
}

/// The beginning of the same, word by word as Retell times it; from it the server keeps [`TURNS`].
fn utterances() -> Value {
    json!([
        {"role": "agent", "content": "Harbour Dental.", "words": [{"word": "Harbour", "start": 0.2, "end": 1.1}]},
        {"role": "user", "content": "Hi.", "words": [{"word": "Hi", "start": 1.6, "end": 1.9}]},
    ])
}

/// What the server stores of the utterances.
pub const TURNS: &str = r#"[["agent",200,1100,15],["user",1600,1900,3]]"#;
/// What the server stores as the analysis.
pub const ANALYSIS: &str = r#"{"retell_llm_dynamic_variables":{"company_name":"Harbour Dental"}}"#;
