//! The client library: subscribers that are pushed messages and keep their leases, publishers that batch.
//!
//! ```text
//! worker is ready --> stream is open --> messages wait here --> worked on, one by one --> acknowledge
//!                                         |                           |
//!                                         +--leases extended----------+--> again: nack; later: the deadline is the span
//! ```
//!
//! Its rules are those of the Python library, whose names its settings have. An application's *later* is a change of the
//! deadline: there is no other way to have one message back after a time.

mod ack_times;
mod declare;
mod publisher;
mod settings;
mod subscriber;
#[cfg(test)]
mod tests;

use crate::broker::driver::{Direct, Driver, Failure, Line, Parcel, Party, client_of_worker, party};
use crate::broker::topology::{Target, Topology};
use crate::id::{ClientId, RequestId, WorkerId};
use crate::mechanism::ranking::Ranking;
use crate::random::Stream;
use crate::time::{Time, nanos};

use self::declare::{Asked, Parts};
use self::publisher::Publisher;
use self::subscriber::{Lent, Pool, Subscriber};
use super::api::{Push, ReceivedMessage, Reply, Request, SeekTarget};
use super::at_once::Then;
use super::service::PubSub;

/// Who declares what there is, and operates it: a client of its own.
const OWNER: ClientId = ClientId(u16::MAX);

/// The client library of all producers and workers.
#[derive(Clone, PartialEq, Hash, Debug)]
pub(crate) struct PubSubDriver {
    parts: Parts,
    /// By the place of the receiver.
    pools: Vec<Pool>,
    /// By the number of the worker.
    subscribers: Vec<Subscriber>,
    /// By the place of the sender.
    publishers: Vec<Publisher>,
    /// What subscriptions there are to be, until they are asked for.
    undeclared: Option<Box<Topology>>,
    wire: Wire,
}

/// What publishers and subscribers share.
#[derive(Clone, PartialEq, Hash, Debug)]
struct Wire {
    asked: u32,
    timers: Ranking,
    /// How many timers were ever set: those of one instant go off in that order.
    set: u64,
    random: Stream,
}

impl Wire {
    #[inline]
    fn ask<L: Line<PubSub>>(&mut self, client: ClientId, request: Request, line: &mut L) -> RequestId {
        let id = self.next_id();
        line.ask(client, id, request);
        id
    }

    #[inline]
    fn next_id(&mut self) -> RequestId {
        self.asked = self.asked.wrapping_add(1);
        RequestId(self.asked)
    }

    fn set_timer(&mut self, timer: Timer, at: Time) {
        self.set += 1;
        self.timers.set(timer.number(), (at.as_nanos(), self.set));
    }

    fn clear_timer(&mut self, timer: Timer) {
        self.timers.clear(timer.number());
    }
}

/// What a timer is for, and whose it is: a worker by its number, a producer by its place.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Timer {
    /// Leases are to be extended.
    Lease(u16),
    /// Messages have waited long enough for a batch.
    Batch(u16),
    /// A publish that failed can be tried again.
    Retry(u16),
    /// Publishing of a key can be resumed.
    Resume(u16),
}

impl Timer {
    const KINDS: u32 = 4;

    fn number(self) -> u32 {
        let (whose, kind) = match self {
            Timer::Lease(whose) => (whose, 0),
            Timer::Batch(whose) => (whose, 1),
            Timer::Retry(whose) => (whose, 2),
            Timer::Resume(whose) => (whose, 3),
        };
        u32::from(whose) * Timer::KINDS + kind
    }

    fn of(number: u32) -> Timer {
        let whose = (number / Timer::KINDS) as u16;
        match number % Timer::KINDS {
            0 => Timer::Lease(whose),
            1 => Timer::Batch(whose),
            2 => Timer::Retry(whose),
            _ => Timer::Resume(whose),
        }
    }
}

