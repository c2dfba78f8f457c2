//! Reads for people what became of events at the endpoints of one customer, under row-level security.
//!
//! Ids of events rise with time: the index by event read backwards is the list, newest first.

use domain::ids::{CustomerId, EndpointId, EventId};
use domain::page::{COUNTED_MAX, Page, PageRequest};
use domain::period::Period;
use domain::webhooks::{DeliveryStatus, EventKind, Failure, State};
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::postgres::PgRow;
use sqlx::{FromRow, Postgres, QueryBuilder, Row};

use crate::error::Error;
use crate::store::Store;
use crate::store::rows::{instant, perhaps_instant};

/// The newest attempts that are shown: seven are made by themselves, the rest were asked for by hand.
const ATTEMPTS_MAX: i64 = 50;

/// An event at an endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// Where.
    pub endpoint: EndpointId,
    /// Its address.
    pub url: String,
    /// Whether anything goes there; `None`: it was removed.
    pub state: Option<State>,
    /// Of what.
    pub event: EventId,
    /// Which kind.
    pub kind: EventKind,
    /// What it is about, `call_12`.
    pub subject: String,
    /// Its place among all events of the customer.
    pub sequence: Option<i64>,
    /// What became of it.
    pub status: DeliveryStatus,
    /// All attempts there were.
    pub attempts: u32,
    /// Of one that waits: when it is tried next, while its endpoint is on.
    pub next_at: Option<Timestamp>,
    /// What the last attempt was answered.
    pub response_code: Option<u16>,
    /// Why the last attempt was none.
    pub failure: Option<Failure>,
    /// When it arrived or was given up.
    pub ended_at: Option<Timestamp>,
    /// When it happened.
    pub created_at: Timestamp,
}

impl FromRow<'_, PgRow> for Delivery {
    fn from_row(row: &PgRow) -> Result<Self, sqlx::Error> {
        let unknown = |column: &str| sqlx::Error::ColumnNotFound(column.to_owned());
        Ok(Self {
            endpoint: EndpointId(row.try_get("endpoint_id")?),
            url: row.try_get("url")?,
            state: State::parse(row.try_get("state")?),
            event: EventId(row.try_get("event_id")?),
            kind: EventKind::parse(row.try_get("event")?).ok_or_else(|| unknown("event"))?,
            subject: row.try_get("subject")?,
            sequence: row.try_get("sequence")?,
            status: DeliveryStatus::parse(row.try_get("status")?).ok_or_else(|| unknown("status"))?,
            attempts: u32::try_from(row.try_get::<i32, _>("attempts")?).unwrap_or_default(),
            next_at: perhaps_instant(row, "next_at")?,
            response_code: code(row)?,
            failure: failure(row)?,
            ended_at: perhaps_instant(row, "ended_at")?,
            created_at: instant(row, "created_at")?,
        })
    }
}

fn code(row: &PgRow) -> Result<Option<u16>, sqlx::Error> {
    let code: Option<i32> = row.try_get("response_code")?;
    Ok(code.and_then(|code| u16::try_from(code).ok()))
}

fn failure(row: &PgRow) -> Result<Option<Failure>, sqlx::Error> {
    let reason: Option<&str> = row.try_get("reason")?;
    Ok(reason.and_then(Failure::parse))
}

/// A request that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// 1, 2, 3 …
    pub number: u32,
    /// When it began.
    pub started_at: Timestamp,
    /// Milliseconds; `None`: under way, or cut off by the end of the server.
    pub took_ms: Option<u32>,
    /// The status of the answer.
    pub response_code: Option<u16>,
    /// What the answer said, the first 4 KiB.
    pub response: Option<String>,
    /// Why it was none.
    pub failure: Option<Failure>,
}

impl FromRow<'_, PgRow> for Attempt {
    fn from_row(row: &PgRow) -> Result<Self, sqlx::Error> {
        let took: Option<i32> = row.try_get("took_ms")?;
        Ok(Self {
            number: u32::try_from(row.try_get::<i32, _>("attempt")?).unwrap_or_default(),
            started_at: instant(row, "started_at")?,
            took_ms: took.and_then(|took| u32::try_from(took).ok()),
            response_code: code(row)?,
            response: row.try_get("response")?,
            failure: failure(row)?,
        })
    }
}

