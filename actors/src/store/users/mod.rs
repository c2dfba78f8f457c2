//! Users of customers and of the platform. No actor owns them.

mod changes;
mod members;

use domain::customers::Profile;
use domain::ids::{CustomerId, UserId};
use domain::users::Role;
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::{Postgres, Transaction};

pub use changes::{Invited, Wish, change, invite, sign_out};
pub use members::{User, get, list};

use super::Store;
use crate::error::Error;
use crate::secrets::random;

const INSERT: &str = "
insert into users (customer_id, id, email, full_name, role, status, created_at, updated_at)
values ($1, $2, $3, $4, $5, 'invited', $6, $6)";

/// Makes the customer's own address its first admin, who becomes active by signing in.
pub(super) async fn insert_admin(
    transaction: &mut Transaction<'static, Postgres>,
    customer: CustomerId,
    profile: &Profile,
    now: Timestamp,
) -> Result<UserId, sqlx::Error> {
    let id = random_id();
    sqlx::query(INSERT)
        .bind(customer.0)
        .bind(&id)
        .bind(&profile.email)
        .bind(&profile.name)
        .bind(Role::Admin.as_str())
        .bind(now.to_sqlx())
        .execute(&mut **transaction)
        .await?;
    Ok(UserId(id))
}

/// Whether a super admin was made, or was there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Made {
    /// Now.
    Created,
    /// Before.
    Existed,
}

/// Makes a super admin. The platform's users belong to no customer.
pub async fn create_super_admin(store: &Store, email: &str, now: Timestamp) -> Result<Made, Error> {
    const INSERT: &str = "
insert into platform_users (id, email, full_name, created_at, updated_at)
values ($1, $2, $2, $3, $3)
on conflict (email) do nothing";
    let done =
        sqlx::query(INSERT).bind(random_id()).bind(email).bind(now.to_sqlx()).execute(&store.claims).await?;
    Ok(if done.rows_affected() == 1 { Made::Created } else { Made::Existed })
}

/// A name nobody can guess, `usr_…`.
fn random_id() -> String {
    format!("usr_{}", data_encoding::BASE32_NOPAD.encode(&random::<15>()).to_lowercase())
}
