//! A producer's side: batches, flow control, retries, and ordering keys that pause.
//!
//! ```text
//! publish --> flow control --> batch of its key --full, or old enough--> Publish --> confirmed
//!                                                    ^                     |
//!                                                    +---- a pause <-------+-- UNAVAILABLE, DEADLINE_EXCEEDED
//!                                                                          +-- failed for good: its key is paused
//! ```
//!
//! Of an ordering key only one `Publish` is under way, so that a retry overtakes nothing. After one has failed for good,
//! whatever else of that key is published fails too, until the application resumes it. A retry after 0.1 s, then four
//! times as long up to a minute; without an ordering key the library gives up after ten minutes. When no answer came
//! the messages may be there already: then they are there twice.

use std::collections::VecDeque;

use crate::broker::driver::{Direct, Line, Parcel, client_of_producer};
use crate::broker::server::Outlet;
use crate::broker::topology::Topology;
use crate::id::{ProducerId, RequestId};
use crate::journal::{Refusal, What};
use crate::mechanism::sorted::Sorted;
use crate::message::Message;
use crate::time::Time;

use super::super::api::{Code, Fault, PubsubMessage, Reply, Request};
use super::super::at_once::Then;
use super::super::message::later;
use super::super::service::PubSub;
use super::declare::Parts;
use super::settings::{Exceeded, Settings};
use super::{Timer, Wire};

/// The first pause before a retry, and the longest, in nanoseconds.
const FIRST_PAUSE: u64 = 100_000_000;
const LONGEST_PAUSE: u64 = 60_000_000_000;
/// For how long a publish without an ordering key is tried, in nanoseconds.
const PATIENCE: u64 = 600_000_000_000;

/// The place of the part to which messages go, and their ordering key.
type Way = (u16, u16);

/// Messages that are published together: most often one, which needs no memory of its own.
#[derive(Clone, PartialEq, Hash, Debug)]
enum Batch {
    One(Message),
    Many(Vec<Message>),
}

impl Batch {
    fn all(&self) -> &[Message] {
        match self {
            Batch::One(message) => std::slice::from_ref(message),
            Batch::Many(all) => all,
        }
    }
}

/// A publish under way, or to be tried again.
#[derive(Clone, PartialEq, Hash, Debug)]
struct Sending {
    way: Way,
    batch: Batch,
    /// How often it was tried.
    tries: u16,
    /// When it was tried first.
    first: Time,
    /// Whether it may be there already.
    may_be_there: bool,
}

/// What is published on one way.
#[derive(Clone, PartialEq, Hash, Debug, Default)]
struct Lane {
    /// A batch that is not full yet, and its size in bytes.
    gathered: Vec<Message>,
    bytes: u64,
    /// Which batch that is, of all there ever were.
    serial: u64,
    /// Batches that wait for the one that is under way. Only with an ordering key.
    ready: VecDeque<Batch>,
    is_under_way: bool,
    is_paused: bool,
}

/// One that publishes.
#[derive(Clone, PartialEq, Hash, Debug)]
pub(super) struct Publisher {
    place: u16,
    pub(super) id: ProducerId,
    settings: Settings,
    lanes: Sorted<Way, Lane>,
    /// When batches are old enough, in order: the way of each, and which of its batches.
    lingering: VecDeque<(Time, Way, u64)>,
    serial: u64,
    /// Calls that are not answered yet, the first to be answered first.
    asked: VecDeque<(RequestId, Sending)>,
    /// What is tried again, in order of time.
    retries: Vec<(Time, Sending)>,
    /// Ways that are paused, by when they are resumed.
    paused: VecDeque<(Time, Way)>,
    /// What came before there was a topic.
    early: VecDeque<(Message, u16)>,
    /// What flow control has no room for.
    kept: VecDeque<(Message, u16)>,
    is_blocked: bool,
    /// What is published and not confirmed: how many, and how many bytes.
    outstanding: u32,
    bytes: u64,
}

