//! Statements: what came and went in a period, and the balances before and after.

use domain::ids::CustomerId;
use domain::money::Money;
use domain::period::Period;
use domain::statements::Statement;
use domain::usage::CategoryTotal;
use rust_decimal::Decimal;

use super::Store;
use super::billing::{category_total, places};
use crate::error::{Error, Unavailable};

/// That of a period. Every line of it is read: calls are not told from what is left, because a statement is to
/// show that the ledger adds up. One that does not is none, and is logged.
pub async fn statement(store: &Store, customer: CustomerId, period: Period) -> Result<Statement, Error> {
    const LAST: &str = "select ledger_seq from balances where customer_id = $1";
    const TOTALS: &str = "
select category, count(*) as entries, sum(amount) as amount
  from transactions
 where customer_id = $1 and seq >= $2 and seq < $3
 group by category
 order by category";
    const BALANCES: &str = "
select coalesce((select balance_after from transactions where customer_id = $1 and seq = $2 - 1), 0),
       coalesce((select balance_after from transactions where customer_id = $1 and seq = $3 - 1), 0)";
    let mut transaction = store.read_for(customer).await?;
    let last: Option<i64> =
        sqlx::query_scalar(LAST).bind(customer.0).fetch_optional(&mut *transaction).await?;
    let (from, until) = places(&mut transaction, customer, period).await?;
    // Lines are never changed and never added before the last: what is read one after the other agrees.
    let end = last.unwrap_or_default() + 1;
    let (from, until) = (from.min(end), until.min(end).max(from.min(end)));
    let totals = sqlx::query(TOTALS).bind(customer.0).bind(from).bind(until);
    let totals = totals.fetch_all(&mut *transaction).await?;
    let totals: Vec<CategoryTotal> = totals.iter().map(category_total).collect::<Result<_, _>>()?;
    let balances = sqlx::query_as(BALANCES).bind(customer.0).bind(from).bind(until);
    let (opening, closing): (Decimal, Decimal) = balances.fetch_one(&mut *transaction).await?;
    transaction.commit().await?;
    Statement::new(Money::rounded(opening), totals, Money::rounded(closing)).map_err(|wrong| {
        tracing::error!(customer.id = customer.0, %wrong, "a ledger does not add up");
        Error::Unavailable(Unavailable::Database)
    })
}
