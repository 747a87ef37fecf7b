//! A running experiment: the clock, the future event list, the machines, the accounts.
//!
//! It is plain data. A clone goes on exactly as the original would, and [`Simulation::digest`]
//! tells whether two are the same.

mod command;
mod scene;
mod sending;
mod settings;
mod short;
mod work;

use std::collections::VecDeque;
use std::hash::Hash;

use crate::APPLICATIONS;
use crate::broker::linked::NETWORK_DELAY;
use crate::broker::server::Holding;
use crate::broker::topology::Sheet;
use crate::broker::{Broker, Effects};
use crate::business::Business;
use crate::client::producer::{self, Producer};
use crate::client::worker::{self, Consumer, MAX_WORKERS, State};
use crate::command::{Command, Problem};
use crate::digest::Digest;
use crate::id::{MessageId, ProducerId, StoreId, WorkerId};
use crate::journal::{Cause, Fact, Journal, Observer, Place, Refusal, What};
use crate::knob::{Knob, Value};
use crate::ledger::{Census, Imbalance, Ledger};
#[cfg(feature = "systems")]
use crate::mechanism::outstanding::Outstanding;
use crate::message::{Entry, Message};
use crate::metrics::Metrics;
use crate::scenario::{ClientSettings, Scenario};
use crate::schedule::{Class, Schedule, Timer};
use crate::time::Time;

use sending::schedule_send;

/// How far a run goes at most: a hundred years.
pub const END: Time = Time::from_secs(100 * 365 * 24 * 60 * 60);

/// The most messages that one [`Command::Send`] can send.
pub const MAX_SEND: u16 = 1_000;

/// How a call that has a budget of events ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Progress {
    /// The time asked for is reached.
    Reached,
    /// The budget is used up; the clock stands at the last event.
    OutOfBudget,
}

/// The observers that a simulation carries with it: journal digest, ledger, metrics.
#[derive(Clone, PartialEq, Hash, Debug, Default)]
pub struct Accounts {
    journal: Journal,
    ledger: Ledger,
    metrics: Metrics,
    business: Business,
}

impl Observer for Accounts {
    // At each place where a fact is made its kind is known: inlined there, all that the other
    // kinds would need falls away.
    #[inline(always)]
    fn observe(&mut self, fact: &Fact) {
        self.journal.observe(fact);
        self.ledger.observe(fact);
        self.metrics.observe(fact);
        self.business.observe(fact);
    }

    /// One account after the other, so that what both facts change in it is changed once.
    #[inline(always)]
    fn observe_both(&mut self, first: &Fact, second: &Fact) {
        self.journal.observe_both(first, second);
        self.ledger.observe_both(first, second);
        self.metrics.observe_both(first, second);
        self.business.observe_both(first, second);
    }
}

/// Of each answer on its way, the message that it answers.
#[cfg(feature = "systems")]
type Correlations = Outstanding<MessageId>;
/// There are no answers.
#[cfg(not(feature = "systems"))]
type Correlations = ();

/// Whose timer went off.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Agent {
    Sender(u16),
    Link(u16),
    Worker {
        consumer: u16,
        place: u16,
    },
    /// The breaker of a consumer.
    Breaker(u16),
    /// A producer that sends again.
    Retry(u16),
    /// A producer that waits for an answer.
    Answer(u16),
    Broker,
    Script,
}

/// The experiment. `O` is what observes it from within and is cloned with it.
#[derive(Clone, PartialEq, Debug)]
pub struct Simulation<O = Accounts> {
    broker: Broker,
    /// When the broker has to be woken ([`Time::MAX`] if never), and the timer that is set to it.
    broker_due: Time,
    broker_timer: Timer,
    broker_name: String,
    network_delay: Sheet,
    producer_settings: Vec<Sheet>,
    consumer_settings: Vec<Sheet>,
    world: World<O>,
    events: u64,
    script: Vec<(Time, Command)>,
    script_done: u32,
    script_timer: Timer,
    /// By the number of the timer.
    agents: Vec<Agent>,
}

/// What kind of system it is, as far as that matters to producers and workers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Kind {
    /// The plain queue.
    Plain,
    /// The direct call.
    #[cfg(feature = "systems")]
    Called,
    /// On a wire: its server itself tells of every move, and workers fetch ahead.
    Wired,
}

