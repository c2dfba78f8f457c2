//! The calls of today by the hour, beside a usual day.

use domain::calls::Volume;
use maud::{Markup, html};

use crate::parts::panel;

/// Hours that are shown in any case.
const OFFICE: std::ops::Range<usize> = 8..19;
const WIDTH: f64 = 1000.0;
const HEIGHT: f64 = 150.0;

/// The panel; `weekday` is today's.
pub fn volume(volume: &Volume, weekday: &str) -> Markup {
    let usual = volume.usual.unwrap_or_default();
    let is_busy = |hour: &usize| volume.today[*hour] > 0 || usual[*hour] > 0.0;
    let first = (0..24).find(is_busy).unwrap_or(OFFICE.start).min(OFFICE.start);
    let last = (0..24).rev().find(is_busy).unwrap_or(OFFICE.end - 1).max(OFFICE.end - 1);
    let legend = html! {
        span.legend {
            span { i.sw.sw-a {} "Today" }
            @if volume.usual.is_some() { span { i.sw.sw-b {} "A usual " (weekday) } }
        }
    };
    panel(
        "h-volume",
        "Calls today",
        Some(legend),
        &html! {
            (bars(volume, &usual, first..=last, weekday))
            details.mt-2 {
                summary.t-sm.t-2 { "As a table" }
                table.tbl.tbl-in {
                    thead { tr { th scope="col" { "From" } th.r scope="col" { "Today" } @if volume.usual.is_some() { th.r scope="col" { "Usual" } } } }
                    tbody {
                        @for hour in first..=last {
                            tr {
                                th scope="row" { (clock(hour)) }
                                td.r.num { (volume.today[hour]) }
                                @if volume.usual.is_some() { td.r.num { (format!("{:.1}", usual[hour])) } }
                            }
                        }
                    }
                }
            }
        },
    )
}

#[expect(clippy::cast_precision_loss, reason = "hours and calls of a day")]
fn bars(volume: &Volume, usual: &[f64; 24], hours: std::ops::RangeInclusive<usize>, weekday: &str) -> Markup {
    let highest = hours.clone().map(|hour| usual[hour].max(volume.today[hour] as f64)).fold(1.0, f64::max);
    let wide = WIDTH / hours.clone().count() as f64;
    let bar = |class: &str, hour: usize, at: f64, calls: f64| {
        let (height, width) = (calls / highest * (HEIGHT - 10.0), wide * 0.3);
        html! {
            @if calls > 0.0 {
                rect class=(class) x=(number(wide * (at + hour as f64))) y=(number(HEIGHT - height)) width=(number(width)) height=(number(height)) rx="3" {}
            }
        }
    };
    let sentence = match hours.clone().max_by_key(|hour| volume.today[*hour]) {
        Some(hour) if volume.today[hour] > 0 => format!(
            "Calls per hour today beside a usual {weekday}. The busiest hour began at {}, with {}.",
            clock(hour),
            volume.today[hour]
        ),
        _ => "No calls yet today.".to_owned(),
    };
    html! {
        svg.bars viewBox="0 0 1000 150" preserveAspectRatio="none" role="img" aria-label=(sentence) {
            @for y in ["0.5", "50.5", "100.5", "149.5"] { line.gridl x1="0" x2="1000" y1=(y) y2=(y) {} }
            @for (at, hour) in hours.clone().enumerate() {
                (bar("bar-b", at, 0.18, usual[hour]))
                (bar("bar-a", at, 0.52, volume.today[hour] as f64))
            }
        }
        // A whole day has no room for all of them on a phone.
        @let every = if hours.clone().count() > 12 { 3 } else { 1 };
        div.axis aria-hidden="true" { @for hour in hours { span { @if hour % every == 0 { (short(hour)) } } } }
    }
}

fn number(value: f64) -> String {
    format!("{value:.1}")
}

/// `9 AM`
fn clock(hour: usize) -> String {
    let half = if hour < 12 { "AM" } else { "PM" };
    format!("{} {half}", (hour + 11) % 12 + 1)
}

/// `9a`
fn short(hour: usize) -> String {
    let half = if hour < 12 { "a" } else { "p" };
    format!("{}{half}", (hour + 11) % 12 + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_are_told_as_clocks_do() {
        assert_eq!([0, 9, 12, 23].map(clock), ["12 AM", "9 AM", "12 PM", "11 PM"]);
        assert_eq!([0, 9, 12, 23].map(short), ["12a", "9a", "12p", "11p"]);
    }
}
