//! The journal as a table: one fact a line, comma-separated, written as it happens.
//!
//! No field ever needs quotes: they are numbers and lower-case words joined by hyphens.

use std::fmt::{self, Display};
use std::io::{self, Write};

use queuescope_engine::Scenario;
use queuescope_engine::id::{ProducerId, WorkerId};
use queuescope_engine::journal::{Drop, Fact, Observer, Return, What};

const HEADER: &str = "time,fact,message,producer,worker,attempt,why,waited,service,total,workers";

/// Nanoseconds, written as seconds with all nine decimals: exact, and in order also as text.
struct Seconds(u64);

impl Display for Seconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:09}", self.0 / 1_000_000_000, self.0 % 1_000_000_000)
    }
}

/// A field that may be empty.
struct Field<T>(Option<T>);

impl<T: Display> Display for Field<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.as_ref().map_or(Ok(()), |value| value.fmt(f))
    }
}

/// What a fact says beside its time, its name and its message.
#[derive(Default)]
struct Rest {
    producer: Option<ProducerId>,
    worker: Option<WorkerId>,
    attempt: Option<u16>,
    why: Option<&'static str>,
    waited: Option<u64>,
    service: Option<u64>,
    total: Option<u64>,
    workers: Option<u16>,
}

/// A table that is being written.
pub(crate) struct Table<'a, W> {
    out: &'a mut W,
    producers: Vec<&'a str>,
    outcome: io::Result<()>,
}

impl<'a, W: Write> Table<'a, W> {
    /// A table that has its header.
    pub(crate) fn new(scenario: &'a Scenario, out: &'a mut W) -> io::Result<Table<'a, W>> {
        writeln!(out, "{HEADER}")?;
        let producers = scenario.producers.iter().map(|producer| producer.name.as_str()).collect();
        Ok(Table { out, producers, outcome: Ok(()) })
    }

    /// Whether everything since the last time of asking could be written.
    pub(crate) fn written(&mut self) -> io::Result<()> {
        std::mem::replace(&mut self.outcome, Ok(()))
    }

    fn write(&mut self, fact: &Fact) -> io::Result<()> {
        let rest = rest(&fact.what);
        let producer = rest.producer.and_then(|producer| self.producers.get(usize::from(producer.0)));
        writeln!(
            self.out,
            "{},{},{},{},{},{},{},{},{},{},{}",
            Seconds(fact.at.as_nanos()),
            fact.what.name(),
            Field(fact.what.message()),
            Field(producer),
            Field(rest.worker.map(|worker| worker.0 + 1)),
            Field(rest.attempt),
            Field(rest.why),
            Field(rest.waited.map(Seconds)),
            Field(rest.service.map(Seconds)),
            Field(rest.total.map(Seconds)),
            Field(rest.workers),
        )
    }
}

impl<W: Write> Observer for Table<'_, W> {
    fn observe(&mut self, fact: &Fact) {
        if self.outcome.is_ok() {
            self.outcome = self.write(fact);
        }
    }
}

fn rest(what: &What) -> Rest {
    let none = Rest::default();
    match *what {
        What::Published { message } => Rest { producer: Some(message.producer), ..none },
        What::Enqueued { .. } | What::Routed { .. } | What::Republished { .. } => none,
        What::Moved { why, .. } => Rest { why: Some(why.name()), ..none },
        What::Refused { producer, why, .. } => {
            Rest { producer: Some(producer), why: Some(why.name()), ..none }
        }
        What::Resent { producer, attempt, .. } => {
            Rest { producer: Some(producer), attempt: Some(attempt), ..none }
        }
        What::Replied { producer, took, .. } => Rest { producer: Some(producer), total: took, ..none },
        What::Unanswered { producer, .. }
        | What::Blocked { producer, .. }
        | What::Unblocked { producer }
        | What::Started { producer }
        | What::Stopped { producer } => Rest { producer: Some(producer), ..none },
        What::Dropped { why: Drop::Oldest, .. } => Rest { why: Some("oldest"), ..none },
        What::Delivered { worker, attempt, waited, .. } => {
            Rest { worker: Some(worker), attempt: Some(attempt), waited: Some(waited), ..none }
        }
        What::Forgone { worker, .. } => Rest { worker: Some(worker), ..none },
        What::Taken { worker, attempt, .. } => Rest { worker: Some(worker), attempt: Some(attempt), ..none },
        What::Acked { worker, attempt, waited, service, total, .. } => {
            Rest { total: Some(total), ..ended(worker, attempt, waited, service) }
        }
        What::Failed { worker, attempt, waited, service, .. }
        | What::Crashed { worker, attempt, waited, service, .. } => ended(worker, attempt, waited, service),
        What::Requeued { attempt, why, .. } => {
            let why = match why {
                Return::Failed => "failed",
                Return::Crashed => "crashed",
            };
            Rest { attempt: Some(attempt), why: Some(why), ..none }
        }
        What::Dead { worker, attempts, .. } => Rest { worker: Some(worker), attempt: Some(attempts), ..none },
        What::Rebalancing { .. } | What::Rebalanced { .. } => none,
        What::Assigned { worker, .. } | What::Revoked { worker, .. } => Rest { worker: Some(worker), ..none },
        What::Staffed { workers } => Rest { workers: Some(workers), ..none },
    }
}

/// A delivery that has ended.
fn ended(worker: WorkerId, attempt: u16, waited: u64, service: u64) -> Rest {
    let (waited, service) = (Some(waited), Some(service));
    Rest { worker: Some(worker), attempt: Some(attempt), waited, service, ..Rest::default() }
}
