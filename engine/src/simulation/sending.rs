//! A producer's day: it sends, hears of what was turned down, sends again, and waits for answers.

use super::{Lent, Simulation, World};
use crate::APPLICATIONS;
use crate::broker::driver::Parcel;
use crate::client::producer::{OnLink, Producer};
use crate::client::worker::Onward;
use crate::id::{MessageId, ProducerId};
use crate::journal::{Observer, Refusal, What};
use crate::message::Message;
use crate::schedule::{Class, Schedule, Timer};
use crate::time::Time;

/// Of so many answers on their way it is remembered what they answer.
const MAX_CORRELATIONS: u64 = 1 << 16;

pub(super) fn schedule_send(schedule: &mut Schedule, producer: &Producer) {
    set(schedule, producer.send_timer, producer.next_send());
}

fn set(schedule: &mut Schedule, timer: Timer, at: Option<Time>) {
    match at {
        Some(at) => schedule.set(timer, Class::Arrival, at),
        None => schedule.cancel(timer),
    }
}

impl<O: Observer> World<O> {
    /// A new message of a producer, or of a pool that sends on.
    #[inline(always)]
    pub(super) fn next_message(&mut self, producer: ProducerId, key: u16, size: u32) -> Message {
        self.sent += 1;
        Message { id: MessageId(self.sent), producer, sent: self.now, key, size }
    }

    /// A producer that has been blocked may go on, or one that must wait for a message that was turned down is halted.
    pub(super) fn mind_outbox(&mut self, index: usize) {
        if !APPLICATIONS {
            return;
        }
        let now = self.now;
        let producer = &mut self.producers[index];
        set(&mut self.schedule, producer.retry_timer, producer.outbox.next());
        match (producer.outbox.blocks(), producer.is_halted()) {
            (true, false) => producer.halt(),
            (false, true) => producer.go_on(now),
            (true, true) | (false, false) => return,
        }
        schedule_send(&mut self.schedule, &self.producers[index]);
    }

    pub(super) fn mind_answers(&mut self, index: usize) {
        if !APPLICATIONS {
            return;
        }
        let producer = &self.producers[index];
        set(&mut self.schedule, producer.answer_timer, producer.next_missed());
    }
}

impl<O: Observer + Clone + Default> Simulation<O> {
    #[inline(never)]
    pub(super) fn send_due(&mut self, index: usize, outside: &mut impl Observer) {
        self.world.producers[index].sent();
        // Before the message goes out: if it finds the queue full and the producer is blocked,
        // that cancels what is scheduled here.
        schedule_send(&mut self.world.schedule, &self.world.producers[index]);
        self.send(index, outside);
    }

    /// A producer sends one message.
    #[inline]
    pub(super) fn send(&mut self, index: usize, outside: &mut impl Observer) {
        let world = &mut self.world;
        let producer = &world.producers[index];
        let number = world.sent + 1;
        let (id, key) = (producer.id, producer.payload.key(world.seed, number));
        let size = producer.payload.size(world.seed, number);
        let message = world.next_message(id, key, size);
        let producer = &mut world.producers[index];
        let (ttl, priority) = (producer.payload.ttl(), producer.payload.priority());
        let parcel = Parcel { message, ttl, priority, to: None };
        let delay = producer.link_delay();
        let is_direct = delay.is_zero() && producer.link.is_empty();
        if APPLICATIONS && producer.reply_to.is_some() {
            producer.asked.push_back((message.id, world.now));
            world.mind_answers(index);
        }
        world.note(What::Published { message }, outside);
        if is_direct {
            self.arrive_with(index, parcel, 1, outside);
        } else {
            let producer = &mut world.producers[index];
            // One message cannot overtake another on its link, also when the delay is made shorter.
            let last = producer.link.back().map_or(Time::ZERO, |last| last.arrives);
            producer.link.push_back(OnLink { parcel, arrives: (world.now + delay).max(last) });
            if producer.link.len() == 1 {
                world.schedule.set(producer.link_timer, Class::Arrival, producer.link[0].arrives);
            }
        }
    }

    pub(super) fn link_due(&mut self, index: usize, outside: &mut impl Observer) {
        let producer = &mut self.world.producers[index];
        let Some(arrived) = producer.link.pop_front() else { return };
        if let Some(next) = producer.link.front() {
            self.world.schedule.set(producer.link_timer, Class::Arrival, next.arrives);
        }
        self.arrive_with(index, arrived.parcel, 1, outside);
    }

