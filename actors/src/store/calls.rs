//! Reads calls for people, under row-level security; and whose they are, which is not the actor's.

use domain::audit::{Author, Change};
use domain::calls::Status;
use domain::ids::{AppointmentId, CallId, CustomerId, UserId};
use domain::money::Money;
use domain::page::{COUNTED_MAX, Page, PageRequest};
use domain::search::{Query, bucket};
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use serde_json::{Value, json};
use sqlx::postgres::PgRow;
use sqlx::{Postgres, QueryBuilder, Row, Transaction};

use super::Store;
use super::audit_log;
use super::rows::{instant, perhaps_instant};
use crate::error::Error;

/// Hits that are counted and can be leafed through, the newest: beyond them another word helps.
pub const HITS_MAX: i64 = 1_000;

/// Which calls somebody sees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// All of the customer.
    All,
    /// Those of the agents and called numbers of this user, and those given to them by hand; not
    /// those given to somebody else.
    Of(UserId),
}

/// What a list is narrowed to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Begun at or after.
    pub from: Option<Timestamp>,
    /// Begun before.
    pub to: Option<Timestamp>,
    /// The caller's number.
    pub number: Option<String>,
    /// How they ended.
    pub status: Option<Status>,
    /// Only those that a person should look at.
    pub needs_review: bool,
}

impl Filter {
    fn is_none(&self) -> bool {
        *self == Self::default()
    }
}

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

/// A page of calls: the newest first, by their begin where a period is asked for.
pub async fn page(
    store: &Store,
    customer: CustomerId,
    scope: &Scope,
    filter: &Filter,
    request: PageRequest,
) -> Result<Page<CallLine>, Error> {
    let mut list =
        QueryBuilder::new(concat!("select ", line_columns!("left(c.summary, 300)"), "\n  from calls c"));
    narrow(&mut list, customer, scope, filter);
    list.push(if filter.from.is_some() || filter.to.is_some() {
        "\n order by c.start_time desc, c.id desc"
    } else {
        "\n order by c.id desc"
    });
    list.push("\n limit ").push_bind(request.limit()).push(" offset ").push_bind(request.offset());
    let mut count = QueryBuilder::new("select count(*) from (select 1 from calls c");
    narrow(&mut count, customer, scope, filter);
    count.push("\n limit ").push_bind(COUNTED_MAX + 1).push(") counted");

    let mut transaction = store.read_for(customer).await?;
    // Planned for these very values: a filter of one customer is another's whole table.
    let rows = list.build().persistent(false).fetch_all(&mut *transaction).await?;
    let counted: i64 = count.build_query_scalar().persistent(false).fetch_one(&mut *transaction).await?;
    transaction.commit().await?;
    let lines = rows.iter().map(line).collect::<Result<_, _>>()?;
    Ok(Page::new(request, lines, counted))
}

fn narrow(query: &mut QueryBuilder<Postgres>, customer: CustomerId, scope: &Scope, filter: &Filter) {
    query.push("\n where c.customer_id = ").push_bind(customer.0);
    if let Some(from) = filter.from {
        query.push(" and c.start_time >= ").push_bind(from.to_sqlx());
    }
    if let Some(to) = filter.to {
        query.push(" and c.start_time < ").push_bind(to.to_sqlx());
    }
    if let Some(number) = &filter.number {
        query.push(" and c.from_number = ").push_bind(number.clone());
    }
    if let Some(status) = filter.status {
        query.push(" and c.status = ").push_bind(status.as_str());
        if status != Status::Completed {
            // Else the planner may not use the index that leaves completed calls out.
            query.push(" and c.status <> 'completed'");
        }
    }
    if filter.needs_review {
        query.push(" and c.review is not null");
    }
    if let Scope::Of(user) = scope {
        push_scope(query, user);
    }
}