impl PubSubDriver {
    #[inline]
    fn subscriber(&mut self, worker: WorkerId) -> Option<(&mut Subscriber, Lent<'_>)> {
        let place = usize::from(worker.0);
        while self.subscribers.len() <= place {
            let worker = WorkerId(self.subscribers.len() as u16);
            let pool = self.pools.iter().rposition(|pool| pool.first <= worker).unwrap_or(0);
            self.subscribers.push(Subscriber::new(worker, pool as u16));
        }
        let subscriber = &mut self.subscribers[place];
        let pool = self.pools.get(usize::from(subscriber.pool))?;
        Some((subscriber, Lent { pool, parts: &self.parts, wire: &mut self.wire }))
    }

    /// A message comes for a client.
    #[inline]
    fn brings(&mut self, client: ClientId, received: ReceivedMessage, line: &mut impl Line<PubSub>) {
        if let Party::Worker(worker) = party(client)
            && let Some((subscriber, mut lent)) = self.subscriber(worker)
        {
            subscriber.received(received, &mut lent, line);
        }
    }

    /// Does something with every worker there is.
    fn each_subscriber(&mut self, mut act: impl FnMut(&mut Subscriber, &mut Lent<'_>)) {
        for worker in 0..self.subscribers.len() as u16 {
            if let Some((subscriber, mut lent)) = self.subscriber(WorkerId(worker)) {
                act(subscriber, &mut lent);
            }
        }
    }

    /// Asks for what is not declared yet; all there is may have its address then.
    fn declare(&mut self, line: &mut impl Line<PubSub>) {
        if self.parts.has_topics()
            && let Some(topology) = self.undeclared.take()
        {
            for (what, request) in self.parts.declarations(&topology, false) {
                let id = self.wire.ask(OWNER, request, line);
                self.parts.asked.push_back((id, what));
            }
            if !self.parts.are_known() {
                self.undeclared = Some(topology);
                return;
            }
            self.complete(&topology, line);
        }
    }

    /// All there is has its address: properties are set, and what waited for that goes on.
    fn complete(&mut self, topology: &Topology, line: &mut impl Line<PubSub>) {
        for place in 0..topology.parts.len() as u16 {
            for request in self.parts.properties(topology, place) {
                self.wire.ask(OWNER, request, line);
            }
        }
        self.begin(line);
    }

    fn begin(&mut self, line: &mut impl Line<PubSub>) {
        for publisher in &mut self.publishers {
            publisher.begin(&self.parts, &mut self.wire, line);
        }
        self.each_subscriber(|subscriber, lent| subscriber.open(lent, line));
    }

    fn answered(&mut self, what: Asked, reply: &Reply, line: &mut impl Line<PubSub>) {
        if let Some(request) = self.parts.find(what, reply) {
            // It was made before the connection was lost.
            let id = self.wire.ask(OWNER, request, line);
            self.parts.asked.push_back((id, what));
            return;
        }
        let before = self.parts.are_known();
        self.parts.note(what, reply);
        if before {
            return;
        }
        if self.parts.are_known()
            && let Some(topology) = self.undeclared.take()
        {
            self.complete(&topology, line);
        } else if self.parts.asked.is_empty() {
            self.declare(line);
        }
    }
}

impl Driver for PubSubDriver {
    type Server = PubSub;

    fn new(topology: &Topology, seed: u64) -> (PubSubDriver, PubSub) {
        let pools = topology.receivers.iter().map(|receiver| Pool::new(receiver, topology)).collect();
        let publishers = (0..topology.senders.len()).map(|place| Publisher::new(place, topology)).collect();
        let wire = Wire {
            asked: 0,
            timers: Ranking::default(),
            set: 0,
            random: Stream::named(seed, "pubsub client"),
        };
        let driver = PubSubDriver {
            parts: Parts::new(topology),
            pools,
            subscribers: Vec::new(),
            publishers,
            undeclared: None,
            wire,
        };
        (driver, PubSub::new(declare::approximations(topology), seed))
    }

