//! The life of a message in plain words, made of the system's own terms.

use std::time::Duration;

use queuescope_engine::Simulation;
use queuescope_engine::broker::Terms;
use queuescope_engine::client::worker::MAX_WORKERS;
use queuescope_engine::id::{ProducerId, StoreId, WorkerId};
use queuescope_engine::journal::{Cause, Fact, Place, Refusal, Return, What};
use queuescope_engine::time::Time;

use crate::format::{self, span};

/// What the parts of a run are called.
#[derive(Clone, PartialEq, Debug)]
pub struct Names {
    terms: Terms,
    producers: Vec<String>,
    pools: Vec<String>,
    stores: Vec<(StoreId, String)>,
}

/// A line of a life.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Line {
    /// When.
    pub at: Time,
    /// The same as the clock of the run.
    pub clock: String,
    /// What happened, and why.
    pub text: String,
    /// Which attempt it belongs to, if to one.
    pub attempt: Option<u16>,
    /// Whether it went wrong.
    pub bad: bool,
}

impl Names {
    /// Those of what `simulation` runs.
    pub fn of(simulation: &Simulation) -> Names {
        let scene = simulation.scene(0);
        let store = |(place, name): (u16, String)| (StoreId(place), name);
        let holdings = simulation.holdings();
        let stores = if holdings.is_empty() {
            (0..).zip(scene.stores.into_iter().map(|store| store.name)).map(store).collect()
        } else {
            holdings.into_iter().map(|holding| (holding.store, holding.name)).collect()
        };
        Names {
            terms: scene.terms,
            producers: scene.producers.into_iter().map(|producer| producer.name).collect(),
            pools: scene.pools.into_iter().map(|pool| pool.name).collect(),
            stores,
        }
    }

    fn producer(&self, producer: ProducerId) -> &str {
        let pool = || self.pools.get(usize::from(producer.0).checked_sub(self.producers.len())?);
        self.producers.get(usize::from(producer.0)).or_else(pool).map_or("someone", String::as_str)
    }

    /// A worker of the only pool goes by its number; one of several by what its pool is called, too.
    pub fn worker(&self, worker: WorkerId) -> String {
        let (pool, place) = (worker.0 / MAX_WORKERS, worker.0 % MAX_WORKERS + 1);
        let pool = self.pools.get(usize::from(pool)).filter(|_| 1 < self.pools.len());
        pool.map_or_else(|| format!("worker {place}"), |name| format!("{name} {place}"))
    }

    fn store(&self, store: StoreId) -> &str {
        let own = self.stores.iter().find(|(own, _)| *own == store);
        own.map_or(self.terms.store, |(_, name)| name)
    }

    /// A fact about a message as a line of its life.
    pub fn line(&self, fact: &Fact) -> Line {
        let (text, attempt, bad) = self.words(&fact.what);
        Line { at: fact.at, clock: moment(fact.at), text, attempt, bad }
    }

