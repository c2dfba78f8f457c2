//! What is said to the server while it is being killed, and what is remembered of its answers.
//!
//! Reports in both forms, early and late, longer and in pairs; callers who compete for the same
//! slots; twins of one delivery at once; old deliveries again. What is sent is noted before it is
//! sent, because it may be stored without an answer. Every 200 that is read is noted, also that of
//! a duplicate: an acknowledgement is a promise whoever hears it.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use jiff::civil::{Date, DateTime};
use jiff::{Timestamp, ToSpan, tz::TimeZone};
use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::client::Line;
use super::dice::Dice;
use crate::harness::retell::{event, flat};

/// Callers who ask for one slot.
const RIVALS: u64 = 3;
/// Slots of half an hour a day, from nine to five.
const SLOTS_A_DAY: u64 = 16;
/// Deliveries kept to be made again.
const REPEATABLE: usize = 200;
/// The answer of a function that could not decide: the agent asks again.
const TRY_AGAIN: &str = "I cannot reach the calendar just now";

/// The clients at work.
pub struct Load {
    shared: Arc<Shared>,
    clients: JoinSet<()>,
}

/// All that was said, and all that was answered.
#[derive(Default)]
pub struct Told {
    /// The lengths sent for each call of each customer.
    pub sent: HashMap<(usize, String), Vec<u32>>,
    /// The numbers for which a slot was asked.
    pub asked: Vec<(usize, String)>,
    pub acknowledged: Acknowledged,
    pub tally: Tally,
}

/// Promises.
#[derive(Default)]
pub struct Acknowledged {
    pub calls: Vec<ChargedCall>,
    pub bookings: Vec<BookedSlot>,
}

/// One 200 to the report of an ended call.
pub struct ChargedCall {
    pub customer: usize,
    pub retell_call_id: String,
    pub call_id: String,
    pub charged: Decimal,
}

/// One 200 with an appointment in it.
pub struct BookedSlot {
    pub customer: usize,
    pub phone: String,
    pub start: Timestamp,
    pub appointment_id: String,
}

/// How much of everything there was.
#[derive(Default)]
pub struct Tally {
    pub hung_up: usize,
    pub retried: usize,
    pub given_up: usize,
    pub declined: usize,
    pub repeated: usize,
}

/// Where one report went and what it says.
struct Delivered {
    customer: usize,
    retell_call_id: String,
    body: String,
    answer: String,
}

struct Shared {
    line: Line,
    /// The keys in their URLs.
    customers: Vec<String>,
    told: Mutex<Told>,
    repeatable: Mutex<VecDeque<Delivered>>,
    acknowledged: watch::Sender<u64>,
    is_over: AtomicBool,
    /// Names calls and callers.
    number: AtomicU64,
    /// How many have asked for slots of each customer.
    asked_for_slots: Vec<AtomicU64>,
    first_monday: Date,
}

/// The answer to the report of an ended call, its amount with its exact digits.
#[derive(Deserialize)]
struct Recorded<'a> {
    call_id: String,
    #[serde(borrow)]
    charged: &'a RawValue,
}

impl Load {
    /// Starts as many clients as there are dice.
    pub fn start(line: &Line, customers: Vec<String>, dice: Vec<Dice>) -> Self {
        let shared = Arc::new(Shared {
            line: line.clone(),
            told: Mutex::default(),
            repeatable: Mutex::default(),
            acknowledged: watch::channel(0).0,
            is_over: AtomicBool::new(false),
            number: AtomicU64::new(0),
            asked_for_slots: customers.iter().map(|_| AtomicU64::new(0)).collect(),
            first_monday: next_monday(Timestamp::now().to_zoned(TimeZone::UTC).date()),
            customers,
        });
        let mut clients = JoinSet::new();
        for dice in dice {
            clients.spawn(work(Arc::clone(&shared), dice));
        }
        Self { shared, clients }
    }

    /// Answers acknowledged so far.
    pub fn acknowledged(&self) -> u64 {
        *self.shared.acknowledged.borrow()
    }

    /// Until there are so many.
    pub async fn acknowledges(&self, wanted: u64, patience: Duration) {
        let mut acknowledged = self.shared.acknowledged.subscribe();
        let enough = acknowledged.wait_for(|count| *count >= wanted);
        let is_enough = tokio::time::timeout(patience, enough).await.is_ok();
        assert!(is_enough, "after {patience:?} {} of {wanted} are acknowledged", self.acknowledged());
    }

    /// Lets everybody finish what he is at; then each customer has one call more, so that all are in memory.
    pub async fn end(mut self, dice: &mut Dice) -> Told {
        self.shared.is_over.store(true, Ordering::Relaxed);
        while let Some(client) = self.clients.join_next().await {
            client.expect("a client that did not fall");
        }
        for customer in 0..self.shared.customers.len() {
            self.shared.reports_whole(customer, dice).await;
        }
        std::mem::take(&mut *self.shared.told())
    }
}

