//! The calendar: what is in it, when the business is open, what is free.

use std::sync::Arc;

use actors::error::{Error, Refusal};
use actors::store::{appointments, calendar};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use domain::calendar::{DURATION_MINUTES_MAX, HoursRow, MinuteOfDay, WeeklyHours};
use domain::retell::functions::AvailabilityArgs;
use domain::users::Action;
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::appointments::Appointment;
use crate::http::Edge;
use crate::http::json;
use crate::http::problem::{Problem, Problems};
use crate::http::query::Query;
use crate::http::session::SignedIn;
use crate::http::typed;

/// Characters of why a date is blocked.
const REASON_CHARS_MAX: usize = 500;
/// Days of one look.
const DAYS_MAX: i64 = 100;

/// A look at the calendar.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Period {
    /// From this instant.
    #[param(example = "2026-01-12T00:00:00Z")]
    from: Timestamp,
    /// Until this one; at most 100 days later.
    #[param(example = "2026-01-19T00:00:00Z")]
    to: Timestamp,
}

/// What is in the calendar.
#[derive(Serialize, ToSchema)]
pub struct Calendar {
    /// IANA name of the zone of the business, in which hours and dates are meant.
    #[schema(example = "Europe/Madrid")]
    timezone: String,
    /// Appointments that touch the period, in the order of time, whatever their state.
    events: Vec<Appointment>,
    hours: Vec<Window>,
    /// All of them, also outside the period and past ones.
    blocked_dates: Vec<BlockedDate>,
}

/// A window of the week in which can be booked, or a pause in one.
#[derive(Serialize, ToSchema)]
pub struct Window {
    #[schema(example = 3)]
    id: i64,
    /// 0 = Sunday.
    #[schema(minimum = 0, maximum = 6, example = 1)]
    day_of_week: i16,
    /// On the wall of the business.
    #[schema(example = "09:00")]
    start_time: String,
    /// `24:00` ends a day.
    #[schema(example = "17:00")]
    end_time: String,
    /// False cuts a pause out of the day.
    #[schema(example = true)]
    is_available: bool,
}

/// A day without slots.
#[derive(Serialize, ToSchema)]
pub struct BlockedDate {
    #[schema(example = 7)]
    id: i64,
    #[schema(value_type = String, format = Date, example = "2026-12-25")]
    date: Date,
    #[schema(required, example = "Christmas")]
    reason: Option<String>,
}

impl From<calendar::Window> for Window {
    fn from(window: calendar::Window) -> Self {
        Self {
            id: window.id,
            day_of_week: window.day_of_week,
            start_time: window.opens.to_string(),
            end_time: window.closes.to_string(),
            is_available: window.is_available,
        }
    }
}

impl From<calendar::BlockedDate> for BlockedDate {
    fn from(blocked: calendar::BlockedDate) -> Self {
        Self { id: blocked.id, date: blocked.date, reason: blocked.reason }
    }
}

/// Look at the calendar
#[utoipa::path(get, path = "/api/calendar", tag = "Calendar", security(("token" = []), ("session" = [])),
    params(Period), responses((status = 200, body = Calendar), Problems)
)]
pub async fn show(
    State(edge): State<Arc<Edge>>,
    who: SignedIn,
    Query(period): Query<Period>,
) -> Result<Json<Calendar>, Problem> {
    let customer = who.member(Action::ViewCalendar)?;
    let is_recorded =
        |at: Timestamp| domain::period::is_recorded(at.to_zoned(jiff::tz::TimeZone::UTC).date());
    if !is_recorded(period.from) || !is_recorded(period.to) {
        return Err(Problem::invalid_field("from", "a year from 1900 to 9998"));
    }
    if period.to <= period.from
        || period.to.duration_since(period.from) > SignedDuration::from_hours(24 * DAYS_MAX)
    {
        return Err(Problem::invalid_field("to", "after from, and at most 100 days later"));
    }
    let opening = calendar::opening(&edge.store, customer).await?;
    let events = appointments::between(&edge.store, customer, period.from, period.to).await?;
    Ok(Json(Calendar {
        timezone: opening.timezone,
        events: events.into_iter().map(Appointment::from).collect(),
        hours: opening.hours.into_iter().map(Window::from).collect(),
        blocked_dates: opening.blocked.into_iter().map(BlockedDate::from).collect(),
    }))
}

