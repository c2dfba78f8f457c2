//! Random numbers that a seed repeats.

use std::ops::Range;
use std::time::{SystemTime, UNIX_EPOCH};

/// SplitMix64: six lines instead of a crate.
pub struct Dice(u64);

/// `VOICE_TEST_SEED`, else another one each time.
pub fn seed() -> u64 {
    let given = std::env::var("VOICE_TEST_SEED").ok().and_then(|seed| seed.parse().ok());
    let now = || SystemTime::now().duration_since(UNIX_EPOCH).map_or(1, |since| since.as_nanos() as u64);
    given.unwrap_or_else(now)
}

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn throw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Dice for somebody else, who throws on his own.
    pub fn split(&mut self) -> Self {
        Self(self.throw())
    }

    pub fn within(&mut self, range: Range<u64>) -> u64 {
        range.start + self.throw() % (range.end - range.start)
    }

    pub fn one_in(&mut self, chances: u64) -> bool {
        self.within(0..chances) == 0
    }
}
