//! The rows that deliveries live on: claimed by a worker, then ended, put off, or settled by the tenant.
//!
//! While a worker has a row, `due_at` is when others may take it over, so a worker that dies loses
//! nothing. The rows are those of all tenants: a worker takes what is due, a few of each tenant in turn.
//! No statement about several rows waits for one of them: the journal settles many at once, and two that
//! wait for each other would cost callers a second.

use std::collections::HashMap;

use domain::appointments::Appointment;
use domain::customers::{Profile, Status};
use domain::ids::{CustomerId, InvoiceId, NotificationId};
use domain::money::Money;
use domain::notifications::{Channel, Occasion, Topic};
use domain::template::{Template, platform_default};
use jiff::{SignedDuration, Timestamp};
use jiff_sqlx::ToSqlx;
use sqlx::postgres::PgRow;
use sqlx::types::Json;
use sqlx::{FromRow, Row};

use super::Store;
use super::rows::{AppointmentRow, instant, perhaps_instant};

/// So long a worker has a row before others may take it over.
pub const LEASE: SignedDuration = SignedDuration::from_secs(15);
/// Rows looked at for one claim, the oldest: among them each tenant gets its turn.
const LOOKED_AT: i64 = 2_000;

/// A row that this worker has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Claimed {
    /// Whose.
    pub customer: CustomerId,
    /// Which message.
    pub id: NotificationId,
}

const CLAIM: &str = "
with waiting as (
    select customer_id, id, due_at
      from notifications
     where status = 'pending' and type = $1 and due_at <= $2
     order by due_at
     limit $5),
turns as (
    select customer_id, id, due_at, row_number() over (partition by customer_id order by due_at, id) as turn
      from waiting),
chosen as (
    select customer_id, id, due_at
      from turns
     order by turn, due_at
     limit $3),
mine as (
    select n.customer_id, n.id
      from chosen
      join notifications n using (customer_id, id)
     where n.status = 'pending' and n.due_at = chosen.due_at
       for no key update of n skip locked)
update notifications n
   set due_at = $4, attempts = n.attempts + 1
  from mine
 where n.customer_id = mine.customer_id and n.id = mine.id
returning n.customer_id, n.id";

/// Takes what is due, at most so many.
pub async fn claim(
    store: &Store,
    channel: Channel,
    most: usize,
    now: Timestamp,
) -> Result<Vec<Claimed>, sqlx::Error> {
    let rows = sqlx::query(CLAIM)
        .bind(channel.as_str())
        .bind(now.to_sqlx())
        .bind(i64::try_from(most).unwrap_or(i64::MAX))
        .bind((now + LEASE).to_sqlx())
        .bind(LOOKED_AT)
        .fetch_all(&store.deliveries)
        .await?;
    let claimed = |row: &PgRow| {
        Ok(Claimed { customer: CustomerId(row.try_get(0)?), id: NotificationId(row.try_get(1)?) })
    };
    rows.iter().map(claimed).collect()
}

/// Keeps what is still being worked on.
pub async fn keep(store: &Store, claimed: &[Claimed], now: Timestamp) -> Result<(), sqlx::Error> {
    const KEEP: &str = "
with mine as (
    select n.customer_id, n.id
      from notifications n
      join unnest($1::bigint[], $2::bigint[]) held(customer_id, id) using (customer_id, id)
     where n.status = 'pending' and n.due_at < $3
       for no key update of n skip locked)
update notifications n
   set due_at = $3
  from mine
 where n.customer_id = mine.customer_id and n.id = mine.id";
    let (customers, ids): (Vec<i64>, Vec<i64>) =
        claimed.iter().map(|claimed| (claimed.customer.0, claimed.id.0)).unzip();
    let keep = sqlx::query(KEEP).bind(customers).bind(ids).bind((now + LEASE).to_sqlx());
    keep.execute(&store.deliveries).await.map(drop)
}

