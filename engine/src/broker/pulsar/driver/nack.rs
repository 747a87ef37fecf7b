//! Negative acks and ack timeouts: the client asks for messages again.
//!
//! A negative ack is kept in the client for its delay and looked at every third of that, so it may be late by as much. It
//! is lost with the client, whose connection tells the broker at once.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::mechanism::shell_sort;

use super::consumer::Held;
use super::plan::NackDelay;
use super::{Failure, Line, Pulsar, PulsarDriver, Request, Task, Time, Type, WorkerId};

/// No delay is shorter.
const LEAST: Duration = Duration::from_millis(100);

/// What is to be asked for again, and when.
#[derive(Clone, PartialEq, Hash, Debug, Default)]
pub(super) struct Nacks {
    due: BTreeSet<(Time, u32)>,
    held: Vec<(u32, Held)>,
    count: u32,
    /// Whether it is known when to look.
    armed: bool,
}

impl Nacks {
    fn put(&mut self, at: Time, held: Held) {
        self.count = self.count.wrapping_add(1);
        self.due.insert((at, self.count));
        self.held.push((self.count, held));
    }

    fn pop_due(&mut self, now: Time) -> Option<Held> {
        let (_, number) = self.due.first().copied().filter(|(at, _)| *at <= now)?;
        self.due.pop_first();
        let place = self.held.binary_search_by_key(&number, |(own, _)| *own).ok()?;
        Some(self.held.remove(place).1)
    }

    /// Forgets what came from one consumer.
    pub(super) fn forget(&mut self, input: u16) {
        self.held.retain(|(_, held)| held.input != input);
        let held = &self.held;
        self.due.retain(|(_, number)| held.binary_search_by_key(number, |(own, _)| *own).is_ok());
    }
}

impl NackDelay {
    /// The delay before what was redelivered so often is redelivered once more.
    pub(super) fn after(&self, redeliveries: u32) -> Duration {
        let Some((most, factor)) = self.backoff else { return self.delay.max(LEAST) };
        let (mut seconds, most) = (self.delay.as_secs_f64(), most.as_secs_f64());
        for _ in 0..redeliveries.min(64) {
            if most <= seconds {
                break;
            }
            seconds *= factor.0;
        }
        Duration::from_nanos((seconds.min(most) * 1e9) as u64).max(LEAST)
    }

    /// How often the client looks.
    fn period(&self) -> Duration {
        self.after(0) / 3
    }
}

impl PulsarDriver {
    /// A worker gives up on a message.
    pub(super) fn fails(&mut self, worker: WorkerId, failure: Failure, line: &mut impl Line<Pulsar>) {
        let Some(held) = self.worker(worker).hand.take() else { return };
        if held.is_alone() {
            // There is nobody to ask for it again.
            return super::consumer::moves(&held, super::Place::Lost, super::Cause::Reject, line);
        }
        let retry = self.plan.pool(worker).is_some_and(|pool| pool.retry);
        match failure {
            Failure::ForGood => self.bury(worker, held, line),
            Failure::Later(wait) if retry => self.reconsume_later(worker, held, wait, line),
            Failure::Again | Failure::Later(_) => self.negative_ack(worker, held, line),
        }
    }

    fn negative_ack(&mut self, worker: WorkerId, held: Held, line: &mut impl Line<Pulsar>) {
        let Some(nack) = self.plan.pool(worker).map(|pool| pool.nack) else { return };
        let now = line.now();
        let own = self.worker(worker);
        own.nacks.put(now + nack.after(held.redeliveries), held);
        if !own.nacks.armed {
            own.nacks.armed = true;
            self.tasks.push(now + nack.period(), Task::Nacks(worker));
        }
    }

    /// What was given back long enough ago is asked for again.
    pub(super) fn fire_nacks(&mut self, worker: WorkerId, line: &mut impl Line<Pulsar>) {
        let now = line.now();
        let Some(nack) = self.plan.pool(worker).map(|pool| pool.nack) else { return };
        let mut due = Vec::new();
        let own = self.worker(worker);
        while let Some(held) = own.nacks.pop_due(now) {
            due.push(held);
        }
        own.nacks.armed = !own.nacks.due.is_empty();
        if own.nacks.armed {
            self.tasks.push(now + nack.period(), Task::Nacks(worker));
        }
        self.redeliver(worker, due, line);
    }

    /// A worker has had a message for too long. It goes on with it, but the message is asked for again.
    pub(super) fn took_too_long(&mut self, worker: WorkerId, serial: u32, line: &mut impl Line<Pulsar>) {
        let own = self.worker(worker);
        if own.serial == serial
            && let Some(held) = own.hand.filter(|held| !held.is_alone())
        {
            self.redeliver(worker, vec![held], line);
        }
    }

    /// Asks for messages again; those that were redelivered too often are dead letters instead.
    fn redeliver(&mut self, worker: WorkerId, due: Vec<Held>, line: &mut impl Line<Pulsar>) {
        let Some(pool) = self.plan.pool(worker) else { return };
        let (shares, most) = (matches!(pool.kind, Type::Shared | Type::KeyShared), pool.redeliveries);
        let mut again: Vec<(u16, u64)> = Vec::new();
        for held in due {
            if most.is_some_and(|most| most <= held.redeliveries) {
                self.bury(worker, held, line);
            } else {
                again.push((held.input, held.place));
            }
        }
        shell_sort::sort(&mut again);
        again.dedup();
        for input in 0..self.worker(worker).inputs.len() as u16 {
            let entries: Vec<u64> =
                again.iter().filter(|(own, _)| *own == input).map(|(_, entry)| *entry).collect();
            if !entries.is_empty() {
                self.redeliver_from(worker, input, (entries, shares), line);
            }
        }
    }

    fn redeliver_from(
        &mut self,
        worker: WorkerId,
        input: u16,
        (entries, shares): (Vec<u64>, bool),
        line: &mut impl Line<Pulsar>,
    ) {
        let own = self.worker(worker);
        let Some(consumer) = own.inputs[usize::from(input)].consumer else { return };
        // What of it is still in the queue comes again.
        let before = own.queue.len();
        let again = |held: &Held| held.input == input && (!shares || entries.contains(&held.place));
        own.queue.retain(|held| !again(held));
        let taken = before - own.queue.len();
        own.batches.retain(|(own, entry), _| *own != input || shares && !entries.contains(entry));
        let request = if shares {
            Request::Redeliver(consumer, entries)
        } else {
            // Single messages cannot be redelivered: the cursor is rewound.
            let own = &mut own.inputs[usize::from(input)];
            own.epoch = own.epoch.wrapping_add(1);
            Request::RedeliverAll(consumer, own.epoch)
        };
        self.ask(Self::client(worker), request, line);
        for _ in 0..taken {
            self.takes(worker, input, line);
        }
        self.advance(worker, line);
    }
}
