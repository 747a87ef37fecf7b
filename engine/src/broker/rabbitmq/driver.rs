//! The client library: a connection with one channel for each producer and each worker, and one of the operator's, over
//! which everything is declared.
//!
//! ```text
//! worker is ready for the first time --> basic.qos, basic.consume --> deliveries, kept here up to the prefetch
//!                                                                        | one at a time
//! basic.ack <-- done --+                                                 v
//! basic.nack requeue <-- again --+--------------------------------- worked on
//! kept here, then nack <-- later-+
//! basic.nack, no requeue <-- for good
//! ```
//!
//! RabbitMQ pushes: what the prefetch allows is with the worker before it asks, and not with any other. AMQP has no way
//! to give a message back for later. A queue with delayed retry (4.3) keeps it itself; else the client keeps it, which
//! takes up prefetch, and gives it back when the time is over.
//!
//! A channel that the server has closed is opened anew, under another number. So what is still under way on the old one
//! is known by its number, and ignored.

mod declaring;
mod publisher;
#[cfg(test)]
mod tests;
mod worker;

use std::sync::Arc;
use std::time::Duration;

use super::at_once::First;
use super::dispatch::Handed;
use super::message::Name;
use super::method::{Call, Code, Method, Operation, Push, Reply, Request};
use super::node::Node;
use super::version::Series;
use crate::broker::driver::{
    Direct, Driver, Failure, Line, Parcel, Party, client_of_producer, client_of_worker, party,
};
use crate::broker::topology::{Target, Topology};
use crate::id::{ClientId, ProducerId, RequestId, WorkerId};
use crate::mechanism::heap::Heap;
use crate::time::Time;

use declaring::Parts;
use publisher::Publisher;
use worker::{Pool, Worker};

/// The connection of the one who operates the node.
const OPERATOR: ClientId = ClientId(u16::MAX);

/// How long a client waits before it subscribes again after the server has turned it away: the default network
/// recovery interval of the Java client.
const RECOVERY: Duration = Duration::from_secs(5);

/// What a client has put off.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Later {
    /// To give a delivery back.
    GiveBack(WorkerId, u64),
    /// To subscribe again.
    Subscribe(WorkerId),
}

/// The client library of all producers and workers.
#[derive(Clone, PartialEq, Hash, Debug)]
pub(crate) struct Client {
    parts: Parts,
    publishers: Vec<Publisher>,
    pools: Vec<Pool>,
    /// By number.
    workers: Vec<Worker>,
    /// By time, then in the order in which it was put off.
    later: Heap<Later>,
    wire: Wire,
}

/// What every client asks through.
#[derive(Clone, PartialEq, Hash, Debug, Default)]
struct Wire {
    /// How many requests there were.
    asked: u32,
    /// The operator's latest channel.
    declared: u16,
    /// How much was put off.
    put_off: u32,
}

impl Wire {
    #[inline]
    fn ask(
        &mut self,
        client: ClientId,
        channel: u16,
        method: Method,
        line: &mut impl Line<Node>,
    ) -> RequestId {
        let id = self.number();
        line.ask(client, id, Request::Channel(channel, method));
        id
    }

    /// The number of one more request.
    #[inline]
    fn number(&mut self) -> RequestId {
        self.asked = self.asked.wrapping_add(1);
        RequestId(self.asked)
    }

    /// Declares something on a channel of its own: what the server refuses must not take the rest with it.
    #[inline(never)]
    fn declare(&mut self, call: Call, line: &mut impl Line<Node>) {
        self.declared = self.declared.wrapping_add(1).max(1);
        for call in [Call::Open, call, Call::Close] {
            self.ask(OPERATOR, self.declared, call.into(), line);
        }
    }

    fn operate(&mut self, operation: Operation, line: &mut impl Line<Node>) {
        let id = self.number();
        line.ask(OPERATOR, id, Request::Operator(Arc::new(operation)));
    }
}

impl Client {
    fn put_off(&mut self, until: Time, later: Later) {
        self.wire.put_off = self.wire.put_off.wrapping_add(1);
        self.later.push((until.as_nanos(), self.wire.put_off.into()), later);
    }

