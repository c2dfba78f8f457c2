//! What a form of a page sends: every wrong and every unknown field by its name.

use std::sync::Arc;

use axum::extract::{FromRequest, Request};
use serde::de::DeserializeOwned;

use super::body;
use super::edge::Edge;
use super::json::is_form;
use super::problem::Problem;
use super::query::parse;

/// A form that was understood. An empty field is none.
pub struct Form<T>(pub T);

impl<T: DeserializeOwned> FromRequest<Arc<Edge>> for Form<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &Arc<Edge>) -> Result<Self, Problem> {
        let (parts, sent) = request.into_parts();
        let bytes = body::read_small(&parts.headers, sent).await?;
        if !bytes.is_empty() && !is_form(&parts.headers) {
            return Err(Problem::bad_body("a form is needed"));
        }
        parse(&bytes).map(Self)
    }
}
