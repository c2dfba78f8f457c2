//! Blocked dates: days without slots, whatever the opening hours say.

use std::sync::Arc;

use actors::error::{Error, Refusal};
use actors::store::calendar;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use domain::users::Action;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::http::Edge;
use crate::http::json;
use crate::http::path::Path;
use crate::http::problem::{Problem, Problems};
use crate::http::session::SignedIn;
use crate::http::typed;

/// Characters of why a date is blocked.
pub const REASON_CHARS_MAX: usize = 500;

/// A day without slots.
#[derive(Serialize, ToSchema)]
pub struct BlockedDate {
    #[schema(example = 7)]
    id: i64,
    #[schema(value_type = String, format = Date, example = "2026-12-25")]
    date: Date,
    #[schema(required, example = "Christmas")]
    reason: Option<String>,
}

impl From<calendar::BlockedDate> for BlockedDate {
    fn from(blocked: calendar::BlockedDate) -> Self {
        Self { id: blocked.id, date: blocked.date, reason: blocked.reason }
    }
}

/// A day to be blocked.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewBlockedDate {
    #[serde(deserialize_with = "typed::day")]
    #[schema(value_type = String, format = Date, example = "2026-12-25")]
    date: Date,
    #[schema(max_length = 500, example = "Christmas")]
    reason: Option<String>,
}

/// Block a date
///
/// Nothing can be booked on it any more; what stands on it stays. Blocking it again changes nothing.
/// A date from today to 3,660 days ahead, in the zone of the business; of those to come 1,000 may be
/// blocked (409).
#[utoipa::path(post, path = "/api/blocked-dates", operation_id = "blockDate", tag = "Calendar",
    security(("token" = []), ("session" = [])), request_body = NewBlockedDate,
    responses((status = 201, body = BlockedDate), Problems)
)]
pub async fn block(
    State(edge): State<Arc<Edge>>,
    who: SignedIn,
    json::Json(new): json::Json<NewBlockedDate>,
) -> Result<(StatusCode, Json<BlockedDate>), Problem> {
    let tenant = who.tenant(&edge, Action::ManageCalendar).await?;
    let reason = typed::text("reason", new.reason.as_deref(), REASON_CHARS_MAX)?;
    tenant.block_date(new.date, reason).await?;
    let blocked = calendar::blocked_on(&edge.store, tenant.customer(), new.date).await?;
    // Somebody may have unblocked it in this very moment.
    let blocked = blocked.ok_or_else(|| Problem::nothing_of_that_name("blocked date"))?;
    Ok((StatusCode::CREATED, Json(blocked.into())))
}

/// Unblock a date
///
/// One that is over stays as it was (409).
#[utoipa::path(delete, path = "/api/blocked-dates/{id}", operation_id = "unblockDate", tag = "Calendar",
    security(("token" = []), ("session" = [])), params(("id" = i64, Path, example = 7)),
    responses((status = 204, description = "it has slots again"), Problems)
)]
pub async fn unblock(
    State(edge): State<Arc<Edge>>,
    who: SignedIn,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    let tenant = who.tenant(&edge, Action::ManageCalendar).await?;
    let unknown = || Problem::nothing_of_that_name("blocked date");
    let id = id.parse().map_err(|_| unknown())?;
    let blocked = calendar::blocked(&edge.store, tenant.customer(), id).await?.ok_or_else(unknown)?;
    match tenant.unblock_date(blocked.date).await {
        Err(Error::Refused(Refusal::NotBlocked)) => Err(unknown()),
        Err(Error::Refused(Refusal::Block(refusal))) => Err(Problem::conflict(refusal.to_string())),
        unblocked => Ok(unblocked.map(|()| StatusCode::NO_CONTENT)?),
    }
}