/// Of which day.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Day {
    /// On the calendar of the business. Without it the hours and blocked dates are answered.
    #[param(value_type = Option<String>, format = Date, example = "2026-01-15")]
    date: Option<Date>,
    /// The customer's default where nothing is said.
    #[param(minimum = 1, maximum = 1440)]
    duration_minutes: Option<u32>,
}

/// When the business is open, or what is free on a day.
#[derive(Serialize, ToSchema)]
pub struct Availability {
    /// IANA name of the zone of the business.
    #[schema(example = "Europe/Madrid")]
    timezone: String,
    /// The week; without a date.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Vec<Window>, required = false)]
    hours: Option<Vec<Window>>,
    /// Days without slots, also past ones; without a date.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Vec<BlockedDate>, required = false)]
    blocked_dates: Option<Vec<BlockedDate>>,
    /// What is free on the date.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Vec<Slot>, required = false)]
    available_slots: Option<Vec<Slot>>,
}

/// A time that is free.
#[derive(Serialize, ToSchema)]
pub struct Slot {
    /// On the wall of the business.
    #[schema(example = "09:00")]
    start: String,
    #[schema(example = "09:30")]
    end: String,
    #[schema(example = "2026-01-15T08:00:00Z")]
    start_time: Timestamp,
    #[schema(example = "2026-01-15T08:30:00Z")]
    end_time: Timestamp,
}

/// When the business is open, or what is free on a day
#[utoipa::path(get, path = "/api/availability", tag = "Calendar", security(("token" = []), ("session" = [])),
    params(Day), responses((status = 200, body = Availability), Problems)
)]
pub async fn availability(
    State(edge): State<Arc<Edge>>,
    who: SignedIn,
    Query(day): Query<Day>,
) -> Result<Json<Availability>, Problem> {
    if day.duration_minutes.is_some_and(|minutes| !(1..=DURATION_MINUTES_MAX).contains(&minutes)) {
        return Err(Problem::invalid_field("duration_minutes", "1 to 1440 minutes"));
    }
    let Some(date) = day.date else {
        let customer = who.member(Action::ViewCalendar)?;
        return Ok(Json(opening(&edge, customer).await?));
    };
    let tenant = who.tenant(&edge, Action::ViewCalendar).await?;
    let args = AvailabilityArgs { date: Some(date.to_string()), duration_minutes: day.duration_minutes };
    let found = tenant.availability(args).await?;
    let slots = found.slots.iter().map(|slot| Slot {
        start: slot.local_start.strftime("%H:%M").to_string(),
        end: slot.local_end.strftime("%H:%M").to_string(),
        start_time: slot.start,
        end_time: slot.end,
    });
    let available_slots = Some(slots.collect());
    Ok(Json(Availability { timezone: found.timezone, hours: None, blocked_dates: None, available_slots }))
}

async fn opening(edge: &Edge, customer: domain::ids::CustomerId) -> Result<Availability, Problem> {
    let opening = calendar::opening(&edge.store, customer).await?;
    Ok(Availability {
        timezone: opening.timezone,
        hours: Some(opening.hours.into_iter().map(Window::from).collect()),
        blocked_dates: Some(opening.blocked.into_iter().map(BlockedDate::from).collect()),
        available_slots: None,
    })
}

/// A week.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Week {
    /// The whole of it: what is not in here is closed.
    #[schema(max_items = 100)]
    hours: Vec<NewWindow>,
}

/// A window of the week in which can be booked, or a pause in one.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewWindow {
    /// 0 = Sunday.
    #[schema(minimum = 0, maximum = 6, example = 1)]
    day_of_week: u8,
    /// On the wall of the business.
    #[schema(pattern = "^([01]?[0-9]|2[0-3]):[0-5][0-9](:00)?$", example = "09:00")]
    start_time: String,
    /// `24:00` ends a day.
    #[schema(pattern = "^([01]?[0-9]|2[0-3]):[0-5][0-9](:00)?$|^24:00(:00)?$", example = "17:00")]
    end_time: String,
    /// False cuts a pause out of the day.
    #[serde(default = "yes")]
    #[schema(default = true, example = true)]
    is_available: bool,
}

