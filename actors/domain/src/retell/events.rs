//! Reads a webhook body: Retell's `{event, call}` and the specification's flat object.

use serde_json::{Value, json};

use super::fields::{Object, SHORT_MAX, cut, instant, is_within, number, object, text};
use super::status::status;
use crate::calls::{CallReport, Channel, Details, Direction, Duration, Stage};
use crate::phone;

/// No call lasts longer than this: Retell ends them after two hours.
const DURATION_MAX_SECONDS: u32 = 24 * 60 * 60;
const URL_MAX: usize = 2048;
/// A value of an analysis, as JSON.
const VALUE_BYTES_MAX: usize = 64 * 1024;
/// Values of an analysis, recommendations of a call.
const FIELDS_MAX: usize = 200;
/// Turns of a conversation; two hours of quick talk have a few thousand.
const TURNS_MAX: usize = 20_000;

/// What a webhook body tells.
#[derive(Debug, Clone, PartialEq)]
pub enum Notice {
    /// A call is under way.
    Live(Box<CallReport>),
    /// A call has ended or was analysed.
    Finished(Box<CallReport>),
    /// A call is about to come in and waits for an answer.
    Inbound(InboundCall),
    /// Something we have no use for, such as a chat; it is not an error.
    Ignored,
}

/// A call that rings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InboundCall {
    /// Which agent the number is bound to.
    pub agent_id: Option<String>,
    /// Who calls, where the number names somebody.
    pub from_number: Option<String>,
}

/// Why a body tells nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// Not an object.
    #[error("the body must be a JSON object")]
    NotAnObject,
    /// Neither of the two shapes.
    #[error("the body has neither `event` and `call` nor a `call_id`")]
    NoCall,
    /// A finished call without a usable name.
    #[error("`call_id` must be a text of 1 to 255 bytes")]
    NoCallId,
}

/// Reads a parsed body of the webhook route.
pub fn read_notice(body: &Value) -> Result<Notice, Malformed> {
    let root = body.as_object().ok_or(Malformed::NotAnObject)?;
    // `data` is what old accounts still send in place of `call`.
    let call = object(root, "call").or_else(|| object(root, "data"));
    match (root.get("event").and_then(Value::as_str), call) {
        (Some("call_inbound"), _) => Ok(Notice::Inbound(inbound(root))),
        (Some("call_ended"), Some(call)) => Ok(Notice::Finished(report(call, Stage::Ended)?.into())),
        (Some("call_analyzed"), Some(call)) => Ok(Notice::Finished(report(call, Stage::Analyzed)?.into())),
        (Some("call_ended" | "call_analyzed"), None) => Err(Malformed::NoCall),
        (Some(event), Some(call)) if is_of_live_call(event) => {
            Ok(Notice::Live(report(call, Stage::Started)?.into()))
        }
        (Some(_), _) => Ok(Notice::Ignored),
        (None, _) if root.contains_key("call_id") => {
            let mut whole = report(root, Stage::Analyzed)?;
            whole.is_whole = true;
            Ok(Notice::Finished(whole.into()))
        }
        (None, _) => Err(Malformed::NoCall),
    }
}

fn is_of_live_call(event: &str) -> bool {
    event == "call_started" || event == "transcript_updated" || event.starts_with("transfer_")
}

/// Reads a parsed body of the route for calls that ring.
pub fn read_inbound(body: &Value) -> Result<InboundCall, Malformed> {
    body.as_object().map(inbound).ok_or(Malformed::NotAnObject)
}

/// Reads the `call_inbound` object, in its envelope or bare.
fn inbound(root: &Object) -> InboundCall {
    let call = object(root, "call_inbound").unwrap_or(root);
    InboundCall {
        agent_id: text(call, "agent_id", SHORT_MAX),
        from_number: text(call, "from_number", SHORT_MAX)
            .as_deref()
            .and_then(phone::normalize)
            .filter(|number| phone::names_a_caller(number)),
    }
}

/// Reads a call object of either shape.
pub(super) fn report(call: &Object, stage: Stage) -> Result<CallReport, Malformed> {
    let id = match call.get("call_id") {
        Some(Value::String(id)) => id.trim().to_owned(),
        Some(Value::Number(id)) => id.to_string(),
        _ => String::new(),
    };
    if id.is_empty() || id.len() > SHORT_MAX {
        return Err(Malformed::NoCallId);
    }
    let kind = call.get("call_type").and_then(Value::as_str);
    let direction = match call.get("direction").and_then(Value::as_str).or(kind) {
        Some("outbound") => Direction::Outbound,
        _ => Direction::Inbound,
    };
    let channel = if kind == Some("web_call") { Channel::Web } else { Channel::Phone };
    let start_time = instant(call, ["start_timestamp", "start_time"]);
    let end_time = instant(call, ["end_timestamp", "end_time"]);
    let disconnection_reason = text(call, "disconnection_reason", SHORT_MAX);
    let analysis = object(call, "call_analysis");
    let custom = analysis.and_then(|analysis| object(analysis, "custom_analysis_data"));
    let number_of = |key| text(call, key, SHORT_MAX).as_deref().and_then(phone::normalize);
    let ended = stage >= Stage::Ended;
    let call_status = ["call_status", "status"].iter().find_map(|key| call.get(*key)?.as_str());
    Ok(CallReport {
        retell_call_id: id,
        stage,
        direction,
        channel,
        status: ended.then(|| status(disconnection_reason.as_deref(), call_status)),
        duration: if ended { duration(call, start_time, end_time) } else { Duration::Unknown },
        details: Details {
            agent_id: text(call, "agent_id", SHORT_MAX),
            from_number: number_of("from_number"),
            to_number: number_of("to_number"),
            start_time,
            end_time: end_time.filter(|_| ended),
            disconnection_reason,
            recording_url: text(call, "recording_url", URL_MAX),
            transcript: ended.then(|| text(call, "transcript", usize::MAX)).flatten(),
            turns: ended.then(|| turns(call)).flatten(),
            summary: text(call, "call_summary", usize::MAX)
                .or_else(|| text(analysis?, "call_summary", usize::MAX)),
            call_score: score(call).or_else(|| score(custom?)),
            analysis: ended.then(|| kept_analysis(call, analysis)).flatten(),
            improvement_recommendations: recommendations(call).or_else(|| recommendations(custom?)),
        },
        is_whole: false,
    })
}

