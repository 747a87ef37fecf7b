//! Percentiles of durations, from counts in bins.
//!
//! The bins are those of an HDR histogram (Gil Tene, <http://hdrhistogram.org>): 32 of one width for every
//! doubling of the duration. A percentile is told as the middle of its bin, so it is within 1/64 of an
//! exact one (1.6 %), and up to 63 ns it is exact. To count takes integers only.

use std::collections::VecDeque;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use crate::time::{Time, nanos};

/// Bins to a doubling, as a power of 2.
const FINENESS: u32 = 5;
/// Enough for 64 bits of nanoseconds.
const BINS: usize = (64 - FINENESS as usize + 1) << FINENESS;

/// The bin that counts `value`, and how many of its lowest bits that bin does not tell.
#[inline(always)]
fn bin_of(value: u64) -> (usize, u32) {
    let shift = (63 - FINENESS) - (value | 1 << FINENESS).leading_zeros();
    (((shift as usize) << FINENESS) + (value >> shift) as usize, shift)
}

/// The bins of all values with one shift. Those of none are up to twice the width of the others.
fn bins_of_shift(shift: u32) -> Range<usize> {
    let first = (shift as usize + 1) << FINENESS;
    if shift == 0 { 0..2 << FINENESS } else { first..first + (1 << FINENESS) }
}

/// The middle of what a bin counts.
fn middle_of(bin: usize) -> u64 {
    let shift = (bin >> FINENESS).saturating_sub(1);
    let lowest = (bin - (shift << FINENESS)) as u64;
    (lowest << shift) + (1 << shift >> 1)
}

/// How durations were distributed, since the start or since it was cleared.
#[derive(Clone, PartialEq, Eq)]
pub struct Histogram {
    bins: Box<[u64; BINS]>,
    count: u64,
    max: u64,
}

impl Default for Histogram {
    fn default() -> Histogram {
        Histogram { bins: Box::new([0; BINS]), count: 0, max: 0 }
    }
}

impl Histogram {
    /// Counts one duration. Beyond 584 years they are all the same.
    #[inline]
    pub fn record(&mut self, value: Duration) {
        let value = nanos(value);
        self.bins[bin_of(value).0] += 1;
        self.count += 1;
        self.max = self.max.max(value);
    }

    /// How many were counted.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// The longest, exactly; none if none was counted.
    pub fn max(&self) -> Option<Duration> {
        (self.count != 0).then_some(Duration::from_nanos(self.max))
    }

    /// The duration that a share `q` of all did not exceed, `q` in 0..=1 and taken to nine decimals: of `n`, the
    /// ⌈qn⌉-th from below, to 1/64 of its value. 1 gives the longest, exactly. None if none was counted.
    pub fn quantile(&self, q: f64) -> Option<Duration> {
        const BILLION: u64 = 1_000_000_000;
        let share = ((q * BILLION as f64).round() as u64).min(BILLION);
        let rank = (u128::from(share) * u128::from(self.count)).div_ceil(u128::from(BILLION)).max(1);
        if rank == u128::from(self.count) {
            return self.max();
        }
        let longest = self.max()?;
        let mut below = 0;
        let bin = self.bins.iter().position(|&count| {
            below += u128::from(count);
            rank <= below
        });
        Some(bin.map_or(longest, |bin| Duration::from_nanos(middle_of(bin)).min(longest)))
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.bins.fill(0);
        self.count = 0;
        self.max = 0;
    }

    /// Counts everything that `other` counted, too.
    pub fn merge(&mut self, other: &Histogram) {
        for (bin, more) in self.bins.iter_mut().zip(other.bins.iter()) {
            *bin = bin.saturating_add(*more);
        }
        self.count = self.count.saturating_add(other.count);
        self.max = self.max.max(other.max);
    }
}

