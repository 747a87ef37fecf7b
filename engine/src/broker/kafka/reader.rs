//! What a group has of a partition, for the books: a log as one of its readers reads it, which is a store.
//!
//! A broker keeps nothing of that for any message: it knows fetches and committed offsets. Each record that can be read
//! is, for a group, in one place by its offset alone:
//!
//! ```text
//!   log start        done           position          log end
//!       |-- done -------|-- held --------|-- waiting -----|
//! ```
//!
//! *position* is behind what was fetched last for the group, *done* is what it committed. A fetch moves the position,
//! a commit what is done, and either of them can go back. What a position jumps over is *removed*, until one comes
//! back to it. The coordinator and the consumers have offsets of their own, which they act by; these only follow.
//!
//! To be called, always through [`Kafka`](super::Kafka):
//!
//! - `reads(group, topic, isolation)` when a group first asks for a topic: it gets a store for each partition, and what is
//!   in the logs waits for it.
//! - nothing for a fetch, which names its group and does it by itself, whatever position it reads from.
//! - `is_committed(group, tp, offset)` when an offset is committed.
//! - `is_revoked(group, tp, why)` when the partition is taken from its reader, or the reader is gone: what was fetched
//!   and not committed waits again.

use std::ops::Range;

use crate::id::{ClientId, MessageId, StoreId, WorkerId};
use crate::journal::{Cause, Place, What};
use crate::time::Time;

use super::log::Record;
use super::partition::Content;
use super::request::{GroupId, Isolation, TopicId, Tp};
use super::{Kafka, Out};

/// How many times of moving back are told apart.
const MARKS: usize = 16;

/// The books of a group for a partition.
#[derive(Clone, PartialEq, Hash, Debug)]
pub(super) struct Reader {
    pub(super) group: GroupId,
    pub(super) store: StoreId,
    /// What it is shown: the same for all members.
    pub(super) isolation: Isolation,
    /// Behind what was fetched last.
    pub(super) position: u64,
    /// Behind what is done; never behind the position.
    pub(super) done: u64,
    pub(super) waiting: u64,
    pub(super) held: u64,
    /// What positions jumped over, in order; all before the position.
    skipped: Vec<Range<u64>>,
    /// From where it went back and how often, the farthest first: what is before that was fetched more than once.
    again: Vec<(u64, u16)>,
}

impl Reader {
    pub(super) fn new(group: GroupId, store: StoreId, isolation: Isolation, start: u64) -> Reader {
        Reader {
            group,
            store,
            isolation,
            position: start,
            done: start,
            waiting: 0,
            held: 0,
            skipped: Vec::new(),
            again: Vec::new(),
        }
    }

    /// A record was appended.
    #[inline]
    pub(super) fn appended(&mut self, message: MessageId, out: &mut impl Out) {
        self.waiting += 1;
        out.record(What::Enqueued { message, store: self.store });
    }

    /// Gives the record at the position to a client. The how many-th time that is.
    #[inline]
    pub(super) fn deliver(
        &mut self,
        record: &Record,
        client: ClientId,
        now: Time,
        out: &mut impl Out,
    ) -> u16 {
        let attempt = self.attempt(record.offset);
        self.position = record.offset + 1;
        self.waiting -= 1;
        self.held += 1;
        out.record(What::Delivered {
            message: record.message.id,
            store: self.store,
            worker: WorkerId(client.0),
            attempt,
            waited: now.nanos_since(record.appended),
            begins: false,
        });
        attempt
    }

    /// Which delivery the next one of what is at an offset is.
    #[inline]
    pub(super) fn attempt(&self, offset: u64) -> u16 {
        let beyond = self.again.iter().take_while(|(mark, _)| offset < *mark);
        beyond.fold(1, |attempt, (_, times)| attempt.saturating_add(*times))
    }

    /// Records without a place of their own in the books, markers and what is hidden, are passed.
    #[inline]
    pub(super) fn pass(&mut self, to: u64) {
        if self.done == self.position {
            self.done = self.done.max(to);
        }
        self.position = self.position.max(to);
    }

    /// What is at `to` is the next to be fetched.
    pub(super) fn seek(&mut self, content: &Content<'_>, to: u64, why: Cause, out: &mut impl Out) {
        let to = to.min(content.log.end());
        if to < self.position {
            self.go_back(content, to, why, out);
        } else if self.position < to {
            let jumped = self.position..to;
            let count = self.move_range(content, jumped.clone(), (Place::Waiting, Place::Removed), why, out);
            self.waiting -= count;
            if count != 0 {
                match self.skipped.last_mut() {
                    Some(last) if last.end == jumped.start => last.end = jumped.end,
                    Some(_) | None => self.skipped.push(jumped),
                }
            }
            self.pass(to);
        }
    }

