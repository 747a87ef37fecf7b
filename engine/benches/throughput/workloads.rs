//! What is measured, natively and in a browser alike: the M/M/1 queue at 90 % load, by a bare loop and by the engine.
//!
//! The bare loop is the judge: a binary heap of events, a queue of arrival times, the engine's own sampler, and nothing
//! else, done in the obvious fast way. All workloads take turns in one process, so that whatever
//! slows the machine slows all of them; a rate is the best of the turns, a ratio the median of the ratios within a turn.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
use std::fmt;
use std::hint::black_box;

use queuescope_engine::journal::{Observer, Window};
use queuescope_engine::random::Stream;
use queuescope_engine::{Scenario, Simulation, Time};

/// Messages per second that arrive, and that the one worker could serve: those of [`SCENARIO`].
const ARRIVALS: f64 = 900.0;
const SERVICES: f64 = 1000.0;
pub(crate) const SEED: u64 = 7;

/// How often each workload runs, and for how many messages: a tenth of a second or more each time.
const TURNS: usize = 9;
const MESSAGES: u64 = 2_000_000;

const SCENARIO: &str = r#"{
    "version": 1, "name": "mm1", "title": "M/M/1", "watch": "Its speed.", "why": "It is measured.",
    "broker": {"name": "queue", "system": "plain-queue", "set": {"capacity": 100000}},
    "producers": [{"name": "producer", "set": {"rate": 900, "arrivals": "poisson", "link-delay": 0}}],
    "consumers": [{"name": "consumer", "set": {"rate": 1000, "service": "exponential"}}]
}"#;

/// How many facts an observer outside keeps while the engine is measured.
pub(crate) const WINDOW: usize = 4096;

/// One line of what was measured.
pub(crate) struct Figure {
    name: String,
    value: f64,
    unit: &'static str,
}

impl Figure {
    /// A figure of this name, value and unit.
    pub(crate) fn new(name: &str, value: f64, unit: &'static str) -> Figure {
        Figure { name: name.to_owned(), value, unit }
    }
}

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {:.3} {}", self.name, self.value, self.unit)
    }
}

/// Lets every workload take its turns. `now` is a clock in seconds; the figures' names say `target`.
pub(crate) fn measure(target: &str, now: impl Fn() -> f64) -> Vec<Figure> {
    let rate = |workload: fn(u64) -> u64| {
        let start = now();
        let done = black_box(workload(black_box(MESSAGES)));
        done as f64 / (now() - start)
    };
    let turn = |_| [rate(bare_loop), rate(observed), rate(unobserved)];
    let turns: Vec<[f64; 3]> = (0..TURNS).map(turn).collect();

    let best = |which: usize| turns.iter().map(|turn| turn[which]).fold(0.0, f64::max) / 1e6;
    let ratio = |which: usize| {
        let mut ratios: Vec<f64> = turns.iter().map(|turn| turn[which] / turn[0]).collect();
        ratios.sort_by(f64::total_cmp);
        ratios[ratios.len() / 2]
    };
    let figure = |name: &str, value, unit| Figure { name: name.replace('*', target), value, unit };
    vec![
        figure("bare_loop_*", best(0), "M msg/s"),
        figure("mm1_*", best(1), "M msg/s"),
        figure("mm1_*_ratio", ratio(1), "of bare loop"),
        figure("mm1_no_observers_*", best(2), "M msg/s"),
        figure("mm1_no_observers_*_ratio", ratio(2), "of bare loop"),
    ]
}

/// The reference. Returns how many messages were served.
fn bare_loop(messages: u64) -> u64 {
    const ARRIVAL: u8 = 0;
    const DEPARTURE: u8 = 1;
    let nanos = |stream: &mut Stream, rate: f64| (stream.exponential() * (1e9 / rate)) as u64;
    let mut gaps = Stream::named(SEED, "arrivals");
    let mut work = Stream::named(SEED, "services");
    let mut events = BinaryHeap::new();
    let mut waiting: VecDeque<u64> = VecDeque::new();
    let mut sequence = 1;
    let mut served = 0;
    let mut waited = 0;

    events.push(Reverse((nanos(&mut gaps, ARRIVALS), 0, ARRIVAL)));
    let mut busy = false;
    while let Some(Reverse((now, _, kind))) = events.pop() {
        if kind == ARRIVAL {
            events.push(Reverse((now + nanos(&mut gaps, ARRIVALS), sequence, ARRIVAL)));
            sequence += 1;
            if busy {
                waiting.push_back(now);
                continue;
            }
        } else {
            served += 1;
            if served == messages {
                break;
            }
            let Some(arrived) = waiting.pop_front() else {
                busy = false;
                continue;
            };
            waited += now - arrived;
        }
        busy = true;
        events.push(Reverse((now + nanos(&mut work, SERVICES), sequence, DEPARTURE)));
        sequence += 1;
    }
    black_box(waited);
    served
}

/// The engine as the page runs it: journal digest, ledger and metrics on, every fact kept in a bounded window.
fn observed(messages: u64) -> u64 {
    let mut window = Window::new(WINDOW);
    let simulation: Simulation = mm1(messages, &mut window);
    black_box(window.facts().len());
    black_box(simulation.journal().digest());
    simulation.ledger().done
}

/// The engine with nobody watching.
fn unobserved(messages: u64) -> u64 {
    let simulation: Simulation<()> = mm1(messages, &mut ());
    let census = simulation.census();
    // Every message arrived once, and all but those still in there were served once.
    (simulation.events() - census.waiting - census.held) / 2
}

fn mm1<O: Observer + Clone + Default>(messages: u64, outside: &mut impl Observer) -> Simulation<O> {
    let scenario = Scenario::from_json(SCENARIO).expect("the scenario above is valid");
    let mut simulation = Simulation::new(&scenario, SEED);
    simulation.run_until(Time::MAX, 2 * messages, outside);
    simulation
}
