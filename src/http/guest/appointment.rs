//! The appointment, and the same as a file for calendars.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use views::guest::{Happened, Standing};
use views::ics::{Entry, Method, render, uid};

use super::visit::Visit;
use crate::guest_links::guest_url;
use crate::http::Edge;
use crate::http::pages::{html, see};
use crate::http::query::Query;

/// What has just been done. Others may hang what they like on a link in a mail.
#[derive(Deserialize)]
pub struct Seen {
    did: Option<String>,
}

/// After a form: the page, which says that it has moved.
pub fn moved(visit: &Visit) -> Response {
    see(&format!("{}?did=move", visit.path()))
}

/// The same where it was sent to the time it had.
pub fn kept(visit: &Visit) -> Response {
    see(&format!("{}?did=nothing", visit.path()))
}

/// The page.
pub async fn show(State(edge): State<Arc<Edge>>, visit: Visit, Query(seen): Query<Seen>) -> Response {
    let standing = visit.standing(&edge);
    let happened = match (seen.did.as_deref(), standing) {
        (Some("move"), Standing::Stands(_)) if visit.appointment.guest_moves > 0 => Some(Happened::Moved),
        (Some("nothing"), Standing::Stands(_)) => Some(Happened::Unchanged),
        _ => None,
    };
    html(views::guest::appointment(&visit.guest(&edge), standing, happened))
}

/// The file, as long as there is something to keep.
pub async fn calendar(State(edge): State<Arc<Edge>>, visit: Visit) -> Response {
    let Standing::Stands(_) = visit.standing(&edge) else { return see(visit.path()) };
    let appointment = &visit.appointment;
    let url = guest_url(&edge.public_url, &visit.token);
    let phone = visit.profile.phone.as_ref().map(|phone| format!("\nPhone: {phone}")).unwrap_or_default();
    let file = render(&Entry {
        uid: &uid(visit.customer, appointment.id, &edge.public_url),
        sequence: appointment.moves,
        method: Method::Publish,
        start: appointment.start,
        end: appointment.end,
        stamp: appointment.updated_at,
        summary: &format!("Appointment: {}", visit.business()),
        description: Some(&format!("Move or cancel: {url}{phone}")),
        location: None,
        // Whom the business signs in as is nobody's business.
        organizer: None,
        attendee: None,
        url: Some(&url),
    });
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/calendar; charset=utf-8; method=PUBLISH")),
        (header::CONTENT_DISPOSITION, HeaderValue::from_static("attachment; filename=\"appointment.ics\"")),
    ];
    (headers, file).into_response()
}
