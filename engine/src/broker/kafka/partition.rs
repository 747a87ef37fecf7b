//! A partition: its log, who reads it, and up to where it can be read.

use std::collections::VecDeque;
use std::ops::Range;
use std::time::Duration;

use crate::id::{ClientId, MessageId, RequestId};

use super::log::{Kind, Log, Record};
use super::reader::Reader;
use super::request::{Fetch, Isolation, Pid};
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

    /// Forgets what is behind the end of the log.
    pub(super) fn forget_from(&mut self, end: u64) {
        while self.all.back().is_some_and(|(_, offsets)| end < offsets.end) {
            self.all.pop_back();
        }
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
#[derive(Clone, PartialEq, Hash, Debug, Default)]
pub(super) struct Partition {
    pub(super) log: Log,
    pub(super) aborted: Aborted,
    pub(super) readers: Vec<Reader>,
    /// What waits for something to be read, in the order of asking.
    pub(super) parked: Vec<Parked>,
    /// Behind what all in-sync replicas have.
    pub(super) high_watermark: u64,
}

impl Partition {
    /// The readers, and what they read.
    pub(super) fn split(&mut self) -> (&mut Vec<Reader>, Content<'_>) {
        (&mut self.readers, Content { log: &self.log, aborted: &self.aborted })
    }

    pub(super) fn content(&self) -> Content<'_> {
        Content { log: &self.log, aborted: &self.aborted }
    }

    /// The last stable offset: before it no transaction is open.
    pub(super) fn stable(&self) -> u64 {
        self.high_watermark
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

/// A time that is never up.
pub(super) const NEVER: Duration = Duration::MAX;
