//! The plain bounded queue that the page opens with.
//!
//! ```text
//!             full: refused                     full: drop oldest
//!                 ^                                  ^
//! producer --> [arrival] --> waiting, first in first out --> held by a worker --> done
//!                 v                 ^                              |
//!        full: kept by its          +------- failed, crashed ------+--> dead
//!        blocked producer              (to the head, attempt + 1)      (no attempts left)
//! ```
//!
//! *Capacity* counts waiting messages only; those held by workers are apart. It is tested when
//! a message arrives, and never makes a returning one leave: a failed message goes back to the
//! head even above capacity.

use std::collections::VecDeque;

use crate::broker::driver::{Failure, Parcel};
use crate::broker::topology::{Manual, Target, Topology, Usual};
use crate::broker::{Counts, Effects, Terms};
use crate::id::{MessageId, ProducerId, StoreId, WorkerId};
use crate::journal::{Drop, Refusal, Return, What};
use crate::knob::{self, Choice, Domain, Knob, Scale, Unit, Value};
use crate::mechanism::store::Store;
use crate::message::{Entry, Message};
use crate::time::Time;
use crate::view::{EntryView, StoreView};

/// The name under which a scenario asks for it.
pub const SYSTEM: &str = "plain-queue";

/// What happens to a message that finds the queue full.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum WhenFull {
    /// It is not stored, and its producer is told.
    Refuse,
    /// The head leaves, it goes to the tail.
    DropOldest,
    /// Its producer keeps it and sends nothing more until there is room.
    Block,
}

const WHEN_FULL: &[(&str, WhenFull)] =
    &[("refuse", WhenFull::Refuse), ("drop-oldest", WhenFull::DropOldest), ("block", WhenFull::Block)];

/// Its settings.
pub const KNOBS: &[Knob] = &[
    Knob {
        name: "capacity",
        label: "Queue capacity",
        domain: Domain::Whole {
            min: 1,
            max: 100_000,
            default: 10,
            unit: Unit::Messages,
            scale: Scale::Logarithmic,
        },
        meaning: "How many messages may wait; those held by workers are not counted.",
        ..Knob::PLAIN
    },
    Knob {
        name: "when-full",
        label: "When full",
        domain: Domain::Choice(&[
            Choice { name: "refuse", label: "Refuse" },
            Choice { name: "drop-oldest", label: "Drop oldest" },
            Choice { name: "block", label: "Block" },
        ]),
        meaning: "What happens to a message that finds the queue full.",
        ..Knob::PLAIN
    },
    Knob {
        name: "attempts",
        label: "Attempts",
        domain: Domain::Whole {
            min: 1,
            max: 100,
            default: 3,
            unit: Unit::Attempts,
            scale: Scale::Logarithmic,
        },
        meaning: "How often a message is delivered before it is given up as dead.",
        ..Knob::PLAIN
    },
];

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
        system: "Plain queue",
        store: "queue",
        waiting: "waiting",
        held: "in service",
        reader: "",
        position: "",
    },
    features: &[],
    usual: Usual { parts: &[], links: &[], to: "", from: "" },
    #[cfg(feature = "systems")]
    joins: &[],
    #[cfg(feature = "systems")]
    shelf: &[],
};

/// It is the only store there is.
const STORE: StoreId = StoreId(0);

/// A message in parts. A call that is rarely made takes these, so that where it is not made the message itself can
/// stay in registers: what a call takes by reference has to be in memory.
type Parts = (MessageId, ProducerId, Time, u16, u32);

#[inline(always)]
fn parts(message: Message) -> Parts {
    (message.id, message.producer, message.sent, message.key, message.size)
}

#[derive(Clone, PartialEq, Hash, Debug)]
pub(crate) struct Bounded {
    topology: Topology,
    capacity: u32,
    when_full: WhenFull,
    attempts: u16,
    store: Store<Entry>,
    /// What blocked producers keep, in order of arrival. If there is any, the store is full.
    kept: VecDeque<Message>,
    /// Workers that wait for a message, the one idle longest first. If there is one, the store is empty.
    idle: VecDeque<WorkerId>,
    /// What each worker holds, by its number.
    held: Vec<Option<Entry>>,
}

