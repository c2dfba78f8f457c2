//! A customer is registered, with its rates, a first payment and a first admin.

use std::sync::Arc;

use actors::store::customers::{Registration, register_as};
use actors::tenant::ManualPosting;
use axum::extract::State;
use axum::http::StatusCode;
use domain::customers::{Profile, Status, UNSET_TIME_ZONE};
use domain::money::Money;
use domain::settings::{Edit, Settings};
use domain::users::Action;
use serde::Deserialize;
use utoipa::ToSchema;

use super::{Customer, read, refused};
use crate::http::Edge;
use crate::http::amount::Amount;
use crate::http::api::admin::credit::reason;
use crate::http::api::users::invitation::send_invitation;
use crate::http::json::Json;
use crate::http::problem::{Problem, Problems};
use crate::http::session::SignedIn;

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
