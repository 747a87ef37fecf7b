//! Producers: to which partition a message goes, batches, and what is sent again.

use std::collections::VecDeque;
use std::time::Duration;

use super::plan::{Plan, Routing, Sending};
use super::{
    ClientId, Error, Line, Message, More, Name, Parcel, ProducerId, Pulsar, PulsarDriver, Refusal, Reply,
    Request, RequestId, Send, Task, Time, What, client_of_producer,
};
use crate::time::nanos;

use super::super::key::{Text, java_string_hash, key_hash, partition_of};

/// The wait before a producer connects anew, which doubles from one try to the next.
const BACKOFF: Duration = Duration::from_millis(100);
const MAX_BACKOFF: Duration = Duration::from_secs(60);

/// Keyless messages in batches go to the next partition after so many times the delay of a batch.
const SWITCH: u64 = 10;

/// The number of a request that was not made.
const UNASKED: RequestId = RequestId(0);

/// The connection to one partition.
#[derive(Clone, PartialEq, Hash, Debug)]
pub(super) struct Lane {
    pub(super) topic: Name,
    pub(super) state: LaneState,
    tries: u32,
    /// The next sequence id.
    pub(super) sequence: u64,
    /// What is collected: the key, if batches are by key, and the messages.
    batches: Vec<(u16, Vec<Message>)>,
    /// Sent, or to be sent once it is connected; not confirmed.
    pub(super) pending: VecDeque<Sent>,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) enum LaneState {
    Closed,
    Opening(RequestId),
    Open,
}

/// Something that was sent.
#[derive(Clone, PartialEq, Hash, Debug)]
pub(super) struct Sent {
    id: RequestId,
    at: Time,
    send: Send,
}

impl Sent {
    fn messages(&self) -> &[Message] {
        match &self.send.more {
            Some(more) if !more.batch.is_empty() => &more.batch,
            Some(_) | None => std::slice::from_ref(&self.send.message),
        }
    }
}

/// A producer: its own topic's partitions, and those of parts that it answers to.
#[derive(Clone, PartialEq, Hash, Debug)]
pub(super) struct Producer {
    pub(super) lanes: Vec<Lane>,
    /// Whose turn it is, without batches.
    turn: u32,
}

impl Producer {
    pub(super) fn new(sending: &Sending, plan: &Plan) -> Producer {
        let topics = plan.parts.get(sending.to).map(|part| part.topics.clone()).unwrap_or_default();
        Producer { lanes: topics.into_iter().map(Lane::new).collect(), turn: sending.start }
    }

    /// The lane of a topic, which is made if there is none.
    fn lane_of(&mut self, topic: Name) -> usize {
        let known = self.lanes.iter().position(|lane| lane.topic == topic);
        known.unwrap_or_else(|| {
            self.lanes.push(Lane::new(topic));
            self.lanes.len() - 1
        })
    }
}

impl Lane {
    fn new(topic: Name) -> Lane {
        Lane {
            topic,
            state: LaneState::Closed,
            tries: 0,
            sequence: 0,
            batches: Vec::new(),
            pending: VecDeque::new(),
        }
    }
}

fn client(plan: &Plan, producer: u16) -> ClientId {
    client_of_producer(plan.senders[usize::from(producer)].id)
}

impl PulsarDriver {
    /// The partition of a message.
    #[inline]
    pub(super) fn route(&mut self, place: usize, message: &Message, of: u16, now: Time) -> u16 {
        if of == 1 {
            return 0;
        }
        let sending = &self.plan.senders[place];
        if message.key != 0 {
            let mut text = Text::new();
            let _ = std::fmt::Write::write_str(&mut text, "key-");
            text.number(message.key.into());
            let bytes = text.as_bytes();
            let java = || java_string_hash(std::str::from_utf8(bytes).unwrap_or_default());
            return partition_of(if sending.murmur { key_hash(bytes) } else { java() }, of);
        }
        match (sending.routing, sending.batching) {
            (Routing::Single, _) => partition_of(sending.start, of),
            (Routing::RoundRobin, true) => {
                let rounds = now.as_nanos() / (nanos(sending.delay).max(1) * SWITCH);
                ((rounds + u64::from(sending.start)) % u64::from(of)) as u16
            }
            (Routing::RoundRobin, false) => {
                let turn = self.producers[place].turn;
                self.producers[place].turn = turn.wrapping_add(1);
                partition_of(turn & 0x7fff_ffff, of)
            }
        }
    }

