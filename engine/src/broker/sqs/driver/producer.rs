//! A producer's side: one call a message, or batches; and what a throttled call leads to.
//!
//! A call that is throttled is made again after a pause at random, up to a second after the first try, up to two after
//! the second, up to 20 at most: the standard retry mode of the SDKs. From then on one call is made after the other,
//! until nothing waits any more, so that the order within a group is kept.

use std::collections::VecDeque;
use std::time::Duration;

use crate::broker::driver::{Direct, Line, Parcel, client_of_producer};
use crate::broker::server::Outlet;
use crate::broker::topology::Topology;
use crate::id::{ProducerId, RequestId};
use crate::journal::{Refusal, What};
use crate::message::Message;
use crate::time::Time;

use super::super::api::{Code, Fault, GroupId, QueueUrl, Reply, Request, SendEntry, SentMessage};
use super::super::server::Sqs;
use super::declare::{self, Address, Known, Parts};
use super::{Timer, Wire, whole};

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Grouping {
    /// The key on a FIFO queue, none on a standard one.
    Usual,
    Key,
    One,
}

const GROUPINGS: &[(&str, Grouping)] =
    &[("unset", Grouping::Usual), ("key", Grouping::Key), ("one", Grouping::One)];

/// A message, and the place of the part to which it goes.
type Item = (Message, u16);

/// What is under way in one call; all of a batch goes to one part.
#[derive(Clone, PartialEq, Hash, Debug)]
enum Sending {
    One(Item),
    Batch(Vec<Item>),
}

/// One that sends.
#[derive(Clone, PartialEq, Hash, Debug)]
pub(super) struct Producer {
    place: u16,
    id: ProducerId,
    /// The place of the part to which it sends.
    to: u16,
    batch: u32,
    linger: Duration,
    grouping: Grouping,
    delay_seconds: Option<u32>,
    max_attempts: u32,
    /// Calls that are not answered yet, the first to be answered first.
    asked: VecDeque<(RequestId, Sending)>,
    /// A batch that is not full yet.
    gathered: Vec<Item>,
    /// What was throttled.
    throttled: VecDeque<Item>,
    /// What came after that, or before there was an address.
    waiting: VecDeque<Item>,
    recovery: Recovery,
}

/// How it goes about what was throttled.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Recovery {
    /// Nothing was.
    None,
    /// One call after the other, the present one for the how-manieth time.
    Trying(u32),
    /// It waits before the next try; so many were made.
    Pausing(u32),
}

impl Producer {
    pub(super) fn new(place: usize, topology: &Topology) -> Producer {
        let mut producer = Producer {
            place: place as u16,
            id: topology.senders.get(place).map_or(ProducerId(place as u16), |sender| sender.id),
            to: u16::MAX,
            batch: 1,
            linger: Duration::ZERO,
            grouping: Grouping::Usual,
            delay_seconds: None,
            max_attempts: 1,
            asked: VecDeque::new(),
            gathered: Vec::new(),
            throttled: VecDeque::new(),
            waiting: VecDeque::new(),
            recovery: Recovery::None,
        };
        producer.configure(topology);
        producer
    }

    pub(super) fn configure(&mut self, topology: &Topology) {
        let Some(sender) = topology.senders.get(usize::from(self.place)) else { return };
        let sheet = &sender.settings;
        self.to = declare::place(topology, &sender.to).unwrap_or(u16::MAX);
        self.batch = whole(sheet.get("maxBatchSize")).unwrap_or(1);
        self.linger = Duration::from_millis(whole(sheet.get("sendRequestFrequency")).unwrap_or(200).into());
        self.grouping = sheet.choice("MessageGroupId", GROUPINGS);
        self.delay_seconds = whole(sheet.get("DelaySeconds"));
        self.max_attempts = whole(sheet.get("max_attempts")).unwrap_or(3);
    }

    #[inline]
    pub(super) fn send(&mut self, parcel: Parcel, parts: &Parts, wire: &mut Wire, line: &mut impl Line<Sqs>) {
        self.send_to((parcel.message, parcel.to.unwrap_or(self.to)), parts, wire, line);
    }

    /// Sends at once, if nothing comes between the call and its answer.
    #[inline]
    pub(super) fn send_at_once(
        &mut self,
        parcel: &Parcel,
        parts: &Parts,
        server: &mut Sqs,
        line: &mut impl Direct<Sqs>,
    ) -> bool {
        let to = parcel.to.unwrap_or(self.to);
        let Some((queue, known)) = self.is_free_for(to, parts) else { return false };
        let entry = self.entry(parcel.message, known);
        let done =
            server.answers_at_once(queue.0, Outlet::now(line)) && server.send_at_once(queue.0, &entry, line);
        if done {
            line.confirmed(parcel.message.id, self.id);
        }
        done
    }

