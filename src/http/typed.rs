//! Texts that somebody typed into a field: what is too long is refused by its name, as the
//! document says, and not cut. Lengths are characters, which is what JSON Schema counts.

use domain::text::kept;
use jiff::civil::Date;
use serde::de::Error;
use serde::{Deserialize, Deserializer};

use super::problem::Problem;

/// Characters of a telephone number that does not parse.
pub const PHONE_CHARS_MAX: usize = 50;
/// Characters of what is looked for.
pub const QUERY_CHARS_MAX: usize = 200;

/// Trimmed and without control characters; `None` when nothing is left.
pub fn text(field: &str, typed: Option<&str>, chars_max: usize) -> Result<Option<String>, Problem> {
    at_most(field, typed, chars_max)?;
    Ok(typed.and_then(|typed| kept(typed, usize::MAX)))
}

/// Refuses what is too long.
pub fn at_most(field: &str, typed: Option<&str>, chars_max: usize) -> Result<(), Problem> {
    // A text has no more characters than bytes: nearly none is counted.
    if typed.is_some_and(|typed| typed.len() > chars_max && typed.chars().count() > chars_max) {
        return Err(Problem::invalid_field(field, format!("at most {chars_max} characters")));
    }
    Ok(())
}

/// Reads a day as it is written in a body: see [`domain::period::day`].
pub fn day<'de, D: Deserializer<'de>>(reader: D) -> Result<Date, D::Error> {
    let text = String::deserialize(reader)?;
    domain::period::day(&text).ok_or_else(|| D::Error::custom("send a day, 2026-01-31"))
}

/// The same where none may be given.
pub fn perhaps_day<'de, D: Deserializer<'de>>(reader: D) -> Result<Option<Date>, D::Error> {
    day(reader).map(Some)
}
