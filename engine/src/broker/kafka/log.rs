//! The log of a partition: records in the order of their offsets, in segments of which only the last is written to.
//!
//! Retention removes whole segments at the front, compaction rewrites those behind the active one with what is left. An
//! offset is never used again unless the end of the log is cut off, and a record keeps its own. Records lie in chunks
//! that clones share.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;

use crate::id::{MessageId, ProducerId};
use crate::message::Message;
use crate::time::Time;

use super::request::Pid;
use super::settings::TopicSettings;

const CHUNK: usize = 256;

/// What a record is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) enum Kind {
    /// Of an application.
    Data,
    /// Of an application, with a value that is null.
    Tombstone,
    /// A transaction of its producer ends here. No consumer is shown it.
    Marker,
}

/// A record in its place.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) struct Record {
    pub(super) offset: u64,
    pub(super) message: Message,
    pub(super) appended: Time,
    /// The producer whose transaction it is part of, or ends.
    pub(super) transaction: Option<Pid>,
    pub(super) kind: Kind,
}

/// A record as nearly all are: its value is not null, and it is of no transaction. A log is long, so it is to be short.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
struct Plain {
    id: MessageId,
    sent: Time,
    appended: Time,
    size: u32,
    producer: ProducerId,
    key: u16,
}

/// `CHUNK` records, shared with clones.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
enum Chunk {
    /// Of successive offsets, from this one on.
    Plain(u64, Arc<[Plain]>),
    Any(Arc<[Record]>),
}

impl Chunk {
    fn new(records: &[Record]) -> Chunk {
        let is_plain = |record: &Record| record.kind == Kind::Data && record.transaction.is_none();
        if let [first, .., last] = records
            && last.offset - first.offset == records.len() as u64 - 1
            && records.iter().all(is_plain)
        {
            let plain = records.iter().map(|record| {
                let Record { message: Message { id, producer, sent, key, size }, appended, .. } = *record;
                Plain { id, sent, appended, size, producer, key }
            });
            return Chunk::Plain(first.offset, plain.collect());
        }
        Chunk::Any(records.into())
    }

    #[inline]
    fn get(&self, place: usize) -> Option<Record> {
        match self {
            Chunk::Plain(first, all) => {
                let Plain { id, sent, appended, size, producer, key } = *all.get(place)?;
                let message = Message { id, producer, sent, key, size };
                let offset = first + place as u64;
                Some(Record { offset, message, appended, transaction: None, kind: Kind::Data })
            }
            Chunk::Any(all) => all.get(place).copied(),
        }
    }

    /// Its records from a place on.
    fn from(&self, place: usize) -> impl DoubleEndedIterator<Item = Record> {
        (place..CHUNK).filter_map(|place| self.get(place))
    }
}

/// Records of successive offsets; after a compaction there are gaps.
#[derive(Clone, PartialEq, Hash, Debug)]
pub(super) struct Segment {
    /// The offset by which it is named.
    pub(super) base: u64,
    /// The offset behind it.
    pub(super) end: u64,
    chunks: Vec<Chunk>,
    /// The last, fewer than `CHUNK`.
    tail: Vec<Record>,
    pub(super) bytes: u64,
    /// When its first record was appended.
    pub(super) opened: Time,
    /// When its latest record was appended.
    pub(super) latest: Time,
    /// Until when tombstones and markers stay that have been through a cleaning.
    pub(super) horizon: Option<Time>,
}

impl Segment {
    pub(super) fn new(base: u64) -> Segment {
        Segment {
            base,
            end: base,
            chunks: Vec::new(),
            tail: Vec::new(),
            bytes: 0,
            opened: Time::ZERO,
            latest: Time::ZERO,
            horizon: None,
        }
    }

    /// How many records are in it.
    pub(super) fn len(&self) -> u64 {
        (self.chunks.len() * CHUNK + self.tail.len()) as u64
    }

    #[inline]
    pub(super) fn push(&mut self, record: Record) {
        if self.chunks.is_empty() && self.tail.is_empty() {
            self.opened = record.appended;
        }
        self.bytes += u64::from(record.message.size);
        self.latest = self.latest.max(record.appended);
        self.end = record.offset + 1;
        self.tail.push(record);
        if self.tail.len() == CHUNK {
            self.chunks.push(Chunk::new(&self.tail));
            self.tail.clear();
        }
    }

