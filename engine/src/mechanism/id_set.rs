//! A set of message numbers: messages end nearly in the order of their numbers, so most make up a few ranges.

use std::collections::BTreeMap;

/// How many of the latest numbers are looked at one by one: two words of bits.
const RECENT: u64 = 128;

/// Numbers. The latest, which come in any order, are bits; what is below those is kept as the ranges that it makes up.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub(crate) struct IdSet {
    /// The first number that has a bit, a multiple of 64: that of the greatest number so far is in the second word.
    base: u64,
    /// Bit `i` of word `w` is the number `base + 64 w + i`.
    recent: [u64; 2],
    /// The first number of each range but the last, and one more than its last.
    ranges: BTreeMap<u64, u64>,
    /// The last range; it is the one that grows.
    start: u64,
    end: u64,
}

impl IdSet {
    /// Adds a number. Says whether it is new.
    #[inline(always)]
    pub(crate) fn insert(&mut self, number: u64) -> bool {
        let ahead = number.wrapping_sub(self.base);
        if ahead < RECENT {
            let (word, bit) = (&mut self.recent[(ahead >> 6) as usize], 1 << (ahead & 63));
            let is_new = *word & bit == 0;
            *word |= bit;
            return is_new;
        }
        self.insert_elsewhere(number)
    }

    /// Whether the number is in the set.
    pub(crate) fn contains(&self, number: u64) -> bool {
        let ahead = number.wrapping_sub(self.base);
        if ahead < RECENT {
            return self.recent[(ahead >> 6) as usize] >> (ahead & 63) & 1 == 1;
        }
        (self.start..self.end).contains(&number)
            || self.ends_before(number).is_some_and(|(_, end)| number < end)
    }

    /// The range but the last that begins at this number, or else before it.
    fn ends_before(&self, number: u64) -> Option<(u64, u64)> {
        self.ranges.range(..=number).next_back().map(|(start, end)| (*start, *end))
    }

    #[inline(never)]
    fn insert_elsewhere(&mut self, number: u64) -> bool {
        if number < self.base {
            return self.insert_among_ranges(number);
        }
        let base = (number & !63) - 64;
        let old = self.recent;
        self.keep(self.base, old[0]);
        let next = if base == self.base + 64 {
            old[1]
        } else {
            self.keep(self.base + 64, old[1]);
            0
        };
        self.base = base;
        self.recent = [next, 1 << (number & 63)];
        true
    }

    /// Keeps a word of bits, which is above all ranges, as ranges.
    fn keep(&mut self, base: u64, mut bits: u64) {
        while bits != 0 {
            let first = bits.trailing_zeros();
            let count = (bits >> first).trailing_ones();
            bits &= u64::MAX.checked_shl(first + count).unwrap_or(0);
            let (start, end) = (base + u64::from(first), base + u64::from(first + count));
            if start == self.end {
                self.end = end;
            } else {
                self.begin(start, end);
            }
        }
    }

    /// Another range is the last from now on.
    fn begin(&mut self, start: u64, end: u64) {
        if self.start != self.end {
            self.ranges.insert(self.start, self.end);
        }
        (self.start, self.end) = (start, end);
    }

    fn insert_among_ranges(&mut self, number: u64) -> bool {
        if self.start <= number {
            if self.end < number {
                self.begin(number, number + 1);
            } else if self.end == number {
                self.end += 1;
            } else {
                return false;
            }
            return true;
        }
        let (mut start, mut end) = (number, number + 1);
        if let Some((before, until)) = self.ends_before(number) {
            if number < until {
                return false;
            }
            if until == number {
                start = before;
            }
        }
        if end == self.start {
            self.ranges.remove(&start);
            self.start = start;
            return true;
        }
        if let Some(until) = self.ranges.remove(&end) {
            end = until;
        }
        self.ranges.insert(start, end);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    /// Mostly near the latest, now and then far ahead or far behind.
    fn numbers() -> impl Strategy<Value = Vec<u64>> {
        let step = prop_oneof![6 => -4_i64..8, 2 => -200_i64..200, 1 => 0_i64..1000];
        prop::collection::vec(step, 0..400).prop_map(|steps| {
            let next = |at: &mut i64, step: i64| {
                *at = (*at + step).max(0);
                Some(*at as u64)
            };
            steps.into_iter().scan(1, next).collect()
        })
    }

    proptest! {
        #[test]
        fn agrees_with_a_set(numbers in prop_oneof![prop::collection::vec(0_u64..300, 0..400), numbers()]) {
            let (mut set, mut model) = (IdSet::default(), BTreeSet::new());
            for number in numbers {
                prop_assert_eq!(set.insert(number), model.insert(number));
                for other in number.saturating_sub(140)..number + 140 {
                    prop_assert_eq!(set.contains(other), model.contains(&other), "{}", other);
                }
            }
            let most = model.last().copied().unwrap_or(0);
            prop_assert!((0..most + 200).all(|number| set.contains(number) == model.contains(&number)));
            // Ranges that touch are one, and the greatest number has its bit in the second word.
            let ranges: Vec<_> = set.ranges.iter().map(|(a, b)| (*a, *b)).chain([(set.start, set.end)]).collect();
            prop_assert!(ranges.windows(2).all(|pair| pair[0].1 < pair[1].0), "{:?}", ranges);
            prop_assert_eq!(set.base, (most & !63).saturating_sub(64));
        }
    }

    #[test]
    fn what_comes_nearly_in_order_takes_few_ranges() {
        let mut set = IdSet::default();
        for number in 0..10_000_u64 {
            assert!(set.insert(number ^ 3), "each is new");
        }
        assert!(set.ranges.is_empty());
    }
}
