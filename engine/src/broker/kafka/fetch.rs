//! Fetch: records of a partition, from an offset on, up to the high watermark or the last stable offset.

use crate::id::{ClientId, RequestId};
use crate::journal::Cause;

use super::partition::{Parked, Partition};
use super::request::{Error, Fetch, Fetched, Few, Isolation, Read, Reply, Spec, Tp};
use super::{Kafka, Out};

impl Kafka {
    pub(super) fn fetch(&mut self, client: ClientId, id: RequestId, fetch: Fetch, out: &mut impl Out) {
        let mut records = Few::Many(Vec::new());
        match self.fetch_at_once(client, id, fetch, out, |read| records.push(read)) {
            Ok(Some((next, end))) => {
                let store = fetch.group.and_then(|group| self.store_of(group, fetch.tp));
                let fetched = Fetched { tp: fetch.tp, next, end, records, store };
                out.reply(client, id, Reply::Fetched(Box::new(fetched)));
            }
            Ok(None) => {}
            Err(error) => out.reply(client, id, Reply::Unfetched(fetch.tp, error)),
        }
    }

    /// The same without the answer: each record is given to `take`. The offset to go on from, and the one behind what can
    /// be read; nothing if the answer will come when there is something to be read.
    #[inline]
    pub(super) fn fetch_at_once(
        &mut self,
        client: ClientId,
        id: RequestId,
        fetch: Fetch,
        out: &mut impl Out,
        take: impl FnMut(Read),
    ) -> Result<Option<(u64, u64)>, Error> {
        let topic = self.topics.get_mut(usize::from(fetch.tp.topic.0)).ok_or(Error::UnknownPartition)?;
        let place = usize::from(fetch.tp.partition);
        let partition = topic.partitions.get_mut(place).ok_or(Error::UnknownPartition)?;
        // Whatever it waited for there before it does not want any more.
        if !partition.parked.is_empty() {
            partition.parked.retain(|parked| parked.client != client || parked.fetch.group != fetch.group);
        }
        let leader = partition.leader().ok_or(Error::NotLeader)?;
        if self.brokers.get(leader).is_none_or(|broker| !broker.up) {
            return Err(Error::Unreachable);
        }
        let (next, end) = partition.read(client, fetch, out, take)?;
        if fetch.waits && next == fetch.offset {
            // There is nothing: it waits for it.
            partition.parked.push(Parked { client, id, fetch });
            return Ok(None);
        }
        Ok(Some((next, end)))
    }

    /// The fetch that waits for something of a partition, if there is just one.
    #[inline]
    pub(super) fn only_parked(&self, tp: Tp) -> Option<Parked> {
        match self.partition(tp)?.parked[..] {
            [parked] => Some(parked),
            _ => None,
        }
    }

    /// There is more to be read than before: who waits for it gets it.
    pub(super) fn serve_parked(&mut self, tp: Tp, out: &mut impl Out) {
        let Some(partition) = self.partition_mut(tp) else { return };
        for _ in 0..partition.parked.len() {
            // Who still waits then is put behind the others.
            let Some(partition) = self.partition_mut(tp).filter(|own| !own.parked.is_empty()) else { return };
            let parked = partition.parked.remove(0);
            self.fetch(parked.client, parked.id, parked.fetch, out);
        }
    }

    /// What `ListOffsets` answers.
    pub(super) fn list_offsets(&self, tp: Tp, spec: Spec, isolation: Isolation) -> Reply {
        let Some(partition) = self.partition(tp) else { return Reply::Error(Error::UnknownPartition) };
        Reply::Offset(
            tp,
            match spec {
                Spec::Earliest => Some(partition.log.start()),
                Spec::Latest => Some(partition.readable(isolation)),
                Spec::Timestamp(time) => {
                    let readable = partition
                        .log
                        .from(0)
                        .take_while(|record| record.offset < partition.readable(isolation));
                    readable.filter(|record| time <= record.appended).map(|record| record.offset).next()
                }
            },
        )
    }
}

impl Partition {
    /// Reads for a client: the offset to go on from, and the one behind what can be read.
    #[inline]
    pub(super) fn read(
        &mut self,
        client: ClientId,
        fetch: Fetch,
        out: &mut impl Out,
        mut take: impl FnMut(Read),
    ) -> Result<(u64, u64), Error> {
        if fetch.offset < self.log.start() || self.log.end() < fetch.offset {
            return Err(Error::OffsetOutOfRange);
        }
        let now = out.now();
        let place =
            fetch.group.and_then(|group| self.readers.iter().position(|reader| reader.group == group));
        let isolation = place.map_or(fetch.isolation, |place| self.readers[place].isolation);
        let end = self.readable(isolation);
        let (readers, content) = self.split();
        let mut reader = place.map(|place| &mut readers[place]);
        if let Some(reader) = &mut reader
            && reader.position != fetch.offset
        {
            reader.seek(&content, fetch.offset, Cause::Seek, out);
        }
        let (mut next, mut records, mut bytes) = (fetch.offset, fetch.records, u64::from(fetch.bytes));
        content.log.visit(fetch.offset, |record| {
            let size = u64::from(record.message.size);
            if end <= record.offset || records == 0 || (bytes < size && next != fetch.offset) {
                return false;
            }
            next = record.offset + 1;
            if !content.shows(record, isolation) {
                if let Some(reader) = &mut reader {
                    reader.pass(next);
                }
                return true;
            }
            let attempt = match &mut reader {
                Some(reader) => reader.deliver(record, client, now, out),
                None => 1,
            };
            (records, bytes) = (records - 1, bytes.saturating_sub(size));
            take(Read {
                offset: record.offset,
                message: record.message,
                appended: record.appended,
                attempt,
                tombstone: record.kind == super::log::Kind::Tombstone,
            });
            true
        });
        Ok((next, end))
    }
}