    #[cold]
    fn go_back(&mut self, content: &Content<'_>, to: u64, why: Cause, out: &mut impl Out) {
        self.mark(self.position);
        let held = self.move_unskipped(
            content,
            to.max(self.done)..self.position,
            (Place::Held, Place::Waiting),
            why,
            out,
        );
        let done = self.move_unskipped(content, to..self.done, (Place::Done, Place::Waiting), why, out);
        let mut removed = 0;
        for jumped in self.skipped.clone() {
            let jumped = jumped.start.max(to)..jumped.end;
            removed += self.move_range(content, jumped, (Place::Removed, Place::Waiting), why, out);
        }
        self.cut_skipped(to);
        self.held -= held;
        self.waiting += held + done + removed;
        self.position = to;
        self.done = self.done.min(to);
    }

    /// Everything before `offset` is done, and nothing else is.
    pub(super) fn commit(&mut self, content: &Content<'_>, offset: u64, out: &mut impl Out) {
        let offset = offset.min(content.log.end());
        if self.position < offset {
            self.seek(content, offset, Cause::Seek, out);
        }
        if self.done < offset {
            let newly = self.done..offset;
            let places = (Place::Held, Place::Done);
            self.held -= self.move_unskipped(content, newly, places, Cause::Ack, out);
            while self.again.last().is_some_and(|(mark, _)| *mark <= offset) {
                self.again.pop();
            }
        } else if offset < self.done {
            let undone = offset..self.done;
            let places = (Place::Done, Place::Held);
            self.held += self.move_unskipped(content, undone, places, Cause::Seek, out);
        }
        self.done = offset;
    }

    /// Records up to `start` are about to be removed: nothing of that is ever done any more.
    pub(super) fn expire(
        &mut self,
        content: &Content<'_>,
        start: u64,
        (to, why): (Place, Cause),
        out: &mut impl Out,
    ) {
        // One by one, by what they are: whoever has fetched them goes on with them.
        let held = content.log.from(self.done).take_while(|record| record.offset < start.min(self.position));
        let shown =
            |record: &Record| !self.is_skipped(record.offset) && content.shows(record, self.isolation);
        let mut count = 0;
        for record in held.filter(shown) {
            moved(record.message.id, self.store, (Place::Held, to), 1, why, out);
            count += 1;
        }
        self.held -= count;
        self.waiting -= self.move_range(content, self.position..start, (Place::Waiting, to), why, out);
        self.skipped.retain(|jumped| start < jumped.end);
        self.position = self.position.max(start);
        self.done = self.done.max(start);
    }

    /// Records from `end` on are about to be cut off.
    pub(super) fn truncate(&mut self, content: &Content<'_>, end: u64, why: Cause, out: &mut impl Out) {
        let (lost, cut) = (Place::Lost, content.log.end());
        let waiting = end.max(self.position)..cut;
        self.waiting -= self.move_range(content, waiting, (Place::Waiting, lost), why, out);
        let held = end.max(self.done)..self.position;
        self.held -= self.move_unskipped(content, held, (Place::Held, lost), why, out);
        self.cut_skipped(end);
        self.position = self.position.min(end);
        self.done = self.done.min(end);
    }

    /// One record is about to be removed from between others, or to be hidden.
    pub(super) fn loses(&mut self, record: &Record, why: Cause, out: &mut impl Out) {
        let from = if self.position <= record.offset {
            Place::Waiting
        } else if self.done <= record.offset && !self.is_skipped(record.offset) {
            Place::Held
        } else {
            return;
        };
        let (message, store) = (record.message.id, self.store);
        out.record(What::Moved { message, store, from, to: Place::Removed, count: 1, why });
        if from == Place::Waiting {
            self.waiting -= 1;
        } else {
            self.held -= 1;
        }
    }

    fn is_skipped(&self, offset: u64) -> bool {
        self.skipped.iter().any(|jumped| jumped.contains(&offset))
    }

    fn cut_skipped(&mut self, end: u64) {
        self.skipped.retain_mut(|jumped| {
            jumped.end = jumped.end.min(end);
            jumped.start < jumped.end
        });
    }

