//! What the page shows of a session at one moment: one immutable value, made ten times a second.

use std::sync::Arc;
use std::time::Duration;

use queuescope_engine::Simulation;
use queuescope_engine::knob::Value;
use queuescope_engine::ledger::Ledger;
use queuescope_engine::metrics::Processed;
use queuescope_engine::metrics::series::Bucket;
use queuescope_engine::time::Time;

use crate::playback::Speed;
use crate::wording::{Flow, Situation, WhenFull, deliveries};

/// The names under which the panels find their nodes in any scenario.
pub const QUEUE: &str = "queue";
/// The producer that the panel controls.
pub const PRODUCER: &str = "producer";
/// The consumer that the panel controls.
pub const CONSUMER: &str = "consumer";

/// The state of a session as the page shows it.
#[derive(Clone, PartialEq, Debug)]
pub struct Frame {
    /// Virtual time.
    pub now: Time,
    /// Whether time passes.
    pub playing: bool,
    /// The speed asked for.
    pub speed: Speed,
    /// The speed reached, when it is not the one asked for.
    pub shortfall: Option<f64>,
    /// The place of the scenario in the catalog, if it is one of those.
    pub scenario: Option<usize>,
    /// Its title, what to watch, and why it happens.
    pub story: Arc<Story>,
    /// The seed.
    pub seed: u64,
    /// Whether anything can still happen by itself.
    pub has_next: bool,
    /// The books.
    pub ledger: Ledger,
    /// Whether the books agree with what the machines count.
    pub balanced: bool,
    /// Messages sent per second over the last minute.
    pub produced_rate: f64,
    /// Messages done per second over the last minute.
    pub consumed_rate: f64,
    /// Messages that may wait.
    pub capacity: u32,
    /// Whether the producer is switched on.
    pub producing: bool,
    /// Whether it waits for room.
    pub blocked: bool,
    /// Whether the consumer is switched on.
    pub consuming: bool,
    /// Percentiles of the wait over the last minute: p50, p95, p99.
    pub wait: Option<[Duration; 3]>,
    /// Share of their time that workers were busy over the last minute.
    pub utilization: Option<f64>,
    /// The latest deliveries, newest first.
    pub recent: Vec<Processed>,
    /// The value of each knob, by its address.
    pub knobs: Vec<(String, Value)>,
    /// What kind of situation it is.
    pub situation: Situation,
    /// The sentence that says so: what stands in bold, and the rest.
    pub sentence: (String, String),
    /// The run so far, for charts.
    pub buckets: Arc<Vec<Bucket>>,
    /// What one of those covers, in nanoseconds.
    pub bucket_width: u64,
    /// Something that the visitor has to be told.
    pub notice: Option<String>,
}

/// What a scenario says of itself.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Story {
    /// Its title.
    pub title: String,
    /// One sentence on what to watch.
    pub watch: String,
    /// Why it happens.
    pub why: String,
}

impl Frame {
    /// The value of a knob of numbers.
    pub fn number(&self, address: &str) -> f64 {
        number(&self.knobs, address)
    }

    /// The value of a knob of choices.
    pub fn choice(&self, address: &str) -> &str {
        choice(&self.knobs, address)
    }
}

fn number(knobs: &[(String, Value)], address: &str) -> f64 {
    match knobs.iter().find(|(own, _)| own == address) {
        Some((_, Value::Number(number))) => *number,
        _ => 0.0,
    }
}

fn choice<'a>(knobs: &'a [(String, Value)], address: &str) -> &'a str {
    match knobs.iter().find(|(own, _)| own == address) {
        Some((_, Value::Choice(name))) => name,
        _ => "",
    }
}

/// The value of every knob of the three nodes that the panels show.
pub fn knobs(simulation: &Simulation) -> Vec<(String, Value)> {
    let nodes = [QUEUE, PRODUCER, CONSUMER].into_iter();
    let addresses = nodes.flat_map(|who| {
        let knobs = simulation.knobs(who).unwrap_or_default();
        knobs.into_iter().map(move |knob| format!("{who}.{}", knob.name))
    });
    addresses.filter_map(|address| Some((address.clone(), simulation.get(&address)?))).collect()
}

/// What the sentence is made from.
pub fn flow(simulation: &Simulation, knobs: &[(String, Value)]) -> Flow {
    let ledger = simulation.ledger();
    let number = |address: &str| number(knobs, address);
    let failure = number("consumer.failure");
    let scene = simulation.scene(0);
    let working = scene.workers.iter().filter(|worker| is_at_work(worker)).count();
    Flow {
        producing: simulation.is_running(PRODUCER),
        blocked: scene.producers.iter().any(|producer| producer.blocked),
        consuming: 0 < working,
        offered: number("producer.rate"),
        service: working as f64 * number("consumer.rate") / deliveries(failure, number("queue.attempts")),
        bursts: choice(knobs, "producer.arrivals") == "bursts",
        depth: ledger.waiting,
        capacity: number("queue.capacity") as u64,
        when_full: match choice(knobs, "queue.when-full") {
            "drop-oldest" => WhenFull::DropOldest,
            "block" => WhenFull::Block,
            _ => WhenFull::Refuse,
        },
        moving: ledger.held + ledger.arriving,
        failure,
        store: scene.terms.store,
    }
}

fn is_at_work(worker: &queuescope_engine::view::WorkerView) -> bool {
    use queuescope_engine::view::Doing;
    match worker.doing {
        Doing::Idle => true,
        Doing::Busy { leaving, .. } => !leaving,
        Doing::Off | Doing::Down => false,
    }
}
