//! The confirmation of an appointment is sent once more.

use std::sync::Arc;

use axum::Json;
use axum::extract::{FromRequest, Request, State};
use axum::http::{StatusCode, header};
use domain::ids::NotificationId;
use domain::notifications::Channel;
use domain::users::Action;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::name;
use crate::http::Edge;
use crate::http::api::notifications::MessageType;
use crate::http::idempotency::once;
use crate::http::json::{self, JsonText};
use crate::http::path::Path;
use crate::http::problem::{Problem, Problems};
use crate::http::session::SignedIn;

/// By which ways. Those that the guest does not have, or that the business has switched off, are left out.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Resending {
    /// Both where nothing is said.
    #[serde(default = "both")]
    #[schema(min_items = 1, max_items = 2, example = json!(["email", "sms"]))]
    channels: Vec<MessageType>,
}

fn both() -> Vec<MessageType> {
    vec![MessageType::Email, MessageType::Sms]
}

/// What was queued.
#[derive(Serialize, Deserialize, ToSchema)]
pub struct Queued {
    /// The messages, to be read at `/api/notifications/{id}`.
    #[schema(example = json!(["msg_12", "msg_13"]))]
    notifications: Vec<String>,
}

/// Send the confirmation again
///
/// To a guest whose appointment is still to come. It is charged like the first one. With an
/// `Idempotency-Key` the same request again gets the same answer.
#[utoipa::path(post, path = "/api/appointments/{id}/resend", operation_id = "resendConfirmation",
    tag = "Appointments", security(("token" = []), ("session" = [])), request_body = Option<Resending>,
    params(
        ("id" = String, Path, example = "apt_123"),
        ("Idempotency-Key" = Option<String>, Header, min_length = 1, max_length = 200,
            description = "Names this request for a day.", example = "4f2a9c1e")
    ),
    responses((status = 202, body = Queued), Problems)
)]
pub async fn resend(
    State(edge): State<Arc<Edge>>,
    who: SignedIn,
    Path(id): Path<String>,
    request: Request,
) -> Result<(StatusCode, Json<Queued>), Problem> {
    let tenant = who.tenant(&edge, Action::ManageCalendar).await?;
    let headers = request.headers().clone();
    // Whoever sends nothing says nothing of its kind either.
    let is_said = [header::CONTENT_TYPE, header::CONTENT_ENCODING, header::TRANSFER_ENCODING];
    let is_long = headers.get(header::CONTENT_LENGTH).is_some_and(|length| length != "0");
    let said = match is_long || is_said.iter().any(|name| headers.contains_key(name)) {
        true => JsonText::from_request(request, &edge).await?.0,
        false => axum::body::Bytes::from_static(b"{}"),
    };
    let channels = channels(json::parse(&said)?)?;
    let id = name(&id)?;
    let route = format!("POST /api/appointments/{id}/resend");
    let work = async {
        let queued = tenant.resend(id, channels).await?;
        Ok(Queued { notifications: queued.iter().map(NotificationId::to_string).collect() })
    };
    let queued = once(&edge, &who, &route, &headers, &said, work).await?;
    Ok((StatusCode::ACCEPTED, Json(queued)))
}

/// Each once, in the order in which all messages are queued.
fn channels(asked: Resending) -> Result<Vec<Channel>, Problem> {
    let is_asked = |channel: &Channel| asked.channels.iter().any(|asked| Channel::from(*asked) == *channel);
    let channels: Vec<Channel> = Channel::ALL.into_iter().filter(is_asked).collect();
    if channels.is_empty() {
        return Err(Problem::invalid_field("channels", "name at least one of email and sms"));
    }
    Ok(channels)
}
