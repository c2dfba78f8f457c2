//! The page of opening hours and blocked dates, and what its forms do.

pub(super) mod outside;
mod preview;
pub(super) mod week;

use std::collections::BTreeMap;
use std::sync::Arc;

use actors::error::{Error, Refusal};
use actors::store::calendar;
use axum::extract::State;
use axum::response::Response;
use domain::calendar::WeeklyHours;
use domain::ids::CustomerId;
use domain::retell::functions::AvailabilityArgs;
use domain::users::Action;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Deserialize;
use views::hours::{Blocked, Day, Hours, NewBlocked, Offered, page};

use super::appointments::sentence;
use super::viewing::{Said, Viewing, saying};
use crate::http::Edge;
use crate::http::api::calendar::blocked_dates::REASON_CHARS_MAX;
use crate::http::form::Form;
use crate::http::problem::Problem;
use crate::http::query::Query;
use crate::http::typed;

/// Of which day the slots are shown.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    day: Option<String>,
}

/// The page.
pub async fn show(
    State(edge): State<Arc<Edge>>,
    viewing: Viewing,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let day = asked.day.and_then(|day| day.parse().ok());
    shown(&edge, viewing, Shown { day, ..Shown::default() }).await
}

/// What the page shows beside what is so.
#[derive(Default)]
struct Shown {
    /// Of which day the slots; of today where nothing was said.
    day: Option<Date>,
    /// The week as it was typed.
    typed: Option<Vec<Day>>,
    /// Of the week that it was typed over.
    revision: Option<i64>,
    /// Offers what this week would, instead of the one that is saved.
    unsaved: Option<WeeklyHours>,
    new_blocked: NewBlocked,
    /// Somebody else has saved another week since this one was opened.
    is_overtaken: bool,
}

async fn shown(edge: &Edge, viewing: Viewing, shown: Shown) -> Result<Response, Problem> {
    let tenant = viewing.who.tenant(edge, Action::ViewCalendar).await?;
    let now = edge.clock.now();
    let opening = calendar::opening(&edge.store, tenant.customer()).await?;
    let zone = TimeZone::get(&opening.timezone).unwrap_or(TimeZone::UTC);
    let today = zone.to_datetime(now).date();
    let day = shown.day.unwrap_or(today);
    let is_unsaved = shown.unsaved.is_some();
    let may_change = viewing.who.viewer.may(Action::ManageCalendar);
    let considered = shown.unsaved.clone().or_else(|| week::saved(&opening.hours));
    let outside = match considered.filter(|_| may_change) {
        Some(hours) => outside::of(edge, tenant.customer(), zone.clone(), hours, &opening.blocked).await?,
        None => Vec::new(),
    };
    let offered = match shown.unsaved {
        None => {
            let args = AvailabilityArgs { date: Some(day.to_string()), duration_minutes: None };
            let found = tenant.availability(args).await?;
            let (slots, next, duration_minutes) = (found.slots, found.next_available, found.duration_minutes);
            Offered { day, duration_minutes, slots, next, is_suspended: found.is_suspended, is_unsaved }
        }
        Some(hours) => {
            let (calendar, duration_minutes) =
                preview::calendar(edge, tenant.customer(), zone, hours, &opening.blocked, day).await?;
            let slots = calendar.free_slots(day, duration_minutes, now);
            Offered { day, duration_minutes, slots, next: None, is_suspended: false, is_unsaved }
        }
    };
    let blocked = opening.blocked.into_iter().filter(|blocked| blocked.date >= today);
    let blocked: Vec<Blocked> =
        blocked.map(|calendar::BlockedDate { id, date, reason }| Blocked { id, date, reason }).collect();
    let hours = Hours {
        timezone: &opening.timezone,
        days: &shown.typed.unwrap_or_else(|| week::days(&opening.hours)),
        blocked: &blocked,
        new_blocked: &shown.new_blocked,
        offered: &offered,
        outside: &outside,
        revision: shown.revision.unwrap_or_else(|| week::revision(&opening.hours)),
        is_overtaken: shown.is_overtaken,
        zone: &viewing.zone,
        may_change,
    };
    let frame = viewing.frame(edge).await?;
    Ok(viewing.page(edge, page(&frame, &hours)))
}

