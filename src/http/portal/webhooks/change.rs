//! What the forms of webhooks do.

use std::sync::Arc;

use actors::store::webhooks::endpoints;
use axum::extract::State;
use axum::response::Response;
use domain::users::Action;
use domain::webhooks::{Edit, EventKind, New, State as Standing};
use serde::Deserialize;
use views::webhooks::{Result as Outcome, Typed};

use super::{Asked, Done, listed, shown};
use crate::http::Edge;
use crate::http::api::webhooks::resending::resend_since;
use crate::http::api::webhooks::testing::test;
use crate::http::api::webhooks::{address, endpoint_named, unknown_endpoint};
use crate::http::form::Form;
use crate::http::path::Path;
use crate::http::portal::appointments::sentence;
use crate::http::portal::viewing::{Said, Viewing, saying};
use crate::http::problem::Problem;

/// An endpoint as it was typed.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sent {
    #[serde(default)]
    url: String,
    description: Option<String>,
    #[serde(default)]
    events: Vec<EventKind>,
    #[serde(default)]
    sends_transcripts: bool,
}

impl Sent {
    fn description(&self) -> Option<String> {
        let description = self.description.as_deref().map(str::trim).unwrap_or_default();
        (!description.is_empty()).then(|| description.to_owned())
    }

    /// To be shown again, with what is wrong.
    fn refused(&self, problem: &Problem) -> Typed {
        let errors = problem.errors().iter();
        Typed {
            url: self.url.clone(),
            description: self.description.clone().unwrap_or_default(),
            events: self.events.clone(),
            sends_transcripts: self.sends_transcripts,
            errors: errors.map(|error| (error.field.clone(), sentence(&error.detail))).collect(),
        }
    }
}

/// Makes an endpoint. The page that answers shows its secret, once: it stands in no address and no cookie.
pub async fn create(
    State(edge): State<Arc<Edge>>,
    viewing: Viewing,
    Form(sent): Form<Sent>,
) -> Result<Response, Problem> {
    let tenant = viewing.who.tenant(&edge, Action::ManageWebhooks).await?;
    let wish = address(&edge, &sent.url).map(|url| New {
        description: sent.description(),
        events: Some(sent.events.clone()),
        sends_transcripts: sent.sends_transcripts,
        ..New::of(url)
    });
    let made = match wish {
        Ok(new) => tenant.create_endpoint(new).await.map_err(Problem::from),
        Err(problem) => Err(problem),
    };
    match made {
        Ok((endpoint, secret)) => {
            let sentence = "The webhook is added. It hears of what happens from now on.".to_owned();
            let outcome = Some(Outcome { is_good: true, sentence });
            let done = Done { secret: Some(secret), outcome, ..Done::default() };
            let page = shown(&edge, &viewing, endpoint.id, Asked::default(), done).await?;
            Ok(viewing.page(&edge, page))
        }
        Err(problem) if problem.is_about_input() => {
            let said = problem.errors().is_empty().then(|| sentence(problem.detail()));
            let page = listed(&edge, &viewing, &sent.refused(&problem), said.as_deref()).await?;
            Ok(viewing.again(&edge, page))
        }
        Err(problem) => Err(problem),
    }
}

/// Saves an endpoint.
pub async fn save(
    State(edge): State<Arc<Edge>>,
    viewing: Viewing,
    Path(id): Path<String>,
    Form(sent): Form<Sent>,
) -> Result<Response, Problem> {
    let tenant = viewing.who.tenant(&edge, Action::ManageWebhooks).await?;
    let id = endpoint_named(&id)?;
    let wish = address(&edge, &sent.url).map(|url| Edit {
        url: Some(url),
        description: Some(sent.description()),
        events: Some(sent.events.clone()),
        sends_transcripts: Some(sent.sends_transcripts),
        is_enabled: None,
    });
    let saved = match wish {
        Ok(edit) => tenant.edit_endpoint(id, edit).await.map_err(Problem::from),
        Err(problem) => Err(problem),
    };
    match saved {
        Ok(_) => Ok(saying(&edge, Said::WebhookSaved, &path(&id.to_string()))),
        Err(problem) if problem.is_about_input() => {
            let done = Done { typed: Some(sent.refused(&problem)), ..Done::default() };
            let page = shown(&edge, &viewing, id, Asked::default(), done).await?;
            Ok(viewing.again(&edge, page))
        }
        Err(problem) => Err(problem),
    }
}

fn path(id: &str) -> String {
    format!("/settings/webhooks/{id}")
}

/// The page itself, where the address is that of a form: a page that shows what came of one asks for
/// itself again when something has changed.
pub async fn back(
    State(edge): State<Arc<Edge>>,
    viewing: Viewing,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    viewing.who.require(Action::ViewSettings)?;
    let page = shown(&edge, &viewing, endpoint_named(&id)?, Asked::default(), Done::default()).await?;
    Ok(viewing.page(&edge, page))
}

/// On or off.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Switched {
    is_enabled: bool,
}

