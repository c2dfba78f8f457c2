//! Calls: listed, searched, read, given to somebody.

use std::sync::Arc;

use actors::store::calls::{self, Assigned, CallLine, CallRecord, Filter, Name, Scope};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use domain::calls::Status;
use domain::ids::UserId;
use domain::money::Money;
use domain::search::{self, Piece};
use domain::users::Action;
use domain::webhooks::minutes;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Number, Value};
use utoipa::{IntoParams, ToSchema};

use super::listing::{Listing, PageQuery, PeriodQuery};
use super::recordings::signed;
use crate::http::Edge;
use crate::http::json;
use crate::http::problem::{Problem, Problems};
use crate::http::query::Queries;
use crate::http::session::SignedIn;
use crate::http::typed;
use crate::recordings::OBJECT_LINK_LIFE;

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
enum CallStatus {
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
    /// Who spoke when: `role`, `start` and `end` in seconds.
    #[schema(required, value_type = Option<Vec<Object>>)]
    turns: Option<Value>,
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
    fn of(line: CallLine, shows_costs: bool) -> Self {
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
    fn of(record: CallRecord, shows_costs: bool, recording_url: Option<String>) -> Self {
        Self {
            recording_url,
            billable_seconds: shows_costs.then_some(record.billable_seconds),
            rate_per_minute: shows_costs.then_some(record.rate_per_minute),
            disconnection_reason: record.disconnection_reason,
            transcript: record.transcript,
            turns: record.turns.and_then(|turns| serde_json::from_str(&turns).ok()),
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
    call: Call,
    /// Where it was found, cut out of the transcript or the summary; empty where it was a number.
    snippet: Vec<SnippetPiece>,
}

/// A piece of a text.
#[derive(Serialize, ToSchema)]
pub struct SnippetPiece {
    #[schema(example = "appointment")]
    text: String,
    /// Whether this was looked for: to be highlighted.
    #[schema(example = true)]
    is_hit: bool,
}

/// What a list is narrowed to.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListQuery {
    /// The caller's number.
    #[param(max_length = 50, example = "+15550100123")]
    number: Option<String>,
    status: Option<CallStatus>,
    /// Only those that a person should look at.
    needs_review: Option<bool>,
}

/// What is looked for, and what the hits are narrowed to.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct SearchQuery {
    /// Beginnings of words, or any four digits of a number.
    #[param(min_length = 1, max_length = 200, example = "appointment")]
    q: String,
    status: Option<CallStatus>,
}

/// List calls
///
/// The newest first; of a period those that began in it. Users who may not see all calls get those of their agents and called numbers
/// and those given to them.
#[utoipa::path(get, path = "/api/calls", tag = "Calls", security(("token" = []), ("session" = [])),
    params(ListQuery, PageQuery, PeriodQuery), responses((status = 200, body = Listing<Call>), Problems)
)]
pub async fn list(
    State(edge): State<Arc<Edge>>,
    who: SignedIn,
    Queries((asked, page, period)): Queries<(ListQuery, PageQuery, PeriodQuery)>,
) -> Result<Json<Listing<Call>>, Problem> {
    let customer = who.member(Action::ViewOwnCalls)?;
    let period = period.period(&who)?;
    typed::at_most("number", asked.number.as_deref(), typed::PHONE_CHARS_MAX)?;
    let filter = Filter {
        period,
        number: asked.number.as_deref().and_then(domain::phone::normalize),
        status: asked.status.map(Status::from),
        needs_review: asked.needs_review.unwrap_or_default(),
    };
    let request = page.request()?;
    let found = calls::page(&edge.store, customer, &scope(&who), &filter, request).await?;
    let shows_costs = who.viewer.may(Action::ViewBilling);
    Ok(Json(found.map(|line| Call::of(line, shows_costs)).into()))
}

