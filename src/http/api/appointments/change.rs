//! An appointment is moved, edited, closed, called off.

use std::sync::Arc;

use actors::error::{Error, Refusal};
use actors::tenant::Wish;
use axum::extract::{FromRequest, Request, State};
use axum::http::{HeaderMap, header};
use domain::appointments::{Closing, Edit, Status};
use domain::calendar::OutsideHours;
use domain::users::Action;
use jiff::Timestamp;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::appointment::AppointmentStatus;
use super::fields::{NAME_CHARS_MAX, NOTES_CHARS_MAX, duration, email, outside_hours, phone, whole_minute};
use super::{Appointment, name};
use crate::http::Edge;
use crate::http::given::given;
use crate::http::json;
use crate::http::path::Path;
use crate::http::problem::{Problem, Problems};
use crate::http::query::Query;
use crate::http::session::SignedIn;
use crate::http::typed::text;

/// Characters of why an appointment was called off.
const REASON_CHARS_MAX: usize = 500;

/// What is to be otherwise. What is absent stays. `null` takes a detail of the guest or the notes
/// away; a time, a duration and a state cannot be taken away, there it is refused.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AppointmentChange {
    /// A whole minute.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false, example = "2026-01-15T16:00:00Z")]
    start_time: Option<Timestamp>,
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false, minimum = 1, maximum = 1440)]
    duration_minutes: Option<u32>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>, max_length = 255)]
    guest_name: Option<Option<String>>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>, max_length = 50)]
    guest_phone: Option<Option<String>>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>, format = Email, max_length = 254)]
    guest_email: Option<Option<String>>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>, max_length = 2000, example = "Comes with her son")]
    notes: Option<Option<String>>,
    /// `completed`, `no-show` or `cancelled`; what is cancelled stays so.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    status: Option<AppointmentStatus>,
    /// Why it is cancelled; only with `status` `cancelled`, and then `null` is no reason.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>, max_length = 500)]
    cancellation_reason: Option<Option<String>>,
    /// The new time may lie outside the opening hours.
    #[serde(default)]
    outside_hours: bool,
}

/// Change an appointment
///
/// Its time, its details, how it ended: all of it or nothing. With `If-Match` only if nobody has
/// changed it since; else 412 with the present state in `current`.
#[utoipa::path(put, path = "/api/appointments/{id}", tag = "Appointments",
    security(("token" = []), ("session" = [])), request_body = AppointmentChange,
    params(
        ("id" = String, Path, example = "apt_123"),
        ("If-Match" = Option<String>, Header, pattern = r#"^(\*|"[0-9]{1,18}")$"#, example = "\"1\"",
            description = "The `ETag` it was read with.")
    ),
    responses(
        (status = 200, body = Appointment,
            headers(("ETag" = String, description = "For the `If-Match` of a change."))),
        Problems
    )
)]
pub async fn change(
    State(edge): State<Arc<Edge>>,
    who: SignedIn,
    Path(id): Path<String>,
    headers: HeaderMap,
    json::Json(change): json::Json<AppointmentChange>,
) -> Result<Appointment, Problem> {
    let tenant = who.tenant(&edge, Action::ManageCalendar).await?;
    let id = name(&id)?;
    let outside_hours = outside_hours(change.outside_hours);
    let wish = Wish { edit: edit(change)?, outside_hours, if_revision: if_match(&headers)? };
    tenant.edit(id, wish).await.map(Appointment::from).map_err(problem)
}