    fn get(&self, place: usize) -> Option<Record> {
        match self.chunks.get(place / CHUNK) {
            Some(chunk) => chunk.get(place % CHUNK),
            None => self.tail.get(place - self.chunks.len() * CHUNK).copied(),
        }
    }

    /// The place of the first record that is not before `offset`.
    #[inline]
    fn place(&self, offset: u64) -> usize {
        let len = self.len();
        if self.end - self.base == len {
            return offset.saturating_sub(self.base).min(len) as usize;
        }
        let (mut low, mut high) = (0, len as usize);
        while low < high {
            let middle = usize::midpoint(low, high);
            match self.get(middle) {
                Some(record) if record.offset < offset => low = middle + 1,
                Some(_) | None => high = middle,
            }
        }
        low
    }

    /// Its records from an offset on.
    pub(super) fn from(&self, offset: u64) -> impl Iterator<Item = Record> {
        let place = self.place(offset);
        let (first, within) = (place / CHUNK, place % CHUNK);
        let begins = self.chunks.get(first).into_iter().flat_map(move |chunk| chunk.from(within));
        let goes_on = self.chunks.get(first + 1..).unwrap_or(&[]).iter().flat_map(|chunk| chunk.from(0));
        let in_tail = if first < self.chunks.len() { 0 } else { within };
        begins.chain(goes_on).chain(self.tail.get(in_tail..).unwrap_or(&[]).iter().copied())
    }

    /// Calls `each` for its records from an offset on, until it says that this is enough. Whether it did not.
    #[inline]
    fn visit(&self, offset: u64, each: &mut impl FnMut(&Record) -> bool) -> bool {
        let place = self.place(offset);
        let (first, mut within) = (place / CHUNK, place % CHUNK);
        for chunk in self.chunks.get(first..).unwrap_or(&[]) {
            if !chunk.from(std::mem::take(&mut within)).all(|record| each(&record)) {
                return false;
            }
        }
        self.tail.get(within..).unwrap_or(&[]).iter().all(each)
    }

    /// Its records, newest first.
    fn backwards(&self) -> impl Iterator<Item = Record> {
        let sealed = self.chunks.iter().rev().flat_map(|chunk| chunk.from(0).rev());
        self.tail.iter().rev().copied().chain(sealed)
    }

    /// Takes in the records of the segment behind it.
    pub(super) fn absorb(&mut self, next: &Segment) {
        for record in next.from(0) {
            self.push(record);
        }
        self.end = next.end;
    }

    /// Cuts off what is not before `offset`.
    fn truncate(&mut self, offset: u64) {
        let place = self.place(offset);
        let chunk = place / CHUNK;
        if chunk < self.chunks.len() {
            self.tail = self.chunks[chunk].from(0).take(place % CHUNK).collect();
            self.chunks.truncate(chunk);
        } else {
            self.tail.truncate(place % CHUNK);
        }
        let kept: Vec<Record> = self.from(0).collect();
        self.bytes = kept.iter().map(|record| u64::from(record.message.size)).sum();
        self.latest = kept.iter().map(|record| record.appended).max().unwrap_or(Time::ZERO);
        self.end = self.end.min(offset).max(self.base);
    }
}

/// The log of a partition.
#[derive(Clone, PartialEq, Hash, Debug)]
pub(super) struct Log {
    sealed: VecDeque<Arc<Segment>>,
    active: Segment,
    /// The offset before which nothing can be read: that of the first segment, or where records were deleted up to.
    start: u64,
    /// Whether each offset from the start on has one record, which is no marker.
    dense: bool,
}

impl Default for Log {
    fn default() -> Log {
        Log { sealed: VecDeque::new(), active: Segment::new(0), start: 0, dense: true }
    }
}

impl Log {
    pub(super) fn start(&self) -> u64 {
        self.start
    }

    /// The offset of the next record.
    #[inline]
    pub(super) fn end(&self) -> u64 {
        self.active.end
    }

    pub(super) fn sealed(&self) -> &VecDeque<Arc<Segment>> {
        &self.sealed
    }

    /// All segments, oldest first.
    pub(super) fn segments(&self) -> impl DoubleEndedIterator<Item = &Segment> {
        self.sealed.iter().map(|segment| &**segment).chain([&self.active])
    }

