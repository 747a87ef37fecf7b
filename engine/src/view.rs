//! What there is to see at one instant: a description of any system, for a painter that knows none of them.
//!
//! It is a function of the state at a time and of nothing else, so the same time draws the same
//! picture however it was reached.

use crate::broker::Terms;
use crate::id::{MessageId, ProducerId, WorkerId};
use crate::metrics::Departure;
use crate::time::Time;

/// Everything on the stage.
#[derive(Clone, PartialEq, Debug)]
pub struct Scene {
    /// The instant.
    pub now: Time,
    /// What the system calls its parts.
    pub terms: Terms,
    /// Whether workers fetch ahead, so that a store has handed out more than is worked on.
    pub wired: bool,
    /// Who sends.
    pub producers: Vec<ProducerView>,
    /// Where messages wait.
    pub stores: Vec<StoreView>,
    /// The names of the pools of workers, in the scenario.
    pub pools: Vec<String>,
    /// Who works, pool after pool.
    pub workers: Vec<WorkerView>,
    /// What left within the last second, newest first.
    pub departures: Vec<Departure>,
}

/// A producer and what it has on its link.
#[derive(Clone, PartialEq, Debug)]
pub struct ProducerView {
    /// Its name in the scenario.
    pub name: String,
    /// Whether it is switched on.
    pub running: bool,
    /// Whether it waits for room.
    pub blocked: bool,
    /// On the way to the store, the next to arrive first; at most the limit asked for.
    pub link: Vec<Flight>,
    /// How many are on the way in all.
    pub on_link: u64,
}

/// A message on a link.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Flight {
    /// The message.
    pub message: MessageId,
    /// Who sent it.
    pub producer: ProducerId,
    /// When it left.
    pub departs: Time,
    /// When it will be there.
    pub arrives: Time,
}

/// A store and what waits in it.
#[derive(Clone, PartialEq, Debug)]
pub struct StoreView {
    /// How people name it.
    pub name: String,
    /// How many it may hold, if that is bounded.
    pub capacity: Option<u32>,
    /// How many wait.
    pub depth: u64,
    /// How many were delivered and neither acknowledged nor returned.
    pub held: u64,
    /// How many are not to be delivered before a certain time.
    pub delayed: u64,
    /// Since when the head waits.
    pub oldest: Option<Time>,
    /// The entries, head first; at most the limit asked for.
    pub entries: Vec<EntryView>,
    /// How many are kept back by blocked producers.
    pub kept: u64,
}

/// A message that waits.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct EntryView {
    /// The message.
    pub message: MessageId,
    /// Who sent it.
    pub producer: ProducerId,
    /// Since when it waits here.
    pub since: Time,
    /// Which delivery the next one will be, from 1.
    pub attempt: u16,
}

/// A worker.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct WorkerView {
    /// Its number.
    pub worker: WorkerId,
    /// Which pool it belongs to, from 0.
    pub pool: u16,
    /// Its place there, from 0.
    pub place: u16,
    /// What it is about.
    pub doing: Doing,
}

/// What a worker is about.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Doing {
    /// It waits for a message.
    Idle,
    /// It works.
    Busy {
        /// On which message.
        message: MessageId,
        /// Who sent it.
        producer: ProducerId,
        /// Which delivery this is, from 1.
        attempt: u16,
        /// When it took it.
        since: Time,
        /// When it will be through.
        until: Time,
        /// Whether this is its last: it was stopped and finishes what it holds.
        leaving: bool,
    },
    /// It is stopped.
    Off,
    /// It has crashed and was not restarted.
    Down,
}
