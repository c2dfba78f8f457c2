//! The people of a customer: who they are, what they may, whose calls they see.

pub mod invitation;
pub mod sessions;

use std::sync::Arc;

use actors::store::users::{self, Wish};
use axum::extract::State;
use axum::http::StatusCode;
use domain::ids::UserId;
use domain::text::kept;
use domain::users::{AGENT_ID_MAX, Action, BINDINGS_MAX, Role, UserStatus, agent_ids, numbers};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::listing::{Listing, PageQuery};
use crate::http::Edge;
use crate::http::given::given;
use crate::http::json::Json;
use crate::http::path::Path;
use crate::http::problem::{Problem, Problems};
use crate::http::query::Queries;
use crate::http::session::SignedIn;

/// Bytes of a name.
const NAME_MAX: usize = 255;

/// Somebody who signs in.
#[derive(Serialize, ToSchema)]
pub struct User {
    #[schema(value_type = String, example = "usr_5x7k3q")]
    id: UserId,
    #[schema(example = "ben@example.com")]
    email: String,
    full_name: String,
    /// `admin`, `user` or `viewer`: a ceiling; the permissions widen within it.
    #[schema(value_type = String, example = "user")]
    role: Role,
    can_download_recordings: bool,
    can_view_all_calls: bool,
    can_manage_calendar: bool,
    /// `invited`, `active` or `disabled`.
    #[schema(value_type = String, example = "active")]
    status: UserStatus,
    /// The agents whose calls the user sees.
    agent_ids: Vec<String>,
    /// The called numbers whose calls the user sees.
    numbers: Vec<String>,
    last_login: Option<Timestamp>,
    created_at: Timestamp,
    updated_at: Timestamp,
}

impl From<users::User> for User {
    fn from(user: users::User) -> Self {
        Self {
            id: user.id,
            email: user.email,
            full_name: user.full_name,
            role: user.role,
            can_download_recordings: user.permissions.can_download_recordings,
            can_view_all_calls: user.permissions.can_view_all_calls,
            can_manage_calendar: user.permissions.can_manage_calendar,
            status: user.status,
            agent_ids: user.agent_ids,
            numbers: user.numbers,
            last_login: user.last_login,
            created_at: user.created_at,
            updated_at: user.updated_at,
        }
    }
}

/// Which users.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct UsersQuery {
    /// `invited`, `active` or `disabled`; without it all who are not disabled.
    #[param(value_type = Option<String>, example = "active")]
    status: Option<UserStatus>,
}

/// The users, by address
#[utoipa::path(get, path = "/api/users", tag = "Users", params(UsersQuery, PageQuery),
    security(("token" = []), ("session" = [])),
    responses(
        (status = 200, body = Listing<User>),
        Problems
    )
)]
pub async fn list(
    State(edge): State<Arc<Edge>>,
    signed_in: SignedIn,
    Queries((wanted, page)): Queries<(UsersQuery, PageQuery)>,
) -> Result<axum::Json<Listing<User>>, Problem> {
    let customer = signed_in.member(Action::ViewUsers)?;
    let request = page.request()?;
    let page = users::list(&edge.store, customer, wanted.status, request).await?;
    Ok(axum::Json(page.into()))
}

/// A user
#[utoipa::path(get, path = "/api/users/{id}", tag = "Users", params(("id" = String, Path)),
    security(("token" = []), ("session" = [])),
    responses(
        (status = 200, body = User),
        Problems
    )
)]
pub async fn show(
    State(edge): State<Arc<Edge>>,
    signed_in: SignedIn,
    Path(id): Path<String>,
) -> Result<axum::Json<User>, Problem> {
    let customer = signed_in.member(Action::ViewUsers)?;
    let user = users::get(&edge.store, customer, &named(id)?).await?;
    user.map(|user| axum::Json(user.into())).ok_or_else(nobody)
}

/// What is to be different; what is left out stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UserChange {
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false, max_length = 255)]
    full_name: Option<String>,
    /// `admin`, `user` or `viewer`.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false, value_type = Option<String>, example = "user")]
    role: Option<Role>,
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    can_download_recordings: Option<bool>,
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    can_view_all_calls: Option<bool>,
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    can_manage_calendar: Option<bool>,
    /// `disabled` removes the user, `active` takes one back who had signed in before.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false, value_type = Option<String>, example = "active")]
    status: Option<UserStatus>,
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false, max_items = 100)]
    agent_ids: Option<Vec<String>>,
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false, max_items = 100)]
    numbers: Option<Vec<String>>,
}

