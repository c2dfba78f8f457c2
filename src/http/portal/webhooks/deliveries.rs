//! One event at one endpoint.

use std::sync::Arc;

use actors::store::webhooks::log;
use axum::extract::State;
use axum::response::Response;
use domain::users::Action;
use domain::webhooks::{failure_in_words, host_of};
use views::webhooks::{Attempt, Opened};

use crate::http::Edge;
use crate::http::api::webhooks::deliveries::in_words;
use crate::http::api::webhooks::resending::resend_one;
use crate::http::api::webhooks::{endpoint_named, event_named, unknown_delivery};
use crate::http::path::Path;
use crate::http::portal::viewing::{Said, Viewing, saying};
use crate::http::problem::Problem;

/// As it is shown.
pub fn row(of: &log::Delivery) -> views::webhooks::Delivery {
    let why = of.failure.map(|failure| failure_in_words(host_of(&of.url), failure, of.response_code));
    views::webhooks::Delivery {
        endpoint: of.endpoint,
        state: of.state,
        event: of.event,
        kind: of.kind,
        subject: of.subject.clone(),
        status: of.status,
        attempts: of.attempts,
        next_at: of.next_at,
        why,
        ended_at: of.ended_at,
        created_at: of.created_at,
    }
}

/// One.
pub async fn show(
    State(edge): State<Arc<Edge>>,
    viewing: Viewing,
    Path((endpoint, event)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let customer = viewing.who.member(Action::ViewBilling)?;
    let (endpoint, event) = (endpoint_named(&endpoint)?, event_named(&event)?);
    let found = log::find(&edge.store, customer, endpoint, event).await?;
    let log::Opened { delivery, body, attempts } = found.ok_or_else(unknown_delivery)?;
    let host = host_of(&delivery.url);
    let attempt = |it: log::Attempt| Attempt {
        in_words: in_words(host, &it),
        number: it.number,
        started_at: it.started_at,
        took_ms: it.took_ms,
        response_code: it.response_code,
        response: it.response,
        is_good: it.took_ms.is_some() && it.failure.is_none(),
    };
    let attempts: Vec<Attempt> = attempts.into_iter().map(attempt).collect();
    let opened = Opened {
        delivery: &row(&delivery),
        url: &delivery.url,
        body: body.as_deref(),
        attempts: &attempts,
        may_change: viewing.who.viewer.may(Action::ManageWebhooks),
        now: edge.clock.now(),
        zone: &viewing.zone,
    };
    Ok(viewing.page(&edge, views::webhooks::delivery(&viewing.frame(&edge).await?, &opened)))
}

/// Sends it again.
pub async fn resend(
    State(edge): State<Arc<Edge>>,
    viewing: Viewing,
    Path((endpoint, event)): Path<(String, String)>,
) -> Result<Response, Problem> {
    resend_one(&edge, &viewing.who, &endpoint, &event).await?;
    let path = format!("/settings/webhooks/{endpoint}/deliveries/{event}");
    Ok(saying(&edge, Said::EventResent, &path))
}
