//! Cases that say to the letter what happens: a trace of facts, and states at given times.

use std::fmt;

use queuescope_engine::client::worker::MAX_WORKERS;
use queuescope_engine::id::{ProducerId, WorkerId};
use queuescope_engine::journal::{Drop, Fact, Return, What};
use queuescope_engine::view::Doing;
use queuescope_engine::{Scenario, Simulation, Time};

use super::case::{ReadError, read_time};
use super::compare::Difference;
use super::lines::{At, Line, Section};

pub(crate) struct Exact {
    /// How far it is run.
    pub(crate) end: Time,
    pub(crate) expected: Vec<Expected>,
}

pub(crate) enum Expected {
    /// All facts of these kinds, in order.
    Trace { kinds: Vec<String>, steps: Vec<String> },
    /// What holds once everything at `at` has happened: subjects and their values.
    State { at: Time, lines: Vec<(String, String)> },
}

/// The kinds of facts that a trace shows unless it names others: all that is about a message.
const ABOUT_MESSAGES: &[&str] = &[
    "published",
    "enqueued",
    "refused",
    "blocked",
    "unblocked",
    "dropped",
    "delivered",
    "acked",
    "failed",
    "crashed",
    "requeued",
    "dead",
];

const ABOUT_CLIENTS: &[&str] = &["started", "stopped"];

/// A fact as a case tells it.
#[derive(PartialEq)]
struct Step {
    at: Time,
    /// A producer, a worker as `consumer/1`, or the broker.
    who: String,
    fact: String,
    message: Option<u64>,
    attempt: u64,
    why: Option<String>,
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:>8}  {:<10}  {:<9}", self.at.to_string(), self.who, self.fact)?;
        if let Some(message) = self.message {
            write!(f, "  {message}")?;
        }
        if self.attempt != 1 {
            write!(f, "  attempt {}", self.attempt)?;
        }
        self.why.as_ref().map_or(Ok(()), |why| write!(f, "  ({why})"))
    }
}

/// Reads `then trace [KIND ...]`.
pub(crate) fn read_trace(
    at: At<'_>,
    given: &Scenario,
    section: &Section<'_>,
    kinds: &[&str],
) -> Result<Expected, ReadError> {
    if let Some(unknown) = kinds.iter().find(|kind| !is_kind(kind)) {
        return Err(at.error(section.head, no_kind(unknown)));
    }
    let kinds = if kinds.is_empty() { ABOUT_MESSAGES } else { kinds };
    let mut steps = Vec::new();
    for line in &section.body {
        let step = read_step(at, given, *line)?;
        if !kinds.contains(&step.fact.as_str()) {
            return Err(at.error(*line, format!("this trace is not of the kind {:?}", step.fact)));
        }
        steps.push(step.to_string());
    }
    Ok(Expected::Trace { kinds: kinds.iter().map(|kind| (*kind).to_owned()).collect(), steps })
}

fn is_kind(kind: &str) -> bool {
    ABOUT_MESSAGES.contains(&kind) || ABOUT_CLIENTS.contains(&kind)
}

fn no_kind(kind: &str) -> String {
    format!(
        "{kind:?} is no kind of fact: it must be one of {}, {}",
        ABOUT_MESSAGES.join(", "),
        ABOUT_CLIENTS.join(", ")
    )
}

/// `TIME WHO FACT [MESSAGE] [attempt N] [(why)]`
fn read_step(at: At<'_>, given: &Scenario, line: Line<'_>) -> Result<Step, ReadError> {
    let words: Vec<&str> = line.text.split_whitespace().collect();
    let [time, who, fact, ref rest @ ..] = words[..] else {
        return Err(at.error(line, "write: TIME WHO FACT [MESSAGE] [attempt N] [(why)]"));
    };
    if !is_kind(fact) {
        return Err(at.error(line, no_kind(fact)));
    }
    if !names(given)
        .any(|name| who == name || who.strip_prefix(&name).is_some_and(|place| place.starts_with('/')))
    {
        let all: Vec<String> = names(given).collect();
        return Err(at.error(line, format!("nobody is called {who:?}: it must be one of {}", all.join(", "))));
    }
    let mut step = Step {
        at: read_time(at, line, time)?,
        who: who.into(),
        fact: fact.into(),
        message: None,
        attempt: 1,
        why: None,
    };
    let mut rest = rest.iter();
    while let Some(word) = rest.next() {
        if *word == "attempt" {
            let number = rest.next().and_then(|number| number.parse().ok());
            step.attempt = number.ok_or_else(|| at.error(line, "attempt is followed by a number"))?;
        } else if let Some(why) = word.strip_prefix('(').and_then(|why| why.strip_suffix(')')) {
            step.why = Some(why.into());
        } else if let Ok(number) = word.parse() {
            step.message = Some(number);
        } else {
            return Err(at.error(line, format!("{word:?} is no number of a message, attempt or (why)")));
        }
    }
    Ok(step)
}

