//! The interface behind which every system stands.
//!
//! A broker is a machine without I/O and without a clock: it is told what the application side
//! does (send, receive, done, fail) and answers through the [`Effects`] it is lent for the
//! length of the call. It is plain data, so a simulation that holds one can be cloned,
//! compared and hashed; hence a closed enum and not a trait object.

pub mod bounded;
#[cfg(feature = "systems")]
pub mod direct;
pub(crate) mod driver;
pub mod fidelity;
#[cfg(feature = "systems")]
pub mod kafka;
pub(crate) mod linked;
#[cfg(feature = "systems")]
pub mod pubsub;
#[cfg(feature = "systems")]
pub mod pulsar;
#[cfg(feature = "systems")]
pub mod rabbitmq;
#[cfg(feature = "systems")]
pub mod redis;
pub mod server;
#[cfg(feature = "systems")]
pub mod sqs;
pub mod topology;
pub(crate) mod wired;

use std::time::Duration;

use crate::id::{MessageId, ProducerId, StoreId, WorkerId};
use crate::journal::{Cause, Fact, Place, Refusal, What};
use crate::knob::Value;
use crate::message::{Entry, Message};
use crate::time::Time;
use crate::view::{GroupView, StoreView};

use bounded::Bounded;
#[cfg(feature = "systems")]
use direct::Direct;
use driver::{Failure, Parcel};
use linked::Exchange;
use server::{Down, Holding};
use topology::{Manual, Target, Topology};
use wired::Wired;

/// What a broker can make happen.
pub(crate) trait Effects {
    /// The present.
    fn now(&self) -> Time;
    /// Puts a fact into the journal.
    fn record(&mut self, what: What);
    /// As [`Effects::record`], for what is not told of every message of a plain queue.
    fn note(&mut self, what: What);
    /// As [`Effects::note`], for what happens now and is a whole fact already.
    fn tell(&mut self, fact: &Fact) {
        self.note(fact.what);
    }
    /// A [`What::Routed`]. What a system on a wire tells of nearly every message has a call of its own, so that it is
    /// passed in registers and nobody has to find out what it is.
    fn routed(&mut self, message: MessageId, copies: u16) {
        self.note(What::Routed { message, copies });
    }
    /// A [`What::Enqueued`].
    fn enqueued(&mut self, message: MessageId, store: StoreId) {
        self.note(What::Enqueued { message, store });
    }
    /// A [`What::Delivered`] whose worker does not begin at once.
    fn fetched(&mut self, message: MessageId, store: StoreId, worker: WorkerId, attempt: u16, waited: u64) {
        self.note(What::Delivered { message, store, worker, attempt, waited, begins: false });
    }
    /// A [`What::Moved`]: one message was acknowledged by whoever held it.
    fn settled(&mut self, message: MessageId, store: StoreId) {
        let (from, to, why) = (Place::Held, Place::Done, Cause::Ack);
        self.note(What::Moved { message, store, from, to, count: 1, why });
    }
    /// Whether something was put aside that is to be seen to before the system is called again.
    fn has_left(&self) -> bool {
        false
    }
    /// Hands a message to a worker that asked for one.
    fn deliver(&mut self, worker: WorkerId, entry: Entry);
    /// As [`Effects::deliver`], for a message that was delivered to the worker's client library before: that the worker
    /// begins on it is a fact of its own.
    fn hand_over(&mut self, worker: WorkerId, entry: Entry) {
        self.deliver(worker, entry);
    }
    /// Tells a producer that the system has its message for sure.
    fn confirmed(&mut self, message: MessageId, producer: ProducerId);
    /// Tells a producer that the system has turned its message down.
    fn refused(&mut self, message: Message, why: Refusal);
    /// Makes a producer keep what it sent and send nothing more.
    fn block(&mut self, producer: ProducerId);
    /// Lets a blocked producer send again.
    fn unblock(&mut self, producer: ProducerId);
}

