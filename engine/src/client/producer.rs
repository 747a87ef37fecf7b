//! A producer: when it sends, and what is on its link.
//!
//! Arrivals are counted in units of *intensity*: the rate, summed up over time. A steady
//! producer sends whenever one more unit has passed, a Poisson one after an exponential
//! number of units; bursts change how fast units pass. So a change of rate in the middle of a
//! gap keeps the part of the gap that has passed, and two patterns of one rate have one mean.

use std::collections::VecDeque;
use std::hash::{Hash, Hasher};
use std::time::Duration;

use super::manner::{seconds, span};
use super::outbox::{self, Outbox};
use super::payload::{self, Payload};
use crate::APPLICATIONS;
use crate::broker::driver::Parcel;
use crate::id::{MessageId, ProducerId};
use crate::knob::join;
use crate::knob::{self, Choice, Domain, Knob, Scale, Unit, Value};
use crate::random::Stream;
use crate::schedule::Timer;
use crate::time::{Time, nanos};

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Pattern {
    Steady,
    Poisson,
    Bursts,
}

const PATTERNS: &[(&str, Pattern)] =
    &[("steady", Pattern::Steady), ("poisson", Pattern::Poisson), ("bursts", Pattern::Bursts)];

/// Its settings: when it sends, what, and what it does about what was turned down.
pub const KNOBS: &[Knob] = &join::<COUNT>(&[&ARRIVALS, ANSWERS, &payload::KNOBS, &outbox::KNOBS]);

const COUNT: usize = ARRIVALS.len() + ANSWERS.len() + payload::KNOBS.len() + outbox::KNOBS.len();

const ARRIVALS: [Knob; 6] = [
    Knob {
        name: "rate",
        label: "Producer rate",
        domain: Domain::Real {
            min: 0.1,
            max: 10_000.0,
            default: 2.0,
            unit: Unit::PerSecond,
            scale: Scale::Logarithmic,
        },
        meaning: "Messages sent per second, on average.",
        ..Knob::PLAIN
    },
    Knob {
        name: "arrivals",
        label: "Arrivals",
        domain: Domain::Choice(&[
            Choice { name: "steady", label: "Steady" },
            Choice { name: "poisson", label: "Poisson" },
            Choice { name: "bursts", label: "Bursts" },
        ]),
        meaning: "How arrivals are spread: evenly, at random, or in bursts of the same mean.",
        ..Knob::PLAIN
    },
    Knob {
        name: "burst-on",
        label: "Burst length",
        domain: Domain::Real {
            min: 0.1,
            max: 60.0,
            default: 2.0,
            unit: Unit::Seconds,
            scale: Scale::Logarithmic,
        },
        meaning: "How long a burst lasts.",
        ..Knob::PLAIN
    },
    Knob {
        name: "burst-off",
        label: "Pause between bursts",
        domain: Domain::Real {
            min: 0.1,
            max: 60.0,
            default: 8.0,
            unit: Unit::Seconds,
            scale: Scale::Logarithmic,
        },
        meaning: "How long it is quiet between two bursts.",
        ..Knob::PLAIN
    },
    Knob {
        name: "burst-factor",
        label: "Burst factor",
        domain: Domain::Real {
            min: 1.0,
            max: 100.0,
            default: 5.0,
            unit: Unit::Times,
            scale: Scale::Logarithmic,
        },
        meaning: "How many times the mean rate a burst sends; what is left of the mean is sent between bursts.",
        ..Knob::PLAIN
    },
    Knob {
        name: "link-delay",
        label: "Link delay",
        domain: Domain::Real { min: 0.0, max: 60.0, default: 0.0, unit: Unit::Seconds, scale: Scale::Linear },
        meaning: "How long a message is on its way from the producer to the queue.",
        ..Knob::PLAIN
    },
];

const ANSWERS: &[Knob] = if APPLICATIONS { &[REPLY_TIMEOUT] } else { &[] };

const REPLY_TIMEOUT: Knob = Knob {
    name: "reply-timeout",
    label: "Reply timeout",
    domain: seconds(10.0),
    unset: Some("it waits for ever"),
    meaning: "How long the producer waits for the answer to a message, where it wants one.",
    ..Knob::PLAIN
};

/// A number that is state: compared and hashed by its bits.
fn hash_real<H: Hasher>(number: f64, state: &mut H) {
    state.write_u64(number.to_bits());
}

/// An instant to a fraction of a nanosecond, so that a steady rate does not drift.
#[derive(Clone, Copy, PartialEq, Debug)]
struct Instant {
    at: Time,
    fraction: f64,
}

