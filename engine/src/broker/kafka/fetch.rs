//! Fetch: records of a partition, from an offset on, up to the high watermark or the last stable offset.

use crate::id::{ClientId, RequestId};
use crate::journal::Cause;

use super::partition::{Parked, Partition};
use super::request::{Error, Fetch, Fetched, Few, Isolation, Read, Reply, Spec, Tp};
use super::{Kafka, Out};

impl Kafka {
    pub(super) fn fetch(&mut self, client: ClientId, id: RequestId, fetch: Fetch, out: &mut impl Out) {
        match self.fetch_at_once(client, id, fetch, out) {
            Ok(Some(fetched)) => out.reply(client, id, Reply::Fetched(Box::new(fetched))),
            Ok(None) => {}
            Err(error) => out.reply(client, id, Reply::Unfetched(fetch.tp, error)),
        }
    }

    /// The same without the answer: nothing if that will come when there is something to be read.
    #[inline]
    pub(super) fn fetch_at_once(
        &mut self,
        client: ClientId,
        id: RequestId,
        fetch: Fetch,
        out: &mut impl Out,
    ) -> Result<Option<Fetched>, Error> {
        // Whatever it waited for there before it does not want any more.
        if let Some(partition) = self.partition_mut(fetch.tp)
            && !partition.parked.is_empty()
        {
            partition.parked.retain(|parked| parked.client != client || parked.fetch.group != fetch.group);
        }
        let fetched = self.try_fetch(client, fetch, out)?;
        if fetched.is_none()
            && let Some(partition) = self.partition_mut(fetch.tp)
        {
            partition.parked.push(Parked { client, id, fetch });
        }
        Ok(fetched)
    }

    /// What there is; nothing if the client is to wait for it.
    fn try_fetch(
        &mut self,
        client: ClientId,
        fetch: Fetch,
        out: &mut impl Out,
    ) -> Result<Option<Fetched>, Error> {
        let partition = self.partition(fetch.tp).ok_or(Error::UnknownPartition)?;
        let leader = partition.leader().ok_or(Error::NotLeader)?;
        if self.brokers.get(leader).is_none_or(|broker| !broker.up) {
            return Err(Error::Unreachable);
        }
        let partition = self.partition_mut(fetch.tp).ok_or(Error::UnknownPartition)?;
        let mut records = Few::Many(Vec::new());
        let (next, end) = partition.read(client, fetch, out, |read| records.push(read))?;
        if records.all().is_empty() && fetch.waits && next == fetch.offset {
            return Ok(None);
        }
        let store = fetch.group.and_then(|group| self.store_of(group, fetch.tp));
        Ok(Some(Fetched { tp: fetch.tp, next, end, records, store }))
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
