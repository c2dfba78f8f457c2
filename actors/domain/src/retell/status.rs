//! Which of our three statuses a call ended with.

use crate::calls::Status;

/// From Retell's reason first, its `call_status` second: samples in its own documents show a
/// `call_ended` that still says `registered`. Both sets grow, so nothing is an error here.
///
/// Table: docs.retellai.com "Debug call disconnection".
pub fn status(disconnection_reason: Option<&str>, call_status: Option<&str>) -> Status {
    match disconnection_reason {
        Some("dial_no_answer" | "dial_busy" | "user_declined") => Status::NoAnswer,
        Some(
            "dial_failed"
            | "invalid_destination"
            | "telephony_provider_permission_denied"
            | "telephony_provider_unavailable"
            | "sip_routing_error"
            | "marked_as_spam"
            | "concurrency_limit_reached"
            | "no_valid_payment"
            | "scam_detected"
            | "registered_call_timeout",
        ) => Status::Failed,
        Some(reason) if reason.starts_with("error_") => Status::Failed,
        Some(
            "user_hangup"
            | "agent_hangup"
            | "call_transfer"
            | "transfer_bridged"
            | "transfer_cancelled"
            | "call_take_over"
            | "inactivity"
            | "max_duration_reached"
            | "ivr_reached"
            | "manual_stopped"
            | "no_concurrency_fallback"
            | "voicemail_reached",
        ) => Status::Completed,
        _ => match call_status {
            Some("not_connected" | "no-answer" | "no_answer") => Status::NoAnswer,
            Some("error" | "failed") => Status::Failed,
            _ => Status::Completed,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reason_decides_before_the_status_and_unknown_ones_fall_back() {
        assert_eq!(status(Some("dial_busy"), Some("ended")), Status::NoAnswer);
        assert_eq!(status(Some("error_asr"), None), Status::Failed);
        assert_eq!(status(Some("voicemail_reached"), Some("registered")), Status::Completed);
        assert_eq!(status(Some("brand_new"), Some("not_connected")), Status::NoAnswer);
        assert_eq!(status(None, Some("error")), Status::Failed);
        assert_eq!(status(None, None), Status::Completed);
    }
}
