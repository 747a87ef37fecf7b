//! Numbered things in order of rank: which of them is first, with any of them moved or removed at will.
//!
//! Leases by their deadline, groups by their oldest message, clients by their next timer: many things of which only
//! the first matters. It is a binary heap that knows where in it each thing stands. What is ranked behind all others,
//! as the latest of equal timeouts is, costs the same however many there are; so does what is removed from the end.

/// By what things are ordered; the least is first.
pub(crate) type Rank = (u64, u64);

const ABSENT: u32 = u32::MAX;

/// Things, by small numbers, each with at most one rank.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub(crate) struct Ranking {
    heap: Vec<(Rank, u32)>,
    /// For each thing its index in `heap`, or [`ABSENT`].
    place: Vec<u32>,
}

impl Ranking {
    /// The thing of the least rank, and that rank.
    #[inline]
    pub(crate) fn first(&self) -> Option<(Rank, u32)> {
        self.heap.first().copied()
    }

    /// The rank of the thing behind that one.
    #[inline]
    pub(crate) fn second(&self) -> Option<Rank> {
        self.heap.iter().skip(1).take(2).map(|(rank, _)| *rank).min()
    }

    /// Gives a thing a rank, in place of the one it had.
    #[inline]
    pub(crate) fn set(&mut self, thing: u32, rank: Rank) {
        let index = thing as usize;
        if self.place.len() <= index {
            self.place.resize(index + 1, ABSENT);
        }
        let at = match self.place[index] {
            ABSENT => {
                let at = self.heap.len();
                self.heap.push((rank, thing));
                if at == 0 || self.heap[(at - 1) / 2].0 <= rank {
                    self.place[index] = at as u32;
                    return;
                }
                at
            }
            at => at as usize,
        };
        self.settle(at, (rank, thing));
    }

    /// Takes its rank from a thing, if it has one.
    #[inline]
    pub(crate) fn clear(&mut self, thing: u32) {
        let Some(place) = self.place.get_mut(thing as usize) else { return };
        let at = std::mem::replace(place, ABSENT);
        if at == ABSENT {
            return;
        }
        if let Some(last) = self.heap.pop()
            && (at as usize) < self.heap.len()
        {
            self.settle(at as usize, last);
        }
    }

    /// Takes the rank from all.
    pub(crate) fn clear_all(&mut self) {
        self.heap.clear();
        self.place.clear();
    }

    /// Puts an entry where it belongs, beginning at a place that is free for it.
    fn settle(&mut self, mut at: usize, entry: (Rank, u32)) {
        while 0 < at {
            let parent = (at - 1) / 2;
            if self.heap[parent].0 <= entry.0 {
                break;
            }
            self.put(at, self.heap[parent]);
            at = parent;
        }
        loop {
            let left = 2 * at + 1;
            let Some(mut child) = self.heap.get(left).map(|_| left) else { break };
            if self.heap.get(left + 1).is_some_and(|right| right.0 < self.heap[left].0) {
                child = left + 1;
            }
            if entry.0 <= self.heap[child].0 {
                break;
            }
            self.put(at, self.heap[child]);
            at = child;
        }
        self.put(at, entry);
    }

    #[inline]
    fn put(&mut self, at: usize, entry: (Rank, u32)) {
        self.heap[at] = entry;
        self.place[entry.1 as usize] = at as u32;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    proptest! {
        #[test]
        fn agrees_with_a_map(steps in prop::collection::vec((0u32..40, 0u64..100, 0u8..4), 0..600)) {
            let (mut ranking, mut model) = (Ranking::default(), BTreeMap::new());
            for (number, (thing, rank, step)) in steps.into_iter().enumerate() {
                let rank = (rank, number as u64);
                if step == 0 {
                    ranking.clear(thing);
                    model.remove(&thing);
                } else {
                    ranking.set(thing, rank);
                    model.insert(thing, rank);
                }
                let first = model.iter().map(|(thing, rank)| (*rank, *thing)).min();
                prop_assert_eq!(ranking.first(), first);
                let mut ranks: Vec<_> = model.values().copied().collect();
                ranks.sort_unstable();
                prop_assert_eq!(ranking.second(), ranks.get(1).copied());
            }
        }
    }

    #[test]
    fn nobody_is_first_once_all_are_cleared() {
        let mut ranking = Ranking::default();
        ranking.set(3, (1, 1));
        ranking.clear_all();
        assert_eq!(ranking.first(), None);
        ranking.clear(3);
        ranking.set(3, (2, 2));
        assert_eq!(ranking.first(), Some(((2, 2), 3)));
    }
}
