//! The pages of the team: a list, one of them, an invitation. What their forms do is in `change`.

pub mod change;
mod typed;

use std::sync::Arc;

use actors::store::users::{self, User};
use axum::extract::State;
use axum::response::Response;
use domain::ids::CustomerId;
use domain::page::{PER_PAGE, PageRequest};
use domain::users::{Action, UserStatus, Viewer};
use serde::Deserialize;
use views::parts::Pager;
use views::users::{Fields, Listed, Member, New, Opened};

use super::viewing::Viewing;
use crate::http::Edge;
use crate::http::api::users::{named, nobody};
use crate::http::path::Path;
use crate::http::problem::Problem;
use crate::http::query::Query;

/// Where no other page is asked for.
const FIRST: PageRequest = PageRequest::first(PER_PAGE);

/// Which of them. What makes no sense is left out.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    show: Option<String>,
    page: Option<String>,
}

/// The list.
pub async fn list(
    State(edge): State<Arc<Edge>>,
    viewing: Viewing,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let customer = viewing.who.member(Action::ViewUsers)?;
    let is_removed = asked.show.as_deref() == Some("removed");
    let status = is_removed.then_some(UserStatus::Disabled);
    let number = asked.page.and_then(|page| page.parse().ok());
    let request = PageRequest::new(number, Some(PER_PAGE)).unwrap_or(FIRST);
    let page = users::list(&edge.store, customer, status, request).await?;
    let address = |page: u32| format!("/users?{}page={page}", if is_removed { "show=removed&" } else { "" });
    let pager = Pager::of(&page, address);
    let members: Vec<Member> = page.items.into_iter().map(|user| member(&viewing, customer, user)).collect();
    let may_change = viewing.who.viewer.may(Action::ManageUsers);
    let listed = Listed { members: &members, pager, is_removed, may_change, zone: &viewing.zone };
    let frame = viewing.frame(&edge).await?;
    Ok(viewing.page(&edge, views::users::list(&frame, &listed)))
}

/// One.
pub async fn show(
    State(edge): State<Arc<Edge>>,
    viewing: Viewing,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let customer = viewing.who.member(Action::ViewUsers)?;
    let user = found(&edge, customer, id).await?;
    let fields = typed::as_they_are(&user);
    let page = opened(&edge, &viewing, user, &fields, None).await?;
    Ok(viewing.page(&edge, page))
}

/// One of that name, or a page that says there is none.
async fn found(edge: &Edge, customer: CustomerId, id: String) -> Result<User, Problem> {
    users::get(&edge.store, customer, &named(id)?).await?.ok_or_else(nobody)
}

/// The page of one, with this in its form.
async fn opened(
    edge: &Edge,
    viewing: &Viewing,
    user: User,
    fields: &Fields,
    refusal: Option<&str>,
) -> Result<String, Problem> {
    let member = member(viewing, viewing.who.customer()?, user);
    let may_change = viewing.who.viewer.may(Action::ManageUsers);
    let opened = Opened { member: &member, fields, refusal, may_change, zone: &viewing.zone };
    Ok(views::users::member(&viewing.frame(edge).await?, &opened))
}

/// The form of an invitation. Nobody sees or does more than was chosen: it begins with the least.
pub async fn new(State(edge): State<Arc<Edge>>, viewing: Viewing) -> Result<Response, Problem> {
    viewing.who.member(Action::ManageUsers)?;
    let fields = Fields { role: Some(domain::users::Role::User), ..Fields::default() };
    let frame = viewing.frame(&edge).await?;
    Ok(viewing.page(&edge, views::users::new(&frame, &New { fields: &fields })))
}

fn member(viewing: &Viewing, customer: CustomerId, user: User) -> Member {
    let (role, permissions) = (user.role, user.permissions);
    let rights = rights(&Viewer::Member { customer, role, permissions, is_suspended: false });
    Member {
        is_reader: viewing.who.person.user == user.id,
        id: user.id.0,
        name: user.full_name,
        email: user.email,
        role,
        status: user.status,
        rights,
        last_login: user.last_login,
        created_at: user.created_at,
    }
}

/// What somebody may do, in sentences: what the policy says, and not what is ticked.
fn rights(viewer: &Viewer) -> Vec<&'static str> {
    let sentences = [
        (Action::DownloadRecording, "Can download recordings"),
        (Action::ManageCalendar, "Manages the calendar"),
        (Action::ViewBilling, "Sees billing"),
        (Action::ManageUsers, "Manages team and settings"),
    ];
    let all = viewer.may(Action::ViewAllCalls);
    let calls = if all { "Sees all calls" } else { "Sees only calls that are theirs" };
    let may = sentences.iter().filter(|(action, _)| viewer.may(*action)).map(|(_, sentence)| *sentence);
    [calls].into_iter().chain(may).collect()
}
