//! The week as the form has it: from the hours as they are, and back, with what is wrong at its row.

use std::collections::BTreeMap;

use actors::store::calendar::Window;
use domain::calendar::{HoursRefusal, HoursRow, MinuteOfDay, WeeklyHours};
use views::hours::{DAYS, Day, Kind, Row};

/// As many rows as a week may have: a form that says more is read no further.
const ROWS_MAX: usize = domain::calendar::HOURS_ROWS_MAX;

/// The hours as they are.
pub fn days(hours: &[Window]) -> Vec<Day> {
    let day = |(day_of_week, _): (u8, &str)| {
        let windows = hours.iter().filter(|window| window.day_of_week == i16::from(day_of_week));
        Day { day_of_week, rows: windows.map(row).collect() }
    };
    DAYS.into_iter().map(day).collect()
}

/// Which change of the week these hours are of: its rows have new ids with each.
pub fn revision(hours: &[Window]) -> i64 {
    hours.iter().map(|window| window.id).max().unwrap_or_default()
}

/// The hours as they are, as slots are reckoned from them.
pub fn saved(hours: &[Window]) -> Option<WeeklyHours> {
    let row = |window: &Window| {
        let Window { opens, closes, is_available, .. } = *window;
        Some(HoursRow { day_of_week: window.day_of_week.try_into().ok()?, opens, closes, is_available })
    };
    WeeklyHours::new(hours.iter().map(row).collect::<Option<_>>()?).ok()
}

fn row(window: &Window) -> Row {
    // What a browser's field for a time can hold ends at 23:59.
    let to = if window.closes == MinuteOfDay::END { MinuteOfDay::START } else { window.closes };
    Row {
        kind: if window.is_available { Kind::Open } else { Kind::Pause },
        from: window.opens.to_string(),
        to: to.to_string(),
        error: None,
    }
}

/// The hours as typed and their rows; else the same rows, with what is wrong.
pub fn read(fields: &BTreeMap<String, String>) -> Result<(WeeklyHours, Vec<Day>), Vec<Day>> {
    let mut rows = Vec::new();
    let mut days: Vec<Day> = DAYS.into_iter().map(|(day_of_week, _)| typed(day_of_week, fields)).collect();
    for day in &mut days {
        for row in &mut day.rows {
            match understood(day.day_of_week, row) {
                Ok(read) => rows.push(read),
                Err(sentence) => row.error = Some(sentence.to_owned()),
            }
        }
    }
    if days.iter().flat_map(|day| &day.rows).any(|row| row.error.is_some()) {
        return Err(days);
    }
    match WeeklyHours::new(rows) {
        Ok(hours) => Ok((hours, days)),
        Err(refusal) => {
            mark(&mut days, &refusal);
            Err(days)
        }
    }
}

/// The rows of a day in which something was typed.
fn typed(day_of_week: u8, fields: &BTreeMap<String, String>) -> Day {
    let rows = (0..ROWS_MAX).filter_map(|at| {
        let field =
            |name: &str| fields.get(&format!("d{day_of_week}-{at}-{name}")).cloned().unwrap_or_default();
        let row =
            Row { kind: Kind::parse(&field("kind")), from: field("from"), to: field("to"), error: None };
        let is_empty = row.from.is_empty() && row.to.is_empty();
        (!is_empty && row.kind != Kind::Gone).then_some(row)
    });
    Day { day_of_week, rows: rows.collect() }
}

fn understood(day_of_week: u8, row: &Row) -> Result<HoursRow, &'static str> {
    let (Some(opens), Some(closes)) = (MinuteOfDay::parse(&row.from), MinuteOfDay::parse(&row.to)) else {
        return Err("Both times are needed, like 09:00 and 17:00.");
    };
    let closes = if closes == MinuteOfDay::START { MinuteOfDay::END } else { closes };
    if closes <= opens {
        return Err("It must end after it begins, on the same day.");
    }
    Ok(HoursRow { day_of_week, opens, closes, is_available: row.kind == Kind::Open })
}

/// Puts a refusal of the whole week at the row that it is about.
fn mark(days: &mut [Day], refusal: &HoursRefusal) {
    let rows = match refusal {
        HoursRefusal::Overlap { day_of_week, .. } => {
            days.iter_mut().find(|day| day.day_of_week == *day_of_week).map(|day| &mut day.rows)
        }
        _ => days.iter_mut().map(|day| &mut day.rows).find(|rows| !rows.is_empty()),
    };
    let Some(rows) = rows else { return };
    let (sentence, wanted) = match refusal {
        HoursRefusal::Overlap { first, second, .. } => {
            (format!("It overlaps with {} to {}.", first.0, first.1), Some(*second))
        }
        other => (format!("{other}."), None),
    };
    let is_meant = |row: &Row| {
        let open = understood(0, row).ok().filter(|read| read.is_available);
        wanted.is_none() || open.map(|read| (read.opens, read.closes)) == wanted
    };
    // The last of two that are the same: the first is the one that is overlapped.
    if let Some(row) = rows.iter_mut().rev().find(|row| is_meant(row)) {
        row.error = Some(sentence);
    }
}
