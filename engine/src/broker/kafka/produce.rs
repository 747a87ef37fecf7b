//! Produce: a batch is appended at the leader.

use crate::id::{ClientId, RequestId};
use crate::journal::What;
use crate::time::Time;

use super::log::{Kind, Record};
use super::partition::Partition;
use super::request::{Error, Produce, Reply, Sent};
use super::{Kafka, Out};

impl Kafka {
    pub(super) fn produce(&mut self, client: ClientId, id: RequestId, produce: &Produce, out: &mut impl Out) {
        let Some(partition) = self.partition_mut(produce.tp) else {
            return out.reply(client, id, Reply::Unproduced(produce.tp, Error::UnknownPartition, false));
        };
        let base = partition.log.end();
        let now = out.now();
        for sent in produce.records.all() {
            partition.append(*sent, now, out);
        }
        partition.high_watermark = partition.log.end();
        out.reply(client, id, Reply::Produced(produce.tp, Some(base)));
        self.serve_parked(produce.tp, out);
    }
}

impl Partition {
    /// Appends a record, of which each reader gets a copy.
    #[inline]
    pub(super) fn append(&mut self, sent: Sent, now: Time, out: &mut impl Out) {
        let message = sent.message.id;
        let kind = if sent.tombstone { Kind::Tombstone } else { Kind::Data };
        let offset = self.log.end();
        self.log.append(Record { offset, message: sent.message, appended: now, transaction: None, kind });
        out.record(What::Routed { message, copies: self.readers.len() as u16 });
        for reader in &mut self.readers {
            reader.appended(message, out);
        }
    }
}
