//! What the page shows of a session at one moment: one immutable value, made ten times a second.

use std::sync::Arc;
use std::time::Duration;

use queuescope_engine::Simulation;
use queuescope_engine::knob::{UNSET, Value};
use queuescope_engine::ledger::Ledger;
use queuescope_engine::metrics::Processed;
use queuescope_engine::metrics::series::Bucket;
use queuescope_engine::time::Time;
use queuescope_engine::view::{Doing, StoreView, WorkerView};

use crate::playback::Speed;
use crate::shape::{Place, Setting, Shape};
use crate::wording::{Flow, Situation, WhenFull, deliveries};

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
    /// The scenario that was chosen and will be there when the other program is.
    pub awaited: Option<usize>,
    /// Its title, what to watch, and why it happens.
    pub story: Arc<Story>,
    /// What the panels are laid out for.
    pub shape: Arc<Shape>,
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
    /// How often a worker has finished a message; more than once for one that came back.
    pub consumed: u64,
    /// Messages done per second over the last minute.
    pub consumed_rate: f64,
    /// What the business sees.
    pub effects: Effects,
    /// The stores of the system, the first of them being the one that the picture shows large.
    pub stores: Vec<StoreCount>,
    /// Messages that may wait, if that is bounded.
    pub capacity: Option<u32>,
    /// Whether any producer is switched on.
    pub producing: bool,
    /// Whether one waits for room.
    pub blocked: bool,
    /// Whether any consumer is switched on.
    pub consuming: bool,
    /// Percentiles of the wait over the last minute: p50, p95, p99.
    pub wait: Option<[Duration; 3]>,
    /// Share of their time that workers were busy over the last minute.
    pub utilization: Option<f64>,
    /// The latest deliveries, newest first.
    pub recent: Vec<Processed>,
    /// The value of each setting, in the order of the shape's.
    pub values: Vec<Value>,
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
    /// What is looked at on the stage.
    #[cfg(feature = "systems")]
    pub selection: Option<Arc<crate::inspect::Selection>>,
    /// How the branch went, as far as it has been.
    #[cfg(feature = "systems")]
    pub course: crate::charts::graph::Course,
    /// How far readers are behind the ends of their logs, where there are logs.
    #[cfg(feature = "systems")]
    pub lag: Option<u64>,
    /// What queueing theory expects.
    #[cfg(feature = "systems")]
    pub theory: crate::theory::Theory,
    /// What stood out last, if that was not long ago.
    #[cfg(feature = "systems")]
    pub event: Option<crate::charts::change::Event>,
    /// Where the present is in the time of the session.
    pub past: Past,
    /// What is shown of it, and what is kept back.
    #[cfg(feature = "systems")]
    pub lesson: Arc<crate::lesson::Lesson>,
}

/// The time of a session, for the timeline.
#[cfg(feature = "systems")]
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Past {
    /// The furthest that this branch has been.
    pub end: Time,
    /// Where it is on its way to.
    pub destination: Option<Time>,
    /// How much of that way lies behind it, if it takes long.
    pub progress: Option<f64>,
    /// What stood out.
    pub marks: queuescope_engine::marks::Marks,
    /// What was done, by the visitor and by the scenario.
    pub acts: Vec<(Time, crate::timebar::Tick)>,
    /// How many branches were put aside.
    pub branches: usize,
    /// Whether there is something to undo.
    pub can_undo: bool,
    /// Whether there is something to do again.
    pub can_redo: bool,
}

/// The program that opens the page shows the present alone.
#[cfg(not(feature = "systems"))]
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Past;

/// What a scenario says of itself.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Story {
    /// Its title.
    pub title: String,
    /// One sentence on what to watch.
    pub watch: String,
    /// Why it happens.
    pub why: String,
    /// What to change, and what then happens; may be empty.
    #[cfg(feature = "systems")]
    pub tries: String,
}

