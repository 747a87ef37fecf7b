//! The short way of a message: from a producer and to a pool that have nothing set that could come in between.
//!
//! It is what `sending` and `work` do, without all that does not happen there, and so without asking for it again and
//! again: nearly every message that is simulated at full speed goes this way. Each of the functions first finds out
//! whether it applies. Where it does not it has changed nothing, and the long way is taken.
//!
//! The plain queue, which calls nothing back that could change this, has the shortest.

use super::{Lent, Simulation, World};
use crate::broker::Broker;
use crate::broker::driver::Parcel;
use crate::client::manner::Verdict;
use crate::client::worker::{State, Task};
use crate::id::WorkerId;
use crate::journal::{Observer, What};
use crate::message::Message;
use crate::schedule::Class;
use crate::time::Time;

impl<O: Observer + Clone + Default> Simulation<O> {
    /// A producer sends what is due, if that can go the short way.
    #[inline(always)]
    pub(super) fn send_shortly(&mut self, index: usize, outside: &mut impl Observer) -> bool {
        let world = &mut self.world;
        let producer = &mut world.producers[index];
        if !producer.is_plain() {
            return false;
        }
        let (id, size, next) = (producer.id, producer.payload.usual_size(), producer.sent());
        world.schedule.set(producer.send_timer, Class::Arrival, next);
        let message = world.next_message(id, 0, size);
        world.record(What::Published { message }, outside);
        if let Broker::Bounded(queue) = &mut self.broker {
            queue.arrive(message, &mut Lent { world, outside });
            self.finish_shortly(outside);
        } else {
            self.send_by_wire(message, outside);
        }
        true
    }

    #[inline(never)]
    fn send_by_wire(&mut self, message: Message, outside: &mut impl Observer) {
        let parcel = Parcel { message, ttl: None, priority: None, to: None };
        self.broker.send(parcel, &mut Lent { world: &mut self.world, outside });
        self.pump(outside);
    }

    /// A worker has done its work and takes the next message, if that can go the short way.
    #[inline(always)]
    pub(super) fn complete_shortly(
        &mut self,
        index: usize,
        place: usize,
        outside: &mut impl Observer,
    ) -> bool {
        let Broker::Bounded(queue) = &mut self.broker else {
            return self.complete_by_wire(index, place, outside);
        };
        let world = &mut self.world;
        let consumer = &mut world.consumers[index];
        let stays = consumer.plain && place < usize::from(consumer.wanted());
        let own = &mut consumer.pool[place];
        let State::Busy(task) = &own.state else { return false };
        let goes_on = stays && task.is_plain() && !own.cut;
        if !goes_on || consumer.manner.fails(world.seed, &task.entry, task.entry.attempt) {
            return false;
        }
        let worker = WorkerId(consumer.base + place as u16);
        let what = acked(worker, task, world.now, true);
        own.state = State::Idle;
        world.record(what, outside);
        let mut fx = Lent { world, outside };
        queue.done(worker, &mut fx);
        queue.receive(worker, &mut fx);
        self.finish_shortly(outside);
        true
    }

    /// As [`Simulation::complete_shortly`], for all systems but the plain queue.
    #[inline(never)]
    fn complete_by_wire(&mut self, index: usize, place: usize, outside: &mut impl Observer) -> bool {
        let world = &mut self.world;
        let consumer = &mut world.consumers[index];
        let stays = consumer.calm && place < usize::from(consumer.wanted());
        let own = &mut consumer.pool[place];
        let State::Busy(task) = &own.state else { return false };
        if !stays || !task.is_plain() || own.cut {
            return false;
        }
        let fails = if consumer.plain {
            consumer.manner.fails(world.seed, &task.entry, task.entry.attempt)
        } else {
            let turn = World::<O>::turn(world.is_wired, task);
            consumer.manner.verdict(world.seed, &task.entry, turn) != Verdict::Done
        };
        if fails {
            return false;
        }
        let worker = WorkerId(consumer.base + place as u16);
        let what = acked(worker, task, world.now, !world.is_wired);
        own.state = State::Idle;
        world.record(what, outside);
        self.broker.done(worker, &mut Lent { world, outside });
        self.finish_all(outside);
        self.ask(index, place, outside);
        true
    }

    /// A plain queue has no timer: there is nothing to see to but what the call itself has left.
    #[inline(always)]
    fn finish_shortly(&mut self, outside: &mut impl Observer) {
        if self.world.has_left() {
            self.pump(outside);
        }
    }
}

/// The work on a message is done, and has had its effect.
#[inline(always)]
fn acked(worker: WorkerId, task: &Task, now: Time, settled: bool) -> What {
    let (entry, since) = (&task.entry, task.since);
    What::Acked {
        message: entry.message.id,
        worker,
        attempt: entry.attempt,
        waited: since.nanos_since(entry.entered),
        service: now.nanos_since(since),
        total: now.nanos_since(entry.message.sent),
        settled,
        key: entry.message.key,
        effect: true,
    }
}
