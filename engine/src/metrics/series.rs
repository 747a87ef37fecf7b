//! The whole run so far as a row of buckets, for charts.
//!
//! There are never more than [`BUCKETS`]: when the run outgrows them, neighbors are merged and
//! each bucket covers twice the time. So the memory stays flat however long a run gets, and
//! what a bucket says stays exact: counts, least and greatest, sums.

use super::rate::SLOT;
use crate::time::Time;

/// The most buckets there can be.
pub const BUCKETS: usize = 512;

/// What happened during one stretch of time.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct Bucket {
    /// Messages sent.
    pub produced: u32,
    /// Messages done.
    pub consumed: u32,
    /// Messages refused or dropped.
    pub lost: u32,
    /// The least that waited.
    pub depth_min: u32,
    /// The most that waited.
    pub depth_max: u32,
    /// What waited at its end.
    pub depth_last: u32,
    /// Deliveries.
    pub delivered: u32,
    /// The waits of those deliveries added up, in nanoseconds.
    pub wait_sum: u64,
    /// The longest of them.
    pub wait_max: u64,
}

impl Bucket {
    fn quiet(depth: u32) -> Bucket {
        Bucket { depth_min: depth, depth_max: depth, depth_last: depth, ..Bucket::default() }
    }

    fn merge(self, later: Bucket) -> Bucket {
        Bucket {
            produced: self.produced + later.produced,
            consumed: self.consumed + later.consumed,
            lost: self.lost + later.lost,
            depth_min: self.depth_min.min(later.depth_min),
            depth_max: self.depth_max.max(later.depth_max),
            depth_last: later.depth_last,
            delivered: self.delivered + later.delivered,
            wait_sum: self.wait_sum.saturating_add(later.wait_sum),
            wait_max: self.wait_max.max(later.wait_max),
        }
    }
}

/// The row of buckets. The last one is still open.
///
/// It is told of whole slots of time that are over, or that will be: a bucket is one slot at first, then 2, 4, 8 ...
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Series {
    width: u64,
    /// Where the open bucket ends, in nanoseconds.
    end: u64,
    open: Bucket,
    closed: Vec<Bucket>,
}

impl Default for Series {
    fn default() -> Series {
        Series { width: SLOT, end: SLOT, open: Bucket::default(), closed: Vec::new() }
    }
}

impl Series {
    /// What a bucket covers, in nanoseconds.
    pub fn width(&self) -> u64 {
        self.width
    }

    /// All buckets, oldest first, quiet ones included. The last is still open.
    pub fn buckets(&self) -> Vec<Bucket> {
        let mut buckets = self.closed.clone();
        buckets.push(self.open);
        buckets
    }

    /// Adds what happened in the slot that ends last in the open bucket, or before it.
    pub(super) fn add(&mut self, slot: Bucket) {
        self.open = self.open.merge(slot);
    }

    /// Closes buckets until the open one covers `at`.
    pub(super) fn reach(&mut self, at: Time) {
        let at = at.as_nanos();
        while self.end <= at {
            // A long silence: widen first, so that it is never walked in small steps.
            if self.closed.len() + 1 == BUCKETS || BUCKETS as u64 <= (at - self.end) / self.width {
                self.widen();
                continue;
            }
            self.closed.push(self.open);
            self.open = Bucket::quiet(self.open.depth_last);
            self.end = self.end.saturating_add(self.width);
        }
    }

    fn widen(&mut self) {
        let unpaired = self.closed.len() % 2 == 1;
        let pairs = self.closed.len() / 2;
        let last = self.closed.last().copied();
        for pair in 0..pairs {
            self.closed[pair] = self.closed[2 * pair].merge(self.closed[2 * pair + 1]);
        }
        self.closed.truncate(pairs);
        if unpaired {
            self.open = last.map_or(self.open, |last| last.merge(self.open));
        } else {
            self.end = self.end.saturating_add(self.width);
        }
        self.width = self.width.saturating_mul(2);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn buckets_start_where_they_say() {
        let mut series = Series::default();
        series.add(Bucket { produced: 1, depth_max: 3, depth_last: 3, ..Bucket::default() });
        series.reach(Time::from_nanos(100_000_000));
        series.add(Bucket { produced: 1, ..Bucket::quiet(3) });
        series.reach(Time::from_nanos(350_000_000));
        let buckets = series.buckets();
        assert_eq!(buckets.len(), 4);
        assert_eq!((buckets[0].produced, buckets[0].depth_max), (1, 3));
        assert_eq!((buckets[1].produced, buckets[1].depth_min), (1, 3));
        assert_eq!((buckets[3].produced, buckets[3].depth_last), (0, 3));
    }

    proptest! {
        #[test]
        fn merging_loses_no_count_and_no_extreme(gaps in prop::collection::vec(0u64..5_000_000_000, 1..2000)) {
            let mut series = Series::default();
            let mut at = 0;
            for (number, gap) in gaps.iter().enumerate() {
                at += gap;
                series.reach(Time::from_nanos(at));
                series.add(Bucket { produced: 1, wait_max: number as u64, ..Bucket::default() });
            }
            series.reach(Time::from_nanos(at));
            let buckets = series.buckets();
            prop_assert!(buckets.len() <= BUCKETS);
            let width = series.width();
            prop_assert_eq!(buckets.len() as u64, at / width + 1);
            prop_assert_eq!(buckets.iter().map(|bucket| bucket.produced as usize).sum::<usize>(), gaps.len());
            prop_assert_eq!(buckets.iter().map(|bucket| bucket.wait_max).max(), Some(gaps.len() as u64 - 1));
            let mut at = 0;
            let mut expected = vec![0; buckets.len()];
            for gap in &gaps {
                at += gap;
                expected[(at / width) as usize] += 1;
            }
            prop_assert!(buckets.iter().map(|bucket| bucket.produced).eq(expected));
        }
    }
}
