//! What the forms of the team do.

use std::sync::Arc;

use actors::error::{Error, Refusal};
use actors::store::users::{self, Invited, Wish};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use domain::users::{Action, UserRefusal, UserStatus};
use views::users::New;

use super::typed::{Typed, as_they_are, note};
use super::{found, opened};
use crate::http::Edge;
use crate::http::api::users::invitation::make;
use crate::http::api::users::{nobody, sessions};
use crate::http::form::Form;
use crate::http::path::Path;
use crate::http::portal::appointments::sentence;
use crate::http::portal::viewing::{Said, Viewing, saying};
use crate::http::problem::Problem;

/// Invites somebody.
pub async fn invite(
    State(edge): State<Arc<Edge>>,
    viewing: Viewing,
    Form(typed): Form<Typed>,
) -> Result<Response, Problem> {
    viewing.who.member(Action::ManageUsers)?;
    let mut fields = typed.fields();
    let wish = typed.wish(typed.full_name(), &mut fields);
    if domain::customers::email(&fields.email).is_none() {
        fields.errors.push(("email".to_owned(), "That is not an e-mail address.".to_owned()));
    }
    if fields.errors.is_empty() {
        match make(&edge, &viewing.who, &fields.email, &wish).await {
            Ok(Invited::Made(_)) => return Ok(saying(&edge, Said::Invited, "/users")),
            Ok(Invited::Again(_)) => return Ok(saying(&edge, Said::InvitedAgain, "/users")),
            Err(problem) if may_be_typed_again(&problem) => note(&problem, "email", &mut fields),
            Err(problem) => return Err(problem),
        }
    }
    let frame = viewing.frame(&edge).await?;
    Ok(viewing.again(&edge, views::users::new(&frame, &New { fields: &fields })))
}

/// Also where too many were invited: what was typed is not lost for it.
fn may_be_typed_again(problem: &Problem) -> bool {
    problem.is_about_input() || problem.status() == StatusCode::TOO_MANY_REQUESTS
}

/// Saves who somebody is and what they may do.
pub async fn save(
    State(edge): State<Arc<Edge>>,
    viewing: Viewing,
    Path(id): Path<String>,
    Form(typed): Form<Typed>,
) -> Result<Response, Problem> {
    let customer = viewing.who.member(Action::ManageUsers)?;
    let user = found(&edge, customer, id).await?;
    let mut fields = typed.fields();
    let wish = typed.wish(Some(typed.full_name().unwrap_or_default()), &mut fields);
    if fields.errors.is_empty() {
        let (author, now) = (viewing.who.author(), edge.clock.now());
        match users::change(&edge.store, customer, &user.id, &wish, &author, now).await {
            Ok(Some(_)) => return Ok(saying(&edge, Said::MemberSaved, "/users")),
            Ok(None) => return Err(nobody()),
            Err(Error::Refused(Refusal::User(refusal))) => {
                fields.errors.push(("role".to_owned(), sentence(&refusal.to_string())));
            }
            Err(error) => return Err(error.into()),
        }
    }
    let page = opened(&edge, &viewing, user, &fields, None).await?;
    Ok(viewing.again(&edge, page))
}

/// Mails an invitation once more, with the rights that are set. Whoever has signed in meanwhile needs
/// none.
pub async fn invite_again(
    State(edge): State<Arc<Edge>>,
    viewing: Viewing,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let customer = viewing.who.member(Action::ManageUsers)?;
    let user = found(&edge, customer, id).await?;
    match make(&edge, &viewing.who, &user.email, &Wish::default()).await {
        Ok(_) => Ok(saying(&edge, Said::InvitedAgain, "/users")),
        Err(problem) if may_be_typed_again(&problem) => {
            let refusal = sentence(problem.detail());
            let page = opened(&edge, &viewing, user.clone(), &as_they_are(&user), Some(&refusal)).await?;
            Ok(viewing.again(&edge, page))
        }
        Err(problem) => Err(problem),
    }
}

/// Ends somebody's sessions.
pub async fn sign_out(
    State(edge): State<Arc<Edge>>,
    viewing: Viewing,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    sessions::sign_out(&edge, &viewing.who, id).await?;
    Ok(saying(&edge, Said::MemberSignedOut, "/users"))
}

/// Ends somebody's access.
pub async fn remove(
    State(edge): State<Arc<Edge>>,
    viewing: Viewing,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    set_status(&edge, viewing, id, UserStatus::Disabled, Said::MemberRemoved).await
}

/// Gives it back to somebody who had signed in before.
pub async fn restore(
    State(edge): State<Arc<Edge>>,
    viewing: Viewing,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    set_status(&edge, viewing, id, UserStatus::Active, Said::MemberRestored).await
}

async fn set_status(
    edge: &Edge,
    viewing: Viewing,
    id: String,
    status: UserStatus,
    said: Said,
) -> Result<Response, Problem> {
    let customer = viewing.who.member(Action::ManageUsers)?;
    let user = found(edge, customer, id).await?;
    let wish = Wish { status: Some(status), ..Wish::default() };
    let (author, now) = (viewing.who.author(), edge.clock.now());
    match users::change(&edge.store, customer, &user.id, &wish, &author, now).await {
        Ok(Some(_)) => Ok(saying(edge, said, "/users")),
        Ok(None) => Err(nobody()),
        Err(Error::Refused(Refusal::User(
            refusal @ (UserRefusal::LastAdmin | UserRefusal::NotSignedInYet),
        ))) => {
            let refusal = sentence(&refusal.to_string());
            let page = opened(edge, &viewing, user.clone(), &as_they_are(&user), Some(&refusal)).await?;
            Ok(viewing.again(edge, page))
        }
        Err(error) => Err(error.into()),
    }
}
