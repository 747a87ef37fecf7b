//! Pub/Sub: what is published goes to who is subscribed at that instant, and is kept nowhere.
//!
//! ```text
//! PUBLISH --> one copy for each subscription that fits --> output buffer --> socket --> client
//!                      none fits: gone                        too full: the client is disconnected
//! ```
//!
//! A client that is subscribed to a channel and to patterns that fit it gets a copy for each of these. The publisher
//! never waits: for a client that does not read, copies stay in the server's output buffer, up to a limit.

use std::collections::VecDeque;
use std::time::Duration;

use crate::id::{ClientId, StoreId, WorkerId};
use crate::journal::{Cause, Place, What};
use crate::mechanism::glob;
use crate::mechanism::sorted::Sorted;
use crate::message::Message;
use crate::time::Time;

use super::keyspace::Store;
use super::list::signed;
use super::name::Name;
use super::reply::{Push, Reply};
use super::request::PubSubCommand;
use super::server::Redis;
use super::settings::OutputLimit;
use super::{Out, facts};

/// One client's subscription to one channel or pattern.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
struct Subscription {
    client: ClientId,
    store: StoreId,
}

/// What a client has not taken yet.
#[derive(Clone, PartialEq, Hash, Debug, Default)]
struct Output {
    /// In the sockets between server and client, in bytes.
    in_socket: u64,
    /// In the output buffer, oldest first.
    buffer: VecDeque<(StoreId, Push, u32)>,
    /// The bytes of that.
    bytes: u64,
    /// Since when it is beyond the soft limit, to the second.
    beyond_since: Option<u64>,
    /// How many subscriptions it has.
    subscriptions: u32,
}

#[derive(Clone, PartialEq, Hash, Debug, Default)]
pub(super) struct PubSub {
    /// Who is subscribed to each channel, by the number of its name.
    channels: Vec<Vec<Subscription>>,
    patterns: Vec<(Name, Subscription)>,
    outputs: Sorted<ClientId, Output>,
    /// When the first client will have been beyond the soft limit for too long.
    deadline: Option<Time>,
}

impl PubSub {
    /// The output buffers, in bytes.
    pub(super) fn bytes(&self) -> u64 {
        self.outputs.values().map(|output| output.bytes).sum()
    }

    /// How many copies of a subscription are in its client's output buffer.
    pub(super) fn buffered(&self, client: ClientId, store: StoreId) -> u64 {
        let own = |output: &Output| output.buffer.iter().filter(|(own, ..)| *own == store).count() as u64;
        self.outputs.get(&client).map_or(0, own)
    }

    /// The messages of a subscription that are in its client's output buffer, oldest first.
    pub(super) fn in_buffer(
        &self,
        client: ClientId,
        store: StoreId,
    ) -> impl Iterator<Item = (Message, Time)> {
        let buffer = self.outputs.get(&client).into_iter().flat_map(|output| output.buffer.iter());
        buffer.filter(move |(own, ..)| *own == store).filter_map(|(_, push, _)| match push {
            Push::Message { message, published, .. } => Some((*message, *published)),
            Push::Closed => None,
        })
    }

    pub(super) fn deadline(&self) -> Option<Time> {
        self.deadline
    }

    fn channel(&mut self, channel: Name) -> &mut Vec<Subscription> {
        let place = channel.place();
        if self.channels.len() <= place {
            self.channels.resize(place + 1, Vec::new());
        }
        &mut self.channels[place]
    }

    fn subscribers(&self, channel: Name) -> &[Subscription] {
        self.channels.get(channel.place()).map_or(&[], Vec::as_slice)
    }

    /// To what a client is subscribed: channels, or patterns.
    fn of(&self, client: ClientId, patterns: bool) -> Vec<Name> {
        if patterns {
            let own = self.patterns.iter().filter(|(_, own)| own.client == client);
            return own.map(|(name, _)| *name).collect();
        }
        let numbered = self.channels.iter().enumerate();
        let own = numbered.filter(|(_, all)| all.iter().any(|own| own.client == client));
        own.map(|(number, _)| Name(number as u16)).collect()
    }
}

