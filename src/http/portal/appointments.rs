//! Pages of appointments: a list, one of them, a new one. What their forms do is in `change`.

pub mod change;
pub mod resending;
mod typed;

use std::collections::BTreeSet;
use std::sync::Arc;

use actors::error::{Error, Refusal};
use actors::store::appointments::{self as store, Filter, Guest, Order};
use actors::store::calls;
use actors::tenant::Placement;
use axum::extract::State;
use axum::response::Response;
use domain::appointments::{Appointment, Guest as Comer, Status};
use domain::calendar::SlotRefusal;
use domain::ids::{CallId, CustomerId};
use domain::page::PageRequest;
use domain::users::Action;
use jiff::Timestamp;
use serde::Deserialize;
use views::appointments::{Fields, Listed, New, Tab};

use super::viewing::{Said, Viewing, saying};
use super::wall::zone_named;
use crate::http::Edge;
use crate::http::api::appointments::name;
use crate::http::api::calls::scope;
use crate::http::form::Form;
use crate::http::path::Path;
use crate::http::problem::Problem;
use crate::http::query::Query;
use crate::http::typed::QUERY_CHARS_MAX;
use typed::{Typed, slot_refused};

pub use typed::sentence;

/// Rows on a page.
const PER_PAGE: u32 = 25;

/// What a list is narrowed to. What makes no sense is left out, so that an old link still shows a list.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    tab: Option<String>,
    q: Option<String>,
    status: Option<String>,
    page: Option<String>,
}

/// The list.
pub async fn list(
    State(edge): State<Arc<Edge>>,
    viewing: Viewing,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let customer = viewing.who.member(Action::ViewCalendar)?;
    let now = edge.clock.now();
    let tab = match asked.tab.as_deref() {
        Some("past") => Tab::Past,
        Some("cancelled") => Tab::Cancelled,
        _ => Tab::Upcoming,
    };
    let ended = [Status::Scheduled, Status::Completed, Status::NoShow];
    let status =
        ended.into_iter().find(|status| tab == Tab::Past && asked.status.as_deref() == Some(status.as_str()));
    let search: String = asked.q.unwrap_or_default().trim().chars().take(QUERY_CHARS_MAX).collect();
    let filter =
        Filter { guest: (!search.is_empty()).then(|| Guest::parse(&search)), ..filter(tab, status, now) };
    let order = if tab == Tab::Upcoming { Order::Ascending } else { Order::Descending };
    let read = async |number: Option<u32>| {
        let request =
            PageRequest::new(number, Some(PER_PAGE)).unwrap_or(const { PageRequest::first(PER_PAGE) });
        Ok::<_, Problem>(store::page(&edge.store, customer, &filter, order, request).await?)
    };
    let mut page = read(asked.page.and_then(|page| page.parse().ok())).await?;
    // Past the last one, of a list that has become shorter.
    if page.items.is_empty() && page.total > 0 {
        page = read(None).await?;
    }
    let may_change = viewing.who.viewer.may(Action::ManageCalendar);
    let calls = calls_of(&edge, &viewing, customer, &page.items).await?;
    let listed = Listed {
        tab,
        search: &search,
        status,
        page: &page,
        calls: &calls,
        may_change,
        now,
        zone: &viewing.zone,
    };
    let frame = viewing.frame(&edge).await?;
    Ok(viewing.page(&edge, views::appointments::list(&frame, &listed)))
}

/// Those calls in which these were booked that their reader may open. A call is recorded after it.
pub(super) async fn calls_of(
    edge: &Edge,
    viewing: &Viewing,
    customer: CustomerId,
    booked: &[Appointment],
) -> Result<BTreeSet<CallId>, Problem> {
    let calls = booked.iter().filter_map(|appointment| appointment.call);
    Ok(calls::seen(&edge.store, customer, &scope(&viewing.who), calls).await?)
}