/// Opens the week as typed; where a row makes no sense the page says so at the row.
pub async fn set(
    State(edge): State<Arc<Edge>>,
    viewing: Viewing,
    Form(fields): Form<BTreeMap<String, String>>,
) -> Result<Response, Problem> {
    let tenant = viewing.who.tenant(&edge, Action::ManageCalendar).await?;
    match week::read(&fields) {
        Ok((_, days)) if is_overtaken(&edge, tenant.customer(), &fields).await? => {
            let typed = Some(days);
            shown(&edge, viewing, Shown { typed, is_overtaken: true, ..Shown::default() }).await
        }
        Ok((hours, _)) => {
            tenant.set_hours(hours).await?;
            Ok(saying(&edge, Said::HoursSaved, "/hours"))
        }
        Err(days) => {
            let (typed, revision) = (Some(days), revision(&fields));
            shown(&edge, viewing, Shown { typed, revision, ..Shown::default() }).await
        }
    }
}

/// Whether the week is another than the one that the form was made from.
async fn is_overtaken(
    edge: &Edge,
    customer: CustomerId,
    fields: &BTreeMap<String, String>,
) -> Result<bool, Problem> {
    let Some(seen) = revision(fields) else { return Ok(false) };
    let opening = calendar::opening(&edge.store, customer).await?;
    Ok(week::revision(&opening.hours) != seen)
}

/// Which week the form was made from.
fn revision(fields: &BTreeMap<String, String>) -> Option<i64> {
    fields.get("revision")?.parse().ok()
}

/// Shows what callers would be offered with the week as typed, and saves nothing.
pub async fn preview(
    State(edge): State<Arc<Edge>>,
    viewing: Viewing,
    Form(fields): Form<BTreeMap<String, String>>,
) -> Result<Response, Problem> {
    viewing.who.member(Action::ManageCalendar)?;
    let day = fields.get("day").and_then(|day| day.parse().ok());
    let (typed, unsaved) = match week::read(&fields) {
        Ok((hours, days)) => (days, Some(hours)),
        Err(days) => (days, None),
    };
    let (typed, revision) = (Some(typed), revision(&fields));
    shown(&edge, viewing, Shown { day, typed, revision, unsaved, ..Shown::default() }).await
}

/// A date to be blocked.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewDate {
    #[serde(default)]
    date: String,
    #[serde(default)]
    reason: String,
}

/// Blocks a date.
pub async fn block(
    State(edge): State<Arc<Edge>>,
    viewing: Viewing,
    Form(new): Form<NewDate>,
) -> Result<Response, Problem> {
    let tenant = viewing.who.tenant(&edge, Action::ManageCalendar).await?;
    let mut again = NewBlocked { date: new.date, reason: new.reason, ..NewBlocked::default() };
    let reason = typed::text("reason", Some(&again.reason), REASON_CHARS_MAX);
    let date: Option<Date> = again.date.parse().ok();
    match (date, reason) {
        (Some(date), Ok(reason)) => match tenant.block_date(date, reason).await {
            Ok(()) => return Ok(saying(&edge, Said::DateBlocked, "/hours")),
            Err(Error::Refused(Refusal::Block(refusal))) => {
                again.date_error = Some(sentence(&refusal.to_string()));
            }
            Err(error) => return Err(error.into()),
        },
        (date, reason) => {
            again.date_error = date.is_none().then(|| "A date is needed, like 2026-01-31.".to_owned());
            again.reason_error = reason.is_err().then(|| format!("At most {REASON_CHARS_MAX} characters."));
        }
    }
    shown(&edge, viewing, Shown { new_blocked: again, ..Shown::default() }).await
}

/// Which one is meant.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Chosen {
    id: Option<i64>,
}

/// Opens a blocked date again. One that somebody else has opened meanwhile is what was wanted.
pub async fn unblock(
    State(edge): State<Arc<Edge>>,
    viewing: Viewing,
    Form(chosen): Form<Chosen>,
) -> Result<Response, Problem> {
    let tenant = viewing.who.tenant(&edge, Action::ManageCalendar).await?;
    let blocked = calendar::blocked(&edge.store, tenant.customer(), chosen.id.unwrap_or_default()).await?;
    if let Some(blocked) = blocked {
        match tenant.unblock_date(blocked.date).await {
            Ok(()) | Err(Error::Refused(Refusal::NotBlocked)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(saying(&edge, Said::DateOpened, "/hours"))
}