impl Redis {
    #[inline]
    pub(super) fn run_pubsub(
        &mut self,
        command: &PubSubCommand,
        client: ClientId,
        out: &mut impl Out,
    ) -> Reply {
        match command {
            PubSubCommand::Publish(channel, message) => self.publish(*channel, *message, out),
            PubSubCommand::Subscribe(names) => Reply::Subscribed(
                names.all().iter().map(|name| self.subscribe(client, *name, false)).collect(),
            ),
            PubSubCommand::PatternSubscribe(names) => Reply::Subscribed(
                names.all().iter().map(|name| self.subscribe(client, *name, true)).collect(),
            ),
            PubSubCommand::Unsubscribe(names) => self.unsubscribe(client, names.all(), false, out),
            PubSubCommand::PatternUnsubscribe(names) => self.unsubscribe(client, names.all(), true, out),
            PubSubCommand::Subscribers(channel) => {
                Reply::Integer(signed(self.pubsub.subscribers(*channel).len() as u64))
            }
        }
    }

    #[inline(never)]
    fn subscribe(&mut self, client: ClientId, name: Name, pattern: bool) -> (Name, u32) {
        let what = if pattern { Store::Pattern(client, name) } else { Store::Channel(client, name) };
        let subscription = Subscription { client, store: self.stores.number(what) };
        let known = if pattern {
            self.pubsub.patterns.contains(&(name, subscription))
        } else {
            self.pubsub.subscribers(name).contains(&subscription)
        };
        if !known && pattern {
            self.pubsub.patterns.push((name, subscription));
        } else if !known {
            self.pubsub.channel(name).push(subscription);
        }
        let output = self.pubsub.outputs.entry(client, Output::default);
        output.subscriptions += u32::from(!known);
        (name, output.subscriptions)
    }

    /// What is in the output buffer is sent all the same.
    #[inline(never)]
    fn unsubscribe(&mut self, client: ClientId, names: &[Name], patterns: bool, _: &mut impl Out) -> Reply {
        let all = if names.is_empty() { self.pubsub.of(client, patterns) } else { names.to_vec() };
        let left = all.into_iter().map(|name| {
            let own = if patterns {
                let before = self.pubsub.patterns.len();
                self.pubsub.patterns.retain(|(own, held)| (*own, held.client) != (name, client));
                before - self.pubsub.patterns.len()
            } else {
                let channel = self.pubsub.channel(name);
                let before = channel.len();
                channel.retain(|own| own.client != client);
                before - channel.len()
            };
            let output = self.pubsub.outputs.entry(client, Output::default);
            output.subscriptions -= u32::from(own != 0);
            (name, output.subscriptions)
        });
        Reply::Subscribed(left.collect())
    }

    #[inline(never)]
    fn publish(&mut self, channel: Name, message: Message, out: &mut impl Out) -> Reply {
        let direct = self.pubsub.subscribers(channel).len();
        let mut copies = direct;
        if !self.pubsub.patterns.is_empty() {
            let text = self.names.text(channel);
            let fits = |(pattern, _): &&(Name, Subscription)| glob::matches(self.names.text(*pattern), text);
            copies += self.pubsub.patterns.iter().filter(fits).count();
        }
        if copies != 1 {
            let copies = u16::try_from(copies).unwrap_or(u16::MAX);
            out.record(What::Routed { message: message.id, copies });
        }
        for place in 0..direct {
            let Some(to) = self.pubsub.subscribers(channel).get(place).copied() else { break };
            self.write(to, channel, None, message, out);
        }
        if direct < copies {
            for place in 0..self.pubsub.patterns.len() {
                let (pattern, to) = self.pubsub.patterns[place];
                if glob::matches(self.names.text(pattern), self.names.text(channel)) {
                    self.write(to, channel, Some(pattern), message, out);
                }
            }
        }
        self.cut_slow(out);
        Reply::Integer(signed(copies as u64))
    }

    /// Writes a message to a client: into the socket, or where that is full into the output buffer.
    #[inline(never)]
    fn write(
        &mut self,
        to: Subscription,
        channel: Name,
        pattern: Option<Name>,
        message: Message,
        out: &mut impl Out,
    ) {
        let names = self.names.text(channel).len() + pattern.map_or(0, |own| self.names.text(own).len());
        let bytes = message.size.saturating_add(FRAME + names as u32);
        let (published, store) = (out.now(), to.store);
        let push = Push::Message { channel, pattern, message, published, store, bytes };
        out.record(What::Enqueued { message: message.id, store: to.store });
        let Some(output) = self.pubsub.outputs.get_mut(&to.client) else { return };
        let fits =
            output.in_socket == 0 || output.in_socket + u64::from(bytes) <= self.settings.socket_buffer;
        if output.buffer.is_empty() && fits {
            output.in_socket += u64::from(bytes);
            sent(to.client, to.store, push, out);
        } else {
            output.buffer.push_back((to.store, push, bytes));
            output.bytes += u64::from(bytes);
            self.watch(to.client, out.now());
        }
    }

