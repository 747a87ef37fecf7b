//! What was acknowledged one by one after the mark-delete position: ranges of positions, with holes between.

use std::collections::BTreeMap;

/// A set of positions, as ranges that neither overlap nor touch.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub(super) struct Ranges {
    /// The end of each range, by its start.
    ends: BTreeMap<u64, u64>,
    /// How many positions are in it.
    count: u64,
}

impl Ranges {
    pub(super) fn len(&self) -> u64 {
        self.count
    }

    pub(super) fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The ranges, half-open, in order.
    pub(super) fn iter(&self) -> impl DoubleEndedIterator<Item = (u64, u64)> {
        self.ends.iter().map(|(start, end)| (*start, *end))
    }

    /// The end of the range that a position is in.
    #[inline]
    pub(super) fn end_of(&self, position: u64) -> Option<u64> {
        if self.count == 0 {
            return None;
        }
        let (_, end) = self.ends.range(..=position).next_back()?;
        Some(*end).filter(|end| position < *end)
    }

    pub(super) fn contains(&self, position: u64) -> bool {
        self.end_of(position).is_some()
    }

    /// Adds a position that is not in it.
    pub(super) fn insert(&mut self, position: u64) {
        self.count += 1;
        let end = self.ends.remove(&(position + 1)).unwrap_or(position + 1);
        match self.ends.range_mut(..=position).next_back() {
            Some((_, before)) if *before == position => *before = end,
            Some(_) | None => {
                self.ends.insert(position, end);
            }
        }
    }

    /// Drops all before `mark`, and the range that begins there, if one does. Returns the first position from there on
    /// that was not in it.
    pub(super) fn absorb(&mut self, mark: u64) -> u64 {
        let mut reached = mark;
        while let Some(first) = self.ends.first_entry().filter(|first| *first.key() <= reached) {
            let (start, end) = first.remove_entry();
            self.count -= end - start;
            reached = reached.max(end);
        }
        reached
    }

    /// The parts of the ranges that lie in `from..to`.
    pub(super) fn within(&self, from: u64, to: u64) -> impl Iterator<Item = (u64, u64)> {
        let first = self.ends.range(..=from).next_back().map_or(from, |(start, _)| *start);
        let parts = self.ends.range(first..).take_while(move |(start, _)| **start < to);
        parts.map(move |(start, end)| ((*start).max(from), (*end).min(to))).filter(|(start, end)| start < end)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Held against a plain set.
        #[test]
        fn ranges_are_a_set(acts in prop::collection::vec((0..40_u64, 0..8_u8), 1..120)) {
            let (mut ranges, mut plain, mut mark) = (Ranges::default(), BTreeSet::new(), 0);
            for (position, act) in acts {
                if act == 0 {
                    mark = mark.max(position);
                    let reached = ranges.absorb(mark);
                    plain.retain(|own| mark <= *own);
                    while plain.remove(&mark) {
                        mark += 1;
                    }
                    prop_assert_eq!(reached, mark);
                } else if mark <= position && plain.insert(position) {
                    ranges.insert(position);
                }
                prop_assert_eq!(ranges.len(), plain.len() as u64);
                let all: Vec<u64> = ranges.iter().flat_map(|(start, end)| start..end).collect();
                prop_assert!(all.iter().eq(plain.iter()));
                let part: u64 = ranges.within(10, 30).map(|(start, end)| end - start).sum();
                prop_assert_eq!(part, plain.range(10..30).count() as u64);
                prop_assert_eq!(ranges.contains(position), plain.contains(&position));
                let apart = ranges.iter().zip(ranges.iter().skip(1)).all(|(one, next)| one.1 < next.0);
                prop_assert!(apart);
            }
        }
    }
}