    /// An application sends.
    #[inline]
    pub(super) fn sends(&mut self, parcel: Parcel, line: &mut impl Line<Pulsar>) {
        let message = parcel.message;
        let Some(place) = self.plan.sender(message.producer) else {
            return line.refused(message, Refusal::Invalid);
        };
        let now = line.now();
        let Some(lane) = self.lane_for(place, &parcel, now) else {
            line.record(What::Refused {
                message: message.id,
                producer: message.producer,
                why: Refusal::Invalid,
            });
            return line.refused(message, Refusal::Invalid);
        };
        let sending = &self.plan.senders[place];
        if !sending.batching || !sending.deliver_after.is_zero() {
            let deliver_at =
                if sending.deliver_after.is_zero() { Time::ZERO } else { now + sending.deliver_after };
            let more = (deliver_at != Time::ZERO)
                .then(|| Box::new(More { batch: Vec::new(), deliver_at, ordering_key: 0, reconsumed: 0 }));
            return self.transmit(place as u16, lane, message, more, line);
        }
        self.collect(place, lane, message, line);
    }

    /// The lane of a parcel.
    #[inline]
    pub(super) fn lane_for(&mut self, place: usize, parcel: &Parcel, now: Time) -> Option<u16> {
        let usual = self.plan.senders[place].to;
        let to = parcel.to.map_or(usual, usize::from);
        let of = self.plan.parts.get(to)?.topics.len() as u16;
        let partition = self.route(place, &parcel.message, of, now);
        if to == usual {
            return Some(partition);
        }
        let topic = *self.plan.parts.get(to)?.topics.get(usize::from(partition))?;
        Some(self.producers[place].lane_of(topic) as u16)
    }

    /// Puts a message into a batch.
    fn collect(&mut self, place: usize, lane: u16, message: Message, line: &mut impl Line<Pulsar>) {
        let sending = &self.plan.senders[place];
        let key = if sending.by_key { message.key } else { 0 };
        let (most, most_bytes, delay) = (sending.most as usize, sending.most_bytes, sending.delay);
        let own = &mut self.producers[place].lanes[usize::from(lane)];
        let is_first = own.batches.is_empty();
        match own.batches.iter_mut().find(|(own, _)| *own == key) {
            Some((_, messages)) => messages.push(message),
            None => own.batches.push((key, vec![message])),
        }
        let count: usize = own.batches.iter().map(|(_, messages)| messages.len()).sum();
        let sizes = own.batches.iter().flat_map(|(_, messages)| messages);
        // Only where it could be too much.
        let full = most <= count
            || most_bytes <= u64::from(message.size).saturating_mul(count as u64)
                && most_bytes <= sizes.map(|message| u64::from(message.size)).sum();
        if full {
            self.flush(place as u16, lane, line);
        } else if is_first {
            self.tasks.push(line.now() + delay, Task::Flush(place as u16, lane));
        }
    }

    /// Sends what is collected.
    pub(super) fn flush(&mut self, place: u16, lane: u16, line: &mut impl Line<Pulsar>) {
        let own =
            self.producers.get_mut(usize::from(place)).and_then(|own| own.lanes.get_mut(usize::from(lane)));
        let Some(own) = own else { return };
        for (_, messages) in std::mem::take(&mut own.batches) {
            let Some(first) = messages.first().copied() else { continue };
            let more = (1 < messages.len()).then(|| {
                let (deliver_at, ordering_key, reconsumed) = (Time::ZERO, 0, 0);
                Box::new(More { batch: messages, deliver_at, ordering_key, reconsumed })
            });
            self.transmit(place, lane, first, more, line);
        }
    }