impl Kind {
    fn of(broker: &Broker) -> Kind {
        match broker {
            Broker::Bounded(_) => Kind::Plain,
            #[cfg(feature = "systems")]
            Broker::Direct(_) => Kind::Called,
            Broker::Wired(_) => Kind::Wired,
        }
    }
}

/// All but the broker: what a broker's answers act upon.
#[derive(Clone, PartialEq, Debug)]
struct World<O> {
    now: Time,
    seed: u64,
    sent: u64,
    /// How many workers are at work or ready for it, as last recorded.
    staff: u16,
    schedule: Schedule,
    producers: Vec<Producer>,
    consumers: Vec<Consumer>,
    kind: Kind,
    /// Workers that settle their message before they begin on it. Empty between two events.
    early: VecDeque<WorkerId>,
    /// Messages that were turned down, and their producers do not know yet. Empty between two events.
    refused: VecDeque<Message>,
    /// Of each answer on its way, the message that it answers.
    correlations: Correlations,
    inside: O,
}

/// The world as a broker sees it for the length of one call.
struct Lent<'a, O, X> {
    world: &'a mut World<O>,
    outside: &'a mut X,
}

impl<O: Observer, X: Observer> Effects for Lent<'_, O, X> {
    #[inline(always)]
    fn now(&self) -> Time {
        self.world.now
    }

    #[inline(always)]
    fn record(&mut self, what: What) {
        self.world.record(what, self.outside);
    }

    #[inline(always)]
    fn note(&mut self, what: What) {
        self.tell(&Fact { at: self.world.now, what });
    }

    /// It is not compiled into each place anew. The kinds of facts are told apart here, once for all observers.
    #[inline(never)]
    fn tell(&mut self, fact: &Fact) {
        // Without applications there are none of these; what they would need falls away.
        if !APPLICATIONS && fact.what.is_of_applications() {
            return;
        }
        macro_rules! each {
            ($($kind:ident)*) => { match fact.what { $(What::$kind { .. } => self.world.observe(fact, self.outside),)* } };
        }
        each!(Published Routed Republished Enqueued Refused Blocked Unblocked Dropped Delivered Taken Acked Postponed
              Resent Replied Unanswered Forgone Failed Crashed Requeued Dead Moved Rebalancing Rebalanced Assigned Revoked
              Staffed Started Stopped);
    }

    fn routed(&mut self, message: MessageId, copies: u16) {
        self.record(What::Routed { message, copies });
    }

    fn enqueued(&mut self, message: MessageId, store: StoreId) {
        self.record(What::Enqueued { message, store });
    }

    fn fetched(&mut self, message: MessageId, store: StoreId, worker: WorkerId, attempt: u16, waited: u64) {
        self.record(What::Delivered { message, store, worker, attempt, waited, begins: false });
    }

    fn settled(&mut self, message: MessageId, store: StoreId) {
        let (from, to, why) = (Place::Held, Place::Done, Cause::Ack);
        self.record(What::Moved { message, store, from, to, count: 1, why });
    }

    fn has_left(&self) -> bool {
        self.world.has_left()
    }

    #[inline(always)]
    fn deliver(&mut self, worker: WorkerId, entry: Entry) {
        self.world.work(worker, &entry);
    }

    fn hand_over(&mut self, worker: WorkerId, entry: Entry) {
        if work::locate(&self.world.consumers, worker).is_none() {
            return;
        }
        let (message, attempt) = (entry.message.id, entry.attempt);
        self.world.record(What::Taken { message, worker, attempt }, self.outside);
        self.world.work(worker, &entry);
    }

    fn confirmed(&mut self, message: MessageId, producer: ProducerId) {
        if let Some(producer) = self.world.producers.get_mut(usize::from(producer.0)) {
            producer.outbox.confirmed(message);
        }
    }

    fn refused(&mut self, message: Message, _: Refusal) {
        self.world.refused.push_back(message);
    }

    fn block(&mut self, producer: ProducerId) {
        // A pool that sends on is a sender without arrivals of its own: there is nothing to hold back.
        let Some(producer) = self.world.producers.get_mut(usize::from(producer.0)) else { return };
        producer.block();
        self.world.schedule.cancel(producer.send_timer);
    }

    fn unblock(&mut self, producer: ProducerId) {
        let now = self.world.now;
        let Some(producer) = self.world.producers.get_mut(usize::from(producer.0)) else { return };
        producer.unblock(now);
        schedule_send(&mut self.world.schedule, producer);
    }
}

