//! The client library and the service together, with a small application on top.

mod at_once;
mod random;

use std::collections::VecDeque;
use std::time::Duration;

use crate::broker::Effects;
use crate::broker::driver::{Driver, Failure, Parcel};
use crate::broker::linked::Linked;
use crate::broker::server::{Down, Server};
use crate::broker::topology::{Link, Part, Receiver, Sender, Sheet, Target, Topology};
use crate::id::{MessageId, ProducerId, WorkerId};
use crate::journal::{Fact, Observer, Refusal, What};
use crate::knob::{Knob, Value};
use crate::ledger::Ledger;
use crate::message::{Entry, Message};
use crate::time::Time;

use super::super::server::Sqs;
use super::super::{MANUAL, knobs};
use super::SqsDriver;

/// What the application side is told.
#[derive(Default)]
struct App {
    now: Time,
    ledger: Ledger,
    facts: Vec<Fact>,
    delivered: VecDeque<(Time, WorkerId, Entry)>,
    confirmed: Vec<u64>,
    refused: Vec<(u64, Refusal)>,
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
    fn deliver(&mut self, worker: WorkerId, entry: Entry) {
        self.delivered.push_back((self.now, worker, entry));
    }
    fn confirmed(&mut self, message: MessageId, _: ProducerId) {
        self.confirmed.push(message.0);
    }
    fn refused(&mut self, message: Message, why: Refusal) {
        self.refused.push((message.id.0, why));
    }
    fn block(&mut self, _: ProducerId) {}
    fn unblock(&mut self, _: ProducerId) {}
}

fn sheet(knobs: &'static [Knob], set: &[(&str, &str)]) -> Sheet {
    let mut sheet = Sheet::new(knobs, MANUAL.versions, MANUAL.versions[0]);
    for (name, value) in set {
        let value = match value.parse() {
            Ok(number) => Value::Number(number),
            Err(_) => Value::Choice((*value).to_owned().into()),
        };
        let knob = knobs.iter().find(|knob| knob.name == *name).expect("a knob of this name");
        assert_eq!(knob.check(&value), Ok(()), "{name}");
        sheet.set(name, &value);
    }
    sheet
}

fn part(kind: &'static str, name: &str, set: &[(&str, &str)]) -> Part {
    let knobs = MANUAL.kinds.iter().find(|own| own.name == kind).expect("a kind").knobs;
    Part { kind, name: name.into(), settings: sheet(knobs, set) }
}

fn link(from: &str, to: &str, set: &[(&str, &str)]) -> Link {
    Link { from: from.into(), to: to.into(), settings: sheet(knobs::LINK, set) }
}

/// A topology with one producer and one pool of workers.
fn topology(
    parts: Vec<Part>,
    links: Vec<Link>,
    producer: &[(&str, &str)],
    consumer: &[(&str, &str)],
) -> Topology {
    let (to, from) = (parts[0].name.clone(), parts.iter().rfind(|part| part.kind != "topic"));
    let from = if parts[0].kind == "topic" { from.expect("a queue").name.clone() } else { to.clone() };
    Topology {
        version: MANUAL.versions[0].into(),
        settings: sheet(knobs::SERVICE, &[("sampling", "off")]),
        parts,
        links,
        senders: vec![Sender {
            id: ProducerId(0),
            name: "p".into(),
            to,
            settings: sheet(knobs::PRODUCER, producer),
        }],
        receivers: vec![Receiver {
            first: WorkerId(0),
            name: "c".into(),
            from,
            settings: sheet(knobs::CONSUMER, consumer),
        }],
    }
}

struct Run<D: Driver<Server = Sqs> = SqsDriver> {
    system: Linked<D>,
    app: App,
    sent: u64,
}

impl Run {
    fn new(topology: Topology) -> Run {
        Run::with_delay(topology, Duration::ZERO)
    }

    fn with_delay(topology: Topology, delay: Duration) -> Run {
        Run::of(topology, delay)
    }
}

