//! What the systems cost beside the plain queue: several workers, a fan-out, RabbitMQ, SQS, a Redis stream, Pub/Sub,
//! Pulsar, Kafka; and what an event costs when many messages merely wait.
//!
//! All take turns in one process, as the workloads of the M/M/1 queue do; the figure `*_ratio` is a share of the plain
//! queue's rate of messages in the same turn.

use std::hint::black_box;

use queuescope_engine::journal::Window;
use queuescope_engine::{Command, Progress, Scenario, Simulation, Time};

use super::crowd::{CROWDED, crowded};
use super::workloads::{Figure, SEED, WINDOW};

const TURNS: usize = 5;

/// A workload: its name, its scenario without the head, and for how many seconds of virtual time it runs.
struct Workload {
    name: &'static str,
    scenario: &'static str,
    seconds: u64,
}

const PRODUCER: &str = r#"{"name": "p", "set": {"rate": 900, "arrivals": "poisson"}}"#;
const WORKER: &str = r#"{"name": "c", "set": {"rate": 1000, "service": "exponential"}}"#;

/// The plain queue is the first: the others are compared with it. Each message of a wired system is published, routed,
/// delivered and acknowledged through client library and server.
const WORKLOADS: &[Workload] = &[
    Workload {
        name: "plain",
        scenario: r#""broker": {"name": "q", "system": "plain-queue", "set": {"capacity": 100000}},
            "producers": [PRODUCER], "consumers": [WORKER]"#,
        seconds: 400,
    },
    Workload {
        name: "mmc",
        scenario: r#""broker": {"name": "q", "system": "plain-queue", "set": {"capacity": 100000}},
            "producers": [{"name": "p", "set": {"rate": 2700, "arrivals": "poisson"}}],
            "consumers": [{"name": "c", "set": {"rate": 1000, "service": "exponential", "workers": 3}}]"#,
        seconds: 130,
    },
    Workload {
        name: "rabbitmq",
        scenario: r#""broker": {"name": "b", "system": "rabbitmq"},
            "producers": [PRODUCER],
            "consumers": [{"name": "c", "set": {"rate": 1000, "service": "exponential", "prefetch_count": 10,
                           "permanent": 0.02, "tell-apart": "yes"}}]"#,
        seconds: 200,
    },
    Workload {
        name: "sqs",
        scenario: r#""broker": {"name": "b", "system": "sqs"}, "producers": [PRODUCER], "consumers": [WORKER]"#,
        seconds: 200,
    },
    Workload {
        name: "redis_stream",
        scenario: r#""broker": {"name": "b", "system": "redis"},
            "producers": [{"name": "p", "set": {"rate": 900, "arrivals": "poisson", "MAXLEN": 10000}}],
            "consumers": [WORKER]"#,
        seconds: 200,
    },
    Workload {
        name: "pubsub",
        scenario: r#""broker": {"name": "b", "system": "pubsub"},
            "producers": [{"name": "p", "set": {"rate": 900, "arrivals": "poisson", "max_messages": 1}}],
            "consumers": [WORKER]"#,
        seconds: 200,
    },
    Workload {
        name: "pulsar",
        scenario: r#""broker": {"name": "b", "system": "pulsar"},
            "producers": [{"name": "p", "set": {"rate": 900, "arrivals": "poisson", "batchingEnabled": "false"}}],
            "consumers": [{"name": "c", "set": {"rate": 1000, "service": "exponential", "subscriptionType": "Shared"}}]"#,
        seconds: 200,
    },
    Workload {
        name: "kafka",
        scenario: r#""broker": {"name": "b", "system": "kafka"}, "producers": [PRODUCER],
            "consumers": [{"name": "c", "set": {"rate": 1000, "service": "exponential",
                           "auto.offset.reset": "earliest"}}]"#,
        seconds: 200,
    },
    Workload {
        name: "fan_out",
        scenario: r#""broker": {"name": "b", "system": "rabbitmq", "parts": [{"kind": "exchange", "name": "x"},
            {"kind": "queue", "name": "q0"}, {"kind": "queue", "name": "q1"}, {"kind": "queue", "name": "q2"},
            {"kind": "queue", "name": "q3"}, {"kind": "queue", "name": "q4"}, {"kind": "queue", "name": "q5"},
            {"kind": "queue", "name": "q6"}, {"kind": "queue", "name": "q7"}, {"kind": "queue", "name": "q8"},
            {"kind": "queue", "name": "q9"}], "links": [
            {"from": "x", "to": "q0"}, {"from": "x", "to": "q1"}, {"from": "x", "to": "q2"}, {"from": "x", "to": "q3"},
            {"from": "x", "to": "q4"}, {"from": "x", "to": "q5"}, {"from": "x", "to": "q6"}, {"from": "x", "to": "q7"},
            {"from": "x", "to": "q8"}, {"from": "x", "to": "q9"}]},
            "producers": [{"name": "p", "to": "x", "set": {"rate": 900, "arrivals": "poisson"}}],
            "consumers": [FANNED]"#,
        seconds: 20,
    },
];