impl Publisher {
    pub(super) fn new(place: usize, topology: &Topology) -> Publisher {
        let place_u16 = place as u16;
        Publisher {
            place: place_u16,
            id: topology.senders.get(place).map_or(ProducerId(place_u16), |sender| sender.id),
            settings: Settings::new(place_u16, topology),
            lanes: Sorted::default(),
            lingering: VecDeque::new(),
            serial: 0,
            asked: VecDeque::new(),
            retries: Vec::new(),
            paused: VecDeque::new(),
            early: VecDeque::new(),
            kept: VecDeque::new(),
            is_blocked: false,
            outstanding: 0,
            bytes: 0,
        }
    }

    pub(super) fn configure(&mut self, topology: &Topology) {
        self.settings = Settings::new(self.place, topology);
    }

    /// After a change of settings: batches that are gathered go, and what was kept may have room.
    pub(super) fn adapt(&mut self, parts: &Parts, wire: &mut Wire, line: &mut impl Line<PubSub>) {
        while let Some((_, way, serial)) = self.lingering.pop_front() {
            self.commit_if(way, serial, parts, wire, line);
        }
        wire.clear_timer(Timer::Batch(self.place));
        if self.settings.resumes_after == Some(0) {
            self.resume(Time::MAX, wire);
        }
        self.let_in(parts, wire, line);
    }

    /// There are topics now, or there is a connection again.
    pub(super) fn begin(&mut self, parts: &Parts, wire: &mut Wire, line: &mut impl Line<PubSub>) {
        for item in std::mem::take(&mut self.early) {
            self.publish(item, parts, wire, line);
        }
    }

    pub(super) fn send(
        &mut self,
        parcel: &Parcel,
        parts: &Parts,
        wire: &mut Wire,
        line: &mut impl Line<PubSub>,
    ) {
        let item = (parcel.message, parcel.to.unwrap_or(self.settings.to));
        if parts.are_known() {
            self.publish(item, parts, wire, line);
        } else {
            self.early.push_back(item);
        }
    }

    /// Publishes at once, if nothing comes between the call and its answer. What is handed back is confirmed by whoever
    /// brings it to its subscriber, who hears of it before.
    #[inline]
    pub(super) fn send_at_once(
        &mut self,
        parcel: &Parcel,
        parts: &Parts,
        wire: &mut Wire,
        server: &mut PubSub,
        line: &mut impl Direct<PubSub>,
    ) -> Option<Then> {
        let settings = &self.settings;
        let is_alone = settings.max_messages <= 1 || settings.max_latency == 0;
        let is_free =
            self.outstanding == 0 && self.kept.is_empty() && self.paused.is_empty() && !self.is_blocked;
        if !is_alone || !is_free || !parts.are_known() || !server.is_quiet(Outlet::now(line)) {
            return None;
        }
        let (message, to) = (parcel.message, parcel.to.unwrap_or(settings.to));
        let way = (to, settings.key(&message));
        let topic = parts.topic(to)?;
        let own = PubsubMessage { message, ordering_key: way.1 };
        let published = server.publish_at_once(topic, &own, line)?;
        let id = wire.next_id();
        match published.then {
            Then::Handed(..) => {}
            Then::Stored => line.confirmed(message.id, self.id),
            Then::Pushed => self.awaits(id, way, &message, published.number, line),
        }
        Some(published.then)
    }

    /// The answer to a call comes after what was pushed.
    #[inline(never)]
    fn awaits(
        &mut self,
        id: RequestId,
        way: Way,
        message: &Message,
        number: u64,
        line: &mut impl Direct<PubSub>,
    ) {
        self.hold(message);
        self.lanes.entry(way, Lane::default).is_under_way = way.1 != 0;
        let sending = Sending {
            way,
            batch: Batch::One(*message),
            tries: 1,
            first: Outlet::now(line),
            may_be_there: false,
        };
        self.asked.push_back((id, sending));
        line.reply(client_of_producer(self.id), id, Reply::Published(number));
    }

