//! A driver: a system's client library, between the application's few verbs and the server's typed requests.
//!
//! Much of what people know of a system lives here: prefetching and polling, batches of acknowledgements, publisher
//! confirms, what a lost connection does to what was under way. One driver serves all producers and workers of an
//! experiment; each of them has a connection of its own, named by its [`ClientId`].
//!
//! It is a machine without I/O and without a clock, like the server. What it does goes into the [`Line`] it is lent.

use std::time::Duration;

use crate::id::{ClientId, MessageId, ProducerId, RequestId, WorkerId};
use crate::journal::{Refusal, What};
use crate::message::{Entry, Message};
use crate::time::Time;
use crate::view::{GroupView, StoreView};

use super::server::{Outlet, Plain, Server};
use super::topology::{Target, Topology};

/// What an application hands over to be sent.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Parcel {
    /// The message: who sent it, its key, its size.
    pub(crate) message: Message,
    /// How long it may wait, if its producer limits that.
    pub(crate) ttl: Option<Duration>,
    /// How urgent it is, if its producer says so.
    pub(crate) priority: Option<u8>,
    /// The place of the part to which it goes, where that is not its sender's usual one: an answer.
    pub(crate) to: Option<u16>,
}

/// How a worker gives up on the message it has.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Failure {
    /// It can be tried again, at once and by anyone.
    Again,
    /// It can be tried again after this time, by whatever way the system has for that.
    Later(Duration),
    /// It never will succeed: away with it, to the dead letters if there are any.
    ForGood,
}

/// What a driver can make happen, on both its sides.
pub(crate) trait Line<S: Server> {
    /// The present.
    fn now(&self) -> Time;
    /// Puts a fact into the journal.
    fn record(&mut self, what: What);
    /// Asks the server. The answer comes by [`Driver::reply`] with the same number.
    fn ask(&mut self, client: ClientId, id: RequestId, request: S::Request);
    /// A connection is cut. What the client had asked before still arrives; nothing comes back to it.
    fn cut(&mut self, client: ClientId);
    /// Hands a message to a worker that asked for one. `entry.attempt` is how often it was delivered as far as this
    /// system can tell, from 1.
    fn deliver(&mut self, worker: WorkerId, entry: Entry);
    /// The system has a message for sure, as far as its confirmation goes.
    fn confirmed(&mut self, message: MessageId, producer: ProducerId);
    /// The system has turned a message down, and its producer knows. The fact itself is recorded by the server.
    fn refused(&mut self, message: Message, why: Refusal);
    /// Makes a producer send nothing more.
    fn block(&mut self, producer: ProducerId);
    /// Lets a blocked producer send again.
    fn unblock(&mut self, producer: ProducerId);
}

/// What a driver is lent that calls upon its server itself.
pub(crate) trait Direct<S: Server>: Line<S> + Outlet<S::Reply, S::Push> {}

impl<S: Server, T: Line<S> + Outlet<S::Reply, S::Push>> Direct<S> for T {}

/// A system's client library.
pub(crate) trait Driver: Plain {
    /// Its server.
    type Server: Server;

    /// The driver and the server of an experiment that is about to begin, not connected yet.
    fn new(topology: &Topology, seed: u64) -> (Self, Self::Server)
    where
        Self: Sized;

    /// All connect, and what the topology names is declared. Called again after the server was restarted: then every
    /// connection is new, and what the workers had is no longer theirs.
    fn open(&mut self, topology: &Topology, line: &mut impl Line<Self::Server>);

    /// A setting has changed; `topology` has the new value.
    fn changed(
        &mut self,
        topology: &Topology,
        target: Target,
        knob: &str,
        line: &mut impl Line<Self::Server>,
    );

    /// A producer sends.
    fn send(&mut self, parcel: Parcel, line: &mut impl Line<Self::Server>);

