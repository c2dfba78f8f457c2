//! Calling it off: asked once more on a page, because links in mails are followed by machines, too.

use std::sync::Arc;

use actors::error::{Error, Refusal};
use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;
use views::guest::{Moving, Standing};

use super::visit::Visit;
use crate::http::Edge;
use crate::http::form::Form;
use crate::http::pages::{html, see};
use crate::http::problem::Problem;

/// Asks.
pub async fn show(State(edge): State<Arc<Edge>>, visit: Visit) -> Response {
    asked(&edge, &visit, None)
}

fn asked(edge: &Edge, visit: &Visit, reason: Option<&str>) -> Response {
    let guest = visit.guest(edge);
    html(match visit.standing(edge) {
        Standing::Stands(moving) => views::guest::cancel(&guest, moving == Moving::Open, reason),
        standing => views::guest::appointment(&guest, standing, None),
    })
}

/// Yes, and why.
#[derive(Deserialize)]
pub struct Typed {
    reason: Option<String>,
    revision: i64,
}

/// Calls it off; its page then says so.
pub async fn cancel(
    State(edge): State<Arc<Edge>>,
    visit: Visit,
    Form(typed): Form<Typed>,
) -> Result<Response, Problem> {
    let Standing::Stands(_) = visit.standing(&edge) else { return Ok(see(visit.path())) };
    let tenant = visit.tenant(&edge).await?;
    let reason = typed.reason.as_deref();
    match tenant.cancel_by_guest(visit.appointment.id, reason, typed.revision).await {
        Err(Error::Refused(Refusal::Changed(current))) if current.holds_its_time() => {
            let visit = visit.with(*current);
            Ok(asked(&edge, &visit, Some(reason.unwrap_or_default())))
        }
        Ok(_) | Err(Error::Refused(Refusal::Changed(_) | Refusal::Appointment(_))) => Ok(see(visit.path())),
        Err(error) => Err(error.into()),
    }
}
