//! The page that sets up Retell: its addresses, which are shown to whoever may replace them, and
//! replacing them.

use std::sync::Arc;

use actors::store::calls::{self, Filter, Scope};
use actors::store::settings::urls_before_work_until;
use actors::tenant::ROTATION_HOURS;
use axum::extract::State;
use axum::response::Response;
use domain::page::PageRequest;
use domain::users::Action;
use serde::Deserialize;
use views::settings::{Setup, Urls, retell};

use super::checked;
use crate::http::Edge;
use crate::http::api::settings::{keys, retell_urls};
use crate::http::form::Form;
use crate::http::portal::appointments::sentence;
use crate::http::portal::viewing::{Said, Viewing, saying};
use crate::http::problem::Problem;

/// The page.
pub async fn show(State(edge): State<Arc<Edge>>, viewing: Viewing) -> Result<Response, Problem> {
    let page = shown(&edge, &viewing, None).await?;
    Ok(viewing.page(&edge, page))
}

async fn shown(edge: &Edge, viewing: &Viewing, error: Option<&str>) -> Result<String, Problem> {
    let customer = viewing.who.member(Action::ManageApiKey)?;
    let urls = retell_urls(edge, customer).await?.ok_or_else(|| Problem::nothing_of_that_name("key"))?;
    let [(_, webhook), (_, inbound), (_, availability), (_, book), (_, lookup)] = urls.named();
    const ONE: PageRequest = PageRequest::first(1);
    let latest = calls::page(&edge.store, customer, &Scope::All, &Filter::default(), ONE).await?;
    let last_call = latest.items.first().map(|call| call.start_time.unwrap_or(call.created_at));
    let setup = Setup {
        urls: Urls { webhook, inbound, availability, book, lookup },
        is_public: edge.is_public,
        checked: checked(edge, viewing).await?.0,
        last_call,
        before_until: urls_before_work_until(&edge.store, customer, edge.clock.now()).await?,
        overlap_hours: ROTATION_HOURS,
        error,
        zone: &viewing.zone,
    };
    Ok(retell(&viewing.frame(edge).await?, &setup))
}

/// The word with which addresses are replaced.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Confirmed {
    #[serde(default)]
    understood: bool,
}

/// Replaces the key in the addresses. The page after it shows the new ones: they stand in no address
/// of ours and in no cookie.
pub async fn replace(
    State(edge): State<Arc<Edge>>,
    viewing: Viewing,
    Form(confirmed): Form<Confirmed>,
) -> Result<Response, Problem> {
    viewing.who.member(Action::ManageApiKey)?;
    let refusal = if confirmed.understood {
        match keys::rotate(&edge, &viewing.who).await {
            Ok(_) => return Ok(saying(&edge, Said::UrlsReplaced, "/settings/retell")),
            Err(problem) if problem.is_about_input() => sentence(problem.detail()),
            Err(problem) => return Err(problem),
        }
    } else {
        "Tick the box first: without the new addresses in Retell, calls are lost.".to_owned()
    };
    let page = shown(&edge, &viewing, Some(&refusal)).await?;
    Ok(viewing.again(&edge, page))
}
