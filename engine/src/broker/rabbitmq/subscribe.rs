//! `basic.consume`, `basic.cancel`, `basic.qos`; the single active consumer.
//!
//! With `x-single-active-consumer` one consumer gets everything: the one of highest priority, of these the one that
//! subscribed first. When it goes, the next one takes its place at once, though what the old one holds may come back
//! only later: so a consumer that cancels before it closes gives the order away. On a quorum queue, since 4.0, a new
//! consumer of higher priority takes over, once the active one has acknowledged all that it has.

use super::channel::{ChannelId, Holder};
use super::consumer::{Consumer, ConsumerId};
use super::message::{Field, Name, Table, field};
use super::method::{Code, ConsumerTag, Push, Reply};
use super::node::Node;
use super::queue::{QueueId, include};
use super::settings::QueueType;
use crate::broker::server::Outlet;
use crate::id::RequestId;

/// The prefetch of a quorum queue's consumer that sets none, and the most it can set.
const QUORUM_PREFETCH: u32 = 2000;

impl Node {
    /// The queue of this name, if the channel's connection may use it.
    pub(super) fn accessible(&self, channel: ChannelId, name: &Name) -> Result<QueueId, Code> {
        let id = *self.names.get(&**name).ok_or(Code::NotFound)?;
        let client = self.channels.get(channel).ok_or(Code::ChannelError)?.client;
        match self.queues.get(id) {
            Some(queue) if queue.is_locked_for(client) => Err(Code::ResourceLocked),
            Some(_) => Ok(id),
            None => Err(Code::NotFound),
        }
    }

    pub(super) fn qos(
        &mut self,
        channel: ChannelId,
        count: u16,
        global: bool,
        out: &mut impl Outlet<Reply, Push>,
    ) -> Result<(), Code> {
        if global && !self.settings.global_qos {
            return Err(Code::NotImplemented);
        }
        let Some(own) = self.channels.get_mut(channel) else { return Ok(()) };
        if !global {
            own.prefetch = count;
            return Ok(());
        }
        own.global = count;
        let mut touched = std::mem::take(&mut self.touched);
        self.unblock_channel(channel, &mut touched);
        self.advance_all(&mut touched, out);
        self.touched = touched;
        Ok(())
    }

    /// `how` is its tag, and whether it wants no acks and to be the only one.
    pub(super) fn consume(
        &mut self,
        channel: ChannelId,
        request: RequestId,
        name: &Name,
        how: (ConsumerTag, bool, bool),
        arguments: &Table,
        out: &mut impl Outlet<Reply, Push>,
    ) -> Result<(), Code> {
        let (tag, no_ack, exclusive) = how;
        let id = self.accessible(channel, name)?;
        let (Some(own), Some(queue)) = (self.channels.get(channel), self.queues.get(id)) else {
            return Err(Code::NotFound);
        };
        let client = own.client;
        if own.consumers.iter().any(|(own, _)| *own == tag) {
            return Err(Code::NotAllowed);
        }
        let quorum = queue.kind == QueueType::Quorum;
        if quorum && own.global != 0 {
            return Err(Code::NotImplemented);
        }
        let exclusive = exclusive && !quorum;
        let has_exclusive =
            queue.consumers.iter().any(|id| self.consumers.get(*id).is_some_and(|other| other.exclusive));
        let alone = queue.consumers.is_empty() && !queue.settings.single_active_consumer;
        if has_exclusive || exclusive && !alone {
            return Err(Code::AccessRefused);
        }
        let number = |name: &str| match field(arguments, name) {
            Some(Field::Number(number)) => Some(*number),
            Some(Field::Text(_) | Field::Bool(_) | Field::Void) | None => None,
        };
        let prefetch = match u32::from(own.prefetch) {
            0 if quorum => QUORUM_PREFETCH,
            count if quorum => count.min(QUORUM_PREFETCH),
            count => count,
        };
        let consumer = Consumer {
            tag,
            channel,
            queue: id,
            no_ack,
            exclusive,
            priority: number("x-priority").unwrap_or(0).clamp(i32::MIN.into(), i32::MAX.into()) as i32,
            prefetch,
            unacked: 0,
            timeout: number("x-consumer-timeout").and_then(|timeout| u64::try_from(timeout).ok()),
            blocked: false,
            quiescing: false,
        };
        let consumer = self.consumers.insert(consumer);
        if let Some(own) = self.channels.get_mut(channel) {
            own.consumers.push((tag, consumer));
        }
        out.reply(client, request, Reply::Done);
        self.add_to_queue(id, consumer);
        self.advance(id, out);
        Ok(())
    }

    fn add_to_queue(&mut self, id: QueueId, consumer: ConsumerId) {
        let (Some(queue), Some(new)) = (self.queues.get_mut(id), self.consumers.get(consumer)) else {
            return;
        };
        queue.consumers.push(consumer);
        if queue.settings.single_active_consumer {
            self.choose_active(id);
        } else {
            queue.rotation.join(consumer, new.priority);
        }
    }

