//! One attempt: what it takes, that it begins, how it ended.

use domain::ids::{CallId, CustomerId, EndpointId, EventId};
use domain::money::Money;
use domain::webhooks::{EventKind, Failure, closed_for, rest_for};
use jiff::{SignedDuration, Timestamp};
use jiff_sqlx::ToSqlx;
use sqlx::postgres::PgRow;
use sqlx::{FromRow, Row};

use super::Held;
use crate::store::Store;
use crate::store::rows::{instant, perhaps_instant};

/// From so many failures in a row on, each closes the endpoint for as long as the one before.
const FAILURES_TOLD_APART: u32 = 16;

/// A delivery that waits, with everything that an attempt takes.
#[derive(Debug, Clone)]
pub struct Brief {
    /// What has happened.
    pub kind: EventKind,
    /// Counted over all events of the customer.
    pub sequence: i64,
    /// When it happened.
    pub created_at: Timestamp,
    /// The `data`, where it was written down with the event.
    pub payload: Option<String>,
    /// What was sent in the attempts before.
    pub body: Option<String>,
    /// Attempts before.
    pub attempts: i32,
    /// Tries before, since it was last asked for.
    pub tries: u32,
    /// Where it goes.
    pub url: String,
    /// Whether calls are told with what was said.
    pub sends_transcripts: bool,
    /// The sealed secret that signs.
    pub secret: Vec<u8>,
    /// The sealed one before, and until when it signs too.
    pub previous: Option<(Vec<u8>, Timestamp)>,
    /// The call it is about, while there is no body.
    pub call: Option<Call>,
}

/// What is told of a call, as it stands now.
#[derive(Debug, Clone)]
pub struct Call {
    /// Ours.
    pub id: CallId,
    /// Retell's.
    pub retell_call_id: String,
    /// Seen from the business; `None` for a web call.
    pub direction: Option<String>,
    /// The other side's number.
    pub caller_phone: Option<String>,
    /// When it began.
    pub start_time: Option<Timestamp>,
    /// When it ended.
    pub end_time: Option<Timestamp>,
    /// Whole seconds.
    pub duration_seconds: u32,
    /// Charged in all.
    pub cost: Money,
    /// `completed`, `failed`, `no-answer`; `None` where Retell did not say.
    pub status: Option<String>,
    /// Whether there is something to listen to.
    pub has_recording: bool,
    /// What was said; not read where nobody wants it.
    pub transcript: Option<String>,
    /// What it was about.
    pub summary: Option<String>,
    /// 0 to 100.
    pub call_score: Option<i32>,
}

// A call is written in the commit of its event, and the subject of such an event is its name.
const BRIEF: &str = "
select d.event, d.body, d.attempts, d.tries, w.sequence, w.created_at, w.payload::text as payload,
       e.url, e.sends_transcripts, e.secret, e.previous_secret, e.previous_until,
       c.id as call_id, c.retell_call_id,
       case c.channel when 'phone' then c.direction end as direction,
       case when c.channel = 'phone' then
           case c.direction when 'inbound' then c.from_number else c.to_number end
       end as caller_phone,
       c.start_time, c.end_time, c.duration_seconds, c.cost, c.status as call_status,
       c.recording_url is not null as has_recording,
       case when e.sends_transcripts then c.transcript end as transcript, c.summary, c.call_score
  from webhook_deliveries d
  left join webhook_logs w on w.customer_id = d.customer_id and w.id = d.event_id
  join webhook_endpoints e on e.customer_id = d.customer_id and e.id = d.endpoint_id
  left join calls c
         on c.customer_id = d.customer_id and d.body is null and d.event like 'call.%'
        and c.id = case when w.subject ~ '^call_[0-9]+$' then substr(w.subject, 6)::bigint end
 where d.customer_id = $1 and d.endpoint_id = $2 and d.event_id = $3 and d.status = 'pending'
   and e.secret is not null";