async fn work(shared: Arc<Shared>, mut dice: Dice) {
    while !shared.is_over.load(Ordering::Relaxed) {
        // Half of everything is the first customer's.
        let others = shared.customers.len() as u64;
        let customer = if dice.one_in(2) { 0 } else { dice.within(1..others) as usize };
        match dice.within(0..20) {
            0..6 => shared.reports_whole(customer, &mut dice).await,
            6..8 => shared.reports_twice_at_once(customer, &mut dice).await,
            8..11 => shared.reports_in_events(customer, &mut dice).await,
            11..14 => shared.converses(customer, &mut dice).await,
            14..18 => shared.asks_for_a_slot(customer, &mut dice).await,
            _ => shared.repeats_an_old_report(&mut dice).await,
        }
    }
}

/// What a client may do.
impl Shared {
    /// The specification's flat report.
    async fn reports_whole(&self, customer: usize, dice: &mut Dice) {
        let (call, seconds) = (self.name("flat"), dice.within(1..600));
        let body = flat(&call, seconds as i64).to_string();
        let answer = self.report(customer, &call, seconds, &body, dice).await;
        if let Some(answer) = answer {
            let mut repeatable = self.repeatable.lock().expect("no panic under the lock");
            if repeatable.len() == REPEATABLE {
                repeatable.pop_front();
            }
            repeatable.push_back(Delivered { customer, retell_call_id: call, body, answer });
        }
    }

    /// One delivery, by several at once.
    async fn reports_twice_at_once(&self, customer: usize, dice: &mut Dice) {
        let (call, seconds) = (self.name("twin"), dice.within(1..600));
        let body = flat(&call, seconds as i64).to_string();
        let mut others = (dice.split(), dice.split());
        let (one, two, three) = tokio::join!(
            self.report(customer, &call, seconds, &body, dice),
            self.report(customer, &call, seconds, &body, &mut others.0),
            self.report(customer, &call, seconds, &body, &mut others.1),
        );
        let answers: Vec<_> = [one, two, three].into_iter().flatten().collect();
        assert!(answers.windows(2).all(|pair| pair[0] == pair[1]), "twins of {call}: {answers:?}");
    }

    /// Retell's own events: in order, the wrong way round, or at once; sometimes the later one is longer.
    async fn reports_in_events(&self, customer: usize, dice: &mut Dice) {
        let call = self.name("event");
        let seconds = dice.within(1..600);
        let later = if dice.one_in(3) { seconds + dice.within(1..60) } else { seconds };
        let (ended, analyzed) = (ended("call_ended", &call, seconds), ended("call_analyzed", &call, later));
        match dice.within(0..3) {
            0 => {
                self.report(customer, &call, seconds, &ended, dice).await;
                self.report(customer, &call, later, &analyzed, dice).await;
            }
            1 => {
                self.report(customer, &call, later, &analyzed, dice).await;
                self.report(customer, &call, seconds, &ended, dice).await;
            }
            _ => {
                let mut other = dice.split();
                tokio::join!(
                    self.report(customer, &call, seconds, &ended, dice),
                    self.report(customer, &call, later, &analyzed, &mut other)
                );
            }
        }
    }

    /// A whole call: it starts, books a slot, ends, is understood.
    async fn converses(&self, customer: usize, dice: &mut Dice) {
        let (call, seconds) = (self.name("talk"), dice.within(1..600));
        let started = event("call_started", &call, 0);
        self.post(customer, "webhook/retell", &started.to_string(), dice).await;
        self.book(customer, Some(&started["call"]), dice).await;
        let ended_body = ended("call_ended", &call, seconds);
        self.report(customer, &call, seconds, &ended_body, dice).await;
        self.report(customer, &call, seconds, &ended("call_analyzed", &call, seconds), dice).await;
    }

    async fn asks_for_a_slot(&self, customer: usize, dice: &mut Dice) {
        self.book(customer, None, dice).await;
    }

    /// A delivery whose acknowledgement Retell has mislaid, perhaps since before the last restart.
    async fn repeats_an_old_report(&self, dice: &mut Dice) {
        let old = {
            let mut repeatable = self.repeatable.lock().expect("no panic under the lock");
            let chosen = dice.within(0..repeatable.len().max(1) as u64) as usize;
            repeatable.remove(chosen)
        };
        let Some(old) = old else { return };
        let again = self.post(old.customer, "webhook/retell", &old.body, dice).await;
        if let Some(again) = again {
            assert_eq!(again, old.answer, "the second answer to {}", old.body);
            self.note_call(old.customer, &old.retell_call_id, &again);
            self.told().tally.repeated += 1;
        }
    }

