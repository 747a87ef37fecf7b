//! The client library of all producers and workers of an experiment, as the Java client works.
//!
//! ```text
//! producer  message --> partition by routing mode --> batch --> sent --> receipt
//!                                                      ^ kept until the receipt, sent again on a new connection
//! consumer  permits --> broker's pushes --> receiver queue --> application --> acknowledged in groups
//!                                                                         |--> negative ack: held, then asked for again
//!                                                                         |--> ack timeout: asked for again
//!                                                                         +--> retry letter, dead letter: published
//!                                                                              anew, then acknowledged
//! ```
//!
//! Each worker is a consumer, of every partition of its topic and of its retry letter topic; each producer sends to every
//! partition. Both have a connection of their own.

mod at_once;
mod consumer;
mod letters;
mod nack;
mod plan;
mod producer;
mod settle;

#[cfg(test)]
mod tests;

use crate::broker::driver::{
    Direct, Driver, Failure, Line, Parcel, Party, client_of_producer, client_of_worker, party,
};
use crate::broker::topology::{Target, Topology};
use crate::id::{ClientId, MessageId, ProducerId, RequestId, StoreId, WorkerId};
use crate::journal::{Cause, Place, Refusal, What};
use crate::mechanism::agenda::Agenda;
use crate::message::{Entry, Message};
use crate::time::Time;

use super::consumer::ConsumerId;
use super::name::Name;
use super::reply::{Delivery, Error, Push, Reply};
use super::request::{
    Initial, More, Operation, Position, Positions, Request, Send, Subscribe, TopicSpec, Type,
};
use super::server::Pulsar;
use super::version::Version;
use consumer::Worker;
use plan::Plan;
use producer::Producer;

/// The connection of those who look after the experiment: they declare and operate.
const CARETAKER: ClientId = ClientId(0x7fff);

/// What a client does by itself at a time.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Task {
    /// A batch has waited long enough: producer, partition.
    Flush(u16, u16),
    /// A producer tries again to connect to a partition.
    Connect(u16, u16),
    /// What a producer could not send has waited long enough.
    SendTimeout(u16),
    /// A worker tries again to subscribe.
    Subscribe(WorkerId),
    /// A worker sends its acknowledgements.
    Acks(WorkerId),
    /// A worker looks which of its negative acks are due.
    Nacks(WorkerId),
    /// A worker has had a message, of this serial number, for so long.
    AckTimeout(WorkerId, u32),
    /// A worker sends its letters again.
    Letters(WorkerId),
}

/// The client libraries of an experiment.
#[derive(Clone, PartialEq, Hash, Debug)]
pub(crate) struct PulsarDriver {
    plan: Plan,
    /// By their places among the senders.
    producers: Vec<Producer>,
    /// By their numbers.
    workers: Vec<Worker>,
    asked: u32,
    tasks: Agenda<Task>,
}

impl PulsarDriver {
    #[inline]
    fn next_id(&mut self) -> RequestId {
        self.asked = self.asked.wrapping_add(1);
        RequestId(self.asked)
    }

    #[inline]
    fn ask(&mut self, client: ClientId, request: Request, line: &mut impl Line<Pulsar>) -> RequestId {
        let id = self.next_id();
        line.ask(client, id, request);
        id
    }

    fn worker(&mut self, worker: WorkerId) -> &mut Worker {
        let place = usize::from(worker.0);
        if self.workers.len() <= place {
            self.workers.resize_with(place + 1, Worker::default);
        }
        &mut self.workers[place]
    }

    fn run(&mut self, task: Task, line: &mut impl Line<Pulsar>) {
        match task {
            Task::Flush(producer, lane) => self.flush(producer, lane, line),
            Task::Connect(producer, lane) => self.connect(producer, lane, line),
            Task::SendTimeout(producer) => self.time_out(producer, line),
            Task::Subscribe(worker) => self.subscribe(worker, line),
            Task::Acks(worker) => self.send_acks(worker, line),
            Task::Nacks(worker) => self.fire_nacks(worker, line),
            Task::AckTimeout(worker, serial) => self.took_too_long(worker, serial, line),
            Task::Letters(worker) => self.send_letters(worker, line),
        }
    }

    /// Topics, and the subscriptions of all pools, are there before anyone sends.
    fn declare(&mut self, line: &mut impl Line<Pulsar>) {
        for spec in self.plan.specs.clone() {
            self.ask(CARETAKER, Request::Topic(Box::new(spec)), line);
        }
        for subscribe in self.plan.subscriptions() {
            self.ask(CARETAKER, Request::Subscribe(Box::new(subscribe)), line);
        }
    }
}

impl Driver for PulsarDriver {
    type Server = Pulsar;

