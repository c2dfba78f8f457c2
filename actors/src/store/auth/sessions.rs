//! Signed-in browsers.

use std::net::IpAddr;

use domain::auth::SessionLife;
use domain::ids::{Realm, Token, UserId};
use jiff::{SignedDuration, Timestamp};
use jiff_sqlx::ToSqlx;
use sqlx::{FromRow, Postgres, Row, Transaction};

use super::links::of;
use super::{Person, member_columns, platform_columns};
use crate::error::Error;
use crate::secrets::random;
use crate::store::Store;
use crate::store::rows::instant;

/// That a session was used is written down at most this often.
const SEEN_EVERY: SignedDuration = SignedDuration::from_mins(1);
/// Bytes of what a browser calls itself.
const USER_AGENT_MAX: usize = 255;

/// A session about to begin.
#[derive(Debug)]
pub struct Fresh<'a> {
    /// What its cookie will say.
    pub token: &'a Token,
    /// What the browser calls itself.
    pub user_agent: Option<&'a str>,
    /// Whence.
    pub address: IpAddr,
}

/// Sessions that are over go when the next one begins.
const INSERT: [&str; 2] = [
    "
with gone as (
    delete from sessions
     where customer_id = $1 and user_id = $3 and (expires_at < $7 or last_seen_at < $9))
insert into sessions (
       customer_id, id, user_id, token_digest, user_agent, address, created_at, last_seen_at, expires_at)
values ($1, $2, $3, $4, $5, $6::inet, $7, $7, $8)",
    "
with gone as (
    delete from platform_sessions
     where platform_user_id = $3 and (expires_at < $7 or last_seen_at < $9))
insert into platform_sessions (
       id, platform_user_id, token_digest, user_agent, address, created_at, last_seen_at, expires_at)
select $2, $3, $4, $5, $6::inet, $7, $7, $8
 where $1::bigint is null",
];

pub(super) async fn insert(
    transaction: &mut Transaction<'static, Postgres>,
    realm: Realm,
    user: &UserId,
    session: &Fresh<'_>,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    let life = SessionLife::of(realm);
    let id = format!("ses_{}", data_encoding::BASE32_NOPAD.encode(&random::<10>()).to_lowercase());
    let user_agent = session.user_agent.and_then(|text| domain::text::kept(text, USER_AGENT_MAX));
    sqlx::query(of(realm, INSERT))
        .bind(realm.customer().map(|customer| customer.0))
        .bind(id)
        .bind(&user.0)
        .bind(session.token.digest().to_vec())
        .bind(user_agent)
        .bind(session.address.to_string())
        .bind(now.to_sqlx())
        .bind((now + life.absolute).to_sqlx())
        .bind((now - life.idle).to_sqlx())
        .execute(&mut **transaction)
        .await
        .map(drop)
}

const FIND: [&str; 2] = [
    concat!(
        "
select s.id as session_id, s.last_seen_at, s.expires_at, ",
        member_columns!(),
        "
  from sessions s
  join users u on u.customer_id = s.customer_id and u.id = s.user_id
  join customers c on c.id = s.customer_id
 where s.customer_id = $1 and s.token_digest = $2 and u.status = 'active'"
    ),
    concat!(
        "
select s.id as session_id, s.last_seen_at, s.expires_at, ",
        platform_columns!(),
        "
  from platform_sessions s
  join platform_users u on u.id = s.platform_user_id
 where $1::bigint is null and s.token_digest = $2 and u.status = 'active'"
    ),
];

const SEEN: [&str; 2] = [
    "update sessions set last_seen_at = $3 where customer_id = $1 and id = $2",
    "update platform_sessions set last_seen_at = $3 where $1::bigint is null and id = $2",
];

/// Somebody whose session counts.
#[derive(Debug)]
pub struct SignedIn {
    /// Who.
    pub person: Person,
    /// In which session.
    pub session: String,
}

