//! Workers: a consumer is a pool of them that takes messages, works for a while, and succeeds or fails.

use std::hash::{Hash, Hasher};

use super::downstream::{self, Admission, Downstream};
use super::manner::{self, Manner};
use super::memory::{self, Memory};
use crate::APPLICATIONS;
use crate::id::{MessageId, ProducerId};
use crate::knob::{self, Choice, Domain, Knob, Scale, Unit, Value, join};
use crate::message::Entry;
use crate::random::{Draw, Sequence};
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

/// The settings of a pool: how many work and how fast, what goes wrong, what they do about it.
pub const KNOBS: &[Knob] = &join::<COUNT>(&[&WORK, &manner::KNOBS, &downstream::KNOBS, &memory::KNOBS]);

const COUNT: usize = WORK.len() + manner::KNOBS.len() + downstream::KNOBS.len() + memory::KNOBS.len();

const WORK: [Knob; 3] = [
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
];

/// What a worker is about.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum State {
    /// Stopped, or beyond the number wanted.
    Off,
    /// Waits for a message.
    Idle,
    /// Works on a message.
    Busy(Task),
    /// Crashed, and not restarted yet.
    Down,
}

/// What a worker is at.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Task {
    pub(crate) entry: Entry,
    pub(crate) since: Time,
    /// When it goes on: the end of the work, or of a wait between two tries.
    pub(crate) until: Time,
    pub(crate) phase: Phase,
    /// How often the worker has tried already without giving the message back.
    pub(crate) tries: u16,
    /// Whether it has said that it is done already.
    pub(crate) early: bool,
    /// Whether its connection was cut since it got the message: the system has given it to others, or will.
    pub(crate) adrift: bool,
}

impl Task {
    /// Whether its end is to be told to the system, and has an effect.
    #[inline(always)]
    pub(crate) fn is_plain(&self) -> bool {
        !self.early && !self.adrift && self.phase == Phase::Work
    }
}

/// What a worker does with the message it has.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Phase {
    /// It works.
    Work,
    /// It skips what it has done already.
    Skip,
    /// It waits before it tries again.
    Wait,
    /// It hangs; so much of its time was left when that began, in nanoseconds.
    Hang(u64),
}

#[derive(Clone, PartialEq, Hash, Debug)]
pub(crate) struct Worker {
    pub(crate) timer: Timer,
    pub(crate) state: State,
    /// Whether the network between it and the system is cut.
    pub(crate) cut: bool,
    /// Whether it hangs without a message: it gets the next one, and does not go on with that.
    pub(crate) stuck: bool,
}

/// Where a pool sends a message for each one it has worked on.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Onward {
    /// Nowhere.
    Nowhere,
    /// To its usual part, as the sender of this number.
    On(ProducerId),
    /// To where the message wants its answer, as the sender of this number.
    Reply(ProducerId),
}

#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Consumer {
    pub(crate) name: String,
    /// The number of its first worker.
    pub(crate) base: u16,
    pub(crate) pool: Vec<Worker>,
    /// Whether it works as simply as can be: nothing but the plain chance of a failure is to be looked at.
    plain: bool,
    /// Whether nothing but the chances of a failure decides what comes of an attempt, nothing follows from a success
    /// but that it is told, and no worker hangs that has no message yet.
    calm: bool,
    pub(crate) manner: Manner,
    pub(crate) downstream: Downstream,
    /// The timer of the breaker.
    pub(crate) breaker_timer: Timer,
    pub(crate) onward: Onward,
    /// The producer whose answers it takes in.
    pub(crate) answers: Option<u16>,
    pub(crate) memory: Memory,
    running: bool,
    workers: u16,
    rate: f64,
    /// Nanoseconds of one unit of work; follows from `rate`.
    unit: f64,
    service: Service,
    /// From which the work is drawn that messages take; follows from the seed.
    works: Sequence,
    /// A message, and the exponential work it takes. Messages are mostly taken in the order of their numbers, so it
    /// is that of the next one: drawn before it is asked for, it does not keep the processor from telling at once
    /// what goes off next.
    ahead: (MessageId, f64),
}

