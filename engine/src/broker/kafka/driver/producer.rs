//! `KafkaProducer`: a record goes into a batch of its partition, batches are sent when they are full or old enough.
//!
//! ```text
//! send --> room in buffer.memory? --> batch of its partition -- full, or linger.ms --> in flight --> confirmed
//!              | no                        ^                                             |
//!              v                           +---- retry.backoff.ms ---- can be tried again +--> given up
//!            blocked for max.block.ms                             within delivery.timeout.ms
//! ```
//!
//! A request carries one batch; the limit on requests in flight holds for each partition, where the real one holds for
//! each broker. Metadata are looked up after an error, and every five minutes.

pub(super) mod at_once;
mod queue;

use std::collections::VecDeque;

use crate::broker::driver::{Line, Parcel, client_of_producer};
use crate::id::{ProducerId, RequestId};
use crate::journal::{Refusal, What};
use crate::mechanism::ranking::Ranking;
use crate::message::Message;
use crate::random::Stream;
use crate::time::Time;

use super::super::partitioner::{Outlook, Sticky};
use super::super::request::{Error, Metadata, Pid, Reply, Request, Sent, TopicId, Tp};
use super::super::server::Kafka;
use super::{Common, METADATA_AGE};
use queue::{Batch, LATE, Queue};

/// A topic, as a producer knows it.
#[derive(Clone, PartialEq, Hash, Debug)]
struct Destination {
    topic: TopicId,
    /// The numbers of the queues of its partitions.
    queues: Vec<u32>,
    /// Which of them have a leader.
    available: Vec<bool>,
    sticky: Sticky,
}

/// A producer.
#[derive(Clone, PartialEq, Hash, Debug)]
struct Producer {
    id: ProducerId,
    pid: Option<Pid>,
    destinations: Vec<Destination>,
    /// What is in its buffer, in bytes.
    used: u64,
    /// What waits for room there, and until when.
    stuck: VecDeque<(Time, Parcel)>,
    batches: u32,
    /// It has asked for metadata.
    looks: bool,
    /// It has asked for its id.
    asks: bool,
}

/// All producers of an experiment.
#[derive(Clone, PartialEq, Hash, Debug)]
pub(super) struct Producers {
    all: Vec<Producer>,
    queues: Vec<Queue>,
    /// When there is something to do: for a queue by twice its number, for a producer by the odd number behind that.
    timers: Ranking,
    set: u64,
    random: Stream,
    /// When metadata are looked up.
    refresh: Time,
}

/// What a key is on the wire: its number in digits.
pub(super) fn key_bytes(key: u16, digits: &mut [u8; 5]) -> &[u8] {
    let mut place = digits.len();
    let mut rest = key;
    loop {
        place -= 1;
        digits[place] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            return &digits[place..];
        }
    }
}

/// Whether a batch can be sent again that was answered so.
fn can_retry(error: Error) -> bool {
    match error {
        Error::Unreachable
        | Error::NotLeader
        | Error::UnknownPartition
        | Error::NotEnoughReplicas
        | Error::NotEnoughReplicasAfterAppend
        | Error::TimedOut => true,
        Error::OffsetOutOfRange
        | Error::OutOfOrderSequence
        | Error::ProducerFenced
        | Error::InvalidTxnState
        | Error::InvalidRecord
        | Error::MessageTooLarge
        | Error::InvalidPartitions => false,
    }
}

impl Producers {
    pub(super) fn new(seed: u64) -> Producers {
        Producers {
            all: Vec::new(),
            queues: Vec::new(),
            timers: Ranking::default(),
            set: 0,
            random: Stream::named(seed, "kafka producer"),
            refresh: Time::MAX,
        }
    }

    /// All connect. What was in flight is sent again.
    pub(super) fn open(&mut self, common: &mut Common, line: &mut impl Line<Kafka>) {
        self.refresh = if common.plan.senders.is_empty() { Time::MAX } else { line.now() + METADATA_AGE };
        self.all.iter_mut().for_each(|producer| (producer.looks, producer.asks) = (false, false));
        self.identify(common, line);
        for number in 0..self.queues.len() {
            let now = line.now();
            let queue = &mut self.queues[number];
            while let Some(mut batch) = queue.in_flight.pop_back() {
                batch.ready = now;
                queue.put_back(batch);
            }
            self.pump(number as u32, common, line);
        }
    }

