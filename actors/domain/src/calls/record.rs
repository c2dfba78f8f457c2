//! What a report changes about the call it is of.
//!
//! Invariants: a value is never replaced by nothing, a state never goes back, the cost never falls,
//! and a call is announced once.

use jiff::{SignedDuration, Timestamp};

use super::{Call, CallReport, Details, Duration, Known, Stage, Status};
use crate::billing::{Rates, cost_of_call};
use crate::ids::CallId;
use crate::money::Money;
use crate::webhooks::EventKind;

/// What a report changes.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// The call as it is now.
    pub call: Call,
    /// The values to store; those already stored are left out unless this report knows better.
    pub details: Details,
    /// What is to be debited now, more than zero.
    pub charge: Option<Money>,
    /// What the customer's systems hear, in order.
    pub events: Vec<EventKind>,
    /// Why a person should look at this call.
    pub review: Option<String>,
}

impl Change {
    /// Takes the charge back out, for a ledger that cannot hold it: the call is stored all the same.
    pub fn without_charge(mut self, known: Option<&Call>, reason: &str) -> Self {
        self.call.cost = known.map_or(Money::ZERO, |call| call.cost);
        self.call.charges = known.map_or(0, |call| call.charges);
        self.charge = None;
        self.review = Some(reason.to_owned());
        self
    }
}

/// Decides what `report` changes about the call it is of: `None` when everything in it is known.
///
/// `known` is what is remembered of the call, `id` names it should it be new.
pub fn record(
    known: Option<&Call>,
    id: CallId,
    report: &CallReport,
    rates: &Rates,
    now: Timestamp,
) -> Option<Change> {
    let is_new = known.is_none();
    let mut call = known.cloned().unwrap_or_else(|| Call {
        id,
        stage: Stage::Started,
        status: None,
        duration_seconds: 0,
        billable_seconds: 0,
        rate_per_minute: rates.per_minute,
        cost: Money::ZERO,
        charges: 0,
        is_announced: false,
        known: Known::default(),
        created_at: now,
    });
    let before = call.clone();

    // A report that knows more than all before it may correct; any other only fills gaps.
    let knows_better = is_new || report.stage > call.stage;
    let mut details =
        if knows_better { report.details.clone() } else { report.details.clone().without(call.known) };
    call.known = call.known | details.known();
    if is_new && report.stage >= Stage::Ended && details.start_time.is_none() {
        // Lists are by date, and this is the best that is known. Not counted as known: whoever
        // tells it soon, or knows better, is right.
        let lasted = match report.duration {
            Duration::Seconds(seconds) => i64::from(seconds),
            Duration::Unknown | Duration::Absurd(_) => 0,
        };
        details.start_time = now.checked_sub(SignedDuration::from_secs(lasted)).ok();
    }

    let mut review = None;
    let mut charge = None;
    let mut events = Vec::new();
    if report.stage >= Stage::Ended {
        call.status = call.status.or(report.status).or(Some(Status::Completed));
        match &report.duration {
            Duration::Unknown => {}
            Duration::Absurd(reason) if is_new || before.stage < report.stage => {
                review = Some(reason.clone());
            }
            Duration::Absurd(_) => {}
            // The same length again tells nothing new, whatever a minute costs by now.
            Duration::Seconds(seconds) if *seconds <= call.duration_seconds => {
                if *seconds < call.duration_seconds && before.stage < report.stage {
                    review = Some(format!(
                        "a later report says {seconds} seconds, {} were charged",
                        call.duration_seconds
                    ));
                }
            }
            Duration::Seconds(seconds) => {
                if call.duration_seconds == 0 {
                    call.rate_per_minute = rates.per_minute;
                }
                call.duration_seconds = *seconds;
                // Never fewer than before: a changed increment must not lower what was charged.
                call.billable_seconds = rates.billable_seconds(*seconds).max(call.billable_seconds);
                let cost = cost_of_call(call.rate_per_minute, call.billable_seconds);
                if cost > call.cost {
                    charge = Some(cost - call.cost);
                    call.cost = cost;
                    call.charges += 1;
                }
            }
        }
        if report.stage == Stage::Analyzed
            && before.stage < report.stage
            && report.duration == Duration::Unknown
            && call.duration_seconds == 0
            && call.status == Some(Status::Completed)
        {
            review = Some("no report says how long it lasted".to_owned());
        }
        let length_is_settled = report.duration != Duration::Unknown
            || report.stage == Stage::Analyzed
            || call.status != Some(Status::Completed);
        if !call.is_announced && length_is_settled {
            call.is_announced = true;
            events.push(match call.status {
                Some(Status::Completed) | None => EventKind::CallCompleted,
                Some(Status::Failed | Status::NoAnswer) => EventKind::CallFailed,
            });
        }
        if report.stage == Stage::Analyzed && before.stage < Stage::Analyzed && !report.is_whole {
            events.push(EventKind::CallAnalyzed);
        }
    }
    call.stage = call.stage.max(report.stage);

    let is_changed = is_new || call != before || review.is_some();
    is_changed.then_some(Change { call, details, charge, events, review })
}

#[cfg(test)]
mod tests {
    use super::super::{Channel, Direction};
    use super::*;

