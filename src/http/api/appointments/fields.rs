//! What somebody typed about an appointment, read alike where one is made and where it is changed.

use domain::calendar::{DURATION_MINUTES_MAX, OutsideHours};
use jiff::Timestamp;

use crate::http::problem::Problem;
use crate::http::typed;

/// Characters of a guest's name.
pub const NAME_CHARS_MAX: usize = 255;
/// Characters of notes.
pub const NOTES_CHARS_MAX: usize = 2000;

/// A guest's number, in E.164 where it parses.
pub fn phone(typed: Option<&str>) -> Result<Option<String>, Problem> {
    typed::at_most("guest_phone", typed, typed::PHONE_CHARS_MAX)?;
    Ok(typed.and_then(domain::phone::normalize))
}

/// A duration that an appointment may have.
pub fn duration(minutes: u32) -> Result<u32, Problem> {
    let is_possible = (1..=DURATION_MINUTES_MAX).contains(&minutes);
    is_possible
        .then_some(minutes)
        .ok_or_else(|| Problem::invalid_field("duration_minutes", "1 to 1440 minutes"))
}

/// A guest's address; a blank text is none.
pub fn email(text: Option<&str>) -> Result<Option<String>, Problem> {
    let Some(text) = text.map(str::trim).filter(|text| !text.is_empty()) else { return Ok(None) };
    let address = domain::customers::email(text);
    address.map(Some).ok_or_else(|| Problem::invalid_field("guest_email", "that is not an e-mail address"))
}

/// Appointments begin at whole minutes, as every calendar shows them.
pub fn whole_minute(field: &str, at: Timestamp) -> Result<Timestamp, Problem> {
    if at.as_microsecond() % 60_000_000 == 0 {
        return Ok(at);
    }
    Err(Problem::invalid_field(field, "a whole minute is needed"))
}

/// Whether somebody has confirmed a time outside the opening hours.
pub fn outside_hours(is_confirmed: bool) -> OutsideHours {
    if is_confirmed { OutsideHours::Confirmed } else { OutsideHours::Refuse }
}
