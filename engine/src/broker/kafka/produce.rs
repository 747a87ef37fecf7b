//! Produce: a batch is appended at the leader, and answered when as many have it as its producer wants.

use crate::id::{ClientId, MessageId, RequestId};
use crate::journal::{Cause, Place, Refusal, What};
use crate::time::Time;

use super::log::{Kind, Record};
use super::partition::{Partition, Unacknowledged};
use super::producer_state::Verdict;
use super::request::{Acks, Books, Error, Pid, Produce, Reply, Sent, Tp};
use super::server::Task;
use super::settings::TopicSettings;
use super::{Kafka, Out};

/// What the copies of a record are in the books.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Copies {
    /// The first of them.
    First,
    /// It was appended before: it was cut off since, or is there twice now.
    Again,
    /// It is a dead letter.
    DeadLetters,
}

impl Kafka {
    pub(super) fn produce(&mut self, client: ClientId, id: RequestId, produce: &Produce, out: &mut impl Out) {
        match self.append(client, produce, out) {
            Err(_) if produce.acks == Acks::None => {
                // Its producer will never know.
                self.lose(client, produce, out);
                out.reply(client, id, Reply::Produced(produce.tp, None));
            }
            Err(error) => {
                let appended = self.was_appended(client, produce);
                out.reply(client, id, Reply::Unproduced(produce.tp, error, appended));
            }
            Ok(Verdict::Duplicate(base)) => out.reply(client, id, Reply::Produced(produce.tp, Some(base))),
            Ok(Verdict::Append) => {
                let waits = produce.acks == Acks::All;
                self.answer(client, id, produce, waits, out);
                self.replicate(produce.tp, out);
            }
        }
    }

    /// Appends a batch, or finds that it is there already or is not to be appended.
    #[inline]
    pub(super) fn append(
        &mut self,
        client: ClientId,
        produce: &Produce,
        out: &mut impl Out,
    ) -> Result<Verdict, Error> {
        let topic = self.topics.get_mut(usize::from(produce.tp.topic.0)).ok_or(Error::UnknownPartition)?;
        let place = usize::from(produce.tp.partition);
        let partition = topic.partitions.get_mut(place).ok_or(Error::UnknownPartition)?;
        let leader = partition.leader().ok_or(Error::NotLeader)?;
        if self.brokers.get(leader).is_none_or(|broker| !broker.up) {
            return Err(Error::Unreachable);
        }
        let records = produce.records.all();
        if produce.acks == Acks::All && partition.in_sync() < topic.settings.effective_min_isr() {
            return Err(Error::NotEnoughReplicas);
        }
        if records.iter().any(|sent| topic.settings.max_message_bytes < sent.message.size) {
            return Err(Error::MessageTooLarge);
        }
        if topic.settings.compacts && records.iter().any(|sent| sent.message.key == 0) {
            return Err(Error::InvalidRecord);
        }
        if let Some(sequence) = &produce.sequence {
            if sequence.transactional {
                self.transactions.join(sequence, produce.tp, out.now())?;
            }
            if let Verdict::Duplicate(base) = partition.producers.check(sequence, records.len() as u32)? {
                return Ok(Verdict::Duplicate(base));
            }
        }
        let copies = match produce.books {
            Books::New => Copies::First,
            Books::Again if !partition.producers.was_routed(client, produce.batch) => Copies::First,
            Books::Again => Copies::Again,
            Books::Copies => Copies::DeadLetters,
        };
        let (base, now) = (partition.log.end(), out.now());
        let pid = produce.sequence.filter(|own| own.transactional).map(|own| own.pid);
        for sent in records {
            partition.push(*sent, pid, copies, (now, &topic.settings), out);
        }
        if let Some(sequence) = &produce.sequence {
            partition.producers.appended(sequence, base, partition.log.end());
        }
        if copies == Copies::First {
            partition.producers.remember(client, produce.batch);
        }
        Ok(Verdict::Append)
    }

