//! Random histories: that the books balance, that a run repeats, that what Pub/Sub promises is kept.

use std::collections::BTreeMap;
use std::hash::Hash;

use proptest::prelude::*;

use super::*;
use crate::broker::server::Down;
use crate::digest::Digest;
use crate::journal::Place;

/// Something that happens to a system.
#[derive(Clone, Copy, Debug)]
pub(super) enum Act {
    Send(u16),
    Work(u16, u8),
    Wait(u64),
    Set(u16),
    Operate(u16),
}

pub(super) fn acts() -> impl Strategy<Value = Vec<Act>> {
    let act = prop_oneof![
        6 => (0..4_u16).prop_map(Act::Send),
        9 => (0..4_u16, 0..14_u8).prop_map(|(worker, what)| Act::Work(worker, what)),
        4 => (1..6000_u64).prop_map(Act::Wait),
        1 => (0..12_u16).prop_map(Act::Set),
        1 => (0..12_u16).prop_map(Act::Operate),
    ];
    prop::collection::vec(act, 0..250)
}

pub(super) fn play<D: Driver<Server = PubSub>>(
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
                let on = if n % 2 == 0 { "true" } else { "false" };
                let (target, knob, to) = match n % 5 {
                    0 => (Target::Part(1), "retainAckedMessages", on.to_owned()),
                    1 => (Target::Part(1), "minimumBackoff", n.to_string()),
                    2 => (Target::Part(1), "enableExactlyOnceDelivery", on.to_owned()),
                    3 => (Target::Receiver(0), "max_messages", n.to_string()),
                    _ => (Target::Part(1), "ackDeadlineSeconds", (10 + n).to_string()),
                };
                run.set(target, knob, &to);
            }
            Act::Operate(n) => match n {
                0 => {
                    run.system.restart(Down::Killed, &mut run.app);
                    *busy = [false; 4];
                    run.audit();
                }
                1 => run.operate("purge", None),
                2..=5 => run.operate("seek", Some(f64::from(n) * 3.0 - 7.0)),
                6 | 7 => run.operate("snapshot", None),
                _ => run.operate("seek-snapshot", None),
            },
            Act::Work(worker, what) => {
                let own = &mut busy[usize::from(worker)];
                match what {
                    0 => {
                        run.lost(worker);
                        *own = false;
                    }
                    1 if !*own => {
                        run.system.withdraw(WorkerId(worker), &mut run.app);
                        run.audit();
                    }
                    2 if *own => run.fail(worker, Failure::Again),
                    3 if *own => run.fail(worker, Failure::Later(Duration::from_secs(2))),
                    4 if *own => run.fail(worker, Failure::ForGood),
                    _ if *own => run.done(worker),
                    _ => run.receive(worker),
                }
                *own = false;
            }
        }
        for (_, worker, _) in run.app.delivered.drain(..) {
            busy[usize::from(worker.0)] = true;
        }
    }
}

/// Something to choose from for each property of an experiment, the usual most often.
pub(super) fn experiment() -> impl Strategy<Value = Topology> {
    let share = || prop_oneof![3 => Just("0"), 1 => Just("0.3")];
    let or = |text: &'static str| prop_oneof![Just(None), Just(Some(text))];
    let service = (prop_oneof![3 => Just("off"), 1 => Just("on")], share(), share(), share(), share());
    let subscription = (any::<bool>(), any::<bool>(), or("1"), any::<bool>(), or("attributes:key"));
    let producer = (
        prop_oneof![Just("1"), Just("3")],
        prop_oneof![2 => Just("none"), 2 => Just("key"), 1 => Just("one")],
        prop_oneof![2 => Just("ignore"), 1 => Just("block"), 1 => Just("error")],
    );
    let consumer = (
        prop_oneof![Just("1"), Just("3"), Just("1000")],
        prop_oneof![3 => Just("3600"), 1 => Just("0"), 1 => Just("15")],
    );
    let chosen = (service, subscription, producer, consumer, any::<bool>());
    chosen.prop_map(|(service, subscription, producer, consumer, dead_letters)| {
        let (jitter, lost_acks, lost_replies, unavailable, errors) = service;
        let (ordering, exactly_once, backoff, retains, filter) = subscription;
        let is = |on| if on { "true" } else { "false" };
        let mut of_subscription = vec![
            ("enableMessageOrdering", is(ordering)),
            ("enableExactlyOnceDelivery", is(exactly_once)),
            ("retainAckedMessages", is(retains)),
        ];
        of_subscription.extend(backoff.map(|backoff| ("minimumBackoff", backoff)));
        of_subscription.extend(filter.map(|filter| ("filter", filter)));
        topology(Set {
            service: &[
                ("jitter", jitter),
                ("lost-acks", lost_acks),
                ("lost-replies", lost_replies),
                ("unavailable", unavailable),
                ("publish-errors", errors),
            ],
            topic: &[],
            subscription: &of_subscription,
            dead_letters: if dead_letters { Some(&[]) } else { None },
            producer: &[
                ("max_messages", producer.0),
                ("ordering_key", producer.1),
                ("limit_exceeded_behavior", producer.2),
                ("message_limit", "2"),
                ("resume_publish", "1"),
            ],
            consumer: &[("max_messages", consumer.0), ("max_lease_duration", consumer.1)],
        })
    })
}

