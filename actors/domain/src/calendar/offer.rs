//! What a page offers to choose from: the days of a month with a free time, and the times of one of them.

use jiff::Timestamp;
use jiff::civil::Date;

use super::Calendar;
use super::slots::{Search, Slot};

/// What somebody looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    /// Wherever the first free time is.
    Next,
    /// A month, at its first free day.
    Month(Date),
    /// A day.
    Day(Date),
}

/// What there is to choose from.
#[derive(Debug, Clone, PartialEq)]
pub struct Offer {
    /// The first of the month that is shown.
    pub month: Date,
    /// Its days with a free time, in order.
    pub days: Vec<Date>,
    /// The day whose times are listed.
    pub day: Date,
    /// What is free on it, in order.
    pub slots: Vec<Slot>,
    /// Whether a month before it may be looked at.
    pub has_before: bool,
    /// Whether a month after it may be: not where the first look has found nothing in any.
    pub has_after: bool,
}

impl Calendar {
    /// The offer for appointments of this length. A look before today or beyond the horizon is
    /// answered from there.
    pub fn offer(&self, look: Look, duration_minutes: u32, now: Timestamp) -> Offer {
        let today = self.today(now);
        let last_day = self.last_day(today);
        let mut is_hopeless = false;
        let wanted = match look {
            Look::Next => {
                let next = self.next_free(today, duration_minutes, now, 1).pop();
                is_hopeless = next.is_none();
                next.map_or(today, |slot| slot.local_start.date())
            }
            Look::Month(day) => day.first_of_month(),
            Look::Day(day) => day,
        };
        let wanted = wanted.min(last_day).max(today);
        let (first, last) = (wanted.first_of_month(), wanted.last_of_month());
        let days = self.free_days(first.max(today), last.min(last_day), duration_minutes, now);
        let day = match look {
            Look::Month(_) => days.first().copied().unwrap_or(wanted),
            _ => wanted,
        };
        Offer {
            month: first,
            slots: self.free_slots(day, duration_minutes, now),
            days,
            day,
            has_before: first > today,
            has_after: last < last_day && !is_hopeless,
        }
    }

    /// The days between these two, both included, with a free time.
    fn free_days(&self, first: Date, last: Date, duration_minutes: u32, now: Timestamp) -> Vec<Date> {
        let Ok(search) = Search::new(self, duration_minutes, now) else { return Vec::new() };
        let mut found = Vec::new();
        let days = std::iter::successors(Some(first), |day| day.tomorrow().ok());
        days.take_while(|day| *day <= last)
            .filter(|day| {
                found.clear();
                search.collect(*day, 1, &mut found);
                !found.is_empty()
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use jiff::tz::TimeZone;

    use super::*;
    use crate::calendar::{BookingRules, WeeklyHours};

    /// Monday, noon; open from Monday to Friday, nine to five.
    fn calendar() -> (Calendar, Timestamp) {
        let rules = BookingRules { horizon_days: 40, ..BookingRules::default() };
        let calendar = Calendar::new(TimeZone::UTC, WeeklyHours::standard(), rules);
        (calendar, "2026-01-05T12:00:00Z".parse().unwrap())
    }

    #[test]
    fn the_first_look_is_at_the_first_day_with_a_free_time() {
        let (mut calendar, now) = calendar();
        for day in 5..9 {
            calendar.block(date(2026, 1, day), None);
        }
        let offer = calendar.offer(Look::Next, 30, now);
        assert_eq!((offer.month, offer.day), (date(2026, 1, 1), date(2026, 1, 9)));
        assert_eq!((offer.days[0], offer.days.len()), (date(2026, 1, 9), 16));
        assert_eq!(offer.slots, calendar.free_slots(offer.day, 30, now));
        assert!(!offer.has_before && offer.has_after);
    }

    #[test]
    fn a_month_is_looked_at_from_its_first_free_day_and_no_further_than_the_horizon() {
        let (calendar, now) = calendar();
        let offer = calendar.offer(Look::Month(date(2026, 2, 20)), 30, now);
        // The first of February is a Sunday; the fortieth day is Saturday the 14th.
        assert_eq!((offer.day, offer.days.last()), (date(2026, 2, 2), Some(&date(2026, 2, 13))));
        assert!(offer.has_before && !offer.has_after);
        let beyond = calendar.offer(Look::Day(date(2027, 1, 1)), 30, now);
        assert_eq!((beyond.day, beyond.slots.len()), (date(2026, 2, 14), 0));
        let before = calendar.offer(Look::Month(date(2025, 1, 1)), 30, now);
        assert_eq!((before.month, before.day), (date(2026, 1, 1), date(2026, 1, 5)));
    }

    #[test]
    fn a_day_is_looked_at_also_when_it_has_nothing() {
        let (calendar, now) = calendar();
        let offer = calendar.offer(Look::Day(date(2026, 1, 10)), 30, now);
        assert_eq!((offer.day, offer.slots.len(), offer.days.len()), (date(2026, 1, 10), 0, 20));
        let never = Calendar::new(TimeZone::UTC, WeeklyHours::new(vec![]).unwrap(), *calendar.rules());
        let offer = never.offer(Look::Next, 30, now);
        assert!(offer.days.is_empty() && offer.slots.is_empty() && offer.day == date(2026, 1, 5));
        assert!(!offer.has_before && !offer.has_after, "there is nothing to look for");
    }
}
