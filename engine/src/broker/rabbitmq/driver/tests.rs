//! A small application on the client library: what it is handed, and what becomes of what it says.

use std::collections::VecDeque;
use std::time::Duration;

use proptest::prelude::*;

use super::super::{MANUAL, SYSTEM};
use super::*;
use crate::broker::Effects;
use crate::broker::linked::Linked;
use crate::broker::server::{Down, Server};
use crate::broker::topology::{Link, Part, Receiver, Sender, Sheet};
use crate::id::{MessageId, StoreId};
use crate::journal::{Fact, Observer};
use crate::journal::{Refusal, What};
use crate::knob::Value;
use crate::ledger::Ledger;
use crate::message::{Entry, Message};

/// The application: it notes what it is told.
#[derive(Default)]
struct Application {
    now: Time,
    /// All of it in its order, where that is looked at.
    noted: Option<Vec<Noted>>,
    ledger: Ledger,
    delivered: VecDeque<(u16, Entry)>,
    confirmed: Vec<u64>,
    refused: Vec<(u64, Refusal)>,
    blocked: Vec<bool>,
}

/// Something that an application is told.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Noted {
    Fact(What),
    Handed(WorkerId, Entry),
    Confirmed(MessageId),
    Refused(Message, Refusal),
    Blocked(bool),
}

impl Application {
    fn keep(&mut self, noted: Noted) {
        self.noted.iter_mut().for_each(|all| all.push(noted));
    }
}

impl Effects for Application {
    fn now(&self) -> Time {
        self.now
    }
    fn note(&mut self, what: What) {
        self.record(what);
    }

    fn record(&mut self, what: What) {
        self.keep(Noted::Fact(what));
        self.ledger.observe(&Fact { at: self.now, what });
    }
    fn deliver(&mut self, worker: WorkerId, entry: Entry) {
        self.keep(Noted::Handed(worker, entry));
        self.delivered.push_back((worker.0, entry));
    }
    fn confirmed(&mut self, message: MessageId, _: ProducerId) {
        self.keep(Noted::Confirmed(message));
        self.confirmed.push(message.0);
    }
    fn refused(&mut self, message: Message, why: Refusal) {
        self.keep(Noted::Refused(message, why));
        self.refused.push((message.id.0, why));
    }
    fn block(&mut self, _: ProducerId) {
        self.keep(Noted::Blocked(true));
        self.blocked.push(true);
    }
    fn unblock(&mut self, _: ProducerId) {
        self.keep(Noted::Blocked(false));
        self.blocked.push(false);
    }
}

struct Bench<D: Driver = Client> {
    linked: Linked<D>,
    application: Application,
    sent: u64,
}

fn sheet(knobs: &'static [crate::knob::Knob], set: &[(&str, &str)]) -> Sheet {
    let mut sheet = Sheet::new(knobs, MANUAL.versions, MANUAL.versions[MANUAL.versions.len() - 1]);
    for (name, text) in set {
        let value = text.parse().map_or_else(|_| Value::Choice((*text).to_owned().into()), Value::Number);
        let knob = knobs.iter().find(|knob| knob.name == *name).unwrap_or_else(|| panic!("no knob {name}"));
        assert_eq!(knob.check(&value), Ok(()), "{name}");
        sheet.set(name, &value);
    }
    sheet
}

type Set<'a> = &'a [(&'a str, &'a str)];

impl Bench {
    fn new(queue: Set<'_>, producer: Set<'_>, consumer: Set<'_>) -> Bench {
        Bench::of("4.3", queue, producer, consumer)
    }
}

