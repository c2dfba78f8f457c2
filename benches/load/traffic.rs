//! What is asked of the server: webhooks, free times, callers, bookings.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};

use super::bodies::{self, Template, now_ms};
use super::client::Answer;
use super::customers::Customer;
use super::drive::Traffic;

/// Callers each customer has.
pub const CALLERS: u64 = 10;
/// Minutes of a booking, so that a day has many.
const BOOKING_MINUTES: u64 = 10;
/// The standard hours are eight.
const BOOKINGS_A_DAY: u64 = 8 * 60 / BOOKING_MINUTES;

/// Hands out numbers that nothing else of this run has.
#[derive(Debug, Clone)]
pub struct Numbers {
    next: Arc<AtomicU64>,
    tag: Arc<str>,
}

impl Numbers {
    /// Beginning at 0, for calls named after `tag`.
    pub fn new(tag: &str) -> Self {
        Self { next: Arc::default(), tag: tag.into() }
    }

    fn take(&self) -> u64 {
        self.next.fetch_add(1, Ordering::Relaxed)
    }

    /// Retell's name of the call with this number.
    pub fn call_id(&self, number: u64) -> String {
        format!("{}{number:010}", self.prefix())
    }

    /// What the names of all calls of this run begin with.
    pub fn prefix(&self) -> String {
        format!("call_{}_", self.tag)
    }
}

/// A small generator of random numbers (xorshift64*), because asking must be cheap.
#[derive(Debug)]
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let high = self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 32;
        usize::try_from(high).unwrap_or(0) % bound.max(1)
    }
}

fn caller(number: u64) -> String {
    format!("+1555010{:04}", number % CALLERS)
}

/// A call that was acknowledged: whose, and its number.
pub type Acknowledged = (i64, u64);

/// Reports of ended calls, each of a call of its own, of customers drawn at random.
pub struct Webhooks {
    template: Arc<Template>,
    customers: Arc<[Customer]>,
    numbers: Numbers,
    dice: Dice,
    asked: Acknowledged,
    /// Those answered 200.
    pub acknowledged: Vec<Acknowledged>,
}

impl Webhooks {
    /// One traffic a connection.
    pub fn new(count: usize, key: &str, customers: Arc<[Customer]>, numbers: &Numbers) -> Vec<Self> {
        let template = Arc::new(bodies::call_ended(key));
        let one = |seed: usize| Self {
            template: Arc::clone(&template),
            customers: Arc::clone(&customers),
            numbers: numbers.clone(),
            dice: Dice(seed as u64 + 1),
            asked: (0, 0),
            acknowledged: Vec::with_capacity(64 * 1024),
        };
        (0..count).map(one).collect()
    }
}

impl Traffic for Webhooks {
    fn ask(&mut self, request: &mut Vec<u8>) -> bool {
        let customer = &self.customers[self.dice.below(self.customers.len())];
        let (number, now) = (self.numbers.take(), now_ms());
        self.asked = (customer.id, number);
        let call_id = self.numbers.call_id(number);
        let rest = bodies::call_ended_rest(customer.id, &call_id, &caller(number), now);
        self.template.write(customer, &rest, now, request);
        true
    }

