//! What is read of a run, and the words that follow from it. The rules are data; they know measures and no system.

use std::collections::BTreeSet;

use queuescope_engine::broker::manual;
use queuescope_engine::client::worker::MAX_WORKERS;
use queuescope_engine::decimal::Decimal;
use queuescope_engine::journal::{Fact, Observer, What};
use queuescope_engine::json::Node;
use queuescope_engine::scenario::{Relation, measure, parse_span};
use queuescope_engine::time::Time;
use queuescope_engine::timeline::Trial;
use queuescope_engine::{Problem, Scenario, Simulation, shell_sort};

use crate::format;

/// How often a measure is looked at whose first change or highest value counts: ten times a second, as claims are.
const LOOK: u64 = 100_000_000;

/// What a run has shown.
#[derive(Clone, PartialEq, Debug)]
pub struct Verdict {
    /// Which of the question's verdicts it is: of one kind are runs that say the same with other numbers.
    pub kind: String,
    /// The verdict in words, with the numbers of the run.
    pub says: String,
    /// All that was read of the run.
    pub readings: Vec<(String, f64)>,
}

/// How a question is decided.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Rule {
    reads: Vec<Reading>,
    /// The first whose conditions all hold is the verdict.
    cases: Vec<Case>,
}

/// Something that is read of a run, under a name.
#[derive(Clone, PartialEq, Debug)]
struct Reading {
    name: String,
    /// These measures, added up; or taken away, where that is said.
    of: Vec<(bool, String)>,
    how: How,
    /// From when on: what was counted before that instant is left out.
    from: Option<Time>,
    /// At which time; at the end if not given.
    at: Option<Time>,
    /// For each of what this measure counts.
    per: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum How {
    /// Its value.
    Value,
    /// After how many seconds it first exceeds what it was; without end if it never does.
    First,
    /// Its highest value.
    Highest,
}

#[derive(Clone, PartialEq, Debug)]
struct Case {
    kind: String,
    conditions: Vec<Condition>,
    says: String,
}

/// `late > 0`: a reading, a relation, and a number or another reading.
#[derive(Clone, PartialEq, Debug)]
struct Condition {
    left: String,
    is: Relation,
    right: Right,
}

#[derive(Clone, PartialEq, Debug)]
enum Right {
    Number(f64),
    Reading(String),
}

impl Rule {
    /// Reads the fields `reads` and `verdicts` of a question.
    pub(super) fn read(node: &Node) -> Result<Rule, Problem> {
        let reads = node.field("reads")?.entries()?;
        let reads =
            reads.iter().map(|(name, node)| Reading::read(name, node)).collect::<Result<Vec<_>, _>>()?;
        let is_read = |name: &str| reads.iter().any(|own| own.name == name);
        let cases = node.field("verdicts")?.each(|node| Case::read(node, &is_read))?;
        Ok(Rule { reads, cases })
    }

    /// Runs a scenario and says what it has shown.
    ///
    /// # Errors
    /// A measure that there is not, or a run for which there are no words.
    pub(super) fn judge(&self, scenario: &Scenario, seed: u64, until: Time) -> Result<Verdict, String> {
        let mut trial = Trial::new(scenario, seed);
        let mut taken = Taken::default();
        let unknown = |own: &&str| read(own, trial.simulation(), &taken).is_none();
        if let Some(name) = self.reads.iter().flat_map(Reading::measures).find(unknown) {
            return Err(format!("\"{name}\" is no measure"));
        }
        let mut probes: Vec<Probe> = self.reads.iter().map(|reading| Probe::new(reading, until)).collect();
        for stop in self.stops(until) {
            trial.run_telling(stop, &mut taken);
            probes.iter_mut().for_each(|probe| probe.look(trial.simulation(), &taken));
        }
        let readings: Vec<(String, f64)> =
            probes.into_iter().map(|probe| (probe.reading.name.clone(), probe.value)).collect();
        let case = self.cases.iter().find(|case| case.conditions.iter().all(|own| own.holds(&readings)));
        let case = case.ok_or_else(|| {
            let said = readings.iter().map(|(name, value)| format!("{name}={}", Decimal(*value)));
            format!("no verdict fits {}", said.collect::<Vec<_>>().join(", "))
        })?;
        let says = words(&case.says, scenario, &readings)?;
        Ok(Verdict { kind: case.kind.clone(), says, readings })
    }

