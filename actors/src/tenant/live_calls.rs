//! The calls that are under way: nowhere but in memory, and not for ever, since an end may get lost.

use std::collections::HashMap;
use std::sync::Arc;

use domain::calls::{CallReport, LiveCall};
use jiff::{SignedDuration, Timestamp};

/// A call whose end was never told is over after this: Retell's limit is two hours.
const LIVE_HOURS: i64 = 3;
/// Live calls noted at once; more than any workspace's concurrency.
const LIVE_CALLS: usize = 1000;

/// Those of one tenant, with the time at which each counts as over.
#[derive(Default)]
pub(super) struct LiveCalls {
    by_retell_id: HashMap<String, (Arc<LiveCall>, Timestamp)>,
}

impl LiveCalls {
    /// A call has begun; answers it, unless it is known or there are too many.
    pub fn begin(&mut self, report: &CallReport, now: Timestamp) -> Option<Arc<LiveCall>> {
        let is_known = self.by_retell_id.contains_key(&report.retell_call_id);
        if is_known || self.by_retell_id.len() >= LIVE_CALLS {
            return None;
        }
        let call = Arc::new(LiveCall::of(report, now));
        let expires_at = now + SignedDuration::from_hours(LIVE_HOURS);
        self.by_retell_id.insert(report.retell_call_id.clone(), (Arc::clone(&call), expires_at));
        Some(call)
    }

    /// It is over.
    pub fn end(&mut self, retell_call_id: &str) {
        self.by_retell_id.remove(retell_call_id);
    }

    /// Forgets those whose end got lost, and answers them.
    pub fn forget_ghosts(&mut self, now: Timestamp) -> Vec<Arc<LiveCall>> {
        let ghosts = self.by_retell_id.extract_if(|_, (_, expires_at)| *expires_at <= now);
        ghosts.map(|(_, (call, _))| call).collect()
    }

    /// All, the latest first.
    pub fn list(&self, now: Timestamp) -> Vec<Arc<LiveCall>> {
        let standing = self.by_retell_id.values().filter(|(_, expires_at)| *expires_at > now);
        let mut calls: Vec<_> = standing.map(|(call, _)| Arc::clone(call)).collect();
        calls.sort_by(|a, b| (b.began_at, &b.retell_call_id).cmp(&(a.began_at, &a.retell_call_id)));
        calls
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.by_retell_id.len()
    }
}

#[cfg(test)]
mod tests {
    use domain::calls::{Details, Duration, Stage};

    use domain::calls::{Channel, Direction};

    use super::*;

    fn report(name: &str) -> CallReport {
        CallReport {
            retell_call_id: name.to_owned(),
            stage: Stage::Started,
            direction: Direction::Inbound,
            channel: Channel::Phone,
            status: None,
            duration: Duration::Unknown,
            details: Details::default(),
            is_whole: false,
        }
    }

    #[test]
    fn a_call_begins_once_and_is_gone_when_it_ends_or_is_forgotten() {
        let mut calls = LiveCalls::default();
        let at = |second| Timestamp::from_second(second).unwrap();
        assert!(calls.begin(&report("a"), at(0)).is_some());
        assert!(calls.begin(&report("a"), at(1)).is_none(), "told twice");
        assert!(calls.begin(&report("b"), at(2)).is_some());
        let names = |calls: &LiveCalls, now| -> Vec<String> {
            calls.list(at(now)).iter().map(|call| call.retell_call_id.clone()).collect()
        };
        assert_eq!(names(&calls, 3), ["b", "a"]);
        let over = LIVE_HOURS * 3600;
        assert_eq!(names(&calls, over), ["b"], "nobody sees a ghost");
        assert_eq!(calls.forget_ghosts(at(over)).len(), 1);
        calls.end("b");
        assert_eq!(calls.len(), 0);
    }
}
