//! What a template would say, before it is saved.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use domain::money::Money;
use domain::notifications::{self, Channel};
use domain::sms::{Encoding, parts};
use domain::template::{Template, fill};
use domain::users::Action;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::sample::Sample;
use super::{MessageChannel, MessageOccasion, account_of, named};
use crate::http::Edge;
use crate::http::json;
use crate::http::path::Path;
use crate::http::problem::{Problem, Problems};
use crate::http::session::SignedIn;

/// Words to be tried.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TemplateTrial {
    /// Of a mail; a text message has none.
    #[schema(max_length = 200, example = "See you on {date}")]
    subject: Option<String>,
    #[schema(min_length = 1, max_length = 10_000, example = "Hi {first_name}! See you on {date} at {time}.")]
    body: String,
    /// Whether the guest of the example gets mail, too.
    #[serde(default = "yes")]
    #[schema(default = true)]
    has_email: bool,
}

fn yes() -> bool {
    true
}

/// How a text message travels.
#[derive(Serialize, ToSchema)]
pub struct MessageParts {
    /// One character outside of GSM-7 turns the whole message into UCS-2, in which a part holds less
    /// than half as much.
    encoding: MessageEncoding,
    /// Characters, as the encoding counts them.
    units: u32,
    /// Messages in which it is sent.
    count: u32,
}

/// In which characters a text message travels.
#[derive(Serialize, ToSchema)]
pub enum MessageEncoding {
    /// The small alphabet, 160 or 153 to a part.
    #[serde(rename = "GSM-7")]
    Gsm7,
    /// All others, 70 or 67 to a part.
    #[serde(rename = "UCS-2")]
    Ucs2,
}

/// What a guest would read.
#[derive(Serialize, ToSchema)]
pub struct TemplatePreview {
    /// Of a mail.
    #[schema(required, example = "See you on January 15, 2026")]
    subject: Option<String>,
    #[schema(example = "Hi Ana! See you on January 15, 2026 at 2:30 PM. Reply STOP to opt out.")]
    body: String,
    /// Of a text message.
    #[schema(required)]
    parts: Option<MessageParts>,
    /// Of this message, at the customer's rates.
    #[schema(value_type = f64, example = 0.05)]
    cost: Money,
    #[schema(example = "USD")]
    currency: String,
}

/// Try the words of a message
///
/// Answers what a guest would read, with an invented guest and the business as it is. Nothing is
/// saved and nothing is sent.
#[utoipa::path(post, path = "/api/settings/templates/{occasion}/{channel}/preview",
    operation_id = "previewTemplate", tag = "Settings", request_body = TemplateTrial,
    security(("token" = []), ("session" = [])),
    params(("occasion" = MessageOccasion, Path), ("channel" = MessageChannel, Path)),
    responses((status = 200, body = TemplatePreview), Problems)
)]
pub async fn show(
    State(edge): State<Arc<Edge>>,
    who: SignedIn,
    Path((occasion, channel)): Path<(String, String)>,
    json::Json(trial): json::Json<TemplateTrial>,
) -> Result<Json<TemplatePreview>, Problem> {
    let customer = who.member(Action::ViewSettings)?;
    let (_, channel) = named(&occasion, &channel)?;
    let template = Template::typed(trial.subject.as_deref(), &trial.body);
    if let Err(refusal) = template.check(channel) {
        return Err(Problem::invalid_field(refusal.field(), refusal.to_string()));
    }
    let account = account_of(&edge, customer).await?;
    let sample = Sample::of(&edge, &account);
    let filled = fill(&template, channel, &sample.values(trial.has_email));
    let sent = parts(&filled.body);
    let cost = notifications::cost(&account.settings.rates, channel, sent.count);
    let encoding = match sent.encoding {
        Encoding::Gsm7 => MessageEncoding::Gsm7,
        Encoding::Ucs2 => MessageEncoding::Ucs2,
    };
    let parts = MessageParts { encoding, units: sent.units, count: sent.count };
    Ok(Json(TemplatePreview {
        subject: filled.subject,
        body: filled.body,
        parts: (channel == Channel::Sms).then_some(parts),
        cost,
        currency: edge.currency.clone(),
    }))
}