    /// When the run is looked at.
    fn stops(&self, until: Time) -> Vec<Time> {
        let mut stops: Vec<Time> =
            self.reads.iter().flat_map(|own| [own.from.map(before), own.at]).flatten().collect();
        for watched in self.reads.iter().filter(|own| own.how != How::Value) {
            let span = watched.from.unwrap_or(Time::ZERO)..watched.at.unwrap_or(until);
            let looks = (span.start.as_nanos()..span.end.as_nanos()).step_by(LOOK as usize);
            stops.extend(looks.map(Time::from_nanos));
        }
        stops.push(until);
        shell_sort::sort(&mut stops);
        stops.dedup();
        stops
    }
}

/// What workers have begun on. A system may hand out a message again without counting that; whoever works on it
/// once more knows.
#[derive(Default)]
struct Taken {
    /// By the pool of workers, and the message: of the type of other sets, so that they are compiled once.
    begun: BTreeSet<(u64, u64)>,
    again: u64,
}

/// The measure that only this observer has: how often a worker began on a message that one of its pool had begun on.
const TAKEN_AGAIN: &str = "taken.again";

impl Observer for Taken {
    fn observe(&mut self, fact: &Fact) {
        if let What::Taken { message, worker, .. } | What::Delivered { message, worker, begins: true, .. } =
            fact.what
        {
            self.again += u64::from(!self.begun.insert((u64::from(worker.0 / MAX_WORKERS), message.0)));
        }
    }
}

fn read(name: &str, simulation: &Simulation, taken: &Taken) -> Option<f64> {
    if name == TAKEN_AGAIN { Some(taken.again as f64) } else { measure(name, simulation) }
}

/// The instant before: what happens at a time is not yet counted then.
fn before(time: Time) -> Time {
    Time::from_nanos(time.as_nanos().saturating_sub(1))
}

impl Reading {
    fn read(name: &str, node: &Node) -> Result<Reading, Problem> {
        node.only(&["of", "first", "highest", "from", "at", "per"])?;
        let ways = [("of", How::Value), ("first", How::First), ("highest", How::Highest)];
        let way = ways.into_iter().find_map(|(field, how)| Some((node.optional(field)?, how)));
        let (of, how) =
            way.ok_or_else(|| node.refuse("an object with one of the fields of, first, highest"))?;
        let time = |field: &str| node.optional(field).map(|node| span(&node)).transpose();
        Ok(Reading {
            name: name.to_owned(),
            of: terms(&of)?,
            how,
            from: time("from")?,
            at: time("at")?,
            per: node.optional("per").map(|node| Ok(node.text()?.to_owned())).transpose()?,
        })
    }

    fn measures(&self) -> impl Iterator<Item = &str> {
        self.of.iter().map(|(_, name)| name).chain(&self.per).map(String::as_str)
    }
}

/// `produced - effects`: names with a sign between each two of them. Whether each is taken away.
fn terms(node: &Node) -> Result<Vec<(bool, String)>, Problem> {
    let words: Vec<&str> = node.text()?.split_whitespace().collect();
    let mut terms = Vec::new();
    for pair in [&["+"], &*words].concat().chunks(2) {
        match pair {
            [sign @ ("+" | "-"), name] => terms.push((*sign == "-", (*name).to_owned())),
            _ => return Err(node.refuse("names of measures with + or - between them")),
        }
    }
    Ok(terms)
}

/// A time as it stands in the data.
pub(super) fn span(node: &Node) -> Result<Time, Problem> {
    parse_span(node.text()?).map_err(|_| node.refuse("a number and one of the units ms, s, min, h"))
}

/// A reading while it is taken.
struct Probe<'a> {
    reading: &'a Reading,
    end: Time,
    /// What it was before it counts.
    base: f64,
    value: f64,
}