/// What became of the messages, as the business sees it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Effects {
    /// Effects that came, each counted once.
    pub applied: u64,
    /// Effects that came once more.
    pub twice: u64,
    /// Effects that will never come.
    pub lost: u64,
    /// Effects that came after that of a later message of the same key.
    pub out_of_order: u64,
}

/// A store and how many messages it has.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StoreCount {
    /// Its name.
    pub name: String,
    /// How many wait.
    pub waiting: u64,
    /// How many are with workers.
    pub held: u64,
    /// How many are not to be delivered before a certain time.
    pub delayed: u64,
}

impl Frame {
    /// The value of the setting at a place; unset, if there is none.
    pub fn value(&self, place: Place) -> &Value {
        self.values.get(place).unwrap_or(&UNSET)
    }

    /// The value of a number at an address.
    pub fn number(&self, address: &str) -> f64 {
        self.shape.place(address).map_or(0.0, |place| number(self.value(place)))
    }
}

/// The number that a setting has; 0 if it is none.
pub fn number(value: &Value) -> f64 {
    match value {
        Value::Number(number) => *number,
        Value::Choice(_) => 0.0,
    }
}

/// The choice or the text that a setting has; empty if it is a number.
pub fn text(value: &Value) -> &str {
    match value {
        Value::Number(_) => "",
        Value::Choice(text) => text,
    }
}

/// The value of every setting that the panels show.
pub fn values(shape: &Shape, simulation: &Simulation) -> Vec<Value> {
    let value = |setting: &Setting| simulation.get(&setting.address).unwrap_or(UNSET);
    shape.settings.iter().map(value).collect()
}

/// What the sentence is made from.
pub fn flow(shape: &Shape, simulation: &Simulation, values: &[Value]) -> Flow {
    let ledger = simulation.ledger();
    let scene = simulation.scene(0);
    let value = |who: &str, name: &str| Some(&values[shape.place(&format!("{who}.{name}"))?]);
    let number = |who: &str, name: &str| value(who, name).map(number);
    let choice = |who: &str, name: &str| value(who, name).map_or("", text);
    let store = scene.stores.first();
    // What a system without a wire calls itself is not known here, but that it has settings of its own.
    let own = |name: &str| shape.queue.main.iter().find(|place| shape.settings[**place].knob.name == name);
    let own = |name: &str| own(name).filter(|_| !shape.wired).map(|place| &values[*place]);
    let attempts = own("attempts").map_or(f64::INFINITY, self::number);
    let failures = shape.consumers.iter().filter_map(|who| number(who, "failure"));
    let failure = failures.fold(0.0, f64::max);
    let running = |who: &&String| simulation.is_running(who);
    let working = scene.workers.iter().filter(|worker| is_at_work(worker)).count();
    let rate = |worker: &&WorkerView| number(shape.consumers.get(usize::from(worker.pool))?, "rate");
    let rates: f64 =
        scene.workers.iter().filter(|worker| is_at_work(worker)).filter_map(|worker| rate(&worker)).sum();
    Flow {
        producing: shape.producers.iter().any(|who| simulation.is_running(who)),
        blocked: scene.producers.iter().any(|producer| producer.blocked),
        consuming: 0 < working,
        offered: shape.producers.iter().filter(running).filter_map(|who| number(who, "rate")).sum(),
        service: rates / deliveries(failure, attempts),
        bursts: shape.producers.iter().any(|who| choice(who, "arrivals") == "bursts"),
        depth: store.map_or(ledger.waiting, |store| store.depth),
        capacity: own("capacity")
            .map(|value| self::number(value) as u64)
            .or_else(|| store?.capacity.map(u64::from)),
        when_full: match own("when-full").map_or("", text) {
            "refuse" => WhenFull::Refuse,
            "drop-oldest" => WhenFull::DropOldest,
            "block" => WhenFull::Block,
            _ => WhenFull::AsSet,
        },
        moving: ledger.held + ledger.arriving + ledger.delayed,
        held: ledger.held,
        working: working as u64,
        terms: scene.terms,
        wired: scene.wired,
        #[cfg(feature = "systems")]
        unread: unread(&scene),
    }
}