    /// The place of a producer's publisher.
    #[inline]
    fn place_of(&self, producer: ProducerId) -> Option<usize> {
        // They are nearly always in their order.
        match self.publishers.get(usize::from(producer.0)) {
            Some(own) if own.id == producer => Some(producer.0.into()),
            Some(_) | None => self.publishers.iter().position(|own| own.id == producer),
        }
    }

    #[inline]
    fn publisher(&mut self, producer: ProducerId) -> Option<(&mut Publisher, &mut Wire)> {
        let place = self.place_of(producer)?;
        Some((self.publishers.get_mut(place)?, &mut self.wire))
    }

    /// The server has a delivery for a worker.
    #[inline]
    fn is_handed(&mut self, first: First, line: &mut impl Line<Node>) {
        if let Some((client, handed)) = first
            && let Party::Worker(worker) = party(client)
        {
            self.worker_gets(worker, &handed, line);
        }
    }

    /// The server has closed a channel, or the whole connection.
    fn closed(&mut self, client: ClientId, channel: Option<u16>, line: &mut impl Line<Node>) {
        match party(client) {
            Party::Worker(worker) => self.turned_away(worker, channel, line),
            Party::Producer(producer) => {
                if let Some((own, wire)) = self.publisher(producer)
                    && own.is_on(channel)
                {
                    own.closed(wire, line);
                }
            }
        }
    }
}

impl Driver for Client {
    type Server = Node;

    fn new(topology: &Topology, _: u64) -> (Client, Node) {
        let series = Series::named(&topology.version);
        let node = Node::new(series, declaring::node_settings(topology));
        let parts = Parts::new(topology);
        let publishers = topology.senders.iter().map(|sender| Publisher::new(sender, &parts)).collect();
        let pools = topology.receivers.iter().map(|receiver| Pool::new(receiver, topology)).collect();
        let (workers, later, wire) = (Vec::new(), Heap::default(), Wire::default());
        (Client { parts, publishers, pools, workers, later, wire }, node)
    }

    fn open(&mut self, topology: &Topology, line: &mut impl Line<Node>) {
        declaring::declare_all(topology, &mut self.wire, line);
        for publisher in &mut self.publishers {
            publisher.reconnect(&mut self.wire, line);
        }
        self.later.clear();
        for number in 0..self.workers.len() {
            let worker = &mut self.workers[number];
            worker.reset(line);
            if worker.wants {
                self.subscribe(WorkerId(number as u16), line);
            }
        }
    }

    fn changed(&mut self, topology: &Topology, target: Target, knob: &str, line: &mut impl Line<Node>) {
        match target {
            Target::System => declaring::configure(topology, knob, &mut self.wire, line),
            Target::Part(place) => {
                declaring::set_policy(topology, place, &mut self.wire, line);
                self.pools =
                    topology.receivers.iter().map(|receiver| Pool::new(receiver, topology)).collect();
            }
            Target::Link(place) => self.parts.bind_anew(topology, place, &mut self.wire, line),
            Target::Sender(place) => {
                let sender = topology.senders.get(usize::from(place));
                let own = self.publishers.get_mut(usize::from(place));
                if let (Some(sender), Some(own)) = (sender, own) {
                    own.adopt(sender, &self.parts, &mut self.wire, line);
                }
            }
            Target::Receiver(place) => {
                let receiver = topology.receivers.get(usize::from(place));
                let own = self.pools.get_mut(usize::from(place));
                if let (Some(receiver), Some(own)) = (receiver, own) {
                    let before = std::mem::replace(own, Pool::new(receiver, topology)).tag;
                    self.subscribe_anew(place, before, knob, line);
                }
            }
        }
    }

    #[inline]
    fn send(&mut self, parcel: Parcel, line: &mut impl Line<Node>) {
        let to = parcel.to.and_then(|place| self.parts.address(place));
        if let Some((own, wire)) = self.publisher(parcel.message.producer) {
            own.publish(parcel, to, wire, line);
        }
    }

    #[inline]
    fn send_at_once(&mut self, parcel: Parcel, node: &mut Node, line: &mut impl Direct<Node>) -> bool {
        if parcel.to.is_some() {
            return false;
        }
        let Some((own, wire)) = self.publisher(parcel.message.producer) else { return false };
        let Some(first) = own.publish_at_once(&parcel, wire, node, line) else { return false };
        self.is_handed(first, line);
        true
    }