fn scenario(workload: &Workload) -> Scenario {
    let fanned: Vec<String> = (0..10)
        .map(|queue| {
            format!(r#"{{"name": "c{queue}", "from": "q{queue}", "set": {{"rate": 1000, "service": "exponential"}}}}"#)
        })
        .collect();
    let rest = workload.scenario.replace("PRODUCER", PRODUCER).replace("WORKER", WORKER);
    let rest = rest.replace("FANNED", &fanned.join(", "));
    let head = r#""version": 1, "name": "bench", "title": "", "watch": "", "why": "","#;
    Scenario::from_json(&format!("{{{head} {rest}}}")).expect("the scenarios above are valid")
}

fn run<O>(simulation: &mut Simulation<O>, to: Time, window: &mut Window)
where
    O: queuescope_engine::journal::Observer + Clone + Default,
{
    while simulation.run_until(to, u64::MAX, window) == Progress::OutOfBudget {}
}

/// Messages done and events, of one run with all observers.
fn observed(workload: &Workload) -> (u64, u64) {
    let mut window = Window::new(WINDOW);
    let mut simulation = Simulation::observed(&scenario(workload), SEED, &mut window);
    run(&mut simulation, Time::from_secs(workload.seconds), &mut window);
    black_box((window.facts().len(), simulation.journal().digest()));
    (simulation.business().applied(), simulation.events())
}

/// Events of one run that nobody observes.
fn unobserved(workload: &Workload) -> u64 {
    let mut simulation: Simulation<()> = Simulation::new(&scenario(workload), SEED);
    while simulation.run_until(Time::from_secs(workload.seconds), u64::MAX, &mut ()) == Progress::OutOfBudget
    {
    }
    simulation.events()
}

/// Lets every workload take its turns. `now` is a clock in seconds; the figures' names say `target`.
pub(crate) fn measure(target: &str, now: impl Fn() -> f64) -> Vec<Figure> {
    let mut figures = Vec::new();
    // Seconds a message, and events a message, by turn and workload.
    let mut turns: Vec<Vec<f64>> = Vec::new();
    let mut events = Vec::new();
    let mut bare = vec![f64::INFINITY; WORKLOADS.len()];
    for _ in 0..TURNS {
        let mut costs = Vec::new();
        events.clear();
        for workload in WORKLOADS {
            let start = now();
            let (messages, count) = black_box(observed(black_box(workload)));
            costs.push((now() - start) / messages as f64);
            events.push(count as f64 / messages as f64);
        }
        for (workload, best) in WORKLOADS.iter().zip(&mut bare) {
            let start = now();
            let count = black_box(unobserved(black_box(workload)));
            *best = best.min((now() - start) / count as f64);
        }
        turns.push(costs);
    }
    for (place, workload) in WORKLOADS.iter().enumerate() {
        let best = turns.iter().map(|costs| costs[place]).fold(f64::INFINITY, f64::min);
        let mut ratios: Vec<f64> = turns.iter().map(|costs| costs[0] / costs[place]).collect();
        ratios.sort_by(f64::total_cmp);
        let name = workload.name;
        figures.push(Figure::new(&format!("{name}_{target}"), 1e-6 / best, "M msg/s"));
        figures.push(Figure::new(
            &format!("{name}_{target}_events"),
            1e-6 / best * events[place],
            "M events/s",
        ));
        figures.push(Figure::new(
            &format!("{name}_no_observers_{target}_events"),
            1e-6 / bare[place],
            "M events/s",
        ));
        figures.push(Figure::new(
            &format!("{name}_{target}_ratio"),
            ratios[ratios.len() / 2],
            "of the plain queue",
        ));
    }
    figures.extend(waiting(target, &now));
    figures
}

/// What an event costs beside a million that wait, as a multiple of what it costs beside a thousand.
fn waiting(target: &str, now: &impl Fn() -> f64) -> Vec<Figure> {
    let cost = |broker: &str, thousands: u32| {
        let mut window = Window::new(WINDOW);
        let mut simulation = crowded(broker, thousands, &mut window);
        let mut act = |simulation: &mut Simulation, command| {
            simulation.apply(&command, &mut window).expect("a command that can be");
        };
        act(&mut simulation, Command::Set { knob: "c.workers".into(), to: number(1.0) });
        for who in ["p", "c"] {
            act(&mut simulation, Command::Start(who.into()));
        }
        let from = simulation.now().as_secs_f64();
        run(&mut simulation, Time::from_secs_f64(from + 1.0), &mut window);
        let (start, events) = (now(), simulation.events());
        run(&mut simulation, Time::from_secs_f64(from + 41.0), &mut window);
        (now() - start) / (simulation.events() - events) as f64
    };
    let figure = |(name, broker): &(&str, &str)| {
        let mut ratios: Vec<f64> = (0..3).map(|_| cost(broker, 1000) / cost(broker, 1)).collect();
        ratios.sort_by(f64::total_cmp);
        Figure::new(
            &format!("{name}_{target}_million_waiting"),
            ratios[1],
            "times the cost beside a thousand",
        )
    };
    CROWDED.iter().map(figure).collect()
}

fn number(value: f64) -> queuescope_engine::knob::Value {
    queuescope_engine::knob::Value::Number(value)
}
