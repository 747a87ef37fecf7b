//! What nearly every message of a producer that does not wait for a batch takes, without a request and its reply.

use crate::broker::driver::{Direct, Parcel, client_of_producer};

use super::super::super::producer_state::Verdict;
use super::super::super::request::{Books, Few, Produce, Sent, Sequence};
use super::super::super::server::Kafka;
use super::super::Common;
use super::{Producers, is_tombstone};

impl Producers {
    /// Sends a record at once: nothing of its partition is under way, its batch is not to be waited for, and the leader
    /// alone has it. `false` if nothing was done.
    pub(in super::super) fn send_at_once(
        &mut self,
        common: &mut Common,
        parcel: &Parcel,
        server: &mut Kafka,
        line: &mut impl Direct<Kafka>,
    ) -> bool {
        let message = parcel.message;
        let Some(sender) = common.plan.sender(message.producer) else { return false };
        let own = self.all.get(usize::from(message.producer.0));
        let Some(producer) = own.filter(|own| own.used == 0 && own.stuck.is_empty()) else { return false };
        let (pid, idempotent) = (producer.pid, sender.idempotent == Some(true));
        if !sender.config.linger.is_zero()
            || sender.idempotent.is_none()
            || sender.buffer_memory < u64::from(message.size)
            || (idempotent && pid.is_none())
        {
            return false;
        }
        let (acks, timeout) = (sender.config.acks, sender.config.request_timeout);
        let (batch_size, keyless) = (sender.batch_size, !sender.is_keyed(&message));
        let Some(number) = self.queue_for(parcel, common) else { return false };
        let queue = &mut self.queues[number as usize];
        if !server.takes_at_once(queue.tp) {
            return false;
        }
        let producer = &mut self.all[usize::from(message.producer.0)];
        let sequence = pid.filter(|_| idempotent).map(|pid| Sequence {
            pid,
            epoch: queue.epoch,
            base: queue.next,
            transactional: false,
        });
        let produce = Produce {
            tp: queue.tp,
            records: Few::One(Sent { message, tombstone: is_tombstone(&message) }),
            acks,
            timeout,
            sequence,
            batch: producer.batches,
            books: Books::New,
        };
        let client = client_of_producer(message.producer);
        if server.append(client, &produce, line) != Ok(Verdict::Append) {
            return false;
        }
        producer.batches = producer.batches.wrapping_add(1);
        queue.next = queue.next.wrapping_add(u32::from(idempotent));
        common.asked.next();
        if keyless
            && let Some(own) = producer.destinations.iter_mut().find(|own| own.topic == produce.tp.topic)
        {
            own.sticky.put(message.size, batch_size, batch_size <= message.size);
        }
        server.replicate(produce.tp, line);
        line.confirmed(message.id, message.producer);
        true
    }
}
