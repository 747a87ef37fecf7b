//! What is removed from logs: whole segments by age and size, records by key.
//!
//! Retention looks every `log.retention.check.interval.ms` at the oldest segments of each partition, and removes those
//! whose latest record is too old, or without which the log is still as large as `retention.bytes`; read or not.
//!
//! The cleaner looks every `log.cleaner.backoff.ms` for logs that are dirty enough: the share of what was appended since
//! the last cleaning, without the active segment, must be *above* `min.cleanable.dirty.ratio`. Of each key it keeps the
//! latest record before the active segment. A tombstone stays for `delete.retention.ms` after its first cleaning. What is
//! left keeps its offset and its order.

use std::collections::BTreeMap;

use crate::journal::{Cause, Place};
use crate::time::Time;

use super::log::{Kind, Record, Segment};
use super::partition::Partition;
use super::request::Tp;
use super::server::Task;
use super::settings::TopicSettings;
use super::{Kafka, Out};

impl Kafka {
    /// It is time to look for segments that have had their time.
    pub(super) fn retain(&mut self, out: &mut impl Out) {
        let now = out.now();
        for topic in &mut self.topics {
            let settings = topic.settings.clone();
            if settings.deletes {
                for partition in &mut topic.partitions {
                    partition.retain(&settings, now, out);
                }
            }
        }
        self.agenda.push(now + self.settings.retention_check_interval, Task::Retention);
    }

    /// It is time to look for logs that are dirty.
    pub(super) fn clean(&mut self, out: &mut impl Out) {
        let now = out.now();
        for topic in &mut self.topics {
            let settings = topic.settings.clone();
            if settings.compacts {
                for partition in &mut topic.partitions {
                    partition.clean(&settings, now, out);
                }
            }
        }
        self.agenda.push(now + self.settings.cleaner_backoff, Task::Clean);
    }

    /// Nothing before an offset is to be read any more.
    pub(super) fn delete_records(&mut self, tp: Tp, offset: u64, out: &mut impl Out) {
        if let Some(partition) = self.partition_mut(tp) {
            let offset = offset.min(partition.high_watermark);
            partition.start_at(offset, (Place::Removed, Cause::Purge), out);
        }
    }
}

impl Partition {
    /// Removes segments that have had their time, or are too many.
    fn retain(&mut self, settings: &TopicSettings, now: Time, out: &mut impl Out) {
        let high_watermark = self.high_watermark;
        if let Some(retention) = settings.retention {
            let old = |segment: &Segment| segment.latest + retention < now && segment.end <= high_watermark;
            let all = self.log.segments().all(old);
            if all {
                self.log.roll();
            }
            let end =
                self.log.segments().take_while(|segment| old(segment)).map(|segment| segment.end).last();
            if let Some(end) = end {
                self.start_at(end, (Place::Expired, Cause::Expiry), out);
            }
        }
        if let Some(most) = settings.retention_bytes {
            let mut excess = self.log.bytes().saturating_sub(most);
            let mut end = self.log.start();
            for segment in self.log.sealed() {
                if excess < segment.bytes || excess == 0 || high_watermark < segment.end {
                    break;
                }
                excess -= segment.bytes;
                end = segment.end;
            }
            self.start_at(end, (Place::Expired, Cause::Length), out);
        }
    }

    /// Nothing before an offset can be read any more.
    fn start_at(&mut self, start: u64, what: (Place, Cause), out: &mut impl Out) {
        if start <= self.log.start() {
            return;
        }
        let (readers, content) = self.split();
        for reader in readers {
            reader.expire(&content, start, what, out);
        }
        self.log.advance_start(start);
        self.aborted.forget_before(start);
        self.cleaned = self.cleaned.max(start);
    }

    /// Cleans the log, if it is dirty enough.
    fn clean(&mut self, settings: &TopicSettings, now: Time, out: &mut impl Out) {
        let stable = self.stable();
        let cleanable = self.log.sealed().iter().take_while(|segment| segment.end <= stable).count();
        let segments = || self.log.sealed().iter().take(cleanable);
        let sum = |dirty: bool| -> u64 {
            let own = segments().filter(|segment| (self.cleaned <= segment.base) == dirty);
            own.map(|segment| segment.bytes).sum()
        };
        let (clean, dirty) = (sum(false), sum(true));
        let bar = u64::from(settings.min_cleanable_dirty_ratio);
        if dirty == 0 || dirty.saturating_mul(1_000_000) <= (clean + dirty).saturating_mul(bar) {
            return;
        }
        let mut latest: BTreeMap<u16, u64> = BTreeMap::new();
        for record in segments().filter(|segment| self.cleaned <= segment.base).flat_map(|own| own.from(0)) {
            if record.kind != Kind::Marker && !self.aborted.has(&record) {
                latest.insert(record.message.key, record.offset);
            }
        }
        let (mut kept, mut removed): (Vec<Segment>, Vec<Record>) = (Vec::new(), Vec::new());
        let mut end = self.cleaned;
        for segment in segments() {
            let over = segment.horizon.is_some_and(|horizon| horizon < now);
            let stays = |record: &Record| match record.kind {
                Kind::Marker => !over,
                _ if record.message.key == 0 || self.aborted.has(record) => false,
                Kind::Tombstone if over => false,
                Kind::Data | Kind::Tombstone => {
                    latest.get(&record.message.key).is_none_or(|offset| *offset <= record.offset)
                }
            };
            let mut cleaned = Segment::new(segment.base);
            for record in segment.from(0) {
                if stays(&record) {
                    cleaned.push(record);
                } else if record.kind != Kind::Marker {
                    removed.push(record);
                }
            }
            end = segment.end;
            cleaned.end = segment.end;
            cleaned.horizon = Some(segment.horizon.unwrap_or(now + settings.delete_retention));
            if cleaned.len() == 0 {
                continue;
            }
            match kept.last_mut() {
                Some(last)
                    if last.horizon == cleaned.horizon
                        && last.bytes + cleaned.bytes <= settings.segment_bytes =>
                {
                    last.absorb(&cleaned);
                }
                Some(_) | None => kept.push(cleaned),
            }
        }
        let (readers, content) = self.split();
        for reader in readers {
            let isolation = reader.isolation;
            for record in removed.iter().filter(|record| content.shows(record, isolation)) {
                reader.loses(record, Cause::Compaction, out);
            }
        }
        self.log.replace_oldest(cleanable, kept);
        self.cleaned = end;
    }
}
