//! What every body has around its `data`.

use jiff::Timestamp;

use super::EventKind;
use crate::ids::EventId;

/// The body of an event (specification §6.3), with what lets its receiver tell repetitions (`id`) and the
/// order of things (`sequence`, counted over all events of the customer). `data` is JSON already: exact
/// digits would not survive being read.
pub fn envelope(kind: EventKind, id: EventId, sequence: i64, at: Timestamp, data: &str) -> String {
    // Milliseconds always: programs that read instants do not all read any number of digits.
    // Names, ids and instants hold nothing that JSON would escape.
    format!(
        r#"{{"event":"{}","timestamp":"{at:.3}","id":"{id}","sequence":{sequence},"data":{data}}}"#,
        kind.as_str()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_names_the_event_and_keeps_the_data_letter_by_letter() {
        let at: Timestamp = "2026-01-15T10:30:00Z".parse().unwrap();
        let body = envelope(EventKind::BalanceLow, EventId(12), 3, at, r#"{"balance":9.50}"#);
        let expected = r#"{"event":"balance.low","timestamp":"2026-01-15T10:30:00.000Z","id":"evt_12","sequence":3,"data":{"balance":9.50}}"#;
        assert_eq!(body, expected);
        assert!(serde_json::from_str::<serde_json::Value>(&body).is_ok());
    }
}
