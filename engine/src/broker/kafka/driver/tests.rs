//! What clients do at once beside the server comes to the same as by requests and replies; and the books balance.

use std::collections::VecDeque;
use std::time::Duration;

use proptest::prelude::*;

use crate::broker::Effects;
use crate::broker::driver::{Driver, Failure, Line, Parcel};
use crate::broker::linked::Linked;
use crate::broker::server::Server;
use crate::broker::topology::{Part, Receiver, Sender, Sheet, Target, Topology};
use crate::id::{ClientId, MessageId, ProducerId, RequestId, WorkerId};
use crate::journal::{Fact, Observer, Refusal, What};
use crate::knob::{Knob, Value};
use crate::ledger::Ledger;
use crate::message::{Entry, Message};
use crate::time::Time;

use super::super::request::{Push, Reply};
use super::super::server::Kafka;
use super::super::{MANUAL, VERSIONS};
use super::Client;

/// A client library that asks by requests alone.
#[derive(Clone, PartialEq, Hash, Debug)]
struct Long(Client);

impl Driver for Long {
    type Server = Kafka;

    fn new(topology: &Topology, seed: u64) -> (Long, Kafka) {
        let (driver, server) = Client::new(topology, seed);
        (Long(driver), server)
    }

    fn open(&mut self, topology: &Topology, line: &mut impl Line<Kafka>) {
        self.0.open(topology, line);
    }

    fn changed(&mut self, topology: &Topology, target: Target, knob: &str, line: &mut impl Line<Kafka>) {
        self.0.changed(topology, target, knob, line);
    }

    fn operate(
        &mut self,
        topology: &Topology,
        act: &str,
        part: Option<u16>,
        argument: Option<f64>,
        line: &mut impl Line<Kafka>,
    ) {
        self.0.operate(topology, act, part, argument, line);
    }

    fn send(&mut self, parcel: Parcel, line: &mut impl Line<Kafka>) {
        self.0.send(parcel, line);
    }

    fn receive(&mut self, worker: WorkerId, line: &mut impl Line<Kafka>) {
        self.0.receive(worker, line);
    }

    fn withdraw(&mut self, worker: WorkerId, line: &mut impl Line<Kafka>) {
        self.0.withdraw(worker, line);
    }

    fn done(&mut self, worker: WorkerId, line: &mut impl Line<Kafka>) {
        self.0.done(worker, line);
    }

    fn fail(&mut self, worker: WorkerId, failure: Failure, line: &mut impl Line<Kafka>) {
        self.0.fail(worker, failure, line);
    }

    fn lost(&mut self, worker: WorkerId, line: &mut impl Line<Kafka>) {
        self.0.lost(worker, line);
    }

    fn reply(&mut self, client: ClientId, id: RequestId, reply: Reply, line: &mut impl Line<Kafka>) {
        self.0.reply(client, id, reply, line);
    }

    fn push(&mut self, client: ClientId, push: Push, line: &mut impl Line<Kafka>) {
        self.0.push(client, push, line);
    }

    fn due(&self) -> Option<Time> {
        self.0.due()
    }

    fn wake(&mut self, line: &mut impl Line<Kafka>) {
        self.0.wake(line);
    }
}

/// What the application side is told.
#[derive(Default)]
struct App {
    now: Time,
    ledger: Ledger,
    facts: Vec<Fact>,
    delivered: VecDeque<WorkerId>,
    confirmed: Vec<u64>,
    refused: Vec<u64>,
}

impl Effects for App {
    fn now(&self) -> Time {
        self.now
    }

    fn record(&mut self, what: What) {
        let fact = Fact { at: self.now, what };
        self.ledger.observe(&fact);
        self.facts.push(fact);
    }

    fn note(&mut self, what: What) {
        self.record(what);
    }

    fn deliver(&mut self, worker: WorkerId, _: Entry) {
        self.delivered.push_back(worker);
    }

    fn confirmed(&mut self, message: MessageId, _: ProducerId) {
        self.confirmed.push(message.0);
    }

    fn refused(&mut self, message: Message, _: Refusal) {
        self.refused.push(message.id.0);
    }