impl<D: Driver<Server = Sqs>> Run<D> {
    fn of(topology: Topology, delay: Duration) -> Run<D> {
        let mut run = Run { system: Linked::new(topology, 1), app: App::default(), sent: 0 };
        run.system.set_delay(delay);
        run.system.open(&mut run.app);
        run
    }

    fn send(&mut self, key: u16) {
        self.send_to(key, None);
    }

    fn send_to(&mut self, key: u16, to: Option<u16>) {
        self.sent += 1;
        let (id, producer) = (MessageId(self.sent), ProducerId(0));
        let message = Message { id, producer, sent: self.app.now, key, size: 100 };
        self.app.record(What::Published { message });
        self.system.send(Parcel { message, ttl: None, priority: None, to }, &mut self.app);
        self.audit();
    }

    fn receive(&mut self, worker: u16) {
        self.system.receive(WorkerId(worker), &mut self.app);
        self.audit();
    }

    fn done(&mut self, worker: u16) {
        self.system.done(WorkerId(worker), &mut self.app);
        self.audit();
    }

    fn fail(&mut self, worker: u16, failure: Failure) {
        self.system.fail(WorkerId(worker), failure, &mut self.app);
        self.audit();
    }

    /// Lets time go on.
    fn to(&mut self, millis: u64) {
        let to = Time::from_nanos(millis * 1_000_000);
        while let Some(due) = self.system.due().filter(|due| *due <= to) {
            self.app.now = self.app.now.max(due);
            self.system.wake(&mut self.app);
            self.audit();
        }
        self.app.now = to;
    }

    /// What was delivered since the last call: milliseconds, worker, message, attempt.
    fn delivered(&mut self) -> Vec<(u64, u16, u64, u16)> {
        let tell = |(at, worker, entry): (Time, WorkerId, Entry)| {
            (at.as_nanos() / 1_000_000, worker.0, entry.message.id.0, entry.attempt)
        };
        self.app.delivered.drain(..).map(tell).collect()
    }

    fn audit(&self) {
        let holdings = self.system.server().holdings();
        let sum = |of: fn(&crate::broker::server::Holding) -> u64| holdings.iter().map(of).sum::<u64>();
        let ledger = &self.app.ledger;
        assert_eq!(
            (ledger.waiting, ledger.held, ledger.delayed),
            (sum(|own| own.waiting), sum(|own| own.held), sum(|own| own.delayed)),
            "{holdings:?} at {}",
            self.app.now
        );
        assert_eq!(ledger.accounted(), ledger.sent + ledger.copied);
        let server = self.system.server();
        assert!(server.due().unwrap_or(Time::MAX) <= server.first_due(), "due before it is looked for");
        assert!(ledger.arriving <= ledger.sent, "{ledger:?}");
    }

    /// Visible, in flight, delayed, done.
    fn counts(&self) -> (u64, u64, u64, u64) {
        let ledger = &self.app.ledger;
        (ledger.waiting, ledger.held, ledger.delayed, ledger.done)
    }
}

fn plain(consumer: &[(&str, &str)]) -> Topology {
    topology(vec![part("standard", "q", &[("VisibilityTimeout", "5")])], vec![], &[], consumer)
}

#[test]
fn a_long_poll_waits_for_a_message_and_is_asked_again_when_it_brings_none() {
    let mut run = Run::with_delay(plain(&[("WaitTimeSeconds", "1")]), Duration::from_millis(10));
    run.receive(0);
    run.to(3500);
    assert_eq!(run.delivered(), []);
    run.send(0);
    run.to(4000);
    assert_eq!(run.delivered(), [(3520, 0, 1, 1)]);
    assert_eq!(run.app.confirmed, [1]);
    run.done(0);
    run.to(5000);
    assert_eq!(run.counts(), (0, 0, 0, 1));
}

