//! Sets of articles of one pool.

/// Articles by their rank.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bits(Vec<u64>);

impl Bits {
    /// No article of `n`.
    pub fn none(n: usize) -> Bits {
        Bits(vec![0; n.div_ceil(64)])
    }

    /// Takes all out.
    pub fn clear(&mut self) {
        self.0.fill(0);
    }

    /// Holds what `other` holds and nothing else.
    pub fn copy(&mut self, other: &Bits) {
        self.0.copy_from_slice(&other.0);
    }

    /// Adds the article of this rank.
    pub fn set(&mut self, rank: usize) {
        self.0[rank / 64] |= 1 << (rank % 64);
    }

    /// Takes out the article of this rank.
    pub fn unset(&mut self, rank: usize) {
        self.0[rank / 64] &= !(1 << (rank % 64));
    }

    /// Adds what `other` holds.
    pub fn add(&mut self, other: &Bits) {
        self.0.iter_mut().zip(&other.0).for_each(|(a, b)| *a |= b);
    }

    /// Adds what both `one` and `other` hold.
    pub fn add_both(&mut self, one: &Bits, other: &Bits) {
        let both = one.0.iter().zip(&other.0);
        self.0
            .iter_mut()
            .zip(both)
            .for_each(|(a, (b, c))| *a |= b & c);
    }

    /// Takes away what `other` holds.
    pub fn remove(&mut self, other: &Bits) {
        self.0.iter_mut().zip(&other.0).for_each(|(a, b)| *a &= !b);
    }

    /// Takes away what `other` does not hold.
    pub fn keep(&mut self, other: &Bits) {
        self.0.iter_mut().zip(&other.0).for_each(|(a, b)| *a &= b);
    }

    /// Whether the article of this rank is in it.
    pub fn has(&self, rank: usize) -> bool {
        self.0[rank / 64] >> (rank % 64) & 1 == 1
    }

    /// The ranks in it, the best first.
    pub fn ranks(&self) -> impl Iterator<Item = usize> {
        self.0.iter().enumerate().flat_map(|(at, word)| {
            let mut left = *word;
            std::iter::from_fn(move || {
                if left == 0 {
                    return None;
                }
                let bit = left.trailing_zeros() as usize;
                left &= left - 1;
                Some(at * 64 + bit)
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_give_back_their_ranks_in_order() {
        let mut bits = Bits::none(200);
        for rank in [199, 0, 64, 63] {
            bits.set(rank);
        }
        assert_eq!(bits.ranks().collect::<Vec<_>>(), [0, 63, 64, 199]);
        bits.unset(64);
        assert!(bits.has(63) && !bits.has(64) && !bits.has(65));
    }
}
