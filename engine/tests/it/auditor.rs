//! An observer that trusts nothing: from the facts alone it keeps its own queue, message by message, and
//! rejects whatever cannot be.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use queuescope_engine::id::{MessageId, ProducerId, WorkerId};
use queuescope_engine::journal::{Fact, Observer, What};
use queuescope_engine::knob::Value;
use queuescope_engine::message::Message;
use queuescope_engine::view::{Doing, Scene};
use queuescope_engine::{Command, Scenario, Simulation, Time};

/// Where a message is.
#[derive(Clone, Copy, PartialEq, Debug)]
enum State {
    Link,
    Kept,
    Waiting {
        since: Time,
    },
    Held {
        worker: WorkerId,
        since: Time,
        waited: u64,
    },
    /// Failed or crashed; what becomes of it is the very next fact.
    Undecided,
    Gone,
}

struct Known {
    producer: ProducerId,
    sent: Time,
    state: State,
    /// Which delivery the present or the next one is.
    attempt: u16,
}

/// The settings that decide what is permitted.
#[derive(Clone, PartialEq)]
struct Rules {
    capacity: u64,
    when_full: String,
    attempts: u64,
}

/// Keeps every message and compares every fact with it.
pub(crate) struct Auditor {
    pending: Vec<Fact>,
    messages: BTreeMap<MessageId, Known>,
    links: BTreeMap<ProducerId, VecDeque<MessageId>>,
    kept: VecDeque<MessageId>,
    store: VecDeque<MessageId>,
    held: BTreeMap<WorkerId, MessageId>,
    blocked: BTreeSet<ProducerId>,
    running: BTreeSet<ProducerId>,
    undecided: Option<MessageId>,
    /// Whether the fact before was that the oldest was dropped.
    dropped: bool,
    rules: Rules,
    /// When the script makes producers send beside their own arrivals.
    script_sends: Vec<Time>,
}

impl Observer for Auditor {
    fn observe(&mut self, fact: &Fact) {
        self.pending.push(*fact);
    }
}

/// What is wrong.
type Wrong = Result<(), String>;

fn ensure(holds: bool, what: impl FnOnce() -> String) -> Wrong {
    if holds { Ok(()) } else { Err(what()) }
}

impl Auditor {
    /// For a simulation that was just made from `scenario`.
    pub(crate) fn new(scenario: &Scenario, simulation: &Simulation) -> Auditor {
        let producers = scenario.producers.iter().zip(0..);
        let running = producers.filter(|(client, _)| simulation.is_running(&client.name));
        let sends = scenario.script.iter().filter(|timed| matches!(timed.act, Command::Send { .. }));
        Auditor {
            pending: Vec::new(),
            messages: BTreeMap::new(),
            links: BTreeMap::new(),
            kept: VecDeque::new(),
            store: VecDeque::new(),
            held: BTreeMap::new(),
            blocked: BTreeSet::new(),
            running: running.map(|(_, index)| ProducerId(index)).collect(),
            undecided: None,
            dropped: false,
            rules: rules(simulation),
            script_sends: sends.map(|timed| timed.at).collect(),
        }
    }

    /// Judges what was observed since the last call, and whether it led to where the simulation stands.
    /// `acting` says that a command was applied.
    pub(crate) fn judge(&mut self, simulation: &Simulation, acting: bool) -> Wrong {
        // A change of settings can lie between two facts: what either side permits may be.
        let now = rules(simulation);
        let both = [std::mem::replace(&mut self.rules, now.clone()), now];
        for fact in std::mem::take(&mut self.pending) {
            let by_command = acting || self.script_sends.contains(&fact.at);
            self.fact(&fact, &both, by_command).map_err(|wrong| format!("{fact:?}: {wrong}"))?;
        }
        ensure(self.undecided.is_none(), || format!("{:?} is neither requeued nor dead", self.undecided))?;
        self.compare(simulation)
    }

