//! What is set for a customer; the keys it shares with Retell are beside it.
//!
//! A field somebody may not write is refused by its name, before anything else about it is looked
//! at; who may write which is in `domain::users`.

mod change;
pub mod keys;
pub mod templates;

use std::collections::BTreeMap;
use std::sync::Arc;

use actors::store::settings::{self, Account, RetellKeys};
use actors::store::{Store, customers};
use axum::body::Bytes;
use axum::extract::State;
use domain::customers::Status;
use domain::ids::CustomerId;
use domain::invoices::Percent;
use domain::money::Money;
use domain::users::{Action, SettingsField, Viewer};
use serde::Serialize;
use serde::de::IgnoredAny;
use utoipa::ToSchema;

use crate::http::Edge;
use crate::http::json::{JsonText, parse};
use crate::http::problem::{FieldError, Problem, Problems};
use crate::http::retell::urls::RetellUrls;
use crate::http::session::SignedIn;
use keys::RetellKey;

pub use change::{SettingsChange, SmsChargedPer};

/// What is set for a customer.
#[derive(Serialize, ToSchema)]
pub struct Settings {
    /// The person to speak to.
    name: String,
    /// The business, as callers know it.
    company: Option<String>,
    /// Names the account.
    email: String,
    /// The business's own number.
    phone: Option<String>,
    /// In which opening hours and spoken times are meant.
    #[schema(example = "Europe/Madrid")]
    timezone: String,
    /// `active`, `suspended` or `closed`.
    #[schema(value_type = String, example = "active")]
    status: Status,
    /// Below it the balance is low.
    #[schema(value_type = f64, example = 10.0)]
    low_balance_alert: Money,
    /// Text messages to guests.
    sms_enabled: bool,
    /// Mails to guests.
    email_enabled: bool,
    /// When guests are reminded, in minutes before the begin, the longest first.
    #[schema(example = json!([1440, 60]))]
    reminder_minutes: Vec<u32>,
    /// Distance of two slots; null: the duration asked for.
    slot_step_minutes: Option<u32>,
    buffer_before_minutes: u32,
    buffer_after_minutes: u32,
    /// How soon a slot can be taken.
    minimum_notice_minutes: u32,
    /// How many days ahead.
    horizon_days: u32,
    default_duration_minutes: u32,
    /// Upcoming appointments of one caller's number.
    upcoming_per_caller_max: u32,
    /// For sixty seconds of a call.
    #[schema(value_type = f64, example = 1.0)]
    rate_per_minute: Money,
    #[schema(value_type = f64, example = 0.05)]
    rate_per_sms: Money,
    /// What `rate_per_sms` is for.
    sms_charged_per: SmsChargedPer,
    #[schema(value_type = f64, example = 0.01)]
    rate_per_email: Money,
    #[schema(value_type = f64, example = 0.0)]
    monthly_fee: Money,
    /// Seconds of a call are rounded up to its multiples.
    billing_increment_seconds: u32,
    /// A call that lasted at all counts as at least so long.
    billing_minimum_seconds: u32,
    /// Lines of the address on invoices.
    billing_address: Option<String>,
    /// What invoices add, in per cent; null: as the platform has it.
    #[schema(value_type = Option<f64>, example = 19.0)]
    tax_rate: Option<Percent>,
    #[schema(example = "VAT")]
    tax_name: Option<String>,
    #[schema(example = "USD")]
    currency: String,
    retell_key: RetellKey,
    /// For those who may see the key in them.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    retell_urls: Option<RetellUrls>,
}

