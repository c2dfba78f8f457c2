//! Requests that may be sent twice: who was first, and what was answered.

use domain::ids::{CustomerId, Digest32, UserId};
use jiff::{SignedDuration, Timestamp};
use jiff_sqlx::ToSqlx;
use sqlx::Row;

use super::Store;
use crate::error::Error;

/// An answer is kept this long.
pub const KEPT_FOR: SignedDuration = SignedDuration::from_hours(24);
/// A request without an answer after this was cut off with its server: the next one takes over.
const CUT_OFF_AFTER: SignedDuration = SignedDuration::from_secs(60);

/// A request that names itself.
#[derive(Debug, Clone)]
pub struct Named<'a> {
    /// Whose.
    pub customer: CustomerId,
    /// Who asks.
    pub user: &'a UserId,
    /// `POST /api/appointments`
    pub route: &'a str,
    /// As it was sent.
    pub key: &'a str,
    /// Of the body.
    pub body: Digest32,
}

/// Where a request stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Turn {
    /// It is the first: to be carried out.
    First,
    /// It was answered so: the body of a success.
    Answered(Vec<u8>),
    /// The first one is under way.
    UnderWay,
    /// Another body came under this name.
    AnotherBody,
}

/// Takes a turn; of requests at once one is first.
pub async fn take(store: &Store, named: &Named<'_>, now: Timestamp) -> Result<Turn, Error> {
    const TAKE: &str = "
with over as (
    delete from idempotency_keys
     where customer_id = $1 and user_id = $2 and created_at <= $7 and (route, key) <> ($3, $4))
insert into idempotency_keys as k (customer_id, user_id, route, key, body_digest, created_at)
values ($1, $2, $3, $4, $5, $6)
on conflict (customer_id, user_id, route, key) do update
   set body_digest = excluded.body_digest, status = null, answer = null, created_at = excluded.created_at
 where k.created_at <= $7 or k.status is null and k.created_at <= $8 and k.body_digest = excluded.body_digest
returning true";
    const SEE: &str = "
select body_digest, status, answer
  from idempotency_keys
 where customer_id = $1 and user_id = $2 and route = $3 and key = $4";
    let taken = sqlx::query(TAKE)
        .bind(named.customer.0)
        .bind(&named.user.0)
        .bind(named.route)
        .bind(named.key)
        .bind(named.body.to_vec())
        .bind(now.to_sqlx())
        .bind((now - KEPT_FOR).to_sqlx())
        .bind((now - CUT_OFF_AFTER).to_sqlx())
        .fetch_optional(&store.claims)
        .await?;
    if taken.is_some() {
        return Ok(Turn::First);
    }
    let seen = sqlx::query(SEE)
        .bind(named.customer.0)
        .bind(&named.user.0)
        .bind(named.route)
        .bind(named.key)
        .fetch_optional(&store.claims)
        .await?;
    // Given back in this very moment: whoever sent it sends it again.
    let Some(seen) = seen else { return Ok(Turn::UnderWay) };
    let body: Vec<u8> = seen.try_get("body_digest")?;
    let status: Option<i16> = seen.try_get("status")?;
    Ok(match (body == named.body, status) {
        (false, _) => Turn::AnotherBody,
        (true, None) => Turn::UnderWay,
        (true, Some(_)) => Turn::Answered(seen.try_get("answer")?),
    })
}

/// Keeps the answer of the one that was first.
pub async fn answered(store: &Store, named: &Named<'_>, status: u16, answer: &[u8]) -> Result<(), Error> {
    const KEEP: &str = "
update idempotency_keys
   set status = $5, answer = $6
 where customer_id = $1 and user_id = $2 and route = $3 and key = $4";
    sqlx::query(KEEP)
        .bind(named.customer.0)
        .bind(&named.user.0)
        .bind(named.route)
        .bind(named.key)
        .bind(i16::try_from(status).unwrap_or(i16::MAX))
        .bind(answer)
        .execute(&store.claims)
        .await?;
    Ok(())
}

/// Gives the turn back: nothing was done, and the next one may try.
pub async fn give_back(store: &Store, named: &Named<'_>) -> Result<(), Error> {
    const GIVE_BACK: &str = "
delete from idempotency_keys
 where customer_id = $1 and user_id = $2 and route = $3 and key = $4 and status is null";
    sqlx::query(GIVE_BACK)
        .bind(named.customer.0)
        .bind(&named.user.0)
        .bind(named.route)
        .bind(named.key)
        .execute(&store.claims)
        .await?;
    Ok(())
}
