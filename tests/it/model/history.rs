//! What may happen to two customers, in every order.

use jiff::ToSpan;
use jiff::civil::DateTime;
use proptest::prelude::*;
use proptest::sample::select;
use rust_decimal::{Decimal, dec};
use serde_json::{Value, json};

use actors::journal::{Point, Verdict};

use crate::harness::retell::{event, flat};

/// People who call.
pub const CALLERS: usize = 4;
/// Names of calls; few, so that they meet again.
const CALLS: usize = 6;

/// One thing that happens.
#[derive(Debug, Clone)]
pub enum Step {
    /// To one of the two.
    To(usize, Command),
    /// Calls of both end at the same time.
    Rush(Vec<Ending>),
    /// The clock goes on by so many minutes.
    Pass(i64),
    /// The server is stopped and started.
    Restart,
    /// A customer is left alone until it has left memory.
    Rest(usize),
    /// The next commits meet with this.
    Fail(Vec<(Point, Verdict)>),
}

/// What is asked of one customer.
#[derive(Debug, Clone)]
pub enum Command {
    Report(Report),
    Book(Wish),
    /// Callers who want the same slot at the same time.
    Compete(Vec<usize>, Wish),
    Move {
        which: usize,
        to: When,
        minutes: Option<i64>,
        is_confirmed: bool,
    },
    Close(usize, Close),
    Credit(u8, Amount),
    Adjust(u8, Amount),
    Rules(Rules),
    Hours(Vec<Hours>),
    Block(i64),
    Unblock(i64),
    Suspend,
    Activate,
    Availability(i64, Option<i64>),
    Lookup(usize),
    Ring(usize),
}

/// One report of a call.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    pub call: usize,
    pub form: Form,
    pub seconds: u32,
}

/// How a call is reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// The specification's whole report.
    Flat,
    /// The same with a length no call can have.
    Absurd,
    Started,
    Ended,
    /// Without a length, which comes later or never.
    EndedUnknown,
    Analyzed,
    AnalyzedUnknown,
    /// Nobody answered.
    NotConnected,
}

/// How a call is reported in a rush.
#[derive(Debug, Clone)]
pub struct Ending {
    pub tenant: usize,
    pub call: usize,
    pub seconds: u32,
    /// As its two events; else twice as one report.
    pub is_in_events: bool,
}

/// What a caller wants.
#[derive(Debug, Clone)]
pub struct Wish {
    pub caller: usize,
    pub when: When,
    pub minutes: Option<i64>,
    /// The call in which it is said, where that is told.
    pub call: Option<usize>,
}

/// A time some days from today.
#[derive(Debug, Clone, Copy)]
pub struct When {
    pub days: i64,
    pub minute: i64,
}

#[derive(Debug, Clone, Copy)]
pub enum Close {
    Cancel,
    Complete,
    Miss,
}

#[derive(Debug, Clone, Copy)]
pub struct Amount(pub Decimal);

/// What is set.
#[derive(Debug, Clone)]
pub struct Rules {
    pub rate: Decimal,
    pub increment: u32,
    pub minimum: u32,
    pub threshold: Decimal,
    pub buffer_before: u32,
    pub buffer_after: u32,
    pub upcoming_max: u32,
}

/// When a business is open on a day of the week; 0 is Sunday.
#[derive(Debug, Clone)]
pub struct Hours {
    pub day: u8,
    pub opens: i64,
    pub closes: i64,
    /// Closed from noon to one.
    pub has_lunch: bool,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            rate: dec!(1),
            increment: 1,
            minimum: 0,
            threshold: dec!(10),
            buffer_before: 0,
            buffer_after: 0,
            upcoming_max: 5,
        }
    }
}

impl When {
    pub fn at(self, now: DateTime) -> DateTime {
        (now.date() + self.days.days()).at(0, 0, 0, 0) + self.minute.minutes()
    }
}

impl Wish {
    pub fn start(&self, now: DateTime) -> DateTime {
        self.when.at(now)
    }

    pub fn call_name(&self) -> Option<String> {
        self.call.map(call_name)
    }

    /// As an agent's function sends it.
    pub fn body(&self, now: DateTime) -> Value {
        let start = self.start(now);
        // With its half of the day: without, a time at night may mean the afternoon.
        let time = start.strftime("%I:%M %p").to_string();
        let args = json!({
            "date": start.date().to_string(), "time": time,
            "duration_minutes": self.minutes, "caller_name": format!("Caller {}", self.caller),
            "caller_phone": phone(self.caller),
        });
        match self.call {
            Some(call) => json!({"name": "book", "args": args, "call": started(call)["call"]}),
            None => args,
        }
    }
}

