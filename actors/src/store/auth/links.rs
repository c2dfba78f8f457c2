//! Links that sign somebody in once.

use domain::auth::{CODE_TRIES_MAX, Purpose};
use domain::ids::{Digest32, Realm, Token, UserId};
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::{FromRow, Row};

use super::sessions::insert;
use super::{Person, member_columns, platform_columns};
use crate::error::Error;
use crate::store::Store;

/// A link about to be handed out.
#[derive(Debug)]
pub struct Link<'a> {
    /// What stands in its URL.
    pub token: &'a Token,
    /// Whom it signs in.
    pub user: &'a UserId,
    /// What it is for.
    pub purpose: Purpose,
    /// Of the cookie of the browser that asked.
    pub browser: Option<Digest32>,
    /// Keyed with the token, of the code that another browser must type.
    pub code: Option<Digest32>,
}

/// The one before it is dead: only the newest counts. Links that are long over go, too.
const ISSUE: [&str; 2] = [
    "
with gone as (
    delete from magic_links
     where customer_id = $1 and user_id = $3 and expires_at < $7 - interval '1 day'),
replaced as (
    update magic_links
       set used_at = $7
     where customer_id = $1 and user_id = $3 and purpose = $4 and used_at is null and expires_at >= $7)
insert into magic_links (
       customer_id, token_digest, user_id, purpose, browser_digest, code_digest, created_at, expires_at)
values ($1, $2, $3, $4, $5, $6, $7, $8)",
    "
with gone as (
    delete from platform_magic_links
     where platform_user_id = $3 and expires_at < $7 - interval '1 day'),
replaced as (
    update platform_magic_links
       set used_at = $7
     where platform_user_id = $3 and purpose = $4 and used_at is null and expires_at >= $7)
insert into platform_magic_links (
       token_digest, platform_user_id, purpose, browser_digest, code_digest, created_at, expires_at)
select $2, $3, $4, $5, $6, $7, $8
 where $1::bigint is null",
];

/// Stores a link; from now on it can be used.
pub async fn issue(store: &Store, link: &Link<'_>, now: Timestamp) -> Result<(), Error> {
    let realm = link.token.realm();
    sqlx::query(of(realm, ISSUE))
        .bind(realm.customer().map(|customer| customer.0))
        .bind(link.token.digest().to_vec())
        .bind(&link.user.0)
        .bind(link.purpose.as_str())
        .bind(link.browser.map(|digest| digest.to_vec()))
        .bind(link.code.map(|digest| digest.to_vec()))
        .bind(now.to_sqlx())
        .bind((now + link.purpose.life()).to_sqlx())
        .execute(&store.claims)
        .await?;
    Ok(())
}

const LOOK: [&str; 2] = [
    concat!(
        "
select l.purpose, l.browser_digest = $3 as is_same_browser, ",
        member_columns!(),
        "
  from magic_links l
  join users u on u.customer_id = l.customer_id and u.id = l.user_id
  join customers c on c.id = l.customer_id
 where l.customer_id = $1 and l.token_digest = $2 and l.used_at is null and l.expires_at > $4
   and l.code_tries < $5 and u.status <> 'disabled'"
    ),
    concat!(
        "
select l.purpose, l.browser_digest = $3 as is_same_browser, ",
        platform_columns!(),
        "
  from platform_magic_links l
  join platform_users u on u.id = l.platform_user_id
 where $1::bigint is null and l.token_digest = $2 and l.used_at is null and l.expires_at > $4
   and l.code_tries < $5 and u.status = 'active'"
    ),
];

/// A link that was found, untouched.
#[derive(Debug)]
pub struct Found {
    /// Whom it would sign in.
    pub person: Person,
    /// What it is for.
    pub purpose: Purpose,
    /// The code must be typed: this is another browser than the one that asked.
    pub needs_code: bool,
}

/// What a link leads to; changes nothing. `None` for one that is unknown, used or over.
pub async fn look(
    store: &Store,
    token: &Token,
    browser: Option<Digest32>,
    now: Timestamp,
) -> Result<Option<Found>, Error> {
    let row = sqlx::query(of(token.realm(), LOOK))
        .bind(token.realm().customer().map(|customer| customer.0))
        .bind(token.digest().to_vec())
        .bind(browser.map(|digest| digest.to_vec()))
        .bind(now.to_sqlx())
        .bind(CODE_TRIES_MAX)
        .fetch_optional(&store.claims)
        .await?;
    let Some(row) = row else { return Ok(None) };
    let purpose = Purpose::parse(row.try_get("purpose")?);
    let purpose = purpose.ok_or_else(|| sqlx::Error::ColumnNotFound("purpose".to_owned()))?;
    let is_same_browser: Option<bool> = row.try_get("is_same_browser")?;
    let needs_code = purpose == Purpose::SignIn && is_same_browser != Some(true);
    Ok(Some(Found { person: Person::from_row(&row)?, purpose, needs_code }))
}