impl<O> World<O> {
    #[inline(always)]
    fn is_wired(&self) -> bool {
        self.kind == Kind::Wired
    }
}

impl<O: Observer> World<O> {
    #[inline(always)]
    fn record(&mut self, what: What, outside: &mut impl Observer) {
        self.observe(&Fact { at: self.now, what }, outside);
    }

    /// As [`World::record`], for two facts of one moment.
    #[inline(always)]
    fn record_both(&mut self, first: What, second: What, outside: &mut impl Observer) {
        let (first, second) = (Fact { at: self.now, what: first }, Fact { at: self.now, what: second });
        self.inside.observe_both(&first, &second);
        outside.observe_both(&first, &second);
    }

    #[inline(always)]
    fn observe(&mut self, fact: &Fact, outside: &mut impl Observer) {
        self.inside.observe(fact);
        outside.observe(fact);
    }

    /// As [`World::record`], for what is not told of every message: it is not compiled into each place anew.
    fn note(&mut self, what: What, outside: &mut impl Observer) {
        Lent { world: self, outside }.note(what);
    }

    /// Whether a call of the broker has left something to do.
    #[inline(always)]
    fn has_left(&self) -> bool {
        self.early.len() | self.refused.len() != 0
    }

    /// A worker has said that its message is done with, before it began.
    fn settle_early(&mut self, worker: WorkerId, outside: &mut impl Observer) {
        let Some((index, place)) = work::locate(&self.consumers, worker) else { return };
        if let State::Busy(task) = self.consumers[index].pool[place].state {
            let (message, store) = (task.entry.message.id, task.entry.store);
            let (from, to, why) = (Place::Held, Place::Done, Cause::AutoAck);
            self.note(What::Moved { message, store, from, to, count: 1, why }, outside);
        }
    }
}

impl<O: Observer + Clone + Default> Simulation<O> {
    /// The experiment of `scenario` at time zero, with the draws of `seed`.
    pub fn new(scenario: &Scenario, seed: u64) -> Simulation<O> {
        Simulation::observed(scenario, seed, &mut ())
    }

    /// As [`Simulation::new`], with an observer of the facts with which a run begins.
    pub fn observed(scenario: &Scenario, seed: u64, outside: &mut impl Observer) -> Simulation<O> {
        let mut schedule = Schedule::default();
        let mut agents = Vec::new();
        let mut timer = |agent| {
            agents.push(agent);
            schedule.timer()
        };
        let producers = scenario.producers.iter().zip(0..).map(|(settings, index)| {
            let timers = producer::Timers {
                send: timer(Agent::Sender(index)),
                link: timer(Agent::Link(index)),
                retry: timer(Agent::Retry(index)),
                answer: timer(Agent::Answer(index)),
            };
            Producer::new(ProducerId(index), &settings.name, seed, timers)
        });
        let producers: Vec<Producer> = producers.collect();
        let consumers = scenario.consumers.iter().zip(0..).map(|(settings, index)| {
            let timers =
                (0..MAX_WORKERS).map(|place| timer(Agent::Worker { consumer: index, place })).collect();
            let breaker = timer(Agent::Breaker(index));
            Consumer::new(&settings.name, seed, index * MAX_WORKERS, timers, breaker)
        });
        let consumers: Vec<Consumer> = consumers.collect();
        let script_timer = timer(Agent::Script);
        let workers = consumers.len() as u16 * MAX_WORKERS;
        let broker_timer = timer(Agent::Broker);
        let broker = Broker::new(scenario.manual(), scenario.topology(), workers, seed);
        let mut simulation = Simulation {
            broker_timer,
            broker_due: Time::MAX,
            broker_name: scenario.broker.name.clone(),
            network_delay: Sheet::new(&[NETWORK_DELAY], &[], ""),
            producer_settings: producers.iter().map(|_| Sheet::new(producer::KNOBS, &[], "")).collect(),
            consumer_settings: consumers.iter().map(|_| Sheet::new(worker::KNOBS, &[], "")).collect(),
            world: World {
                now: Time::ZERO,
                seed,
                sent: 0,
                staff: 0,
                schedule,
                producers,
                consumers,
                kind: Kind::of(&broker),
                early: VecDeque::new(),
                refused: VecDeque::new(),
                correlations: Correlations::default(),
                inside: O::default(),
            },
            broker,
            events: 0,
            script: scenario.script.iter().map(|timed| (timed.at, timed.act.clone())).collect(),
            script_done: 0,
            script_timer,
            agents,
        };
        simulation.begin(scenario, outside);
        simulation
    }

