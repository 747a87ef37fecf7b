//! Laws of queueing, beyond the closed forms among the conformance cases.
//!
//! What holds on every path holds to the nanosecond; what holds on average lies in a 99 % interval over
//! replications with fixed seeds.

use proptest::prelude::*;
use queuescope_engine::journal::{Fact, Observer, What};
use queuescope_engine::theory::{Model, Steady, attempts as attempts_made, little};
use queuescope_engine::{Command, Scenario, Simulation, Time};
use serde_json::json;

use crate::random::cases;

fn queue(broker: serde_json::Value, producer: serde_json::Value, consumer: serde_json::Value) -> Scenario {
    let scenario = json!({
        "version": 1, "name": "law", "title": "", "watch": "", "why": "",
        "broker": {"name": "queue", "system": "plain-queue", "set": broker},
        "producers": [{"name": "producer", "set": producer}],
        "consumers": [{"name": "consumer", "set": consumer}],
    });
    Scenario::from_json(&scenario.to_string()).expect("a valid scenario")
}

fn run(simulation: &mut Simulation, to: Time, facts: &mut Vec<Fact>) {
    while simulation.run_until(to, u64::MAX, facts) == queuescope_engine::Progress::OutOfBudget {}
}

proptest! {
    #![proptest_config(cases(64))]

    /// Little's law on a path: once the queue is empty again, the depth summed over time is what the messages
    /// waited, and the busy workers summed over time is how long they were worked on. Exactly, in any case.
    #[test]
    fn little_holds_to_the_nanosecond_on_every_path(
        capacity in 1..40_u32,
        when_full in prop::sample::select(vec!["refuse", "block", "drop-oldest"]),
        arrivals in prop::sample::select(vec!["steady", "poisson", "bursts"]),
        service in prop::sample::select(vec!["fixed", "exponential"]),
        (rate, workers, failure) in (1.0..60.0_f64, 1..5_u32, prop::sample::select(vec![0.0, 0.3])),
        crashes: bool,
        seed: u64,
    ) {
        let scenario = queue(
            json!({"capacity": capacity, "when-full": when_full}),
            json!({"rate": rate, "arrivals": arrivals}),
            json!({"rate": 10, "workers": workers, "service": service, "failure": failure}),
        );
        let mut facts = Vec::new();
        let mut simulation: Simulation = Simulation::new(&scenario, seed);
        run(&mut simulation, Time::from_secs(10), &mut facts);
        if crashes {
            for act in [Command::Crash { consumer: "consumer".into(), worker: None }, Command::Start("consumer".into()),
                        Command::Restart { consumer: "consumer".into(), worker: None }] {
                simulation.apply(&act, &mut facts).expect("a command that can be");
            }
        }
        run(&mut simulation, Time::from_secs(20), &mut facts);
        simulation.apply(&Command::Stop("producer".into()), &mut facts).expect("a producer");
        run(&mut simulation, Time::from_secs(200), &mut facts);
        let ledger = simulation.ledger();
        prop_assert_eq!((ledger.arriving, ledger.waiting, ledger.held), (0, 0, 0));
        let (now, metrics) = (simulation.now(), simulation.metrics());
        let dropped = dropped_waits(&facts);
        prop_assert_eq!(metrics.depth().integral(now), metrics.wait_sum().0 + dropped);
        prop_assert_eq!(metrics.busy().integral(now), services(&facts));
        prop_assert_eq!(metrics.busy().integral(now) + metrics.depth().integral(now), stays(&facts));
    }
}

/// What those waited, in all, that were dropped in the end: from the facts alone.
fn dropped_waits(facts: &[Fact]) -> u128 {
    let entered = |of| {
        let enters = |fact: &&Fact| {
            matches!(fact.what, What::Enqueued { .. } | What::Requeued { .. })
                && fact.what.message() == Some(of)
        };
        facts.iter().rev().find(enters).map_or(Time::ZERO, |fact| fact.at)
    };
    let dropped = facts.iter().filter(|fact| matches!(fact.what, What::Dropped { .. }));
    dropped.map(|fact| fact.at.since(entered(fact.what.message().expect("a message"))).as_nanos()).sum()
}

fn services(facts: &[Fact]) -> u128 {
    let service = |fact: &Fact| {
        let (What::Acked { service, .. } | What::Failed { service, .. } | What::Crashed { service, .. }) =
            fact.what
        else {
            return None;
        };
        Some(u128::from(service))
    };
    facts.iter().filter_map(service).sum()
}