impl Settings {
    /// As they are stored.
    pub fn of(edge: &Edge, account: Account, keys: RetellKeys, retell_urls: Option<RetellUrls>) -> Self {
        let Account { profile, settings, .. } = account;
        let (rates, booking, invoicing) = (settings.rates, settings.booking, settings.invoicing);
        Self {
            name: profile.name,
            company: profile.company,
            email: profile.email,
            phone: profile.phone,
            timezone: profile.timezone,
            status: profile.status,
            low_balance_alert: settings.low_balance_alert,
            sms_enabled: settings.sms_enabled,
            email_enabled: settings.email_enabled,
            reminder_minutes: settings.reminders.minutes().to_vec(),
            slot_step_minutes: booking.slot_step_minutes,
            buffer_before_minutes: booking.buffer_before_minutes,
            buffer_after_minutes: booking.buffer_after_minutes,
            minimum_notice_minutes: booking.minimum_notice_minutes,
            horizon_days: booking.horizon_days,
            default_duration_minutes: booking.default_duration_minutes,
            upcoming_per_caller_max: booking.upcoming_per_caller_max,
            rate_per_minute: rates.per_minute,
            rate_per_sms: rates.per_sms,
            sms_charged_per: rates.sms_charged_per.into(),
            rate_per_email: rates.per_email,
            monthly_fee: rates.monthly_fee,
            billing_increment_seconds: rates.increment_seconds,
            billing_minimum_seconds: rates.minimum_seconds,
            billing_address: invoicing.billing_address,
            tax_rate: invoicing.tax.as_ref().map(|tax| tax.rate),
            tax_name: invoicing.tax.and_then(|tax| tax.name),
            currency: edge.currency.clone(),
            retell_key: keys.into(),
            retell_urls,
        }
    }
}

/// The settings
#[utoipa::path(get, path = "/api/settings", tag = "Settings", security(("token" = []), ("session" = [])),
    responses(
        (status = 200, body = Settings),
        Problems
    )
)]
pub async fn show(
    State(edge): State<Arc<Edge>>,
    signed_in: SignedIn,
) -> Result<axum::Json<Settings>, Problem> {
    let customer = signed_in.member(Action::ViewSettings)?;
    read(&edge, &signed_in.viewer, customer).await
}

async fn read(edge: &Edge, viewer: &Viewer, customer: CustomerId) -> Result<axum::Json<Settings>, Problem> {
    let account = settings::account(&edge.store, customer).await?;
    let account = account.ok_or_else(|| Problem::nothing_of_that_name("customer"))?;
    let keys = settings::retell_keys(&edge.store, customer, edge.clock.now()).await?;
    let urls = match viewer.may(Action::ManageApiKey) {
        true => retell_urls(edge, customer).await?,
        false => None,
    };
    Ok(axum::Json(Settings::of(edge, account, keys, urls)))
}

/// The Retell URLs of a customer, with its current key.
pub async fn retell_urls(edge: &Edge, customer: CustomerId) -> Result<Option<RetellUrls>, Problem> {
    let store: &Store = &edge.store;
    let key = customers::api_key(store, &edge.vault, customer).await?;
    Ok(key.map(|key| RetellUrls::new(&edge.public_url, &key)))
}

/// Change settings
///
/// What is left out stays; either everything that is named is changed or nothing. Rates, fee, tax,
/// status, balance and the address are the platform's: naming one of them is refused (403) with its
/// name.
#[utoipa::path(put, path = "/api/settings", tag = "Settings", request_body = SettingsChange,
    security(("token" = []), ("session" = [])),
    responses(
        (status = 200, body = Settings),
        Problems
    )
)]
pub async fn change(
    State(edge): State<Arc<Edge>>,
    signed_in: SignedIn,
    JsonText(body): JsonText,
) -> Result<axum::Json<Settings>, Problem> {
    let tenant = signed_in.tenant(&edge, Action::WriteSettings(SettingsField::Name)).await?;
    refuse_foreign_fields(&signed_in.viewer, &body)?;
    let change: SettingsChange = parse(&body)?;
    tenant.change_account(change.into()).await?;
    read(&edge, &signed_in.viewer, tenant.customer()).await
}

/// Refuses fields that this viewer may not write, all of them by name. What is no field at all is
/// left to whoever reads the body.
fn refuse_foreign_fields(viewer: &Viewer, body: &Bytes) -> Result<(), Problem> {
    let named: BTreeMap<String, IgnoredAny> = parse(body)?;
    let foreign = named.into_keys().filter(|name| {
        SettingsField::parse(name).is_some_and(|field| !viewer.may(Action::WriteSettings(field)))
    });
    let errors: Vec<FieldError> = foreign
        .map(|field| FieldError { field, detail: "only the platform's owner may change this".to_owned() })
        .collect();
    if errors.is_empty() { Ok(()) } else { Err(Problem::fields_not_allowed(errors)) }
}