    /// A queue, if a message can be sent there by itself now.
    #[inline]
    fn is_free_for<'a>(&self, to: u16, parts: &'a Parts) -> Option<(QueueUrl, &'a Known)> {
        let free = self.batch <= 1 && self.recovery == Recovery::None && self.gathered.is_empty();
        let (queue, known) = (parts.queue(to)?, parts.get(to)?);
        (free && parts.are_known()).then_some((queue, known))
    }

    #[inline]
    fn send_to(&mut self, item: Item, parts: &Parts, wire: &mut Wire, line: &mut impl Line<Sqs>) {
        if let Some((queue, known)) = self.is_free_for(item.1, parts) {
            let entry = self.entry(item.0, known);
            let id = wire.ask(client_of_producer(self.id), Request::SendMessage { queue, entry }, line);
            self.asked.push_back((id, Sending::One(item)));
        } else {
            self.send_at_length(item, parts, wire, line);
        }
    }

    #[inline(never)]
    fn send_at_length(&mut self, item: Item, parts: &Parts, wire: &mut Wire, line: &mut impl Line<Sqs>) {
        if !parts.are_known() || self.recovery != Recovery::None {
            self.waiting.push_back(item);
        } else if self.batch <= 1 && self.gathered.is_empty() {
            self.ask(Sending::One(item), parts, wire, line);
        } else {
            self.gather(item, parts, wire, line);
        }
    }

    fn gather(&mut self, item: Item, parts: &Parts, wire: &mut Wire, line: &mut impl Line<Sqs>) {
        if self.gathered.first().is_some_and(|first| first.1 != item.1) {
            self.send_batch(parts, wire, line);
        }
        if self.gathered.is_empty() {
            wire.set_timer(Timer::Batch(self.place), line.now() + self.linger);
        }
        self.gathered.push(item);
        if self.batch <= self.gathered.len() as u32 {
            self.send_batch(parts, wire, line);
        }
    }

    fn send_batch(&mut self, parts: &Parts, wire: &mut Wire, line: &mut impl Line<Sqs>) {
        wire.clear_timer(Timer::Batch(self.place));
        let batch = std::mem::take(&mut self.gathered);
        if !batch.is_empty() {
            self.ask(Sending::Batch(batch), parts, wire, line);
        }
    }

    #[inline(never)]
    fn ask(&mut self, sending: Sending, parts: &Parts, wire: &mut Wire, line: &mut impl Line<Sqs>) {
        let to = match &sending {
            Sending::One((_, to)) => *to,
            Sending::Batch(all) => all.first().map_or(self.to, |first| first.1),
        };
        let (Some(known), Some(address)) = (parts.get(to), parts.address(to)) else { return };
        let entry = |(message, _): &Item| self.entry(*message, known);
        let request = match (&sending, address) {
            (Sending::One(item), Address::Queue(queue)) => Request::SendMessage { queue, entry: entry(item) },
            (Sending::One(item), Address::Topic(topic)) => Request::Publish { topic, entry: entry(item) },
            (Sending::Batch(all), Address::Queue(queue)) => {
                Request::SendMessageBatch { queue, entries: all.iter().map(entry).collect() }
            }
            (Sending::Batch(all), Address::Topic(topic)) => {
                Request::PublishBatch { topic, entries: all.iter().map(entry).collect() }
            }
        };
        let client = client_of_producer(self.id);
        let id = wire.ask(client, request, line);
        self.asked.push_back((id, sending));
    }

    #[inline]
    fn entry(&self, message: Message, known: &Known) -> SendEntry {
        let by_key = Some(GroupId(message.key.into()));
        let group = match self.grouping {
            Grouping::Usual if !known.fifo => None,
            Grouping::Usual | Grouping::Key => by_key,
            Grouping::One => Some(GroupId(0)),
        };
        // Every message has a body and an id of its own, which it keeps when it is sent again.
        let dedup = (known.fifo && !known.content_based).then_some(message.id.0);
        let delay_seconds = self.delay_seconds.filter(|_| !known.fifo);
        SendEntry { message, body: message.id.0, delay_seconds, group, dedup }
    }

    #[inline]
    pub(super) fn answered(
        &mut self,
        id: RequestId,
        reply: Reply,
        parts: &Parts,
        wire: &mut Wire,
        line: &mut impl Line<Sqs>,
    ) {
        // Nearly always it is the call that was made first, and went well.
        if let Some((first, Sending::One((message, _)))) = self.asked.front()
            && *first == id
            && let Reply::Sent(_) = reply
            && self.recovery == Recovery::None
        {
            line.confirmed(message.id, self.id);
            self.asked.pop_front();
            return;
        }
        self.answered_at_length(id, reply, parts, wire, line);
    }

    #[inline(never)]
    fn answered_at_length(
        &mut self,
        id: RequestId,
        reply: Reply,
        parts: &Parts,
        wire: &mut Wire,
        line: &mut impl Line<Sqs>,
    ) {
        let Some(place) = self.asked.iter().position(|(own, _)| *own == id) else { return };
        let Some((_, sending)) = self.asked.remove(place) else { return };
        let mut throttled = VecDeque::new();
        let mut outcome = |item: Item, outcome: Result<SentMessage, Fault>| match outcome {
            Ok(_) => line.confirmed(item.0.id, self.id),
            Err(fault) if fault.code == Code::RequestThrottled => throttled.push_back(item),
            Err(_) => line.refused(item.0, Refusal::Invalid),
        };
        match (sending, reply) {
            (Sending::One(item), Reply::Sent(sent)) => outcome(item, Ok(sent)),
            (Sending::One(item), Reply::Failed(fault)) => outcome(item, Err(fault)),
            (Sending::Batch(all), Reply::SentBatch(outcomes)) => {
                all.into_iter().zip(outcomes).for_each(|(item, own)| outcome(item, own));
            }
            (Sending::Batch(all), Reply::Failed(fault)) => {
                all.into_iter().for_each(|item| outcome(item, Err(fault)));
            }
            _ => {}
        }
        if throttled.is_empty() && self.recovery == Recovery::None {
            return;
        }
        self.recover(throttled, wire, line);
        self.go_on(parts, wire, line);
    }

    /// Takes back what was throttled in a call, to be tried again.
    fn recover(&mut self, mut throttled: VecDeque<Item>, wire: &mut Wire, line: &mut impl Line<Sqs>) {
        match self.recovery {
            Recovery::Trying(_) if throttled.is_empty() => self.recovery = Recovery::Trying(0),
            Recovery::Trying(tries) if self.max_attempts <= tries => {
                self.recovery = Recovery::Trying(0);
                self.give_up(throttled, line);
            }
            Recovery::Trying(tries) => {
                throttled.append(&mut self.throttled);
                self.throttled = throttled;
                self.pause(tries, wire, line);
            }
            Recovery::None if self.max_attempts <= 1 => self.give_up(throttled, line),
            Recovery::None => {
                self.throttled = throttled;
                self.pause(1, wire, line);
            }
            // Calls that were under way when the first was throttled.
            Recovery::Pausing(_) => self.throttled.append(&mut throttled),
        }
    }

    fn pause(&mut self, tries: u32, wire: &mut Wire, line: &mut impl Line<Sqs>) {
        self.recovery = Recovery::Pausing(tries);
        let most = (1_u32 << (tries.max(1) - 1).min(5)).min(20);
        let pause = wire.random.uniform() * f64::from(most);
        let until = Time::from_secs_f64(line.now().as_secs_f64() + pause);
        wire.set_timer(Timer::Retry(self.place), until.max(line.now()));
    }

    fn give_up(&mut self, throttled: VecDeque<Item>, line: &mut impl Line<Sqs>) {
        for (message, _) in throttled {
            let (id, why) = (message.id, Refusal::Throttled);
            line.record(What::Refused { message: id, producer: self.id, why });
            line.refused(message, why);
        }
    }

    /// Sends what waits: all of it at once, or in recovery the next call once none is under way.
    pub(super) fn go_on(&mut self, parts: &Parts, wire: &mut Wire, line: &mut impl Line<Sqs>) {
        if !parts.are_known() {
            return;
        }
        match self.recovery {
            Recovery::None => {
                for item in std::mem::take(&mut self.waiting) {
                    self.send_to(item, parts, wire, line);
                }
            }
            Recovery::Trying(tries) if self.asked.is_empty() => self.try_next(tries, parts, wire, line),
            Recovery::Trying(_) | Recovery::Pausing(_) => {}
        }
    }

    fn try_next(&mut self, tries: u32, parts: &Parts, wire: &mut Wire, line: &mut impl Line<Sqs>) {
        let mut batch: Vec<Item> = Vec::new();
        while (batch.len() as u32) < self.batch.max(1)
            && let Some((message, to)) = self.throttled.front().or(self.waiting.front()).copied()
            && batch.first().is_none_or(|first| first.1 == to)
        {
            let taken = self.throttled.pop_front().or_else(|| self.waiting.pop_front());
            debug_assert_eq!(taken, Some((message, to)));
            batch.push((message, to));
        }
        let sending = match batch[..] {
            [] => {
                self.recovery = Recovery::None;
                return;
            }
            [item] => Sending::One(item),
            _ => Sending::Batch(batch),
        };
        self.recovery = Recovery::Trying(tries + 1);
        self.ask(sending, parts, wire, line);
    }

    pub(super) fn woken(&mut self, timer: Timer, parts: &Parts, wire: &mut Wire, line: &mut impl Line<Sqs>) {
        match timer {
            Timer::Batch(_) => self.send_batch(parts, wire, line),
            Timer::Retry(_) => {
                if let Recovery::Pausing(tries) = self.recovery {
                    self.recovery = Recovery::Trying(tries);
                    self.go_on(parts, wire, line);
                }
            }
            Timer::Poll(_) | Timer::Deletes(_) | Timer::Heartbeat(_) => {}
        }
    }

    /// After a restart nothing that was asked is answered any more.
    pub(super) fn forget_asked(&mut self) {
        self.asked.clear();
        if let Recovery::Trying(_) = self.recovery {
            self.recovery = Recovery::Trying(0);
        }
    }
}