/// How long all messages were in the system: the ends of their stays minus the starts.
fn stays(facts: &[Fact]) -> u128 {
    let starts = |fact: &&Fact| matches!(fact.what, What::Enqueued { .. });
    let ends =
        |fact: &&Fact| matches!(fact.what, What::Acked { .. } | What::Dead { .. } | What::Dropped { .. });
    let nanos = |fact: &Fact| u128::from(fact.at.as_nanos());
    let sum_of_ends: u128 = facts.iter().filter(ends).map(nanos).sum();
    sum_of_ends - facts.iter().filter(starts).map(nanos).sum::<u128>()
}

/// Averages over many runs with seeds from 1, each after its warm-up.
struct Measured {
    number_waiting: Vec<f64>,
    utilization: Vec<f64>,
    loss: Vec<f64>,
    throughput: Vec<f64>,
}

const RUNS: u64 = 20;
/// The 0.995 quantile of Student's t with 19 degrees of freedom.
const STUDENT: f64 = 2.8609;

fn measure(scenario: &Scenario, workers: f64, warm_up: u64, end: u64) -> Measured {
    let mut measured = Measured {
        number_waiting: Vec::new(),
        utilization: Vec::new(),
        loss: Vec::new(),
        throughput: Vec::new(),
    };
    for seed in 1..=RUNS {
        let mut simulation: Simulation = Simulation::new(scenario, seed);
        let mut read_at = |secs| {
            while simulation.run_until(Time::from_secs(secs), u64::MAX, &mut ())
                == queuescope_engine::Progress::OutOfBudget
            {}
            let (now, metrics, ledger) = (simulation.now(), simulation.metrics(), simulation.ledger());
            let integrals = (metrics.depth().integral(now), metrics.busy().integral(now));
            (integrals, ledger.sent, ledger.refused, ledger.done)
        };
        let (from, to) = (read_at(warm_up), read_at(end));
        let span = (end - warm_up) as f64;
        measured.number_waiting.push((to.0.0 - from.0.0) as f64 / 1e9 / span);
        measured.utilization.push((to.0.1 - from.0.1) as f64 / 1e9 / span / workers);
        measured.loss.push((to.2 - from.2) as f64 / (to.1 - from.1) as f64);
        measured.throughput.push((to.3 - from.3) as f64 / span);
    }
    measured
}

/// The closed form lies in the interval, and the interval is no wider to each side than `width` of it.
fn covers(what: &str, samples: &[f64], expected: f64, width: f64) {
    let count = samples.len() as f64;
    let mean = samples.iter().sum::<f64>() / count;
    let squares: f64 = samples.iter().map(|sample| (sample - mean) * (sample - mean)).sum();
    let half = STUDENT * (squares / (count - 1.0) / count).sqrt();
    assert!((mean - expected).abs() <= half, "{what}: {mean} +- {half} measured, {expected} expected");
    assert!(half <= width * expected, "{what}: {mean} +- {half} is too wide to prove {expected}");
}

fn agree(name: &str, measured: &Measured, steady: &Steady) {
    covers(&format!("{name}, utilization"), &measured.utilization, steady.utilization, 0.01);
    covers(&format!("{name}, number waiting"), &measured.number_waiting, steady.number_waiting, 0.05);
    covers(&format!("{name}, throughput"), &measured.throughput, steady.throughput, 0.01);
    if 0.0 < steady.loss {
        covers(&format!("{name}, loss"), &measured.loss, steady.loss, 0.05);
    }
    let waiting = little(steady.throughput, steady.wait);
    assert!((waiting - steady.number_waiting).abs() < 1e-9 * waiting, "{name}: Little's law");
}

#[test]
fn several_workers_with_little_room_are_m_m_c_k() {
    let scenario = queue(
        json!({"capacity": 5}),
        json!({"rate": 28, "arrivals": "poisson"}),
        json!({"rate": 10, "service": "exponential", "workers": 3}),
    );
    let model = Model::MMcK { arrival_rate: 28.0, service_rate: 10.0, servers: 3, capacity: 8 };
    let steady = model.steady().expect("it settles down");
    agree("M/M/3/8", &measure(&scenario, 3.0, 50, 4_050), &steady);
}

#[test]
fn more_workers_than_load_hardly_wait() {
    let scenario = queue(
        json!({"capacity": 100_000}),
        json!({"rate": 300, "arrivals": "poisson"}),
        json!({"rate": 10, "service": "exponential", "workers": 36}),
    );
    let model = Model::MMc { arrival_rate: 300.0, service_rate: 10.0, servers: 36 };
    let steady = model.steady().expect("it settles down");
    agree("M/M/36", &measure(&scenario, 36.0, 50, 2_050), &steady);
}

