//! Calls: listed, searched, read, given to somebody.

mod call;
mod turn;

use std::sync::Arc;

use actors::store::calls::{self, Assigned, Filter, Name, Scope};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use domain::calls::Status;
use domain::ids::UserId;
use domain::search::{self, Piece};
use domain::users::Action;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::listing::{Listing, PageQuery, PeriodQuery};
use super::recordings::signed;
use crate::http::Edge;
use crate::http::json;
use crate::http::path::Path;
use crate::http::problem::{Problem, Problems};
use crate::http::query::Queries;
use crate::http::session::SignedIn;
use crate::http::typed;
use crate::recordings::OBJECT_LINK_LIFE;
use call::{Call, CallDetail, CallStatus, Hit, SnippetPiece};

/// What a list is narrowed to.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListQuery {
    /// The caller's number.
    #[param(max_length = 50, example = "+15550100123")]
    number: Option<String>,
    status: Option<CallStatus>,
    /// Only those that a person should look at.
    needs_review: Option<bool>,
}

/// What is looked for, and what the hits are narrowed to.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct SearchQuery {
    /// Beginnings of words, or any four digits of a number.
    #[param(min_length = 1, max_length = 200, example = "appointment")]
    q: String,
    status: Option<CallStatus>,
}

/// List calls
///
/// The newest first; of a period those that began in it. Users who may not see all calls get those of their agents and called numbers
/// and those given to them.
#[utoipa::path(get, path = "/api/calls", tag = "Calls", security(("token" = []), ("session" = [])),
    params(ListQuery, PageQuery, PeriodQuery), responses((status = 200, body = Listing<Call>), Problems)
)]
pub async fn list(
    State(edge): State<Arc<Edge>>,
    who: SignedIn,
    Queries((asked, page, period)): Queries<(ListQuery, PageQuery, PeriodQuery)>,
) -> Result<Json<Listing<Call>>, Problem> {
    let customer = who.member(Action::ViewOwnCalls)?;
    let period = period.period(&who)?;
    typed::at_most("number", asked.number.as_deref(), typed::PHONE_CHARS_MAX)?;
    let filter = Filter {
        period,
        number: asked.number.as_deref().and_then(domain::phone::normalize),
        status: asked.status.map(Status::from),
        needs_review: asked.needs_review.unwrap_or_default(),
    };
    let request = page.request()?;
    let found = calls::page(&edge.store, customer, &scope(&who), &filter, request).await?;
    let shows_costs = who.viewer.may(Action::ViewBilling);
    Ok(Json(found.map(|line| Call::of(line, shows_costs)).into()))
}

/// Search calls
///
/// By beginnings of words in what was said, by Retell's name, by any four digits of a number; the
/// newest first, at most a thousand; of a period those that began in it.
#[utoipa::path(get, path = "/api/calls/search", operation_id = "searchCalls", tag = "Calls", security(("token" = []), ("session" = [])),
    params(SearchQuery, PageQuery, PeriodQuery), responses((status = 200, body = Listing<Hit>), Problems)
)]
pub async fn search(
    State(edge): State<Arc<Edge>>,
    who: SignedIn,
    Queries((asked, page, period)): Queries<(SearchQuery, PageQuery, PeriodQuery)>,
) -> Result<Json<Listing<Hit>>, Problem> {
    let customer = who.member(Action::ViewOwnCalls)?;
    typed::at_most("q", Some(&asked.q), typed::QUERY_CHARS_MAX)?;
    let wanted = search::Query::parse(&asked.q)
        .ok_or_else(|| Problem::invalid_field("q", "there is no word to look for"))?;
    let period = period.period(&who)?;
    let filter = Filter { period, status: asked.status.map(Status::from), ..Filter::default() };
    let request = page.request()?;
    let found = calls::search(&edge.store, customer, &scope(&who), &filter, &wanted, request).await?;
    let shows_costs = who.viewer.may(Action::ViewBilling);
    let found = found.map(|hit| Hit {
        call: Call::of(hit.line, shows_costs),
        snippet: wanted.snippet(hit.text.as_deref().unwrap_or_default()).into_iter().map(piece).collect(),
    });
    Ok(Json(found.into()))
}

fn piece(Piece { text, is_hit }: Piece) -> SnippetPiece {
    SnippetPiece { text, is_hit }
}

/// Read a call
///
/// By our name of it or by Retell's.
#[utoipa::path(get, path = "/api/calls/{id}", tag = "Calls", security(("token" = []), ("session" = [])),
    params(("id" = String, Path, description = "`call_12`, or Retell's", example = "call_12")),
    responses((status = 200, body = CallDetail), Problems)
)]
pub async fn show(
    State(edge): State<Arc<Edge>>,
    who: SignedIn,
    Path(id): Path<String>,
) -> Result<Json<CallDetail>, Problem> {
    let customer = who.member(Action::ViewOwnCalls)?;
    let record = calls::find(&edge.store, customer, &scope(&who), &Name::parse(&id)).await?;
    let record = record.ok_or_else(|| Problem::nothing_of_that_name("call"))?;
    let link = record.line.has_recording.then(|| signed(&edge, customer, record.line.id, OBJECT_LINK_LIFE).0);
    Ok(Json(CallDetail::of(record, who.viewer.may(Action::ViewBilling), link)))
}

/// To whom a call is given.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Assignee {
    /// `null` gives it back to the users of its agent and called number.
    #[serde(deserialize_with = "json::present")]
    #[schema(required, example = "usr_5x7k3q")]
    user_id: Option<String>,
}

/// Give a call to a user
///
/// Users who do not see all calls then see it only if it is theirs. For admins.
#[utoipa::path(put, path = "/api/calls/{id}/assignee", operation_id = "assignCall", tag = "Calls",
    security(("token" = []), ("session" = [])), request_body = Assignee,
    params(("id" = String, Path, description = "`call_12`, or Retell's", example = "call_12")),
    responses((status = 204, description = "it is theirs"), Problems)
)]
pub async fn assign(
    State(edge): State<Arc<Edge>>,
    who: SignedIn,
    Path(id): Path<String>,
    json::Json(assignee): json::Json<Assignee>,
) -> Result<StatusCode, Problem> {
    let customer = who.member(Action::AssignCalls)?;
    let user = assignee.user_id.map(UserId);
    let (name, author, now) = (Name::parse(&id), who.author(), edge.clock.now());
    match edge.tenants.give_call(customer, &name, user.as_ref(), &author, now).await? {
        Assigned::Done => Ok(StatusCode::NO_CONTENT),
        Assigned::UnknownCall => Err(Problem::nothing_of_that_name("call")),
        Assigned::UnknownUser => Err(Problem::invalid_field("user_id", "there is no such user")),
    }
}

/// Which calls this viewer sees.
pub fn scope(who: &SignedIn) -> Scope {
    if who.viewer.may(Action::ViewAllCalls) { Scope::All } else { Scope::Of(who.person.user.clone()) }
}
