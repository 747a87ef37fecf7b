//! A restart: what a node has kept when it comes back.
//!
//! Kept are durable queues, in classic ones the persistent messages, in quorum queues all of them; what was unacknowledged
//! is ready again, redelivered. Gone are transient and exclusive queues, and transient messages. Durable exchanges
//! are kept, and what is bound between what is kept; transient exchanges too since 4.3.

use super::channel::ChannelId;
use super::message::Name;
use super::method::{Push, Reply};
use super::node::{Node, Timer};
use super::queue::QueueId;
use super::ready::{Back, Stored};
use super::settings::QueueType;
use super::version::Returned;
use crate::broker::linked::lost_on_the_way;
use crate::broker::server::Outlet;
use crate::journal::{Cause, Place, What};

impl Node {
    pub(super) fn come_back(&mut self, out: &mut impl Outlet<Reply, Push>) {
        self.alarm = false;
        // What was never read from a connection never reached an exchange.
        for (_, request) in self.connections.values_mut().flat_map(|own| std::mem::take(&mut own.unread)) {
            request.message().into_iter().for_each(|message| out.record(lost_on_the_way(message.id)));
        }
        self.connections.clear();
        self.numbers.clear();
        let channels: Vec<ChannelId> = self.channels.iter().map(|(id, _)| id).collect();
        // Nobody consumes any longer, so nothing is sent while the channels are emptied.
        let queues: Vec<QueueId> = self.queues.iter().map(|(id, _)| id).collect();
        for id in &queues {
            if let Some(queue) = self.queues.get_mut(*id) {
                queue.rotation = super::consumer::Rotation::default();
                queue.active = None;
                queue.used = out.now();
                for consumer in std::mem::take(&mut queue.consumers) {
                    self.consumers.remove(consumer);
                }
            }
        }
        for id in channels {
            let Some(mut channel) = self.channels.remove(id) else { continue };
            self.disarm(Timer::Channel(id));
            while let Some((_, unacked)) = channel.unacked.take_first(u64::MAX) {
                self.give_back(unacked.queue(), unacked.stored, Returned::Lost, out);
            }
        }
        for id in queues {
            self.queue_comes_back(id, out);
        }
        let gone = |exchange: &super::exchange::Exchange| {
            !exchange.durable && !self.series.keeps_transient_exchanges()
        };
        let gone: Vec<Name> =
            self.exchanges.iter().filter(|(_, own)| gone(own)).map(|(name, _)| name.clone()).collect();
        gone.into_iter().for_each(|name| self.remove_exchange(name));
    }

    fn queue_comes_back(&mut self, id: QueueId, out: &mut impl Outlet<Reply, Push>) {
        let Some(queue) = self.queues.get_mut(id) else { return };
        if !queue.durable || queue.owner.is_some() {
            queue.remove_ready(Place::Lost, Cause::Restart, out);
            queue.remove_later(Place::Lost, Cause::Restart, out);
            self.delete_queue(id, out);
            return;
        }
        queue.discards.iter_mut().for_each(super::dead_letter::Discard::forget_progress);
        queue.settle = None;
        if queue.kind == QueueType::Classic {
            queue.lose_transient(out);
        }
        self.discarding.push(id);
        self.advance(id, out);
    }
}

impl super::queue::Queue {
    /// Keeps what is persistent, each in its place.
    fn lose_transient(&mut self, out: &mut impl Outlet<Reply, Push>) {
        let persistent = |stored: &Stored| stored.envelope.properties.persistent;
        if self.ready.in_order().all(|stored| persistent(&stored)) {
            return;
        }
        let old = self.ready.in_order().collect::<Vec<_>>();
        self.ready.clear();
        self.bytes = 0;
        for stored in old {
            if persistent(&stored) {
                self.bytes += u64::from(stored.message.size);
                self.ready.give_back(stored, Back::Front);
            } else {
                let (message, from, to) = (stored.message.id, Place::Waiting, Place::Lost);
                out.record(What::Moved {
                    message,
                    store: self.store,
                    from,
                    to,
                    count: 1,
                    why: Cause::Restart,
                });
            }
        }
    }
}