    /// Applies the scenario's settings and starts who is to run from the start.
    fn begin(&mut self, scenario: &Scenario, outside: &mut impl Observer) {
        self.broker.open(&mut Lent { world: &mut self.world, outside });
        self.connect(scenario);
        // What belongs to the system is in its topology already.
        let own = |client: &ClientSettings, knobs: &[Knob]| -> Vec<(String, String, Value)> {
            let own = client.set.iter().filter(|(knob, _)| settings::is_among(knobs, knob));
            own.map(|(knob, value)| (client.name.clone(), knob.clone(), value.clone())).collect()
        };
        let producers = scenario.producers.iter().flat_map(|client| own(client, producer::KNOBS));
        let consumers = scenario.consumers.iter().flat_map(|client| own(client, worker::KNOBS));
        let network = scenario.broker.set.iter().filter(|(knob, _)| *knob == NETWORK_DELAY.name);
        let network = network.map(|(knob, value)| (self.broker_name.clone(), knob.clone(), value.clone()));
        for (name, knob, value) in network.chain(producers).chain(consumers).collect::<Vec<_>>() {
            self.set(&name, &knob, &value, outside);
        }
        for consumer in scenario.consumers.iter().filter(|consumer| consumer.running) {
            self.start(&consumer.name, outside);
        }
        for producer in scenario.producers.iter().filter(|producer| producer.running) {
            self.start(&producer.name, outside);
        }
        self.schedule_script();
    }

    /// The present, in virtual time.
    pub fn now(&self) -> Time {
        self.world.now
    }

    /// How many events were processed so far.
    pub fn events(&self) -> u64 {
        self.events
    }

    /// How many messages were sent so far; that is also the number of the latest.
    pub fn sent(&self) -> u64 {
        self.world.sent
    }

    /// When the next event is due, if anything can still happen.
    pub fn next_event(&self) -> Option<Time> {
        self.world.schedule.next().map(|(at, _)| at)
    }

    /// Processes the next event, if there is one, and says when it was. The clock goes there.
    pub fn step(&mut self, outside: &mut impl Observer) -> Option<Time> {
        let at = self.next_event().filter(|at| *at <= END)?;
        // The first of all that are due then. What an event does is compiled once.
        self.run_until(at, 1, outside);
        Some(at)
    }

    /// Processes all events up to and including those at `to`, but no more than `budget` of them.
    #[inline]
    pub fn run_until(&mut self, to: Time, budget: u64, outside: &mut impl Observer) -> Progress {
        self.process(to, budget, outside);
        self.arrive(to)
    }

    /// As [`Simulation::run_until`], but the clock stays at the last of them.
    #[inline(always)]
    pub(crate) fn process(&mut self, to: Time, budget: u64, outside: &mut impl Observer) {
        let to = to.min(END);
        for _ in 0..budget {
            match self.world.schedule.pop_until(to) {
                Some((at, timer)) => self.fire(at, timer, outside),
                None => return,
            }
        }
    }

    /// Sets the clock to `to`, if nothing is left to happen until then.
    #[inline(always)]
    pub(crate) fn arrive(&mut self, to: Time) -> Progress {
        let to = to.min(END);
        match self.next_event() {
            Some(at) if at <= to => Progress::OutOfBudget,
            _ => {
                self.world.now = self.world.now.max(to);
                Progress::Reached
            }
        }
    }

