//! What waits for a time of its own.
//!
//! Times mostly come in order, since most things wait equally long: those are kept as a first-in, first-out store
//! whose clones are cheap. Only what is due before something that was put in earlier is ranked.

use crate::time::Time;

use super::ranking::Ranking;
use super::slab::Slab;
use super::store::Store;

/// Things that are due at times, in order of time, then of being put in.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Agenda<T: Copy> {
    in_order: Store<(Time, u64, T)>,
    early: Slab<T>,
    /// When those are due, and their numbers.
    ranks: Ranking,
    latest: Time,
    count: u64,
    /// When the first is due.
    first: Time,
}

impl<T: Copy> Default for Agenda<T> {
    fn default() -> Agenda<T> {
        let (in_order, early, ranks) = (Store::default(), Slab::default(), Ranking::default());
        Agenda { in_order, early, ranks, latest: Time::ZERO, count: 0, first: Time::MAX }
    }
}

impl<T: Copy> Agenda<T> {
    #[inline]
    pub(crate) fn len(&self) -> u64 {
        self.in_order.len() + self.early.len()
    }

    /// Puts in what is due at `time`.
    pub(crate) fn push(&mut self, time: Time, thing: T) {
        self.count += 1;
        self.first = self.first.min(time);
        if self.latest <= time {
            self.latest = time;
            self.in_order.push_back((time, self.count, thing));
        } else {
            let place = self.early.insert(thing);
            self.ranks.set(place, (time.as_nanos(), self.count));
        }
    }

    /// When the first is due; at the end of time if there is none.
    #[inline]
    pub(crate) fn first(&self) -> Time {
        self.first
    }

    fn look(&self) -> Time {
        let in_order = self.in_order.front().map_or(Time::MAX, |(time, ..)| *time);
        let early = self.ranks.first().map_or(Time::MAX, |((time, _), _)| Time::from_nanos(time));
        in_order.min(early)
    }

    /// Takes out the first of those that are due at `now` or before.
    pub(crate) fn pop_due(&mut self, now: Time) -> Option<T> {
        const NONE: (u64, u64) = (u64::MAX, u64::MAX);
        if now < self.first {
            return None;
        }
        let in_order = self.in_order.front().map_or(NONE, |(time, number, _)| (time.as_nanos(), *number));
        let taken = match self.ranks.first() {
            Some((rank, place)) if rank < in_order => {
                self.ranks.clear(place);
                self.early.remove(place)
            }
            Some(_) | None => self.in_order.pop_front().map(|(_, _, thing)| thing),
        };
        self.first = self.look();
        taken
    }

    /// One of those that wait: the first that came in order, if any did.
    pub(crate) fn any(&self) -> Option<&T> {
        match self.in_order.front() {
            Some((_, _, thing)) => Some(thing),
            None => self.early.get(self.ranks.first()?.1),
        }
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
                prop_assert_eq!(agenda.first(), model.first().map_or(Time::MAX, |(time, _)| *time));
                prop_assert_eq!(agenda.any().is_some(), !model.is_empty());
                prop_assert_eq!(agenda.len(), model.len() as u64);
            }
            prop_assert_eq!(agenda.drain(), model.into_iter().map(|(_, number)| number).collect::<Vec<_>>());
        }
    }
}
