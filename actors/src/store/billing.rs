//! Reads one customer's ledger: its end, its lines, its sums. Written by the journal alone.
//!
//! Lines are asked for by instant and found by number: the ledger is gap-free and grows with time,
//! so `place` finds the first line of a period by halving, without an index that every charge
//! would pay for.

use domain::billing::{Category, EntryType};
use domain::ids::{CustomerId, TransactionId};
use domain::money::Money;
use domain::page::{COUNTED_MAX, Page, PageRequest};
use domain::period::Period;
use domain::usage::{CategoryTotal, with_calls};
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::postgres::PgRow;
use sqlx::{FromRow, PgConnection, Row};

use super::Store;
use super::rows::instant;
use crate::error::Error;

/// Where a customer's money stands.
#[derive(Debug, Clone, Copy)]
pub struct Standing {
    /// What is left.
    pub balance: Money,
    /// Below it the balance is low.
    pub low_balance_alert: Money,
    /// When the last entry was made; when the account was, before the first.
    pub updated_at: Timestamp,
}

impl FromRow<'_, PgRow> for Standing {
    fn from_row(row: &PgRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            balance: Money::rounded(row.try_get("current_balance")?),
            low_balance_alert: Money::rounded(row.try_get("low_balance_alert")?),
            updated_at: instant(row, "updated_at")?,
        })
    }
}

/// The number of the first line made at an instant or later; one more than the last where there is none.
/// Halved without a join: where one customer has most of the table, it would be read for each half.
macro_rules! place {
    ($at:literal) => {
        concat!(
            "
with recursive search(low, high) as (
    select 1::bigint, ledger_seq + 1
      from balances
     where customer_id = $1
    union all
    select case when l.is_before then h.middle + 1 else h.low end,
           case when l.is_before then h.high else h.middle end
      from (select low, high, (low + high) / 2 as middle from search where low < high) h
     cross join lateral (
           select (select created_at < ",
            $at,
            " from transactions where customer_id = $1 and seq = h.middle) as is_before offset 0) l
)
select low
  from search
 where low = high"
        )
    };
}

/// Where the money stands. `None` for an unknown customer.
pub async fn standing(store: &Store, customer: CustomerId) -> Result<Option<Standing>, Error> {
    const STANDING: &str = "
select b.current_balance, s.low_balance_alert, coalesce(t.created_at, s.created_at) as updated_at
  from balances b
  join customer_settings s on s.customer_id = b.customer_id
  left join transactions t on t.customer_id = b.customer_id and t.seq = b.ledger_seq
 where b.customer_id = $1";
    store.read_one(customer, sqlx::query(STANDING).bind(customer.0)).await
}

/// Which lines.
#[derive(Debug, Clone, Copy, Default)]
pub struct Filter {
    /// Up or down.
    pub entry_type: Option<EntryType>,
    /// About what.
    pub category: Option<Category>,
    /// When.
    pub period: Period,
}

/// A line of the ledger.
#[derive(Debug, Clone)]
pub struct Line {
    /// Its place.
    pub id: TransactionId,
    /// `credit` or `debit`.
    pub entry_type: String,
    /// As stored.
    pub category: String,
    /// Signed.
    pub amount: Money,
    /// The balance once it is counted.
    pub balance_after: Money,
    /// The public id of what it is for.
    pub reference_id: Option<String>,
    /// For people.
    pub description: String,
    /// When it was made.
    pub created_at: Timestamp,
}

impl FromRow<'_, PgRow> for Line {
    fn from_row(row: &PgRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            id: TransactionId(row.try_get("seq")?),
            entry_type: row.try_get("type")?,
            category: row.try_get("category")?,
            amount: Money::rounded(row.try_get("amount")?),
            balance_after: Money::rounded(row.try_get("balance_after")?),
            reference_id: row.try_get("reference_id")?,
            description: row.try_get("description")?,
            created_at: instant(row, "created_at")?,
        })
    }
}

/// The lines `$2 <= seq < $3` of a type `$4`, if any, narrowed to categories `$5` in a way the
/// planner finds an index for; and how many there are, counted no further than `$6`.
macro_rules! ledger_statements {
    ($categories:literal) => {
        [
            concat!(
                "
select seq, type, category, amount, balance_after, reference_id, description, created_at
  from transactions
 where customer_id = $1 and seq >= $2 and seq < $3 and ($4::text is null or type = $4) and ",
                $categories,
                "
 order by seq desc
 limit $6 offset $7"
            ),
            concat!(
                "
select count(*)
  from (select
          from transactions
         where customer_id = $1 and seq >= $2 and seq < $3 and ($4::text is null or type = $4) and ",
                $categories,
                "
         limit $6) counted"
            ),
        ]
    };
}

const ANY: [&str; 2] = ledger_statements!("$5::text is null");
/// Most of the ledger: the primary key read backwards finds a page of them at once.
const CALLS: [&str; 2] = ledger_statements!("category = 'call' and $5::text = 'call'");
const OTHER: [&str; 2] = ledger_statements!("category = $5 and category <> 'call'");
/// Usage is only ever charged; what raises a balance has these categories.
const CREDITS: [&str; 2] = ledger_statements!(
    "category in ('top_up', 'adjustment', 'refund') and category <> 'call' and $5::text is null"
);

