//! A node: the server itself. Here are its parts and the order in which things are done; the rules are next door.

use std::collections::VecDeque;

use super::channel::{Channel, ChannelId, Connection};
use super::consumer::Consumer;
use super::dead_letter::DeadLetter;
use super::exchange::{self, Exchanges};
use super::message::Name;
use super::method::{Call, Code, Method, Policy, Push, Reply, Request};
use super::queue::{Queue, QueueId};
use super::settings::NodeSettings;
use super::version::Series;
use crate::broker::linked::lost_on_the_way;
use crate::broker::server::{Down, Holding, Outlet, Server};
use crate::id::{ClientId, MessageId, RequestId};
use crate::journal::{Refusal, What};
use crate::mechanism::memo::Memo;
use crate::mechanism::ranking::{Rank, Ranking};
use crate::mechanism::slab::Slab;
use crate::mechanism::sorted::Sorted;
use crate::message::Message;
use crate::time::Time;
use crate::view::{EntryView, StoreView};

/// What the node is woken for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Timer {
    /// A head expires, a delay is over, a queue was unused for long enough.
    Queue(QueueId),
    /// A delivery is unacknowledged for too long.
    Channel(ChannelId),
}

impl Timer {
    /// Its number in the ranking.
    fn number(self) -> u32 {
        match self {
            Timer::Queue(id) => id << 1,
            Timer::Channel(id) => id << 1 | 1,
        }
    }

    fn of(number: u32) -> Timer {
        if number & 1 == 0 { Timer::Queue(number >> 1) } else { Timer::Channel(number >> 1) }
    }

    /// At one time queues are before channels, and each in the order of their numbers.
    fn rank(self, due: Time) -> Rank {
        let (kind, id) = match self {
            Timer::Queue(id) => (0, id),
            Timer::Channel(id) => (1, id),
        };
        (due.as_nanos(), kind << 32 | u64::from(id))
    }
}

/// How many channels are found without a search.
pub(super) const NEAR: usize = 32;

/// The policies by their names.
pub(super) type Policies = Sorted<Name, Policy>;

