//! A small application on the client library: what it is handed, and what becomes of what it says.

use std::collections::VecDeque;
use std::time::Duration;

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
    ledger: Ledger,
    delivered: VecDeque<(u16, Entry)>,
    confirmed: Vec<u64>,
    refused: Vec<(u64, Refusal)>,
    blocked: Vec<bool>,
}

impl Effects for Application {
    fn now(&self) -> Time {
        self.now
    }
    fn note(&mut self, what: What) {
        self.record(what);
    }

    fn record(&mut self, what: What) {
        self.ledger.observe(&Fact { at: self.now, what });
    }
    fn deliver(&mut self, worker: WorkerId, entry: Entry) {
        self.delivered.push_back((worker.0, entry));
    }
    fn confirmed(&mut self, message: MessageId, _: ProducerId) {
        self.confirmed.push(message.0);
    }
    fn refused(&mut self, message: Message, why: Refusal) {
        self.refused.push((message.id.0, why));
    }
    fn block(&mut self, _: ProducerId) {
        self.blocked.push(true);
    }
    fn unblock(&mut self, _: ProducerId) {
        self.blocked.push(false);
    }
}

struct Bench {
    linked: Linked<Client>,
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
    /// The usual parts and links; one producer, one pool of workers.
    fn new(queue: Set<'_>, producer: Set<'_>, consumer: Set<'_>) -> Bench {
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
            version: "4.3".into(),
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
            self.sent += 1;
            let (id, producer, sent) = (MessageId(self.sent), ProducerId(0), self.application.now);
            let message = Message { id, producer, sent, key: 7, size: 10 };
            self.application.record(What::Published { message });
            let parcel = Parcel { message, ttl: None, priority: None, to: None };
            self.linked.send(parcel, &mut self.application);
        }
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
