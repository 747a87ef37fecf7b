//! Topics that store nothing: a message goes to a consumer that can take it at that instant, or to nobody.

use crate::id::WorkerId;
use crate::journal::{Cause, Place, What};

use super::ledger::Slot;
use super::reply::{Delivery, Push};
use super::request::Type;
use super::server::{Around, Pulsar};
use super::subscription::{Ground, Subscription};
use super::{Out, facts};

impl Pulsar {
    /// Passes a message on to all subscriptions.
    pub(super) fn pass_on(&mut self, place: usize, slot: &Slot, out: &mut impl Out) {
        let around = Around::of(&self.names, &self.keys, &self.settings, self.version);
        let topic = &mut self.topics[place];
        let ground = around.ground(&topic.log, topic.name, topic.partition);
        let copies = u16::try_from(topic.subscriptions.len()).unwrap_or(u16::MAX);
        for message in slot.messages() {
            if copies != 1 {
                out.record(What::Routed { message: message.id, copies });
            }
            for own in &topic.subscriptions {
                out.record(What::Enqueued { message: message.id, store: own.store });
            }
        }
        for own in &mut topic.subscriptions {
            own.pass_on(ground, slot, out);
        }
    }
}

impl Subscription {
    fn pass_on(&mut self, ground: Ground<'_>, slot: &Slot, out: &mut impl Out) {
        let place = match self.kind {
            Type::Exclusive | Type::Failover => self.active.filter(|_| self.switch_at.is_none()),
            Type::Shared => {
                let place = self.next_consumer();
                place.map(|place| self.consumers[place].id)
            }
            Type::KeyShared => self.owner_of(ground, slot),
        };
        let place = place.and_then(|id| self.place_of(id)).filter(|own| 0 < self.consumers[*own].permits);
        let store = self.store;
        let Some(place) = place else {
            for message in slot.messages() {
                facts::moved(message.id, store, (Place::Waiting, Place::Dropped), 1, Cause::Length, out);
            }
            return;
        };
        let batch = if slot.is_batch() { slot.messages().len() as u16 } else { 0 };
        let consumer = &mut self.consumers[place];
        let worker = WorkerId(consumer.client.0);
        for (index, message) in (0..).zip(slot.messages()) {
            consumer.permits -= 1;
            let id = message.id;
            out.record(What::Delivered { message: id, store, worker, attempt: 1, waited: 0, begins: false });
            facts::moved(id, store, (Place::Held, Place::Done), 1, Cause::AutoAck, out);
            let delivery = Delivery {
                consumer: consumer.id,
                epoch: consumer.epoch,
                store,
                message: *message,
                entry: u64::MAX,
                index,
                batch,
                redeliveries: 0,
                reconsumed: slot.reconsumed(),
                stored: slot.stored,
            };
            out.push(consumer.client, Push::Message(delivery));
        }
    }
}