    /// Notes since when a client is beyond the soft limit. The server's clock for that has whole seconds.
    fn watch(&mut self, client: ClientId, now: Time) {
        let limit = self.settings.pubsub_limit;
        let Some(output) = self.pubsub.outputs.get_mut(&client) else { return };
        let beyond = limit.soft != 0 && limit.soft < output.bytes;
        let since = output.beyond_since.unwrap_or(now.as_nanos() / 1_000_000_000);
        output.beyond_since = beyond.then_some(since);
        self.pubsub.deadline = self.pubsub.outputs.values().filter_map(|output| output.cut_at(limit)).min();
    }

    /// A client has taken bytes out of its socket: as many more fit in.
    pub(super) fn taken(&mut self, client: ClientId, bytes: u64, out: &mut impl Out) {
        let Some(output) = self.pubsub.outputs.get_mut(&client) else { return };
        output.in_socket = output.in_socket.saturating_sub(bytes);
        if output.buffer.is_empty() {
            return;
        }
        while let Some((store, push, bytes)) = output.buffer.front().copied() {
            let filled = output.in_socket + u64::from(bytes);
            if output.in_socket != 0 && self.settings.socket_buffer < filled {
                break;
            }
            output.buffer.pop_front();
            (output.in_socket, output.bytes) = (filled, output.bytes - u64::from(bytes));
            sent(client, store, push, out);
        }
        self.watch(client, out.now());
    }

    /// Disconnects clients that are beyond a limit.
    pub(super) fn cut_slow(&mut self, out: &mut impl Out) {
        if self.pubsub.bytes_beyond(self.settings.pubsub_limit, out.now()).is_none() {
            return;
        }
        while let Some(client) = self.pubsub.bytes_beyond(self.settings.pubsub_limit, out.now()) {
            self.unsubscribe_all(client, out);
            out.push(client, Push::Closed);
        }
    }

    /// A client is gone, with its subscriptions and all that was written to it.
    pub(super) fn unsubscribe_all(&mut self, client: ClientId, out: &mut impl Out) {
        let Some(output) = self.pubsub.outputs.remove(&client) else { return };
        for (store, push, _) in output.buffer {
            if let Push::Message { message, .. } = push {
                facts::moved(message.id, store, (Place::Waiting, Place::Lost), 1, Cause::Disconnect, out);
            }
        }
        self.pubsub.channels.iter_mut().for_each(|all| all.retain(|own| own.client != client));
        self.pubsub.patterns.retain(|(_, own)| own.client != client);
        let limit = self.settings.pubsub_limit;
        self.pubsub.deadline = self.pubsub.outputs.values().filter_map(|output| output.cut_at(limit)).min();
    }

    /// All connections are gone.
    pub(super) fn forget_subscriptions(&mut self, out: &mut impl Out) {
        let clients: Vec<ClientId> = self.pubsub.outputs.keys().copied().collect();
        clients.into_iter().for_each(|client| self.unsubscribe_all(client, out));
    }
}

/// What a message takes up beside its body and the names of its channel and pattern: lengths and line ends.
const FRAME: u32 = 36;

/// The server is done with a copy once it is in the socket: it counts as acknowledged.
fn sent(client: ClientId, store: StoreId, push: Push, out: &mut impl Out) {
    if let Push::Message { message, published, .. } = push {
        let (message, worker) = (message.id, WorkerId(client.0));
        let waited = out.now().nanos_since(published);
        out.record(What::Delivered { message, store, worker, attempt: 1, waited, begins: false });
        facts::moved(message, store, (Place::Held, Place::Done), 1, Cause::AutoAck, out);
    }
    out.push(client, push);
}

impl Output {
    /// When it will have been beyond the soft limit for too long.
    fn cut_at(&self, limit: OutputLimit) -> Option<Time> {
        Some(Time::ZERO + Duration::from_secs(self.beyond_since? + limit.soft_seconds + 1))
    }
}

impl PubSub {
    /// A client that is to be disconnected now, if there is one.
    fn bytes_beyond(&self, limit: OutputLimit, now: Time) -> Option<ClientId> {
        let is_beyond = |output: &Output| {
            let hard = limit.hard != 0 && limit.hard < output.bytes;
            hard || output.cut_at(limit).is_some_and(|at| at <= now)
        };
        let mut beyond = self.outputs.iter().filter(|(_, output)| output.bytes != 0 && is_beyond(output));
        beyond.next().map(|(client, _)| *client)
    }
}
