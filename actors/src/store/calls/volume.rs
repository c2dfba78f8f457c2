//! What a day of calls looks like: how many, how good, which of them somebody should look at.

use domain::calls::Insight;
use domain::ids::CustomerId;
use domain::period::Period;
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use serde_json::Value;
use sqlx::{QueryBuilder, Row};

use super::list::{Filter, lines, narrow};
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

/// As many of the newest calls of a stretch of time are looked at for their score: more would not
/// change the mean, and rows are read for it.
const SCORED_MAX: i64 = 500;

/// The mean scores of the newest calls of these periods; `None` where none has a score.
pub async fn scores<const N: usize>(
    store: &Store,
    customer: CustomerId,
    scope: &Scope,
    periods: [Period; N],
) -> Result<[Option<f64>; N], Error> {
    let mut transaction = store.read_for(customer).await?;
    let owner = scope.owner(&mut transaction, customer).await?;
    let mut scores = [None; N];
    for (score, period) in scores.iter_mut().zip(periods) {
        let mut sql =
            QueryBuilder::new("select avg(call_score)::float8 from (select c.call_score from calls c");
        narrow(&mut sql, customer, &Filter { period, ..Filter::default() });
        if let Some(owner) = &owner {
            owner.push_is_theirs(&mut sql);
        }
        sql.push(" order by c.start_time desc limit ").push_bind(SCORED_MAX).push(") newest");
        *score = sql.build_query_scalar().fetch_one(&mut *transaction).await?;
    }
    transaction.commit().await?;
    Ok(scores)
}

/// As many of the newest calls are looked through for those that did not go well.
const LOOKED_THROUGH_MAX: i64 = 200;

/// Calls begun from `since` on that somebody should look at, the newest first, at most so many: those
/// held back for review, and those that went badly.
pub async fn to_look_at(
    store: &Store,
    customer: CustomerId,
    scope: &Scope,
    since: Timestamp,
    most: usize,
) -> Result<Vec<CallLine>, Error> {
    let mut sql = QueryBuilder::new(
        "select c.id, c.review is not null as is_held_back, c.call_score, c.analysis from calls c",
    );
    let period = Period { from: Some(since), until: None };
    narrow(&mut sql, customer, &Filter { period, ..Filter::default() });
    let mut transaction = store.read_for(customer).await?;
    if let Some(owner) = scope.owner(&mut transaction, customer).await? {
        owner.push_is_theirs(&mut sql);
    }
    sql.push(" order by c.start_time desc, c.id desc limit ").push_bind(LOOKED_THROUGH_MAX);
    let rows = sql.build().fetch_all(&mut *transaction).await?;
    let mut ids = Vec::new();
    for row in &rows {
        let analysis: Option<Value> = row.try_get("analysis")?;
        let went_badly = Insight::read(analysis.as_ref(), None).went_badly(row.try_get("call_score")?);
        if ids.len() < most && (went_badly || row.try_get("is_held_back")?) {
            ids.push(row.try_get("id")?);
        }
    }
    let lines = lines(&mut transaction, customer, &ids).await?;
    transaction.commit().await?;
    Ok(lines)
}
