//! When a message that was not taken is tried again.

use jiff::SignedDuration;

/// Seconds before the second try, the third, and so on: a server that restarts is back soon, one that is
/// down for a night is not given up.
const PAUSES: [i64; 11] = [5, 20, 60, 180, 600, 1_800, 3_600, 7_200, 14_400, 14_400, 28_800];

/// How long to wait after so many tries; `None` when that was the last one. `jitter` from 0 to 255
/// spreads what failed together over a fifth more.
pub fn pause_after(tries: u32, jitter: u8) -> Option<SignedDuration> {
    let index = usize::try_from(tries.max(1) - 1).ok()?;
    let millis = PAUSES.get(index)? * 1_000;
    Some(SignedDuration::from_millis(millis + millis * i64::from(jitter) / (5 * 255)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_end_after_a_night() {
        assert_eq!(pause_after(1, 0), Some(SignedDuration::from_secs(5)));
        assert_eq!(pause_after(1, 255), Some(SignedDuration::from_secs(6)));
        assert_eq!(pause_after(0, 0), pause_after(1, 0));
        let pauses: Vec<SignedDuration> = (1..).map_while(|tries| pause_after(tries, 0)).collect();
        assert!(pauses.is_sorted() && pauses.len() == 11);
        let together: SignedDuration = pauses.iter().sum();
        assert!(together > SignedDuration::from_hours(12), "{together}");
    }
}
