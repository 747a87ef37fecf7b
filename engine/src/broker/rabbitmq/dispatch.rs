//! How ready messages get to consumers: pushed to those that subscribed, or handed to one that gets.

use std::sync::Arc;

use super::channel::{Channel, ChannelId, Unacked};
use super::consumer::{Consumer, ConsumerId};
use super::message::{Envelope, Name};
use super::method::{Code, ConsumerTag, Delivery, Push, Reply};
use super::node::Node;
use super::queue::{Queue, QueueId};
use super::ready::Stored;
use super::settings::QueueType;
use super::version::Series;
use crate::broker::server::Outlet;
use crate::id::{ClientId, StoreId, WorkerId};
use crate::journal::{Cause, Place, What};
use crate::mechanism::slab::Slab;
use crate::message::Message;
use crate::time::Time;

impl Node {
    /// Brings a queue to rest: expired heads and what is too much leave, and whoever can take something gets it.
    pub(super) fn advance(&mut self, id: QueueId, out: &mut impl Outlet<Reply, Push>) {
        let now = out.now();
        let Some(queue) = self.queues.get(id) else { return };
        let kind = queue.kind;
        // A classic queue drops what is too much before it serves, a quorum queue afterwards.
        if kind == QueueType::Classic && !queue.settings.are_usual() {
            self.keep_limits(id, out);
        }
        while let Some(queue) = self.queues.get_mut(id)
            && let Some(head) = queue.ready.front()
        {
            if head.expires <= now {
                self.expire(id, out);
                continue;
            }
            let Some(to) = next_consumer(queue, &mut self.consumers, &mut self.channels) else { break };
            let Some(stored) = queue.pop() else { break };
            self.deliver(id, to, stored, out);
        }
        if kind == QueueType::Quorum {
            self.keep_limits(id, out);
        }
        self.arm(id);
    }

    /// The same for several in the order of their declaration; leaves the list empty.
    pub(super) fn advance_all(&mut self, queues: &mut Vec<QueueId>, out: &mut impl Outlet<Reply, Push>) {
        for queue in queues.drain(..) {
            self.advance(queue, out);
        }
    }

    /// Whether a consumer can take one more.
    pub(super) fn can_take(&self, id: ConsumerId) -> bool {
        can_take(&self.consumers, &self.channels, id)
    }

    /// Whether somebody could take a message that is not the head: only where a promoted consumer was not served.
    pub(super) fn has_idle_consumer(&self, id: QueueId) -> bool {
        self.queues.get(id).is_some_and(|queue| queue.active.is_some_and(|active| self.can_take(active)))
    }

    /// Sends a message to the consumer whose turn it is.
    #[inline]
    pub(super) fn deliver(
        &mut self,
        id: QueueId,
        to: ConsumerId,
        stored: Stored,
        out: &mut impl Outlet<Reply, Push>,
    ) {
        let envelope = stored.envelope.clone();
        if let Some((client, handed)) = self.hand(id, to, stored, out) {
            out.push(client, Push::Deliver(handed.with(envelope)));
        }
    }

    /// The same as far as it is the node's: what it hands over, and to whom.
    #[inline]
    pub(super) fn hand(
        &mut self,
        id: QueueId,
        to: ConsumerId,
        mut stored: Stored,
        out: &mut impl Outlet<Reply, Push>,
    ) -> Option<(ClientId, Handed)> {
        let (queue, consumer) = (self.queues.get_mut(id)?, self.consumers.get_mut(to)?);
        let channel = self.channels.get_mut(consumer.channel)?;
        let now = out.now();
        channel.tag += 1;
        let (client, number, tag) = (channel.client, channel.number, channel.tag);
        let handed = Handed::new(number, Some(consumer.tag), tag, &mut stored, queue, self.series);
        record_delivery(queue, &stored, client, out);
        if consumer.no_ack {
            let (message, store) = (stored.message.id, queue.store);
            let (from, to) = (Place::Held, Place::Done);
            out.record(What::Moved { message, store, from, to, count: 1, why: Cause::AutoAck });
        } else {
            queue.held += 1;
            consumer.unacked += 1;
            channel.consumed += 1;
            stored.entered = now;
            channel.unacked.push(tag, Unacked::new(id, Some(to), stored));
        }
        if !queue.settings.single_active_consumer {
            // A quorum queue sees at once that it is full, a classic queue when its turn comes again.
            if queue.kind == QueueType::Classic || consumer.has_room() {
                queue.rotation.turn();
            } else {
                queue.rotation.pop();
                consumer.blocked = true;
            }
        }
        let (watched, channel, unset) = (!consumer.no_ack, consumer.channel, channel.timer.is_none());
        let by_queue = self.series.queues_watch_consumers();
        if watched && (by_queue && queue.kind == QueueType::Quorum || unset && !by_queue) {
            self.watch_delivery(channel, id, to, now);
        }
        Some((client, handed))
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
        channel_of.tag += 1;
        let (number, tag) = (channel_of.number, channel_of.tag);
        let envelope = stored.envelope.clone();
        let handed = Handed::new(number, None, tag, &mut stored, queue, self.series);
        record_delivery(queue, &stored, channel_of.client, out);
        if no_ack {
            let (message, store) = (stored.message.id, queue.store);
            let (from, to) = (Place::Held, Place::Done);
            out.record(What::Moved { message, store, from, to, count: 1, why: Cause::AutoAck });
        } else {
            queue.held += 1;
            stored.entered = now;
            channel_of.unacked.push(tag, Unacked::new(id, None, stored));
            self.watch_got(channel, id, now);
        }
        self.advance(id, out);
        Ok(Reply::Got(handed.with(envelope)))
    }
}

