//! The client library: pollers that work through what a receive brought, and senders that batch.
//!
//! ```text
//! worker is ready --> poll --> batch kept here --> worked on, one by one --> delete, alone or in batches
//!                      ^                                  |
//!                      +---- nothing came ----            +--> again: visibility 0; later: visibility = the span
//! ```
//!
//! Every worker polls for itself, and not before it has worked through what the last poll brought. All of that is in
//! flight meanwhile, and its timeouts run. A poll cannot be called back: what it brings to a worker that wants nothing
//! any more stays in flight until its timeout. A worker that is lost tells nobody.

mod consumer;
mod declare;
mod producer;
#[cfg(test)]
mod tests;

use crate::broker::driver::{Direct, Driver, Failure, Line, Parcel, Party, client_of_worker, party};
use crate::broker::topology::{Target, Topology};
use crate::id::{ClientId, RequestId, WorkerId};
use crate::knob::Value;
use crate::mechanism::ranking::Ranking;
use crate::random::Stream;
use crate::time::Time;

use self::consumer::{Consumer, Pool};
use self::declare::{Declared, Parts};
use self::producer::Producer;
use super::api::{Push, Reply, Request};
use super::server::Sqs;

/// Who declares what there is: a client of its own.
const OWNER: ClientId = ClientId(u16::MAX);

/// The client library of all producers and workers.
#[derive(Clone, PartialEq, Hash, Debug)]
pub(crate) struct SqsDriver {
    parts: Parts,
    /// By the place of the receiver.
    pools: Vec<Pool>,
    /// By the number of the worker.
    consumers: Vec<Consumer>,
    /// By the place of the sender.
    producers: Vec<Producer>,
    wire: Wire,
}

/// What producers and workers share.
#[derive(Clone, PartialEq, Hash, Debug)]
struct Wire {
    asked: u32,
    timers: Ranking,
    /// How many timers were ever set: those of one instant go off in that order.
    set: u64,
    random: Stream,
}

impl Wire {
    #[inline]
    fn next_id(&mut self) -> RequestId {
        self.asked = self.asked.wrapping_add(1);
        RequestId(self.asked)
    }

    fn ask<L: Line<Sqs>>(&mut self, client: ClientId, request: Request, line: &mut L) -> RequestId {
        let id = self.next_id();
        line.ask(client, id, request);
        id
    }

    fn set_timer(&mut self, timer: Timer, at: Time) {
        self.set += 1;
        self.timers.set(timer.number(), (at.as_nanos(), self.set));
    }

    fn clear_timer(&mut self, timer: Timer) {
        self.timers.clear(timer.number());
    }
}

/// What a timer is for, and whose it is: a worker by its number, a producer by its place.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Timer {
    /// The pause between two polls is over.
    Poll(u16),
    /// Deletes have waited long enough for a batch.
    Deletes(u16),
    /// Timeouts are to be extended.
    Heartbeat(u16),
    /// Messages have waited long enough for a batch.
    Batch(u16),
    /// What was throttled can be tried again.
    Retry(u16),
}

impl Timer {
    const KINDS: u32 = 5;

    fn number(self) -> u32 {
        let (whose, kind) = match self {
            Timer::Poll(whose) => (whose, 0),
            Timer::Deletes(whose) => (whose, 1),
            Timer::Heartbeat(whose) => (whose, 2),
            Timer::Batch(whose) => (whose, 3),
            Timer::Retry(whose) => (whose, 4),
        };
        u32::from(whose) * Timer::KINDS + kind
    }

    fn of(number: u32) -> Timer {
        let whose = (number / Timer::KINDS) as u16;
        match number % Timer::KINDS {
            0 => Timer::Poll(whose),
            1 => Timer::Deletes(whose),
            2 => Timer::Heartbeat(whose),
            3 => Timer::Batch(whose),
            _ => Timer::Retry(whose),
        }
    }
}

/// What a consumer is lent.
struct Lent<'a> {
    pool: &'a Pool,
    parts: &'a Parts,
    wire: &'a mut Wire,
}