impl Hash for Histogram {
    /// All but what follows from the rest.
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        hasher.write_u64(self.count);
        hasher.write_u64(self.max);
        for (bin, &count) in (0_u16..).zip(self.bins.iter()).filter(|&(_, &count)| count != 0) {
            hasher.write_u16(bin);
            hasher.write_u64(count);
        }
    }
}

impl fmt::Debug for Histogram {
    /// Bins that are empty are left out, the others told by their middle.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let used = self.bins.iter().enumerate().filter(|&(_, &count)| count != 0);
        let bins = used.map(|(bin, &count)| (Duration::from_nanos(middle_of(bin)), count));
        write!(f, "Histogram {{ count: {}, max: {:?}, bins: ", self.count, self.max())?;
        f.debug_map().entries(bins).finish()?;
        write!(f, " }}")
    }
}

/// Seconds of virtual time that percentiles cover, the open one included.
const WINDOW: u64 = 60;
const SECOND: u64 = 1_000_000_000;

/// How durations were distributed over the last minute of virtual time, or over the time so far if that is shorter.
///
/// It goes by whole seconds: the second that `now` is in, and the 59 before it. Only [`Windowed::record`]
/// changes anything: reading, as often and as late as one likes, does not.
#[derive(Clone, PartialEq, Eq)]
pub struct Windowed {
    open: OpenSecond,
    /// Where the open second ends, in nanoseconds.
    ends: u64,
    /// The seconds before it in which anything was recorded, oldest first, none more than a window before.
    closed: VecDeque<ClosedSecond>,
    /// All that the closed ones counted.
    total: Box<[u64; BINS]>,
    /// How many were recorded before the open second, since the start.
    before: u64,
}

/// Counts of the second that is still being added to.
#[derive(Clone, PartialEq, Eq)]
struct OpenSecond {
    /// Its number, from the start of time.
    second: u64,
    bins: Box<[u32; BINS]>,
    /// A bit for each shift (see [`bin_of`]) with a bin that is not empty.
    used: u64,
    count: u64,
    max: u64,
}

/// Counts of a second that is over: the bins that are not empty, shared between clones.
#[derive(Clone, PartialEq, Eq, Hash)]
struct ClosedSecond {
    second: u64,
    bins: Arc<[(u16, u32)]>,
    count: u64,
    max: u64,
}

impl Default for Windowed {
    fn default() -> Windowed {
        let bins = Box::new([0; BINS]);
        Windowed {
            open: OpenSecond { second: 0, bins, used: 0, count: 0, max: 0 },
            ends: SECOND,
            closed: VecDeque::new(),
            total: Box::new([0; BINS]),
            before: 0,
        }
    }
}

impl Windowed {
    /// Counts one duration at `at`, which is not before the last one.
    pub fn record(&mut self, at: Time, value: u64) {
        self.reach(at);
        self.note(value);
        self.stretch(value);
    }

    /// How many were recorded since the start.
    pub(super) fn total(&self) -> u64 {
        self.before + self.open.count
    }

    /// Opens the second that `at` is in.
    pub(super) fn reach(&mut self, at: Time) {
        if self.ends <= at.as_nanos() {
            self.open_second_at(at);
        }
    }

    /// One of the durations in the second that is open is as long as this.
    #[inline(always)]
    pub(super) fn stretch(&mut self, value: u64) {
        self.open.max = self.open.max.max(value);
    }

    /// Counts one duration in the second that is open. If it is the longest so far, [`Windowed::stretch`] has to be told.
    #[inline(always)]
    pub(super) fn note(&mut self, value: u64) {
        let (bin, shift) = bin_of(value);
        let open = &mut self.open;
        open.used |= 1 << shift;
        open.bins[bin] += 1;
        open.count += 1;
    }

    /// How many the window up to `now` counted; `now` is not before the last record.
    pub fn count(&self, now: Time) -> u64 {
        self.seconds_at(now).map(|(count, _)| count).sum()
    }

