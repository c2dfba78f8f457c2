//! What may happen to two customers, in every order.

use jiff::ToSpan;
use jiff::civil::DateTime;
use rust_decimal::{Decimal, dec};
use serde_json::{Value, json};

use actors::journal::{Point, Verdict};

use crate::harness::retell::{event, flat};

/// People who call.
pub const CALLERS: usize = 4;
/// Names of calls; few, so that they meet again.
pub const CALLS: usize = 6;

/// One thing that happens.
#[derive(Debug, Clone)]
pub enum Step {
    /// To one of the two.
    To(usize, Command),
    /// Calls of both end at the same time.
    Rush(Vec<Ending>),
    /// The clock goes on by so many minutes.
    Pass(i64),
    /// It goes on to the first of the next month in UTC, and so many minutes further.
    Turn(i64),
    /// The server is stopped and started.
    Restart,
    /// A customer is left alone until it has left memory.
    Rest(usize),
    /// Fees that are due are debited, months that are over are closed.
    Books,
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
    /// An entry of the ledger, or a part of it.
    Refund(u8, usize, Amount),
    /// An invoice.
    Void(usize),
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
    pub monthly_fee: Decimal,
    /// Per cent; without one it is the platform's, which is none.
    pub tax: Option<Decimal>,
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
            monthly_fee: dec!(0),
            tax: None,
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
