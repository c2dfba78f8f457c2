//! Lists of calls, the newest first.

use domain::calls::Status;
use domain::ids::CustomerId;
use domain::page::{COUNTED_MAX, Page, PageRequest};
use domain::period::Period;
use jiff_sqlx::ToSqlx;
use sqlx::{PgConnection, Postgres, QueryBuilder};

use super::scope::{Kind, Owner, Scope};
use super::{CallLine, line};
use crate::error::Error;
use crate::store::Store;

/// What a list is narrowed to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// When they began.
    pub period: Period,
    /// The caller's number.
    pub number: Option<String>,
    /// How they ended.
    pub status: Option<Status>,
    /// Only those that a person should look at.
    pub needs_review: bool,
}

/// A page of calls, those that began last first; before them the ones that have not told when.
pub async fn page(
    store: &Store,
    customer: CustomerId,
    scope: &Scope,
    filter: &Filter,
    request: PageRequest,
) -> Result<Page<CallLine>, Error> {
    let mut transaction = store.read_for(customer).await?;
    let owner = scope.owner(&mut transaction, customer).await?;
    let (ids, counted) = match &owner {
        None => all(&mut transaction, customer, filter, request).await?,
        Some(owner) => owned(&mut transaction, customer, owner, filter, request).await?,
    };
    let lines = lines(&mut transaction, customer, &ids).await?;
    transaction.commit().await?;
    Ok(Page::new(request, lines, counted))
}

/// The calls of a page, and how many there are on all pages.
async fn all(
    connection: &mut PgConnection,
    customer: CustomerId,
    filter: &Filter,
    request: PageRequest,
) -> Result<(Vec<i64>, i64), sqlx::Error> {
    let mut page = QueryBuilder::new("select c.id from calls c");
    narrow(&mut page, customer, filter);
    page.push(" order by c.start_time desc, c.id desc");
    page.push(" limit ").push_bind(request.limit()).push(" offset ").push_bind(request.offset());
    let mut count = QueryBuilder::new("select count(*) from (select from calls c");
    narrow(&mut count, customer, filter);
    count.push(" limit ").push_bind(COUNTED_MAX + 1).push(") counted");
    // Planned for these very values: a filter of one customer is another's whole table.
    let ids = page.build_query_scalar().persistent(false).fetch_all(&mut *connection).await?;
    let counted = count.build_query_scalar().persistent(false).fetch_one(&mut *connection).await?;
    Ok((ids, counted))
}

/// The same of the calls that somebody owns; each kind is found by an index of its own. One may be theirs by agent and by number; what the
/// newest of all kinds are is among the newest of each.
async fn owned(
    connection: &mut PgConnection,
    customer: CustomerId,
    owner: &Owner,
    filter: &Filter,
    request: PageRequest,
) -> Result<(Vec<i64>, i64), sqlx::Error> {
    let mut kinds = vec![Kind::Agent, Kind::CalledNumber, Kind::Assigned];
    kinds.retain(|kind| !owner.names(*kind).is_empty());
    // As a rule one kind alone is as many as are counted; then nothing has to be looked at twice.
    let mut counted = 0;
    for counting in kinds.iter().map(std::slice::from_ref).chain([kinds.as_slice()]) {
        let mut count = QueryBuilder::new("select count(*) from (select from (");
        push_kinds(&mut count, customer, owner, filter, counting, Newest::Some(COUNTED_MAX + 1));
        count.push(") owned limit ").push_bind(COUNTED_MAX + 1).push(") counted");
        counted = count.build_query_scalar().persistent(false).fetch_one(&mut *connection).await?;
        if counted > COUNTED_MAX {
            break;
        }
    }
    if counted <= request.offset() {
        return Ok((Vec::new(), counted));
    }
    let mut page = QueryBuilder::new("select id from (");
    push_kinds(
        &mut page,
        customer,
        owner,
        filter,
        &kinds,
        Newest::OfEach(request.offset() + request.limit()),
    );
    page.push(") owned order by start_time desc, id desc");
    page.push(" limit ").push_bind(request.limit()).push(" offset ").push_bind(request.offset());
    let ids = page.build_query_scalar().persistent(false).fetch_all(&mut *connection).await?;
    Ok((ids, counted))
}

/// How many calls of a kind are wanted.
#[derive(Debug, Clone, Copy)]
enum Newest {
    /// So many of each agent, number or user: the newest of all are among them.
    OfEach(i64),
    /// So many, whichever.
    Some(i64),
}

/// These of each kind: in the order of an index, so that it is followed and the table not read.
fn push_kinds(
    sql: &mut QueryBuilder<Postgres>,
    customer: CustomerId,
    owner: &Owner,
    filter: &Filter,
    kinds: &[Kind],
    newest: Newest,
) {
    let (Newest::OfEach(limit) | Newest::Some(limit)) = newest;
    for (index, kind) in kinds.iter().enumerate() {
        if index > 0 {
            sql.push("\nunion\n");
        }
        sql.push("(select c.id, c.start_time from unnest(").push_bind(owner.names(*kind).to_vec());
        sql.push(") mine(name) cross join lateral (select c.id, c.start_time from calls c");
        if *kind == Kind::Assigned {
            sql.push(" join call_assignees a on a.customer_id = c.customer_id and a.call_id = c.id");
        }
        narrow(sql, customer, filter);
        sql.push(match kind {
            Kind::Agent => " and c.agent_id = mine.name",
            Kind::CalledNumber => " and c.direction = 'inbound' and c.to_number = mine.name",
            Kind::Assigned => " and a.user_id = mine.name",
        });
        if *kind != Kind::Assigned {
            // Given to somebody by hand, a call is theirs alone.
            sql.push(
                " and not exists (select from call_assignees a
                   where a.customer_id = c.customer_id and a.call_id = c.id)",
            );
        }
        sql.push(" order by c.start_time desc, c.id desc limit ").push_bind(limit).push(") c");
        if let Newest::Some(_) = newest {
            sql.push(" limit ").push_bind(limit);
        }
        sql.push(")");
    }
}

/// The rest of a query of `calls c`, up to where it may be narrowed further.
pub(super) fn narrow(sql: &mut QueryBuilder<Postgres>, customer: CustomerId, filter: &Filter) {
    sql.push(" where c.customer_id = ").push_bind(customer.0);
    if let Some(from) = filter.period.from {
        sql.push(" and c.start_time >= ").push_bind(from.to_sqlx());
    }
    if let Some(until) = filter.period.until {
        sql.push(" and c.start_time < ").push_bind(until.to_sqlx());
    }
    if let Some(number) = &filter.number {
        sql.push(" and c.from_number = ").push_bind(number.clone());
    }
    if let Some(status) = filter.status {
        sql.push(" and c.status = ").push_bind(status.as_str());
        if status != Status::Completed {
            // Else the planner may not use the index that leaves completed calls out.
            sql.push(" and c.status <> 'completed'");
        }
    }
    if filter.needs_review {
        sql.push(" and c.review is not null");
    }
}

/// These calls, in this order.
pub(super) async fn lines(
    connection: &mut PgConnection,
    customer: CustomerId,
    ids: &[i64],
) -> Result<Vec<CallLine>, sqlx::Error> {
    const LINES: &str = concat!(
        "select ",
        line_columns!("left(c.summary, 300)"),
        "
  from unnest($2) with ordinality wanted(id, place)
  join calls c on c.customer_id = $1 and c.id = wanted.id
 order by wanted.place"
    );
    let rows = sqlx::query(LINES).bind(customer.0).bind(ids).fetch_all(&mut *connection).await?;
    rows.iter().map(line).collect()
}