    fn mark(&mut self, position: u64) {
        let place = self.again.partition_point(|(mark, _)| position < *mark);
        match self.again.get_mut(place) {
            Some((mark, times)) if *mark == position => *times = times.saturating_add(1),
            Some(_) | None => self.again.insert(place, (position, 1)),
        }
        if MARKS < self.again.len()
            && let Some((_, times)) = self.again.pop()
            && let Some((_, last)) = self.again.last_mut()
        {
            *last = last.saturating_add(times);
        }
    }

    /// Moves what is among these offsets and was not jumped over. How many that were.
    fn move_unskipped(
        &self,
        content: &Content<'_>,
        range: Range<u64>,
        places: (Place, Place),
        why: Cause,
        out: &mut impl Out,
    ) -> u64 {
        let (mut from, mut moved) = (range.start, 0);
        for jumped in &self.skipped {
            if from < jumped.end && jumped.start < range.end {
                moved += self.move_range(content, from..jumped.start, places, why, out);
                from = from.max(jumped.end);
            }
        }
        moved + self.move_range(content, from..range.end, places, why, out)
    }

    fn move_range(
        &self,
        content: &Content<'_>,
        range: Range<u64>,
        (from, to): (Place, Place),
        why: Cause,
        out: &mut impl Out,
    ) -> u64 {
        let Some((message, count)) = content.count(range, self.isolation) else { return 0 };
        moved(message, self.store, (from, to), count, why, out);
        count
    }
}

/// So many copies changed their place, of which `message` is the first.
pub(super) fn moved(
    message: MessageId,
    store: StoreId,
    (from, to): (Place, Place),
    count: u64,
    why: Cause,
    out: &mut impl Out,
) {
    let mut rest = count;
    while rest != 0 {
        let count = u32::try_from(rest).unwrap_or(u32::MAX);
        out.record(What::Moved { message, store, from, to, count, why });
        rest -= u64::from(count);
    }
}

impl Kafka {
    /// A group asks for a topic for the first time, or again: it has a store for each partition from now on, and what is
    /// in the logs already waits for it.
    pub(super) fn reads(&mut self, group: GroupId, topic: TopicId, isolation: Isolation, out: &mut impl Out) {
        let count = self.topics.get(usize::from(topic.0)).map_or(0, |topic| topic.partitions.len());
        for partition in 0..count {
            self.reads_partition(group, Tp { topic, partition: partition as u16 }, isolation, out);
        }
    }

    pub(super) fn reads_partition(
        &mut self,
        group: GroupId,
        tp: Tp,
        isolation: Isolation,
        out: &mut impl Out,
    ) {
        let store = StoreId(u16::try_from(self.stores.len()).unwrap_or(u16::MAX));
        let Some(partition) = self.partition_mut(tp) else { return };
        if partition.readers.iter().any(|reader| reader.group == group) {
            return;
        }
        let mut reader = Reader::new(group, store, isolation, partition.log.start());
        let all = partition.log.start()..partition.log.end();
        if let Some((message, count)) = partition.content().count(all, isolation) {
            let mut rest = count;
            while rest != 0 {
                let copies = u16::try_from(rest).unwrap_or(u16::MAX);
                out.record(What::Republished { message, copies, dead: false });
                rest -= u64::from(copies);
            }
            moved(message, store, (Place::Arriving, Place::Waiting), count, Cause::Seek, out);
            reader.waiting = count;
        }
        partition.readers.push(reader);
        self.stores.push((tp, group));
    }

    /// The store of a group for a partition.
    pub(super) fn store_of(&self, group: GroupId, tp: Tp) -> Option<StoreId> {
        let readers = &self.partition(tp)?.readers;
        readers.iter().find(|reader| reader.group == group).map(|reader| reader.store)
    }

    /// A group has committed an offset: what is before it is done, what is not is not.
    pub(super) fn is_committed(&mut self, group: GroupId, tp: Tp, offset: u64, out: &mut impl Out) {
        if let Some((reader, content)) = self.reader_mut(group, tp) {
            reader.commit(&content, offset, out);
        }
    }

    /// A partition is taken from the member of a group that read it: what it had and did not commit waits again.
    pub(super) fn is_revoked(&mut self, group: GroupId, tp: Tp, why: Cause, out: &mut impl Out) {
        if let Some((reader, content)) = self.reader_mut(group, tp) {
            reader.seek(&content, reader.done, why, out);
        }
    }

    fn reader_mut(&mut self, group: GroupId, tp: Tp) -> Option<(&mut Reader, Content<'_>)> {
        let (readers, content) = self.partition_mut(tp)?.split();
        Some((readers.iter_mut().find(|reader| reader.group == group)?, content))
    }
}
