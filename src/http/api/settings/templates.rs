//! What guests are told, in the customer's own words or the platform's.

pub mod preview;
pub mod sample;

use std::sync::Arc;

use actors::store::settings::{Account, account};
use actors::store::templates::{self, OwnTemplate};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use domain::ids::CustomerId;
use domain::notifications::{Channel, Occasion};
use domain::template::{Template, Variable, platform_default};
use domain::users::{Action, SettingsField};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::http::Edge;
use crate::http::json;
use crate::http::path::Path;
use crate::http::problem::{Problem, Problems};
use crate::http::session::SignedIn;
use sample::Sample;

/// Writing any of them.
pub const WRITE: Action = Action::WriteSettings(SettingsField::Templates);

/// What a guest is told.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum MessageOccasion {
    /// The appointment is theirs.
    Booked,
    /// It is at another time.
    Moved,
    /// It is called off.
    Cancelled,
    /// It is near.
    Reminder,
}

/// The way a message goes.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum MessageChannel {
    /// A mail.
    Email,
    /// A text message.
    Sms,
}

impl From<Occasion> for MessageOccasion {
    fn from(occasion: Occasion) -> Self {
        match occasion {
            Occasion::Booked => Self::Booked,
            Occasion::Moved => Self::Moved,
            Occasion::Cancelled => Self::Cancelled,
            Occasion::Reminder => Self::Reminder,
        }
    }
}

impl From<Channel> for MessageChannel {
    fn from(channel: Channel) -> Self {
        match channel {
            Channel::Email => Self::Email,
            Channel::Sms => Self::Sms,
        }
    }
}

/// The words of one message.
#[derive(Serialize, ToSchema)]
pub struct MessageTemplate {
    occasion: MessageOccasion,
    channel: MessageChannel,
    /// Whether these words are the customer's; otherwise they are the platform's.
    is_own: bool,
    /// Of a mail; null for a text message.
    #[schema(required, example = "Your appointment with {company_name} on {appointment_date}")]
    subject: Option<String>,
    #[schema(example = "Hi {first_name}! See you on {date} at {time}. Reply STOP to opt out.")]
    body: String,
    /// When they were set.
    #[schema(required)]
    updated_at: Option<Timestamp>,
    /// The platform's, which guests read again after a reset.
    #[schema(required)]
    default_subject: Option<String>,
    default_body: String,
}

impl MessageTemplate {
    fn of(occasion: Occasion, channel: Channel, own: Option<OwnTemplate>) -> Self {
        let default = platform_default(occasion, channel);
        let updated_at = own.as_ref().map(|own| own.updated_at);
        let Template { subject, body } = own.map_or_else(|| default.clone(), |own| own.template);
        Self {
            occasion: occasion.into(),
            channel: channel.into(),
            is_own: updated_at.is_some(),
            subject,
            body,
            updated_at,
            default_subject: default.subject,
            default_body: default.body,
        }
    }
}

/// What a template may name.
#[derive(Serialize, ToSchema)]
pub struct TemplateVariable {
    /// Between the braces.
    #[schema(example = "first_name")]
    name: &'static str,
    /// What might be put in its place.
    #[schema(example = "Ana")]
    example: String,
}

/// The words of all messages.
#[derive(Serialize, ToSchema)]
pub struct MessageTemplates {
    templates: Vec<MessageTemplate>,
    variables: Vec<TemplateVariable>,
}

/// The words of messages to guests
///
/// Four occasions by two ways. What is not the customer's own is the platform's.
#[utoipa::path(get, path = "/api/settings/templates", operation_id = "listTemplates", tag = "Settings",
    security(("token" = []), ("session" = [])),
    responses((status = 200, body = MessageTemplates), Problems)
)]
pub async fn list(State(edge): State<Arc<Edge>>, who: SignedIn) -> Result<Json<MessageTemplates>, Problem> {
    let customer = who.member(Action::ViewSettings)?;
    let mut own = templates::all(&edge.store, customer).await?;
    let account = account_of(&edge, customer).await?;
    let sample = Sample::of(&edge, &account);
    let values = sample.values(true);
    let mut templates = Vec::new();
    for (occasion, channel) in each() {
        let at = own.iter().position(|own| (own.occasion, own.channel) == (occasion, channel));
        templates.push(MessageTemplate::of(occasion, channel, at.map(|at| own.swap_remove(at))));
    }
    let variable =
        |it: &Variable| TemplateVariable { name: it.name(), example: values.text(*it).into_owned() };
    Ok(Json(MessageTemplates { templates, variables: Variable::ALL.iter().map(variable).collect() }))
}