impl Instant {
    fn exactly(at: Time) -> Instant {
        Instant { at, fraction: 0.0 }
    }

    /// The instant `span` nanoseconds later.
    #[inline(always)]
    fn plus(self, span: f64) -> Instant {
        let exact = self.fraction + span;
        // By way of a signed number: that conversion is one instruction.
        let whole = exact as i64;
        Instant {
            at: Time::from_nanos(self.at.as_nanos().saturating_add(whole as u64)),
            fraction: exact - whole as f64,
        }
    }
}

/// A message on the link and when it will be there.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) struct OnLink {
    pub(crate) parcel: Parcel,
    pub(crate) arrives: Time,
}

/// Its timers: for sending, for its link, for sending again, for answers that do not come.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Timers {
    pub(crate) send: Timer,
    pub(crate) link: Timer,
    pub(crate) retry: Timer,
    pub(crate) answer: Timer,
}

#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Producer {
    pub(crate) id: ProducerId,
    pub(crate) name: String,
    pub(crate) send_timer: Timer,
    pub(crate) link_timer: Timer,
    pub(crate) retry_timer: Timer,
    pub(crate) answer_timer: Timer,
    pub(crate) link: VecDeque<OnLink>,
    running: bool,
    /// By the system, which has no room.
    blocked: bool,
    /// By itself: it sends nothing else until a message that was turned down is taken.
    halted: bool,
    /// The place of the part where it wants the answers to its messages.
    pub(crate) reply_to: Option<u16>,
    rate: f64,
    /// Nanoseconds of one unit of intensity at that rate.
    unit: f64,
    pattern: Pattern,
    burst_on: f64,
    burst_off: f64,
    burst_factor: f64,
    link_delay: Duration,
    pub(crate) payload: Payload,
    pub(crate) outbox: Outbox,
    /// What its settings have to do with [`Producer::is_plain`].
    plain: bool,
    /// Whether the network between it and the system is cut.
    pub(crate) cut: bool,
    /// Its messages that want an answer and have none yet, with the time of sending.
    pub(crate) asked: VecDeque<(MessageId, Time)>,
    reply_timeout: Option<Duration>,
    gaps: Stream,
    /// The next exponential gap of `gaps`, drawn ahead: when it is needed, the processor can tell at once what
    /// goes off next.
    ahead: f64,
    /// How far the count of intensity has got: `left` units from here is the next arrival.
    counted: Instant,
    left: f64,
    /// The next arrival; follows from the two above and from the settings.
    due: Instant,
}

impl Producer {
    pub(crate) fn new(id: ProducerId, name: &str, seed: u64, timers: Timers) -> Producer {
        let mut gaps = Stream::named(seed, &format!("gaps of {name}"));
        let ahead = gaps.exponential();
        Producer {
            id,
            name: name.to_owned(),
            send_timer: timers.send,
            link_timer: timers.link,
            retry_timer: timers.retry,
            answer_timer: timers.answer,
            link: VecDeque::new(),
            running: false,
            blocked: false,
            halted: false,
            reply_to: None,
            rate: 2.0,
            unit: 1e9 / 2.0,
            pattern: Pattern::Steady,
            burst_on: 2.0,
            burst_off: 8.0,
            burst_factor: 5.0,
            link_delay: Duration::ZERO,
            payload: Payload::default(),
            outbox: Outbox::default(),
            plain: true,
            cut: false,
            asked: VecDeque::new(),
            reply_timeout: None,
            gaps,
            ahead,
            counted: Instant::exactly(Time::ZERO),
            left: 0.0,
            due: Instant::exactly(Time::ZERO),
        }
    }

    pub(crate) fn is_running(&self) -> bool {
        self.running
    }

    /// Whether it is held back, by the system or by itself.
    pub(crate) fn is_blocked(&self) -> bool {
        self.blocked || self.halted
    }

    /// Whether it holds itself back.
    pub(crate) fn is_halted(&self) -> bool {
        self.halted
    }

    pub(crate) fn halt(&mut self) {
        self.halted = true;
    }

    /// It need not hold itself back any more: the arrival process goes on from this moment.
    pub(crate) fn go_on(&mut self, now: Time) {
        self.halted = false;
        if self.running && !self.blocked {
            self.begin(now);
        }
    }

    pub(crate) fn link_delay(&self) -> Duration {
        self.link_delay
    }

    /// Whether its next message goes out as simply as can be: straight to the system, with nothing drawn for it, and
    /// nothing to be remembered.
    #[inline(always)]
    pub(crate) fn is_plain(&self) -> bool {
        self.plain & self.link.is_empty() & (!APPLICATIONS || !self.cut & self.reply_to.is_none())
    }