    fn hold(&mut self, message: &Message) {
        self.outstanding += 1;
        self.bytes += u64::from(message.size);
    }

    fn let_go(&mut self, message: &Message) {
        self.outstanding -= 1;
        self.bytes -= u64::from(message.size);
    }

    /// Whether flow control has room. A message that is too large by itself waits for nothing.
    fn has_room(&self, message: &Message) -> bool {
        let bytes = self.bytes + u64::from(message.size);
        self.outstanding == 0
            || self.outstanding < self.settings.message_limit && bytes <= self.settings.byte_limit
    }

    fn publish(
        &mut self,
        item: (Message, u16),
        parts: &Parts,
        wire: &mut Wire,
        line: &mut impl Line<PubSub>,
    ) {
        let has_room = self.has_room(&item.0);
        match self.settings.exceeded {
            Exceeded::Block if !has_room || !self.kept.is_empty() => {
                self.kept.push_back(item);
                if !self.is_blocked {
                    self.is_blocked = true;
                    line.block(self.id);
                }
            }
            Exceeded::Error if !has_room => self.refuse(item.0, Refusal::Full, line),
            Exceeded::Ignore | Exceeded::Block | Exceeded::Error => self.gather(item, parts, wire, line),
        }
    }

    /// Nothing comes of a message that the service has not been asked to publish.
    fn refuse(&self, message: Message, why: Refusal, line: &mut impl Line<PubSub>) {
        line.record(What::Refused { message: message.id, producer: self.id, why });
        line.refused(message, why);
    }

    /// Puts a message into the batch of its way.
    fn gather(
        &mut self,
        (message, to): (Message, u16),
        parts: &Parts,
        wire: &mut Wire,
        line: &mut impl Line<PubSub>,
    ) {
        let (settings, size) = (self.settings, u64::from(message.size));
        let way = (to, settings.key(&message));
        let lane = self.lanes.entry(way, Lane::default);
        if lane.is_paused {
            return self.refuse(message, Refusal::Invalid, line);
        }
        if !lane.gathered.is_empty() && settings.max_bytes < lane.bytes + size {
            self.commit(way, parts, wire, line);
        }
        self.hold(&message);
        let lane = self.lanes.entry(way, Lane::default);
        lane.gathered.push(message);
        lane.bytes += size;
        let is_full = settings.max_messages as usize <= lane.gathered.len()
            || settings.max_bytes <= lane.bytes
            || settings.max_latency == 0;
        if is_full {
            self.commit(way, parts, wire, line);
        } else if lane.gathered.len() == 1 {
            self.serial += 1;
            lane.serial = self.serial;
            let until = later(line.now(), settings.max_latency);
            if self.lingering.is_empty() {
                wire.set_timer(Timer::Batch(self.place), until);
            }
            self.lingering.push_back((until, way, self.serial));
        }
    }

    fn commit_if(
        &mut self,
        way: Way,
        serial: u64,
        parts: &Parts,
        wire: &mut Wire,
        line: &mut impl Line<PubSub>,
    ) {
        let lane = self.lanes.get(&way);
        if lane.is_some_and(|lane| lane.serial == serial && !lane.gathered.is_empty()) {
            self.commit(way, parts, wire, line);
        }
    }

    /// A batch is complete: it is published, after those of its key.
    fn commit(&mut self, way: Way, parts: &Parts, wire: &mut Wire, line: &mut impl Line<PubSub>) {
        let lane = self.lanes.entry(way, Lane::default);
        lane.bytes = 0;
        let batch = match lane.gathered[..] {
            [] => return,
            [message] => {
                lane.gathered.clear();
                Batch::One(message)
            }
            _ => Batch::Many(std::mem::take(&mut lane.gathered)),
        };
        if way.1 != 0 && lane.is_under_way {
            lane.ready.push_back(batch);
            return;
        }
        lane.is_under_way = way.1 != 0;
        let first = line.now();
        let sending = Sending { way, batch, tries: 0, first, may_be_there: false };
        self.ask(sending, parts, wire, line);
    }