/// `duration_ms` (Retell), `duration_seconds` (the specification), else end minus start.
fn duration(call: &Object, start: Option<jiff::Timestamp>, end: Option<jiff::Timestamp>) -> Duration {
    let stated = number(call, "duration_ms")
        .map(|number| number.map(|milliseconds| milliseconds / 1000.0))
        .or_else(|| number(call, "duration_seconds"));
    let seconds = match (stated, start, end) {
        (Some(Ok(seconds)), ..) => seconds,
        (Some(Err(what)), ..) => return Duration::Absurd(format!("the duration is not a number: {what}")),
        (None, Some(start), Some(end)) => end.duration_since(start).as_secs_f64(),
        _ => return Duration::Unknown,
    };
    if seconds < 0.0 {
        Duration::Absurd(format!("the duration is negative: {seconds} s"))
    } else if seconds > f64::from(DURATION_MAX_SECONDS) {
        Duration::Absurd(format!("the duration is over 24 hours: {seconds:.0} s"))
    } else {
        // In range and not negative, so the conversion is exact; a started second counts.
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 86,400")]
        Duration::Seconds(seconds.ceil() as u32)
    }
}

/// A score is not Retell's own: a tenant may define it as an analysis field.
fn score(object: &Object) -> Option<i32> {
    let score = number(object, "call_score")?.ok()?.clamp(0.0, 100.0).round();
    #[expect(clippy::cast_possible_truncation, reason = "0 to 100")]
    Some(score as i32)
}

/// A list, or a text with one recommendation a line (analysis fields cannot be lists).
fn recommendations(object: &Object) -> Option<Value> {
    let list: Vec<Value> = match object.get("improvement_recommendations")? {
        Value::Array(list) => {
            list.iter().filter(|one| is_within(one, SHORT_MAX * 8)).take(FIELDS_MAX).cloned().collect()
        }
        Value::String(text) => text
            .split(['\n', ';'])
            .map(str::trim)
            .filter(|line| !line.is_empty())
            .take(FIELDS_MAX)
            .map(|line| Value::String(cut(line, SHORT_MAX * 8).to_owned()))
            .collect(),
        _ => return None,
    };
    (!list.is_empty()).then_some(Value::Array(list))
}

/// The analysis as given, with what came beside it that a tenant put there or may want to compare.
fn kept_analysis(call: &Object, analysis: Option<&Object>) -> Option<Value> {
    const BESIDE: [&str; 5] = [
        "custom_data",
        "metadata",
        "retell_llm_dynamic_variables",
        "collected_dynamic_variables",
        "call_cost",
    ];
    let mut kept = Object::new();
    let within = analysis.into_iter().flatten().take(FIELDS_MAX);
    let beside = BESIDE.iter().filter_map(|key| Some((*key, call.get(*key)?)));
    for (key, value) in within.map(|(key, value)| (key.as_str(), value)).chain(beside) {
        if value.is_null() || kept.contains_key(key) {
            continue;
        }
        // Retell's own limit is 50 kB: what is longer is no analysis, and would hold up every reader.
        let value =
            if is_within(value, VALUE_BYTES_MAX) { value.clone() } else { json!("left out: too long") };
        kept.insert(cut(key, SHORT_MAX).to_owned(), value);
    }
    (!kept.is_empty()).then_some(Value::Object(kept))
}

/// Who spoke when, a tenth of the size of Retell's per-word timings: the words are in the transcript.
fn turns(call: &Object) -> Option<String> {
    let utterances = ["transcript_with_tool_calls", "transcript_object"]
        .iter()
        .find_map(|key| call.get(*key)?.as_array())?;
    let turns: Vec<Value> =
        utterances.iter().filter_map(|item| turn(item.as_object()?)).take(TURNS_MAX).collect();
    (!turns.is_empty()).then(|| Value::Array(turns).to_string())
}

fn turn(item: &Object) -> Option<Value> {
    let role = item.get("role")?.as_str()?;
    if role == "tool_call_invocation" {
        return Some(json!(["tool", text(item, "name", 64)?]));
    }
    let content = item.get("content")?.as_str()?;
    let words = item.get("words").and_then(Value::as_array);
    let at = |word: Option<&Value>, key: &str| -> Option<i64> {
        let seconds =
            word?.get(key)?.as_f64().filter(|s| (0.0..=f64::from(DURATION_MAX_SECONDS)).contains(s))?;
        #[expect(clippy::cast_possible_truncation, reason = "at most a day in milliseconds")]
        Some((seconds * 1000.0).round() as i64)
    };
    let start = at(words.and_then(|words| words.first()), "start");
    let end = at(words.and_then(|words| words.last()), "end");
    Some(json!([cut(role, 20), start, end, content.chars().count()]))
}
