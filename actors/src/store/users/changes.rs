//! Invites, changes and removes users of one customer.
//!
//! A change locks all of the customer's users, so that of two that would together leave nobody in
//! charge one finds the other done. Links are locked before users, as signing in does.

use domain::audit::{Author, Change};
use domain::ids::{CustomerId, UserId};
use domain::users::{Permissions, Role, USERS_MAX, UserRefusal, UserStatus};
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use serde_json::{Map, Value, json};
use sqlx::{Postgres, Transaction};

use super::members::{ONE, User};
use super::random_id;
use crate::error::{Error, Refusal};
use crate::store::Store;
use crate::store::audit_log;

/// What an admin wants a user to be; `None` leaves it as it is.
#[derive(Debug, Clone, Default)]
pub struct Wish {
    /// As others know them.
    pub full_name: Option<String>,
    /// The ceiling.
    pub role: Option<Role>,
    /// A flag.
    pub can_download_recordings: Option<bool>,
    /// A flag.
    pub can_view_all_calls: Option<bool>,
    /// A flag.
    pub can_manage_calendar: Option<bool>,
    /// Whether they can sign in.
    pub status: Option<UserStatus>,
    /// As `domain::users::agent_ids` makes them.
    pub agent_ids: Option<Vec<String>>,
    /// As `domain::users::numbers` makes them.
    pub numbers: Option<Vec<String>>,
}

impl Wish {
    fn of(&self, user: &User, now: Timestamp) -> Result<User, UserRefusal> {
        let (user, flags) = (user.clone(), user.permissions);
        let status = self.status.unwrap_or(user.status);
        Ok(User {
            full_name: self.full_name.clone().unwrap_or(user.full_name),
            role: self.role.unwrap_or(user.role),
            permissions: Permissions {
                can_download_recordings: self
                    .can_download_recordings
                    .unwrap_or(flags.can_download_recordings),
                can_view_all_calls: self.can_view_all_calls.unwrap_or(flags.can_view_all_calls),
                can_manage_calendar: self.can_manage_calendar.unwrap_or(flags.can_manage_calendar),
            },
            status: user.status.becoming(status, user.last_login.is_some())?,
            agent_ids: self.agent_ids.clone().unwrap_or(user.agent_ids),
            numbers: self.numbers.clone().unwrap_or(user.numbers),
            updated_at: now,
            ..user
        })
    }
}

/// What an invitation was.
#[derive(Debug)]
pub enum Invited {
    /// The first of this user, or of one who had been removed.
    Made(User),
    /// Another one of a user who has not come yet.
    Again(User),
}

/// Makes a user who may sign in. One who was removed is invited again, with nothing left of before.
pub async fn invite(
    store: &Store,
    customer: CustomerId,
    email: &str,
    wish: &Wish,
    author: &Author,
    now: Timestamp,
) -> Result<Invited, Error> {
    const KNOWN: &str = "select id from users where customer_id = $1 and email = $2";
    const COUNT: &str = "select count(*) from users where customer_id = $1 and status <> 'disabled'";
    const INSERT: &str = "
insert into users (customer_id, id, email, full_name, role, status, created_at, updated_at)
values ($1, $2, $3, $3, 'viewer', 'invited', $4, $4)";
    let mut transaction = store.claims.begin().await?;
    lock(&mut transaction, customer).await?;
    let known: Option<String> =
        sqlx::query_scalar(KNOWN).bind(customer.0).bind(email).fetch_optional(&mut *transaction).await?;
    let id = UserId(known.clone().unwrap_or_else(random_id));
    if known.is_none() {
        sqlx::query(INSERT)
            .bind(customer.0)
            .bind(&id.0)
            .bind(email)
            .bind(now.to_sqlx())
            .execute(&mut *transaction)
            .await?;
    }
    let before = read(&mut transaction, customer, &id).await?.ok_or(sqlx::Error::RowNotFound)?;
    if before.status == UserStatus::Active {
        return Err(Refusal::User(UserRefusal::AlreadyUser).into());
    }
    let was_removed = before.status == UserStatus::Disabled;
    let invited = User { status: UserStatus::Invited, ..before.clone() };
    let user = Wish { status: None, ..wish.clone() }.of(&invited, now).map_err(Refusal::User)?;
    write(&mut transaction, customer, &user).await?;
    if was_removed {
        end_sessions(&mut transaction, customer, &id).await?;
        revoke_tokens(&mut transaction, customer, &id, now).await?;
    }
    let count: i64 = sqlx::query_scalar(COUNT).bind(customer.0).fetch_one(&mut *transaction).await?;
    if count > USERS_MAX {
        return Err(Refusal::User(UserRefusal::TooMany).into());
    }
    let line = Change::of("user.invited", &id.0);
    let line = match &known {
        Some(_) => differing(line, &before, &user),
        None => line.to(Value::Object(told(&user))),
    };
    audit_log::insert(&mut transaction, customer, author, line, now).await?;
    transaction.commit().await?;
    Ok(if known.is_none() || was_removed { Invited::Made(user) } else { Invited::Again(user) })
}

