//! Random histories: that the books balance, that a run repeats, that what SQS promises is kept.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::Hash;
use std::time::Duration;

use proptest::prelude::*;

use crate::broker::driver::{Driver, Failure};
use crate::broker::topology::Target;
use crate::digest::Digest;
use crate::id::WorkerId;
use crate::journal::{Fact, Place, What};
use crate::knob::Value;
use crate::time::Time;

use super::super::super::server::Sqs;
use super::{App, Run, link, part, topology};

/// Something that happens to a system.
#[derive(Clone, Copy, Debug)]
pub(super) enum Act {
    Send(u16),
    Work(u16, u8),
    Wait(u64),
    Set(u16),
}

pub(super) fn acts() -> impl Strategy<Value = Vec<Act>> {
    let act = prop_oneof![
        4 => (0..5_u16).prop_map(Act::Send),
        6 => (0..4_u16, 0..12_u8).prop_map(|(worker, what)| Act::Work(worker, what)),
        3 => (1..4000_u64).prop_map(Act::Wait),
        1 => (0..8_u16).prop_map(Act::Set),
    ];
    prop::collection::vec(act, 0..250)
}

pub(super) fn play<D: Driver<Server = Sqs>>(
    run: &mut Run<D>,
    acts: &[Act],
    busy: &mut [bool; 4],
    millis: &mut u64,
) {
    for act in acts {
        match *act {
            Act::Send(key) => run.send(key),
            Act::Wait(more) => {
                *millis += more;
                run.to(*millis);
            }
            Act::Set(n) => {
                let (knob, value) = [
                    ("VisibilityTimeout", f64::from(n)),
                    ("DelaySeconds", f64::from(n)),
                    ("MessageRetentionPeriod", 60.0 + f64::from(n)),
                ][usize::from(n) % 3];
                run.system.set(Target::Part(0), knob, &Value::Number(value), &mut run.app);
                run.audit();
            }
            Act::Work(worker, what) => {
                let own = &mut busy[usize::from(worker)];
                match what {
                    0 => {
                        run.system.lost(WorkerId(worker), &mut run.app);
                        *own = false;
                    }
                    1 => run.system.withdraw(WorkerId(worker), &mut run.app),
                    2 if *own => run.fail(worker, Failure::Again),
                    3 if *own => run.fail(worker, Failure::Later(Duration::from_secs(2))),
                    4 if *own => run.fail(worker, Failure::ForGood),
                    _ if *own => run.done(worker),
                    _ => run.receive(worker),
                }
                if (2..=4).contains(&what) || 4 < what && *own {
                    *own = false;
                }
                run.audit();
            }
        }
        for (_, worker, _) in run.app.delivered.drain(..) {
            busy[usize::from(worker.0)] = true;
        }
    }
}

fn random_run(fifo: bool, delay: u64) -> Run {
    let kind = if fifo { "fifo" } else { "standard" };
    let parts = vec![part(kind, "q", &[("VisibilityTimeout", "3")]), part(kind, "dlq", &[])];
    let links = vec![link("q", "dlq", &[("maxReceiveCount", "3")])];
    let producer: &[(&str, &str)] = &[("maxBatchSize", "3"), ("MessageGroupId", "key")];
    let consumer: &[(&str, &str)] =
        &[("MaxNumberOfMessages", "3"), ("maxBatchSize", "2"), ("heartbeat", "2")];
    let mut topology = topology(parts, links, producer, consumer);
    for (knob, value) in [("reorder", 0.2), ("duplicates", 0.1), ("missed-deletes", 0.1), ("fifo-rate", 20.0)]
    {
        topology.settings.set(knob, &Value::Number(value));
    }
    topology.settings.set("sampling", &Value::Choice("on".into()));
    Run::with_delay(topology, Duration::from_millis(delay))
}

fn digest(run: &Run) -> u64 {
    let mut digest = Digest::default();
    run.system.hash(&mut digest);
    digest.value()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]
    /// The books are audited after every step; a second run and a clone come to the same state.
    #[test]
    fn random_histories_balance_and_repeat(acts in acts(), fifo in any::<bool>(), delay in 0..300_u64) {
        let (mut one, mut two) = (random_run(fifo, delay), random_run(fifo, delay));
        let (mut busy, mut millis) = ([false; 4], 0);
        let half = acts.len() / 2;
        play(&mut one, &acts[..half], &mut busy, &mut millis);
        let mut clone = Run {
            system: one.system.clone(),
            app: App { now: one.app.now, ledger: one.app.ledger, ..App::default() },
            sent: one.sent,
        };
        let (mut busy_too, mut millis_too, told) = (busy, millis, one.app.facts.len());
        play(&mut one, &acts[half..], &mut busy, &mut millis);
        play(&mut clone, &acts[half..], &mut busy_too, &mut millis_too);
        play(&mut two, &acts, &mut [false; 4], &mut 0);
        prop_assert_eq!(&one.app.facts, &two.app.facts);
        prop_assert_eq!(&one.app.facts[told..], &clone.app.facts[..]);
        prop_assert_eq!((digest(&one), digest(&one)), (digest(&two), digest(&clone)));
        prop_assert!(one.system == clone.system);
    }
}