    /// Sees to it that the right consumer of a queue is the single active one.
    fn choose_active(&mut self, id: QueueId) {
        let Some(queue) = self.queues.get_mut(id) else { return };
        let priority =
            |id: &ConsumerId| self.consumers.get(*id).map_or(i32::MIN, |consumer| consumer.priority);
        // Of several with the highest priority the first.
        let best = queue.consumers.iter().rev().max_by_key(|id| priority(id)).copied();
        let Some(active) = queue.active else {
            queue.active = best;
            return;
        };
        let takes_over = queue.kind == QueueType::Quorum && self.series.priority_takes_over();
        let Some(best) = best.filter(|best| takes_over && priority(&active) < priority(best)) else { return };
        let Some(old) = self.consumers.get_mut(active) else { return };
        old.quiescing = old.unacked != 0;
        if !old.quiescing {
            queue.active = Some(best);
        }
    }

    /// A consumer has one unacknowledged delivery less.
    #[inline]
    pub(super) fn release(&mut self, id: ConsumerId) {
        let Some(consumer) = self.consumers.get_mut(id) else { return };
        consumer.unacked -= 1;
        let (queue, priority) = (consumer.queue, consumer.priority);
        if consumer.quiescing && consumer.unacked == 0 {
            consumer.quiescing = false;
            self.choose_active(queue);
        } else if consumer.blocked && self.can_take(id) {
            if let Some(consumer) = self.consumers.get_mut(id) {
                consumer.blocked = false;
            }
            if let Some(queue) = self.queues.get_mut(queue) {
                queue.rotation.join(id, priority);
            }
        }
    }

    /// Consumers that the limit of their channel has blocked join again, if it allows; their queues have to advance.
    pub(super) fn unblock_channel(&mut self, id: ChannelId, touched: &mut Vec<QueueId>) {
        let Some(channel) = self.channels.get_mut(id).filter(|channel| channel.has_room()) else { return };
        // Consumers of a single-active-consumer queue are in no rotation.
        let consumers = channel.consumers.iter().filter_map(|(_, consumer)| self.consumers.get(*consumer));
        consumers.for_each(|consumer| include(touched, consumer.queue));
        for blocked in std::mem::take(&mut channel.blocked) {
            let can = self.can_take(blocked);
            let Some(consumer) = self.consumers.get_mut(blocked).filter(|own| own.blocked && can) else {
                continue;
            };
            consumer.blocked = false;
            let priority = consumer.priority;
            if let Some(queue) = self.queues.get_mut(consumer.queue) {
                queue.rotation.join(blocked, priority);
            }
        }
    }

    /// What it holds stays with its channel, and can still be acknowledged.
    pub(super) fn cancel(
        &mut self,
        channel: ChannelId,
        request: RequestId,
        tag: ConsumerTag,
        out: &mut impl Outlet<Reply, Push>,
    ) {
        let Some(own) = self.channels.get_mut(channel) else { return };
        out.reply(own.client, request, Reply::Done);
        let Some(place) = own.consumers.iter().position(|(own, _)| *own == tag) else { return };
        let (_, consumer) = own.consumers.remove(place);
        let Some(gone) = self.forget_consumer(channel, consumer) else { return };
        self.remove_from_queue(gone.queue, consumer, out);
        let idle = self
            .queues
            .get(gone.queue)
            .is_some_and(|queue| queue.kind == QueueType::Classic && queue.settings.single_active_consumer);
        if self.series.serves_the_promoted() || !idle {
            self.advance(gone.queue, out);
        }
    }

    /// A consumer is no more; what its channel holds of it belongs to nobody.
    pub(super) fn forget_consumer(&mut self, channel: ChannelId, id: ConsumerId) -> Option<Consumer> {
        let channel = self.channels.get_mut(channel)?;
        channel.blocked.retain(|own| *own != id);
        for (_, unacked) in channel.unacked.iter_mut() {
            if unacked.holder() == Holder::Consumer(id) {
                unacked.cancel();
            }
        }
        self.consumers.remove(id)
    }

    /// A consumer leaves its queue. With the last one an auto-delete queue goes too.
    pub(super) fn remove_from_queue(
        &mut self,
        id: QueueId,
        consumer: ConsumerId,
        out: &mut impl Outlet<Reply, Push>,
    ) {
        let Some(queue) = self.queues.get_mut(id) else { return };
        queue.consumers.retain(|own| *own != consumer);
        queue.rotation.leave(consumer);
        if queue.active == Some(consumer) {
            queue.active = None;
            self.choose_active(id);
        }
        let Some(queue) = self.queues.get_mut(id) else { return };
        if !queue.consumers.is_empty() {
            return;
        }
        queue.used = out.now();
        if queue.auto_delete {
            self.delete_queue(id, out);
        } else {
            self.arm(id);
        }
    }
}
