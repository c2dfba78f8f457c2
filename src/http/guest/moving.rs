//! Another time: what is free, and the form that takes one of it.

use std::sync::Arc;

use actors::error::{Error, Refusal};
use axum::extract::State;
use axum::response::Response;
use domain::calendar::{Look, SlotRefusal};
use jiff::Timestamp;
use serde::Deserialize;
use views::guest::{Moving, Obstacle, Standing};

use super::appointment::{kept, moved};
use super::visit::Visit;
use crate::http::Edge;
use crate::http::form::Form;
use crate::http::pages::{html, see};
use crate::http::problem::Problem;
use crate::http::query::Query;

/// Where somebody looks; what is no date is nowhere.
#[derive(Deserialize)]
pub struct Looking {
    date: Option<String>,
    month: Option<String>,
}

impl Looking {
    fn look(&self) -> Look {
        let day = |text: &Option<String>| text.as_deref().and_then(domain::period::day);
        match (day(&self.date), day(&self.month)) {
            (Some(day), _) => Look::Day(day),
            (None, Some(month)) => Look::Month(month),
            (None, None) => Look::Next,
        }
    }
}

/// What is free.
pub async fn show(
    State(edge): State<Arc<Edge>>,
    visit: Visit,
    Query(looking): Query<Looking>,
) -> Result<Response, Problem> {
    match visit.standing(&edge) {
        Standing::Stands(Moving::Open) => offered(&edge, &visit, looking.look(), None).await,
        standing => Ok(html(views::guest::appointment(&visit.guest(&edge), standing, None))),
    }
}

/// What was chosen, on the page that showed this revision.
#[derive(Deserialize)]
pub struct Chosen {
    start: Option<String>,
    revision: i64,
    date: Option<String>,
}

/// Moves it, or offers what else there is.
pub async fn reschedule(
    State(edge): State<Arc<Edge>>,
    visit: Visit,
    Form(chosen): Form<Chosen>,
) -> Result<Response, Problem> {
    if visit.standing(&edge) != Standing::Stands(Moving::Open) {
        return Ok(see(visit.path()));
    }
    let looking = Looking { date: chosen.date, month: None };
    let Some(start) = chosen.start.as_deref().and_then(|start| start.parse::<Timestamp>().ok()) else {
        return offered(&edge, &visit, looking.look(), Some(Obstacle::NothingChosen)).await;
    };
    let tenant = visit.tenant(&edge).await?;
    let refusal = match tenant.move_by_guest(visit.appointment.id, start, chosen.revision).await {
        Ok(appointment) if appointment.moves == visit.appointment.moves => return Ok(kept(&visit)),
        Ok(_) => return Ok(moved(&visit)),
        Err(Error::Refused(refusal)) => refusal,
        Err(error) => return Err(error.into()),
    };
    match refusal {
        // Sent twice: the first one did it.
        Refusal::Changed(current) if current.holds_its_time() && current.start == start => Ok(moved(&visit)),
        Refusal::Changed(current) if current.holds_its_time() => {
            let visit = visit.with(*current);
            offered(&edge, &visit, looking.look(), Some(Obstacle::ChangedMeanwhile)).await
        }
        Refusal::Slot(refusal) => {
            offered(&edge, &visit, looking.look(), Some(Obstacle::NotFree(sentence(&refusal)))).await
        }
        // Its page says how it stands.
        Refusal::Changed(_) | Refusal::Appointment(_) | Refusal::Suspended => Ok(see(visit.path())),
        refusal => Err(Error::Refused(refusal).into()),
    }
}

/// The page of what is free; where a day has run out, of the first day that has something.
async fn offered(
    edge: &Edge,
    visit: &Visit,
    look: Look,
    obstacle: Option<Obstacle<'_>>,
) -> Result<Response, Problem> {
    let tenant = visit.tenant(edge).await?;
    let id = visit.appointment.id;
    let mut offer = tenant.offer_move(id, look).await;
    if obstacle.is_some() && offer.as_ref().is_ok_and(|offer| offer.slots.is_empty()) {
        offer = tenant.offer_move(id, Look::Next).await;
    }
    match offer {
        Ok(offer) => Ok(html(views::guest::choose(&visit.guest(edge), &offer, obstacle))),
        // It changed while this page was made.
        Err(Error::Refused(Refusal::Appointment(_) | Refusal::Suspended)) => Ok(see(visit.path())),
        Err(error) => Err(error.into()),
    }
}

fn sentence(refusal: &SlotRefusal) -> &'static str {
    match refusal {
        SlotRefusal::Taken => "That time has just been taken.",
        SlotRefusal::InThePast => "That time has passed.",
        SlotRefusal::TooSoon { .. } => "That time is too soon.",
        _ => "That time is not free.",
    }
}