impl Bounded {
    pub(crate) fn new(topology: Topology, workers: u16) -> Bounded {
        let settings = &topology.settings;
        Bounded {
            capacity: settings.number("capacity").unwrap_or(0.0) as u32,
            when_full: settings.choice("when-full", WHEN_FULL),
            attempts: settings.number("attempts").unwrap_or(0.0) as u16,
            topology,
            store: Store::default(),
            kept: VecDeque::new(),
            idle: VecDeque::new(),
            held: vec![None; workers.into()],
        }
    }

    /// Whether a message that arrives now is stored, and nothing else comes of that.
    #[inline(always)]
    pub(crate) fn merely_stores(&self) -> bool {
        self.has_room() && self.idle.is_empty()
    }

    /// Stores a message where that is all there is to do, and says what has happened.
    #[inline(always)]
    pub(crate) fn store(&mut self, message: Message, entered: Time) -> What {
        self.store.push_back(Entry { message, entered, attempt: 1, store: STORE });
        What::Enqueued { message: message.id, store: STORE }
    }

    /// Takes back what a worker is done with and gives it what is next in line, where nothing else comes of that.
    /// Says what it got, and what has happened.
    #[inline(always)]
    pub(crate) fn exchange(&mut self, worker: WorkerId, now: Time) -> Option<(Entry, What)> {
        if !self.kept.is_empty() {
            return None;
        }
        let entry = self.store.pop_front()?;
        self.held[usize::from(worker.0)] = Some(entry);
        Some((entry, delivered(worker, &entry, now)))
    }

    #[inline]
    pub(crate) fn send(&mut self, parcel: Parcel, fx: &mut impl Effects) {
        self.arrive(parcel.message, fx);
    }

    /// A message arrives.
    pub(crate) fn arrive(&mut self, message: Message, fx: &mut impl Effects) {
        if self.has_room() || self.make_room(parts(message), fx) {
            self.enqueue(message, fx);
        }
    }

    pub(crate) fn receive(&mut self, worker: WorkerId, fx: &mut impl Effects) {
        // Delivered from where it stands, so that it is copied once.
        match self.store.front() {
            Some(entry) => {
                deliver(&mut self.held, worker, entry, fx);
                self.store.pop_front();
                self.admit(fx);
            }
            None => self.idle.push_back(worker),
        }
    }

    pub(crate) fn withdraw(&mut self, worker: WorkerId, _: &mut impl Effects) {
        self.idle.retain(|idle| *idle != worker);
    }

    pub(crate) fn done(&mut self, worker: WorkerId, _: &mut impl Effects) {
        self.held[usize::from(worker.0)] = None;
    }

    /// There is no waiting room for what is to be tried later, and only one way to give up: later is at once, and
    /// what cannot succeed is dead.
    pub(crate) fn fail(&mut self, worker: WorkerId, failure: Failure, fx: &mut impl Effects) {
        let Some(entry) = self.held[usize::from(worker.0)].take() else { return };
        match failure {
            Failure::Again | Failure::Later(_) => self.bring_back(worker, entry, Return::Failed, fx),
            Failure::ForGood => self.bury(worker, entry, fx),
        }
    }

    pub(crate) fn lost(&mut self, worker: WorkerId, fx: &mut impl Effects) {
        self.withdraw(worker, fx);
        if let Some(entry) = self.held[usize::from(worker.0)].take() {
            self.bring_back(worker, entry, Return::Crashed, fx);
        }
    }

    fn bring_back(&mut self, worker: WorkerId, entry: Entry, why: Return, fx: &mut impl Effects) {
        if self.attempts <= entry.attempt {
            return self.bury(worker, entry, fx);
        }
        let entry = Entry { entered: fx.now(), attempt: entry.attempt + 1, ..entry };
        fx.note(What::Requeued { message: entry.message.id, store: STORE, attempt: entry.attempt, why });
        self.store.push_front(entry);
        self.dispatch(fx);
    }

    fn bury(&mut self, worker: WorkerId, entry: Entry, fx: &mut impl Effects) {
        fx.note(What::Dead { message: entry.message.id, worker, attempts: entry.attempt });
    }

    pub(crate) fn set(&mut self, target: Target, knob: &str, value: &Value, fx: &mut impl Effects) {
        if target != Target::System {
            return;
        }
        self.topology.settings.set(knob, value);
        match knob {
            "capacity" => self.capacity = knob::number(value) as u32,
            "when-full" => self.when_full = knob::choice(value, WHEN_FULL),
            "attempts" => self.attempts = knob::number(value) as u16,
            _ => {}
        }
        self.reconsider(fx);
    }

    pub(crate) fn topology(&self) -> &Topology {
        &self.topology
    }

