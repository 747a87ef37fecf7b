//! Consumers: their connections, the receiver queue, and the permits that it takes.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use super::letters::Letter;
use super::nack::Nacks;
use super::{
    Cause, ClientId, ConsumerId, Delivery, Entry, Line, MessageId, Name, Place, Position, Pulsar,
    PulsarDriver, Reply, Request, RequestId, StoreId, Task, Time, What, WorkerId, client_of_worker,
};

/// How long a worker waits before it tries to subscribe again.
const RETRY: Duration = Duration::from_secs(1);
/// How long it waits after the broker has closed its consumer.
const RECONNECT: Duration = Duration::from_millis(100);

/// A message that a worker has.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) struct Held {
    pub(super) entry: Entry,
    /// Which of the worker's consumers got it.
    pub(super) input: u16,
    /// Where it is in the topic.
    pub(super) place: u64,
    pub(super) index: u16,
    /// How many messages its batch has; 0 if it is in none.
    pub(super) batch: u16,
    pub(super) redeliveries: u32,
    pub(super) reconsumed: u16,
}

impl Held {
    /// Whether the topic stores nothing: then it is the client's alone.
    pub(super) fn is_alone(&self) -> bool {
        self.place == u64::MAX
    }
}

/// A consumer of one topic.
#[derive(Clone, PartialEq, Hash, Debug)]
pub(super) struct Input {
    pub(super) topic: Name,
    pub(super) consumer: Option<ConsumerId>,
    opening: Option<RequestId>,
    pub(super) epoch: u32,
    /// How many messages were taken since permits were last given.
    pub(super) taken: u32,
    /// With a receiver queue of 0: whether a permit is out.
    pub(super) flowed: bool,
    /// The first entry, and message of it, that never came. What is before it comes once more.
    fresh: (u64, u16),
    /// Acknowledgements that are not sent yet.
    pub(super) acks: Vec<Position>,
}

/// A worker.
#[derive(Clone, PartialEq, Hash, Debug, Default)]
pub(super) struct Worker {
    /// The application waits for a message.
    pub(super) asks: bool,
    pub(super) inputs: Vec<Input>,
    /// The receiver queue.
    pub(super) queue: VecDeque<Held>,
    /// What the application has.
    pub(super) hand: Option<Held>,
    /// A number for each message that the application had.
    pub(super) serial: u32,
    /// How many acknowledgements are not sent yet, and whether it is known when they will be.
    pub(super) grouped: u64,
    pub(super) acks_armed: bool,
    /// Of each batch, which messages are acknowledged.
    pub(super) batches: BTreeMap<(u16, u64), Vec<u64>>,
    pub(super) nacks: Nacks,
    pub(super) letters: Vec<Letter>,
    /// Acknowledgements of dead letters, in the order of asking.
    pub(super) burying: VecDeque<(RequestId, MessageId, StoreId)>,
}

/// Permits that a consumer is to be given, if it is.
pub(super) type Flow = Option<(ConsumerId, u32)>;

impl Input {
    /// A message has left the queue, which has so much room: the broker may send as many more as were taken, once that is
    /// half of it.
    #[inline]
    fn takes(&mut self, queue: u32) -> Flow {
        if queue == 0 {
            self.flowed = false;
            return None;
        }
        self.taken += 1;
        if self.taken < (queue / 2).max(1) {
            return None;
        }
        let consumer = self.consumer?;
        Some((consumer, std::mem::take(&mut self.taken)))
    }

    /// Whether an acknowledgement of this entry is on its way. What never came has none.
    fn is_acked(&self, place: u64) -> bool {
        self.acks.iter().any(|position| position.entry == place)
    }
}

impl Worker {
    pub(super) fn is_connected(&self) -> bool {
        !self.inputs.is_empty()
    }
}

impl PulsarDriver {
    pub(super) fn client(worker: WorkerId) -> ClientId {
        client_of_worker(worker)
    }

    /// A worker is ready for a message.
    #[inline]
    pub(super) fn receives(&mut self, worker: WorkerId, line: &mut impl Line<Pulsar>) {
        self.worker(worker).asks = true;
        if !self.worker(worker).is_connected() {
            self.connect_worker(worker, line);
        }
        self.advance(worker, line);
    }

    /// Hands a worker the next message of its queue.
    #[inline]
    pub(super) fn advance(&mut self, worker: WorkerId, line: &mut impl Line<Pulsar>) {
        let Some(own) = self.workers.get_mut(usize::from(worker.0)) else { return };
        if !own.asks {
            return;
        }
        let Some(held) = own.queue.pop_front() else { return self.ask_for_one(worker, line) };
        self.hands_over(worker, &held, line);
    }

    /// Hands a worker a message that is not in its queue.
    #[inline]
    fn hands_over(&mut self, worker: WorkerId, held: &Held, line: &mut impl Line<Pulsar>) {
        let flow = self.begins(worker, held, line.now());
        self.flows(worker, flow, line);
        line.deliver(worker, held.entry);
    }