    fn open(&mut self, topology: &Topology, line: &mut impl Line<PubSub>) {
        self.subscribers.iter_mut().for_each(|subscriber| subscriber.forget(&mut self.wire));
        self.publishers.iter_mut().for_each(|publisher| publisher.forget_asked(&mut self.wire, line));
        self.parts.asked.clear();
        if self.parts.are_known() {
            // The service keeps what there is, whatever happens.
            self.begin(line);
            return;
        }
        self.undeclared = Some(Box::new(topology.clone()));
        for (what, request) in self.parts.declarations(topology, true) {
            let id = self.wire.ask(OWNER, request, line);
            self.parts.asked.push_back((id, what));
        }
        if self.parts.asked.is_empty() {
            self.declare(line);
        }
    }

    fn changed(&mut self, topology: &Topology, target: Target, _: &str, line: &mut impl Line<PubSub>) {
        if let Some(undeclared) = &mut self.undeclared {
            **undeclared = topology.clone();
        }
        let requests = match target {
            Target::System => {
                self.pools = topology.receivers.iter().map(|own| Pool::new(own, topology)).collect();
                vec![Request::Approximate(declare::approximations(topology))]
            }
            Target::Part(place) => self.parts.properties(topology, place),
            Target::Link(place) => {
                let from = topology.links.get(usize::from(place)).map(|link| link.from.as_str());
                let part = from.and_then(|name| declare::place(topology, name));
                part.map(|part| self.parts.properties(topology, part)).unwrap_or_default()
            }
            Target::Sender(place) => {
                if let Some(publisher) = self.publishers.get_mut(usize::from(place)) {
                    publisher.configure(topology);
                    publisher.adapt(&self.parts, &mut self.wire, line);
                }
                Vec::new()
            }
            Target::Receiver(place) => {
                let at = usize::from(place);
                if let (Some(pool), Some(receiver)) = (self.pools.get_mut(at), topology.receivers.get(at)) {
                    *pool = Pool::new(receiver, topology);
                }
                self.each_subscriber(|subscriber, lent| {
                    if subscriber.pool == place {
                        subscriber.reopen(lent, line);
                    }
                });
                Vec::new()
            }
        };
        for request in requests {
            self.wire.ask(OWNER, request, line);
        }
    }

    #[inline]
    fn send(&mut self, parcel: Parcel, line: &mut impl Line<PubSub>) {
        let place = usize::from(parcel.message.producer.0);
        if let Some(publisher) = self.publishers.get_mut(place) {
            publisher.send(&parcel, &self.parts, &mut self.wire, line);
        }
    }

    #[inline]
    fn send_at_once(&mut self, parcel: Parcel, server: &mut PubSub, line: &mut impl Direct<PubSub>) -> bool {
        let place = usize::from(parcel.message.producer.0);
        let Some(publisher) = self.publishers.get_mut(place) else { return false };
        let producer = publisher.id;
        let Some(then) = publisher.send_at_once(&parcel, &self.parts, &mut self.wire, server, line) else {
            return false;
        };
        if let Then::Handed(client, received) = then {
            self.brings(client, received, line);
            line.confirmed(parcel.message.id, producer);
        }
        true
    }

    #[inline]
    fn done_at_once(
        &mut self,
        worker: WorkerId,
        server: &mut PubSub,
        line: &mut impl Direct<PubSub>,
    ) -> bool {
        let own = self.subscribers.get_mut(usize::from(worker.0));
        own.is_some_and(|subscriber| subscriber.done_at_once(server, line))
    }

    #[inline]
    fn receive(&mut self, worker: WorkerId, line: &mut impl Line<PubSub>) {
        if let Some((subscriber, mut lent)) = self.subscriber(worker) {
            subscriber.receive(&mut lent, line);
        }
    }

    fn withdraw(&mut self, worker: WorkerId, line: &mut impl Line<PubSub>) {
        if let Some((subscriber, mut lent)) = self.subscriber(worker) {
            subscriber.withdraw(&mut lent, line);
        }
    }

    #[inline]
    fn done(&mut self, worker: WorkerId, line: &mut impl Line<PubSub>) {
        if let Some((subscriber, lent)) = self.subscriber(worker) {
            subscriber.done(lent.wire, line);
        }
    }