/// A message with everything that decides whether and how it goes out, as committed just now.
#[derive(Debug, Clone)]
pub struct Brief {
    /// How it goes.
    pub channel: Channel,
    /// What it is about.
    pub topic: Topic,
    /// A mail address, a telephone number, or what stands for the admins.
    pub recipient: String,
    /// The invoice that it is about.
    pub invoice: Option<InvoiceId>,
    /// Of a reminder: the begin it reminds of.
    pub starts_at: Option<Timestamp>,
    /// Tries, with the one that begins.
    pub attempts: u32,
    /// When it was queued.
    pub created_at: Timestamp,
    /// The appointment.
    pub appointment: Option<Appointment>,
    /// The business.
    pub profile: Profile,
    /// What is left.
    pub balance: Money,
    /// Below it the balance is low.
    pub low_balance_alert: Money,
    /// Whether guests get text messages.
    pub sms_enabled: bool,
    /// Whether guests get mail.
    pub email_enabled: bool,
    /// Whether this number answered STOP.
    pub is_opted_out: bool,
    /// Whether a later message by the same way tells of the same appointment.
    pub is_superseded: bool,
    /// Whether an earlier one by the same way is perhaps being sent just now: who overtakes it would be
    /// corrected by it.
    pub is_behind: bool,
    /// Whether an earlier one by the same way was sent.
    pub was_told: bool,
    /// The customer's own words for this way, by occasion: subject and body.
    own_words: HashMap<String, (Option<String>, String)>,
}

impl Brief {
    /// The words in force: the customer's own, else the platform's.
    pub fn template(&self, occasion: Occasion) -> Template {
        match self.own_words.get(occasion.as_str()) {
            Some((subject, body)) => Template { subject: subject.clone(), body: body.clone() },
            None => platform_default(occasion, self.channel),
        }
    }
}

const BRIEF: &str = "
select n.type, n.template, n.recipient, n.invoice_id, n.starts_at, n.attempts, n.created_at as queued_at,
       c.name, c.company, c.email, c.phone, c.timezone, c.status as customer_status,
       b.current_balance, s.low_balance_alert, s.sms_enabled, s.email_enabled,
       exists (select from sms_opt_outs o
                where o.customer_id = n.customer_id and o.phone = n.recipient and n.type = 'sms') as is_opted_out,
       exists (select from notifications later
                where later.customer_id = n.customer_id and later.appointment_id = n.appointment_id
                  and later.id > n.id and later.type = n.type
                  and (later.template = 'reminder') = (n.template = 'reminder')) as is_superseded,
       exists (select from notifications earlier
                where earlier.customer_id = n.customer_id and earlier.appointment_id = n.appointment_id
                  and earlier.id < n.id and earlier.type = n.type and earlier.status = 'pending'
                  and earlier.attempts > 0 and earlier.due_at <= $3) as is_behind,
       exists (select from notifications told
                where told.customer_id = n.customer_id and told.appointment_id = n.appointment_id
                  and told.id < n.id and told.type = n.type and told.status = 'sent') as was_told,
       coalesce((select jsonb_object_agg(t.occasion, jsonb_build_array(t.subject, t.body))
                   from message_templates t
                  where t.customer_id = n.customer_id and t.channel = n.type), '{}') as own_words,
       a.customer_id, a.id, a.call_id, a.guest_name, a.guest_phone, a.guest_email, a.start_time, a.end_time,
       a.duration_minutes, a.status, a.notes, a.cancellation_reason, a.revision, a.created_at, a.updated_at,
       a.next_reminder_at, a.moves, a.guest_moves
  from notifications n
  join customers c on c.id = n.customer_id
  join customer_settings s on s.customer_id = n.customer_id
  join balances b on b.customer_id = n.customer_id
  left join appointments a on a.customer_id = n.customer_id and a.id = n.appointment_id
 where n.customer_id = $1 and n.id = $2 and n.status = 'pending'";

impl FromRow<'_, PgRow> for Brief {
    fn from_row(row: &PgRow) -> Result<Self, sqlx::Error> {
        let unknown = |column: &str| sqlx::Error::ColumnNotFound(column.to_owned());
        let attempts: i32 = row.try_get("attempts")?;
        let is_about_one: Option<i64> = row.try_get("id")?;
        let appointment = is_about_one.map(|_| AppointmentRow::from_row(row));
        Ok(Self {
            channel: Channel::parse(row.try_get("type")?).ok_or_else(|| unknown("type"))?,
            topic: Topic::parse(row.try_get("template")?).ok_or_else(|| unknown("template"))?,
            recipient: row.try_get("recipient")?,
            invoice: row.try_get::<Option<i64>, _>("invoice_id")?.map(InvoiceId),
            starts_at: perhaps_instant(row, "starts_at")?,
            attempts: u32::try_from(attempts).unwrap_or_default(),
            created_at: instant(row, "queued_at")?,
            appointment: appointment.transpose()?.map(Appointment::from),
            profile: Profile {
                name: row.try_get("name")?,
                company: row.try_get("company")?,
                email: row.try_get("email")?,
                phone: row.try_get("phone")?,
                timezone: row.try_get("timezone")?,
                status: Status::parse(row.try_get("customer_status")?).ok_or_else(|| unknown("status"))?,
            },
            balance: Money::rounded(row.try_get("current_balance")?),
            low_balance_alert: Money::rounded(row.try_get("low_balance_alert")?),
            sms_enabled: row.try_get("sms_enabled")?,
            email_enabled: row.try_get("email_enabled")?,
            is_opted_out: row.try_get("is_opted_out")?,
            is_superseded: row.try_get("is_superseded")?,
            is_behind: row.try_get("is_behind")?,
            was_told: row.try_get("was_told")?,
            own_words: row.try_get::<Json<_>, _>("own_words")?.0,
        })
    }
}

