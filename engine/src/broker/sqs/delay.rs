//! Delayed: sent, and not visible before its time.
//!
//! On a standard queue the time is fixed when a message is sent. On a FIFO queue it is the queue's `DelaySeconds` as
//! it is now, also for messages that were sent before it was changed; only what was received once stays visible.

use crate::journal::{Cause, Place};
use crate::mechanism::shell_sort;
use crate::time::Time;

use super::Out;
use super::queue::Queue;
use super::settings::Settings;
use super::stored::{Stored, after};

/// A message that is delayed.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) struct Delayed {
    pub(super) stored: Stored,
    pub(super) until: Time,
}

impl Queue {
    /// Keeps a message back for `delay` seconds since it was sent.
    #[inline(never)]
    pub(super) fn delay(&mut self, stored: Stored, delay: u32) {
        self.keep_back(Delayed { stored, until: after(stored.sent, delay) });
    }

    fn keep_back(&mut self, delayed: Delayed) {
        let end = delayed.until.min(self.expires(delayed.stored.sent));
        self.delayed.push(end, delayed);
        self.is_due(end);
    }

    /// Makes visible whose delay is over.
    pub(super) fn end_delays(&mut self, settings: &Settings, out: &mut impl Out) {
        let now = out.now();
        while let Some(Delayed { stored, .. }) = self.delayed.pop_due(now) {
            if self.expires(stored.sent) <= now {
                self.expire(&stored, Place::Delayed, out);
            } else {
                self.record(stored.message.id, Place::Delayed, Place::Waiting, Cause::Delay, out);
                self.show(&Stored { visible: now, ..stored }, settings);
            }
        }
    }

    /// Sorts anew what is delayed, after a change of the retention period or, on a FIFO queue, of the delay.
    pub(super) fn delay_anew(&mut self, settings: &Settings, out: &mut impl Out) {
        let fifo_delay = self.is_fifo().then_some(self.attributes.delay_seconds);
        let mut all = self.delayed.drain();
        if let Some(delay) = fifo_delay {
            let mut early = self.take_early(delay, out.now());
            early.iter().for_each(|stored| {
                self.record(stored.message.id, Place::Waiting, Place::Delayed, Cause::Delay, out);
            });
            shell_sort::sort_by(&mut early, |one, other| one.rank() < other.rank());
            let early = early.into_iter().map(|stored| Delayed { stored, until: stored.sent });
            all = early.chain(all).collect();
        }
        for Delayed { stored, until } in all {
            let until = fifo_delay.map_or(until, |delay| after(stored.sent, delay));
            self.keep_back(Delayed { stored, until });
        }
        self.end_delays(settings, out);
    }

    /// Takes out what is visible, was never received, and would not be visible yet with this delay.
    fn take_early(&mut self, delay: u32, now: Time) -> Vec<Stored> {
        let mut taken = Vec::new();
        for number in 0..self.lanes.len() as u32 {
            let kept: Vec<Stored> = std::iter::from_fn(|| self.pop(number)).collect();
            let is_early = |own: &Stored| own.receives == 0 && now < after(own.sent, delay);
            let (early, kept) = kept.into_iter().partition::<Vec<_>, _>(is_early);
            taken.extend(early);
            self.lanes[number as usize].restart();
            for stored in kept {
                self.put(number, &stored);
            }
            self.refile(number);
        }
        taken
    }
}
