//! What a day of calls looks like: how many, how good, which of them somebody should look at.

use domain::ids::CustomerId;
use domain::period::Period;
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::{QueryBuilder, Row};

use super::list::lines;
use super::{CallLine, Scope};
use crate::error::Error;
use crate::store::Store;
use crate::store::rows::instant;

/// How many calls began in these periods, by the quarter of an hour: offsets of zones are made of them.
pub async fn begun(
    store: &Store,
    customer: CustomerId,
    scope: &Scope,
    periods: &[Period],
) -> Result<Vec<(Timestamp, i64)>, Error> {
    let (from, until): (Vec<_>, Vec<_>) = periods
        .iter()
        .map(|period| {
            (
                period.from.unwrap_or(Timestamp::MIN).to_sqlx(),
                period.until.unwrap_or(Timestamp::MAX).to_sqlx(),
            )
        })
        .unzip();
    let mut sql = QueryBuilder::new(
        "select to_timestamp(floor(extract(epoch from c.start_time) / 900) * 900) as at, count(*) as calls
  from unnest(",
    );
    sql.push_bind(from).push("::timestamptz[], ").push_bind(until);
    sql.push("::timestamptz[]) p(since, until) join calls c on c.customer_id = ").push_bind(customer.0);
    sql.push(" and c.start_time >= p.since and c.start_time < p.until where true");
    let mut transaction = store.read_for(customer).await?;
    if let Some(owner) = scope.owner(&mut transaction, customer).await? {
        owner.push_is_theirs(&mut sql);
    }
    sql.push(" group by 1");
    let rows = sql.build().fetch_all(&mut *transaction).await?;
    transaction.commit().await?;
    Ok(rows
        .iter()
        .map(|row| Ok((instant(row, "at")?, row.try_get("calls")?)))
        .collect::<Result<_, sqlx::Error>>()?)
}

/// The mean score of the calls from `middle` on, and of those between `from` and `middle`; `None` where
/// none has a score.
pub async fn scores(
    store: &Store,
    customer: CustomerId,
    scope: &Scope,
    from: Timestamp,
    middle: Timestamp,
) -> Result<[Option<f64>; 2], Error> {
    let mut sql = QueryBuilder::new("select (avg(c.call_score) filter (where c.start_time >= ");
    sql.push_bind(middle.to_sqlx())
        .push("))::float8 as later, (avg(c.call_score) filter (where c.start_time < ");
    sql.push_bind(middle.to_sqlx()).push("))::float8 as earlier from calls c where c.customer_id = ");
    sql.push_bind(customer.0).push(" and c.start_time >= ").push_bind(from.to_sqlx());
    let mut transaction = store.read_for(customer).await?;
    if let Some(owner) = scope.owner(&mut transaction, customer).await? {
        owner.push_is_theirs(&mut sql);
    }
    let row = sql.build().fetch_one(&mut *transaction).await?;
    transaction.commit().await?;
    Ok([row.try_get("later")?, row.try_get("earlier")?])
}

/// Calls begun from `since` on that somebody should look at, the newest first, at most so many: those
/// held back for review, and those that did not go well for the caller, as Retell's analysis says.
pub async fn to_look_at(
    store: &Store,
    customer: CustomerId,
    scope: &Scope,
    since: Timestamp,
    most: i64,
) -> Result<Vec<CallLine>, Error> {
    let mut sql = QueryBuilder::new("select c.id from calls c where c.customer_id = ");
    sql.push_bind(customer.0).push(" and c.start_time >= ").push_bind(since.to_sqlx());
    sql.push(
        " and (c.review is not null or c.call_score < 60 or c.analysis ->> 'user_sentiment' = 'Negative'
            or c.analysis ->> 'call_successful' = 'false')",
    );
    let mut transaction = store.read_for(customer).await?;
    if let Some(owner) = scope.owner(&mut transaction, customer).await? {
        owner.push_is_theirs(&mut sql);
    }
    sql.push(" order by c.start_time desc, c.id desc limit ").push_bind(most);
    let ids: Vec<i64> = sql.build_query_scalar().fetch_all(&mut *transaction).await?;
    let lines = lines(&mut transaction, customer, &ids).await?;
    transaction.commit().await?;
    Ok(lines)
}