    pub(super) fn bytes(&self) -> u64 {
        self.segments().map(|segment| segment.bytes).sum()
    }

    /// Appends a record, whose offset is the end of the log.
    #[inline]
    pub(super) fn append(&mut self, record: Record) {
        self.dense &= record.kind != Kind::Marker;
        self.active.push(record);
    }

    /// Closes the active segment if it is too old or too large for a record of this size.
    #[inline]
    pub(super) fn make_room(&mut self, size: u32, now: Time, settings: &TopicSettings) {
        let active = &self.active;
        let full = settings.segment_bytes < active.bytes + u64::from(size);
        if active.base < active.end && (full || settings.segment_time < now.since(active.opened)) {
            self.roll();
        }
    }

    /// Closes the active segment, if there is anything in it.
    pub(super) fn roll(&mut self) {
        if self.active.base < self.active.end {
            let next = Segment::new(self.active.end);
            self.sealed.push_back(Arc::new(std::mem::replace(&mut self.active, next)));
        }
    }

    /// The records from an offset on.
    pub(super) fn from(&self, offset: u64) -> impl Iterator<Item = Record> {
        let offset = offset.max(self.start);
        let first = self.sealed.partition_point(|segment| segment.end <= offset);
        let sealed = self.sealed.range(first..).flat_map(move |segment| segment.from(offset));
        sealed.chain(self.active.from(offset))
    }

    /// Calls `each` for records from an offset on, until it says that this is enough.
    #[inline]
    pub(super) fn visit(&self, offset: u64, mut each: impl FnMut(&Record) -> bool) {
        let offset = offset.max(self.start);
        if offset < self.active.base {
            let first = self.sealed.partition_point(|segment| segment.end <= offset);
            if !self.sealed.range(first..).all(|segment| segment.visit(offset, &mut each)) {
                return;
            }
        }
        self.active.visit(offset, &mut each);
    }

    /// Records of applications, newest first; at most so many.
    pub(super) fn newest(&self, limit: usize) -> impl Iterator<Item = Record> {
        let segments = self.segments().rev();
        let all = segments.flat_map(Segment::backwards).take_while(|record| self.start <= record.offset);
        all.filter(|record| record.kind != Kind::Marker).take(limit)
    }

    /// The record at an offset.
    pub(super) fn at(&self, offset: u64) -> Option<Record> {
        self.from(offset).next().filter(|record| record.offset == offset)
    }

    /// How many records of applications there are among some offsets for which `counts` holds, and the first of them.
    /// Where all of them count, and none was removed from between, that takes no look at them.
    pub(super) fn count(
        &self,
        range: Range<u64>,
        all: bool,
        counts: impl Fn(&Record) -> bool,
    ) -> Option<(MessageId, u64)> {
        let range = range.start.max(self.start)..range.end.min(self.end());
        if range.is_empty() {
            return None;
        }
        if all && self.dense {
            return Some((self.at(range.start)?.message.id, range.end - range.start));
        }
        let among = self.from(range.start).take_while(|record| record.offset < range.end);
        let mut counted = among.filter(|record| record.kind != Kind::Marker && counts(record));
        let first = counted.next()?.message.id;
        Some((first, 1 + counted.count() as u64))
    }

    /// Nothing before `offset` can be read any more; segments that are wholly before it are removed.
    pub(super) fn advance_start(&mut self, offset: u64) {
        self.start = self.start.max(offset.min(self.end()));
        while self.sealed.front().is_some_and(|segment| segment.end <= self.start) {
            self.sealed.pop_front();
        }
    }

    /// Cuts off what is not before `offset`.
    pub(super) fn truncate(&mut self, offset: u64) {
        while offset < self.active.base
            && let Some(segment) = self.sealed.pop_back()
        {
            self.active = Arc::unwrap_or_clone(segment);
        }
        self.active.truncate(offset);
        self.start = self.start.min(self.end());
    }

    /// Puts cleaned segments in the place of the first `count`.
    pub(super) fn replace_oldest(&mut self, count: usize, cleaned: Vec<Segment>) {
        self.sealed.drain(..count.min(self.sealed.len()));
        for segment in cleaned.into_iter().rev() {
            self.sealed.push_front(Arc::new(segment));
        }
        self.dense = false;
    }
}
