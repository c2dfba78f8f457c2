//! Reads names out of paths: what can be no name is answered as what nobody has.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use super::problem::Problem;

/// What stands in the places of a route's template.
pub struct Path<T>(pub T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = Problem;

    #[expect(clippy::disallowed_types, reason = "its plain-text refusals end here")]
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match axum::extract::Path::from_request_parts(parts, state).await {
            Ok(axum::extract::Path(named)) => Ok(Self(named)),
            // The handler asks for what its route does not have.
            Err(refused) if refused.status().is_server_error() => Err(Problem::internal()),
            Err(_) => Err(Problem::nothing_here()),
        }
    }
}
