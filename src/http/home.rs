//! The page at the root.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;

use super::Edge;
use super::pages::html;

/// Says what this is.
pub async fn show(State(edge): State<Arc<Edge>>) -> Response {
    html(views::home::page(&edge.platform_name))
}
