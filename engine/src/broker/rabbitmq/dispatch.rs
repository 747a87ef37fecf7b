//! How ready messages get to consumers: pushed to those that subscribed, or handed to one that gets.

use super::channel::{ChannelId, Unacked};
use super::consumer::ConsumerId;
use super::message::Name;
use super::method::{Code, Delivery, Push, Reply};
use super::node::Node;
use super::queue::{Queue, QueueId};
use super::ready::Stored;
use super::settings::QueueType;
use crate::broker::server::Outlet;
use crate::id::{ClientId, WorkerId};
use crate::journal::{Cause, Place, What};

impl Node {
    /// Brings a queue to rest: expired heads and what is too much leave, and whoever can take something gets it.
    pub(super) fn advance(&mut self, id: QueueId, out: &mut impl Outlet<Reply, Push>) {
        let Some(kind) = self.queues.get(id).map(|queue| queue.kind) else { return };
        // A classic queue drops what is too much before it serves, a quorum queue afterwards.
        if kind == QueueType::Classic {
            self.keep_limits(id, out);
        }
        loop {
            self.expire(id, out);
            if self.queues.get(id).is_none_or(|queue| queue.ready.len() == 0) {
                break;
            }
            let Some(consumer) = self.next_consumer(id) else { break };
            let Some(stored) = self.queues.get_mut(id).and_then(Queue::pop) else { break };
            self.deliver(id, consumer, stored, out);
        }
        if kind == QueueType::Quorum {
            self.keep_limits(id, out);
        }
        self.arm(id);
    }

    /// The same for several, each once; leaves the list empty.
    pub(super) fn advance_all(&mut self, queues: &mut Vec<QueueId>, out: &mut impl Outlet<Reply, Push>) {
        queues.sort_unstable();
        queues.dedup();
        for queue in queues.drain(..) {
            self.advance(queue, out);
        }
    }

    /// The consumer whose turn it is among those that can take one more; it has left the rotation.
    #[inline]
    pub(super) fn next_consumer(&mut self, id: QueueId) -> Option<ConsumerId> {
        let queue = self.queues.get_mut(id)?;
        if queue.settings.single_active_consumer {
            let active = queue.active?;
            return self.can_take(active).then_some(active);
        }
        loop {
            let next = self.queues.get_mut(id)?.rotation.next()?;
            if self.can_take(next) {
                return Some(next);
            }
            self.block(next);
        }
    }

    #[inline]
    pub(super) fn can_take(&self, id: ConsumerId) -> bool {
        let Some(consumer) = self.consumers.get(id) else { return false };
        let channel = || self.channels.get(consumer.channel).is_some_and(super::channel::Channel::has_room);
        consumer.has_room() && !consumer.quiescing && (consumer.no_ack || channel())
    }

    /// Whether somebody could take a message that is not the head: only where a promoted consumer was not served.
    pub(super) fn has_idle_consumer(&self, id: QueueId) -> bool {
        self.queues.get(id).is_some_and(|queue| queue.active.is_some_and(|active| self.can_take(active)))
    }

    fn block(&mut self, id: ConsumerId) {
        let Some(consumer) = self.consumers.get_mut(id) else { return };
        consumer.blocked = true;
        if consumer.has_room()
            && let Some(channel) = self.channels.get_mut(consumer.channel)
        {
            channel.blocked.push(id);
        }
    }

