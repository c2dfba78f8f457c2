//! An invoice that is taken back.

use std::sync::Arc;

use axum::extract::State;
use domain::ids::{InvoiceId, TransactionId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::credit::reason;
use super::{refused, tenant};
use crate::http::Edge;
use crate::http::json::Json;
use crate::http::path::Path;
use crate::http::problem::{Problem, Problems};
use crate::http::session::SignedIn;

/// Which invoice, and why.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct VoidInvoice {
    #[schema(example = "inv_7")]
    invoice: String,
    /// Stands on the invoice and in the audit log.
    #[schema(min_length = 1, max_length = 200, example = "Billed to the wrong company")]
    reason: String,
}

/// What credits it.
#[derive(Serialize, ToSchema)]
pub struct VoidedInvoice {
    #[schema(value_type = String, example = "inv_7")]
    invoice: InvoiceId,
    /// The entry of the ledger; null where the total was nothing.
    #[schema(value_type = Option<String>, example = "txn_88")]
    transaction: Option<TransactionId>,
}

/// Take an invoice back
///
/// Its total is credited, nothing of it is due any more, and its number stays. An invoice of which a charge was
/// given back since is not taken back (409): that would be given back twice.
#[utoipa::path(post, path = "/api/admin/customers/{id}/void", operation_id = "voidInvoice", tag = "Platform",
    params(("id" = i64, Path)),
    request_body = VoidInvoice, security(("session" = [])),
    responses((status = 200, body = VoidedInvoice), Problems)
)]
pub async fn void(
    State(edge): State<Arc<Edge>>,
    signed_in: SignedIn,
    Path(id): Path<String>,
    Json(wish): Json<VoidInvoice>,
) -> Result<axum::Json<VoidedInvoice>, Problem> {
    let tenant = tenant(&edge, &signed_in, &id).await?;
    let reason = reason("reason", &wish.reason)?;
    let invoice = InvoiceId::parse(&wish.invoice);
    let invoice = invoice.ok_or_else(|| Problem::nothing_of_that_name("invoice"))?;
    let transaction = tenant.void_invoice(invoice, &reason).await.map_err(refused)?;
    Ok(axum::Json(VoidedInvoice { invoice, transaction }))
}
