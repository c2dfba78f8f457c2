//! The pages of webhooks: the endpoints, one of them, an event at it, and the catalogue.

pub mod change;
pub mod deliveries;

use std::sync::Arc;

use actors::store::webhooks::endpoints::{self, Watched};
use actors::store::webhooks::log::{self, Filter};
use axum::extract::State;
use axum::response::Response;
use domain::ids::EndpointId;
use domain::page::PageRequest;
use domain::period::{Period, Side, instant};
use domain::users::Action;
use domain::webhooks::{DeliveryStatus, EventKind};
use jiff::ToSpan;
use serde::Deserialize;
use views::parts::Pager;
use views::webhooks::{Listed, Log, Result as Outcome, Shown, Typed};

use super::viewing::Viewing;
use crate::http::Edge;
use crate::http::api::webhooks::{endpoint_named, unknown_endpoint};
use crate::http::path::Path;
use crate::http::problem::Problem;
use crate::http::query::Query;

/// Rows on a page.
const PER_PAGE: u32 = 20;

/// The endpoints.
pub async fn list(State(edge): State<Arc<Edge>>, viewing: Viewing) -> Result<Response, Problem> {
    let page = listed(&edge, &viewing, &Typed::fresh(), None).await?;
    Ok(viewing.page(&edge, page))
}

async fn listed(
    edge: &Edge,
    viewing: &Viewing,
    typed: &Typed,
    refused: Option<&str>,
) -> Result<String, Problem> {
    let customer = viewing.who.member(Action::ViewSettings)?;
    let now = edge.clock.now();
    let all = endpoints::all(&edge.store, customer, now).await?;
    let all: Vec<_> = all.into_iter().map(watched).collect();
    let listed = Listed {
        endpoints: &all,
        typed,
        refused,
        may_change: viewing.who.viewer.may(Action::ManageWebhooks),
        now,
        zone: &viewing.zone,
    };
    Ok(views::webhooks::list(&viewing.frame(edge).await?, &listed))
}

fn watched(of: Watched) -> views::webhooks::Watched {
    views::webhooks::Watched {
        endpoint: of.endpoint,
        failing_since: of.failing_since,
        closed_until: of.closed_until,
        delivered_at: of.delivered_at,
        delivered: of.delivered,
        failed: of.failed,
        pending: of.pending,
    }
}

/// The catalogue.
pub async fn events(State(edge): State<Arc<Edge>>, viewing: Viewing) -> Result<Response, Problem> {
    viewing.who.require(Action::ViewSettings)?;
    let frame = viewing.frame(&edge).await?;
    Ok(viewing.page(&edge, views::webhooks::catalogue(&frame, &domain::webhooks::catalogue())))
}

/// What the log is narrowed to. What makes no sense is left out, so that an old link still shows a list.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    event: Option<String>,
    status: Option<String>,
    from: Option<String>,
    page: Option<String>,
}

/// What has just been done at an endpoint.
#[derive(Default)]
struct Done {
    /// As it was typed, where it was not taken.
    typed: Option<Typed>,
    secret: Option<Arc<str>>,
    outcome: Option<Outcome>,
    since_error: Option<String>,
}

/// One endpoint.
pub async fn show(
    State(edge): State<Arc<Edge>>,
    viewing: Viewing,
    Path(id): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    viewing.who.require(Action::ViewSettings)?;
    let page = shown(&edge, &viewing, endpoint_named(&id)?, asked, Done::default()).await?;
    Ok(viewing.page(&edge, page))
}

async fn shown(
    edge: &Edge,
    viewing: &Viewing,
    id: EndpointId,
    asked: Asked,
    done: Done,
) -> Result<String, Problem> {
    let customer = viewing.who.member(Action::ViewSettings)?;
    let now = edge.clock.now();
    let found = endpoints::one(&edge.store, customer, id, now).await?;
    let found = watched(found.ok_or_else(unknown_endpoint)?);
    let kind = asked.event.as_deref().and_then(EventKind::parse);
    let status = asked.status.as_deref().and_then(DeliveryStatus::parse);
    let from = asked.from.as_deref().and_then(|day| instant(day, Side::From, &viewing.zone));
    let request = PageRequest::new(asked.page.and_then(|page| page.parse().ok()), Some(PER_PAGE))
        .unwrap_or(const { PageRequest::first(PER_PAGE) });
    let filter = Filter { endpoint: Some(id), kind, status, period: Period { from, until: None } };
    let page = log::page(&edge.store, customer, &filter, request).await?;
    let event = kind.map_or("", EventKind::as_str);
    let status = status.map_or("", DeliveryStatus::as_str);
    let since = asked.from.as_deref().filter(|_| from.is_some()).unwrap_or_default();
    let pager = Pager::of(&page, |number| address(id, event, status, since, number));
    let rows: Vec<_> = page.items.into_iter().map(|delivery| deliveries::row(&delivery)).collect();
    let log = Log { deliveries: &rows, pager, status, event, since };
    // What failed lately is what is usually meant.
    let day_before = found.failing_since.unwrap_or(now).to_zoned(viewing.zone.clone()).date();
    let day_before = day_before.checked_sub(1.day()).unwrap_or(day_before).to_string();
    let typed = done.typed.unwrap_or_else(|| Typed::of(&found.endpoint));
    let shown = Shown {
        watched: &found,
        typed: &typed,
        secret: done.secret.as_deref(),
        result: done.outcome.as_ref(),
        log: &log,
        since: &day_before,
        since_error: done.since_error.as_deref(),
        may_change: viewing.who.viewer.may(Action::ManageWebhooks),
        now,
        zone: &viewing.zone,
    };
    Ok(views::webhooks::endpoint(&viewing.frame(edge).await?, &shown))
}

/// The address of another page of the same list.
fn address(id: EndpointId, event: &str, status: &str, from: &str, page: u32) -> String {
    let page = if page == 1 { String::new() } else { page.to_string() };
    let pairs = [("event", event), ("status", status), ("from", from), ("page", &page)];
    let pairs = pairs.into_iter().filter(|(_, value)| !value.is_empty());
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    format!("/settings/webhooks/{id}?{query}#h-log")
}
