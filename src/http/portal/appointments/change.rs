//! What the forms on the page of an appointment do. Each names the revision its page showed: what
//! somebody else did meanwhile is shown and not undone.

use std::sync::Arc;

use actors::error::{Error, Refusal};
use actors::store::appointments as store;
use actors::tenant::Wish;
use axum::extract::State;
use axum::response::Response;
use domain::appointments::{Appointment, Closing, Edit};
use domain::calendar::{OutsideHours, SlotRefusal};
use domain::ids::CustomerId;
use domain::users::Action;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use views::appointments::{Fields, Notice, Opened, Tried};

use super::typed::{Typed, sentence, slot_refused};
use super::{calls_of, found};
use crate::http::Edge;
use crate::http::api::listing::zone_of;
use crate::http::form::Form;
use crate::http::path::Path;
use crate::http::portal::messages;
use crate::http::portal::viewing::{Said, Viewing, saying};
use crate::http::portal::wall::zone_named;
use crate::http::problem::Problem;

/// A form that was not taken.
pub struct Attempt {
    tried: Tried,
    fields: Fields,
    zone: TimeZone,
    obstacle: Option<Obstacle>,
}

enum Obstacle {
    Changed,
    Taken(Option<Box<Appointment>>),
    Refused(String),
}

/// The page of an appointment, with a form as it was sent where it was not taken.
pub async fn shown(
    edge: &Edge,
    viewing: Viewing,
    appointment: &Appointment,
    attempt: Option<Attempt>,
) -> Result<Response, Problem> {
    let fields = Fields::of(appointment, &viewing.zone);
    let (fields, form_zone) = match &attempt {
        None => (fields, &viewing.zone),
        Some(attempt) => (attempt.over(fields), &attempt.zone),
    };
    let notice =
        attempt.as_ref().and_then(|attempt| attempt.obstacle.as_ref()).map(|obstacle| match obstacle {
            Obstacle::Changed => Notice::ChangedMeanwhile,
            Obstacle::Taken(other) => Notice::Taken(other.as_deref()),
            Obstacle::Refused(sentence) => Notice::Refused(sentence),
        });
    let customer = viewing.who.customer()?;
    let messages = match viewing.who.viewer.may(Action::ViewBilling) {
        true => Some(messages::of_appointment(edge, customer, appointment.id).await?),
        false => None,
    };
    let opened = Opened {
        messages: messages.as_deref(),
        calls: &calls_of(edge, &viewing, customer, std::slice::from_ref(appointment)).await?,
        appointment,
        fields: &fields,
        tried: attempt.as_ref().map(|attempt| attempt.tried),
        notice,
        may_change: viewing.who.viewer.may(Action::ManageCalendar),
        now: edge.clock.now(),
        zone: &viewing.zone,
        form_zone,
        business_zone: &zone_of(&viewing.who),
    };
    let frame = viewing.frame(edge).await?;
    Ok(viewing.page(edge, views::appointments::detail(&frame, &opened)))
}

impl Attempt {
    /// A button without fields, and why it does nothing.
    pub fn refused(tried: Tried, viewing: &Viewing, why: &str) -> Self {
        let obstacle = Some(Obstacle::Refused(sentence(why)));
        Self { tried, fields: Fields::default(), zone: viewing.zone.clone(), obstacle }
    }

    /// What was typed into its form, over what the others hold.
    fn over(&self, others: Fields) -> Fields {
        let typed = self.fields.clone();
        let rest = Fields { errors: typed.errors, asks_outside_hours: typed.asks_outside_hours, ..others };
        match self.tried {
            Tried::Move => Fields {
                date: typed.date,
                time: typed.time,
                duration_minutes: typed.duration_minutes,
                ..rest
            },
            Tried::Details => Fields {
                guest_name: typed.guest_name,
                guest_phone: typed.guest_phone,
                guest_email: typed.guest_email,
                notes: typed.notes,
                ..rest
            },
            Tried::Cancel => Fields { reason: typed.reason, ..rest },
            Tried::Outcome | Tried::Resend => rest,
        }
    }
}

/// Moves it.
pub async fn reschedule(
    State(edge): State<Arc<Edge>>,
    viewing: Viewing,
    Path(id): Path<String>,
    Form(typed): Form<Typed>,
) -> Result<Response, Problem> {
    let appointment = found(&edge, &viewing, Action::ManageCalendar, &id).await?;
    let zone = zone_named(typed.zone.as_deref(), &viewing.zone);
    let mut fields = typed.fields();
    let start = typed.other_start(&appointment, &zone, &mut fields);
    let duration_minutes = typed.minutes(&mut fields);
    let edit = Edit { start, duration_minutes, ..Edit::default() };
    let attempt = Attempt { tried: Tried::Move, fields, zone, obstacle: None };
    wished(&edge, viewing, &appointment, &typed, edit, attempt, Said::AppointmentMoved).await
}