impl<D: Driver<Server = Node>> Bench<D> {
    /// The usual parts and links; one producer, one pool of workers.
    fn of(version: &str, queue: Set<'_>, producer: Set<'_>, consumer: Set<'_>) -> Bench<D> {
        let usual = MANUAL.usual;
        let part = |(kind, name): &(&'static str, &str)| {
            let knobs = MANUAL.kinds.iter().find(|own| own.name == *kind).unwrap().knobs;
            Part {
                kind,
                name: (*name).into(),
                settings: sheet(knobs, if *name == "queue" { queue } else { &[] }),
            }
        };
        let link = |(from, to): &(&str, &str)| Link {
            from: (*from).into(),
            to: (*to).into(),
            settings: sheet(MANUAL.link, &[]),
        };
        let topology = Topology {
            version: version.into(),
            settings: sheet(MANUAL.knobs, &[]),
            parts: usual.parts.iter().map(part).collect(),
            links: usual.links.iter().map(link).collect(),
            senders: vec![Sender {
                id: ProducerId(0),
                name: "p".into(),
                to: usual.to.into(),
                settings: sheet(MANUAL.producer, producer),
            }],
            receivers: vec![Receiver {
                first: WorkerId(0),
                name: "c".into(),
                from: usual.from.into(),
                settings: sheet(MANUAL.consumer, consumer),
            }],
        };
        let mut bench =
            Bench { linked: Linked::new(topology, 1), application: Application::default(), sent: 0 };
        bench.linked.open(&mut bench.application);
        bench
    }

    fn send(&mut self, count: u64) {
        for _ in 0..count {
            self.send_with(None, None);
        }
    }

    fn send_with(&mut self, ttl: Option<Duration>, priority: Option<u8>) {
        self.sent += 1;
        let (id, producer, sent) = (MessageId(self.sent), ProducerId(0), self.application.now);
        let message = Message { id, producer, sent, key: 7, size: 10 };
        self.application.record(What::Published { message });
        self.linked.send(Parcel { message, ttl, priority, to: None }, &mut self.application);
    }

    fn receive(&mut self, worker: u16) {
        self.linked.receive(WorkerId(worker), &mut self.application);
    }

    fn done(&mut self, worker: u16) {
        self.linked.done(WorkerId(worker), &mut self.application);
    }

    fn fail(&mut self, worker: u16, failure: Failure) {
        self.linked.fail(WorkerId(worker), failure, &mut self.application);
    }

    fn run_to(&mut self, seconds: u64) {
        let end = Time::from_secs(seconds);
        while let Some(due) = self.linked.due().filter(|due| *due <= end) {
            self.application.now = self.application.now.max(due);
            self.linked.wake(&mut self.application);
        }
        self.application.now = end;
    }

    fn set(&mut self, target: Target, knob: &str, value: Value) {
        self.linked.set(target, knob, &value, &mut self.application);
    }

    /// What was handed over since the last time: worker, message, attempt.
    fn delivered(&mut self) -> Vec<(u16, u64, u16)> {
        self.application
            .delivered
            .drain(..)
            .map(|(worker, own)| (worker, own.message.id.0, own.attempt))
            .collect()
    }

    /// Ready and unacknowledged in a queue, by the server's own count.
    fn count(&self, queue: &str) -> (u64, u64) {
        self.linked.server().count_in(queue).unwrap()
    }

    /// The ledger says what the server says.
    #[track_caller]
    fn audit(&self) {
        let holdings = self.linked.server().holdings();
        let sum = |count: fn(&crate::broker::server::Holding) -> u64| holdings.iter().map(count).sum::<u64>();
        let ledger = &self.application.ledger;
        assert_eq!(
            (ledger.waiting, ledger.held, ledger.delayed),
            (sum(|own| own.waiting), sum(|own| own.held), sum(|own| own.delayed)),
        );
        assert_eq!(ledger.accounted(), ledger.sent + ledger.copied);
    }
}

#[test]
fn a_worker_has_what_its_prefetch_allows_and_is_handed_one_at_a_time() {
    let mut bench = Bench::new(&[], &[], &[("prefetch_count", "3")]);
    bench.send(10);
    bench.receive(0);
    assert_eq!(bench.delivered(), [(0, 1, 1)]);
    assert_eq!(bench.count("queue"), (7, 3));
    bench.done(0);
    assert_eq!(bench.count("queue"), (6, 3));
    assert_eq!(bench.delivered(), []);
    bench.receive(0);
    assert_eq!(bench.delivered(), [(0, 2, 1)]);
    bench.receive(1);
    assert_eq!(bench.delivered(), [(1, 5, 1)]);
    bench.audit();
}

