//! Works through what waits at one endpoint, for one turn.

use actors::error::Error;
use actors::store::deliveries::{self, Due, Held};
use futures_util::future::join_all;

use super::desk::{Desk, Onward};

/// Deliveries of one turn; then others have theirs.
const TURN_MAX: usize = 16;
/// Where so many are due, they go out a few at once: order matters less than catching up.
const CATCHES_UP_AT: usize = 10;
const AT_ONCE_CATCHING_UP: usize = 4;
/// After so many failures in a row one delivery is tried, whatever waits behind it.
const HALF_OPEN_AT: u32 = 5;

/// Whether there is perhaps more to do at an endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rest {
    /// Not now.
    Nothing,
    /// It had more due than is done in one turn, or one has failed and others have not been tried.
    Perhaps,
}

/// Serves an endpoint for one turn, which ends with the attempts under way once `is_over` says so.
pub(super) async fn serve(desk: &Desk, held: Held, is_over: impl Fn() -> bool) -> Result<Rest, Error> {
    let Due { events, failures } = deliveries::due(&desk.store, held, TURN_MAX, desk.clock.now()).await?;
    let (most, at_once) = match events.len() {
        _ if failures >= HALF_OPEN_AT => (1, 1),
        due if due >= CATCHES_UP_AT => (TURN_MAX, AT_ONCE_CATCHING_UP),
        _ => (TURN_MAX, 1),
    };
    let is_all = events.len() < TURN_MAX && events.len() <= most;
    for events in events[..events.len().min(most)].chunks(at_once) {
        let attempts = events.iter().map(|event| desk.deliver(held, *event));
        let ended = join_all(attempts).await.into_iter().collect::<Result<Vec<Onward>, Error>>()?;
        if ended.contains(&Onward::Stop) || is_over() {
            return Ok(Rest::Perhaps);
        }
    }
    Ok(if is_all { Rest::Nothing } else { Rest::Perhaps })
}