    /// Idempotent producers ask for their ids.
    fn identify(&mut self, common: &mut Common, line: &mut impl Line<Kafka>) {
        for place in 0..common.plan.senders.len() {
            let sender = &common.plan.senders[place];
            let (id, idempotent) = (sender.id, sender.idempotent == Some(true));
            let producer = self.producer(id);
            if idempotent && producer.pid.is_none() && !std::mem::replace(&mut producer.asks, true) {
                common.ask(client_of_producer(id), Request::InitProducerId(None), line);
            }
        }
    }

    fn producer(&mut self, id: ProducerId) -> &mut Producer {
        let place = usize::from(id.0);
        while self.all.len() <= place {
            let id = ProducerId(self.all.len() as u16);
            self.all.push(Producer {
                id,
                pid: None,
                destinations: Vec::new(),
                used: 0,
                stuck: VecDeque::new(),
                batches: 0,
                looks: false,
                asks: false,
            });
        }
        &mut self.all[place]
    }

    /// The place of a topic among those that a producer sends to.
    fn destination(&mut self, id: ProducerId, topic: TopicId, common: &Common) -> usize {
        let producer = self.producer(id);
        if let Some(place) = producer.destinations.iter().position(|own| own.topic == topic) {
            return place;
        }
        let available = Vec::new();
        let sticky = Sticky::default();
        producer.destinations.push(Destination { topic, queues: Vec::new(), available, sticky });
        let place = producer.destinations.len() - 1;
        self.grow(id, place, common.plan.partitions(topic));
        place
    }

    /// A topic has so many partitions.
    fn grow(&mut self, id: ProducerId, place: usize, partitions: u16) {
        let Producers { all, queues, .. } = self;
        let own = &mut all[usize::from(id.0)].destinations[place];
        for partition in own.queues.len() as u16..partitions {
            own.queues.push(queues.len() as u32);
            own.available.push(true);
            queues.push(Queue::new(id.0, Tp { topic: own.topic, partition }));
        }
    }

    /// An application sends.
    pub(super) fn send(&mut self, common: &mut Common, parcel: Parcel, line: &mut impl Line<Kafka>) {
        let message = parcel.message;
        let Some(sender) = common.plan.sender(message.producer) else {
            return refuse(message, Refusal::Invalid, line);
        };
        let size = u64::from(message.size);
        if sender.idempotent.is_none() || sender.buffer_memory < size {
            return refuse(message, Refusal::Invalid, line);
        }
        let (deadline, room) = (line.now() + sender.max_block, sender.buffer_memory);
        let producer = self.producer(message.producer);
        if room < producer.used + size || !producer.stuck.is_empty() {
            producer.stuck.push_back((deadline, parcel));
            line.block(message.producer);
            self.free(message.producer, common, line);
            return;
        }
        self.accept(parcel, common, line);
    }

    /// Puts a record into a batch.
    fn accept(&mut self, parcel: Parcel, common: &mut Common, line: &mut impl Line<Kafka>) {
        let id = parcel.message.producer;
        let Some(number) = self.queue_for(&parcel, common) else {
            return refuse(parcel.message, Refusal::Invalid, line);
        };
        let Some(sender) = common.plan.sender(id) else { return };
        let sent = Sent { message: parcel.message, tombstone: is_tombstone(&parcel.message) };
        let (batch_size, keyless) = (sender.batch_size, !sender.is_keyed(&parcel.message));
        let producer = &mut self.all[usize::from(id.0)];
        producer.used += u64::from(parcel.message.size);
        let queue = &mut self.queues[number as usize];
        let put = queue.put(sent, batch_size, producer.batches, line.now());
        producer.batches = producer.batches.wrapping_add(u32::from(put.opened));
        if keyless && let Some(own) = producer.destinations.iter_mut().find(|own| own.topic == queue.tp.topic)
        {
            own.sticky.put(parcel.message.size, batch_size, put.full);
        }
        if put.opened || put.full {
            self.pump(number, common, line);
        }
    }

