//! Connections and channels: what a client has open, and what it holds.

use std::sync::Arc;

use super::consumer::ConsumerId;
use super::message::Envelope;
use super::method::{Code, ConsumerTag, Push, Reply, Request};
use super::node::{NEAR, Node, Timer};
use super::queue::{Queue, QueueId, include};
use super::ready::Stored;
use super::version::Returned;
use crate::broker::server::Outlet;
use crate::id::{ClientId, RequestId};
use crate::journal::{Cause, Place, What};
use crate::mechanism::memo::Memo;
use crate::mechanism::outstanding::Outstanding;
use crate::time::Time;

/// A channel, by its number on the node.
pub(super) type ChannelId = u32;

/// Who has a delivery.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) enum Holder {
    /// A consumer.
    Consumer(ConsumerId),
    /// One that was canceled meanwhile.
    Canceled,
    /// Whoever got it. It does not count for the limit of the channel.
    Getter,
}

/// A delivery that is not acknowledged yet.
#[derive(Clone, PartialEq, Hash, Debug)]
pub(super) struct Unacked {
    /// The queue; [`NOBODY`] once that is deleted. There can be very many of these, so each number stands for itself.
    queue: QueueId,
    /// The consumer; [`NOBODY`] if it was canceled, [`GETTER`] if it was got.
    holder: ConsumerId,
    /// The message, which *entered* when it was delivered.
    pub(super) stored: Stored,
}

/// More queues and consumers than there can be.
const NOBODY: u32 = u32::MAX;
const GETTER: u32 = u32::MAX - 1;

impl Unacked {
    /// A delivery of a queue to a consumer, or to one that got it.
    #[inline]
    pub(super) fn new(queue: QueueId, consumer: Option<ConsumerId>, stored: Stored) -> Unacked {
        Unacked { queue, holder: consumer.unwrap_or(GETTER), stored }
    }

    /// The queue; none once that is deleted.
    #[inline]
    pub(super) fn queue(&self) -> Option<QueueId> {
        (self.queue != NOBODY).then_some(self.queue)
    }

    #[inline]
    pub(super) fn holder(&self) -> Holder {
        match self.holder {
            GETTER => Holder::Getter,
            NOBODY => Holder::Canceled,
            consumer => Holder::Consumer(consumer),
        }
    }

    /// It is the queue's no more.
    pub(super) fn leave_queue(&mut self) {
        self.queue = NOBODY;
    }

    /// Its consumer was canceled.
    pub(super) fn cancel(&mut self) {
        self.holder = NOBODY;
    }
}

/// Where the latest message of a channel went: most go the same way as the one before.
#[derive(Clone, Debug, Default)]
pub(super) struct Route {
    pub(super) envelope: Option<Arc<Envelope>>,
    /// The bindings that there were, by how often they had changed.
    pub(super) generation: u64,
    /// The queues, in order.
    pub(super) queues: Vec<QueueId>,
    /// Its time to live in milliseconds, if it has one.
    pub(super) expiration: Option<u32>,
}

#[derive(Clone, PartialEq, Hash, Debug)]
pub(super) struct Channel {
    pub(super) client: ClientId,
    /// Its number on its connection.
    pub(super) number: u16,
    pub(super) opened: Time,
    /// The latest delivery tag.
    pub(super) tag: u64,
    /// By delivery tag.
    pub(super) unacked: Outstanding<Unacked>,
    /// The prefetch of consumers that subscribe from now on.
    pub(super) prefetch: u16,
    /// The limit for all its consumers together; 0 is none.
    pub(super) global: u16,
    /// How many unacknowledged deliveries count for that.
    pub(super) consumed: u32,
    /// Whether publishes are confirmed.
    pub(super) confirms: bool,
    pub(super) consumers: Vec<(ConsumerTag, ConsumerId)>,
    /// Consumers that are blocked by its limit.
    pub(super) blocked: Vec<ConsumerId>,
    pub(super) route: Memo<Route>,
    /// When the node is woken for it.
    pub(super) timer: Option<Time>,
}

impl Channel {
    fn new(client: ClientId, number: u16, opened: Time) -> Channel {
        Channel {
            client,
            number,
            opened,
            tag: 0,
            unacked: Outstanding::default(),
            prefetch: 0,
            global: 0,
            consumed: 0,
            confirms: false,
            consumers: Vec::new(),
            blocked: Vec::new(),
            route: Memo::default(),
            timer: None,
        }
    }

