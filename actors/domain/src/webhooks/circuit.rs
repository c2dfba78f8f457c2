//! When a delivery is tried again, when an endpoint is left in peace, when it is given up.

use jiff::SignedDuration;

/// Tries of one delivery, with the first.
pub const TRIES: u32 = 7;
/// After so long of nothing but failures an endpoint is switched off.
pub const GIVE_UP_AFTER: SignedDuration = SignedDuration::from_hours(5 * 24);
/// A receiver that asks for more patience than this gets no more.
pub const RETRY_AFTER_MAX: SignedDuration = SignedDuration::from_hours(24);

/// Other events than the one that was answered with `Retry-After` do not wait longer than this for it.
const REST_MAX: SignedDuration = SignedDuration::from_hours(1);

/// Between a try and the next, in seconds: 5 s, 1 min, 10 min, 1 h, 6 h, 24 h.
const PAUSES: [i64; TRIES as usize - 1] = [5, 60, 600, 3_600, 21_600, 86_400];
/// An endpoint that has failed so often in a row is left in peace for a while.
const CLOSES_AFTER: u32 = 5;
/// The first while, doubled with each failure more, up to the longest.
const CLOSED_FIRST: SignedDuration = SignedDuration::from_secs(30);
const CLOSED_MAX: SignedDuration = SignedDuration::from_mins(10);

/// Why an attempt was none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// The name leads nowhere.
    Unreachable,
    /// The address is, or leads to, one of a private network.
    Blocked,
    /// No answer in time.
    TooSlow,
    /// The connection was lost, or what came is no HTTP.
    BrokeOff,
    /// Another status than 2xx.
    Status,
    /// A redirect, which is not followed.
    Redirect,
    /// 410.
    Gone,
    /// What it was about is not there any more, so there was nothing to send.
    Lost,
    /// The endpoint was removed before its turn came.
    Removed,
}

impl Failure {
    /// All there are.
    pub const ALL: [Failure; 9] = [
        Failure::Unreachable,
        Failure::Blocked,
        Failure::TooSlow,
        Failure::BrokeOff,
        Failure::Status,
        Failure::Redirect,
        Failure::Gone,
        Failure::Lost,
        Failure::Removed,
    ];

    /// As it is stored and counted.
    pub fn as_str(self) -> &'static str {
        match self {
            Failure::Unreachable => "unreachable",
            Failure::Blocked => "blocked",
            Failure::TooSlow => "too_slow",
            Failure::BrokeOff => "broke_off",
            Failure::Status => "status",
            Failure::Redirect => "redirect",
            Failure::Gone => "gone",
            Failure::Lost => "lost",
            Failure::Removed => "removed",
        }
    }

    /// Reads [`Failure::as_str`].
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|failure| failure.as_str() == text)
    }
}

/// How long after its `tries`-th try a delivery is tried again; `None`: it is given up. `jitter`, from
/// 0 to 1, spreads those that failed together over a tenth more. Who asks for patience gets it.
pub fn pause_after(tries: u32, jitter: f64, retry_after: Option<SignedDuration>) -> Option<SignedDuration> {
    let seconds = *PAUSES.get(usize::try_from(tries.saturating_sub(1)).ok()?)?;
    let pause = SignedDuration::from_secs(seconds);
    let pause = pause + pause.mul_f64(jitter.clamp(0.0, 1.0) / 10.0);
    Some(pause.max(retry_after.unwrap_or_default().min(RETRY_AFTER_MAX)))
}

/// How long an endpoint that asked for patience gets no other event either: with 429 and 503 it speaks of
/// itself, not of one event.
pub fn rest_for(retry_after: SignedDuration) -> SignedDuration {
    retry_after.clamp(SignedDuration::ZERO, REST_MAX)
}

/// How long an endpoint is left in peace that has failed so often in a row. Afterwards one delivery is
/// tried: what waits behind it does not use up its tries on an endpoint that is down.
pub fn closed_for(failures: u32) -> Option<SignedDuration> {
    let more = failures.checked_sub(CLOSES_AFTER)?;
    // Ten doublings are beyond the longest.
    Some((CLOSED_FIRST * (1 << more.min(10))).min(CLOSED_MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seven_tries_each_with_a_longer_pause() {
        let pauses: Vec<_> =
            (1..=7).map(|tries| pause_after(tries, 0.0, None).map(|p| p.as_secs())).collect();
        let expected = [Some(5), Some(60), Some(600), Some(3_600), Some(21_600), Some(86_400), None];
        assert_eq!(pauses, expected);
        assert_eq!(pause_after(2, 1.0, None).unwrap().as_secs(), 66);
    }

    #[test]
    fn who_asks_for_patience_gets_it_up_to_a_day() {
        let asks = |seconds| pause_after(1, 0.0, Some(SignedDuration::from_secs(seconds))).unwrap().as_secs();
        assert_eq!((asks(1), asks(120), asks(1_000_000_000)), (5, 120, 86_400));
    }

    #[test]
    fn an_endpoint_that_keeps_failing_is_left_in_peace_ever_longer() {
        let closed: Vec<_> =
            [4, 5, 6, 9, 10, 4_000_000_000].map(|n| closed_for(n).map(|pause| pause.as_secs())).into();
        assert_eq!(closed, [None, Some(30), Some(60), Some(480), Some(600), Some(600)]);
    }
}
