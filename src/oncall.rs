//! On call: a backlog and rates as somebody reads them off a dashboard, and when it will be empty or full.
//!
//! It is arithmetic, the fluid limit: a queue from which more goes than comes shrinks by the difference. What it leaves
//! behind is theory, M/M/c. Nothing here knows how fast anybody's machine is: rates are typed in, not predicted.

use queuescope_engine::decimal::Decimal;
use queuescope_engine::knob::Value;
use queuescope_engine::simulation::MAX_SEND;
use queuescope_engine::theory::mmc;
use queuescope_engine::{Command, Scenario, Time};

use crate::format;
use crate::picture::figure::Grouped;

/// The figures, as they are typed.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Figures {
    /// Messages that come, per second.
    pub arriving: f64,
    /// Messages that one worker gets through, per second.
    pub each: f64,
    /// Workers.
    pub workers: u32,
    /// Messages that wait.
    pub depth: f64,
    /// How many may, if that is bounded.
    pub capacity: Option<f64>,
    /// Within how many seconds it is to be empty, if somebody asks for that.
    pub within: Option<f64>,
}

/// A field: what it is called, the unit, the id of its box, what may be typed, and whether it may be left empty.
pub struct Field {
    /// Its name.
    pub label: &'static str,
    /// What stands behind the number.
    pub unit: &'static str,
    /// Its id.
    pub id: &'static str,
    /// The least and the most.
    pub range: (f64, f64),
    /// Whether it may be left empty.
    pub optional: bool,
    whole: bool,
}

const fn field(label: &'static str, unit: &'static str, id: &'static str, range: (f64, f64)) -> Field {
    Field { label, unit, id, range, optional: false, whole: false }
}

/// The fields, in the order of [`read`].
pub static FIELDS: [Field; 6] = [
    Field { whole: true, ..field("Backlog", "messages", "oncall-depth", (0.0, 1e12)) },
    field("Rate in", "per second", "oncall-in", (0.0, 1e9)),
    field("Rate out, each worker", "per second", "oncall-each", (1e-6, 1e9)),
    Field { whole: true, ..field("Workers now", "", "oncall-workers", (1.0, 100_000.0)) },
    Field { whole: true, optional: true, ..field("Capacity", "messages", "oncall-capacity", (1.0, 1e12)) },
    Field { optional: true, ..field("To be empty within", "minutes", "oncall-within", (0.01, 1e6)) },
];

impl Figures {
    /// As they would be typed, in the order of [`FIELDS`].
    pub fn texts(&self) -> [String; 6] {
        let number = |number: f64| Decimal((number * 1e6).round() / 1e6).to_string();
        let optional = |value: Option<f64>| value.map_or(String::new(), number);
        [
            number(self.depth),
            number(self.arriving),
            number(self.each),
            self.workers.to_string(),
            optional(self.capacity),
            optional(self.within.map(|within| within / 60.0)),
        ]
    }
}

/// Reads what was typed.
///
/// # Errors
/// A sentence for each field that holds what it may not: the field, what stands there and what is permitted.
pub fn read(texts: &[String; 6]) -> Result<Figures, Vec<String>> {
    let mut problems = Vec::new();
    let values: Vec<Option<f64>> = FIELDS
        .iter()
        .zip(texts)
        .map(|(field, text)| match one(field, text) {
            Ok(value) => value,
            Err(problem) => {
                problems.push(problem);
                None
            }
        })
        .collect();
    let number = |place: usize| values[place].unwrap_or(0.0);
    let figures = Figures {
        depth: number(0),
        arriving: number(1),
        each: number(2),
        workers: number(3) as u32,
        capacity: values[4],
        within: values[5].map(|minutes| minutes * 60.0),
    };
    if let (Some(capacity), true) = (figures.capacity, problems.is_empty())
        && capacity < figures.depth
    {
        problems.push(format!(
            "Capacity: {} is less than the backlog of {}; it must be at least as much, or empty for no limit.",
            count(capacity),
            count(figures.depth)
        ));
    }
    if problems.is_empty() { Ok(figures) } else { Err(problems) }
}