/// Given to somebody by hand, a call is theirs alone.
fn push_scope(query: &mut QueryBuilder<Postgres>, user: &UserId) {
    query
        .push(" and coalesce((select a.user_id = ")
        .push_bind(user.0.clone())
        .push(
            " from call_assignees a
                    where a.customer_id = c.customer_id and a.call_id = c.id),
                  exists (select from user_agents g
                           where g.customer_id = c.customer_id and g.agent_id = c.agent_id and g.user_id = ",
        )
        .push_bind(user.0.clone())
        .push(
            ")
                  or exists (select from user_numbers n
                              where n.customer_id = c.customer_id and n.number = c.to_number and n.user_id = ",
        )
        .push_bind(user.0.clone())
        .push("))");
}

/// One call, if this viewer sees it.
pub async fn find(
    store: &Store,
    customer: CustomerId,
    scope: &Scope,
    name: &Name,
) -> Result<Option<CallRecord>, Error> {
    let mut query = QueryBuilder::new(concat!(
        "select ",
        line_columns!("c.summary"),
        ", c.billable_seconds, c.rate_per_minute, c.disconnection_reason, c.transcript, c.turns,
       c.analysis, c.improvement_recommendations,
       array(select p.id from appointments p where p.customer_id = c.customer_id and p.call_id = c.id
              order by p.id) as appointments
  from calls c"
    ));
    narrow(&mut query, customer, scope, &Filter::default());
    push_name(&mut query, name);
    let mut transaction = store.read_for(customer).await?;
    let row = query.build().fetch_optional(&mut *transaction).await?;
    transaction.commit().await?;
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
    let mut query = QueryBuilder::new("select c.id, c.retell_call_id, c.recording_url from calls c");
    narrow(&mut query, customer, scope, &Filter::default());
    push_name(&mut query, name);
    let mut transaction = store.read_for(customer).await?;
    let row = query.build().fetch_optional(&mut *transaction).await?;
    transaction.commit().await?;
    let Some(row) = row else { return Ok(None) };
    Ok(Some(Recording {
        call: CallId(row.try_get("id")?),
        retell_call_id: row.try_get("retell_call_id")?,
        url: row.try_get("recording_url")?,
    }))
}

fn push_name(query: &mut QueryBuilder<Postgres>, name: &Name) {
    match name {
        Name::Ours(id) => query.push(" and c.id = ").push_bind(id.0),
        Name::Retells(id) => query.push(" and c.retell_call_id = ").push_bind(id.clone()),
    };
}

/// A call in which something was found.
#[derive(Debug, Clone)]
pub struct Hit {
    /// The call.
    pub line: CallLine,
    /// Where it is cut out: the transcript, else the summary.
    pub text: Option<String>,
}

/// Calls that have all these words, the newest [`HITS_MAX`] of them.
pub async fn search(
    store: &Store,
    customer: CustomerId,
    scope: &Scope,
    filter: &Filter,
    query: &Query,
    request: PageRequest,
) -> Result<Page<Hit>, Error> {
    const NOW: &str = "select seq from balances where customer_id = $1";
    let mut transaction = store.read_for(customer).await?;
    let seq: i64 = sqlx::query_scalar(NOW).bind(customer.0).fetch_one(&mut *transaction).await?;
    // The newest bucket first, then ever more of them at once: a word that is in every call is found
    // in one, a rare one by a look into each, and neither takes long.
    let (mut found, mut newest, mut buckets) = (Vec::new(), bucket(seq), 1);
    while newest >= 0 && found.len() <= HITS_MAX as usize {
        let oldest = (newest - buckets + 1).max(0);
        let words = query.tsquery(customer, (oldest..=newest).rev());
        found.extend(hits(&mut transaction, customer, scope, filter, words).await?);
        (newest, buckets) = (oldest - 1, buckets * 8);
    }
    found.truncate(HITS_MAX as usize + 1);
    let from = usize::try_from(request.offset()).unwrap_or(usize::MAX).min(found.len());
    let to = from.saturating_add(usize::try_from(request.limit()).unwrap_or_default()).min(found.len());
    const LINES: &str = concat!(
        "select coalesce(c.transcript, c.summary) as text, ",
        line_columns!("left(c.summary, 300)"),
        "\n  from calls c\n where c.customer_id = $1 and c.id = any($2)\n order by c.id desc"
    );
    let rows =
        sqlx::query(LINES).bind(customer.0).bind(&found[from..to]).fetch_all(&mut *transaction).await?;
    transaction.commit().await?;
    let lines = rows.iter().map(|row| Ok(Hit { line: line(row)?, text: row.try_get("text")? }));
    let lines = lines.collect::<Result<_, sqlx::Error>>()?;
    Ok(Page::counted_to(request, lines, i64::try_from(found.len()).unwrap_or(i64::MAX), HITS_MAX))
}

/// The calls that a look into the text index finds, the newest first. Apart from the rest, or
/// row-level security would keep the index from being used.
async fn hits(
    transaction: &mut Transaction<'static, Postgres>,
    customer: CustomerId,
    scope: &Scope,
    filter: &Filter,
    words: String,
) -> Result<Vec<i64>, sqlx::Error> {
    let mut sql =
        QueryBuilder::new("with hits as materialized (\n    select call_id from tenant_call_search");
    sql.push(" where customer_id = ").push_bind(customer.0);
    sql.push(" and document @@ ").push_bind(words).push("::tsquery)\n");
    if filter.is_none() && *scope == Scope::All {
        sql.push("select call_id from hits order by call_id desc limit ").push_bind(HITS_MAX + 1);
    } else {
        sql.push("select c.id from calls c join hits on c.id = hits.call_id");
        narrow(&mut sql, customer, scope, filter);
        sql.push(" order by c.id desc limit ").push_bind(HITS_MAX + 1);
    }
    sql.build_query_scalar().persistent(false).fetch_all(&mut **transaction).await
}

/// What became of giving a call to somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Assigned {
    /// It is theirs.
    Done,
    /// There is no such call.
    UnknownCall,
    /// There is no such user, or not any more.
    UnknownUser,
}

