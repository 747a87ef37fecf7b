//! Claims: what a scenario says of itself, in a form that a run can prove wrong.

use std::fmt;

use super::{Scenario, span};
use crate::command::{Problem, quoted};
use crate::json::{Node, Tree};
use crate::knob::Value;
use crate::simulation::Simulation;
use crate::time::{Time, nanos};
use crate::timeline::Trial;

/// How often `by` and `until` claims are looked at: ten times a second.
const LOOK: u64 = 100_000_000;

/// A statement about a measure at a time, by a time, or all the time until then.
///
/// `{"by": "20s", "that": "queue.size", "is": "=", "to": 10}`
#[derive(Clone, PartialEq, Debug)]
pub struct Claim {
    /// True at exactly this time.
    pub at: Option<Time>,
    /// True at some time up to this one (looked at ten times a second).
    pub by: Option<Time>,
    /// True all the time up to this one (looked at ten times a second).
    pub until: Option<Time>,
    /// With `by` and `until`: from when on; from the start if not given.
    pub from: Option<Time>,
    /// The measure.
    pub that: String,
    /// How it compares.
    pub is: Relation,
    /// With what: a number, or the name of another measure.
    pub to: Value,
}

/// A comparison.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Relation {
    /// Equal to.
    Equal,
    /// Less than.
    Less,
    /// At most.
    AtMost,
    /// More than.
    More,
    /// At least.
    AtLeast,
}

impl Relation {
    /// Whether two numbers are in this relation.
    pub fn holds(self, left: f64, right: f64) -> bool {
        match self {
            Relation::Equal => (left - right).abs() < f64::EPSILON,
            Relation::Less => left < right,
            Relation::AtMost => left <= right,
            Relation::More => right < left,
            Relation::AtLeast => right <= left,
        }
    }

    const ALL: [Relation; 5] =
        [Relation::Equal, Relation::Less, Relation::AtMost, Relation::More, Relation::AtLeast];

    /// The relation that is written like this, if one is.
    pub fn of(name: &str) -> Option<Relation> {
        Relation::ALL.into_iter().find(|relation| relation.name() == name)
    }

    fn name(self) -> &'static str {
        match self {
            Relation::Equal => "=",
            Relation::Less => "<",
            Relation::AtMost => "<=",
            Relation::More => ">",
            Relation::AtLeast => ">=",
        }
    }
}