    /// Sends a message or a batch, once its partition is connected.
    #[inline]
    pub(super) fn transmit(
        &mut self,
        place: u16,
        lane: u16,
        message: Message,
        more: Option<Box<More>>,
        line: &mut impl Line<Pulsar>,
    ) {
        let (client, id, producer) =
            (client(&self.plan, place), self.next_id(), self.plan.senders[usize::from(place)].name);
        let timeout = self.plan.senders[usize::from(place)].timeout;
        let own = &mut self.producers[usize::from(place)].lanes[usize::from(lane)];
        let count = more.as_ref().map_or(1, |more| more.batch.len().max(1)) as u64;
        own.sequence += count;
        let send = Send { topic: own.topic, producer, sequence: own.sequence - 1, message, more };
        let is_open = own.state == LaneState::Open;
        if is_open {
            line.ask(client, id, Request::Send(send.clone()));
        }
        let was_empty = own.pending.is_empty();
        own.pending.push_back(Sent { id: if is_open { id } else { UNASKED }, at: line.now(), send });
        if !is_open {
            if was_empty && !timeout.is_zero() {
                self.tasks.push(line.now() + timeout, Task::SendTimeout(place));
            }
            self.connect(place, lane, line);
        }
    }

    /// Asks to be connected to a partition.
    pub(super) fn connect(&mut self, place: u16, lane: u16, line: &mut impl Line<Pulsar>) {
        let (client, id) = (client(&self.plan, place), self.next_id());
        let own =
            self.producers.get_mut(usize::from(place)).and_then(|own| own.lanes.get_mut(usize::from(lane)));
        let Some(own) = own.filter(|own| own.state == LaneState::Closed) else { return };
        own.state = LaneState::Opening(id);
        line.ask(client, id, Request::Producer(own.topic));
    }

    /// The broker has disconnected a producer from a topic.
    pub(super) fn disconnected(&mut self, producer: ProducerId, topic: Name, line: &mut impl Line<Pulsar>) {
        let Some(place) = self.plan.sender(producer) else { return };
        let lanes = &mut self.producers[place].lanes;
        let Some(lane) = lanes.iter().position(|lane| lane.topic == topic) else { return };
        self.try_later(place as u16, lane as u16, line);
    }

    fn try_later(&mut self, place: u16, lane: u16, line: &mut impl Line<Pulsar>) {
        let own = &mut self.producers[usize::from(place)].lanes[usize::from(lane)];
        let wait = BACKOFF.saturating_mul(1 << own.tries.min(10)).min(MAX_BACKOFF);
        own.tries += 1;
        self.tasks.push(line.now() + wait, Task::Connect(place, lane));
        own.state = LaneState::Closed;
    }

    /// All connections are new: what was not confirmed is sent again, since nobody knows whether it was stored.
    pub(super) fn reconnect(&mut self, place: u16, line: &mut impl Line<Pulsar>) {
        let timeout = self.plan.senders[usize::from(place)].timeout;
        for lane in 0..self.producers[usize::from(place)].lanes.len() {
            let own = &mut self.producers[usize::from(place)].lanes[lane];
            (own.state, own.tries) = (LaneState::Closed, 0);
            for sent in own.pending.iter_mut().filter(|sent| sent.id != UNASKED) {
                sent.id = UNASKED;
                for message in sent.messages() {
                    let (message, producer) = (message.id, message.producer);
                    line.record(What::Resent { message, producer, attempt: 2, refused: false });
                }
            }
            if !own.batches.is_empty() {
                self.tasks.push(line.now(), Task::Flush(place, lane as u16));
            }
            if let Some(first) = own.pending.front().filter(|_| !timeout.is_zero()) {
                self.tasks.push((first.at + timeout).max(line.now()), Task::SendTimeout(place));
            }
            self.connect(place, lane as u16, line);
        }
    }

    /// A producer is answered.
    pub(super) fn answered(
        &mut self,
        producer: ProducerId,
        id: RequestId,
        reply: Reply,
        line: &mut impl Line<Pulsar>,
    ) {
        let Some(place) = self.plan.sender(producer) else { return };
        for lane in 0..self.producers[place].lanes.len() {
            let own = &mut self.producers[place].lanes[lane];
            if own.state == LaneState::Opening(id) {
                return self.opened(place as u16, lane as u16, reply, line);
            }
            // Answers come in the order of sending: it is nearly always the first.
            let Some(index) = own.pending.iter().position(|sent| sent.id == id) else { continue };
            if reply == Reply::Error(Error::ProducerNotConnected) {
                // It came too late for a connection that the broker had closed: it waits for a new one.
                own.pending[index].id = UNASKED;
                if own.state == LaneState::Open {
                    self.try_later(place as u16, lane as u16, line);
                }
                return self.arm_timeout(place as u16, line);
            }
            let Some(sent) = own.pending.remove(index) else { return };
            for message in sent.messages() {
                match reply {
                    Reply::Error(_) => line.refused(*message, Refusal::Invalid),
                    Reply::Ok
                    | Reply::Receipt { .. }
                    | Reply::Duplicate
                    | Reply::Acked(_)
                    | Reply::Subscribed(_) => {
                        line.confirmed(message.id, message.producer);
                    }
                }
            }
            return;
        }
    }

