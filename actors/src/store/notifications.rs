//! Reads the messages of one customer for people, under row-level security. How a message is queued,
//! sent and ended is in `outbox` and in the journal.
//!
//! Ids rise with time: the primary key read backwards is the list, newest first.

use domain::ids::{AppointmentId, CustomerId, NotificationId};
use domain::money::Money;
use domain::notifications::{Channel, Receipt, Status, Topic};
use domain::page::{COUNTED_MAX, Page, PageRequest};
use domain::period::Period;
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::postgres::PgRow;
use sqlx::{FromRow, Postgres, QueryBuilder, Row};

use super::Store;
use super::rows::{instant, perhaps_instant};
use crate::error::Error;

/// Messages of one appointment that are shown; nobody reads more.
const OF_APPOINTMENT_MAX: i64 = 50;
/// The newest messages that are looked at for what is wrong just now.
const LOOKED_AT: i64 = 1_000;

/// A message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notification {
    /// Its name.
    pub id: NotificationId,
    /// How it goes.
    pub channel: Channel,
    /// What it is about.
    pub topic: Topic,
    /// A mail address, a telephone number, or what stands for the admins.
    pub recipient: String,
    /// The appointment it tells of.
    pub appointment: Option<AppointmentId>,
    /// Whose appointment that is.
    pub guest: Option<String>,
    /// What became of it.
    pub status: Status,
    /// What its carrier says.
    pub receipt: Receipt,
    /// What was charged for it.
    pub cost: Money,
    /// Why it was not sent, or not yet.
    pub why: Option<String>,
    /// Tries so far.
    pub attempts: u32,
    /// Of one that waits: when it is tried next.
    pub due_at: Timestamp,
    /// When its carrier accepted it.
    pub sent_at: Option<Timestamp>,
    /// When it was queued.
    pub created_at: Timestamp,
    /// Somebody asked for it by hand.
    pub is_resend: bool,
    /// Of a text message that was sent.
    pub parts: Option<u32>,
}

impl FromRow<'_, PgRow> for Notification {
    fn from_row(row: &PgRow) -> Result<Self, sqlx::Error> {
        let unknown = |column: &str| sqlx::Error::ColumnNotFound(column.to_owned());
        let count = |number: i32| u32::try_from(number).unwrap_or_default();
        Ok(Self {
            id: NotificationId(row.try_get("id")?),
            channel: Channel::parse(row.try_get("type")?).ok_or_else(|| unknown("type"))?,
            topic: Topic::parse(row.try_get("template")?).ok_or_else(|| unknown("template"))?,
            recipient: row.try_get("recipient")?,
            appointment: row.try_get::<Option<i64>, _>("appointment_id")?.map(AppointmentId),
            guest: row.try_get("guest_name")?,
            status: Status::parse(row.try_get("status")?).ok_or_else(|| unknown("status"))?,
            receipt: Receipt::parse(row.try_get("receipt")?).ok_or_else(|| unknown("receipt"))?,
            cost: Money::rounded(row.try_get("cost")?),
            why: row.try_get("error_message")?,
            attempts: count(row.try_get("attempts")?),
            due_at: instant(row, "due_at")?,
            sent_at: perhaps_instant(row, "sent_at")?,
            created_at: instant(row, "created_at")?,
            is_resend: row.try_get("is_resend")?,
            parts: row.try_get::<Option<i32>, _>("parts")?.map(count),
        })
    }
}

/// A message with its words, as they were sent; before that it has none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Worded {
    /// The message.
    pub notification: Notification,
    /// Of a mail.
    pub subject: Option<String>,
    /// As text.
    pub content: Option<String>,
}

impl FromRow<'_, PgRow> for Worded {
    fn from_row(row: &PgRow) -> Result<Self, sqlx::Error> {
        let notification = Notification::from_row(row)?;
        Ok(Self { notification, subject: row.try_get("subject")?, content: row.try_get("content")? })
    }
}

/// What a list is narrowed to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// How it goes.
    pub channel: Option<Channel>,
    /// What became of it.
    pub status: Option<Status>,
    /// Nobody got it: it could not be sent, or its carrier could not hand it over.
    pub is_lost: bool,
    /// What it is about.
    pub topic: Option<Topic>,
    /// Of which appointment it tells.
    pub appointment: Option<AppointmentId>,
    /// When it was queued.
    pub period: Period,
}

