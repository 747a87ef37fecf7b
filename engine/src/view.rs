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
    /// What the system is made of.
    pub parts: Vec<PartView>,
    /// Which parts are joined, by their places: from, to.
    pub links: Vec<(u16, u16)>,
    /// The pools of workers.
    pub pools: Vec<PoolView>,
    /// Who works, pool after pool.
    pub workers: Vec<WorkerView>,
    /// What left within the last second, newest first.
    pub departures: Vec<Departure>,
}

impl Scene {
    /// The place of the part that a store belongs to: the one with its name, or else with the longest beginning of it.
    pub fn part_of(&self, store: &StoreView) -> Option<u16> {
        let fits = |part: &&(u16, &PartView)| store.name.starts_with(&part.1.name);
        let parts = (0..).zip(&self.parts);
        Some(parts.filter(|part| fits(&part)).max_by_key(|part| part.1.name.len())?.0)
    }
}

/// A part of the system: an exchange, a queue, a topic.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PartView {
    /// Its name.
    pub name: String,
    /// What the system calls its kind.
    pub kind: &'static str,
}

/// A pool of workers.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PoolView {
    /// Its name in the scenario.
    pub name: String,
    /// The place of the part that it reads from, in a system that has parts.
    pub from: Option<u16>,
}

/// A producer and what it has on its link.
#[derive(Clone, PartialEq, Debug)]
pub struct ProducerView {
    /// Its name in the scenario.
    pub name: String,
    /// The place of the part that it sends to, in a system that has parts.
    pub to: Option<u16>,
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
    /// What the message is about; 0 where its producer gives no keys.
    pub key: u16,
    /// When it left.
    pub departs: Time,
    /// When it will be there.
    pub arrives: Time,
}

/// A store and what waits in it.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct StoreView {
    /// How people name it: as the part of the system that it belongs to, or beginning with the name of that.
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
    /// The entries, head first; at most the limit asked for. A log shows its records instead.
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
    /// Its records, newest first; at most the limit asked for. Numbers that are missing were removed from between.
    pub records: Vec<RecordView>,
}

/// A record of a log.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RecordView {
    /// Its number in the log; where a batch is one entry, its messages share it.
    pub offset: u64,
    /// The message.
    pub message: MessageId,
    /// Who sent it.
    pub producer: ProducerId,
    /// What the message is about; 0 where its producer gives no keys.
    pub key: u16,
    /// When it was appended.
    pub since: Time,
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
    /// What is before this it has not to do any more: what is before `committed`, or while it has never said so, what is
    /// before the place where it began.
    pub settled: u64,
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
    /// What the message is about; 0 where its producer gives no keys.
    pub key: u16,
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
    /// Whether it hangs: it does not go on with what it has, or will not with what it gets next.
    pub hangs: bool,
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
        /// What it is about; 0 where its producer gives no keys.
        key: u16,
        /// Which delivery this is, from 1.
        attempt: u16,
        /// When it took it.
        since: Time,
        /// When it will be through; [`Time::MAX`] while it hangs.
        until: Time,
        /// Whether this is its last: it was stopped and finishes what it holds.
        leaving: bool,
    },
    /// It is stopped.
    Off,
    /// It has crashed and was not restarted.
    Down,
}
