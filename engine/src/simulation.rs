//! A running experiment: the clock, the future event list, the machines, the accounts.
//!
//! It is plain data. A clone goes on exactly as the original would, and [`Simulation::digest`]
//! tells whether two are the same.

mod command;
mod scene;

use std::hash::Hash;

use crate::broker::{Broker, Effects, Outcome};
use crate::client::producer::{self, OnLink, Producer};
use crate::client::worker::{self, Consumer, MAX_WORKERS, State};
use crate::command::{Command, Problem};
use crate::digest::Digest;
use crate::id::{MessageId, ProducerId, WorkerId};
use crate::journal::{Fact, Journal, Observer, Refusal, What};
use crate::knob::{Knob, Value};
use crate::ledger::{Census, Imbalance, Ledger};
use crate::message::{Entry, Message};
use crate::metrics::Metrics;
use crate::scenario::Scenario;
use crate::schedule::{Class, Schedule, Timer};
use crate::time::Time;

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
}

impl Observer for Accounts {
    // At each place where a fact is made its kind is known: inlined there, all that the other
    // kinds would need falls away.
    #[inline(always)]
    fn observe(&mut self, fact: &Fact) {
        self.journal.observe(fact);
        self.ledger.observe(fact);
        self.metrics.observe(fact);
    }
}

/// Whose timer went off.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Agent {
    Sender(u16),
    Link(u16),
    Worker { consumer: u16, place: u16 },
    Script,
}

/// The experiment. `O` is what observes it from within and is cloned with it.
#[derive(Clone, PartialEq, Debug)]
pub struct Simulation<O = Accounts> {
    broker: Broker,
    broker_name: String,
    world: World<O>,
    events: u64,
    script: Vec<(Time, Command)>,
    script_done: u32,
    script_timer: Timer,
    /// By the number of the timer.
    agents: Vec<Agent>,
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
    inside: O,
}

/// The world as a broker sees it for the length of one call.
struct Lent<'a, O, X> {
    world: &'a mut World<O>,
    outside: &'a mut X,
}

impl<O: Observer, X: Observer> Effects for Lent<'_, O, X> {
    #[inline]
    fn now(&self) -> Time {
        self.world.now
    }

    #[inline(always)]
    fn record(&mut self, what: What) {
        self.world.record(what, self.outside);
    }

    #[inline]
    fn deliver(&mut self, worker: WorkerId, entry: Entry) {
        self.world.work(worker, entry);
    }

    fn confirmed(&mut self, _: MessageId, _: ProducerId) {}

    fn refused(&mut self, _: Message, _: Refusal) {}

    fn block(&mut self, producer: ProducerId) {
        let producer = &mut self.world.producers[usize::from(producer.0)];
        producer.block();
        self.world.schedule.cancel(producer.send_timer);
    }

    fn unblock(&mut self, producer: ProducerId) {
        let now = self.world.now;
        let producer = &mut self.world.producers[usize::from(producer.0)];
        producer.unblock(now);
        schedule_send(&mut self.world.schedule, producer);
    }
}

fn schedule_send(schedule: &mut Schedule, producer: &Producer) {
    match producer.next_send() {
        Some(at) => schedule.set(producer.send_timer, Class::Arrival, at),
        None => schedule.cancel(producer.send_timer),
    }
}

impl<O: Observer> World<O> {
    #[inline(always)]
    fn record(&mut self, what: What, outside: &mut impl Observer) {
        let fact = Fact { at: self.now, what };
        self.inside.observe(&fact);
        outside.observe(&fact);
    }

    /// A worker begins on a message.
    #[inline]
    fn work(&mut self, worker: WorkerId, entry: Entry) {
        let Some((consumer, place)) = locate(&self.consumers, worker) else { return };
        let consumer = &mut self.consumers[consumer];
        let until =
            Time::from_nanos(self.now.as_nanos().saturating_add(consumer.service_time(self.seed, &entry)));
        let worker = &mut consumer.pool[place];
        worker.state = State::Busy { entry, since: self.now, until };
        self.schedule.set(worker.timer, Class::Completion, until);
    }
}

