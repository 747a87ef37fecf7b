//! What every system on a wire promises, over random histories with crashes, cuts and restarts, through the one
//! interface that they all stand behind.
//!
//! `Books` follows each copy of each message through the facts, store by store, and is held against the server's
//! own counts after every event: a copy that was acknowledged is not delivered again, nothing comes from nowhere.

use std::cell::Cell;
use std::collections::BTreeMap;

use proptest::prop_assert;
use proptest::test_runner::{TestError, TestRunner};
use queuescope_engine::broker::SYSTEMS;
use queuescope_engine::broker::topology::Manual;
use queuescope_engine::id::{MessageId, WorkerId};
use queuescope_engine::journal::{Fact, Observer, What};
use queuescope_engine::{Progress, Scenario, Simulation, Time};
use serde_json::{Value, json};

use crate::harness::protocol::books::Books;
use crate::random::{History, PAUSE_EVENTS, Pause, cases, failure, history_with, pause_by_steps, play};

fn wired() -> impl Iterator<Item = &'static Manual> {
    SYSTEMS.iter().copied().filter(|manual| manual.wired)
}

/// Follows what workers begin and end, beside the books of the stores.
#[derive(Default)]
struct Watcher {
    books: Books,
    /// What each worker is at.
    at: BTreeMap<WorkerId, MessageId>,
    wrong: Option<String>,
}

impl Observer for Watcher {
    fn observe(&mut self, fact: &Fact) {
        self.books.observe(fact);
        let mut check = |holds: bool, why: &str| {
            if !holds {
                self.wrong.get_or_insert(format!("{fact:?}: {why}"));
            }
        };
        if let What::Taken { message, worker, .. } = fact.what {
            let before = self.at.insert(worker, message);
            check(before.is_none(), "the worker is at another message");
        }
        if let What::Acked { message, worker, .. }
        | What::Failed { message, worker, .. }
        | What::Crashed { message, worker, .. } = fact.what
        {
            check(self.at.remove(&worker) == Some(message), "the worker is not at this message");
        }
    }
}

/// Runs a history and audits after every event and act.
fn watch(history: &History) -> Result<(), String> {
    let mut watcher = Watcher::default();
    let mut simulation: Simulation = Simulation::observed(&history.scenario, history.seed, &mut watcher);
    let audit = |simulation: &Simulation, watcher: &Watcher| {
        watcher.books.audit(&simulation.holdings())?;
        watcher.wrong.clone().map_or(Ok(()), Err)?;
        simulation.audit().map_err(|imbalance| imbalance.to_string())
    };
    let mut outcome = audit(&simulation, &watcher);
    let last = (Pause::Events(PAUSE_EVENTS), None);
    let acts = history.acts.iter().map(|(pause, act)| (pause.clone(), Some(act))).chain([last]);
    for (pause, act) in acts {
        pause_by_steps(&mut simulation, &pause, |simulation| {
            simulation.step(&mut watcher);
            if outcome.is_ok() {
                outcome = audit(simulation, &watcher)
                    .map_err(|wrong| format!("after {} events: {wrong}", simulation.events()));
            }
        });
        outcome.clone()?;
        if let Some(act) = act {
            let _ = simulation.apply(&act.command, &mut watcher);
            audit(&simulation, &watcher).map_err(|wrong| {
                format!("{:?} after {} events: {wrong}", act.command, simulation.events())
            })?;
        }
    }
    Ok(())
}

/// Conservation in every store at every event, no delivery after the end, one message a worker at a time.
#[test]
fn every_copy_is_in_one_place_after_every_event() {
    assert!(3 <= wired().count());
    for manual in wired() {
        let mut runner = TestRunner::new(cases(300));
        let outcome = runner.run(&history_with(manual), |history| {
            watch(&history).map_err(|wrong| failure(&wrong, &play(&history).0))?;
            Ok(())
        });
        if let Err(TestError::Fail(reason, _)) = &outcome {
            panic!("{}: {reason}", manual.system);
        }
        outcome.unwrap_or_else(|error| panic!("{}: {error}", manual.system));
    }
}

fn experiment(manual: &Manual, producer: Value, consumer: Value, script: Value) -> Scenario {
    let scenario = json!({
        "version": 1, "name": "promise", "title": "", "watch": "", "why": "",
        "broker": {"name": "broker", "system": manual.system},
        "producers": [{"name": "p", "set": producer}],
        "consumers": [{"name": "c", "set": consumer}],
        "script": script,
    });
    Scenario::from_json(&scenario.to_string())
        .unwrap_or_else(|problems| panic!("{}: {problems}", manual.system))
}

fn run(scenario: &Scenario, seed: u64, seconds: u64) -> Simulation {
    let mut simulation: Simulation = Simulation::new(scenario, seed);
    while simulation.run_until(Time::from_secs(seconds), u64::MAX, &mut ()) == Progress::OutOfBudget {}
    simulation
}

/// What consumers have to be set to, where they usually skip what was there before them.
fn careful(system: &str) -> Option<(&'static str, &'static str)> {
    match system {
        "kafka" => Some(("auto.offset.reset", "earliest")),
        _ => None,
    }
}