    /// As [`Driver::send`], while nothing is on the network and it takes no time. The driver may then call upon the
    /// server itself, if what comes of it is the same: that spares nearly all messages their requests and replies.
    /// `false` if it has done nothing.
    #[inline]
    fn send_at_once(&mut self, _: Parcel, _: &mut Self::Server, _: &mut impl Direct<Self::Server>) -> bool {
        false
    }

    /// As [`Driver::receive`], like [`Driver::send_at_once`].
    #[inline]
    fn receive_at_once(
        &mut self,
        _: WorkerId,
        _: &mut Self::Server,
        _: &mut impl Direct<Self::Server>,
    ) -> bool {
        false
    }

    /// As [`Driver::done`], like [`Driver::send_at_once`].
    #[inline]
    fn done_at_once(&mut self, _: WorkerId, _: &mut Self::Server, _: &mut impl Direct<Self::Server>) -> bool {
        false
    }

    /// A worker is ready for a message, and gets one by [`Line::deliver`], now or later.
    fn receive(&mut self, worker: WorkerId, line: &mut impl Line<Self::Server>);

    /// A worker that is ready, and has no message, wants none any more. What was fetched ahead for it goes back in
    /// whatever way the system has for that.
    fn withdraw(&mut self, worker: WorkerId, line: &mut impl Line<Self::Server>);

    /// The message that a worker has is done with.
    fn done(&mut self, worker: WorkerId, line: &mut impl Line<Self::Server>);

    /// A worker gives up on the message it has.
    fn fail(&mut self, worker: WorkerId, failure: Failure, line: &mut impl Line<Self::Server>);

    /// A worker is gone, or the network between it and the server: its connection is cut, and with it goes all that it
    /// had fetched. When it is back it calls [`Driver::receive`].
    fn lost(&mut self, worker: WorkerId, line: &mut impl Line<Self::Server>);

    /// The one who operates the system does one of the acts of its manual: to the part at this place, if it is for
    /// parts, and with this number, if it takes one. Both have been checked.
    fn operate(
        &mut self,
        _topology: &Topology,
        _act: &str,
        _part: Option<u16>,
        _argument: Option<f64>,
        _line: &mut impl Line<Self::Server>,
    ) {
    }

    /// What there is to see of each store: what the server says, and what only clients know, as their positions in it.
    fn stores(&self, server: &Self::Server, limit: usize) -> Vec<StoreView> {
        server.stores(limit)
    }

    /// The same of the groups.
    fn groups(&self, server: &Self::Server) -> Vec<GroupView> {
        server.groups()
    }

    /// The server answers.
    fn reply(
        &mut self,
        client: ClientId,
        id: RequestId,
        reply: <Self::Server as Server>::Reply,
        line: &mut impl Line<Self::Server>,
    );

    /// The server tells what nobody asked for.
    fn push(
        &mut self,
        client: ClientId,
        push: <Self::Server as Server>::Push,
        line: &mut impl Line<Self::Server>,
    );

    /// When it has to be woken, if at all.
    fn due(&self) -> Option<Time>;

    /// As [`Driver::wake`], like [`Driver::send_at_once`].
    #[inline]
    fn wake_at_once(&mut self, _: &mut Self::Server, _: &mut impl Direct<Self::Server>) -> bool {
        false
    }

    /// What is due has come. It may find that nothing is to be done yet.
    fn wake(&mut self, line: &mut impl Line<Self::Server>);
}

/// The connection of a worker.
pub(crate) fn client_of_worker(worker: WorkerId) -> ClientId {
    ClientId(worker.0)
}

/// The number of the first connection of a producer: above those of all workers there can be.
const PRODUCERS: u16 = 0x8000;

/// The connection of a producer.
pub(crate) fn client_of_producer(producer: ProducerId) -> ClientId {
    ClientId(PRODUCERS + producer.0)
}

/// Who a connection belongs to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Party {
    Worker(WorkerId),
    Producer(ProducerId),
}

pub(crate) fn party(client: ClientId) -> Party {
    match client.0.checked_sub(PRODUCERS) {
        Some(producer) => Party::Producer(ProducerId(producer)),
        None => Party::Worker(WorkerId(client.0)),
    }
}
