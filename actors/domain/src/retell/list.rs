//! Reads what Retell's own API tells of calls: pages of its list, and one call whole.
//!
//! Unlike in a webhook nobody says which event it is: the call itself says whether it has ended and whether it
//! was analysed.

use jiff::Timestamp;
use serde_json::Value;

use super::body::parse;
use super::events::{Malformed, report};
use super::fields::{Object, SHORT_MAX, instant, object, text};
use crate::calls::{CallReport, Stage};

/// Calls on a page that are read; Retell sends at most as many.
pub const PAGE: usize = 1000;

/// A page of the list.
#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    /// Its calls, as far as they can be read.
    pub calls: Vec<Listed>,
    /// The key of the next page; `None` on the last.
    pub next: Option<String>,
}

/// A call of the list. It has everything but the conversation and the recording.
#[derive(Debug, Clone, PartialEq)]
pub struct Listed {
    /// Retell's name of it.
    pub retell_call_id: String,
    /// Who spoke.
    pub agent_id: Option<String>,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// What the list says of it.
    pub call: Value,
}

/// Reads the answer to `POST /v3/list-calls`; `None` where it is none.
pub fn read_page(body: &[u8]) -> Option<Page> {
    let body = parse(body).ok()?;
    let root = body.as_object()?;
    let calls = root.get("items")?.as_array()?.iter().take(PAGE).filter_map(listed).collect();
    let has_more = root.get("has_more").and_then(Value::as_bool).unwrap_or_default();
    let next = text(root, "pagination_key", SHORT_MAX * 8).filter(|_| has_more);
    Some(Page { calls, next })
}

fn listed(item: &Value) -> Option<Listed> {
    let call = item.as_object()?;
    // As a report would read it, so that the names are the same.
    let named = report(call, Stage::Ended).ok()?;
    Some(Listed {
        retell_call_id: named.retell_call_id,
        agent_id: named.details.agent_id,
        ended_at: instant(call, ["end_timestamp", "end_time"]),
        call: item.clone(),
    })
}

/// Whether a call that Retell's API tells of has ended.
fn has_ended(call: &Object) -> bool {
    let status = call.get("call_status").and_then(Value::as_str).unwrap_or_default();
    ["ended", "error", "not_connected"].contains(&status)
}

/// What a call as Retell's API has it reports; `None` while it is under way.
pub fn report_of(call: &Value) -> Result<Option<CallReport>, Malformed> {
    let call = call.as_object().ok_or(Malformed::NotAnObject)?;
    if !has_ended(call) {
        return Ok(None);
    }
    let is_analyzed = object(call, "call_analysis").is_some_and(|analysis| !analysis.is_empty());
    report(call, if is_analyzed { Stage::Analyzed } else { Stage::Ended }).map(Some)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_page_is_read_without_what_is_no_call() {
        let body = json!({
            "items": [
                {"call_id": "c1", "agent_id": "a1", "call_status": "ended", "end_timestamp": 1_767_614_460_000_i64},
                {"agent_id": "a1"}, 7, null, {"call_id": ""},
                {"call_id": "c2", "call_status": "error"},
            ],
            "has_more": true, "pagination_key": "next",
        });
        let page = read_page(body.to_string().as_bytes()).unwrap();
        let names: Vec<&str> = page.calls.iter().map(|call| call.retell_call_id.as_str()).collect();
        assert_eq!(names, ["c1", "c2"]);
        assert_eq!(page.calls[0].agent_id.as_deref(), Some("a1"));
        assert_eq!(page.calls[0].ended_at, Some("2026-01-05T12:01:00Z".parse().unwrap()));
        assert_eq!(page.next.as_deref(), Some("next"));
    }

    #[test]
    fn the_last_page_has_no_next_and_what_is_no_page_is_none() {
        let last = read_page(br#"{"items": [], "has_more": false, "pagination_key": "x"}"#).unwrap();
        assert_eq!((last.calls.len(), last.next), (0, None));
        for nonsense in ["", "[]", "{}", r#"{"items": {}}"#, "<html>"] {
            assert_eq!(read_page(nonsense.as_bytes()), None, "{nonsense}");
        }
    }

    #[test]
    fn a_call_says_itself_whether_it_has_ended_and_was_analysed() {
        let stage = |call: Value| report_of(&call).map(|report| report.map(|report| report.stage));
        let call = |status: &str, analysis: Value| json!({"call_id": "c", "call_status": status, "call_analysis": analysis});
        assert_eq!(stage(call("ongoing", json!(null))), Ok(None));
        assert_eq!(stage(call("registered", json!(null))), Ok(None));
        assert_eq!(stage(call("ended", json!(null))), Ok(Some(Stage::Ended)));
        assert_eq!(stage(call("ended", json!({}))), Ok(Some(Stage::Ended)));
        assert_eq!(stage(call("not_connected", json!(null))), Ok(Some(Stage::Ended)));
        assert_eq!(stage(call("error", json!({"call_summary": "s"}))), Ok(Some(Stage::Analyzed)));
        assert_eq!(stage(json!([])), Err(Malformed::NotAnObject));
        assert_eq!(stage(json!({"call_status": "ended"})), Err(Malformed::NoCallId));
    }
}