/// With its usual topology, workers that acknowledge after the work, and crashes all the way: every effect comes, if
/// not always once.
#[test]
fn whoever_acknowledges_after_the_work_loses_nothing_to_crashes() {
    for manual in wired() {
        let crashes: Vec<Value> = (1..=20)
            .flat_map(|round| {
                let at = |half: u64| format!("{}ms", round * 1900 + half * 700);
                [
                    json!({"at": at(0), "do": {"crash": {"consumer": "c", "worker": 1 + round % 3}}}),
                    json!({"at": at(1), "do": {"restart": {"consumer": "c"}}}),
                ]
            })
            .chain([json!({"at": "45s", "do": {"stop": "p"}})])
            .collect();
        let mut consumer = json!({"rate": 10, "workers": 3, "service": "exponential"});
        if let Some((knob, value)) = careful(manual.system) {
            consumer[knob] = json!(value);
        }
        let scenario =
            experiment(manual, json!({"rate": 8, "arrivals": "poisson"}), consumer, json!(crashes));
        for seed in 1..=5 {
            let simulation = run(&scenario, seed, 3600);
            let (ledger, business) = (simulation.ledger(), simulation.business());
            let name = manual.system;
            assert_eq!(business.lost(ledger), 0, "{name}, seed {seed}: {ledger:?}");
            assert_eq!(business.applied(), ledger.sent, "{name}, seed {seed}: {ledger:?}");
            assert_eq!(ledger.waiting + ledger.held + ledger.delayed, 0, "{name}, seed {seed}: {ledger:?}");
        }
    }
}

/// The setting that limits what each worker may have, the greatest value that is tried, and whether what a lost worker had
/// is no longer out at once.
fn in_flight_limit(system: &str) -> Option<(&'static str, u64, bool)> {
    match system {
        "rabbitmq" => Some(("prefetch_count", 20, true)),
        // It is in flight until its visibility timeout is over.
        "sqs" => Some(("MaxNumberOfMessages", 10, false)),
        // It is outstanding until its lease is over.
        "pubsub" => Some(("max_messages", 20, false)),
        // A stream has no such limit: what a lost consumer had stays pending.
        _ => None,
    }
}

/// Whatever goes wrong meanwhile, the server never has more out than its workers may have.
#[test]
fn limits_on_what_is_in_flight_are_never_exceeded() {
    let mut limits = 0;
    for (manual, (knob, most, comes_back)) in
        wired().filter_map(|own| Some((own, in_flight_limit(own.system)?)))
    {
        limits += 1;
        let full = Cell::new(0);
        let choice = (1..=most, 1..=5_u64, 0..=if comes_back { 3 } else { 0_u64 }, 0..50_u64);
        TestRunner::new(cases(60))
            .run(&choice, |(limit, workers, trouble, seed)| {
                let script: Vec<Value> = (1..=12 * trouble)
                    .map(|act| {
                        let at = format!("{}ms", act * 450);
                        match act % 3 {
                            0 => json!({"at": at, "do": {"crash": {"consumer": "c", "worker": 1 + act % workers}}}),
                            1 => json!({"at": at, "do": {"restart": {"consumer": "c"}}}),
                            _ => json!({"at": at, "do": {"cut": "c"}}),
                        }
                    })
                    .flat_map(|act| [act.clone(), json!({"at": act["at"], "do": {"mend": "c"}})])
                    .collect();
                let consumer = json!({knob: limit, "workers": workers, "rate": 8, "service": "exponential",
                                      "failure": 0.2});
                let producer = json!({"rate": 60, "arrivals": "bursts"});
                let scenario = experiment(manual, producer, consumer, json!(script));
                let mut simulation: Simulation = Simulation::new(&scenario, seed);
                let mut reached = 0;
                for _ in 0..1500 {
                    simulation.step(&mut ());
                    let held = simulation.holdings().iter().map(|holding| holding.held).max().unwrap_or(0);
                    reached = reached.max(held);
                    let problem = || format!("{held} are out, {limit} for each of {workers}: {}", scenario.to_json());
                    prop_assert!(held <= limit * workers, "{}", problem());
                }
                full.set(full.get() + u32::from(reached == limit * workers));
                Ok(())
            })
            .unwrap_or_else(|error| panic!("{}: {error}", manual.system));
        assert!(0 < full.get(), "{}: the limit is never reached", manual.system);
    }
    assert!(2 <= limits);
}

/// The parts that a system needs to promise an order, where its usual ones promise none.
fn orderly(system: &str) -> Value {
    match system {
        "sqs" => json!([{"kind": "fifo", "name": "orders"}]),
        _ => json!([]),
    }
}

/// One producer, one worker, nothing goes wrong: what is sent first is worked on first.
#[test]
fn one_worker_and_no_trouble_keep_the_order() {
    for manual in wired() {
        let scenario = json!({
            "version": 1, "name": "promise", "title": "", "watch": "", "why": "",
            "broker": {"name": "broker", "system": manual.system, "parts": orderly(manual.system)},
            "producers": [{"name": "p", "set": {"rate": 20, "arrivals": "poisson", "keys": 5}}],
            "consumers": [{"name": "c", "set": {"rate": 25, "service": "exponential"}}],
        });
        let scenario = Scenario::from_json(&scenario.to_string());
        let scenario = scenario.unwrap_or_else(|problems| panic!("{}: {problems}", manual.system));
        let simulation = run(&scenario, 3, 200);
        let business = simulation.business();
        assert_eq!((business.out_of_order(), business.twice()), (0, 0), "{}", manual.system);
        assert!(3000 < business.applied(), "{}: {}", manual.system, business.applied());
    }
}