    fn words(&self, what: &What) -> (String, Option<u16>, bool) {
        let took = |nanos: u64| span(Duration::from_nanos(nanos));
        let fine = |text: String| (text, None, false);
        let bad = |text: String| (text, None, true);
        match *what {
            What::Published { message } => {
                let key = if message.key == 0 { String::new() } else { format!(", key {}", message.key) };
                fine(format!("published by {}{key}", self.producer(message.producer)))
            }
            What::Routed { copies: 0, .. } => bad("routed to nothing: nobody wants it".into()),
            What::Routed { copies, .. } => fine(format!("routed to {}", counted(copies, self.terms.store))),
            What::Republished { copies, dead: true, .. } => {
                bad(format!("dead-lettered, to {}", counted(copies, self.terms.store)))
            }
            What::Republished { copies, dead: false, .. } => {
                fine(format!("stored once more, in {}", counted(copies, self.terms.store)))
            }
            What::Enqueued { store, .. } => fine(format!("{} in {}", self.terms.waiting, self.store(store))),
            What::Refused { why, .. } => bad(refusal(why, self.terms.store)),
            What::Blocked { producer, .. } => {
                bad(format!("kept back by {}: there is no room", self.producer(producer)))
            }
            What::Dropped { .. } => bad(format!("dropped: the oldest in a full {}", self.terms.store)),
            What::Delivered { worker, attempt, waited, .. } => {
                let text = format!("delivered to {} after {}", self.worker(worker), took(waited));
                (text, Some(attempt), false)
            }
            What::Taken { worker, .. } => fine(format!("{} begins", self.worker(worker))),
            What::Acked { worker, service, total, effect, .. } => {
                let how = if effect { "done by" } else { "done before, so skipped by" };
                let (service, total) = (took(service), took(total));
                fine(format!("{how} {} in {service}, {total} after it was sent", self.worker(worker)))
            }
            What::Resent { producer, attempt, refused, .. } => {
                let why = if refused { "it was refused" } else { "nothing was heard of it" };
                bad(format!("sent again by {}, time {attempt}: {why}", self.producer(producer)))
            }
            What::Replied { took: Some(nanos), .. } => fine(format!("answered after {}", took(nanos))),
            What::Replied { took: None, .. } => bad("answered, but too late".into()),
            What::Postponed { producer, .. } => {
                fine(format!("{} will send it again", self.producer(producer)))
            }
            What::Unanswered { producer, .. } => {
                bad(format!("{} gives up waiting for the answer", self.producer(producer)))
            }
            What::Forgone { worker, .. } => {
                bad(format!("said to be done, but {} will not do it", self.worker(worker)))
            }
            What::Failed { worker, service, attempt, .. } => {
                (format!("failed at {} after {}", self.worker(worker), took(service)), Some(attempt), true)
            }
            What::Crashed { worker, service, attempt, .. } => {
                (format!("{} crashed after {}", self.worker(worker), took(service)), Some(attempt), true)
            }
            What::Requeued { store, why, .. } => fine(self.back(store, why)),
            What::Dead { attempts, .. } => bad(format!("dead after {}", counted(attempts, "attempt"))),
            What::Moved { store, from, to, count, why, .. } => {
                let bad = !matches!(to, Place::Done | Place::Waiting | Place::Held | Place::Delayed);
                (self.moved(store, from, to, count, why), None, bad)
            }
            What::Unblocked { .. }
            | What::Rebalancing { .. }
            | What::Rebalanced { .. }
            | What::Assigned { .. }
            | What::Revoked { .. }
            | What::Staffed { .. }
            | What::Started { .. }
            | What::Stopped { .. } => fine(what.name().to_owned()),
        }
    }

    fn back(&self, store: StoreId, why: Return) -> String {
        let why = match why {
            Return::Failed => "the attempt failed",
            Return::Crashed => "the worker crashed",
        };
        format!("{} again in {}: {why}", self.terms.waiting, self.store(store))
    }

    fn moved(&self, store: StoreId, from: Place, to: Place, count: u32, why: Cause) -> String {
        let name = self.store(store);
        let to = match (from, to) {
            (_, Place::Waiting) if from == Place::Arriving => format!("{} in {name}", self.terms.waiting),
            (_, Place::Waiting) => format!("{} again in {name}", self.terms.waiting),
            (_, Place::Held) => format!("{} in {name}", self.terms.held),
            (_, Place::Delayed) => format!("delayed in {name}"),
            (_, Place::Done) => format!("gone from {name}"),
            (_, Place::Dead) => format!("dead in {name}"),
            (_, Place::Expired) => format!("expired in {name}"),
            (_, Place::Dropped) => format!("dropped from {name}"),
            (_, Place::Refused) => format!("refused by {name}"),
            (_, Place::Removed) => format!("removed from {name}"),
            (Place::Arriving, Place::Lost) => "lost on the way".to_owned(),
            (_, Place::Lost) => format!("lost from {name}"),
            (_, Place::Arriving) => format!("on the way to {name}"),
        };
        let why = cause(why);
        if count < 2 { format!("{to}: {why}") } else { format!("{to}, {count} at once: {why}") }
    }
}