/// Of the messages that were taken from some time on, how many had waited no longer than each of some spans.
#[derive(Clone, Default)]
struct Waits {
    from: Time,
    limits: Vec<u64>,
    within: Vec<u64>,
    all: u64,
}

impl Observer for Waits {
    fn observe(&mut self, fact: &Fact) {
        if let What::Delivered { waited, .. } = fact.what
            && self.from <= fact.at
        {
            self.all += 1;
            for (within, limit) in self.within.iter_mut().zip(&self.limits) {
                *within += u64::from(waited <= *limit);
            }
        }
    }
}

#[test]
fn waits_are_spread_as_the_closed_forms_say() {
    let (arrival_rate, service_rate) = (8.0, 10.0);
    let models = [
        ("fixed", 1, Model::MD1 { arrival_rate, service_rate }),
        ("exponential", 1, Model::MM1 { arrival_rate, service_rate }),
        ("exponential", 2, Model::MMc { arrival_rate, service_rate: 5.0, servers: 2 }),
    ];
    for (service, workers, model) in models {
        let scenario = queue(
            json!({"capacity": 100_000}),
            json!({"rate": arrival_rate, "arrivals": "poisson"}),
            json!({"rate": service_rate / f64::from(workers), "service": service, "workers": workers}),
        );
        let shares = [0.3, 0.5, 0.9, 0.95, 0.99];
        let limits = shares.map(|share| (model.wait_quantile(share).expect("it has one") * 1e9) as u64);
        let runs: Vec<Waits> = (1..=RUNS)
            .map(|seed| {
                let mut simulation: Simulation = Simulation::new(&scenario, seed);
                let mut waits = Waits {
                    from: Time::from_secs(100),
                    limits: limits.to_vec(),
                    within: vec![0; shares.len()],
                    all: 0,
                };
                while simulation.run_until(Time::from_secs(6_100), u64::MAX, &mut waits)
                    == queuescope_engine::Progress::OutOfBudget
                {}
                waits
            })
            .collect();
        for (place, share) in shares.into_iter().enumerate() {
            let samples: Vec<f64> =
                runs.iter().map(|own| own.within[place] as f64 / own.all as f64).collect();
            covers(&format!("{}, the wait of {share}", model.name()), &samples, share, 0.05);
        }
    }
}

/// A message that fails is taken again at once and takes as long again, up to `attempts` times: so its service
/// time is the work times the number of attempts, a law that is neither fixed nor exponential.
#[test]
fn redelivery_makes_an_m_g_1() {
    let (failure, attempts) = (0.3_f64, 3);
    for (service, second_moment) in [("fixed", 1.0), ("exponential", 2.0)] {
        let scenario = queue(
            json!({"capacity": 100_000, "attempts": attempts}),
            json!({"rate": 5, "arrivals": "poisson"}),
            json!({"rate": 10, "service": service, "failure": failure}),
        );
        let (made, differs) = attempts_made(failure, attempts).expect("there are some");
        let service_rate = 10.0 / made;
        let variation = second_moment * (1.0 + differs) - 1.0;
        let model = Model::MG1 { arrival_rate: 5.0, service_rate, variation };
        let steady = model.steady().expect("it settles down");
        let measured = measure(&scenario, 1.0, 100, 12_100);
        let name = format!("M/G/1 of {service} work");
        covers(&format!("{name}, utilization"), &measured.utilization, steady.utilization, 0.01);
        covers(&format!("{name}, number waiting"), &measured.number_waiting, steady.number_waiting, 0.05);
        // What fails for good was served all the same, but it is not done.
        let done = steady.throughput * (1.0 - failure * failure * failure);
        covers(&format!("{name}, done"), &measured.throughput, done, 0.01);
    }
}

/// The share that the page shows is that of the last minute, to the last bit of the integrals.
#[test]
fn utilization_is_that_of_the_last_minute() {
    let scenario = queue(
        json!({}),
        json!({"rate": 14, "arrivals": "poisson"}),
        json!({"rate": 10, "service": "exponential", "workers": 2}),
    );
    let mut simulation: Simulation = Simulation::new(&scenario, 5);
    let mut integrals = vec![0_u128];
    for second in 1..=200_u64 {
        simulation.run_until(Time::from_secs(second), u64::MAX, &mut ());
        let (now, metrics) = (simulation.now(), simulation.metrics());
        integrals.push(metrics.busy().integral(now));
        let since = second.saturating_sub(60);
        let busy = integrals[second as usize] - integrals[since as usize];
        let expected = busy as f64 / 1e9 / 2.0 / (second - since) as f64;
        let shown = metrics.utilization(now).expect("there are workers");
        assert!((shown - expected).abs() < 1e-9, "at {second} s: {shown}, not {expected}");
    }
}