    fn fact(&mut self, fact: &Fact, both: &[Rules; 2], by_command: bool) -> Wrong {
        let permits = |rule: &dyn Fn(&Rules) -> bool| both.iter().any(rule);
        if let Some(undecided) = self.undecided {
            let decides = matches!(fact.what, What::Requeued { .. } | What::Dead { .. });
            ensure(decides && fact.what.message() == Some(undecided), || {
                format!("{undecided} was to be decided")
            })?;
        }
        let depth = self.store.len() as u64;
        let full = permits(&|rules| rules.capacity <= depth);
        let after_drop = std::mem::replace(&mut self.dropped, false);
        match fact.what {
            What::Published { message } => self.publish(fact.at, message, by_command),
            What::Enqueued { message, .. } => {
                let room = permits(&|rules| depth < rules.capacity);
                ensure(room || after_drop, || format!("there is no room: {depth} wait"))?;
                self.arrive(message, State::Waiting { since: fact.at })?;
                self.store.push_back(message);
                Ok(())
            }
            What::Refused { message, producer, .. } => {
                ensure(full && permits(&|rules| rules.when_full == "refuse"), || {
                    "nothing is to be refused".into()
                })?;
                ensure(self.producer_of(message) == Some(producer), || "the wrong producer is told".into())?;
                self.arrive(message, State::Gone)
            }
            What::Blocked { message, producer } => {
                ensure(full && permits(&|rules| rules.when_full == "block"), || {
                    "nobody is to be blocked".into()
                })?;
                self.keep(message, producer)
            }
            What::Dropped { message, .. } => {
                let oldest = permits(&|rules| rules.when_full == "drop-oldest");
                ensure(full && oldest && self.store.front() == Some(&message), || {
                    "it is not to be dropped".into()
                })?;
                self.store.pop_front();
                self.dropped = true;
                self.go(message, State::Gone)
            }
            What::Unblocked { producer } => {
                let keeps = self.kept.iter().any(|kept| self.producer_of(*kept) == Some(producer));
                ensure(self.blocked.remove(&producer) && !keeps, || {
                    "it was not blocked, or still keeps some".into()
                })
            }
            What::Delivered { message, worker, attempt, waited, .. } => {
                self.deliver(fact.at, message, worker, attempt, waited)
            }
            What::Acked { .. } | What::Failed { .. } | What::Crashed { .. } => self.settle(fact),
            What::Requeued { .. } | What::Dead { .. } => self.decide(fact, both),
            What::Started { producer } => ensure(self.running.insert(producer), || "it was running".into()),
            What::Stopped { producer } => ensure(self.running.remove(&producer), || "it was stopped".into()),
            What::Staffed { .. } => Ok(()),
            // The plain queue does not route, has its own words for every move, and no groups; its producers send once
            // and want no answer.
            What::Routed { .. }
            | What::Republished { .. }
            | What::Taken { .. }
            | What::Moved { .. }
            | What::Resent { .. }
            | What::Replied { .. }
            | What::Postponed { .. }
            | What::Unanswered { .. }
            | What::Forgone { .. }
            | What::Rebalancing { .. }
            | What::Rebalanced { .. }
            | What::Assigned { .. }
            | What::Revoked { .. } => Err("the plain queue has no such fact".into()),
        }
    }

    fn keep(&mut self, message: MessageId, producer: ProducerId) -> Wrong {
        ensure(self.producer_of(message) == Some(producer), || "the wrong producer is blocked".into())?;
        self.arrive(message, State::Kept)?;
        self.kept.push_back(message);
        self.blocked.insert(producer);
        Ok(())
    }

    fn publish(&mut self, at: Time, message: Message, by_command: bool) -> Wrong {
        let next = self.messages.keys().next_back().map_or(1, |last| last.0 + 1);
        ensure(message.id.0 == next && message.sent == at, || format!("the next message is {next}"))?;
        let sends = self.running.contains(&message.producer) && !self.blocked.contains(&message.producer);
        ensure(sends || by_command, || "its producer is stopped or blocked".into())?;
        let known = Known { producer: message.producer, sent: at, state: State::Link, attempt: 1 };
        self.messages.insert(message.id, known);
        self.links.entry(message.producer).or_default().push_back(message.id);
        Ok(())
    }

    fn producer_of(&self, message: MessageId) -> Option<ProducerId> {
        self.messages.get(&message).map(|known| known.producer)
    }

    fn go(&mut self, message: MessageId, to: State) -> Wrong {
        let known = self.messages.get_mut(&message).ok_or("there is no such message")?;
        known.state = to;
        Ok(())
    }

    /// A message leaves its link, or what is kept, and in no other order than it came there.
    fn arrive(&mut self, message: MessageId, to: State) -> Wrong {
        let known = self.messages.get(&message).ok_or("there is no such message")?;
        let line = match known.state {
            State::Link => self.links.entry(known.producer).or_default(),
            State::Kept => &mut self.kept,
            State::Waiting { .. } | State::Held { .. } | State::Undecided | State::Gone => {
                return Err(format!("it is {:?} and cannot arrive", known.state));
            }
        };
        ensure(line.pop_front() == Some(message), || "it has overtaken another".into())?;
        self.go(message, to)
    }

    fn deliver(
        &mut self,
        at: Time,
        message: MessageId,
        worker: WorkerId,
        attempt: u16,
        waited: u64,
    ) -> Wrong {
        ensure(self.store.pop_front() == Some(message), || "it is not the head".into())?;
        ensure(self.held.insert(worker, message).is_none(), || "the worker is busy".into())?;
        let known = self.messages.get(&message).ok_or("there is no such message")?;
        let State::Waiting { since } = known.state else { return Err(format!("it is {:?}", known.state)) };
        ensure(known.attempt == attempt, || format!("it is at attempt {}", known.attempt))?;
        ensure(u128::from(waited) == at.since(since).as_nanos(), || format!("it waits since {since}"))?;
        self.go(message, State::Held { worker, since: at, waited })
    }

