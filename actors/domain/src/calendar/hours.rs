//! The week: when a business is open, and the pauses cut out of it.
//!
//! Invariant: the open windows of one day do not overlap, and every row closes after it opens. A
//! window cannot cross midnight because [`MinuteOfDay`] ends at 24:00. Pauses may lie anywhere,
//! also on each other: a pause only ever takes away.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::minute::MinuteOfDay;

/// The most rows a week may have.
pub const HOURS_ROWS_MAX: usize = 100;

/// One row of opening hours, as it is stored and shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct HoursRow {
    /// 0 is Sunday.
    pub day_of_week: u8,
    /// The first minute of the row.
    #[serde(alias = "start_time")]
    pub opens: MinuteOfDay,
    /// The minute at which it is over.
    #[serde(alias = "end_time")]
    pub closes: MinuteOfDay,
    /// `false` makes the row a pause.
    #[serde(default = "open_unless_said")]
    pub is_available: bool,
}

fn open_unless_said() -> bool {
    true
}

/// The opening hours of every week.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<HoursRow>", into = "Vec<HoursRow>")]
pub struct WeeklyHours {
    /// As given, so that a caller finds its rows in its own order.
    rows: Vec<HoursRow>,
    /// The same rows by day of the week, sorted: what every question about slots reads.
    week: [DayHours; 7],
}

/// Why rows of opening hours are refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HoursRefusal {
    /// More than [`HOURS_ROWS_MAX`].
    #[error("{rows} rows of opening hours are too many; {HOURS_ROWS_MAX} are the most")]
    TooManyRows {
        /// How many there were.
        rows: usize,
    },
    /// A day beyond 0 (Sunday) to 6 (Saturday).
    #[error("day_of_week is 0 (Sunday) to 6 (Saturday), not {day_of_week}")]
    NoSuchDay {
        /// The day given.
        day_of_week: u8,
    },
    /// A row that is over before it starts, or at once.
    #[error("on {} the hours {opens}-{closes} must close after they open", day_name(*.day_of_week))]
    ClosesBeforeOpening {
        /// The day of the row.
        day_of_week: u8,
        /// Its first minute.
        opens: MinuteOfDay,
        /// Its end.
        closes: MinuteOfDay,
    },
    /// Two open windows of one day share time.
    #[error("on {} the hours {}-{} and {}-{} overlap", day_name(*.day_of_week), .first.0, .first.1, .second.0, .second.1)]
    Overlap {
        /// The day of both.
        day_of_week: u8,
        /// Opening and closing of the earlier one.
        first: (MinuteOfDay, MinuteOfDay),
        /// Opening and closing of the later one.
        second: (MinuteOfDay, MinuteOfDay),
    },
}

/// A stretch of one day, `[opens, closes)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Window {
    pub(super) opens: MinuteOfDay,
    pub(super) closes: MinuteOfDay,
}

/// One day of the week: windows in order, without overlaps, and pauses in order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct DayHours {
    pub(super) open: Vec<Window>,
    pub(super) pauses: Vec<Window>,
}

impl WeeklyHours {
    /// Refuses rows that contradict themselves or each other. No rows at all: never open.
    pub fn new(rows: Vec<HoursRow>) -> Result<Self, HoursRefusal> {
        if rows.len() > HOURS_ROWS_MAX {
            return Err(HoursRefusal::TooManyRows { rows: rows.len() });
        }
        let mut week: [DayHours; 7] = Default::default();
        for &HoursRow { day_of_week, opens, closes, is_available } in &rows {
            let Some(day) = week.get_mut(usize::from(day_of_week)) else {
                return Err(HoursRefusal::NoSuchDay { day_of_week });
            };
            if closes <= opens {
                return Err(HoursRefusal::ClosesBeforeOpening { day_of_week, opens, closes });
            }
            let kind = if is_available { &mut day.open } else { &mut day.pauses };
            kind.push(Window { opens, closes });
        }
        for (day_of_week, day) in (0..).zip(&mut week) {
            day.open.sort_unstable();
            day.pauses.sort_unstable();
            if let Some((first, second)) = day.overlap() {
                let (first, second) = ((first.opens, first.closes), (second.opens, second.closes));
                return Err(HoursRefusal::Overlap { day_of_week, first, second });
            }
        }
        Ok(Self { rows, week })
    }

