//! Invoices on pages: the list with the running month above it, and one as its document has it.

use std::sync::Arc;

use actors::store::invoices;
use axum::extract::State;
use axum::response::Response;
use domain::invoices::Status;
use domain::page::PageRequest;
use domain::users::Action;
use serde::Deserialize;
use views::invoices::{Draft, Invoices, Listed, detail, list as page};
use views::parts::Pager;

use super::viewing::Viewing;
use crate::http::Edge;
use crate::http::api::billing::invoices::{draft_of, named};
use crate::http::path::Path;
use crate::http::problem::Problem;
use crate::http::query::Query;

/// Rows on a page: two years of months.
const PER_PAGE: u32 = 24;

/// What the list is narrowed to. What makes no sense is left out, so that an old link still shows a list.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asked {
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
    let status = asked.status.as_deref().and_then(Status::parse);
    let request = PageRequest::new(asked.page.and_then(|page| page.parse().ok()), Some(PER_PAGE))
        .unwrap_or(const { PageRequest::first(PER_PAGE) });
    let found = invoices::page(&edge.store, customer, status, request).await?;
    let status = status.map_or("", Status::as_str);
    let pager = Pager::of(&found, |number| address(status, number));
    let draft = draft_of(&edge, customer).await?;
    let listed: Vec<Listed> = found.items.into_iter().map(listed).collect();
    let shown = Invoices {
        invoices: &listed,
        pager,
        status,
        draft: Draft { month: draft.month, closes_on: draft.closes_on, content: &draft.content },
        currency: &edge.currency,
    };
    let frame = viewing.frame(&edge).await?;
    Ok(viewing.page(&edge, page(&frame, &shown)))
}

/// The address of another page of the same list.
fn address(status: &str, page: u32) -> String {
    let page = if page == 1 { String::new() } else { page.to_string() };
    let pairs = [("status", status), ("page", &page)].into_iter().filter(|(_, value)| !value.is_empty());
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    if query.is_empty() { "/billing/invoices".to_owned() } else { format!("/billing/invoices?{query}") }
}

/// One.
pub async fn show(
    State(edge): State<Arc<Edge>>,
    viewing: Viewing,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let customer = viewing.who.member(Action::ViewBilling)?;
    let invoice = named(&edge, customer, &id).await?;
    let frame = viewing.frame(&edge).await?;
    Ok(viewing.page(&edge, detail(&frame, &invoice)))
}

fn listed(of: invoices::Listed) -> Listed {
    Listed {
        id: of.id,
        number: of.number,
        month: of.month,
        issued_on: of.issued_on,
        due_date: of.due_date,
        currency: of.currency,
        total: of.total,
        amount_due: of.amount_due,
        status: of.status,
    }
}