fn digest(run: &Run) -> u64 {
    let mut digest = Digest::default();
    run.system.hash(&mut digest);
    digest.value()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]
    /// The books are audited after every step; a second run and a clone come to the same state.
    #[test]
    fn random_histories_balance_and_repeat(topology in experiment(), acts in acts(), delay in 0..300_u64) {
        let delay = Duration::from_millis(delay);
        let mut one = Run::<PubSubDriver>::of(topology.clone(), delay);
        let mut two = Run::<PubSubDriver>::of(topology, delay);
        let (mut busy, mut millis) = ([false; 4], 0);
        let half = acts.len() / 2;
        play(&mut one, &acts[..half], &mut busy, &mut millis);
        let mut clone = Run {
            system: one.system.clone(),
            app: App { now: one.app.now, ledger: one.app.ledger, blocked: one.app.blocked, ..App::default() },
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

/// Follows one subscription's messages by the facts alone: what an ordered one must not do.
#[derive(Default)]
struct Followed {
    keys: BTreeMap<u64, u16>,
    /// By message: whether it is available, out, or done with.
    places: BTreeMap<u64, Place>,
    /// Who has the messages of a key that are out.
    owner: BTreeMap<u64, WorkerId>,
}

impl Followed {
    /// A message of a key is delivered: no earlier one of its key waits, and what is out is out with the same worker.
    fn check(&self, message: u64, worker: WorkerId) -> Result<(), String> {
        let key = self.keys[&message];
        for (other, place) in &self.places {
            if *other == message || self.keys[other] != key {
                continue;
            }
            if *other < message && matches!(place, Place::Waiting | Place::Delayed) {
                return Err(format!("{message} is delivered before {other}"));
            }
            if *place == Place::Held && self.owner[other] != worker {
                return Err(format!("{message} goes to {worker} while {} has {other}", self.owner[other]));
            }
            if message < *other && *place == Place::Held {
                return Err(format!("{message} is delivered after {other}, which is out"));
            }
        }
        Ok(())
    }

    fn observe(&mut self, fact: &Fact) -> Result<(), String> {
        if let What::Published { message } = fact.what {
            self.keys.insert(message.id.0, message.key);
        } else if let What::Enqueued { message, .. } = fact.what {
            self.places.insert(message.0, Place::Waiting);
        } else if let What::Delivered { message, worker, .. } = fact.what {
            if self.places.insert(message.0, Place::Held) != Some(Place::Waiting) {
                return Err(format!("{message} is delivered and was not available"));
            }
            self.owner.insert(message.0, worker);
            if self.keys[&message.0] != 0 {
                self.check(message.0, worker)?;
            }
        } else if let What::Moved { message, to, .. } = fact.what {
            self.places.insert(message.0, to);
        }
        Ok(())
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]
    /// A subscription with ordering keeps the order of every key, and its affinity; in the end all is done.
    #[test]
    fn the_order_of_a_key_is_kept(
        acts in acts(), delay in 0..300_u64, backoff in any::<bool>(), room in 1..4_u16, own in any::<bool>(),
    ) {
        let set = Set {
            subscription: &[
                ("enableMessageOrdering", "true"),
                if backoff { ("minimumBackoff", "1") } else { ("retainAckedMessages", "false") },
            ],
            producer: &[("ordering_key", "key"), ("max_messages", if own { "1" } else { "2" })],
            consumer: &[("max_messages", &room.to_string())],
            ..Set::default()
        };
        let mut run = Run::<PubSubDriver>::of(topology(set), Duration::from_millis(delay));
        let acts: Vec<Act> = acts.into_iter().filter(|act| !matches!(act, Act::Set(_) | Act::Operate(0))).collect();
        let (mut busy, mut millis) = ([false; 4], 0);
        play(&mut run, &acts, &mut busy, &mut millis);
        let mut followed = Followed::default();
        for fact in &run.app.facts {
            let kept = followed.observe(fact);
            prop_assert!(kept.is_ok(), "{} at {}", kept.unwrap_err(), fact.at);
        }
        // One worker alone, quick enough, and time enough.
        (1..4).for_each(|worker| run.lost(worker));
        for _ in 0..3 * run.sent + 100 {
            if std::mem::take(&mut busy[0]) {
                run.done(0);
            }
            run.receive(0);
            millis += 1000;
            run.to(millis);
            busy[0] = run.app.delivered.drain(..).any(|(_, worker, _)| worker == WorkerId(0));
        }
        prop_assert_eq!(run.counts().0 + run.counts().1 + run.counts().2, 0, "{:?}", run.app.ledger);
    }
}
