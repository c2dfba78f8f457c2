//! Finds a page, a call or an appointment by a few words.

use std::sync::Arc;

use actors::store::appointments::{self, Guest, Order};
use actors::store::calls::{self, Filter};
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use domain::appointments::Appointment;
use domain::ids::CustomerId;
use domain::page::PageRequest;
use domain::users::Action;
use serde::Deserialize;
use views::calls::Line;
use views::find::{Found, page, results};

use super::calls::{complete, hit, lines};
use super::viewing::Viewing;
use crate::http::Edge;
use crate::http::api::calls::scope;
use crate::http::pages;
use crate::http::problem::Problem;
use crate::http::query::Query;

/// Of each kind so many.
const SHOWN: PageRequest = PageRequest::first(5);
/// What is longer is no name and no number.
const TYPED_CHARS_MAX: usize = 200;
/// Asks for what was found alone.
const PART: &str = "x-part";

/// What is looked for.
#[derive(Deserialize)]
pub struct Asked {
    #[serde(default)]
    q: String,
}

/// The page, or what was found alone.
pub async fn show(
    State(edge): State<Arc<Edge>>,
    viewing: Viewing,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let customer = viewing.who.member(Action::ViewOwnCalls)?;
    let typed: String = asked.q.chars().take(TYPED_CHARS_MAX).collect();
    let may = |action| viewing.who.viewer.may(action);
    // One letter is in everything.
    let is_empty = typed.trim().chars().count() < 2;
    let calls = if is_empty { Vec::new() } else { found_calls(&edge, &viewing, customer, &typed).await? };
    let appointments = match may(Action::ViewCalendar) && !is_empty {
        true => found_appointments(&edge, customer, &typed).await?,
        false => Vec::new(),
    };
    let found = Found {
        typed: &typed,
        calls: &calls,
        appointments: &appointments,
        may_book: may(Action::ManageCalendar),
        zone: &viewing.zone,
    };
    let frame = viewing.frame(&edge).await?;
    if headers.contains_key(PART) {
        return Ok(pages::html(results(&frame, &found).into_string()));
    }
    Ok(viewing.page(&edge, page(&frame, &found)))
}

/// Which keys do what.
pub async fn keys(State(edge): State<Arc<Edge>>, viewing: Viewing) -> Result<Response, Problem> {
    let frame = viewing.frame(&edge).await?;
    Ok(viewing.page(&edge, views::find::keys(&frame)))
}

/// By the caller's number where it reads as one, else by words of what was said.
async fn found_calls(
    edge: &Edge,
    viewing: &Viewing,
    customer: CustomerId,
    typed: &str,
) -> Result<Vec<Line>, Problem> {
    let (scope, shows_costs) = (scope(&viewing.who), viewing.who.viewer.may(Action::ViewBilling));
    if let Guest::Phone(number) = Guest::parse(typed) {
        let filter = Filter { number: Some(number), ..Filter::default() };
        let found = calls::page(&edge.store, customer, &scope, &filter, SHOWN).await?;
        if !found.items.is_empty() {
            return lines(edge, customer, found.items, shows_costs).await;
        }
    }
    let Some(wanted) = domain::search::Query::parse(typed) else { return Ok(Vec::new()) };
    let found = calls::search(&edge.store, customer, &scope, &Filter::default(), &wanted, SHOWN).await?;
    let mut lines: Vec<Line> =
        found.items.into_iter().map(|found| hit(found, &wanted, shows_costs)).collect();
    complete(edge, customer, &mut lines).await?;
    Ok(lines)
}

async fn found_appointments(
    edge: &Edge,
    customer: CustomerId,
    typed: &str,
) -> Result<Vec<Appointment>, Problem> {
    let filter = appointments::Filter { guest: Some(Guest::parse(typed)), ..appointments::Filter::default() };
    Ok(appointments::first(&edge.store, customer, &filter, Order::Descending, SHOWN).await?)
}
