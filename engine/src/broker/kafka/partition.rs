//! A partition: its log, who reads it, and up to where it can be read.

use std::collections::VecDeque;
use std::ops::Range;

use crate::id::{ClientId, MessageId, RequestId};
use crate::time::Time;

use super::log::{Kind, Log, Record};
use super::producer_state::ProducerStates;
use super::reader::Reader;
use super::request::{BrokerId, Fetch, Isolation, Pid};
use super::settings::TopicSettings;

/// A topic.
#[derive(Clone, PartialEq, Hash, Debug)]
pub(super) struct Topic {
    pub(super) name: String,
    pub(super) settings: TopicSettings,
    pub(super) partitions: Vec<Partition>,
}

/// A fetch that waits for something to be read.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) struct Parked {
    pub(super) client: ClientId,
    pub(super) id: RequestId,
    pub(super) fetch: Fetch,
}

/// A producer that waits until the high watermark has passed what it sent.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) struct Unacknowledged {
    pub(super) client: ClientId,
    pub(super) id: RequestId,
    /// The offset of its first record.
    pub(super) base: u64,
    /// The one behind its last.
    pub(super) end: u64,
    /// Until when.
    pub(super) deadline: Time,
}

/// A copy of a partition, on a broker.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) struct Replica {
    pub(super) broker: BrokerId,
    /// The end of its log, whose beginning is the same as that of the leader.
    pub(super) end: u64,
    pub(super) in_sync: bool,
}

/// Transactions that were aborted, of each producer in the order of the log.
#[derive(Clone, PartialEq, Hash, Debug, Default)]
pub(super) struct Aborted {
    all: VecDeque<(Pid, Range<u64>)>,
}

impl Aborted {
    /// The records of a producer among these offsets.
    pub(super) fn add(&mut self, pid: Pid, offsets: Range<u64>) {
        self.all.push_back((pid, offsets));
    }

    /// Whether a record is of one of them.
    #[inline]
    pub(super) fn has(&self, record: &Record) -> bool {
        let Some(pid) = record.transaction else { return false };
        let offset = record.offset;
        // They are in the order of their ends.
        let first = self.all.partition_point(|(_, offsets)| offsets.end <= offset);
        self.all.range(first..).any(|(own, offsets)| *own == pid && offsets.contains(&offset))
    }

    /// Forgets what is before the start of the log.
    pub(super) fn forget_before(&mut self, start: u64) {
        while self.all.front().is_some_and(|(_, offsets)| offsets.end <= start) {
            self.all.pop_front();
        }
    }

    /// Forgets what is behind the end of the log. What is left of an aborted transaction stays hidden.
    pub(super) fn forget_from(&mut self, end: u64) {
        self.all.retain_mut(|(_, offsets)| {
            offsets.end = offsets.end.min(end);
            !offsets.is_empty()
        });
    }
}

/// What there is to read, for those who count it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Content<'a> {
    pub(super) log: &'a Log,
    pub(super) aborted: &'a Aborted,
}

impl Content<'_> {
    /// How many records among some offsets somebody is shown, and the first of them.
    pub(super) fn count(&self, range: Range<u64>, isolation: Isolation) -> Option<(MessageId, u64)> {
        let all = isolation == Isolation::ReadUncommitted || self.aborted.all.is_empty();
        self.log.count(range, all, |record| self.shows(record, isolation))
    }

    /// Whether somebody is shown a record.
    #[inline]
    pub(super) fn shows(&self, record: &Record, isolation: Isolation) -> bool {
        record.kind != Kind::Marker && (isolation == Isolation::ReadUncommitted || !self.aborted.has(record))
    }
}

/// A partition.
#[derive(Clone, PartialEq, Hash, Debug)]
pub(super) struct Partition {
    pub(super) log: Log,
    pub(super) aborted: Aborted,
    pub(super) producers: ProducerStates,
    pub(super) readers: Vec<Reader>,
    /// What waits for something to be read, in the order of asking.
    pub(super) parked: Vec<Parked>,
    /// Who waits for other replicas, in the order of the log.
    pub(super) unacknowledged: VecDeque<Unacknowledged>,
    /// Whether it will be looked at when the first of these has waited too long.
    pub(super) watches: bool,
    /// In the order of preference.
    pub(super) replicas: Vec<Replica>,
    /// Which of them leads.
    pub(super) leads: Option<u8>,
    /// How many leaders there were.
    pub(super) epoch: u32,
    /// What is under way to followers: when it comes, and up to which offset.
    pub(super) copying: VecDeque<(Time, u64)>,
    /// Behind what all in-sync replicas have.
    pub(super) high_watermark: u64,
    /// The offset up to which the log was cleaned.
    pub(super) cleaned: u64,
}

impl Partition {
    /// An empty one with replicas on these brokers, the first of which leads.
    pub(super) fn new(brokers: impl Iterator<Item = BrokerId>) -> Partition {
        let replica = |broker| Replica { broker, end: 0, in_sync: true };
        Partition {
            log: Log::default(),
            aborted: Aborted::default(),
            producers: ProducerStates::default(),
            readers: Vec::new(),
            parked: Vec::new(),
            unacknowledged: VecDeque::new(),
            watches: false,
            replicas: brokers.map(replica).collect(),
            leads: Some(0),
            epoch: 0,
            copying: VecDeque::new(),
            high_watermark: 0,
            cleaned: 0,
        }
    }

    /// The broker that leads.
    #[inline]
    pub(super) fn leader(&self) -> Option<BrokerId> {
        Some(self.replicas.get(usize::from(self.leads?))?.broker)
    }

    pub(super) fn leading_mut(&mut self) -> Option<&mut Replica> {
        self.replicas.get_mut(usize::from(self.leads?))
    }

    /// The copy on a broker.
    pub(super) fn replica_mut(&mut self, broker: BrokerId) -> Option<&mut Replica> {
        self.replicas.iter_mut().find(|replica| replica.broker == broker)
    }

    /// How many replicas are in sync.
    pub(super) fn in_sync(&self) -> u8 {
        self.replicas.iter().filter(|replica| replica.in_sync).count() as u8
    }

    /// The readers, and what they read.
    pub(super) fn split(&mut self) -> (&mut Vec<Reader>, Content<'_>) {
        (&mut self.readers, Content { log: &self.log, aborted: &self.aborted })
    }

    pub(super) fn content(&self) -> Content<'_> {
        Content { log: &self.log, aborted: &self.aborted }
    }

    /// The last stable offset: before it no transaction is open.
    pub(super) fn stable(&self) -> u64 {
        self.producers.first_open().unwrap_or(u64::MAX).min(self.high_watermark)
    }

    /// The offset behind what can be read.
    #[inline]
    pub(super) fn readable(&self, isolation: Isolation) -> u64 {
        match isolation {
            Isolation::ReadUncommitted => self.high_watermark,
            Isolation::ReadCommitted => self.stable(),
        }
    }
}