/// What a system calls its parts, for the wording of the page.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Terms {
    /// The system itself.
    pub system: &'static str,
    /// Where messages wait.
    pub store: &'static str,
    /// A message that waits there.
    pub waiting: &'static str,
    /// A message that a worker has taken.
    pub held: &'static str,
    /// Who reads a log at a position of its own; empty where there are no logs.
    pub reader: &'static str,
    /// What its position is counted in, in the singular; empty where there are no logs.
    pub position: &'static str,
}

/// A broker's own count of what it has, for the ledger to be held against.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Counts {
    /// Sent and kept back by a blocked producer.
    pub blocked: u64,
    /// In the store.
    pub waiting: u64,
    /// With workers.
    pub held: u64,
    /// In the store, for later.
    pub delayed: u64,
}

/// The systems that a scenario can ask for, by what they say of themselves.
pub use wired::SYSTEMS;

/// What the system of this name says of itself.
pub fn manual(system: &str) -> Option<&'static Manual> {
    SYSTEMS.iter().copied().find(|manual| manual.system == system)
}

/// The systems. Those without a wire of their own speak with the application at once.
#[derive(Clone, PartialEq, Hash, Debug)]
#[cfg_attr(
    not(feature = "systems"),
    expect(clippy::large_enum_variant, reason = "nothing is on a wire then")
)]
pub(crate) enum Broker {
    /// The plain bounded queue.
    Bounded(Bounded),
    /// A call that waits for its answer.
    #[cfg(feature = "systems")]
    Direct(Direct),
    /// A server with its client library, across a network.
    Wired(Wired),
}

/// Calls the same method whichever system it is; `get` is how one on a wire is got at.
macro_rules! each {
    ($broker:expr, $get:ident, $system:ident => $call:expr) => {
        match $broker {
            Broker::Bounded($system) => $call,
            #[cfg(feature = "systems")]
            Broker::Direct($system) => $call,
            Broker::Wired(wired) => {
                let $system = wired.$get();
                $call
            }
        }
    };
}

impl Broker {
    /// The system that `topology` describes, for as many workers as there can be.
    pub(crate) fn new(manual: &'static Manual, topology: Topology, workers: u16, seed: u64) -> Broker {
        if let Some(wired) = Wired::new(manual.system, &topology, seed) {
            return Broker::Wired(wired);
        }
        #[cfg(feature = "systems")]
        if manual.system == direct::SYSTEM {
            return Broker::Direct(Direct::new(topology, workers));
        }
        Broker::Bounded(Bounded::new(topology, workers))
    }

    /// Everyone connects, where there is anything to connect to.
    pub(crate) fn open(&mut self, fx: &mut impl Effects) {
        if let Broker::Wired(wired) = self {
            wired.get_mut().open(fx);
        }
    }

    /// A producer's message arrives.
    #[inline]
    pub(crate) fn send(&mut self, parcel: &Parcel, fx: &mut impl Effects) {
        match self {
            Broker::Bounded(queue) => queue.send(*parcel, fx),
            #[cfg(feature = "systems")]
            Broker::Direct(direct) => direct.send(*parcel, fx),
            Broker::Wired(wired) => {
                wired.get_mut().send(parcel, fx);
            }
        }
    }

    /// A worker asks for a message, and waits until there is one.
    #[inline]
    pub(crate) fn receive(&mut self, worker: WorkerId, fx: &mut impl Effects) {
        match self {
            Broker::Bounded(queue) => queue.receive(worker, fx),
            #[cfg(feature = "systems")]
            Broker::Direct(direct) => direct.receive(worker, fx),
            Broker::Wired(wired) => {
                wired.get_mut().exchange(worker, Exchange::Receive, fx);
            }
        }
    }

    /// A waiting worker no longer asks.
    pub(crate) fn withdraw(&mut self, worker: WorkerId, fx: &mut impl Effects) {
        each!(self, get_mut, system => system.withdraw(worker, fx));
    }

    /// A worker is through with the message it holds.
    #[inline]
    pub(crate) fn done(&mut self, worker: WorkerId, fx: &mut impl Effects) {
        match self {
            Broker::Bounded(queue) => queue.done(worker, fx),
            #[cfg(feature = "systems")]
            Broker::Direct(direct) => direct.done(worker, fx),
            Broker::Wired(wired) => {
                wired.get_mut().exchange(worker, Exchange::Done, fx);
            }
        }
    }

