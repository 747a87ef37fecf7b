//! `ReceiveMessage`: which messages it takes, and what becomes of them.

use crate::id::WorkerId;
use crate::journal::{Cause, Place, What};
use crate::random::Stream;
use crate::time::Time;

use super::Out;
use super::api::{QueueUrl, ReceiptHandle, Received};
use super::few::Few;
use super::queue::Queue;
use super::settings::Settings;
use super::stored::{Stored, attempt};

/// What a receive asks of a queue, all of it decided.
#[derive(Clone, Copy, Debug)]
pub(super) struct Take {
    pub(super) worker: WorkerId,
    /// At most so many.
    pub(super) max: u32,
    /// Hidden for so many seconds.
    pub(super) timeout: u32,
    /// From these servers, a bit each.
    pub(super) servers: u16,
    /// What was received so often in this queue is a dead letter; [`u32::MAX`] if there is no queue for them.
    pub(super) max_receive_count: u32,
}

/// What a receive leads to, beside its answer.
#[derive(Clone, PartialEq, Hash, Debug, Default)]
pub(super) struct Taken {
    /// Those that were received too often; they have left the queue.
    pub(super) dead: Vec<Stored>,
    /// Copies of what was received that stay visible.
    pub(super) copies: Vec<Stored>,
}

impl Queue {
    /// Takes what a receive gets. A FIFO queue takes as many as it can from one group before it goes to another.
    #[inline]
    pub(super) fn take(
        &mut self,
        take: &Take,
        settings: &Settings,
        random: &mut Stream,
        taken: &mut Taken,
        received: &mut Few<Received>,
        out: &mut impl Out,
    ) {
        let quota = u64::from(settings.in_flight_quota).saturating_sub(self.held.len());
        let room = take.max.min(u32::try_from(quota).unwrap_or(u32::MAX));
        let mut receive = Receiving { take, settings, random, taken, room, now: out.now() };
        while received.len() < room {
            if self.fairness.is_to_be_decided() {
                for tenant in self.fairness.decide(self.held.len()) {
                    self.refile_tenant(tenant);
                }
            }
            let Some(lane) = self.choose(take.servers, settings.scan_window) else { break };
            let last = self.left.saturating_add(settings.scan_window.into());
            let limit = if self.is_fifo() { self.lanes[lane as usize].permits() } else { None };
            // One of a lane, or all that can be taken of a group.
            while let Some(stored) = receive.pick(self, lane) {
                self.take_one(lane, stored, &mut receive, received, out);
                let permitted =
                    |head: &Stored| limit.is_some_and(|limit| head.age() < limit && head.sequence <= last);
                if !self.is_fifo()
                    || received.len() == room
                    || !self.lanes[lane as usize].head().is_some_and(permitted)
                {
                    break;
                }
            }
            self.refile(lane);
        }
        if take.timeout == 0 && !received.is_empty() {
            self.end_timeouts(out);
        }
    }

    #[inline]
    fn take_one(
        &mut self,
        lane: u32,
        mut stored: Stored,
        receive: &mut Receiving<'_>,
        received: &mut Few<Received>,
        out: &mut impl Out,
    ) {
        if receive.take.max_receive_count <= stored.receives_here {
            self.record(stored.message.id, Place::Waiting, Place::Dead, Cause::DeliveryLimit, out);
            self.left += 1;
            receive.taken.dead.push(stored);
            return;
        }
        stored.count_receive(receive.now);
        let handed =
            self.hand_out(lane, &stored, (receive.take.worker, receive.take.timeout, receive.now), out);
        received.push(handed, receive.room);
        if !self.is_fifo() && receive.settings.duplicates.happens(receive.random) {
            receive.taken.copies.push(stored);
        }
    }

    /// Hands a message out to a worker, and hides it for a number of seconds.
    #[inline]
    pub(super) fn hand_out(
        &mut self,
        lane: u32,
        stored: &Stored,
        (worker, timeout, now): (WorkerId, u32, Time),
        out: &mut impl Out,
    ) -> Received {
        out.record(What::Delivered {
            message: stored.message.id,
            store: self.store,
            worker,
            attempt: attempt(stored.receives),
            waited: now.nanos_since(stored.visible),
            begins: false,
        });
        let place = self.hide(lane, stored, timeout, now);
        let handle = ReceiptHandle {
            queue: self.store,
            fifo: self.is_fifo(),
            lane,
            place,
            receive: stored.receives,
            sent: stored.sent,
            sequence: stored.sequence,
        };
        received_of(stored, handle)
    }
}

/// A message as a receive hands it out.
#[inline]
pub(super) fn received_of(stored: &Stored, handle: ReceiptHandle) -> Received {
    Received {
        message: stored.message,
        handle,
        id: stored.id,
        receive_count: stored.receives,
        first_received: stored.first_received,
        visible: stored.visible,
        group: stored.group,
        source: stored.source.map(QueueUrl),
    }
}

/// A receive under way.
struct Receiving<'a> {
    take: &'a Take,
    settings: &'a Settings,
    random: &'a mut Stream,
    taken: &'a mut Taken,
    /// How many it can get.
    room: u32,
    now: Time,
}

impl Receiving<'_> {
    /// The next message of a lane: the oldest, or on a standard queue now and then one of the nine behind it.
    #[inline]
    fn pick(&mut self, queue: &mut Queue, lane: u32) -> Option<Stored> {
        let stored = queue.pop(lane)?;
        if queue.is_fifo() || !self.settings.reorder.happens(self.random) {
            return Some(stored);
        }
        Some(self.pass_over(queue, lane, stored))
    }

    #[cold]
    #[inline(never)]
    fn pass_over(&mut self, queue: &mut Queue, lane: u32, oldest: Stored) -> Stored {
        let mut passed = vec![oldest];
        for _ in 0..=self.random.below(9) {
            passed.extend(queue.pop(lane));
        }
        let picked = passed.pop().unwrap_or(oldest);
        passed.into_iter().for_each(|stored| queue.put_back(lane, stored));
        picked
    }
}