impl SqsDriver {
    #[inline]
    fn consumer(&mut self, worker: WorkerId) -> Option<(&mut Consumer, Lent<'_>)> {
        let place = usize::from(worker.0);
        while self.consumers.len() <= place {
            let worker = WorkerId(self.consumers.len() as u16);
            let pool = self.pools.iter().rposition(|pool| pool.first <= worker).unwrap_or(0);
            self.consumers.push(Consumer::new(worker, pool as u16));
        }
        let consumer = &mut self.consumers[place];
        let pool = self.pools.get(usize::from(consumer.pool))?;
        Some((consumer, Lent { pool, parts: &self.parts, wire: &mut self.wire }))
    }

    /// All there is has its address: what waited for that goes on.
    fn begin(&mut self, line: &mut impl Line<Sqs>) {
        for producer in &mut self.producers {
            producer.go_on(&self.parts, &mut self.wire, line);
        }
        for worker in 0..self.consumers.len() as u16 {
            if let Some((consumer, mut lent)) = self.consumer(WorkerId(worker)) {
                consumer.poll(&mut lent, line);
            }
        }
    }

    fn declared(&mut self, what: Declared, reply: Reply, line: &mut impl Line<Sqs>) {
        let before = self.parts.are_known();
        self.parts.note(what, &reply);
        if !before && self.parts.are_known() {
            let rest = self.parts.attributes().chain(self.parts.joins()).collect::<Vec<_>>();
            for request in rest {
                self.wire.ask(OWNER, request, line);
            }
            self.begin(line);
        }
    }
}

impl Driver for SqsDriver {
    type Server = Sqs;

    fn new(topology: &Topology, seed: u64) -> (SqsDriver, Sqs) {
        let pools = topology.receivers.iter().map(|receiver| Pool::new(receiver, topology)).collect();
        let producers = (0..topology.senders.len()).map(|place| Producer::new(place, topology)).collect();
        let wire =
            Wire { asked: 0, timers: Ranking::default(), set: 0, random: Stream::named(seed, "sqs client") };
        let parts = Parts::new(topology);
        let driver = SqsDriver { parts, pools, consumers: Vec::new(), producers, wire };
        (driver, Sqs::new(declare::settings(topology), seed))
    }

    fn open(&mut self, topology: &Topology, line: &mut impl Line<Sqs>) {
        for consumer in &mut self.consumers {
            consumer.forget(&mut self.wire);
        }
        for producer in &mut self.producers {
            producer.forget_asked();
        }
        if self.parts.are_known() {
            // The service keeps its queues, whatever happens.
            self.begin(line);
            return;
        }
        for (what, request) in self.parts.declarations(topology) {
            let id = self.wire.ask(OWNER, request, line);
            self.parts.asked.push_back((id, what));
        }
        if self.parts.are_known() {
            self.begin(line);
        }
    }

    fn changed(&mut self, topology: &Topology, target: Target, _: &str, line: &mut impl Line<Sqs>) {
        let requests = match target {
            Target::System => vec![Request::Configure(declare::settings(topology))],
            Target::Part(place) => self.parts.changed(topology, place),
            Target::Link(place) => self.parts.joined(topology, place).into_iter().collect(),
            Target::Sender(place) => {
                if let Some(producer) = self.producers.get_mut(usize::from(place)) {
                    producer.configure(topology);
                    producer.go_on(&self.parts, &mut self.wire, line);
                }
                Vec::new()
            }
            Target::Receiver(place) => {
                let place = usize::from(place);
                if let (Some(pool), Some(receiver)) =
                    (self.pools.get_mut(place), topology.receivers.get(place))
                {
                    *pool = Pool::new(receiver, topology);
                }
                Vec::new()
            }
        };
        for request in requests {
            self.wire.ask(OWNER, request, line);
        }
    }

    #[inline]
    fn send(&mut self, parcel: Parcel, line: &mut impl Line<Sqs>) {
        let place = usize::from(parcel.message.producer.0);
        if let Some(producer) = self.producers.get_mut(place) {
            producer.send(parcel, &self.parts, &mut self.wire, line);
        }
    }

