//! Payments that somebody enters by hand.

use std::sync::Arc;

use actors::tenant::{LedgerLine, ManualPosting};
use axum::extract::State;
use axum::http::HeaderMap;
use domain::ids::TransactionId;
use domain::money::Money;
use domain::text::kept;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{refused, tenant};
use crate::http::Edge;
use crate::http::amount::Amount;
use crate::http::json::Json;
use crate::http::path::Path;
use crate::http::problem::{Problem, Problems};
use crate::http::session::SignedIn;

/// Bytes of a key and of a reason.
const TEXT_MAX: usize = 200;

/// A payment received.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewCredit {
    /// More than zero.
    #[schema(value_type = f64, example = 50.0)]
    amount: Amount,
    /// Stands in the ledger, for the customer to read.
    #[schema(min_length = 1, max_length = 200, example = "Bank transfer of 5 January")]
    reason: String,
    /// Names the payment, so that it counts once; or send `Idempotency-Key`.
    #[serde(default)]
    #[schema(max_length = 200, example = "bank-2026-000123")]
    key: Option<String>,
}

/// The entry as it stands in the ledger.
#[derive(Serialize, ToSchema)]
pub struct Credited {
    /// Its place in the ledger.
    #[schema(value_type = String, example = "txn_12")]
    pub id: TransactionId,
    /// As it was posted.
    #[schema(value_type = f64, example = 50.0)]
    pub amount: Money,
    /// The balance right after it.
    #[schema(value_type = f64, example = 99.5)]
    pub balance_after: Money,
    /// ISO 4217.
    #[schema(example = "USD")]
    pub currency: String,
}

/// Add credit
///
/// Once for its key: sent again, the entry that stands is answered; with another amount it is refused
/// (409).
#[utoipa::path(post, path = "/api/admin/customers/{id}/credit", operation_id = "creditCustomer",
    tag = "Platform",
    params(
        ("id" = i64, Path),
        ("Idempotency-Key" = Option<String>, Header, description = "Instead of `key`")
    ),
    request_body = NewCredit, security(("session" = [])),
    responses(
        (status = 200, body = Credited),
        Problems
    )
)]
pub async fn credit(
    State(edge): State<Arc<Edge>>,
    signed_in: SignedIn,
    Path(id): Path<String>,
    headers: HeaderMap,
    Json(new): Json<NewCredit>,
) -> Result<axum::Json<Credited>, Problem> {
    let tenant = tenant(&edge, &signed_in, &id).await?;
    let Amount(amount) = new.amount;
    if amount <= Money::ZERO {
        return Err(Problem::invalid_field("amount", "a payment is more than zero"));
    }
    let payment = ManualPosting {
        key: key(new.key.as_deref(), &headers)?,
        amount,
        description: reason("reason", &new.reason)?,
        author: signed_in.person.user.0.clone(),
    };
    let LedgerLine { id, amount, balance_after } = tenant.credit(payment).await.map_err(refused)?;
    Ok(axum::Json(Credited { id, amount, balance_after, currency: edge.currency.clone() }))
}

/// The key of a wish, in the body or the header.
pub fn key(named: Option<&str>, headers: &HeaderMap) -> Result<String, Problem> {
    let header = headers.get("idempotency-key").map(|value| value.to_str().unwrap_or_default());
    let key = match (named, header) {
        (Some(named), Some(header)) if named != header => {
            return Err(Problem::invalid_field("key", "the Idempotency-Key is another one"));
        }
        (Some(key), _) | (None, Some(key)) => key,
        (None, None) => {
            let detail = "name the payment here or as Idempotency-Key, so that it counts once";
            return Err(Problem::invalid_field("key", detail));
        }
    };
    let is_plain = kept(key, TEXT_MAX).is_some_and(|kept| kept == key);
    if is_plain {
        Ok(key.to_owned())
    } else {
        Err(Problem::invalid_field("key", "a key has 1 to 200 bytes, without white space around it"))
    }
}

/// Why money moves, as the ledger takes it.
pub fn reason(field: &str, text: &str) -> Result<String, Problem> {
    let kept = kept(text, TEXT_MAX).filter(|kept| kept.len() == text.trim().len());
    kept.ok_or_else(|| Problem::invalid_field(field, "a reason of 1 to 200 bytes is needed"))
}
