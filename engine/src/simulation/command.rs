//! What a command does to a running simulation, and when it cannot be.

use super::{Lent, MAX_SEND, Simulation, schedule_send};
use crate::broker::Outcome;
use crate::client::worker::{Consumer, MAX_WORKERS, State};
use crate::command::{Command, Problem, one_of, quoted};
use crate::id::WorkerId;
use crate::journal::{Observer, What};
use crate::knob::Value;

impl<O: Observer + Clone + Default> Simulation<O> {
    /// Whether a command can be applied.
    ///
    /// # Errors
    /// What it names that does not exist, or the value that is out of range, and what is permitted.
    pub fn check(&self, command: &Command) -> Result<(), Problem> {
        let producers: Vec<&str> =
            self.world.producers.iter().map(|producer| producer.name.as_str()).collect();
        let consumers: Vec<&str> =
            self.world.consumers.iter().map(|consumer| consumer.name.as_str()).collect();
        match command {
            Command::Set { knob, to } => self.check_setting(knob, to),
            Command::Start(who) => known("start", who, &[producers, consumers].concat()),
            Command::Stop(who) => known("stop", who, &[producers, consumers].concat()),
            Command::Crash { consumer, worker } | Command::Restart { consumer, worker } => {
                known("consumer", consumer, &consumers)?;
                in_range("worker", worker.unwrap_or(1), MAX_WORKERS)
            }
            Command::Send { producer, count } => {
                known("producer", producer, &producers)?;
                in_range("count", *count, MAX_SEND)
            }
        }
    }

    pub(super) fn check_setting(&self, address: &str, to: &Value) -> Result<(), Problem> {
        let knobs = address.split_once('.').and_then(|(who, name)| Some((self.knobs(who)?, name)));
        let Some(knob) = knobs.and_then(|(knobs, name)| knobs.iter().find(|knob| knob.name == name)) else {
            let permitted = "the address of a knob, for example \"producer.rate\"".into();
            return Err(Problem { path: "set.knob".into(), value: quoted(address), permitted });
        };
        let problem = |permitted| Problem { path: address.into(), value: to.to_string(), permitted };
        knob.check(to).map_err(problem)
    }

    pub(super) fn set(&mut self, who: &str, knob: &str, value: &Value, outside: &mut impl Observer) {
        let now = self.world.now;
        if who == self.broker_name {
            self.broker.set(knob, value, &mut Lent { world: &mut self.world, outside });
        } else if let Some(producer) = self.world.producers.iter_mut().find(|producer| producer.name == who) {
            producer.set(knob, value, now);
            schedule_send(&mut self.world.schedule, producer);
        } else if let Some(index) = self.world.consumers.iter().position(|consumer| consumer.name == who) {
            self.world.consumers[index].set(knob, value);
            self.staff(index, outside);
        }
    }

    pub(super) fn start(&mut self, who: &str, outside: &mut impl Observer) {
        let now = self.world.now;
        if let Some(producer) = self.world.producers.iter_mut().find(|producer| producer.name == who) {
            let id = producer.id;
            if producer.start(now) {
                schedule_send(&mut self.world.schedule, producer);
                self.world.record(What::Started { producer: id }, outside);
            }
        } else if let Some(index) = self.world.consumers.iter().position(|consumer| consumer.name == who) {
            self.world.consumers[index].start();
            self.staff(index, outside);
        }
    }

    pub(super) fn stop(&mut self, who: &str, outside: &mut impl Observer) {
        if let Some(producer) = self.world.producers.iter_mut().find(|producer| producer.name == who) {
            let id = producer.id;
            if producer.stop() {
                self.world.schedule.cancel(producer.send_timer);
                self.world.record(What::Stopped { producer: id }, outside);
            }
        } else if let Some(index) = self.world.consumers.iter().position(|consumer| consumer.name == who) {
            self.world.consumers[index].stop();
            self.staff(index, outside);
        }
    }

    pub(super) fn crash(&mut self, who: &str, worker: Option<u16>, outside: &mut impl Observer) {
        let Some(index) = self.world.consumers.iter().position(|consumer| consumer.name == who) else {
            return;
        };
        // They go down together: none of them may be handed what another one gives back.
        for place in places(worker) {
            let consumer = &mut self.world.consumers[index];
            if consumer.pool[place].state == State::Idle {
                consumer.pool[place].state = State::Down;
                self.broker.withdraw(WorkerId(consumer.base + place as u16));
            }
        }
        for place in places(worker) {
            let world = &mut self.world;
            let consumer = &mut world.consumers[index];
            let worker = WorkerId(consumer.base + place as u16);
            let own = &mut consumer.pool[place];
            match std::mem::replace(&mut own.state, State::Down) {
                State::Busy { entry, since, .. } => {
                    world.schedule.cancel(own.timer);
                    let (message, attempt) = (entry.message.id, entry.attempt);
                    let waited = since.nanos_since(entry.entered);
                    let service = world.now.nanos_since(since);
                    world.record(What::Crashed { message, worker, attempt, waited, service }, outside);
                    self.broker.settle(worker, Outcome::Crashed, &mut Lent { world, outside });
                }
                State::Idle | State::Off | State::Down => {}
            }
        }
        self.record_staff(outside);
    }

    pub(super) fn restart(&mut self, who: &str, worker: Option<u16>, outside: &mut impl Observer) {
        let Some(index) = self.world.consumers.iter().position(|consumer| consumer.name == who) else {
            return;
        };
        for place in places(worker) {
            let own = &mut self.world.consumers[index].pool[place];
            if own.state == State::Down {
                own.state = State::Off;
            }
        }
        self.staff(index, outside);
    }

    /// Brings workers in and lets them go until as many take messages as are wanted.
    pub(super) fn staff(&mut self, index: usize, outside: &mut impl Observer) {
        let wanted = usize::from(self.world.consumers[index].wanted());
        for place in 0..usize::from(MAX_WORKERS) {
            let consumer = &mut self.world.consumers[index];
            let worker = WorkerId(consumer.base + place as u16);
            let own = &mut consumer.pool[place];
            match own.state {
                State::Off if place < wanted => {
                    own.state = State::Idle;
                    self.broker.receive(worker, &mut Lent { world: &mut self.world, outside });
                }
                State::Idle if wanted <= place => {
                    own.state = State::Off;
                    self.broker.withdraw(worker);
                }
                State::Off | State::Idle | State::Busy { .. } | State::Down => {}
            }
        }
        self.record_staff(outside);
    }

    pub(super) fn record_staff(&mut self, outside: &mut impl Observer) {
        let workers = self.world.consumers.iter().map(Consumer::staffed).sum();
        if workers != self.world.staff {
            self.world.staff = workers;
            self.world.record(What::Staffed { workers }, outside);
        }
    }
}

fn known(path: &str, name: &str, all: &[&str]) -> Result<(), Problem> {
    if all.contains(&name) {
        return Ok(());
    }
    Err(Problem { path: path.into(), value: quoted(name), permitted: one_of(all.iter().copied()) })
}

fn in_range(path: &str, value: u16, max: u16) -> Result<(), Problem> {
    if (1..=max).contains(&value) {
        return Ok(());
    }
    Err(Problem {
        path: path.into(),
        value: value.to_string(),
        permitted: format!("a whole number from 1 to {max}"),
    })
}

/// The places of one worker, numbered from 1, or of all.
fn places(worker: Option<u16>) -> std::ops::Range<usize> {
    match worker {
        Some(worker) => usize::from(worker) - 1..usize::from(worker),
        None => 0..usize::from(MAX_WORKERS),
    }
}
