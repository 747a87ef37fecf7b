//! What a command does to a running simulation, and when it cannot be.

use super::sending::schedule_send;
use super::{Lent, MAX_SEND, Simulation};
use crate::APPLICATIONS;
use crate::client::worker::{Consumer, MAX_WORKERS, Phase, State};
use crate::command::{Command, Problem, one_of, quoted};
use crate::id::WorkerId;
use crate::journal::{Observer, What};
use crate::knob::Value;
use crate::schedule::Class;
use crate::time::Time;

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
            Command::Crash { consumer, worker }
            | Command::Restart { consumer, worker }
            | Command::Hang { consumer, worker }
            | Command::Resume { consumer, worker } => {
                known("consumer", consumer, &consumers)?;
                in_range("worker", worker.unwrap_or(1), MAX_WORKERS)
            }
            Command::Cut(who) => known("cut", who, &[producers, consumers].concat()),
            Command::Mend(who) => known("mend", who, &[producers, consumers].concat()),
            Command::Outage(who) => known("outage", who, &consumers),
            Command::Recover(who) => known("recover", who, &consumers),
            Command::RestartServer(_) => Ok(()),
            Command::Operate { act, part, argument } => {
                self.check_act(act, part.as_deref(), *argument).map(|_| ())
            }
            Command::Send { producer, count } => {
                known("producer", producer, &producers)?;
                in_range("count", *count, MAX_SEND)
            }
        }
    }

    /// One of the acts that the system offers, the place of the part it is done to, and its number.
    fn check_act(
        &self,
        act: &str,
        part: Option<&str>,
        argument: Option<f64>,
    ) -> Result<(&'static str, Option<u16>, Option<f64>), Problem> {
        let acts = if APPLICATIONS { self.broker.manual().acts } else { &[] };
        let wrong = |path: &str, value: String, permitted: String| Problem {
            path: format!("operate.{path}"),
            value,
            permitted,
        };
        let Some(found) = acts.iter().find(|own| own.name == act) else {
            let names = acts.iter().map(|own| own.name);
            let permitted = if acts.is_empty() { "nothing, for this system".into() } else { one_of(names) };
            return Err(wrong("act", quoted(act), permitted));
        };
        let place = match (found.on, part) {
            (None, None) => None,
            (None, Some(part)) => {
                return Err(wrong("part", quoted(part), "left out: it is done to the whole system".into()));
            }
            (Some(kind), part) => {
                let parts = &self.broker.topology().parts;
                let place =
                    parts.iter().position(|own| own.kind == kind && part.is_none_or(|part| part == own.name));
                let names =
                    || one_of(parts.iter().filter(|own| own.kind == kind).map(|own| own.name.as_str()));
                let value = || part.map_or_else(|| "nothing".into(), quoted);
                Some(place.ok_or_else(|| wrong("part", value(), names()))? as u16)
            }
        };
        let number = match (found.argument, argument) {
            (None, None) => None,
            (None, Some(number)) => {
                return Err(wrong("argument", Value::Number(number).to_string(), "left out".into()));
            }
            (Some(own), number) => {
                let number = number.unwrap_or(own.usual);
                if !(own.min..=own.max).contains(&number) {
                    let (least, most) = (Value::Number(own.min), Value::Number(own.max));
                    let permitted = format!("a number from {least} to {most} {}", own.unit.name());
                    return Err(wrong("argument", Value::Number(number).to_string(), permitted));
                }
                Some(number)
            }
        };
        Ok((found.name, place, number))
    }

    /// Does one of the acts that the system offers.
    pub(super) fn operate(
        &mut self,
        act: &str,
        part: Option<&str>,
        argument: Option<f64>,
        outside: &mut impl Observer,
    ) {
        if let Ok((act, part, argument)) = self.check_act(act, part, argument) {
            self.broker.operate(act, part, argument, &mut Lent { world: &mut self.world, outside });
            self.pump(outside);
        }
    }

    /// A worker hangs: it does not go on with what it is at, and does not ask for more. One that waits for a message has
    /// asked already: what it is sent next it has, and does not go on with either.
    pub(super) fn hang(&mut self, who: &str, worker: Option<u16>) {
        if !APPLICATIONS {
            return;
        }
        let now = self.world.now;
        let Some(consumer) = self.world.consumers.iter_mut().find(|consumer| consumer.name == who) else {
            return;
        };
        for place in places(worker) {
            let own = &mut consumer.pool[place];
            match &mut own.state {
                State::Busy(task) if !matches!(task.phase, Phase::Hang(_)) => {
                    task.phase = Phase::Hang(task.until.nanos_since(now));
                    task.until = Time::MAX;
                    self.world.schedule.cancel(own.timer);
                }
                State::Idle => own.stuck = true,
                State::Busy(_) | State::Off | State::Down => {}
            }
        }
        consumer.reconsider();
    }

    /// A worker that hangs goes on.
    pub(super) fn resume(&mut self, who: &str, worker: Option<u16>) {
        if !APPLICATIONS {
            return;
        }
        let now = self.world.now;
        let Some(consumer) = self.world.consumers.iter_mut().find(|consumer| consumer.name == who) else {
            return;
        };
        for place in places(worker) {
            let own = &mut consumer.pool[place];
            own.stuck = false;
            if let State::Busy(task) = &mut own.state
                && let Phase::Hang(left) = task.phase
            {
                // One that got its message while it hung has not looked yet whether that was done before.
                let skips = left == 0 && consumer.memory.knows(task.entry.message.id);
                task.phase = if skips { Phase::Skip } else { Phase::Work };
                task.until = Time::from_nanos(now.as_nanos().saturating_add(left));
                self.world.schedule.set(own.timer, Class::Completion, task.until);
            }
        }
        consumer.reconsider();
    }

    /// The network between a producer, or a consumer's workers, and the system is cut.
    pub(super) fn cut(&mut self, who: &str, outside: &mut impl Observer) {
        if !APPLICATIONS {
            return;
        }
        if let Some(producer) = self.world.producers.iter_mut().find(|producer| producer.name == who) {
            producer.cut = true;
        } else if let Some(index) = self.world.consumers.iter().position(|consumer| consumer.name == who) {
            for place in places(None) {
                let consumer = &mut self.world.consumers[index];
                let worker = WorkerId(consumer.base + place as u16);
                let own = &mut consumer.pool[place];
                if std::mem::replace(&mut own.cut, true) {
                    continue;
                }
                match &mut own.state {
                    State::Idle => own.state = State::Off,
                    State::Busy(task) => task.adrift = true,
                    State::Off | State::Down => continue,
                }
                // A worker that is at work goes on, and will not be able to say so.
                self.broker.lost(worker, &mut Lent { world: &mut self.world, outside });
                self.pump(outside);
            }
        }
    }

    /// The network is there again.
    pub(super) fn mend(&mut self, who: &str, outside: &mut impl Observer) {
        if !APPLICATIONS {
            return;
        }
        if let Some(producer) = self.world.producers.iter_mut().find(|producer| producer.name == who) {
            producer.cut = false;
        } else if let Some(index) = self.world.consumers.iter().position(|consumer| consumer.name == who) {
            self.world.consumers[index].pool.iter_mut().for_each(|worker| worker.cut = false);
            self.staff(index, outside);
        }
    }

    /// The service behind a consumer's workers goes down or comes back.
    pub(super) fn turn_downstream(&mut self, who: &str, up: bool, outside: &mut impl Observer) {
        if !APPLICATIONS {
            return;
        }
        if let Some(index) = self.world.consumers.iter().position(|consumer| consumer.name == who) {
            let consumer = &mut self.world.consumers[index];
            consumer.downstream.turn(up);
            consumer.reconsider();
            self.mind_breaker(index, outside);
        }
    }

    pub(super) fn start(&mut self, who: &str, outside: &mut impl Observer) {
        let now = self.world.now;
        if let Some(producer) = self.world.producers.iter_mut().find(|producer| producer.name == who) {
            let id = producer.id;
            if producer.start(now) {
                schedule_send(&mut self.world.schedule, producer);
                self.world.note(What::Started { producer: id }, outside);
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
                self.world.note(What::Stopped { producer: id }, outside);
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
            let number = WorkerId(consumer.base + place as u16);
            consumer.pool[place].stuck = false;
            match consumer.pool[place].state {
                State::Idle => {
                    consumer.pool[place].state = State::Down;
                    self.come_back_in_time(index, place);
                    self.broker.lost(number, &mut Lent { world: &mut self.world, outside });
                    self.pump(outside);
                }
                State::Off => {
                    consumer.pool[place].state = State::Down;
                    self.come_back_in_time(index, place);
                }
                State::Busy(_) | State::Down => {}
            }
        }
        for place in places(worker) {
            if matches!(self.world.consumers[index].pool[place].state, State::Busy(_)) {
                self.go_down(index, place, outside);
                self.come_back_in_time(index, place);
            }
        }
        self.world.consumers[index].reconsider();
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
                self.world.schedule.cancel(own.timer);
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
                State::Off if place < wanted && !own.cut => {
                    own.state = State::Idle;
                    self.broker.receive(worker, &mut Lent { world: &mut self.world, outside });
                    self.pump(outside);
                }
                State::Idle if wanted <= place => {
                    own.state = State::Off;
                    consumer.lets_go(place);
                    self.broker.withdraw(worker, &mut Lent { world: &mut self.world, outside });
                    self.pump(outside);
                }
                State::Off | State::Idle | State::Busy(_) | State::Down => {}
            }
        }
        self.record_staff(outside);
    }

    pub(super) fn record_staff(&mut self, outside: &mut impl Observer) {
        let workers = self.world.consumers.iter().map(Consumer::staffed).sum();
        if workers != self.world.staff {
            self.world.staff = workers;
            self.world.note(What::Staffed { workers }, outside);
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
