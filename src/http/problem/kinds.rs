//! Every kind of problem that our API answers with, for its document: the status, and what to do.
//!
//! A test reads `problem.rs` and fails where a kind is missing here.

use serde_json::{Value, json};

/// One kind.
#[derive(Debug, Clone, Copy)]
pub struct Kind {
    /// The end of `type`.
    pub name: &'static str,
    /// With which it comes.
    pub status: u16,
    /// When it comes, and what to do.
    pub meaning: &'static str,
}

const fn kind(status: u16, name: &'static str, meaning: &'static str) -> Kind {
    Kind { name, status, meaning }
}

/// By status.
#[rustfmt::skip]
pub const KINDS: &[Kind] = &[
    kind(400, "bad-body", "The body is no JSON object, or was cut off."),
    kind(401, "not-signed-in", "Nobody is signed in, or the token is unknown or revoked."),
    kind(403, "not-allowed", "The role or its permissions do not allow this."),
    kind(403, "session-needed", "Asked with an API token: sign in with a browser."),
    kind(403, "customer-suspended", "The business is suspended: everything can be read and nothing changed."),
    kind(403, "code-needed", "Another browser asked for this link: send the six digits shown there as `code`."),
    kind(403, "code-wrong", "Those are not the six digits; `detail` says how many tries are left."),
    kind(403, "cross-site", "A page of another site sent this with the cookie of a session."),
    kind(403, "https-needed", "The request came over plain http."),
    kind(404, "not-found", "There is no such thing, or none that you may see."),
    kind(404, "unknown-appointment", "There is no such appointment."),
    kind(404, "unknown-key", "The business is closed."),
    kind(404, "dead-link", "The link is unknown, used or over: ask for a new one."),
    kind(405, "method-not-allowed", "The address does not take that method."),
    kind(409, "slot-taken", "Another appointment has that time."),
    kind(409, "outside-hours", "The business is closed then; `outside_hours` confirms it."),
    kind(409, "slot-refused", "That time cannot be had, for example because it is over or too far ahead."),
    kind(409, "refused", "A rule says no; `detail` says which."),
    kind(409, "still-running", "The request with the same `Idempotency-Key` has no answer yet: come back in a second."),
    kind(412, "changed-meanwhile", "Somebody was first; `current` is how it is now."),
    kind(413, "body-too-large", "The body is too long."),
    kind(415, "not-json", "The body must come as `application/json`."),
    kind(415, "compressed-body", "The body must come uncompressed."),
    kind(416, "no-such-part", "The recording is shorter than the `Range`."),
    kind(422, "invalid", "Fields are wrong: `errors` names each."),
    kind(422, "key-reused", "The `Idempotency-Key` was used for another body."),
    kind(429, "too-many-requests", "Too many requests: wait for `Retry-After` seconds."),
    kind(500, "internal", "Something fell on our side; the `request_id` helps us to find it."),
    kind(502, "recording-gone", "The recording is not there any more."),
    kind(502, "recording-unreachable", "The place where the recording lies does not answer."),
    kind(502, "payments-unreachable", "The company that takes payments does not answer, or takes none just now."),
    kind(503, "body-too-slow", "The body came too slowly."),
    kind(503, "overloaded", "Too much is waiting: come back after `Retry-After` seconds."),
    kind(503, "unavailable", "It could not be decided just now; asking again is safe."),
];

/// For the document.
pub fn document() -> Value {
    let kinds =
        KINDS.iter().map(|kind| json!({"kind": kind.name, "status": kind.status, "meaning": kind.meaning}));
    kinds.collect()
}