impl Consumer {
    /// A stopped pool with a worker for each of the timers.
    pub(crate) fn new(
        name: &str,
        seed: u64,
        base: u16,
        timers: Vec<Timer>,
        breaker_timer: Timer,
    ) -> Consumer {
        let worker = |timer| Worker { timer, state: State::Off, cut: false, stuck: false };
        let pool = timers.into_iter().map(worker).collect();
        Consumer {
            name: name.to_owned(),
            base,
            pool,
            plain: true,
            calm: true,
            manner: Manner::default(),
            downstream: Downstream::default(),
            breaker_timer,
            onward: Onward::Nowhere,
            answers: None,
            memory: Memory::default(),
            running: false,
            workers: 1,
            rate: 1.5,
            unit: 1e9 / 1.5,
            service: Service::Fixed,
            works: Sequence::new(seed, Draw::Work, 0),
            ahead: (MessageId(0), 0.0),
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
        match self.downstream.admission() {
            Admission::All if self.running => self.workers,
            Admission::One if self.running => 1,
            Admission::All | Admission::One | Admission::None => 0,
        }
    }

    /// Whether the worker at this place takes messages as long as no breaker is open.
    #[inline(always)]
    pub(crate) fn employs(&self, place: usize) -> bool {
        self.running & (place < usize::from(self.workers))
    }

    /// A worker that has no message is not wanted for now. If that is for good its process ends, whether it hangs or not.
    pub(crate) fn lets_go(&mut self, place: usize) {
        if !self.employs(place) && std::mem::take(&mut self.pool[place].stuck) {
            self.reconsider();
        }
    }

    /// How many are at work or ready for it.
    pub(crate) fn staffed(&self) -> u16 {
        let wanted = usize::from(self.wanted());
        self.pool[..wanted].iter().filter(|worker| worker.state != State::Down).count() as u16
    }

    /// How long the work on a message takes, in nanoseconds. The work belongs to the message: a
    /// second attempt at it is as long, whoever makes it.
    #[inline(always)]
    pub(crate) fn service_time(&mut self, entry: &Entry) -> u64 {
        let work = match self.service {
            Service::Fixed => 1.0,
            Service::Exponential => self.exponential_work(entry.message.id),
        };
        // To the nearest nanosecond; the conversion to a signed number is one instruction.
        (work * self.unit + 0.5) as i64 as u64
    }

    /// What a worker begins to do with a message that it has just got, and for how many nanoseconds.
    pub(crate) fn begin(&mut self, entry: &Entry) -> (Phase, u64) {
        if self.memory.knows(entry.message.id) {
            return (Phase::Skip, 0);
        }
        let work = self.service_time(entry);
        (Phase::Work, if self.downstream.fails_fast() { work.min(FAST) } else { work })
    }

    /// Whether it works as simply as can be.
    #[inline(always)]
    pub(crate) fn is_plain(&self) -> bool {
        !APPLICATIONS || self.plain
    }

    /// Whether nothing but the chances of a failure decides what comes of an attempt.
    #[inline(always)]
    pub(crate) fn is_calm(&self) -> bool {
        !APPLICATIONS || self.calm
    }

    /// Whether it is as simple as can be, after its settings have changed.
    pub(crate) fn reconsider(&mut self) {
        let alone = self.answers.is_none() && self.onward == Onward::Nowhere;
        let alone = alone && !self.pool.iter().any(|worker| worker.stuck);
        self.calm = alone && self.downstream.is_plain() && !self.memory.is_used();
        self.plain = self.calm && self.manner.is_plain();
    }

    #[inline(always)]
    fn exponential_work(&mut self, message: MessageId) -> f64 {
        let works = self.works;
        let draw = |message: MessageId| works.of(message.0).exponential();
        let work = if self.ahead.0 == message { self.ahead.1 } else { draw(message) };
        let next = MessageId(message.0.wrapping_add(1));
        self.ahead = (next, draw(next));
        work
    }

    pub(crate) fn set(&mut self, knob: &str, value: &Value) {
        match knob {
            "workers" => self.workers = knob::number(value) as u16,
            "rate" => {
                self.rate = knob::number(value);
                self.unit = 1e9 / self.rate;
            }
            "service" => self.service = knob::choice(value, SERVICES),
            _ => {
                self.memory.set(knob, value);
                self.manner.set(knob, value);
                self.downstream.set(knob, value);
            }
        }
        self.reconsider();
    }
}

/// How long an attempt takes at most that fails without a call, in nanoseconds.
const FAST: u64 = 1_000_000;

impl Hash for Consumer {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.base, &self.pool, self.running, self.workers, self.service).hash(state);
        (&self.manner, &self.downstream, &self.memory, self.onward, self.answers).hash(state);
        state.write_u64(self.rate.to_bits());
    }
}