    /// The longest in the window up to `now`, exactly; none if it is empty.
    pub fn max(&self, now: Time) -> Option<Duration> {
        self.seconds_at(now).filter(|&(count, _)| count != 0).map(|(_, max)| Duration::from_nanos(max)).max()
    }

    /// The duration that a share `q` in 0..=1 of those in the window up to `now` did not exceed, as
    /// [`Histogram::quantile`] tells it. For several, it is faster to ask a [`Windowed::histogram`].
    pub fn quantile(&self, now: Time, q: f64) -> Option<Duration> {
        self.histogram(now).quantile(q)
    }

    /// All that the window up to `now` counted; `now` is not before the last record.
    pub fn histogram(&self, now: Time) -> Histogram {
        let mut bins = self.total.clone();
        for gone in self.closed.iter().filter(|closed| !in_window(closed.second, now)) {
            for &(bin, count) in gone.bins.iter() {
                bins[usize::from(bin)] -= u64::from(count);
            }
        }
        if in_window(self.open.second, now) {
            for (bin, count) in self.open.used_bins() {
                bins[usize::from(bin)] += u64::from(count);
            }
        }
        let max = self.seconds_at(now).map(|(_, max)| max).max();
        Histogram { bins, count: self.count(now), max: max.unwrap_or(0) }
    }

    /// All that was counted in the second that `now` is in and those before it, `seconds` in all and no more than a
    /// minute of them.
    #[cfg(feature = "systems")]
    pub fn lately(&self, now: Time, seconds: u64) -> Histogram {
        let mut lately = Histogram::default();
        let is_late = |second: u64| now.as_nanos() / SECOND < second + seconds;
        let mut add = |bins: &mut dyn Iterator<Item = (u16, u32)>, max: u64| {
            for (bin, count) in bins {
                lately.bins[usize::from(bin)] += u64::from(count);
                lately.count += u64::from(count);
            }
            lately.max = lately.max.max(max);
        };
        for closed in self.closed.iter().rev().take_while(|closed| is_late(closed.second)) {
            add(&mut closed.bins.iter().copied(), closed.max);
        }
        if is_late(self.open.second) {
            add(&mut self.open.used_bins(), self.open.max);
        }
        lately
    }

    /// Count and maximum of each second in the window up to `now`.
    fn seconds_at(&self, now: Time) -> impl Iterator<Item = (u64, u64)> {
        let open = (self.open.second, self.open.count, self.open.max);
        let closed = self.closed.iter().map(|closed| (closed.second, closed.count, closed.max));
        let within = closed.chain([open]).filter(move |&(second, _, _)| in_window(second, now));
        within.map(|(_, count, max)| (count, max))
    }

    /// Closes the open second and opens the one that `at` is in, whatever lies between.
    fn open_second_at(&mut self, at: Time) {
        let second = at.as_nanos() / SECOND;
        if second == self.open.second {
            // The last second of all, which the end of time cuts short.
            return;
        }
        let closed = self.open.close(second);
        self.ends = (second + 1).saturating_mul(SECOND);
        self.before += closed.count;
        if closed.count != 0 {
            for &(bin, count) in closed.bins.iter() {
                self.total[usize::from(bin)] += u64::from(count);
            }
            self.closed.push_back(closed);
        }
        let gone = self.closed.partition_point(|closed| !in_window(closed.second, at));
        for gone in self.closed.drain(..gone) {
            for &(bin, count) in gone.bins.iter() {
                self.total[usize::from(bin)] -= u64::from(count);
            }
        }
    }
}

/// Whether a second is in the window up to `now`.
fn in_window(second: u64, now: Time) -> bool {
    now.as_nanos() / SECOND < second + WINDOW
}

impl OpenSecond {
    /// The bins that are not empty, in order, with their counts.
    fn used_bins(&self) -> impl Iterator<Item = (u16, u32)> {
        let shifts = (0..64).filter(|shift| self.used >> shift & 1 == 1);
        let bins = shifts.flat_map(bins_of_shift).map(|bin| (bin as u16, self.bins[bin]));
        bins.filter(|&(_, count)| count != 0)
    }

