//! All customers, for whoever runs the platform. Read across tenants: `customers`, `balances` and
//! `customer_settings` have one small row each, so a search reads all of them.

use domain::customers::Status;
use domain::ids::CustomerId;
use domain::money::Money;
use domain::page::{COUNTED_MAX, Page, PageRequest};
use jiff::Timestamp;
use serde::Deserialize;
use sqlx::postgres::PgRow;
use sqlx::{FromRow, Row};

use crate::error::Error;
use crate::store::Store;
use crate::store::rows::{instant, perhaps_instant};
use crate::store::settings::{self, Account};

/// A customer, one line.
#[derive(Debug, Clone)]
pub struct Listed {
    /// Its number.
    pub customer: CustomerId,
    /// The person to speak to.
    pub name: String,
    /// The business.
    pub company: Option<String>,
    /// Where the platform writes.
    pub email: String,
    /// What it may use.
    pub status: Status,
    /// What is left.
    pub balance: Money,
    /// Below it the balance is low.
    pub low_balance_alert: Money,
    /// When its last call began.
    pub last_call_at: Option<Timestamp>,
    /// Since when it is a customer.
    pub created_at: Timestamp,
}

impl FromRow<'_, PgRow> for Listed {
    fn from_row(row: &PgRow) -> Result<Self, sqlx::Error> {
        let status = Status::parse(row.try_get("status")?);
        Ok(Self {
            customer: CustomerId(row.try_get("id")?),
            name: row.try_get("name")?,
            company: row.try_get("company")?,
            email: row.try_get("email")?,
            status: status.ok_or_else(|| sqlx::Error::ColumnNotFound("status".to_owned()))?,
            balance: Money::rounded(row.try_get("current_balance")?),
            low_balance_alert: Money::rounded(row.try_get("low_balance_alert")?),
            last_call_at: perhaps_instant(row, "last_call_at")?,
            created_at: instant(row, "created_at")?,
        })
    }
}

/// In which order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Order {
    /// The last that came first.
    #[default]
    Newest,
    /// By the business, else the person.
    Name,
    /// The lowest balance first.
    Balance,
}

/// Which customers.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Part of a name, a company or an address.
    pub search: Option<String>,
    /// What they may use.
    pub status: Option<Status>,
}

/// The customers whose name, company or address is like `$1` and whose status is `$2`, if any.
macro_rules! matching {
    () => {
        "
  from customers c
  join balances b on b.customer_id = c.id
  join customer_settings s on s.customer_id = c.id
 where ($1::text is null or c.name ilike $1 or c.company ilike $1 or c.email ilike $1)
   and ($2::text is null or c.status = $2)"
    };
}

/// A page of them; the last call is looked up for the rows of the page alone.
macro_rules! list_statement {
    ($order:literal, $again:literal) => {
        concat!(
            "
with page as materialized (
select c.id, c.name, c.company, c.email, c.status, c.created_at, b.current_balance, s.low_balance_alert",
            matching!(),
            "
 order by ",
            $order,
            "
 limit $3 offset $4
)
select p.id, p.name, p.company, p.email, p.status, p.created_at, p.current_balance, p.low_balance_alert,
       (select coalesce(start_time, created_at) from calls where customer_id = p.id order by id desc limit 1)
           as last_call_at
  from page p
 order by ",
            $again
        )
    };
}

const NEWEST: &str = list_statement!("c.id desc", "p.id desc");
const BY_NAME: &str =
    list_statement!("lower(coalesce(c.company, c.name)), c.id", "lower(coalesce(p.company, p.name)), p.id");
const BY_BALANCE: &str = list_statement!("b.current_balance, c.id", "p.current_balance, p.id");
const COUNT: &str = concat!("select count(*) from (select", matching!(), " limit $3) counted");

/// A page of the customers.
pub async fn list(
    store: &Store,
    filter: &Filter,
    order: Order,
    request: PageRequest,
) -> Result<Page<Listed>, Error> {
    let statement = match order {
        Order::Newest => NEWEST,
        Order::Name => BY_NAME,
        Order::Balance => BY_BALANCE,
    };
    let search = filter.search.as_deref().map(containing);
    let status = filter.status.map(Status::as_str);
    let mut connection = store.platform.acquire().await?;
    let rows = sqlx::query_as(statement)
        .bind(&search)
        .bind(status)
        .bind(request.limit())
        .bind(request.offset())
        .fetch_all(&mut *connection)
        .await?;
    let counted = sqlx::query_scalar(COUNT).bind(&search).bind(status).bind(COUNTED_MAX + 1);
    let counted: i64 = counted.fetch_one(&mut *connection).await?;
    Ok(Page::new(request, rows, counted))
}

/// What `like` takes for a text anywhere; its own signs mean themselves.
fn containing(text: &str) -> String {
    format!("%{}%", text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_"))
}

/// A customer with what surrounds it.
#[derive(Debug, Clone)]
pub struct Detail {
    /// As it is set up.
    pub account: Account,
    /// Users who can sign in or are invited to.
    pub users: i64,
    /// When its last call began.
    pub last_call_at: Option<Timestamp>,
}

/// One customer. `None` for an unknown one.
pub async fn detail(store: &Store, customer: CustomerId) -> Result<Option<Detail>, Error> {
    const AROUND: &str = "
select (select count(*) from users where customer_id = $1 and status <> 'disabled') as users,
       (select coalesce(start_time, created_at) from calls where customer_id = $1 order by id desc limit 1)
           as last_call_at";
    let mut connection = store.platform.acquire().await?;
    let Some(account) = settings::read(&mut *connection, customer).await? else { return Ok(None) };
    let around = sqlx::query(AROUND).bind(customer.0).fetch_one(&mut *connection).await?;
    Ok(Some(Detail {
        account,
        users: around.try_get("users")?,
        last_call_at: perhaps_instant(&around, "last_call_at")?,
    }))
}

#[cfg(test)]
mod tests {
    use super::containing;

    #[test]
    fn the_signs_of_like_mean_themselves() {
        assert_eq!(containing("50%_\\"), "%50\\%\\_\\\\%");
    }
}
