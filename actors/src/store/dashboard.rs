//! The platform at a glance, read across all tenants.
//!
//! Months and days are found in each ledger by halving it, as `billing` does: for those that moved
//! at all since then.

use domain::money::Money;
use domain::period::Period;
use domain::usage::CategoryTotal;
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::{PgConnection, Row};

use super::Store;
use super::billing::category_total;
use crate::error::Error;

/// The platform at a glance.
#[derive(Debug, Clone, Default)]
pub struct Dashboard {
    /// Customers who may use everything.
    pub active: i64,
    /// Suspended ones.
    pub suspended: i64,
    /// Closed ones.
    pub closed: i64,
    /// Balances below their threshold and above zero, of customers who are not closed.
    pub low: i64,
    /// Balances at zero or less, of customers who are not closed.
    pub depleted: i64,
    /// Calls that began today.
    pub calls_today: i64,
    /// Calls that began this month.
    pub calls_this_month: i64,
    /// Calls that a person should look at.
    pub calls_for_review: i64,
    /// What was entered into the ledgers today.
    pub today: Vec<CategoryTotal>,
    /// What was this month.
    pub this_month: Vec<CategoryTotal>,
}

/// Reads it; `today` is the last day of `month` so far.
pub async fn read(store: &Store, today: Period, month: Period) -> Result<Dashboard, Error> {
    let [today, month] = [today, month].map(|period| period.from.unwrap_or(Timestamp::MIN));
    let mut connection = store.platform.acquire().await?;
    let mut dashboard = Dashboard::default();
    customers(&mut connection, &mut dashboard).await?;
    calls(&mut connection, &mut dashboard, today, month).await?;
    entries(&mut connection, &mut dashboard, today, month).await?;
    Ok(dashboard)
}

async fn customers(connection: &mut PgConnection, dashboard: &mut Dashboard) -> Result<(), sqlx::Error> {
    // The states are those of `domain::billing::BalanceState`.
    const CUSTOMERS: &str = "
select count(*) filter (where c.status = 'active') as active,
       count(*) filter (where c.status = 'suspended') as suspended,
       count(*) filter (where c.status = 'closed') as closed,
       count(*) filter (where c.status <> 'closed' and b.current_balance > 0
                          and b.current_balance < s.low_balance_alert) as low,
       count(*) filter (where c.status <> 'closed' and b.current_balance <= 0) as depleted
  from customers c
  join balances b on b.customer_id = c.id
  join customer_settings s on s.customer_id = c.id";
    let row = sqlx::query(CUSTOMERS).fetch_one(connection).await?;
    dashboard.active = row.try_get("active")?;
    dashboard.suspended = row.try_get("suspended")?;
    dashboard.closed = row.try_get("closed")?;
    dashboard.low = row.try_get("low")?;
    dashboard.depleted = row.try_get("depleted")?;
    Ok(())
}

async fn calls(
    connection: &mut PgConnection,
    dashboard: &mut Dashboard,
    today: Timestamp,
    month: Timestamp,
) -> Result<(), sqlx::Error> {
    const CALLS: &str = "
select coalesce(sum(n.today), 0)::bigint as today, coalesce(sum(n.month), 0)::bigint as month
  from customers c
 cross join lateral (
       select count(*) filter (where start_time >= $1) as today, count(*) as month
         from calls
        where customer_id = c.id and start_time >= $2) n";
    const REVIEW: &str = "select count(*) from calls where review is not null";
    let row =
        sqlx::query(CALLS).bind(today.to_sqlx()).bind(month.to_sqlx()).fetch_one(&mut *connection).await?;
    dashboard.calls_today = row.try_get("today")?;
    dashboard.calls_this_month = row.try_get("month")?;
    dashboard.calls_for_review = sqlx::query_scalar(REVIEW).fetch_one(connection).await?;
    Ok(())
}

/// What was entered this month, of it today, by category.
async fn entries(
    connection: &mut PgConnection,
    dashboard: &mut Dashboard,
    today: Timestamp,
    month: Timestamp,
) -> Result<(), sqlx::Error> {
    const ENTRIES: &str = "
select t.category, sum(t.entries)::bigint as entries, sum(t.amount) as amount,
       sum(t.entries_today)::bigint as entries_today, sum(t.amount_today) as amount_today
  from balances b
 cross join lateral (
       select category, count(*) as entries, sum(amount) as amount,
              count(*) filter (where created_at >= $1) as entries_today,
              coalesce(sum(amount) filter (where created_at >= $1), 0) as amount_today
         from transactions
        where customer_id = b.customer_id
          and seq >= (
              with recursive search(low, high) as (
                  select 1::bigint, b.ledger_seq + 1
                  union all
                  select case when is_before then middle + 1 else low end,
                         case when is_before then high else middle end
                    from (select low, high, middle,
                                 (select created_at < $2
                                    from transactions
                                   where customer_id = b.customer_id and seq = middle) as is_before
                            from (select low, high, (low + high) / 2 as middle from search where low < high) halved
                         ) looked
              )
              select low
                from search
               where low = high)
        group by category) t
 where b.updated_at >= $2
 group by t.category";
    let rows = sqlx::query(ENTRIES).bind(today.to_sqlx()).bind(month.to_sqlx()).fetch_all(connection).await?;
    for row in rows {
        let month = category_total(&row)?;
        let (entries, amount) = (row.try_get("entries_today")?, row.try_get("amount_today")?);
        dashboard.today.push(CategoryTotal { entries, amount: Money::rounded(amount), ..month });
        dashboard.this_month.push(month);
    }
    Ok(())
}
