//! Bodies as Retell sends them, and its signature.

use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

/// The specification's flat report of a call.
pub fn flat(call_id: &str, seconds: i64) -> Value {
    json!({
        "call_id": call_id, "agent_id": "agent_1", "call_type": "inbound",
        "from_number": "+15550100123", "to_number": "+15550100100",
        "duration_seconds": seconds, "recording_url": "https://recordings.example.com/1.wav",
        "transcript": "Agent: Hello.\nUser: Hello.", "call_summary": "A greeting.",
        "call_analysis": {"user_sentiment": "Positive"}, "call_score": 85,
        "improvement_recommendations": ["Smile"], "custom_data": {"campaign": "spring"},
    })
}

/// Retell's own report: `call_started`, `call_ended`, `call_analyzed`.
pub fn event(event: &str, call_id: &str, milliseconds: i64) -> Value {
    let start = 1_767_614_400_000_i64; // 2026-01-05T12:00:00Z
    let mut call = json!({
        "call_id": call_id, "agent_id": "agent_1", "agent_version": 1, "call_type": "phone_call",
        "call_status": if event == "call_started" { "ongoing" } else { "ended" },
        "direction": "inbound", "from_number": "+15550100123", "to_number": "+15550100100",
        "start_timestamp": start,
    });
    if event != "call_started" {
        call["end_timestamp"] = json!(start + milliseconds);
        call["duration_ms"] = json!(milliseconds);
        call["disconnection_reason"] = json!("user_hangup");
        call["transcript"] = json!("Agent: Hello.\nUser: Hello.");
        call["transcript_object"] = json!([
            {"role": "agent", "content": "Hello.", "words": [{"word": "Hello.", "start": 0.5, "end": 0.9}]},
            {"role": "user", "content": "Hello.", "words": [{"word": "Hello.", "start": 1.5, "end": 1.9}]},
        ]);
    }
    if event == "call_analyzed" {
        call["call_analysis"] = json!({
            "call_summary": "A greeting.", "user_sentiment": "Positive",
            "custom_analysis_data": {"call_score": "85", "improvement_recommendations": "Smile; Listen"},
        });
    }
    json!({"event": event, "call": call})
}

/// `X-Retell-Signature` of a body at a time.
pub fn sign(key: &str, body: &[u8], milliseconds: i64) -> String {
    let mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).expect("HMAC takes any key");
    let mac = mac.chain_update(body).chain_update(milliseconds.to_string());
    let digest = data_encoding::HEXLOWER.encode(&mac.finalize().into_bytes());
    format!("v={milliseconds},d={digest}")
}