fn one(field: &Field, text: &str) -> Result<Option<f64>, String> {
    let text = text.trim();
    if text.is_empty() && field.optional {
        return Ok(None);
    }
    let (least, most) = field.range;
    let kind = if field.whole { "a whole number" } else { "a number" };
    let or = if field.optional { ", or be left empty" } else { "" };
    let refuse = || {
        let typed = if text.is_empty() { "nothing" } else { text };
        let (least, most) = (Decimal(least), Decimal(most));
        format!("{}: {typed} is not permitted; it must be {kind} from {least} to {most}{or}.", field.label)
    };
    let Decimal(number) = Decimal::typed(&text.replace(',', "")).ok_or_else(refuse)?;
    let fits = (least..=most).contains(&number) && (!field.whole || number.fract() == 0.0);
    if fits { Ok(Some(number)) } else { Err(refuse()) }
}

/// What comes of it.
#[derive(Clone, PartialEq, Debug)]
pub enum Outcome {
    /// It is empty after so many seconds.
    Empty(f64),
    /// It is full after so many seconds.
    Full(f64),
    /// It grows, and there is no limit.
    Grows,
    /// As much comes as goes.
    Stays,
}

impl Figures {
    /// What all workers together get through, per second.
    pub fn leaving(&self) -> f64 {
        self.each * f64::from(self.workers)
    }

    /// What comes of the backlog, if all stays as it is.
    pub fn outcome(&self) -> Outcome {
        let shrinks = self.leaving() - self.arriving;
        // Rates that differ by less than can be typed are the same.
        if shrinks.abs() <= 1e-12 * self.leaving() {
            return Outcome::Stays;
        }
        match self.capacity {
            _ if 0.0 < shrinks => Outcome::Empty(self.depth / shrinks),
            Some(capacity) => Outcome::Full((capacity - self.depth) / -shrinks),
            None => Outcome::Grows,
        }
    }

    /// How many workers it takes for the backlog to be gone after so many seconds; at least one more than what keeps up
    /// with what comes, if there is anything to be gone.
    pub fn needed(&self, within: f64) -> f64 {
        let exact = (self.arriving + self.depth / within) / self.each;
        let mut needed = exact.ceil();
        // Rounding must not cost a worker, nor spare one.
        if 1.0 <= needed && self.drains(needed - 1.0, within) {
            needed -= 1.0;
        }
        if !self.drains(needed, within) {
            needed += 1.0;
        }
        needed.max(1.0)
    }

    /// Whether so many workers drain it within so many seconds.
    pub fn drains(&self, workers: f64, within: f64) -> bool {
        let shrinks = workers * self.each - self.arriving;
        if self.depth == 0.0 { 0.0 <= shrinks } else { self.depth <= shrinks * within * (1.0 + 1e-9) }
    }

    /// The answer in sentences: the first is the verdict.
    pub fn answer(&self) -> Vec<String> {
        let (arriving, leaving) = (per_second(self.arriving), per_second(self.leaving()));
        let net = (self.leaving() - self.arriving).abs();
        let formula = format!(
            "{} {leaving} a second, {arriving} come: the backlog {} by {} a second.",
            if self.workers == 1 {
                "1 worker does".into()
            } else {
                format!("{} workers do", Grouped(self.workers.into()))
            },
            if self.arriving <= self.leaving() { "shrinks" } else { "grows" },
            per_second(net)
        );
        let mut lines = match self.outcome() {
            Outcome::Empty(_) if self.depth == 0.0 => vec!["It is empty, and stays so.".into(), formula],
            Outcome::Empty(after) => vec![
                format!("It is empty in {}.", span(after)),
                format!("{formula} {} / {} = {}.", count(self.depth), per_second(net), span(after)),
            ],
            Outcome::Full(after) => vec![
                format!("It is full in {}.", span(after)),
                format!(
                    "{formula} Room for {} more, / {} = {}.",
                    count(self.capacity.unwrap_or(0.0) - self.depth),
                    per_second(net),
                    span(after)
                ),
            ],
            Outcome::Grows => vec!["It never becomes empty.".into(), formula],
            Outcome::Stays => vec![
                "It stays as it is.".into(),
                format!(
                    "As much comes as goes, {arriving} a second. At that load chance alone makes it grow."
                ),
            ],
        };
        let keeps_up = (self.arriving / self.each).floor() + 1.0;
        if self.leaving() <= self.arriving {
            lines.push(format!("To shrink at all it takes {} workers.", count(keeps_up)));
        }
        if let Some(within) = self.within {
            let needed = self.needed(within);
            let end = Figures { workers: needed.min(1e9) as u32, ..*self };
            let after = match end.outcome() {
                Outcome::Empty(after) => format!(" They need {}.", span(after)),
                Outcome::Full(_) | Outcome::Grows | Outcome::Stays => String::new(),
            };
            lines.push(format!(
                "To be empty within {} it takes {} {}.{}",
                span(within),
                count(needed),
                if needed == 1.0 { "worker" } else { "workers" },
                if self.depth == 0.0 { String::new() } else { after }
            ));
        }
        lines.extend(self.afterwards());
        lines
    }

