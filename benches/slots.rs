//! What an agent waits for while it asks for a free time: the slots of a day, one slot, the next
//! three, and the nearest three, in calendars from empty to a year that is fully booked.
//!
//! Run as `cargo bench --bench slots`.

use std::hint::black_box;

use criterion::Criterion;
use domain::calendar::{BookingRules, Calendar, MinuteOfDay, WeeklyHours};
use jiff::civil::{Date, date};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};

/// Half-hour slots from nine to five on a weekday.
const SLOTS_A_DAY: usize = 16;
/// A Monday, in a zone where the clocks change.
const TODAY: Date = date(2026, 11, 23);
const ZONE: &str = "America/New_York";
const MINUTES: u32 = 30;

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    let now = TODAY.at(8, 0, 0, 0).to_zoned(zone()).expect("eight o'clock is no gap").timestamp();
    for holds in [0, 100, 1_000, 4_000] {
        measure(&mut criterion, &calendar(holds), holds, now);
    }
    criterion.final_summary();
}

/// Every question, on one calendar.
fn measure(criterion: &mut Criterion, calendar: &Calendar, holds: usize, now: Timestamp) {
    let day = weekdays().nth(5).expect("weeks go on");
    let time = MinuteOfDay::at(15, 30).expect("half past three is a time");
    let wanted = day.at(12, 0, 0, 0).to_zoned(zone()).expect("noon is no gap").timestamp();
    let mut ask = |question: &str, answer: &dyn Fn()| {
        let name = format!("{question}, {holds} held");
        criterion.bench_function(&name, |bencher| bencher.iter(answer));
    };
    ask("free_slots", &|| {
        black_box(calendar.free_slots(black_box(day), MINUTES, now));
    });
    ask("slot_at", &|| {
        black_box(calendar.slot_at(black_box(day), time, MINUTES, now)).ok();
    });
    ask("next_free", &|| {
        black_box(calendar.next_free(black_box(TODAY), MINUTES, now, 3));
    });
    ask("nearest_free", &|| {
        black_box(calendar.nearest_free(black_box(wanted), MINUTES, now, 3));
    });
}

/// A calendar whose first `holds` slots are taken, day after day.
fn calendar(holds: usize) -> Calendar {
    let mut calendar = Calendar::new(zone(), WeeklyHours::standard(), BookingRules::default());
    for (index, day) in (0..holds).zip(weekdays().flat_map(|day| [day; SLOTS_A_DAY])) {
        let half_hours = i64::try_from(index % SLOTS_A_DAY).expect("sixteen are few");
        let opens = day.at(9, 0, 0, 0).to_zoned(zone()).expect("nine o'clock is no gap").timestamp();
        let start = opens + SignedDuration::from_mins(30 * half_hours);
        calendar.hold(start, start + SignedDuration::from_mins(30));
    }
    calendar
}

fn weekdays() -> impl Iterator<Item = Date> {
    let days = std::iter::successors(Some(TODAY), |day| day.checked_add(1.days()).ok());
    days.filter(|day| day.weekday().to_monday_zero_offset() < 5)
}

fn zone() -> TimeZone {
    TimeZone::get(ZONE).expect("the tz database is built in")
}
