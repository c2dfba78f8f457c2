//! An appointment is made.

use std::sync::Arc;

use actors::tenant::Placement;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::appointments::Guest;
use domain::users::Action;
use jiff::Timestamp;
use serde::Deserialize;
use utoipa::ToSchema;

use super::Appointment;
use super::fields::{NAME_CHARS_MAX, NOTES_CHARS_MAX, duration, email, outside_hours, phone, whole_minute};
use crate::http::Edge;
use crate::http::idempotency::once;
use crate::http::json::{self, JsonText};
use crate::http::problem::{Problem, Problems};
use crate::http::session::SignedIn;
use crate::http::typed::text;

/// An appointment to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAppointment {
    /// A whole minute.
    #[schema(example = "2026-01-15T15:00:00Z")]
    start_time: Timestamp,
    /// The business's default where nothing is said.
    #[schema(minimum = 1, maximum = 1440, example = 30)]
    duration_minutes: Option<u32>,
    /// One of name, number and address is needed.
    #[schema(max_length = 255, example = "Jane Roe")]
    guest_name: Option<String>,
    /// Kept in E.164 where it parses.
    #[schema(max_length = 50, example = "+15550100123")]
    guest_phone: Option<String>,
    #[schema(format = Email, max_length = 254, example = "jane.roe@example.com")]
    guest_email: Option<String>,
    #[schema(max_length = 2000, example = "First visit")]
    notes: Option<String>,
    /// Also outside the opening hours and on a blocked date.
    #[serde(default)]
    outside_hours: bool,
}

/// Make an appointment
///
/// Anywhere within the opening hours where nothing else is; outside them with `outside_hours`.
/// With an `Idempotency-Key` the same request again gets the same answer.
#[utoipa::path(post, path = "/api/appointments", tag = "Appointments",
    security(("token" = []), ("session" = [])), request_body = NewAppointment,
    params(
        ("Idempotency-Key" = Option<String>, Header, min_length = 1, max_length = 200,
            description = "Names this request for a day.", example = "4f2a9c1e")
    ),
    responses(
        (status = 201, body = Appointment, headers(
            ("ETag" = String, description = "For the `If-Match` of a change."),
            ("Location" = String, description = "Where it can be read.")
        )),
        Problems
    )
)]
pub async fn create(
    State(edge): State<Arc<Edge>>,
    who: SignedIn,
    headers: HeaderMap,
    JsonText(bytes): JsonText,
) -> Result<Response, Problem> {
    let tenant = who.tenant(&edge, Action::ManageCalendar).await?;
    let placement = placement(json::parse(&bytes)?)?;
    let route = "POST /api/appointments";
    let place = async { Ok(Appointment::from(tenant.place(placement).await?)) };
    let made = once(&edge, &who, route, &headers, &bytes, place).await?;
    let location = HeaderValue::try_from(format!("/api/appointments/{}", made.appointment_id));
    let location = location.map_err(|_| Problem::internal())?;
    Ok((StatusCode::CREATED, [(header::LOCATION, location)], made).into_response())
}

fn placement(new: NewAppointment) -> Result<Placement, Problem> {
    let guest = Guest {
        name: text("guest_name", new.guest_name.as_deref(), NAME_CHARS_MAX)?,
        phone: phone(new.guest_phone.as_deref())?,
        email: email(new.guest_email.as_deref())?,
    };
    if guest == Guest::default() {
        return Err(Problem::invalid_field("guest_name", "a name, a number or an address is needed"));
    }
    Ok(Placement {
        start: whole_minute("start_time", new.start_time)?,
        duration_minutes: new.duration_minutes.map(duration).transpose()?,
        outside_hours: outside_hours(new.outside_hours),
        guest,
        notes: text("notes", new.notes.as_deref(), NOTES_CHARS_MAX)?,
    })
}