    fn block(&mut self, _: ProducerId) {}

    fn unblock(&mut self, _: ProducerId) {}
}

fn sheet(knobs: &'static [Knob], set: &[(&str, &str)]) -> Sheet {
    let mut sheet = Sheet::new(knobs, VERSIONS, VERSIONS[VERSIONS.len() - 1]);
    for (name, value) in set {
        let value = match value.parse() {
            Ok(number) => Value::Number(number),
            Err(_) => Value::Choice((*value).to_owned().into()),
        };
        let knob = knobs.iter().find(|knob| knob.name == *name).expect("a knob of this name");
        // Numbers that are names of choices.
        let value = if knob.check(&value).is_ok() { value } else { Value::Choice(value.to_string().into()) };
        assert_eq!(knob.check(&value), Ok(()), "{name}");
        sheet.set(name, &value);
    }
    sheet
}

fn topology(part: &[(&str, &str)], producer: &[(&str, &str)], consumer: &[(&str, &str)]) -> Topology {
    let settings = sheet(MANUAL.knobs, &[("group.initial.rebalance.delay.ms", "0")]);
    Topology {
        version: VERSIONS[VERSIONS.len() - 1].into(),
        settings,
        parts: vec![Part { kind: "topic", name: "t".into(), settings: sheet(MANUAL.kinds[0].knobs, part) }],
        links: Vec::new(),
        senders: vec![Sender {
            id: ProducerId(0),
            name: "p".into(),
            to: "t".into(),
            settings: sheet(MANUAL.producer, producer),
        }],
        receivers: vec![Receiver {
            first: WorkerId(0),
            name: "c".into(),
            from: "t".into(),
            settings: sheet(MANUAL.consumer, consumer),
        }],
    }
}

/// A client library and its server, with a small application on top.
struct Run<D: Driver<Server = Kafka>> {
    system: Linked<D>,
    app: App,
    sent: u64,
    busy: [bool; 3],
}

impl<D: Driver<Server = Kafka>> Run<D> {
    fn new(topology: Topology) -> Run<D> {
        let mut run =
            Run { system: Linked::new(topology, 1), app: App::default(), sent: 0, busy: [false; 3] };
        run.system.set_delay(Duration::ZERO);
        run.system.open(&mut run.app);
        run
    }

    fn act(&mut self, act: Act) {
        match act {
            Act::Send(key) => {
                self.sent += 1;
                let (id, producer) = (MessageId(self.sent), ProducerId(0));
                let message = Message { id, producer, sent: self.app.now, key, size: 100 };
                self.app.record(What::Published { message });
                self.system.send(Parcel { message, ttl: None, priority: None, to: None }, &mut self.app);
            }
            Act::Wait(millis) => {
                let to = self.app.now + Duration::from_millis(millis);
                while let Some(due) = self.system.due().filter(|due| *due <= to) {
                    self.app.now = self.app.now.max(due);
                    self.system.wake(&mut self.app);
                }
                self.app.now = to;
            }
            Act::Broker(act, broker) => {
                self.system.operate(act, None, Some(f64::from(broker)), &mut self.app);
            }
            Act::Work(worker, what) => {
                let id = WorkerId(worker);
                match (what, self.busy[usize::from(worker)]) {
                    (0, _) => self.system.lost(id, &mut self.app),
                    (1, false) => self.system.withdraw(id, &mut self.app),
                    (2, true) => self.system.fail(id, Failure::Again, &mut self.app),
                    (3, true) => {
                        self.system.fail(id, Failure::Later(Duration::from_secs(2)), &mut self.app);
                    }
                    (4, true) => self.system.fail(id, Failure::ForGood, &mut self.app),
                    (_, true) => self.system.done(id, &mut self.app),
                    (_, false) => self.system.receive(id, &mut self.app),
                }
                self.busy[usize::from(worker)] &= what == 1;
            }
        }
        for worker in self.app.delivered.drain(..) {
            self.busy[usize::from(worker.0)] = true;
        }
        self.audit();
    }