    /// A worker is through with what it holds: the fact has to agree with when and how it got it.
    fn settle(&mut self, fact: &Fact) -> Wrong {
        let (What::Acked { message, worker, attempt, waited, service, .. }
        | What::Failed { message, worker, attempt, waited, service }
        | What::Crashed { message, worker, attempt, waited, service }) = fact.what
        else {
            return Err("it ends no attempt".into());
        };
        let told = (worker, attempt, waited, service);
        let total = if let What::Acked { total, .. } = fact.what { Some(total) } else { None };
        let to = if total.is_some() { State::Gone } else { State::Undecided };
        let known = self.messages.get(&message).ok_or("there is no such message")?;
        let State::Held { worker, since, waited } = known.state else {
            return Err(format!("it is {:?}", known.state));
        };
        let span = |from| fact.at.since(from).as_nanos() as u64;
        let ours = (worker, known.attempt, waited, span(since));
        ensure(told == ours, || format!("worker, attempt, wait and service are {ours:?}"))?;
        ensure(total.is_none_or(|total| total == span(known.sent)), || {
            format!("it was sent at {}", known.sent)
        })?;
        ensure(self.held.remove(&worker) == Some(message), || "its worker holds another".into())?;
        self.undecided = (to == State::Undecided).then_some(message);
        self.go(message, to)
    }

    fn decide(&mut self, fact: &Fact, both: &[Rules; 2]) -> Wrong {
        let Some(message) = self.undecided.take() else { return Err("no attempt at it has ended".into()) };
        let known = self.messages.get_mut(&message).ok_or("there is no such message")?;
        let made = known.attempt;
        let left = both.iter().any(|rules| u64::from(made) < rules.attempts);
        let spent = both.iter().any(|rules| rules.attempts <= u64::from(made));
        if let What::Requeued { attempt, .. } = fact.what {
            ensure(left && attempt == made + 1, || format!("attempt {made} was made"))?;
            known.attempt = attempt;
            self.store.push_front(message);
            return self.go(message, State::Waiting { since: fact.at });
        }
        let dead = matches!(fact.what, What::Dead { attempts, .. } if attempts == made);
        ensure(spent && dead, || format!("attempt {made} was made"))?;
        self.go(message, State::Gone)
    }

    /// Holds what the facts came to against what there is to see.
    fn compare(&self, simulation: &Simulation) -> Wrong {
        simulation.audit().map_err(|imbalance| imbalance.to_string())?;
        let waiting = simulation.waiting();
        ensure(self.store.iter().eq(&waiting), || {
            format!("{:?} wait, {waiting:?} are in the store", self.store)
        })?;
        let scene = simulation.scene(usize::MAX);
        let attempts = |message| self.messages.get(&message).map(|known| known.attempt);
        let mut entries = scene.stores.iter().flat_map(|store| &store.entries);
        ensure(entries.all(|entry| attempts(entry.message) == Some(entry.attempt)), || {
            "an attempt differs".into()
        })?;
        let kept: u64 = scene.stores.iter().map(|store| store.kept).sum();
        ensure(kept == self.kept.len() as u64, || {
            format!("{:?} are kept, the store says {kept}", self.kept)
        })?;
        ensure(kept == 0 || self.rules.capacity <= waiting.len() as u64, || {
            "some are kept though there is room".into()
        })?;
        self.compare_clients(&scene)?;
        let metrics = simulation.metrics();
        let levels = (metrics.depth().level(), metrics.busy().level(), metrics.produced().total());
        let ours = (self.store.len() as u64, self.held.len() as u64, self.messages.len() as u64);
        ensure(levels == ours, || format!("metrics say {levels:?}, the facts {ours:?}"))
    }

    fn compare_clients(&self, scene: &Scene) -> Wrong {
        for (view, index) in scene.producers.iter().zip(0..) {
            let id = ProducerId(index);
            let state = (self.running.contains(&id), self.blocked.contains(&id));
            ensure((view.running, view.blocked) == state, || {
                format!("producer {id} is {state:?}, not {view:?}")
            })?;
            let ours = self.links.get(&id).into_iter().flatten();
            let theirs = view.link.iter().map(|flight| &flight.message);
            ensure(ours.eq(theirs), || format!("the link of {id} holds {:?}", view.link))?;
        }
        let mut held = BTreeMap::new();
        let mut idle = 0;
        for view in &scene.workers {
            match view.doing {
                Doing::Busy { message, .. } => drop(held.insert(view.worker, message)),
                Doing::Idle => idle += 1,
                Doing::Off | Doing::Down => {}
            }
        }
        ensure(held == self.held, || format!("{:?} are held, workers have {held:?}", self.held))?;
        ensure(idle == 0 || self.store.is_empty(), || format!("{idle} workers are idle, messages wait"))
    }
}

fn rules(simulation: &Simulation) -> Rules {
    let number = |knob| match simulation.get(knob) {
        Some(Value::Number(number)) => number as u64,
        Some(Value::Choice(_)) | None => 0,
    };
    let when_full = match simulation.get("queue.when-full") {
        Some(Value::Choice(name)) => name.into_owned(),
        Some(Value::Number(_)) | None => String::new(),
    };
    Rules { capacity: number("queue.capacity"), when_full, attempts: number("queue.attempts") }
}
