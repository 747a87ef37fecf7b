//! The client library and the service together, with a small application on top.

mod at_once;
mod publishing;
mod random;
mod subscribing;

use std::collections::VecDeque;
use std::time::Duration;

use crate::broker::Effects;
use crate::broker::driver::{Driver, Failure, Parcel};
use crate::broker::linked::Linked;
use crate::broker::server::{Holding, Server};
use crate::broker::topology::{Link, Part, Receiver, Sender, Sheet, Target, Topology};
use crate::id::{MessageId, ProducerId, WorkerId};
use crate::journal::{Fact, Observer, Refusal, What};
use crate::knob::{Knob, Value};
use crate::ledger::Ledger;
use crate::message::{Entry, Message};
use crate::time::Time;

use super::super::service::PubSub;
use super::super::{MANUAL, knobs};
use super::PubSubDriver;

/// What the application side is told.
#[derive(Default)]
struct App {
    now: Time,
    ledger: Ledger,
    facts: Vec<Fact>,
    delivered: VecDeque<(Time, WorkerId, Entry)>,
    confirmed: Vec<u64>,
    refused: Vec<(u64, Refusal)>,
    blocked: bool,
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
    fn block(&mut self, _: ProducerId) {
        assert!(!self.blocked, "blocked twice");
        self.blocked = true;
    }
    fn unblock(&mut self, _: ProducerId) {
        assert!(self.blocked, "not blocked");
        self.blocked = false;
    }
}

fn value(text: &str) -> Value {
    match text.parse() {
        Ok(number) => Value::Number(number),
        Err(_) => Value::Choice(text.to_owned().into()),
    }
}

fn sheet(knobs: &'static [Knob], set: &[(&str, &str)]) -> Sheet {
    let mut sheet = Sheet::new(knobs, MANUAL.versions, MANUAL.versions[0]);
    for (name, text) in set {
        let knob = knobs.iter().find(|knob| knob.name == *name).expect("a knob of this name");
        assert_eq!(knob.check(&value(text)), Ok(()), "{name}");
        sheet.set(name, &value(text));
    }
    sheet
}

/// What differs from one experiment to another: the settings of each of its things.
#[derive(Clone, Copy, Default)]
struct Set<'a> {
    service: &'a [(&'a str, &'a str)],
    topic: &'a [(&'a str, &'a str)],
    subscription: &'a [(&'a str, &'a str)],
    /// The link to the dead-letter topic, if there is one.
    dead_letters: Option<&'a [(&'a str, &'a str)]>,
    producer: &'a [(&'a str, &'a str)],
    consumer: &'a [(&'a str, &'a str)],
}

/// A topic and a subscription, a dead-letter topic and a subscription of that, one producer, one pool of workers.
fn topology(set: Set<'_>) -> Topology {
    let part = |kind: &'static str, name: &str, set: &[(&str, &str)]| {
        let knobs = MANUAL.kinds.iter().find(|own| own.name == kind).expect("a kind").knobs;
        Part { kind, name: name.into(), settings: sheet(knobs, set) }
    };
    let link = |from: &str, to: &str, set: &[(&str, &str)]| Link {
        from: from.into(),
        to: to.into(),
        settings: sheet(knobs::LINK, set),
    };
    let mut links = vec![link("t", "s", &[]), link("dead", "d", &[])];
    links.extend(set.dead_letters.map(|set| link("s", "dead", set)));
    Topology {
        version: MANUAL.versions[0].into(),
        settings: sheet(knobs::SERVICE, set.service),
        parts: vec![
            part("topic", "t", set.topic),
            part("subscription", "s", set.subscription),
            part("topic", "dead", &[]),
            part("subscription", "d", &[]),
        ],
        links,
        senders: vec![Sender {
            id: ProducerId(0),
            name: "p".into(),
            to: "t".into(),
            settings: sheet(knobs::PRODUCER, set.producer),
        }],
        receivers: vec![Receiver {
            first: WorkerId(0),
            name: "c".into(),
            from: "s".into(),
            settings: sheet(knobs::CONSUMER, set.consumer),
        }],
    }
}

/// A producer that publishes each message by itself.
const ALONE: &[(&str, &str)] = &[("max_messages", "1")];

struct Run<D: Driver<Server = PubSub> = PubSubDriver> {
    system: Linked<D>,
    app: App,
    sent: u64,
}

impl Run {
    fn new(set: Set<'_>) -> Run {
        Run::of(topology(set), Duration::ZERO)
    }
}

impl<D: Driver<Server = PubSub>> Run<D> {
    fn of(topology: Topology, delay: Duration) -> Run<D> {
        let mut run = Run { system: Linked::new(topology, 1), app: App::default(), sent: 0 };
        run.system.set_delay(delay);
        run.system.open(&mut run.app);
        run
    }

    fn send(&mut self, key: u16) {
        self.send_sized(key, 100);
    }

    fn send_sized(&mut self, key: u16, size: u32) {
        self.sent += 1;
        let (id, producer) = (MessageId(self.sent), ProducerId(0));
        let message = Message { id, producer, sent: self.app.now, key, size };
        self.app.record(What::Published { message });
        self.system.send(Parcel { message, ttl: None, priority: None, to: None }, &mut self.app);
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

    fn lost(&mut self, worker: u16) {
        self.system.lost(WorkerId(worker), &mut self.app);
        self.audit();
    }

    fn set(&mut self, target: Target, knob: &str, to: &str) {
        self.system.set(target, knob, &value(to), &mut self.app);
        self.audit();
    }

    fn operate(&mut self, act: &'static str, argument: Option<f64>) {
        self.system.operate(act, Some(1), argument, &mut self.app);
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

    /// What was delivered since the last call: milliseconds, worker, message.
    fn delivered(&mut self) -> Vec<(u64, u16, u64)> {
        let tell = |(at, worker, entry): (Time, WorkerId, Entry)| {
            (at.as_nanos() / 1_000_000, worker.0, entry.message.id.0)
        };
        self.app.delivered.drain(..).map(tell).collect()
    }

    fn audit(&self) {
        let server = self.system.server();
        let holdings = server.holdings();
        let sum = |of: fn(&Holding) -> u64| holdings.iter().map(of).sum::<u64>();
        let ledger = &self.app.ledger;
        assert_eq!(
            (ledger.waiting, ledger.held, ledger.delayed),
            (sum(|own| own.waiting), sum(|own| own.held), sum(|own| own.delayed)),
            "{holdings:?} at {}",
            self.app.now
        );
        assert_eq!(ledger.accounted(), ledger.sent + ledger.copied + ledger.resent);
        assert!(server.due().unwrap_or(Time::MAX) <= server.first_due(), "due before it is looked for");
        server.check();
    }

    /// Available, outstanding, backing off, done.
    fn counts(&self) -> (u64, u64, u64, u64) {
        let ledger = &self.app.ledger;
        (ledger.waiting, ledger.held, ledger.delayed, ledger.done)
    }
}
