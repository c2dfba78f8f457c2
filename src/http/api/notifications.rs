//! Messages that went to guests and to the business's admins: listed and read. How one is sent again is
//! with the appointments.

mod message;

use std::sync::Arc;

use actors::store::notifications::{self, Filter};
use axum::Json;
use axum::extract::State;
use domain::ids::{AppointmentId, NotificationId};
use domain::notifications::Channel;
use domain::users::Action;
use serde::Deserialize;
use utoipa::IntoParams;

use super::listing::{Listing, PageQuery, PeriodQuery};
use crate::http::Edge;
use crate::http::path::Path;
use crate::http::problem::{Problem, Problems};
use crate::http::query::Queries;
use crate::http::session::SignedIn;
use message::{Message, MessageDetail, MessageStatus, MessageTopic};

pub use message::MessageType;

/// What a list is narrowed to.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListQuery {
    r#type: Option<MessageType>,
    status: Option<MessageStatus>,
    template: Option<MessageTopic>,
    /// Those that tell of one appointment.
    #[param(pattern = "^apt_[0-9]{1,18}$", example = "apt_123")]
    appointment_id: Option<String>,
}

/// List messages
///
/// Everything that guests were told, or should have been, and the alerts to the business's admins; the
/// newest first. Of a period those that were queued in it.
#[utoipa::path(get, path = "/api/notifications", tag = "Messages",
    security(("token" = []), ("session" = [])),
    params(ListQuery, PageQuery, PeriodQuery), responses((status = 200, body = Listing<Message>), Problems)
)]
pub async fn list(
    State(edge): State<Arc<Edge>>,
    who: SignedIn,
    Queries((asked, page, period)): Queries<(ListQuery, PageQuery, PeriodQuery)>,
) -> Result<Json<Listing<Message>>, Problem> {
    let customer = who.member(Action::ViewBilling)?;
    let filter = Filter {
        channel: asked.r#type.map(Channel::from),
        status: asked.status.map(Into::into),
        topic: asked.template.map(Into::into),
        appointment: asked.appointment_id.as_deref().map(appointment).transpose()?,
        period: period.period(&who)?,
        ..Filter::default()
    };
    let page = notifications::page(&edge.store, customer, &filter, page.request()?).await?;
    Ok(Json(page.into()))
}

/// Read a message
///
/// With its words as they were sent; before that it has none.
#[utoipa::path(get, path = "/api/notifications/{id}", tag = "Messages",
    security(("token" = []), ("session" = [])),
    params(("id" = String, Path, example = "msg_12")),
    responses((status = 200, body = MessageDetail), Problems)
)]
pub async fn show(
    State(edge): State<Arc<Edge>>,
    who: SignedIn,
    Path(id): Path<String>,
) -> Result<Json<MessageDetail>, Problem> {
    let customer = who.member(Action::ViewBilling)?;
    let found = notifications::find(&edge.store, customer, name(&id)?).await?;
    found.map(MessageDetail::from).map(Json).ok_or_else(unknown)
}

/// The message of that name, which may not exist.
pub fn name(text: &str) -> Result<NotificationId, Problem> {
    let number = text.strip_prefix("msg_").and_then(|number| number.parse().ok());
    number.map(NotificationId).ok_or_else(unknown)
}

/// As a filter: what can be no appointment's name is a mistake, what is nobody's finds nothing.
fn appointment(text: &str) -> Result<AppointmentId, Problem> {
    let number = text.strip_prefix("apt_").and_then(|number| number.parse().ok());
    let wrong = || Problem::invalid_field("appointment_id", "send the name of an appointment, apt_123");
    number.map(AppointmentId).ok_or_else(wrong)
}

fn unknown() -> Problem {
    Problem::nothing_of_that_name("message")
}
