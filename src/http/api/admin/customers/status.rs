//! A customer is suspended, and active again.

use std::sync::Arc;

use axum::extract::State;

use super::{Customer, changed, tenant};
use crate::http::Edge;
use crate::http::path::Path;
use crate::http::problem::{Problem, Problems};
use crate::http::session::SignedIn;

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
    changed(&edge, &tenant, tenant.suspend()).await
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
    changed(&edge, &tenant, tenant.activate()).await
}