    /// When it gives up waiting for the next answer, if it waits for one.
    pub(crate) fn next_missed(&self) -> Option<Time> {
        let (_, sent) = if APPLICATIONS { self.asked.front()? } else { return None };
        Some(*sent + self.reply_timeout?)
    }

    /// When it sends next; none while it is stopped or waits for room.
    #[inline]
    pub(crate) fn next_send(&self) -> Option<Time> {
        (self.running && !self.blocked && !self.halted).then_some(self.due.at)
    }

    /// It has just sent what was due: on to the next gap. Says when it sends next.
    #[inline(always)]
    pub(crate) fn sent(&mut self) -> Time {
        self.counted = self.due;
        self.left = self.gap();
        self.due = self.arrival();
        self.due.at
    }

    /// Begins to send; the first gap begins now. Says whether that changed anything.
    pub(crate) fn start(&mut self, now: Time) -> bool {
        let changed = !self.running;
        if changed {
            self.running = true;
            self.begin(now);
        }
        changed
    }

    /// Stops sending. What is on the link arrives all the same. Says whether that changed anything.
    pub(crate) fn stop(&mut self) -> bool {
        std::mem::replace(&mut self.running, false)
    }

    pub(crate) fn block(&mut self) {
        self.blocked = true;
    }

    /// There is room again: the arrival process goes on from this moment.
    pub(crate) fn unblock(&mut self, now: Time) {
        self.blocked = false;
        self.begin(now);
    }

    pub(crate) fn set(&mut self, knob: &str, value: &Value, now: Time) {
        self.count_to(now);
        match knob {
            "rate" => {
                self.rate = knob::number(value);
                self.unit = 1e9 / self.rate;
            }
            "arrivals" => self.pattern = knob::choice(value, PATTERNS),
            "burst-on" => self.burst_on = knob::number(value),
            "burst-off" => self.burst_off = knob::number(value),
            "burst-factor" => self.burst_factor = knob::number(value),
            "link-delay" => self.link_delay = Time::from_secs_f64(knob::number(value)).since(Time::ZERO),
            "reply-timeout" if APPLICATIONS => {
                self.reply_timeout = matches!(value, Value::Number(_)).then(|| span(value));
            }
            _ => {
                self.payload.set(knob, value);
                self.outbox.set(knob, value);
            }
        }
        self.plain = self.link_delay.is_zero() && self.payload.is_plain() && self.outbox.is_idle();
        self.due = self.arrival();
    }

    /// A gap starts now.
    fn begin(&mut self, now: Time) {
        self.counted = Instant::exactly(now);
        self.left = self.gap();
        self.due = self.arrival();
    }

    #[inline(always)]
    fn gap(&mut self) -> f64 {
        match self.pattern {
            Pattern::Steady | Pattern::Bursts => 1.0,
            Pattern::Poisson => std::mem::replace(&mut self.ahead, self.gaps.exponential()),
        }
    }

    /// The instant at which `left` units have passed.
    #[inline(always)]
    fn arrival(&self) -> Instant {
        match self.pattern {
            Pattern::Steady | Pattern::Poisson => self.counted.plus(self.left * self.unit),
            Pattern::Bursts => self.arrival_in_bursts(),
        }
    }

    fn arrival_in_bursts(&self) -> Instant {
        let mut from = self.counted;
        let mut left = self.left;
        let per_cycle = self.rate * (self.burst_on + self.burst_off);
        let whole_cycles = libm::floor(left / per_cycle);
        if 1.0 <= whole_cycles {
            from = from.plus(whole_cycles * (self.burst_on + self.burst_off) * 1e9);
            left -= whole_cycles * per_cycle;
        }
        // What is left is less than a cycle, so it ends in this phase or one of the next two.
        for _ in 0..3 {
            // Zero over a rate of zero, as it can be between bursts, would be no number.
            if left <= 0.0 {
                return from;
            }
            let (rate, end) = self.phase(from.at);
            let span = (end - (from.at.as_nanos() as f64 + from.fraction)).max(0.0);
            if left <= rate * span / 1e9 {
                return from.plus(left * 1e9 / rate);
            }
            left -= rate * span / 1e9;
            // The boundary itself, to the nanosecond above, so that the next phase is entered.
            from = Instant::exactly(Time::from_nanos(libm::ceil(end) as u64));
        }
        from
    }