    fn new(topology: &Topology, seed: u64) -> (PulsarDriver, Pulsar) {
        let version = Version::named(&topology.version);
        let mut server = Pulsar::new(version, plan::settings(&topology.settings));
        let plan = Plan::new(topology, seed, &mut server);
        let producers = plan.senders.iter().map(|sending| Producer::new(sending, &plan)).collect();
        let driver =
            PulsarDriver { plan, producers, workers: Vec::new(), asked: 0, tasks: Agenda::default() };
        (driver, server)
    }

    fn open(&mut self, _: &Topology, line: &mut impl Line<Pulsar>) {
        self.tasks = Agenda::default();
        self.declare(line);
        for place in 0..self.producers.len() {
            self.reconnect(place as u16, line);
        }
        for number in 0..self.workers.len() {
            let worker = WorkerId(number as u16);
            self.starts_anew(worker, line);
        }
    }

    fn changed(&mut self, topology: &Topology, target: Target, _: &str, line: &mut impl Line<Pulsar>) {
        self.plan.reread(topology);
        match target {
            Target::System => {
                let settings = plan::settings(&topology.settings);
                self.ask(CARETAKER, Request::Config(Box::new(settings)), line);
            }
            Target::Part(place) => {
                for spec in self.plan.specs_of(place) {
                    self.ask(CARETAKER, Request::Topic(Box::new(spec)), line);
                }
            }
            Target::Link(_) | Target::Sender(_) | Target::Receiver(_) => {}
        }
    }

    #[inline]
    fn send(&mut self, parcel: Parcel, line: &mut impl Line<Pulsar>) {
        self.sends(parcel, line);
    }

    #[inline]
    fn send_at_once(&mut self, parcel: Parcel, server: &mut Pulsar, line: &mut impl Direct<Pulsar>) -> bool {
        self.publish_at_once(parcel, server, line)
    }

    #[inline]
    fn receive_at_once(
        &mut self,
        worker: WorkerId,
        server: &mut Pulsar,
        line: &mut impl Direct<Pulsar>,
    ) -> bool {
        self.take_at_once(worker, server, line)
    }

    #[inline]
    fn done_at_once(
        &mut self,
        worker: WorkerId,
        server: &mut Pulsar,
        line: &mut impl Direct<Pulsar>,
    ) -> bool {
        self.acknowledge_at_once(worker, server, line)
    }

    #[inline]
    fn receive(&mut self, worker: WorkerId, line: &mut impl Line<Pulsar>) {
        self.receives(worker, line);
    }

    fn withdraw(&mut self, worker: WorkerId, line: &mut impl Line<Pulsar>) {
        self.leaves(worker, line);
    }

    #[inline]
    fn done(&mut self, worker: WorkerId, line: &mut impl Line<Pulsar>) {
        if let Some(held) = self.worker(worker).hand.take() {
            self.acknowledge(worker, held, line);
        }
    }

    fn fail(&mut self, worker: WorkerId, failure: Failure, line: &mut impl Line<Pulsar>) {
        self.fails(worker, failure, line);
    }

    fn lost(&mut self, worker: WorkerId, line: &mut impl Line<Pulsar>) {
        self.is_lost(worker, line);
    }

    fn operate(
        &mut self,
        _: &Topology,
        act: &str,
        part: Option<u16>,
        argument: Option<f64>,
        line: &mut impl Line<Pulsar>,
    ) {
        for request in self.plan.acts(act, part, argument, line.now()) {
            self.ask(CARETAKER, request, line);
        }
    }

    #[inline]
    fn reply(&mut self, client: ClientId, id: RequestId, reply: Reply, line: &mut impl Line<Pulsar>) {
        match party(client) {
            // What it asks for is done or is not needed.
            _ if client == CARETAKER => {}
            Party::Producer(producer) => self.answered(producer, id, reply, line),
            Party::Worker(worker) => self.hears(worker, id, reply, line),
        }
    }

    #[inline]
    fn push(&mut self, client: ClientId, push: Push, line: &mut impl Line<Pulsar>) {
        match (party(client), push) {
            (Party::Worker(worker), Push::Message(delivery)) => self.gets(worker, &delivery, line),
            (Party::Worker(worker), Push::ConsumerClosed(consumer)) => self.closed(worker, consumer, line),
            (Party::Producer(producer), Push::ProducerClosed(topic)) => {
                self.disconnected(producer, topic, line);
            }
            // A letter producer connects anew with its next letter.
            (_, Push::Active(..) | Push::ProducerClosed(_) | Push::Message(_) | Push::ConsumerClosed(_)) => {}
        }
    }

    #[inline]
    fn due(&self) -> Option<Time> {
        Some(self.tasks.first()).filter(|due| *due < Time::MAX)
    }

    fn wake(&mut self, line: &mut impl Line<Pulsar>) {
        while let Some(task) = self.tasks.pop_due(line.now()) {
            self.run(task, line);
        }
    }
}