    /// A worker has a message in its hands from now on. The permits to be given for it, as of [`Input::takes`].
    #[inline]
    pub(super) fn begins(&mut self, worker: WorkerId, held: &Held, now: Time) -> Flow {
        let pool = self.plan.pool(worker);
        let own = &mut self.workers[usize::from(worker.0)];
        own.asks = false;
        own.hand = Some(*held);
        own.serial = own.serial.wrapping_add(1);
        if let Some(pool) = pool
            && !pool.ack_timeout.is_zero()
        {
            let (tick, at) = (crate::time::nanos(pool.tick).max(1), now + pool.ack_timeout);
            // Looked at with each tick.
            let at = Time::from_nanos(at.as_nanos().div_ceil(tick) * tick);
            self.tasks.push(at, Task::AckTimeout(worker, own.serial));
        }
        let queue = pool.map_or(0, |pool| pool.queue);
        own.inputs.get_mut(usize::from(held.input)).and_then(|input| input.takes(queue))
    }

    /// A message has left the queue for no worker's hands.
    pub(super) fn takes(&mut self, worker: WorkerId, input: u16, line: &mut impl Line<Pulsar>) {
        let queue = self.plan.pool(worker).map_or(0, |pool| pool.queue);
        let own = &mut self.workers[usize::from(worker.0)];
        let flow = own.inputs.get_mut(usize::from(input)).and_then(|input| input.takes(queue));
        self.flows(worker, flow, line);
    }

    #[inline]
    fn flows(&mut self, worker: WorkerId, flow: Flow, line: &mut impl Line<Pulsar>) {
        if let Some((consumer, permits)) = flow {
            self.ask(Self::client(worker), Request::Flow(consumer, permits), line);
        }
    }

    /// With a receiver queue of 0 the broker sends one message each time one is asked for.
    fn ask_for_one(&mut self, worker: WorkerId, line: &mut impl Line<Pulsar>) {
        if self.plan.pool(worker).is_none_or(|pool| pool.queue != 0) {
            return;
        }
        for place in 0..self.workers[usize::from(worker.0)].inputs.len() {
            let input = &mut self.workers[usize::from(worker.0)].inputs[place];
            if let Some(consumer) = input.consumer.filter(|_| !input.flowed) {
                input.flowed = true;
                self.ask(Self::client(worker), Request::Flow(consumer, 1), line);
            }
        }
    }

    fn connect_worker(&mut self, worker: WorkerId, line: &mut impl Line<Pulsar>) {
        let Some(pool) = self.plan.pool(worker) else { return };
        let input = |topic| Input {
            topic,
            consumer: None,
            opening: None,
            epoch: 0,
            taken: 0,
            flowed: false,
            fresh: (0, 0),
            acks: Vec::new(),
        };
        let inputs = self.plan.topics(pool).into_iter().map(input).collect();
        self.worker(worker).inputs = inputs;
        self.subscribe(worker, line);
    }

    /// A worker asks to consume from the topics to which it is not connected.
    pub(super) fn subscribe(&mut self, worker: WorkerId, line: &mut impl Line<Pulsar>) {
        for place in 0..self.worker(worker).inputs.len() {
            let input = &self.worker(worker).inputs[place];
            if input.consumer.is_some() || input.opening.is_some() {
                continue;
            }
            let topic = input.topic;
            let Some(pool) = self.plan.pool(worker) else { return };
            let subscribe = pool.subscribe(topic, worker);
            let id = self.ask(Self::client(worker), Request::Subscribe(Box::new(subscribe)), line);
            self.worker(worker).inputs[place].opening = Some(id);
        }
    }

    /// A worker is answered.
    pub(super) fn hears(
        &mut self,
        worker: WorkerId,
        id: RequestId,
        reply: Reply,
        line: &mut impl Line<Pulsar>,
    ) {
        let own = self.worker(worker);
        if let Some(place) = own.inputs.iter().position(|input| input.opening == Some(id)) {
            return self.subscribed(worker, place, reply, line);
        }
        if own.burying.front().is_some_and(|(first, ..)| *first == id) {
            return self.buried(worker, reply, line);
        }
        if !own.letters.is_empty() {
            self.letter_answered(worker, id, reply, line);
        }
    }

    fn subscribed(&mut self, worker: WorkerId, place: usize, reply: Reply, line: &mut impl Line<Pulsar>) {
        let queue = self.plan.pool(worker).map_or(0, |pool| pool.queue);
        let input = &mut self.worker(worker).inputs[place];
        input.opening = None;
        match reply {
            Reply::Subscribed(consumer) => {
                input.consumer = Some(consumer);
                (input.taken, input.flowed, input.epoch) = (0, false, 0);
                if queue != 0 {
                    self.ask(Self::client(worker), Request::Flow(consumer, queue), line);
                }
                self.advance(worker, line);
            }
            Reply::Ok | Reply::Receipt { .. } | Reply::Duplicate | Reply::Acked(_) | Reply::Error(_) => {
                self.tasks.push(line.now() + RETRY, Task::Subscribe(worker));
            }
        }
    }

