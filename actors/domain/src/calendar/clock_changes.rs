//! The days before, of and after every change of the clocks from 2020 to 2040, in every zone there
//! is: each wall time that exists is offered once, at its first instant, and no other.

use std::collections::HashSet;

use jiff::civil::Date;
use jiff::tz::{AmbiguousOffset, TimeZone, TimeZoneDatabase};
use jiff::{SignedDuration, Timestamp, ToSpan};

use super::{BookingRules, Calendar, HoursRow, MinuteOfDay, WeeklyHours};

#[test]
fn every_change_of_the_clocks_in_every_zone_is_survived() {
    let (from, until) = (instant("2020-01-01T00:00:00Z"), instant("2041-01-01T00:00:00Z"));
    let database = TimeZoneDatabase::bundled();
    let (mut seen, mut zones, mut changes) = (HashSet::new(), 0, 0);
    for name in database.available() {
        let zone = database.get(name.as_str()).unwrap();
        zones += 1;
        let transitions = zone.following(from).map(|change| (change.timestamp(), change.offset()));
        let history: Vec<_> = transitions.take_while(|(instant, _)| *instant < until).collect();
        // Most names are another name of a zone that has been checked.
        if !seen.insert((zone.to_offset(from), history.clone())) {
            continue;
        }
        let calendar = always_open(zone);
        for (change, _) in history {
            changes += 1;
            let now = change - SignedDuration::from_hours(72);
            let first = calendar.today(change).yesterday().unwrap();
            for day in first.series(1.days()).take(3) {
                check_day(&calendar, day, now, name.as_str());
            }
        }
    }
    assert!(zones > 400, "{zones} zones");
    assert!(changes > 1000, "{changes} changes");
}

fn instant(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn always_open(zone: TimeZone) -> Calendar {
    let (opens, closes) = (MinuteOfDay::START, MinuteOfDay::END);
    let rows = (0..7).map(|day_of_week| HoursRow { day_of_week, opens, closes, is_available: true });
    Calendar::new(zone, WeeklyHours::new(rows.collect()).unwrap(), BookingRules::default())
}

fn check_day(calendar: &Calendar, day: Date, now: Timestamp, name: &str) {
    let zone = calendar.time_zone();
    let slots = calendar.free_slots(day, 30, now);
    assert!(slots.is_sorted_by(|one, two| one.end <= two.start), "{name} {day}: slots overlap");
    for slot in &slots {
        assert_eq!(zone.to_datetime(slot.start), slot.local_start, "{name} {day}");
    }
    let mut offered = slots.iter().peekable();
    for half_hour in 0..48 {
        let wall = MinuteOfDay::new(half_hour * 30).unwrap().on(day).unwrap();
        let first = match zone.to_ambiguous_timestamp(wall).offset() {
            AmbiguousOffset::Gap { .. } => continue,
            AmbiguousOffset::Unambiguous { offset } => offset.to_timestamp(wall).unwrap(),
            AmbiguousOffset::Fold { before, .. } => before.to_timestamp(wall).unwrap(),
        };
        // What else is offered stands in the way: a slot for every wall time there is, and no other.
        let slot = offered.next_if(|slot| slot.local_start == wall);
        assert_eq!(slot.map(|slot| slot.start), Some(first), "{name} {wall}");
    }
    assert_eq!(offered.next(), None, "{name} {day}: offered in a gap");
}
