//! A telephone call: what is reported of it, what we keep, and what a report changes.
//!
//! Reports arrive late, twice, out of order, or only some of them. Invariants kept by [`record`]:
//! a value is never replaced by nothing, a state never goes back, the cost never falls, and a
//! call is announced once.

use jiff::Timestamp;
use serde_json::Value;

use crate::billing::{Rates, cost_of_call};
use crate::ids::CallId;
use crate::money::Money;
use crate::webhooks::EventKind;

/// Which side dialled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// The caller dialled the business.
    Inbound,
    /// The agent dialled the guest.
    Outbound,
}

impl Direction {
    /// As it is stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Direction::Inbound => "inbound",
            Direction::Outbound => "outbound",
        }
    }
}

/// What carried the call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Channel {
    /// A telephone line.
    Phone,
    /// A browser; such a call has no numbers.
    Web,
}

impl Channel {
    /// As it is stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Channel::Phone => "phone",
            Channel::Web => "web",
        }
    }
}

/// How a call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Somebody spoke.
    Completed,
    /// It broke.
    Failed,
    /// Nobody answered.
    NoAnswer,
}

impl Status {
    /// As it is stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Status::Completed => "completed",
            Status::Failed => "failed",
            Status::NoAnswer => "no-answer",
        }
    }

    /// From what is stored.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Completed, Self::Failed, Self::NoAnswer].into_iter().find(|status| status.as_str() == text)
    }
}

/// How far a call had come when it was reported. Later stages know more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// Under way.
    Started,
    /// Over.
    Ended,
    /// Over, and understood.
    Analyzed,
}

/// What a report says of the length of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Duration {
    /// Nothing.
    Unknown,
    /// Whole seconds, a started one counts.
    Seconds(u32),
    /// Something no call can have lasted, with the reason for a person to read.
    Absurd(String),
}

/// Declares the values a report may or may not bring, so that the list exists once.
macro_rules! details {
    ($($(#[$doc:meta])* $field:ident: $kind:ty,)*) => {
        /// What may be known of a call beside its length and state; each value absent until told.
        #[derive(Debug, Clone, PartialEq, Default)]
        pub struct Details { $($(#[$doc])* pub $field: Option<$kind>,)* }

        /// Which of [`Details`] are known: what an actor keeps instead of the values. Bit n is
        /// the n-th field in the order of the declaration.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
        pub struct Known(pub u16);

        impl Details {
            /// Which values are here.
            pub fn known(&self) -> Known {
                let mut bits = 0;
                let mut bit = 1;
                $( if self.$field.is_some() { bits |= bit; } bit <<= 1; )*
                let _ = bit;
                Known(bits)
            }

            /// Only the values that are not known yet.
            pub fn without(mut self, known: Known) -> Self {
                let mut bit = 1;
                $( if known.0 & bit != 0 { self.$field = None; } bit <<= 1; )*
                let _ = bit;
                self
            }
        }
    };
}

details! {
    /// The Retell agent that spoke.
    agent_id: String,
    /// Who called, E.164 where it parses.
    from_number: String,
    /// Who was called.
    to_number: String,
    /// When it began.
    start_time: Timestamp,
    /// When it ended.
    end_time: Timestamp,
    /// Retell's own word for why it ended.
    disconnection_reason: String,
    /// Where Retell keeps the recording; never handed to a browser.
    recording_url: String,
    /// What was said.
    transcript: String,
    /// Who spoke when: JSON of `[speaker, start ms, end ms, characters]`.
    turns: String,
    /// What it was about.
    summary: String,
    /// 0 to 100.
    call_score: i32,
    /// Sentiment, topics, custom fields.
    analysis: Value,
    /// What the agent could do better.
    improvement_recommendations: Value,
}

impl std::ops::BitOr for Known {
    type Output = Known;
    fn bitor(self, other: Known) -> Known {
        Known(self.0 | other.0)
    }
}

/// One report of a call, from either payload shape.
#[derive(Debug, Clone, PartialEq)]
pub struct CallReport {
    /// Retell's name of the call, at most 255 bytes; unique within a customer.
    pub retell_call_id: String,
    /// How far the call had come.
    pub stage: Stage,
    /// Who dialled.
    pub direction: Direction,
    /// What carried it.
    pub channel: Channel,
    /// How it ended, where the report can know.
    pub status: Option<Status>,
    /// How long it lasted.
    pub duration: Duration,
    /// Everything else.
    pub details: Details,
    /// The one report there will be of this call: the specification's flat form.
    pub is_whole: bool,
}

impl CallReport {
    /// The number of the person at the other end.
    pub fn caller(&self) -> Option<&str> {
        match self.direction {
            Direction::Inbound => self.details.from_number.as_deref(),
            Direction::Outbound => self.details.to_number.as_deref(),
        }
    }
}

/// What is remembered of a call to decide about the next report of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// `call_<id>`.
    pub id: CallId,
    /// The furthest stage reported.
    pub stage: Stage,
    /// How it ended.
    pub status: Option<Status>,
    /// The longest duration reported.
    pub duration_seconds: u32,
    /// The seconds charged for.
    pub billable_seconds: u32,
    /// The rate in force at the first charge; until then the rate of the first report.
    pub rate_per_minute: Money,
    /// What has been charged in all.
    pub cost: Money,
    /// Ledger entries so far.
    pub charges: u32,
    /// Whether `call.completed` or `call.failed` was emitted.
    pub is_announced: bool,
    /// Which details are stored.
    pub known: Known,
    /// When the first report was received.
    pub created_at: Timestamp,
}

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
    let details =
        if knows_better { report.details.clone() } else { report.details.clone().without(call.known) };
    call.known = call.known | details.known();

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
            Duration::Seconds(seconds) if *seconds < call.duration_seconds => {
                if before.stage < report.stage {
                    review = Some(format!(
                        "a later report says {seconds} seconds, {} were charged",
                        call.duration_seconds
                    ));
                }
            }
            Duration::Seconds(seconds) => {
                call.duration_seconds = *seconds;
                if call.charges == 0 {
                    call.rate_per_minute = rates.per_minute;
                }
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
