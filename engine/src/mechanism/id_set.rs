//! A set of message numbers, kept as ranges: messages end nearly in the order of their numbers, so there are few.

use std::collections::BTreeMap;

/// Numbers, as the ranges that they make up.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub(crate) struct IdSet {
    /// The first number of each range but the last, and one more than its last.
    ranges: BTreeMap<u64, u64>,
    /// The range to which a number was added last; nearly always it is the one that grows next.
    start: u64,
    end: u64,
}

impl IdSet {
    /// Adds a number. Says whether it is new.
    #[inline]
    pub(crate) fn insert(&mut self, number: u64) -> bool {
        if number == self.end && !self.ranges.contains_key(&number) && self.start != self.end {
            self.end += 1;
            return true;
        }
        self.insert_anywhere(number)
    }

    /// Whether the number is in the set.
    pub(crate) fn contains(&self, number: u64) -> bool {
        (self.start..self.end).contains(&number) || self.range_of(number).is_some()
    }

    fn range_of(&self, number: u64) -> Option<(u64, u64)> {
        let (start, end) = self.ranges.range(..=number).next_back()?;
        (number < *end).then_some((*start, *end))
    }

    fn insert_anywhere(&mut self, number: u64) -> bool {
        if self.contains(number) {
            return false;
        }
        if self.start != self.end {
            self.ranges.insert(self.start, self.end);
        }
        let (mut start, mut end) = (number, number + 1);
        if let Some((before, until)) = self.ranges.range(..number).next_back().map(|(a, b)| (*a, *b))
            && until == number
        {
            self.ranges.remove(&before);
            start = before;
        }
        if let Some(until) = self.ranges.remove(&end) {
            end = until;
        }
        (self.start, self.end) = (start, end);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    proptest! {
        #[test]
        fn agrees_with_a_set(numbers in prop::collection::vec(1u64..60, 0..200)) {
            let (mut set, mut model) = (IdSet::default(), BTreeSet::new());
            for number in numbers {
                prop_assert_eq!(set.insert(number), model.insert(number));
                for other in 0..62 {
                    prop_assert_eq!(set.contains(other), model.contains(&other));
                }
            }
        }
    }

    #[test]
    fn what_comes_nearly_in_order_takes_few_ranges() {
        let mut set = IdSet::default();
        for number in 0..10_000_u64 {
            assert!(set.insert(number ^ 3), "each is new");
        }
        assert!(set.ranges.len() < 4);
    }
}