/// Every message there is.
pub fn each() -> impl Iterator<Item = (Occasion, Channel)> {
    Occasion::ALL.into_iter().flat_map(|occasion| Channel::ALL.map(|channel| (occasion, channel)))
}

/// Which message a path names.
pub fn named(occasion: &str, channel: &str) -> Result<(Occasion, Channel), Problem> {
    let named = Occasion::parse(occasion).zip(Channel::parse(channel));
    named.ok_or_else(|| Problem::nothing_of_that_name("template"))
}

/// The customer as it is set up.
pub async fn account_of(edge: &Edge, customer: CustomerId) -> Result<Account, Problem> {
    let account = account(&edge.store, customer).await?;
    account.ok_or_else(|| Problem::nothing_of_that_name("customer"))
}

/// Words for guests. `{first_name}` stands for the guest's first name; what may stand between braces is
/// in the list of templates, and `{{` writes a brace.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewTemplate {
    /// Of a mail; a text message has none.
    #[schema(max_length = 200, example = "See you on {date}")]
    subject: Option<String>,
    /// At most 10,000 characters of a mail and 1,000 of a text message.
    #[schema(min_length = 1, max_length = 10_000, example = "Hi {first_name}! See you on {date} at {time}.")]
    body: String,
}

impl From<NewTemplate> for Template {
    fn from(new: NewTemplate) -> Self {
        Self::typed(new.subject.as_deref(), &new.body)
    }
}

/// Set the words of a message
///
/// A variable that there is not is refused by its name and its place. Sentences of a text message
/// that speak of e-mail are left out for guests who get none, and so is every sentence with
/// `{company_phone}` while the business has no number; every text message says how to stop the next
/// one, whether it is in the template or not.
#[utoipa::path(put, path = "/api/settings/templates/{occasion}/{channel}", operation_id = "setTemplate",
    tag = "Settings", request_body = NewTemplate, security(("token" = []), ("session" = [])),
    params(("occasion" = MessageOccasion, Path), ("channel" = MessageChannel, Path)),
    responses((status = 200, body = MessageTemplate), Problems)
)]
pub async fn set(
    State(edge): State<Arc<Edge>>,
    who: SignedIn,
    Path((occasion, channel)): Path<(String, String)>,
    json::Json(new): json::Json<NewTemplate>,
) -> Result<Json<MessageTemplate>, Problem> {
    let tenant = who.tenant(&edge, WRITE).await?;
    let (occasion, channel) = named(&occasion, &channel)?;
    tenant.set_template(occasion, channel, new.into()).await?;
    let own = templates::one(&edge.store, tenant.customer(), occasion, channel).await?;
    Ok(Json(MessageTemplate::of(occasion, channel, own)))
}

/// Go back to the platform's words
#[utoipa::path(delete, path = "/api/settings/templates/{occasion}/{channel}", operation_id = "resetTemplate",
    tag = "Settings", security(("token" = []), ("session" = [])),
    params(("occasion" = MessageOccasion, Path), ("channel" = MessageChannel, Path)),
    responses((status = 204, description = "guests read the platform's words"), Problems)
)]
pub async fn reset(
    State(edge): State<Arc<Edge>>,
    who: SignedIn,
    Path((occasion, channel)): Path<(String, String)>,
) -> Result<StatusCode, Problem> {
    let tenant = who.tenant(&edge, WRITE).await?;
    let (occasion, channel) = named(&occasion, &channel)?;
    match tenant.reset_template(occasion, channel).await? {
        true => Ok(StatusCode::NO_CONTENT),
        false => Err(Problem::nothing_of_that_name("template")),
    }
}
