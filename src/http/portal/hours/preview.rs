//! A calendar with a week that is not saved: what its slots would be, by the rule that calls go through.

use actors::store::calendar::BlockedDate;
use actors::store::{appointments, settings};
use domain::calendar::{Calendar, WeeklyHours};
use domain::ids::CustomerId;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

use crate::http::Edge;
use crate::http::problem::Problem;

/// What is held, blocked and set stays as it is; and how long an appointment is by default.
pub async fn calendar(
    edge: &Edge,
    customer: CustomerId,
    zone: TimeZone,
    hours: WeeklyHours,
    blocked: &[BlockedDate],
    day: Date,
) -> Result<(Calendar, u32), Problem> {
    let account = settings::account(&edge.store, customer).await?.ok_or_else(Problem::internal)?;
    let rules = account.settings.booking;
    let minutes = rules.default_duration_minutes;
    // A day to each side holds every buffer.
    let edge_of = |days: i64| -> Timestamp {
        let date = day.saturating_add(Span::new().days(days));
        date.to_zoned(zone.clone()).map_or(Timestamp::MAX, |begins| begins.timestamp())
    };
    let standing = appointments::between(&edge.store, customer, edge_of(-1), edge_of(2)).await?;
    let mut calendar = Calendar::new(zone, hours, rules);
    for date in blocked {
        calendar.block(date.date, None);
    }
    for one in standing.iter().filter(|one| one.holds_its_time()) {
        calendar.hold(one.start, one.end);
    }
    Ok((calendar, minutes))
}
