//! How many calls a day has, beside what is usual on that day of the week.

use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

use crate::period::Period;

/// Weeks that "usual" is taken from.
const WEEKS: i32 = 4;

/// The calls of today, and of a usual one of its weekday, by the hour of the zone.
#[derive(Debug, Clone, PartialEq)]
pub struct Volume {
    /// Begun today, from midnight on.
    pub today: [i64; 24],
    /// The mean of the last weeks; `None` where there was nothing yet to compare with.
    pub usual: Option<[f64; 24]>,
    /// So many of the usual ones had begun by this time of the day.
    pub usual_by_now: Option<f64>,
}

impl Volume {
    /// Today, and its weekday in the weeks before, in the zone.
    pub fn days(now: Timestamp, zone: &TimeZone) -> Vec<Period> {
        let now = now.to_zoned(zone.clone());
        let back = |weeks| now.checked_sub(Span::new().weeks(weeks)).ok();
        (0..=WEEKS).filter_map(back).map(|day| Period::day_of(day.timestamp(), zone)).collect()
    }

    /// Of calls counted by when they began, of those [days](Self::days). A day without calls before
    /// the first one with some is not counted as usual: the business was not here yet.
    pub fn of(begun: &[(Timestamp, i64)], now: Timestamp, zone: &TimeZone) -> Self {
        let now = now.to_zoned(zone.clone());
        let (mut today, mut before, mut by_now) = ([0; 24], [0; 24], 0);
        let mut first = now.date();
        for (at, calls) in begun {
            let at = at.to_zoned(zone.clone());
            let hour = usize::from(at.hour().unsigned_abs());
            if at.date() == now.date() {
                today[hour] += calls;
                continue;
            }
            before[hour] += calls;
            by_now += if at.time() <= now.time() { *calls } else { 0 };
            first = first.min(at.date());
        }
        let days = first.until(now.date()).map_or(0, |span| span.get_days() / 7);
        let mean = |calls: i64| as_float(calls) / f64::from(days);
        let is_known = days > 0;
        Self {
            today,
            usual: is_known.then(|| before.map(mean)),
            usual_by_now: is_known.then(|| mean(by_now)),
        }
    }

    /// All of today.
    pub fn calls_today(&self) -> i64 {
        self.today.iter().sum()
    }
}

#[expect(clippy::cast_precision_loss, reason = "nobody has so many calls a day")]
fn as_float(calls: i64) -> f64 {
    calls as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn today_is_compared_with_its_weekday_of_the_weeks_since_the_first_call() {
        let (zone, now) = (TimeZone::get("Europe/Madrid").unwrap(), at("2026-01-19T14:00:00Z"));
        let days = Volume::days(now, &zone);
        assert_eq!(days.len(), 5);
        assert_eq!(days[1].from, Some(at("2026-01-11T23:00:00Z")));
        let begun = [
            (at("2026-01-19T08:15:00Z"), 2),
            (at("2026-01-12T08:30:00Z"), 1),
            (at("2026-01-12T15:00:00Z"), 4),
            // The week between had none, and counts.
            (at("2025-12-29T09:00:00Z"), 1),
        ];
        let volume = Volume::of(&begun, now, &zone);
        assert_eq!((volume.today[9], volume.calls_today()), (2, 2));
        let usual = volume.usual.unwrap();
        let close = |a: f64, b: f64| (a - b).abs() < 1e-9;
        assert!(close(usual[9], 1.0 / 3.0) && close(usual[16], 4.0 / 3.0), "{usual:?}");
        assert!(close(volume.usual_by_now.unwrap(), 2.0 / 3.0));
        let first_day = Volume::of(&begun[..1], now, &zone);
        assert_eq!((first_day.usual, first_day.usual_by_now), (None, None));
    }

    #[test]
    fn a_day_on_which_the_clocks_change_has_its_hours_where_people_see_them() {
        let zone = TimeZone::get("Europe/Madrid").unwrap();
        // Two in the morning comes twice.
        let twice = [(at("2026-10-25T00:30:00Z"), 1), (at("2026-10-25T01:30:00Z"), 1)];
        let volume = Volume::of(&twice, at("2026-10-25T12:00:00Z"), &zone);
        assert_eq!(volume.today[2], 2);
    }
}
