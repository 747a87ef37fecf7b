//! How workers treat what goes wrong: what fails, what they do about it, and what they have done already.

use std::time::Duration;

use super::{FAILURE, SHARE};
use crate::broker::driver::Failure;
use crate::knob::{self, Choice, Domain, Knob, Scale, Unit, Value};
use crate::mechanism::backoff::{Backoff, Growth};
use crate::mechanism::real::Real;
use crate::message::Entry;
use crate::random::{Draw, Stream};

/// When a worker says that a message is done with.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Settle {
    /// When the work is done.
    After,
    /// Before it begins.
    Before,
}

/// What a worker does with a message that failed.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum OnFailure {
    /// Gives it back, to be tried again at once.
    Again,
    /// Gives it back, to be tried again after a wait.
    Later,
    /// Keeps it, waits, and tries again itself.
    InPlace,
}

const SETTLE: &[(&str, Settle)] = &[("after", Settle::After), ("before", Settle::Before)];
const ON_FAILURE: &[(&str, OnFailure)] =
    &[("again", OnFailure::Again), ("later", OnFailure::Later), ("in-place", OnFailure::InPlace)];
pub(super) const GROWTH: &[(&str, Growth)] =
    &[("fixed", Growth::Fixed), ("exponential", Growth::Exponential), ("jittered", Growth::Jittered)];
const NO_YES: &[(&str, bool)] = &[("no", false), ("yes", true)];

/// The choices of a knob that is on or off.
const SWITCH: Domain =
    Domain::Choice(&[Choice { name: "no", label: "No" }, Choice { name: "yes", label: "Yes" }]);

pub(super) const GROWTHS: Domain = Domain::Choice(&[
    Choice { name: "fixed", label: "Fixed" },
    Choice { name: "exponential", label: "Exponential" },
    Choice { name: "jittered", label: "Jittered" },
]);

pub(super) const fn seconds(default: f64) -> Domain {
    Domain::Real { min: 0.001, max: 3600.0, default, unit: Unit::Seconds, scale: Scale::Logarithmic }
}

/// The settings of a pool that say how failures happen and what becomes of them.
pub(super) const KNOBS: [Knob; 12] = [
    FAILURE,
    Knob {
        name: "permanent",
        label: "Permanent failures",
        domain: SHARE,
        meaning: "The share of messages that fail however often they are tried.",
        ..Knob::PLAIN
    },
    Knob {
        name: "poison",
        label: "Poison messages",
        domain: SHARE,
        meaning: "The share of messages that crash whoever works on them.",
        ..Knob::PLAIN
    },
    Knob {
        name: "restart-after",
        label: "Restart after",
        domain: seconds(5.0),
        unset: Some("a crashed worker stays down until it is restarted"),
        meaning: "How long a worker is down after a crash.",
        ..Knob::PLAIN
    },
    Knob {
        name: "settle",
        label: "Acknowledge",
        domain: Domain::Choice(&[
            Choice { name: "after", label: "After the work" },
            Choice { name: "before", label: "Before the work" },
        ]),
        meaning: "When a worker says that a message is done with. What it says too early is lost if the work then fails.",
        ..Knob::PLAIN
    },
    Knob {
        name: "on-failure",
        label: "On failure",
        domain: Domain::Choice(&[
            Choice { name: "again", label: "Again" },
            Choice { name: "later", label: "Later" },
            Choice { name: "in-place", label: "In place" },
        ]),
        meaning: "Whether a failed message is given back at once, given back to be tried after a wait, or kept and tried again by the same worker.",
        ..Knob::PLAIN
    },
    Knob {
        name: "backoff",
        label: "Backoff",
        domain: GROWTHS,
        meaning: "How the wait before the next try grows.",
        ..Knob::PLAIN
    },
    Knob {
        name: "backoff-first",
        label: "First wait",
        domain: seconds(1.0),
        meaning: "The wait before the second try.",
        ..Knob::PLAIN
    },
    Knob {
        name: "backoff-most",
        label: "Longest wait",
        domain: seconds(60.0),
        meaning: "The wait does not grow beyond this.",
        ..Knob::PLAIN
    },
    Knob {
        name: "tell-apart",
        label: "Tell errors apart",
        domain: SWITCH,
        meaning: "Whether a message that can never succeed is recognized, and given up at its first failure.",
        ..Knob::PLAIN
    },
    Knob {
        name: "give-up-after",
        label: "Give up after",
        domain: Domain::Whole {
            min: 1,
            max: 1000,
            default: 5,
            unit: Unit::Attempts,
            scale: Scale::Logarithmic,
        },
        unset: Some("a failed message is tried for ever, as far as the workers are concerned"),
        meaning: "After how many tries a worker gives a message up for good.",
        ..Knob::PLAIN
    },
    Knob {
        name: "understands",
        label: "Understands up to",
        domain: Domain::Whole { min: 1, max: 99, default: 1, unit: Unit::Plain, scale: Scale::Linear },
        unset: Some("workers understand every version"),
        meaning: "The newest schema version that the workers can read: a message in a newer one fails however often it is tried.",
        ..Knob::PLAIN
    },
];