    /// The queue of the partition that a record goes to.
    #[inline]
    fn queue_for(&mut self, parcel: &Parcel, common: &Common) -> Option<u32> {
        let message = &parcel.message;
        let sender = common.plan.sender(message.producer)?;
        let topic = match parcel.to {
            Some(part) => *common.plan.topics.get(usize::from(part))?,
            None => sender.topic,
        };
        let place = self.destination(message.producer, topic, common);
        let Producers { all, queues, random, .. } = self;
        let own = &mut all[usize::from(message.producer.0)].destinations[place];
        let partition = if sender.is_keyed(message) {
            let mut digits = [0; 5];
            sender.hashing.partition(key_bytes(message.key, &mut digits), own.queues.len() as u16)
        } else if let Some(partition) = own.sticky.partition() {
            partition
        } else {
            let lengths: Vec<u32> = own
                .queues
                .iter()
                .map(|number| queues.get(*number as usize).map_or(0, |queue| queue.waiting.len() as u32))
                .collect();
            let outlook = Outlook { queues: &lengths, available: &own.available, adaptive: sender.adaptive };
            own.sticky.pick(outlook, random)
        };
        own.queues.get(usize::from(partition)).copied()
    }

    /// Sends what can be sent of a queue, and sees to it that the rest is looked at in time.
    fn pump(&mut self, number: u32, common: &mut Common, line: &mut impl Line<Kafka>) {
        let now = line.now();
        let Common { plan, asked } = common;
        let queue = &mut self.queues[number as usize];
        let producer = &mut self.all[usize::from(queue.producer)];
        let Some(sender) = plan.sender(producer.id) else { return };
        let urgent = !producer.stuck.is_empty();
        let idempotent = sender.idempotent == Some(true);
        let knows = !idempotent || producer.pid.is_some();
        while knows
            && queue.ready_at(sender, urgent).is_some_and(|ready| ready <= now)
            && queue.has_room(sender)
            && let Some(mut batch) = queue.waiting.pop_front()
        {
            if idempotent && batch.sequence.is_none_or(|(epoch, _)| epoch != queue.epoch) {
                batch.sequence = Some((queue.epoch, queue.next));
                queue.next = queue.next.wrapping_add(batch.len());
            }
            batch.attempts += 1;
            batch.asked = asked.next();
            batch.sent = now;
            let pid = producer.pid.filter(|_| idempotent);
            let request = Request::Produce(Box::new(batch.request(queue.tp, sender, pid)));
            line.ask(client_of_producer(producer.id), batch.asked, request);
            if queue::is_unanswered(sender.config.acks) {
                // Whatever becomes of it, its producer takes it for sent.
                producer.used -= u64::from(batch.bytes);
                confirm(&batch, producer.id, line);
            } else {
                queue.in_flight.push_back(batch);
            }
        }
        let ready = queue.ready_at(sender, urgent).filter(|_| knows && queue.has_room(sender));
        let next = queue.late_at(sender).min(ready.unwrap_or(Time::MAX));
        self.set_timer(2 * number, next);
    }

    fn set_timer(&mut self, number: u32, at: Time) {
        if at < Time::MAX {
            self.set += 1;
            self.timers.set(number, (at.as_nanos(), self.set));
        } else {
            self.timers.clear(number);
        }
    }

    /// There may be room in a producer's buffer.
    fn free(&mut self, id: ProducerId, common: &mut Common, line: &mut impl Line<Kafka>) {
        let now = line.now();
        let Some(room) = common.plan.sender(id).map(|sender| sender.buffer_memory) else { return };
        let place = usize::from(id.0);
        if self.all.get(place).is_none_or(|own| own.stuck.is_empty()) {
            return;
        }
        while let Some((deadline, parcel)) = self.all[place].stuck.front().copied() {
            if self.all[place].used + u64::from(parcel.message.size) <= room {
                self.all[place].stuck.pop_front();
                self.accept(parcel, common, line);
            } else if deadline <= now {
                self.all[place].stuck.pop_front();
                refuse(parcel.message, Refusal::Full, line);
            } else {
                break;
            }
        }
        let next = self.all[place].stuck.front().map(|(deadline, _)| *deadline);
        self.set_timer(2 * u32::from(id.0) + 1, next.unwrap_or(Time::MAX));
        if next.is_none() {
            line.unblock(id);
        }
    }

    /// A batch is not sent again.
    fn give_up(
        &mut self,
        number: u32,
        batch: &Batch,
        why: Refusal,
        common: &mut Common,
        line: &mut impl Line<Kafka>,
    ) {
        let queue = &mut self.queues[number as usize];
        let producer = &mut self.all[usize::from(queue.producer)];
        let Some(sender) = common.plan.sender(producer.id) else { return };
        producer.used -= u64::from(batch.bytes);
        let request = Request::GiveUp(Box::new(batch.request(queue.tp, sender, None)), why);
        if batch.sequence.is_some() {
            queue.renumber();
        }
        common.ask(client_of_producer(producer.id), request, line);
        for sent in &batch.records {
            line.refused(sent.message, why);
        }
    }

