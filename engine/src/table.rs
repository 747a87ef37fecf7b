//! The journal as a table: one fact a line, comma-separated.
//!
//! No field ever needs quotes: they are numbers and words joined by hyphens or spaces.

use std::fmt::{self, Display};

use crate::id::{ProducerId, WorkerId};
use crate::journal::{Drop, Fact, Return, What};

/// The names of the columns. Times are in seconds; workers are numbered from 1, over all consumers.
pub const HEADER: &str = "time,fact,message,producer,worker,attempt,why,waited,service,total,workers";

/// A fact as a line of the table, without its end.
#[derive(Clone, Copy, Debug)]
pub struct Line<'a> {
    /// The fact.
    pub fact: &'a Fact,
    /// The names of the producers.
    pub producers: &'a [String],
}

impl Display for Line<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Line { fact, producers } = self;
        let rest = rest(&fact.what);
        let producer = rest.producer.and_then(|producer| producers.get(usize::from(producer.0)));
        write!(
            f,
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

/// Nanoseconds, written as seconds with all nine decimals: exact, and in order also as text.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Seconds(pub u64);

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
        What::Postponed { producer, .. }
        | What::Unanswered { producer, .. }
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
