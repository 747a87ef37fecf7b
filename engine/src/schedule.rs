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

/// Where a timer stands that is not set.
const ABSENT: u32 = u32::MAX;
/// Where the timer stands that goes off next.
const FRONT: u32 = u32::MAX - 1;

/// Timers are numbered with so many bits. What is left for the order of scheduling is enough for 10 days of computing.
const TIMER_BITS: u32 = 18;
const CLASS_SHIFT: u32 = 62;

/// What sorts first is on top: 64 bits of time; 2 of class, 44 of order of scheduling, 18 of the timer's number.
///
/// One number and no structure: to compare two is no branch, where which event is next nobody can predict, and
/// a number is passed on in registers.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
struct Entry(u128);

impl Entry {
    /// In place of an entry: later than all.
    const NONE: Entry = Entry(u128::MAX);

    #[inline(always)]
    fn new(at: Time, class: Class, order: u64, timer: Timer) -> Entry {
        let rank = (class as u64) << CLASS_SHIFT | order << TIMER_BITS | u64::from(timer.0);
        Entry(u128::from(at.as_nanos()) << 64 | u128::from(rank))
    }

    #[inline(always)]
    fn at(self) -> Time {
        Time::from_nanos((self.0 >> 64) as u64)
    }

    #[inline(always)]
    fn timer(self) -> Timer {
        Timer(self.0 as u32 & ((1 << TIMER_BITS) - 1))
    }

    /// No entry has this rank: there are three classes.
    #[inline(always)]
    fn is_none(self) -> bool {
        self.0 as u64 == u64::MAX
    }
}

/// What goes off next, and behind it a binary heap of timers that knows where in the heap each timer stands.
///
/// Who is popped is nearly always set again at once. So a pop leaves the front empty; what is set then is held
/// against the top of the heap, and the earlier of the two becomes the front. [`Schedule::close`] takes the top if
/// nothing was set.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Schedule {
    /// Not later than any of `heap`. Between two events there is none only if there is none at all.
    front: Entry,
    heap: Vec<Entry>,
    /// For each timer its index in `heap`, or [`FRONT`], or [`ABSENT`].
    place: Vec<u32>,
    scheduled: u64,
}

impl Default for Schedule {
    fn default() -> Schedule {
        Schedule { front: Entry::NONE, heap: Vec::new(), place: Vec::new(), scheduled: 0 }
    }
}

impl Schedule {
    /// A new timer, not set.
    pub(crate) fn timer(&mut self) -> Timer {
        self.place.push(ABSENT);
        debug_assert!(self.place.len() < 1 << TIMER_BITS, "more timers than there are numbers for");
        Timer(self.place.len() as u32 - 1)
    }

    /// Sets `timer` to go off at `at`, in place of what it was set to.
    #[inline(always)]
    pub(crate) fn set(&mut self, timer: Timer, class: Class, at: Time) {
        let entry = Entry::new(at, class, self.scheduled, timer);
        self.scheduled += 1;
        if self.front.is_none() && self.place[timer.index()] == ABSENT {
            self.put_in_front(entry);
        } else {
            self.insert(entry);
        }
    }

    /// Takes `timer` off the list, if it is on it.
    pub(crate) fn cancel(&mut self, timer: Timer) {
        let place = std::mem::replace(&mut self.place[timer.index()], ABSENT);
        if place == FRONT {
            self.front = Entry::NONE;
            self.close();
        } else if place != ABSENT {
            self.remove(place as usize);
        }
    }

    /// What goes off next. Not to be asked between a pop and its [`Schedule::close`].
    #[inline]
    pub(crate) fn next(&self) -> Option<(Time, Timer)> {
        (!self.front.is_none()).then(|| (self.front.at(), self.front.timer()))
    }

    /// Takes the next entry off the list if it is due at `limit` or earlier; `limit` is before [`Time::MAX`].
    #[inline(always)]
    pub(crate) fn pop_until(&mut self, limit: Time) -> Option<(Time, Timer)> {
        debug_assert!(limit < Time::MAX, "what is never due must not be popped");
        let (at, timer) = (self.front.at(), self.front.timer());
        if limit < at {
            return None;
        }
        self.front = Entry::NONE;
        self.place[timer.index()] = ABSENT;
        Some((at, timer))
    }

    /// Fills the front that a pop left empty, if nothing was set since.
    #[inline(always)]
    pub(crate) fn close(&mut self) {
        if self.front.is_none() {
            self.take_top();
        }
    }

    fn take_top(&mut self) {
        if let Some(&top) = self.heap.first() {
            self.front = top;
            self.place[top.timer().index()] = FRONT;
            self.remove(0);
        }
    }

    /// Puts `entry`, whose timer is not set, or the top of the heap into the empty front.
    #[inline(always)]
    fn put_in_front(&mut self, entry: Entry) {
        let first = match self.heap.first() {
            Some(&top) if top < entry => {
                if self.heap.len() == 1 {
                    self.put(0, entry);
                } else {
                    self.sink(0, entry);
                }
                top
            }
            _ => entry,
        };
        self.place[first.timer().index()] = FRONT;
        self.front = first;
    }

    /// Puts in an entry whose timer may be set already.
    #[inline(never)]
    fn insert(&mut self, entry: Entry) {
        self.cancel(entry.timer());
        if self.front.is_none() {
            self.put_in_front(entry);
            return;
        }
        let mut later = entry;
        if entry < self.front {
            later = std::mem::replace(&mut self.front, entry);
            self.place[entry.timer().index()] = FRONT;
        }
        self.heap.push(later);
        self.rise(self.heap.len() - 1, later);
    }

    /// Takes what stands at `place` out of the heap.
    fn remove(&mut self, place: usize) {
        let last = self.heap.pop().expect("a place in the heap");
        if place == self.heap.len() {
            return;
        }
        if 0 < place && last < self.heap[(place - 1) / 2] {
            self.rise(place, last);
        } else {
            self.sink(place, last);
        }
    }

    fn rise(&mut self, mut place: usize, entry: Entry) {
        while 0 < place {
            let parent = (place - 1) / 2;
            if self.heap[parent] < entry {
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
                && right < child
            {
                child = right;
                next = left + 1;
            }
            if entry < *child {
                break;
            }
            self.put(place, *child);
            place = next;
        }
        self.put(place, entry);
    }

    #[inline(always)]
    fn put(&mut self, place: usize, entry: Entry) {
        self.heap[place] = entry;
        self.place[entry.timer().index()] = place as u32;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulation::END;
    use proptest::prelude::*;

    fn drain(schedule: &mut Schedule) -> Vec<(u64, u32)> {
        let pop = || {
            let popped = schedule.pop_until(END);
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