fn names(given: &Scenario) -> impl Iterator<Item = String> {
    let clients = given.producers.iter().chain(&given.consumers).map(|client| client.name.clone());
    clients.chain([given.broker.name.clone()])
}

fn producer_name(given: &Scenario, producer: ProducerId) -> String {
    given.producers[usize::from(producer.0)].name.clone()
}

fn worker_name(given: &Scenario, worker: WorkerId) -> String {
    let consumer = &given.consumers[usize::from(worker.0 / MAX_WORKERS)];
    format!("{}/{}", consumer.name, worker.0 % MAX_WORKERS + 1)
}

/// The fact as a case tells it; the number of workers is no one's doing and is not told.
fn step_of(given: &Scenario, fact: &Fact) -> Option<Step> {
    let producer = |producer| producer_name(given, producer);
    let worker = |worker| worker_name(given, worker);
    let broker = given.broker.name.clone();
    let (who, attempt, why) = match fact.what {
        What::Published { message } => (producer(message.producer), 1, None),
        What::Enqueued { .. } => (broker, 1, None),
        What::Refused { producer: who, why, .. } => (producer(who), 1, Some(why.name())),
        What::Blocked { producer: who, .. }
        | What::Unblocked { producer: who }
        | What::Started { producer: who }
        | What::Stopped { producer: who } => (producer(who), 1, None),
        What::Dropped { why: Drop::Oldest, .. } => (broker, 1, Some("oldest")),
        What::Delivered { worker: who, attempt, .. }
        | What::Acked { worker: who, attempt, .. }
        | What::Failed { worker: who, attempt, .. }
        | What::Crashed { worker: who, attempt, .. } => (worker(who), attempt, None),
        What::Requeued { attempt, why: Return::Failed, .. } => (broker, attempt, Some("failed")),
        What::Requeued { attempt, why: Return::Crashed, .. } => (broker, attempt, Some("crashed")),
        What::Dead { worker: who, attempts, .. } => (worker(who), attempts, None),
        // What only servers that route tell; their cases are of another kind.
        What::Routed { .. }
        | What::Republished { .. }
        | What::Taken { .. }
        | What::Resent { .. }
        | What::Replied { .. }
        | What::Postponed { .. }
        | What::Unanswered { .. }
        | What::Forgone { .. }
        | What::Rebalancing { .. }
        | What::Rebalanced { .. }
        | What::Assigned { .. }
        | What::Revoked { .. }
        | What::Moved { .. }
        | What::Staffed { .. } => return None,
    };
    Some(Step {
        at: fact.at,
        who,
        fact: fact.what.name().into(),
        message: fact.what.message().map(|message| message.0),
        attempt: attempt.into(),
        why: why.map(str::to_owned),
    })
}

/// Reads the lines below `then at TIME` and `then finally`.
pub(crate) fn read_state(
    at: At<'_>,
    given: &Scenario,
    section: &Section<'_>,
    time: Time,
) -> Result<Expected, ReadError> {
    let fresh: Simulation = Simulation::new(given, given.seed);
    let mut lines = Vec::new();
    for line in &section.body {
        let pairs: Vec<(String, String)> = match line.text.strip_prefix("counters ") {
            Some(counters) => {
                let pair = |word: &str| {
                    let (name, value) = word.split_once('=')?;
                    Some((format!("counter {name}"), value.to_owned()))
                };
                let pairs: Option<Vec<_>> = counters.split_whitespace().map(pair).collect();
                pairs.ok_or_else(|| at.error(*line, "counters are written NAME=NUMBER"))?
            }
            None => {
                let (subject, value) = line.text.split_once(':').unwrap_or((line.text, ""));
                vec![(subject.split_whitespace().collect::<Vec<_>>().join(" "), value.trim().to_owned())]
            }
        };
        for (subject, value) in pairs {
            if observe(given, &fresh, &subject).is_none() || value.is_empty() {
                return Err(at.error(*line, format!("{:?} says nothing: write {SUBJECTS}", line.text)));
            }
            let value = value.split_whitespace().collect::<Vec<_>>().join(" ");
            lines.push((subject, value));
        }
    }
    Ok(Expected::State { at: time, lines })
}

const SUBJECTS: &str = "contents BROKER: 1 2#2 (or none), link PRODUCER: 3 4 (or none), producer PRODUCER: running \
                        (or stopped, blocked), worker CONSUMER/N: 1#2 (or idle, off, down), or counters NAME=N ... with \
                        the names produced, arriving, kept, waiting, held, consumed, refused, dropped, redelivered, dead";

