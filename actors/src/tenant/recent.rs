//! What a tenant remembers of calls, callers and payments, so that most questions need no read.
//!
//! All of it is bounded. What has been forgotten is looked up before anything is decided about it.

use std::collections::{HashMap, HashSet, VecDeque};
use std::hash::{BuildHasher, RandomState};

use domain::calls::{Call, CallReport, Change, Direction, Stage};
use jiff::{SignedDuration, Timestamp};

use crate::store::callers::{CallerRow, LastCallRow};
use crate::store::lookups::Posted;

/// Calls remembered while the tenant is in memory. More than a tenant can record while one command
/// waits: a row that was looked up for a command must not have been changed and forgotten meanwhile.
const CALLS_KEPT: usize = 20_000;
/// Older calls whose marks are remembered: enough to tell a new call from one of them.
const MARKS_KEPT: usize = 100_000;
/// Hand-made ledger entries remembered, so that two requests with one key meet in memory.
const POSTINGS_KEPT: usize = 1000;
/// Callers kept in memory; others cost an indexed read.
const CALLERS_KEPT: usize = 1000;
/// Bytes of a summary kept for an agent.
const SUMMARY_MAX: usize = 500;
/// How far Retell's clock may be off ours.
const CLOCK_SKEW_MINUTES: i64 = 10;

/// Whether a call is known.
pub(super) enum Remembered<'a> {
    Yes(&'a Call),
    /// It cannot have been stored before.
    No,
    /// It may have been, longer ago than memory goes.
    Perhaps,
}

/// The calls that later reports are most likely about.
pub(super) struct RecentCalls {
    by_retell_id: HashMap<String, Call>,
    /// Oldest first.
    order: VecDeque<String>,
    older: Marks,
    /// Every call first reported after this is here or has its mark; `None` when every call ever.
    complete_since: Option<Timestamp>,
}

/// Sixty-four bits each of the names of calls. Two may share one, which costs a read; the key is
/// this process's own, so nobody can make them do so.
#[derive(Default)]
struct Marks {
    key: RandomState,
    marks: HashSet<u64>,
    /// Oldest first, with the time the call was first reported.
    order: VecDeque<(u64, Timestamp)>,
}

impl Marks {
    fn has(&self, retell_call_id: &str) -> bool {
        self.marks.contains(&self.key.hash_one(retell_call_id))
    }

    /// Adds a mark; answers when the call was reported whose mark had to go for it.
    fn add(&mut self, retell_call_id: &str, created_at: Timestamp) -> Option<Timestamp> {
        let mark = self.key.hash_one(retell_call_id);
        if self.marks.insert(mark) {
            self.order.push_back((mark, created_at));
        }
        let (oldest, created_at) = self.order.pop_front_if(|_| self.marks.len() > MARKS_KEPT)?;
        self.marks.remove(&oldest);
        Some(created_at)
    }
}

impl RecentCalls {
    pub fn new(newest_first: Vec<(String, Call)>, is_all: bool) -> Self {
        let oldest = newest_first.last().map(|(_, call)| call.created_at);
        Self {
            order: newest_first.iter().rev().map(|(id, _)| id.clone()).collect(),
            by_retell_id: newest_first.into_iter().collect(),
            older: Marks::default(),
            complete_since: if is_all { None } else { oldest },
        }
    }

    pub fn get(&self, retell_call_id: &str) -> Option<&Call> {
        self.by_retell_id.get(retell_call_id)
    }

    /// Whether the call of this report is known. A call cannot have been reported before it began.
    pub fn find(&self, report: &CallReport) -> Remembered<'_> {
        if let Some(call) = self.by_retell_id.get(&report.retell_call_id) {
            return Remembered::Yes(call);
        }
        if self.older.has(&report.retell_call_id) {
            return Remembered::Perhaps;
        }
        let skew = SignedDuration::from_mins(CLOCK_SKEW_MINUTES);
        match (self.complete_since, report.details.start_time) {
            (None, _) => Remembered::No,
            (Some(since), Some(start)) if start.duration_since(since) > skew => Remembered::No,
            _ => Remembered::Perhaps,
        }
    }

    /// A call that said it was new was an old one: its sender would go on saying so.
    pub fn distrust_start_times(&mut self) {
        self.complete_since = Some(Timestamp::MAX);
    }

    pub fn remember(&mut self, retell_call_id: &str, call: Call) {
        if self.by_retell_id.insert(retell_call_id.to_owned(), call).is_some() {
            return;
        }
        self.order.push_back(retell_call_id.to_owned());
        if self.order.len() > CALLS_KEPT
            && let Some(oldest) = self.order.pop_front()
            && let Some(call) = self.by_retell_id.remove(&oldest)
            && let Some(forgotten) = self.older.add(&oldest, call.created_at)
        {
            self.complete_since = self.complete_since.max(Some(forgotten));
        }
    }
}

/// Hand-made ledger entries since the activation, by reference.
#[derive(Default)]
pub(super) struct RecentPostings {
    by_reference: HashMap<String, Posted>,
    order: VecDeque<String>,
}

impl RecentPostings {
    pub fn get(&self, reference: &str) -> Option<Posted> {
        self.by_reference.get(reference).copied()
    }