/// Follows a queue's messages by the facts alone.
#[derive(Default)]
struct Followed {
    /// By message: its group, and the how-manieth of the queue it was.
    entered: BTreeMap<u64, (u16, u64)>,
    keys: BTreeMap<u64, u16>,
    visible: BTreeSet<u64>,
    /// When and by whom each was received that is in flight.
    held: BTreeMap<u64, (Time, WorkerId)>,
    gone: BTreeSet<u64>,
}

impl Followed {
    /// What a FIFO queue must not do.
    fn check_fifo(&self, message: u64, at: Time, worker: WorkerId) -> Result<(), String> {
        let (key, place) = self.entered[&message];
        let before = |other: &&u64| self.entered[*other].0 == key && self.entered[*other].1 < place;
        if let Some(other) = self.visible.iter().find(before) {
            return Err(format!("{message} is received before {other}"));
        }
        let held = |other: &&u64| before(other) && self.held[*other] != (at, worker);
        if let Some(other) = self.held.keys().find(held) {
            return Err(format!("{message} is received while {other} is in flight"));
        }
        Ok(())
    }

    fn observe(&mut self, fact: &Fact, fifo: bool) -> Result<(), String> {
        match fact.what {
            What::Published { message } => {
                self.keys.insert(message.id.0, message.key);
            }
            What::Enqueued { message, store } if store.0 == 0 => self.enter(message.0),
            What::Delivered { message, store, worker, .. } if store.0 == 0 => {
                if self.gone.contains(&message.0) {
                    return Err(format!("{message} is received after it was deleted"));
                }
                if fifo {
                    self.check_fifo(message.0, fact.at, worker)?;
                }
                self.visible.remove(&message.0);
                self.held.insert(message.0, (fact.at, worker));
            }
            What::Moved { message, store, from, to, .. } if store.0 == 0 => {
                self.visible.remove(&message.0);
                self.held.remove(&message.0);
                if from == Place::Arriving {
                    self.enter(message.0);
                }
                if matches!(to, Place::Waiting | Place::Delayed) {
                    self.visible.insert(message.0);
                } else {
                    self.gone.insert(message.0);
                }
            }
            What::Resent { .. }
            | What::Replied { .. }
            | What::Postponed { .. }
            | What::Unanswered { .. }
            | What::Forgone { .. }
            | What::Rebalancing { .. }
            | What::Rebalanced { .. }
            | What::Assigned { .. }
            | What::Revoked { .. }
            | What::Routed { .. }
            | What::Republished { .. }
            | What::Enqueued { .. }
            | What::Refused { .. }
            | What::Blocked { .. }
            | What::Unblocked { .. }
            | What::Dropped { .. }
            | What::Delivered { .. }
            | What::Taken { .. }
            | What::Acked { .. }
            | What::Failed { .. }
            | What::Crashed { .. }
            | What::Requeued { .. }
            | What::Dead { .. }
            | What::Moved { .. }
            | What::Staffed { .. }
            | What::Started { .. }
            | What::Stopped { .. } => {}
        }
        Ok(())
    }

    fn enter(&mut self, message: u64) {
        let place = self.entered.len() as u64;
        self.entered.insert(message, (self.keys[&message], place));
        self.visible.insert(message);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]
    /// Nothing is received after it was deleted; all that was sent is done or gone in the end; a FIFO queue keeps the
    /// order and the lock of its groups.
    #[test]
    fn what_is_promised_is_kept(acts in acts(), fifo in any::<bool>(), delay in 0..300_u64) {
        let kind = if fifo { "fifo" } else { "standard" };
        let consumer: &[(&str, &str)] = &[("MaxNumberOfMessages", "3"), ("WaitTimeSeconds", "20")];
        let parts = vec![part(kind, "q", &[("VisibilityTimeout", "3")])];
        let mut run = Run::with_delay(topology(parts, vec![], &[], consumer), Duration::from_millis(delay));
        let (mut busy, mut millis) = ([false; 4], 0);
        play(&mut run, &acts, &mut busy, &mut millis);
        let mut followed = Followed::default();
        for fact in &run.app.facts {
            let kept = followed.observe(fact, fifo);
            prop_assert!(kept.is_ok(), "{} at {}", kept.unwrap_err(), fact.at);
        }
        // One worker alone, quick enough, and time enough.
        run.system.set(Target::Part(0), "VisibilityTimeout", &Value::Number(30.0), &mut run.app);
        for _ in 0..3 * run.sent + 100 {
            if std::mem::take(&mut busy[0]) {
                run.done(0);
            }
            run.receive(0);
            millis += 1000;
            run.to(millis);
            busy[0] = run.app.delivered.drain(..).any(|(_, worker, _)| worker == WorkerId(0));
        }
        let ledger = run.app.ledger;
        prop_assert_eq!(ledger.sent, ledger.done + ledger.expired, "{:?}", ledger);
    }
}