fn edit(change: AppointmentChange) -> Result<Edit, Problem> {
    let closing = match change.status.map(Status::from) {
        None => None,
        Some(Status::Completed) => Some(Closing::Complete),
        Some(Status::NoShow) => Some(Closing::NoShow),
        Some(Status::Cancelled) => {
            let reason = change.cancellation_reason.as_ref().and_then(Option::as_deref);
            Some(Closing::Cancel { reason: text("cancellation_reason", reason, REASON_CHARS_MAX)? })
        }
        // What was read may be sent back; what has ended is not scheduled again.
        Some(Status::Scheduled) => None,
    };
    let is_scheduled = matches!(change.status.map(Status::from), Some(Status::Scheduled));
    if change.cancellation_reason.is_some() && !matches!(closing, Some(Closing::Cancel { .. })) {
        return Err(Problem::invalid_field("cancellation_reason", "only with status cancelled"));
    }
    let given = |field: &str, given: Option<Option<String>>, chars_max: usize| {
        given.map(|given| text(field, given.as_deref(), chars_max)).transpose()
    };
    Ok(Edit {
        start: change.start_time.map(|start| whole_minute("start_time", start)).transpose()?,
        duration_minutes: change.duration_minutes.map(duration).transpose()?,
        guest_name: given("guest_name", change.guest_name, NAME_CHARS_MAX)?,
        guest_phone: change.guest_phone.map(|number| phone(number.as_deref())).transpose()?,
        guest_email: change.guest_email.map(|address| email(address.as_deref())).transpose()?,
        notes: given("notes", change.notes, NOTES_CHARS_MAX)?,
        closing,
        is_scheduled,
    })
}

/// Why an appointment is called off.
#[derive(Deserialize, ToSchema, IntoParams, Default)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Cancellation {
    /// For the business; also as a JSON body.
    #[param(max_length = 500)]
    #[schema(max_length = 500)]
    reason: Option<String>,
}

/// Cancel an appointment
///
/// Its time is free again; the appointment stays readable.
#[utoipa::path(delete, path = "/api/appointments/{id}", operation_id = "cancelAppointment", tag = "Appointments",
    security(("token" = []), ("session" = [])),
    params(
        ("id" = String, Path, example = "apt_123"),
        Cancellation,
        ("If-Match" = Option<String>, Header, pattern = r#"^(\*|"[0-9]{1,18}")$"#, example = "\"1\"",
            description = "The `ETag` it was read with.")
    ),
    responses(
        (status = 200, body = Appointment,
            headers(("ETag" = String, description = "For the `If-Match` of a change."))),
        Problems
    )
)]
pub async fn cancel(
    State(edge): State<Arc<Edge>>,
    who: SignedIn,
    Path(id): Path<String>,
    Query(asked): Query<Cancellation>,
    headers: HeaderMap,
    request: Request,
) -> Result<Appointment, Problem> {
    let tenant = who.tenant(&edge, Action::ManageCalendar).await?;
    let id = name(&id)?;
    let said = match asked.reason {
        None if json::is_json(&headers) => {
            json::Json::<Cancellation>::from_request(request, &edge).await?.0.reason
        }
        reason => reason,
    };
    let reason = text("reason", said.as_deref(), REASON_CHARS_MAX)?;
    let edit = Edit { closing: Some(Closing::Cancel { reason }), ..Edit::default() };
    let wish = Wish { edit, outside_hours: OutsideHours::Refuse, if_revision: if_match(&headers)? };
    tenant.edit(id, wish).await.map(Appointment::from).map_err(problem)
}

/// Somebody else's change is shown, where it was in the way.
fn problem(error: Error) -> Problem {
    match error {
        Error::Refused(Refusal::Changed(current)) => {
            let current = serde_json::to_value(Appointment::from(*current));
            current.map_or_else(|_| Problem::internal(), Problem::changed_meanwhile)
        }
        error => error.into(),
    }
}

/// The revision in `If-Match`; none where any will do.
fn if_match(headers: &HeaderMap) -> Result<Option<i64>, Problem> {
    let Some(value) = headers.get(header::IF_MATCH) else { return Ok(None) };
    let text = value.to_str().unwrap_or_default().trim();
    if text == "*" {
        return Ok(None);
    }
    let number = text.trim_matches('"').parse().ok();
    number.map(Some).ok_or_else(|| Problem::invalid_field("If-Match", "one ETag, as it was answered"))
}