impl FromRow<'_, PgRow> for Brief {
    fn from_row(row: &PgRow) -> Result<Self, sqlx::Error> {
        let (tries, kind): (i32, &str) = (row.try_get("tries")?, row.try_get("event")?);
        let previous: Option<Vec<u8>> = row.try_get("previous_secret")?;
        let call: Option<i64> = row.try_get("call_id")?;
        Ok(Self {
            kind: EventKind::parse(kind).ok_or_else(|| sqlx::Error::ColumnNotFound("event".to_owned()))?,
            sequence: row.try_get::<Option<i64>, _>("sequence")?.unwrap_or_default(),
            created_at: instant(row, "created_at")?,
            payload: row.try_get("payload")?,
            body: row.try_get("body")?,
            attempts: row.try_get("attempts")?,
            tries: u32::try_from(tries).unwrap_or_default(),
            url: row.try_get("url")?,
            sends_transcripts: row.try_get("sends_transcripts")?,
            secret: row.try_get("secret")?,
            previous: previous.zip(perhaps_instant(row, "previous_until")?),
            call: call.map(|id| call_of(CallId(id), row)).transpose()?,
        })
    }
}

fn call_of(id: CallId, row: &PgRow) -> Result<Call, sqlx::Error> {
    let seconds: i32 = row.try_get("duration_seconds")?;
    Ok(Call {
        id,
        retell_call_id: row.try_get("retell_call_id")?,
        direction: row.try_get("direction")?,
        caller_phone: row.try_get("caller_phone")?,
        start_time: perhaps_instant(row, "start_time")?,
        end_time: perhaps_instant(row, "end_time")?,
        duration_seconds: u32::try_from(seconds).unwrap_or_default(),
        cost: Money::rounded(row.try_get("cost")?),
        status: row.try_get("call_status")?,
        has_recording: row.try_get("has_recording")?,
        transcript: row.try_get("transcript")?,
        summary: row.try_get("summary")?,
        call_score: row.try_get("call_score")?,
    })
}

/// What there is to send.
#[derive(Debug, Clone)]
pub enum ToSend {
    /// This.
    This(Box<Brief>),
    /// The delivery waits, but of its event nothing is there, or nothing that this version knows.
    Nothing,
}

/// A delivery that still waits, to an endpoint that is still there; also to one that is off.
pub async fn brief(store: &Store, held: Held, event: EventId) -> Result<Option<ToSend>, sqlx::Error> {
    let brief = sqlx::query(BRIEF).bind(held.customer.0).bind(held.endpoint.0).bind(event.0);
    let Some(row) = brief.fetch_optional(&store.deliveries).await? else { return Ok(None) };
    let is_known = EventKind::parse(row.try_get("event")?).is_some();
    if !is_known || perhaps_instant(&row, "created_at")?.is_none() {
        return Ok(Some(ToSend::Nothing));
    }
    Ok(Some(ToSend::This(Box::new(Brief::from_row(&row)?))))
}

/// An attempt begins: its row is written, and with the first one the body, before anything is sent.
/// `false` where somebody else has begun one since the brief was read.
pub async fn begin(
    store: &Store,
    held: Held,
    event: EventId,
    brief: &Brief,
    body: &str,
    now: Timestamp,
) -> Result<bool, sqlx::Error> {
    const BEGIN: &str = "
with begun as (
    update webhook_deliveries
       set attempts = attempts + 1, tries = tries + 1, body = coalesce(body, $5)
     where customer_id = $1 and endpoint_id = $2 and event_id = $3 and status = 'pending' and attempts = $4
    returning customer_id, endpoint_id, event_id, attempts)
insert into webhook_attempts (customer_id, endpoint_id, event_id, attempt, started_at)
select customer_id, endpoint_id, event_id, attempts, $6
  from begun";
    // What has a body already keeps it: no need to send it again.
    let body = brief.body.is_none().then_some(body);
    let begun = sqlx::query(BEGIN)
        .bind(held.customer.0)
        .bind(held.endpoint.0)
        .bind(event.0)
        .bind(brief.attempts)
        .bind(body)
        .bind(now.to_sqlx())
        .execute(&store.deliveries)
        .await?;
    Ok(begun.rows_affected() == 1)
}

/// What the other side said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// Its status, if there was one.
    pub response_code: Option<u16>,
    /// Why the attempt failed; `None`: it did not.
    pub failure: Option<Failure>,
    /// From the request to the answer, in milliseconds.
    pub took_ms: u32,
    /// The beginning of the answer, as text without a zero in it.
    pub response: Option<String>,
    /// Whether that took so long that the endpoint should keep nobody else waiting.
    pub is_slow: bool,
    /// For how long the other side asked for patience.
    pub retry_after: Option<SignedDuration>,
}

