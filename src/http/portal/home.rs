//! The first page, and on a phone the rest of the menu.

mod money;
mod waiting;

use std::sync::Arc;

use actors::store::appointments::{self, Order};
use actors::store::arrivals::{self, Arrival, Kind};
use actors::store::calls::{self, Filter, Scope};
use actors::store::{billing, calendar};
use axum::extract::State;
use axum::response::Response;
use domain::appointments::{Appointment, Status};
use domain::billing::EntryType;
use domain::calendar::WeeklyHours;
use domain::calls::Volume;
use domain::ids::CustomerId;
use domain::page::PageRequest;
use domain::period::Period;
use domain::users::Action;
use jiff::{SignedDuration, Timestamp};
use views::home::{Checklist, Home, Kpis, Last};

use super::calls::{lines, on_the_phone};
use super::hours::week;
use super::viewing::Viewing;
use crate::http::Edge;
use crate::http::api::calls::scope;
use crate::http::api::listing::zone_of;
use crate::http::pages::see;
use crate::http::problem::Problem;

/// Calls and appointments shown.
const SHOWN: PageRequest = PageRequest::first(5);
/// Days of which the mean score is shown, beside as many before.
const SCORE_DAYS: i64 = 7;

/// What happened today, what waits and what comes next. Whoever belongs to no business has an account
/// only.
pub async fn show(State(edge): State<Arc<Edge>>, viewing: Viewing) -> Result<Response, Problem> {
    let who = &viewing.who;
    if who.viewer.customer().is_none() {
        return Ok(see("/account"));
    }
    let customer = who.member(Action::ViewOwnCalls)?;
    let may = |action| who.viewer.may(action);
    let (now, zone, scope) = (edge.clock.now(), &viewing.zone, scope(who));
    let today = Period::day_of(now, zone);
    // Two at a time: of the four reads that a customer has at once, others want some.
    let telephone = async {
        let begun = calls::begun(&edge.store, customer, &scope, &Volume::days(now, zone)).await?;
        let [from, middle] = [2, 1].map(|times| now - SignedDuration::from_hours(24 * SCORE_DAYS * times));
        let weeks =
            [Period { from: Some(middle), until: None }, Period { from: Some(from), until: Some(middle) }];
        let scores = calls::scores(&edge.store, customer, &scope, weeks).await?;
        let latest = calls::page(&edge.store, customer, &scope, &Filter::default(), SHOWN).await?;
        let latest = lines(&edge, customer, latest.items, may(Action::ViewBilling)).await?;
        let booked = match today.from {
            Some(since) => booked(&edge, customer, &scope, since).await?,
            None => 0,
        };
        Ok::<_, Problem>((Volume::of(&begun, now, zone), scores, latest, booked))
    };
    let business = async {
        let arrivals = match may(Action::ViewSettings) {
            true => arrivals::of(&edge.store, customer).await?,
            false => Vec::new(),
        };
        let spending = match may(Action::ViewBilling) {
            true => Some(money::read(&edge, customer, &zone_of(who), now).await?),
            false => None,
        };
        let checklist = match may(Action::ViewSettings) {
            true => Some(checklist(&edge, customer, &arrivals).await?).filter(|steps| !steps.is_done()),
            false => None,
        };
        let next = match may(Action::ViewCalendar) {
            true => Some(standing(&edge, customer, Period { from: Some(now), until: None }).await?.0),
            false => None,
        };
        let waiting = waiting::Waiting::read(&edge, who, customer, &arrivals).await?;
        Ok::<_, Problem>((spending, checklist, next, waiting))
    };
    let ((volume, scores, latest, booked), (spending, checklist, next, waiting)) =
        tokio::try_join!(telephone, business)?;
    let balance = spending.as_ref().map(|spending| &spending.balance);
    let last = match &spending {
        Some(spending) => Last::Spent { spent: spending.spent, expected: spending.expected },
        None => Last::Appointments(standing(&edge, customer, today).await?.1),
    };
    let local = now.to_zoned(zone.clone());
    let home = Home {
        hour: local.hour(),
        kpis: Kpis {
            calls: volume.calls_today(),
            usual_by_now: volume.usual_by_now,
            weekday: &local.strftime("%A").to_string(),
            booked,
            scores,
            last,
            currency: &edge.currency,
        },
        now: &on_the_phone(&edge, &viewing, customer).await?,
        volume: &volume,
        attention: &waiting.shown(balance),
        checklist: checklist.as_ref(),
        balance,
        latest: &latest,
        next: next.as_deref(),
        may_book: may(Action::ManageCalendar),
        zone,
        currency: &edge.currency,
    };
    let frame = viewing.frame(&edge).await?;
    Ok(viewing.page(&edge, views::home::page(&frame, &home)))
}

/// How many appointments were booked since an instant in calls that this viewer sees.
async fn booked(
    edge: &Edge,
    customer: CustomerId,
    scope: &Scope,
    since: Timestamp,
) -> Result<usize, Problem> {
    let calls = appointments::booked_since(&edge.store, customer, since).await?;
    if *scope == Scope::All {
        return Ok(calls.len());
    }
    let seen = calls::seen(&edge.store, customer, scope, calls.iter().copied()).await?;
    Ok(calls.iter().filter(|call| seen.contains(call)).count())
}

/// The first appointments of a period that stand, and how many there are.
async fn standing(
    edge: &Edge,
    customer: CustomerId,
    period: Period,
) -> Result<(Vec<Appointment>, i64), Problem> {
    let standing = appointments::Filter {
        from: period.from,
        to: period.until,
        status: Some(Status::Scheduled),
        ..appointments::Filter::default()
    };
    let page = appointments::page(&edge.store, customer, &standing, Order::Ascending, SHOWN).await?;
    Ok((page.items, page.total))
}

/// The first steps, and what was seen of them. Who has calls has hours that suit.
async fn checklist(edge: &Edge, customer: CustomerId, arrivals: &[Arrival]) -> Result<Checklist, Problem> {
    let last = |kind| arrivals.iter().find(|arrival| arrival.kind == kind).map(|arrival| arrival.at);
    let has_hours = last(Kind::Event).is_some() || {
        let opening = calendar::opening(&edge.store, customer).await?;
        week::saved(&opening.hours) != Some(WeeklyHours::standard())
    };
    let credits = billing::Filter { entry_type: Some(EntryType::Credit), ..billing::Filter::default() };
    let credits = billing::counted(&edge.store, customer, &credits, 1).await?;
    Ok(Checklist {
        has_hours,
        event: last(Kind::Event),
        signed: last(Kind::Signed),
        function: last(Kind::Function),
        has_credit: credits > 0,
    })
}

/// What has no place among the tabs of a phone.
pub async fn more(State(edge): State<Arc<Edge>>, viewing: Viewing) -> Result<Response, Problem> {
    let frame = viewing.frame(&edge).await?;
    Ok(viewing.page(&edge, views::home::more(&frame)))
}