/// How many logs of how many have no worker that reads them, where each has one to itself: those of which another
/// log's share of the same reader has such a worker.
#[cfg(feature = "systems")]
fn unread(scene: &queuescope_engine::view::Scene) -> (u64, u64) {
    let is_there = |worker| scene.workers.iter().any(|own| own.worker == worker && is_at_work(own));
    let logs = || scene.stores.iter().filter_map(|store| store.log.as_ref());
    let readers = || logs().flat_map(|log| &log.readers);
    let shared: Vec<&str> =
        readers().filter(|own| own.owner.is_some_and(is_there)).map(|own| own.name.as_str()).collect();
    let is_of_one = |log: &&queuescope_engine::view::LogView| {
        log.readers.iter().any(|own| shared.contains(&own.name.as_str()))
    };
    let has_none = |log: &&queuescope_engine::view::LogView| {
        let mut own = log.readers.iter().filter(|own| shared.contains(&own.name.as_str()));
        own.any(|own| !own.owner.is_some_and(is_there))
    };
    (logs().filter(has_none).count() as u64, logs().filter(is_of_one).count() as u64)
}

/// The stores and what they have.
pub fn stores(simulation: &Simulation) -> Vec<StoreCount> {
    let count = |store: StoreView| StoreCount {
        name: store.name,
        waiting: store.depth,
        held: store.held,
        delayed: store.delayed,
    };
    simulation.scene(0).stores.into_iter().map(count).collect()
}

/// What the business sees.
pub fn effects(simulation: &Simulation) -> Effects {
    let business = simulation.business();
    Effects {
        applied: business.applied(),
        twice: business.twice(),
        lost: business.lost(simulation.ledger()),
        out_of_order: business.out_of_order(),
    }
}

fn is_at_work(worker: &WorkerView) -> bool {
    match worker.doing {
        Doing::Idle => true,
        Doing::Busy { leaving, .. } => !leaving,
        Doing::Off | Doing::Down => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use queuescope_engine::Scenario;

    #[test]
    #[cfg(feature = "systems")]
    fn partitions_of_a_member_that_is_dead_have_no_reader() {
        use crate::wording::Situation;
        let scenario = crate::catalog::scenario(crate::catalog::find("kafka-rebalance").unwrap());
        let mut timeline = queuescope_engine::Timeline::new(scenario.clone(), 7);
        let shape = Shape::of(&scenario, timeline.simulation());
        let mut at = |seconds: u64| {
            timeline.seek(Time::from_secs(seconds), u64::MAX);
            let simulation = timeline.simulation();
            let flow = flow(&shape, simulation, &values(&shape, simulation));
            (flow.unread, flow.situation())
        };
        assert_eq!(at(19), ((0, 6), Situation::Keeping));
        assert_eq!(at(40), ((2, 6), Situation::Unread));
        assert_eq!(at(90).0, (0, 6));
    }

    #[test]
    fn pools_of_different_speed_are_counted_each_at_its_own() {
        let scenario = Scenario::from_json(
            r#"{"version": 1, "name": "pools", "title": "", "watch": "", "why": "",
            "broker": {"name": "q", "system": "plain-queue"},
            "producers": [{"name": "p", "set": {"rate": 1}}],
            "consumers": [{"name": "slow", "set": {"rate": 2, "workers": 3}},
                          {"name": "fast", "set": {"rate": 5, "workers": 2}},
                          {"name": "off", "running": false, "set": {"rate": 100}}]}"#,
        );
        let scenario = scenario.unwrap();
        let mut simulation = Simulation::new(&scenario, 1);
        simulation.run_until(Time::from_secs(3), u64::MAX, &mut ());
        let shape = Shape::of(&scenario, &simulation);
        let flow = flow(&shape, &simulation, &values(&shape, &simulation));
        assert_eq!((flow.working, flow.service), (5, 3.0 * 2.0 + 2.0 * 5.0));
    }
}
