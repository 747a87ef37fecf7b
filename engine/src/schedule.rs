//! The future event list: one timer for each thing that can happen next.
//!
//! An agent (a producer, a link, a worker, the script) owns a timer and has at most one event
//! outstanding on it: setting it again moves it, and it can be canceled. So the list is as
//! long as there are agents, never as long as there are messages.
//!
//! It pops by time; at one instant completions come first, then arrivals, then commands, each
//! in the order in which they were scheduled (plain-queue rule).

use crate::time::Time;

/// An agent's place in the list.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Timer(u32);

impl Timer {
    /// How many timers were made before it.
    #[inline]
    pub(crate) fn index(self) -> usize {
        self.0 as usize
    }
}

/// What goes first among events of one instant.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Class {
    /// What is due in the system by itself.
    Timeout = 0,
    Completion = 1,
    Arrival = 2,
    Command = 3,
}

const ABSENT: u32 = u32::MAX;
const SEQUENCE_BITS: u32 = 62;

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
struct Entry {
    at: Time,
    /// The class in the two top bits, below it the order of scheduling.
    rank: u64,
    timer: Timer,
}

impl Entry {
    #[inline]
    fn is_before(&self, other: &Entry) -> bool {
        (self.at, self.rank) < (other.at, other.rank)
    }
}

/// A binary heap of timers that knows where in the heap each timer stands.
///
/// Who is popped is nearly always set again at once. So a pop leaves a gap at the top, which the
/// next entry fills; [`Schedule::close`] closes it when there was none.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub(crate) struct Schedule {
    heap: Vec<Entry>,
    /// For each timer its index in `heap`, or [`ABSENT`].
    place: Vec<u32>,
    scheduled: u64,
    /// Whether the first of `heap` was popped. Never between two events.
    gap: bool,
}

impl Schedule {
    /// A new timer, not set.
    pub(crate) fn timer(&mut self) -> Timer {
        self.place.push(ABSENT);
        Timer(self.place.len() as u32 - 1)
    }

    /// Sets `timer` to go off at `at`, in place of what it was set to.
    #[inline]
    pub(crate) fn set(&mut self, timer: Timer, class: Class, at: Time) {
        let rank = (class as u64) << SEQUENCE_BITS | self.scheduled;
        self.scheduled += 1;
        let entry = Entry { at, rank, timer };
        if self.place[timer.index()] != ABSENT {
            self.close();
            self.settle(self.place[timer.index()] as usize, entry);
        } else if self.gap {
            self.gap = false;
            self.sink(0, entry);
        } else {
            self.heap.push(entry);
            self.rise(self.heap.len() - 1, entry);
        }
    }

    /// Takes `timer` off the list, if it is on it.
    pub(crate) fn cancel(&mut self, timer: Timer) {
        self.close();
        let place = self.place[timer.index()];
        if place != ABSENT {
            self.place[timer.index()] = ABSENT;
            self.remove(place as usize);
        }
    }

    /// What goes off next. Not to be asked between a pop and its [`Schedule::close`].
    #[inline]
    pub(crate) fn next(&self) -> Option<(Time, Timer)> {
        debug_assert!(!self.gap, "the gap is closed after each event");
        self.heap.first().map(|entry| (entry.at, entry.timer))
    }

    /// Takes the next entry off the list if it is due at `limit` or earlier.
    #[inline]
    pub(crate) fn pop_until(&mut self, limit: Time) -> Option<(Time, Timer)> {
        debug_assert!(!self.gap, "the gap is closed after each event");
        let entry = self.heap.first()?;
        if limit < entry.at {
            return None;
        }
        self.gap = true;
        self.place[entry.timer.index()] = ABSENT;
        Some((entry.at, entry.timer))
    }

    /// Closes the gap that a pop left, if nothing was set since.
    #[inline]
    pub(crate) fn close(&mut self) {
        if self.gap {
            self.gap = false;
            self.remove(0);
        }
    }

