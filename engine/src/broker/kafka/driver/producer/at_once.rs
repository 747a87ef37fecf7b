//! What nearly every message of a producer takes, without a request and its reply.

use std::mem;

use crate::broker::driver::{Direct, Line, Parcel, client_of_producer};
use crate::message::Message;

use super::super::super::producer_state::Verdict;
use super::super::super::request::{Books, Few, Produce, Sent, Sequence, Tp};
use super::super::super::server::Kafka;
use super::super::Common;
use super::super::plan::Sender;
use super::{Producers, confirm, is_tombstone};

/// What became of what was to be done at once.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in super::super) enum Outcome {
    /// It is done, and nobody is concerned.
    Done,
    /// It is done, and there is more to be read of this partition.
    Appended(Tp),
    /// Nothing was done.
    Nothing,
}

impl Producers {
    /// Puts a record into a batch that waits for more. Or sends it at once: nothing of its partition is under way, its
    /// batch is not to be waited for, and the leader alone has it.
    #[inline]
    pub(in super::super) fn send_at_once(
        &mut self,
        common: &mut Common,
        parcel: &Parcel,
        server: &mut Kafka,
        line: &mut impl Direct<Kafka>,
    ) -> Outcome {
        let Some(sender) = common.plan.sender(parcel.message.producer) else { return Outcome::Nothing };
        if sender.config.linger.is_zero() {
            self.send_alone(common, parcel, server, line).map_or(Outcome::Nothing, Outcome::Appended)
        } else if parcel.to.is_none() && self.collect(sender, &parcel.message) {
            Outcome::Done
        } else {
            Outcome::Nothing
        }
    }

    /// Puts a record without a key into the batch that the last one went into, if it is not full with it.
    #[inline]
    fn collect(&mut self, sender: &Sender, message: &Message) -> bool {
        let Producers { all, queues, .. } = self;
        let Some(producer) = all.get_mut(usize::from(message.producer.0)) else { return false };
        let used = producer.used + u64::from(message.size);
        if sender.idempotent.is_none()
            || sender.buffer_memory < used
            || !producer.stuck.is_empty()
            || sender.is_keyed(message)
        {
            return false;
        }
        let Some(own) = producer.destinations.iter_mut().find(|own| own.topic == sender.topic) else {
            return false;
        };
        let Some(number) = own.sticky.partition().and_then(|place| own.queues.get(usize::from(place))) else {
            return false;
        };
        let sent = Sent { message: *message, tombstone: is_tombstone(message) };
        if !queues[*number as usize].puts_merely(sent, sender.batch_size) {
            return false;
        }
        own.sticky.put(message.size, sender.batch_size, false);
        producer.used = used;
        true
    }

    /// Where it was appended, if it was.
    fn send_alone(
        &mut self,
        common: &mut Common,
        parcel: &Parcel,
        server: &mut Kafka,
        line: &mut impl Direct<Kafka>,
    ) -> Option<Tp> {
        let message = parcel.message;
        let sender = common.plan.sender(message.producer)?;
        let own = self.all.get(usize::from(message.producer.0));
        let producer = own.filter(|own| own.used == 0 && own.stuck.is_empty())?;
        let (pid, idempotent) = (producer.pid, sender.idempotent == Some(true));
        if sender.idempotent.is_none()
            || sender.buffer_memory < u64::from(message.size)
            || (idempotent && pid.is_none())
        {
            return None;
        }
        let (acks, timeout) = (sender.config.acks, sender.config.request_timeout);
        let (batch_size, keyless) = (sender.batch_size, !sender.is_keyed(&message));
        let number = self.queue_for(parcel, common)?;
        let queue = &mut self.queues[number as usize];
        if !server.takes_at_once(queue.tp) {
            return None;
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
            return None;
        }
        producer.batches = producer.batches.wrapping_add(1);
        queue.next = queue.next.wrapping_add(u32::from(idempotent));
        common.asked.next();
        if keyless
            && let Some(own) = producer.destinations.iter_mut().find(|own| own.topic == produce.tp.topic)
        {
            own.sticky.put(message.size, batch_size, batch_size <= message.size);
        }
        server.commits_alone(produce.tp);
        line.confirmed(message.id, message.producer);
        Some(produce.tp)
    }

    /// Sends the batch whose time has come, if it is the only one of its partition, is sent for the first time, and the
    /// leader alone has it; and if nothing else is due. Where it was appended, if it was.
    pub(in super::super) fn wake_at_once(
        &mut self,
        common: &mut Common,
        server: &mut Kafka,
        line: &mut impl Direct<Kafka>,
    ) -> Option<Tp> {
        let now = Line::now(line);
        let ((at, _), timer) = self.timers.first()?;
        let is_due = |at: u64| at <= now.as_nanos();
        let is_queue = timer % 2 == 0;
        if !is_due(at)
            || !is_queue
            || self.refresh <= now
            || self.timers.second().is_some_and(|(at, _)| is_due(at))
        {
            return None;
        }
        let queue = &mut self.queues[(timer / 2) as usize];
        let producer = &mut self.all[usize::from(queue.producer)];
        let sender = common.plan.sender(producer.id)?;
        let idempotent = sender.idempotent == Some(true);
        let ready = queue.ready_at(sender, false).is_some_and(|ready| ready <= now);
        if !ready
            || queue.waiting.len() != 1
            || !queue.in_flight.is_empty()
            || !producer.stuck.is_empty()
            || (idempotent && producer.pid.is_none())
            || !server.takes_at_once(queue.tp)
        {
            return None;
        }
        let batch = queue.waiting.front_mut()?;
        let late = batch.created + sender.config.delivery_timeout <= now;
        if late || batch.attempts != 0 || batch.sequence.is_some() {
            return None;
        }
        let sequence = producer.pid.filter(|_| idempotent).map(|pid| Sequence {
            pid,
            epoch: queue.epoch,
            base: queue.next,
            transactional: false,
        });
        let mut produce = Produce {
            tp: queue.tp,
            records: Few::Many(mem::take(&mut batch.records)),
            acks: sender.config.acks,
            timeout: sender.config.request_timeout,
            sequence,
            batch: batch.number,
            books: Books::New,
        };
        let appended = server.append(client_of_producer(producer.id), &produce, line);
        if let Few::Many(records) = &mut produce.records {
            batch.records = mem::take(records);
        }
        if appended != Ok(Verdict::Append) {
            return None;
        }
        self.timers.clear(timer);
        common.asked.next();
        if idempotent {
            queue.next = queue.next.wrapping_add(batch.len());
        }
        producer.used -= u64::from(batch.bytes);
        server.commits_alone(produce.tp);
        confirm(batch, producer.id, line);
        if let Some(mut sent) = queue.waiting.pop_front() {
            sent.records.clear();
            queue.spare = sent.records;
        }
        Some(produce.tp)
    }
}
