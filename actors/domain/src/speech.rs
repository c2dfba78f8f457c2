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
pub use times::{time, time_while};
pub use tokens::TEXT_CHARS_MAX;