    /// One report of an ended call, and its promise.
    async fn report(
        &self,
        customer: usize,
        call: &str,
        seconds: u64,
        body: &str,
        dice: &mut Dice,
    ) -> Option<String> {
        let sent = (customer, call.to_owned());
        self.told().sent.entry(sent).or_default().push(seconds as u32);
        let answer = self.post(customer, "webhook/retell", body, dice).await?;
        self.note_call(customer, call, &answer);
        Some(answer)
    }

    fn note_call(&self, customer: usize, call: &str, answer: &str) {
        let recorded: Recorded<'_> = serde_json::from_str(answer).expect("the answer to a report");
        self.told().acknowledged.calls.push(ChargedCall {
            customer,
            retell_call_id: call.to_owned(),
            call_id: recorded.call_id,
            charged: recorded.charged.get().parse().expect("an amount"),
        });
        self.count();
    }

    /// Asks for the slot that two others want as well.
    async fn book(&self, customer: usize, call: Option<&Value>, dice: &mut Dice) {
        let slot = self.asked_for_slots[customer].fetch_add(1, Ordering::Relaxed) / RIVALS;
        let start = self.slot(slot);
        let phone = format!("+1555{:07}", self.number.fetch_add(1, Ordering::Relaxed));
        let args = json!({
            "date": start.date().to_string(), "time": start.time().strftime("%H:%M").to_string(),
            "duration_minutes": 30, "caller_name": "Ben", "caller_phone": phone,
        });
        let body = match call {
            Some(call) => json!({"name": "book", "args": args, "call": call}),
            None => args,
        };
        self.told().asked.push((customer, phone.clone()));
        let Some(answer) = self.post(customer, "function/book", &body.to_string(), dice).await else {
            return;
        };
        let answer: Value = serde_json::from_str(&answer).expect("the answer of a function");
        match answer["appointment_id"].as_str() {
            Some(id) => {
                let start = start.to_zoned(TimeZone::UTC).expect("a time that exists").timestamp();
                let appointment_id = id.to_owned();
                let booked = BookedSlot { customer, phone, start, appointment_id };
                self.told().acknowledged.bookings.push(booked);
                self.count();
            }
            None => {
                let said = answer["message"].as_str().unwrap_or_default();
                assert!(said.starts_with("That time is already taken"), "{body}: {answer}");
                self.told().tally.declined += 1;
            }
        }
    }

    async fn post(&self, customer: usize, route: &str, body: &str, dice: &mut Dice) -> Option<String> {
        let path = format!("/api/v1/{route}/{}", self.customers[customer]);
        let delivery = self.line.deliver(&path, body, dice, |answer| !answer.contains(TRY_AGAIN)).await;
        let tally = &mut self.told().tally;
        tally.hung_up += delivery.hung_up;
        tally.retried += usize::from(delivery.tries > 1);
        tally.given_up += usize::from(delivery.answer.is_none());
        delivery.answer
    }

    fn count(&self) {
        self.acknowledged.send_modify(|count| *count += 1);
    }

    fn name(&self, kind: &str) -> String {
        format!("{kind}-{}", self.number.fetch_add(1, Ordering::Relaxed))
    }

    fn told(&self) -> MutexGuard<'_, Told> {
        self.told.lock().expect("no panic under the lock")
    }

    fn slot(&self, number: u64) -> DateTime {
        let (day, slot) = ((number / SLOTS_A_DAY) as i64, (number % SLOTS_A_DAY) as i64);
        let date = self.first_monday + (7 * (day / 5) + day % 5).days();
        date.at(9, 0, 0, 0) + (30 * slot).minutes()
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { hung_up, retried, given_up, declined, repeated } = self;
        write!(
            f,
            "{retried} deliveries retried, {hung_up} answers dropped, {given_up} deliveries given up, "
        )?;
        write!(f, "{repeated} repeated later, {declined} slots taken already")
    }
}

impl Tally {
    /// A run in which nobody hung up or came late would prove less than it says.
    pub fn assert_everything_happened(&self) {
        for (what, count) in [
            ("retried", self.retried),
            ("hung up", self.hung_up),
            ("declined", self.declined),
            ("repeated", self.repeated),
        ] {
            assert!(count > 0, "nothing was {what}: {self}");
        }
    }
}

/// An event of a call that has just ended.
fn ended(name: &str, call: &str, seconds: u64) -> String {
    let milliseconds = seconds as i64 * 1000;
    let mut body = event(name, call, milliseconds);
    let now = Timestamp::now().as_millisecond();
    body["call"]["start_timestamp"] = json!(now - milliseconds);
    body["call"]["end_timestamp"] = json!(now);
    body.to_string()
}

fn next_monday(today: Date) -> Date {
    let days_on = i64::from(today.weekday().to_monday_zero_offset());
    today + (7 - days_on).days()
}
