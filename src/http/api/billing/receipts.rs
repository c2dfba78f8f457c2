//! Receipts of payments.

use std::sync::Arc;

use actors::store::billing::line;
use actors::store::platform::invoice_settings;
use actors::store::settings::account;
use axum::Json;
use axum::extract::State;
use domain::billing::Category;
use domain::ids::{CustomerId, TransactionId};
use domain::invoices::Party;
use domain::money::Money;
use domain::users::Action;
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::invoices::InvoiceParty;
use crate::http::Edge;
use crate::http::path::Path;
use crate::http::problem::{Problem, Problems};
use crate::http::session::SignedIn;

/// That a payment was received. Amount, time and reference are the ledger's own and never change; both parties
/// are named as they are now, because a payment has no document that would keep their names.
#[derive(Serialize, ToSchema)]
pub struct Receipt {
    /// The entry of the ledger.
    #[schema(value_type = String, example = "txn_12")]
    pub id: TransactionId,
    /// When it was booked.
    pub received_at: Timestamp,
    /// What was paid.
    #[schema(value_type = f64, example = 50.0)]
    pub amount: Money,
    /// ISO 4217.
    #[schema(example = "USD")]
    pub currency: String,
    /// For people.
    #[schema(example = "Payment through Stripe")]
    pub description: String,
    /// The name of the payment where it was taken; null where it was booked by hand.
    #[schema(required, example = "pi_3PqL")]
    pub payment_id: Option<String>,
    /// Who received it.
    pub seller: InvoiceParty,
    /// Who paid.
    pub buyer: InvoiceParty,
    /// The balance with it.
    #[schema(value_type = f64, example = 62.5)]
    pub balance_after: Money,
}

/// The receipt of a payment
///
/// Of an entry of the category `top_up`; other entries have none.
#[utoipa::path(get, path = "/api/billing/receipts/{id}", operation_id = "getReceipt", tag = "Billing",
    security(("token" = []), ("session" = [])), params(("id" = String, Path, example = "txn_12")),
    responses((status = 200, body = Receipt), Problems)
)]
pub async fn show(
    State(edge): State<Arc<Edge>>,
    who: SignedIn,
    Path(id): Path<String>,
) -> Result<Json<Receipt>, Problem> {
    let customer = who.member(Action::ViewBilling)?;
    receipt(&edge, customer, &id).await.map(Json)
}

/// That of the payment of this name.
pub async fn receipt(edge: &Edge, customer: CustomerId, id: &str) -> Result<Receipt, Problem> {
    let unknown = || Problem::nothing_of_that_name("payment");
    let id = TransactionId::parse(id).ok_or_else(unknown)?;
    let payment = line(&edge.store, customer, id).await?.ok_or_else(unknown)?;
    if payment.category != Category::TopUp.as_str() {
        return Err(unknown());
    }
    let settings = invoice_settings(&edge.store).await?;
    let account = account(&edge.store, customer).await?.ok_or_else(unknown)?;
    let buyer = Party {
        name: account.profile.shown_name().to_owned(),
        address: account.settings.invoicing.billing_address,
    };
    Ok(Receipt {
        id,
        received_at: payment.created_at,
        amount: payment.amount,
        currency: edge.currency.clone(),
        description: payment.description,
        payment_id: payment.reference_id,
        seller: settings.terms(&edge.platform_name, &edge.currency).seller.into(),
        buyer: buyer.into(),
        balance_after: payment.balance_after,
    })
}