    #[inline]
    fn remove(&mut self, place: usize) {
        let last = self.heap.pop().expect("a place in the heap");
        if place < self.heap.len() {
            self.settle(place, last);
        }
    }

    /// Puts `entry` at `place` or wherever up or down the heap it belongs.
    #[inline]
    fn settle(&mut self, place: usize, entry: Entry) {
        if 0 < place && entry.is_before(&self.heap[(place - 1) / 2]) {
            self.rise(place, entry);
        } else {
            self.sink(place, entry);
        }
    }

    #[inline]
    fn rise(&mut self, mut place: usize, entry: Entry) {
        while 0 < place {
            let parent = (place - 1) / 2;
            if !entry.is_before(&self.heap[parent]) {
                break;
            }
            self.put(place, self.heap[parent]);
            place = parent;
        }
        self.put(place, entry);
    }

    #[inline]
    fn sink(&mut self, mut place: usize, entry: Entry) {
        loop {
            let left = 2 * place + 1;
            let Some(mut child) = self.heap.get(left) else { break };
            let mut next = left;
            if let Some(right) = self.heap.get(left + 1)
                && right.is_before(child)
            {
                child = right;
                next = left + 1;
            }
            if !child.is_before(&entry) {
                break;
            }
            self.put(place, *child);
            place = next;
        }
        self.put(place, entry);
    }

    #[inline]
    fn put(&mut self, place: usize, entry: Entry) {
        self.heap[place] = entry;
        self.place[entry.timer.index()] = place as u32;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn drain(schedule: &mut Schedule) -> Vec<(u64, u32)> {
        let pop = || {
            let popped = schedule.pop_until(Time::MAX);
            schedule.close();
            popped
        };
        std::iter::from_fn(pop).map(|(at, timer)| (at.as_nanos(), timer.0)).collect()
    }

    #[test]
    fn pops_by_time_then_class_then_order_of_scheduling() {
        let mut schedule = Schedule::default();
        let timers: Vec<Timer> = (0..5).map(|_| schedule.timer()).collect();
        schedule.set(timers[0], Class::Command, Time::from_nanos(5));
        schedule.set(timers[1], Class::Arrival, Time::from_nanos(5));
        schedule.set(timers[2], Class::Completion, Time::from_nanos(5));
        schedule.set(timers[3], Class::Arrival, Time::from_nanos(5));
        schedule.set(timers[4], Class::Command, Time::from_nanos(4));
        assert_eq!(drain(&mut schedule), [(4, 4), (5, 2), (5, 1), (5, 3), (5, 0)]);
    }

    #[test]
    fn leaves_what_is_due_later() {
        let mut schedule = Schedule::default();
        let timer = schedule.timer();
        schedule.set(timer, Class::Arrival, Time::from_nanos(5));
        assert_eq!(schedule.pop_until(Time::from_nanos(4)), None);
        assert_eq!(schedule.pop_until(Time::from_nanos(5)), Some((Time::from_nanos(5), timer)));
    }

    proptest! {
        /// Against the plainest model there is: a list sorted anew each time.
        #[test]
        fn agrees_with_a_sorted_list(steps in prop::collection::vec((0u32..8, 0u8..4, 0u64..20), 1..200)) {
            let mut schedule = Schedule::default();
            let timers: Vec<Timer> = (0..8).map(|_| schedule.timer()).collect();
            let mut model: Vec<(u64, u8, usize, u32)> = Vec::new();
            for (order, (timer, what, at)) in steps.into_iter().enumerate() {
                model.retain(|entry| entry.3 != timer);
                let class = match what {
                    0 => Class::Completion,
                    1 => Class::Arrival,
                    2 => Class::Command,
                    _ => {
                        schedule.cancel(timers[timer as usize]);
                        continue;
                    }
                };
                schedule.set(timers[timer as usize], class, Time::from_nanos(at));
                model.push((at, what, order, timer));
            }
            model.sort_unstable();
            let expected: Vec<(u64, u32)> = model.iter().map(|entry| (entry.0, entry.3)).collect();
            prop_assert_eq!(drain(&mut schedule), expected);
        }
    }
}
