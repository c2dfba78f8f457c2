//! The calendar's rules: examples as sentences, then random calendars against plain models. Every
//! change of the clocks in every zone is in `calendar/clock_changes.rs`.

#![expect(clippy::unwrap_used, reason = "what a test writes down is well-formed, or the test fails")]

use domain::calendar::{
    BookingRules, Calendar, HoursRow, MinuteOfDay, OutsideHours, Slot, SlotRefusal, WeeklyHours,
};
use jiff::civil::{Date, DateTime, date};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};
use proptest::prelude::*;

fn minute(text: &str) -> MinuteOfDay {
    text.parse().unwrap()
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn row(day_of_week: u8, opens: &str, closes: &str) -> HoursRow {
    HoursRow { day_of_week, opens: minute(opens), closes: minute(closes), is_available: true }
}

fn pause(day_of_week: u8, opens: &str, closes: &str) -> HoursRow {
    HoursRow { is_available: false, ..row(day_of_week, opens, closes) }
}

fn every_day(opens: &str, closes: &str) -> WeeklyHours {
    WeeklyHours::new((0..7).map(|day| row(day, opens, closes)).collect()).unwrap()
}

fn calendar(zone: &str, hours: WeeklyHours) -> Calendar {
    Calendar::new(TimeZone::get(zone).unwrap(), hours, BookingRules::default())
}

fn starts(slots: &[Slot]) -> Vec<String> {
    slots.iter().map(|slot| slot.local_start.strftime("%H:%M").to_string()).collect()
}

/// Monday, 2026-06-01; hours on it in UTC; asked on the Sunday before.
fn monday(rows: Vec<HoursRow>) -> (Calendar, Date, Timestamp) {
    (calendar("UTC", WeeklyHours::new(rows).unwrap()), date(2026, 6, 1), at("2026-05-31T12:00:00Z"))
}

#[test]
fn a_new_customer_has_sixteen_half_hours_on_a_weekday_and_none_on_sunday() {
    let calendar = calendar("America/New_York", WeeklyHours::standard());
    let now = at("2026-05-31T12:00:00Z");
    let slots = calendar.free_slots(date(2026, 6, 1), 30, now);
    assert_eq!(slots.len(), 16);
    assert_eq!((slots[0].start, slots[0].end), (at("2026-06-01T13:00:00Z"), at("2026-06-01T13:30:00Z")));
    assert_eq!(calendar.free_slots(date(2026, 5, 31), 30, now), []);
    let refusal = calendar.slot_at(date(2026, 5, 31), minute("10:00"), 30, now);
    assert_eq!(refusal, Err(SlotRefusal::ClosedThatDay));
}

#[test]
fn a_pause_cuts_slots_out_and_leaves_the_grid_alone() {
    let (calendar, day, now) = monday(vec![row(1, "09:00", "12:00"), pause(1, "10:15", "10:45")]);
    assert_eq!(starts(&calendar.free_slots(day, 30, now)), ["09:00", "09:30", "11:00", "11:30"]);
    assert_eq!(calendar.slot_at(day, minute("10:00"), 30, now), Err(SlotRefusal::OutsideHours));
    assert!(calendar.is_open_at(at("2026-06-01T10:14:59.9Z")));
    assert!(!calendar.is_open_at(at("2026-06-01T10:15:00Z")));
    assert!(calendar.is_open_at(at("2026-06-01T10:45:00Z")));
}

#[test]
fn each_window_has_its_own_grid() {
    let (mut calendar, day, now) = monday(vec![row(1, "09:00", "10:00"), row(1, "14:15", "15:30")]);
    assert_eq!(starts(&calendar.free_slots(day, 30, now)), ["09:00", "09:30", "14:15", "14:45"]);
    calendar.set_rules(BookingRules { slot_step_minutes: Some(20), ..BookingRules::default() });
    assert_eq!(starts(&calendar.free_slots(day, 30, now)), ["09:00", "09:20", "14:15", "14:35", "14:55"]);
    assert_eq!(calendar.slot_at(day, minute("09:30"), 30, now), Err(SlotRefusal::OffGrid));
}

#[test]
fn what_is_held_is_not_offered_until_it_is_released() {
    let (mut calendar, day, now) = monday(vec![row(1, "09:00", "11:00")]);
    calendar.hold(at("2026-06-01T09:45:00Z"), at("2026-06-01T10:00:00Z"));
    assert_eq!(starts(&calendar.free_slots(day, 30, now)), ["09:00", "10:00", "10:30"]);
    assert_eq!(calendar.slot_at(day, minute("09:30"), 30, now), Err(SlotRefusal::Taken));
    assert!(calendar.is_taken(at("2026-06-01T09:59:00Z"), at("2026-06-01T12:00:00Z")));
    assert_eq!(calendar.release(at("2026-06-01T09:45:00Z")), Some(at("2026-06-01T10:00:00Z")));
    assert_eq!(calendar.release(at("2026-06-01T09:45:00Z")), None);
    assert!(calendar.slot_at(day, minute("09:30"), 30, now).is_ok());
}

#[test]
fn buffers_keep_room_on_both_sides_whichever_neighbour_was_first() {
    let (mut calendar, day, now) = monday(vec![row(1, "09:00", "12:00")]);
    calendar.hold(at("2026-06-01T10:00:00Z"), at("2026-06-01T10:30:00Z"));
    calendar.set_rules(BookingRules { buffer_after_minutes: 1, ..BookingRules::default() });
    assert_eq!(starts(&calendar.free_slots(day, 30, now)), ["09:00", "11:00", "11:30"]);
    calendar.set_rules(BookingRules { buffer_before_minutes: 30, ..BookingRules::default() });
    assert_eq!(starts(&calendar.free_slots(day, 30, now)), ["09:00", "11:00", "11:30"]);
    // What ends on the day before can still be too near.
    calendar.set_hours(every_day("00:00", "01:00"));
    calendar.hold(at("2026-05-31T23:00:00Z"), at("2026-05-31T23:45:00Z"));
    assert_eq!(starts(&calendar.free_slots(day, 30, now)), ["00:30"]);
}

#[test]
fn past_notice_horizon_and_blocked_dates_are_told_apart() {
    let (mut calendar, day, now) = monday(vec![row(1, "09:00", "12:00")]);
    let rules = BookingRules { minimum_notice_minutes: 60, horizon_days: 7, ..BookingRules::default() };
    calendar.set_rules(rules);
    let later = at("2026-06-01T09:40:30Z");
    assert_eq!(starts(&calendar.free_slots(day, 30, later)), ["11:00", "11:30"]);
    assert_eq!(calendar.slot_at(day, minute("09:30"), 30, later), Err(SlotRefusal::InThePast));
    assert_eq!(calendar.slot_at(day, minute("08:00"), 30, later), Err(SlotRefusal::InThePast));
    let earliest = DateTime::constant(2026, 6, 1, 10, 41, 0, 0);
    assert_eq!(calendar.slot_at(day, minute("10:30"), 30, later), Err(SlotRefusal::TooSoon { earliest }));
    assert_eq!(calendar.slot_at(date(2026, 5, 25), minute("10:00"), 30, now), Err(SlotRefusal::InThePast));
    let refusal = calendar.slot_at(date(2026, 6, 8), minute("10:00"), 30, now);
    assert_eq!(refusal, Err(SlotRefusal::TooFarAhead { latest: date(2026, 6, 7) }));
    calendar.block(day, Some("Holiday".to_owned()));
    let reason = Some("Holiday".to_owned());
    assert_eq!(calendar.slot_at(day, minute("10:00"), 30, now), Err(SlotRefusal::DayBlocked { reason }));
    assert_eq!(calendar.blocked().collect::<Vec<_>>(), [(day, Some("Holiday"))]);
    assert!(!calendar.is_open_at(at("2026-06-01T10:00:00Z")));
    assert!(calendar.unblock(day) && !calendar.unblock(day));
    assert_eq!(calendar.free_slots(day, 30, now).len(), 6);
}

#[test]
fn a_slot_that_spring_skips_is_not_offered() {
    let calendar = calendar("Europe/Berlin", every_day("01:00", "05:00"));
    let (day, now) = (date(2026, 3, 29), at("2026-03-20T00:00:00Z"));
    assert_eq!(starts(&calendar.free_slots(day, 60, now)), ["01:00", "03:00", "04:00"]);
    assert_eq!(calendar.slot_at(day, minute("02:00"), 60, now), Err(SlotRefusal::NoSuchTime));
    // The one at 01:45 runs until 03:30, over the one that would start at 03:15.
    let slots = calendar.free_slots(day, 45, now);
    assert_eq!(starts(&slots), ["01:00", "01:45", "04:00"]);
    assert_eq!(slots[1].local_end.to_string(), "2026-03-29T03:30:00");
    assert_eq!(calendar.slot_at(day, minute("03:15"), 45, now), Err(SlotRefusal::OffGrid));
}

#[test]
fn a_time_that_autumn_repeats_is_offered_once_and_means_the_first() {
    let calendar = calendar("Europe/Berlin", every_day("01:30", "03:30"));
    let slots = calendar.free_slots(date(2026, 10, 25), 30, at("2026-10-20T00:00:00Z"));
    assert_eq!(starts(&slots), ["01:30", "02:00", "02:30", "03:00"]);
    assert_eq!(slots[2].start, at("2026-10-25T00:30:00Z"));
    assert_eq!(slots[2].local_end.to_string(), "2026-10-25T02:00:00");
    assert_eq!(slots[3].start, at("2026-10-25T02:00:00Z"));
}

#[test]
fn a_window_that_closes_in_the_skipped_hour_closes_when_the_clocks_jump() {
    let calendar = calendar("Europe/Berlin", every_day("01:00", "02:30"));
    let now = at("2026-03-20T00:00:00Z");
    assert_eq!(starts(&calendar.free_slots(date(2026, 3, 29), 60, now)), ["01:00"]);
    assert_eq!(starts(&calendar.free_slots(date(2026, 3, 29), 61, now)), [""; 0]);
    assert!(calendar.is_open_at(at("2026-03-29T00:59:59Z")));
    assert!(!calendar.is_open_at(at("2026-03-29T01:00:00Z")));
}

#[test]
fn a_day_whose_last_hour_is_repeated_ends_after_the_second_time() {
    let mut calendar = calendar("Africa/Cairo", every_day("22:00", "24:00"));
    calendar.set_rules(BookingRules { slot_step_minutes: Some(30), ..BookingRules::default() });
    let slots = calendar.free_slots(date(2026, 10, 29), 90, at("2026-10-20T00:00:00Z"));
    assert_eq!(starts(&slots), ["22:00", "22:30", "23:00", "23:30"]);
    assert_eq!(slots[3].local_end.to_string(), "2026-10-30T00:00:00");
}

#[test]
fn portal_users_place_between_slots_but_never_on_top_of_anything() {
    let (mut calendar, _, now) = monday(vec![row(1, "09:00", "12:00"), row(1, "12:00", "17:00")]);
    let place = |calendar: &Calendar, start: &str, outside| calendar.place(at(start), 30, now, outside);
    let (refuse, confirmed) = (OutsideHours::Refuse, OutsideHours::Confirmed);
    // Off the grid, and across two windows that touch.
    assert!(place(&calendar, "2026-06-01T11:47:00Z", refuse).is_ok());
    assert_eq!(place(&calendar, "2026-06-01T16:45:00Z", refuse), Err(SlotRefusal::OutsideHours));
    assert_eq!(place(&calendar, "2026-06-02T10:00:00Z", refuse), Err(SlotRefusal::ClosedThatDay));
    let slot = place(&calendar, "2026-06-01T16:45:00Z", confirmed).unwrap();
    assert_eq!(slot.end, at("2026-06-01T17:15:00Z"));
    calendar.hold(slot.start, slot.end);
    assert_eq!(place(&calendar, "2026-06-01T17:00:00Z", confirmed), Err(SlotRefusal::Taken));
    calendar.block(date(2026, 6, 1), None);
    let blocked = Err(SlotRefusal::DayBlocked { reason: None });
    assert_eq!(place(&calendar, "2026-06-01T10:00:00Z", refuse), blocked);
    assert!(place(&calendar, "2026-06-01T10:00:00Z", confirmed).is_ok());
    assert_eq!(place(&calendar, "2026-05-31T11:59:59Z", confirmed), Err(SlotRefusal::InThePast));
    let far = place(&calendar, "2027-06-01T10:00:00Z", confirmed);
    assert_eq!(far, Err(SlotRefusal::TooFarAhead { latest: date(2027, 5, 31) }));
}

#[test]
fn the_nearest_free_slots_lie_on_both_sides_of_what_was_wanted() {
    let (mut calendar, _, now) = monday(vec![row(1, "09:00", "12:00")]);
    calendar.hold(at("2026-06-01T10:00:00Z"), at("2026-06-01T11:00:00Z"));
    let wanted = at("2026-06-01T10:00:00Z");
    assert_eq!(starts(&calendar.nearest_free(wanted, 30, now, 3)), ["09:00", "09:30", "11:00"]);
    // Two of the four of that day, then the week after.
    let slots = calendar.nearest_free(at("2026-06-01T11:30:00Z"), 30, at("2026-06-01T11:00:00Z"), 3);
    assert_eq!(starts(&slots), ["11:00", "11:30", "09:00"]);
    // Of two equally near, the later one.
    let wanted = at("2026-06-01T09:15:00Z");
    assert_eq!(starts(&calendar.nearest_free(wanted, 30, now, 1)), ["09:30"]);
    // A time long past is answered from today on.
    assert_eq!(calendar.nearest_free(Timestamp::MIN, 30, now, 1)[0].start, at("2026-06-01T09:00:00Z"));
    assert_eq!(calendar.nearest_free(Timestamp::MAX, 30, now, 1)[0].start, at("2027-05-31T11:30:00Z"));
}

#[test]
fn nothing_panics_where_dates_end_or_numbers_are_absurd() {
    let absurd = BookingRules {
        slot_step_minutes: Some(u32::MAX),
        buffer_before_minutes: u32::MAX,
        buffer_after_minutes: u32::MAX,
        horizon_days: u32::MAX,
        ..BookingRules::default()
    };
    for zone in ["UTC", "Pacific/Apia", "America/New_York"] {
        let mut calendar = calendar(zone, every_day("00:00", "24:00"));
        for rules in
            [BookingRules::default(), absurd, BookingRules { minimum_notice_minutes: u32::MAX, ..absurd }]
        {
            calendar.set_rules(rules);
            for now in [Timestamp::MIN, at("2026-06-01T00:00:00Z"), Timestamp::MAX] {
                for day in [Date::MIN, date(2011, 12, 30), date(2026, 6, 1), date(9999, 12, 30), Date::MAX] {
                    for duration in [0, 1, 1440, 1441, u32::MAX] {
                        calendar.free_slots(day, duration, now);
                        let _ = calendar.slot_at(day, MinuteOfDay::END, duration, now);
                    }
                    calendar.next_free(day, 1440, now, 1);
                }
                for wanted in [Timestamp::MIN, now, Timestamp::MAX] {
                    calendar.nearest_free(wanted, 1440, now, usize::MAX);
                    let _ = calendar.place(wanted, 1440, now, OutsideHours::Confirmed);
                    calendar.is_open_at(wanted);
                }
            }
        }
    }
}

/// Windows and pauses at any quarter of an hour; overlapping windows are left out.
fn any_hours() -> impl Strategy<Value = WeeklyHours> {
    proptest::collection::vec((0..7u8, 0..96u16, 1..60u16, 0..4u8), 0..30).prop_map(|rows| {
        let mut kept: Vec<HoursRow> = Vec::new();
        for (day_of_week, opens, length, kind) in rows {
            let (opens, closes) =
                (MinuteOfDay::new(opens * 15), MinuteOfDay::new((opens + length).min(96) * 15));
            let (opens, closes) = (opens.unwrap(), closes.unwrap());
            kept.push(HoursRow { day_of_week, opens, closes, is_available: kind > 0 });
            if WeeklyHours::new(kept.clone()).is_err() {
                kept.pop();
            }
        }
        WeeklyHours::new(kept).unwrap()
    })
}

fn any_rules() -> impl Strategy<Value = BookingRules> {
    let notice = prop_oneof![Just(0), 0..2000u32];
    let numbers = (proptest::option::of(5..90u32), 0..40u32, 0..40u32, notice, 0..5u32);
    numbers.prop_map(|(step, before, after, notice, horizon)| BookingRules {
        slot_step_minutes: step,
        buffer_before_minutes: before,
        buffer_after_minutes: after,
        minimum_notice_minutes: notice,
        horizon_days: horizon,
        ..BookingRules::default()
    })
}

/// A calendar around a day of interest, and the moment it is asked.
fn any_calendar() -> impl Strategy<Value = (Calendar, Timestamp)> {
    const ZONES: [&str; 6] =
        ["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Africa/Cairo", "America/Havana"];
    const DAYS: [&str; 5] = ["2026-03-07", "2026-03-27", "2026-04-03", "2026-10-24", "2026-10-31"];
    let holds = proptest::collection::vec((0..6 * 1440i64, 1..300i64), 0..25);
    let places = (0..ZONES.len(), 0..DAYS.len(), 0..1440i64);
    (any_hours(), any_rules(), holds, places).prop_map(|(hours, rules, holds, (zone, day, minute))| {
        let mut calendar = Calendar::new(TimeZone::get(ZONES[zone]).unwrap(), hours, rules);
        let midnight = at(&format!("{}T00:00:00Z", DAYS[day]));
        for (start, length) in holds {
            let start = midnight + SignedDuration::from_mins(start);
            let end = start + SignedDuration::from_mins(length);
            if !calendar.is_taken(start, end) {
                calendar.hold(start, end);
            }
        }
        (calendar, midnight + SignedDuration::from_mins(minute))
    })
}

fn days_around(calendar: &Calendar, now: Timestamp) -> impl Iterator<Item = Date> {
    calendar.today(now).yesterday().unwrap().series(1.days()).take(6)
}

/// The rule once more, as plainly as it can be said, by minutes of a day that the clocks leave alone.
fn plain_model(calendar: &Calendar, day: Date, duration: i64, now: Timestamp) -> Vec<Timestamp> {
    let rules = calendar.rules();
    let midnight = day.to_zoned(calendar.time_zone().clone()).unwrap().timestamp();
    let instant = |minute: i64| midnight + SignedDuration::from_mins(minute);
    let mut rows = calendar.hours().rows().to_vec();
    rows.retain(|row| row.day_of_week == day.weekday().to_sunday_zero_offset() as u8);
    rows.sort_by_key(|row| row.opens);
    let span = |row: &HoursRow| (i64::from(row.opens.minutes()), i64::from(row.closes.minutes()));
    let mut free = Vec::new();
    for window in rows.iter().filter(|row| row.is_available) {
        let (opens, closes) = span(window);
        let step = rules.slot_step_minutes.map_or(duration, i64::from);
        for start in (opens..).step_by(step as usize).take_while(|start| start + duration <= closes) {
            let end = start + duration;
            let is_paused =
                rows.iter().any(|row| !row.is_available && span(row).0 < end && start < span(row).1);
            let room = i64::from(rules.buffer_before_minutes.max(rules.buffer_after_minutes));
            let (from, until) = (instant(start - room), instant(end + room));
            let is_taken = calendar.held().any(|held| held.0 < until && from < held.1);
            let notice = SignedDuration::from_mins(rules.minimum_notice_minutes.into());
            let days_ahead = day.duration_since(calendar.today(now)).as_hours() / 24;
            let is_in_time = instant(start) >= now + notice && days_ahead <= rules.horizon_days.into();
            if !is_paused && !is_taken && is_in_time {
                free.push(instant(start));
            }
        }
    }
    free
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn a_slot_can_be_asked_for_exactly_when_it_is_listed((calendar, now) in any_calendar(), duration in 1..200u32) {
        for day in days_around(&calendar, now) {
            let listed = calendar.free_slots(day, duration, now);
            let asked: Vec<Slot> = (0..=1440)
                .filter_map(|minute| calendar.slot_at(day, MinuteOfDay::new(minute).unwrap(), duration, now).ok())
                .collect();
            prop_assert_eq!(listed, asked);
        }
    }

    #[test]
    fn slots_keep_to_hours_pauses_buffers_and_each_other((calendar, now) in any_calendar(), duration in 1..200u32) {
        let rules = *calendar.rules();
        let zone = calendar.time_zone().clone();
        for day in days_around(&calendar, now) {
            let slots = calendar.free_slots(day, duration, now);
            for slot in &slots {
                prop_assert_eq!(slot.local_start.date(), day);
                prop_assert_eq!(zone.to_datetime(slot.start), slot.local_start);
                prop_assert_eq!(zone.to_datetime(slot.end), slot.local_end);
                prop_assert_eq!(slot.end.duration_since(slot.start), SignedDuration::from_mins(duration.into()));
                let room = rules.buffer_before_minutes.max(rules.buffer_after_minutes);
                let room = SignedDuration::from_mins(room.into());
                let (from, until) = (slot.start - room, slot.end + room);
                prop_assert!(!calendar.is_taken(from, until));
                prop_assert_eq!(calendar.place(slot.start, duration, now, OutsideHours::Refuse), Ok(*slot));
                prop_assert!(calendar.is_open_at(slot.start));
                // Between two instants with one offset the clock runs evenly, and hours can be compared.
                if zone.to_offset(slot.start) == zone.to_offset(slot.end) {
                    let fits = |row: &HoursRow| {
                        row.opens.on(day).unwrap() <= slot.local_start && slot.local_end <= row.closes.on(day).unwrap()
                    };
                    let meets = |row: &HoursRow| {
                        row.opens.on(day).unwrap() < slot.local_end && slot.local_start < row.closes.on(day).unwrap()
                    };
                    let weekday = day.weekday().to_sunday_zero_offset() as u8;
                    let mut rows = calendar.hours().rows().iter().filter(|row| row.day_of_week == weekday);
                    prop_assert!(rows.clone().any(|row| row.is_available && fits(row)));
                    prop_assert!(!rows.any(|row| !row.is_available && meets(row)));
                }
            }
            prop_assert!(slots.is_sorted_by(|one, two| one.start < two.start));
            if rules.slot_step_minutes.is_none_or(|step| step >= duration) {
                prop_assert!(slots.is_sorted_by(|one, two| one.end <= two.start));
            }
            let zone_is_even = zone.following(now - SignedDuration::from_hours(48)).next()
                .is_none_or(|change| change.timestamp() > now + SignedDuration::from_hours(200));
            if zone_is_even {
                let model = plain_model(&calendar, day, duration.into(), now);
                prop_assert_eq!(slots.iter().map(|slot| slot.start).collect::<Vec<_>>(), model);
            }
        }
    }

    #[test]
    fn searches_find_what_the_days_list((calendar, now) in any_calendar(), duration in 1..200u32, offset in 0..9000i64, count in 0..40usize) {
        let all: Vec<Slot> = days_around(&calendar, now).flat_map(|day| calendar.free_slots(day, duration, now)).collect();
        prop_assert_eq!(calendar.next_free(Date::MIN, duration, now, count), &all[..count.min(all.len())]);
        let wanted = now + SignedDuration::from_mins(offset - 1500);
        let mut nearest = all;
        // The sort is stable: reversed first, the later of two equally near comes first.
        nearest.reverse();
        nearest.sort_by_key(|slot| slot.start.duration_since(wanted).abs());
        nearest.truncate(count);
        nearest.sort_by_key(|slot| slot.start);
        prop_assert_eq!(calendar.nearest_free(wanted, duration, now, count), nearest);
    }
}