    fn ask(&mut self, mut sending: Sending, parts: &Parts, wire: &mut Wire, line: &mut impl Line<PubSub>) {
        let Some(topic) = parts.topic(sending.way.0) else {
            for message in sending.batch.all() {
                self.let_go(message);
                self.refuse(*message, Refusal::Invalid, line);
            }
            return;
        };
        sending.tries = sending.tries.saturating_add(1);
        let ordering_key = sending.way.1;
        let all = sending.batch.all().iter();
        let messages = all.map(|message| PubsubMessage { message: *message, ordering_key }).collect();
        let id = wire.ask(client_of_producer(self.id), Request::Publish { topic, messages }, line);
        self.asked.push_back((id, sending));
    }

    pub(super) fn answered(
        &mut self,
        id: RequestId,
        reply: &Reply,
        parts: &Parts,
        wire: &mut Wire,
        line: &mut impl Line<PubSub>,
    ) {
        // Answers come in the order of asking.
        if self.asked.front().is_none_or(|(own, _)| *own != id) {
            return;
        }
        let Some((_, sending)) = self.asked.pop_front() else { return };
        let way = sending.way;
        match reply {
            Reply::Failed(fault) if fault.code.is_transient() => {
                return self.fail_for_now(sending, *fault, parts, wire, line);
            }
            Reply::Failed(_) => {
                for message in sending.batch.all() {
                    self.let_go(message);
                    line.refused(*message, Refusal::Invalid);
                }
                self.pause(way, wire, line);
            }
            Reply::Ok
            | Reply::Topic(_)
            | Reply::Subscription(_)
            | Reply::Snapshot(..)
            | Reply::Published(_)
            | Reply::Received(_)
            | Reply::Each(_) => {
                for message in sending.batch.all() {
                    self.let_go(message);
                    line.confirmed(message.id, self.id);
                }
            }
        }
        self.go_on(way, parts, wire, line);
        self.let_in(parts, wire, line);
    }

    /// The next batch of a way is published, if one waits for that.
    fn go_on(&mut self, way: Way, parts: &Parts, wire: &mut Wire, line: &mut impl Line<PubSub>) {
        let Some(lane) = self.lanes.get_mut(&way).filter(|_| way.1 != 0) else { return };
        let next = lane.ready.pop_front();
        lane.is_under_way = next.is_some();
        if let Some(batch) = next {
            let first = line.now();
            self.ask(Sending { way, batch, tries: 0, first, may_be_there: false }, parts, wire, line);
        }
    }

    /// Publishes what was kept, as far as there is room now.
    fn let_in(&mut self, parts: &Parts, wire: &mut Wire, line: &mut impl Line<PubSub>) {
        while let Some((message, _)) = self.kept.front()
            && (self.has_room(message) || self.settings.exceeded != Exceeded::Block)
            && let Some(item) = self.kept.pop_front()
        {
            self.gather(item, parts, wire, line);
        }
        if self.kept.is_empty() && std::mem::take(&mut self.is_blocked) {
            line.unblock(self.id);
        }
    }

    /// A publish can be tried again, unless that has gone on for too long.
    fn fail_for_now(
        &mut self,
        mut sending: Sending,
        fault: Fault,
        parts: &Parts,
        wire: &mut Wire,
        line: &mut impl Line<PubSub>,
    ) {
        sending.may_be_there = fault.code == Code::DeadlineExceeded;
        let now = line.now();
        if sending.way.1 == 0 && PATIENCE <= now.nanos_since(sending.first) {
            for message in sending.batch.all() {
                self.let_go(message);
                if sending.may_be_there {
                    line.refused(*message, Refusal::Unreachable);
                } else {
                    self.refuse(*message, Refusal::Unreachable, line);
                }
            }
            return self.let_in(parts, wire, line);
        }
        let doublings = 2 * u32::from(sending.tries.saturating_sub(1)).min(10);
        let pause = (FIRST_PAUSE << doublings).min(LONGEST_PAUSE);
        self.try_again(later(now, pause), sending, wire);
    }

