//! The users of one customer, as an admin sees them.

use domain::ids::{CustomerId, UserId};
use domain::page::{COUNTED_MAX, Page, PageRequest};
use domain::users::{Permissions, Role, UserStatus};
use jiff::Timestamp;
use sqlx::postgres::PgRow;
use sqlx::{FromRow, Row};

use crate::error::Error;
use crate::store::Store;
use crate::store::rows::{instant, perhaps_instant};

/// A user, for an admin to look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// `usr_…`
    pub id: UserId,
    /// In its stored form.
    pub email: String,
    /// As others know them.
    pub full_name: String,
    /// The ceiling.
    pub role: Role,
    /// The flags.
    pub permissions: Permissions,
    /// Whether they can sign in.
    pub status: UserStatus,
    /// The agents whose calls are theirs.
    pub agent_ids: Vec<String>,
    /// The called numbers whose calls are theirs.
    pub numbers: Vec<String>,
    /// When they last signed in.
    pub last_login: Option<Timestamp>,
    /// When they were first invited.
    pub created_at: Timestamp,
    /// When an admin last changed something.
    pub updated_at: Timestamp,
}

/// The columns of a [`User`], of a user `u` of the customer `$1`.
macro_rules! user_columns {
    () => {
        "u.id, u.email, u.full_name, u.role, u.can_download_recordings, u.can_view_all_calls,
       u.can_manage_calendar, u.status, u.last_login, u.created_at, u.updated_at,
       array(select agent_id from user_agents where customer_id = $1 and user_id = u.id order by agent_id)
           as agent_ids,
       array(select number from user_numbers where customer_id = $1 and user_id = u.id order by number)
           as numbers"
    };
}

impl FromRow<'_, PgRow> for User {
    fn from_row(row: &PgRow) -> Result<Self, sqlx::Error> {
        let unknown = |column: &str| sqlx::Error::ColumnNotFound(column.to_owned());
        Ok(Self {
            id: UserId(row.try_get("id")?),
            email: row.try_get("email")?,
            full_name: row.try_get("full_name")?,
            role: Role::parse(row.try_get("role")?).ok_or_else(|| unknown("role"))?,
            permissions: Permissions {
                can_download_recordings: row.try_get("can_download_recordings")?,
                can_view_all_calls: row.try_get("can_view_all_calls")?,
                can_manage_calendar: row.try_get("can_manage_calendar")?,
            },
            status: UserStatus::parse(row.try_get("status")?).ok_or_else(|| unknown("status"))?,
            agent_ids: row.try_get("agent_ids")?,
            numbers: row.try_get("numbers")?,
            last_login: perhaps_instant(row, "last_login")?,
            created_at: instant(row, "created_at")?,
            updated_at: instant(row, "updated_at")?,
        })
    }
}

/// A page of the users, by address: those of a status, or all who are not disabled.
pub async fn list(
    store: &Store,
    customer: CustomerId,
    status: Option<UserStatus>,
    request: PageRequest,
) -> Result<Page<User>, Error> {
    const LIST: &str = concat!(
        "
select ",
        user_columns!(),
        "
  from users u
 where u.customer_id = $1 and (u.status = $2 or $2::text is null and u.status <> 'disabled')
 order by u.email
 limit $3 offset $4"
    );
    const COUNT: &str = "
select count(*)
  from (select
          from users u
         where u.customer_id = $1 and (u.status = $2 or $2::text is null and u.status <> 'disabled')
         limit $3) counted";
    let mut transaction = store.read_for(customer).await?;
    let status = status.map(UserStatus::as_str);
    let users = sqlx::query_as(LIST)
        .bind(customer.0)
        .bind(status)
        .bind(request.limit())
        .bind(request.offset())
        .fetch_all(&mut *transaction)
        .await?;
    let counted = sqlx::query_scalar(COUNT).bind(customer.0).bind(status).bind(COUNTED_MAX + 1);
    let counted: i64 = counted.fetch_one(&mut *transaction).await?;
    transaction.commit().await?;
    Ok(Page::new(request, users, counted))
}

pub(super) const ONE: &str = concat!(
    "
select ",
    user_columns!(),
    "
  from users u
 where u.customer_id = $1 and u.id = $2"
);

/// One user, whatever the status.
pub async fn get(store: &Store, customer: CustomerId, id: &UserId) -> Result<Option<User>, Error> {
    store.read_one(customer, sqlx::query(ONE).bind(customer.0).bind(&id.0)).await
}