#[inline]
fn locate(consumers: &[Consumer], worker: WorkerId) -> Option<(usize, usize)> {
    consumers.iter().enumerate().find_map(|(index, consumer)| Some((index, consumer.place(worker)?)))
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
            let (send, link) = (timer(Agent::Sender(index)), timer(Agent::Link(index)));
            Producer::new(ProducerId(index), &settings.name, seed, send, link)
        });
        let producers: Vec<Producer> = producers.collect();
        let consumers = scenario.consumers.iter().zip(0..).map(|(settings, index)| {
            let mut places = 0..;
            let next = || timer(Agent::Worker { consumer: index, place: places.next().unwrap_or(0) });
            Consumer::new(&settings.name, index * MAX_WORKERS, next)
        });
        let consumers: Vec<Consumer> = consumers.collect();
        let script_timer = timer(Agent::Script);
        let workers = consumers.len() as u16 * MAX_WORKERS;
        let broker = Broker::new(&scenario.broker.system, workers);
        let mut simulation = Simulation {
            broker: broker.expect("a scenario names a system that there is: its only way in checks it"),
            broker_name: scenario.broker.name.clone(),
            world: World {
                now: Time::ZERO,
                seed,
                sent: 0,
                staff: 0,
                schedule,
                producers,
                consumers,
                inside: O::default(),
            },
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
        let broker = (&scenario.broker.name, &scenario.broker.set);
        let producers = scenario.producers.iter().map(|producer| (&producer.name, &producer.set));
        let consumers = scenario.consumers.iter().map(|consumer| (&consumer.name, &consumer.set));
        for (name, settings) in std::iter::once(broker).chain(producers).chain(consumers) {
            for (knob, value) in settings {
                self.set(name, knob, value, outside);
            }
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

    /// When the next event is due, if anything can still happen.
    pub fn next_event(&self) -> Option<Time> {
        self.world.schedule.next().map(|(at, _)| at)
    }

    /// Processes the next event, if there is one, and says when it was. The clock goes there.
    pub fn step(&mut self, outside: &mut impl Observer) -> Option<Time> {
        let (at, timer) = self.world.schedule.pop_until(END)?;
        self.fire(at, timer, outside);
        Some(at)
    }

    /// Processes all events up to and including those at `to`, but no more than `budget` of them.
    #[inline]
    pub fn run_until(&mut self, to: Time, budget: u64, outside: &mut impl Observer) -> Progress {
        let to = to.min(END);
        for _ in 0..budget {
            match self.world.schedule.pop_until(to) {
                Some((at, timer)) => self.fire(at, timer, outside),
                None => {
                    self.world.now = self.world.now.max(to);
                    return Progress::Reached;
                }
            }
        }
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
            Command::Send { producer, count } => {
                let index = self.world.producers.iter().position(|own| own.name == *producer);
                for _ in 0..*count {
                    self.send(index.unwrap_or(0), outside);
                }
            }
        }
        Ok(())
    }

    /// The knobs of whoever is called `who`: the broker, a producer or a consumer.
    pub fn knobs(&self, who: &str) -> Option<&'static [Knob]> {
        if who == self.broker_name {
            Some(self.broker.knobs())
        } else if self.world.producers.iter().any(|producer| producer.name == who) {
            Some(producer::KNOBS)
        } else if self.world.consumers.iter().any(|consumer| consumer.name == who) {
            Some(worker::KNOBS)
        } else {
            None
        }
    }

    /// What the knob at `address` (`who.name`) is set to.
    pub fn get(&self, address: &str) -> Option<Value> {
        let (who, knob) = address.split_once('.')?;
        if who == self.broker_name {
            return self.broker.get(knob);
        }
        let producer = self.world.producers.iter().find(|producer| producer.name == who);
        let consumer = self.world.consumers.iter().find(|consumer| consumer.name == who);
        producer.map(|producer| producer.get(knob)).or(consumer.map(|consumer| consumer.get(knob)))?
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
            arriving: on_link + counts.blocked,
            waiting: counts.waiting,
            held: counts.held,
            delayed: counts.delayed,
        }
    }

    /// The numbers of the messages that wait, head first.
    pub fn waiting(&self) -> Vec<MessageId> {
        let stores = self.broker.stores(usize::MAX).into_iter();
        stores.flat_map(|store| store.entries).map(|entry| entry.message).collect()
    }

    #[inline]
    fn fire(&mut self, at: Time, timer: Timer, outside: &mut impl Observer) {
        self.world.now = at;
        self.events += 1;
        match self.agents[timer.index()] {
            Agent::Sender(producer) => self.send_due(producer.into(), outside),
            Agent::Link(producer) => self.arrive(producer.into(), outside),
            Agent::Worker { consumer, place } => self.complete(consumer.into(), place.into(), outside),
            Agent::Script => self.run_script(outside),
        }
        self.world.schedule.close();
    }

    #[inline]
    fn send_due(&mut self, index: usize, outside: &mut impl Observer) {
        self.world.producers[index].sent();
        // Before the message goes out: if it finds the queue full and the producer is blocked,
        // that cancels what is scheduled here.
        schedule_send(&mut self.world.schedule, &self.world.producers[index]);
        self.send(index, outside);
    }

    /// A producer sends one message.
    #[inline]
    fn send(&mut self, index: usize, outside: &mut impl Observer) {
        let world = &mut self.world;
        let producer = &mut world.producers[index];
        world.sent += 1;
        let message =
            Message { id: MessageId(world.sent), producer: producer.id, sent: world.now, key: 0, size: 0 };
        let delay = producer.link_delay();
        if delay.is_zero() && producer.link.is_empty() {
            world.record(What::Published { message }, outside);
            self.publish(message, outside);
        } else {
            // One message cannot overtake another on its link, also when the delay is made shorter.
            let last = producer.link.back().map_or(Time::ZERO, |last| last.arrives);
            producer.link.push_back(OnLink { message, arrives: (world.now + delay).max(last) });
            if producer.link.len() == 1 {
                world.schedule.set(producer.link_timer, Class::Arrival, producer.link[0].arrives);
            }
            world.record(What::Published { message }, outside);
        }
    }

    fn arrive(&mut self, index: usize, outside: &mut impl Observer) {
        let producer = &mut self.world.producers[index];
        let Some(arrived) = producer.link.pop_front() else { return };
        if let Some(next) = producer.link.front() {
            self.world.schedule.set(producer.link_timer, Class::Arrival, next.arrives);
        }
        self.publish(arrived.message, outside);
    }

    #[inline]
    fn publish(&mut self, message: Message, outside: &mut impl Observer) {
        self.broker.publish(message, &mut Lent { world: &mut self.world, outside });
    }

    /// A worker is through with what it holds.
    #[inline]
    fn complete(&mut self, consumer: usize, place: usize, outside: &mut impl Observer) {
        let world = &mut self.world;
        let pool = &mut world.consumers[consumer];
        let State::Busy { entry, since, .. } = pool.pool[place].state else { return };
        let failed = pool.fails(world.seed, &entry);
        let worker = WorkerId(pool.base + place as u16);
        let stays = place < usize::from(pool.wanted());
        pool.pool[place].state = if stays { State::Idle } else { State::Off };
        let (message, attempt) = (entry.message.id, entry.attempt);
        let waited = since.nanos_since(entry.entered);
        let service = world.now.nanos_since(since);
        let outcome = if failed {
            world.record(What::Failed { message, worker, attempt, waited, service }, outside);
            Outcome::Failed
        } else {
            let total = world.now.nanos_since(entry.message.sent);
            world.record(
                What::Acked { message, worker, attempt, waited, service, total, settled: true },
                outside,
            );
            Outcome::Done
        };
        let mut fx = Lent { world, outside };
        self.broker.settle(worker, outcome, &mut fx);
        if stays {
            self.broker.receive(worker, &mut fx);
        }
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
        (&world.producers, &world.consumers, &world.inside).hash(&mut digest);
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

    /// Holds the ledger against what the machines count.
    ///
    /// # Errors
    /// Both sides of the books, if they differ.
    pub fn audit(&self) -> Result<(), Box<Imbalance>> {
        self.ledger().audit(self.census())
    }
}
