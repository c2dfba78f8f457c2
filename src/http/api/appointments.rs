//! Appointments: listed and read; how they are made and changed is beside it.

mod appointment;
pub mod change;
pub mod fields;
pub mod placement;
pub mod resending;

use std::sync::Arc;

use actors::store::appointments::{self, Filter, Guest, Order};
use axum::Json;
use axum::extract::State;
use domain::appointments::Status;
use domain::ids::AppointmentId;
use domain::users::Action;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::listing::{Listing, PageQuery, PeriodQuery};
use crate::http::Edge;
use crate::http::path::Path;
use crate::http::problem::{Problem, Problems};
use crate::http::query::Queries;
use crate::http::session::SignedIn;
use crate::http::typed;
use appointment::AppointmentStatus;

pub use appointment::Appointment;

/// What a list is narrowed to.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListQuery {
    status: Option<AppointmentStatus>,
    /// A part of the guest's name, or their number.
    #[param(max_length = 200)]
    q: Option<String>,
    /// By their begin; `asc` where nothing is said.
    #[param(inline)]
    order: Option<Sort>,
}

/// By their begin.
#[derive(Deserialize, ToSchema, Clone, Copy)]
#[serde(rename_all = "lowercase")]
pub enum Sort {
    /// The first first.
    Asc,
    /// The last first.
    Desc,
}

/// List appointments
///
/// Of a period those that touch it: from the present time on, those still to come.
#[utoipa::path(get, path = "/api/appointments", tag = "Appointments",
    security(("token" = []), ("session" = [])),
    params(ListQuery, PageQuery, PeriodQuery), responses((status = 200, body = Listing<Appointment>), Problems)
)]
pub async fn list(
    State(edge): State<Arc<Edge>>,
    who: SignedIn,
    Queries((asked, page, period)): Queries<(ListQuery, PageQuery, PeriodQuery)>,
) -> Result<Json<Listing<Appointment>>, Problem> {
    let customer = who.member(Action::ViewCalendar)?;
    typed::at_most("q", asked.q.as_deref(), typed::QUERY_CHARS_MAX)?;
    let status = asked.status.map(Status::from);
    let guest = asked.q.as_deref().map(Guest::parse);
    let period = period.period(&who)?;
    let filter = Filter { from: period.from, to: period.until, status, guest, ..Filter::default() };
    let order = match asked.order {
        None | Some(Sort::Asc) => Order::Ascending,
        Some(Sort::Desc) => Order::Descending,
    };
    let request = page.request()?;
    let found = appointments::page(&edge.store, customer, &filter, order, request).await?;
    Ok(Json(found.into()))
}

/// Read an appointment
///
/// Its `ETag` goes into the `If-Match` of a change that must not undo another's.
#[utoipa::path(get, path = "/api/appointments/{id}", tag = "Appointments",
    security(("token" = []), ("session" = [])),
    params(("id" = String, Path, example = "apt_123")),
    responses(
        (status = 200, body = Appointment,
            headers(("ETag" = String, description = "For the `If-Match` of a change."))),
        Problems
    )
)]
pub async fn show(
    State(edge): State<Arc<Edge>>,
    who: SignedIn,
    Path(id): Path<String>,
) -> Result<Appointment, Problem> {
    let customer = who.member(Action::ViewCalendar)?;
    let found = appointments::find(&edge.store, customer, name(&id)?).await?;
    found.map(Appointment::from).ok_or_else(unknown)
}

/// The appointment of that name, which may not exist.
pub fn name(text: &str) -> Result<AppointmentId, Problem> {
    let number = text.strip_prefix("apt_").and_then(|number| number.parse().ok());
    number.map(AppointmentId).ok_or_else(unknown)
}

fn unknown() -> Problem {
    Problem::nothing_of_that_name("appointment")
}
