//! What an event says to an endpoint: made with the first attempt, the same in all that follow.

use actors::secrets::Vault;
use actors::store::deliveries::{Brief, Call, Held};
use domain::ids::EventId;
use domain::webhooks::{CallData, envelope, minutes};
use jiff::{SignedDuration, Timestamp};

use crate::recordings::Link;

/// A link to a recording is good for so long: what is tried for days must still be worth opening.
const RECORDING_LINK_LIFE: SignedDuration = SignedDuration::from_hours(7 * 24);

/// Makes bodies.
pub struct Bodies {
    /// Seals links.
    pub vault: Vault,
    /// Where the platform is reached, without a slash at the end.
    pub public_url: String,
}

impl Bodies {
    /// The body as it was sent before, else as it is now; `None` where what it is about is not there.
    pub fn of(&self, held: Held, event: EventId, brief: &Brief, now: Timestamp) -> Option<String> {
        if let Some(body) = &brief.body {
            return Some(body.clone());
        }
        let data = match (&brief.payload, &brief.call) {
            (Some(payload), _) => payload.clone(),
            (None, Some(call)) => self.call(held, call, brief.sends_transcripts, now)?,
            (None, None) => return None,
        };
        Some(envelope(brief.kind, event, brief.sequence, brief.created_at, &data))
    }

    fn call(&self, held: Held, call: &Call, sends_transcripts: bool, now: Timestamp) -> Option<String> {
        let recording_url = call.has_recording.then(|| {
            let expires_at = now + RECORDING_LINK_LIFE;
            let link = Link { customer: held.customer, call: call.id, expires_at };
            format!("{}/api/recordings/{}", self.public_url, link.seal(&self.vault))
        });
        let data = CallData {
            call_id: call.id,
            retell_call_id: &call.retell_call_id,
            duration_seconds: call.duration_seconds,
            duration_minutes: minutes(call.duration_seconds),
            cost: call.cost,
            status: call.status.as_deref().and_then(status),
            direction: call.direction.as_deref(),
            start_time: call.start_time,
            end_time: call.end_time,
            caller_phone: call.caller_phone.as_deref(),
            recording_url: recording_url.as_deref(),
            transcript: sends_transcripts.then_some(call.transcript.as_deref()),
            summary: call.summary.as_deref(),
            call_score: call.call_score.map(Into::into),
        };
        serde_json::to_string(&data).ok()
    }
}

fn status(text: &str) -> Option<&'static str> {
    ["completed", "failed", "no-answer"].into_iter().find(|status| *status == text)
}
