//! `basic.publish`: from a channel through the exchanges into the queues, and what the publisher is told.
//!
//! With confirms a publish is acknowledged once all queues have it, or no queue wants it; one that a full queue refuses
//! is nacked, also if another queue has taken it. A mandatory message that no queue wants is returned before that.
//! Without confirms a publisher does not learn of a refusal.

use std::sync::Arc;
use std::time::Duration;

use super::channel::ChannelId;
use super::dead_letter::DeadLetter;
use super::exchange;
use super::limit::Room;
use super::message::{Envelope, Name, Reason};
use super::method::{Code, Push, Reply};
use super::node::Node;
use super::queue::QueueId;
use super::ready::Stored;
use super::settings::{Overflow, QueueType};
use crate::broker::server::Outlet;
use crate::journal::{Refusal, What};
use crate::message::Message;
use crate::time::Time;

impl Node {
    #[inline]
    pub(super) fn publish(
        &mut self,
        channel: ChannelId,
        message: Message,
        envelope: Arc<Envelope>,
        mandatory: bool,
        out: &mut impl Outlet<Reply, Push>,
    ) -> Result<Option<Reply>, Code> {
        let Some(own) = self.channels.get_mut(channel) else { return Ok(None) };
        if !own.published {
            own.published = true;
            self.connections.entry(own.client).or_default().published = true;
        }
        let (client, number, confirms) = (own.client, own.number, own.confirms);
        let mut route = std::mem::take(&mut own.route.0);
        let known = route.envelope.as_ref().is_some_and(|last| Arc::ptr_eq(last, &envelope));
        if !known || route.generation != self.generation {
            let wrong = self.wrong_with(&envelope);
            if let Some(code) = wrong {
                // It is gone before it came anywhere.
                out.record(What::Refused {
                    message: message.id,
                    producer: message.producer,
                    why: Refusal::Invalid,
                });
                return Err(code);
            }
            route.queues.clear();
            self.route(&envelope.exchange, &envelope, &mut route.queues);
            (route.envelope, route.generation) = (Some(envelope.clone()), self.generation);
        }
        let reply = self.publish_to(&route.queues, message, &envelope, out);
        if route.queues.is_empty() && mandatory {
            out.push(client, Push::Return { channel: number, message });
        }
        if let Some(own) = self.channels.get_mut(channel) {
            own.route.0 = route;
        }
        Ok(reply.filter(|_| confirms))
    }

    #[inline]
    fn publish_to(
        &mut self,
        queues: &[QueueId],
        message: Message,
        envelope: &Arc<Envelope>,
        out: &mut impl Outlet<Reply, Push>,
    ) -> Option<Reply> {
        if queues.len() != 1 {
            out.record(What::Routed { message: message.id, copies: copies(queues.len()) });
        }
        let mut reply = Reply::Confirmed;
        for queue in queues {
            if !self.enqueue(*queue, message, envelope, out) {
                let Message { id, producer, .. } = message;
                out.record(What::Refused { message: id, producer, why: Refusal::Full });
                reply = Reply::Nacked;
            }
        }
        Some(reply)
    }

    /// Why this cannot be published, if it cannot.
    fn wrong_with(&self, envelope: &Envelope) -> Option<Code> {
        let missing = match self.exchanges.get(&envelope.exchange) {
            None if envelope.exchange.is_empty() => None,
            None => Some(Code::NotFound),
            Some(exchange) => exchange.internal.then_some(Code::AccessRefused),
        };
        let time = envelope.properties.expiration.as_ref();
        missing
            .or_else(|| time.and_then(|text| expiration(text).is_none().then_some(Code::PreconditionFailed)))
    }

    /// The queues that get what is published to this exchange, in the order of their declaration.
    pub(super) fn route(&self, exchange: &Name, envelope: &Envelope, queues: &mut Vec<QueueId>) {
        if !exchange.is_empty() {
            return exchange::route(&self.exchanges, exchange, envelope, queues);
        }
        // The default exchange is bound to every queue by its name.
        queues.extend(envelope.keys().filter_map(|key| self.names.get(key)));
        queues.sort_unstable();
        queues.dedup();
    }

    /// A queue gets a copy; false if it refuses it. A ready consumer gets it before it is stored.
    #[inline]
    pub(super) fn enqueue(
        &mut self,
        id: QueueId,
        message: Message,
        envelope: &Arc<Envelope>,
        out: &mut impl Outlet<Reply, Push>,
    ) -> bool {
        let now = out.now();
        let Some(queue) = self.queues.get_mut(id) else { return true };
        if let Room::None(overflow) = queue.room_for(message.size) {
            if overflow == Overflow::RejectPublishDlx {
                self.dead.extend(DeadLetter::of(queue, message, envelope.clone(), Reason::MaxLen));
            }
            return false;
        }
        let position = queue.position;
        queue.position += 1;
        let expires = queue.expiry_of(envelope, now);
        let envelope = envelope.clone();
        let (deliveries, failures, redelivered) = (0, 0, false);
        let stored =
            Stored { message, envelope, entered: now, expires, position, deliveries, failures, redelivered };
        out.record(What::Enqueued { message: message.id, store: queue.store });
        let (idle, kind, plain) =
            (queue.ready.len() == 0, queue.kind, expires == Time::MAX && queue.settings.is_unlimited());
        if idle && let Some(consumer) = self.next_consumer(id) {
            self.deliver(id, consumer, stored, out);
            return true;
        }
        if let Some(queue) = self.queues.get_mut(id) {
            queue.push(stored);
        }
        // Without limits and expiry a message that nobody takes changes nothing but the length.
        if !plain || kind == QueueType::Classic && !idle && self.has_idle_consumer(id) {
            self.advance(id, out);
        }
        true
    }
}

impl super::queue::Queue {
    /// When a message that enters now will have been here for too long: the lower time of the message and the queue.
    #[inline]
    fn expiry_of(&self, envelope: &Envelope, now: Time) -> Time {
        let own = envelope.properties.expiration.as_ref().and_then(|text| expiration(text));
        let Some(least) = own.into_iter().chain(self.settings.message_ttl).min() else { return Time::MAX };
        match (least, self.kind) {
            // A quorum queue gives it the millisecond in which it came.
            (0, QueueType::Quorum) => now + Duration::from_millis(1),
            (least, QueueType::Quorum | QueueType::Classic) => now + Duration::from_millis(least),
        }
    }
}

/// The milliseconds in an `expiration`, which is a text.
fn expiration(text: &str) -> Option<u64> {
    text.parse::<u32>().ok().map(u64::from)
}

/// A number of copies as facts have it.
pub(super) fn copies(count: usize) -> u16 {
    u16::try_from(count).unwrap_or(u16::MAX)
}