    /// What is left once the backlog is gone, by M/M/c.
    fn afterwards(&self) -> Option<String> {
        let steady = mmc(self.arriving, self.each, self.workers)?;
        let near = if 0.9 < steady.utilization {
            " So near to saturation a little more load makes it wait far longer."
        } else {
            ""
        };
        Some(format!(
            "Afterwards the workers are {} busy, and messages wait {} on average (M/M/c, for arrivals and times of \
             service at random).{near}",
            format::percent(steady.utilization),
            format::span(std::time::Duration::try_from_secs_f64(steady.wait).unwrap_or_default())
        ))
    }
}

fn count(number: f64) -> String {
    Grouped(number.round() as u64).to_string()
}

fn per_second(rate: f64) -> String {
    if rate < 1000.0 { format::number(rate) } else { count(rate) }
}

fn span(seconds: f64) -> String {
    if seconds < 3.15e7 {
        return format::span(std::time::Duration::try_from_secs_f64(seconds).unwrap_or_default());
    }
    format!("{} years", count(seconds / 3.1536e7))
}

// ---------------------------------------------------------------- in the engine

/// The most that the engine's queue and its clients take: messages, messages per second, workers.
const ROOM: f64 = 100_000.0;
const FASTEST: f64 = 10_000.0;
const SLOWEST: f64 = 0.1;
const POOL: u32 = 50;

/// A run, and how many real messages one of it stands for.
#[derive(Clone, PartialEq, Debug)]
pub struct Trial {
    /// It begins with the backlog.
    pub scenario: Scenario,
    /// One message stands for so many.
    pub scale: f64,
}

impl Figures {
    /// The figures as the engine takes them: messages and rates scaled down alike, which leaves every time as it is, and
    /// workers joined where there are too many.
    fn scaled(&self) -> (Figures, f64) {
        let workers = self.workers.min(POOL);
        let each = self.leaving() / f64::from(workers);
        let most = [self.arriving / FASTEST, each / FASTEST, self.depth / ROOM]
            .into_iter()
            .chain(self.capacity.map(|capacity| capacity / ROOM))
            .fold(1.0, f64::max)
            .ceil();
        let scaled = Figures {
            arriving: self.arriving / most,
            each: (each / most).max(SLOWEST),
            workers,
            depth: (self.depth / most).round(),
            capacity: self.capacity.map(|capacity| (capacity / most).floor().max(1.0)),
            within: self.within,
        };
        (scaled, most)
    }

    /// A run of the plain queue with these figures.
    ///
    /// # Errors
    /// Why they cannot be run.
    pub fn in_a_queue(&self, plain: &Scenario) -> Result<Trial, String> {
        let (scaled, scale) = self.scaled();
        let mut scenario = plain.clone();
        let capacity = scaled.capacity.unwrap_or(ROOM).max(scaled.depth).max(1.0);
        put(&mut scenario.broker.set, "capacity", capacity);
        scenario.broker.set.retain(|(name, _)| name != "when-full");
        let [producer] = &mut scenario.producers[..] else {
            return Err("There is no producer to send.".into());
        };
        producer.set.clear();
        let [consumer] = &mut scenario.consumers[..] else {
            return Err("There is no consumer to work.".into());
        };
        consumer.set.clear();
        for (knob, name) in [("arrivals", "poisson"), ("service", "exponential")] {
            let set = if knob == "arrivals" { &mut producer.set } else { &mut consumer.set };
            set.push((knob.into(), Value::Choice(name.into())));
        }
        scenario.name = "on-call".into();
        scaled.fill(scenario, scale)
    }

