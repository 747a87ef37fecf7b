//! The client libraries of all producers and consumers of an experiment.
//!
//! Each producer and each worker has one. A producer's half is `producer.rs`, a consumer's `consumer.rs`; what both know
//! of the experiment is the plan.

mod consumer;
mod plan;
mod producer;
#[cfg(test)]
mod tests;

use std::time::Duration;

use crate::broker::driver::{Direct, Driver, Failure, Line, Parcel, Party, party};
use crate::broker::topology::{Target, Topology};
use crate::id::{ClientId, RequestId, WorkerId};
use crate::time::Time;

use super::manual;
use super::request::{BrokerId, Operate, Push, Reply, Request};
use super::server::Kafka;
use super::settings::Setting;
use consumer::Consumers;
use plan::Plan;
use producer::Producers;
use producer::at_once::Outcome;

/// The connection of those who look after the experiment: they configure and operate.
const CARETAKER: ClientId = ClientId(0x7fff);

/// `metadata.max.age.ms`.
const METADATA_AGE: Duration = Duration::from_secs(300);

/// The numbers of requests.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
struct Asked(u32);

impl Asked {
    #[inline]
    fn next(&mut self) -> RequestId {
        self.0 = self.0.wrapping_add(1);
        RequestId(self.0)
    }
}

/// What both halves have.
#[derive(Clone, PartialEq, Hash, Debug)]
struct Common {
    plan: Plan,
    asked: Asked,
}

impl Common {
    /// Asks the server for a client.
    #[inline]
    fn ask(&mut self, client: ClientId, request: Request, line: &mut impl Line<Kafka>) -> RequestId {
        let id = self.asked.next();
        line.ask(client, id, request);
        id
    }
}

/// The client libraries of an experiment.
#[derive(Clone, PartialEq, Hash, Debug)]
pub(crate) struct Client {
    common: Common,
    producers: Producers,
    consumers: Consumers,
}

impl Client {
    /// A topic is set to something else.
    fn configured(&self, topology: &Topology, place: u16, knob: &str) -> Option<Request> {
        let topic = *self.common.plan.topics.get(usize::from(place))?;
        let settings = plan::topic_settings(&topology.parts.get(usize::from(place))?.settings);
        Some(if knob == "partitions" {
            Request::CreatePartitions(topic, settings.partitions)
        } else {
            Request::Configure(Some(topic), Setting::Topic(Box::new(settings)))
        })
    }
}

impl Driver for Client {
    type Server = Kafka;

    fn new(topology: &Topology, seed: u64) -> (Client, Kafka) {
        let (plan, server) = Plan::new(topology);
        let common = Common { plan, asked: Asked::default() };
        let driver = Client { common, producers: Producers::new(seed), consumers: Consumers::default() };
        (driver, server)
    }

    fn open(&mut self, _: &Topology, line: &mut impl Line<Kafka>) {
        self.producers.open(&mut self.common, line);
        self.consumers.open(&mut self.common, line);
    }

    fn changed(&mut self, topology: &Topology, target: Target, knob: &str, line: &mut impl Line<Kafka>) {
        self.common.plan.reread(topology);
        let request = match target {
            Target::System => {
                Some(Request::Configure(None, Setting::Cluster(Box::new(plan::settings(topology)))))
            }
            Target::Part(place) => self.configured(topology, place, knob),
            Target::Link(_) | Target::Sender(_) | Target::Receiver(_) => None,
        };
        if let Some(request) = request {
            self.common.ask(CARETAKER, request, line);
        }
        self.producers.changed(&mut self.common, line);
        self.consumers.changed(&mut self.common, line);
    }

    fn operate(
        &mut self,
        _: &Topology,
        act: &str,
        _: Option<u16>,
        argument: Option<f64>,
        line: &mut impl Line<Kafka>,
    ) {
        let broker = BrokerId(argument.unwrap_or(1.0) as u8);
        let operate = match act {
            manual::KILL => Operate::Kill(broker),
            manual::STOP => Operate::Stop(broker),
            manual::START => Operate::Start(broker),
            manual::STALL => Operate::Stall(broker),
            manual::RESUME => Operate::Resume(broker),
            _ => return,
        };
        self.common.ask(CARETAKER, Request::Operate(operate), line);
    }

    fn send(&mut self, parcel: Parcel, line: &mut impl Line<Kafka>) {
        self.producers.send(&mut self.common, parcel, line);
    }

    #[inline]
    fn send_at_once(&mut self, parcel: Parcel, server: &mut Kafka, line: &mut impl Direct<Kafka>) -> bool {
        match self.producers.send_at_once(&mut self.common, &parcel, server, line) {
            Outcome::Nothing => false,
            Outcome::Done => true,
            Outcome::Appended(tp) => {
                self.consumers.serve_at_once(&mut self.common, tp, server, line);
                true
            }
        }
    }

    #[inline]
    fn receive_at_once(
        &mut self,
        worker: WorkerId,
        server: &mut Kafka,
        line: &mut impl Direct<Kafka>,
    ) -> bool {
        self.consumers.receive_at_once(&mut self.common, worker, server, line)
    }

    #[inline]
    fn done_at_once(&mut self, worker: WorkerId, _: &mut Kafka, _: &mut impl Direct<Kafka>) -> bool {
        self.consumers.done_at_once(&self.common, worker)
    }

    fn receive(&mut self, worker: WorkerId, line: &mut impl Line<Kafka>) {
        self.consumers.receive(&mut self.common, worker, line);
    }

    fn withdraw(&mut self, worker: WorkerId, line: &mut impl Line<Kafka>) {
        self.consumers.withdraw(&mut self.common, worker, line);
    }

    fn done(&mut self, worker: WorkerId, line: &mut impl Line<Kafka>) {
        self.consumers.done(&mut self.common, worker, line);
    }

    fn fail(&mut self, worker: WorkerId, failure: Failure, line: &mut impl Line<Kafka>) {
        self.consumers.fail(&mut self.common, worker, failure, line);
    }

    fn lost(&mut self, worker: WorkerId, line: &mut impl Line<Kafka>) {
        self.consumers.lost(&mut self.common, worker, line);
    }

    fn reply(&mut self, client: ClientId, id: RequestId, reply: Reply, line: &mut impl Line<Kafka>) {
        match party(client) {
            _ if client == CARETAKER => {}
            Party::Producer(producer) => self.producers.reply(&mut self.common, producer, id, reply, line),
            Party::Worker(worker) => self.consumers.reply(&mut self.common, worker, id, reply, line),
        }
    }

    fn push(&mut self, _: ClientId, push: Push, _: &mut impl Line<Kafka>) {
        match push {
            Push::Group(push) => match push {},
        }
    }

    fn due(&self) -> Option<Time> {
        let first = self.producers.due().min(self.consumers.due());
        (first < Time::MAX).then_some(first)
    }

    fn wake_at_once(&mut self, server: &mut Kafka, line: &mut impl Direct<Kafka>) -> bool {
        if self.consumers.due() <= Line::now(line) {
            return false;
        }
        let Some(tp) = self.producers.wake_at_once(&mut self.common, server, line) else { return false };
        self.consumers.serve_at_once(&mut self.common, tp, server, line);
        true
    }

    fn wake(&mut self, line: &mut impl Line<Kafka>) {
        self.producers.wake(&mut self.common, line);
        self.consumers.wake(&mut self.common, line);
    }
}
