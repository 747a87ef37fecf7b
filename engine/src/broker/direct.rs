//! A direct call, with no queue in between: what a queue is to be compared with.
//!
//! ```text
//! caller --> [a worker is free] --> served --> answered, and the caller goes on
//!        --> [all are busy] -----> waits, and is blocked meanwhile; gives up after the timeout
//!        --> [nobody is there] --> fails at once
//! ```
//!
//! The caller is blocked until its call is answered, so a slow or absent worker is the caller's trouble at once:
//! that is the coupling which a queue takes away.

use std::collections::VecDeque;
use std::time::Duration;

use crate::broker::driver::{Failure, Parcel};
use crate::broker::topology::{Manual, Target, Topology, Usual};
use crate::broker::{Counts, Effects, Terms};
use crate::id::{StoreId, WorkerId};
use crate::journal::{Cause, Place, Refusal, What};
use crate::knob::{Domain, Knob, Scale, Unit, Value};
use crate::message::{Entry, Message};
use crate::time::Time;
use crate::view::{EntryView, StoreView};

/// The name under which a scenario asks for it.
pub const SYSTEM: &str = "direct";

/// Its settings.
pub const KNOBS: &[Knob] = &[Knob {
    name: "timeout",
    label: "Call timeout",
    domain: Domain::Real {
        min: 0.001,
        max: 3600.0,
        default: 30.0,
        unit: Unit::Seconds,
        scale: Scale::Logarithmic,
    },
    meaning: "How long a caller waits for a free worker before its call fails.",
    ..Knob::PLAIN
}];

/// What it says of itself.
pub const MANUAL: Manual = Manual {
    system: SYSTEM,
    wired: false,
    versions: &["1"],
    knobs: KNOBS,
    kinds: &[],
    link: &[],
    producer: &[],
    consumer: &[],
    acts: &[],
    terms: Terms {
        system: "Direct call",
        store: "call",
        waiting: "on hold",
        held: "in service",
        reader: "",
        position: "",
    },
    features: &[],
    usual: Usual { parts: &[], links: &[], to: "", from: "" },
    joins: &[],
    shelf: &[],
};

/// The line of callers is its only store.
const STORE: StoreId = StoreId(0);

#[derive(Clone, PartialEq, Hash, Debug)]
pub(crate) struct Direct {
    topology: Topology,
    /// Callers that wait for a worker, the first to have called first.
    waiting: VecDeque<Entry>,
    /// Workers that wait for a call, the one idle longest first.
    idle: VecDeque<WorkerId>,
    /// What each worker is at, by its number.
    held: Vec<Option<Entry>>,
}

impl Direct {
    pub(crate) fn new(topology: Topology, workers: u16) -> Direct {
        Direct { topology, waiting: VecDeque::new(), idle: VecDeque::new(), held: vec![None; workers.into()] }
    }

    pub(crate) fn send(&mut self, parcel: Parcel, fx: &mut impl Effects) {
        let message = parcel.message;
        if self.idle.is_empty() && self.held.iter().all(Option::is_none) {
            return Self::refuse(message, fx);
        }
        fx.note(What::Enqueued { message: message.id, store: STORE });
        fx.block(message.producer);
        let entry = Entry { message, entered: fx.now(), attempt: 1, store: STORE };
        match self.idle.pop_front() {
            Some(worker) => self.deliver(worker, entry, fx),
            None => self.waiting.push_back(entry),
        }
    }

    pub(crate) fn receive(&mut self, worker: WorkerId, fx: &mut impl Effects) {
        match self.waiting.pop_front() {
            Some(entry) => self.deliver(worker, entry, fx),
            None => self.idle.push_back(worker),
        }
    }

    pub(crate) fn withdraw(&mut self, worker: WorkerId, _: &mut impl Effects) {
        self.idle.retain(|idle| *idle != worker);
    }