impl Report {
    pub fn name(&self) -> String {
        call_name(self.call)
    }

    /// The length it tells, if it is one that a call can have.
    pub fn length(&self) -> Option<u32> {
        matches!(self.form, Form::Flat | Form::Ended | Form::Analyzed).then_some(self.seconds)
    }

    /// As Retell sends it.
    pub fn body(&self) -> Value {
        let name = self.name();
        let in_events = |kind: &str| event(kind, &name, i64::from(self.seconds) * 1000);
        let without_length = |kind: &str| {
            let mut body = in_events(kind);
            let call = body["call"].as_object_mut().expect("an object");
            call.retain(|key, _| key != "duration_ms" && key != "end_timestamp");
            body
        };
        let mut body = match self.form {
            Form::Flat => flat(&name, self.seconds.into()),
            Form::Absurd => flat(&name, -5),
            Form::Started => started(self.call),
            Form::Ended => in_events("call_ended"),
            Form::EndedUnknown => without_length("call_ended"),
            Form::Analyzed => in_events("call_analyzed"),
            Form::AnalyzedUnknown => without_length("call_analyzed"),
            Form::NotConnected => {
                let mut body = without_length("call_ended");
                let call = body["call"].as_object_mut().expect("an object");
                call.retain(|key, _| !key.starts_with("transcript"));
                call.insert("disconnection_reason".to_owned(), json!("dial_no_answer"));
                body
            }
        };
        let number = json!(phone(caller_of(self.call)));
        match body.get_mut("call") {
            Some(call) => call["from_number"] = number,
            None => body["from_number"] = number,
        }
        body
    }
}

impl Ending {
    pub fn reports(&self) -> [Report; 2] {
        let report = |form| Report { call: self.call, form, seconds: self.seconds };
        if self.is_in_events {
            [report(Form::Ended), report(Form::Analyzed)]
        } else {
            [report(Form::Flat), report(Form::Flat)]
        }
    }
}

fn started(call: usize) -> Value {
    let mut body = event("call_started", &call_name(call), 0);
    body["call"]["from_number"] = json!(phone(caller_of(call)));
    body
}

pub fn call_name(call: usize) -> String {
    format!("c{call}")
}

/// Who made a call.
pub fn caller_of(call: usize) -> usize {
    call % CALLERS
}

pub fn phone(caller: usize) -> String {
    format!("+155501001{caller:02}")
}

/// Histories; with `faults` also of what goes wrong in the journal.
pub fn histories(faults: bool) -> impl Strategy<Value = Vec<Step>> {
    let fault = match faults {
        true => prop::collection::vec((point(), verdict()), 1..4).prop_map(Step::Fail).boxed(),
        false => Just(Step::Restart).boxed(),
    };
    let step = prop_oneof![
        60 => (0..2_usize, command()).prop_map(|(tenant, command)| Step::To(tenant, command)),
        6 => rush().prop_map(Step::Rush),
        5 => minutes_passing().prop_map(Step::Pass),
        1 => Just(Step::Restart),
        1 => (0..2_usize).prop_map(Step::Rest),
        if faults { 12 } else { 1 } => fault,
    ];
    prop::collection::vec(step, 1..40)
}

fn command() -> impl Strategy<Value = Command> {
    prop_oneof![
        16 => report().prop_map(Command::Report),
        10 => wish().prop_map(Command::Book),
        3 => (prop::sample::subsequence((0..CALLERS).collect::<Vec<_>>(), 2..=CALLERS), wish())
            .prop_map(|(callers, wish)| Command::Compete(callers, Wish { call: None, ..wish })),
        6 => (any::<prop::sample::Index>(), when(), minutes(), any::<bool>()).prop_map(
            |(which, to, minutes, is_confirmed)| {
                Command::Move { which: which.index(1000), to, minutes, is_confirmed }
            }
        ),
        5 => (any::<prop::sample::Index>(), select(vec![Close::Cancel, Close::Complete, Close::Miss]))
            .prop_map(|(which, how)| Command::Close(which.index(1000), how)),
        4 => (0..3_u8, amount()).prop_map(|(key, amount)| Command::Credit(key, amount)),
        3 => (0..3_u8, amount()).prop_map(|(key, amount)| Command::Adjust(key, amount)),
        3 => rules().prop_map(Command::Rules),
        1 => week().prop_map(Command::Hours),
        2 => (0..5_i64).prop_map(Command::Block),
        2 => (0..5_i64).prop_map(Command::Unblock),
        1 => Just(Command::Suspend),
        2 => Just(Command::Activate),
        3 => (0..5_i64, minutes()).prop_map(|(days, minutes)| Command::Availability(days, minutes)),
        4 => (0..CALLERS).prop_map(Command::Lookup),
        1 => (0..CALLERS).prop_map(Command::Ring),
    ]
}