    /// Answers at once, or when the high watermark has passed.
    fn answer(
        &mut self,
        client: ClientId,
        id: RequestId,
        produce: &Produce,
        waits: bool,
        out: &mut impl Out,
    ) {
        let deadline = out.now() + produce.timeout;
        let Some(partition) = self.partition_mut(produce.tp) else { return };
        let end = partition.log.end();
        let base = end - produce.records.all().len() as u64;
        if waits && 1 < partition.replicas.len() {
            partition.unacknowledged.push_back(Unacknowledged { client, id, base, end, deadline });
            if !std::mem::replace(&mut partition.watches, true) {
                self.agenda.push(deadline, Task::Unacknowledged(produce.tp));
            }
            return;
        }
        let base = (produce.acks != Acks::None).then_some(base);
        out.reply(client, id, Reply::Produced(produce.tp, base));
    }

    /// The first of those who wait for other replicas may have waited too long.
    pub(super) fn acknowledges_late(&mut self, tp: Tp, out: &mut impl Out) {
        let now = out.now();
        let Some(partition) = self.partition_mut(tp) else { return };
        partition.watches = false;
        while partition.unacknowledged.front().is_some_and(|waiting| waiting.deadline <= now)
            && let Some(late) = partition.unacknowledged.pop_front()
        {
            out.reply(late.client, late.id, Reply::Unproduced(tp, Error::TimedOut, true));
        }
        if let Some(deadline) = partition.unacknowledged.front().map(|waiting| waiting.deadline) {
            partition.watches = true;
            self.agenda.push(deadline, Task::Unacknowledged(tp));
        }
    }

    fn was_appended(&self, client: ClientId, produce: &Produce) -> bool {
        let partition = self.partition(produce.tp);
        partition.is_some_and(|partition| partition.producers.was_routed(client, produce.batch))
    }

    /// A batch goes nowhere, and nobody is told.
    #[inline(never)]
    pub(super) fn lose(&mut self, client: ClientId, produce: &Produce, out: &mut impl Out) {
        if produce.books != Books::New && self.was_appended(client, produce) {
            // An answer was wanted then, and did not come.
            return;
        }
        let Some(partition) = self.partition_mut(produce.tp) else {
            return refuse(produce, Refusal::Invalid, out);
        };
        for sent in produce.records.all() {
            let (message, copies) = (sent.message.id, partition.readers.len() as u16);
            if copies != 1 {
                out.record(What::Routed { message, copies });
            }
            for reader in &partition.readers {
                let (store, from, to) = (reader.store, Place::Arriving, Place::Lost);
                let why = Cause::Disconnect;
                out.record(What::Moved { message, store, from, to, count: 1, why });
            }
        }
        partition.producers.remember(client, produce.batch);
    }

    /// A producer gives up on a batch: what was never appended is refused.
    pub(super) fn give_up(&mut self, client: ClientId, produce: &Produce, why: Refusal, out: &mut impl Out) {
        if !self.was_appended(client, produce) {
            refuse(produce, why, out);
        }
    }
}

fn refuse(produce: &Produce, why: Refusal, out: &mut impl Out) {
    for sent in produce.records.all() {
        let (message, producer) = (sent.message.id, sent.message.producer);
        out.record(What::Refused { message, producer, why });
    }
}

impl Partition {
    /// Appends a record, of which each reader gets a copy.
    #[inline]
    fn push(
        &mut self,
        sent: Sent,
        transaction: Option<Pid>,
        copies: Copies,
        (now, settings): (Time, &TopicSettings),
        out: &mut impl Out,
    ) {
        let message = sent.message.id;
        let kind = if sent.tombstone { Kind::Tombstone } else { Kind::Data };
        self.log.make_room(sent.message.size, now, settings);
        let offset = self.log.end();
        self.log.append(Record { offset, message: sent.message, appended: now, transaction, kind });
        self.books(message, copies, out);
    }

    #[inline]
    fn books(&mut self, message: MessageId, which: Copies, out: &mut impl Out) {
        let (copies, first) = (self.readers.len() as u16, which == Copies::First);
        if first && copies != 1 {
            out.record(What::Routed { message, copies });
        } else if !first && copies != 0 {
            let dead = which == Copies::DeadLetters;
            out.record(What::Republished { message, copies, dead });
        }
        for reader in &mut self.readers {
            reader.appended(message, out);
        }
    }
}
