//! How many a second, over the last minute of virtual time.

use std::hash::{Hash, Hasher};

use crate::time::Time;

/// Slots of closed time that are kept.
const SLOTS: usize = 600;
/// The length of a slot: a minute is [`SLOTS`] of them.
pub(super) const SLOT: u64 = 100_000_000;
const MINUTE: u64 = SLOT * SLOTS as u64;

/// Counts events, and tells their rate over the last minute, or over the time so far if that is shorter.
///
/// Events are counted in slots of 100 ms. Of the oldest slot, which the minute covers only in part, that part is
/// counted: so the rate is exact but for where in that slot its events were. Only [`Rate::record`] changes
/// anything: reading, as often and as late as one likes, does not.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Rate {
    total: u64,
    /// The number of the slot that is open, counted from the start of time.
    open: u64,
    /// Where it ends, in nanoseconds.
    ends: u64,
    /// What `total` was when it was opened: those since are in it.
    before: u64,
    /// Events in the slots before it: slot `s` is at `s` modulo [`SLOTS`].
    closed: Box<[u32; SLOTS]>,
    /// The sum of those.
    sum: u64,
}

impl Default for Rate {
    fn default() -> Rate {
        Rate { total: 0, open: 0, ends: SLOT, before: 0, closed: Box::new([0; SLOTS]), sum: 0 }
    }
}

impl Rate {
    /// One event at `at`, which is not before the last one.
    pub fn record(&mut self, at: Time) {
        self.reach(at);
        self.count();
    }

    /// Opens the slot that `at` is in.
    pub(super) fn reach(&mut self, at: Time) {
        if self.ends <= at.as_nanos() {
            self.open_slot_at(at);
        }
    }

    /// One event in the slot that is open.
    #[inline(always)]
    pub(super) fn count(&mut self) {
        self.total += 1;
    }

    /// Events in the slot that is open.
    pub(super) fn current(&self) -> u32 {
        u32::try_from(self.total - self.before).unwrap_or(u32::MAX)
    }

    /// Events since the start.
    pub fn total(&self) -> u64 {
        self.total
    }

    /// Events a second over the minute up to `now`, or since the start if that is less than a minute ago;
    /// 0 at the start. `now` is not before the last event.
    pub fn per_second(&self, now: Time) -> f64 {
        let nanos = now.as_nanos();
        if nanos == 0 {
            return 0.0;
        }
        // The minute has moved on by this many slots since the open one was opened, and left them behind.
        let moved = (nanos / SLOT).saturating_sub(self.open).min(SLOTS as u64 + 1) as usize;
        let oldest = (self.open % SLOTS as u64) as usize;
        let slot = |i: usize| self.closed[(oldest + i) % SLOTS];
        let gone: u64 = (0..moved.min(SLOTS)).map(|i| u64::from(slot(i))).sum();
        // Then comes the slot that the minute covers in part.
        let (partly, fully) = if moved < SLOTS {
            let partly = u64::from(slot(moved));
            (partly, self.sum - gone - partly + u64::from(self.current()))
        } else if moved == SLOTS {
            (u64::from(self.current()), 0)
        } else {
            (0, 0)
        };
        let part = (SLOT - nanos % SLOT) as f64 / SLOT as f64;
        (fully as f64 + partly as f64 * part) / (nanos.min(MINUTE) as f64 / 1e9)
    }

    /// Closes the open slot and opens the one that `at` is in, whatever lies between.
    fn open_slot_at(&mut self, at: Time) {
        let open = at.as_nanos() / SLOT;
        if open == self.open {
            // The last slot of all, which the end of time cuts short.
            return;
        }
        if open - self.open <= SLOTS as u64 {
            self.close(self.open, self.current());
            for empty in self.open + 1..open {
                self.close(empty, 0);
            }
        } else {
            self.closed.fill(0);
            self.sum = 0;
        }
        self.open = open;
        self.ends = (open + 1).saturating_mul(SLOT);
        self.before = self.total;
    }

    /// Puts the count of a slot in the place of that of a minute before.
    fn close(&mut self, slot: u64, count: u32) {
        let place = &mut self.closed[(slot % SLOTS as u64) as usize];
        self.sum = self.sum - u64::from(*place) + u64::from(count);
        *place = count;
    }
}

