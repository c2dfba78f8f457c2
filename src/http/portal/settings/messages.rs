//! The pages of messages to guests: what each says, and its editor.

use std::sync::Arc;

use actors::store::settings::Account;
use actors::store::templates;
use axum::extract::State;
use axum::response::Response;
use domain::billing::SmsUnit;
use domain::notifications::{self, Channel, Occasion};
use domain::sms::{first_outside, parts};
use domain::template::{Template, Values, fill, platform_default};
use domain::users::Action;
use serde::Deserialize;
use views::settings::messages::{Editor, Listed, Messages, Preview, TextPreview, editor, list};

use crate::http::Edge;
use crate::http::api::settings::templates::sample::Sample;
use crate::http::api::settings::templates::{WRITE, account_of, each, named};
use crate::http::form::Form;
use crate::http::path::Path;
use crate::http::portal::appointments::sentence;
use crate::http::portal::viewing::{Said, Viewing, saying};
use crate::http::problem::Problem;

/// The list.
pub async fn show(State(edge): State<Arc<Edge>>, viewing: Viewing) -> Result<Response, Problem> {
    let customer = viewing.who.member(Action::ViewSettings)?;
    let account = account_of(&edge, customer).await?;
    let own = templates::all(&edge.store, customer).await?;
    let sample = Sample::of(&edge, &account);
    let listed: Vec<Listed> = each()
        .map(|(occasion, channel)| {
            let own = own.iter().find(|own| (own.occasion, own.channel) == (occasion, channel));
            let template =
                own.map_or_else(|| platform_default(occasion, channel), |own| own.template.clone());
            let filled = fill(&template, channel, &sample.values(true));
            let (subject, body) = (filled.subject, filled.body);
            Listed { occasion, channel, is_own: own.is_some(), subject, body }
        })
        .collect();
    let settings = &account.settings;
    let (sms_enabled, email_enabled) = (settings.sms_enabled, settings.email_enabled);
    let messages = Messages { listed: &listed, sms_enabled, email_enabled };
    Ok(viewing.page(&edge, list(&viewing.frame(&edge).await?, &messages)))
}

/// Which message a path names.
type Name = (String, String);

/// The editor.
pub async fn edit(
    State(edge): State<Arc<Edge>>,
    viewing: Viewing,
    Path((occasion, channel)): Path<Name>,
) -> Result<Response, Problem> {
    let customer = viewing.who.member(Action::ViewSettings)?;
    let (occasion, channel) = named(&occasion, &channel)?;
    let template = templates::in_force(&edge.store, customer, occasion, channel).await?;
    let page = shown(&edge, &viewing, occasion, channel, &template, &[]).await?;
    Ok(viewing.page(&edge, page))
}

/// Words as they were typed.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Typed {
    subject: Option<String>,
    #[serde(default)]
    body: String,
}

impl Typed {
    /// A mail has a subject, also one that was left empty.
    fn template(&self, channel: Channel) -> Template {
        let subject = self.subject.as_deref().or((channel == Channel::Email).then_some(""));
        Template::typed(subject, &self.body)
    }
}

/// Saves them. The platform's own words are not kept as the business's: they may get better.
pub async fn save(
    State(edge): State<Arc<Edge>>,
    viewing: Viewing,
    Path((occasion, channel)): Path<Name>,
    Form(typed): Form<Typed>,
) -> Result<Response, Problem> {
    let tenant = viewing.who.tenant(&edge, WRITE).await?;
    let (occasion, channel) = named(&occasion, &channel)?;
    let template = typed.template(channel);
    if let Some(page) = refused(&edge, &viewing, occasion, channel, &template).await? {
        return Ok(viewing.again(&edge, page));
    }
    let said = if template == platform_default(occasion, channel) {
        match tenant.reset_template(occasion, channel).await? {
            true => Said::TemplateReset,
            false => Said::SettingsSame,
        }
    } else {
        tenant.set_template(occasion, channel, template).await?;
        Said::TemplateSaved
    };
    Ok(saying(&edge, said, &path(occasion, channel)))
}