    /// Whether its limit allows one more delivery to its consumers.
    #[inline]
    pub(super) fn has_room(&self) -> bool {
        self.global == 0 || self.consumed < u32::from(self.global)
    }
}

/// A connection.
#[derive(Clone, PartialEq, Hash, Debug, Default)]
pub(super) struct Connection {
    /// Whether the server has stopped reading from it.
    pub(super) blocked: bool,
    /// What it asked since then, not read yet.
    pub(super) unread: Vec<(RequestId, Request)>,
}

impl Node {
    #[inline]
    pub(super) fn channel_of(&mut self, client: ClientId, number: u16) -> Option<ChannelId> {
        // Of connections whose numbers differ by little each has a place of its own.
        let place = usize::from(client.0 ^ client.0 >> 11) % NEAR;
        let near = self.near.0[place];
        if self.channels.get(near).is_some_and(|own| (own.client, own.number) == (client, number)) {
            return Some(near);
        }
        let found = *self.numbers.get(&(client, number))?;
        self.near.0[place] = found;
        Some(found)
    }

    pub(super) fn open_channel(&mut self, client: ClientId, number: u16, now: Time) -> Result<Reply, Code> {
        if self.numbers.contains_key(&(client, number)) {
            return Err(Code::ChannelError);
        }
        let channel = self.channels.insert(Channel::new(client, number, now));
        self.numbers.insert((client, number), channel);
        if !self.connections.contains_key(&client) {
            self.connections.insert(client, Connection::default());
        }
        Ok(Reply::Done)
    }

    /// Closes a channel or its whole connection because of what was asked on it.
    pub(super) fn fail(
        &mut self,
        client: ClientId,
        number: u16,
        code: Code,
        request: Option<RequestId>,
        out: &mut impl Outlet<Reply, Push>,
    ) {
        match request {
            Some(request) => out.reply(client, request, Reply::Failed(code)),
            None if code.is_hard() => out.push(client, Push::ConnectionClosed(code)),
            None => out.push(client, Push::ChannelClosed { channel: number, code }),
        }
        if code.is_hard() {
            self.lose_connection(client, out);
        } else if let Some(channel) = self.channel_of(client, number) {
            self.close_channel(channel, out);
        }
    }

    /// A channel goes: its consumers first, then all that it holds goes back, then others are served.
    #[inline(never)]
    pub(super) fn close_channel(&mut self, id: ChannelId, out: &mut impl Outlet<Reply, Push>) {
        let Some(mut channel) = self.channels.remove(id) else { return };
        self.numbers.remove(&(channel.client, channel.number));
        self.disarm(Timer::Channel(id));
        let mut touched = std::mem::take(&mut self.touched);
        for (_, consumer) in std::mem::take(&mut channel.consumers) {
            if let Some(gone) = self.consumers.remove(consumer) {
                self.remove_from_queue(gone.queue, consumer, out);
                include(&mut touched, gone.queue);
            }
        }
        while let Some((_, unacked)) = channel.unacked.take_first(u64::MAX) {
            unacked.queue().into_iter().for_each(|queue| include(&mut touched, queue));
            self.give_back(unacked.queue(), unacked.stored, Returned::Lost, out);
        }
        self.advance_all(&mut touched, out);
        self.touched = touched;
    }

    /// A connection goes, with all its channels and with the queues that were its alone.
    #[inline(never)]
    pub(super) fn lose_connection(&mut self, client: ClientId, out: &mut impl Outlet<Reply, Push>) {
        let first = |node: &Node| {
            let (key, channel) = node.numbers.iter_from(&(client, 0)).next()?;
            (key.0 == client).then_some(*channel)
        };
        while let Some(channel) = first(self) {
            self.close_channel(channel, out);
        }
        let exclusive = |(id, queue): (QueueId, &Queue)| (queue.owner == Some(client)).then_some(id);
        let queues: Vec<QueueId> = self.queues.iter().filter_map(exclusive).collect();
        for queue in queues {
            self.delete_queue(queue, out);
        }
        // What was never read from it never reached an exchange.
        for (_, request) in self.connections.remove(&client).map(|gone| gone.unread).unwrap_or_default() {
            if let Some(message) = request.message() {
                let (from, to) = (Place::Arriving, Place::Lost);
                let (store, why) = (crate::id::StoreId(0), Cause::Disconnect);
                out.record(What::Moved { message: message.id, store, from, to, count: 1, why });
            }
        }
    }
}