    /// A run of another experiment with these figures: of its one producer and its one pool of workers.
    ///
    /// # Errors
    /// Why they cannot be run.
    pub fn in_place_of(&self, present: &Scenario) -> Result<Trial, String> {
        let (scaled, scale) = self.scaled();
        if present.producers.len() != 1 || present.consumers.len() != 1 {
            return Err(
                "The present system has more than one producer or pool of workers: the figures are of one \
                        each. Run them in the plain queue."
                    .into(),
            );
        }
        scaled.fill(present.clone(), scale)
    }

    fn fill(&self, mut scenario: Scenario, scale: f64) -> Result<Trial, String> {
        scenario.title = "On call".into();
        scenario.watch = format!(
            "A backlog of {} messages, {} a second come, {} workers do {} a second each.",
            count(self.depth),
            per_second(self.arriving),
            self.workers,
            per_second(self.each)
        );
        scenario.why = if 1.0 < scale {
            format!(
                "One message here stands for {} of the figures, so that all times are as they are there.",
                count(scale)
            )
        } else {
            "The figures are those that were typed in; the run adds the chance that arithmetic leaves out."
                .into()
        };
        let producer = &mut scenario.producers[0];
        put(&mut producer.set, "rate", self.arriving.max(SLOWEST));
        producer.running = SLOWEST <= self.arriving;
        let name = producer.name.clone();
        let consumer = &mut scenario.consumers[0];
        put(&mut consumer.set, "rate", self.each);
        put(&mut consumer.set, "workers", self.workers.into());
        consumer.running = true;
        scenario.claims.clear();
        scenario.script.clear();
        let mut left = self.depth as u64;
        while 0 < left {
            let count = left.min(MAX_SEND.into()) as u16;
            let act = Command::Send { producer: name.clone(), count };
            scenario.script.push(queuescope_engine::scenario::Timed { at: Time::ZERO, act });
            left -= u64::from(count);
        }
        // What is valid is what can be read.
        let scenario = Scenario::from_json(&scenario.to_json())
            .map_err(|problems| format!("These figures cannot be run: {problems}."))?;
        Ok(Trial { scenario, scale })
    }

    /// A speed at which the run is over in about half a minute.
    pub fn pace(&self) -> f64 {
        match self.outcome() {
            Outcome::Empty(seconds) | Outcome::Full(seconds) => seconds / 30.0,
            Outcome::Grows | Outcome::Stays => 1.0,
        }
    }
}