/// What is read of a message in a list; its words may be long.
macro_rules! select {
    ($more:literal) => {
        concat!(
            "
select n.id, n.type, n.template, n.recipient, n.appointment_id, a.guest_name, n.status, n.receipt, n.cost,
       n.error_message, n.attempts, n.due_at, n.sent_at, n.created_at, n.is_resend, n.parts",
            $more,
            "
  from notifications n
  left join appointments a on a.customer_id = n.customer_id and a.id = n.appointment_id
 where n.customer_id = "
        )
    };
}

/// A page of the messages, newest first.
pub async fn page(
    store: &Store,
    customer: CustomerId,
    filter: &Filter,
    request: PageRequest,
) -> Result<Page<Notification>, Error> {
    let mut list = QueryBuilder::new(select!(""));
    narrow(&mut list, customer, filter);
    list.push("\n order by n.id desc\n limit ").push_bind(request.limit());
    list.push(" offset ").push_bind(request.offset());
    let mut count =
        QueryBuilder::new("select count(*) from (select from notifications n where n.customer_id = ");
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
    if let Some(channel) = filter.channel {
        query.push(" and n.type = ").push_bind(channel.as_str());
    }
    if let Some(status) = filter.status {
        query.push(" and n.status = ").push_bind(status.as_str());
    }
    if filter.is_lost {
        query.push(" and (n.status = 'failed' or n.receipt = 'undelivered')");
    }
    if let Some(topic) = filter.topic {
        query.push(" and n.template = ").push_bind(topic.as_str());
    }
    if let Some(appointment) = filter.appointment {
        query.push(" and n.appointment_id = ").push_bind(appointment.0);
    }
    if let Some(from) = filter.period.from {
        query.push(" and n.created_at >= ").push_bind(from.to_sqlx());
    }
    if let Some(until) = filter.period.until {
        query.push(" and n.created_at < ").push_bind(until.to_sqlx());
    }
}

/// One, with its words.
pub async fn find(store: &Store, customer: CustomerId, id: NotificationId) -> Result<Option<Worded>, Error> {
    const FIND: &str = concat!(select!(", n.subject, n.content"), "$1 and n.id = $2");
    store.read_one(customer, sqlx::query(FIND).bind(customer.0).bind(id.0)).await
}

/// Those of an appointment, newest first.
pub async fn of_appointment(
    store: &Store,
    customer: CustomerId,
    appointment: AppointmentId,
) -> Result<Vec<Notification>, Error> {
    const OF_APPOINTMENT: &str =
        concat!(select!(""), "$1 and n.appointment_id = $2\n order by n.id desc\n limit $3");
    let found = sqlx::query(OF_APPOINTMENT).bind(customer.0).bind(appointment.0).bind(OF_APPOINTMENT_MAX);
    store.read_all(customer, found).await
}

/// What a customer's messages are like just now, by the newest thousand of them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Health {
    /// Messages nobody got, of those queued since the given instant.
    pub lost: i64,
    /// Messages that should have gone out by the given instant and still wait.
    pub late: i64,
    /// When the oldest of these was queued.
    pub late_since: Option<Timestamp>,
    /// What its carrier, or the way there, said.
    pub why: Option<String>,
}

impl FromRow<'_, PgRow> for Health {
    fn from_row(row: &PgRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            lost: row.try_get("lost")?,
            late: row.try_get("late")?,
            late_since: perhaps_instant(row, "late_since")?,
            why: row.try_get("why")?,
        })
    }
}

/// How messages fare: those lost of the ones queued since `lost_since`, and those that wait although they
/// were queued before `late_before`.
pub async fn health(
    store: &Store,
    customer: CustomerId,
    lost_since: Timestamp,
    late_before: Timestamp,
) -> Result<Health, Error> {
    // Bounded, and without an index that every message would pay for.
    const HEALTH: &str = "
with newest as (
    select id, status, receipt, error_message, created_at
      from notifications
     where customer_id = $1
     order by id desc
     limit $4)
select count(*) filter (where (status = 'failed' or receipt = 'undelivered') and created_at >= $2) as lost,
       count(*) filter (where status = 'pending' and created_at < $3) as late,
       min(created_at) filter (where status = 'pending' and created_at < $3) as late_since,
       (array_agg(error_message order by id) filter (where status = 'pending' and created_at < $3))[1] as why
  from newest";
    let health = sqlx::query(HEALTH).bind(customer.0).bind(lost_since.to_sqlx()).bind(late_before.to_sqlx());
    let health = store.read_one(customer, health.bind(LOOKED_AT)).await?;
    Ok(health.unwrap_or_default())
}