/// Changes a user; a new role ends the sessions, being disabled everything that opens a door.
/// `None` for an unknown one.
pub async fn change(
    store: &Store,
    customer: CustomerId,
    id: &UserId,
    wish: &Wish,
    author: &Author,
    now: Timestamp,
) -> Result<Option<User>, Error> {
    const OTHER_ADMINS: &str = "
select count(*)
  from users
 where customer_id = $1 and id <> $2 and role = 'admin' and status = 'active'";
    let mut transaction = store.claims.begin().await?;
    if wish.status == Some(UserStatus::Disabled) {
        end_links(&mut transaction, customer, id, now).await?;
    }
    lock(&mut transaction, customer).await?;
    let Some(before) = read(&mut transaction, customer, id).await? else { return Ok(None) };
    let after = wish.of(&before, now).map_err(Refusal::User)?;
    if (User { updated_at: before.updated_at, ..after.clone() }) == before {
        return Ok(Some(before));
    }
    let is_in_charge = |user: &User| user.role == Role::Admin && user.status == UserStatus::Active;
    if is_in_charge(&before) && !is_in_charge(&after) {
        let others = sqlx::query_scalar(OTHER_ADMINS).bind(customer.0).bind(&id.0);
        let others: i64 = others.fetch_one(&mut *transaction).await?;
        if others == 0 {
            return Err(Refusal::User(UserRefusal::LastAdmin).into());
        }
    }
    write(&mut transaction, customer, &after).await?;
    let is_removed = after.status == UserStatus::Disabled && before.status != UserStatus::Disabled;
    if is_removed || after.role != before.role {
        end_sessions(&mut transaction, customer, id).await?;
    }
    if is_removed {
        revoke_tokens(&mut transaction, customer, id, now).await?;
    }
    let action = if is_removed { "user.removed" } else { "user.changed" };
    let line = differing(Change::of(action, &id.0), &before, &after);
    audit_log::insert(&mut transaction, customer, author, line, now).await?;
    transaction.commit().await?;
    Ok(Some(after))
}

/// Ends every session of a user; API tokens stay. Says whether there is such a user.
pub async fn sign_out(
    store: &Store,
    customer: CustomerId,
    id: &UserId,
    author: &Author,
    now: Timestamp,
) -> Result<bool, Error> {
    let mut transaction = store.claims.begin().await?;
    if read(&mut transaction, customer, id).await?.is_none() {
        return Ok(false);
    }
    end_sessions(&mut transaction, customer, id).await?;
    let line = Change::of("user.signed_out", &id.0);
    audit_log::insert(&mut transaction, customer, author, line, now).await?;
    transaction.commit().await?;
    Ok(true)
}

/// Whoever changes users of this customer does so alone; who signs in waits for none but himself.
async fn lock(
    transaction: &mut Transaction<'static, Postgres>,
    customer: CustomerId,
) -> Result<(), sqlx::Error> {
    const LOCK: &str = "select id from users where customer_id = $1 order by id for no key update";
    sqlx::query(LOCK).bind(customer.0).execute(&mut **transaction).await.map(drop)
}

async fn read(
    transaction: &mut Transaction<'static, Postgres>,
    customer: CustomerId,
    id: &UserId,
) -> Result<Option<User>, sqlx::Error> {
    sqlx::query_as(ONE).bind(customer.0).bind(&id.0).fetch_optional(&mut **transaction).await
}

