//! What a customer's records must say: lists, sums and loops, and nothing of the domain's own.
//!
//! Written from the specification, not from the code under test: no index, no state machine, no
//! cached balance. Everything is recomputed from the lists whenever it is asked for.

use std::collections::BTreeSet;

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};
use rust_decimal::{Decimal, RoundingStrategy, dec};

use super::books::Books;
use super::history::{Close, Form, Hours, Report, Rules, Wish};

/// Minutes of an appointment for which no length was asked.
const DEFAULT_MINUTES: i64 = 30;
const HORIZON_DAYS: i64 = 365;
const SWAP_DAYS: i64 = 30;
/// A call that was never reported to have ended is over after this.
const LIVE_HOURS: i64 = 3;

/// One customer.
pub struct Business {
    /// What the clock on its wall shows.
    pub now: DateTime,
    /// One without summer time, so that its wall clock can be reckoned with.
    pub zone: TimeZone,
    pub rules: Rules,
    pub hours: Vec<Hours>,
    pub blocked: BTreeSet<Date>,
    pub is_suspended: bool,
    pub calls: Vec<Call>,
    pub appointments: Vec<Appointment>,
    pub books: Books,
    /// What it is about, and what is told; in order for each subject.
    pub events: Vec<(String, &'static str)>,
    /// Calls under way, and since when.
    live: Vec<(String, DateTime)>,
    /// Every id handed out so far is at most this.
    last_id: i64,
}

/// A call.
#[derive(Clone)]
pub struct Call {
    pub name: String,
    pub caller: usize,
    pub id: i64,
    pub status: Option<&'static str>,
    pub seconds: u32,
    pub cost: Decimal,
    pub entries: u32,
    pub has_transcript: bool,
    pub has_summary: bool,
    /// Of a minute, as it was first charged.
    pub rate: Decimal,
    billable: u32,
    is_announced: bool,
    is_analyzed: bool,
}

/// An appointment.
#[derive(Clone, PartialEq, Debug)]
pub struct Appointment {
    pub id: i64,
    pub caller: usize,
    pub call: Option<String>,
    pub start: DateTime,
    pub end: DateTime,
    pub status: &'static str,
}

/// Why not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Objection {
    Suspended,
    Past,
    TooFarAhead,
    Blocked,
    Closed,
    OutsideHours,
    OffGrid,
    Taken,
    TooManyUpcoming,
    Unknown,
    Cancelled,
    AlreadyClosed,
    NotBegun,
    TooLate,
    NotBlocked,
    NotACredit,
    RefundTooLarge,
    /// The invoice of the charge was.
    TakenBack,
    InvoiceVoid,
    InvoiceRefunded,
    Zero,
    KeyReused,
}

impl Business {
    /// As registered: nothing paid, open on workdays from nine to five.
    pub fn new(customer: i64, now: DateTime, zone: TimeZone) -> Self {
        Self {
            now,
            zone,
            rules: Rules::default(),
            hours: (1..=5)
                .map(|day| Hours { day, opens: 9 * 60, closes: 17 * 60, has_lunch: false })
                .collect(),
            blocked: BTreeSet::new(),
            is_suspended: false,
            calls: Vec::new(),
            appointments: Vec::new(),
            books: Books::new(customer, now.date()),
            events: Vec::new(),
            live: Vec::new(),
            last_id: 0,
        }
    }

    /// When its clock shows this.
    pub fn instant(&self, wall: DateTime) -> Timestamp {
        wall.to_zoned(self.zone.clone()).expect("a time that exists").timestamp()
    }

    pub fn change_rules(&mut self, rules: Rules) {
        let before = self.need();
        self.rules = rules;
        self.tell_need(before);
    }

    // Calls.

    /// A call begins to be under way.
    pub fn goes_live(&mut self, report: &Report) {
        let name = report.name();
        if !self.calls.iter().any(|call| call.name == name && call.status.is_some()) {
            self.live.retain(|(live, _)| *live != name);
            self.live.push((name, self.now));
        }
    }

    /// Whether somebody is on the telephone, as far as is known.
    pub fn is_live(&self) -> bool {
        self.live
            .iter()
            .any(|(_, since)| self.now.duration_since(*since) < SignedDuration::from_hours(LIVE_HOURS))
    }

    /// Who was on the telephone is not written down.
    pub fn forgets_who_is_live(&mut self) {
        self.live.clear();
    }