impl Hash for Rate {
    /// All but what follows from the rest.
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        hasher.write_u64(self.total);
        hasher.write_u64(self.open);
        hasher.write_u32(self.current());
        for (place, &count) in (0_u16..).zip(self.closed.iter()).filter(|&(_, &count)| count != 0) {
            hasher.write_u16(place);
            hasher.write_u32(count);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn millis(millis: u64) -> Time {
        Time::from_nanos(millis * 1_000_000)
    }

    #[test]
    fn is_over_the_time_so_far_at_first() {
        let mut rate = Rate::default();
        assert_eq!(rate.per_second(Time::ZERO), 0.0);
        rate.record(Time::ZERO);
        assert_eq!(rate.per_second(Time::ZERO), 0.0);
        assert_eq!(rate.per_second(millis(500)), 2.0);
        rate.record(millis(500));
        assert_eq!(rate.per_second(millis(4_000)), 0.5);
        assert_eq!(rate.total(), 2);
    }

    #[test]
    fn is_steady_when_the_events_are() {
        let mut rate = Rate::default();
        for event in 1..=100_000 {
            let now = millis(event * 20);
            rate.record(now);
            let measured = rate.per_second(now);
            assert!((measured - 50.0).abs() < 0.1, "{measured} at {now}");
        }
    }

    #[test]
    fn falls_to_nothing_within_a_minute() {
        let mut rate = Rate::default();
        for _ in 0..600 {
            rate.record(millis(30_050));
        }
        assert_eq!(rate.per_second(millis(60_000)), 10.0);
        assert_eq!(rate.per_second(millis(90_000)), 10.0);
        assert_eq!(rate.per_second(millis(90_025)), 7.5);
        assert_eq!(rate.per_second(millis(90_075)), 2.5);
        assert_eq!(rate.per_second(millis(90_100)), 0.0);
        assert_eq!(rate.per_second(Time::MAX), 0.0);
    }

    #[test]
    fn the_end_of_time_is_a_time() {
        let mut rate = Rate::default();
        for _ in 0..120 {
            rate.record(Time::MAX);
        }
        assert_eq!((rate.total(), rate.per_second(Time::MAX)), (120, 2.0));
    }

    /// From a list of all events.
    fn naive(events: &[u64], now: u64) -> f64 {
        let slot = |nanos: u64| (nanos / SLOT) as i64;
        let oldest = slot(now) - SLOTS as i64;
        let part = 1.0 - (now % SLOT) as f64 / SLOT as f64;
        let weight = |&event: &u64| match slot(event).cmp(&oldest) {
            std::cmp::Ordering::Less => 0.0,
            std::cmp::Ordering::Equal => part,
            std::cmp::Ordering::Greater => 1.0,
        };
        events.iter().map(weight).sum::<f64>() / (now.min(MINUTE) as f64 / 1e9)
    }

    fn gap() -> impl Strategy<Value = u64> {
        prop_oneof![
            4 => 0..50_000_000_u64,
            4 => 0..3_000_000_000_u64,
            1 => 59_000_000_000..61_000_000_000_u64,
            1 => 0..10_000_000_000_000_000_u64,
        ]
    }

    proptest! {
        #[test]
        fn agrees_with_a_list_of_all_events(gaps in prop::collection::vec((gap(), gap()), 1..200)) {
            let mut rate = Rate::default();
            let (mut now, mut events) = (0, vec![]);
            for (gap, later) in gaps {
                now += gap;
                events.push(now);
                rate.record(Time::from_nanos(now));
                for read in [now, now + later] {
                    let (measured, expected) = (rate.per_second(Time::from_nanos(read)), naive(&events, read));
                    if read > 0 {
                        prop_assert!((measured - expected).abs() <= 1e-9 * expected, "{measured}, not {expected}");
                    }
                }
            }
            prop_assert_eq!(rate.total(), events.len() as u64);
            prop_assert_eq!(rate.sum, rate.closed.iter().map(|&count| u64::from(count)).sum::<u64>());
        }
    }
}
