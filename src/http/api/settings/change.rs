//! The body that changes settings, for the customer's admin and for the platform's owner.

use domain::billing::SmsUnit;
use domain::settings::Edit;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::http::amount::{Amount, Rate};
use crate::http::given::given;

/// What is to be different; what is left out stays.
#[derive(Deserialize, ToSchema, Default)]
#[serde(deny_unknown_fields)]
pub struct SettingsChange {
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false, min_length = 1, max_length = 255)]
    name: Option<String>,
    /// Null takes it away.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>, max_length = 255)]
    company: Option<Option<String>>,
    /// Null takes it away.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    phone: Option<Option<String>>,
    /// IANA name.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false, example = "Europe/Madrid")]
    timezone: Option<String>,
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false, value_type = Option<f64>, minimum = 0, maximum = 999_999)]
    low_balance_alert: Option<Amount>,
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    sms_enabled: Option<bool>,
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    email_enabled: Option<bool>,
    /// Before the begin; five at most. None at all: nobody is reminded.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false, max_items = 5, example = json!([1440, 60]))]
    reminder_minutes: Option<Vec<u32>>,
    /// Null: the duration asked for.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<u32>, minimum = 1, maximum = 1440)]
    slot_step_minutes: Option<Option<u32>>,
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false, maximum = 1440)]
    buffer_before_minutes: Option<u32>,
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false, maximum = 1440)]
    buffer_after_minutes: Option<u32>,
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false, maximum = 525_600)]
    minimum_notice_minutes: Option<u32>,
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false, maximum = 3660)]
    horizon_days: Option<u32>,
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false, minimum = 1, maximum = 1440)]
    default_duration_minutes: Option<u32>,
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false, minimum = 1, maximum = 1000)]
    upcoming_per_caller_max: Option<u32>,
    /// The platform's owner only.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false, value_type = Option<f64>, minimum = 0, maximum = 999_999)]
    rate_per_minute: Option<Amount>,
    /// The platform's owner only.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false, value_type = Option<f64>, minimum = 0, maximum = 999_999)]
    rate_per_sms: Option<Amount>,
    /// The platform's owner only.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    sms_charged_per: Option<SmsChargedPer>,
    /// The platform's owner only.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false, value_type = Option<f64>, minimum = 0, maximum = 999_999)]
    rate_per_email: Option<Amount>,
    /// The platform's owner only.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false, value_type = Option<f64>, minimum = 0, maximum = 999_999)]
    monthly_fee: Option<Amount>,
    /// The platform's owner only.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false, minimum = 1, maximum = 3600)]
    billing_increment_seconds: Option<u32>,
    /// The platform's owner only.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false, maximum = 3600)]
    billing_minimum_seconds: Option<u32>,
    /// Lines of the address on invoices; null takes it away.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>, max_length = 500, example = "1 Harbour Street\nPortsmouth")]
    billing_address: Option<Option<String>>,
    /// What invoices add, in per cent; null: the platform's. The platform's owner only.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<f64>, minimum = 0, maximum = 100)]
    tax_rate: Option<Option<Rate>>,
    /// What that is called; with `tax_rate`. The platform's owner only.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>, max_length = 50, example = "VAT")]
    tax_name: Option<Option<String>>,
}

/// What the price of a text message is for: all of it, or each of the parts in which carriers send it.
#[derive(Serialize, Deserialize, ToSchema, Clone, Copy)]
#[serde(rename_all = "lowercase")]
pub enum SmsChargedPer {
    /// All of it.
    Message,
    /// Each part.
    Part,
}

impl From<SmsChargedPer> for SmsUnit {
    fn from(unit: SmsChargedPer) -> Self {
        match unit {
            SmsChargedPer::Message => Self::Message,
            SmsChargedPer::Part => Self::Part,
        }
    }
}

impl From<SmsUnit> for SmsChargedPer {
    fn from(unit: SmsUnit) -> Self {
        match unit {
            SmsUnit::Message => Self::Message,
            SmsUnit::Part => Self::Part,
        }
    }
}

impl From<SettingsChange> for Edit {
    fn from(change: SettingsChange) -> Self {
        let money = |amount: Option<Amount>| amount.map(|Amount(money)| money);
        Self {
            name: change.name,
            company: change.company,
            phone: change.phone,
            timezone: change.timezone,
            rate_per_minute: money(change.rate_per_minute),
            rate_per_sms: money(change.rate_per_sms),
            rate_per_email: money(change.rate_per_email),
            monthly_fee: money(change.monthly_fee),
            billing_increment_seconds: change.billing_increment_seconds,
            billing_minimum_seconds: change.billing_minimum_seconds,
            low_balance_alert: money(change.low_balance_alert),
            sms_enabled: change.sms_enabled,
            email_enabled: change.email_enabled,
            reminder_minutes: change.reminder_minutes,
            sms_charged_per: change.sms_charged_per.map(Into::into),
            slot_step_minutes: change.slot_step_minutes,
            buffer_before_minutes: change.buffer_before_minutes,
            buffer_after_minutes: change.buffer_after_minutes,
            minimum_notice_minutes: change.minimum_notice_minutes,
            horizon_days: change.horizon_days,
            default_duration_minutes: change.default_duration_minutes,
            upcoming_per_caller_max: change.upcoming_per_caller_max,
            billing_address: change.billing_address,
            tax_rate: change.tax_rate.map(|rate| rate.map(|Rate(rate)| rate)),
            tax_name: change.tax_name,
        }
    }
}