    /// The server answers.
    pub(super) fn reply(
        &mut self,
        common: &mut Common,
        producer: ProducerId,
        id: RequestId,
        reply: Reply,
        line: &mut impl Line<Kafka>,
    ) {
        match reply {
            Reply::Produced(tp, _) => {
                let Some(number) = self.queue_of(producer, tp) else { return };
                let Some(batch) = self.queues[number as usize].landed(id) else { return };
                self.all[usize::from(producer.0)].used -= u64::from(batch.bytes);
                confirm(&batch, producer, line);
                self.pump(number, common, line);
                self.free(producer, common, line);
            }
            Reply::Unproduced(tp, error, _) => {
                let Some(number) = self.queue_of(producer, tp) else { return };
                if let Some(batch) = self.queues[number as usize].landed(id) {
                    self.failed(number, batch, error, common, line);
                    self.pump(number, common, line);
                    self.free(producer, common, line);
                }
            }
            Reply::ProducerId(pid, _) => {
                self.producer(producer).pid = Some(pid);
                for number in 0..self.queues.len() {
                    if self.queues[number].producer == producer.0 {
                        self.pump(number as u32, common, line);
                    }
                }
            }
            Reply::Metadata(metadata) => self.learn(producer, &metadata),
            Reply::Done
            | Reply::Topic(_)
            | Reply::Group(_)
            | Reply::Fetched(_)
            | Reply::Unfetched(..)
            | Reply::Offset(..)
            | Reply::Error(_)
            | Reply::Coordinator(_) => {}
        }
    }

    fn queue_of(&self, producer: ProducerId, tp: Tp) -> Option<u32> {
        let own = self.all.get(usize::from(producer.0))?;
        let own = own.destinations.iter().find(|own| own.topic == tp.topic)?;
        own.queues.get(usize::from(tp.partition)).copied()
    }

    /// A batch was answered with an error.
    fn failed(
        &mut self,
        number: u32,
        mut batch: Batch,
        error: Error,
        common: &mut Common,
        line: &mut impl Line<Kafka>,
    ) {
        let now = line.now();
        let queue = &mut self.queues[number as usize];
        let id = self.all[usize::from(queue.producer)].id;
        let Some(sender) = common.plan.sender(id) else { return };
        // A batch before it is sent again: then this one will be in order.
        let before = |own: &Batch| own.sequence.is_some() && own.sequence < batch.sequence;
        let others = queue.waiting.iter().chain(&queue.in_flight).any(before);
        let again = can_retry(error) || (error == Error::OutOfOrderSequence && others);
        let in_time = now < batch.created + sender.config.delivery_timeout;
        let wait = queue::backoff(sender.retry_backoff, batch.attempts);
        if again && in_time && batch.attempts <= sender.config.retries {
            batch.ready = now + wait;
            queue.put_back(batch);
            if matches!(error, Error::Unreachable | Error::NotLeader | Error::UnknownPartition) {
                let topic = queue.tp.topic;
                self.look_up(id, topic, common, line);
            }
            return;
        }
        if error == Error::MessageTooLarge && 1 < batch.records.len() {
            // Each half by itself.
            let (first, second) = batch.records.split_at(batch.records.len() / 2);
            for (half, skipped) in [(second, first.len() as u32), (first, 0)] {
                let number = self.all[usize::from(queue.producer)].batches;
                self.all[usize::from(queue.producer)].batches = number.wrapping_add(1);
                let mut own = Batch { number, attempts: 1, ready: now, ..batch.clone() };
                own.bytes = half.iter().map(|sent| sent.message.size).sum();
                own.records = half.to_vec();
                own.sequence = batch.sequence.map(|(epoch, base)| (epoch, base.wrapping_add(skipped)));
                queue.put_back(own);
            }
            return;
        }
        let why = if again { LATE } else { Refusal::Invalid };
        self.give_up(number, &batch, why, common, line);
    }

    /// Asks for metadata of a topic.
    fn look_up(&mut self, id: ProducerId, topic: TopicId, common: &mut Common, line: &mut impl Line<Kafka>) {
        let producer = self.producer(id);
        if !std::mem::replace(&mut producer.looks, true) {
            common.ask(client_of_producer(id), Request::Metadata(topic), line);
        }
    }