    /// A message comes for a worker.
    #[inline]
    pub(super) fn gets(&mut self, worker: WorkerId, delivery: &Delivery, line: &mut impl Line<Pulsar>) {
        let Some(own) = self.workers.get_mut(usize::from(worker.0)) else { return };
        let is_its = |input: &Input| input.consumer == Some(delivery.consumer);
        let Some(place) = own.inputs.iter().position(is_its) else { return };
        let (input, from) = (place as u16, &mut own.inputs[place]);
        // Where the broker does not count, a delivery is told from the one before it by when it came back.
        let (this, fresh) = ((delivery.entry, delivery.index), from.fresh);
        let entered = if this < fresh { line.now() } else { delivery.stored };
        from.fresh = fresh.max((delivery.entry, delivery.index.saturating_add(1)));
        let attempt = u16::try_from(delivery.redeliveries).unwrap_or(u16::MAX);
        let attempt = attempt.saturating_add(1).saturating_add(delivery.reconsumed);
        let entry = Entry { message: delivery.message, entered, attempt, store: delivery.store };
        let held = Held {
            entry,
            input,
            place: delivery.entry,
            index: delivery.index,
            batch: delivery.batch,
            redeliveries: delivery.redeliveries,
            reconsumed: delivery.reconsumed,
        };
        // What was on the way when everything was asked for anew is void, and what is acknowledged needs no work.
        let void = delivery.epoch != from.epoch;
        if void || delivery.entry <= fresh.0 && from.is_acked(delivery.entry) {
            return self.takes(worker, input, line);
        }
        if delivery.batch != 0 && delivery.index == 0 {
            own.batches.remove(&(input, delivery.entry));
        }
        if delivery.redeliveries != 0
            && let Some(most) = self.plan.pool(worker).and_then(|pool| pool.redeliveries)
            && most < delivery.redeliveries
        {
            self.takes(worker, input, line);
            return self.bury(worker, held, line);
        }
        if own.asks && own.queue.is_empty() {
            return self.hands_over(worker, &held, line);
        }
        own.queue.push_back(held);
        self.advance(worker, line);
    }

    /// The broker has closed a consumer: what it had not handed over comes again.
    pub(super) fn closed(&mut self, worker: WorkerId, consumer: ConsumerId, line: &mut impl Line<Pulsar>) {
        let own = self.worker(worker);
        let Some(place) = own.inputs.iter().position(|input| input.consumer == Some(consumer)) else {
            return;
        };
        let input = place as u16;
        own.inputs[place].consumer = None;
        own.queue.retain(|held| held.input != input);
        own.grouped -= std::mem::take(&mut own.inputs[place].acks).len() as u64;
        own.batches.retain(|(own, _), _| *own != input);
        own.nacks.forget(input);
        self.tasks.push(line.now() + RECONNECT, Task::Subscribe(worker));
    }

    /// A worker wants no message any more: it closes, and what it did not hand over goes to others.
    pub(super) fn leaves(&mut self, worker: WorkerId, line: &mut impl Line<Pulsar>) {
        self.worker(worker).asks = false;
        if self.worker(worker).is_connected() {
            self.send_acks(worker, line);
            self.cut_off(worker, line);
        }
    }

    /// A worker is gone, with its acknowledgements that were not sent.
    pub(super) fn is_lost(&mut self, worker: WorkerId, line: &mut impl Line<Pulsar>) {
        self.worker(worker).asks = false;
        self.cut_off(worker, line);
    }

    fn cut_off(&mut self, worker: WorkerId, line: &mut impl Line<Pulsar>) {
        let own = self.worker(worker);
        let (hand, queue) = (own.hand.take(), std::mem::take(&mut own.queue));
        let (asks, serial) = (own.asks, own.serial);
        *own = Worker { asks, serial, ..Worker::default() };
        for held in hand.into_iter().chain(queue).filter(Held::is_alone) {
            moves(&held, Place::Lost, Cause::Disconnect, line);
        }
        line.cut(Self::client(worker));
    }

    /// The broker was lost: a worker that was connected connects anew.
    pub(super) fn starts_anew(&mut self, worker: WorkerId, line: &mut impl Line<Pulsar>) {
        let own = self.worker(worker);
        let (asks, serial, connected) = (own.asks, own.serial, own.is_connected());
        let (hand, queue) = (own.hand.take(), std::mem::take(&mut own.queue));
        *own = Worker { asks, serial, ..Worker::default() };
        for held in hand.into_iter().chain(queue).filter(Held::is_alone) {
            moves(&held, Place::Lost, Cause::Restart, line);
        }
        if connected {
            self.connect_worker(worker, line);
        }
    }
}

/// A copy that the broker has forgotten is not done with after all.
pub(super) fn moves(held: &Held, to: Place, why: Cause, line: &mut impl Line<Pulsar>) {
    let (message, store) = (held.entry.message.id, held.entry.store);
    line.record(What::Moved { message, store, from: Place::Done, to, count: 1, why });
}
