//! A server and its client library with the network between them: how a real system stands behind the interface.
//!
//! ```text
//! application -- send, receive, done, fail, later --> driver -- requests --> network --> server
//!             <-- deliver, confirmed, refused, block --       <-- replies, pushes --
//! ```
//!
//! The network has one delay, the same both ways. What is under way is kept in order of arrival, so nothing overtakes
//! anything else, also when the delay is changed. With no delay at all a request and all that follows from it happen
//! within one event; while nothing else is on the network a driver may then call upon its server itself for what nearly
//! every message takes ([`Driver::send_at_once`]).
//!
//! What happens is told through one pointer, whoever observes: a server and a driver are compiled once, and not once
//! for each kind of observer. That is what keeps six of them small enough for a page.

use std::collections::VecDeque;
use std::hash::{Hash, Hasher};
use std::time::Duration;

use crate::broker::{Counts, Effects};
use crate::id::{ClientId, MessageId, ProducerId, RequestId, StoreId, WorkerId};
use crate::journal::{Cause, Fact, Place, Refusal, What};
use crate::knob::{Domain, Knob, Scale, Unit, Value};
use crate::message::{Entry, Message};
use crate::time::{Time, nanos};
use crate::view::{GroupView, StoreView};

use super::driver::{Driver, Failure, Line, Parcel};
use super::server::{Down, Outlet, Server};
use super::topology::{Target, Topology};

/// The setting that every system with a network has.
pub(crate) const NETWORK_DELAY: Knob = Knob {
    name: "network-delay",
    label: "Network delay",
    domain: Domain::Real { min: 0.0, max: 10.0, default: 0.0, unit: Unit::Seconds, scale: Scale::Linear },
    meaning: "How long everything takes from a client to the server, and from the server to a client.",
    ..Knob::PLAIN
};

/// Something on the network.
#[derive(Clone, PartialEq, Hash, Debug)]
struct Packet<T> {
    arrives: Time,
    client: ClientId,
    what: T,
}

/// On the way to the server.
#[derive(Clone, PartialEq, Hash, Debug)]
enum Up<R> {
    Request(RequestId, R),
    Cut,
}

/// On the way from the server.
#[derive(Clone, PartialEq, Hash, Debug)]
enum Away<R, P> {
    Reply(RequestId, R),
    Push(P),
}

/// What is on the network, in order of arrival in each direction.
#[derive(Clone, PartialEq, Hash, Debug)]
struct Network<R, A, P> {
    /// In nanoseconds.
    delay: u64,
    up: VecDeque<Packet<Up<R>>>,
    away: VecDeque<Packet<Away<A, P>>>,
}

impl<R, A, P> Network<R, A, P> {
    /// When something arrives that is sent now.
    #[inline(always)]
    fn arrival<T>(delay: u64, now: Time, last: Option<&Packet<T>>) -> Time {
        let alone = Time::from_nanos(now.as_nanos().saturating_add(delay));
        last.map_or(alone, |last| alone.max(last.arrives))
    }

    #[inline(always)]
    fn rise(&mut self, now: Time, client: ClientId, what: Up<R>) {
        let arrives = Self::arrival(self.delay, now, self.up.back());
        self.up.push_back(Packet { arrives, client, what });
    }

    #[inline(always)]
    fn descend(&mut self, now: Time, client: ClientId, what: Away<A, P>) {
        let arrives = Self::arrival(self.delay, now, self.away.back());
        self.away.push_back(Packet { arrives, client, what });
    }

    /// When the next of all packets arrives; later than all if there is none.
    #[inline(always)]
    fn next(&self) -> Time {
        let up = self.up.front().map_or(Time::MAX, |packet| packet.arrives);
        let away = self.away.front().map_or(Time::MAX, |packet| packet.arrives);
        up.min(away)
    }

    /// Nothing is on it, and it takes no time.
    #[inline(always)]
    fn is_idle(&self) -> bool {
        self.delay == 0 && self.up.is_empty() && self.away.is_empty()
    }
}

type NetworkOf<S> = Network<<S as Server>::Request, <S as Server>::Reply, <S as Server>::Push>;

/// A real system: its server, its client library, the network between them.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Linked<D: Driver> {
    driver: D,
    server: D::Server,
    topology: Topology,
    network: NetworkOf<D::Server>,
}

impl<D: Driver> Hash for Linked<D> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (&self.driver, &self.server, &self.topology, &self.network).hash(state);
    }
}