    fn report(stage: Stage, duration: Duration) -> CallReport {
        CallReport {
            retell_call_id: "c1".to_owned(),
            stage,
            direction: Direction::Inbound,
            channel: Channel::Phone,
            status: Some(Status::Completed),
            duration,
            details: Details::default(),
            is_whole: false,
        }
    }

    fn step(known: Option<&Call>, report: &CallReport) -> Option<Change> {
        record(known, CallId(7), report, &Rates::default(), Timestamp::UNIX_EPOCH)
    }

    fn money(text: &str) -> Money {
        Money::parse(text).unwrap()
    }

    #[test]
    fn a_call_is_charged_at_the_first_report_that_knows_its_length_and_announced_with_it() {
        let ended = step(None, &report(Stage::Ended, Duration::Unknown)).unwrap();
        assert_eq!((ended.charge, ended.events.len()), (None, 0));
        let analyzed = step(Some(&ended.call), &report(Stage::Analyzed, Duration::Seconds(60))).unwrap();
        assert_eq!(analyzed.charge, Some(money("1")));
        assert_eq!(analyzed.events, [EventKind::CallCompleted, EventKind::CallAnalyzed]);
        assert_eq!(step(Some(&analyzed.call), &report(Stage::Analyzed, Duration::Seconds(60))), None);
        assert_eq!(step(Some(&analyzed.call), &report(Stage::Ended, Duration::Seconds(60))), None);
    }

    #[test]
    fn a_longer_report_adds_the_difference_at_the_first_rate_and_a_shorter_one_is_flagged() {
        let first = step(None, &report(Stage::Ended, Duration::Seconds(60))).unwrap();
        let dearer = Rates { per_minute: money("9"), ..Rates::default() };
        let longer = report(Stage::Analyzed, Duration::Seconds(90));
        let longer = record(Some(&first.call), CallId(8), &longer, &dearer, Timestamp::UNIX_EPOCH).unwrap();
        assert_eq!((longer.charge, longer.call.cost), (Some(money("0.5")), money("1.5")));
        assert_eq!((longer.call.id, longer.call.charges), (CallId(7), 2));

        let shorter = step(Some(&first.call), &report(Stage::Analyzed, Duration::Seconds(10))).unwrap();
        assert_eq!((shorter.charge, shorter.call.cost), (None, money("1")));
        assert!(shorter.review.is_some());
    }

    #[test]
    fn a_call_that_does_not_say_when_it_began_began_its_length_ago_until_somebody_knows() {
        let now = Timestamp::from_second(1_000_000).unwrap();
        let ended = report(Stage::Ended, Duration::Seconds(60));
        let ended = record(None, CallId(7), &ended, &Rates::default(), now).unwrap();
        assert_eq!(ended.details.start_time, Timestamp::from_second(999_940).ok());
        let mut again = report(Stage::Ended, Duration::Seconds(60));
        again.details.start_time = Some(Timestamp::UNIX_EPOCH);
        let again = record(Some(&ended.call), CallId(8), &again, &Rates::default(), now).unwrap();
        assert_eq!(again.details.start_time, Some(Timestamp::UNIX_EPOCH));
    }

    #[test]
    fn the_same_length_again_costs_nothing_whatever_the_rates_are_by_then() {
        let free = Rates { per_minute: Money::ZERO, ..Rates::default() };
        let now = Timestamp::UNIX_EPOCH;
        let gratis =
            record(None, CallId(7), &report(Stage::Ended, Duration::Seconds(61)), &free, now).unwrap();
        let paid = step(None, &report(Stage::Ended, Duration::Seconds(61))).unwrap();
        let rounded = Rates { increment_seconds: 60, minimum_seconds: 300, ..Rates::default() };
        for before in [gratis.call, paid.call] {
            let again = report(Stage::Analyzed, Duration::Seconds(61));
            let again = record(Some(&before), CallId(8), &again, &rounded, now).unwrap();
            assert_eq!((again.charge, again.call.cost), (None, before.cost));
        }
    }

    #[test]
    fn an_absurd_length_is_stored_free_and_flagged() {
        let odd = step(None, &report(Stage::Ended, Duration::Absurd("-5".to_owned()))).unwrap();
        assert_eq!((odd.charge, odd.call.cost), (None, Money::ZERO));
        assert_eq!(odd.review.as_deref(), Some("-5"));
        assert_eq!(odd.events, [EventKind::CallCompleted]);
        assert_eq!(step(Some(&odd.call), &report(Stage::Ended, Duration::Absurd("-5".to_owned()))), None);
    }

    #[test]
    fn a_late_report_fills_gaps_and_replaces_nothing() {
        let mut analyzed = report(Stage::Analyzed, Duration::Seconds(60));
        analyzed.details.transcript = Some("whole".to_owned());
        let analyzed = step(None, &analyzed).unwrap();
        let mut late = report(Stage::Ended, Duration::Seconds(60));
        late.details.transcript = Some("half".to_owned());
        late.details.recording_url = Some("https://r".to_owned());
        let late = step(Some(&analyzed.call), &late).unwrap();
        assert_eq!(late.details.transcript, None);
        assert_eq!(late.details.recording_url.as_deref(), Some("https://r"));
        assert!(late.events.is_empty());
    }
}
