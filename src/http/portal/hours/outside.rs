//! Appointments that are booked at times which callers are not offered.

use actors::store::appointments::{self, Order};
use actors::store::calendar::{self, BlockedDate};
use domain::appointments::{Appointment, Status};
use domain::calendar::{BookingRules, Calendar, WeeklyHours};
use domain::ids::CustomerId;
use domain::page::{PER_PAGE_MAX, PageRequest};
use jiff::tz::TimeZone;

use super::week;
use crate::http::Edge;
use crate::http::problem::Problem;

/// Appointments to come that are looked at.
const LOOKED_AT: PageRequest = PageRequest::first(PER_PAGE_MAX);

/// Those to come that are outside the hours as they are, the next one first.
pub async fn now(edge: &Edge, customer: CustomerId) -> Result<Vec<Appointment>, Problem> {
    let opening = calendar::opening(&edge.store, customer).await?;
    let zone = TimeZone::get(&opening.timezone).unwrap_or(TimeZone::UTC);
    let Some(hours) = week::saved(&opening.hours) else { return Ok(Vec::new()) };
    of(edge, customer, zone, hours, &opening.blocked).await
}

/// Those to come that are outside these hours, the next one first.
pub async fn of(
    edge: &Edge,
    customer: CustomerId,
    zone: TimeZone,
    hours: WeeklyHours,
    blocked: &[BlockedDate],
) -> Result<Vec<Appointment>, Problem> {
    let standing = appointments::Filter {
        from: Some(edge.clock.now()),
        status: Some(Status::Scheduled),
        ..appointments::Filter::default()
    };
    let standing = appointments::page(&edge.store, customer, &standing, Order::Ascending, LOOKED_AT).await?;
    let mut calendar = Calendar::new(zone, hours, BookingRules::default());
    for date in blocked {
        calendar.block(date.date, None);
    }
    let is_outside = |one: &Appointment| !calendar.is_within_hours(one.start, one.end);
    Ok(standing.items.into_iter().filter(is_outside).collect())
}
