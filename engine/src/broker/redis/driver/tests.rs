//! The patterns, each by a small application that sends, works, fails and dies.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::broker::Effects;
use crate::broker::linked::Linked;
use crate::broker::redis::manual::{LIST, MANUAL, STREAM};
use crate::broker::server::{Down, Server};
use crate::broker::topology::{Link, Part, Receiver, Sender, Sheet, Target};
use crate::journal::{Fact, Observer, What};
use crate::knob::Value as Setting;
use crate::ledger::{Census, Ledger};

/// What comes of it on the side of the application.
#[derive(Default)]
struct App {
    now: Time,
    delivered: Vec<(u16, u64, u16)>,
    /// All that happened, in order.
    told: Vec<What>,
    /// Workers that have a message.
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

/// One producer, one pool of workers, one part and one for dead letters.
struct Experiment<D: Driver> {
    system: Linked<D>,
    app: App,
    sent: u64,
}

type Bench = Experiment<RedisDriver>;

impl<D: Driver<Server = Redis>> Experiment<D> {
    fn new(kind: &'static str, server: &[(&str, Setting)], consumer: &[(&str, Setting)]) -> Experiment<D> {
        let sheet = |knobs, set: &[(&str, Setting)]| {
            let mut sheet = Sheet::new(knobs, MANUAL.versions, "8.8");
            for (name, value) in set {
                assert!(sheet.get(name).is_some(), "{name} is no knob");
                sheet.set(name, value);
            }
            sheet
        };
        let part = |name: &str| Part { kind, name: name.into(), settings: sheet(&[], &[]) };
        let topology = Topology {
            version: "8.8".into(),
            settings: sheet(MANUAL.knobs, server),
            parts: vec![part("work"), part("dead")],
            links: vec![Link { from: "work".into(), to: "dead".into(), settings: sheet(&[], &[]) }],
            senders: vec![Sender {
                id: ProducerId(0),
                name: "p".into(),
                to: "work".into(),
                settings: sheet(MANUAL.producer, &[]),
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

    fn send(&mut self, count: u64) {
        for _ in 0..count {
            self.sent += 1;
            let id = MessageId(self.sent);
            let message = Message { id, producer: ProducerId(0), sent: self.app.now, key: 0, size: 100 };
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

    /// Changes a setting of the pool.
    fn set(&mut self, knob: &str, value: Setting) {
        self.system.set(Target::Receiver(0), knob, &value, &mut self.app);
        self.audit();
    }

    /// Lets time go on.
    fn run_to(&mut self, secs: u64) {
        while let Some(due) = self.system.due().filter(|due| *due <= Time::from_secs(secs)) {
            self.app.now = self.app.now.max(due);
            self.system.wake(&mut self.app);
            self.audit();
        }
        self.app.now = Time::from_secs(secs);
    }

    /// The books against the server's own counts: at once, since nothing is under way.
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

    fn delivered(&mut self) -> Vec<(u16, u64, u16)> {
        std::mem::take(&mut self.app.delivered)
    }

    fn waiting(&self, store: &str) -> u64 {
        let holdings = self.system.server().holdings();
        holdings.iter().find(|own| own.name == store).map_or(0, |own| own.waiting)
    }
}

fn choice(name: &'static str) -> Setting {
    Setting::Choice(name.into())
}

#[test]
fn what_is_popped_is_pushed_back_with_its_attempts_and_lost_with_its_worker() {
    let mut bench = Bench::new(LIST, &[], &[]);
    bench.send(3);
    assert_eq!(bench.app.confirmed, 3);
    bench.receive(0);
    bench.fail(0, Failure::Again);
    bench.receive(0);
    bench.done(0);
    bench.receive(0);
    bench.lost(0);
    bench.receive(1);
    bench.fail(1, Failure::ForGood);
    assert_eq!(bench.delivered(), [(0, 1, 1), (0, 2, 1), (0, 3, 1), (1, 1, 2)]);
    let ledger = bench.app.ledger;
    assert_eq!((ledger.done, ledger.lost, ledger.dead, ledger.waiting), (1, 1, 1, 1));
    assert_eq!(bench.waiting("dead"), 1);
}

#[test]
fn what_is_moved_comes_back_by_its_worker_or_by_the_reaper() {
    let own = [("command", choice("BLMOVE")), ("heartbeat-ttl", Setting::Number(10.0))];
    let mut bench = Bench::new(LIST, &[], &own);
    bench.send(2);
    bench.receive(0);
    bench.receive(1);
    bench.lost(0);
    bench.lost(1);
    assert_eq!((bench.app.ledger.held, bench.app.ledger.lost), (2, 0));
    // The first is back before its heartbeat is over, and finds what it had.
    bench.run_to(5);
    bench.receive(0);
    bench.done(0);
    // The second is not: another one gets what it had.
    bench.receive(0);
    bench.run_to(11);
    bench.done(0);
    // Nobody can tell from a value that it comes again; the books know.
    assert_eq!(bench.delivered(), [(0, 1, 1), (1, 2, 1), (0, 1, 1), (0, 2, 1)]);
    let ledger = bench.app.ledger;
    assert_eq!((ledger.done, ledger.held, ledger.redelivered), (2, 0, 2));
}

#[test]
fn a_list_worker_keeps_back_what_is_for_later() {
    for command in ["BRPOP", "BLMOVE"] {
        let mut bench = Bench::new(LIST, &[], &[("command", choice(command))]);
        bench.send(1);
        bench.receive(0);
        bench.fail(0, Failure::Later(Duration::from_secs(3)));
        bench.receive(0);
        bench.run_to(2);
        assert_eq!(bench.delivered().len(), 1, "{command}");
        bench.run_to(3);
        assert_eq!(bench.delivered().len(), 1, "{command}");
        bench.done(0);
        assert_eq!(bench.app.ledger.done, 1, "{command}");
    }
}

#[test]
fn an_entry_stays_pending_until_it_is_claimed() {
    let own = [
        ("COUNT", Setting::Number(1.0)),
        ("min-idle-time", Setting::Number(10_000.0)),
        ("claim-every", Setting::Number(1.0)),
        ("BLOCK", Setting::Number(500.0)),
    ];
    let mut bench = Bench::new(STREAM, &[], &own);
    bench.send(2);
    bench.receive(0);
    bench.lost(0);
    bench.receive(1);
    bench.fail(1, Failure::Again);
    bench.receive(1);
    bench.run_to(9);
    assert_eq!(bench.delivered(), [(0, 1, 1), (1, 2, 1)]);
    assert_eq!(bench.app.ledger.held, 2);
    bench.run_to(12);
    bench.done(1);
    bench.receive(1);
    bench.run_to(14);
    bench.fail(1, Failure::ForGood);
    assert_eq!(bench.delivered(), [(1, 1, 2), (1, 2, 2)]);
    let ledger = bench.app.ledger;
    assert_eq!((ledger.done, ledger.dead, ledger.held), (1, 1, 0));
    assert_eq!(bench.waiting("dead/dead"), 1);
}

#[test]
fn a_worker_that_is_back_first_takes_what_it_had() {
    let mut bench = Bench::new(STREAM, &[], &[("COUNT", Setting::Number(2.0))]);
    bench.send(3);
    bench.receive(0);
    bench.lost(0);
    for _ in 0..3 {
        bench.receive(0);
        bench.done(0);
    }
    assert_eq!(bench.delivered(), [(0, 1, 1), (0, 1, 2), (0, 2, 2), (0, 3, 1)]);
    assert_eq!(bench.app.ledger.done, 3);
}

#[test]
fn what_is_given_back_by_xnack_is_claimed_with_the_next_read() {
    let own = [("give-back", choice("XNACK")), ("claim", choice("CLAIM"))];
    let mut bench = Bench::new(STREAM, &[], &own);
    bench.send(1);
    bench.receive(0);
    bench.receive(1);
    bench.fail(0, Failure::Again);
    bench.done(1);
    assert_eq!(bench.delivered(), [(0, 1, 1), (1, 1, 2)]);
    assert_eq!((bench.app.ledger.done, bench.app.ledger.redelivered), (1, 1));
}

#[test]
fn an_entry_for_later_becomes_idle_in_that_time() {
    let own = [
        ("min-idle-time", Setting::Number(60_000.0)),
        ("claim", choice("CLAIM")),
        ("BLOCK", Setting::Number(0.0)),
    ];
    let mut bench = Bench::new(STREAM, &[], &own);
    bench.send(1);
    bench.receive(0);
    bench.fail(0, Failure::Later(Duration::from_secs(7)));
    bench.receive(0);
    bench.run_to(6);
    assert_eq!(bench.delivered(), [(0, 1, 1)]);
    bench.run_to(7);
    assert_eq!(bench.delivered(), [(0, 1, 2)]);
}

#[test]
fn without_acknowledgement_an_entry_is_lost_with_its_worker() {
    let mut bench = Bench::new(STREAM, &[], &[("NOACK", choice("on"))]);
    bench.send(4);
    bench.receive(0);
    bench.done(0);
    bench.receive(0);
    bench.lost(0);
    let ledger = bench.app.ledger;
    assert_eq!((ledger.done, ledger.lost, ledger.held), (1, 3, 0));
}

/// The ways in which a worker comes to be without its message, and how many are held, done, dead and lost then.
type Ends = [(fn(&mut Bench), [u64; 4]); 4];

fn ends(bench: Bench) -> [u64; 4] {
    let ledger = bench.app.ledger;
    [ledger.held, ledger.done, ledger.dead, ledger.lost]
}

#[test]
fn an_entry_is_settled_as_it_was_read_whatever_noack_is_by_then() {
    let pending: Ends = [
        (|bench| bench.done(0), [0, 1, 0, 0]),
        (|bench| bench.fail(0, Failure::Again), [1, 0, 0, 0]),
        (|bench| bench.fail(0, Failure::ForGood), [0, 0, 1, 0]),
        (|bench| bench.lost(0), [1, 0, 0, 0]),
    ];
    let forgotten: Ends = [
        (|bench| bench.done(0), [0, 1, 0, 0]),
        (|bench| bench.fail(0, Failure::Again), [0, 0, 0, 1]),
        (|bench| bench.fail(0, Failure::ForGood), [0, 0, 1, 0]),
        (|bench| bench.lost(0), [0, 0, 0, 1]),
    ];
    for (before, after, all) in [("off", "on", pending), ("on", "off", forgotten)] {
        for (number, (end, expected)) in all.into_iter().enumerate() {
            // It is there when it is asked for, or the read waits for it while the setting changes.
            for waits in [false, true] {
                let mut bench = Bench::new(STREAM, &[], &[("NOACK", choice(before))]);
                if waits {
                    bench.receive(0);
                    bench.set("NOACK", choice(after));
                    bench.send(1);
                } else {
                    bench.send(1);
                    bench.receive(0);
                    bench.set("NOACK", choice(after));
                }
                end(&mut bench);
                assert_eq!(ends(bench), expected, "NOACK {before}, then {after}: {number}, waits: {waits}");
            }
        }
    }
}

#[test]
fn noack_does_not_apply_to_what_is_claimed() {
    let own = [("claim", choice("CLAIM")), ("min-idle-time", Setting::Number(1_000.0))];
    let claimed: Ends = [
        (|bench| bench.done(0), [0, 1, 0, 0]),
        (|bench| bench.fail(0, Failure::Again), [1, 0, 0, 0]),
        (|bench| bench.fail(0, Failure::ForGood), [0, 0, 1, 0]),
        (|bench| bench.lost(0), [1, 0, 0, 0]),
    ];
    for (number, (end, expected)) in claimed.into_iter().enumerate() {
        let mut bench = Bench::new(STREAM, &[], &own);
        bench.send(1);
        bench.receive(1);
        bench.lost(1);
        bench.run_to(5);
        bench.set("NOACK", choice("on"));
        bench.receive(0);
        assert_eq!(bench.delivered(), [(1, 1, 1), (0, 1, 2)]);
        end(&mut bench);
        assert_eq!(ends(bench), expected, "{number}");
    }
}

#[test]
fn a_value_is_settled_as_it_was_taken_whatever_the_command_is_by_then() {
    let moved: Ends = [
        (|bench| bench.done(0), [0, 1, 0, 0]),
        (|bench| bench.fail(0, Failure::Again), [0, 0, 0, 0]),
        (|bench| bench.fail(0, Failure::ForGood), [0, 0, 1, 0]),
        (|bench| bench.lost(0), [1, 0, 0, 0]),
    ];
    let popped: Ends = [
        (|bench| bench.done(0), [0, 1, 0, 0]),
        (|bench| bench.fail(0, Failure::Again), [0, 0, 0, 0]),
        (|bench| bench.fail(0, Failure::ForGood), [0, 0, 1, 0]),
        (|bench| bench.lost(0), [0, 0, 0, 1]),
    ];
    for (before, after, all) in [("BLMOVE", "BRPOP", moved), ("BRPOP", "BLMOVE", popped)] {
        for (number, (end, expected)) in all.into_iter().enumerate() {
            let mut bench = Bench::new(LIST, &[], &[("command", choice(before))]);
            bench.send(1);
            bench.receive(0);
            bench.set("command", choice(after));
            end(&mut bench);
            assert_eq!(ends(bench), expected, "{before}, then {after}: {number}");
        }
    }
}

#[test]
fn subscribers_each_get_a_copy_and_work_through_them() {
    let mut bench = Bench::new("channel", &[], &[]);
    bench.send(1);
    bench.receive(0);
    bench.receive(1);
    bench.send(2);
    bench.done(0);
    bench.receive(0);
    bench.done(0);
    bench.lost(1);
    bench.send(1);
    assert_eq!(bench.delivered(), [(0, 2, 1), (1, 2, 1), (0, 3, 1)]);
    let ledger = bench.app.ledger;
    assert_eq!((ledger.unroutable, ledger.copied), (1, 2));
    assert_eq!((ledger.done, ledger.lost), (3, 2));
}

#[test]
fn memory_that_is_used_up_is_told_to_the_producer() {
    let mut bench = Bench::new(STREAM, &[("maxmemory", Setting::Number(1_050_000.0))], &[]);
    bench.send(100);
    let (confirmed, refused) = (bench.app.confirmed, bench.app.refused);
    assert_eq!(confirmed + refused, 100);
    assert!(0 < confirmed && 0 < refused, "{confirmed} confirmed, {refused} refused");
    assert_eq!(bench.app.ledger.refused, refused);
}

#[test]
fn after_a_restart_all_goes_on_with_what_was_persisted() {
    for (append, down, left) in [("no", Down::Killed, 0), ("yes", Down::Killed, 3), ("yes", Down::Stopped, 3)]
    {
        let server =
            [("save", choice("")), ("appendonly", choice(append)), ("appendfsync", choice("always"))];
        let mut bench = Bench::new(STREAM, &server, &[("COUNT", Setting::Number(1.0))]);
        bench.send(3);
        bench.receive(0);
        bench.system.restart(down, &mut bench.app);
        bench.audit();
        bench.delivered();
        for _ in 0..left {
            bench.receive(0);
            bench.done(0);
        }
        bench.receive(1);
        bench.send(1);
        bench.done(1);
        let ledger = bench.app.ledger;
        assert_eq!((ledger.done, ledger.lost), (left + 1, 3 - left), "{append} {down:?}");
    }
}

/// The same client library, but whatever it asks goes over the network.
#[derive(Clone, PartialEq, Hash, Debug)]
struct ByWire(RedisDriver);

impl Driver for ByWire {
    type Server = Redis;

    fn new(topology: &Topology, seed: u64) -> (ByWire, Redis) {
        let (driver, server) = RedisDriver::new(topology, seed);
        (ByWire(driver), server)
    }

    fn open(&mut self, topology: &Topology, line: &mut impl Line<Redis>) {
        self.0.open(topology, line);
    }

    fn changed(&mut self, topology: &Topology, target: Target, knob: &str, line: &mut impl Line<Redis>) {
        self.0.changed(topology, target, knob, line);
    }

    fn send(&mut self, parcel: Parcel, line: &mut impl Line<Redis>) {
        self.0.send(parcel, line);
    }

    fn receive(&mut self, worker: WorkerId, line: &mut impl Line<Redis>) {
        self.0.receive(worker, line);
    }

    fn withdraw(&mut self, worker: WorkerId, line: &mut impl Line<Redis>) {
        self.0.withdraw(worker, line);
    }

    fn done(&mut self, worker: WorkerId, line: &mut impl Line<Redis>) {
        self.0.done(worker, line);
    }

    fn fail(&mut self, worker: WorkerId, failure: Failure, line: &mut impl Line<Redis>) {
        self.0.fail(worker, failure, line);
    }

    fn lost(&mut self, worker: WorkerId, line: &mut impl Line<Redis>) {
        self.0.lost(worker, line);
    }

    fn reply(&mut self, client: ClientId, id: RequestId, reply: Reply, line: &mut impl Line<Redis>) {
        self.0.reply(client, id, reply, line);
    }

    fn push(&mut self, client: ClientId, push: Push, line: &mut impl Line<Redis>) {
        self.0.push(client, push, line);
    }

    fn due(&self) -> Option<Time> {
        self.0.due()
    }

    fn wake(&mut self, line: &mut impl Line<Redis>) {
        self.0.wake(line);
    }
}

impl<D: Driver<Server = Redis>> Experiment<D> {
    /// One of four workers does something that it can do, or a message is sent, or time passes.
    fn act(&mut self, (what, worker): (u8, u16)) {
        let busy = self.app.busy.contains(&worker);
        match (what, busy) {
            (0..=4, _) => self.send(1),
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
            _ => self.run_to(self.app.now.as_secs_f64() as u64 + 1),
        }
    }
}

proptest! {
    #[test]
    fn what_is_done_at_once_is_the_same_as_over_the_network(
        count in 1_u8..4,
        claim in prop::sample::select(&["XAUTOCLAIM", "CLAIM", "none"][..]),
        no_ack in any::<bool>(),
        full in any::<bool>(),
        steps in prop::collection::vec((0_u8..15, 0_u16..4), 0..300),
    ) {
        let own = [
            ("COUNT", Setting::Number(count.into())),
            ("claim", choice(claim)),
            ("NOACK", choice(if no_ack { "on" } else { "off" })),
            ("min-idle-time", Setting::Number(3_000.0)),
            ("claim-every", Setting::Number(1.0)),
        ];
        let server = [("maxmemory", Setting::Number(if full { 1_060_000.0 } else { 0.0 }))];
        let mut at_once: Bench = Experiment::new(STREAM, &server, &own);
        let mut by_wire: Experiment<ByWire> = Experiment::new(STREAM, &server, &own);
        for step in steps {
            at_once.act(step);
            by_wire.act(step);
            prop_assert_eq!(&at_once.app.told, &by_wire.app.told);
            prop_assert_eq!(at_once.delivered(), by_wire.delivered());
            let answered = |app: &App| (app.confirmed, app.refused);
            prop_assert_eq!(answered(&at_once.app), answered(&by_wire.app));
            prop_assert!(at_once.system.server() == by_wire.system.server());
        }
    }
}
