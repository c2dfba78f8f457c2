//! Reads appointments for people, under row-level security. The actor may be ahead of these rows by
//! what is being committed; an answer to a change comes from the actor itself.

use domain::appointments::{Appointment, Status};
use domain::ids::{AppointmentId, CallId, CustomerId};
use domain::page::{COUNTED_MAX, Page, PageRequest};
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::{Postgres, QueryBuilder};

use super::Store;
use super::rows::AppointmentRow;
use crate::error::Error;

/// Appointments of one look at the calendar: more than a year of a busy practice.
pub const EVENTS_MAX: i64 = 5_000;

macro_rules! columns {
    () => {
        "select customer_id, id, call_id, guest_name, guest_phone, guest_email, start_time, end_time,
       duration_minutes, status, notes, cancellation_reason, revision, created_at, updated_at,
       next_reminder_at, moves, guest_moves
  from appointments"
    };
}

/// In which order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Order {
    /// By their begin, the first first.
    #[default]
    Ascending,
    /// The last first.
    Descending,
}

/// What a list is narrowed to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Ending after.
    pub from: Option<Timestamp>,
    /// Beginning before.
    pub to: Option<Timestamp>,
    /// Ending by then.
    pub ended_by: Option<Timestamp>,
    /// How they stand.
    pub status: Option<Status>,
    /// How they do not stand.
    pub except: Option<Status>,
    /// A part of the guest's name, or their number.
    pub guest: Option<Guest>,
}

/// Who is looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Guest {
    /// In E.164.
    Phone(String),
    /// Anywhere in the name, in any case.
    Name(String),
}

impl Guest {
    /// What somebody typed: a number where it reads as one.
    pub fn parse(text: &str) -> Self {
        match domain::phone::normalize(text) {
            Some(number) if number.starts_with('+') => Guest::Phone(number),
            _ => Guest::Name(text.trim().to_owned()),
        }
    }
}

/// A page of appointments.
pub async fn page(
    store: &Store,
    customer: CustomerId,
    filter: &Filter,
    order: Order,
    request: PageRequest,
) -> Result<Page<Appointment>, Error> {
    let mut list = list(customer, filter, order, request);
    let mut count = QueryBuilder::new("select count(*) from (select 1 from appointments");
    narrow(&mut count, customer, filter);
    count.push("\n limit ").push_bind(COUNTED_MAX + 1).push(") counted");

    let mut transaction = store.read_for(customer).await?;
    // Planned for these very values: what narrows one list is nearly all of another.
    let rows: Vec<AppointmentRow> =
        list.build_query_as().persistent(false).fetch_all(&mut *transaction).await?;
    let counted: i64 = count.build_query_scalar().persistent(false).fetch_one(&mut *transaction).await?;
    transaction.commit().await?;
    Ok(Page::new(request, rows.into_iter().map(Appointment::from).collect(), counted))
}

/// The first of a list, without counting the others.
pub async fn first(
    store: &Store,
    customer: CustomerId,
    filter: &Filter,
    order: Order,
    request: PageRequest,
) -> Result<Vec<Appointment>, Error> {
    let mut transaction = store.read_for(customer).await?;
    let rows: Vec<AppointmentRow> = list(customer, filter, order, request)
        .build_query_as()
        .persistent(false)
        .fetch_all(&mut *transaction)
        .await?;
    transaction.commit().await?;
    Ok(rows.into_iter().map(Appointment::from).collect())
}

fn list(customer: CustomerId, filter: &Filter, order: Order, request: PageRequest) -> QueryBuilder<Postgres> {
    let mut list = QueryBuilder::new(columns!());
    narrow(&mut list, customer, filter);
    list.push(match order {
        Order::Ascending => "\n order by start_time, id",
        Order::Descending => "\n order by start_time desc, id desc",
    });
    list.push("\n limit ").push_bind(request.limit()).push(" offset ").push_bind(request.offset());
    list
}

fn narrow(query: &mut QueryBuilder<Postgres>, customer: CustomerId, filter: &Filter) {
    query.push("\n where customer_id = ").push_bind(customer.0);
    if let Some(from) = filter.from {
        query.push(" and end_time > ").push_bind(from.to_sqlx());
    }
    if let Some(to) = filter.to {
        query.push(" and start_time < ").push_bind(to.to_sqlx());
    }
    if let Some(end) = filter.ended_by {
        query.push(" and end_time <= ").push_bind(end.to_sqlx());
    }
    if let Some(status) = filter.status {
        query.push(" and status = ").push_bind(status.as_str());
    }
    if let Some(status) = filter.except {
        query.push(" and status <> ").push_bind(status.as_str());
    }
    match &filter.guest {
        None => {}
        Some(Guest::Phone(number)) => {
            query.push(" and guest_phone = ").push_bind(number.clone());
        }
        Some(Guest::Name(name)) => {
            query.push(" and strpos(lower(guest_name), lower(").push_bind(name.clone()).push(")) > 0");
        }
    }
}

/// As many are looked at to count what was booked since an instant.
const BOOKED_MAX: i64 = 500;

/// The calls in which appointments were booked since an instant, one for each; `BOOKED_MAX` at most.
pub async fn booked_since(
    store: &Store,
    customer: CustomerId,
    since: Timestamp,
) -> Result<Vec<CallId>, Error> {
    // Ids rise with time: the newest are found by the primary key.
    const BOOKED: &str = "
select call_id
  from (select created_at, call_id from appointments where customer_id = $1 order by id desc limit $3) newest
 where created_at >= $2 and call_id is not null";
    let mut read = store.read_for(customer).await?;
    let booked = sqlx::query_scalar(BOOKED).bind(customer.0).bind(since.to_sqlx()).bind(BOOKED_MAX);
    let booked: Vec<i64> = booked.fetch_all(&mut *read).await?;
    read.commit().await?;
    Ok(booked.into_iter().map(CallId).collect())
}

/// Those that touch a period, in the order of time, at most [`EVENTS_MAX`].
pub async fn between(
    store: &Store,
    customer: CustomerId,
    from: Timestamp,
    to: Timestamp,
) -> Result<Vec<Appointment>, Error> {
    const BETWEEN: &str = concat!(
        columns!(),
        "
 where customer_id = $1 and start_time < $3 and end_time > $2
 order by start_time, id
 limit $4"
    );
    let between = sqlx::query(BETWEEN).bind(customer.0).bind(from.to_sqlx()).bind(to.to_sqlx());
    let rows: Vec<AppointmentRow> = store.read_all(customer, between.bind(EVENTS_MAX)).await?;
    Ok(rows.into_iter().map(Appointment::from).collect())
}

/// One.
pub async fn find(
    store: &Store,
    customer: CustomerId,
    id: AppointmentId,
) -> Result<Option<Appointment>, Error> {
    const FIND: &str = concat!(columns!(), "\n where customer_id = $1 and id = $2");
    let find = sqlx::query(FIND).bind(customer.0).bind(id.0);
    let row: Option<AppointmentRow> = store.read_one(customer, find).await?;
    Ok(row.map(Appointment::from))
}
