//! When a guest is reminded.

use jiff::{SignedDuration, Timestamp};

/// How long before the begin a guest is reminded.
///
/// Invariant: at most [`Reminders::MOST`], each 1 minute to 14 days, each once, the longest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reminders(Vec<u32>);

/// Why reminders are refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RemindersRefusal {
    /// More than anybody wants to read.
    #[error("at most {} reminders", Reminders::MOST)]
    TooMany,
    /// Too near, or too far.
    #[error("a reminder is 1 to {} minutes before the appointment", Reminders::MINUTES_MAX)]
    Minutes,
}

impl Default for Reminders {
    /// A day and an hour before (specification §4.1).
    fn default() -> Self {
        Self(vec![24 * 60, 60])
    }
}

impl Reminders {
    /// As many at most.
    pub const MOST: usize = 5;
    /// Fourteen days.
    pub const MINUTES_MAX: u32 = 14 * 24 * 60;

    /// In any order; one that is there twice counts once. None at all is no reminder.
    pub fn new(mut minutes: Vec<u32>) -> Result<Self, RemindersRefusal> {
        minutes.sort_unstable_by(|one, other| other.cmp(one));
        minutes.dedup();
        if minutes.len() > Self::MOST {
            return Err(RemindersRefusal::TooMany);
        }
        match minutes.iter().all(|minutes| (1..=Self::MINUTES_MAX).contains(minutes)) {
            true => Ok(Self(minutes)),
            false => Err(RemindersRefusal::Minutes),
        }
    }

    /// What was stored, whose column allows nothing else.
    pub fn stored(minutes: Vec<i32>) -> Self {
        let minutes = minutes.into_iter().filter_map(|minutes| u32::try_from(minutes).ok()).collect();
        Self::new(minutes).unwrap_or_default()
    }

    /// Before the begin, the longest first.
    pub fn minutes(&self) -> &[u32] {
        &self.0
    }

    /// The next one after `now` of an appointment that begins at `start`.
    pub fn next(&self, start: Timestamp, now: Timestamp) -> Option<Timestamp> {
        let before = |minutes: &u32| start.checked_sub(SignedDuration::from_mins((*minutes).into())).ok();
        self.0.iter().filter_map(before).find(|at| *at > now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_reminder_is_the_first_that_is_not_over() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let start = at("2026-01-15T10:00:00Z");
        let reminders = Reminders::new(vec![60, 24 * 60, 60]).unwrap();
        assert_eq!(reminders.minutes(), [24 * 60, 60]);
        for (now, next) in [
            ("2026-01-13T00:00:00Z", Some("2026-01-14T10:00:00Z")),
            ("2026-01-14T10:00:00Z", Some("2026-01-15T09:00:00Z")),
            ("2026-01-15T08:59:59Z", Some("2026-01-15T09:00:00Z")),
            ("2026-01-15T09:00:00Z", None),
        ] {
            assert_eq!(reminders.next(start, at(now)), next.map(at), "{now}");
        }
        assert_eq!(Reminders::new(vec![]).unwrap().next(start, at("2026-01-01T00:00:00Z")), None);
    }

    #[test]
    fn reminders_are_few_and_within_two_weeks() {
        assert_eq!(Reminders::new(vec![0]), Err(RemindersRefusal::Minutes));
        assert_eq!(Reminders::new(vec![20_161]), Err(RemindersRefusal::Minutes));
        assert_eq!(Reminders::new(vec![1, 2, 3, 4, 5, 6]), Err(RemindersRefusal::TooMany));
    }
}