/// What a worker tells its client library.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Exchange {
    /// It is through with its message.
    Done,
    /// It is ready for one.
    Receive,
    /// Both, one after the other.
    Both,
}

/// What is asked while nothing else is under way and the network takes no time: it does not have to wait in a queue.
type Asked<S> = Option<(ClientId, RequestId, <S as Server>::Request)>;

/// The same for what the server tells.
type Told<S> = Option<(ClientId, <S as Server>::Push)>;

/// What a driver and a server are lent: the way to each other, and the application.
struct Both<'a, S: Server> {
    now: Time,
    asked: &'a mut Asked<S>,
    told: &'a mut Told<S>,
    network: &'a mut NetworkOf<S>,
    fx: &'a mut dyn Effects,
}

/// A message was on a connection that is gone, and in no store.
pub(crate) fn lost_on_the_way(message: MessageId) -> What {
    let (store, from, to) = (StoreId(0), Place::Arriving, Place::Lost);
    What::Moved { message, store, from, to, count: 1, why: Cause::Restart }
}

/// Tells of a fact. Its kind is known where it is told, so that this comes down to one of the calls.
#[inline(always)]
pub(crate) fn record(what: What, now: Time, fx: &mut dyn Effects) {
    if let What::Enqueued { message, store } = what {
        fx.enqueued(message, store);
    } else if let What::Routed { message, copies } = what {
        fx.routed(message, copies);
    } else if let What::Delivered { message, store, worker, attempt, waited, begins: false } = what {
        fx.fetched(message, store, worker, attempt, waited);
    } else if let What::Moved {
        message,
        store,
        from: Place::Held,
        to: Place::Done,
        count: 1,
        why: Cause::Ack,
    } = what
    {
        fx.settled(message, store);
    } else {
        fx.tell(&Fact { at: now, what });
    }
}

impl<S: Server> Line<S> for Both<'_, S> {
    #[inline(always)]
    fn now(&self) -> Time {
        self.now
    }

    #[inline(always)]
    fn record(&mut self, what: What) {
        record(what, self.now, self.fx);
    }

    #[inline]
    fn ask(&mut self, client: ClientId, id: RequestId, request: S::Request) {
        if self.network.delay == 0 && self.network.up.is_empty() && self.asked.is_none() {
            *self.asked = Some((client, id, request));
        } else {
            self.network.rise(self.now, client, Up::Request(id, request));
        }
    }

    fn cut(&mut self, client: ClientId) {
        self.network.rise(self.now, client, Up::Cut);
        self.network.away.retain(|packet| packet.client != client);
    }

    fn deliver(&mut self, worker: WorkerId, entry: Entry) {
        self.fx.hand_over(worker, entry);
    }

    fn confirmed(&mut self, message: MessageId, producer: ProducerId) {
        self.fx.confirmed(message, producer);
    }

    fn refused(&mut self, message: Message, why: Refusal) {
        self.fx.refused(message, why);
    }

    fn block(&mut self, producer: ProducerId) {
        self.fx.block(producer);
    }

    fn unblock(&mut self, producer: ProducerId) {
        self.fx.unblock(producer);
    }
}

impl<S: Server> Outlet<S::Reply, S::Push> for Both<'_, S> {
    #[inline(always)]
    fn now(&self) -> Time {
        self.now
    }

    #[inline(always)]
    fn record(&mut self, what: What) {
        record(what, self.now, self.fx);
    }

    fn reply(&mut self, client: ClientId, request: RequestId, reply: S::Reply) {
        self.network.descend(self.now, client, Away::Reply(request, reply));
    }

    #[inline]
    fn push(&mut self, client: ClientId, push: S::Push) {
        if self.network.delay == 0 && self.network.away.is_empty() && self.told.is_none() {
            *self.told = Some((client, push));
        } else {
            self.network.descend(self.now, client, Away::Push(push));
        }
    }
}

impl<D: Driver> Linked<D> {
    /// The system that `topology` describes. Nobody is connected yet.
    pub(crate) fn new(topology: Topology, seed: u64) -> Linked<D> {
        let (driver, server) = D::new(&topology, seed);
        let network = Network { delay: 0, up: VecDeque::new(), away: VecDeque::new() };
        Linked { driver, server, topology, network }
    }

    /// What there is, and what it is set to.
    pub(crate) fn topology(&self) -> &Topology {
        &self.topology
    }

    pub(crate) fn server(&self) -> &D::Server {
        &self.server
    }