fn put(set: &mut Vec<(String, Value)>, knob: &str, value: f64) {
    set.retain(|(name, _)| name != knob);
    set.push((knob.into(), Value::Number(value)));
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use queuescope_engine::Simulation;

    use super::*;
    use crate::catalog;

    fn texts(texts: [&str; 6]) -> [String; 6] {
        texts.map(ToOwned::to_owned)
    }

    fn figures(depth: f64, arriving: f64, each: f64, workers: u32) -> Figures {
        Figures { depth, arriving, each, workers, capacity: None, within: None }
    }

    #[test]
    fn what_is_typed_is_read_or_said_to_be_wrong() {
        let good = read(&texts(["12,000", "50", "20", "4", "", "10"])).expect("it is good");
        assert_eq!(good, Figures { within: Some(600.0), ..figures(12_000.0, 50.0, 20.0, 4) });
        assert_eq!(read(&good.texts()), Ok(good));
        let bad = read(&texts(["-1", "", "0", "1.5", "x", "0"])).expect_err("all are bad");
        assert_eq!(bad.len(), 6);
        assert_eq!(
            bad[0],
            "Backlog: -1 is not permitted; it must be a whole number from 0 to 1000000000000."
        );
        assert!(bad[1].starts_with("Rate in: nothing is not permitted"), "{}", bad[1]);
        assert!(bad[4].ends_with(", or be left empty."), "{}", bad[4]);
        let full = read(&texts(["100", "1", "1", "1", "50", ""])).expect_err("it does not fit");
        assert!(full[0].starts_with("Capacity: 50 is less than the backlog of 100"), "{full:?}");
        for odd in ["NaN", "inf", "1e400", "--1", " "] {
            assert!(read(&texts([odd, "1", "1", "1", "", ""])).is_err(), "{odd}");
        }
    }

    #[test]
    fn it_says_when_it_is_empty_or_full() {
        let own = Figures { within: Some(600.0), ..figures(12_000.0, 50.0, 20.0, 4) };
        let lines = own.answer();
        assert_eq!(lines[0], "It is empty in 6.67 min.");
        assert!(lines[2].contains("within 10.0 min it takes 4 workers"), "{lines:?}");
        assert!(lines[3].contains("62.5% busy"), "{lines:?}");
        let grows = Figures { capacity: Some(20_000.0), ..figures(12_000.0, 100.0, 20.0, 4) };
        assert_eq!(grows.outcome(), Outcome::Full(400.0));
        assert!(grows.answer()[2].contains("it takes 6 workers"), "{:?}", grows.answer());
        assert_eq!(figures(5.0, 80.0, 20.0, 4).outcome(), Outcome::Stays);
        assert_eq!(figures(5.0, 81.0, 20.0, 4).outcome(), Outcome::Grows);
        assert!(figures(10.0, 76.0, 20.0, 4).answer().iter().any(|line| line.contains("near to saturation")));
    }

    /// The run ends when arithmetic says so, give or take what chance does.
    fn runs_empty(trial: &Trial, after: f64) {
        let mut simulation = Simulation::new(&trial.scenario, 5);
        let mut run = |seconds: f64| {
            simulation.run_until(Time::from_secs_f64(seconds), u64::MAX, &mut ());
            simulation.ledger().waiting
        };
        assert!(0 < run(after * 0.85), "not yet empty");
        assert!(run(after * 1.15) < 60, "empty but for what waits by chance");
    }

    #[test]
    fn the_engine_agrees() {
        let plain = catalog::scenario(0);
        let small = figures(2000.0, 5.0, 5.0, 4);
        assert_eq!(small.outcome(), Outcome::Empty(2000.0 / 15.0));
        runs_empty(&small.in_a_queue(&plain).expect("it runs"), 2000.0 / 15.0);
        // A million messages and 400 workers: scaled down and joined, the time is the same.
        let large = figures(1_000_000.0, 30_000.0, 100.0, 400);
        let trial = large.in_a_queue(&plain).expect("it runs");
        assert_eq!(trial.scale, 10.0);
        runs_empty(&trial, 100.0);
        let index = catalog::find("rabbitmq-prefetch").expect("it is shipped");
        let other = small.in_place_of(&catalog::scenario(index));
        assert!(other.is_ok() || other.is_err_and(|why| why.contains("more than one")));
    }

    proptest! {
        #[test]
        fn so_many_workers_are_enough_and_one_less_is_not(
            depth in 1.0..1e7_f64, arriving in 0.0..1e5_f64, each in 0.01..1e4_f64, within in 1.0..1e6_f64
        ) {
            let own = figures(depth.round(), arriving, each, 1);
            let needed = own.needed(within);
            prop_assert!(own.drains(needed, within), "{needed}");
            prop_assert!(needed == 1.0 || !own.drains(needed - 1.0, within), "{needed}");
            if needed < 1e9 {
                let Outcome::Empty(after) = (Figures { workers: needed as u32, ..own }).outcome() else {
                    return Err(TestCaseError::fail("they drain it"));
                };
                prop_assert!(after <= within * (1.0 + 1e-6));
            }
        }

        #[test]
        fn whatever_is_typed_gets_an_answer(
            depth in 0.0..1e12_f64, arriving in 0.0..1e9, each in 1e-6..1e9, workers in 1_u32..100_000,
            room in prop::option::of(0.0..1e12), within in prop::option::of(0.6..6e7)
        ) {
            let capacity = room.map(|room: f64| (depth + room).round().max(1.0));
            let own = Figures { depth: depth.round(), arriving, each, workers, capacity, within };
            let lines = own.answer();
            prop_assert!(lines.len() >= 2 && lines.iter().all(|line| !line.contains("NaN") && !line.contains("inf")));
            prop_assert!(own.pace() >= 0.0);
            if let Outcome::Empty(after) | Outcome::Full(after) = own.outcome() {
                prop_assert!(0.0 <= after);
            }
        }
    }
}