    /// Monday to Friday, 09:00 to 17:00: what a new customer starts with.
    pub fn standard() -> Self {
        let (opens, closes) = (MinuteOfDay(9 * 60), MinuteOfDay(17 * 60));
        let rows = (1..=5).map(|day_of_week| HoursRow { day_of_week, opens, closes, is_available: true });
        Self::new(rows.collect()).expect("one window a day overlaps nothing")
    }

    /// The rows as they were given.
    pub fn rows(&self) -> &[HoursRow] {
        &self.rows
    }

    /// The hours of a date.
    pub(super) fn on(&self, date: Date) -> &DayHours {
        let day_of_week = date.weekday().to_sunday_zero_offset();
        &self.week[day_of_week.unsigned_abs() as usize % 7]
    }

    /// Whether there is a window on any day.
    pub(super) fn is_ever_open(&self) -> bool {
        self.week.iter().any(|day| !day.open.is_empty())
    }
}

impl DayHours {
    fn overlap(&self) -> Option<(Window, Window)> {
        // Sorted by opening, so if any two overlap, two neighbours do.
        self.open.array_windows().find(|[first, second]| second.opens < first.closes).map(|&[a, b]| (a, b))
    }
}

impl TryFrom<Vec<HoursRow>> for WeeklyHours {
    type Error = HoursRefusal;

    fn try_from(rows: Vec<HoursRow>) -> Result<Self, HoursRefusal> {
        Self::new(rows)
    }
}

impl From<WeeklyHours> for Vec<HoursRow> {
    fn from(hours: WeeklyHours) -> Self {
        hours.rows
    }
}

fn day_name(day_of_week: u8) -> &'static str {
    const NAMES: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
    NAMES.get(usize::from(day_of_week)).copied().unwrap_or("no day")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(day_of_week: u8, opens: &str, closes: &str) -> HoursRow {
        let (opens, closes) = (opens.parse().unwrap(), closes.parse().unwrap());
        HoursRow { day_of_week, opens, closes, is_available: true }
    }

    fn pause(day_of_week: u8, opens: &str, closes: &str) -> HoursRow {
        HoursRow { is_available: false, ..row(day_of_week, opens, closes) }
    }

    #[test]
    fn hours_that_contradict_themselves_are_refused_with_day_and_times() {
        let refusal = WeeklyHours::new(vec![row(1, "13:00", "17:00"), row(1, "09:00", "13:30")]).unwrap_err();
        assert_eq!(refusal.to_string(), "on Monday the hours 09:00-13:30 and 13:00-17:00 overlap");
        let refusal = WeeklyHours::new(vec![row(0, "17:00", "09:00")]).unwrap_err();
        assert_eq!(refusal.to_string(), "on Sunday the hours 17:00-09:00 must close after they open");
        let refusal = WeeklyHours::new(vec![row(7, "09:00", "17:00")]).unwrap_err();
        assert_eq!(refusal, HoursRefusal::NoSuchDay { day_of_week: 7 });
        let refusal = WeeklyHours::new(vec![pause(1, "09:00", "10:00"); 101]).unwrap_err();
        assert_eq!(refusal, HoursRefusal::TooManyRows { rows: 101 });
        assert!(WeeklyHours::new(vec![row(1, "09:00", "12:00"), row(1, "12:00", "17:00")]).is_ok());
        let json = r#"[{"day_of_week":1,"opens":"10:00","closes":"09:00","is_available":true}]"#;
        assert!(serde_json::from_str::<WeeklyHours>(json).is_err());
    }

    #[test]
    fn hours_come_back_in_the_order_they_were_given() {
        let rows = vec![row(5, "09:00", "12:00"), pause(1, "12:00", "13:00"), row(1, "09:00", "17:00")];
        let hours = WeeklyHours::new(rows.clone()).unwrap();
        assert_eq!(hours.rows(), rows);
        let json = serde_json::to_string(&hours).unwrap();
        assert_eq!(serde_json::from_str::<WeeklyHours>(&json).unwrap(), hours);
    }
}
