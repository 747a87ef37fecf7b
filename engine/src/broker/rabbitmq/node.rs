//! A node: the server itself. Here are its parts and the order in which things are done; the rules are next door.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::channel::{Channel, ChannelId, Connection};
use super::consumer::Consumer;
use super::dead_letter::DeadLetter;
use super::exchange::{self, Exchanges};
use super::message::Name;
use super::method::{Code, Method, Policy, Push, Reply, Request};
use super::queue::{Queue, QueueId};
use super::settings::NodeSettings;
use super::version::Series;
use crate::broker::server::{Down, Holding, Outlet, Server};
use crate::id::{ClientId, RequestId};
use crate::journal::{Refusal, What};
use crate::mechanism::slab::Slab;
use crate::message::Message;
use crate::time::Time;
use crate::view::{EntryView, StoreView};

/// What the node is woken for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(super) enum Timer {
    /// A head expires, a delay is over, a queue was unused for long enough.
    Queue(QueueId),
    /// A delivery is unacknowledged for too long.
    Channel(ChannelId),
}

/// A RabbitMQ node.
#[derive(Clone, PartialEq, Hash, Debug)]
pub struct Node {
    pub(super) series: Series,
    pub(super) settings: NodeSettings,
    pub(super) exchanges: Exchanges,
    pub(super) queues: Slab<Queue>,
    pub(super) names: BTreeMap<Name, QueueId>,
    pub(super) policies: BTreeMap<Name, Policy>,
    pub(super) connections: BTreeMap<ClientId, Connection>,
    pub(super) channels: Slab<Channel>,
    /// Channels by connection and number on it.
    pub(super) numbers: Vec<((ClientId, u16), ChannelId)>,
    pub(super) consumers: Slab<Consumer>,
    /// The next wakes. One can come too early, never too late: so a head that leaves before it expires costs nothing.
    pub(super) timers: BTreeSet<(Time, Timer)>,
    /// Whether the memory alarm is on.
    pub(super) alarm: bool,
    /// How often exchanges, queues or bindings have changed.
    pub(super) generation: u64,
    /// Dead letters on their way. Empty between two calls, like the two below.
    pub(super) dead: VecDeque<DeadLetter>,
    /// Queues with dead letters of which their targets have to be asked.
    pub(super) discarding: Vec<QueueId>,
    /// Queues in which something changed, in a buffer that is lent out.
    pub(super) touched: Vec<QueueId>,
}

impl Node {
    /// A node of this series, without anything declared on it.
    pub fn new(series: Series, settings: NodeSettings) -> Node {
        Node {
            series,
            settings,
            exchanges: exchange::predeclared(),
            queues: Slab::default(),
            names: BTreeMap::new(),
            policies: BTreeMap::new(),
            connections: BTreeMap::new(),
            channels: Slab::default(),
            numbers: Vec::new(),
            consumers: Slab::default(),
            timers: BTreeSet::new(),
            alarm: false,
            generation: 0,
            dead: VecDeque::new(),
            discarding: Vec::new(),
            touched: Vec::new(),
        }
    }

    /// The messages that are ready in a queue, head first, and whether each was delivered before; none if there is no
    /// such queue.
    pub fn ready_in(&self, queue: &str) -> Option<Vec<(crate::id::MessageId, bool)>> {
        let queue = self.queues.get(*self.names.get(queue)?)?;
        Some(queue.ready.in_order().map(|stored| (stored.message.id, stored.redelivered)).collect())
    }

    /// How many messages are ready in a queue, and how many unacknowledged; none if there is no such queue.
    pub fn count_in(&self, queue: &str) -> Option<(u64, u64)> {
        let queue = self.queues.get(*self.names.get(queue)?)?;
        Some((queue.ready.len(), queue.held))
    }

    /// Whether there is an exchange of this name.
    pub fn has_exchange(&self, name: &str) -> bool {
        self.exchanges.contains_key(name)
    }

