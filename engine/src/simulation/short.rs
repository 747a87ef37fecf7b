//! The short way of a message: through a plain queue, from a producer and to a pool that have nothing set that could
//! come in between.
//!
//! It is what `sending` and `work` do, without all that does not happen there, and so without asking for it again and
//! again: nearly every message that is simulated at full speed goes this way. Each of the two functions first finds out
//! whether it applies. Where it does not it has changed nothing, and the long way is taken.

use super::{Lent, Simulation};
use crate::broker::Broker;
use crate::client::worker::State;
use crate::id::WorkerId;
use crate::journal::{Observer, What};
use crate::schedule::Class;

impl<O: Observer + Clone + Default> Simulation<O> {
    /// A producer sends what is due, if that can go the short way.
    #[inline(always)]
    pub(super) fn send_shortly(&mut self, index: usize, outside: &mut impl Observer) -> bool {
        let Broker::Bounded(queue) = &mut self.broker else { return false };
        let world = &mut self.world;
        let producer = &mut world.producers[index];
        if !producer.is_plain() {
            return false;
        }
        let (id, size, next) = (producer.id, producer.payload.usual_size(), producer.sent());
        world.schedule.set(producer.send_timer, Class::Arrival, next);
        let message = world.next_message(id, 0, size);
        world.record(What::Published { message }, outside);
        queue.arrive(message, &mut Lent { world, outside });
        self.finish_shortly(outside);
        true
    }

    /// A worker has done its work and takes the next message, if that can go the short way.
    #[inline(always)]
    pub(super) fn complete_shortly(
        &mut self,
        index: usize,
        place: usize,
        outside: &mut impl Observer,
    ) -> bool {
        let Broker::Bounded(queue) = &mut self.broker else { return false };
        let world = &mut self.world;
        let consumer = &mut world.consumers[index];
        let stays = consumer.is_plain() && place < usize::from(consumer.wanted());
        let own = &mut consumer.pool[place];
        let State::Busy(task) = own.state else { return false };
        let goes_on = stays && task.is_plain() && !own.cut;
        if !goes_on || consumer.manner.fails(world.seed, &task.entry, task.entry.attempt) {
            return false;
        }
        own.state = State::Idle;
        let worker = WorkerId(consumer.base + place as u16);
        let (entry, since) = (task.entry, task.since);
        let what = What::Acked {
            message: entry.message.id,
            worker,
            attempt: entry.attempt,
            waited: since.nanos_since(entry.entered),
            service: world.now.nanos_since(since),
            total: world.now.nanos_since(entry.message.sent),
            settled: true,
            key: entry.message.key,
            effect: true,
        };
        world.record(what, outside);
        let mut fx = Lent { world, outside };
        queue.done(worker, &mut fx);
        queue.receive(worker, &mut fx);
        self.finish_shortly(outside);
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