/// A RabbitMQ node.
#[derive(Clone, PartialEq, Hash, Debug)]
pub struct Node {
    pub(super) series: Series,
    pub(super) settings: NodeSettings,
    pub(super) exchanges: Exchanges,
    pub(super) queues: Slab<Queue>,
    pub(super) names: Sorted<Name, QueueId>,
    pub(super) policies: Policies,
    pub(super) connections: Sorted<ClientId, Connection>,
    pub(super) channels: Slab<Channel>,
    /// Channels by connection and number on it.
    pub(super) numbers: Sorted<(ClientId, u16), ChannelId>,
    /// Where a connection's channel was found last.
    pub(super) near: Memo<[ChannelId; NEAR]>,
    pub(super) consumers: Slab<Consumer>,
    /// The next wakes. One can come too early, never too late: so a head that leaves before it expires costs nothing.
    pub(super) timers: Ranking,
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
            names: Sorted::default(),
            policies: Sorted::default(),
            connections: Sorted::default(),
            channels: Slab::default(),
            numbers: Sorted::default(),
            near: Memo([0; NEAR]),
            consumers: Slab::default(),
            timers: Ranking::default(),
            alarm: false,
            generation: 0,
            dead: VecDeque::new(),
            discarding: Vec::new(),
            touched: Vec::new(),
        }
    }

    /// The messages that are ready in a queue, head first, and whether each was delivered before; none if there is no
    /// such queue.
    pub fn ready_in(&self, queue: &str) -> Option<Vec<(MessageId, bool)>> {
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
    #[inline(never)]
    pub(super) fn read(
        &mut self,
        client: ClientId,
        id: RequestId,
        request: Request,
        out: &mut impl Outlet<Reply, Push>,
    ) {
        let (number, result) = match request {
            Request::Channel(number, Method::Publish { message, envelope, mandatory }) => {
                let Some(channel) = self.channel_of(client, number) else {
                    // What was under way to a channel that the server has closed meanwhile is not looked at.
                    let Message { id, producer, .. } = message;
                    out.record(What::Refused { message: id, producer, why: Refusal::Unreachable });
                    return;
                };
                (number, self.publish(channel, id, message, envelope, mandatory, out))
            }
            Request::Channel(number, Method::Ack { tag, multiple: false }) => {
                let Some(channel) = self.channel_of(client, number) else { return };
                (number, self.ack(channel, tag, out))
            }
            Request::Channel(..) | Request::CloseConnection | Request::Operator(_) => {
                return self.read_other(client, id, &request, out);
            }
        };
        if let Err(code) = result {
            self.fail(client, number, code, None, out);
        }
    }

    #[inline(never)]
    fn read_other(
        &mut self,
        client: ClientId,
        id: RequestId,
        request: &Request,
        out: &mut impl Outlet<Reply, Push>,
    ) {
        match request {
            Request::Channel(number, method) => self.read_method(client, *number, id, method, out),
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

    /// A method that is not among the usual.
    fn read_method(
        &mut self,
        client: ClientId,
        number: u16,
        id: RequestId,
        method: &Method,
        out: &mut impl Outlet<Reply, Push>,
    ) {
        let channel = self.channel_of(client, number);
        if let Method::Call(call) = method {
            let result = match (channel, &**call) {
                (Some(channel), call) => self.perform(channel, id, call, out),
                (None, Call::Open) => self.open_channel(client, number, out.now()).map(Some),
                (None, _) => Ok(Some(Reply::Failed(Code::ChannelError))),
            };
            match result {
                Ok(Some(reply)) => out.reply(client, id, reply),
                Ok(None) => {}
                Err(code) => self.fail(client, number, code, Some(id), out),
            }
            return;
        }
        // As above: without a channel it is not looked at.
        let Some(channel) = channel else { return };
        let result = match method {
            Method::Ack { tag, .. } => self.ack_through(channel, *tag, out),
            Method::Nack { tag, multiple, requeue } => self.nack(channel, *tag, *multiple, *requeue, out),
            Method::Reject { tag, requeue } => self.reject(channel, *tag, *requeue, out),
            Method::Publish { .. } | Method::Call(_) => Ok(()),
        };
        if let Err(code) = result {
            self.fail(client, number, code, None, out);
        }
    }

    fn perform(
        &mut self,
        channel: ChannelId,
        id: RequestId,
        call: &Call,
        out: &mut impl Outlet<Reply, Push>,
    ) -> Result<Option<Reply>, Code> {
        let done = match call {
            Call::Open => return Err(Code::ChannelError),
            Call::Close => {
                self.close_channel(channel, out);
                Ok(())
            }
            Call::Recover => {
                self.recover(channel, out);
                Ok(())
            }
            Call::ConfirmSelect => {
                if let Some(channel) = self.channels.get_mut(channel) {
                    channel.confirms = true;
                }
                Ok(())
            }
            Call::Qos { prefetch_count, global } => self.qos(channel, *prefetch_count, *global, out),
            Call::Consume { queue, tag, no_ack, exclusive, arguments } => {
                let how = (*tag, *no_ack, *exclusive);
                return self.consume(channel, id, queue, how, arguments, out).map(|()| None);
            }
            Call::Cancel { tag } => {
                self.cancel(channel, id, *tag, out);
                return Ok(None);
            }
            Call::Get { queue, no_ack } => return self.get(channel, queue, *no_ack, out).map(Some),
            Call::ExchangeDeclare(declare) => self.declare_exchange(declare),
            Call::ExchangeDelete { name, if_unused } => self.delete_exchange(name, *if_unused),
            Call::ExchangeBind(bind) => self.bind_exchange(bind, true),
            Call::ExchangeUnbind(bind) => self.bind_exchange(bind, false),
            Call::QueueBind(bind) => self.bind_queue(channel, bind, true),
            Call::QueueUnbind(bind) => self.bind_queue(channel, bind, false),
            Call::QueueDeclare(declare) => return self.declare_queue(channel, declare, out).map(Some),
            Call::QueueDelete { name, if_unused, if_empty } => {
                return self.queue_delete(channel, name, *if_unused, *if_empty, out).map(Some);
            }
            Call::QueuePurge { name } => return self.purge(channel, name, out).map(Some),
        };
        done.map(|()| Some(Reply::Done))
    }

    /// Sends dead letters on their way until none is left.
    #[inline]
    pub(super) fn settle(&mut self, out: &mut impl Outlet<Reply, Push>) {
        if self.dead.len() | self.discarding.len() != 0 {
            self.settle_all(out);
        }
    }

    #[inline(never)]
    fn settle_all(&mut self, out: &mut impl Outlet<Reply, Push>) {
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
    #[inline(never)]
    pub(super) fn arm(&mut self, id: QueueId) {
        let Some(queue) = self.queues.get_mut(id) else { return };
        let Some(due) = queue.due() else { return };
        if queue.timer.is_none_or(|timer| due < timer) {
            queue.timer = Some(due);
            self.set_timer(Timer::Queue(id), due);
        }
    }

    /// The same for a channel.
    pub(super) fn arm_channel(&mut self, id: ChannelId, due: Time) {
        let Some(channel) = self.channels.get_mut(id) else { return };
        if channel.timer.is_none_or(|timer| due < timer) {
            channel.timer = Some(due);
            self.set_timer(Timer::Channel(id), due);
        }
    }

    fn set_timer(&mut self, timer: Timer, due: Time) {
        self.timers.set(timer.number(), timer.rank(due));
    }

    /// What a timer was for is gone.
    pub(super) fn disarm(&mut self, timer: Timer) {
        self.timers.clear(timer.number());
    }

    fn view(queue: &Queue, limit: usize) -> StoreView {
        let entry = |stored: super::ready::Stored| EntryView {
            message: stored.message.id,
            producer: stored.message.producer,
            key: stored.message.key,
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
            log: None,
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
        self.timers.first().map(|((due, _), _)| Time::from_nanos(due))
    }

    fn wake(&mut self, out: &mut impl Outlet<Reply, Push>) {
        let now = out.now();
        while let Some((_, number)) = self.timers.first().filter(|((due, _), _)| *due <= now.as_nanos()) {
            self.timers.clear(number);
            match Timer::of(number) {
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

    fn cut_off(&mut self, _: ClientId, request: &Request, out: &mut impl Outlet<Reply, Push>) {
        request.message().into_iter().for_each(|message| out.record(lost_on_the_way(message.id)));
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
