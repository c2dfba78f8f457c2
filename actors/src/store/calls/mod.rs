//! Reads calls for people, under row-level security; and whose they are, which is not the actor's.

use domain::ids::{AppointmentId, CallId, CustomerId, UserId};
use domain::money::Money;
use jiff::Timestamp;
use serde_json::Value;
use sqlx::postgres::PgRow;
use sqlx::{Postgres, QueryBuilder, Row};

pub use self::assign::Assigned;
pub(crate) use self::assign::assign;
pub use self::booked::{booked_in, seen};
pub use self::list::{Filter, page};
pub use self::live::{Handover, Told, concern, seen_live};
pub use self::neighbours::neighbours;
pub use self::scope::Scope;
pub use self::search::{HITS_MAX, Hit, search};
pub use self::totals::{Totals, totals};
pub use self::volume::{begun, scores, to_look_at};
use super::Store;
use super::rows::{instant, perhaps_instant};
use crate::error::Error;

/// The columns of a [`CallLine`] of `calls c`.
macro_rules! line_columns {
    ($summary:literal) => {
        concat!(
            "c.id, c.retell_call_id, c.agent_id, c.direction, c.channel, c.from_number, c.to_number, c.start_time,
       c.end_time, c.duration_seconds, c.cost, c.call_score, c.status,
       c.recording_url is not null as has_recording, ",
            $summary,
            " as summary, c.review,
       (select a.user_id from call_assignees a where a.customer_id = c.customer_id and a.call_id = c.id)
           as assignee,
       c.created_at"
        )
    };
}

mod assign;
mod booked;
mod list;
mod live;
mod neighbours;
mod scope;
mod search;
mod totals;
mod volume;

/// A call's name: ours, or Retell's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Name {
    /// `call_12`
    Ours(CallId),
    /// Opaque.
    Retells(String),
}

impl Name {
    /// Reads a name as it stands in an address.
    pub fn parse(text: &str) -> Self {
        match text.strip_prefix("call_").and_then(|number| number.parse().ok()) {
            Some(id) => Name::Ours(CallId(id)),
            None => Name::Retells(text.to_owned()),
        }
    }
}

/// A call in a list.
#[derive(Debug, Clone)]
pub struct CallLine {
    /// Ours.
    pub id: CallId,
    /// Retell's.
    pub retell_call_id: String,
    /// Who spoke for the business.
    pub agent_id: Option<String>,
    /// `inbound`, `outbound`
    pub direction: String,
    /// `phone`, `web`
    pub channel: String,
    /// The caller.
    pub from_number: Option<String>,
    /// The called.
    pub to_number: Option<String>,
    /// When it began.
    pub start_time: Option<Timestamp>,
    /// When it ended.
    pub end_time: Option<Timestamp>,
    /// Whole seconds.
    pub duration_seconds: i32,
    /// Charged in all.
    pub cost: Money,
    /// 0 to 100.
    pub call_score: Option<i32>,
    /// `completed`, `failed`, `no-answer`; `None` while under way.
    pub status: Option<String>,
    /// Whether there is something to listen to.
    pub has_recording: bool,
    /// What it was about, shortened in a list.
    pub summary: Option<String>,
    /// Why a person should look at it.
    pub review: Option<String>,
    /// To whom it was given by hand.
    pub assignee: Option<UserId>,
    /// When it was first heard of.
    pub created_at: Timestamp,
}

/// All of a call.
#[derive(Debug, Clone)]
pub struct CallRecord {
    /// As in a list, with the whole summary.
    pub line: CallLine,
    /// Seconds charged for.
    pub billable_seconds: i32,
    /// The rate they were charged at.
    pub rate_per_minute: Money,
    /// Retell's word for how it ended.
    pub disconnection_reason: Option<String>,
    /// What was said.
    pub transcript: Option<String>,
    /// The same with who and when, as JSON.
    pub turns: Option<String>,
    /// What Retell made of it.
    pub analysis: Option<Value>,
    /// What could be better.
    pub improvement_recommendations: Option<Value>,
    /// Appointments booked in it.
    pub appointments: Vec<AppointmentId>,
}