    /// Handles what came over a connection that the server reads from.
    pub(super) fn read(
        &mut self,
        client: ClientId,
        id: RequestId,
        request: Request,
        out: &mut impl Outlet<Reply, Push>,
    ) {
        match request {
            Request::Channel(number, method) => self.method(client, number, id, method, out),
            Request::CloseConnection => {
                out.reply(client, id, Reply::Done);
                self.lose_connection(client, out);
            }
            Request::Operator(operation) => {
                self.operate(operation, out);
                out.reply(client, id, Reply::Done);
            }
        }
    }

    #[inline]
    fn method(
        &mut self,
        client: ClientId,
        number: u16,
        id: RequestId,
        method: Method,
        out: &mut impl Outlet<Reply, Push>,
    ) {
        let answered = !matches!(
            method,
            Method::Publish { .. } | Method::Ack { .. } | Method::Nack { .. } | Method::Reject { .. }
        );
        let result = match self.channel_of(client, number) {
            Some(channel) => self.perform(channel, id, method, out),
            None if method == Method::Open => self.open_channel(client, number, out.now()).map(Some),
            // What was under way to a channel that the server has closed meanwhile is not looked at.
            None if answered => Ok(Some(Reply::Failed(Code::ChannelError))),
            None => {
                if let Method::Publish { message, .. } = method {
                    let Message { id, producer, .. } = message;
                    out.record(What::Refused { message: id, producer, why: Refusal::Unreachable });
                }
                Ok(None)
            }
        };
        match result {
            Ok(Some(reply)) => out.reply(client, id, reply),
            Ok(None) => {}
            Err(code) => self.fail(client, number, code, answered.then_some(id), out),
        }
    }

    #[inline]
    fn perform(
        &mut self,
        channel: ChannelId,
        id: RequestId,
        method: Method,
        out: &mut impl Outlet<Reply, Push>,
    ) -> Result<Option<Reply>, Code> {
        let done = |()| Some(Reply::Done);
        match method {
            Method::Publish { message, envelope, mandatory } => {
                self.publish(channel, message, envelope, mandatory, out)
            }
            Method::Ack { tag, multiple } => self.ack(channel, tag, multiple, out).map(|()| None),
            Method::Nack { tag, multiple, requeue } => {
                self.nack(channel, tag, multiple, requeue, out).map(|()| None)
            }
            Method::Reject { tag, requeue } => self.reject(channel, tag, requeue, out).map(|()| None),
            Method::Recover => {
                self.recover(channel, out);
                Ok(Some(Reply::Done))
            }
            Method::Get { queue, no_ack } => self.get(channel, &queue, no_ack, out).map(Some),
            Method::Consume { queue, tag, no_ack, exclusive, arguments } => {
                self.consume(channel, id, &queue, (tag, no_ack, exclusive), &arguments, out).map(|()| None)
            }
            Method::Cancel { tag } => {
                self.cancel(channel, id, &tag, out);
                Ok(None)
            }
            Method::Qos { prefetch_count, global } => {
                self.qos(channel, prefetch_count, global, out).map(done)
            }
            Method::ConfirmSelect => {
                if let Some(channel) = self.channels.get_mut(channel) {
                    channel.confirms = true;
                }
                Ok(Some(Reply::Done))
            }
            Method::Open => Err(Code::ChannelError),
            Method::Close => {
                self.close_channel(channel, out);
                Ok(Some(Reply::Done))
            }
            Method::ExchangeDeclare(declare) => self.declare_exchange(declare).map(done),
            Method::ExchangeDelete { name, if_unused } => self.delete_exchange(&name, if_unused).map(done),
            Method::ExchangeBind(bind) => self.bind_exchange(bind).map(done),
            Method::ExchangeUnbind(bind) => self.unbind_exchange(&bind).map(done),
            Method::QueueDeclare(declare) => self.declare_queue(channel, declare, out).map(Some),
            Method::QueueDelete { name, if_unused, if_empty } => {
                self.queue_delete(channel, &name, if_unused, if_empty, out).map(Some)
            }
            Method::QueuePurge { name } => self.purge(channel, &name, out).map(Some),
            Method::QueueBind(bind) => self.bind_queue(channel, bind).map(done),
            Method::QueueUnbind(bind) => self.unbind_queue(channel, &bind).map(done),
        }
    }