/// A message that still waits; `None` once it does not.
pub async fn brief(store: &Store, claimed: Claimed, now: Timestamp) -> Result<Option<Brief>, sqlx::Error> {
    let Claimed { customer, id } = claimed;
    sqlx::query_as(BRIEF)
        .bind(customer.0)
        .bind(id.0)
        .bind((now + LEASE).to_sqlx())
        .fetch_optional(&store.deliveries)
        .await
}

/// How a message ends that is not sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// It could not be.
    Failed,
    /// It should not be any more.
    Suppressed,
}

/// A message will not be sent, and why.
pub async fn end(store: &Store, claimed: Claimed, end: End, why: &str) -> Result<(), sqlx::Error> {
    const END: &str = "
update notifications
   set status = $3, error_message = $4
 where customer_id = $1 and id = $2 and status = 'pending'";
    let status = match end {
        End::Failed => "failed",
        End::Suppressed => "suppressed",
    };
    let end = sqlx::query(END).bind(claimed.customer.0).bind(claimed.id.0).bind(status).bind(why);
    end.execute(&store.deliveries).await.map(drop)
}

/// A message is tried again later, and why.
pub async fn put_off(
    store: &Store,
    claimed: Claimed,
    until: Timestamp,
    why: &str,
) -> Result<(), sqlx::Error> {
    const PUT_OFF: &str = "
update notifications
   set due_at = $3, error_message = $4
 where customer_id = $1 and id = $2 and status = 'pending'";
    let put_off =
        sqlx::query(PUT_OFF).bind(claimed.customer.0).bind(claimed.id.0).bind(until.to_sqlx()).bind(why);
    put_off.execute(&store.deliveries).await.map(drop)
}

/// A message lets another one pass: that is no try.
pub async fn let_pass(store: &Store, claimed: Claimed, until: Timestamp) -> Result<(), sqlx::Error> {
    const LET_PASS: &str = "
update notifications
   set due_at = $3, attempts = greatest(attempts - 1, 0)
 where customer_id = $1 and id = $2 and status = 'pending'";
    let let_pass = sqlx::query(LET_PASS).bind(claimed.customer.0).bind(claimed.id.0).bind(until.to_sqlx());
    let_pass.execute(&store.deliveries).await.map(drop)
}

/// What waits to be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Backlog {
    /// Messages.
    pub depth: i64,
    /// When the oldest was queued.
    pub oldest: Option<Timestamp>,
}

/// What waits to be sent by one way.
pub async fn backlog(store: &Store, channel: Channel) -> Result<Backlog, sqlx::Error> {
    const BACKLOG: &str = "
select count(*) as depth, min(created_at) as oldest
  from notifications
 where status = 'pending' and type = $1";
    let row = sqlx::query(BACKLOG).bind(channel.as_str()).fetch_one(&store.deliveries).await?;
    Ok(Backlog { depth: row.try_get("depth")?, oldest: perhaps_instant(&row, "oldest")? })
}

/// The mail addresses of a customer's admins.
pub async fn admins(store: &Store, customer: CustomerId) -> Result<Vec<String>, sqlx::Error> {
    const ADMINS: &str = "
select email
  from users
 where customer_id = $1 and role = 'admin' and status <> 'disabled'
 order by id
 limit 20";
    sqlx::query_scalar(ADMINS).bind(customer.0).fetch_all(&store.deliveries).await
}

/// Customers who have reminders to queue. What was over before anybody looked is nobody's to remind, and
/// no tenant keeps it in memory.
pub(crate) async fn to_remind(store: &Store, now: Timestamp) -> Result<Vec<CustomerId>, sqlx::Error> {
    const TO_REMIND: &str = "
select distinct customer_id
  from appointments
 where status = 'scheduled' and next_reminder_at <= $1 and end_time > $1
 limit 1000";
    let customers: Vec<i64> =
        sqlx::query_scalar(TO_REMIND).bind(now.to_sqlx()).fetch_all(&store.deliveries).await?;
    Ok(customers.into_iter().map(CustomerId).collect())
}