    /// A call has ended, or was understood. Answers what it has cost in all.
    pub fn hears(&mut self, report: &Report, id: i64) -> Decimal {
        let name = report.name();
        self.live.retain(|(live, _)| *live != name);
        let index = self.call(&name, report.call, id);
        let mut call = self.calls[index].clone();
        let is_final =
            matches!(report.form, Form::Flat | Form::Absurd | Form::Analyzed | Form::AnalyzedUnknown);
        call.has_transcript |= report.form != Form::NotConnected;
        call.has_summary |= is_final;
        call.status = call.status.or(Some(match report.form {
            Form::NotConnected => "no-answer",
            _ => "completed",
        }));
        let length = report.length();
        // Only a longer one is news: a repetition never costs anything, whatever was set meanwhile.
        if let Some(seconds) = length.filter(|seconds| *seconds > call.seconds) {
            if call.seconds == 0 {
                // Free of charge is a price too: what is set later does not change it.
                call.rate = self.rules.rate;
            }
            call.seconds = seconds;
            let increment = self.rules.increment;
            let billable = seconds.max(self.rules.minimum).div_ceil(increment) * increment;
            call.billable = call.billable.max(billable);
            let cost = price(call.rate, call.billable);
            if cost > call.cost {
                call.entries += 1;
                let reference = match call.entries {
                    1 => format!("call:{name}"),
                    n => format!("call#{n}:{name}"),
                };
                self.enter(reference, call.cost - cost);
                call.cost = cost;
            }
        }
        let subject = format!("call_{}", call.id);
        let is_settled = length.is_some() || is_final || call.status != Some("completed");
        if !call.is_announced && is_settled {
            call.is_announced = true;
            let is_completed = call.status == Some("completed");
            self.events.push((subject.clone(), if is_completed { "call.completed" } else { "call.failed" }));
        }
        let is_event = matches!(report.form, Form::Analyzed | Form::AnalyzedUnknown);
        if is_event && !call.is_analyzed {
            self.events.push((subject, "call.analyzed"));
        }
        call.is_analyzed |= is_final;
        let cost = call.cost;
        self.calls[index] = call;
        cost
    }

    /// Where a call is, new or known by the id it was answered with.
    fn call(&mut self, name: &str, caller: usize, id: i64) -> usize {
        if let Some(index) = self.calls.iter().position(|call| call.name == name) {
            assert_eq!(self.calls[index].id, id, "the id of {name}");
            return index;
        }
        self.hands_out(id);
        self.calls.push(Call {
            name: name.to_owned(),
            caller: super::history::caller_of(caller),
            id,
            status: None,
            seconds: 0,
            cost: Decimal::ZERO,
            entries: 0,
            has_transcript: false,
            has_summary: false,
            rate: self.rules.rate,
            billable: 0,
            is_announced: false,
            is_analyzed: false,
        });
        self.calls.len() - 1
    }

    /// Ids are new, and rise.
    pub fn hands_out(&mut self, id: i64) {
        assert!(id > self.last_id, "{id} was handed out after {}", self.last_id);
        self.last_id = id;
    }

    // The calendar.

    /// The appointment with which a wish is fulfilled already.
    pub fn already_booked(&self, wish: &Wish) -> Option<&Appointment> {
        let start = wish.start(self.now);
        self.standing().find(|appointment| {
            appointment.start == start
                && match wish.call_name() {
                    Some(call) => appointment.call == Some(call),
                    None => appointment.caller == wish.caller,
                }
        })
    }

    /// Everything that speaks against a booking; nothing when it must succeed.
    pub fn objections_to_booking(&self, wish: &Wish) -> Vec<Objection> {
        if self.is_suspended {
            return vec![Objection::Suspended];
        }
        let minutes = wish.minutes.unwrap_or(DEFAULT_MINUTES);
        let mut objections = self.objections_to_time(wish.start(self.now), minutes, None, true, false);
        let upcoming =
            self.standing().filter(|one| one.caller == wish.caller && one.start > self.now).count();
        if upcoming >= self.rules.upcoming_max as usize {
            objections.push(Objection::TooManyUpcoming);
        }
        objections
    }

    /// A booking that succeeded. `call` is the id of the call it was made in.
    pub fn books(&mut self, wish: &Wish, id: i64, call: Option<i64>) {
        let start = wish.start(self.now);
        if let (Some(name), Some(call)) = (wish.call_name(), call) {
            self.call(&name, wish.call.unwrap_or_default(), call);
        }
        self.hands_out(id);
        let end = start + wish.minutes.unwrap_or(DEFAULT_MINUTES).minutes();
        let (caller, call) = (wish.caller, wish.call_name());
        self.appointments.push(Appointment { id, caller, call, start, end, status: "scheduled" });
        self.events.push((format!("apt_{id}"), "appointment.created"));
    }

    /// Moves an appointment, or says all that speaks against it.
    pub fn moves(
        &mut self,
        id: i64,
        start: DateTime,
        minutes: Option<i64>,
        is_confirmed: bool,
    ) -> Result<Appointment, Vec<Objection>> {
        let index = self.appointments.iter().position(|one| one.id == id).ok_or(vec![Objection::Unknown])?;
        let appointment = self.appointments[index].clone();
        let length = (appointment.end.duration_since(appointment.start)).as_mins();
        let minutes = minutes.unwrap_or(length);
        let mut objections = match appointment.status {
            "scheduled" => self.objections_to_time(start, minutes, Some(id), false, is_confirmed),
            "cancelled" => vec![Objection::Cancelled],
            _ => vec![Objection::AlreadyClosed],
        };
        if self.is_suspended {
            objections.push(Objection::Suspended);
        }
        if !objections.is_empty() {
            return Err(objections);
        }
        let moved = Appointment { start, end: start + minutes.minutes(), ..appointment };
        if moved != self.appointments[index] {
            self.appointments[index] = moved.clone();
            self.events.push((format!("apt_{id}"), "appointment.updated"));
        }
        Ok(moved)
    }

