//! What workers call upon to do their work, with failures of its own, and the circuit breaker before it.
//!
//! ```text
//! closed -- so many failures in a row --> open -- after its time --> half open -- a success --> closed
//!                                           ^                           |
//!                                           +-------- a failure --------+
//! ```
//!
//! Source of the pattern: Nygard, "Release It!", 2007.

use std::time::Duration;

use crate::knob::{self, Choice, Domain, Knob, Scale, Unit, Value};
use crate::mechanism::real::Real;
use crate::random::{Draw, Stream};
use crate::time::Time;

use super::manner::{seconds, span};

/// What an open breaker makes of messages.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Breaking {
    /// There is no breaker.
    Off,
    /// Attempts fail at once, without a call.
    FailFast,
    /// Workers take no messages; what waits stays where it is.
    Pause,
}

const BREAKING: &[(&str, Breaking)] =
    &[("off", Breaking::Off), ("fail-fast", Breaking::FailFast), ("pause", Breaking::Pause)];

/// Its settings, which stand with those of the pool that calls.
pub(super) const KNOBS: [Knob; 4] = [
    Knob {
        name: "downstream-failure",
        label: "Downstream failures",
        domain: Domain::Real { min: 0.0, max: 1.0, default: 0.0, unit: Unit::Share, scale: Scale::Linear },
        meaning: "The chance that a call to the service behind the workers fails while that service is up.",
        ..Knob::PLAIN
    },
    Knob {
        name: "breaker",
        label: "Circuit breaker",
        domain: Domain::Choice(&[
            Choice { name: "off", label: "Off" },
            Choice { name: "fail-fast", label: "Fail fast" },
            Choice { name: "pause", label: "Pause" },
        ]),
        meaning: "Whether calls are held off after several failures: by failing at once, or by taking no messages.",
        ..Knob::PLAIN
    },
    Knob {
        name: "breaker-failures",
        label: "Failures to open",
        domain: Domain::Whole {
            min: 1,
            max: 1000,
            default: 5,
            unit: Unit::Attempts,
            scale: Scale::Logarithmic,
        },
        meaning: "How many calls in a row have to fail before the breaker opens.",
        ..Knob::PLAIN
    },
    Knob {
        name: "breaker-open",
        label: "Open for",
        domain: seconds(10.0),
        meaning: "How long it stays open before one call is tried.",
        ..Knob::PLAIN
    },
];

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum State {
    /// Calls go through; so many have failed in a row.
    Closed(u16),
    /// No call goes through until then.
    Open(Time),
    /// One call is tried.
    HalfOpen,
}

/// How many workers may take messages.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Admission {
    All,
    One,
    None,
}

/// The service behind a pool of workers, and the breaker before it.
#[derive(Clone, PartialEq, Hash, Debug)]
pub(crate) struct Downstream {
    failure: Real,
    up: bool,
    breaking: Breaking,
    threshold: u16,
    open_for: Duration,
    state: State,
}

impl Default for Downstream {
    fn default() -> Downstream {
        Downstream {
            failure: Real(0.0),
            up: true,
            breaking: Breaking::Off,
            threshold: 5,
            open_for: Duration::from_secs(10),
            state: State::Closed(0),
        }
    }
}

impl Downstream {
    /// Whether every call goes through and none fails: then nothing has to be asked.
    pub(crate) fn is_plain(&self) -> bool {
        self.up && self.failure.0 <= 0.0 && self.state == State::Closed(0)
    }

    /// Whether the breaker is closed, or there is none.
    pub(crate) fn is_closed(&self) -> bool {
        matches!(self.state, State::Closed(_))
    }

    /// The service goes down or comes back.
    pub(crate) fn turn(&mut self, up: bool) {
        self.up = up;
    }

    /// Whether attempts fail without a call.
    pub(crate) fn fails_fast(&self) -> bool {
        self.breaking == Breaking::FailFast && matches!(self.state, State::Open(_))
    }

    /// Makes a call for a message. Says whether it succeeded; the breaker takes note.
    pub(crate) fn call(&mut self, seed: u64, message: u64, turn: u16, now: Time) -> bool {
        if self.fails_fast() {
            return false;
        }
        let lucky = || !Stream::of_message(seed, message, Draw::Downstream, turn).chance(self.failure.0);
        let succeeded = self.up && (self.failure.0 <= 0.0 || lucky());
        self.state = match self.state {
            _ if succeeded || self.breaking == Breaking::Off => State::Closed(0),
            State::Closed(failures) if failures + 1 < self.threshold => State::Closed(failures + 1),
            State::Closed(_) | State::HalfOpen => State::Open(now + self.open_for),
            // A call that began before it opened: that changes nothing.
            State::Open(until) => State::Open(until),
        };
        succeeded
    }

    /// How many workers may take messages.
    pub(crate) fn admission(&self) -> Admission {
        match (self.breaking, self.state) {
            (Breaking::Pause, State::Open(_)) => Admission::None,
            (Breaking::Pause, State::HalfOpen) => Admission::One,
            (Breaking::Pause, State::Closed(_)) | (Breaking::Off | Breaking::FailFast, _) => Admission::All,
        }
    }

    /// When the breaker lets a call through again, if it is open.
    pub(crate) fn due(&self) -> Option<Time> {
        match self.state {
            State::Open(until) => Some(until),
            State::Closed(_) | State::HalfOpen => None,
        }
    }

    /// Its time is over: one call is tried.
    pub(crate) fn half_open(&mut self, now: Time) {
        if self.due().is_some_and(|due| due <= now) {
            self.state = State::HalfOpen;
        }
    }

    pub(super) fn set(&mut self, knob: &str, value: &Value) {
        match knob {
            "downstream-failure" => self.failure = Real(knob::number(value)),
            "breaker" => {
                self.breaking = knob::choice(value, BREAKING);
                self.state = State::Closed(0);
            }
            "breaker-failures" => self.threshold = knob::number(value) as u16,
            "breaker-open" => self.open_for = span(value),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_opens_after_so_many_failures_tries_one_call_and_closes_on_success() {
        let mut downstream = Downstream::default();
        downstream.set("breaker", &Value::Choice("pause".into()));
        downstream.set("breaker-failures", &Value::Number(3.0));
        downstream.turn(false);
        let at = Time::from_secs;
        for _ in 0..2 {
            assert!(!downstream.call(7, 1, 1, at(1)));
            assert_eq!(downstream.admission(), Admission::All);
        }
        assert!(!downstream.call(7, 1, 1, at(1)));
        assert_eq!((downstream.admission(), downstream.due()), (Admission::None, Some(at(11))));
        downstream.half_open(at(11));
        assert_eq!(downstream.admission(), Admission::One);
        assert!(!downstream.call(7, 2, 1, at(12)), "still down");
        assert_eq!(downstream.due(), Some(at(22)));
        downstream.turn(true);
        downstream.half_open(at(22));
        assert!(downstream.call(7, 2, 1, at(22)));
        assert!(downstream.is_plain());
    }

    #[test]
    fn without_a_breaker_every_call_is_made() {
        let mut downstream = Downstream::default();
        downstream.turn(false);
        assert!((0..100).all(|turn| !downstream.call(7, 1, turn, Time::ZERO)));
        assert_eq!((downstream.admission(), downstream.due()), (Admission::All, None));
        downstream.turn(true);
        assert!(downstream.call(7, 1, 1, Time::ZERO));
    }
}