#[test]
fn without_prefetch_the_first_worker_has_it_all() {
    let mut bench = Bench::new(&[], &[], &[]);
    bench.send(100);
    bench.receive(0);
    bench.receive(1);
    assert_eq!(bench.count("queue"), (0, 100));
    assert_eq!(bench.delivered(), [(0, 1, 1)]);
    // What comes from now on they get in turn.
    bench.send(2);
    assert_eq!(bench.delivered(), [(1, 102, 1)]);
}

#[test]
fn a_lost_worker_gives_back_all_that_it_had_and_what_is_under_way_to_it_is_ignored() {
    let mut bench = Bench::new(&[], &[], &[("prefetch_count", "2")]);
    bench.linked.set_delay(Duration::from_millis(100));
    bench.send(3);
    bench.receive(0);
    bench.run_to(1);
    assert_eq!((bench.delivered(), bench.count("queue")), (vec![(0, 1, 1)], (1, 2)));
    bench.done(0);
    bench.linked.lost(WorkerId(0), &mut bench.application);
    bench.receive(0);
    bench.run_to(2);
    // The acknowledgement had been sent before; the third message was pushed to a connection that was gone.
    assert_eq!(bench.delivered(), [(0, 2, 2)]);
    assert_eq!(bench.count("queue"), (0, 2));
    bench.audit();
}

#[test]
fn one_that_fails_goes_back_at_once_or_later_or_to_the_dead_letters() {
    let mut bench = Bench::new(&[], &[], &[("prefetch_count", "1")]);
    bench.send(1);
    bench.receive(0);
    bench.fail(0, Failure::Again);
    bench.receive(0);
    assert_eq!(bench.delivered(), [(0, 1, 1), (0, 1, 2)]);
    bench.fail(0, Failure::Later(Duration::from_secs(5)));
    bench.receive(0);
    bench.run_to(4);
    assert_eq!((bench.delivered(), bench.count("queue")), (vec![], (0, 1)), "kept by the client");
    bench.run_to(6);
    assert_eq!(bench.delivered(), [(0, 1, 2)]);
    bench.fail(0, Failure::ForGood);
    assert_eq!((bench.count("queue"), bench.count("dead-letters")), ((0, 0), (1, 0)));
    bench.audit();
}

#[test]
fn a_queue_with_delayed_retry_keeps_it_itself() {
    let delayed =
        [("x-queue-type", "quorum"), ("x-delayed-retry-type", "all"), ("x-delayed-retry-min", "3000")];
    let mut bench = Bench::new(&delayed, &[], &[("prefetch_count", "1")]);
    bench.send(2);
    bench.receive(0);
    bench.fail(0, Failure::Later(Duration::from_secs(60)));
    bench.receive(0);
    assert_eq!(bench.delivered(), [(0, 1, 1), (0, 2, 1)], "the next one comes meanwhile");
    bench.done(0);
    bench.receive(0);
    bench.audit();
    bench.run_to(4);
    assert_eq!(bench.delivered(), [(0, 1, 2)]);
}

#[test]
fn automatic_acknowledgement_loses_what_a_lost_worker_had() {
    let mut bench = Bench::new(&[], &[], &[("ack-mode", "automatic")]);
    bench.send(3);
    bench.receive(0);
    bench.linked.lost(WorkerId(0), &mut bench.application);
    assert_eq!(bench.count("queue"), (0, 0));
    assert_eq!((bench.application.ledger.done, bench.application.ledger.lost), (0, 3));
    bench.receive(0);
    assert_eq!(bench.delivered(), [(0, 1, 1)]);
    bench.send(1);
    bench.fail(0, Failure::Again);
    assert_eq!((bench.delivered(), bench.application.ledger.lost), (vec![(0, 4, 1)], 4));
    bench.audit();
}

#[test]
fn what_was_sent_to_be_acknowledged_is_acknowledged_whatever_the_setting_is_meanwhile() {
    let mut bench = Bench::new(&[], &[], &[("prefetch_count", "2")]);
    bench.send(2);
    bench.receive(0);
    bench.set(Target::Receiver(0), "ack-mode", Value::Choice("automatic".into()));
    bench.send(1);
    bench.done(0);
    bench.receive(0);
    assert_eq!(bench.count("queue"), (0, 1));
    bench.set(Target::Receiver(0), "ack-mode", Value::Choice("manual".into()));
    bench.done(0);
    bench.receive(0);
    bench.done(0);
    assert_eq!((bench.count("queue"), bench.application.ledger.done), ((0, 0), 3));
    bench.audit();
}

