//! All customers: listed, registered, looked at, changed, suspended.

use std::sync::Arc;

use actors::store::customers::{self, Detail, Filter, Listed, Order, Registration, register_as};
use actors::store::settings::retell_keys;
use actors::tenant::ManualPosting;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use domain::billing::BalanceState;
use domain::customers::{Profile, Status, UNSET_TIME_ZONE};
use domain::ids::CustomerId;
use domain::money::Money;
use domain::settings::{Edit, Settings};
use domain::text::kept;
use domain::users::Action;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::credit::reason;
use super::{named, nobody, refused, tenant};
use crate::http::Edge;
use crate::http::amount::Amount;
use crate::http::api::billing::Standing;
use crate::http::api::listing::{Listing, PageQuery};
use crate::http::api::settings::{self, retell_urls};
use crate::http::api::settings_change::SettingsChange;
use crate::http::api::users::send_invitation;
use crate::http::json::Json;
use crate::http::problem::{Problem, Problems};
use crate::http::query::Queries;
use crate::http::session::SignedIn;

/// Bytes of what is searched for.
const SEARCH_MAX: usize = 100;

/// Which customers.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct CustomersQuery {
    /// Part of a name, a company or an address.
    #[param(max_length = 100)]
    q: Option<String>,
    /// `active`, `suspended` or `closed`.
    #[param(value_type = Option<String>, example = "active")]
    status: Option<Status>,
    /// `newest` (the default), `name` or `balance`, the lowest first.
    #[param(value_type = Option<String>, example = "balance")]
    sort: Option<Order>,
}

/// A customer, one line.
#[derive(Serialize, ToSchema)]
pub struct CustomerLine {
    #[schema(value_type = i64, example = 12)]
    id: CustomerId,
    name: String,
    company: Option<String>,
    email: String,
    /// `active`, `suspended` or `closed`.
    #[schema(value_type = String, example = "active")]
    status: Status,
    #[schema(value_type = f64, example = 49.5)]
    balance: Money,
    state: Standing,
    last_call_at: Option<Timestamp>,
    created_at: Timestamp,
}

impl From<Listed> for CustomerLine {
    fn from(listed: Listed) -> Self {
        Self {
            id: listed.customer,
            name: listed.name,
            company: listed.company,
            email: listed.email,
            status: listed.status,
            balance: listed.balance,
            state: BalanceState::of(listed.balance, listed.low_balance_alert).into(),
            last_call_at: listed.last_call_at,
            created_at: listed.created_at,
        }
    }
}

/// The customers
#[utoipa::path(get, path = "/api/admin/customers", operation_id = "listCustomers",
    tag = "Platform", params(CustomersQuery, PageQuery),
    security(("session" = [])),
    responses(
        (status = 200, body = Listing<CustomerLine>),
        Problems
    )
)]
pub async fn list(
    State(edge): State<Arc<Edge>>,
    signed_in: SignedIn,
    Queries((wanted, page)): Queries<(CustomersQuery, PageQuery)>,
) -> Result<axum::Json<Listing<CustomerLine>>, Problem> {
    signed_in.require(Action::RunPlatform)?;
    let request = page.request()?;
    let search = match wanted.q.as_deref() {
        Some(text) if text.len() > SEARCH_MAX => {
            return Err(Problem::invalid_field("q", format!("at most {SEARCH_MAX} bytes")));
        }
        Some(text) => kept(text, SEARCH_MAX),
        None => None,
    };
    let filter = Filter { search, status: wanted.status };
    let page = customers::list(&edge.store, &filter, wanted.sort.unwrap_or_default(), request).await?;
    Ok(axum::Json(page.into()))
}

/// A customer with everything about it.
#[derive(Serialize, ToSchema)]
pub struct Customer {
    #[schema(value_type = i64, example = 12)]
    id: CustomerId,
    #[schema(value_type = f64, example = 49.5)]
    balance: Money,
    state: Standing,
    /// Users who can sign in or are invited to.
    users: i64,
    last_call_at: Option<Timestamp>,
    created_at: Timestamp,
    #[serde(flatten)]
    settings: settings::Settings,
}

