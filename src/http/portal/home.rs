//! The first page, and on a phone the rest of the menu.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;

use super::viewing::Viewing;
use crate::http::Edge;
use crate::http::problem::Problem;

/// Greets.
pub async fn show(State(edge): State<Arc<Edge>>, viewing: Viewing) -> Result<Response, Problem> {
    let frame = viewing.frame(&edge).await?;
    let hour = edge.clock.now().to_zoned(viewing.zone.clone()).hour();
    Ok(viewing.page(&edge, views::home::page(&frame, hour)))
}

/// What has no place among the tabs of a phone.
pub async fn more(State(edge): State<Arc<Edge>>, viewing: Viewing) -> Result<Response, Problem> {
    let frame = viewing.frame(&edge).await?;
    Ok(viewing.page(&edge, views::home::more(&frame)))
}