    pub(crate) fn counts(&self) -> Counts {
        Counts {
            blocked: self.kept.len() as u64,
            waiting: self.store.len(),
            held: self.held.iter().flatten().count() as u64,
            delayed: 0,
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
            capacity: Some(self.capacity),
            depth: self.store.len(),
            held: self.counts().held,
            delayed: 0,
            oldest: self.store.front().map(|entry| entry.entered),
            entries: self.store.iter().take(limit).map(entry).collect(),
            kept: self.kept.len() as u64,
            log: None,
        }]
    }

    #[inline(always)]
    fn has_room(&self) -> bool {
        self.store.len() < u64::from(self.capacity)
    }

    #[inline(never)]
    fn enqueue(&mut self, message: Message, fx: &mut impl Effects) {
        fx.record(What::Enqueued { message: message.id, store: STORE });
        let entered = fx.now();
        // An idle worker means an empty store: hand it over without storing it in between.
        match self.idle.pop_front() {
            Some(worker) => self.hand_over(worker, &Entry { message, entered, attempt: 1, store: STORE }, fx),
            None => self.store.push_back(Entry { message, entered, attempt: 1, store: STORE }),
        }
    }

    /// Full: whether there is room all the same. If not, the message is refused or kept.
    #[cold]
    #[inline(never)]
    fn make_room(&mut self, (id, producer, sent, key, size): Parts, fx: &mut impl Effects) -> bool {
        let message = Message { id, producer, sent, key, size };
        match self.when_full {
            WhenFull::Refuse => {
                fx.note(What::Refused { message: id, producer, why: Refusal::Full });
                fx.refused(message, Refusal::Full);
            }
            WhenFull::DropOldest => {
                if let Some(oldest) = self.store.pop_front() {
                    fx.note(What::Dropped { message: oldest.message.id, why: Drop::Oldest });
                }
            }
            WhenFull::Block => {
                fx.note(What::Blocked { message: id, producer });
                self.kept.push_back(message);
                fx.block(producer);
            }
        }
        self.when_full == WhenFull::DropOldest
    }

    /// [`deliver`] for where that is not what mostly happens.
    #[inline(never)]
    fn hand_over(&mut self, worker: WorkerId, entry: &Entry, fx: &mut impl Effects) {
        deliver(&mut self.held, worker, entry, fx);
    }

    /// Hands what waits to workers that wait.
    fn dispatch(&mut self, fx: &mut impl Effects) {
        while !self.idle.is_empty()
            && let Some(entry) = self.store.pop_front()
            && let Some(worker) = self.idle.pop_front()
        {
            self.hand_over(worker, &entry, fx);
        }
        self.admit(fx);
    }

    /// Stores what blocked producers kept, as far as there is room.
    #[inline(always)]
    fn admit(&mut self, fx: &mut impl Effects) {
        if !self.kept.is_empty() {
            self.admit_kept(fx);
        }
    }

    #[inline(never)]
    fn admit_kept(&mut self, fx: &mut impl Effects) {
        while self.has_room()
            && let Some(message) = self.kept.pop_front()
        {
            self.enqueue(message, fx);
            self.release(message, fx);
        }
    }

    /// Lets the producer of `message` go on if nothing else of it is kept.
    fn release(&mut self, message: Message, fx: &mut impl Effects) {
        if self.kept.iter().all(|kept| kept.producer != message.producer) {
            fx.note(What::Unblocked { producer: message.producer });
            fx.unblock(message.producer);
        }
    }

    /// After a change of settings: what was kept under another policy is treated as if it arrived now.
    fn reconsider(&mut self, fx: &mut impl Effects) {
        self.admit(fx);
        if self.when_full != WhenFull::Block {
            while let Some(message) = self.kept.pop_front() {
                self.arrive(message, fx);
                self.release(message, fx);
            }
        }
    }
}

#[inline(always)]
fn delivered(worker: WorkerId, entry: &Entry, now: Time) -> What {
    What::Delivered {
        message: entry.message.id,
        store: STORE,
        worker,
        attempt: entry.attempt,
        waited: now.nanos_since(entry.entered),
        begins: true,
    }
}

#[inline(always)]
fn deliver(held: &mut [Option<Entry>], worker: WorkerId, entry: &Entry, fx: &mut impl Effects) {
    fx.record(delivered(worker, entry, fx.now()));
    held[usize::from(worker.0)] = Some(*entry);
    fx.deliver(worker, *entry);
}