/// A customer
#[utoipa::path(get, path = "/api/admin/customers/{id}", operation_id = "getCustomer",
    tag = "Platform", params(("id" = i64, Path)),
    security(("session" = [])),
    responses(
        (status = 200, body = Customer),
        Problems
    )
)]
pub async fn show(
    State(edge): State<Arc<Edge>>,
    signed_in: SignedIn,
    Path(id): Path<String>,
) -> Result<axum::Json<Customer>, Problem> {
    read(&edge, named(&signed_in, &id)?).await
}

async fn read(edge: &Edge, customer: CustomerId) -> Result<axum::Json<Customer>, Problem> {
    let detail = customers::detail(&edge.store, customer).await?.ok_or_else(nobody)?;
    let Detail { account, users, last_call_at } = detail;
    let keys = retell_keys(&edge.store, customer, edge.clock.now()).await?;
    let urls = retell_urls(edge, customer).await?;
    Ok(axum::Json(Customer {
        id: customer,
        balance: account.balance,
        state: BalanceState::of(account.balance, account.settings.low_balance_alert).into(),
        users,
        last_call_at,
        created_at: account.created_at,
        settings: settings::Settings::of(edge, account, keys, urls),
    }))
}

/// A customer to register; what is left out is the platform's default.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewCustomer {
    /// The person to speak to, who becomes its first admin.
    #[schema(min_length = 1, max_length = 255)]
    name: String,
    /// The business, as callers know it.
    #[serde(default)]
    #[schema(max_length = 255)]
    company: Option<String>,
    /// Unique among customers.
    #[schema(format = Email, max_length = 254, example = "owner@example.com")]
    email: String,
    #[serde(default)]
    phone: Option<String>,
    /// IANA name; without one it is that of the first admin's browser.
    #[serde(default)]
    #[schema(example = "Europe/Madrid")]
    timezone: Option<String>,
    #[serde(default)]
    #[schema(value_type = Option<f64>, minimum = 0, maximum = 999_999)]
    rate_per_minute: Option<Amount>,
    #[serde(default)]
    #[schema(value_type = Option<f64>, minimum = 0, maximum = 999_999)]
    rate_per_sms: Option<Amount>,
    #[serde(default)]
    #[schema(value_type = Option<f64>, minimum = 0, maximum = 999_999)]
    rate_per_email: Option<Amount>,
    #[serde(default)]
    #[schema(value_type = Option<f64>, minimum = 0, maximum = 999_999)]
    monthly_fee: Option<Amount>,
    #[serde(default)]
    #[schema(value_type = Option<f64>, minimum = 0, maximum = 999_999)]
    low_balance_alert: Option<Amount>,
    #[serde(default)]
    #[schema(minimum = 1, maximum = 3600)]
    billing_increment_seconds: Option<u32>,
    #[serde(default)]
    #[schema(maximum = 3600)]
    billing_minimum_seconds: Option<u32>,
    /// A first payment, more than zero.
    #[serde(default)]
    #[schema(value_type = Option<f64>, example = 50.0)]
    credit: Option<Amount>,
    /// Why; `First payment` where nothing is said.
    #[serde(default)]
    #[schema(max_length = 200)]
    credit_reason: Option<String>,
}