    #[inline]
    fn receive(&mut self, worker: WorkerId, line: &mut impl Line<Sqs>) {
        if let Some((consumer, mut lent)) = self.consumer(worker) {
            consumer.receive(&mut lent, line);
        }
    }

    #[inline]
    fn send_at_once(&mut self, parcel: Parcel, server: &mut Sqs, line: &mut impl Direct<Sqs>) -> bool {
        let producer = self.producers.get_mut(usize::from(parcel.message.producer.0));
        producer.is_some_and(|producer| producer.send_at_once(&parcel, &self.parts, server, line))
    }

    #[inline]
    fn receive_at_once(&mut self, worker: WorkerId, server: &mut Sqs, line: &mut impl Direct<Sqs>) -> bool {
        let Some((consumer, mut lent)) = self.consumer(worker) else { return false };
        consumer.receive_at_once(&mut lent, server, line)
    }

    #[inline]
    fn done_at_once(&mut self, worker: WorkerId, server: &mut Sqs, line: &mut impl Direct<Sqs>) -> bool {
        let Some((consumer, lent)) = self.consumer(worker) else { return false };
        consumer.done_at_once(&lent, server, line)
    }

    fn withdraw(&mut self, worker: WorkerId, _: &mut impl Line<Sqs>) {
        if let Some((consumer, lent)) = self.consumer(worker) {
            consumer.withdraw(lent.wire);
        }
    }

    #[inline]
    fn done(&mut self, worker: WorkerId, line: &mut impl Line<Sqs>) {
        if let Some((consumer, mut lent)) = self.consumer(worker) {
            consumer.done(&mut lent, line);
        }
    }

    fn fail(&mut self, worker: WorkerId, failure: Failure, line: &mut impl Line<Sqs>) {
        if let Some((consumer, mut lent)) = self.consumer(worker) {
            consumer.fail(failure, &mut lent, line);
        }
    }

    fn lost(&mut self, worker: WorkerId, line: &mut impl Line<Sqs>) {
        if let Some((consumer, lent)) = self.consumer(worker) {
            consumer.forget(lent.wire);
            line.cut(client_of_worker(worker));
        }
    }

    #[inline]
    fn reply(&mut self, client: ClientId, id: RequestId, reply: Reply, line: &mut impl Line<Sqs>) {
        if client == OWNER {
            if let Some(what) = self.parts.answered(id) {
                self.declared(what, reply, line);
            }
            return;
        }
        match party(client) {
            Party::Worker(worker) => {
                if let Some((consumer, mut lent)) = self.consumer(worker) {
                    consumer.answered(id, reply, &mut lent, line);
                }
            }
            Party::Producer(producer) => {
                if let Some(own) = self.producers.get_mut(usize::from(producer.0)) {
                    own.answered(id, reply, &self.parts, &mut self.wire, line);
                }
            }
        }
    }

    fn push(&mut self, _: ClientId, push: Push, _: &mut impl Line<Sqs>) {
        match push {}
    }

    #[inline]
    fn due(&self) -> Option<Time> {
        self.wire.timers.first().map(|((at, _), _)| Time::from_nanos(at))
    }

    fn wake(&mut self, line: &mut impl Line<Sqs>) {
        while let Some(((at, _), number)) = self.wire.timers.first()
            && at <= line.now().as_nanos()
        {
            self.wire.timers.clear(number);
            let timer = Timer::of(number);
            match timer {
                Timer::Poll(worker) | Timer::Deletes(worker) | Timer::Heartbeat(worker) => {
                    if let Some((consumer, mut lent)) = self.consumer(WorkerId(worker)) {
                        consumer.woken(timer, &mut lent, line);
                    }
                }
                Timer::Batch(place) | Timer::Retry(place) => {
                    if let Some(producer) = self.producers.get_mut(usize::from(place)) {
                        producer.woken(timer, &self.parts, &mut self.wire, line);
                    }
                }
            }
        }
    }
}

/// A whole number that a knob is set to; nothing if it is unset.
fn whole(value: Option<&Value>) -> Option<u32> {
    match value? {
        Value::Number(number) => Some(*number as u32),
        Value::Choice(_) => None,
    }
}