    /// Hands out the counts so far, and begins another second with none.
    fn close(&mut self, next: u64) -> ClosedSecond {
        let bins: Vec<(u16, u32)> = self.used_bins().collect();
        for &(bin, _) in &bins {
            self.bins[usize::from(bin)] = 0;
        }
        let closed =
            ClosedSecond { second: self.second, bins: bins.into(), count: self.count, max: self.max };
        (self.second, self.used, self.count, self.max) = (next, 0, 0, 0);
        closed
    }
}

impl Hash for Windowed {
    /// All but what follows from the rest.
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        hasher.write_u64(self.open.second);
        hasher.write_u64(self.open.count);
        hasher.write_u64(self.open.max);
        hasher.write_u64(self.before);
        for (bin, count) in self.open.used_bins() {
            hasher.write_u16(bin);
            hasher.write_u32(count);
        }
        self.closed.hash(hasher);
    }
}

impl fmt::Debug for Windowed {
    /// As the histogram of the window when the open second began.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let now = Time::from_secs(self.open.second);
        write!(f, "Windowed {{ second: {}, histogram: {:?} }}", self.open.second, self.histogram(now))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The exact quantile: the ⌈qn⌉-th from below.
    fn exact(sorted: &[u64], per_mille: usize) -> u64 {
        sorted[(sorted.len() * per_mille).div_ceil(1000).max(1) - 1]
    }

    #[track_caller]
    fn assert_quantiles(histogram: &Histogram, mut values: Vec<u64>) {
        values.sort_unstable();
        assert_eq!(histogram.count(), values.len() as u64);
        assert_eq!(histogram.max(), values.last().copied().map(Duration::from_nanos));
        for per_mille in [0, 1, 500, 900, 950, 990, 999, 1000] {
            let quantile = histogram.quantile(per_mille as f64 / 1000.0).map(nanos);
            if values.is_empty() {
                assert_eq!(quantile, None);
                continue;
            }
            let (told, exact) = (quantile.unwrap(), exact(&values, per_mille));
            assert!(told.abs_diff(exact) <= exact / 64, "{told} for {exact} at {per_mille}");
        }
    }

    #[test]
    fn bins_follow_each_other_and_hold_their_middle() {
        assert_eq!(bin_of(u64::MAX), (BINS - 1, 58));
        let mut lowest = 0;
        for bin in 0..BINS {
            let (middle, shift) = (middle_of(bin), (bin >> FINENESS).saturating_sub(1));
            let highest = lowest + ((1_u64 << shift) - 1);
            for value in [lowest, middle, highest] {
                assert_eq!(bin_of(value).0, bin, "{value}");
                assert!(bins_of_shift(bin_of(value).1).contains(&bin), "{value}");
                assert!(value.abs_diff(middle) <= value / 64, "{value} is told as {middle}");
            }
            lowest = highest.wrapping_add(1);
        }
        assert_eq!(lowest, 0);
    }

    #[test]
    fn short_durations_are_exact() {
        let mut histogram = Histogram::default();
        for nanos in 1..=60 {
            histogram.record(Duration::from_nanos(nanos));
        }
        for (q, expected) in
            [(0.0, 1), (0.5, 30), (0.95, 57), (0.99, 60), (1.0, 60), (f64::NAN, 1), (2.0, 60)]
        {
            assert_eq!(histogram.quantile(q), Some(Duration::from_nanos(expected)), "{q}");
        }
    }

    #[test]
    fn the_longest_duration_is_counted() {
        let mut histogram = Histogram::default();
        histogram.record(Duration::MAX);
        assert_eq!(histogram.quantile(0.5), Some(Duration::from_nanos(u64::MAX)));
        histogram.clear();
        assert_eq!(histogram, Histogram::default());
        assert_eq!((histogram.count(), histogram.max(), histogram.quantile(0.5)), (0, None, None));
    }

