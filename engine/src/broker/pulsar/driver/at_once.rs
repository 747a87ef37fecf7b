//! The short ways: what nearly every message takes, while nothing is on the network and it takes no time.
//!
//! A message that is not put into a batch is stored by a call; one that is in the receiver queue is handed over, with
//! permits given by a call; an acknowledgement is put into its group, or
//! given by a call if there are no groups.

use super::producer::LaneState;
use super::{
    Direct, Line, Parcel, Party, Position, Positions, Pulsar, PulsarDriver, Reply, Send, WorkerId,
    client_of_producer, party,
};

impl PulsarDriver {
    /// Sends a message.
    #[inline]
    pub(super) fn publish_at_once(
        &mut self,
        parcel: Parcel,
        server: &mut Pulsar,
        line: &mut impl Direct<Pulsar>,
    ) -> bool {
        let message = parcel.message;
        let Some(place) = self.plan.sender(message.producer) else { return false };
        let sending = &self.plan.senders[place];
        if sending.batching || !sending.deliver_after.is_zero() || parcel.to.is_some() {
            return false;
        }
        let (producer, of) = (sending.name, self.producers[place].lanes.len() as u16);
        // Lanes beyond its own topic's are of answers.
        if self.plan.parts.get(sending.to).is_none_or(|part| part.topics.len() as u16 != of)
            || self.producers[place].lanes.iter().any(|lane| lane.state != LaneState::Open)
        {
            return false;
        }
        let lane = self.route(place, &message, of, Line::now(line));
        let own = &mut self.producers[place].lanes[usize::from(lane)];
        if !own.pending.is_empty() {
            return false;
        }
        let (topic, sequence) = (own.topic, own.sequence);
        own.sequence += 1;
        let id = self.next_id();
        let client = client_of_producer(message.producer);
        if let Some(told) = server.publish_at_once(client, topic, (producer, sequence), &message, line) {
            line.confirmed(message.id, message.producer);
            if let Some((client, delivery)) = told
                && let Party::Worker(worker) = party(client)
            {
                self.gets(worker, &delivery, line);
            }
            return true;
        }
        let reply = server.publish(client, Send { topic, producer, sequence, message, more: None }, line);
        match reply {
            Reply::Receipt { .. } | Reply::Duplicate => line.confirmed(message.id, message.producer),
            Reply::Ok | Reply::Acked(_) | Reply::Subscribed(_) | Reply::Error(_) => {
                self.refused_at_once(place as u16, lane, (id, sequence, message), reply, line);
            }
        }
        true
    }

    /// Takes the next message out of the receiver queue.
    #[inline]
    pub(super) fn take_at_once(
        &mut self,
        worker: WorkerId,
        server: &mut Pulsar,
        line: &mut impl Direct<Pulsar>,
    ) -> bool {
        if self.plan.pool(worker).is_none_or(|pool| pool.queue == 0) {
            return false;
        }
        let Some(own) = self.workers.get_mut(usize::from(worker.0)) else { return false };
        if !own.is_connected() {
            return false;
        }
        let Some(held) = own.queue.pop_front() else {
            own.asks = true;
            return true;
        };
        let flow = self.begins(worker, &held, Line::now(line));
        line.deliver(worker, held.entry);
        if let Some((consumer, permits)) = flow {
            self.next_id();
            server.flow(Self::client(worker), consumer, permits, line);
        }
        true
    }

    /// Acknowledges the message that a worker has.
    #[inline]
    pub(super) fn acknowledge_at_once(
        &mut self,
        worker: WorkerId,
        server: &mut Pulsar,
        line: &mut impl Direct<Pulsar>,
    ) -> bool {
        let Some(pool) = self.plan.pool(worker) else { return false };
        let Some(own) = self.workers.get_mut(usize::from(worker.0)) else { return false };
        let Some(held) = &own.hand else { return true };
        if pool.cumulative || held.batch != 0 || held.is_alone() {
            return false;
        }
        let position = Position { entry: held.place, index: None };
        let Some(input) = own.inputs.get_mut(usize::from(held.input)) else { return false };
        if !pool.ack_group.is_zero() {
            own.hand = None;
            own.grouped += 1;
            input.acks.push(position);
            self.has_grouped(worker, pool.ack_group, line);
            return true;
        }
        let Some(consumer) = input.consumer.filter(|_| own.grouped == 0) else { return false };
        own.hand = None;
        self.next_id();
        server.acknowledge(Self::client(worker), consumer, &Positions::One(position), line);
        true
    }
}