/// Shows what a guest would read, or what is wrong, and saves nothing. Words that are not finished yet
/// are no failure: the script asks while somebody types.
pub async fn preview(
    State(edge): State<Arc<Edge>>,
    viewing: Viewing,
    Path((occasion, channel)): Path<Name>,
    Form(typed): Form<Typed>,
) -> Result<Response, Problem> {
    viewing.who.member(Action::ViewSettings)?;
    let (occasion, channel) = named(&occasion, &channel)?;
    let template = typed.template(channel);
    if let Some(page) = refused(&edge, &viewing, occasion, channel, &template).await? {
        return Ok(viewing.page(&edge, page));
    }
    let page = shown(&edge, &viewing, occasion, channel, &template, &[]).await?;
    Ok(viewing.page(&edge, page))
}

/// Lets guests read the platform's words. That they do already is what was wanted.
pub async fn reset(
    State(edge): State<Arc<Edge>>,
    viewing: Viewing,
    Path((occasion, channel)): Path<Name>,
) -> Result<Response, Problem> {
    let tenant = viewing.who.tenant(&edge, WRITE).await?;
    let (occasion, channel) = named(&occasion, &channel)?;
    tenant.reset_template(occasion, channel).await?;
    Ok(saying(&edge, Said::TemplateReset, &path(occasion, channel)))
}

fn path(occasion: Occasion, channel: Channel) -> String {
    format!("/settings/messages/{}/{}", occasion.as_str(), channel.as_str())
}

/// The page that says what is wrong with these words, where something is.
async fn refused(
    edge: &Edge,
    viewing: &Viewing,
    occasion: Occasion,
    channel: Channel,
    template: &Template,
) -> Result<Option<String>, Problem> {
    let Err(refusal) = template.check(channel) else { return Ok(None) };
    let errors = [(refusal.field(), sentence(&refusal.to_string()))];
    shown(edge, viewing, occasion, channel, template, &errors).await.map(Some)
}

async fn shown(
    edge: &Edge,
    viewing: &Viewing,
    occasion: Occasion,
    channel: Channel,
    template: &Template,
    errors: &[(&'static str, String)],
) -> Result<String, Problem> {
    let customer = viewing.who.customer()?;
    let account = account_of(edge, customer).await?;
    let own = templates::one(&edge.store, customer, occasion, channel).await?;
    let sample = Sample::of(edge, &account);
    let values = sample.values(true);
    let preview = match (errors.is_empty(), channel) {
        (false, _) => Preview::Wrong,
        (true, Channel::Email) => {
            let cost = notifications::cost(&account.settings.rates, channel, 1);
            Preview::Mail { template, values: &values, cost }
        }
        (true, Channel::Sms) => Preview::Text(text_message(template, &account, &values)),
    };
    let editing = Editor {
        occasion,
        channel,
        template,
        errors,
        is_own: own.is_some(),
        default: &platform_default(occasion, channel),
        preview: &preview,
        currency: &edge.currency,
        is_sent: match channel {
            Channel::Email => account.settings.email_enabled,
            Channel::Sms => account.settings.sms_enabled,
        },
        has_phone: account.profile.phone.is_some(),
        may_change: viewing.who.viewer.may(WRITE),
    };
    Ok(editor(&viewing.frame(edge).await?, &editing))
}

fn text_message(template: &Template, account: &Account, values: &Values<'_>) -> TextPreview {
    let text = fill(template, Channel::Sms, values).body;
    let without = fill(template, Channel::Sms, &Values { has_email: false, ..*values }).body;
    let rates = &account.settings.rates;
    let parts = parts(&text);
    TextPreview {
        without_mail: (without != text).then_some(without),
        parts,
        outside: first_outside(&text),
        cost: rates.cost_of_sms(parts.count),
        is_per_part: rates.sms_charged_per == SmsUnit::Part,
        text,
    }
}
