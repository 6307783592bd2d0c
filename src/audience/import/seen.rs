//! Which readers a file has named already, and on which line: sixteen octets a reader, whatever the file's length.

use std::collections::{HashMap, HashSet};

/// Newsletters that a claim keeps as bits; further ones stand in a set of their own.
const BITS: usize = 29;

/// What earlier lines said of one reader.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Claim {
    /// The first line that named the reader.
    pub(super) line: u32,
    /// One bit for each newsletter a line named; the highest three are the flags below.
    bits: u32,
}

impl Claim {
    /// A line said that the address must not be mailed.
    pub(super) const SUPPRESSED: u32 = 1 << 31;
    /// A line said that the reader left.
    pub(super) const LEFT: u32 = 1 << 30;

    pub(super) fn is(self, flag: u32) -> bool {
        self.bits & flag != 0
    }
}

/// Readers are known by the first eight octets of their keyed hash. That two of a million share them happens in one
/// file of forty million; the second would then count as a repetition of the first.
pub(super) struct Seen {
    /// Parted, so that growing copies a part of it and not the whole.
    shards: Vec<HashMap<u64, Claim>>,
    beyond: HashSet<(u64, usize)>,
}

impl Seen {
    pub(super) fn new() -> Seen {
        Seen {
            shards: (0..64).map(|_| HashMap::new()).collect(),
            beyond: HashSet::new(),
        }
    }

    /// What earlier lines said of this reader.
    pub(super) fn find(&self, key: &[u8]) -> Option<Claim> {
        let hash = short(key);
        self.shards[(hash >> 58) as usize].get(&hash).copied()
    }

    /// Writes down that a line named this reader, with these newsletters, and says which of them are new.
    pub(super) fn claim(
        &mut self,
        key: &[u8],
        line: u64,
        flags: u32,
        newsletters: &[usize],
    ) -> Vec<usize> {
        let hash = short(key);
        let claim = self.shards[(hash >> 58) as usize]
            .entry(hash)
            .or_insert(Claim {
                line: line.try_into().unwrap_or(u32::MAX),
                bits: 0,
            });
        claim.bits |= flags;
        let mut new = Vec::new();
        for n in newsletters {
            let fresh = if *n < BITS {
                let fresh = claim.bits & (1 << n) == 0;
                claim.bits |= 1 << n;
                fresh
            } else {
                self.beyond.insert((hash, *n))
            };
            if fresh {
                new.push(*n);
            }
        }
        new
    }
}

fn short(key: &[u8]) -> u64 {
    key.iter()
        .take(8)
        .fold(0, |all, b| all << 8 | u64::from(*b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_claim_keeps_the_first_line_and_every_newsletter() {
        let (mut seen, asha, ben) = (Seen::new(), [7; 32], [8; 32]);
        assert_eq!(seen.find(&asha), None);
        assert_eq!(seen.claim(&asha, 2, 0, &[0, 40]), [0, 40]);
        assert_eq!(
            seen.claim(&asha, 9, Claim::LEFT, &[40, 0, 28, 29]),
            [28, 29]
        );
        assert_eq!(seen.claim(&ben, 10, 0, &[40]), [40]);
        let claim = seen.find(&asha).unwrap();
        assert_eq!(claim.line, 2);
        assert!(claim.is(Claim::LEFT) && !claim.is(Claim::SUPPRESSED));
    }
}