    pub fn remember(&mut self, reference: String, posted: Posted) {
        self.by_reference.insert(reference.clone(), posted);
        self.order.push_back(reference);
        if self.order.len() > POSTINGS_KEPT
            && let Some(oldest) = self.order.pop_front()
        {
            self.by_reference.remove(&oldest);
        }
    }
}

/// The callers last asked for.
#[derive(Default)]
pub(super) struct RecentCallers {
    by_phone: HashMap<String, CallerRow>,
    order: VecDeque<String>,
}

impl RecentCallers {
    pub fn get(&self, phone: &str) -> Option<&CallerRow> {
        self.by_phone.get(phone)
    }

    pub fn remember(&mut self, phone: String, row: CallerRow) {
        if self.by_phone.insert(phone.clone(), row).is_none() {
            self.order.push_back(phone);
        }
        if self.order.len() > CALLERS_KEPT
            && let Some(oldest) = self.order.pop_front()
        {
            self.by_phone.remove(&oldest);
        }
    }

    /// Keeps a remembered caller as true as the records: a call of his was written.
    pub fn heard(&mut self, report: &CallReport, change: &Change, is_new: bool) {
        let Some(phone) =
            report.details.from_number.as_ref().filter(|_| report.direction == Direction::Inbound)
        else {
            return;
        };
        // Its number became known only now: count it from the records, not from memory.
        let number_is_news = change.details.from_number.is_some() && !is_new;
        if number_is_news && report.stage > Stage::Started {
            self.by_phone.remove(phone);
            self.order.retain(|kept| kept != phone);
            return;
        }
        let Some(row) = self.by_phone.get_mut(phone) else { return };
        row.calls_total += i64::from(is_new);
        let is_last = row.last_call.as_ref().is_none_or(|last| last.id <= change.call.id);
        if is_last {
            let before = row.last_call.take().filter(|last| last.id == change.call.id);
            let began = change.details.start_time.or(before.as_ref().map(|last| last.at));
            let summary = report
                .details
                .summary
                .as_deref()
                .map(|summary| summary[..summary.floor_char_boundary(SUMMARY_MAX)].to_owned());
            row.last_call = Some(LastCallRow {
                id: change.call.id,
                at: began.unwrap_or(change.call.created_at),
                duration_seconds: i32::try_from(change.call.duration_seconds).unwrap_or(i32::MAX),
                summary: summary.or(before.and_then(|last| last.summary)),
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use domain::calls::{Channel, Details, Duration, Known};
    use domain::ids::CallId;
    use domain::money::Money;

    use super::*;

    fn call(id: i64) -> (String, Call) {
        let call = Call {
            id: CallId(id),
            stage: Stage::Ended,
            status: None,
            duration_seconds: 0,
            billable_seconds: 0,
            rate_per_minute: Money::ZERO,
            cost: Money::ZERO,
            charges: 0,
            is_announced: true,
            known: Known::default(),
            created_at: Timestamp::from_second(id).unwrap(),
        };
        (format!("call_{id}"), call)
    }

    fn report(id: i64, began: Option<i64>) -> CallReport {
        CallReport {
            retell_call_id: format!("call_{id}"),
            stage: Stage::Ended,
            direction: Direction::Inbound,
            channel: Channel::Phone,
            status: None,
            duration: Duration::Unknown,
            details: Details {
                start_time: began.map(|second| Timestamp::from_second(second).unwrap()),
                ..Details::default()
            },
            is_whole: false,
        }
    }

    #[test]
    fn a_call_out_of_memory_may_be_known_and_a_new_one_is_not_looked_up() {
        let mut calls = RecentCalls::new(Vec::new(), true);
        let last = i64::try_from(CALLS_KEPT).unwrap() + 1;
        for id in 1..=last {
            let (name, call) = call(id);
            calls.remember(&name, call);
        }
        assert!(matches!(calls.find(&report(1, None)), Remembered::Perhaps));
        assert!(matches!(calls.find(&report(2, None)), Remembered::Yes(_)));
        assert!(matches!(calls.find(&report(last + 1, None)), Remembered::No));
    }

    #[test]
    fn once_a_mark_is_gone_only_a_call_that_began_later_is_new() {
        let mut calls = RecentCalls::new(Vec::new(), true);
        let last = i64::try_from(CALLS_KEPT + MARKS_KEPT).unwrap() + 1;
        for id in 1..=last {
            let (name, call) = call(id);
            calls.remember(&name, call);
        }
        assert!(matches!(calls.find(&report(1, Some(1))), Remembered::Perhaps), "its mark is gone");
        assert!(matches!(calls.find(&report(2, Some(last))), Remembered::Perhaps), "it has one");
        assert!(matches!(calls.find(&report(last + 1, Some(last))), Remembered::No));
        assert!(matches!(calls.find(&report(last + 1, None)), Remembered::Perhaps));
        let skew = CLOCK_SKEW_MINUTES * 60;
        assert!(matches!(calls.find(&report(last + 1, Some(1 + skew))), Remembered::Perhaps));
        assert!(matches!(calls.find(&report(last + 1, Some(2 + skew))), Remembered::No));
    }
}
