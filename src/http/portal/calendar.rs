//! The page of the calendar: a week as a list; its script draws month and week from the API.

use std::sync::Arc;

use actors::store::appointments;
use axum::extract::State;
use axum::response::Response;
use domain::users::Action;
use jiff::Span;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Deserialize;
use views::calendar::{Calendar, View, page};

use super::appointments::calls_of;
use super::viewing::Viewing;
use crate::http::Edge;
use crate::http::api::listing::zone_of;
use crate::http::problem::Problem;
use crate::http::query::Query;

/// What is to be seen. What makes no sense is left out, so that an old link still shows a week.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    view: Option<String>,
    date: Option<String>,
    /// `business` for the time of the business, else its reader's.
    zone: Option<String>,
}

/// The page.
pub async fn show(
    State(edge): State<Arc<Edge>>,
    viewing: Viewing,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let customer = viewing.who.member(Action::ViewCalendar)?;
    let now = edge.clock.now();
    let business_zone = zone_of(&viewing.who);
    let zone = if asked.zone.as_deref() == Some("business") { &business_zone } else { &viewing.zone };
    let wanted = asked.date.and_then(|date| date.parse().ok());
    let day = wanted.filter(|day| domain::period::is_recorded(*day)).unwrap_or(zone.to_datetime(now).date());
    let monday = day.saturating_sub(Span::new().days(day.weekday().to_monday_zero_offset()));
    let next = monday.saturating_add(Span::new().weeks(1));
    let (from, to) = (midnight(monday, zone)?, midnight(next, zone)?);
    let found = appointments::between(&edge.store, customer, from, to).await?;
    let calls = calls_of(&edge, &viewing, customer, &found).await?;
    let calendar = Calendar {
        view: asked.view.as_deref().and_then(View::parse),
        day,
        monday,
        appointments: &found,
        calls: &calls,
        may_change: viewing.who.viewer.may(Action::ManageCalendar),
        now,
        zone,
        readers_zone: &viewing.zone,
        business_zone: &business_zone,
    };
    let frame = viewing.frame(&edge).await?;
    Ok(viewing.calendar(&edge, page(&frame, &calendar)))
}

/// Where a date begins.
fn midnight(date: Date, zone: &TimeZone) -> Result<Timestamp, Problem> {
    let begins = date.to_zoned(zone.clone());
    begins
        .map(|begins| begins.timestamp())
        .map_err(|_| Problem::invalid_field("date", "that date is too far away"))
}