    pub(crate) fn done(&mut self, worker: WorkerId, fx: &mut impl Effects) {
        if let Some(entry) = self.held[usize::from(worker.0)].take() {
            fx.confirmed(entry.message.id, entry.message.producer);
            self.release(entry.message, fx);
        }
    }

    /// The call has failed, and its caller is told. Nobody tries again in its place.
    pub(crate) fn fail(&mut self, worker: WorkerId, _: Failure, fx: &mut impl Effects) {
        if let Some(entry) = self.held[usize::from(worker.0)].take() {
            fx.note(What::Dead { message: entry.message.id, worker, attempts: entry.attempt });
            fx.refused(entry.message, Refusal::Unreachable);
            self.release(entry.message, fx);
        }
    }

    pub(crate) fn lost(&mut self, worker: WorkerId, fx: &mut impl Effects) {
        self.withdraw(worker, fx);
        self.fail(worker, Failure::ForGood, fx);
    }

    /// When the first of those that wait gives up.
    pub(crate) fn due(&self) -> Option<Time> {
        Some(self.waiting.front()?.entered + self.timeout())
    }

    pub(crate) fn wake(&mut self, fx: &mut impl Effects) {
        while self.due().is_some_and(|due| due <= fx.now())
            && let Some(entry) = self.waiting.pop_front()
        {
            let message = entry.message.id;
            let (from, to) = (Place::Waiting, Place::Refused);
            fx.note(What::Moved { message, store: STORE, from, to, count: 1, why: Cause::Timeout });
            fx.refused(entry.message, Refusal::Unreachable);
            self.release(entry.message, fx);
        }
    }

    pub(crate) fn set(&mut self, target: Target, knob: &str, value: &Value, fx: &mut impl Effects) {
        if target == Target::System {
            self.topology.settings.set(knob, value);
            self.wake(fx);
        }
    }

    pub(crate) fn topology(&self) -> &Topology {
        &self.topology
    }

    pub(crate) fn counts(&self) -> Counts {
        Counts {
            waiting: self.waiting.len() as u64,
            held: self.held.iter().flatten().count() as u64,
            ..Counts::default()
        }
    }

    pub(crate) fn stores(&self, limit: usize) -> Vec<StoreView> {
        let entry = |entry: &Entry| EntryView {
            message: entry.message.id,
            producer: entry.message.producer,
            key: entry.message.key,
            since: entry.entered,
            attempt: entry.attempt,
        };
        vec![StoreView {
            name: MANUAL.terms.store.to_owned(),
            capacity: None,
            depth: self.waiting.len() as u64,
            held: self.counts().held,
            delayed: 0,
            oldest: self.waiting.front().map(|entry| entry.entered),
            entries: self.waiting.iter().take(limit).map(entry).collect(),
            kept: 0,
            log: None,
        }]
    }

    fn timeout(&self) -> Duration {
        self.topology.settings.span("timeout")
    }

    fn deliver(&mut self, worker: WorkerId, entry: Entry, fx: &mut impl Effects) {
        let waited = fx.now().nanos_since(entry.entered);
        let (message, attempt) = (entry.message.id, entry.attempt);
        fx.note(What::Delivered { message, store: STORE, worker, attempt, waited, begins: true });
        self.held[usize::from(worker.0)] = Some(entry);
        fx.deliver(worker, entry);
    }

    /// Nobody is there to answer.
    fn refuse(message: Message, fx: &mut impl Effects) {
        let why = Refusal::Unreachable;
        fx.note(What::Refused { message: message.id, producer: message.producer, why });
        fx.refused(message, why);
    }

    /// The caller goes on, unless another call of it is still open.
    fn release(&self, message: Message, fx: &mut impl Effects) {
        let open = self.waiting.iter().chain(self.held.iter().flatten());
        if open.map(|entry| entry.message.producer).all(|producer| producer != message.producer) {
            fx.unblock(message.producer);
        }
    }
}
