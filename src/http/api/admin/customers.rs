//! All customers: listed, looked at, changed. How one begins and is suspended is beside it.

pub mod registration;
pub mod status;

use std::sync::Arc;

use actors::error::Error;
use actors::store::customers::{self, Detail, Filter, Listed, Order};
use actors::store::settings::retell_keys;
use actors::tenant::TenantHandle;
use axum::extract::State;
use domain::billing::BalanceState;
use domain::customers::Status;
use domain::ids::CustomerId;
use domain::money::Money;
use domain::text::kept;
use domain::users::Action;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{named, nobody, refused, tenant};
use crate::http::Edge;
use crate::http::api::billing::Standing;
use crate::http::api::listing::{Listing, PageQuery};
use crate::http::api::settings::{Settings, SettingsChange, retell_urls};
use crate::http::json::Json;
use crate::http::path::Path;
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
    settings: Settings,
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
        settings: Settings::of(edge, account, keys, urls),
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
    changed(&edge, &tenant, tenant.change_account(change.into())).await
}

/// The customer as a change leaves it.
async fn changed(
    edge: &Edge,
    tenant: &TenantHandle,
    change: impl Future<Output = Result<(), Error>>,
) -> Result<axum::Json<Customer>, Problem> {
    change.await.map_err(refused)?;
    read(edge, tenant.customer()).await
}
