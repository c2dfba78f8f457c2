//! Calls: who called, what came of it, what was said.

pub mod detail;
pub mod list;

mod beside;
mod caller;
mod now;
mod outcome;
mod player;
mod score;
mod table;
mod transcript;

pub use caller::{Caller, number_text};
pub use now::{Now, Speaking};
pub use outcome::word as status_text;
pub(crate) use player::play_in_place;
pub use table::{Line, Table};

/// `4:06`, from an hour on `1:04:06`.
pub(crate) fn length(seconds: i64) -> String {
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 { format!("{hours}:{minutes:02}:{seconds:02}") } else { format!("{minutes}:{seconds:02}") }
}

#[cfg(test)]
mod tests {
    use super::length;

    #[test]
    fn a_length_is_told_as_a_clock_does() {
        assert_eq!([0, 6, 246, 3846].map(length), ["0:00", "0:06", "4:06", "1:04:06"]);
    }
}