    /// The rate at `at` under bursts, and where that phase ends, in nanoseconds since the start.
    fn phase(&self, at: Time) -> (f64, f64) {
        let (on, off) = (self.burst_on * 1e9, self.burst_off * 1e9);
        let cycle = libm::floor(at.as_nanos() as f64 / (on + off)) * (on + off);
        if (at.as_nanos() as f64) < cycle + on {
            (self.burst_rate(), cycle + on)
        } else {
            let rest = self.rate * (on + off) - self.burst_rate() * on;
            (rest.max(0.0) / off, cycle + on + off)
        }
    }

    /// A burst cannot send more than the whole of the mean.
    fn burst_rate(&self) -> f64 {
        self.rate * self.burst_factor.min((self.burst_on + self.burst_off) / self.burst_on)
    }

    /// Takes off `left` what has passed until `now`.
    fn count_to(&mut self, now: Time) {
        let whole = (self.due.at.as_nanos().saturating_sub(self.counted.at.as_nanos())) as f64;
        let passed = nanos(now.since(self.counted.at)) as f64;
        self.left = match self.pattern {
            Pattern::Steady | Pattern::Poisson => (self.left - passed * self.rate / 1e9).max(0.0),
            // Within bursts the part of the gap that has passed is taken by time: near enough
            // for a gap that a change of settings cuts short anyway.
            Pattern::Bursts if 0.0 < whole => self.left * (1.0 - (passed / whole).min(1.0)),
            Pattern::Bursts => self.left,
        };
        self.counted = Instant::exactly(now);
    }
}

impl Hash for Producer {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.id, &self.link, self.running, self.blocked, self.pattern, self.link_delay).hash(state);
        (&self.payload, &self.outbox, self.cut, self.halted, &self.asked, self.reply_timeout).hash(state);
        self.gaps.hash(state);
        self.counted.at.hash(state);
        for real in
            [self.rate, self.burst_on, self.burst_off, self.burst_factor, self.counted.fraction, self.left]
        {
            hash_real(real, state);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schedule::Schedule;

    fn producer(settings: &[(&str, Value)]) -> Producer {
        let mut schedule = Schedule::default();
        let mut timer = || schedule.timer();
        let timers = Timers { send: timer(), link: timer(), retry: timer(), answer: timer() };
        let mut producer = Producer::new(ProducerId(0), "producer", 7, timers);
        for (knob, value) in settings {
            producer.set(knob, value, Time::ZERO);
        }
        producer.start(Time::ZERO);
        producer
    }

    fn sends(producer: &mut Producer, until: Time) -> Vec<Time> {
        std::iter::from_fn(|| {
            let at = producer.next_send().filter(|at| *at <= until)?;
            producer.sent();
            Some(at)
        })
        .collect()
    }

    #[test]
    fn a_steady_rate_does_not_drift() {
        let mut producer = producer(&[("rate", Value::Number(7.0))]);
        assert_eq!(sends(&mut producer, Time::from_secs(600)).len(), 4200);
    }

    #[test]
    fn a_new_rate_keeps_the_part_of_the_gap_that_has_passed() {
        let mut producer = producer(&[("rate", Value::Number(0.1))]);
        producer.set("rate", &Value::Number(1.0), Time::from_secs(5));
        assert_eq!(producer.next_send(), Some(Time::from_nanos(5_500_000_000)));
    }

    #[test]
    fn bursts_have_the_mean_that_was_set() {
        for factor in [1.0, 2.0, 5.0, 100.0] {
            let bursts = Value::Choice("bursts".into());
            let settings = [
                ("rate", Value::Number(20.0)),
                ("arrivals", bursts),
                ("burst-factor", Value::Number(factor)),
            ];
            let times = sends(&mut producer(&settings), Time::from_secs(100));
            assert!((1999..=2000).contains(&times.len()), "factor {factor}: {} sent", times.len());
            let in_bursts = times.iter().filter(|at| at.as_nanos() % 10_000_000_000 <= 2_000_000_000).count();
            let expected = 400.0 * factor.min(5.0);
            assert!((in_bursts as f64 - expected).abs() < 20.0, "factor {factor}: {in_bursts} in bursts");
        }
    }

    #[test]
    fn slow_bursts_may_send_less_than_once_a_cycle() {
        let settings = [
            ("rate", Value::Number(0.1)),
            ("arrivals", Value::Choice("bursts".into())),
            ("burst-on", Value::Number(0.1)),
            ("burst-off", Value::Number(0.4)),
        ];
        let times = sends(&mut producer(&settings), Time::from_secs(100));
        assert!((9..=10).contains(&times.len()), "{times:?}");
    }
}