/// What an attempt at a message came to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Verdict {
    /// The work is done.
    Done,
    /// It failed, and another try may succeed.
    Failed,
    /// It failed, and every other try will.
    FailedForGood,
    /// It has crashed the worker.
    Crashed,
}

/// What a worker does about a failure.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Answer {
    /// It gives the message up.
    GiveUp(Failure),
    /// It keeps the message and tries again after this time.
    Keep(Duration),
}

/// The manner of a pool.
#[derive(Clone, PartialEq, Hash, Debug)]
pub(crate) struct Manner {
    failure: Real,
    permanent: Real,
    poison: Real,
    restart_after: Option<Duration>,
    settle: Settle,
    on_failure: OnFailure,
    backoff: Backoff,
    tells_apart: bool,
    give_up_after: Option<u16>,
    understands: Option<u16>,
}

impl Default for Manner {
    fn default() -> Manner {
        Manner {
            failure: Real(0.0),
            permanent: Real(0.0),
            poison: Real(0.0),
            restart_after: None,
            settle: Settle::After,
            on_failure: OnFailure::Again,
            backoff: Backoff { growth: Growth::Fixed, first: Real(1.0), most: Real(60.0) },
            tells_apart: false,
            give_up_after: None,
            understands: None,
        }
    }
}

impl Manner {
    /// Whether nothing but the plain chance of a failure is to be looked at.
    pub(crate) fn is_plain(&self) -> bool {
        let certain = self.permanent.0 <= 0.0 && self.poison.0 <= 0.0;
        let certain = certain && self.understands.is_none();
        let simple = self.on_failure == OnFailure::Again && self.give_up_after.is_none();
        certain && simple && self.settle == Settle::After
    }

    /// Whether this attempt fails, for a pool that is plain.
    #[inline]
    pub(crate) fn fails(&self, seed: u64, entry: &Entry, turn: u16) -> bool {
        0.0 < self.failure.0
            && Stream::of_message(seed, entry.message.id.0, Draw::Outcome, turn).chance(self.failure.0)
    }

    pub(crate) fn settle(&self) -> Settle {
        self.settle
    }

    /// How long a worker is down after a crash; nothing if it stays down.
    pub(crate) fn restart_after(&self) -> Option<Duration> {
        self.restart_after
    }

    /// What comes of an attempt. `turn` tells one attempt at a message from another; `schema` is the version that the
    /// message is written in.
    #[inline]
    pub(crate) fn verdict(&self, seed: u64, entry: &Entry, turn: u16, schema: u16) -> Verdict {
        let message = entry.message.id.0;
        let happens = |share: Real, draw, turn| {
            0.0 < share.0 && Stream::of_message(seed, message, draw, turn).chance(share.0)
        };
        if happens(self.failure, Draw::Outcome, turn) {
            Verdict::Failed
        } else if happens(self.poison, Draw::Crash, 0) {
            Verdict::Crashed
        } else if self.understands.is_some_and(|newest| newest < schema)
            || happens(self.permanent, Draw::Poison, 0)
        {
            Verdict::FailedForGood
        } else {
            Verdict::Done
        }
    }

    /// What a worker does about a failure. `tries` counts the attempts that it knows of, this one included.
    pub(crate) fn answer(&self, seed: u64, entry: &Entry, verdict: Verdict, tries: u16) -> Answer {
        let hopeless = verdict == Verdict::FailedForGood && self.tells_apart;
        if hopeless || self.give_up_after.is_some_and(|most| most <= tries) {
            return Answer::GiveUp(Failure::ForGood);
        }
        let luck = || Stream::of_message(seed, entry.message.id.0, Draw::Backoff, tries).uniform();
        match self.on_failure {
            OnFailure::Again => Answer::GiveUp(Failure::Again),
            OnFailure::Later => Answer::GiveUp(Failure::Later(self.backoff.after(tries, luck()))),
            OnFailure::InPlace => Answer::Keep(self.backoff.after(tries, luck())),
        }
    }

    pub(super) fn set(&mut self, knob: &str, value: &Value) {
        let number = Real(knob::number(value));
        let is_set = matches!(value, Value::Number(_));
        match knob {
            "failure" => self.failure = number,
            "permanent" => self.permanent = number,
            "poison" => self.poison = number,
            "restart-after" => self.restart_after = is_set.then(|| span(value)),
            "settle" => self.settle = knob::choice(value, SETTLE),
            "on-failure" => self.on_failure = knob::choice(value, ON_FAILURE),
            "backoff" => self.backoff.growth = knob::choice(value, GROWTH),
            "backoff-first" => self.backoff.first = number,
            "backoff-most" => self.backoff.most = number,
            "tell-apart" => self.tells_apart = knob::choice(value, NO_YES),
            "understands" => self.understands = is_set.then_some(number.0 as u16),
            "give-up-after" => self.give_up_after = is_set.then_some(number.0 as u16),
            _ => {}
        }
    }
}

/// A number of seconds as a span.
pub(super) fn span(value: &Value) -> Duration {
    Duration::from_nanos((knob::number(value) * 1e9) as u64)
}

/// A switch as a truth.
pub(super) fn switch(value: &Value) -> bool {
    knob::choice(value, NO_YES)
}

pub(super) const fn switch_domain() -> Domain {
    SWITCH
}
