//! An appointment as it is answered.

use axum::Json;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use domain::appointments::{self as rules, Status};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// An appointment.
#[derive(Serialize, Deserialize, ToSchema)]
pub struct Appointment {
    #[schema(example = "apt_123")]
    pub(super) appointment_id: String,
    /// The call in which it was booked.
    #[schema(required, example = "call_12")]
    call_id: Option<String>,
    #[schema(required, example = "Jane Roe")]
    guest_name: Option<String>,
    /// In E.164 where it parses.
    #[schema(required, example = "+15550100123")]
    guest_phone: Option<String>,
    #[schema(required, example = "jane.roe@example.com")]
    guest_email: Option<String>,
    #[schema(example = "2026-01-15T15:00:00Z")]
    start_time: Timestamp,
    #[schema(example = "2026-01-15T15:30:00Z")]
    end_time: Timestamp,
    #[schema(minimum = 1, maximum = 1440, example = 30)]
    duration_minutes: u32,
    #[schema(value_type = AppointmentStatus)]
    status: String,
    #[schema(required, example = "First visit")]
    notes: Option<String>,
    #[schema(required)]
    cancellation_reason: Option<String>,
    /// Changes with every change; also the `ETag`.
    #[schema(example = 1)]
    revision: i64,
    #[schema(example = "2026-01-12T09:12:31Z")]
    created_at: Timestamp,
    #[schema(example = "2026-01-12T09:12:31Z")]
    updated_at: Timestamp,
}

/// What became of an appointment.
#[derive(Deserialize, ToSchema, Clone, Copy)]
#[serde(rename_all = "kebab-case")]
pub enum AppointmentStatus {
    Scheduled,
    Completed,
    Cancelled,
    NoShow,
}

impl From<AppointmentStatus> for Status {
    fn from(status: AppointmentStatus) -> Self {
        match status {
            AppointmentStatus::Scheduled => Self::Scheduled,
            AppointmentStatus::Completed => Self::Completed,
            AppointmentStatus::Cancelled => Self::Cancelled,
            AppointmentStatus::NoShow => Self::NoShow,
        }
    }
}

impl From<rules::Appointment> for Appointment {
    fn from(appointment: rules::Appointment) -> Self {
        Self {
            appointment_id: appointment.id.to_string(),
            call_id: appointment.call.map(|call| call.to_string()),
            guest_name: appointment.guest.name,
            guest_phone: appointment.guest.phone,
            guest_email: appointment.guest.email,
            start_time: appointment.start,
            end_time: appointment.end,
            duration_minutes: appointment.duration_minutes,
            status: appointment.status.as_str().to_owned(),
            notes: appointment.notes,
            cancellation_reason: appointment.cancellation_reason,
            revision: appointment.revision,
            created_at: appointment.created_at,
            updated_at: appointment.updated_at,
        }
    }
}

impl IntoResponse for Appointment {
    fn into_response(self) -> Response {
        let tag = HeaderValue::try_from(format!("\"{}\"", self.revision)).expect("a number in quotes");
        ([(header::ETAG, tag)], Json(self)).into_response()
    }
}