    fn fail(&mut self, worker: WorkerId, failure: Failure, line: &mut impl Line<PubSub>) {
        if let Some((subscriber, mut lent)) = self.subscriber(worker) {
            subscriber.fail(failure, &mut lent, line);
        }
    }

    fn lost(&mut self, worker: WorkerId, line: &mut impl Line<PubSub>) {
        if let Some((subscriber, lent)) = self.subscriber(worker) {
            subscriber.forget(lent.wire);
            line.cut(client_of_worker(worker));
        }
    }

    fn operate(
        &mut self,
        _: &Topology,
        act: &str,
        part: Option<u16>,
        argument: Option<f64>,
        line: &mut impl Line<PubSub>,
    ) {
        let Some(part) = part else { return };
        let Some(subscription) = self.parts.subscription(part) else { return };
        let now = line.now();
        let target = match act {
            "seek" => {
                let back = argument.unwrap_or(0.0);
                let span = std::time::Duration::from_nanos((back.abs() * 1e9) as u64);
                SeekTarget::Time(if back < 0.0 { now + span } else { now.before(span) })
            }
            // All that is published until now was published before.
            "purge" => SeekTarget::Time(now + std::time::Duration::from_nanos(1)),
            "seek-snapshot" => match self.parts.snapshot(part) {
                Some(snapshot) => SeekTarget::Snapshot(snapshot),
                None => return,
            },
            _ => {
                if let Some(name) = self.parts.next_snapshot(part) {
                    let id = self.wire.ask(OWNER, Request::CreateSnapshot { name, subscription }, line);
                    self.parts.asked.push_back((id, Asked::Snapshot(part)));
                }
                return;
            }
        };
        self.wire.ask(OWNER, Request::Seek { subscription, target }, line);
    }

    #[inline]
    fn reply(&mut self, client: ClientId, id: RequestId, reply: Reply, line: &mut impl Line<PubSub>) {
        if client == OWNER {
            if let Some(what) = self.parts.answered(id) {
                self.answered(what, &reply, line);
            }
            return;
        }
        // What a subscriber is answered changes nothing for it: an ackId that is refused is one of a message that
        // somebody else has or will have.
        if let Party::Producer(producer) = party(client)
            && let Some(own) = self.publishers.get_mut(usize::from(producer.0))
        {
            own.answered(id, &reply, &self.parts, &mut self.wire, line);
        }
    }

    #[inline]
    fn push(&mut self, client: ClientId, push: Push, line: &mut impl Line<PubSub>) {
        match push {
            Push::Message(received) => self.brings(client, received, line),
            Push::Closed(_) => {
                if let Party::Worker(worker) = party(client)
                    && let Some((subscriber, _)) = self.subscriber(worker)
                {
                    subscriber.closed();
                }
            }
        }
    }

    #[inline]
    fn due(&self) -> Option<Time> {
        self.wire.timers.first().map(|((at, _), _)| Time::from_nanos(at))
    }

    fn wake(&mut self, line: &mut impl Line<PubSub>) {
        while let Some(((at, _), number)) = self.wire.timers.first()
            && at <= line.now().as_nanos()
        {
            self.wire.timers.clear(number);
            let timer = Timer::of(number);
            match timer {
                Timer::Lease(worker) => {
                    if let Some((subscriber, mut lent)) = self.subscriber(WorkerId(worker)) {
                        subscriber.extend(&mut lent, line);
                    }
                }
                Timer::Batch(place) | Timer::Retry(place) | Timer::Resume(place) => {
                    if let Some(publisher) = self.publishers.get_mut(usize::from(place)) {
                        publisher.woken(timer, &self.parts, &mut self.wire, line);
                    }
                }
            }
        }
    }
}

/// A span of seconds in nanoseconds.
fn seconds_of(number: f64) -> u64 {
    nanos(std::time::Duration::from_nanos((number.max(0.0) * 1e9) as u64))
}