    fn try_again(&mut self, at: Time, sending: Sending, wire: &mut Wire) {
        let place = self.retries.partition_point(|(own, _)| *own <= at);
        self.retries.insert(place, (at, sending));
        wire.set_timer(Timer::Retry(self.place), self.retries[0].0);
    }

    /// Publishing on a way has failed for good: with an ordering key, whatever else is published there fails too.
    fn pause(&mut self, way: Way, wire: &mut Wire, line: &mut impl Line<PubSub>) {
        let Some(lane) = self.lanes.get_mut(&way).filter(|_| way.1 != 0) else { return };
        let mut failed: Vec<Message> = Vec::new();
        lane.ready.drain(..).for_each(|batch| failed.extend(batch.all()));
        failed.append(&mut lane.gathered);
        lane.bytes = 0;
        lane.is_paused = self.settings.resumes_after != Some(0);
        if lane.is_paused {
            let at = self.settings.resumes_after.map_or(Time::MAX, |after| later(line.now(), after));
            let place = self.paused.partition_point(|(own, _)| *own <= at);
            self.paused.insert(place, (at, way));
            self.wake_to_resume(wire);
        }
        for message in failed {
            self.let_go(&message);
            self.refuse(message, Refusal::Invalid, line);
        }
    }

    fn wake_to_resume(&self, wire: &mut Wire) {
        match self.paused.front() {
            Some((at, _)) if *at < Time::MAX => wire.set_timer(Timer::Resume(self.place), *at),
            Some(_) | None => wire.clear_timer(Timer::Resume(self.place)),
        }
    }

    /// The application resumes publishing on what was paused long enough.
    fn resume(&mut self, until: Time, wire: &mut Wire) {
        while let Some((at, way)) = self.paused.front().copied()
            && at <= until
        {
            self.paused.pop_front();
            if let Some(lane) = self.lanes.get_mut(&way) {
                lane.is_paused = false;
            }
        }
        self.wake_to_resume(wire);
    }

    pub(super) fn woken(
        &mut self,
        timer: Timer,
        parts: &Parts,
        wire: &mut Wire,
        line: &mut impl Line<PubSub>,
    ) {
        let now = line.now();
        match timer {
            Timer::Batch(_) => {
                while let Some((at, way, serial)) = self.lingering.front().copied()
                    && at <= now
                {
                    self.lingering.pop_front();
                    self.commit_if(way, serial, parts, wire, line);
                }
                if let Some((at, ..)) = self.lingering.front() {
                    wire.set_timer(Timer::Batch(self.place), *at);
                }
            }
            Timer::Retry(_) => {
                while self.retries.first().is_some_and(|(at, _)| *at <= now) {
                    let (_, sending) = self.retries.remove(0);
                    self.ask_again(sending, parts, wire, line);
                }
                if let Some((at, _)) = self.retries.first() {
                    wire.set_timer(Timer::Retry(self.place), *at);
                }
            }
            Timer::Resume(_) => self.resume(now, wire),
            Timer::Lease(_) => {}
        }
    }

    fn ask_again(&mut self, sending: Sending, parts: &Parts, wire: &mut Wire, line: &mut impl Line<PubSub>) {
        if sending.may_be_there {
            for message in sending.batch.all() {
                let (attempt, producer) = (sending.tries.saturating_add(1), self.id);
                line.record(What::Resent { message: message.id, producer, attempt, refused: false });
            }
        }
        self.ask(sending, parts, wire, line);
    }

    /// Connections are new: nothing that was asked is answered any more, and nobody knows what came of it.
    pub(super) fn forget_asked(&mut self, wire: &mut Wire, line: &mut impl Line<PubSub>) {
        let now = line.now();
        for (_, sending) in std::mem::take(&mut self.asked) {
            self.try_again(now, Sending { may_be_there: true, ..sending }, wire);
        }
    }
}