#[test]
fn a_short_poll_that_brings_nothing_is_followed_by_a_pause() {
    let mut run = Run::new(plain(&[("WaitTimeSeconds", "0"), ("pause", "300")]));
    run.receive(0);
    run.to(100);
    run.send(0);
    run.to(1000);
    assert_eq!(run.delivered(), [(300, 0, 1, 1)]);
}

#[test]
fn a_batch_is_in_flight_at_once_and_worked_on_in_turn() {
    let mut run = Run::new(plain(&[("MaxNumberOfMessages", "10"), ("maxBatchSize", "2")]));
    (0..3).for_each(|_| run.send(0));
    run.receive(0);
    assert_eq!((run.delivered(), run.counts()), (vec![(0, 0, 1, 1)], (0, 3, 0, 0)));
    run.done(0);
    run.receive(0);
    assert_eq!((run.delivered(), run.counts()), (vec![(0, 0, 2, 1)], (0, 3, 0, 0)));
    // The second delete makes the batch full.
    run.done(0);
    assert_eq!(run.counts(), (0, 1, 0, 2));
    run.receive(0);
    run.done(0);
    assert_eq!(run.counts(), (0, 1, 0, 2));
    run.to(200);
    assert_eq!(run.counts(), (0, 0, 0, 3));
}

#[test]
fn what_a_crashed_worker_had_is_back_at_its_timeout_with_all_that_came_with_it() {
    let mut run = Run::new(plain(&[("MaxNumberOfMessages", "10"), ("WaitTimeSeconds", "20")]));
    (0..2).for_each(|_| run.send(0));
    run.receive(0);
    run.to(1000);
    run.system.lost(WorkerId(0), &mut run.app);
    run.receive(1);
    run.to(6000);
    run.done(1);
    run.receive(1);
    assert_eq!(run.delivered(), [(0, 0, 1, 1), (5000, 1, 1, 2), (6000, 1, 2, 2)]);
}

#[test]
fn a_crashed_worker_loses_the_deletes_it_had_not_sent() {
    let mut run = Run::new(plain(&[("maxBatchSize", "10"), ("sendRequestFrequency", "10000")]));
    run.send(0);
    run.receive(0);
    run.done(0);
    run.system.lost(WorkerId(0), &mut run.app);
    run.to(20_000);
    assert_eq!(run.counts(), (1, 0, 0, 0));
}

#[test]
fn a_heartbeat_keeps_what_is_worked_on_hidden_and_without_one_it_is_done_twice() {
    for (heartbeat, expected) in [("2", vec![(0, 0, 1, 1)]), ("unset", vec![(0, 0, 1, 1), (5000, 1, 1, 2)])] {
        let mut run = Run::new(plain(&[("heartbeat", heartbeat), ("WaitTimeSeconds", "20")]));
        run.send(0);
        run.receive(0);
        run.receive(1);
        run.to(60_000);
        run.done(0);
        assert_eq!(run.delivered(), expected);
        assert_eq!(run.counts().3, u64::from(heartbeat == "2"));
    }
}

#[test]
fn a_failed_message_is_given_back_at_once_or_later_or_left() {
    let mut run = Run::new(plain(&[("WaitTimeSeconds", "20")]));
    run.send(0);
    run.receive(0);
    run.fail(0, Failure::Again);
    run.receive(0);
    run.fail(0, Failure::Later(Duration::from_millis(1500)));
    run.receive(0);
    run.to(2000);
    run.fail(0, Failure::ForGood);
    run.receive(0);
    run.to(10_000);
    assert_eq!(run.delivered(), [(0, 0, 1, 1), (0, 0, 1, 2), (2000, 0, 1, 3), (7000, 0, 1, 4)]);

    let mut run = Run::new(plain(&[("on-poison", "delete")]));
    run.send(0);
    run.receive(0);
    run.fail(0, Failure::ForGood);
    assert_eq!(run.counts(), (0, 0, 0, 1));
}