#[test]
fn batched_acknowledgements_are_said_when_the_batch_is_full_or_nothing_is_left() {
    let mut bench = Bench::new(&[], &[], &[("ack-mode", "batched"), ("ack-batch", "3")]);
    bench.send(5);
    let mut unacked = Vec::new();
    for _ in 0..5 {
        bench.receive(0);
        bench.done(0);
        unacked.push(bench.count("queue").1);
    }
    assert_eq!(unacked, [5, 5, 2, 2, 2]);
    bench.receive(0);
    assert_eq!(bench.count("queue"), (0, 0));
    bench.audit();
}

#[test]
fn a_batch_does_not_take_what_is_kept_for_later_with_it() {
    let mut bench = Bench::new(&[], &[], &[("ack-mode", "batched"), ("ack-batch", "2")]);
    bench.send(4);
    bench.receive(0);
    bench.fail(0, Failure::Later(Duration::from_secs(5)));
    for _ in 0..3 {
        bench.receive(0);
        bench.done(0);
    }
    bench.receive(0);
    assert_eq!(bench.count("queue"), (0, 1));
    bench.delivered();
    bench.run_to(6);
    assert_eq!(bench.delivered(), [(0, 1, 2)]);
    bench.audit();
}

#[test]
fn who_wants_nothing_more_gives_back_what_was_fetched_ahead() {
    let mut bench = Bench::new(&[], &[], &[("prefetch_count", "3")]);
    bench.send(3);
    bench.receive(0);
    bench.done(0);
    bench.linked.withdraw(WorkerId(0), &mut bench.application);
    assert_eq!(bench.count("queue"), (2, 0));
    bench.receive(1);
    assert_eq!(bench.delivered(), [(0, 1, 1), (1, 2, 2)]);
    bench.audit();
}

#[test]
fn a_publisher_hears_of_refusals_and_returns_only_if_it_asks() {
    let full = [("x-max-length", "1"), ("x-overflow", "reject-publish")];
    let mut bench = Bench::new(&full, &[], &[]);
    bench.send(3);
    assert_eq!((bench.application.confirmed.len(), bench.application.refused.len()), (0, 0));
    assert_eq!(bench.application.ledger.refused, 2);

    let mut bench = Bench::new(&full, &[("confirms", "yes")], &[]);
    bench.send(2);
    assert_eq!(bench.application.confirmed, [1]);
    assert_eq!(bench.application.refused, [(2, Refusal::Full)]);
    bench.audit();
}

#[test]
fn settings_take_effect_on_what_is_running() {
    let mut bench = Bench::new(&[], &[("confirms", "yes"), ("mandatory", "yes")], &[]);
    bench.send(4);
    bench.set(Target::Part(0), "x-max-length", Value::Number(2.0));
    assert_eq!((bench.count("queue"), bench.count("dead-letters")), ((2, 0), (2, 0)));
    bench.set(Target::Receiver(0), "prefetch_count", Value::Number(1.0));
    bench.receive(0);
    assert_eq!((bench.delivered(), bench.count("queue")), (vec![(0, 3, 1)], (1, 1)));
    bench.set(Target::Receiver(0), "prefetch_count", Value::Number(5.0));
    assert_eq!(bench.count("queue"), (0, 2));
    bench.set(Target::Sender(0), "confirms", Value::Choice("no".into()));
    bench.send(1);
    assert_eq!(bench.application.confirmed, [1, 2, 3, 4]);
    bench.set(Target::System, "memory-alarm", Value::Choice("on".into()));
    bench.send(1);
    assert_eq!(bench.count("queue"), (0, 3));
    bench.set(Target::System, "memory-alarm", Value::Choice("off".into()));
    assert_eq!((bench.count("queue"), &bench.application.blocked[..]), ((0, 4), &[true, false][..]));
    bench.audit();
}

