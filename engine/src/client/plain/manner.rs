//! The manner of workers in a program without applications: an attempt fails by chance, and is made again.

use std::time::Duration;

use super::FAILURE;
use crate::broker::driver::Failure;
use crate::knob::{self, Domain, Knob, Scale, Unit, Value};
use crate::mechanism::real::Real;
use crate::message::Entry;
use crate::random::{Draw, Stream};

/// When a worker says that a message is done with: always after the work.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Settle {
    After,
    Before,
}

/// The one setting.
pub(super) const KNOBS: [Knob; 1] = [FAILURE];

/// What an attempt at a message came to; see the manner of the full program.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Verdict {
    Done,
    Failed,
    FailedForGood,
    Crashed,
}

/// What a worker does about a failure: it always gives the message up, to be tried again.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Answer {
    GiveUp(Failure),
    Keep(Duration),
}

/// The manner of a pool.
#[derive(Clone, PartialEq, Hash, Debug)]
pub(crate) struct Manner {
    failure: Real,
}

impl Default for Manner {
    fn default() -> Manner {
        Manner { failure: Real(0.0) }
    }
}

impl Manner {
    #[inline(always)]
    pub(crate) fn is_plain(&self) -> bool {
        true
    }

    /// Whether this attempt fails.
    #[inline]
    pub(crate) fn fails(&self, seed: u64, entry: &Entry, turn: u16) -> bool {
        0.0 < self.failure.0
            && Stream::of_message(seed, entry.message.id.0, Draw::Outcome, turn).chance(self.failure.0)
    }

    #[inline(always)]
    pub(crate) fn settle(&self) -> Settle {
        Settle::After
    }

    #[inline(always)]
    pub(crate) fn restart_after(&self) -> Option<Duration> {
        None
    }

    #[inline(always)]
    pub(crate) fn verdict(&self, seed: u64, entry: &Entry, turn: u16, _: u16) -> Verdict {
        if self.fails(seed, entry, turn) { Verdict::Failed } else { Verdict::Done }
    }

    #[inline(always)]
    pub(crate) fn answer(&self, _: u64, _: &Entry, _: Verdict, _: u16) -> Answer {
        Answer::GiveUp(Failure::Again)
    }

    pub(super) fn set(&mut self, knob: &str, value: &Value) {
        if knob == FAILURE.name {
            self.failure = Real(knob::number(value));
        }
    }
}

/// A number of seconds as a span.
pub(super) fn span(value: &Value) -> Duration {
    Duration::from_nanos((knob::number(value) * 1e9) as u64)
}

pub(super) const fn seconds(default: f64) -> Domain {
    Domain::Real { min: 0.001, max: 3600.0, default, unit: Unit::Seconds, scale: Scale::Logarithmic }
}
