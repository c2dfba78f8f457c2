//! What guests were told, and what became of it: a list, and one with its words.

use std::sync::Arc;

use actors::store::notifications::{self, Filter, Notification};
use axum::extract::State;
use axum::response::Response;
use domain::ids::{AppointmentId, CustomerId};
use domain::notifications::{Channel, Status};
use domain::page::PageRequest;
use domain::users::Action;
use jiff::SignedDuration;
use serde::Deserialize;
use views::messages::{Delay, Listed, Message, Opened};
use views::parts::Pager;

use super::viewing::Viewing;
use crate::http::Edge;
use crate::http::api::notifications::name;
use crate::http::path::Path;
use crate::http::problem::Problem;
use crate::http::query::Query;

/// Rows on a page.
const PER_PAGE: u32 = 25;
/// A message that waits longer is late: as a rule they go out within a second.
const LATE: SignedDuration = SignedDuration::from_mins(1);

/// What the list is narrowed to. What makes no sense is left out, so that an old link still shows a list.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    r#type: Option<String>,
    status: Option<String>,
    page: Option<String>,
}

/// The list.
pub async fn list(
    State(edge): State<Arc<Edge>>,
    viewing: Viewing,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let customer = viewing.who.member(Action::ViewBilling)?;
    let channel = asked.r#type.as_deref().and_then(Channel::parse);
    let status = asked.status.as_deref().and_then(Status::parse);
    // Whoever looks for failures also means what was accepted and came back.
    let is_lost = status == Some(Status::Failed);
    let filter = Filter { channel, status: status.filter(|_| !is_lost), is_lost, ..Filter::default() };
    let request = PageRequest::new(asked.page.and_then(|page| page.parse().ok()), Some(PER_PAGE))
        .unwrap_or(const { PageRequest::first(PER_PAGE) });
    let page = notifications::page(&edge.store, customer, &filter, request).await?;
    let (channel, status) = (channel.map_or("", Channel::as_str), status.map_or("", Status::as_str));
    let pager = Pager::of(&page, |number| address(channel, status, number));
    let delay = delay(&edge, customer).await?;
    let messages: Vec<Message> = page.items.into_iter().map(message).collect();
    let listed = Listed {
        messages: &messages,
        pager,
        channel,
        status,
        delay: delay.as_ref(),
        currency: &edge.currency,
        zone: &viewing.zone,
    };
    let frame = viewing.frame(&edge).await?;
    Ok(viewing.page(&edge, views::messages::list(&frame, &listed)))
}

/// The address of another page of the same list.
fn address(channel: &str, status: &str, page: u32) -> String {
    let page = if page == 1 { String::new() } else { page.to_string() };
    let pairs = [("type", channel), ("status", status), ("page", &page)];
    let pairs = pairs.into_iter().filter(|(_, value)| !value.is_empty());
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    if query.is_empty() { "/messages".to_owned() } else { format!("/messages?{query}") }
}

/// What is stuck, if anything is.
async fn delay(edge: &Edge, customer: CustomerId) -> Result<Option<Delay>, Problem> {
    let now = edge.clock.now();
    let health = notifications::health(&edge.store, customer, now, now - LATE).await?;
    Ok(health.late_since.map(|since| Delay { many: health.late, since, why: health.why }))
}

/// One.
pub async fn show(
    State(edge): State<Arc<Edge>>,
    viewing: Viewing,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let customer = viewing.who.member(Action::ViewBilling)?;
    let found = notifications::find(&edge.store, customer, name(&id)?).await?;
    let found = found.ok_or_else(|| Problem::nothing_of_that_name("message"))?;
    let frame = viewing.frame(&edge).await?;
    let opened = Opened {
        message: &message(found.notification),
        subject: found.subject.as_deref(),
        content: found.content.as_deref(),
        business: &frame.business,
        currency: &edge.currency,
        zone: &viewing.zone,
    };
    Ok(viewing.page(&edge, views::messages::detail(&frame, &opened)))
}

/// Those of an appointment, for its page.
pub(super) async fn of_appointment(
    edge: &Edge,
    customer: CustomerId,
    appointment: AppointmentId,
) -> Result<Vec<Message>, Problem> {
    let found = notifications::of_appointment(&edge.store, customer, appointment).await?;
    Ok(found.into_iter().map(message).collect())
}

fn message(of: Notification) -> Message {
    Message {
        id: of.id,
        channel: of.channel,
        topic: of.topic,
        recipient: of.recipient,
        appointment: of.appointment,
        guest: of.guest,
        status: of.status,
        receipt: of.receipt,
        cost: of.cost,
        why: of.why,
        attempts: of.attempts,
        due_at: of.due_at,
        sent_at: of.sent_at,
        created_at: of.created_at,
        is_resend: of.is_resend,
        parts: of.parts,
    }
}
