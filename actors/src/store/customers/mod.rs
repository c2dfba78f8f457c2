//! Registers customers and finds them. What changes afterwards goes through their actor.

mod list;

use domain::audit::{Author, Change};
use domain::calendar::WeeklyHours;
use domain::customers::Profile;
use domain::ids::{ApiKey, CustomerId, UserId};
use domain::settings::Settings;
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::Row;
use sqlx::types::Json;

pub use list::{Detail, Filter, Listed, Order, detail, list};

use super::Store;
use super::audit_log;
use super::change::SettingsRow;
use super::users::insert_admin;
use crate::error::{Error, Refusal};
use crate::secrets::{Purpose, Vault};

/// `customers` is a reference table: its id is handed out by the database.
const INSERT: &str = "
insert into customers (name, company, email, phone, timezone, status, created_at, updated_at, active_since)
values ($1, $2, $3, $4, $5, $6, $7, $7, $7)
returning id";

/// Everything a tenant needs to be loaded, in one statement. The windows take the first ids of its clock.
const FURNISH: &str = "
with settings as (
    insert into customer_settings (
           customer_id, rate_per_minute, rate_per_sms, rate_per_email, monthly_fee, low_balance_alert,
           sms_enabled, email_enabled, billing_increment_seconds, billing_minimum_seconds,
           slot_step_minutes, buffer_before_minutes, buffer_after_minutes, minimum_notice_minutes,
           horizon_days, default_duration_minutes, upcoming_per_caller_max, created_at, updated_at)
    select $1, r.rate_per_minute, r.rate_per_sms, r.rate_per_email, r.monthly_fee, r.low_balance_alert,
           r.sms_enabled, r.email_enabled, r.billing_increment_seconds, r.billing_minimum_seconds,
           r.slot_step_minutes, r.buffer_before_minutes, r.buffer_after_minutes, r.minimum_notice_minutes,
           r.horizon_days, r.default_duration_minutes, r.upcoming_per_caller_max, $2, $2
      from jsonb_to_record($9::jsonb) r(
           rate_per_minute numeric, rate_per_sms numeric, rate_per_email numeric, monthly_fee numeric,
           low_balance_alert numeric, sms_enabled boolean, email_enabled boolean,
           billing_increment_seconds integer, billing_minimum_seconds integer, slot_step_minutes integer,
           buffer_before_minutes integer, buffer_after_minutes integer, minimum_notice_minutes integer,
           horizon_days integer, default_duration_minutes integer, upcoming_per_caller_max integer)),
balance as (
    insert into balances (customer_id, seq, updated_at) values ($1, cardinality($3::smallint[]), $2)),
hours as (
    insert into availability_slots (customer_id, id, day_of_week, start_time, end_time, is_available, created_at)
    select $1, row_number() over (), h.day_of_week, h.opens::time, h.closes::time, h.is_available, $2
      from unnest($3::smallint[], $4::text[], $5::text[], $6::boolean[]) h(day_of_week, opens, closes, is_available))
insert into credentials (customer_id, kind, digest, sealed, created_at)
values ($1, 'api', $7, $8, $2)";

/// A customer just registered.
#[derive(Debug, Clone)]
pub struct Registered {
    /// Its number.
    pub customer: CustomerId,
    /// The key in its Retell URLs.
    pub api_key: ApiKey,
    /// In its stored form.
    pub profile: Profile,
    /// Its first admin, who is invited.
    pub admin: UserId,
}

/// A customer to be.
#[derive(Debug, Clone)]
pub struct Registration {
    /// Who.
    pub profile: Profile,
    /// What is set from the beginning.
    pub settings: Settings,
    /// Who registers them, for the audit log.
    pub author: Author,
}

/// Registers a customer with the platform's defaults, on the command line.
pub async fn register(
    store: &Store,
    vault: &Vault,
    profile: Profile,
    now: Timestamp,
) -> Result<Registered, Error> {
    let author = Author::system("command line");
    register_as(store, vault, Registration { profile, settings: Settings::default(), author }, now).await
}

/// Registers a customer with standard hours, a key and its first admin.
pub async fn register_as(
    store: &Store,
    vault: &Vault,
    registration: Registration,
    now: Timestamp,
) -> Result<Registered, Error> {
    let Registration { profile, settings, author } = registration;
    settings.validate().map_err(Refusal::Settings)?;
    let profile = profile.register().map_err(Refusal::Registration)?;
    let mut transaction = store.claims.begin().await?;
    let inserted = sqlx::query(INSERT)
        .bind(&profile.name)
        .bind(&profile.company)
        .bind(&profile.email)
        .bind(&profile.phone)
        .bind(&profile.timezone)
        .bind(profile.status.as_str())
        .bind(now.to_sqlx())
        .fetch_one(&mut *transaction)
        .await;
    let row = match inserted {
        Err(sqlx::Error::Database(error)) if error.constraint() == Some("customers_email_key") => {
            return Err(Refusal::EmailTaken.into());
        }
        inserted => inserted?,
    };
    let customer = CustomerId(row.try_get(0)?);
    let api_key = vault.mint(customer);
    let hours = WeeklyHours::standard();
    let column = |value: fn(&domain::calendar::HoursRow) -> String| -> Vec<String> {
        hours.rows().iter().map(value).collect()
    };
    let days: Vec<i16> = hours.rows().iter().map(|row| i16::from(row.day_of_week)).collect();
    let available: Vec<bool> = hours.rows().iter().map(|row| row.is_available).collect();
    sqlx::query(FURNISH)
        .bind(customer.0)
        .bind(now.to_sqlx())
        .bind(days)
        .bind(column(|row| row.opens.to_string()))
        .bind(column(|row| row.closes.to_string()))
        .bind(available)
        .bind(api_key.digest().to_vec())
        .bind(vault.seal(customer, Purpose::ApiKey, api_key.reveal()))
        .bind(Json(SettingsRow::from(&settings)))
        .execute(&mut *transaction)
        .await?;
    let admin = insert_admin(&mut transaction, customer, &profile, now).await?;
    // Who they are stands in their row, which can be overwritten; the log cannot.
    let line = Change::of("customer.created", "customer");
    audit_log::insert(&mut transaction, customer, &author, line, now).await?;
    transaction.commit().await?;
    Ok(Registered { customer, api_key, profile, admin })
}