#[test]
fn after_a_restart_all_connect_anew() {
    let mut bench = Bench::new(&[], &[("delivery_mode", "persistent")], &[("prefetch_count", "2")]);
    bench.send(3);
    bench.receive(0);
    bench.receive(1);
    bench.delivered();
    bench.linked.restart(Down::Stopped, &mut bench.application);
    // The first worker had two of them, and is at the first; the second one waited, and got the third.
    assert_eq!(bench.count("queue"), (3, 0));
    bench.done(0);
    bench.receive(0);
    assert_eq!(bench.delivered(), [(0, 1, 2)]);
    bench.send(1);
    bench.audit();
}

#[test]
fn a_worker_whose_queue_is_gone_tries_again_and_again() {
    let mut bench = Bench::new(&[("x-expires", "1000"), ("auto_delete", "no")], &[], &[]);
    bench.run_to(2);
    bench.receive(0);
    assert_eq!(bench.linked.due(), Some(Time::from_secs(2) + RECOVERY));
    bench.run_to(20);
    assert_eq!(bench.linked.due(), Some(Time::from_secs(17) + RECOVERY));
}

#[test]
fn the_manual_agrees_with_itself() {
    assert_eq!(MANUAL.system, SYSTEM);
    let all = [MANUAL.knobs, MANUAL.link, MANUAL.producer, MANUAL.consumer];
    for knobs in all.into_iter().chain(MANUAL.kinds.iter().map(|kind| kind.knobs)) {
        for knob in knobs {
            assert_eq!(knob.check(&knob.default()), Ok(()), "{}", knob.name);
            assert!(!knob.meaning.is_empty(), "{}", knob.name);
            assert_eq!(knobs.iter().filter(|own| own.name == knob.name).count(), 1, "{}", knob.name);
        }
    }
    let _ = StoreId(0);
}

/// A client library that leaves everything to the network.
#[derive(Clone, PartialEq, Hash, Debug)]
struct ByWire(Client);

impl Driver for ByWire {
    type Server = Node;

    fn new(topology: &Topology, seed: u64) -> (ByWire, Node) {
        let (client, node) = Client::new(topology, seed);
        (ByWire(client), node)
    }

    fn open(&mut self, topology: &Topology, line: &mut impl Line<Node>) {
        self.0.open(topology, line);
    }

    fn changed(&mut self, topology: &Topology, target: Target, knob: &str, line: &mut impl Line<Node>) {
        self.0.changed(topology, target, knob, line);
    }

    fn send(&mut self, parcel: Parcel, line: &mut impl Line<Node>) {
        self.0.send(parcel, line);
    }

    fn receive(&mut self, worker: WorkerId, line: &mut impl Line<Node>) {
        self.0.receive(worker, line);
    }

    fn withdraw(&mut self, worker: WorkerId, line: &mut impl Line<Node>) {
        self.0.withdraw(worker, line);
    }

    fn done(&mut self, worker: WorkerId, line: &mut impl Line<Node>) {
        self.0.done(worker, line);
    }

    fn fail(&mut self, worker: WorkerId, failure: Failure, line: &mut impl Line<Node>) {
        self.0.fail(worker, failure, line);
    }

    fn lost(&mut self, worker: WorkerId, line: &mut impl Line<Node>) {
        self.0.lost(worker, line);
    }

    fn reply(&mut self, client: ClientId, id: RequestId, reply: Reply, line: &mut impl Line<Node>) {
        self.0.reply(client, id, reply, line);
    }

    fn push(&mut self, client: ClientId, push: Push, line: &mut impl Line<Node>) {
        self.0.push(client, push, line);
    }

    fn due(&self) -> Option<Time> {
        self.0.due()
    }

    fn wake(&mut self, line: &mut impl Line<Node>) {
        self.0.wake(line);
    }
}

