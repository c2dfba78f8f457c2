//! The catalogue of events.

use axum::Json;
use domain::users::Action;
use domain::webhooks::{Entry, catalogue};
use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::webhook::WebhookEvent;
use crate::http::problem::{Problem, Problems};
use crate::http::session::SignedIn;

/// A kind of event.
#[derive(Serialize, ToSchema)]
pub struct WebhookEventKind {
    event: WebhookEvent,
    /// What has happened.
    #[schema(example = "An appointment was booked.")]
    meaning: &'static str,
    /// Whether a webhook chooses to hear of it.
    is_subscribed_to: bool,
    /// A body, as it is sent.
    #[schema(value_type = Object)]
    example: Box<RawValue>,
}

impl WebhookEventKind {
    fn of(entry: Entry) -> Result<Self, Problem> {
        let Entry { kind, example } = entry;
        Ok(Self {
            event: WebhookEvent(kind),
            meaning: kind.meaning(),
            is_subscribed_to: kind.is_subscribed_to(),
            // Its amounts have all their digits: read into numbers they would lose them.
            example: RawValue::from_string(example).map_err(|_| Problem::internal())?,
        })
    }
}

/// What webhooks can hear of
///
/// Every kind of event, with an example of its body.
#[utoipa::path(get, path = "/api/webhooks/events", operation_id = "listWebhookEvents", tag = "Webhooks",
    security(("token" = []), ("session" = [])),
    responses((status = 200, body = Vec<WebhookEventKind>), Problems)
)]
pub async fn list(who: SignedIn) -> Result<Json<Vec<WebhookEventKind>>, Problem> {
    who.require(Action::ViewSettings)?;
    catalogue().into_iter().map(WebhookEventKind::of).collect::<Result<_, _>>().map(Json)
}
