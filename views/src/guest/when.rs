//! Times of an appointment, as the business's clock shows them, with what `guest.js` needs to put the
//! guest's own beside them.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use maud::{Markup, html};

/// `11:00 AM`
pub(super) const TIME: &str = "%-I:%M %p";

/// Large: the leaf of a calendar, date, begin and end.
pub(super) fn large(start: Timestamp, end: Timestamp, zone: &TimeZone, is_off: bool) -> Markup {
    let (begins, ends) = (start.to_zoned(zone.clone()), end.to_zoned(zone.clone()));
    html! {
        div.g-when.off[is_off] data-start=(start) data-end=(end) data-zone=[iana(zone)] data-there=(there(zone)) {
            div.g-leaf aria-hidden="true" {
                span data-part="month" { (begins.strftime("%b").to_string()) }
                b data-part="day" { (begins.strftime("%-d").to_string()) }
            }
            div {
                p.g-date data-part="date" { (begins.strftime("%A, %B %-d, %Y").to_string()) }
                p.g-time {
                    span.num data-part="start" { (begins.strftime(TIME).to_string()) } " to "
                    span.num data-part="end" { (ends.strftime(TIME).to_string()) }
                }
                p.g-zone data-part="zone" { (name(zone)) }
            }
        }
    }
}

/// In a sentence.
pub(super) fn inline(at: Timestamp, zone: &TimeZone) -> Markup {
    let text = at.to_zoned(zone.clone()).strftime("%a, %b %-d, %Y, %-I:%M %p").to_string();
    html! { span data-inline data-start=(at) data-zone=[iana(zone)] data-there=(there(zone)) { (text) } }
}

/// `Madrid time`
pub(super) fn name(zone: &TimeZone) -> String {
    match place(zone) {
        Some(place) => format!("{place} time"),
        None => zone_name(zone).to_owned(),
    }
}

/// Behind a time: `in Madrid`
pub(super) fn there(zone: &TimeZone) -> String {
    match place(zone) {
        Some(place) => format!("in {place}"),
        None => zone_name(zone).to_owned(),
    }
}

/// For scripts, which have the same names.
pub(super) fn iana(zone: &TimeZone) -> Option<&str> {
    zone.iana_name()
}

fn zone_name(zone: &TimeZone) -> &str {
    zone.iana_name().filter(|name| !name.ends_with("UTC")).unwrap_or("UTC")
}

/// The city of a zone, where it is named after one.
fn place(zone: &TimeZone) -> Option<String> {
    let (region, city) = zone.iana_name()?.rsplit_once('/')?;
    (region != "Etc").then(|| city.replace('_', " "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zone_is_called_by_its_city() {
        for (zone, named, behind) in [
            ("Europe/Madrid", "Madrid time", "in Madrid"),
            ("America/Argentina/Buenos_Aires", "Buenos Aires time", "in Buenos Aires"),
            ("UTC", "UTC", "UTC"),
            ("Etc/UTC", "UTC", "UTC"),
            ("Etc/GMT+5", "Etc/GMT+5", "Etc/GMT+5"),
        ] {
            let zone = TimeZone::get(zone).unwrap();
            assert_eq!((name(&zone).as_str(), there(&zone).as_str()), (named, behind));
        }
    }
}