/// The current key in a customer's Retell URLs, to show it to its owner. `None` for an unknown
/// customer; a key that does not open is an error of the operator's.
pub async fn api_key(store: &Store, vault: &Vault, customer: CustomerId) -> Result<Option<ApiKey>, Error> {
    const CURRENT: &str = "
select sealed
  from credentials
 where customer_id = $1 and kind = 'api' and expires_at is null";
    let sealed: Option<Vec<u8>> =
        sqlx::query_scalar(CURRENT).bind(customer.0).fetch_optional(&store.claims).await?;
    let Some(sealed) = sealed else { return Ok(None) };
    let text = vault.open(customer, Purpose::ApiKey, &sealed).map_err(|error| {
        tracing::error!(%error, "a customer's key cannot be shown");
        Error::Unavailable(crate::error::Unavailable::Database)
    })?;
    Ok(ApiKey::parse(&text))
}

/// Whether this vault opens the newest secret in this database; true where there is none yet.
pub async fn opens(store: &Store, vault: &Vault) -> Result<bool, Error> {
    const NEWEST: &str = "select sealed from credentials order by created_at desc limit 1";
    let sealed: Option<Vec<u8>> = sqlx::query_scalar(NEWEST).fetch_optional(&store.claims).await?;
    Ok(sealed.is_none_or(|sealed| vault.knows(&sealed)))
}

/// What became of the stored secrets.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SealedAgain {
    /// They open with the current key from now on.
    pub again: usize,
    /// They did so before.
    pub already: usize,
    /// They open with no key there is.
    pub unopened: usize,
}

/// Seals with the current key what the old one has sealed. Beside running servers: their actors
/// keep what they have opened, and a row that was replaced meanwhile is left as it is.
pub async fn seal_again(store: &Store, vault: &Vault) -> Result<SealedAgain, Error> {
    // Walks over all customers, in the order of the primary key.
    const NEXT: &str = "
select customer_id, kind, digest, sealed
  from credentials
 where (customer_id, kind, digest) > ($1, $2, $3)
 order by customer_id, kind, digest
 limit 500";
    const REPLACE: &str = "
update credentials
   set sealed = $5
 where customer_id = $1 and kind = $2 and digest = $3 and sealed = $4";
    let mut done = super::webhooks::seal_again(store, vault).await?;
    let mut last = (i64::MIN, String::new(), Vec::new());
    loop {
        let rows: Vec<(i64, String, Vec<u8>, Vec<u8>)> =
            sqlx::query_as(NEXT).bind(last.0).bind(&last.1).bind(&last.2).fetch_all(&store.claims).await?;
        for (customer, kind, digest, sealed) in rows.iter() {
            let purpose = if kind == Purpose::ApiKey.as_str() { Purpose::ApiKey } else { Purpose::RetellKey };
            if vault.is_current(sealed) {
                done.already += 1;
                continue;
            }
            let Ok(secret) = vault.open(CustomerId(*customer), purpose, sealed) else {
                done.unopened += 1;
                continue;
            };
            let fresh = vault.seal(CustomerId(*customer), purpose, &secret);
            sqlx::query(REPLACE)
                .bind(customer)
                .bind(kind)
                .bind(digest)
                .bind(sealed)
                .bind(fresh)
                .execute(&store.claims)
                .await?;
            done.again += 1;
        }
        match rows.into_iter().next_back() {
            Some((customer, kind, digest, _)) => last = (customer, kind, digest),
            None => return Ok(done),
        }
    }
}

/// The customer with this address.
pub async fn by_email(store: &Store, email: &str) -> Result<Option<CustomerId>, Error> {
    const BY_EMAIL: &str = "select id from customers where email = $1";
    let id: Option<i64> = sqlx::query_scalar(BY_EMAIL).bind(email).fetch_optional(&store.claims).await?;
    Ok(id.map(CustomerId))
}

/// Whether anybody is registered.
pub async fn is_empty(store: &Store) -> Result<bool, Error> {
    const ANY: &str = "select not exists (select from customers)";
    Ok(sqlx::query_scalar(ANY).fetch_one(&store.claims).await?)
}
