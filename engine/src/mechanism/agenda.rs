//! What waits for a time of its own.
//!
//! Times mostly come in order, since most things wait equally long: those are kept as a first-in, first-out store
//! whose clones are cheap. Only what is due before something that was put in earlier is kept in a tree.

use std::collections::BTreeMap;

use crate::time::Time;

use super::store::Store;

/// Things that are due at times, in order of time, then of being put in.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Agenda<T: Copy> {
    in_order: Store<(Time, u64, T)>,
    early: BTreeMap<(Time, u64), T>,
    latest: Time,
    count: u64,
}

impl<T: Copy> Default for Agenda<T> {
    fn default() -> Agenda<T> {
        Agenda { in_order: Store::default(), early: BTreeMap::new(), latest: Time::ZERO, count: 0 }
    }
}

impl<T: Copy> Agenda<T> {
    pub(crate) fn len(&self) -> u64 {
        self.in_order.len() + self.early.len() as u64
    }

    /// Puts in what is due at `time`.
    pub(crate) fn push(&mut self, time: Time, thing: T) {
        self.count += 1;
        if self.latest <= time {
            self.latest = time;
            self.in_order.push_back((time, self.count, thing));
        } else {
            self.early.insert((time, self.count), thing);
        }
    }

    /// When the first is due.
    #[inline]
    pub(crate) fn first(&self) -> Option<Time> {
        let in_order = self.in_order.front().map(|(time, ..)| *time);
        let early = self.early.first_key_value().map(|((time, _), _)| *time);
        in_order.into_iter().chain(early).min()
    }

    /// Takes out the first of those that are due at `now` or before.
    pub(crate) fn pop_due(&mut self, now: Time) -> Option<T> {
        let in_order = self.in_order.front().map(|(time, number, _)| (*time, *number));
        let early = self.early.first_key_value().map(|(key, _)| *key);
        let first = in_order.into_iter().chain(early).min().filter(|(time, _)| *time <= now)?;
        if early == Some(first) {
            return self.early.pop_first().map(|(_, thing)| thing);
        }
        self.in_order.pop_front().map(|(_, _, thing)| thing)
    }

    /// All that wait, in no particular order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &T> {
        self.in_order.iter().map(|(_, _, thing)| thing).chain(self.early.values())
    }

    /// Takes all out, in order of time.
    pub(crate) fn drain(&mut self) -> Vec<T> {
        let mut all = Vec::new();
        while let Some(thing) = self.pop_due(Time::MAX) {
            all.push(thing);
        }
        self.latest = Time::ZERO;
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn comes_out_in_order_of_time_then_of_being_put_in(
            steps in prop::collection::vec((0u64..50, any::<bool>()), 0..400)
        ) {
            let (mut agenda, mut model) = (Agenda::default(), Vec::new());
            for (number, (time, put)) in steps.into_iter().enumerate() {
                let time = Time::from_secs(time);
                if put {
                    agenda.push(time, number);
                    model.push((time, number));
                    model.sort();
                } else {
                    let due = model.first().copied().filter(|(due, _)| *due <= time);
                    if due.is_some() {
                        model.remove(0);
                    }
                    prop_assert_eq!(agenda.pop_due(time), due.map(|(_, number)| number));
                }
                prop_assert_eq!(agenda.first(), model.first().map(|(time, _)| *time));
                prop_assert_eq!(agenda.len(), model.len() as u64);
            }
            prop_assert_eq!(agenda.drain(), model.into_iter().map(|(_, number)| number).collect::<Vec<_>>());
        }
    }
}
