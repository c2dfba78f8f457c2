//! How to pay, and a page on which one can.

use std::sync::Arc;

use actors::store::platform::invoice_settings;
use axum::extract::State;
use axum::http::HeaderMap;
use domain::ids::CustomerId;
use domain::money::Money;
use domain::top_ups::{TopUpRefusal, TopUps};
use domain::users::Action;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::http::Edge;
use crate::http::amount::Amount;
use crate::http::idempotency::once;
use crate::http::json::{self, JsonText};
use crate::http::problem::{Problem, Problems};
use crate::http::session::SignedIn;
use crate::stripe::{Failed, Wish};

/// How to pay.
#[derive(Serialize, ToSchema)]
pub struct WaysToPay {
    /// Whether `POST` makes a page to pay on.
    online: bool,
    /// What to write on a transfer, so that it is credited to the right business.
    #[schema(example = "Customer 12")]
    reference: String,
    /// How to pay otherwise; null where the platform has not said.
    #[schema(example = "IBAN DE02 1203 0000 0000 2020 51")]
    instructions: Option<String>,
    /// To whom.
    #[schema(example = "Voice Ltd")]
    payee: String,
    /// The least that a page is made for.
    #[schema(value_type = f64, example = 5.0)]
    least: Money,
    /// The most.
    #[schema(value_type = f64, example = 10000.0)]
    most: Money,
    #[schema(example = "USD")]
    currency: String,
}

/// What is on a transfer, so that whoever books it knows whose balance it raises.
pub fn reference(customer: CustomerId) -> String {
    format!("Customer {}", customer.0)
}

/// How to pay
///
/// Online where `online` is true, and by the `instructions` where there are some.
#[utoipa::path(get, path = "/api/billing/top-up", operation_id = "getWaysToPay",
    tag = "Billing",
    security(("token" = []), ("session" = [])),
    responses(
        (status = 200, body = WaysToPay),
        Problems
    )
)]
pub async fn show(
    State(edge): State<Arc<Edge>>,
    signed_in: SignedIn,
) -> Result<axum::Json<WaysToPay>, Problem> {
    let customer = signed_in.member(Action::TopUp)?;
    let settings = invoice_settings(&edge.store).await?;
    let TopUps { least, most, .. } = TopUps::of(&edge.currency);
    Ok(axum::Json(WaysToPay {
        online: edge.stripe.checkout.is_some(),
        reference: reference(customer),
        payee: settings.company_name.unwrap_or_else(|| edge.platform_name.clone()),
        instructions: settings.payment_instructions,
        least,
        most,
        currency: edge.currency.clone(),
    }))
}

/// How much is to be paid in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewTopUp {
    #[schema(value_type = f64, example = 50.0)]
    amount: Amount,
}

/// A page to pay on.
#[derive(Serialize, Deserialize, ToSchema)]
pub struct TopUp {
    /// Open it in a browser and pay. The balance is raised when Stripe says that it was paid.
    #[schema(example = "https://checkout.stripe.com/c/pay/cs_live_a1b2")]
    pub url: String,
    /// Until when it is good.
    pub expires_at: Timestamp,
}

/// Make a page to pay on
///
/// A page at Stripe on which this amount is paid into the balance. Nothing is credited before Stripe says that it
/// was paid; then there is an entry of the category `top_up` with Stripe's name of the payment (`pi_…`) as
/// `reference_id`. Where paying online is not set up, the answer is 409.
#[utoipa::path(post, path = "/api/billing/top-up", operation_id = "beginTopUp",
    tag = "Billing", request_body = NewTopUp,
    params(
        ("Idempotency-Key" = Option<String>, Header, min_length = 1, max_length = 200,
            description = "Names this request for a day.", example = "4f2a9c1e")
    ),
    security(("token" = []), ("session" = [])),
    responses(
        (status = 200, body = TopUp),
        Problems
    )
)]
pub async fn begin(
    State(edge): State<Arc<Edge>>,
    signed_in: SignedIn,
    headers: HeaderMap,
    JsonText(body): JsonText,
) -> Result<axum::Json<TopUp>, Problem> {
    let customer = signed_in.member(Action::TopUp)?;
    let NewTopUp { amount: Amount(amount) } = json::parse(&body)?;
    let work = page_for(&edge, customer, amount);
    once(&edge, &signed_in, "POST /api/billing/top-up", &headers, &body, work).await.map(axum::Json)
}

/// A page on which `amount` is paid into the balance of `customer`.
pub async fn page_for(edge: &Edge, customer: CustomerId, amount: Money) -> Result<TopUp, Problem> {
    let Some(checkout) = &edge.stripe.checkout else {
        return Err(Problem::conflict("paying online is not set up here"));
    };
    let units = TopUps::of(&edge.currency).smallest_units(amount).map_err(refused)?;
    edge.limits.admit_top_up(customer).map_err(Problem::too_many_for)?;
    let wish = Wish {
        customer,
        seal: &edge.vault.payment_seal(customer),
        units,
        currency: &edge.currency,
        product: &format!("{}: balance of {}", edge.platform_name, reference(customer).to_lowercase()),
        paid_url: &format!("{}/billing/top-up/done", edge.public_url),
        back_url: &format!("{}/billing/top-up", edge.public_url),
    };
    let session = checkout.begin(wish).await.map_err(|failed| match failed {
        Failed::Unreachable | Failed::Refused => Problem::payments_unreachable(failed.to_string()),
    })?;
    Ok(TopUp { url: session.url, expires_at: session.expires_at })
}

fn refused(refusal: TopUpRefusal) -> Problem {
    Problem::invalid_field("amount", refusal.to_string())
}