/// A measure's name and how to read it.
type Measure = (&'static str, fn(&Simulation) -> f64);

/// What claims can be about. Times are in seconds, rates per second.
const MEASURES: &[Measure] = &[
    ("queue.size", |simulation| simulation.ledger().waiting as f64),
    #[cfg(feature = "systems")]
    ("queue.size.largest", |simulation| largest(&simulation.scene(0)) as f64),
    #[cfg(feature = "systems")]
    ("queue.oldest", |simulation| {
        let oldest = crate::trend::oldest(&simulation.scene(1));
        oldest.map_or(0.0, |oldest| nanos(simulation.now().since(oldest)) as f64 / 1e9)
    }),
    #[cfg(feature = "systems")]
    ("lag", |simulation| crate::trend::lag(&simulation.scene(0)).unwrap_or(0) as f64),
    #[cfg(feature = "systems")]
    ("stored", |simulation| stored(&simulation.scene(0)) as f64),
    #[cfg(feature = "systems")]
    ("blocked", |simulation| {
        simulation.scene(0).producers.iter().filter(|producer| producer.blocked).count() as f64
    }),
    ("in-service", |simulation| simulation.ledger().held as f64),
    ("on-the-way", |simulation| simulation.ledger().arriving as f64),
    ("produced", |simulation| simulation.ledger().sent as f64),
    ("consumed", |simulation| simulation.ledger().done as f64),
    ("refused", |simulation| simulation.ledger().refused as f64),
    ("dropped", |simulation| simulation.ledger().dropped as f64),
    ("redelivered", |simulation| simulation.ledger().redelivered as f64),
    ("dead", |simulation| simulation.ledger().dead as f64),
    ("expired", |simulation| simulation.ledger().expired as f64),
    ("delayed", |simulation| simulation.ledger().delayed as f64),
    ("unroutable", |simulation| simulation.ledger().unroutable as f64),
    ("dead-lettered", |simulation| simulation.ledger().dead_letters as f64),
    ("resent", |simulation| simulation.ledger().resent as f64),
    ("lost", |simulation| simulation.business().lost(simulation.ledger()) as f64),
    ("effects", |simulation| simulation.business().applied() as f64),
    ("effects.twice", |simulation| simulation.business().twice() as f64),
    ("effects.skipped", |simulation| simulation.business().skipped() as f64),
    ("effects.out-of-order", |simulation| simulation.business().out_of_order() as f64),
    ("answered", |simulation| simulation.business().answered() as f64),
    ("unanswered", |simulation| simulation.business().unanswered() as f64),
    ("produced.rate", |simulation| simulation.metrics().produced().per_second(simulation.now())),
    ("consumed.rate", |simulation| simulation.metrics().consumed().per_second(simulation.now())),
    ("queue.size.max", |simulation| simulation.metrics().depth_max() as f64),
    ("queue.size.mean", |simulation| simulation.metrics().depth().mean(simulation.now())),
    ("wait.mean", |simulation| simulation.metrics().wait_mean()),
    ("wait.p50", |simulation| wait(simulation, 0.5)),
    ("wait.p95", |simulation| wait(simulation, 0.95)),
    ("wait.p99", |simulation| wait(simulation, 0.99)),
    ("utilization", |simulation| simulation.metrics().utilization(simulation.now()).unwrap_or(0.0)),
];

/// How much waits where most does: in a queue, or for one reader of a log.
#[cfg(feature = "systems")]
fn largest(scene: &crate::view::Scene) -> u64 {
    let depths = scene.stores.iter().map(|store| {
        let readers = store.log.iter().flat_map(|log| &log.readers);
        readers.map(|reader| reader.waiting).max().unwrap_or(store.depth)
    });
    depths.max().unwrap_or(0)
}

/// How many entries the stores hold: those of queues that nobody has settled, and all records of logs, however many
/// read them.
#[cfg(feature = "systems")]
fn stored(scene: &crate::view::Scene) -> u64 {
    let entries = scene.stores.iter().map(|store| match &store.log {
        Some(log) => log.end.saturating_sub(log.start),
        None => store.depth + store.held + store.delayed,
    });
    entries.sum()
}

fn wait(simulation: &Simulation, quantile: f64) -> f64 {
    let wait = simulation.metrics().wait().quantile(simulation.now(), quantile);
    wait.map_or(0.0, |wait| nanos(wait) as f64 / 1e9)
}

/// What a measure of this name is at now; none if there is no such measure.
pub fn measure(name: &str, simulation: &Simulation) -> Option<f64> {
    MEASURES.iter().find(|(own, _)| *own == name).map(|(_, read)| read(simulation))
}

impl fmt::Display for Claim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (word, time) = self.when();
        if let Some(from) = self.from {
            write!(f, "from {from} ")?;
        }
        write!(f, "{word} {time}: {} {} {}", self.that, self.is.name(), self.to)
    }
}

impl Claim {
    pub(super) fn to_tree(&self) -> Tree {
        let times = [("at", self.at), ("by", self.by), ("until", self.until), ("from", self.from)];
        let times =
            times.into_iter().filter_map(|(name, time)| Some((name.to_owned(), span::to_tree(time?))));
        let rest =
            [("that", self.that.as_str().into()), ("is", self.is.name().into()), ("to", self.to.to_tree())];
        Tree::Object(times.chain(rest.map(|(name, value)| (name.to_owned(), value))).collect())
    }