fn counted(count: u16, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}

/// To a hundredth of a second, in which a life is told.
fn moment(at: Time) -> String {
    let hundredth = at.as_nanos() / 10_000_000 % 10;
    let clock = format::clock(at);
    if clock.contains('.') { format!("{clock}{hundredth}") } else { clock }
}

fn refusal(why: Refusal, store: &str) -> String {
    let why = match why {
        Refusal::Full => format!("the {store} is full"),
        Refusal::Memory => "the server is out of memory".into(),
        Refusal::Invalid => "the request was not valid".into(),
        Refusal::Unreachable => "the server was out of reach".into(),
        Refusal::Duplicate => "the server had it already".into(),
        Refusal::Throttled => "too many requests".into(),
        Refusal::Unroutable => return format!("returned: no {store} wants it"),
    };
    format!("refused: {why}")
}

fn cause(why: Cause) -> &'static str {
    match why {
        Cause::Ack => "acknowledged",
        Cause::AutoAck => "acknowledged as it was sent out",
        Cause::Reject => "returned by who had it",
        Cause::Disconnect => "who had it is gone",
        Cause::Timeout => "who had it took too long",
        Cause::Expiry => "its time was over",
        Cause::Length => "there was no room",
        Cause::DeliveryLimit => "delivered as often as permitted",
        Cause::Delay => "it has to wait for its time",
        Cause::Purge => "purged",
        Cause::Restart => "the server started anew",
        Cause::Claim => "another one took it over",
        Cause::Seek => "the position was moved",
        Cause::Redrive => "redriven",
        Cause::Rebalance => "shared out anew",
        Cause::Compaction => "a later one of its key came",
        Cause::Truncation => "the leader did not have it",
        Cause::Abort => "its transaction was given up",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use queuescope_engine::id::MessageId;
    use queuescope_engine::timeline::Life;
    use queuescope_engine::{Progress, Timeline};

    use crate::catalog;

    fn life(name: &str, seconds: u64, message: u64) -> Vec<Line> {
        let scenario = catalog::scenario(catalog::find(name).expect("it is in the catalog"));
        let mut timeline = Timeline::new(scenario, 7);
        timeline.seek(Time::from_secs(seconds), u64::MAX);
        let mut life = Life::new(MessageId(message), &timeline);
        while life.follow(&timeline, 4096) == Progress::OutOfBudget {}
        let names = Names::of(timeline.simulation());
        life.facts().map(|fact| names.line(fact)).collect()
    }

    #[test]
    fn a_life_in_the_plain_queue_reads_from_its_sending_to_its_end() {
        let lines = life("balanced", 60, 3);
        let said: Vec<&str> = lines.iter().map(|line| line.text.as_str()).collect();
        assert_eq!(said[0], "published by producer", "{said:?}");
        assert_eq!(said[1], "waiting in queue", "{said:?}");
        assert!(said[2].starts_with("delivered to worker 1 after "), "{said:?}");
        assert!(said[3].starts_with("done by worker 1 in "), "{said:?}");
        assert!(lines.iter().is_sorted_by_key(|line| line.at) && lines[2].attempt == Some(1));
        assert!(lines[0].clock.split_once('.').is_some_and(|(_, part)| part.len() == 2), "{lines:?}");
    }

    #[test]
    fn real_systems_tell_lives_in_their_own_terms() {
        for (name, term) in
            [("rabbitmq-poison", "ready in "), ("sqs-visibility", "visible in "), ("redis-pending", " in ")]
        {
            let lines = life(name, 60, 2);
            let said: Vec<&str> = lines.iter().map(|line| line.text.as_str()).collect();
            assert!(said[0].starts_with("published by "), "{name}: {said:?}");
            assert!(said.iter().any(|text| text.contains(term)), "{name}: {said:?}");
            assert!(said.iter().any(|text| text.starts_with("delivered to ")), "{name}: {said:?}");
        }
    }
}
