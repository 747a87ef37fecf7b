//! Connections and channels: what a client has open, and what it holds.

use std::collections::VecDeque;
use std::sync::Arc;

use super::consumer::ConsumerId;
use super::message::{Envelope, Name};
use super::method::{Code, Push, Reply, Request};
use super::node::Node;
use super::queue::QueueId;
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

/// A delivery that is not acknowledged yet.
#[derive(Clone, PartialEq, Hash, Debug)]
pub(super) struct Unacked {
    /// The queue; none once that is deleted.
    pub(super) queue: Option<QueueId>,
    /// The consumer; none if it was got, or once that is canceled.
    pub(super) consumer: Option<ConsumerId>,
    /// Whether it was sent to a consumer, and so counts for the limit of the channel.
    pub(super) consumed: bool,
    pub(super) stored: Stored,
    /// Since when.
    pub(super) since: Time,
}

/// Where the latest message of a channel went: most go the same way as the one before.
#[derive(Clone, Debug, Default)]
pub(super) struct Route {
    pub(super) envelope: Option<Arc<Envelope>>,
    /// The bindings that there were, by how often they had changed.
    pub(super) generation: u64,
    pub(super) queues: Vec<QueueId>,
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
    pub(super) consumers: Vec<(Name, ConsumerId)>,
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
    pub(super) unread: VecDeque<(RequestId, Request)>,
}

impl Node {
    #[inline]
    pub(super) fn channel_of(&self, client: ClientId, number: u16) -> Option<ChannelId> {
        let place = self.numbers.binary_search_by_key(&(client, number), |(own, _)| *own).ok()?;
        Some(self.numbers[place].1)
    }

    pub(super) fn open_channel(&mut self, client: ClientId, number: u16, now: Time) -> Result<Reply, Code> {
        let Err(place) = self.numbers.binary_search_by_key(&(client, number), |(own, _)| *own) else {
            return Err(Code::ChannelError);
        };
        let channel = self.channels.insert(Channel::new(client, number, now));
        self.numbers.insert(place, ((client, number), channel));
        self.connections.entry(client).or_default();
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
    pub(super) fn close_channel(&mut self, id: ChannelId, out: &mut impl Outlet<Reply, Push>) {
        let Some(mut channel) = self.channels.remove(id) else { return };
        self.numbers.retain(|(_, own)| *own != id);
        self.disarm_channel(id, channel.timer);
        let mut touched = std::mem::take(&mut self.touched);
        for (_, consumer) in std::mem::take(&mut channel.consumers) {
            if let Some(gone) = self.consumers.remove(consumer) {
                self.remove_from_queue(gone.queue, consumer, out);
                touched.push(gone.queue);
            }
        }
        while let Some((_, unacked)) = channel.unacked.take_first(u64::MAX) {
            touched.extend(unacked.queue);
            self.give_back(unacked.queue, unacked.stored, Returned::Lost, out);
        }
        self.advance_all(&mut touched, out);
        self.touched = touched;
    }

    /// A connection goes, with all its channels and with the queues that were its alone.
    pub(super) fn lose_connection(&mut self, client: ClientId, out: &mut impl Outlet<Reply, Push>) {
        let own = |(key, id): &((ClientId, u16), ChannelId)| (key.0 == client).then_some(*id);
        let channels: Vec<ChannelId> = self.numbers.iter().filter_map(own).collect();
        for channel in channels {
            self.close_channel(channel, out);
        }
        let exclusive =
            |(id, queue): (QueueId, &super::queue::Queue)| (queue.owner == Some(client)).then_some(id);
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