    fn arm_timeout(&mut self, place: u16, line: &mut impl Line<Pulsar>) {
        let timeout = self.plan.senders[usize::from(place)].timeout;
        let lanes = &self.producers[usize::from(place)].lanes;
        let waiting = lanes.iter().filter(|lane| lane.state != LaneState::Open);
        let first = waiting.flat_map(|lane| lane.pending.iter().map(|sent| sent.at)).min();
        if let Some(first) = first.filter(|_| !timeout.is_zero()) {
            self.tasks.push((first + timeout).max(line.now()), Task::SendTimeout(place));
        }
    }

    /// The broker has not stored what it was given by a call: it is as if that had been sent across the network.
    #[cold]
    pub(super) fn refused_at_once(
        &mut self,
        place: u16,
        lane: u16,
        (id, sequence, message): (RequestId, u64, Message),
        reply: Reply,
        line: &mut impl Line<Pulsar>,
    ) {
        let producer = self.plan.senders[usize::from(place)].name;
        let own = &mut self.producers[usize::from(place)].lanes[usize::from(lane)];
        let send = Send { topic: own.topic, producer, sequence, message, more: None };
        own.pending.push_back(Sent { id, at: line.now(), send });
        self.answered(message.producer, id, reply, line);
    }

    /// Whether a partition is connected.
    fn opened(&mut self, place: u16, lane: u16, reply: Reply, line: &mut impl Line<Pulsar>) {
        let client = client(&self.plan, place);
        let own = &mut self.producers[usize::from(place)].lanes[usize::from(lane)];
        match reply {
            Reply::Error(error) => {
                if error == Error::ProducerBlockedQuotaExceededException {
                    own.pending.retain(|sent| {
                        if sent.id == UNASKED {
                            fail(sent, Refusal::Full, line);
                        }
                        sent.id != UNASKED
                    });
                }
                self.try_later(place, lane, line);
                self.arm_timeout(place, line);
            }
            Reply::Ok | Reply::Receipt { .. } | Reply::Duplicate | Reply::Acked(_) | Reply::Subscribed(_) => {
                (own.state, own.tries) = (LaneState::Open, 0);
                for place in 0..own.pending.len() {
                    self.asked = self.asked.wrapping_add(1);
                    own.pending[place].id = RequestId(self.asked);
                    line.ask(client, RequestId(self.asked), Request::Send(own.pending[place].send.clone()));
                }
            }
        }
    }

    /// `sendTimeout`: what has waited for a connection for so long fails.
    pub(super) fn time_out(&mut self, place: u16, line: &mut impl Line<Pulsar>) {
        let Some(sending) = self.plan.senders.get(usize::from(place)) else { return };
        let timeout = sending.timeout;
        let mut next: Option<Time> = None;
        for lane in &mut self.producers[usize::from(place)].lanes {
            if lane.state == LaneState::Open {
                continue;
            }
            while let Some(first) = lane.pending.front().filter(|sent| sent.id == UNASKED) {
                if line.now() < first.at + timeout {
                    next = Some(next.map_or(first.at + timeout, |next| next.min(first.at + timeout)));
                    break;
                }
                if let Some(sent) = lane.pending.pop_front() {
                    fail(&sent, Refusal::Unreachable, line);
                }
            }
        }
        if let Some(next) = next {
            self.tasks.push(next, Task::SendTimeout(place));
        }
    }
}

/// Something was not sent, and is not going to be.
fn fail(sent: &Sent, why: Refusal, line: &mut impl Line<Pulsar>) {
    for message in sent.messages() {
        line.record(What::Refused { message: message.id, producer: message.producer, why });
        line.refused(*message, why);
    }
}
