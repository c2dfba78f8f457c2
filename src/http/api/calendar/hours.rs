//! The opening hours: a week of windows, set as a whole.

use std::sync::Arc;

use actors::store::calendar;
use axum::Json;
use axum::extract::State;
use domain::calendar::{HoursRow, MinuteOfDay, WeeklyHours};
use domain::users::Action;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Availability, opening};
use crate::http::Edge;
use crate::http::json;
use crate::http::problem::{Problem, Problems};
use crate::http::session::SignedIn;

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