/// A delivery with what was sent, and every attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    /// Itself.
    pub delivery: Delivery,
    /// What was sent; `None` before the first attempt.
    pub body: Option<String>,
    /// The newest first.
    pub attempts: Vec<Attempt>,
}

/// What a list is narrowed to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Where.
    pub endpoint: Option<EndpointId>,
    /// Which kind.
    pub kind: Option<EventKind>,
    /// What became of it.
    pub status: Option<DeliveryStatus>,
    /// When it happened.
    pub period: Period,
}

/// What is read of a delivery in a list; its body may be long.
macro_rules! select {
    ($more:literal) => {
        concat!(
            "
select d.endpoint_id, e.url, e.state, d.event_id, d.event, w.subject, w.sequence, d.status, d.attempts,
       case when d.status = 'pending' then greatest(d.due_at, e.closed_until) end as next_at,
       d.response_code, d.reason, d.ended_at, d.created_at",
            $more,
            "
  from webhook_deliveries d
  join webhook_endpoints e on e.customer_id = d.customer_id and e.id = d.endpoint_id
  join webhook_logs w on w.customer_id = d.customer_id and w.id = d.event_id
 where d.customer_id = "
        )
    };
}

/// A page of the deliveries, newest first.
pub async fn page(
    store: &Store,
    customer: CustomerId,
    filter: &Filter,
    request: PageRequest,
) -> Result<Page<Delivery>, Error> {
    let mut list = QueryBuilder::new(select!(""));
    narrow(&mut list, customer, filter);
    list.push("\n order by d.event_id desc, d.endpoint_id desc\n limit ").push_bind(request.limit());
    list.push(" offset ").push_bind(request.offset());
    let mut count =
        QueryBuilder::new("select count(*) from (select from webhook_deliveries d where d.customer_id = ");
    narrow(&mut count, customer, filter);
    count.push(" limit ").push_bind(COUNTED_MAX + 1).push(") counted");

    let mut read = store.read_for(customer).await?;
    // Planned for these very values: what narrows one list is nearly all of another.
    let items = list.build_query_as().persistent(false).fetch_all(&mut *read).await?;
    let counted: i64 = count.build_query_scalar().persistent(false).fetch_one(&mut *read).await?;
    read.commit().await?;
    Ok(Page::new(request, items, counted))
}

fn narrow(query: &mut QueryBuilder<Postgres>, customer: CustomerId, filter: &Filter) {
    query.push_bind(customer.0);
    if let Some(endpoint) = filter.endpoint {
        query.push(" and d.endpoint_id = ").push_bind(endpoint.0);
    }
    if let Some(kind) = filter.kind {
        query.push(" and d.event = ").push_bind(kind.as_str());
    }
    if let Some(status) = filter.status {
        query.push(" and d.status = ").push_bind(status.as_str());
    }
    if let Some(from) = filter.period.from {
        query.push(" and d.created_at >= ").push_bind(from.to_sqlx());
    }
    if let Some(until) = filter.period.until {
        query.push(" and d.created_at < ").push_bind(until.to_sqlx());
    }
}

/// One, with what was sent and every attempt.
pub async fn find(
    store: &Store,
    customer: CustomerId,
    endpoint: EndpointId,
    event: EventId,
) -> Result<Option<Opened>, Error> {
    const FIND: &str = concat!(select!(", d.body"), "$1 and d.endpoint_id = $2 and d.event_id = $3");
    const ATTEMPTS: &str = "
select attempt, started_at, took_ms, response_code, response, reason
  from webhook_attempts
 where customer_id = $1 and endpoint_id = $2 and event_id = $3
 order by attempt desc
 limit $4";
    let mut read = store.read_for(customer).await?;
    let find = sqlx::query(FIND).bind(customer.0).bind(endpoint.0).bind(event.0);
    let Some(row) = find.fetch_optional(&mut *read).await? else { return Ok(None) };
    let attempts = sqlx::query_as(ATTEMPTS).bind(customer.0).bind(endpoint.0).bind(event.0);
    let attempts = attempts.bind(ATTEMPTS_MAX).fetch_all(&mut *read).await?;
    read.commit().await?;
    Ok(Some(Opened { delivery: Delivery::from_row(&row)?, body: row.try_get("body")?, attempts }))
}