    /// What the server counts.
    pub(crate) fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        for holding in self.server.holdings() {
            counts.waiting += holding.waiting;
            counts.held += holding.held;
            counts.delayed += holding.delayed;
        }
        counts
    }

    /// Its stores, at most `limit` entries of each.
    pub(crate) fn stores(&self, limit: usize) -> Vec<StoreView> {
        self.driver.stores(&self.server, limit)
    }

    /// Its groups.
    pub(crate) fn groups(&self) -> Vec<GroupView> {
        self.driver.groups(&self.server)
    }

    /// How long the network takes, from now on.
    pub(crate) fn set_delay(&mut self, delay: Duration) {
        self.network.delay = nanos(delay);
    }

    /// All connect and declare what there is.
    pub(crate) fn open(&mut self, fx: &mut dyn Effects) {
        self.tell(fx, |driver, topology, line| driver.open(topology, line));
    }

    /// Changes a setting; the value has passed its knob's check.
    pub(crate) fn set(&mut self, target: Target, knob: &str, value: &Value, fx: &mut dyn Effects) {
        if let Some(sheet) = self.topology.sheet_mut(target) {
            sheet.set(knob, value);
            self.tell(fx, |driver, topology, line| driver.changed(topology, target, knob, line));
        }
    }

    #[inline]
    pub(crate) fn send(&mut self, parcel: Parcel, fx: &mut dyn Effects) {
        self.tell_at_once(
            fx.now(),
            fx,
            |driver, server, line| driver.send_at_once(parcel, server, line),
            |driver, line| driver.send(parcel, line),
        );
    }

    pub(crate) fn withdraw(&mut self, worker: WorkerId, fx: &mut dyn Effects) {
        self.tell(fx, |driver, _, line| driver.withdraw(worker, line));
    }

    pub(crate) fn fail(&mut self, worker: WorkerId, failure: Failure, fx: &mut dyn Effects) {
        self.tell(fx, |driver, _, line| driver.fail(worker, failure, line));
    }

    /// A worker is gone, or the network between it and the server.
    pub(crate) fn lost(&mut self, worker: WorkerId, fx: &mut dyn Effects) {
        self.tell(fx, |driver, _, line| driver.lost(worker, line));
    }

    /// What the one who operates it does; see [`Driver::operate`].
    pub(crate) fn operate(
        &mut self,
        act: &str,
        part: Option<u16>,
        argument: Option<f64>,
        fx: &mut dyn Effects,
    ) {
        self.tell(fx, |driver, topology, line| driver.operate(topology, act, part, argument, line));
    }

    /// The server goes down and comes back; all that is on the network is lost, and everyone connects anew.
    pub(crate) fn restart(&mut self, down: Down, fx: &mut dyn Effects) {
        let under_way = std::mem::take(&mut self.network.up);
        self.network.away.clear();
        let (now, network) = (fx.now(), &mut self.network);
        let mut out = Both::<D::Server> { now, asked: &mut None, told: &mut None, network, fx };
        for packet in under_way {
            if let Up::Request(_, request) = packet.what {
                self.server.cut_off(packet.client, &request, &mut out);
            }
        }
        self.server.restart(down, &mut out);
        self.network.away.clear();
        self.open(fx);
    }

    #[cfg(test)]
    pub(crate) fn receive(&mut self, worker: WorkerId, fx: &mut dyn Effects) {
        self.exchange(worker, Exchange::Receive, fx);
    }

    #[cfg(test)]
    pub(crate) fn done(&mut self, worker: WorkerId, fx: &mut dyn Effects) {
        self.exchange(worker, Exchange::Done, fx);
    }

    /// A worker is through with its message, or is ready for one, or both in this order, unless the first leaves
    /// something to be seen to. Whether that is not so.
    #[inline]
    pub(crate) fn exchange(&mut self, worker: WorkerId, what: Exchange, fx: &mut dyn Effects) -> bool {
        let now = fx.now();
        if what != Exchange::Receive {
            self.tell_at_once(
                now,
                fx,
                |driver, server, line| driver.done_at_once(worker, server, line),
                |driver, line| driver.done(worker, line),
            );
            if what == Exchange::Done || fx.has_left() {
                return what == Exchange::Done;
            }
        }
        self.tell_at_once(
            now,
            fx,
            |driver, server, line| driver.receive_at_once(worker, server, line),
            |driver, line| driver.receive(worker, line),
        );
        true
    }

    /// As [`Linked::next_due`], or none.
    #[cfg(test)]
    pub(crate) fn due(&self) -> Option<Time> {
        Some(self.next_due()).filter(|due| *due < Time::MAX)
    }

    /// When it has to be woken; [`Time::MAX`] if never.
    #[inline]
    pub(crate) fn next_due(&self) -> Time {
        let due = |due: Option<Time>| due.unwrap_or(Time::MAX);
        due(self.driver.due()).min(due(self.server.due())).min(self.network.next())
    }

    /// What is due has come: from the network first, then the server's own, then the driver's.
    pub(crate) fn wake(&mut self, fx: &mut dyn Effects) {
        let now = fx.now();
        if self.network.next() <= now {
            self.settle(now, &mut None, &mut None, fx);
        }
        if self.server.due().is_some_and(|due| due <= now) {
            let (mut asked, mut told) = (None, None);
            self.server.wake(&mut Both::<D::Server> {
                now,
                asked: &mut asked,
                told: &mut told,
                network: &mut self.network,
                fx,
            });
            self.settle(now, &mut asked, &mut told, fx);
        }
        if self.driver.due().is_some_and(|due| due <= now) {
            self.tell_at_once(
                now,
                fx,
                |driver, server, line| driver.wake_at_once(server, line),
                |driver, line| driver.wake(line),
            );
        }
    }

    #[inline]
    fn tell(&mut self, fx: &mut dyn Effects, call: impl FnOnce(&mut D, &Topology, &mut Both<'_, D::Server>)) {
        let (now, mut asked, mut told) = (fx.now(), None, None);
        call(
            &mut self.driver,
            &self.topology,
            &mut Both::<D::Server> {
                now,
                asked: &mut asked,
                told: &mut told,
                network: &mut self.network,
                fx,
            },
        );
        if asked.is_some() || self.network.next() <= now {
            self.settle(now, &mut asked, &mut told, fx);
        }
    }

    /// The same of what can be done at once, where the network is idle and takes no time.
    #[inline(always)]
    fn tell_at_once(
        &mut self,
        now: Time,
        fx: &mut dyn Effects,
        at_once: impl FnOnce(&mut D, &mut D::Server, &mut Both<'_, D::Server>) -> bool,
        call: impl FnOnce(&mut D, &mut Both<'_, D::Server>),
    ) {
        let is_idle = self.network.is_idle();
        let (mut asked, mut told) = (None, None);
        let mut line =
            Both::<D::Server> { now, asked: &mut asked, told: &mut told, network: &mut self.network, fx };
        if !is_idle || !at_once(&mut self.driver, &mut self.server, &mut line) {
            call(&mut self.driver, &mut line);
        }
        if asked.is_some() || told.is_some() || self.network.next() <= now {
            self.settle(now, &mut asked, &mut told, fx);
        }
    }

    /// Goes on until the network has nothing more that arrives now. What did not have to wait in a queue is before what
    /// is in one. The driver is called only while nothing is told, so what it cuts off is in the queue.
    #[inline(never)]
    fn settle(
        &mut self,
        now: Time,
        asked: &mut Asked<D::Server>,
        told: &mut Told<D::Server>,
        fx: &mut dyn Effects,
    ) {
        loop {
            if asked.is_none()
                && self.network.up.front().is_some_and(|packet| packet.arrives <= now)
                && let Some(Packet { client, what, .. }) = self.network.up.pop_front()
            {
                match what {
                    Up::Request(id, request) => *asked = Some((client, id, request)),
                    Up::Cut => {
                        self.server.disconnect(
                            client,
                            &mut Both::<D::Server> { now, asked, told, network: &mut self.network, fx },
                        );
                        continue;
                    }
                }
            }
            if let Some((client, id, request)) = asked.take() {
                self.server.request(
                    client,
                    id,
                    request,
                    &mut Both::<D::Server> { now, asked, told, network: &mut self.network, fx },
                );
                continue;
            }
            if told.is_none() {
                if self.network.away.front().is_none_or(|packet| now < packet.arrives) {
                    return;
                }
                let Some(Packet { client, what, .. }) = self.network.away.pop_front() else { return };
                match what {
                    Away::Reply(id, reply) => {
                        self.driver.reply(
                            client,
                            id,
                            reply,
                            &mut Both::<D::Server> { now, asked, told, network: &mut self.network, fx },
                        );
                        continue;
                    }
                    Away::Push(push) => *told = Some((client, push)),
                }
            }
            if let Some((client, push)) = told.take() {
                self.driver.push(
                    client,
                    push,
                    &mut Both::<D::Server> { now, asked, told, network: &mut self.network, fx },
                );
            }
        }
    }
}