fn report() -> impl Strategy<Value = Report> {
    let form = prop_oneof![
        4 => Just(Form::Flat),
        1 => Just(Form::Absurd),
        1 => Just(Form::Started),
        4 => Just(Form::Ended),
        1 => Just(Form::EndedUnknown),
        4 => Just(Form::Analyzed),
        1 => Just(Form::AnalyzedUnknown),
        1 => Just(Form::NotConnected),
    ];
    (0..CALLS, form, seconds()).prop_map(|(call, form, seconds)| Report { call, form, seconds })
}

/// Few lengths, so that reports of one call agree as often as not.
fn seconds() -> impl Strategy<Value = u32> {
    select(vec![0, 1, 59, 60, 61, 60, 155, 155, 1000, 3000])
}

fn rush() -> impl Strategy<Value = Vec<Ending>> {
    let ending = (0..2_usize, 0..CALLS, seconds(), any::<bool>());
    prop::collection::vec(ending, 2..8).prop_map(|endings| {
        let mut rush: Vec<Ending> = Vec::new();
        for (tenant, call, seconds, is_in_events) in endings {
            if !rush.iter().any(|other| (other.tenant, other.call) == (tenant, call)) {
                rush.push(Ending { tenant, call, seconds, is_in_events });
            }
        }
        rush
    })
}

fn wish() -> impl Strategy<Value = Wish> {
    let call = prop_oneof![2 => Just(None), 1 => (0..CALLS).prop_map(Some)];
    (0..CALLERS, when(), minutes(), call).prop_map(|(caller, when, minutes, call)| Wish {
        caller,
        when,
        minutes,
        call,
    })
}

/// On few days and at few times, so that wishes meet; sometimes off the grid or long ahead.
fn when() -> impl Strategy<Value = When> {
    let days = prop_oneof![20 => 0..4_i64, 1 => Just(-1_i64), 1 => Just(366_i64)];
    let minute = prop_oneof![20 => (18..34_i64).prop_map(|half| half * 30), 1 => 0..1440_i64];
    (days, minute).prop_map(|(days, minute)| When { days, minute })
}

fn minutes() -> impl Strategy<Value = Option<i64>> {
    select(vec![None, None, Some(30), Some(60), Some(45)])
}

fn amount() -> impl Strategy<Value = Amount> {
    select(vec![dec!(25), dec!(25), dec!(100), dec!(0.0001), dec!(-30), dec!(0)]).prop_map(Amount)
}

fn rules() -> impl Strategy<Value = Rules> {
    (
        select(vec![dec!(1), dec!(0), dec!(0.0075), dec!(3.3333)]),
        select(vec![1, 1, 6, 60]),
        select(vec![0, 0, 30, 90]),
        select(vec![dec!(10), dec!(0), dec!(49.5)]),
        select(vec![0, 0, 15]),
        select(vec![0, 0, 30]),
        select(vec![5, 5, 1, 2]),
    )
        .prop_map(|(rate, increment, minimum, threshold, buffer_before, buffer_after, upcoming_max)| {
            Rules { rate, increment, minimum, threshold, buffer_before, buffer_after, upcoming_max }
        })
}

fn week() -> impl Strategy<Value = Vec<Hours>> {
    let day = (16..22_i64, 26..40_i64, any::<bool>(), prop::bool::weighted(0.8));
    prop::collection::vec(day, 7).prop_map(|week| {
        (0..7)
            .zip(week)
            .filter(|(_, (.., is_open))| *is_open)
            .map(|(day, (opens, closes, has_lunch, _))| Hours {
                day,
                opens: opens * 30,
                closes: closes * 30,
                has_lunch,
            })
            .collect()
    })
}

/// Mostly within a day; sometimes past what is loaded, or past what can be corrected.
fn minutes_passing() -> impl Strategy<Value = i64> {
    prop_oneof![6 => 1..300_i64, 3 => Just(24 * 60), 2 => Just(3 * 24 * 60), 1 => Just(31 * 24 * 60)]
}

fn point() -> impl Strategy<Value = Point> {
    select(vec![Point::BeforeCommit, Point::AfterCommit])
}

fn verdict() -> impl Strategy<Value = Verdict> {
    select(vec![Verdict::LoseConnection, Verdict::Panic])
}