impl Filter {
    fn statements(&self) -> [&'static str; 2] {
        match (self.category, self.entry_type) {
            (Some(Category::Call), _) => CALLS,
            (Some(_), _) => OTHER,
            (None, Some(EntryType::Credit)) => CREDITS,
            (None, _) => ANY,
        }
    }
}

/// A page of the lines, newest first.
pub async fn page(
    store: &Store,
    customer: CustomerId,
    filter: &Filter,
    request: PageRequest,
) -> Result<Page<Line>, Error> {
    let mut transaction = store.read_for(customer).await?;
    let (from, until) = places(&mut transaction, customer, filter.period).await?;
    let window = Window { from, until, limit: request.limit(), offset: request.offset() };
    let lines = lines(&mut transaction, customer, filter, window).await?;
    let counted = count(&mut transaction, customer, filter, (from, until), COUNTED_MAX + 1).await?;
    transaction.commit().await?;
    Ok(Page::new(request, lines, counted))
}

/// Up to `limit` of the lines before `before`, newest first: a long list in parts. A line that is
/// added meanwhile is newer than all of them.
pub async fn part(
    store: &Store,
    customer: CustomerId,
    filter: &Filter,
    before: Option<TransactionId>,
    limit: i64,
) -> Result<Vec<Line>, Error> {
    let mut transaction = store.read_for(customer).await?;
    let (from, until) = places(&mut transaction, customer, filter.period).await?;
    let until = before.map_or(until, |before| before.0);
    let lines = lines(&mut transaction, customer, filter, Window { from, until, limit, offset: 0 }).await?;
    transaction.commit().await?;
    Ok(lines)
}

/// One line.
pub async fn line(store: &Store, customer: CustomerId, id: TransactionId) -> Result<Option<Line>, Error> {
    const LINE: &str = "
select seq, type, category, amount, balance_after, reference_id, description, created_at
  from transactions
 where customer_id = $1 and seq = $2";
    store.read_one(customer, sqlx::query(LINE).bind(customer.0).bind(id.0)).await
}

/// How many lines there are; more than `most` is not counted.
pub async fn counted(store: &Store, customer: CustomerId, filter: &Filter, most: i64) -> Result<i64, Error> {
    let mut transaction = store.read_for(customer).await?;
    let places = places(&mut transaction, customer, filter.period).await?;
    let counted = count(&mut transaction, customer, filter, places, most).await?;
    transaction.commit().await?;
    Ok(counted)
}

/// Lines from a number up to another.
struct Window {
    from: i64,
    until: i64,
    limit: i64,
    offset: i64,
}

async fn lines(
    connection: &mut PgConnection,
    customer: CustomerId,
    filter: &Filter,
    window: Window,
) -> Result<Vec<Line>, sqlx::Error> {
    let [select, _] = filter.statements();
    sqlx::query_as(select)
        .bind(customer.0)
        .bind(window.from)
        .bind(window.until)
        .bind(filter.entry_type.map(EntryType::as_str))
        .bind(filter.category.map(Category::as_str))
        .bind(window.limit)
        .bind(window.offset)
        .fetch_all(&mut *connection)
        .await
}

async fn count(
    connection: &mut PgConnection,
    customer: CustomerId,
    filter: &Filter,
    (from, until): (i64, i64),
    most: i64,
) -> Result<i64, sqlx::Error> {
    let [_, count] = filter.statements();
    sqlx::query_scalar(count)
        .bind(customer.0)
        .bind(from)
        .bind(until)
        .bind(filter.entry_type.map(EntryType::as_str))
        .bind(filter.category.map(Category::as_str))
        .bind(most)
        .fetch_one(&mut *connection)
        .await
}

/// The sums of a period.
#[derive(Debug, Clone)]
pub struct Sums {
    /// By category, those with entries.
    pub totals: Vec<CategoryTotal>,
    /// Calls first charged in it.
    pub calls: i64,
    /// The seconds they are charged for.
    pub seconds: i64,
}

/// Adds a period up. A call counts where its first charge is, so that periods side by side count
/// each once.
pub async fn sums(store: &Store, customer: CustomerId, period: Period) -> Result<Sums, Error> {
    // The cast leaks, in the eyes of row-level security: it is done before the join, so that the
    // join may use the primary key.
    const CALLS: &str = "
with charged as materialized (
    select substring(reference_id from 6)::bigint as id, reference
      from transactions
     where customer_id = $1 and seq >= $2 and seq < $3 and category = 'call' and reference_id ~ '^call_[0-9]+$')
select count(*) as calls, coalesce(sum(c.billable_seconds), 0)::bigint as seconds
  from charged h
  join calls c on c.customer_id = $1 and c.id = h.id and h.reference = 'call:' || c.retell_call_id";
    let mut transaction = store.read_for(customer).await?;
    let (from, until) = places(&mut transaction, customer, period).await?;
    let (totals, until) = by_category(&mut transaction, customer, (from, until)).await?;
    let calls = sqlx::query(CALLS).bind(customer.0).bind(from).bind(until);
    let calls = calls.fetch_one(&mut *transaction).await?;
    transaction.commit().await?;
    Ok(Sums { totals, calls: calls.try_get("calls")?, seconds: calls.try_get("seconds")? })
}