    /// Sends a message to a consumer that has just had its turn.
    #[inline]
    pub(super) fn deliver(
        &mut self,
        id: QueueId,
        to: ConsumerId,
        mut stored: Stored,
        out: &mut impl Outlet<Reply, Push>,
    ) {
        let (Some(queue), Some(consumer)) = (self.queues.get_mut(id), self.consumers.get_mut(to)) else {
            return;
        };
        let Some(channel) = self.channels.get_mut(consumer.channel) else { return };
        let now = out.now();
        let mut delivery = send(channel.number, Some(&consumer.tag), &mut channel.tag, &mut stored, queue);
        if !self.series.counts_acquisitions() {
            delivery.acquired_count = 0;
        }
        record_delivery(queue, &stored, channel.client, out);
        out.push(channel.client, Push::Deliver(delivery));
        if consumer.no_ack {
            let (message, store) = (stored.message.id, queue.store);
            let (from, to) = (Place::Held, Place::Done);
            out.record(What::Moved { message, store, from, to, count: 1, why: Cause::AutoAck });
        } else {
            queue.held += 1;
            consumer.unacked += 1;
            channel.consumed += 1;
            let (queue, consumer) = (Some(id), Some(to));
            channel
                .unacked
                .push(channel.tag, Unacked { queue, consumer, consumed: true, stored, since: now });
        }
        if !queue.settings.single_active_consumer {
            // A quorum queue sees at once that it is full, a classic queue when its turn comes again.
            if queue.kind == QueueType::Classic || consumer.has_room() {
                queue.rotation.join(to, consumer.priority);
            } else {
                consumer.blocked = true;
            }
        }
        if !consumer.no_ack {
            let (channel, unset) = (consumer.channel, channel.timer.is_none());
            if unset || self.series.queues_watch_consumers() {
                self.watch_delivery(channel, id, to, now);
            }
        }
    }

    /// `basic.get`.
    pub(super) fn get(
        &mut self,
        channel: ChannelId,
        name: &Name,
        no_ack: bool,
        out: &mut impl Outlet<Reply, Push>,
    ) -> Result<Reply, Code> {
        let now = out.now();
        let id = self.accessible(channel, name)?;
        let Some(queue) = self.queues.get_mut(id) else { return Err(Code::NotFound) };
        if queue.kind == QueueType::Quorum && queue.settings.single_active_consumer {
            return Err(Code::ResourceLocked);
        }
        queue.used = now;
        self.expire(id, out);
        let (Some(queue), Some(channel_of)) = (self.queues.get_mut(id), self.channels.get_mut(channel))
        else {
            return Err(Code::NotFound);
        };
        let Some(mut stored) = queue.pop() else { return Ok(Reply::Empty) };
        let mut delivery = send(channel_of.number, None, &mut channel_of.tag, &mut stored, queue);
        if !self.series.counts_acquisitions() {
            delivery.acquired_count = 0;
        }
        record_delivery(queue, &stored, channel_of.client, out);
        if no_ack {
            let (message, store) = (stored.message.id, queue.store);
            let (from, to) = (Place::Held, Place::Done);
            out.record(What::Moved { message, store, from, to, count: 1, why: Cause::AutoAck });
        } else {
            queue.held += 1;
            let (tag, consumer, consumed) = (channel_of.tag, None, false);
            channel_of.unacked.push(tag, Unacked { queue: Some(id), consumer, consumed, stored, since: now });
            self.watch_got(channel, id, now);
        }
        self.advance(id, out);
        Ok(Reply::Got(delivery))
    }
}

/// What is sent to a client, under the next delivery tag.
#[inline]
fn send(
    channel: u16,
    consumer: Option<&Name>,
    tag: &mut u64,
    stored: &mut Stored,
    queue: &Queue,
) -> Delivery {
    *tag += 1;
    let quorum = queue.kind == QueueType::Quorum;
    let delivery = Delivery {
        channel,
        consumer: consumer.cloned(),
        tag: *tag,
        redelivered: stored.redelivered,
        message: stored.message,
        envelope: stored.envelope.clone(),
        delivery_count: if quorum { stored.failures } else { 0 },
        acquired_count: if quorum { stored.deliveries } else { 0 },
        entered: stored.entered,
    };
    stored.deliveries = stored.deliveries.saturating_add(1);
    delivery
}

#[inline]
fn record_delivery(queue: &Queue, stored: &Stored, client: ClientId, out: &mut impl Outlet<Reply, Push>) {
    out.record(What::Delivered {
        message: stored.message.id,
        store: queue.store,
        worker: WorkerId(client.0),
        attempt: stored.deliveries,
        waited: out.now().nanos_since(stored.entered),
        begins: false,
    });
}
