//! `POST /api/v1/function/lookup/{api_key}`: who is calling.

use std::sync::Arc;

use actors::tenant::CallerFound;
use axum::Json;
use axum::extract::State;
use domain::ids::{AppointmentId, CallId};
use jiff::Timestamp;
use serde::Serialize;

use super::super::edge::Edge;
use super::phrases;
use super::received::Spoken;

/// Always the same fields, so that an agent's variables are always set.
#[derive(Debug, Default, Serialize)]
pub struct Answer {
    found: bool,
    name: Option<String>,
    phone: Option<String>,
    email: Option<String>,
    upcoming_appointments: Vec<Upcoming>,
    last_call: Option<LastCall>,
    calls_total: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<&'static str>,
}

#[derive(Debug, Serialize)]
struct Upcoming {
    appointment_id: AppointmentId,
    /// `YYYY-MM-DD`, on the wall of the business.
    date: String,
    /// `HH:MM`
    time: String,
    in_words: String,
}

#[derive(Debug, Serialize)]
struct LastCall {
    call_id: CallId,
    at: Timestamp,
    duration_seconds: i32,
    summary: Option<String>,
}

impl From<CallerFound> for Answer {
    fn from(caller: CallerFound) -> Self {
        let upcoming = |(appointment_id, start): (AppointmentId, jiff::civil::DateTime)| Upcoming {
            appointment_id,
            date: start.date().to_string(),
            time: start.strftime("%H:%M").to_string(),
            in_words: phrases::moment(start),
        };
        Self {
            found: true,
            name: caller.name,
            phone: caller.phone,
            email: caller.email,
            upcoming_appointments: caller.upcoming.into_iter().map(upcoming).collect(),
            last_call: caller.last_call.map(|call| LastCall {
                call_id: call.id,
                at: call.at,
                duration_seconds: call.duration_seconds,
                summary: call.summary,
            }),
            calls_total: caller.calls_total,
            message: None,
        }
    }
}

/// Answers with what is known of a caller; 200 also when that is nothing.
pub async fn lookup(State(edge): State<Arc<Edge>>, Spoken(heard): Spoken) -> Json<Answer> {
    let no = |message| Answer { message: Some(message), ..Answer::default() };
    let answer = match heard {
        Err(sentence) => no(sentence),
        Ok((received, invocation)) => match received.tenant.lookup(invocation.lookup()).await {
            Ok(found) => found.map(Answer::from).unwrap_or_default(),
            Err(_) => no(phrases::TRY_AGAIN),
        },
    };
    if answer.message.is_some() {
        edge.metrics.function_refusals.with_label_values(&["lookup"]).inc();
    }
    Json(answer)
}