fn yes() -> bool {
    true
}

/// Set the opening hours
///
/// The whole week at once; appointments that stand outside the new hours stay.
#[utoipa::path(put, path = "/api/availability", operation_id = "setOpeningHours", tag = "Calendar", security(("token" = []), ("session" = [])),
    request_body = Week, responses((status = 200, body = Availability), Problems)
)]
pub async fn set_hours(
    State(edge): State<Arc<Edge>>,
    who: SignedIn,
    json::Json(week): json::Json<Week>,
) -> Result<Json<Availability>, Problem> {
    let tenant = who.tenant(&edge, Action::ManageCalendar).await?;
    let mut rows = Vec::new();
    for (index, window) in week.hours.iter().enumerate() {
        let minute = |field: &str, text: &str| {
            let named = || format!("hours[{index}].{field}");
            MinuteOfDay::parse(text).ok_or_else(|| {
                Problem::invalid_field(&named(), "a time of day is written HH:MM, from 00:00 to 24:00")
            })
        };
        rows.push(HoursRow {
            day_of_week: window.day_of_week,
            opens: minute("start_time", &window.start_time)?,
            closes: minute("end_time", &window.end_time)?,
            is_available: window.is_available,
        });
    }
    let hours =
        WeeklyHours::new(rows).map_err(|refusal| Problem::invalid_field("hours", refusal.to_string()))?;
    tenant.set_hours(hours).await?;
    Ok(Json(opening(&edge, tenant.customer()).await?))
}

/// A day to be blocked.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewBlockedDate {
    #[schema(value_type = String, format = Date, example = "2026-12-25")]
    date: Date,
    #[schema(max_length = 500, example = "Christmas")]
    reason: Option<String>,
}

/// Block a date
///
/// Nothing can be booked on it any more; what stands on it stays. Blocking it again changes nothing.
/// A date from today to 3,660 days ahead, in the zone of the business; of those to come 1,000 may be
/// blocked (409).
#[utoipa::path(post, path = "/api/blocked-dates", operation_id = "blockDate", tag = "Calendar",
    security(("token" = []), ("session" = [])), request_body = NewBlockedDate,
    responses((status = 201, body = BlockedDate), Problems)
)]
pub async fn block(
    State(edge): State<Arc<Edge>>,
    who: SignedIn,
    json::Json(new): json::Json<NewBlockedDate>,
) -> Result<(StatusCode, Json<BlockedDate>), Problem> {
    let tenant = who.tenant(&edge, Action::ManageCalendar).await?;
    let reason = typed::text("reason", new.reason.as_deref(), REASON_CHARS_MAX)?;
    tenant.block_date(new.date, reason).await?;
    let blocked = calendar::blocked_on(&edge.store, tenant.customer(), new.date).await?;
    // Somebody may have unblocked it in this very moment.
    let blocked = blocked.ok_or_else(|| Problem::nothing_of_that_name("blocked date"))?;
    Ok((StatusCode::CREATED, Json(blocked.into())))
}

/// Unblock a date
///
/// One that is over stays as it was (409).
#[utoipa::path(delete, path = "/api/blocked-dates/{id}", operation_id = "unblockDate", tag = "Calendar",
    security(("token" = []), ("session" = [])), params(("id" = i64, Path, example = 7)),
    responses((status = 204, description = "it has slots again"), Problems)
)]
pub async fn unblock(
    State(edge): State<Arc<Edge>>,
    who: SignedIn,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    let tenant = who.tenant(&edge, Action::ManageCalendar).await?;
    let unknown = || Problem::nothing_of_that_name("blocked date");
    let id = id.parse().map_err(|_| unknown())?;
    let blocked = calendar::blocked(&edge.store, tenant.customer(), id).await?.ok_or_else(unknown)?;
    match tenant.unblock_date(blocked.date).await {
        Err(Error::Refused(Refusal::NotBlocked)) => Err(unknown()),
        Err(Error::Refused(Refusal::Block(refusal))) => Err(Problem::conflict(refusal.to_string())),
        unblocked => Ok(unblocked.map(|()| StatusCode::NO_CONTENT)?),
    }
}
