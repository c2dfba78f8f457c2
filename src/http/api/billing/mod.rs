//! What an admin sees of the money: the balance, the ledger, what was used.

pub mod export;
pub mod invoices;
pub mod receipts;
pub mod statement;
pub mod top_up;
pub mod usage;

use std::sync::Arc;

use actors::store::billing::{self, Filter, Line};
use axum::extract::State;
use domain::billing::{BalanceState, Category, EntryType};
use domain::ids::TransactionId;
use domain::money::Money;
use domain::users::Action;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::listing::{Listing, PageQuery, PeriodQuery};
use crate::http::Edge;
use crate::http::problem::{Problem, Problems};
use crate::http::query::Queries;
use crate::http::session::SignedIn;

/// Where the money stands.
#[derive(Serialize, ToSchema)]
pub struct Balance {
    #[schema(value_type = f64, example = 49.5)]
    balance: Money,
    /// `low` below the alert threshold, `depleted` at zero and less.
    state: Standing,
    /// Below it the balance is low.
    #[schema(value_type = f64, example = 10.0)]
    low_balance_alert: Money,
    #[schema(example = "USD")]
    currency: String,
    /// When the balance last changed.
    updated_at: Timestamp,
}

/// How a balance stands to the alert threshold.
#[derive(Serialize, ToSchema)]
#[schema(as = BalanceState)]
#[serde(rename_all = "lowercase")]
pub enum Standing {
    /// At the threshold or above.
    Ok,
    /// Below it.
    Low,
    /// Zero or less: new calls are declined.
    Depleted,
}

impl From<BalanceState> for Standing {
    fn from(state: BalanceState) -> Self {
        match state {
            BalanceState::Ok => Self::Ok,
            BalanceState::Low => Self::Low,
            BalanceState::Depleted => Self::Depleted,
        }
    }
}

/// The balance
#[utoipa::path(get, path = "/api/billing/balance", operation_id = "getBalance",
    tag = "Billing",
    security(("token" = []), ("session" = [])),
    responses(
        (status = 200, body = Balance),
        Problems
    )
)]
pub async fn balance(
    State(edge): State<Arc<Edge>>,
    signed_in: SignedIn,
) -> Result<axum::Json<Balance>, Problem> {
    let customer = signed_in.member(Action::ViewBilling)?;
    let standing = billing::standing(&edge.store, customer).await?;
    let standing = standing.ok_or_else(|| Problem::nothing_of_that_name("customer"))?;
    Ok(axum::Json(Balance {
        balance: standing.balance,
        state: BalanceState::of(standing.balance, standing.low_balance_alert).into(),
        low_balance_alert: standing.low_balance_alert,
        currency: edge.currency.clone(),
        updated_at: standing.updated_at,
    }))
}

/// Which entries.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct TransactionsQuery {
    /// `credit` or `debit`.
    #[param(value_type = Option<String>, example = "debit")]
    r#type: Option<EntryType>,
    /// `call`, `sms`, `email`, `subscription`, `top_up`, `tax`, `adjustment` or `refund`.
    #[param(value_type = Option<String>, example = "call")]
    category: Option<Category>,
}

/// An entry of the ledger.
#[derive(Serialize, ToSchema)]
pub struct Transaction {
    #[schema(value_type = String, example = "txn_12")]
    id: TransactionId,
    /// `credit` or `debit`.
    #[schema(example = "debit")]
    r#type: String,
    /// `call`, `sms`, `email`, `subscription`, `top_up`, `tax`, `adjustment` or `refund`.
    #[schema(example = "call")]
    category: String,
    /// Positive for a credit, negative for a debit.
    #[schema(value_type = f64, example = -2.5)]
    amount: Money,
    /// The balance once this entry is counted.
    #[schema(value_type = f64, example = 47.5)]
    balance_after: Money,
    /// What it is for.
    #[schema(example = "call_12")]
    reference_id: Option<String>,
    description: String,
    created_at: Timestamp,
}

impl From<Line> for Transaction {
    fn from(line: Line) -> Self {
        let Line { id, entry_type, category, amount, balance_after, reference_id, description, created_at } =
            line;
        Self {
            id,
            r#type: entry_type,
            category,
            amount,
            balance_after,
            reference_id,
            description,
            created_at,
        }
    }
}

/// The ledger, newest first
///
/// `balance_after` is the running balance. Entries are never changed: a mistake is mended by an
/// opposite one.
#[utoipa::path(get, path = "/api/billing/transactions", operation_id = "listTransactions",
    tag = "Billing", params(TransactionsQuery, PageQuery, PeriodQuery),
    security(("token" = []), ("session" = [])),
    responses(
        (status = 200, body = Listing<Transaction>),
        Problems
    )
)]
pub async fn transactions(
    State(edge): State<Arc<Edge>>,
    signed_in: SignedIn,
    Queries((wanted, page, period)): Queries<(TransactionsQuery, PageQuery, PeriodQuery)>,
) -> Result<axum::Json<Listing<Transaction>>, Problem> {
    let customer = signed_in.member(Action::ViewBilling)?;
    let request = page.request()?;
    let period = period.period(&signed_in)?;
    let filter = Filter { entry_type: wanted.r#type, category: wanted.category, period };
    let page = billing::page(&edge.store, customer, &filter, request).await?;
    Ok(axum::Json(page.into()))
}
