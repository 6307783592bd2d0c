//! Chance that can be had again: every draw follows from a seed, which is printed.

use std::hash::{BuildHasher, RandomState};

/// A generator (SplitMix64).
pub(crate) struct Random(u64);

impl Random {
    /// Seeded by `POSTRIDER_TEST_SEED`, or by something new; the seed, to be told.
    pub(crate) fn seeded() -> (Random, u64) {
        let given = std::env::var("POSTRIDER_TEST_SEED").ok();
        let seed = given.map_or_else(
            || RandomState::new().hash_one(0) >> 16,
            |text| text.parse().expect("POSTRIDER_TEST_SEED is a number"),
        );
        (Random(seed), seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number under `n`.
    pub(crate) fn below(&mut self, n: u64) -> u64 {
        self.next() % n
    }

    /// True once in `n` times.
    pub(crate) fn once_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }

    /// Puts these in another order.
    pub(crate) fn shuffle<T>(&mut self, all: &mut [T]) {
        for i in (1..all.len()).rev() {
            all.swap(i, self.below(i as u64 + 1) as usize);
        }
    }
}
