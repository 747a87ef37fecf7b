//! The interface behind which every system stands.
//!
//! A broker is a machine without I/O and without a clock: it is told what the application side
//! does (send, receive, done, fail) and answers through the [`Effects`] it is lent for the
//! length of the call. It is plain data, so a simulation that holds one can be cloned,
//! compared and hashed; hence a closed enum and not a trait object.

pub mod bounded;
pub(crate) mod driver;
pub mod fidelity;
pub(crate) mod linked;
pub mod server;
pub mod sqs;
pub mod topology;

use crate::id::{MessageId, ProducerId, WorkerId};
use crate::journal::{Refusal, What};
use crate::knob::{Knob, Value};
use crate::message::{Entry, Message};
use crate::time::Time;
use crate::view::StoreView;

use bounded::Bounded;

/// What a broker can make happen.
pub(crate) trait Effects {
    /// The present.
    fn now(&self) -> Time;
    /// Puts a fact into the journal.
    fn record(&mut self, what: What);
    /// Hands a message to a worker that asked for one.
    fn deliver(&mut self, worker: WorkerId, entry: Entry);
    /// Tells a producer that the system has its message for sure.
    fn confirmed(&mut self, message: MessageId, producer: ProducerId);
    /// Tells a producer that the system has turned its message down.
    fn refused(&mut self, message: Message, why: Refusal);
    /// Makes a producer keep what it sent and send nothing more.
    fn block(&mut self, producer: ProducerId);
    /// Lets a blocked producer send again.
    fn unblock(&mut self, producer: ProducerId);
}

/// How an attempt at a message ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Outcome {
    /// The work is done.
    Done,
    /// The work failed.
    Failed,
    /// The worker crashed.
    Crashed,
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

/// The systems.
#[derive(Clone, PartialEq, Hash, Debug)]
pub(crate) enum Broker {
    /// The plain bounded queue.
    Bounded(Bounded),
}

/// The name under which a scenario asks for a system, and the knobs the system has.
pub const SYSTEMS: &[(&str, &[Knob])] = &[(bounded::SYSTEM, bounded::KNOBS)];

impl Broker {
    /// A broker of the named system, for as many workers as there can be.
    pub(crate) fn new(system: &str, workers: u16) -> Option<Broker> {
        match system {
            bounded::SYSTEM => Some(Broker::Bounded(Bounded::new(workers))),
            _ => None,
        }
    }

    /// A message arrives.
    #[inline]
    pub(crate) fn publish(&mut self, message: Message, fx: &mut impl Effects) {
        match self {
            Broker::Bounded(queue) => queue.publish(message, fx),
        }
    }

    /// A worker asks for a message, and waits until there is one.
    #[inline]
    pub(crate) fn receive(&mut self, worker: WorkerId, fx: &mut impl Effects) {
        match self {
            Broker::Bounded(queue) => queue.receive(worker, fx),
        }
    }

    /// A waiting worker no longer asks.
    pub(crate) fn withdraw(&mut self, worker: WorkerId) {
        match self {
            Broker::Bounded(queue) => queue.withdraw(worker),
        }
    }

    /// A worker is through with the message it holds.
    #[inline]
    pub(crate) fn settle(&mut self, worker: WorkerId, outcome: Outcome, fx: &mut impl Effects) {
        match self {
            Broker::Bounded(queue) => queue.settle(worker, outcome, fx),
        }
    }

    /// Changes a setting; the value has passed its knob's check.
    pub(crate) fn set(&mut self, knob: &str, value: &Value, fx: &mut impl Effects) {
        match self {
            Broker::Bounded(queue) => queue.set(knob, value, fx),
        }
    }

    /// What a setting is set to.
    pub(crate) fn get(&self, knob: &str) -> Option<Value> {
        match self {
            Broker::Bounded(queue) => queue.get(knob),
        }
    }

    pub(crate) fn knobs(&self) -> &'static [Knob] {
        match self {
            Broker::Bounded(_) => bounded::KNOBS,
        }
    }

    pub(crate) fn terms(&self) -> Terms {
        match self {
            Broker::Bounded(_) => bounded::TERMS,
        }
    }

    pub(crate) fn counts(&self) -> Counts {
        match self {
            Broker::Bounded(queue) => queue.counts(),
        }
    }

    /// Its stores, at most `limit` entries of each, head first.
    pub(crate) fn stores(&self, limit: usize) -> Vec<StoreView> {
        match self {
            Broker::Bounded(queue) => vec![queue.view(limit)],
        }
    }
}