    #[test]
    fn prints_what_it_counted() {
        let mut histogram = Histogram::default();
        histogram.record(Duration::from_nanos(5));
        assert_eq!(format!("{histogram:?}"), "Histogram { count: 1, max: Some(5ns), bins: {5ns: 1} }");
    }

    #[test]
    fn the_window_moves_on_when_it_is_read() {
        let mut waits = Windowed::default();
        waits.record(Time::from_nanos(1_500_000_000), 7);
        waits.record(Time::from_secs(40), 3);
        for (secs, count, max) in
            [(40, 2, Some(7)), (60, 2, Some(7)), (61, 1, Some(3)), (99, 1, Some(3)), (100, 0, None)]
        {
            let (now, max) = (Time::from_secs(secs), max.map(Duration::from_nanos));
            assert_eq!(
                (waits.count(now), waits.max(now), waits.quantile(now, 1.0)),
                (count, max, max),
                "{now}"
            );
        }
        assert_eq!(waits.count(Time::MAX), 0);
    }

    #[test]
    fn clones_share_the_seconds_that_are_over() {
        let mut waits = Windowed::default();
        waits.record(Time::ZERO, 7);
        waits.record(Time::from_secs(1), 7);
        let clone = waits.clone();
        assert!(Arc::ptr_eq(&waits.closed[0].bins, &clone.closed[0].bins));
        assert_eq!(waits, clone);
        waits.record(Time::from_secs(1), 7);
        assert_ne!(waits, clone);
    }

    #[test]
    fn the_end_of_time_is_a_time() {
        let mut waits = Windowed::default();
        waits.record(Time::MAX, 1);
        waits.record(Time::MAX, 2);
        assert_eq!((waits.count(Time::MAX), waits.closed.len()), (2, 0));
    }

    fn duration() -> impl Strategy<Value = u64> {
        (any::<u64>(), 0_u32..64).prop_map(|(bits, shift)| bits >> shift)
    }

    fn gap() -> impl Strategy<Value = u64> {
        prop_oneof![
            4 => 0..SECOND / 10,
            4 => 0..3 * SECOND,
            1 => 58 * SECOND..62 * SECOND,
            1 => 0..10_000_000 * SECOND,
        ]
    }

    proptest! {
        #[test]
        fn agrees_with_sorting(a in prop::collection::vec(duration(), 0..300), b in prop::collection::vec(duration(), 0..300)) {
            let counted = |values: &[u64]| {
                let mut histogram = Histogram::default();
                values.iter().for_each(|&value| histogram.record(Duration::from_nanos(value)));
                histogram
            };
            let mut merged = counted(&a);
            assert_quantiles(&merged, a.clone());
            merged.merge(&counted(&b));
            let both = [a, b].concat();
            prop_assert_eq!(&merged, &counted(&both));
            assert_quantiles(&merged, both);
        }

        #[test]
        fn agrees_with_sorting_the_last_minute(records in prop::collection::vec((gap(), duration(), gap()), 1..150)) {
            let mut waits = Windowed::default();
            let mut now = 0;
            let mut all = vec![];
            for (gap, value, later) in records {
                now += gap;
                all.push((now, value));
                waits.record(Time::from_nanos(now), value);
                for read in [now, now + later] {
                    let inside = |&&(at, _): &&(u64, u64)| read / SECOND < at / SECOND + 60;
                    let values: Vec<u64> = all.iter().filter(inside).map(|&(_, value)| value).collect();
                    let at = Time::from_nanos(read);
                    prop_assert_eq!(waits.count(at), values.len() as u64);
                    prop_assert_eq!(waits.max(at), values.iter().max().copied().map(Duration::from_nanos));
                    assert_quantiles(&waits.histogram(at), values);
                }
            }
            prop_assert!(waits.closed.len() < 60);
            prop_assert!(waits.closed.iter().all(|closed| closed.bins.iter().all(|&(_, count)| count != 0)));
        }
    }
}
