//! Acknowledgements: of single messages or of all up to one, and sent in groups.

use std::time::Duration;

use super::consumer::Held;
use super::{Line, Position, Positions, Pulsar, PulsarDriver, Request, Task, WorkerId};

/// A group of acknowledgements is sent when it has so many.
const GROUP: u64 = 1000;

impl PulsarDriver {
    /// A worker is done with a message.
    #[inline]
    pub(super) fn acknowledge(&mut self, worker: WorkerId, held: Held, line: &mut impl Line<Pulsar>) {
        if let Some(position) = self.acked(worker, &held) {
            self.acks(worker, held.input, position, line);
        }
    }

    /// What that acknowledges, if anything: a batch is acknowledged when all of its messages are, unless broker and client
    /// keep account of each.
    #[inline]
    pub(super) fn acked(&mut self, worker: WorkerId, held: &Held) -> Option<Position> {
        if held.is_alone() {
            return None;
        }
        let entry = held.place;
        if held.batch == 0 {
            return Some(Position { entry, index: None });
        }
        let pool = self.plan.pool(worker)?;
        if pool.cumulative {
            // Up to the last of the batch, or else up to the batch before.
            let is_last = held.index + 1 == held.batch;
            let entry = if is_last { Some(entry) } else { entry.checked_sub(1) };
            return entry.map(|entry| Position { entry, index: None });
        }
        if pool.batch_index {
            return Some(Position { entry, index: Some(held.index) });
        }
        let own = self.worker(worker);
        let size = usize::from(held.batch);
        let bits = own.batches.entry((held.input, entry)).or_insert_with(|| vec![0; size.div_ceil(64)]);
        if let Some(word) = bits.get_mut(usize::from(held.index) / 64) {
            *word |= 1 << (held.index % 64);
        }
        let acked: u32 = bits.iter().map(|word| word.count_ones()).sum();
        if (acked as usize) < size {
            return None;
        }
        own.batches.remove(&(held.input, entry));
        Some(Position { entry, index: None })
    }

    /// Puts an acknowledgement into the group.
    #[inline]
    fn acks(&mut self, worker: WorkerId, input: u16, position: Position, line: &mut impl Line<Pulsar>) {
        let Some(pool) = self.plan.pool(worker) else { return };
        let (group, cumulative) = (pool.ack_group, pool.cumulative);
        let own = self.worker(worker);
        let Some(input) = own.inputs.get_mut(usize::from(input)) else { return };
        if cumulative {
            // The latest is enough.
            own.grouped -= input.acks.len() as u64;
            input.acks.clear();
        }
        input.acks.push(position);
        own.grouped += 1;
        self.has_grouped(worker, group, line);
    }

    /// A group has become larger: it is sent if it is large enough, and else when its time is over.
    #[inline]
    pub(super) fn has_grouped(&mut self, worker: WorkerId, group: Duration, line: &mut impl Line<Pulsar>) {
        let own = &mut self.workers[usize::from(worker.0)];
        if group.is_zero() || GROUP <= own.grouped {
            self.send_acks(worker, line);
        } else if !own.acks_armed {
            own.acks_armed = true;
            self.tasks.push(line.now() + group, Task::Acks(worker));
        }
    }

    /// Sends the group.
    pub(super) fn send_acks(&mut self, worker: WorkerId, line: &mut impl Line<Pulsar>) {
        let cumulative = self.plan.pool(worker).is_some_and(|pool| pool.cumulative);
        let own = self.worker(worker);
        own.acks_armed = false;
        if std::mem::take(&mut own.grouped) == 0 {
            return;
        }
        for input in 0..own.inputs.len() {
            let own = &mut self.worker(worker).inputs[input];
            // The next group is about as large.
            let room = Vec::with_capacity(own.acks.len());
            let all = std::mem::replace(&mut own.acks, room);
            let Some(consumer) = own.consumer else { continue };
            let request = match all[..] {
                [] => continue,
                [.., last] if cumulative => Request::AckThrough(consumer, last.entry),
                [one] => Request::Ack(consumer, Positions::One(one)),
                _ => Request::Ack(consumer, Positions::Many(all)),
            };
            self.ask(Self::client(worker), request, line);
        }
    }
}