    /// Does what a command says, now.
    ///
    /// # Errors
    /// A command that names what does not exist, or a value out of range, changes nothing. A
    /// scenario's own script was checked and cannot fail.
    pub fn apply(&mut self, command: &Command, outside: &mut impl Observer) -> Result<(), Problem> {
        self.check(command)?;
        match command {
            Command::Set { knob, to } => {
                let (who, name) = knob.split_once('.').unwrap_or_default();
                self.set(who, name, to, outside);
            }
            Command::Start(who) => self.start(who, outside),
            Command::Stop(who) => self.stop(who, outside),
            Command::Crash { consumer, worker } => self.crash(consumer, *worker, outside),
            Command::Restart { consumer, worker } => self.restart(consumer, *worker, outside),
            Command::Hang { consumer, worker } => self.hang(consumer, *worker),
            Command::Resume { consumer, worker } => self.resume(consumer, *worker),
            Command::Cut(who) => self.cut(who, outside),
            Command::Mend(who) => self.mend(who, outside),
            Command::Outage(who) => self.turn_downstream(who, false, outside),
            Command::Recover(who) => self.turn_downstream(who, true, outside),
            Command::RestartServer(down) => {
                self.broker.restart(*down, &mut Lent { world: &mut self.world, outside });
                self.pump(outside);
            }
            Command::Operate { act, part, argument } => {
                self.operate(act, part.as_deref(), *argument, outside);
            }
            Command::Send { producer, count } => {
                let index = self.world.producers.iter().position(|own| own.name == *producer);
                for _ in 0..*count {
                    self.send(index.unwrap_or(0), outside);
                }
            }
        }
        Ok(())
    }

    /// Whether the producer or consumer called `who` is switched on.
    pub fn is_running(&self, who: &str) -> bool {
        let producers = self.world.producers.iter().map(|producer| (&producer.name, producer.is_running()));
        let consumers = self.world.consumers.iter().map(|consumer| (&consumer.name, consumer.is_running()));
        producers.chain(consumers).any(|(name, running)| name == who && running)
    }

    /// What the machines themselves count, for the ledger to be held against.
    pub fn census(&self) -> Census {
        let counts = self.broker.counts();
        let on_link: u64 = self.world.producers.iter().map(|producer| producer.link.len() as u64).sum();
        Census {
            arriving: (!self.world.is_wired()).then_some(on_link + counts.blocked),
            waiting: counts.waiting,
            held: counts.held,
            delayed: counts.delayed,
        }
    }

    /// What each store of the server holds by its own count; nothing for a system that has no server.
    pub fn holdings(&self) -> Vec<Holding> {
        self.broker.holdings()
    }

    /// How many records its logs hold, read or not.
    pub(crate) fn recorded(&self) -> u64 {
        if !APPLICATIONS {
            return 0;
        }
        let logs = self.broker.stores(0).into_iter().filter_map(|store| store.log);
        logs.map(|log| log.end - log.start).sum()
    }

    /// The numbers of the messages that wait, head first.
    pub fn waiting(&self) -> Vec<MessageId> {
        let stores = self.broker.stores(usize::MAX).into_iter();
        stores.flat_map(|store| store.entries).map(|entry| entry.message).collect()
    }

    #[inline(always)]
    fn fire(&mut self, at: Time, timer: Timer, outside: &mut impl Observer) {
        self.world.now = at;
        self.events += 1;
        // Two comparisons for what goes off most, and not a table of jumps.
        let agent = self.agents[timer.index()];
        let done = if let Agent::Worker { consumer, place } = agent {
            self.complete_shortly(consumer.into(), place.into(), outside)
        } else if let Agent::Sender(producer) = agent {
            self.send_shortly(producer.into(), outside)
        } else {
            false
        };
        if !done {
            self.fire_at_length(agent, outside);
        }
        self.world.schedule.close();
    }

    #[inline(never)]
    fn fire_at_length(&mut self, agent: Agent, outside: &mut impl Observer) {
        match agent {
            Agent::Sender(producer) => self.send_due(producer.into(), outside),
            Agent::Link(producer) => self.link_due(producer.into(), outside),
            Agent::Worker { consumer, place } => self.work_due(consumer.into(), place.into(), outside),
            Agent::Broker => self.broker_due(outside),
            Agent::Retry(producer) if APPLICATIONS => self.retry_due(producer.into(), outside),
            Agent::Answer(producer) if APPLICATIONS => self.answer_due(producer.into(), outside),
            Agent::Breaker(consumer) if APPLICATIONS => self.breaker_due(consumer.into(), outside),
            Agent::Retry(_) | Agent::Answer(_) | Agent::Breaker(_) => {}
            Agent::Script => self.run_script(outside),
        }
    }