impl Told {
    /// How long the endpoint asked to be left in peace, for whatever event.
    fn rest(&self) -> Option<SignedDuration> {
        let speaks_of_itself = matches!(self.response_code, Some(429 | 503));
        self.retry_after.filter(|_| speaks_of_itself).map(rest_for)
    }
}

/// What becomes of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// It arrived.
    Delivered,
    /// It is tried again then.
    Again(Timestamp),
    /// It is given up.
    Failed,
}

/// How an endpoint is after an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Health {
    /// Failures in a row.
    pub failures: u32,
    /// Since when it has only failed.
    pub failing_since: Option<Timestamp>,
}

/// What somebody asked for again while it was tried has begun no try since, and stays to be sent. An answer
/// from where the endpoint is no more says nothing about where it is, and a test that fails nothing about
/// what events would do.
const SETTLE: &str = "
with attempt as (
    update webhook_attempts
       set took_ms = $5, response_code = $6, response = $7, reason = $8
     where customer_id = $1 and endpoint_id = $2 and event_id = $3 and attempt = $4),
delivery as (
    update webhook_deliveries
       set status = $9, due_at = coalesce($10, due_at), ended_at = case when $9 <> 'pending' then $11 end,
           response_code = $6, reason = $8
     where customer_id = $1 and endpoint_id = $2 and event_id = $3 and status = 'pending' and tries > 0)
update webhook_endpoints
   set failures = case when $8 is null then 0 else failures + 1 end,
       failing_since = case when $8 is not null then coalesce(failing_since, $11) end,
       closed_until = case when $8 is null then '-infinity'
                           else greatest(closed_until, $15, $11 + $12[least(failures + 1, $13)] * interval '1 ms') end,
       delivered_at = case when $8 is null then $11 else delivered_at end,
       is_slow = $14
 where customer_id = $1 and id = $2 and url = $16 and ($8 is null or not $17)
returning failures, failing_since";

/// An attempt has ended: so it is written in its row, its delivery and its endpoint at once. `jitter`, from
/// 0 to 1, spreads endpoints that failed together when they are left in peace. Answers how the endpoint is,
/// where the attempt says something about it.
pub async fn settle(
    store: &Store,
    (held, event): (Held, EventId),
    brief: &Brief,
    told: &Told,
    end: End,
    jitter: f64,
    now: Timestamp,
) -> Result<Option<Health>, sqlx::Error> {
    let Held { customer: CustomerId(customer), endpoint: EndpointId(endpoint) } = held;
    let (status, due) = match end {
        End::Delivered => ("delivered", None),
        End::Again(at) => ("pending", Some(at)),
        End::Failed => ("failed", None),
    };
    let closed = |failures| {
        let pause = closed_for(failures)?;
        i64::try_from((pause + pause.mul_f64(jitter / 10.0)).as_millis()).ok()
    };
    let closed: Vec<Option<i64>> = (1..=FAILURES_TOLD_APART).map(closed).collect();
    let row = sqlx::query(SETTLE)
        .bind(customer)
        .bind(endpoint)
        .bind(event.0)
        .bind(brief.attempts + 1)
        .bind(i32::try_from(told.took_ms).unwrap_or(i32::MAX))
        .bind(told.response_code.map(i32::from))
        .bind(told.response.as_deref())
        .bind(told.failure.map(Failure::as_str))
        .bind(status)
        .bind(due.map(ToSqlx::to_sqlx))
        .bind(now.to_sqlx())
        .bind(closed)
        .bind(i32::try_from(FAILURES_TOLD_APART).unwrap_or(i32::MAX))
        .bind(told.is_slow)
        .bind(told.rest().map(|rest| (now + rest).to_sqlx()))
        .bind(&brief.url)
        .bind(brief.kind == EventKind::WebhookTest)
        .fetch_optional(&store.deliveries)
        .await?;
    let health = |row: PgRow| {
        let failures: i32 = row.try_get("failures")?;
        Ok(Health {
            failures: u32::try_from(failures).unwrap_or_default(),
            failing_since: perhaps_instant(&row, "failing_since")?,
        })
    };
    row.map(health).transpose()
}
