//! The client library, by a small application that sends, works, fails and dies.

use std::collections::BTreeSet;
use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::broker::Effects;
use crate::broker::linked::Linked;
use crate::broker::pulsar::manual::{MANUAL, TOPIC};
use crate::broker::server::{Down, Server};
use crate::broker::topology::{Link, Part, Receiver, Sender, Sheet};
use crate::journal::{Fact, Observer};
use crate::knob::Value as Setting;
use crate::ledger::{Census, Ledger};

/// What comes of it on the side of the application.
#[derive(Default)]
struct App {
    now: Time,
    delivered: Vec<(u16, u64, u16)>,
    told: Vec<What>,
    busy: BTreeSet<u16>,
    confirmed: u64,
    refused: u64,
    ledger: Ledger,
}

impl Effects for App {
    fn now(&self) -> Time {
        self.now
    }

    fn note(&mut self, what: What) {
        self.record(what);
    }

    fn record(&mut self, what: What) {
        self.told.push(what);
        self.ledger.observe(&Fact { at: self.now, what });
    }

    fn deliver(&mut self, worker: WorkerId, entry: Entry) {
        self.busy.insert(worker.0);
        self.delivered.push((worker.0, entry.message.id.0, entry.attempt));
    }

    fn confirmed(&mut self, _: MessageId, _: ProducerId) {
        self.confirmed += 1;
    }

    fn refused(&mut self, _: Message, _: Refusal) {
        self.refused += 1;
    }

    fn block(&mut self, _: ProducerId) {}

    fn unblock(&mut self, _: ProducerId) {}
}

/// One producer, one pool of workers, one topic and one for dead letters.
struct Experiment<D: Driver> {
    system: Linked<D>,
    app: App,
    sent: u64,
}

type Bench = Experiment<PulsarDriver>;