/// The same without the calls themselves: what pages wait for.
pub async fn totals(
    store: &Store,
    customer: CustomerId,
    period: Period,
) -> Result<Vec<CategoryTotal>, Error> {
    let mut transaction = store.read_for(customer).await?;
    let places = places(&mut transaction, customer, period).await?;
    let (totals, _) = by_category(&mut transaction, customer, places).await?;
    transaction.commit().await?;
    Ok(totals)
}

/// The lines from a number up to another by category, those with entries; and up to which they were
/// counted, for a line may be added meanwhile. Calls are most of the
/// ledger and are not read: the balance says what all lines come to, and numbers how many they are.
async fn by_category(
    connection: &mut PgConnection,
    customer: CustomerId,
    (from, until): (i64, i64),
) -> Result<(Vec<CategoryTotal>, i64), sqlx::Error> {
    const OTHERS: &str = "
select category, count(*) as entries, sum(amount) as amount
  from transactions
 where customer_id = $1 and seq >= $2 and seq < $3 and category <> 'call'
   and category = any($4)
 group by category";
    const ALL: &str = "
select least($3, b.ledger_seq + 1) as until,
       coalesce(last.balance_after, 0) - coalesce(first.balance_after, 0) as amount
  from balances b
  left join transactions first on first.customer_id = b.customer_id and first.seq = $2 - 1
  left join transactions last on last.customer_id = b.customer_id and last.seq = least($3 - 1, b.ledger_seq)
 where b.customer_id = $1";
    let all = sqlx::query(ALL).bind(customer.0).bind(from).bind(until).fetch_one(&mut *connection).await?;
    // Up to the last line that this has seen: one that is added now is in neither.
    let (until, amount): (i64, _) = (all.try_get("until")?, Money::rounded(all.try_get("amount")?));
    let but_calls = Category::ALL.into_iter().filter(|category| *category != Category::Call);
    let but_calls: Vec<&str> = but_calls.map(Category::as_str).collect();
    let others = sqlx::query(OTHERS).bind(customer.0).bind(from).bind(until).bind(but_calls);
    let others: Result<Vec<CategoryTotal>, sqlx::Error> =
        others.fetch_all(&mut *connection).await?.iter().map(category_total).collect();
    Ok((with_calls(others?, (until - from, amount)), until))
}

/// A row of `category`, `entries` and `amount`.
pub(super) fn category_total(row: &PgRow) -> Result<CategoryTotal, sqlx::Error> {
    let category = Category::parse(row.try_get("category")?);
    Ok(CategoryTotal {
        category: category.ok_or_else(|| sqlx::Error::ColumnNotFound("category".to_owned()))?,
        entries: row.try_get("entries")?,
        amount: Money::rounded(row.try_get("amount")?),
    })
}

/// What was left at each of these instants, in their order.
pub async fn balances(store: &Store, customer: CustomerId, at: &[Timestamp]) -> Result<Vec<Money>, Error> {
    const BEFORE: &str = concat!(
        "
select coalesce((select balance_after
                   from transactions
                  where customer_id = $1 and seq = (",
        place!("d.at"),
        ") - 1), 0) as balance
  from unnest($2::timestamptz[]) with ordinality d(at, place)
 order by d.place"
    );
    let at: Vec<_> = at.iter().map(|at| at.to_sqlx()).collect();
    let mut transaction = store.read_for(customer).await?;
    let balances = sqlx::query_scalar(BEFORE).bind(customer.0).bind(at).fetch_all(&mut *transaction).await?;
    transaction.commit().await?;
    Ok(balances.into_iter().map(Money::rounded).collect())
}

/// The numbers of the first line in the period and of the first after it.
pub(super) async fn places(
    connection: &mut PgConnection,
    customer: CustomerId,
    period: Period,
) -> Result<(i64, i64), sqlx::Error> {
    let from = match period.from {
        Some(from) => place(connection, customer, from).await?,
        None => 1,
    };
    let until = match period.until {
        Some(until) => place(connection, customer, until).await?,
        None => i64::MAX,
    };
    Ok((from, until))
}

/// The number of the first line made at `at` or later; one more than the last where there is none.
pub(super) async fn place(
    connection: &mut PgConnection,
    customer: CustomerId,
    at: Timestamp,
) -> Result<i64, sqlx::Error> {
    const PLACE: &str = place!("$2");
    let low: Option<i64> = sqlx::query_scalar(PLACE)
        .bind(customer.0)
        .bind(at.to_sqlx())
        .fetch_optional(&mut *connection)
        .await?;
    Ok(low.unwrap_or(1))
}