/// Gives a call to a user, or back to whoever its agent and number belong to.
pub async fn assign(
    store: &Store,
    customer: CustomerId,
    name: &Name,
    user: Option<&UserId>,
    author: &Author,
    now: Timestamp,
) -> Result<Assigned, Error> {
    const CALL: &str = "
select c.id, a.user_id
  from calls c
  left join call_assignees a on a.customer_id = c.customer_id and a.call_id = c.id
 where c.customer_id = $1 and (c.id = $2 or c.retell_call_id = $3)";
    const USER: &str = "
select exists (select from users where customer_id = $1 and id = $2 and status <> 'disabled')";
    const GIVE: &str = "
insert into call_assignees (customer_id, call_id, user_id, assigned_at)
values ($1, $2, $3, $4)
on conflict (customer_id, call_id) do update set user_id = excluded.user_id, assigned_at = excluded.assigned_at";
    const TAKE: &str = "delete from call_assignees where customer_id = $1 and call_id = $2";
    let (ours, retells) = match name {
        Name::Ours(id) => (Some(id.0), None),
        Name::Retells(id) => (None, Some(id)),
    };
    let mut transaction = store.claims.begin().await?;
    let call: Option<(i64, Option<String>)> = sqlx::query_as(CALL)
        .bind(customer.0)
        .bind(ours)
        .bind(retells)
        .fetch_optional(&mut *transaction)
        .await?;
    let Some((call, before)) = call else { return Ok(Assigned::UnknownCall) };
    if before.as_ref() == user.map(|user| &user.0) {
        return Ok(Assigned::Done);
    }
    match user {
        None => {
            sqlx::query(TAKE).bind(customer.0).bind(call).execute(&mut *transaction).await?;
        }
        Some(user) => {
            let is_there: bool =
                sqlx::query_scalar(USER).bind(customer.0).bind(&user.0).fetch_one(&mut *transaction).await?;
            if !is_there {
                return Ok(Assigned::UnknownUser);
            }
            let give = sqlx::query(GIVE).bind(customer.0).bind(call).bind(&user.0).bind(now.to_sqlx());
            give.execute(&mut *transaction).await?;
        }
    }
    let change = Change::of("call.assigned", CallId(call).to_string());
    let change = change.from(json!(before)).to(json!(user.map(|user| &user.0)));
    audit_log::insert(&mut transaction, customer, author, change, now).await?;
    transaction.commit().await?;
    Ok(Assigned::Done)
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
