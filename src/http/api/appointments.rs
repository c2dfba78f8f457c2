//! Appointments: listed, placed, changed, called off.

use std::sync::Arc;

use actors::error::{Error, Refusal};
use actors::store::appointments::{self, Filter, Guest, Order};
use actors::tenant::{Placement, Wish};
use axum::Json;
use axum::extract::{FromRequest, Path, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::appointments::{self as rules, Closing, Edit, Status};
use domain::calendar::{DURATION_MINUTES_MAX, OutsideHours};
use domain::ids::AppointmentId;
use domain::users::Action;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::listing::{Listing, PageQuery, PeriodQuery};
use crate::http::Edge;
use crate::http::given::given;
use crate::http::idempotency::once;
use crate::http::json::{self, JsonText};
use crate::http::problem::{FieldError, Problem, Problems};
use crate::http::query::{Queries, Query};
use crate::http::session::SignedIn;
use crate::http::typed::{self, text};

/// Characters of a guest's name.
const NAME_CHARS_MAX: usize = 255;
/// Characters of notes.
const NOTES_CHARS_MAX: usize = 2000;
/// Characters of why an appointment was called off.
const REASON_CHARS_MAX: usize = 500;

/// An appointment.
#[derive(Serialize, Deserialize, ToSchema)]
pub struct Appointment {
    #[schema(example = "apt_123")]
    appointment_id: String,
    /// The call in which it was booked.
    #[schema(required, example = "call_12")]
    call_id: Option<String>,
    #[schema(required, example = "Jane Roe")]
    guest_name: Option<String>,
    /// In E.164 where it parses.
    #[schema(required, example = "+15550100123")]
    guest_phone: Option<String>,
    #[schema(required, example = "jane.roe@example.com")]
    guest_email: Option<String>,
    #[schema(example = "2026-01-15T15:00:00Z")]
    start_time: Timestamp,
    #[schema(example = "2026-01-15T15:30:00Z")]
    end_time: Timestamp,
    #[schema(minimum = 1, maximum = 1440, example = 30)]
    duration_minutes: u32,
    #[schema(value_type = AppointmentStatus)]
    status: String,
    #[schema(required, example = "First visit")]
    notes: Option<String>,
    #[schema(required)]
    cancellation_reason: Option<String>,
    /// Changes with every change; also the `ETag`.
    #[schema(example = 1)]
    revision: i64,
    #[schema(example = "2026-01-12T09:12:31Z")]
    created_at: Timestamp,
    #[schema(example = "2026-01-12T09:12:31Z")]
    updated_at: Timestamp,
}

/// What became of an appointment.
#[derive(Deserialize, ToSchema, Clone, Copy)]
#[serde(rename_all = "kebab-case")]
enum AppointmentStatus {
    Scheduled,
    Completed,
    Cancelled,
    NoShow,
}

impl From<AppointmentStatus> for Status {
    fn from(status: AppointmentStatus) -> Self {
        match status {
            AppointmentStatus::Scheduled => Self::Scheduled,
            AppointmentStatus::Completed => Self::Completed,
            AppointmentStatus::Cancelled => Self::Cancelled,
            AppointmentStatus::NoShow => Self::NoShow,
        }
    }
}

impl From<rules::Appointment> for Appointment {
    fn from(appointment: rules::Appointment) -> Self {
        Self {
            appointment_id: appointment.id.to_string(),
            call_id: appointment.call.map(|call| call.to_string()),
            guest_name: appointment.guest.name,
            guest_phone: appointment.guest.phone,
            guest_email: appointment.guest.email,
            start_time: appointment.start,
            end_time: appointment.end,
            duration_minutes: appointment.duration_minutes,
            status: appointment.status.as_str().to_owned(),
            notes: appointment.notes,
            cancellation_reason: appointment.cancellation_reason,
            revision: appointment.revision,
            created_at: appointment.created_at,
            updated_at: appointment.updated_at,
        }
    }
}

impl IntoResponse for Appointment {
    fn into_response(self) -> Response {
        let tag = HeaderValue::try_from(format!("\"{}\"", self.revision)).expect("a number in quotes");
        ([(header::ETAG, tag)], Json(self)).into_response()
    }
}

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
    let filter = Filter { from: period.from, to: period.until, status, guest };
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
    let guest = rules::Guest {
        name: text("guest_name", new.guest_name.as_deref(), NAME_CHARS_MAX)?,
        phone: phone(new.guest_phone.as_deref())?,
        email: email(new.guest_email.as_deref())?,
    };
    if guest == rules::Guest::default() {
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
        Some(Status::Scheduled) => {
            return Err(Problem::invalid_field("status", "what has ended is not scheduled again"));
        }
    };
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

fn name(text: &str) -> Result<AppointmentId, Problem> {
    let number = text.strip_prefix("apt_").and_then(|number| number.parse().ok());
    number.map(AppointmentId).ok_or_else(unknown)
}

fn unknown() -> Problem {
    Problem::nothing_of_that_name("appointment")
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

fn phone(typed: Option<&str>) -> Result<Option<String>, Problem> {
    typed::at_most("guest_phone", typed, typed::PHONE_CHARS_MAX)?;
    Ok(typed.and_then(domain::phone::normalize))
}

fn duration(minutes: u32) -> Result<u32, Problem> {
    let is_possible = (1..=DURATION_MINUTES_MAX).contains(&minutes);
    is_possible
        .then_some(minutes)
        .ok_or_else(|| Problem::invalid_field("duration_minutes", "1 to 1440 minutes"))
}

fn email(text: Option<&str>) -> Result<Option<String>, Problem> {
    let Some(text) = text.map(str::trim).filter(|text| !text.is_empty()) else { return Ok(None) };
    let address = domain::customers::email(text);
    address.map(Some).ok_or_else(|| Problem::invalid_field("guest_email", "that is not an e-mail address"))
}

/// Appointments begin at whole minutes, as every calendar shows them.
fn whole_minute(field: &str, at: Timestamp) -> Result<Timestamp, Problem> {
    if at.as_microsecond() % 60_000_000 == 0 {
        return Ok(at);
    }
    let errors = FieldError { field: field.to_owned(), detail: "a whole minute is needed".to_owned() };
    Err(Problem::invalid(vec![errors]))
}

fn outside_hours(is_confirmed: bool) -> OutsideHours {
    if is_confirmed { OutsideHours::Confirmed } else { OutsideHours::Refuse }
}