fn filter(tab: Tab, status: Option<Status>, now: Timestamp) -> Filter {
    match tab {
        Tab::Upcoming => Filter { from: Some(now), status: Some(Status::Scheduled), ..Filter::default() },
        Tab::Past => {
            let except = Some(Status::Cancelled);
            Filter { to: Some(now), ended_by: Some(now), status, except, ..Filter::default() }
        }
        Tab::Cancelled => Filter { status: Some(Status::Cancelled), ..Filter::default() },
    }
}

/// One.
pub async fn show(
    State(edge): State<Arc<Edge>>,
    viewing: Viewing,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let appointment = found(&edge, &viewing, Action::ViewCalendar, &id).await?;
    change::shown(&edge, viewing, &appointment, None).await
}

/// One of that name, for those who may do this; or a page that says there is none.
async fn found(edge: &Edge, viewing: &Viewing, action: Action, id: &str) -> Result<Appointment, Problem> {
    let customer = viewing.who.member(action)?;
    let found = store::find(&edge.store, customer, name(id)?).await?;
    found.ok_or_else(|| Problem::nothing_of_that_name("appointment"))
}

/// What already stands in the form of a new one: a time that was picked in the calendar.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Picked {
    date: Option<String>,
    time: Option<String>,
    duration_minutes: Option<String>,
    zone: Option<String>,
}

/// The form of a new one.
pub async fn new(
    State(edge): State<Arc<Edge>>,
    viewing: Viewing,
    Query(picked): Query<Picked>,
) -> Result<Response, Problem> {
    viewing.who.member(Action::ManageCalendar)?;
    let zone = zone_named(picked.zone.as_deref(), &viewing.zone);
    let fields = Fields {
        date: picked.date.unwrap_or_default(),
        time: picked.time.unwrap_or_default(),
        duration_minutes: picked.duration_minutes.unwrap_or_default(),
        ..Fields::default()
    };
    let frame = viewing.frame(&edge).await?;
    let new = New { fields: &fields, zone: &zone, in_the_way: None };
    Ok(viewing.page(&edge, views::appointments::new(&frame, &new)))
}

/// Makes one, and leads to it.
pub async fn create(
    State(edge): State<Arc<Edge>>,
    viewing: Viewing,
    Form(typed): Form<Typed>,
) -> Result<Response, Problem> {
    let tenant = viewing.who.tenant(&edge, Action::ManageCalendar).await?;
    let zone = zone_named(typed.zone.as_deref(), &viewing.zone);
    let mut fields = typed.fields();
    let start = typed.start(&zone, &mut fields);
    let minutes = typed.minutes(&mut fields);
    let [guest_name, guest_phone, guest_email, notes] = typed.details(&mut fields);
    let guest = Comer { name: guest_name, phone: guest_phone, email: guest_email };
    if guest == Comer::default() && fields.errors.is_empty() {
        fields.errors.push(("guest_name".to_owned(), "A name, a number or an address is needed.".to_owned()));
    }
    let mut in_the_way = None;
    if let (Some(start), true) = (start, fields.errors.is_empty()) {
        let outside_hours = typed.outside_hours();
        let placement = Placement { start, duration_minutes: minutes, outside_hours, guest, notes };
        match tenant.place(placement).await {
            Ok(made) => {
                return Ok(saying(&edge, Said::AppointmentMade, &format!("/appointments/{}", made.id)));
            }
            Err(Error::Refused(Refusal::Slot(refusal))) => {
                slot_refused(&refusal, &mut fields);
                if refusal == SlotRefusal::Taken {
                    let other = change::there(&edge, tenant.customer(), start, minutes, None).await?;
                    let now = edge.clock.now();
                    in_the_way = Some(views::appointments::taken(other.as_ref(), &fields, &zone, now));
                }
            }
            Err(error) => return Err(error.into()),
        }
    }
    let frame = viewing.frame(&edge).await?;
    let new = New { fields: &fields, zone: &zone, in_the_way };
    Ok(viewing.page(&edge, views::appointments::new(&frame, &new)))
}
