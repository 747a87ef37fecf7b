//! Things in order of rank, of which only the first is looked at and taken out.
//!
//! A binary heap: to put in and to take out cost the logarithm of how many there are. Ranks have to differ, or the order
//! among equals is nobody's.

/// By what things are ordered; the least is first.
pub(crate) type Rank = (u64, u64);

/// Things by rank.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Heap<T> {
    /// Each place `n` before those at `2n + 1` and `2n + 2`.
    entries: Vec<(Rank, T)>,
}

impl<T> Default for Heap<T> {
    fn default() -> Heap<T> {
        Heap { entries: Vec::new() }
    }
}

impl<T> Heap<T> {
    #[inline]
    pub(crate) fn len(&self) -> u64 {
        self.entries.len() as u64
    }

    /// The thing of the least rank, and that rank.
    #[inline]
    pub(crate) fn first(&self) -> Option<(Rank, &T)> {
        self.entries.first().map(|(rank, thing)| (*rank, thing))
    }

    /// Puts a thing in.
    #[inline(never)]
    pub(crate) fn push(&mut self, rank: Rank, thing: T) {
        let mut at = self.entries.len();
        self.entries.push((rank, thing));
        while 0 < at {
            let parent = (at - 1) / 2;
            if self.entries[parent].0 <= rank {
                break;
            }
            self.entries.swap(parent, at);
            at = parent;
        }
    }

    /// Takes out the thing of the least rank.
    #[inline(never)]
    pub(crate) fn pop(&mut self) -> Option<(Rank, T)> {
        if self.entries.is_empty() {
            return None;
        }
        let first = self.entries.swap_remove(0);
        let mut at = 0;
        loop {
            let left = 2 * at + 1;
            let Some((first, _)) = self.entries.get(left) else { break };
            let (mut child, mut least) = (left, *first);
            if let Some((right, _)) = self.entries.get(left + 1)
                && *right < least
            {
                (child, least) = (left + 1, *right);
            }
            if self.entries[at].0 <= least {
                break;
            }
            self.entries.swap(at, child);
            at = child;
        }
        Some(first)
    }

    /// Keeps those that the condition holds for.
    pub(crate) fn retain(&mut self, mut keep: impl FnMut(&T) -> bool) {
        // In order of rank they are a heap, too.
        let mut kept = Vec::new();
        while let Some((rank, thing)) = self.pop() {
            if keep(&thing) {
                kept.push((rank, thing));
            }
        }
        self.entries = kept;
    }

    pub(crate) fn clear(&mut self) {
        self.entries.clear();
    }

    /// All of them, in no particular order.
    pub(crate) fn values(&self) -> impl Iterator<Item = &T> {
        self.entries.iter().map(|(_, thing)| thing)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::{BTreeMap, BTreeSet};

    proptest! {
        #[test]
        fn agrees_with_a_map(steps in prop::collection::vec((0_u8..8, 0_u64..30), 0..600)) {
            let (mut heap, mut model) = (Heap::default(), BTreeMap::new());
            for (number, (step, rank)) in steps.into_iter().enumerate() {
                match step {
                    0..=3 => {
                        heap.push((rank, number as u64), number);
                        model.insert((rank, number as u64), number);
                    }
                    4..=6 => prop_assert_eq!(heap.pop(), model.pop_first()),
                    _ => {
                        heap.retain(|own| own % 7 != 3);
                        model.retain(|_, own| *own % 7 != 3);
                    }
                }
                prop_assert_eq!(heap.first(), model.first_key_value().map(|(rank, thing)| (*rank, thing)));
                prop_assert_eq!(heap.len(), model.len() as u64);
                let mut all: Vec<usize> = heap.values().copied().collect();
                all.sort_unstable();
                prop_assert!(all.into_iter().eq(model.values().copied().collect::<BTreeSet<_>>()));
            }
            heap.clear();
            prop_assert_eq!(heap.pop(), None);
        }
    }
}
