//! A confirmation is sent once more, from the page of its appointment.

use std::sync::Arc;

use actors::error::{Error, Refusal};
use actors::store::notifications;
use axum::extract::State;
use axum::response::Response;
use domain::ids::NotificationId;
use domain::notifications::Channel;
use domain::users::Action;
use views::appointments::Tried;

use super::change::{Attempt, shown};
use super::found;
use crate::http::Edge;
use crate::http::path::Path;
use crate::http::portal::viewing::{Said, Viewing, saying};
use crate::http::problem::Problem;

/// Sends it by each way the guest has, and says by which; or why not.
pub async fn resend(
    State(edge): State<Arc<Edge>>,
    viewing: Viewing,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let appointment = found(&edge, &viewing, Action::ManageCalendar, &id).await?;
    let tenant = viewing.who.tenant(&edge, Action::ManageCalendar).await?;
    let back = format!("/appointments/{}", appointment.id);
    match tenant.resend(appointment.id, Channel::ALL.to_vec()).await {
        Ok(queued) => Ok(saying(&edge, said(&edge, &viewing, &queued).await?, &back)),
        Err(Error::Refused(refusal @ (Refusal::NothingToConfirm | Refusal::NoWayToTheGuest))) => {
            let attempt = Attempt::refused(Tried::Resend, &viewing, &refusal.to_string());
            shown(&edge, viewing, &appointment, Some(attempt)).await
        }
        Err(error) => Err(error.into()),
    }
}

/// By which ways: the guest may have but one.
async fn said(edge: &Edge, viewing: &Viewing, queued: &[NotificationId]) -> Result<Said, Problem> {
    let [only] = queued else { return Ok(Said::BothQueued) };
    let found = notifications::find(&edge.store, viewing.who.customer()?, *only).await?;
    Ok(match found.map(|found| found.notification.channel) {
        Some(Channel::Sms) => Said::TextQueued,
        Some(Channel::Email) | None => Said::MailQueued,
    })
}
