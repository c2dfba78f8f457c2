//! The receipt of a payment.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use domain::users::Action;
use views::receipts::{Receipt, page};

use super::viewing::Viewing;
use crate::http::Edge;
use crate::http::api::billing::receipts::receipt;
use crate::http::path::Path;
use crate::http::problem::Problem;

/// The page.
pub async fn show(
    State(edge): State<Arc<Edge>>,
    viewing: Viewing,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let customer = viewing.who.member(Action::ViewBilling)?;
    let found = receipt(&edge, customer, &id).await?;
    let shown = Receipt {
        number: &found.id.to_string(),
        received_at: found.received_at,
        amount: found.amount,
        currency: &found.currency,
        description: &found.description,
        payment_id: found.payment_id.as_deref(),
        seller: &found.seller.into(),
        buyer: &found.buyer.into(),
        balance_after: found.balance_after,
        zone: &viewing.zone,
    };
    let frame = viewing.frame(&edge).await?;
    Ok(viewing.page(&edge, page(&frame, &shown)))
}
