//! What there is to see of partitions: their logs, and how far each group has read them.

use crate::mechanism::shell_sort;
use crate::view::{LogView, ReaderView, RecordView, StoreView};

use super::Kafka;
use super::log::Kind;
use super::partition::Partition;
use super::request::{BrokerId, Read, TopicId, Tp};

/// How a partition stands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Status {
    /// The log start offset.
    pub start: u64,
    /// The last stable offset.
    pub stable: u64,
    /// The high watermark.
    pub high_watermark: u64,
    /// The log end offset.
    pub end: u64,
    /// Who leads.
    pub leader: Option<BrokerId>,
    /// How many leaders there were before.
    pub epoch: u32,
    /// The in-sync replicas, by broker.
    pub in_sync: Vec<BrokerId>,
    /// The base offsets of the segments, oldest first.
    pub segments: Vec<u64>,
}

impl Kafka {
    /// How a partition stands, if there is one.
    pub fn status(&self, tp: Tp) -> Option<Status> {
        let partition = self.partition(tp)?;
        let in_sync = partition.replicas.iter().filter(|replica| replica.in_sync);
        let mut in_sync: Vec<BrokerId> = in_sync.map(|replica| replica.broker).collect();
        shell_sort::sort(&mut in_sync);
        Some(Status {
            start: partition.log.start(),
            stable: partition.stable(),
            high_watermark: partition.high_watermark,
            end: partition.log.end(),
            leader: partition.leader(),
            epoch: partition.epoch,
            in_sync,
            segments: partition.log.segments().map(|segment| segment.base).collect(),
        })
    }

    /// The records of a partition's log, markers left out, whether they can be read yet or not.
    pub fn records(&self, tp: Tp) -> Vec<Read> {
        let Some(partition) = self.partition(tp) else { return Vec::new() };
        let records = partition.log.from(0).filter(|record| record.kind != Kind::Marker);
        let read = records.map(|record| Read {
            offset: record.offset,
            message: record.message,
            appended: record.appended,
            attempt: 1,
            tombstone: record.kind == Kind::Tombstone,
        });
        read.collect()
    }

    /// A view of each partition.
    pub(super) fn views(&self, limit: usize) -> Vec<StoreView> {
        let mut views = Vec::new();
        for (number, topic) in self.topics.iter().enumerate() {
            for (place, partition) in topic.partitions.iter().enumerate() {
                let name = format!("{}-{place}", topic.name);
                let tp = Tp { topic: TopicId(number as u16), partition: place as u16 };
                views.push(self.view(name, tp, partition, limit));
            }
        }
        views
    }

    fn view(&self, name: String, tp: Tp, partition: &Partition, limit: usize) -> StoreView {
        let newest = partition.log.newest(limit).map(|record| RecordView {
            offset: record.offset,
            message: record.message.id,
            producer: record.message.producer,
            key: record.message.key,
            since: record.appended,
        });
        let segments: Vec<u64> =
            partition.log.segments().rev().take(limit).map(|segment| segment.base).collect();
        let readers = partition.readers.iter().map(|reader| {
            let committed = self.groups.committed(reader.group, tp);
            ReaderView {
                name: self.groups.names.get(usize::from(reader.group.0)).cloned().unwrap_or_default(),
                group: Some(reader.group.0),
                committed,
                settled: committed.unwrap_or(reader.done),
                position: reader.position,
                owner: self.groups.owner(reader.group, tp),
                waiting: reader.waiting,
                holes: Vec::new(),
            }
        });
        let oldest =
            partition.readers.iter().filter(|reader| 0 < reader.waiting).map(|own| own.position).min();
        StoreView {
            name,
            depth: partition.readers.iter().map(|reader| reader.waiting).sum(),
            held: partition.readers.iter().map(|reader| reader.held).sum(),
            oldest: oldest.and_then(|position| partition.log.from(position).next()).map(|own| own.appended),
            log: Some(LogView {
                start: partition.log.start(),
                end: partition.log.end(),
                readable: partition.high_watermark,
                segments: segments.into_iter().rev().collect(),
                readers: readers.collect(),
                records: newest.collect(),
            }),
            ..StoreView::default()
        }
    }
}
