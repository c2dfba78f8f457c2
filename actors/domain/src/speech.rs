//! What a language model writes when it calls a function, and what it is given to say.
//!
//! Dates, times and durations arrive as a schema asks for them (`2026-01-15`, `10:00`, `30`) or as a
//! person said them ("next tuesday", "half past ten", "an hour and a half"). Here they become values,
//! or `None`: a wrong guess would book a wrong appointment, a `None` lets the agent ask again. So
//! everything written must be understood, and nothing is guessed from the part that was.
//!
//! Input is hostile until read: a text of more than [`TEXT_CHARS_MAX`] characters is not looked at.

mod dates;
mod durations;
mod phrases;
mod relative;
mod times;
mod tokens;
mod words;

pub use dates::date;
pub use durations::duration_minutes;
pub use phrases::{date_in_words, time_in_words, weekday_in_words};
pub use tokens::TEXT_CHARS_MAX;

use tokens::{Reader, plain, tokens};

use crate::calendar::MinuteOfDay;

/// The time a text means: `10:00`, `10am`, `1030`, `14h30`, `half past ten`, `3 in the afternoon`,
/// the time of an ISO datetime or of "tomorrow at 10". `None` for what is not understood in full.
pub fn time(text: &str) -> Option<MinuteOfDay> {
    let text = plain(text)?;
    let tokens = tokens(&text)?;
    let reader = Reader::new(&tokens);
    times::last_time(reader, None).or_else(|| dates::time_beside_date(reader))
}

/// The same for a business that `is_open` then: where a time is said without its half of the day,
/// "half past two" of one that is closed at night is the afternoon.
pub fn time_while(text: &str, is_open: impl Fn(MinuteOfDay) -> bool) -> Option<MinuteOfDay> {
    let said = time(text)?;
    if is_open(said) {
        return Some(said);
    }
    // Not understood where the half is said already.
    let afternoon = time(&format!("{text} pm")).filter(|later| is_open(*later));
    Some(afternoon.unwrap_or(said))
}