type Set<'a> = &'a [(&'a str, Setting)];

fn number(number: f64) -> Setting {
    Setting::Number(number)
}

fn word(word: &'static str) -> Setting {
    Setting::Choice(word.into())
}

impl<D: Driver<Server = Pulsar>> Experiment<D> {
    fn new(topic: Set<'_>, producer: Set<'_>, consumer: Set<'_>) -> Experiment<D> {
        let sheet = |knobs, set: Set<'_>| {
            let mut sheet = Sheet::new(knobs, MANUAL.versions, "4.0");
            for (name, value) in set {
                assert!(sheet.get(name).is_some(), "{name} is no knob");
                sheet.set(name, value);
            }
            sheet
        };
        let knobs = MANUAL.kinds[0].knobs;
        let part = |name: &str, set| Part { kind: TOPIC, name: name.into(), settings: sheet(knobs, set) };
        let topology = Topology {
            version: "4.0".into(),
            settings: sheet(MANUAL.knobs, &[]),
            parts: vec![part("work", topic), part("dead", &[])],
            links: vec![Link { from: "work".into(), to: "dead".into(), settings: sheet(&[], &[]) }],
            senders: vec![Sender {
                id: ProducerId(0),
                name: "p".into(),
                to: "work".into(),
                settings: sheet(MANUAL.producer, producer),
            }],
            receivers: vec![Receiver {
                first: WorkerId(0),
                name: "c".into(),
                from: "work".into(),
                settings: sheet(MANUAL.consumer, consumer),
            }],
        };
        let mut bench = Experiment { system: Linked::new(topology, 1), app: App::default(), sent: 0 };
        bench.system.open(&mut bench.app);
        bench
    }

    fn send(&mut self, count: u64, size: u32) {
        for _ in 0..count {
            self.sent += 1;
            let id = MessageId(self.sent);
            let key = (self.sent % 5) as u16;
            let message = Message { id, producer: ProducerId(0), sent: self.app.now, key, size };
            self.app.record(What::Published { message });
            let parcel = Parcel { message, ttl: None, priority: None, to: None };
            self.system.send(parcel, &mut self.app);
            self.audit();
        }
    }

    fn receive(&mut self, worker: u16) {
        self.system.receive(WorkerId(worker), &mut self.app);
        self.audit();
    }

    fn done(&mut self, worker: u16) {
        self.app.busy.remove(&worker);
        self.system.done(WorkerId(worker), &mut self.app);
        self.audit();
    }

    fn fail(&mut self, worker: u16, failure: Failure) {
        self.app.busy.remove(&worker);
        self.system.fail(WorkerId(worker), failure, &mut self.app);
        self.audit();
    }

    fn lost(&mut self, worker: u16) {
        self.app.busy.remove(&worker);
        self.system.lost(WorkerId(worker), &mut self.app);
        self.audit();
    }

    fn run_to(&mut self, millis: u64) {
        let to = Time::from_nanos(millis * 1_000_000);
        while let Some(due) = self.system.due().filter(|due| *due <= to) {
            self.app.now = self.app.now.max(due);
            self.system.wake(&mut self.app);
            self.audit();
        }
        self.app.now = to;
    }

    /// The books against the broker's own counts.
    fn audit(&self) {
        let holdings = self.system.server().holdings();
        let sum = |of: fn(&crate::broker::server::Holding) -> u64| holdings.iter().map(of).sum();
        let census = Census {
            arriving: None,
            waiting: sum(|own| own.waiting),
            held: sum(|own| own.held),
            delayed: sum(|own| own.delayed),
        };
        if let Err(imbalance) = self.app.ledger.audit(census) {
            panic!("at {}: {imbalance}", self.app.now);
        }
    }

    /// One of four workers does something that it can do, or a message is sent, or time passes.
    fn act(&mut self, (what, worker): (u8, u16)) {
        let busy = self.app.busy.contains(&worker);
        match (what, busy) {
            (0..=4, _) => self.send(1, 100),
            (5..=9, false) => self.receive(worker),
            (10, false) => self.system.withdraw(WorkerId(worker), &mut self.app),
            (5..=8, true) => self.done(worker),
            (9, true) => self.fail(worker, Failure::Again),
            (10, true) => self.fail(worker, Failure::ForGood),
            (11, true) => self.fail(worker, Failure::Later(Duration::from_secs(2))),
            (12, _) => self.lost(worker),
            (13, _) if worker == 0 => {
                self.app.busy.clear();
                self.system.restart(Down::Killed, &mut self.app);
            }
            (14, _) if worker == 0 => self.system.operate("unload", Some(0), None, &mut self.app),
            _ => self.run_to((self.app.now.as_secs_f64() * 1e3) as u64 + 500),
        }
    }
}

#[test]
fn producers_wait_while_the_backlog_is_too_large_and_fail_after_their_timeout() {
    let quota = [("backlogQuotaDefaultLimitBytes", number(1000.0))];
    let producer = [("batchingEnabled", word("false")), ("sendTimeout", number(30.0))];
    let mut bench: Bench = Experiment::new(&quota, &producer, &[]);
    bench.receive(0);
    bench.send(2, 600);
    assert_eq!((bench.app.confirmed, bench.app.ledger.held), (2, 2));
    // The check at 60 s disconnects the producer.
    bench.run_to(61_000);
    bench.send(1, 100);
    bench.run_to(90_000);
    assert_eq!((bench.app.confirmed, bench.app.refused), (2, 0));
    bench.run_to(92_000);
    assert_eq!((bench.app.confirmed, bench.app.refused), (2, 1), "its timeout was over at 91 s");
    bench.send(1, 100);
    // The consumer gets through with what there is, and the producer is let in again.
    bench.done(0);
    bench.receive(0);
    bench.done(0);
    bench.run_to(200_000);
    assert_eq!((bench.app.confirmed, bench.app.refused), (3, 1));
}

#[test]
fn producers_fail_at_once_where_that_is_the_policy() {
    let quota = [
        ("backlogQuotaDefaultLimitBytes", number(1000.0)),
        ("backlogQuotaDefaultRetentionPolicy", word("producer_exception")),
    ];
    let producer = [("batchingEnabled", word("false"))];
    let mut bench: Bench = Experiment::new(&quota, &producer, &[]);
    bench.receive(0);
    bench.send(2, 600);
    bench.run_to(61_000);
    bench.send(1, 100);
    bench.run_to(70_000);
    assert_eq!((bench.app.confirmed, bench.app.refused), (2, 1));
}

#[test]
fn what_is_not_confirmed_is_sent_again_after_the_broker_was_lost() {
    let producer = [("batchingMaxPublishDelay", number(1000.0))];
    let mut bench: Bench = Experiment::new(&[], &producer, &[("acknowledgmentGroupTime", number(0.0))]);
    bench.receive(0);
    bench.send(3, 100);
    bench.system.restart(Down::Killed, &mut bench.app);
    bench.app.busy.clear();
    bench.run_to(10_000);
    assert_eq!((bench.app.confirmed, bench.app.delivered.len()), (3, 1));
    assert_eq!(bench.app.ledger.held, 3, "the batch is delivered as a whole");
}

/// The same client library, but whatever it asks goes over the network.
#[derive(Clone, PartialEq, Hash, Debug)]
struct ByWire(PulsarDriver);

impl Driver for ByWire {
    type Server = Pulsar;

    fn new(topology: &Topology, seed: u64) -> (ByWire, Pulsar) {
        let (driver, server) = PulsarDriver::new(topology, seed);
        (ByWire(driver), server)
    }

    fn open(&mut self, topology: &Topology, line: &mut impl Line<Pulsar>) {
        self.0.open(topology, line);
    }

    fn changed(&mut self, topology: &Topology, target: Target, knob: &str, line: &mut impl Line<Pulsar>) {
        self.0.changed(topology, target, knob, line);
    }

    fn send(&mut self, parcel: Parcel, line: &mut impl Line<Pulsar>) {
        self.0.send(parcel, line);
    }

    fn receive(&mut self, worker: WorkerId, line: &mut impl Line<Pulsar>) {
        self.0.receive(worker, line);
    }

    fn withdraw(&mut self, worker: WorkerId, line: &mut impl Line<Pulsar>) {
        self.0.withdraw(worker, line);
    }

    fn done(&mut self, worker: WorkerId, line: &mut impl Line<Pulsar>) {
        self.0.done(worker, line);
    }

    fn fail(&mut self, worker: WorkerId, failure: Failure, line: &mut impl Line<Pulsar>) {
        self.0.fail(worker, failure, line);
    }

    fn lost(&mut self, worker: WorkerId, line: &mut impl Line<Pulsar>) {
        self.0.lost(worker, line);
    }

    fn operate(
        &mut self,
        topology: &Topology,
        act: &str,
        part: Option<u16>,
        argument: Option<f64>,
        line: &mut impl Line<Pulsar>,
    ) {
        self.0.operate(topology, act, part, argument, line);
    }

    fn reply(&mut self, client: ClientId, id: RequestId, reply: Reply, line: &mut impl Line<Pulsar>) {
        self.0.reply(client, id, reply, line);
    }

    fn push(&mut self, client: ClientId, push: Push, line: &mut impl Line<Pulsar>) {
        self.0.push(client, push, line);
    }

    fn due(&self) -> Option<Time> {
        self.0.due()
    }

    fn wake(&mut self, line: &mut impl Line<Pulsar>) {
        self.0.wake(line);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]
    #[test]
    fn what_is_done_at_once_is_the_same_as_over_the_network(
        kind in prop::sample::select(&["Exclusive", "Failover", "Shared", "Key_Shared"][..]),
        queue in 1_u8..5,
        group in prop::bool::ANY,
        batches in prop::bool::weighted(0.2),
        partitions in 0_u8..3,
        dead in prop::bool::ANY,
        steps in prop::collection::vec((0_u8..16, 0_u16..4), 0..250),
    ) {
        let consumer = [
            ("subscriptionType", word(kind)),
            ("receiverQueueSize", number(queue.into())),
            ("acknowledgmentGroupTime", number(if group { 100.0 } else { 0.0 })),
            ("negativeAckRedeliveryDelay", number(1.0)),
            ("ackTimeout", number(3.0)),
            ("maxRedeliverCount", if dead { number(1.0) } else { word("unset") }),
        ];
        let topic = [("partitions", number(partitions.into()))];
        let producer = [("batchingEnabled", word(if batches { "true" } else { "false" }))];
        let mut at_once: Bench = Experiment::new(&topic, &producer, &consumer);
        let mut by_wire: Experiment<ByWire> = Experiment::new(&topic, &producer, &consumer);
        for step in steps {
            at_once.act(step);
            by_wire.act(step);
            prop_assert_eq!(&at_once.app.told, &by_wire.app.told);
            prop_assert_eq!(&at_once.app.delivered, &by_wire.app.delivered);
            prop_assert_eq!(at_once.app.confirmed, by_wire.app.confirmed);
            prop_assert!(at_once.system.server() == by_wire.system.server());
        }
    }
}