impl<D: Driver<Server = Node>> Bench<D> {
    /// One of four workers does something that it can do, or a message is sent, or something else happens.
    fn act(&mut self, busy: &[u16], (what, worker, some): (u8, u16, u8)) {
        let set = |knob: &'static str, to: &'static str| (knob, Value::Choice(to.into()));
        match (what, busy.contains(&worker)) {
            (0..=5, _) => self.send(1),
            (6, _) => {
                let ttl = (some & 1 == 0).then_some(Duration::from_millis(1_500));
                self.send_with(ttl, (some & 2 == 0).then_some(some % 9));
            }
            (7..=11, false) => self.receive(worker),
            (7..=10, true) => self.done(worker),
            (11, true) => self.fail(worker, Failure::Again),
            (12, false) => self.linked.withdraw(WorkerId(worker), &mut self.application),
            (12, true) if some & 1 == 0 => self.fail(worker, Failure::ForGood),
            (12, true) => self.fail(worker, Failure::Later(Duration::from_secs(2))),
            (13, _) => self.linked.lost(WorkerId(worker), &mut self.application),
            (14, _) => {
                let second = self.application.now.as_secs_f64() as u64;
                self.run_to(second + 1 + u64::from(some % 4 == 0) * 60);
            }
            (15, _) => {
                let (target, (knob, to)) = match some % 12 {
                    0 => (Target::System, set("memory-alarm", "on")),
                    1..=3 => (Target::System, set("memory-alarm", "off")),
                    4 => (Target::Receiver(0), set("ack-mode", "automatic")),
                    5 => (Target::Receiver(0), set("ack-mode", "batched")),
                    6 => (Target::Receiver(0), set("ack-mode", "manual")),
                    7 => (Target::Sender(0), set("confirms", "yes")),
                    8 => (Target::Sender(0), set("confirms", "no")),
                    9 => (Target::Part(0), ("x-max-length", Value::Number(2.0))),
                    10 => (Target::Receiver(0), ("prefetch_count", Value::Number(2.0))),
                    _ => (Target::Receiver(0), ("x-priority", Value::Number(f64::from(some % 5)))),
                };
                self.set(target, knob, to);
            }
            (16, _) if worker == 0 => self.linked.restart(Down::Stopped, &mut self.application),
            (16, _) => self.linked.set_delay(Duration::from_millis(u64::from(some % 3 / 2) * 30)),
            _ => {}
        }
    }
}

/// Queues of each kind, with what may keep a message from being delivered at once.
const QUEUES: &[Set<'static>] = &[
    &[],
    &[("x-queue-type", "quorum")],
    &[("x-queue-type", "quorum"), ("x-single-active-consumer", "yes")],
    &[("x-single-active-consumer", "yes")],
    &[("x-max-length", "3"), ("x-overflow", "reject-publish")],
    &[("x-message-ttl", "2500")],
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(384))]
    #[test]
    fn what_is_done_at_once_is_the_same_as_over_the_network(
        version in prop::sample::select(MANUAL.versions),
        queue in prop::sample::select(QUEUES),
        confirms in prop::sample::select(&["yes", "no"][..]),
        prefetch in prop::sample::select(&["0", "1", "3"][..]),
        acks in prop::sample::select(&["manual", "manual", "batched", "automatic"][..]),
        steps in prop::collection::vec((0_u8..17, 0_u16..4, any::<u8>()), 0..300),
    ) {
        let producer = [("confirms", confirms), ("mandatory", confirms)];
        let consumer = [("prefetch_count", prefetch), ("ack-mode", acks)];
        let mut at_once = Bench::<Client>::of(version, queue, &producer, &consumer);
        let mut by_wire = Bench::<ByWire>::of(version, queue, &producer, &consumer);
        let mut busy = Vec::new();
        for step in steps {
            at_once.application.noted = Some(Vec::new());
            by_wire.application.noted = Some(Vec::new());
            at_once.act(&busy, step);
            by_wire.act(&busy, step);
            let noted = at_once.application.noted.take().unwrap_or_default();
            prop_assert_eq!(Some(&noted), by_wire.application.noted.as_ref(), "{:?}", step);
            prop_assert!(at_once.linked.server() == by_wire.linked.server());
            prop_assert_eq!(at_once.linked.due(), by_wire.linked.due());
            // A worker is at what it was handed until it says what became of it, or is lost.
            if matches!(step.0, 7..=13) {
                busy.retain(|own| *own != step.1);
            }
            if step.0 == 16 && step.1 == 0 {
                busy.clear();
            }
            for noted in noted {
                if let Noted::Handed(worker, _) = noted {
                    busy.push(worker.0);
                }
            }
        }
        at_once.audit();
    }
}
