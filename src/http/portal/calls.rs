//! Calls: the list with its search and filters, and each call on a page of its own.

mod detail;
mod narrowing;
mod now;

use std::collections::BTreeSet;
use std::sync::Arc;

use actors::store::callers;
use actors::store::calls::{self, CallLine, Hit, Scope};
use axum::extract::State;
use axum::response::Response;
use domain::calls::Status;
use domain::ids::{CallId, CustomerId};
use domain::phone;
use domain::search;
use domain::users::Action;
use views::calls::list::{Calls, Totals, page};
use views::calls::{Caller, Line};

pub use self::detail::{assign, show};
use self::narrowing::{Asked, Narrowing};
pub use self::now::on_the_phone;
use super::viewing::Viewing;
use crate::http::Edge;
use crate::http::api::calls::scope;
use crate::http::problem::Problem;
use crate::http::query::Query;

/// The list, narrowed as asked; a filter that makes no sense is left out, and said to be.
pub async fn list(
    State(edge): State<Arc<Edge>>,
    viewing: Viewing,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let customer = viewing.who.member(Action::ViewOwnCalls)?;
    let narrowing = Narrowing::read(&asked, &viewing.zone);
    let shows_costs = viewing.who.viewer.may(Action::ViewBilling);
    let (scope, filter, request) = (scope(&viewing.who), &narrowing.filter, narrowing.request);
    let found = match &narrowing.wanted {
        None => {
            let found = calls::page(&edge.store, customer, &scope, filter, request).await?;
            found.map(|found| line(found, shows_costs))
        }
        Some(wanted) => {
            let found = calls::search(&edge.store, customer, &scope, filter, wanted, request).await?;
            found.map(|found| hit(found, wanted, shows_costs))
        }
    };
    let totals = match scope {
        Scope::All if found.total_is_exact && narrowing.is_summed_up() => {
            let totals = calls::totals(&edge.store, customer, filter).await?;
            Some(Totals { seconds: totals.duration_seconds, cost: shows_costs.then_some(totals.cost) })
        }
        _ => None,
    };
    let pager = narrowing.pager(&found);
    let mut lines = found.items;
    complete(&edge, customer, &mut lines).await?;
    let shown = Calls {
        lines: &lines,
        now: &on_the_phone(&edge, &viewing, customer).await?,
        pager: &pager,
        totals,
        typed: asked.typed(),
        chips: &narrowing.chips(),
        complaints: &narrowing.complaints,
        sees_all: viewing.who.viewer.may(Action::ViewAllCalls),
        zone: &viewing.zone,
        currency: &edge.currency,
    };
    let frame = viewing.frame(&edge).await?;
    Ok(viewing.page(&edge, page(&frame, &shown)))
}

/// These calls as a table shows them.
pub(super) async fn lines(
    edge: &Edge,
    customer: CustomerId,
    found: Vec<CallLine>,
    shows_costs: bool,
) -> Result<Vec<Line>, Problem> {
    let mut lines: Vec<Line> = found.into_iter().map(|found| line(found, shows_costs)).collect();
    complete(edge, customer, &mut lines).await?;
    Ok(lines)
}

/// What appointments say of these calls: which were booked in them, and who has the number.
pub(super) async fn complete(edge: &Edge, customer: CustomerId, lines: &mut [Line]) -> Result<(), Problem> {
    let ids: Vec<CallId> = lines.iter().map(|line| line.id).collect();
    let numbers = lines.iter().filter_map(|line| line.caller.number.clone());
    let numbers: BTreeSet<String> = numbers.filter(|number| phone::names_a_caller(number)).collect();
    let booked = calls::booked_in(&edge.store, customer, &ids).await?;
    let names = callers::names(&edge.store, customer, numbers.into_iter().collect()).await?;
    for line in lines {
        line.is_booked = booked.contains(&line.id);
        line.caller.guest = line.caller.number.as_ref().and_then(|number| names.get(number)).cloned();
    }
    Ok(())
}

/// A call with where in it the words were found; costs are for those who may see them.
pub(super) fn hit(hit: Hit, wanted: &search::Query, shows_costs: bool) -> Line {
    let summary = hit.line.summary.clone().unwrap_or_default();
    let line = line(hit.line, shows_costs);
    let number = line.caller.number.as_deref().unwrap_or_default();
    let mut found = wanted.snippet(hit.text.as_deref().unwrap_or_default());
    if found.is_empty() {
        found = wanted.snippet(&summary);
    }
    Line { is_found_by_number: wanted.is_in_number(number), found, ..line }
}

/// As it was read; costs are for those who may see them.
fn line(line: CallLine, shows_costs: bool) -> Line {
    Line {
        id: line.id,
        at: line.start_time.unwrap_or(line.created_at),
        duration_seconds: line.duration_seconds,
        cost: shows_costs.then_some(line.cost),
        score: line.call_score,
        status: line.status.as_deref().and_then(Status::parse),
        is_booked: false,
        needs_review: line.review.is_some(),
        has_recording: line.has_recording,
        summary: line.summary,
        found: Vec::new(),
        is_found_by_number: false,
        caller: caller(&line.direction, &line.channel, line.from_number, line.to_number),
    }
}

/// The person: who called, or who was called.
fn caller(direction: &str, channel: &str, from: Option<String>, to: Option<String>) -> Caller {
    let is_outbound = direction == domain::calls::Direction::Outbound.as_str();
    Caller {
        number: if is_outbound { to } else { from },
        guest: None,
        is_outbound,
        is_web: channel == domain::calls::Channel::Web.as_str(),
    }
}
