//! What nearly every message takes, for a client library that stands beside the node: nothing else is under way between
//! the two. What comes of it is the same as of a request, but the first delivery is handed back and not pushed.

use std::sync::Arc;

use super::dispatch::{Handed, next_consumer};
use super::message::Envelope;
use super::method::{Push, Reply};
use super::node::Node;
use super::queue::QueueId;
use super::ready::Stored;
use super::settings::QueueType;
use crate::broker::server::Outlet;
use crate::id::ClientId;
use crate::journal::What;
use crate::message::Message;
use crate::time::Time;

/// A delivery, if there is one, and to whom.
pub(super) type First = Option<(ClientId, Handed)>;

impl Node {
    /// `basic.publish` like the one before, to one queue that takes everything. Nothing is done, and nothing returned, if it
    /// is not such.
    #[inline]
    pub(super) fn publish_at_once(
        &mut self,
        (client, number): (ClientId, u16),
        message: &Message,
        envelope: &Arc<Envelope>,
        confirms: bool,
        out: &mut impl Outlet<Reply, Push>,
    ) -> Option<First> {
        if self.alarm {
            return None;
        }
        let channel = self.channel_of(client, number)?;
        let own = self.channels.get(channel)?;
        let route = &own.route.0;
        let [id] = route.queues[..] else { return None };
        let known = route.envelope.as_ref().is_some_and(|last| Arc::ptr_eq(last, envelope))
            && route.generation == self.generation;
        if !known || route.expiration.is_some() || own.confirms != confirms {
            return None;
        }
        let queue = self.queues.get_mut(id)?;
        if !queue.settings.are_usual() || queue.active.is_some() {
            return None;
        }
        let (entered, position) = (out.now(), queue.position);
        queue.position += 1;
        let stored = Stored {
            message: *message,
            envelope: envelope.clone(),
            entered,
            expires: Time::MAX,
            position,
            deliveries: 0,
            failures: 0,
            redelivered: false,
        };
        out.record(What::Enqueued { message: message.id, store: queue.store });
        if queue.ready.len() == 0
            && let Some(consumer) = next_consumer(queue, &mut self.consumers, &mut self.channels)
        {
            return Some(self.hand(id, consumer, stored, out));
        }
        queue.push(stored);
        Some(None)
    }

    /// `basic.ack` of one delivery. Nothing is done, and nothing returned, if the channel does not hold it or has a limit of
    /// its own.
    #[inline]
    pub(super) fn ack_at_once(
        &mut self,
        (client, number): (ClientId, u16),
        tag: u64,
        out: &mut impl Outlet<Reply, Push>,
    ) -> Option<First> {
        if self.alarm {
            return None;
        }
        let channel = self.channel_of(client, number)?;
        if self.channels.get(channel)?.global != 0 {
            return None;
        }
        let queue = self.acked(channel, tag, out)?;
        let first = queue.and_then(|queue| self.serve_at_once(queue, out));
        self.settle(out);
        Some(first)
    }

    /// Whoever can take something from a queue gets it.
    #[inline]
    fn serve_at_once(&mut self, id: QueueId, out: &mut impl Outlet<Reply, Push>) -> First {
        let queue = self.queues.get_mut(id)?;
        let lives = out.now() < queue.ready.front()?.expires;
        let mut first = None;
        if lives
            && queue.settings.are_usual()
            && let Some(to) = next_consumer(queue, &mut self.consumers, &mut self.channels)
            && let Some(stored) = queue.pop()
        {
            first = self.hand(id, to, stored, out);
        }
        if !self.rests(id) {
            self.advance(id, out);
        }
        first
    }

    /// Whether a queue is at rest, so that to bring it there would change nothing. It may say no of one that is.
    #[inline]
    fn rests(&mut self, id: QueueId) -> bool {
        let Some(queue) = self.queues.get_mut(id) else { return true };
        let head = queue.ready.front().map(|head| head.expires);
        queue.kind == QueueType::Classic
            && queue.settings.are_usual()
            && head.is_none_or(|expires| expires == Time::MAX)
            && queue.delayed.len() == 0
            && queue.settle.is_none()
            && queue.unused().is_none()
            && (head.is_none() || next_consumer(queue, &mut self.consumers, &mut self.channels).is_none())
    }
}
