//! What is due at times, mostly told in order of these times, and mostly over in that order too: leases.
//!
//! As a [`Ranking`], but what comes in order costs nothing to keep in order. What is taken out from the middle leaves a
//! hole, and holes are filled in once they are the greater part.

use std::collections::VecDeque;

use super::ranking::{Rank, Ranking};

/// Things by rank: a time, and a number that no other rank has, from 1.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub(crate) struct Timetable {
    /// In order of rank. The first is no hole.
    in_order: VecDeque<(Rank, u32)>,
    /// What was due before something that was told earlier.
    early: Ranking,
    /// By thing: the number of its rank in `in_order`, or 0.
    numbers: Vec<u64>,
    /// How many of `in_order` are no holes.
    count: u64,
}

impl Timetable {
    /// The thing of the least rank, and that rank.
    #[inline]
    pub(crate) fn first(&self) -> Option<(Rank, u32)> {
        match (self.in_order.front(), self.early.first()) {
            (Some(own), None) => Some(*own),
            (Some(own), Some(early)) if own.0 < early.0 => Some(*own),
            (Some(_) | None, early) => early,
        }
    }

    /// Gives a thing a rank, in place of the one it had.
    #[inline]
    pub(crate) fn set(&mut self, thing: u32, rank: Rank) {
        self.clear(thing);
        if self.in_order.back().is_some_and(|(last, _)| rank < *last) {
            return self.early.set(thing, rank);
        }
        let index = thing as usize;
        if self.numbers.len() <= index {
            self.numbers.resize(index + 1, 0);
        }
        self.numbers[index] = rank.1;
        self.in_order.push_back((rank, thing));
        self.count += 1;
    }

    /// Takes its rank from a thing, if it has one.
    #[inline]
    pub(crate) fn clear(&mut self, thing: u32) {
        match self.numbers.get_mut(thing as usize) {
            Some(number) if *number != 0 => {
                *number = 0;
                self.count -= 1;
                self.tidy();
            }
            Some(_) | None => self.early.clear(thing),
        }
    }

    /// The first is left no hole, nor the greater part holes.
    #[inline]
    fn tidy(&mut self) {
        let numbers = &self.numbers;
        let is_hole = |((_, number), thing): &(Rank, u32)| numbers.get(*thing as usize) != Some(number);
        while self.in_order.front().is_some_and(is_hole) {
            self.in_order.pop_front();
        }
        if 32 < self.in_order.len() && self.count * 2 < self.in_order.len() as u64 {
            self.in_order.retain(|own| !is_hole(own));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    proptest! {
        #[test]
        fn agrees_with_a_map(steps in prop::collection::vec((0u32..60, 0u64..20, 0u8..4), 0..600)) {
            let (mut table, mut model) = (Timetable::default(), BTreeMap::new());
            for (number, (thing, ahead, step)) in (1..).zip(steps) {
                // Mostly later than all before.
                let rank = (number + ahead, number);
                if step == 0 {
                    table.clear(thing);
                    model.remove(&thing);
                } else {
                    table.set(thing, rank);
                    model.insert(thing, rank);
                }
                let first = model.iter().map(|(thing, rank)| (*rank, *thing)).min();
                prop_assert_eq!(table.first(), first);
                let holes = table.in_order.len() as u64 - table.count;
                prop_assert!(holes <= 32 || holes <= table.count);
            }
        }
    }
}
