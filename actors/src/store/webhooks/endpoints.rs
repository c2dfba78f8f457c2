//! Reads the endpoints of one customer for people, under row-level security, and how it goes there. The
//! secrets are in no column that the reader may see.

use domain::ids::{CustomerId, EndpointId};
use domain::webhooks::{Endpoint, EventKind, State};
use jiff::{SignedDuration, Timestamp};
use jiff_sqlx::ToSqlx;
use sqlx::postgres::PgRow;
use sqlx::{FromRow, Row};

use crate::error::Error;
use crate::store::Store;
use crate::store::rows::{instant, perhaps_instant};

/// For so long back deliveries are counted.
pub const COUNTED_FOR: SignedDuration = SignedDuration::from_hours(7 * 24);
/// The newest deliveries of an endpoint that are looked at for it: who has more is told of these.
const LOOKED_AT: i64 = 5_000;

/// An endpoint, and how it goes there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Watched {
    /// As its tenant keeps it.
    pub endpoint: Endpoint,
    /// Failures since the last success.
    pub failures: u32,
    /// When the first of these was.
    pub failing_since: Option<Timestamp>,
    /// It is left in peace until then.
    pub closed_until: Option<Timestamp>,
    /// When something was accepted last.
    pub delivered_at: Option<Timestamp>,
    /// Of the events of the last [`COUNTED_FOR`], by the newest 5,000: those that arrived.
    pub delivered: i64,
    /// Those that were given up.
    pub failed: i64,
    /// Those that are on their way.
    pub pending: i64,
}

impl FromRow<'_, PgRow> for Watched {
    fn from_row(row: &PgRow) -> Result<Self, sqlx::Error> {
        let state = State::parse(row.try_get("state")?);
        let events: Vec<String> = row.try_get("events")?;
        Ok(Self {
            endpoint: Endpoint {
                id: EndpointId(row.try_get("id")?),
                url: row.try_get("url")?,
                description: row.try_get("description")?,
                events: events.iter().filter_map(|event| EventKind::parse(event)).collect(),
                sends_transcripts: row.try_get("sends_transcripts")?,
                state: state.ok_or_else(|| sqlx::Error::ColumnNotFound("state".to_owned()))?,
                state_since: instant(row, "state_since")?,
                secret_last4: row.try_get("secret_last4")?,
                previous_until: perhaps_instant(row, "previous_until")?,
                created_at: instant(row, "created_at")?,
            },
            failures: u32::try_from(row.try_get::<i32, _>("failures")?).unwrap_or_default(),
            failing_since: perhaps_instant(row, "failing_since")?,
            closed_until: perhaps_instant(row, "closed_until")?,
            delivered_at: perhaps_instant(row, "delivered_at")?,
            delivered: row.try_get("delivered")?,
            failed: row.try_get("failed")?,
            pending: row.try_get("pending")?,
        })
    }
}

/// What is past says nothing any more: a breaker that has opened again, a secret that has ended.
macro_rules! select {
    ($narrowed:literal) => {
        concat!(
            "
select e.id, e.url, e.description, e.events, e.sends_transcripts, e.state, e.state_since, e.secret_last4,
       case when e.previous_until > $2 then e.previous_until end as previous_until, e.created_at, e.failures,
       e.failing_since, case when e.closed_until > $2 then e.closed_until end as closed_until,
       e.delivered_at, week.delivered, week.failed, week.pending
  from webhook_endpoints e,
       lateral (select count(*) filter (where newest.status = 'delivered') as delivered,
                       count(*) filter (where newest.status = 'failed') as failed,
                       count(*) filter (where newest.status = 'pending') as pending
                  from (select d.status, d.created_at
                          from webhook_deliveries d
                         where d.customer_id = e.customer_id and d.endpoint_id = e.id
                         order by d.event_id desc
                         limit $4) newest
                 where newest.created_at >= $3) week
 where e.customer_id = $1 and e.state <> 'removed'",
            $narrowed
        )
    };
}

/// The endpoints, the oldest first.
pub async fn all(store: &Store, customer: CustomerId, now: Timestamp) -> Result<Vec<Watched>, Error> {
    const ALL: &str = select!("\n order by e.id");
    let all = sqlx::query(ALL).bind(customer.0).bind(now.to_sqlx()).bind((now - COUNTED_FOR).to_sqlx());
    store.read_all(customer, all.bind(LOOKED_AT)).await
}

/// One; `None` for what is nobody's or was removed.
pub async fn one(
    store: &Store,
    customer: CustomerId,
    id: EndpointId,
    now: Timestamp,
) -> Result<Option<Watched>, Error> {
    const ONE: &str = select!(" and e.id = $5");
    let one = sqlx::query(ONE).bind(customer.0).bind(now.to_sqlx()).bind((now - COUNTED_FOR).to_sqlx());
    store.read_one(customer, one.bind(LOOKED_AT).bind(id.0)).await
}

/// The oldest, which is the one of the specification's single webhook.
pub async fn first(store: &Store, customer: CustomerId, now: Timestamp) -> Result<Option<Watched>, Error> {
    const FIRST: &str = select!("\n order by e.id\n limit 1");
    let first = sqlx::query(FIRST).bind(customer.0).bind(now.to_sqlx());
    store.read_one(customer, first.bind((now - COUNTED_FOR).to_sqlx()).bind(LOOKED_AT)).await
}