/// Change a user
///
/// A new role ends the user's sessions. The last active admin stays one.
#[utoipa::path(put, path = "/api/users/{id}", tag = "Users", params(("id" = String, Path)),
    request_body = UserChange, security(("token" = []), ("session" = [])),
    responses(
        (status = 200, body = User),
        Problems
    )
)]
pub async fn change(
    State(edge): State<Arc<Edge>>,
    signed_in: SignedIn,
    Path(id): Path<String>,
    Json(change): Json<UserChange>,
) -> Result<axum::Json<User>, Problem> {
    let customer = signed_in.member(Action::ManageUsers)?;
    let wish = Wish {
        full_name: name(change.full_name)?,
        role: change.role,
        can_download_recordings: change.can_download_recordings,
        can_view_all_calls: change.can_view_all_calls,
        can_manage_calendar: change.can_manage_calendar,
        status: change.status,
        agent_ids: agents(change.agent_ids)?,
        numbers: called_numbers(change.numbers)?,
    };
    let (author, now) = (signed_in.author(), edge.clock.now());
    let user = users::change(&edge.store, customer, &named(id)?, &wish, &author, now).await?;
    user.map(|user| axum::Json(user.into())).ok_or_else(nobody)
}

/// Remove a user
///
/// The user is disabled: sessions end, API tokens and open links are dead, and the history keeps its
/// author. One may remove oneself, too; the last active admin stays.
#[utoipa::path(delete, path = "/api/users/{id}", operation_id = "removeUser",
    tag = "Users", params(("id" = String, Path)),
    security(("token" = []), ("session" = [])),
    responses(
        (status = 204, description = "nobody signs in as this user any more"),
        Problems
    )
)]
pub async fn remove(
    State(edge): State<Arc<Edge>>,
    signed_in: SignedIn,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    let customer = signed_in.member(Action::ManageUsers)?;
    let wish = Wish { status: Some(UserStatus::Disabled), ..Wish::default() };
    let (author, now) = (signed_in.author(), edge.clock.now());
    let removed = users::change(&edge.store, customer, &named(id)?, &wish, &author, now).await?;
    removed.map(|_| StatusCode::NO_CONTENT).ok_or_else(nobody)
}

/// There is no user of that name.
pub fn nobody() -> Problem {
    Problem::nothing_of_that_name("user")
}

/// An id as we hand them out; PostgreSQL's text holds no NUL.
pub fn named(id: String) -> Result<UserId, Problem> {
    let is_ours = id.len() <= 64 && id.bytes().all(|byte| byte.is_ascii_graphic());
    if is_ours { Ok(UserId(id)) } else { Err(nobody()) }
}

/// A name, where one is given.
pub fn name(name: Option<String>) -> Result<Option<String>, Problem> {
    let Some(name) = name else { return Ok(None) };
    let read = kept(&name, NAME_MAX).filter(|kept| !kept.contains('\n') && kept.len() == name.trim().len());
    let read = read.ok_or_else(|| {
        Problem::invalid_field("full_name", "a name is 1 to 255 bytes without control characters")
    });
    read.map(Some)
}

/// Ids of agents, where they are given.
pub fn agents(texts: Option<Vec<String>>) -> Result<Option<Vec<String>>, Problem> {
    let Some(texts) = texts else { return Ok(None) };
    let detail = || format!("up to {BINDINGS_MAX} ids of 1 to {AGENT_ID_MAX} bytes");
    agent_ids(&texts).map(Some).ok_or_else(|| Problem::invalid_field("agent_ids", detail()))
}

/// Called numbers, where they are given.
pub fn called_numbers(texts: Option<Vec<String>>) -> Result<Option<Vec<String>>, Problem> {
    let Some(texts) = texts else { return Ok(None) };
    let detail = || format!("up to {BINDINGS_MAX} telephone numbers");
    numbers(&texts).map(Some).ok_or_else(|| Problem::invalid_field("numbers", detail()))
}
