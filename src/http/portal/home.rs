//! The first page, and on a phone the rest of the menu.

use std::sync::Arc;

use actors::store::appointments::{self, Order};
use actors::store::calls::{self, Filter};
use axum::extract::State;
use axum::response::Response;
use domain::appointments::Status;
use domain::page::PageRequest;
use domain::period::Period;
use domain::users::Action;
use views::home::Home;

use super::calls::lines;
use super::viewing::Viewing;
use crate::http::Edge;
use crate::http::api::calls::scope;
use crate::http::pages::see;
use crate::http::problem::Problem;

/// Calls and appointments shown.
const SHOWN: u32 = 5;

/// What happened today and what comes next. Whoever belongs to no business has an account only.
pub async fn show(State(edge): State<Arc<Edge>>, viewing: Viewing) -> Result<Response, Problem> {
    let who = &viewing.who;
    if who.viewer.customer().is_none() {
        return Ok(see("/account"));
    }
    let customer = who.member(Action::ViewOwnCalls)?;
    let (now, scope) = (edge.clock.now(), scope(who));
    let first = PageRequest::new(None, Some(SHOWN)).map_err(|_| Problem::internal())?;
    let today = Filter { period: Period::day_of(now, &viewing.zone), ..Filter::default() };
    // Only how many there are.
    let one = PageRequest::new(None, Some(1)).map_err(|_| Problem::internal())?;
    let today = calls::page(&edge.store, customer, &scope, &today, one).await?;
    let latest = calls::page(&edge.store, customer, &scope, &Filter::default(), first).await?;
    let latest = lines(&edge, customer, latest.items, who.viewer.may(Action::ViewBilling)).await?;
    let next = match who.viewer.may(Action::ViewCalendar) {
        true => {
            let standing = appointments::Filter {
                from: Some(now),
                status: Some(Status::Scheduled),
                ..appointments::Filter::default()
            };
            let next = appointments::page(&edge.store, customer, &standing, Order::Ascending, first).await?;
            Some(next.items)
        }
        false => None,
    };
    let home = Home {
        hour: now.to_zoned(viewing.zone.clone()).hour(),
        calls_today: today.total,
        latest: &latest,
        next: next.as_deref(),
        zone: &viewing.zone,
        currency: &edge.currency,
    };
    let frame = viewing.frame(&edge).await?;
    Ok(viewing.page(&edge, views::home::page(&frame, &home)))
}

/// What has no place among the tabs of a phone.
pub async fn more(State(edge): State<Arc<Edge>>, viewing: Viewing) -> Result<Response, Problem> {
    let frame = viewing.frame(&edge).await?;
    Ok(viewing.page(&edge, views::home::more(&frame)))
}
