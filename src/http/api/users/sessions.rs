//! Where a user is signed in.

use std::sync::Arc;

use actors::store::users;
use axum::extract::State;
use axum::http::StatusCode;
use domain::users::Action;

use super::{named, nobody};
use crate::http::Edge;
use crate::http::path::Path;
use crate::http::problem::{Problem, Problems};
use crate::http::session::SignedIn;

/// Sign a user out everywhere
///
/// Every session of the user ends, also one's own. The user may sign in again, and API tokens go on
/// working: whom that should not be allowed is removed.
#[utoipa::path(delete, path = "/api/users/{id}/sessions", operation_id = "signUserOut",
    tag = "Users", params(("id" = String, Path)),
    security(("token" = []), ("session" = [])),
    responses(
        (status = 204, description = "signed in nowhere"),
        Problems
    )
)]
pub async fn end(
    State(edge): State<Arc<Edge>>,
    signed_in: SignedIn,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    sign_out(&edge, &signed_in, id).await.map(|()| StatusCode::NO_CONTENT)
}

/// Signs them out.
pub async fn sign_out(edge: &Edge, signed_in: &SignedIn, id: String) -> Result<(), Problem> {
    let customer = signed_in.member(Action::ManageUsers)?;
    let (author, now) = (signed_in.author(), edge.clock.now());
    let is_somebody = users::sign_out(&edge.store, customer, &named(id)?, &author, now).await?;
    if is_somebody { Ok(()) } else { Err(nobody()) }
}
