//! Free slots over several days: the next ones, and the nearest to a time that was wanted.

use jiff::Timestamp;
use jiff::civil::Date;

use super::Calendar;
use super::slots::{Search, Slot};

/// How many days on each side of a wanted time are looked at for alternatives.
pub const NEAREST_DAYS_MAX: u32 = 31;

impl Calendar {
    /// The first `count` free slots on `from` or later, in order, as far as the horizon.
    pub fn next_free(&self, from: Date, duration_minutes: u32, now: Timestamp, count: usize) -> Vec<Slot> {
        let mut slots = Vec::new();
        let Some(search) = self.search(duration_minutes, now) else { return slots };
        for day in days(from.max(search.today), Date::tomorrow).take_while(|day| *day <= search.last_day) {
            if slots.len() >= count {
                break;
            }
            search.collect(day, count, &mut slots);
        }
        slots
    }

    /// The `count` free slots nearest to `wanted`, in the order of time. Of two equally near the
    /// later one counts as nearer. At most [`NEAREST_DAYS_MAX`] days are looked at on each side; a
    /// time before today or beyond the horizon is answered from there.
    pub fn nearest_free(
        &self,
        wanted: Timestamp,
        duration_minutes: u32,
        now: Timestamp,
        count: usize,
    ) -> Vec<Slot> {
        let Some(search) = self.search(duration_minutes, now) else { return Vec::new() };
        // `clamp` would panic if the bounds were ever the wrong way round.
        let middle = self.today(wanted).min(search.last_day).max(search.today);
        let (mut before, mut after) = (Vec::new(), Vec::new());
        search.collect(middle, usize::MAX, &mut before);
        after.extend(before.extract_if(.., |slot| slot.start >= wanted));
        after.truncate(count);
        // Newest first: the order in which earlier slots become less near.
        before.reverse();
        before.truncate(count);

        let side = NEAREST_DAYS_MAX as usize;
        for day in days(middle, Date::tomorrow).skip(1).take(side) {
            if after.len() >= count {
                break;
            }
            search.collect(day, count, &mut after);
        }
        let mut of_day = Vec::new();
        for day in days(middle, Date::yesterday).skip(1).take(side) {
            if before.len() >= count || day < search.today {
                break;
            }
            search.collect(day, usize::MAX, &mut of_day);
            before.extend(of_day.drain(..).rev().take(count - before.len()));
        }
        nearest_of(before, after, wanted, count)
    }

    /// `None` when no day can have a slot, so that a search does not walk to the horizon for nothing.
    fn search(&self, duration_minutes: u32, now: Timestamp) -> Option<Search<'_>> {
        if !self.hours.is_ever_open() {
            return None;
        }
        Search::new(self, duration_minutes, now).ok()
    }
}

fn days<E>(first: Date, next: fn(Date) -> Result<Date, E>) -> impl Iterator<Item = Date> {
    std::iter::successors(Some(first), move |day| next(*day).ok())
}

/// Takes from two lists, each nearest first, and puts the result in the order of time.
fn nearest_of(before: Vec<Slot>, after: Vec<Slot>, wanted: Timestamp, count: usize) -> Vec<Slot> {
    let (mut earlier, mut later) = (0, 0);
    while earlier + later < count {
        match (before.get(earlier), after.get(later)) {
            (None, None) => break,
            (Some(_), None) => earlier += 1,
            (None, Some(_)) => later += 1,
            (Some(past), Some(future)) => {
                if wanted.duration_since(past.start) < future.start.duration_since(wanted) {
                    earlier += 1;
                } else {
                    later += 1;
                }
            }
        }
    }
    before.into_iter().take(earlier).rev().chain(after.into_iter().take(later)).collect()
}
