//! `POST /api/v1/function/book/{api_key}`: takes a slot for a caller.

use std::sync::Arc;

use actors::tenant::Booking;
use axum::Json;
use axum::extract::State;
use domain::ids::AppointmentId;
use serde::Serialize;

use super::super::edge::Edge;
use super::calendar::DatedTimes;
use super::phrases;
use super::received::Spoken;

/// The specification's fields, and what else is free when the answer is no.
#[derive(Debug, Serialize)]
pub struct Answer {
    success: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    appointment_id: Option<AppointmentId>,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    alternatives: Option<Vec<DatedTimes>>,
}

impl Answer {
    fn no(message: String, alternatives: Vec<DatedTimes>) -> Self {
        Self { success: false, appointment_id: None, message, alternatives: Some(alternatives) }
    }
}

/// Books, or says why not.
pub async fn book(State(edge): State<Arc<Edge>>, Spoken(heard): Spoken) -> Json<Answer> {
    let answer = match heard {
        Err(sentence) => Answer::no(sentence.to_owned(), Vec::new()),
        Ok((received, invocation)) => match received.tenant.book(invocation.book(), invocation.call).await {
            Ok(Booking::Booked(booked)) => Answer {
                success: true,
                appointment_id: Some(booked.id),
                message: phrases::booked(booked.local_start),
                alternatives: None,
            },
            Ok(Booking::Declined { reason, alternatives }) => Answer::no(
                phrases::declined(&reason, &alternatives),
                alternatives.iter().map(DatedTimes::from).collect(),
            ),
            Err(_) => Answer::no(phrases::TRY_AGAIN.to_owned(), Vec::new()),
        },
    };
    if !answer.success {
        edge.metrics.function_refusals.with_label_values(&["book"]).inc();
    }
    Json(answer)
}
