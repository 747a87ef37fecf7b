//! `basic.publish`: from a channel through the exchanges into the queues, and what the publisher is told.
//!
//! With confirms a publish is acknowledged once all queues have it, or no queue wants it; one that a full queue refuses
//! is nacked, also if another queue has taken it. A mandatory message that no queue wants is returned before that.
//! Without confirms a publisher does not learn of a refusal.

use std::sync::Arc;
use std::time::Duration;

use super::channel::ChannelId;
use super::dead_letter::DeadLetter;
use super::dispatch::next_consumer;
use super::exchange;
use super::limit::Room;
use super::message::{Envelope, Name, Reason};
use super::method::{Code, Push, Reply};
use super::node::Node;
use super::queue::{QueueId, include};
use super::ready::Stored;
use super::settings::{Overflow, QueueType};
use crate::broker::server::Outlet;
use crate::id::RequestId;
use crate::journal::{Refusal, What};
use crate::message::Message;
use crate::time::Time;

impl Node {
    #[inline]
    pub(super) fn publish(
        &mut self,
        channel: ChannelId,
        request: RequestId,
        message: Message,
        envelope: Arc<Envelope>,
        mandatory: bool,
        out: &mut impl Outlet<Reply, Push>,
    ) -> Result<(), Code> {
        let Some(own) = self.channels.get(channel) else { return Ok(()) };
        let (client, number, confirms) = (own.client, own.number, own.confirms);
        let route = &own.route.0;
        let known = route.envelope.as_ref().is_some_and(|last| Arc::ptr_eq(last, &envelope))
            && route.generation == self.generation;
        if !known {
            self.find_route(channel, &message, &envelope, out)?;
        }
        let Some(own) = self.channels.get_mut(channel) else { return Ok(()) };
        let ttl = own.route.0.expiration;
        let taken = if let [queue] = own.route.0.queues[..] {
            self.offer(queue, message, ttl, envelope, out)
        } else {
            let queues = std::mem::take(&mut own.route.0.queues);
            let returned = mandatory && queues.is_empty();
            let taken = returned || self.publish_to(&queues, message, ttl, &envelope, out);
            if returned {
                let Message { id, producer, .. } = message;
                out.record(What::Refused { message: id, producer, why: Refusal::Unroutable });
                out.push(client, Push::Return { channel: number, message });
            }
            if let Some(own) = self.channels.get_mut(channel) {
                own.route.0.queues = queues;
            }
            taken
        };
        if confirms {
            out.reply(client, request, if taken { Reply::Confirmed } else { Reply::Nacked });
        }
        Ok(())
    }

    /// Finds out which queues get what is published like this, for the messages to come as well.
    #[inline(never)]
    fn find_route(
        &mut self,
        channel: ChannelId,
        message: &Message,
        envelope: &Arc<Envelope>,
        out: &mut impl Outlet<Reply, Push>,
    ) -> Result<(), Code> {
        if let Some(code) = self.wrong_with(envelope) {
            // It is gone before it came anywhere.
            let Message { id, producer, .. } = *message;
            out.record(What::Refused { message: id, producer, why: Refusal::Invalid });
            return Err(code);
        }
        let Some(own) = self.channels.get_mut(channel) else { return Ok(()) };
        let mut route = std::mem::take(&mut own.route.0);
        route.queues.clear();
        self.route(&envelope.exchange, envelope, &mut route.queues);
        route.expiration = envelope.expiration();
        (route.envelope, route.generation) = (Some(envelope.clone()), self.generation);
        if let Some(own) = self.channels.get_mut(channel) {
            own.route.0 = route;
        }
        Ok(())
    }

    /// To none or several; false if a queue refuses it.
    #[inline(never)]
    fn publish_to(
        &mut self,
        queues: &[QueueId],
        message: Message,
        ttl: Option<u32>,
        envelope: &Arc<Envelope>,
        out: &mut impl Outlet<Reply, Push>,
    ) -> bool {
        out.record(What::Routed { message: message.id, copies: copies(queues.len()) });
        let mut taken = true;
        for queue in queues {
            taken &= self.offer(*queue, message, ttl, envelope.clone(), out);
        }
        taken
    }