#[test]
fn a_poison_message_ends_among_the_dead_letters() {
    let parts = vec![part("standard", "q", &[]), part("standard", "dlq", &[])];
    let links = vec![link("q", "dlq", &[("maxReceiveCount", "3")])];
    let mut run = Run::new(topology(parts, links, &[], &[("WaitTimeSeconds", "20")]));
    run.send(0);
    for _ in 0..4 {
        run.receive(0);
        run.fail(0, Failure::Again);
    }
    assert_eq!(run.delivered().len(), 3);
    let holdings = run.system.server().holdings();
    assert_eq!((holdings[0].waiting, holdings[1].waiting), (0, 1));
    assert_eq!((run.app.ledger.dead, run.app.ledger.copied), (1, 1));
}

#[test]
fn what_a_poll_brings_to_a_worker_that_wants_nothing_stays_in_flight() {
    let mut run = Run::new(plain(&[("WaitTimeSeconds", "20")]));
    run.receive(0);
    run.to(1000);
    run.system.withdraw(WorkerId(0), &mut run.app);
    run.send(0);
    assert_eq!((run.delivered(), run.counts()), (vec![], (0, 1, 0, 0)));
    run.receive(1);
    run.to(7000);
    assert_eq!(run.delivered(), [(6000, 1, 1, 2)]);
    // One that wants again before its poll is answered does not ask twice.
    run.receive(0);
    run.system.withdraw(WorkerId(0), &mut run.app);
    run.receive(0);
    run.send(0);
    run.send(0);
    assert_eq!(run.counts(), (1, 2, 0, 0));
}

#[test]
fn a_producer_sends_full_batches_at_once_and_others_after_a_while() {
    let set = [("maxBatchSize", "3"), ("sendRequestFrequency", "100")];
    let mut run = Run::new(topology(vec![part("standard", "q", &[])], vec![], &set, &[]));
    (0..4).for_each(|_| run.send(0));
    assert_eq!((run.app.confirmed.len(), run.counts().0), (3, 3));
    run.to(99);
    assert_eq!(run.counts().0, 3);
    run.to(100);
    assert_eq!((run.app.confirmed.len(), run.counts().0), (4, 4));
}

#[test]
fn what_goes_elsewhere_closes_a_batch_and_keeps_its_way_when_it_is_throttled() {
    let parts = || vec![part("fifo", "q", &[]), part("fifo", "answers", &[])];
    let mut run = Run::new(topology(parts(), vec![], &[("maxBatchSize", "3")], &[]));
    [None, None, Some(1), None].into_iter().for_each(|to| run.send_to(0, to));
    let waiting =
        |run: &Run| run.system.server().holdings().iter().map(|own| own.waiting).collect::<Vec<_>>();
    assert_eq!(waiting(&run), [2, 1]);
    run.to(200);
    assert_eq!(waiting(&run), [3, 1]);

    let mut slow = topology(parts(), vec![], &[("max_attempts", "10")], &[]);
    slow.settings.set("fifo-rate", &Value::Number(2.0));
    let mut run = Run::new(slow);
    (0..16).for_each(|n| run.send_to(0, (n % 2 == 1).then_some(1)));
    run.to(60_000);
    assert_eq!(waiting(&run), [8, 8]);
}

#[test]
fn what_is_throttled_is_sent_again_in_its_order_and_given_up_in_the_end() {
    let queue = || vec![part("fifo", "q", &[])];
    let mut slow = topology(queue(), vec![], &[("max_attempts", "10")], &[]);
    slow.settings.set("fifo-rate", &Value::Number(10.0));
    let mut run = Run::new(slow);
    (0..30).for_each(|_| run.send(1));
    assert_eq!(run.counts().0, 10);
    run.to(60_000);
    assert_eq!(run.app.confirmed, (1..=30).collect::<Vec<u64>>());

    let mut slow = topology(queue(), vec![], &[("max_attempts", "1")], &[]);
    slow.settings.set("fifo-rate", &Value::Number(10.0));
    let mut run = Run::new(slow);
    (0..30).for_each(|_| run.send(1));
    assert_eq!((run.app.confirmed.len(), run.app.refused.len(), run.app.ledger.refused), (10, 20, 20));
    assert!(run.app.refused.iter().all(|(_, why)| *why == Refusal::Throttled));
}