/// The consumer of a queue whose turn it is among those that can take one more.
#[inline(always)]
pub(super) fn next_consumer(
    queue: &mut Queue,
    consumers: &mut Slab<Consumer>,
    channels: &mut Slab<Channel>,
) -> Option<ConsumerId> {
    if queue.settings.single_active_consumer {
        let active = queue.active?;
        return can_take(consumers, channels, active).then_some(active);
    }
    loop {
        let next = queue.rotation.first()?;
        if can_take(consumers, channels, next) {
            return Some(next);
        }
        queue.rotation.pop();
        block(consumers, channels, next);
    }
}

#[inline(always)]
fn can_take(consumers: &Slab<Consumer>, channels: &Slab<Channel>, id: ConsumerId) -> bool {
    let Some(consumer) = consumers.get(id) else { return false };
    let channel = || channels.get(consumer.channel).is_some_and(Channel::has_room);
    consumer.has_room() && !consumer.quiescing && (consumer.no_ack || channel())
}

/// A consumer whose turn it is can take no more.
#[inline(never)]
fn block(consumers: &mut Slab<Consumer>, channels: &mut Slab<Channel>, id: ConsumerId) {
    let Some(consumer) = consumers.get_mut(id) else { return };
    consumer.blocked = true;
    if consumer.has_room()
        && let Some(channel) = channels.get_mut(consumer.channel)
    {
        channel.blocked.push(id);
    }
}

/// A [`Delivery`], all but how its message was published.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Handed {
    pub(super) channel: u16,
    pub(super) consumer: Option<ConsumerTag>,
    pub(super) tag: u64,
    pub(super) redelivered: bool,
    pub(super) message: Message,
    pub(super) delivery_count: Option<u16>,
    pub(super) acquired_count: Option<u16>,
    pub(super) entered: Time,
    pub(super) store: StoreId,
}

impl Handed {
    /// What is sent to a client under a delivery tag.
    #[inline(always)]
    fn new(
        channel: u16,
        consumer: Option<ConsumerTag>,
        tag: u64,
        stored: &mut Stored,
        queue: &Queue,
        series: Series,
    ) -> Handed {
        let quorum = queue.kind == QueueType::Quorum;
        let handed = Handed {
            channel,
            consumer,
            tag,
            redelivered: stored.redelivered,
            message: stored.message,
            delivery_count: quorum.then_some(stored.failures),
            acquired_count: (quorum && series.counts_acquisitions()).then_some(stored.deliveries),
            entered: stored.entered,
            store: queue.store,
        };
        stored.deliveries = stored.deliveries.saturating_add(1);
        handed
    }

    #[inline]
    fn with(self, envelope: Arc<Envelope>) -> Delivery {
        let Handed {
            channel,
            consumer,
            tag,
            redelivered,
            message,
            delivery_count,
            acquired_count,
            entered,
            store,
        } = self;
        Delivery {
            channel,
            consumer,
            tag,
            redelivered,
            message,
            envelope,
            delivery_count,
            acquired_count,
            entered,
            store,
        }
    }

    /// As the client library has it: what its message was published with it does not look at.
    #[inline]
    pub(super) fn of(delivery: &Delivery) -> Handed {
        Handed {
            channel: delivery.channel,
            consumer: delivery.consumer,
            tag: delivery.tag,
            redelivered: delivery.redelivered,
            message: delivery.message,
            delivery_count: delivery.delivery_count,
            acquired_count: delivery.acquired_count,
            entered: delivery.entered,
            store: delivery.store,
        }
    }
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
