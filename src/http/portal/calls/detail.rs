//! One call, and giving it to somebody.

use std::sync::Arc;

use actors::store::calls::{self, Assigned, CallRecord, Filter, Name};
use actors::store::{appointments, users};
use axum::extract::State;
use axum::response::Response;
use domain::appointments::Appointment;
use domain::calls::{Conversation, Insight};
use domain::ids::{CustomerId, UserId};
use domain::page::{PER_PAGE_MAX, PageRequest};
use domain::phone;
use domain::users::Action;
use serde::Deserialize;
use views::calls::Line;
use views::calls::detail::{Assignment, Call, Charge, page};

use super::{complete, line};
use crate::http::Edge;
use crate::http::api::calls::scope;
use crate::http::form::Form;
use crate::http::path::Path;
use crate::http::portal::viewing::{Said, Viewing, saying};
use crate::http::problem::Problem;

/// Appointments of one call that are shown.
const BOOKED_MAX: usize = 10;
/// Other calls of the same number that are shown.
const OTHERS_MAX: usize = 5;

/// The page of a call.
pub async fn show(
    State(edge): State<Arc<Edge>>,
    viewing: Viewing,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let customer = viewing.who.member(Action::ViewOwnCalls)?;
    shown(&edge, viewing, customer, &Name::parse(&id), None).await
}

async fn shown(
    edge: &Edge,
    viewing: Viewing,
    customer: CustomerId,
    name: &Name,
    assign_error: Option<&str>,
) -> Result<Response, Problem> {
    let may = |action| viewing.who.viewer.may(action);
    let record = calls::find(&edge.store, customer, &scope(&viewing.who), name).await?;
    let record = record.ok_or_else(|| Problem::nothing_of_that_name("call"))?;
    let appointments = booked(edge, customer, &record).await?;
    let neighbours = match record.line.start_time {
        // Whoever sees some calls only would have to be led past all the others.
        Some(start) if may(Action::ViewAllCalls) => {
            calls::neighbours(&edge.store, customer, record.line.id, start).await?
        }
        _ => (None, None),
    };
    let people = if may(Action::AssignCalls) { people(edge, customer).await? } else { Vec::new() };
    let assignee = record.line.assignee.as_ref().map_or(String::new(), |user| user.0.clone());
    let assignment = Assignment { people: &people, current: &assignee, error: assign_error };
    let conversation = Conversation::read(record.transcript.as_deref(), record.turns.as_deref());
    let insight = Insight::read(record.analysis.as_ref(), record.improvement_recommendations.as_ref());
    let charge = Charge {
        billable_seconds: u32::try_from(record.billable_seconds).unwrap_or_default(),
        rate: record.rate_per_minute,
        cost: record.line.cost,
    };
    let (from, to) = (record.line.from_number.clone(), record.line.to_number.clone());
    let (review, retell_call_id) = (record.line.review.clone(), record.line.retell_call_id.clone());
    let mut this = [line(record.line, may(Action::ViewBilling))];
    complete(edge, customer, &mut this).await?;
    let [this] = this;
    let number = from.as_deref().filter(|number| !this.caller.is_outbound && phone::names_a_caller(number));
    let others = match number {
        Some(number) => others(edge, &viewing, customer, number, &this).await?,
        None => Vec::new(),
    };
    let all_of_number = number.map(all_of_number);
    let call = Call {
        retell_call_id: &retell_call_id,
        review: review.as_deref(),
        ended_by: record.disconnection_reason.as_deref(),
        business_number: if this.caller.is_outbound { from.as_deref() } else { to.as_deref() },
        conversation: &conversation,
        insight: &insight,
        charge: may(Action::ViewBilling).then_some(charge),
        appointments: &appointments,
        others: &others,
        all_of_number: all_of_number.as_deref(),
        assignment: may(Action::AssignCalls).then_some(&assignment),
        may_download: may(Action::DownloadRecording),
        neighbours,
        zone: &viewing.zone,
        currency: &edge.currency,
        line: &this,
    };
    let frame = viewing.frame(edge).await?;
    Ok(viewing.page(edge, page(&frame, &call)))
}

async fn booked(edge: &Edge, customer: CustomerId, record: &CallRecord) -> Result<Vec<Appointment>, Problem> {
    let mut booked = Vec::new();
    for id in record.appointments.iter().take(BOOKED_MAX) {
        booked.extend(appointments::find(&edge.store, customer, *id).await?);
    }
    Ok(booked)
}

/// To whom a call can be given.
async fn people(edge: &Edge, customer: CustomerId) -> Result<Vec<(String, String)>, Problem> {
    const PEOPLE: PageRequest = PageRequest::first(PER_PAGE_MAX);
    let people = users::list(&edge.store, customer, None, PEOPLE).await?;
    let named = |user: users::User| {
        let name = if user.full_name.is_empty() { user.email } else { user.full_name };
        (user.id.0, name)
    };
    Ok(people.items.into_iter().map(named).collect())
}

/// Of the same number, as far as this viewer sees them.
async fn others(
    edge: &Edge,
    viewing: &Viewing,
    customer: CustomerId,
    number: &str,
    this: &Line,
) -> Result<Vec<Line>, Problem> {
    let filter = Filter { number: Some(number.to_owned()), ..Filter::default() };
    let rows = u32::try_from(OTHERS_MAX + 1).ok();
    let request = PageRequest::new(None, rows).map_err(|_| Problem::internal())?;
    let found = calls::page(&edge.store, customer, &scope(&viewing.who), &filter, request).await?;
    let others = found.items.into_iter().map(|found| line(found, false));
    Ok(others.filter(|other| other.id != this.id).take(OTHERS_MAX).collect())
}

fn all_of_number(number: &str) -> String {
    let query = form_urlencoded::Serializer::new(String::new()).append_pair("number", number).finish();
    format!("/calls?{query}")
}

/// To whom a call is given; nobody in particular without.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Chosen {
    user_id: Option<String>,
}

/// Gives a call to a user, or back to whoever has its agent or number.
pub async fn assign(
    State(edge): State<Arc<Edge>>,
    viewing: Viewing,
    Path(id): Path<String>,
    Form(chosen): Form<Chosen>,
) -> Result<Response, Problem> {
    let customer = viewing.who.member(Action::AssignCalls)?;
    let (name, author, now) = (Name::parse(&id), viewing.who.author(), edge.clock.now());
    let user = chosen.user_id.map(UserId);
    match edge.tenants.give_call(customer, &name, user.as_ref(), &author, now).await? {
        Assigned::Done => Ok(saying(&edge, Said::CallAssigned, &format!("/calls/{}", path_of(&name)))),
        Assigned::UnknownCall => Err(Problem::nothing_of_that_name("call")),
        Assigned::UnknownUser => {
            let error = Some("There is no such user any more. Please choose another.");
            shown(&edge, viewing, customer, &name, error).await
        }
    }
}

/// Retell's names may hold anything.
fn path_of(name: &Name) -> String {
    match name {
        Name::Ours(id) => id.to_string(),
        Name::Retells(name) => {
            form_urlencoded::byte_serialize(name.as_bytes()).collect::<String>().replace('+', "%20")
        }
    }
}