    #[inline]
    fn receive(&mut self, worker: WorkerId, line: &mut impl Line<Node>) {
        self.worker_receives(worker, line);
    }

    fn withdraw(&mut self, worker: WorkerId, line: &mut impl Line<Node>) {
        self.worker_withdraws(worker, line);
    }

    #[inline]
    fn done(&mut self, worker: WorkerId, line: &mut impl Line<Node>) {
        self.worker_done(worker, line);
    }

    #[inline]
    fn done_at_once(&mut self, worker: WorkerId, node: &mut Node, line: &mut impl Direct<Node>) -> bool {
        let Some(first) = self.ack_at_once(worker, node, line) else { return false };
        self.is_handed(first, line);
        true
    }

    fn fail(&mut self, worker: WorkerId, failure: Failure, line: &mut impl Line<Node>) {
        self.worker_fails(worker, failure, line);
    }

    fn lost(&mut self, worker: WorkerId, line: &mut impl Line<Node>) {
        line.cut(client_of_worker(worker));
        self.later.retain(|later| match later {
            Later::GiveBack(own, _) | Later::Subscribe(own) => *own != worker,
        });
        if let Some(own) = self.workers.get_mut(usize::from(worker.0)) {
            own.reset(line);
            own.wants = false;
        }
    }

    #[inline]
    fn reply(&mut self, client: ClientId, id: RequestId, reply: Reply, line: &mut impl Line<Node>) {
        match reply {
            Reply::Confirmed | Reply::Nacked => {
                if let Party::Producer(producer) = party(client)
                    && let Some((own, _)) = self.publisher(producer)
                {
                    own.confirm(id, matches!(reply, Reply::Confirmed), line);
                }
            }
            // A request on a channel that had been closed already.
            Reply::Failed(Code::ChannelError) => {}
            Reply::Failed(_) => self.closed(client, None, line),
            Reply::Done
            | Reply::Declared { .. }
            | Reply::Purged(_)
            | Reply::Deleted(_)
            | Reply::Got(_)
            | Reply::Empty => {}
        }
    }

    #[inline]
    fn push(&mut self, client: ClientId, push: Push, line: &mut impl Line<Node>) {
        match (push, party(client)) {
            (Push::Deliver(delivery), Party::Worker(worker)) => {
                self.worker_gets(worker, &Handed::of(&delivery), line);
            }
            (Push::Return { message, channel }, Party::Producer(producer)) => {
                if let Some((own, _)) = self.publisher(producer)
                    && own.is_on(Some(channel))
                {
                    own.returned(message, line);
                }
            }
            (Push::ChannelClosed { channel, .. }, _) => self.closed(client, Some(channel), line),
            (Push::ConnectionClosed(_), _) => self.closed(client, None, line),
            (Push::ConsumerCancelled { channel, .. }, Party::Worker(worker)) => {
                self.canceled(worker, channel, line.now());
            }
            (push @ (Push::Blocked | Push::Unblocked), Party::Producer(producer)) => {
                if let Some((own, _)) = self.publisher(producer) {
                    own.is_blocked(matches!(push, Push::Blocked), line);
                }
            }
            (
                Push::Deliver(_)
                | Push::Return { .. }
                | Push::ConsumerCancelled { .. }
                | Push::Blocked
                | Push::Unblocked,
                _,
            ) => {}
        }
    }

    fn due(&self) -> Option<Time> {
        self.later.first().map(|((due, _), _)| Time::from_nanos(due))
    }

    fn wake(&mut self, line: &mut impl Line<Node>) {
        while self.due().is_some_and(|due| due <= line.now())
            && let Some((_, later)) = self.later.pop()
        {
            match later {
                Later::GiveBack(worker, tag) => self.give_back(worker, tag, line),
                Later::Subscribe(worker) => {
                    if self.workers.get(usize::from(worker.0)).is_some_and(|own| own.wants) {
                        self.subscribe(worker, line);
                    }
                }
            }
        }
    }
}

/// Names that are used again and again.
fn name(text: &str) -> Name {
    text.into()
}