/// Switches an endpoint on or off.
pub async fn switch(
    State(edge): State<Arc<Edge>>,
    viewing: Viewing,
    Path(id): Path<String>,
    Form(switched): Form<Switched>,
) -> Result<Response, Problem> {
    let tenant = viewing.who.tenant(&edge, Action::ManageWebhooks).await?;
    let edit = Edit { is_enabled: Some(switched.is_enabled), ..Edit::default() };
    tenant.edit_endpoint(endpoint_named(&id)?, edit).await?;
    let said = if switched.is_enabled { Said::WebhookOn } else { Said::WebhookOff };
    Ok(saying(&edge, said, &path(&id)))
}

/// Sends a test; the page that answers says what came of it.
pub async fn try_it(
    State(edge): State<Arc<Edge>>,
    viewing: Viewing,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    viewing.who.require(Action::ManageWebhooks)?;
    let id = endpoint_named(&id)?;
    let result = test(&edge, &viewing.who, id).await?;
    let outcome = Outcome { is_good: result.delivered, sentence: result.in_words };
    let done = Done { outcome: Some(outcome), ..Done::default() };
    let page = shown(&edge, &viewing, id, Asked::default(), done).await?;
    Ok(viewing.page(&edge, page))
}

/// The end of the secret that was in force when the form was made.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Seen {
    secret: Option<String>,
}

/// Replaces the secret; the page that answers shows it, once.
pub async fn rotate(
    State(edge): State<Arc<Edge>>,
    viewing: Viewing,
    Path(id): Path<String>,
    Form(seen): Form<Seen>,
) -> Result<Response, Problem> {
    let tenant = viewing.who.tenant(&edge, Action::ManageWebhooks).await?;
    let id = endpoint_named(&id)?;
    let found = endpoints::one(&edge.store, tenant.customer(), id, edge.clock.now()).await?;
    let in_force = found.ok_or_else(unknown_endpoint)?.endpoint.secret_last4;
    // A form that is sent again would end the secret that the first time has left in force.
    let done = if seen.secret.is_some_and(|secret| secret != in_force) {
        let sentence = "The secret was replaced already, so nothing was changed.".to_owned();
        Done { outcome: Some(Outcome { is_good: false, sentence }), ..Done::default() }
    } else {
        let (_, secret) = tenant.rotate_endpoint_secret(id).await?;
        Done { secret: Some(secret), ..Done::default() }
    };
    let page = shown(&edge, &viewing, id, Asked::default(), done).await?;
    Ok(viewing.page(&edge, page))
}

/// Since when.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Since {
    #[serde(default)]
    since: String,
}

/// Sends again what has failed since a day.
pub async fn again(
    State(edge): State<Arc<Edge>>,
    viewing: Viewing,
    Path(id): Path<String>,
    Form(asked): Form<Since>,
) -> Result<Response, Problem> {
    viewing.who.require(Action::ManageWebhooks)?;
    let id = endpoint_named(&id)?;
    match resend_since(&edge, &viewing.who, &id.to_string(), &asked.since).await {
        Ok(resent) => {
            let found = endpoints::one(&edge.store, viewing.who.customer()?, id, edge.clock.now()).await?;
            let is_on = found.is_some_and(|found| found.endpoint.state == Standing::Enabled);
            let outcome = Outcome { is_good: true, sentence: how_many(resent.resent, is_on) };
            let done = Done { outcome: Some(outcome), ..Done::default() };
            let page = shown(&edge, &viewing, id, Asked::default(), done).await?;
            Ok(viewing.page(&edge, page))
        }
        Err(problem) if problem.is_about_input() => {
            let done = Done { since_error: Some("Choose a day.".to_owned()), ..Done::default() };
            let page = shown(&edge, &viewing, id, Asked::default(), done).await?;
            Ok(viewing.again(&edge, page))
        }
        Err(problem) => Err(problem),
    }
}

fn how_many(resent: u64, is_on: bool) -> String {
    match resent {
        0 => "Nothing has failed since then, and nothing was missed.".to_owned(),
        1 if !is_on => "1 event is sent again once the webhook is switched on.".to_owned(),
        many if !is_on => format!("{many} events are sent again once the webhook is switched on."),
        1 => "1 event is on its way again.".to_owned(),
        10_000 => "10,000 events are on their way again. Ask once more for the rest.".to_owned(),
        many => format!("{many} events are on their way again."),
    }
}

/// The word with which an endpoint is removed.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Confirmed {
    #[serde(default)]
    understood: bool,
}

/// Removes an endpoint.
pub async fn remove(
    State(edge): State<Arc<Edge>>,
    viewing: Viewing,
    Path(id): Path<String>,
    Form(confirmed): Form<Confirmed>,
) -> Result<Response, Problem> {
    let tenant = viewing.who.tenant(&edge, Action::ManageWebhooks).await?;
    let id = endpoint_named(&id)?;
    if !confirmed.understood {
        let sentence = "Tick the box first: a webhook that is removed does not come back.".to_owned();
        let done = Done { outcome: Some(Outcome { is_good: false, sentence }), ..Done::default() };
        let page = shown(&edge, &viewing, id, Asked::default(), done).await?;
        return Ok(viewing.again(&edge, page));
    }
    tenant.remove_endpoint(id).await?;
    Ok(saying(&edge, Said::WebhookRemoved, "/settings/webhooks"))
}
