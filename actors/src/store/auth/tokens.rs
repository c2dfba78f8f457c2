//! API tokens: keys with which a customer's own programs act as one of its users.

use domain::audit::{Author, Change};
use domain::ids::{CustomerId, Realm, Token};
use jiff::{SignedDuration, Timestamp};
use jiff_sqlx::ToSqlx;
use serde_json::json;
use sqlx::{FromRow, Row};

use super::{Person, member_columns};
use crate::error::Error;
use crate::secrets::random;
use crate::store::Store;
use crate::store::audit_log;
use crate::store::rows::{instant, perhaps_instant};

/// Tokens one user may have at a time.
const TOKENS_MAX: i64 = 20;
/// That a token was used is written down at most this often.
const SEEN_EVERY: SignedDuration = SignedDuration::from_mins(1);

/// A token, for its owner to look at.
#[derive(Debug, Clone)]
pub struct ApiToken {
    /// Names it; opens nothing.
    pub id: String,
    /// What its owner calls it.
    pub name: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last used, to the minute.
    pub last_used_at: Option<Timestamp>,
}

/// Makes a token of this user's. `None` when the user has twenty already.
pub async fn create_token(
    store: &Store,
    customer: CustomerId,
    person: &Person,
    token: &Token,
    name: &str,
    author: &Author,
    now: Timestamp,
) -> Result<Option<ApiToken>, Error> {
    // One at a time for each user, and none for one who is being removed.
    const HOLD: &str = "
select 1 from users where customer_id = $1 and id = $2 and status = 'active' for no key update";
    const INSERT: &str = "
insert into api_tokens (customer_id, id, user_id, name, token_digest, created_at)
select $1, $2, $3, $4, $5, $6
 where (select count(*) from api_tokens where customer_id = $1 and user_id = $3 and revoked_at is null) < $7";
    let id = format!("tok_{}", data_encoding::BASE32_NOPAD.encode(&random::<10>()).to_lowercase());
    let mut transaction = store.claims.begin().await?;
    let held = sqlx::query(HOLD).bind(customer.0).bind(&person.user.0).fetch_optional(&mut *transaction);
    if held.await?.is_none() {
        return Ok(None);
    }
    let made = sqlx::query(INSERT)
        .bind(customer.0)
        .bind(&id)
        .bind(&person.user.0)
        .bind(name)
        .bind(token.digest().to_vec())
        .bind(now.to_sqlx())
        .bind(TOKENS_MAX)
        .execute(&mut *transaction)
        .await?;
    if made.rows_affected() == 0 {
        return Ok(None);
    }
    let change = Change::of("api_token.created", &id).to(json!({"name": name}));
    audit_log::insert(&mut transaction, customer, author, change, now).await?;
    transaction.commit().await?;
    Ok(Some(ApiToken { id, name: name.to_owned(), created_at: now, last_used_at: None }))
}

/// The tokens of a user that count, newest first.
pub async fn tokens(store: &Store, customer: CustomerId, person: &Person) -> Result<Vec<ApiToken>, Error> {
    const LIST: &str = "
select id, name, created_at, last_used_at
  from api_tokens
 where customer_id = $1 and user_id = $2 and revoked_at is null
 order by created_at desc, id";
    let _place = store.place(customer).await?;
    let rows = sqlx::query(LIST).bind(customer.0).bind(&person.user.0).fetch_all(&store.claims).await?;
    rows.iter()
        .map(|row| {
            Ok(ApiToken {
                id: row.try_get("id")?,
                name: row.try_get("name")?,
                created_at: instant(row, "created_at")?,
                last_used_at: perhaps_instant(row, "last_used_at")?,
            })
        })
        .collect()
}

/// Revokes a token of this user's; says whether there was one.
pub async fn revoke_token(
    store: &Store,
    customer: CustomerId,
    person: &Person,
    id: &str,
    author: &Author,
    now: Timestamp,
) -> Result<bool, Error> {
    const REVOKE: &str = "
update api_tokens
   set revoked_at = $4
 where customer_id = $1 and user_id = $2 and id = $3 and revoked_at is null";
    let mut transaction = store.claims.begin().await?;
    let revoked = sqlx::query(REVOKE)
        .bind(customer.0)
        .bind(&person.user.0)
        .bind(id)
        .bind(now.to_sqlx())
        .execute(&mut *transaction)
        .await?;
    if revoked.rows_affected() == 0 {
        return Ok(false);
    }
    audit_log::insert(&mut transaction, customer, author, Change::of("api_token.revoked", id), now).await?;
    transaction.commit().await?;
    Ok(true)
}

/// Whom a token lets act. `None` for one that is unknown or revoked, or whose user is gone.
pub async fn bearer(store: &Store, token: &Token, now: Timestamp) -> Result<Option<Person>, Error> {
    const FIND: &str = concat!(
        "
select t.id as token_id, t.last_used_at, ",
        member_columns!(),
        "
  from api_tokens t
  join users u on u.customer_id = t.customer_id and u.id = t.user_id
  join customers c on c.id = t.customer_id
 where t.customer_id = $1 and t.token_digest = $2 and t.revoked_at is null and u.status = 'active'"
    );
    const USED: &str = "update api_tokens set last_used_at = $3 where customer_id = $1 and id = $2";
    let Realm::Customer(customer) = token.realm() else { return Ok(None) };
    let row = sqlx::query(FIND)
        .bind(customer.0)
        .bind(token.digest().to_vec())
        .fetch_optional(&store.claims)
        .await?;
    let Some(row) = row else { return Ok(None) };
    let last_used_at = perhaps_instant(&row, "last_used_at")?;
    if last_used_at.is_none_or(|last| now.duration_since(last) >= SEEN_EVERY) {
        let id: String = row.try_get("token_id")?;
        sqlx::query(USED).bind(customer.0).bind(id).bind(now.to_sqlx()).execute(&store.claims).await?;
    }
    Ok(Some(Person::from_row(&row)?))
}
