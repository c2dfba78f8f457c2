//! A user is invited, by mail.

use std::sync::Arc;

use actors::store::auth;
use actors::store::users::{self, Invited, Wish};
use axum::extract::State;
use axum::http::StatusCode;
use domain::ids::{CustomerId, UserId};
use domain::users::{Action, Role};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{User, agents, called_numbers, name};
use crate::http::Edge;
use crate::http::json::Json;
use crate::http::problem::{Problem, Problems};
use crate::http::session::SignedIn;

/// Whom to invite, as what.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Invitation {
    #[schema(format = Email, max_length = 254, example = "ben@example.com")]
    email: String,
    /// The address where nothing is said.
    #[serde(default)]
    #[schema(max_length = 255)]
    full_name: Option<String>,
    /// `admin`, `user` or `viewer`.
    #[schema(value_type = String, example = "user")]
    role: Role,
    #[serde(default)]
    can_download_recordings: bool,
    #[serde(default)]
    can_view_all_calls: bool,
    #[serde(default)]
    can_manage_calendar: bool,
    #[serde(default)]
    #[schema(max_items = 100)]
    agent_ids: Vec<String>,
    #[serde(default)]
    #[schema(max_items = 100)]
    numbers: Vec<String>,
}

/// Invite somebody
///
/// The invitation is mailed, lives seven days and leads to signing in. Inviting an address again that
/// has not signed in yet changes its user to what is said now and mails another one (200); one that
/// was removed is invited anew (201); one that is active is refused (409).
#[utoipa::path(post, path = "/api/users", operation_id = "inviteUser",
    tag = "Users", request_body = Invitation,
    security(("token" = []), ("session" = [])),
    responses(
        (status = 200, body = User, description = "invited once more"),
        (status = 201, body = User),
        Problems
    )
)]
pub async fn invite(
    State(edge): State<Arc<Edge>>,
    signed_in: SignedIn,
    Json(invitation): Json<Invitation>,
) -> Result<(StatusCode, axum::Json<User>), Problem> {
    signed_in.require(Action::ManageUsers)?;
    let wish = Wish {
        full_name: name(invitation.full_name)?,
        role: Some(invitation.role),
        can_download_recordings: Some(invitation.can_download_recordings),
        can_view_all_calls: Some(invitation.can_view_all_calls),
        can_manage_calendar: Some(invitation.can_manage_calendar),
        status: None,
        agent_ids: agents(Some(invitation.agent_ids))?,
        numbers: called_numbers(Some(invitation.numbers))?,
    };
    let (status, user) = match make(&edge, &signed_in, &invitation.email, &wish).await? {
        Invited::Made(user) => (StatusCode::CREATED, user),
        Invited::Again(user) => (StatusCode::OK, user),
    };
    Ok((status, axum::Json(user.into())))
}

/// Invites an address as it was typed, and mails it.
pub async fn make(edge: &Edge, signed_in: &SignedIn, email: &str, wish: &Wish) -> Result<Invited, Problem> {
    let customer = signed_in.member(Action::ManageUsers)?;
    let email = domain::customers::email(email)
        .ok_or_else(|| Problem::invalid_field("email", "that is not an e-mail address"))?;
    edge.limits.admit_invitation(customer, &email).map_err(Problem::too_many_for)?;
    let (author, now) = (signed_in.author(), edge.clock.now());
    let invited = users::invite(&edge.store, customer, &email, wish, &author, now).await?;
    let (Invited::Made(user) | Invited::Again(user)) = &invited;
    send_invitation(edge, customer, &user.id, signed_in.person.full_name.clone()).await?;
    Ok(invited)
}

/// Mails an invitation, behind the request.
pub async fn send_invitation(
    edge: &Edge,
    customer: CustomerId,
    user: &UserId,
    inviter: String,
) -> Result<(), Problem> {
    match auth::member(&edge.store, customer, user).await? {
        Some(person) => edge.sign_ins.send_invitation(person, inviter).map_err(|_| Problem::overloaded()),
        // Removed in between.
        None => Ok(()),
    }
}