/// Search calls
///
/// By beginnings of words in what was said, by Retell's name, by any four digits of a number; the
/// newest first, at most a thousand; of a period those that began in it.
#[utoipa::path(get, path = "/api/calls/search", operation_id = "searchCalls", tag = "Calls", security(("token" = []), ("session" = [])),
    params(SearchQuery, PageQuery, PeriodQuery), responses((status = 200, body = Listing<Hit>), Problems)
)]
pub async fn search(
    State(edge): State<Arc<Edge>>,
    who: SignedIn,
    Queries((asked, page, period)): Queries<(SearchQuery, PageQuery, PeriodQuery)>,
) -> Result<Json<Listing<Hit>>, Problem> {
    let customer = who.member(Action::ViewOwnCalls)?;
    typed::at_most("q", Some(&asked.q), typed::QUERY_CHARS_MAX)?;
    let wanted = search::Query::parse(&asked.q)
        .ok_or_else(|| Problem::invalid_field("q", "there is no word to look for"))?;
    let period = period.period(&who)?;
    let filter = Filter { period, status: asked.status.map(Status::from), ..Filter::default() };
    let request = page.request()?;
    let found = calls::search(&edge.store, customer, &scope(&who), &filter, &wanted, request).await?;
    let shows_costs = who.viewer.may(Action::ViewBilling);
    let found = found.map(|hit| Hit {
        call: Call::of(hit.line, shows_costs),
        snippet: wanted.snippet(hit.text.as_deref().unwrap_or_default()).into_iter().map(piece).collect(),
    });
    Ok(Json(found.into()))
}

fn piece(Piece { text, is_hit }: Piece) -> SnippetPiece {
    SnippetPiece { text, is_hit }
}

/// Read a call
///
/// By our name of it or by Retell's.
#[utoipa::path(get, path = "/api/calls/{id}", tag = "Calls", security(("token" = []), ("session" = [])),
    params(("id" = String, Path, description = "`call_12`, or Retell's", example = "call_12")),
    responses((status = 200, body = CallDetail), Problems)
)]
pub async fn show(
    State(edge): State<Arc<Edge>>,
    who: SignedIn,
    Path(id): Path<String>,
) -> Result<Json<CallDetail>, Problem> {
    let customer = who.member(Action::ViewOwnCalls)?;
    let record = calls::find(&edge.store, customer, &scope(&who), &Name::parse(&id)).await?;
    let record = record.ok_or_else(|| Problem::nothing_of_that_name("call"))?;
    let link = record.line.has_recording.then(|| signed(&edge, customer, record.line.id, OBJECT_LINK_LIFE).0);
    Ok(Json(CallDetail::of(record, who.viewer.may(Action::ViewBilling), link)))
}

/// To whom a call is given.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Assignee {
    /// `null` gives it back to the users of its agent and called number.
    #[serde(deserialize_with = "json::present")]
    #[schema(required, example = "usr_5x7k3q")]
    user_id: Option<String>,
}

/// Give a call to a user
///
/// Users who do not see all calls then see it only if it is theirs. For admins.
#[utoipa::path(put, path = "/api/calls/{id}/assignee", operation_id = "assignCall", tag = "Calls",
    security(("token" = []), ("session" = [])), request_body = Assignee,
    params(("id" = String, Path, description = "`call_12`, or Retell's", example = "call_12")),
    responses((status = 204, description = "it is theirs"), Problems)
)]
pub async fn assign(
    State(edge): State<Arc<Edge>>,
    who: SignedIn,
    Path(id): Path<String>,
    json::Json(assignee): json::Json<Assignee>,
) -> Result<StatusCode, Problem> {
    let customer = who.member(Action::AssignCalls)?;
    let user = assignee.user_id.map(UserId);
    let (name, author, now) = (Name::parse(&id), who.author(), edge.clock.now());
    match calls::assign(&edge.store, customer, &name, user.as_ref(), &author, now).await? {
        Assigned::Done => Ok(StatusCode::NO_CONTENT),
        Assigned::UnknownCall => Err(Problem::nothing_of_that_name("call")),
        Assigned::UnknownUser => Err(Problem::invalid_field("user_id", "there is no such user")),
    }
}

/// Which calls this viewer sees.
pub(super) fn scope(who: &SignedIn) -> Scope {
    if who.viewer.may(Action::ViewAllCalls) { Scope::All } else { Scope::Of(who.person.user.clone()) }
}