    /// A producer learns what there is of a topic.
    fn learn(&mut self, id: ProducerId, metadata: &Metadata) {
        let producer = self.producer(id);
        producer.looks = false;
        let Some(place) = producer.destinations.iter().position(|own| own.topic == metadata.topic) else {
            return;
        };
        self.grow(id, place, metadata.leaders.len() as u16);
        let own = &mut self.all[usize::from(id.0)].destinations[place];
        own.available = metadata.leaders.iter().map(Option::is_some).collect();
        if own.sticky.partition().is_some_and(|partition| !own.available[usize::from(partition)]) {
            own.sticky = Sticky::default();
        }
    }

    /// The settings of producers have changed.
    pub(super) fn changed(&mut self, common: &mut Common, line: &mut impl Line<Kafka>) {
        self.identify(common, line);
        for number in 0..self.queues.len() {
            self.pump(number as u32, common, line);
        }
        for place in 0..self.all.len() {
            self.free(ProducerId(place as u16), common, line);
        }
    }

    #[inline]
    pub(super) fn due(&self) -> Time {
        let timer = self.timers.first().map_or(Time::MAX, |((at, _), _)| Time::from_nanos(at));
        timer.min(self.refresh)
    }

    pub(super) fn wake(&mut self, common: &mut Common, line: &mut impl Line<Kafka>) {
        let now = line.now();
        while let Some(((at, _), number)) = self.timers.first()
            && at <= now.as_nanos()
        {
            self.timers.clear(number);
            if number % 2 == 0 {
                self.look_after(number / 2, common, line);
            } else {
                self.free(ProducerId((number / 2) as u16), common, line);
            }
        }
        if self.refresh <= now {
            self.refresh = now + METADATA_AGE;
            for place in 0..self.all.len() {
                let topics: Vec<TopicId> = self.all[place].destinations.iter().map(|own| own.topic).collect();
                for topic in topics {
                    common.ask(client_of_producer(ProducerId(place as u16)), Request::Metadata(topic), line);
                }
            }
        }
    }

    /// Something of a queue is due: a batch is old enough, was not answered in time, or is too old.
    fn look_after(&mut self, number: u32, common: &mut Common, line: &mut impl Line<Kafka>) {
        let now = line.now();
        let id = ProducerId(self.queues[number as usize].producer);
        let Some(sender) = common.plan.sender(id) else { return };
        let (delivery, answer) = (sender.config.delivery_timeout, sender.config.request_timeout);
        let is_old = |batch: &Batch| batch.created + delivery <= now;
        let queue = &mut self.queues[number as usize];
        let mut old = Vec::new();
        while queue.in_flight.front().is_some_and(is_old)
            && let Some(batch) = queue.in_flight.pop_front()
        {
            old.push(batch);
        }
        while queue.waiting.front().is_some_and(is_old)
            && let Some(batch) = queue.waiting.pop_front()
        {
            old.push(batch);
        }
        let mut unanswered = Vec::new();
        while queue.in_flight.front().is_some_and(|batch| batch.sent + answer <= now)
            && let Some(batch) = queue.in_flight.pop_front()
        {
            unanswered.push(batch);
        }
        let any = !old.is_empty();
        for batch in old {
            self.give_up(number, &batch, LATE, common, line);
        }
        for batch in unanswered {
            self.failed(number, batch, Error::Unreachable, common, line);
        }
        self.pump(number, common, line);
        if any {
            self.free(id, common, line);
        }
    }
}

/// A message without a body stands for a value that is null.
fn is_tombstone(message: &Message) -> bool {
    message.size == 0
}

/// The records of a batch are stored, as far as was asked for.
fn confirm(batch: &Batch, producer: ProducerId, line: &mut impl Line<Kafka>) {
    for sent in &batch.records {
        line.confirmed(sent.message.id, producer);
    }
}

/// A message goes nowhere, and its producer knows.
fn refuse(message: Message, why: Refusal, line: &mut impl Line<Kafka>) {
    line.record(What::Refused { message: message.id, producer: message.producer, why });
    line.refused(message, why);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_written_in_digits() {
        for key in [0, 7, 10, 409, 65_535] {
            assert_eq!(key_bytes(key, &mut [0; 5]), key.to_string().as_bytes());
        }
    }
}