impl Probe<'_> {
    fn new(reading: &Reading, until: Time) -> Probe<'_> {
        let value = if reading.how == How::First { f64::INFINITY } else { 0.0 };
        Probe { reading, end: reading.at.unwrap_or(until), base: 0.0, value }
    }

    fn look(&mut self, simulation: &Simulation, taken: &Taken) {
        let (now, from) = (simulation.now(), self.reading.from);
        if self.end < now {
            return;
        }
        let read = |name: &String| read(name, simulation, taken).unwrap_or_default();
        let term = |(minus, name): &(bool, String)| if *minus { -read(name) } else { read(name) };
        let sum = || self.reading.of.iter().map(term).sum::<f64>();
        if let Some(from) = from.filter(|from| now < *from) {
            if now == before(from) {
                self.base = sum();
            }
            return;
        }
        match self.reading.how {
            How::Value if now == self.end => {
                let per = self.reading.per.as_ref().map_or(1.0, read);
                self.value = if per == 0.0 { 0.0 } else { (sum() - self.base) / per };
            }
            How::Value => {}
            How::First => {
                if self.value.is_infinite() && self.base < sum() {
                    let nanos = now.nanos_since(from.unwrap_or(Time::ZERO));
                    self.value = nanos as f64 / 1e9;
                }
            }
            How::Highest => self.value = self.value.max(sum() - self.base),
        }
    }
}

impl Case {
    fn read(node: &Node, is_read: &impl Fn(&str) -> bool) -> Result<Case, Problem> {
        node.only(&["kind", "if", "says"])?;
        let text = |name: &str| Ok(node.field(name)?.text()?.to_owned());
        let conditions = node.optional("if").map(|node| node.each(|node| Condition::read(node, is_read)));
        Ok(Case {
            kind: text("kind")?,
            conditions: conditions.transpose()?.unwrap_or_default(),
            says: text("says")?,
        })
    }
}

impl Condition {
    fn read(node: &Node, is_read: &impl Fn(&str) -> bool) -> Result<Condition, Problem> {
        let words: Vec<&str> = node.text()?.split_whitespace().collect();
        let condition = match words[..] {
            [left, is, right] if is_read(left) => {
                let number = Decimal::read(right).map(|own| Right::Number(own.0));
                let right = number.or_else(|| is_read(right).then(|| Right::Reading(right.to_owned())));
                Relation::of(is).zip(right).map(|(is, right)| Condition { left: left.to_owned(), is, right })
            }
            _ => None,
        };
        condition.ok_or_else(|| node.refuse("a reading, one of = < <= > >=, and a number or another reading"))
    }

    fn holds(&self, readings: &[(String, f64)]) -> bool {
        let right = match &self.right {
            Right::Number(number) => Some(*number),
            Right::Reading(name) => find(readings, name),
        };
        find(readings, &self.left).zip(right).is_some_and(|(left, right)| self.is.holds(left, right))
    }
}

fn find(readings: &[(String, f64)], name: &str) -> Option<f64> {
    readings.iter().find(|(own, _)| own == name).map(|(_, value)| *value)
}

/// Puts what was read in the place of its name: `{late}`; `{after:span}` as a span; `{late:time:times}` with the word
/// that its number takes; and `{store}`, `{waiting}` and `{held}` as the system calls them.
fn words(says: &str, scenario: &Scenario, readings: &[(String, f64)]) -> Result<String, String> {
    let mut text = String::new();
    let mut rest = says;
    while let Some((plain, after)) = rest.split_once('{') {
        let (inside, after) =
            after.split_once('}').ok_or_else(|| format!("\"{says}\" has a brace left open"))?;
        text += plain;
        text += &filled(inside, scenario, readings)
            .ok_or_else(|| format!("{{{inside}}} is nothing that is read"))?;
        rest = after;
    }
    Ok(text + rest)
}

fn filled(inside: &str, scenario: &Scenario, readings: &[(String, f64)]) -> Option<String> {
    let parts: Vec<&str> = inside.split(':').collect();
    let terms = manual(&scenario.broker.system)?.terms;
    let number = find(readings, parts[0]);
    Some(match (number, &parts[..]) {
        (None, ["store"]) => terms.store.to_owned(),
        (None, ["waiting"]) => terms.waiting.to_owned(),
        (None, ["held"]) => terms.held.to_owned(),
        (Some(number), [_]) => short(number),
        (Some(seconds), [_, "span"]) if seconds < 120.0 => format!("{} s", short(seconds)),
        (Some(seconds), [_, "span"]) => format!("{} min", short(seconds / 60.0)),
        (Some(number), [_, one, many]) => {
            let number = short(number);
            let word = if number == "1" { one } else { many };
            format!("{number} {word}")
        }
        _ => return None,
    })
}

/// In two digits or in whole ones: a verdict is read at a glance.
fn short(value: f64) -> String {
    format::number(if value < 10.0 { (value * 10.0).round() / 10.0 } else { value.round() })
}
