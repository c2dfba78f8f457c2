//! Reads who a customer is and what is set for it. Written by its actor alone.

use domain::billing::{Rates, SmsUnit};
use domain::calendar::BookingRules;
use domain::customers::{Profile, Status};
use domain::ids::CustomerId;
use domain::invoices::{Percent, Tax};
use domain::money::Money;
use domain::notifications::Reminders;
use domain::settings::{Invoicing, Settings};
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use rust_decimal::Decimal;
use sqlx::postgres::PgRow;
use sqlx::{FromRow, PgExecutor, Row};

use super::Store;
use super::rows::{instant, perhaps_instant};
use crate::error::Error;
use crate::secrets::Purpose;

/// A customer as it is set up.
#[derive(Debug, Clone)]
pub struct Account {
    /// Who.
    pub profile: Profile,
    /// What is set.
    pub settings: Settings,
    /// What is left.
    pub balance: Money,
    /// Since when it is a customer.
    pub created_at: Timestamp,
}

const ACCOUNT: &str = "
select c.name, c.company, c.email, c.phone, c.timezone, c.status, c.created_at, b.current_balance,
       s.rate_per_minute, s.rate_per_sms, s.rate_per_email, s.monthly_fee, s.low_balance_alert,
       s.sms_enabled, s.email_enabled, s.reminder_minutes, s.sms_charged_per, s.billing_increment_seconds, s.billing_minimum_seconds,
       s.slot_step_minutes, s.buffer_before_minutes, s.buffer_after_minutes, s.minimum_notice_minutes,
       s.horizon_days, s.default_duration_minutes, s.upcoming_per_caller_max,
       s.billing_address, s.tax_rate, s.tax_name
  from customers c
  join customer_settings s on s.customer_id = c.id
  join balances b on b.customer_id = c.id
 where c.id = $1";

impl FromRow<'_, PgRow> for Account {
    fn from_row(row: &PgRow) -> Result<Self, sqlx::Error> {
        let amount = |column: &str| Ok::<_, sqlx::Error>(Money::rounded(row.try_get(column)?));
        let count = |column: &str| {
            Ok::<_, sqlx::Error>(u32::try_from(row.try_get::<i32, _>(column)?).unwrap_or_default())
        };
        let status = Status::parse(row.try_get("status")?);
        let step: Option<i32> = row.try_get("slot_step_minutes")?;
        Ok(Self {
            profile: Profile {
                name: row.try_get("name")?,
                company: row.try_get("company")?,
                email: row.try_get("email")?,
                phone: row.try_get("phone")?,
                timezone: row.try_get("timezone")?,
                status: status.ok_or_else(|| sqlx::Error::ColumnNotFound("status".to_owned()))?,
            },
            settings: Settings {
                rates: Rates {
                    per_minute: amount("rate_per_minute")?,
                    per_sms: amount("rate_per_sms")?,
                    per_email: amount("rate_per_email")?,
                    monthly_fee: amount("monthly_fee")?,
                    increment_seconds: count("billing_increment_seconds")?,
                    minimum_seconds: count("billing_minimum_seconds")?,
                    sms_charged_per: SmsUnit::parse(row.try_get("sms_charged_per")?).unwrap_or_default(),
                },
                low_balance_alert: amount("low_balance_alert")?,
                sms_enabled: row.try_get("sms_enabled")?,
                email_enabled: row.try_get("email_enabled")?,
                reminders: Reminders::stored(row.try_get::<Vec<i32>, _>("reminder_minutes")?),
                booking: BookingRules {
                    slot_step_minutes: step.and_then(|step| u32::try_from(step).ok()),
                    buffer_before_minutes: count("buffer_before_minutes")?,
                    buffer_after_minutes: count("buffer_after_minutes")?,
                    minimum_notice_minutes: count("minimum_notice_minutes")?,
                    horizon_days: count("horizon_days")?,
                    default_duration_minutes: count("default_duration_minutes")?,
                    upcoming_per_caller_max: count("upcoming_per_caller_max")?,
                },
                invoicing: Invoicing { billing_address: row.try_get("billing_address")?, tax: tax(row)? },
            },
            balance: amount("current_balance")?,
            created_at: instant(row, "created_at")?,
        })
    }
}

/// The tax in the columns `tax_rate` and `tax_name`.
fn tax(row: &PgRow) -> Result<Option<Tax>, sqlx::Error> {
    let rate: Option<Decimal> = row.try_get("tax_rate")?;
    let Some(rate) = rate.and_then(Percent::new) else { return Ok(None) };
    Ok(Some(Tax { name: row.try_get("tax_name")?, rate }))
}

/// The customer's own look at it. `None` for an unknown one.
pub async fn account(store: &Store, customer: CustomerId) -> Result<Option<Account>, Error> {
    store.read_one(customer, sqlx::query(ACCOUNT).bind(customer.0)).await
}

/// The same through whatever may read it.
pub(super) async fn read(
    executor: impl PgExecutor<'_>,
    customer: CustomerId,
) -> Result<Option<Account>, sqlx::Error> {
    sqlx::query_as(ACCOUNT).bind(customer.0).fetch_optional(executor).await
}

/// What may be told of a customer's Retell keys: never one of them.
#[derive(Debug, Clone, Copy)]
pub struct RetellKeys {
    /// How many count; two while one replaces another.
    pub count: i64,
    /// Since when the current one does.
    pub since: Option<Timestamp>,
}

/// The keys with which Retell signs for this customer. The portal's reader may not even see that
/// there are any, so this is asked as the writer.
pub async fn retell_keys(store: &Store, customer: CustomerId, now: Timestamp) -> Result<RetellKeys, Error> {
    const KEYS: &str = "
select count(*) as count, max(created_at) filter (where expires_at is null) as since
  from credentials
 where customer_id = $1 and kind = $2 and (expires_at is null or expires_at > $3)";
    let row = sqlx::query(KEYS)
        .bind(customer.0)
        .bind(Purpose::RetellKey.as_str())
        .bind(now.to_sqlx())
        .fetch_one(&store.claims)
        .await?;
    Ok(RetellKeys { count: row.try_get("count")?, since: perhaps_instant(&row, "since")? })
}

/// Until when the addresses work that were replaced last; `None` where none of them does any more.
pub async fn urls_before_work_until(
    store: &Store,
    customer: CustomerId,
    now: Timestamp,
) -> Result<Option<Timestamp>, Error> {
    const UNTIL: &str = "
select max(expires_at) as until
  from credentials
 where customer_id = $1 and kind = $2 and expires_at > $3";
    let row = sqlx::query(UNTIL)
        .bind(customer.0)
        .bind(Purpose::ApiKey.as_str())
        .bind(now.to_sqlx())
        .fetch_one(&store.claims)
        .await?;
    Ok(perhaps_instant(&row, "until")?)
}