    /// What a call of the broker has left to do, until nothing is left: settle what workers settle before they begin,
    /// tell producers what was turned down, and see to the broker's own timer.
    #[inline(never)]
    fn pump(&mut self, outside: &mut impl Observer) {
        self.finish_all(outside);
        let due = self.broker.due();
        if due != self.broker_due {
            self.wake_broker_at(due);
        }
    }

    /// As [`Simulation::pump`], after a call that has said when the broker has to be woken.
    #[inline(always)]
    fn pump_until(&mut self, due: Time, outside: &mut impl Observer) {
        if self.world.has_left() {
            self.pump(outside);
        } else if due != self.broker_due {
            self.wake_broker_at(due);
        }
    }

    #[inline(never)]
    fn wake_broker_at(&mut self, due: Time) {
        self.broker_due = due;
        let (timer, schedule) = (self.broker_timer, &mut self.world.schedule);
        if due == Time::MAX {
            schedule.cancel(timer);
        } else {
            schedule.set(timer, Class::Timeout, due.max(self.world.now));
        }
    }

    /// As [`Simulation::pump`], for where that is called at once after it: the broker's timer can wait.
    #[inline]
    fn finish_all(&mut self, outside: &mut impl Observer) {
        while self.world.has_left() {
            self.finish(outside);
        }
    }

    #[cold]
    fn finish(&mut self, outside: &mut impl Observer) {
        if let Some(worker) = self.world.early.pop_front() {
            if !self.world.is_wired() {
                self.world.settle_early(worker, outside);
            }
            self.broker.done(worker, &mut Lent { world: &mut self.world, outside });
        } else if let Some(message) = self.world.refused.pop_front() {
            self.hear_of(message, outside);
        }
    }

    fn broker_due(&mut self, outside: &mut impl Observer) {
        self.broker_due = Time::MAX;
        self.broker.wake(&mut Lent { world: &mut self.world, outside });
        self.pump(outside);
    }

    fn schedule_script(&mut self) {
        if let Some((at, _)) = self.script.get(self.script_done as usize) {
            self.world.schedule.set(self.script_timer, Class::Command, (*at).max(self.world.now));
        }
    }

    fn run_script(&mut self, outside: &mut impl Observer) {
        if let Some((_, command)) = self.script.get(self.script_done as usize).cloned() {
            self.script_done += 1;
            let applied = self.apply(&command, outside);
            debug_assert_eq!(applied, Ok(()), "a scenario's script was checked");
            self.schedule_script();
        }
    }
}

impl<O: Hash> Simulation<O> {
    /// One number for the whole state: two simulations with the same digest go on alike.
    pub fn digest(&self) -> u64 {
        let mut digest = Digest::default();
        self.broker.hash(&mut digest);
        (self.events, self.script_done).hash(&mut digest);
        let world = &self.world;
        (world.now, world.seed, world.sent, world.staff, &world.schedule).hash(&mut digest);
        (&world.producers, &world.consumers, &world.correlations, &world.inside).hash(&mut digest);
        digest.value()
    }
}

impl Simulation<Accounts> {
    /// How many facts there were, and their digest.
    pub fn journal(&self) -> Journal {
        self.world.inside.journal
    }

    /// The books.
    pub fn ledger(&self) -> &Ledger {
        &self.world.inside.ledger
    }

    /// What is measured.
    pub fn metrics(&self) -> &Metrics {
        &self.world.inside.metrics
    }

    /// What the business sees.
    pub fn business(&self) -> &Business {
        &self.world.inside.business
    }

    /// Holds the ledger against what the machines count.
    ///
    /// # Errors
    /// Both sides of the books, if they differ.
    pub fn audit(&self) -> Result<(), Box<Imbalance>> {
        self.ledger().audit(self.census())
    }
}
