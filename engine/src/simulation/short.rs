//! The short way of a message: from a producer and to a pool that have nothing set that could come in between.
//!
//! It is what `sending` and `work` do, without all that does not happen there, and so without asking for it again and
//! again: nearly every message that is simulated at full speed goes this way. Each of the functions first finds out
//! whether it applies. Where it does not it has changed nothing, and the long way is taken.
//!
//! The plain queue has the shortest: what merely waits in it and what is next in line are told of in one go.

use super::work::set_to_work;
use super::{Lent, Simulation, World};
use crate::broker::Broker;
use crate::broker::driver::Parcel;
use crate::client::manner::Verdict;
use crate::client::worker::{Phase, State, Task};
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
        if let Broker::Bounded(queue) = &mut self.broker
            && queue.merely_stores()
        {
            let enqueued = queue.store(message, world.now);
            world.record_both(What::Published { message }, enqueued, outside);
        } else {
            self.hand_in(message, outside);
        }
        true
    }

    /// Hands a message with nothing special about it to the system, whatever comes of it there.
    #[inline(never)]
    fn hand_in(&mut self, message: Message, outside: &mut impl Observer) {
        let world = &mut self.world;
        world.record(What::Published { message }, outside);
        let parcel = Parcel { message, ttl: None, priority: None, to: None };
        self.broker.send(parcel, &mut Lent { world, outside });
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
        if let Broker::Bounded(queue) = &mut self.broker {
            let world = &mut self.world;
            let consumer = &mut world.consumers[index];
            let stays = consumer.is_plain() && consumer.employs(place);
            let own = &mut consumer.pool[place];
            if let State::Busy(task) = &own.state
                && stays
                && task.is_plain()
                && !own.cut
                && !consumer.manner.fails(world.seed, &task.entry, task.entry.attempt)
            {
                let worker = WorkerId(consumer.base + place as u16);
                if let Some((next, delivered)) = queue.exchange(worker, world.now) {
                    let acked = acked(worker, task, world.now, true);
                    let work = consumer.service_time(&next);
                    let own = &mut consumer.pool[place];
                    let until = set_to_work(own, &next, world.now, work, Phase::Work, false);
                    world.schedule.set(own.timer, Class::Completion, until);
                    world.record_both(acked, delivered, outside);
                    return true;
                }
            }
        }
        self.complete_calmly(index, place, outside)
    }

    /// A worker of a calm pool has done its work and asks for the next message, whatever comes of that in the system.
    #[inline(never)]
    fn complete_calmly(&mut self, index: usize, place: usize, outside: &mut impl Observer) -> bool {
        let world = &mut self.world;
        let consumer = &mut world.consumers[index];
        let (stays, is_plain) = (consumer.is_calm() && consumer.employs(place), consumer.is_plain());
        let own = &mut consumer.pool[place];
        let State::Busy(task) = &own.state else { return false };
        if !stays || !task.is_plain() || own.cut {
            return false;
        }
        let turn = World::<O>::turn(world.is_wired, task);
        let fails = if is_plain {
            consumer.manner.fails(world.seed, &task.entry, turn)
        } else {
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
