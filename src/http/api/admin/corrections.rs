//! Mistakes mended by an entry more: adjustments either way, and charges given back.

use std::sync::Arc;

use actors::tenant::{LedgerLine, ManualPosting};
use axum::extract::State;
use axum::http::HeaderMap;
use domain::ids::TransactionId;
use domain::money::Money;
use serde::Deserialize;
use utoipa::ToSchema;

use super::credit::{Credited, key, reason};
use super::{refused, tenant};
use crate::http::Edge;
use crate::http::amount::Amount;
use crate::http::json::Json;
use crate::http::path::Path;
use crate::http::problem::{Problem, Problems};
use crate::http::session::SignedIn;

/// A mistake mended.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAdjustment {
    /// More than zero raises the balance, less than zero lowers it.
    #[schema(value_type = f64, example = -2.5)]
    amount: Amount,
    /// Stands in the ledger and on the next invoice, for the customer to read.
    #[schema(min_length = 1, max_length = 200, example = "Setup billed twice")]
    reason: String,
    /// Names the wish, so that it counts once; or send `Idempotency-Key`.
    #[serde(default)]
    #[schema(max_length = 200, example = "ticket-123")]
    key: Option<String>,
}

/// A charge given back.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewRefund {
    /// The entry that charged it.
    #[schema(example = "txn_88")]
    transaction: String,
    /// More than zero, and with other refunds of the entry no more than it charged.
    #[schema(value_type = f64, example = 2.5)]
    amount: Amount,
    /// Stands in the ledger and on the next invoice, for the customer to read.
    #[schema(min_length = 1, max_length = 200, example = "The line was bad")]
    reason: String,
    /// Names the wish, so that it counts once; or send `Idempotency-Key`.
    #[serde(default)]
    #[schema(max_length = 200, example = "ticket-124")]
    key: Option<String>,
}

/// Adjust a balance
///
/// Once for its key, as a credit is. The entry is on the next invoice.
#[utoipa::path(post, path = "/api/admin/customers/{id}/adjust", operation_id = "adjustCustomer",
    tag = "Platform",
    params(
        ("id" = i64, Path),
        ("Idempotency-Key" = Option<String>, Header, description = "Instead of `key`")
    ),
    request_body = NewAdjustment, security(("session" = [])),
    responses((status = 200, body = Credited), Problems)
)]
pub async fn adjust(
    State(edge): State<Arc<Edge>>,
    signed_in: SignedIn,
    Path(id): Path<String>,
    headers: HeaderMap,
    Json(new): Json<NewAdjustment>,
) -> Result<axum::Json<Credited>, Problem> {
    let tenant = tenant(&edge, &signed_in, &id).await?;
    let Amount(amount) = new.amount;
    if amount == Money::ZERO {
        return Err(Problem::invalid_field("amount", "an amount of zero changes nothing"));
    }
    let mending = ManualPosting {
        key: key(new.key.as_deref(), &headers)?,
        amount,
        description: reason("reason", &new.reason)?,
        author: signed_in.person.user.0.clone(),
    };
    let line = tenant.adjust(mending).await.map_err(refused)?;
    Ok(answer(&edge, line))
}

/// Give a charge back
///
/// Once for its key. All refunds of an entry together never come to more than it charged, and nothing is given
/// back of a charge whose invoice was taken back (409).
#[utoipa::path(post, path = "/api/admin/customers/{id}/refund", operation_id = "refundCharge", tag = "Platform",
    params(
        ("id" = i64, Path),
        ("Idempotency-Key" = Option<String>, Header, description = "Instead of `key`")
    ),
    request_body = NewRefund, security(("session" = [])),
    responses((status = 200, body = Credited), Problems)
)]
pub async fn refund(
    State(edge): State<Arc<Edge>>,
    signed_in: SignedIn,
    Path(id): Path<String>,
    headers: HeaderMap,
    Json(new): Json<NewRefund>,
) -> Result<axum::Json<Credited>, Problem> {
    let tenant = tenant(&edge, &signed_in, &id).await?;
    let Amount(amount) = new.amount;
    if amount <= Money::ZERO {
        return Err(Problem::invalid_field("amount", "a refund is more than zero"));
    }
    let of = TransactionId::parse(&new.transaction);
    let of = of.ok_or_else(|| Problem::nothing_of_that_name("transaction"))?;
    let giving_back = ManualPosting {
        key: key(new.key.as_deref(), &headers)?,
        amount,
        description: reason("reason", &new.reason)?,
        author: signed_in.person.user.0.clone(),
    };
    let line = tenant.refund(of, giving_back).await.map_err(refused)?;
    Ok(answer(&edge, line))
}

fn answer(edge: &Edge, LedgerLine { id, amount, balance_after }: LedgerLine) -> axum::Json<Credited> {
    axum::Json(Credited { id, amount, balance_after, currency: edge.currency.clone() })
}
