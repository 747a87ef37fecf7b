//! What a command does to a running simulation, and when it cannot be.

use super::sending::schedule_send;
use super::{Lent, MAX_SEND, Simulation};
use crate::APPLICATIONS;
use crate::client::worker::{Consumer, MAX_WORKERS, Phase, State, Task};
use crate::command::{Command, Problem, one_of, quoted};
use crate::id::WorkerId;
use crate::journal::{Observer, What};
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
            Command::Send { producer, count } => {
                known("producer", producer, &producers)?;
                in_range("count", *count, MAX_SEND)
            }
        }
    }

    /// A worker hangs: it does not go on with what it is at, and does not ask for more.
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
            if let State::Busy(task) = &mut own.state
                && !matches!(task.phase, Phase::Hang(_))
            {
                task.phase = Phase::Hang(task.until.nanos_since(now));
                task.until = Time::MAX;
                self.world.schedule.cancel(own.timer);
            }
        }
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
            if let State::Busy(Task { phase: Phase::Hang(left), .. }) = own.state
                && let State::Busy(task) = &mut own.state
            {
                task.until = Time::from_nanos(now.as_nanos().saturating_add(left));
                task.phase = Phase::Work;
                self.world.schedule.set(own.timer, Class::Completion, task.until);
            }
        }
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
            match consumer.pool[place].state {
                State::Idle => {
                    consumer.pool[place].state = State::Down;
                    self.broker.lost(number, &mut Lent { world: &mut self.world, outside });
                    self.pump(outside);
                }
                State::Off => consumer.pool[place].state = State::Down,
                State::Busy(_) | State::Down => {}
            }
        }
        for place in places(worker) {
            if matches!(self.world.consumers[index].pool[place].state, State::Busy(_)) {
                self.go_down(index, place, outside);
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
                State::Off if place < wanted && !own.cut => {
                    own.state = State::Idle;
                    self.broker.receive(worker, &mut Lent { world: &mut self.world, outside });
                    self.pump(outside);
                }
                State::Idle if wanted <= place => {
                    own.state = State::Off;
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
