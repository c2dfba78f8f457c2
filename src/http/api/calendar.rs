//! The calendar: what is in it, when the business is open, what is free.

pub mod blocked_dates;
pub mod hours;

use std::sync::Arc;

use actors::store::{appointments, calendar};
use axum::Json;
use axum::extract::State;
use domain::calendar::DURATION_MINUTES_MAX;
use domain::ids::CustomerId;
use domain::retell::functions::AvailabilityArgs;
use domain::users::Action;
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::appointments::Appointment;
use crate::http::Edge;
use crate::http::problem::{Problem, Problems};
use crate::http::query::Query;
use crate::http::session::SignedIn;
use crate::http::typed;
use blocked_dates::BlockedDate;
use hours::Window;

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
    #[serde(default, deserialize_with = "typed::perhaps_day")]
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

async fn opening(edge: &Edge, customer: CustomerId) -> Result<Availability, Problem> {
    let opening = calendar::opening(&edge.store, customer).await?;
    Ok(Availability {
        timezone: opening.timezone,
        hours: Some(opening.hours.into_iter().map(Window::from).collect()),
        blocked_dates: Some(opening.blocked.into_iter().map(BlockedDate::from).collect()),
        available_slots: None,
    })
}
