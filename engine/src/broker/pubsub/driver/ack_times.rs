//! How long acknowledgements take, as the client library keeps it to size its extensions: whole seconds, and the 99th
//! percentile of them.

use crate::mechanism::sorted::Sorted;

/// The least and the greatest time that is told apart, in seconds: the bounds of a deadline.
pub(super) const LEAST: u32 = 10;
pub(super) const MOST: u32 = 600;

/// Times from the receipt of a message to its acknowledgement.
#[derive(Clone, PartialEq, Hash, Debug, Default)]
pub(super) struct AckTimes {
    count: u64,
    /// How many took longer than the least, by seconds.
    longer: Sorted<u32, u64>,
}

impl AckTimes {
    /// Takes note of a time in nanoseconds.
    #[inline]
    pub(super) fn note(&mut self, nanos: u64) {
        self.count += 1;
        if u64::from(LEAST) * 1_000_000_000 < nanos {
            self.note_longer(nanos);
        }
    }

    #[inline(never)]
    fn note_longer(&mut self, nanos: u64) {
        let seconds = nanos.div_ceil(1_000_000_000).min(MOST.into()) as u32;
        *self.longer.entry(seconds, || 0) += 1;
    }

    /// The time that at most one in a hundred exceeds, in seconds.
    pub(super) fn percentile_99(&self) -> u32 {
        let mut beyond = 0;
        for (seconds, count) in self.longer.iter().rev() {
            beyond += count;
            if self.count < beyond * 100 {
                return *seconds;
            }
        }
        LEAST
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_in_a_hundred_may_take_longer() {
        let mut times = AckTimes::default();
        assert_eq!(times.percentile_99(), 10);
        times.note(25_500_000_000);
        assert_eq!(times.percentile_99(), 26);
        (0..98).for_each(|_| times.note(1));
        assert_eq!(times.percentile_99(), 26);
        times.note(9_000_000_000);
        assert_eq!(times.percentile_99(), 10);
        (0..10).for_each(|_| times.note(u64::MAX));
        assert_eq!(times.percentile_99(), 600);
    }
}