#[test]
fn a_fifo_queue_keeps_the_order_within_a_key() {
    let mut run = Run::new(topology(vec![part("fifo", "q", &[])], vec![], &[], &[("WaitTimeSeconds", "20")]));
    [1, 1, 2, 1].into_iter().for_each(|key| run.send(key));
    (0..3).for_each(|worker| run.receive(worker));
    assert_eq!(run.delivered(), [(0, 0, 1, 1), (0, 1, 3, 1)]);
    run.done(0);
    assert_eq!(run.delivered(), [(0, 2, 2, 1)]);
}

#[test]
fn a_topic_fans_out_by_key() {
    let parts = vec![part("topic", "t", &[]), part("standard", "all", &[]), part("fifo", "some", &[])];
    let links = vec![link("t", "all", &[]), link("t", "some", &[("FilterPolicy", r#"{"key": [7]}"#)])];
    let mut run = Run::new(topology(parts, links, &[], &[]));
    [7, 8].into_iter().for_each(|key| run.send(key));
    let holdings = run.system.server().holdings();
    assert_eq!(holdings.iter().map(|own| own.name.as_str()).collect::<Vec<_>>(), ["all", "some.fifo"]);
    assert_eq!((holdings[0].waiting, holdings[1].waiting), (2, 1));
    run.receive(0);
    assert_eq!((run.delivered(), run.app.ledger.copied), (vec![(0, 0, 1, 1)], 1));
    let filter = Value::Choice(r#"{"key": [8]}"#.into());
    run.system.set(Target::Link(1), "FilterPolicy", &filter, &mut run.app);
    run.send(8);
    assert_eq!(run.system.server().holdings()[1].waiting, 1);
}

#[test]
fn settings_reach_the_service_and_the_clients() {
    let mut run = Run::new(plain(&[("WaitTimeSeconds", "20")]));
    let set = |run: &mut Run, target, knob, value| {
        run.system.set(target, knob, &Value::Number(value), &mut run.app);
        run.audit();
    };
    set(&mut run, Target::Part(0), "DelaySeconds", 2.0);
    run.send(0);
    assert_eq!(run.counts(), (0, 0, 1, 0));
    set(&mut run, Target::Sender(0), "DelaySeconds", 0.0);
    run.send(0);
    assert_eq!(run.counts(), (1, 0, 1, 0));
    set(&mut run, Target::Receiver(0), "VisibilityTimeout", 100.0);
    set(&mut run, Target::System, "in-flight-quota", 1.0);
    run.receive(0);
    run.receive(1);
    run.to(99_000);
    assert_eq!(run.delivered(), [(0, 0, 2, 1)]);
    set(&mut run, Target::System, "in-flight-quota", 2.0);
    run.to(99_001);
    assert_eq!(run.delivered(), [(99_000, 1, 1, 1)]);
}

#[test]
fn the_service_keeps_all_when_it_cannot_be_reached_for_a_while() {
    let mut run = Run::new(plain(&[("WaitTimeSeconds", "20")]));
    (0..2).for_each(|_| run.send(0));
    run.receive(0);
    run.system.restart(Down::Killed, &mut run.app);
    assert_eq!(run.counts(), (1, 1, 0, 0));
    run.receive(0);
    run.send(0);
    run.to(6000);
    run.done(0);
    run.receive(0);
    assert_eq!(run.delivered(), [(0, 0, 1, 1), (0, 0, 2, 1), (6000, 0, 1, 2)]);
    assert_eq!(run.app.confirmed, [1, 2, 3]);
}