    fn audit(&self) {
        let (mut waiting, mut held) = (0, 0);
        for holding in self.system.server().holdings() {
            (waiting, held) = (waiting + holding.waiting, held + holding.held);
        }
        let ledger = &self.app.ledger;
        assert_eq!((ledger.waiting, ledger.held), (waiting, held), "at {}: {ledger:?}", self.app.now);
        assert_eq!(ledger.accounted(), ledger.sent + ledger.copied + ledger.resent);
        assert!(ledger.arriving <= ledger.sent + ledger.copied, "{ledger:?}");
    }
}

#[derive(Clone, Copy, Debug)]
enum Act {
    Send(u16),
    Work(u16, u8),
    Wait(u64),
    Broker(&'static str, u8),
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let brokers = prop::sample::select(vec![
        "broker-down",
        "broker-up",
        "broker-up",
        "broker-stop",
        "replica-stall",
        "replica-resume",
        "replica-resume",
    ]);
    let act = prop_oneof![
        6 => (0..5_u16).prop_map(Act::Send),
        6 => (0..3_u16, 0..12_u8).prop_map(|(worker, what)| Act::Work(worker, what)),
        4 => (1..4000_u64).prop_map(Act::Wait),
        1 => (brokers, 1..4_u8).prop_map(|(act, broker)| Act::Broker(act, broker)),
    ];
    prop::collection::vec(act, 0..250)
}

fn experiment() -> impl Strategy<Value = Topology> {
    let part = (
        prop_oneof![2 => Just("1"), 1 => Just("3")],
        prop_oneof![3 => Just("1"), 1 => Just("3")],
        prop_oneof![Just("1"), Just("2")],
        prop_oneof![Just("false"), Just("true")],
        prop_oneof![2 => Just("1000000"), 1 => Just("300")],
    );
    let producer = (
        prop_oneof![3 => Just("0"), 1 => Just("5")],
        prop_oneof![2 => Just("all"), 1 => Just("1"), 1 => Just("0")],
        prop_oneof![2 => Just("16384"), 1 => Just("250")],
        prop_oneof![2 => Just("33554432"), 1 => Just("500")],
    );
    let consumer = (
        prop_oneof![2 => Just("500"), 1 => Just("1"), 1 => Just("2")],
        prop_oneof![2 => Just("true"), 1 => Just("false")],
        prop_oneof![Just("batch"), Just("record"), Just("before"), Just("never")],
        prop_oneof![3 => Just("classic"), 1 => Just("consumer")],
        prop_oneof![3 => Just("300000"), 1 => Just("3000")],
        prop_oneof![3 => Just("45000"), 1 => Just("6000")],
    );
    (part, producer, consumer, any::<bool>()).prop_map(|(part, producer, consumer, cooperative)| {
        let assignor = if cooperative { "cooperative-sticky" } else { "range" };
        topology(
            &[
                ("partitions", part.0),
                ("replication.factor", part.1),
                ("min.insync.replicas", part.2),
                ("unclean.leader.election.enable", part.3),
                ("segment.bytes", part.4),
            ],
            &[
                ("linger.ms", producer.0),
                ("acks", producer.1),
                ("batch.size", producer.2),
                ("buffer.memory", producer.3),
            ],
            &[
                ("auto.offset.reset", "earliest"),
                ("partition.assignment.strategy", assignor),
                ("max.poll.records", consumer.0),
                ("enable.auto.commit", consumer.1),
                ("commit", consumer.2),
                ("group.protocol", consumer.3),
                ("max.poll.interval.ms", consumer.4),
                ("session.timeout.ms", consumer.5),
            ],
        )
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn what_is_done_at_once_comes_to_the_same_as_by_requests(topology in experiment(), acts in acts()) {
        let mut short = Run::<Client>::new(topology.clone());
        let mut long = Run::<Long>::new(topology);
        for act in acts {
            short.act(act);
            long.act(act);
            prop_assert_eq!(&short.app.facts, &long.app.facts);
            prop_assert_eq!(&short.app.confirmed, &long.app.confirmed);
            prop_assert_eq!(&short.app.refused, &long.app.refused);
            prop_assert_eq!(short.system.due(), long.system.due());
            prop_assert_eq!(short.system.server().holdings(), long.system.server().holdings());
        }
    }
}