    /// Sends dead letters on their way until none is left.
    #[inline]
    pub(super) fn settle(&mut self, out: &mut impl Outlet<Reply, Push>) {
        loop {
            if let Some(letter) = self.dead.pop_front() {
                self.republish(letter, out);
            } else if let Some(queue) = self.discarding.pop() {
                self.forward(queue, out);
            } else {
                return;
            }
        }
    }

    /// Sees to it that the node is woken for a queue in time.
    #[inline]
    pub(super) fn arm(&mut self, id: QueueId) {
        let Some(queue) = self.queues.get_mut(id) else { return };
        let Some(due) = queue.due() else { return };
        if queue.timer.is_none_or(|timer| due < timer) {
            if let Some(timer) = queue.timer {
                self.timers.remove(&(timer, Timer::Queue(id)));
            }
            queue.timer = Some(due);
            self.timers.insert((due, Timer::Queue(id)));
        }
    }

    /// The same for a channel.
    pub(super) fn arm_channel(&mut self, id: ChannelId, due: Time) {
        let Some(channel) = self.channels.get_mut(id) else { return };
        if channel.timer.is_none_or(|timer| due < timer) {
            let old = channel.timer.replace(due);
            self.disarm_channel(id, old);
            self.timers.insert((due, Timer::Channel(id)));
        }
    }

    pub(super) fn disarm_channel(&mut self, id: ChannelId, timer: Option<Time>) {
        if let Some(timer) = timer {
            self.timers.remove(&(timer, Timer::Channel(id)));
        }
    }

    fn view(queue: &Queue, limit: usize) -> StoreView {
        let entry = |stored: super::ready::Stored| EntryView {
            message: stored.message.id,
            producer: stored.message.producer,
            since: stored.entered,
            attempt: stored.deliveries.saturating_add(1),
        };
        StoreView {
            name: queue.name.to_string(),
            capacity: queue.settings.max_length.map(|most| u32::try_from(most).unwrap_or(u32::MAX)),
            depth: queue.ready.len(),
            held: queue.held,
            delayed: queue.later(),
            oldest: queue.ready.front().map(|stored| stored.entered),
            entries: queue.ready.in_order().take(limit).map(entry).collect(),
            kept: 0,
        }
    }
}

impl Server for Node {
    type Request = Request;
    type Reply = Reply;
    type Push = Push;

    #[inline]
    fn request(
        &mut self,
        client: ClientId,
        id: RequestId,
        request: Request,
        out: &mut impl Outlet<Reply, Push>,
    ) {
        if self.alarm {
            self.read_or_not(client, id, request, out);
        } else {
            self.read(client, id, request, out);
        }
        self.settle(out);
    }

    fn disconnect(&mut self, client: ClientId, out: &mut impl Outlet<Reply, Push>) {
        self.lose_connection(client, out);
        self.settle(out);
    }

    #[inline]
    fn due(&self) -> Option<Time> {
        self.timers.first().map(|(time, _)| *time)
    }

    fn wake(&mut self, out: &mut impl Outlet<Reply, Push>) {
        let now = out.now();
        while let Some((time, timer)) = self.timers.first().copied().filter(|(time, _)| *time <= now) {
            self.timers.remove(&(time, timer));
            match timer {
                Timer::Queue(id) => {
                    if let Some(queue) = self.queues.get_mut(id) {
                        queue.timer = None;
                    }
                    self.wake_queue(id, out);
                }
                Timer::Channel(id) => {
                    if let Some(channel) = self.channels.get_mut(id) {
                        channel.timer = None;
                    }
                    self.watch(id, out);
                }
            }
            self.settle(out);
        }
    }

    fn restart(&mut self, _: Down, out: &mut impl Outlet<Reply, Push>) {
        self.come_back(out);
        self.settle(out);
    }

    fn holdings(&self) -> Vec<Holding> {
        let holding = |(_, queue): (QueueId, &Queue)| Holding {
            store: queue.store,
            name: queue.name.to_string(),
            waiting: queue.ready.len(),
            held: queue.held,
            delayed: queue.later(),
        };
        self.queues.iter().map(holding).collect()
    }

    fn stores(&self, limit: usize) -> Vec<StoreView> {
        self.queues.iter().map(|(_, queue)| Node::view(queue, limit)).collect()
    }
}