    /// To one queue, which may refuse it.
    #[inline]
    fn offer(
        &mut self,
        queue: QueueId,
        message: Message,
        ttl: Option<u32>,
        envelope: Arc<Envelope>,
        out: &mut impl Outlet<Reply, Push>,
    ) -> bool {
        let taken = self.enqueue(queue, message, ttl, envelope, out);
        if !taken {
            let Message { id, producer, .. } = message;
            out.record(What::Refused { message: id, producer, why: Refusal::Full });
        }
        taken
    }

    /// Why this cannot be published, if it cannot.
    fn wrong_with(&self, envelope: &Envelope) -> Option<Code> {
        let missing = match self.exchanges.get(&*envelope.exchange) {
            None if envelope.exchange.is_empty() => None,
            None => Some(Code::NotFound),
            Some(exchange) => exchange.internal.then_some(Code::AccessRefused),
        };
        let lives = envelope.properties.expiration.is_none() || envelope.expiration().is_some();
        missing.or((!lives).then_some(Code::PreconditionFailed))
    }

    /// The queues that get what is published to this exchange, in the order of their declaration.
    pub(super) fn route(&self, exchange: &Name, envelope: &Envelope, queues: &mut Vec<QueueId>) {
        if !exchange.is_empty() {
            return exchange::route(&self.exchanges, exchange, envelope, queues);
        }
        // The default exchange is bound to every queue by its name.
        envelope.has_key(|key| {
            self.names.get(key).into_iter().for_each(|queue| include(queues, *queue));
            false
        });
    }

    /// A queue gets a copy; false if it refuses it. A ready consumer gets it before it is stored. `ttl` is the message's
    /// own time to live in milliseconds.
    pub(super) fn enqueue(
        &mut self,
        id: QueueId,
        message: Message,
        ttl: Option<u32>,
        envelope: Arc<Envelope>,
        out: &mut impl Outlet<Reply, Push>,
    ) -> bool {
        let now = out.now();
        let Some(queue) = self.queues.get_mut(id) else { return true };
        let (position, usual) = (queue.position, queue.settings.are_usual() && ttl.is_none());
        let mut expires = Time::MAX;
        if !usual {
            if let Room::None(overflow) = queue.room_for(message.size) {
                if overflow == Overflow::RejectPublishDlx {
                    self.dead.extend(DeadLetter::of(queue, message, envelope, Reason::MaxLen));
                }
                return false;
            }
            expires = queue.expiry_of(ttl, now);
        }
        queue.position += 1;
        let (deliveries, failures, redelivered) = (0, 0, false);
        let stored =
            Stored { message, envelope, entered: now, expires, position, deliveries, failures, redelivered };
        out.record(What::Enqueued { message: message.id, store: queue.store });
        let (idle, kind) = (queue.ready.len() == 0, queue.kind);
        if idle && let Some(consumer) = next_consumer(queue, &mut self.consumers, &mut self.channels) {
            self.deliver(id, consumer, stored, out);
            return true;
        }
        queue.push(stored);
        // Without limits and expiry a message that nobody takes changes nothing but the length.
        if !usual || kind == QueueType::Classic && !idle && self.has_idle_consumer(id) {
            self.advance(id, out);
        }
        true
    }
}

impl super::queue::Queue {
    /// When a message that enters now will have been here for too long: the lower time of the message and the queue.
    fn expiry_of(&self, ttl: Option<u32>, now: Time) -> Time {
        let own = ttl.map(u64::from);
        let Some(least) = own.into_iter().chain(self.settings.message_ttl).min() else { return Time::MAX };
        match (least, self.kind) {
            // A quorum queue gives it the millisecond in which it came.
            (0, QueueType::Quorum) => now + Duration::from_millis(1),
            (least, QueueType::Quorum | QueueType::Classic) => now + Duration::from_millis(least),
        }
    }
}

impl Envelope {
    /// The milliseconds in its `expiration`, which is a text.
    pub(super) fn expiration(&self) -> Option<u32> {
        self.properties.expiration.as_ref()?.parse().ok()
    }
}

/// A number of copies as facts have it.
pub(super) fn copies(count: usize) -> u16 {
    u16::try_from(count).unwrap_or(u16::MAX)
}