/// One call, if this viewer sees it.
pub async fn find(
    store: &Store,
    customer: CustomerId,
    scope: &Scope,
    name: &Name,
) -> Result<Option<CallRecord>, Error> {
    let query = QueryBuilder::new(concat!(
        "select ",
        line_columns!("c.summary"),
        ", c.billable_seconds, c.rate_per_minute, c.disconnection_reason, c.transcript, c.turns,
       c.analysis, c.improvement_recommendations,
       array(select p.id from appointments p where p.customer_id = c.customer_id and p.call_id = c.id
              order by p.id) as appointments
  from calls c"
    ));
    let row = one(store, customer, scope, name, query).await?;
    Ok(row.as_ref().map(record).transpose()?)
}

/// Where the recording of a call lies.
#[derive(Debug, Clone)]
pub struct Recording {
    /// Of which call.
    pub call: CallId,
    /// By which Retell knows it.
    pub retell_call_id: String,
    /// Retell's link; never handed out. `None` where nothing was recorded.
    pub url: Option<String>,
}

/// Where the recording of a call lies, if this viewer sees the call.
pub async fn recording(
    store: &Store,
    customer: CustomerId,
    scope: &Scope,
    name: &Name,
) -> Result<Option<Recording>, Error> {
    let query = QueryBuilder::new("select c.id, c.retell_call_id, c.recording_url from calls c");
    let row = one(store, customer, scope, name, query).await?;
    let Some(row) = row else { return Ok(None) };
    Ok(Some(Recording {
        call: CallId(row.try_get("id")?),
        retell_call_id: row.try_get("retell_call_id")?,
        url: row.try_get("recording_url")?,
    }))
}

/// The row of a query of `calls c` that is about one call.
async fn one(
    store: &Store,
    customer: CustomerId,
    scope: &Scope,
    name: &Name,
    mut query: QueryBuilder<Postgres>,
) -> Result<Option<PgRow>, Error> {
    let mut transaction = store.read_for(customer).await?;
    query.push(" where c.customer_id = ").push_bind(customer.0);
    match name {
        Name::Ours(id) => query.push(" and c.id = ").push_bind(id.0),
        Name::Retells(id) => query.push(" and c.retell_call_id = ").push_bind(id.clone()),
    };
    if let Some(owner) = scope.owner(&mut transaction, customer).await? {
        owner.push_is_theirs(&mut query);
    }
    let row = query.build().fetch_optional(&mut *transaction).await?;
    transaction.commit().await?;
    Ok(row)
}

fn line(row: &PgRow) -> Result<CallLine, sqlx::Error> {
    Ok(CallLine {
        id: CallId(row.try_get("id")?),
        retell_call_id: row.try_get("retell_call_id")?,
        agent_id: row.try_get("agent_id")?,
        direction: row.try_get("direction")?,
        channel: row.try_get("channel")?,
        from_number: row.try_get("from_number")?,
        to_number: row.try_get("to_number")?,
        start_time: perhaps_instant(row, "start_time")?,
        end_time: perhaps_instant(row, "end_time")?,
        duration_seconds: row.try_get("duration_seconds")?,
        cost: Money::rounded(row.try_get("cost")?),
        call_score: row.try_get("call_score")?,
        status: row.try_get("status")?,
        has_recording: row.try_get("has_recording")?,
        summary: row.try_get("summary")?,
        review: row.try_get("review")?,
        assignee: row.try_get::<Option<String>, _>("assignee")?.map(UserId),
        created_at: instant(row, "created_at")?,
    })
}

fn record(row: &PgRow) -> Result<CallRecord, sqlx::Error> {
    let appointments: Vec<i64> = row.try_get("appointments")?;
    Ok(CallRecord {
        line: line(row)?,
        billable_seconds: row.try_get("billable_seconds")?,
        rate_per_minute: Money::rounded(row.try_get("rate_per_minute")?),
        disconnection_reason: row.try_get("disconnection_reason")?,
        transcript: row.try_get("transcript")?,
        turns: row.try_get("turns")?,
        analysis: row.try_get("analysis")?,
        improvement_recommendations: row.try_get("improvement_recommendations")?,
        appointments: appointments.into_iter().map(AppointmentId).collect(),
    })
}