/// One statement, so that of uses at once exactly one opens, and guesses at once are counted one by
/// one: each waits for the row and looks at it again. A code that is typed costs a try, right or
/// wrong.
const OPEN: [&str; 2] = [
    "
update magic_links
   set code_tries = code_tries + case when $4::bytea is null then 0 else 1 end,
       used_at = case
           when purpose = 'command_line' or coalesce(browser_digest = $3, false)
                or coalesce(code_digest = $4, false)
           then $5 end
 where customer_id = $1 and token_digest = $2 and purpose <> 'invitation' and used_at is null
   and expires_at > $5 and code_tries < $6
returning user_id, used_at is not null as is_open, code_tries",
    "
update platform_magic_links
   set code_tries = code_tries + case when $4::bytea is null then 0 else 1 end,
       used_at = case
           when purpose = 'command_line' or coalesce(browser_digest = $3, false)
                or coalesce(code_digest = $4, false)
           then $5 end
 where $1::bigint is null and token_digest = $2 and used_at is null and expires_at > $5
   and code_tries < $6
returning platform_user_id as user_id, used_at is not null as is_open, code_tries",
];

/// Who was invited is active from the first time on.
const WELCOME: [&str; 2] = [
    concat!(
        "
update users u
   set last_login = $3, status = 'active'
  from customers c
 where u.customer_id = $1 and u.id = $2 and u.status <> 'disabled' and c.id = u.customer_id
returning ",
        member_columns!()
    ),
    concat!(
        "
update platform_users u
   set last_login = $3
 where $1::bigint is null and u.id = $2 and u.status = 'active'
returning ",
        platform_columns!()
    ),
];

/// What shows that the link is in the right hands.
#[derive(Debug, Clone, Copy)]
pub struct Proof {
    /// Of the browser's cookie.
    pub browser: Option<Digest32>,
    /// Keyed with the token, of the code that was typed.
    pub code: Option<Digest32>,
}

/// What became of a link that was used.
#[derive(Debug)]
pub enum Opening {
    /// Signed in; the link is dead.
    Open(Person),
    /// Another browser must type the code.
    CodeNeeded,
    /// Not that code; so many tries are left.
    CodeWrong(i16),
    /// Unknown, used or over.
    Dead,
}

/// Uses a link, and begins the session.
pub async fn open(
    store: &Store,
    token: &Token,
    proof: Proof,
    session: &super::sessions::Fresh<'_>,
    now: Timestamp,
) -> Result<Opening, Error> {
    let realm = token.realm();
    let customer = realm.customer().map(|customer| customer.0);
    let mut transaction = store.claims.begin().await?;
    let used = sqlx::query(of(realm, OPEN))
        .bind(customer)
        .bind(token.digest().to_vec())
        .bind(proof.browser.map(|digest| digest.to_vec()))
        .bind(proof.code.map(|digest| digest.to_vec()))
        .bind(now.to_sqlx())
        .bind(CODE_TRIES_MAX)
        .fetch_optional(&mut *transaction)
        .await?;
    let Some(used) = used else { return Ok(Opening::Dead) };
    let (user, is_open): (String, bool) = (used.try_get("user_id")?, used.try_get("is_open")?);
    let tries: i16 = used.try_get("code_tries")?;
    let opening = match (is_open, proof.code) {
        (false, None) => Opening::CodeNeeded,
        (false, Some(_)) => Opening::CodeWrong(CODE_TRIES_MAX - tries),
        (true, _) => {
            let person: Option<Person> = sqlx::query_as(of(realm, WELCOME))
                .bind(customer)
                .bind(&user)
                .bind(now.to_sqlx())
                .fetch_optional(&mut *transaction)
                .await?;
            match person {
                Some(person) => {
                    insert(&mut transaction, realm, &person.user, session, now).await?;
                    Opening::Open(person)
                }
                None => Opening::Dead,
            }
        }
    };
    transaction.commit().await?;
    Ok(opening)
}

/// The statement of a realm.
pub(super) fn of(realm: Realm, statements: [&'static str; 2]) -> &'static str {
    let [member, platform] = statements;
    match realm {
        Realm::Customer(_) => member,
        Realm::Platform => platform,
    }
}