    fn hear(&mut self, answer: Answer<'_>) -> bool {
        let is_recorded = answer.status == 200 && answer.body.starts_with(br#"{"success":true,"call_id":"#);
        if is_recorded {
            self.acknowledged.push(self.asked);
        }
        is_recorded
    }
}

/// Questions that change nothing: free times of a day, or who a caller is.
pub struct Questions {
    template: Arc<Template>,
    customers: Arc<[Customer]>,
    /// What an answer that was found begins with.
    hoped_for: &'static [u8],
    args: Args,
    order: Order,
}

/// The arguments of a question about the caller with this number.
type Args = Arc<dyn Fn(u64) -> String + Send + Sync>;

/// Who is asked next.
enum Order {
    /// Anybody, without end.
    Random(Dice),
    /// Each customer this many times, in turn, from here to there.
    Once { next: usize, end: usize },
}

impl Questions {
    /// What is free in a week.
    pub fn availability(count: usize, key: &str, customers: &Arc<[Customer]>) -> Vec<Self> {
        let template = bodies::function("/api/v1/function/availability/", "check_availability", key);
        let args = format!(r#"{{"date":"{}","duration_minutes":30}}"#, weekday(7));
        Self::random(count, template, customers, br#"{"success":true"#, Arc::new(move |_| args.clone()))
    }

    /// Who a caller is.
    pub fn lookup(count: usize, key: &str, customers: &Arc<[Customer]>) -> Vec<Self> {
        let template = bodies::function("/api/v1/function/lookup/", "lookup_caller", key);
        let args = |number| format!(r#"{{"phone":"{}"}}"#, caller(number));
        Self::random(count, template, customers, br#"{"found":"#, Arc::new(args))
    }

    /// The same question put to every customer `times` times instead of at random, so that of each
    /// caller it is the first.
    pub fn in_turn(questions: Vec<Self>, times: usize) -> Vec<Self> {
        let count = questions.len().max(1);
        let share = |index: usize, total: usize| total * index / count;
        let in_turn = |(index, one): (usize, Self)| {
            let total = one.customers.len() * times;
            let order = Order::Once { next: share(index, total), end: share(index + 1, total) };
            Self { order, ..one }
        };
        questions.into_iter().enumerate().map(in_turn).collect()
    }

    fn random(
        count: usize,
        template: Template,
        customers: &Arc<[Customer]>,
        hoped_for: &'static [u8],
        args: Args,
    ) -> Vec<Self> {
        let template = Arc::new(template);
        let one = |seed: usize| Self {
            template: Arc::clone(&template),
            customers: Arc::clone(customers),
            hoped_for,
            args: Arc::clone(&args),
            order: Order::Random(Dice(seed as u64 + 1)),
        };
        (0..count).map(one).collect()
    }
}

impl Traffic for Questions {
    fn ask(&mut self, request: &mut Vec<u8>) -> bool {
        let (index, number) = match &mut self.order {
            Order::Random(dice) => (dice.below(self.customers.len()), dice.below(1 << 20)),
            Order::Once { next, end } if *next < *end => {
                *next += 1;
                ((*next - 1) % self.customers.len(), (*next - 1) / self.customers.len())
            }
            Order::Once { .. } => return false,
        };
        let customer = &self.customers[index];
        let (args, now) = ((self.args)(number as u64), now_ms());
        let rest = bodies::function_rest(customer.id, &args, "call_question", &caller(number as u64), now);
        self.template.write(customer, &rest, now, request);
        true
    }

    fn hear(&mut self, answer: Answer<'_>) -> bool {
        answer.status == 200 && answer.body.starts_with(self.hoped_for)
    }
}

/// An appointment that was acknowledged: whose, and its number.
pub type Booked = (i64, i64);

/// Bookings of free times, spread over customers first, then days, then hours; each by a caller of
/// its own, in a call of its own.
pub struct Bookings {
    template: Arc<Template>,
    customers: Arc<[Customer]>,
    days: Arc<[Date]>,
    numbers: Numbers,
    /// Counts what was booked with these customers.
    slots: Arc<AtomicU64>,
    customer: i64,
    /// No slot from here on is asked for.
    end: u64,
    /// Those that were answered with an appointment.
    pub booked: Vec<Booked>,
}

impl Bookings {
    /// One traffic a connection; `slots` goes on where the last one with these customers ended.
    pub fn new(
        count: usize,
        key: &str,
        customers: &Arc<[Customer]>,
        numbers: &Numbers,
        slots: &Arc<AtomicU64>,
    ) -> Vec<Self> {
        let template = Arc::new(bodies::function("/api/v1/function/book/", "book_appointment", key));
        let days: Arc<[Date]> = (2..360).filter_map(open_day).collect();
        let one = |_| Self {
            template: Arc::clone(&template),
            customers: Arc::clone(customers),
            days: Arc::clone(&days),
            numbers: numbers.clone(),
            slots: Arc::clone(slots),
            customer: 0,
            end: u64::MAX,
            booked: Vec::new(),
        };
        (0..count).map(one).collect()
    }

    /// So many together and no more, with customers of whom nothing was booked before.
    pub fn at_most(bookings: Vec<Self>, most: u64) -> Vec<Self> {
        bookings.into_iter().map(|one| Self { end: most, ..one }).collect()
    }
}

impl Traffic for Bookings {
    fn ask(&mut self, request: &mut Vec<u8>) -> bool {
        let slot = self.slots.fetch_add(1, Ordering::Relaxed);
        if slot >= self.end {
            return false;
        }
        let at = |index: u64, length: usize| usize::try_from(index % length as u64).unwrap_or(0);
        let customer = &self.customers[at(slot, self.customers.len())];
        let round = slot / self.customers.len() as u64;
        let date = self.days[at(round, self.days.len())];
        let minutes = 9 * 60 + round / self.days.len() as u64 % BOOKINGS_A_DAY * BOOKING_MINUTES;
        let (number, now) = (self.numbers.take(), now_ms());
        let phone = format!("+1556{:07}", number % 10_000_000);
        let args = format!(
            r#"{{"date":"{date}","time":"{:02}:{:02}","duration_minutes":{BOOKING_MINUTES},"caller_name":"Ada Moreno","caller_phone":"{phone}","caller_email":"ada@example.com","notes":"First visit"}}"#,
            minutes / 60,
            minutes % 60
        );
        self.customer = customer.id;
        let rest = bodies::function_rest(customer.id, &args, &self.numbers.call_id(number), &phone, now);
        self.template.write(customer, &rest, now, request);
        true
    }

    fn hear(&mut self, answer: Answer<'_>) -> bool {
        let id = std::str::from_utf8(answer.body).ok().and_then(|body| {
            let (_, rest) = body.split_once(r#"{"success":true,"appointment_id":"apt_"#)?;
            rest.split('"').next()?.parse().ok()
        });
        if let Some(id) = id.filter(|_| answer.status == 200) {
            self.booked.push((self.customer, id));
        }
        id.is_some()
    }
}

/// The first day that is open by the standard hours, so many days ahead or later.
fn weekday(days: i64) -> Date {
    (days..days + 7).find_map(open_day).unwrap_or_else(today)
}

/// That day, if it is from Monday to Friday.
fn open_day(days: i64) -> Option<Date> {
    let day = today().checked_add(days.days()).ok()?;
    (day.weekday().to_monday_zero_offset() < 5).then_some(day)
}

fn today() -> Date {
    Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date()
}
