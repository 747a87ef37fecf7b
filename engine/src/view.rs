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
    /// Who shares out logs among members, and how.
    pub groups: Vec<GroupView>,
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
#[derive(Clone, PartialEq, Debug, Default)]
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
    /// Where it is a log: what is read stays, and each reader has a position in it. `depth`, `held` and `delayed`
    /// are then sums over its readers.
    pub log: Option<LogView>,
}

/// A log, by the numbers of its records: offsets, or places that mean the same.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct LogView {
    /// The first record that is still there.
    pub start: u64,
    /// Where the next record will go.
    pub end: u64,
    /// Readers are given what is before this.
    pub readable: u64,
    /// The first record of each of its segments, oldest first; at most the limit asked for, the newest of them.
    pub segments: Vec<u64>,
    /// Who reads it.
    pub readers: Vec<ReaderView>,
}

/// A group or a subscription, as the reader of one log.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ReaderView {
    /// How people name it.
    pub name: String,
    /// Its place among the groups of the scene, if it is one of those.
    pub group: Option<u16>,
    /// What is before this is done with for sure: it starts from here after a loss. Nothing if it never said so.
    pub committed: Option<u64>,
    /// What it was handed out is before this.
    pub position: u64,
    /// Which worker has it to itself, if one has.
    pub owner: Option<WorkerId>,
    /// How many records it has not been handed out.
    pub waiting: u64,
    /// What is done with from `committed` on: half-open ranges, in order; at most the limit asked for.
    pub holes: Vec<(u64, u64)>,
}

/// A group whose members have shares of what it reads: partitions of a topic, or slots of a hash.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct GroupView {
    /// How people name it.
    pub name: String,
    /// Its state, in the system's words.
    pub state: &'static str,
    /// Whether it is sharing out anew.
    pub rebalancing: bool,
    /// How often it has shared out.
    pub generation: u32,
    /// How many shares there are in all.
    pub of: u32,
    /// What a share is, in the plural.
    pub unit: &'static str,
    /// Its members.
    pub members: Vec<MemberView>,
}

/// A member of a group.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MemberView {
    /// Whose it is.
    pub worker: WorkerId,
    /// What it has: half-open ranges of the group's shares, in order.
    pub shares: Vec<(u32, u32)>,
    /// What of this it is about to give up.
    pub leaving: Vec<(u32, u32)>,
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