/// The row, and its agents and numbers in place of those before.
async fn write(
    transaction: &mut Transaction<'static, Postgres>,
    customer: CustomerId,
    user: &User,
) -> Result<(), sqlx::Error> {
    const UPDATE: &str = "
update users
   set full_name = $3, role = $4, can_download_recordings = $5, can_view_all_calls = $6,
       can_manage_calendar = $7, status = $8, updated_at = $9
 where customer_id = $1 and id = $2";
    // What is kept is not touched: parts of one statement do not see each other's rows.
    const AGENTS: &str = "
with gone as (
    delete from user_agents where customer_id = $1 and user_id = $2 and agent_id <> all($3))
insert into user_agents (customer_id, agent_id, user_id)
select $1, agent_id, $2
  from unnest($3::text[]) agent_id
on conflict do nothing";
    const NUMBERS: &str = "
with gone as (
    delete from user_numbers where customer_id = $1 and user_id = $2 and number <> all($3))
insert into user_numbers (customer_id, number, user_id)
select $1, number, $2
  from unnest($3::text[]) number
on conflict do nothing";
    sqlx::query(UPDATE)
        .bind(customer.0)
        .bind(&user.id.0)
        .bind(&user.full_name)
        .bind(user.role.as_str())
        .bind(user.permissions.can_download_recordings)
        .bind(user.permissions.can_view_all_calls)
        .bind(user.permissions.can_manage_calendar)
        .bind(user.status.as_str())
        .bind(user.updated_at.to_sqlx())
        .execute(&mut **transaction)
        .await?;
    for (statement, texts) in [(AGENTS, &user.agent_ids), (NUMBERS, &user.numbers)] {
        let replace = sqlx::query(statement).bind(customer.0).bind(&user.id.0).bind(texts);
        replace.execute(&mut **transaction).await?;
    }
    Ok(())
}

async fn end_links(
    transaction: &mut Transaction<'static, Postgres>,
    customer: CustomerId,
    id: &UserId,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    const END: &str = "
update magic_links
   set used_at = $3
 where customer_id = $1 and user_id = $2 and used_at is null";
    sqlx::query(END)
        .bind(customer.0)
        .bind(&id.0)
        .bind(now.to_sqlx())
        .execute(&mut **transaction)
        .await
        .map(drop)
}

async fn end_sessions(
    transaction: &mut Transaction<'static, Postgres>,
    customer: CustomerId,
    id: &UserId,
) -> Result<(), sqlx::Error> {
    const END: &str = "delete from sessions where customer_id = $1 and user_id = $2";
    sqlx::query(END).bind(customer.0).bind(&id.0).execute(&mut **transaction).await.map(drop)
}

async fn revoke_tokens(
    transaction: &mut Transaction<'static, Postgres>,
    customer: CustomerId,
    id: &UserId,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    const REVOKE: &str = "
update api_tokens
   set revoked_at = $3
 where customer_id = $1 and user_id = $2 and revoked_at is null";
    let revoke = sqlx::query(REVOKE).bind(customer.0).bind(&id.0).bind(now.to_sqlx());
    revoke.execute(&mut **transaction).await.map(drop)
}

/// What the audit log may say of a user: rights, and no name or address, which it could not forget.
fn told(user: &User) -> Map<String, Value> {
    let told = json!({
        "role": user.role.as_str(),
        "status": user.status.as_str(),
        "can_download_recordings": user.permissions.can_download_recordings,
        "can_view_all_calls": user.permissions.can_view_all_calls,
        "can_manage_calendar": user.permissions.can_manage_calendar,
        "agent_ids": user.agent_ids,
        "numbers": user.numbers,
    });
    match told {
        Value::Object(told) => told,
        _ => Map::new(),
    }
}

/// The line with what is different.
fn differing(line: Change, before: &User, after: &User) -> Change {
    let (mut was, mut is) = (told(before), told(after));
    was.retain(|name, value| is.get(name) != Some(value));
    is.retain(|name, _| was.contains_key(name));
    line.from(Value::Object(was)).to(Value::Object(is))
}