/// What stands for `subject` now; none if there is no such subject.
fn observe(given: &Scenario, simulation: &Simulation, subject: &str) -> Option<String> {
    let (kind, name) = subject.split_once(' ')?;
    let scene = simulation.scene(usize::MAX);
    let list = |items: Vec<String>| if items.is_empty() { "none".to_owned() } else { items.join(" ") };
    let with_attempt = |message: u64, attempt: u16| {
        if attempt == 1 { message.to_string() } else { format!("{message}#{attempt}") }
    };
    match kind {
        "contents" if name == given.broker.name => {
            let entries = scene.stores.iter().flat_map(|store| &store.entries);
            Some(list(entries.map(|entry| with_attempt(entry.message.0, entry.attempt)).collect()))
        }
        "link" => {
            let producer = scene.producers.iter().find(|producer| producer.name == name)?;
            Some(list(producer.link.iter().map(|flight| flight.message.to_string()).collect()))
        }
        "producer" => {
            let producer = scene.producers.iter().find(|producer| producer.name == name)?;
            let state = match (producer.blocked, producer.running) {
                (true, _) => "blocked",
                (false, true) => "running",
                (false, false) => "stopped",
            };
            Some(state.into())
        }
        "worker" => {
            let (consumer, place) = name.split_once('/')?;
            given.consumers.iter().find(|own| own.name == consumer)?;
            place.parse::<u16>().ok().filter(|place| (1..=MAX_WORKERS).contains(place))?;
            let worker = scene.workers.iter().find(|worker| worker_name(given, worker.worker) == name);
            Some(match worker.map_or(Doing::Off, |worker| worker.doing) {
                Doing::Idle => "idle".into(),
                Doing::Busy { message, attempt, .. } => with_attempt(message.0, attempt),
                Doing::Off => "off".into(),
                Doing::Down => "down".into(),
            })
        }
        "counter" => counter(simulation, name).map(|count| count.to_string()),
        _ => None,
    }
}

fn counter(simulation: &Simulation, name: &str) -> Option<u64> {
    let ledger = simulation.ledger();
    match name {
        "produced" => Some(ledger.sent),
        "arriving" => Some(ledger.arriving),
        "kept" => Some(simulation.scene(0).stores.iter().map(|store| store.kept).sum()),
        "waiting" => Some(ledger.waiting),
        "held" => Some(ledger.held),
        "consumed" => Some(ledger.done),
        "refused" => Some(ledger.refused),
        "dropped" => Some(ledger.dropped),
        "redelivered" => Some(ledger.redelivered),
        "dead" => Some(ledger.dead),
        _ => None,
    }
}

/// Runs the case event by event; the books are audited after each.
pub(crate) fn run(given: &Scenario, exact: &Exact) -> Vec<Difference> {
    let mut simulation: Simulation = Simulation::new(given, given.seed);
    let mut facts: Vec<Fact> = Vec::new();
    let mut differences = Vec::new();
    let mut states: Vec<(Time, &Vec<(String, String)>)> = Vec::new();
    for expected in &exact.expected {
        if let Expected::State { at, lines } = expected {
            states.push((*at, lines));
        }
    }
    states.sort_by_key(|(at, _)| *at);
    for (at, lines) in states {
        advance(&mut simulation, at, &mut facts, &mut differences);
        let show = |(subject, value): (&String, String)| format!("{subject}: {value}");
        let expected = lines.iter().map(|(subject, value)| show((subject, value.clone()))).collect();
        let now = |subject| observe(given, &simulation, subject).unwrap_or_default();
        let observed = lines.iter().map(|(subject, _)| show((subject, now(subject)))).collect();
        differences.extend(Difference::between(format!("at {at}"), expected, observed));
    }
    advance(&mut simulation, exact.end, &mut facts, &mut differences);
    for expected in &exact.expected {
        if let Expected::Trace { kinds, steps } = expected {
            let told = facts.iter().filter_map(|fact| step_of(given, fact));
            let observed =
                told.filter(|step| kinds.contains(&step.fact)).map(|step| step.to_string()).collect();
            differences.extend(Difference::between("trace".into(), steps.clone(), observed));
        }
    }
    differences
}

fn advance(simulation: &mut Simulation, to: Time, facts: &mut Vec<Fact>, differences: &mut Vec<Difference>) {
    while simulation.next_event().is_some_and(|next| next <= to) {
        simulation.step(facts);
        if let Err(imbalance) = simulation.audit() {
            let observed = vec![imbalance.to_string()];
            let what = format!("ledger at {}", simulation.now());
            differences.push(Difference { what, expected: vec!["in balance".into()], observed });
            return;
        }
    }
    // Nothing is left to happen by then; this only moves the clock.
    simulation.run_until(to, 0, facts);
}
