//! A call as it is answered: in a list, as a hit, with all that is known of it.

use actors::store::calls::{CallLine, CallRecord};
use domain::calls::Status;
use domain::money::Money;
use domain::webhooks::minutes;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Number, Value};
use utoipa::ToSchema;

use super::turn::Turn;

/// A call, in a list.
#[derive(Serialize, ToSchema)]
pub struct Call {
    #[schema(example = "call_12")]
    call_id: String,
    /// Retell's name of it.
    #[schema(example = "call_5f0c2b7d9e")]
    retell_call_id: String,
    /// Retell's name of the agent that spoke.
    #[schema(required, example = "agent_demo")]
    agent_id: Option<String>,
    #[schema(value_type = Direction)]
    direction: String,
    #[schema(value_type = Channel)]
    channel: String,
    /// In E.164 where it parses; `null` for a web call or a withheld number.
    #[schema(required, example = "+15550100123")]
    from_number: Option<String>,
    #[schema(required, example = "+15550100100")]
    to_number: Option<String>,
    #[schema(required, example = "2026-01-15T10:00:00Z")]
    start_time: Option<Timestamp>,
    #[schema(required, example = "2026-01-15T10:05:00Z")]
    end_time: Option<Timestamp>,
    #[schema(minimum = 0, example = 300)]
    duration_seconds: i32,
    /// The same in minutes, with at most two decimals.
    #[schema(value_type = f64, minimum = 0, example = 5)]
    duration_minutes: Number,
    /// Charged in all. For admins only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = f64, example = 5.00)]
    cost: Option<Money>,
    /// How well it went, by Retell's analysis.
    #[schema(required, minimum = 0, maximum = 100, example = 85)]
    call_score: Option<i32>,
    /// `null` while the call is under way.
    #[schema(required, value_type = Option<CallStatus>)]
    status: Option<String>,
    #[schema(example = true)]
    has_recording: bool,
    /// Shortened in a list.
    #[schema(required, example = "Asked for an appointment.")]
    summary: Option<String>,
    /// Why a person should look at it; `null` where nobody needs to.
    #[schema(required)]
    review: Option<String>,
    /// The user to whom it was given by hand.
    #[schema(required, example = "usr_5x7k3q")]
    assignee_id: Option<String>,
    #[schema(example = "2026-01-15T10:05:02Z")]
    created_at: Timestamp,
}

/// Who called whom.
#[derive(ToSchema)]
#[schema(rename_all = "kebab-case")]
#[expect(dead_code, reason = "the document's: the words come from the database")]
enum Direction {
    Inbound,
    Outbound,
}

/// By telephone, or from a page on the web.
#[derive(ToSchema)]
#[schema(rename_all = "kebab-case")]
#[expect(dead_code, reason = "the document's: the words come from the database")]
enum Channel {
    Phone,
    Web,
}

/// How a call ended.
#[derive(Deserialize, ToSchema, Clone, Copy)]
#[serde(rename_all = "kebab-case")]
pub enum CallStatus {
    Completed,
    Failed,
    NoAnswer,
}

impl From<CallStatus> for Status {
    fn from(status: CallStatus) -> Self {
        match status {
            CallStatus::Completed => Self::Completed,
            CallStatus::Failed => Self::Failed,
            CallStatus::NoAnswer => Self::NoAnswer,
        }
    }
}

/// All of a call.
#[derive(Serialize, ToSchema)]
pub struct CallDetail {
    #[serde(flatten)]
    call: Call,
    /// Seconds charged for. For admins only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = i32, minimum = 0, example = 300)]
    billable_seconds: Option<i32>,
    /// The rate they were charged at. For admins only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = f64, minimum = 0, example = 1.00)]
    rate_per_minute: Option<Money>,
    /// Retell's word for how it ended.
    #[schema(required, example = "user_hangup")]
    disconnection_reason: Option<String>,
    #[schema(required, example = "Agent: Good morning. User: I would like an appointment.")]
    transcript: Option<String>,
    /// The transcript piece by piece: who said it, when, and what the agent did in between.
    turns: Vec<Turn>,
    /// Sentiment, topics and what else Retell's analysis says.
    #[schema(required, value_type = Option<Object>, example = json!({"user_sentiment": "Positive"}))]
    analysis: Option<Value>,
    #[schema(required, value_type = Option<Vec<Value>>)]
    improvement_recommendations: Option<Value>,
    /// Booked in this call.
    #[schema(example = json!(["apt_123"]))]
    appointment_ids: Vec<String>,
    /// A link of ours, good for a day and without signing in; `null` where nothing was recorded.
    #[schema(required)]
    recording_url: Option<String>,
}

impl Call {
    /// As it was read; costs are for those who may see them.
    pub fn of(line: CallLine, shows_costs: bool) -> Self {
        Self {
            call_id: line.id.to_string(),
            retell_call_id: line.retell_call_id,
            agent_id: line.agent_id,
            direction: line.direction,
            channel: line.channel,
            from_number: line.from_number,
            to_number: line.to_number,
            start_time: line.start_time,
            end_time: line.end_time,
            duration_seconds: line.duration_seconds,
            duration_minutes: minutes(u32::try_from(line.duration_seconds).unwrap_or_default()),
            cost: shows_costs.then_some(line.cost),
            call_score: line.call_score,
            status: line.status,
            has_recording: line.has_recording,
            summary: line.summary,
            review: line.review,
            assignee_id: line.assignee.map(|user| user.0),
            created_at: line.created_at,
        }
    }
}

impl CallDetail {
    /// As it was read; costs are for those who may see them.
    pub fn of(record: CallRecord, shows_costs: bool, recording_url: Option<String>) -> Self {
        Self {
            recording_url,
            billable_seconds: shows_costs.then_some(record.billable_seconds),
            rate_per_minute: shows_costs.then_some(record.rate_per_minute),
            disconnection_reason: record.disconnection_reason,
            turns: Turn::all(record.transcript.as_deref(), record.turns.as_deref()),
            transcript: record.transcript,
            analysis: record.analysis,
            improvement_recommendations: record.improvement_recommendations,
            appointment_ids: record.appointments.iter().map(ToString::to_string).collect(),
            call: Call::of(record.line, shows_costs),
        }
    }
}

/// A call in which something was found.
#[derive(Serialize, ToSchema)]
pub struct Hit {
    #[serde(flatten)]
    pub(super) call: Call,
    /// Where it was found, cut out of the transcript or the summary; empty where it was a number.
    pub(super) snippet: Vec<SnippetPiece>,
}

/// A piece of a text.
#[derive(Serialize, ToSchema)]
pub struct SnippetPiece {
    #[schema(example = "appointment")]
    pub(super) text: String,
    /// Whether this was looked for: to be highlighted.
    #[schema(example = true)]
    pub(super) is_hit: bool,
}