/// Who a session's cookie belongs to. `None` for a session that is unknown or over.
pub async fn signed_in(store: &Store, token: &Token, now: Timestamp) -> Result<Option<SignedIn>, Error> {
    let Some((found, last_seen_at)) = find(store, token, now).await? else { return Ok(None) };
    let realm = token.realm();
    if now.duration_since(last_seen_at) >= SEEN_EVERY {
        sqlx::query(of(realm, SEEN))
            .bind(realm.customer().map(|customer| customer.0))
            .bind(&found.session)
            .bind(now.to_sqlx())
            .execute(&store.claims)
            .await?;
    }
    Ok(Some(found))
}

/// The same, asked by a page on its own: an open page must not keep a session alive for ever.
pub async fn still_signed_in(
    store: &Store,
    token: &Token,
    now: Timestamp,
) -> Result<Option<SignedIn>, Error> {
    Ok(find(store, token, now).await?.map(|(found, _)| found))
}

async fn find(store: &Store, token: &Token, now: Timestamp) -> Result<Option<(SignedIn, Timestamp)>, Error> {
    let realm = token.realm();
    let found = sqlx::query(of(realm, FIND))
        .bind(realm.customer().map(|customer| customer.0))
        .bind(token.digest().to_vec())
        .fetch_optional(&store.claims)
        .await?;
    let Some(row) = found else { return Ok(None) };
    let last_seen_at = instant(&row, "last_seen_at")?;
    if !SessionLife::of(realm).counts(last_seen_at, instant(&row, "expires_at")?, now) {
        return Ok(None);
    }
    let found = SignedIn { person: Person::from_row(&row)?, session: row.try_get("session_id")? };
    Ok(Some((found, last_seen_at)))
}

/// A session, for its owner to look at.
#[derive(Debug, Clone)]
pub struct Session {
    /// Names it; opens nothing.
    pub id: String,
    /// What the browser called itself.
    pub user_agent: Option<String>,
    /// Whence it began.
    pub address: Option<String>,
    /// When it began.
    pub created_at: Timestamp,
    /// When it was last used, to the minute.
    pub last_seen_at: Timestamp,
    /// When it ends at the latest.
    pub expires_at: Timestamp,
}

const LIST: [&str; 2] = [
    "
select id, user_agent, host(address) as address, created_at, last_seen_at, expires_at
  from sessions
 where customer_id = $1 and user_id = $2 and expires_at > $3 and last_seen_at > $4
 order by last_seen_at desc
 limit 100",
    "
select id, user_agent, host(address) as address, created_at, last_seen_at, expires_at
  from platform_sessions
 where $1::bigint is null and platform_user_id = $2 and expires_at > $3 and last_seen_at > $4
 order by last_seen_at desc
 limit 100",
];

/// The sessions of a user that count, the last used first.
pub async fn list(store: &Store, person: &Person, now: Timestamp) -> Result<Vec<Session>, Error> {
    let realm = person.realm();
    let _place = match realm {
        Realm::Customer(customer) => Some(store.place(customer).await?),
        Realm::Platform => None,
    };
    let rows = sqlx::query(of(realm, LIST))
        .bind(realm.customer().map(|customer| customer.0))
        .bind(&person.user.0)
        .bind(now.to_sqlx())
        .bind((now - SessionLife::of(realm).idle).to_sqlx())
        .fetch_all(&store.claims)
        .await?;
    rows.iter()
        .map(|row| {
            Ok(Session {
                id: row.try_get("id")?,
                user_agent: row.try_get("user_agent")?,
                address: row.try_get("address")?,
                created_at: instant(row, "created_at")?,
                last_seen_at: instant(row, "last_seen_at")?,
                expires_at: instant(row, "expires_at")?,
            })
        })
        .collect()
}

const END: [&str; 2] = [
    "delete from sessions where customer_id = $1 and user_id = $2 and id = $3",
    "delete from platform_sessions where $1::bigint is null and platform_user_id = $2 and id = $3",
];

/// Ends a session of this person; says whether there was one.
pub async fn end(store: &Store, person: &Person, session: &str) -> Result<bool, Error> {
    let realm = person.realm();
    let ended = sqlx::query(of(realm, END))
        .bind(realm.customer().map(|customer| customer.0))
        .bind(&person.user.0)
        .bind(session)
        .execute(&store.claims)
        .await?;
    Ok(ended.rows_affected() == 1)
}