    /// Cancels, completes or misses an appointment.
    pub fn closes(&mut self, id: i64, how: Close) -> Result<Appointment, Objection> {
        let now = self.now;
        let found = self.appointments.iter_mut().find(|one| one.id == id);
        let appointment = found.ok_or(Objection::Unknown)?;
        let (wanted, event) = match how {
            Close::Cancel => ("cancelled", "appointment.cancelled"),
            Close::Complete => ("completed", "appointment.completed"),
            Close::Miss => ("no-show", "appointment.no_show"),
        };
        if appointment.status == wanted {
            return Ok(appointment.clone());
        }
        match (appointment.status, wanted) {
            ("scheduled", "cancelled") => {}
            ("scheduled", _) if now < appointment.start => return Err(Objection::NotBegun),
            ("scheduled", _) => {}
            ("cancelled", _) => return Err(Objection::Cancelled),
            (_, "cancelled") => return Err(Objection::AlreadyClosed),
            _ if now.duration_since(appointment.start) > SignedDuration::from_hours(24 * SWAP_DAYS) => {
                return Err(Objection::TooLate);
            }
            _ => {}
        }
        appointment.status = wanted;
        let closed = appointment.clone();
        self.events.push((format!("apt_{id}"), event));
        Ok(closed)
    }

    pub fn unblocks(&mut self, date: Date) -> Result<(), Objection> {
        if self.blocked.remove(&date) { Ok(()) } else { Err(Objection::NotBlocked) }
    }

    /// The starts of the free slots of a day.
    pub fn free_slots(&self, date: Date, minutes: Option<i64>) -> Vec<DateTime> {
        let minutes = minutes.unwrap_or(DEFAULT_MINUTES);
        // Everything that is set here is a multiple of a quarter of an hour.
        let all = (0..24 * 4).map(|quarter: i64| date.at(0, 0, 0, 0) + (15 * quarter).minutes());
        all.filter(|start| {
            !self.is_suspended && self.objections_to_time(*start, minutes, None, true, false).is_empty()
        })
        .collect()
    }

    /// The ids of a caller's standing appointments still to come, in the order of time.
    pub fn upcoming(&self, caller: usize) -> Vec<i64> {
        let mut upcoming: Vec<_> =
            self.standing().filter(|one| one.caller == caller && one.start > self.now).collect();
        upcoming.sort_by_key(|one| one.start);
        upcoming.iter().map(|one| one.id).collect()
    }

    pub fn standing(&self) -> impl Iterator<Item = &Appointment> {
        self.appointments.iter().filter(|appointment| appointment.status == "scheduled")
    }

    fn objections_to_time(
        &self,
        start: DateTime,
        minutes: i64,
        moving: Option<i64>,
        must_fit_grid: bool,
        is_confirmed: bool,
    ) -> Vec<Objection> {
        let (date, end) = (start.date(), start + minutes.minutes());
        let mut objections = Vec::new();
        if start < self.now {
            objections.push(Objection::Past);
        }
        if date > self.now.date() + HORIZON_DAYS.days() {
            objections.push(Objection::TooFarAhead);
        }
        if !is_confirmed {
            if self.blocked.contains(&date) {
                objections.push(Objection::Blocked);
            }
            let weekday = date.weekday().to_sunday_zero_offset() as u8;
            match self.hours.iter().find(|hours| hours.day == weekday) {
                None => objections.push(Objection::Closed),
                Some(hours) => {
                    let midnight = date.at(0, 0, 0, 0);
                    let at = |minute: i64| midnight + minute.minutes();
                    let is_inside = at(hours.opens) <= start && end <= at(hours.closes);
                    let meets_lunch = hours.has_lunch && start < at(13 * 60) && at(12 * 60) < end;
                    if !is_inside || meets_lunch {
                        objections.push(Objection::OutsideHours);
                    }
                    let minutes_in = start.duration_since(at(hours.opens)).as_mins();
                    if must_fit_grid && minutes_in.rem_euclid(minutes) != 0 {
                        objections.push(Objection::OffGrid);
                    }
                }
            }
        }
        let room = i64::from(self.rules.buffer_before.max(self.rules.buffer_after)).minutes();
        let (from, until) = (start - room, end + room);
        let others = self.standing().filter(|one| Some(one.id) != moving);
        if others.into_iter().any(|one| one.start < until && from < one.end) {
            objections.push(Objection::Taken);
        }
        objections
    }
}

/// A rate a minute, by the second, to four decimals.
fn price(rate: Decimal, seconds: u32) -> Decimal {
    let exact = rate * Decimal::from(seconds) / dec!(60);
    to_four_decimals(exact)
}

pub fn to_four_decimals(exact: Decimal) -> Decimal {
    exact.round_dp_with_strategy(4, RoundingStrategy::MidpointAwayFromZero)
}