/// Another guest, other notes.
pub async fn details(
    State(edge): State<Arc<Edge>>,
    viewing: Viewing,
    Path(id): Path<String>,
    Form(typed): Form<Typed>,
) -> Result<Response, Problem> {
    let appointment = found(&edge, &viewing, Action::ManageCalendar, &id).await?;
    let mut fields = typed.fields();
    let [guest_name, guest_phone, guest_email, notes] = typed.details(&mut fields).map(Some);
    let edit = Edit { guest_name, guest_phone, guest_email, notes, ..Edit::default() };
    let attempt = Attempt { tried: Tried::Details, fields, zone: viewing.zone.clone(), obstacle: None };
    wished(&edge, viewing, &appointment, &typed, edit, attempt, Said::AppointmentSaved).await
}

/// Calls it off.
pub async fn cancel(
    State(edge): State<Arc<Edge>>,
    viewing: Viewing,
    Path(id): Path<String>,
    Form(typed): Form<Typed>,
) -> Result<Response, Problem> {
    let appointment = found(&edge, &viewing, Action::ManageCalendar, &id).await?;
    let mut fields = typed.fields();
    let closing = Some(Closing::Cancel { reason: typed.reason(&mut fields) });
    let edit = Edit { closing, ..Edit::default() };
    let attempt = Attempt { tried: Tried::Cancel, fields, zone: viewing.zone.clone(), obstacle: None };
    wished(&edge, viewing, &appointment, &typed, edit, attempt, Said::AppointmentCancelled).await
}

/// Says whether the guest came.
pub async fn outcome(
    State(edge): State<Arc<Edge>>,
    viewing: Viewing,
    Path(id): Path<String>,
    Form(typed): Form<Typed>,
) -> Result<Response, Problem> {
    let appointment = found(&edge, &viewing, Action::ManageCalendar, &id).await?;
    let closing = match typed.outcome.as_deref() {
        Some("completed") => Closing::Complete,
        Some("no-show") => Closing::NoShow,
        _ => return Err(Problem::invalid_field("outcome", "completed or no-show")),
    };
    let edit = Edit { closing: Some(closing), ..Edit::default() };
    let attempt =
        Attempt { tried: Tried::Outcome, fields: typed.fields(), zone: viewing.zone.clone(), obstacle: None };
    wished(&edge, viewing, &appointment, &typed, edit, attempt, Said::AppointmentMarked).await
}

/// Does it and leads back to the page; else the page says what is in the way.
async fn wished(
    edge: &Edge,
    viewing: Viewing,
    appointment: &Appointment,
    typed: &Typed,
    edit: Edit,
    attempt: Attempt,
    said: Said,
) -> Result<Response, Problem> {
    if !attempt.fields.errors.is_empty() {
        return shown(edge, viewing, appointment, Some(attempt)).await;
    }
    let tenant = viewing.who.tenant(edge, Action::ManageCalendar).await?;
    let start = edit.start.unwrap_or(appointment.start);
    let minutes = edit.duration_minutes;
    let outside_hours = if edit.moves() { typed.outside_hours() } else { OutsideHours::Refuse };
    let wish = Wish { edit, outside_hours, if_revision: typed.revision };
    let refusal = match tenant.edit(appointment.id, wish).await {
        Ok(_) => return Ok(saying(edge, said, &format!("/appointments/{}", appointment.id))),
        Err(Error::Refused(refusal)) => refusal,
        Err(error) => return Err(error.into()),
    };
    let mut attempt = attempt;
    match refusal {
        Refusal::Changed(current) => {
            attempt.obstacle = Some(Obstacle::Changed);
            shown(edge, viewing, &current, Some(attempt)).await
        }
        Refusal::Slot(refusal) => {
            slot_refused(&refusal, &mut attempt.fields);
            if refusal == SlotRefusal::Taken {
                let other = there(edge, tenant.customer(), start, minutes, Some(appointment)).await?;
                attempt.obstacle = Some(Obstacle::Taken(other.map(Box::new)));
            }
            shown(edge, viewing, appointment, Some(attempt)).await
        }
        Refusal::Appointment(refusal) => {
            attempt.obstacle = Some(Obstacle::Refused(sentence(&refusal.to_string())));
            shown(edge, viewing, appointment, Some(attempt)).await
        }
        refusal => Err(Error::Refused(refusal).into()),
    }
}

/// The standing appointment at a time that was wanted; none where one merely is too near.
pub async fn there(
    edge: &Edge,
    customer: CustomerId,
    start: Timestamp,
    minutes: Option<u32>,
    own: Option<&Appointment>,
) -> Result<Option<Appointment>, Problem> {
    let minutes = minutes.or(own.map(|own| own.duration_minutes)).unwrap_or(1);
    let Ok(end) = start.checked_add(SignedDuration::from_mins(minutes.into())) else { return Ok(None) };
    let standing = store::between(&edge.store, customer, start, end).await?;
    let is_other = |other: &Appointment| other.holds_its_time() && own.is_none_or(|own| own.id != other.id);
    Ok(standing.into_iter().find(is_other))
}
