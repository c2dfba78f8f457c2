//! Signing in: people, links, sessions, API tokens. No actor owns these.
//!
//! Users of customers and super admins have tables of their own, and one set of statements each,
//! with the same parameters: `$1` is the customer, null for the platform.

mod links;
mod sessions;
mod tokens;

pub use links::{Found, Link, Opening, Proof, issue, look, open};
pub use sessions::{Fresh, Session, SignedIn, end, list, signed_in, still_signed_in};
pub use tokens::{ApiToken, bearer, create_token, revoke_token, tokens};

use domain::customers::Status;
use domain::ids::{CustomerId, Realm, UserId};
use domain::users::{Permissions, Role};
use sqlx::postgres::PgRow;
use sqlx::{FromRow, Row};

use super::Store;
use crate::error::Error;

/// Somebody who can sign in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// Their id.
    pub user: UserId,
    /// Where mail reaches them.
    pub email: String,
    /// As others know them.
    pub full_name: String,
    /// Whose user; `None` for a super admin.
    pub membership: Option<Membership>,
}

/// What a user is at a customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Membership {
    /// Whose.
    pub customer: CustomerId,
    /// What callers know the business as.
    pub company: String,
    /// Whether the customer may use the service.
    pub status: Status,
    /// IANA name.
    pub timezone: String,
    /// The ceiling.
    pub role: Role,
    /// The flags.
    pub permissions: Permissions,
}

impl Person {
    /// Where they sign in.
    pub fn realm(&self) -> Realm {
        match &self.membership {
            Some(membership) => Realm::Customer(membership.customer),
            None => Realm::Platform,
        }
    }
}

/// The columns of a [`Person`], of a user `u` of a customer `c`.
macro_rules! member_columns {
    () => {
        "u.customer_id, u.id as user_id, u.email, u.full_name, u.role, u.can_download_recordings,
       u.can_view_all_calls, u.can_manage_calendar, coalesce(c.company, c.name) as company,
       c.status as customer_status, c.timezone"
    };
}

/// The same of a super admin `u`.
macro_rules! platform_columns {
    () => {
        "null::bigint as customer_id, u.id as user_id, u.email, u.full_name, null::text as role,
       null::boolean as can_download_recordings, null::boolean as can_view_all_calls,
       null::boolean as can_manage_calendar, null::text as company, null::text as customer_status,
       null::text as timezone"
    };
}
pub(super) use {member_columns, platform_columns};

impl FromRow<'_, PgRow> for Person {
    fn from_row(row: &PgRow) -> Result<Self, sqlx::Error> {
        let unknown = |column: &str| sqlx::Error::ColumnNotFound(column.to_owned());
        let membership = match row.try_get::<Option<i64>, _>("customer_id")? {
            None => None,
            Some(customer) => Some(Membership {
                customer: CustomerId(customer),
                company: row.try_get("company")?,
                status: Status::parse(row.try_get("customer_status")?).ok_or_else(|| unknown("status"))?,
                timezone: row.try_get("timezone")?,
                role: Role::parse(row.try_get("role")?).ok_or_else(|| unknown("role"))?,
                permissions: Permissions {
                    can_download_recordings: row.try_get("can_download_recordings")?,
                    can_view_all_calls: row.try_get("can_view_all_calls")?,
                    can_manage_calendar: row.try_get("can_manage_calendar")?,
                },
            }),
        };
        Ok(Self {
            user: UserId(row.try_get("user_id")?),
            email: row.try_get("email")?,
            full_name: row.try_get("full_name")?,
            membership,
        })
    }
}

/// Everybody with this address: a user of any number of customers, and perhaps a super admin.
pub async fn people(store: &Store, email: &str) -> Result<Vec<Person>, Error> {
    const BY_EMAIL: &str = concat!(
        "
select ",
        member_columns!(),
        "
  from users u
  join customers c on c.id = u.customer_id
 where u.email = $1 and u.status <> 'disabled'
union all
select ",
        platform_columns!(),
        "
  from platform_users u
 where u.email = $1 and u.status = 'active'
 order by customer_id nulls first"
    );
    Ok(sqlx::query_as(BY_EMAIL).bind(email).fetch_all(&store.claims).await?)
}

/// One user of a customer. `None` for one who is unknown or disabled.
pub async fn member(store: &Store, customer: CustomerId, user: &UserId) -> Result<Option<Person>, Error> {
    const BY_ID: &str = concat!(
        "
select ",
        member_columns!(),
        "
  from users u
  join customers c on c.id = u.customer_id
 where u.customer_id = $1 and u.id = $2 and u.status <> 'disabled'"
    );
    Ok(sqlx::query_as(BY_ID).bind(customer.0).bind(&user.0).fetch_optional(&store.claims).await?)
}