/// Register a customer
///
/// Its address becomes its first admin, who is invited by mail. An address that is taken is refused
/// (409). The first payment is entered after the customer exists: answered with 503, look for the
/// address before trying again.
#[utoipa::path(post, path = "/api/admin/customers", operation_id = "createCustomer",
    tag = "Platform", request_body = NewCustomer,
    security(("session" = [])),
    responses(
        (status = 201, body = Customer),
        Problems
    )
)]
pub async fn create(
    State(edge): State<Arc<Edge>>,
    signed_in: SignedIn,
    Json(new): Json<NewCustomer>,
) -> Result<(StatusCode, axum::Json<Customer>), Problem> {
    signed_in.require(Action::RunPlatform)?;
    // Read before anybody is registered: a wrong amount must not leave half a customer.
    let payment = first_payment(&signed_in, new.credit, new.credit_reason.as_deref())?;
    let money = |amount: Option<Amount>| amount.map(|Amount(money)| money);
    let edit = Edit {
        rate_per_minute: money(new.rate_per_minute),
        rate_per_sms: money(new.rate_per_sms),
        rate_per_email: money(new.rate_per_email),
        monthly_fee: money(new.monthly_fee),
        low_balance_alert: money(new.low_balance_alert),
        billing_increment_seconds: new.billing_increment_seconds,
        billing_minimum_seconds: new.billing_minimum_seconds,
        ..Edit::default()
    };
    let profile = Profile {
        name: new.name,
        company: new.company,
        email: new.email,
        phone: new.phone,
        timezone: new.timezone.unwrap_or_else(|| UNSET_TIME_ZONE.to_owned()),
        status: Status::Active,
    };
    let edited = edit.apply(&profile, &Settings::default());
    let (profile, settings) =
        edited.map_err(|refusal| Problem::invalid_field(refusal.field(), refusal.to_string()))?;
    let registration = Registration { profile, settings, author: signed_in.author() };
    let registered = register_as(&edge.store, &edge.vault, registration, edge.clock.now()).await?;
    let customer = registered.customer;
    if let Some(payment) = payment {
        signed_in.platform_tenant(&edge, customer).await.map_err(refused)?.credit(payment).await?;
    }
    let invited = send_invitation(&edge, customer, &registered.admin, edge.platform_name.clone()).await;
    if invited.is_err() {
        // Whoever has the address can ask for a link without it.
        tracing::warn!(customer.id = customer.0, "a new customer was not invited");
    }
    Ok((StatusCode::CREATED, read(&edge, customer).await?))
}

fn first_payment(
    signed_in: &SignedIn,
    credit: Option<Amount>,
    why: Option<&str>,
) -> Result<Option<ManualPosting>, Problem> {
    let Some(Amount(amount)) = credit else { return Ok(None) };
    if amount <= Money::ZERO {
        return Err(Problem::invalid_field("credit", "a payment is more than zero"));
    }
    let description = reason("credit_reason", why.unwrap_or("First payment"))?;
    let author = signed_in.person.user.0.clone();
    Ok(Some(ManualPosting {
        key: format!("first-{}", data_encoding::HEXLOWER.encode(&actors::secrets::random::<8>())),
        amount,
        description,
        author,
    }))
}

/// Change a customer
///
/// Any field of the settings, rates and fee among them; either everything that is named is changed or
/// nothing. A new rate counts for calls that are charged from now on, a new fee from the next period.
#[utoipa::path(put, path = "/api/admin/customers/{id}", operation_id = "updateCustomer",
    tag = "Platform", params(("id" = i64, Path)),
    request_body = SettingsChange, security(("session" = [])),
    responses(
        (status = 200, body = Customer),
        Problems
    )
)]
pub async fn change(
    State(edge): State<Arc<Edge>>,
    signed_in: SignedIn,
    Path(id): Path<String>,
    Json(change): Json<SettingsChange>,
) -> Result<axum::Json<Customer>, Problem> {
    let tenant = tenant(&edge, &signed_in, &id).await?;
    tenant.change_account(change.into()).await.map_err(refused)?;
    read(&edge, tenant.customer()).await
}

/// Suspend a customer
///
/// New calls are declined and nothing can be booked; calls that still end are stored and charged, and
/// the portal is read-only.
#[utoipa::path(put, path = "/api/admin/customers/{id}/suspend", operation_id = "suspendCustomer",
    tag = "Platform", params(("id" = i64, Path)),
    security(("session" = [])),
    responses(
        (status = 200, body = Customer),
        Problems
    )
)]
pub async fn suspend(
    State(edge): State<Arc<Edge>>,
    signed_in: SignedIn,
    Path(id): Path<String>,
) -> Result<axum::Json<Customer>, Problem> {
    let tenant = tenant(&edge, &signed_in, &id).await?;
    tenant.suspend().await.map_err(refused)?;
    read(&edge, tenant.customer()).await
}

/// End a suspension
#[utoipa::path(put, path = "/api/admin/customers/{id}/activate", operation_id = "activateCustomer",
    tag = "Platform", params(("id" = i64, Path)),
    security(("session" = [])),
    responses(
        (status = 200, body = Customer),
        Problems
    )
)]
pub async fn activate(
    State(edge): State<Arc<Edge>>,
    signed_in: SignedIn,
    Path(id): Path<String>,
) -> Result<axum::Json<Customer>, Problem> {
    let tenant = tenant(&edge, &signed_in, &id).await?;
    tenant.activate().await.map_err(refused)?;
    read(&edge, tenant.customer()).await
}