    /// Reads a claim as it stands in files.
    ///
    /// # Errors
    /// What is not of the format, and what is permitted in its place.
    pub fn read(node: &Node) -> Result<Claim, Problem> {
        node.only(&["at", "by", "until", "from", "that", "is", "to"])?;
        let time = |name: &str| node.optional(name).map(|node| span::read(&node)).transpose();
        let is = node.field("is")?;
        let relation = is.text().ok().and_then(Relation::of);
        Ok(Claim {
            at: time("at")?,
            by: time("by")?,
            until: time("until")?,
            from: time("from")?,
            that: node.field("that")?.text()?.into(),
            is: relation.ok_or_else(|| is.refuse("one of \"=\", \"<\", \"<=\", \">\", \">=\""))?,
            to: Value::read(&node.field("to")?)?,
        })
    }

    fn when(&self) -> (&'static str, Time) {
        let times = [("at", self.at), ("by", self.by), ("until", self.until)];
        let given = times.into_iter().find_map(|(word, time)| Some((word, time?)));
        given.unwrap_or(("at", Time::ZERO))
    }

    /// Checks names and form, but not whether it is true.
    pub(super) fn check(&self, simulation: &Simulation) -> Result<(), Problem> {
        let names: Vec<&str> = MEASURES.iter().map(|(name, _)| *name).collect();
        let permitted = format!("one of the measures {}", names.join(", "));
        if measure(&self.that, simulation).is_none() {
            return Err(Problem { path: "that".into(), value: quoted(&self.that), permitted });
        }
        if self.value(simulation).is_none() {
            return Err(Problem { path: "to".into(), value: self.to.to_string(), permitted });
        }
        let times = [self.at, self.by, self.until].iter().flatten().count();
        if times != 1 || (self.from.is_some() && self.at.is_some()) {
            let permitted = "exactly one of at, by and until; from only beside by and until".into();
            return Err(Problem { path: "at".into(), value: format!("{times} times"), permitted });
        }
        Ok(())
    }

    fn value(&self, simulation: &Simulation) -> Option<f64> {
        match &self.to {
            Value::Number(number) => Some(*number),
            Value::Choice(name) => measure(name, simulation),
        }
    }

    fn holds(&self, simulation: &Simulation) -> bool {
        let sides = measure(&self.that, simulation).zip(self.value(simulation));
        sides.is_some_and(|(left, right)| self.is.holds(left, right))
    }
}

/// Whether a claim held, and if not, what was measured instead.
#[derive(Clone, PartialEq, Debug)]
pub struct Verdict {
    /// The claim, in words.
    pub claim: String,
    /// Whether it held.
    pub held: bool,
    /// When it was decided.
    pub at: Time,
    /// The measure at that time.
    pub measured: f64,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = if self.held { "holds" } else { "FAILS" };
        write!(f, "{word}  {} (measured {} at {})", self.claim, self.measured, self.at)
    }
}

/// Runs `scenario` with `seed` and decides each of its claims, in the order in which they stand.
pub fn check_claims(scenario: &Scenario, seed: u64) -> Vec<Verdict> {
    scenario.claims.iter().map(|claim| decide(scenario, seed, claim)).collect()
}

fn decide(scenario: &Scenario, seed: u64, claim: &Claim) -> Verdict {
    let mut trial = Trial::new(scenario, seed);
    let (word, end) = claim.when();
    let verdict = |simulation: &Simulation, held| Verdict {
        claim: claim.to_string(),
        held,
        at: simulation.now(),
        measured: measure(&claim.that, simulation).unwrap_or(f64::NAN),
    };
    if word != "at" {
        let start = claim.from.unwrap_or(Time::ZERO).as_nanos();
        for look in (start..end.as_nanos()).step_by(LOOK as usize) {
            trial.run_to(Time::from_nanos(look));
            // `by` is decided by the first truth, `until` by the first untruth.
            let holds = claim.holds(trial.simulation());
            if holds == (word == "by") {
                return verdict(trial.simulation(), holds);
            }
        }
    }
    trial.run_to(end);
    let holds = claim.holds(trial.simulation());
    verdict(trial.simulation(), holds)
}
