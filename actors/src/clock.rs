//! The only reader of the time of day. Everything else is given `now`.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::{SignedDuration, Timestamp};

/// A clock: the system's, or one that stands until it is moved.
#[derive(Debug, Clone, Default)]
pub enum Clock {
    /// The time of day.
    #[default]
    System,
    /// Microseconds since the epoch, moved by hand.
    Manual(Arc<AtomicI64>),
}

impl Clock {
    /// A clock that stands at `now`.
    pub fn manual(now: Timestamp) -> Self {
        Self::Manual(Arc::new(AtomicI64::new(now.as_microsecond())))
    }

    /// Now, cut to the microseconds that PostgreSQL keeps: what is compared later must be what was stored.
    pub fn now(&self) -> Timestamp {
        let microseconds = match self {
            Clock::System => Timestamp::now().as_microsecond(),
            Clock::Manual(microseconds) => microseconds.load(Ordering::SeqCst),
        };
        Timestamp::from_microsecond(microseconds).unwrap_or(Timestamp::UNIX_EPOCH)
    }

    /// Moves a manual clock; the system's clock is nobody's to move.
    pub fn advance(&self, by: SignedDuration) {
        if let Clock::Manual(microseconds) = self {
            let by = i64::try_from(by.as_micros()).unwrap_or(i64::MAX);
            microseconds.fetch_add(by, Ordering::SeqCst);
        }
    }
}