    /// A worker gives up on the message it holds.
    #[inline]
    pub(crate) fn fail(&mut self, worker: WorkerId, failure: Failure, fx: &mut impl Effects) {
        each!(self, get_mut, system => system.fail(worker, failure, fx));
    }

    /// A worker is gone, or the network between it and the system.
    pub(crate) fn lost(&mut self, worker: WorkerId, fx: &mut impl Effects) {
        each!(self, get_mut, system => system.lost(worker, fx));
    }

    /// When it has to be woken; [`Time::MAX`] if never.
    #[inline]
    pub(crate) fn due(&self) -> Time {
        match self {
            Broker::Bounded(_) => Time::MAX,
            #[cfg(feature = "systems")]
            Broker::Direct(direct) => direct.due().unwrap_or(Time::MAX),
            Broker::Wired(wired) => wired.get().due(),
        }
    }

    /// What is due has come.
    pub(crate) fn wake(&mut self, fx: &mut impl Effects) {
        match self {
            Broker::Bounded(_) => {}
            #[cfg(feature = "systems")]
            Broker::Direct(direct) => direct.wake(fx),
            Broker::Wired(wired) => wired.get_mut().wake(fx),
        }
    }

    /// The server goes down and comes back. Nothing happens to a system that has none.
    pub(crate) fn restart(&mut self, down: Down, fx: &mut impl Effects) {
        if let Broker::Wired(wired) = self {
            wired.get_mut().restart(down, fx);
        }
    }

    /// How long the network takes from now on, where there is one.
    pub(crate) fn set_network_delay(&mut self, delay: Duration) {
        if let Broker::Wired(wired) = self {
            wired.get_mut().set_delay(delay);
        }
    }

    /// Changes a setting; the value has passed its knob's check.
    pub(crate) fn set(&mut self, target: Target, knob: &str, value: &Value, fx: &mut impl Effects) {
        each!(self, get_mut, system => system.set(target, knob, value, fx));
    }

    /// What there is, and what it is set to.
    pub(crate) fn topology(&self) -> &Topology {
        each!(self, get, system => system.topology())
    }

    /// What it says of itself.
    pub(crate) fn manual(&self) -> &'static Manual {
        match self {
            Broker::Bounded(_) => &bounded::MANUAL,
            #[cfg(feature = "systems")]
            Broker::Direct(_) => &direct::MANUAL,
            Broker::Wired(wired) => wired.manual(),
        }
    }

    /// Its own count of what it has.
    pub(crate) fn counts(&self) -> Counts {
        each!(self, get, system => system.counts())
    }

    /// The server's own count of what each of its stores holds; nothing for a system that has no server.
    pub(crate) fn holdings(&self) -> Vec<Holding> {
        match self {
            Broker::Bounded(_) => Vec::new(),
            #[cfg(feature = "systems")]
            Broker::Direct(_) => Vec::new(),
            Broker::Wired(wired) => wired.get().holdings(),
        }
    }

    /// Its stores, at most `limit` entries of each, head first.
    pub(crate) fn stores(&self, limit: usize) -> Vec<StoreView> {
        each!(self, get, system => system.stores(limit))
    }

    /// Its groups, where members have shares of what they read.
    pub(crate) fn groups(&self) -> Vec<GroupView> {
        match self {
            Broker::Bounded(_) => Vec::new(),
            #[cfg(feature = "systems")]
            Broker::Direct(_) => Vec::new(),
            Broker::Wired(wired) => wired.get().groups(),
        }
    }

    /// One of the acts of its manual, which was checked.
    pub(crate) fn operate(
        &mut self,
        act: &str,
        part: Option<u16>,
        argument: Option<f64>,
        fx: &mut impl Effects,
    ) {
        if let Broker::Wired(wired) = self {
            wired.get_mut().operate(act, part, argument, fx);
        }
    }
}
