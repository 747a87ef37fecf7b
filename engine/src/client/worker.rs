//! Workers: a consumer is a pool of them that takes messages, works for a while, and succeeds or fails.

use std::hash::{Hash, Hasher};

use crate::id::WorkerId;
use crate::knob::{self, Choice, Domain, Knob, Scale, Unit, Value};
use crate::message::Entry;
use crate::random::{Draw, Stream};
use crate::schedule::Timer;
use crate::time::Time;

/// How many workers a consumer can have.
pub const MAX_WORKERS: u16 = 50;

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Service {
    Fixed,
    Exponential,
}

const SERVICES: &[(&str, Service)] = &[("fixed", Service::Fixed), ("exponential", Service::Exponential)];

/// The settings of a pool.
pub const KNOBS: &[Knob] = &[
    Knob {
        name: "workers",
        label: "Workers",
        domain: Domain::Whole {
            min: 1,
            max: MAX_WORKERS as i32,
            default: 1,
            unit: Unit::Workers,
            scale: Scale::Linear,
        },
        meaning: "How many messages can be worked on at a time.",
        ..Knob::PLAIN
    },
    Knob {
        name: "rate",
        label: "Consumer rate",
        domain: Domain::Real {
            min: 0.1,
            max: 10_000.0,
            default: 1.5,
            unit: Unit::PerSecond,
            scale: Scale::Logarithmic,
        },
        meaning: "Messages per second that one worker gets through; one over its mean service time.",
        ..Knob::PLAIN
    },
    Knob {
        name: "service",
        label: "Service time",
        domain: Domain::Choice(&[
            Choice { name: "fixed", label: "Fixed" },
            Choice { name: "exponential", label: "Exponential" },
        ]),
        meaning: "Whether every message takes the same time, or times vary as widely as at random.",
        ..Knob::PLAIN
    },
    Knob {
        name: "failure",
        label: "Failure probability",
        domain: Domain::Real { min: 0.0, max: 1.0, default: 0.0, unit: Unit::Share, scale: Scale::Linear },
        meaning: "The chance that an attempt at a message fails.",
        ..Knob::PLAIN
    },
];

/// What a worker is about.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum State {
    /// Stopped, or beyond the number wanted.
    Off,
    /// Waits for a message.
    Idle,
    /// Works on a message.
    Busy { entry: Entry, since: Time, until: Time },
    /// Crashed, and not restarted yet.
    Down,
}

#[derive(Clone, PartialEq, Hash, Debug)]
pub(crate) struct Worker {
    pub(crate) timer: Timer,
    pub(crate) state: State,
}

#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Consumer {
    pub(crate) name: String,
    /// The number of its first worker.
    pub(crate) base: u16,
    pub(crate) pool: Vec<Worker>,
    running: bool,
    workers: u16,
    rate: f64,
    /// Nanoseconds of one unit of work; follows from `rate`.
    unit: f64,
    service: Service,
    failure: f64,
}

impl Consumer {
    /// A stopped pool. `timers` gives it one timer a worker.
    pub(crate) fn new(name: &str, base: u16, mut timer: impl FnMut() -> Timer) -> Consumer {
        Consumer {
            name: name.to_owned(),
            base,
            pool: (0..MAX_WORKERS).map(|_| Worker { timer: timer(), state: State::Off }).collect(),
            running: false,
            workers: 1,
            rate: 1.5,
            unit: 1e9 / 1.5,
            service: Service::Fixed,
            failure: 0.0,
        }
    }

    pub(crate) fn is_running(&self) -> bool {
        self.running
    }

    pub(crate) fn start(&mut self) {
        self.running = true;
    }

    pub(crate) fn stop(&mut self) {
        self.running = false;
    }

    /// How many workers it is set to have.
    pub(crate) fn workers(&self) -> u16 {
        self.workers
    }

    /// How many of its workers are wanted at work now.
    pub(crate) fn wanted(&self) -> u16 {
        if self.running { self.workers } else { 0 }
    }

    /// How many are at work or ready for it.
    pub(crate) fn staffed(&self) -> u16 {
        let wanted = usize::from(self.wanted());
        self.pool[..wanted].iter().filter(|worker| worker.state != State::Down).count() as u16
    }

    /// The worker with this number, if it is one of this pool.
    #[inline]
    pub(crate) fn place(&self, worker: WorkerId) -> Option<usize> {
        let place = usize::from(worker.0.checked_sub(self.base)?);
        (place < self.pool.len()).then_some(place)
    }

    /// How long the work on `message` takes, in nanoseconds. The work belongs to the message: a
    /// second attempt at it is as long, whoever makes it.
    #[inline]
    pub(crate) fn service_time(&self, seed: u64, entry: &Entry) -> u64 {
        let work = match self.service {
            Service::Fixed => 1.0,
            Service::Exponential => Stream::of_message(seed, entry.message.id.0, Draw::Work, 0).exponential(),
        };
        // To the nearest nanosecond; the conversion to a signed number is one instruction.
        (work * self.unit + 0.5) as i64 as u64
    }

    /// Whether this attempt at `message` fails.
    #[inline]
    pub(crate) fn fails(&self, seed: u64, entry: &Entry) -> bool {
        0.0 < self.failure
            && Stream::of_message(seed, entry.message.id.0, Draw::Outcome, entry.attempt).chance(self.failure)
    }

    pub(crate) fn set(&mut self, knob: &str, value: &Value) {
        match knob {
            "workers" => self.workers = knob::number(value) as u16,
            "rate" => {
                self.rate = knob::number(value);
                self.unit = 1e9 / self.rate;
            }
            "service" => self.service = knob::choice(value, SERVICES),
            "failure" => self.failure = knob::number(value),
            _ => {}
        }
    }

    pub(crate) fn get(&self, knob: &str) -> Option<Value> {
        match knob {
            "workers" => Some(Value::Number(self.workers.into())),
            "rate" => Some(Value::Number(self.rate)),
            "service" => Some(knob::choice_name(self.service, SERVICES)),
            "failure" => Some(Value::Number(self.failure)),
            _ => None,
        }
    }
}

impl Hash for Consumer {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.base, &self.pool, self.running, self.workers, self.service).hash(state);
        state.write_u64(self.rate.to_bits());
        state.write_u64(self.failure.to_bits());
    }
}
