//! `POST /api/v1/function/availability/{api_key}`: what is free.

use std::sync::Arc;

use actors::tenant::Availability;
use axum::Json;
use axum::extract::State;
use domain::calendar::Slot;
use domain::speech;
use serde::Serialize;

use super::super::edge::Edge;
use super::phrases;
use super::received::Spoken;

/// Retell cuts an answer at 15,000 characters; nobody speaks of more times than this.
const SLOTS_MAX: usize = 200;

/// A slot on the wall of the business.
#[derive(Debug, Serialize)]
pub struct Times {
    /// `HH:MM`
    start: String,
    /// `HH:MM`
    end: String,
}

/// A slot on some day.
#[derive(Debug, Serialize)]
pub struct DatedTimes {
    /// `YYYY-MM-DD`
    date: String,
    #[serde(flatten)]
    times: Times,
    /// The same to be spoken.
    in_words: String,
}

/// The specification's field and what helps an agent to speak of it.
#[derive(Debug, Default, Serialize)]
pub struct Answer {
    success: bool,
    available_slots: Vec<Times>,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    date: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    date_in_words: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    weekday: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    timezone: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    duration_minutes: Option<u32>,
    /// When the day is full.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_available: Option<DatedTimes>,
}

impl From<&Slot> for Times {
    fn from(slot: &Slot) -> Self {
        let clock = |time: jiff::civil::DateTime| time.strftime("%H:%M").to_string();
        Self { start: clock(slot.local_start), end: clock(slot.local_end) }
    }
}

impl From<&Slot> for DatedTimes {
    fn from(slot: &Slot) -> Self {
        Self {
            date: slot.local_start.date().to_string(),
            times: slot.into(),
            in_words: phrases::moment(slot.local_start),
        }
    }
}

/// Answers with the free slots of a day.
pub async fn availability(State(edge): State<Arc<Edge>>, Spoken(heard): Spoken) -> Json<Answer> {
    let answer = match heard {
        Err(sentence) => Answer { message: sentence.to_owned(), ..Answer::default() },
        Ok((received, invocation)) => match received.tenant.availability(invocation.availability()).await {
            Ok(found) => answer(found),
            Err(_) => Answer { message: phrases::TRY_AGAIN.to_owned(), ..Answer::default() },
        },
    };
    if !answer.success {
        edge.metrics.function_refusals.with_label_values(&["availability"]).inc();
    }
    Json(answer)
}

fn answer(found: Availability) -> Answer {
    let message = phrases::availability(&found);
    Answer {
        success: found.date.is_some() && !found.is_suspended,
        available_slots: found.slots.iter().take(SLOTS_MAX).map(Times::from).collect(),
        message,
        date: found.date.map(|date| date.to_string()),
        date_in_words: found.date.map(speech::date_in_words),
        weekday: found.date.map(speech::weekday_in_words),
        timezone: Some(found.timezone),
        duration_minutes: Some(found.duration_minutes),
        next_available: found.next_available.as_ref().map(DatedTimes::from),
    }
}