    /// A message reaches the system, for the `sent`-th time; or it does not, if the network is cut.
    #[inline]
    fn arrive_with(&mut self, index: usize, parcel: Parcel, sent: u16, outside: &mut impl Observer) {
        let world = &mut self.world;
        let producer = &mut world.producers[index];
        if !producer.outbox.is_idle() {
            producer.outbox.sending(parcel, sent, world.now);
            world.mind_outbox(index);
        }
        if APPLICATIONS && world.producers[index].cut {
            let (message, producer) = (parcel.message.id, parcel.message.producer);
            world.note(What::Refused { message, producer, why: Refusal::Unreachable }, outside);
            world.refused.push_back(parcel.message);
        } else {
            self.broker.send(&parcel, &mut Lent { world, outside });
        }
        self.pump(outside);
    }

    /// A message was turned down.
    pub(super) fn hear_of(&mut self, message: Message, outside: &mut impl Observer) {
        let index = usize::from(message.producer.0);
        let world = &mut self.world;
        if let Some(producer) = world.producers.get_mut(index)
            && !producer.outbox.is_idle()
        {
            if producer.outbox.refused(message.id, world.seed, world.now) {
                let (message, producer) = (message.id, message.producer);
                world.note(What::Postponed { message, producer }, outside);
            }
            world.mind_outbox(index);
        }
    }

    /// Messages that were turned down, or not heard of, are sent again.
    pub(super) fn retry_due(&mut self, index: usize, outside: &mut impl Observer) {
        let now = self.world.now;
        while let Some((parcel, sent, refused)) = self.world.producers[index].outbox.take_due(now) {
            let (message, producer) = (parcel.message.id, parcel.message.producer);
            let attempt = sent.saturating_add(1);
            self.world.note(What::Resent { message, producer, attempt, refused }, outside);
            self.arrive_with(index, parcel, attempt, outside);
        }
        self.world.mind_outbox(index);
    }
}

#[cfg(feature = "systems")]
impl<O: Observer + Clone + Default> Simulation<O> {
    /// A pool has worked on a message and sends one of its own.
    pub(super) fn send_on(&mut self, onward: Onward, cause: Message, outside: &mut impl Observer) {
        let world = &mut self.world;
        let (sender, to) = match onward {
            Onward::Nowhere => return,
            Onward::On(sender) => (sender, None),
            Onward::Reply(sender) => {
                let asker = world.producers.get(usize::from(cause.producer.0));
                // A message that wants no answer gets none.
                let Some(to) = asker.and_then(|asker| asker.reply_to) else { return };
                (sender, Some(to))
            }
        };
        let message = world.next_message(sender, cause.key, cause.size);
        if to.is_some() {
            world.correlations.push(message.id.0, cause.id);
            // Answers that were lost on their way are never asked for.
            if MAX_CORRELATIONS < world.correlations.len() {
                world.correlations.take_first(message.id.0);
            }
        }
        world.note(What::Published { message }, outside);
        let parcel = Parcel { message, ttl: None, priority: None, to };
        self.broker.send(&parcel, &mut Lent { world, outside });
        self.pump(outside);
    }

    /// An answer has come to a producer.
    pub(super) fn take_answer(&mut self, producer: u16, answer: MessageId, outside: &mut impl Observer) {
        let world = &mut self.world;
        let Some(message) = world.correlations.take(answer.0) else { return };
        let index = usize::from(producer);
        let own = &mut world.producers[index];
        let place = own.asked.iter().position(|(asked, _)| *asked == message);
        let took =
            place.and_then(|place| own.asked.remove(place)).map(|(_, sent)| world.now.nanos_since(sent));
        let producer = own.id;
        world.note(What::Replied { message, producer, took }, outside);
        world.mind_answers(index);
    }

    /// A producer gives up waiting for answers.
    pub(super) fn answer_due(&mut self, index: usize, outside: &mut impl Observer) {
        let world = &mut self.world;
        while world.producers[index].next_missed().is_some_and(|at| at <= world.now)
            && let Some((message, _)) = world.producers[index].asked.pop_front()
        {
            let producer = world.producers[index].id;
            world.note(What::Unanswered { message, producer }, outside);
        }
        world.mind_answers(index);
    }
}

/// Nobody sends on or answers.
#[cfg(not(feature = "systems"))]
impl<O: Observer + Clone + Default> Simulation<O> {
    #[inline(always)]
    pub(super) fn send_on(&mut self, _: Onward, _: Message, _: &mut impl Observer) {}

    #[inline(always)]
    pub(super) fn take_answer(&mut self, _: u16, _: MessageId, _: &mut impl Observer) {}

    #[inline(always)]
    pub(super) fn answer_due(&mut self, _: usize, _: &mut impl Observer) {}
}
