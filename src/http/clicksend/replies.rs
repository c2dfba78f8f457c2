//! `POST /api/v1/clicksend/inbound/{token}`: what guests answer to text messages.

use std::sync::Arc;

use actors::store::opt_outs::grant;
use axum::Json;
use axum::extract::State;
use domain::sms_replies::Wish;
use jiff::{SignedDuration, Timestamp};

use super::super::edge::Edge;
use super::super::problem::Problem;
use super::callback::{Callback, Noted};

/// ClickSend repeats what was not answered for hours; who says more has another calendar.
const LATE_MAX: SignedDuration = SignedDuration::from_hours(7 * 24);

/// Looks for a keyword. Whatever else a guest writes is read by nobody here, and kept nowhere. Nobody
/// is answered: carriers forbid a text message after a STOP.
pub async fn inbound(State(edge): State<Arc<Edge>>, callback: Callback) -> Result<Json<Noted>, Problem> {
    let wish = callback.field("body").and_then(Wish::read);
    if let (Some(phone), Some(wish)) = (callback.number("from"), wish) {
        let customers = grant(&edge.store, &phone, wish, said_at(&callback, edge.clock.now())).await?;
        let is_silenced = matches!(wish, Wish::OptOut(_));
        tracing::info!(customers, is_silenced, "a guest has said whether to be texted");
    }
    Ok(Noted::answer())
}

/// When the guest wrote: in seconds, as ClickSend says; never later than now, and never much earlier.
fn said_at(callback: &Callback, now: Timestamp) -> Timestamp {
    let seconds = callback.field("timestamp").and_then(|seconds| seconds.parse().ok());
    let said_at = seconds.and_then(|seconds| Timestamp::from_second(seconds).ok());
    said_at.map_or(now, |said_at| said_at.clamp(now - LATE_MAX, now))
}
