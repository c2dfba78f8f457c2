//! When guests are reminded: boxes to tick, a few for what most businesses want.

use maud::{Markup, html};

use super::Fields;

const HOUR: u32 = 60;
const DAY: u32 = 24 * HOUR;

/// What is offered, in minutes before the begin.
const OFFERED: [u32; 9] = [7 * DAY, 3 * DAY, 2 * DAY, DAY, 4 * HOUR, 2 * HOUR, HOUR, 30, 15];

pub(super) fn choices(fields: &Fields) -> Markup {
    let chosen: Vec<u32> =
        fields.value("reminder_minutes").split(',').filter_map(|minutes| minutes.parse().ok()).collect();
    // What a program has set is offered, too, so that saving the form does not take it away.
    let mut offered: Vec<u32> = OFFERED.into_iter().chain(chosen.iter().copied()).collect();
    offered.sort_unstable_by(|one, other| other.cmp(one));
    offered.dedup();
    let error = fields.error("reminder_minutes");
    html! {
        fieldset.field.mt-2 id="f-reminder_minutes" aria-describedby="f-reminder_minutes-about" {
            legend { "Reminders" }
            div.ticks {
                @for minutes in offered {
                    label.tick {
                        input.form-check-input type="checkbox" name={ "reminder_minutes_" (minutes) } value="true"
                            checked[chosen.contains(&minutes)];
                        span { (before(minutes)) }
                    }
                }
            }
            div.about id="f-reminder_minutes-about" {
                @if let Some(error) = error { p.error { (error) } }
                p.hint { "Before the appointment, by each way that is ticked above. Five at most; none at all if you would rather not." }
            }
        }
    }
}

/// In the largest unit of which it is a whole number.
fn before(minutes: u32) -> String {
    const UNITS: [(u32, &str); 4] = [(7 * DAY, "week"), (DAY, "day"), (HOUR, "hour"), (1, "minute")];
    let (size, unit) =
        UNITS.into_iter().find(|(size, _)| minutes.is_multiple_of(*size)).unwrap_or((1, "minute"));
    match minutes / size {
        1 => format!("1 {unit} before"),
        many => format!("{many} {unit}s before"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reminder_is_told_in_the_largest_unit_that_fits() {
        let told = [10_080, 1440, 2880, 60, 90, 1].map(before);
        assert_eq!(
            told,
            [
                "1 week before",
                "1 day before",
                "2 days before",
                "1 hour before",
                "90 minutes before",
                "1 minute before"
            ]
        );
    }
}
