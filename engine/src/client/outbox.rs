//! What a producer does about messages that were turned down, or of which it has heard nothing: it drops them, or it
//! keeps them and sends them again.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::broker::driver::Parcel;
use crate::id::MessageId;
use crate::knob::{self, Choice, Domain, Knob, Scale, Unit, Value};
use crate::mechanism::backoff::{Backoff, Growth};
use crate::mechanism::real::Real;
use crate::random::{Draw, Stream};
use crate::time::Time;

use super::manner::{GROWTH, GROWTHS, seconds, span};

/// What a producer does with a message that was turned down.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum WhenRefused {
    /// It lets it go.
    Drop,
    /// It sends it again after a wait, and goes on with others meanwhile.
    Retry,
    /// It sends nothing else until this one is taken.
    Block,
}

const WHEN_REFUSED: &[(&str, WhenRefused)] =
    &[("drop", WhenRefused::Drop), ("retry", WhenRefused::Retry), ("block", WhenRefused::Block)];

/// Its settings, which stand with those of the producer.
pub(super) const KNOBS: [Knob; 6] = [
    Knob {
        name: "when-refused",
        label: "When refused",
        domain: Domain::Choice(&[
            Choice { name: "drop", label: "Drop" },
            Choice { name: "retry", label: "Retry" },
            Choice { name: "block", label: "Block" },
        ]),
        meaning: "What the producer does with a message that was turned down: let it go, send it again later, or send nothing else until it is taken.",
        ..Knob::PLAIN
    },
    Knob {
        name: "retry-backoff",
        label: "Retry backoff",
        domain: GROWTHS,
        meaning: "How the wait before the message is sent again grows.",
        ..Knob::PLAIN
    },
    Knob {
        name: "retry-first",
        label: "First retry after",
        domain: seconds(0.1),
        meaning: "The wait before a message is sent for the second time.",
        ..Knob::PLAIN
    },
    Knob {
        name: "retry-most",
        label: "Longest retry wait",
        domain: seconds(30.0),
        meaning: "The wait does not grow beyond this.",
        ..Knob::PLAIN
    },
    Knob {
        name: "retry-attempts",
        label: "Retry attempts",
        domain: Domain::Whole {
            min: 1,
            max: 1000,
            default: 10,
            unit: Unit::Attempts,
            scale: Scale::Logarithmic,
        },
        unset: Some("it tries for ever"),
        meaning: "How often a message is sent before the producer lets it go.",
        ..Knob::PLAIN
    },
    Knob {
        name: "confirm-timeout",
        label: "Confirm timeout",
        domain: seconds(5.0),
        unset: Some("the producer does not wait to be told"),
        meaning: "After how long without a confirmation a message is sent again. Only for systems that confirm.",
        ..Knob::PLAIN
    },
];

/// A message that may have to be sent again.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
struct Kept {
    parcel: Parcel,
    /// How often it was sent.
    sent: u16,
}

/// What a producer keeps of what it has sent.
#[derive(Clone, PartialEq, Hash, Debug)]
pub(crate) struct Outbox {
    when_refused: WhenRefused,
    backoff: Backoff,
    attempts: Option<u16>,
    confirm_timeout: Option<Duration>,
    /// Sent, and not heard of yet, with the time until which it waits to hear.
    open: BTreeMap<MessageId, (Time, Kept)>,
    /// The same by that time.
    deadlines: BTreeSet<(Time, MessageId)>,
    /// To be sent again, in order of time.
    due: BTreeMap<(Time, MessageId), Kept>,
}

impl Default for Outbox {
    fn default() -> Outbox {
        Outbox {
            when_refused: WhenRefused::Drop,
            backoff: Backoff { growth: Growth::Fixed, first: Real(0.1), most: Real(30.0) },
            attempts: None,
            confirm_timeout: None,
            open: BTreeMap::new(),
            deadlines: BTreeSet::new(),
            due: BTreeMap::new(),
        }
    }
}

impl Outbox {
    /// Whether what is sent need not be remembered.
    #[inline]
    pub(crate) fn is_idle(&self) -> bool {
        self.when_refused == WhenRefused::Drop && self.confirm_timeout.is_none()
    }

    /// Whether the producer may not go on to other messages.
    pub(crate) fn blocks(&self) -> bool {
        self.when_refused == WhenRefused::Block && !self.due.is_empty()
    }

    /// Takes note that a message goes out, for the `sent`-th time.
    pub(crate) fn sending(&mut self, parcel: Parcel, sent: u16, now: Time) {
        if !self.is_idle() {
            let message = parcel.message.id;
            self.close(message);
            let deadline = self.confirm_timeout.map_or(Time::MAX, |timeout| now + timeout);
            self.open.insert(message, (deadline, Kept { parcel, sent }));
            if self.confirm_timeout.is_some() {
                self.deadlines.insert((deadline, message));
            }
            self.forget();
        }
    }

    /// Without a confirmation to wait for, what was not turned down is taken to be well: only the latest matter.
    fn forget(&mut self) {
        const LATEST: usize = 1024;
        if self.confirm_timeout.is_none() && LATEST < self.open.len() {
            self.open.pop_first();
        }
    }

    /// How often a message was sent of which nothing was heard yet; 1 where that is not remembered.
    pub(crate) fn sent(&self, message: MessageId) -> u16 {
        self.open.get(&message).map_or(1, |(_, kept)| kept.sent)
    }

    fn close(&mut self, message: MessageId) -> Option<Kept> {
        let (deadline, kept) = self.open.remove(&message)?;
        self.deadlines.remove(&(deadline, message));
        Some(kept)
    }

    /// The system has it for sure.
    #[inline]
    pub(crate) fn confirmed(&mut self, message: MessageId) {
        if !self.open.is_empty() {
            self.close(message);
        }
    }

    /// The system has turned it down. Says whether the producer keeps it.
    pub(crate) fn refused(&mut self, message: MessageId, seed: u64, now: Time) -> bool {
        let Some(kept) = self.close(message) else { return false };
        if self.when_refused == WhenRefused::Drop || self.attempts.is_some_and(|most| most <= kept.sent) {
            return false;
        }
        let luck = Stream::of_message(seed, message.0, Draw::Backoff, 0x8000 | kept.sent).uniform();
        self.due.insert((now + self.backoff.after(kept.sent, luck), message), kept);
        true
    }

    /// When something has to be sent again, if anything.
    pub(crate) fn next(&self) -> Option<Time> {
        let due = self.due.keys().next().map(|(at, _)| *at);
        due.into_iter().chain(self.deadlines.first().map(|(at, _)| *at)).min()
    }

    /// Takes out what is to be sent again now: the message, how often it was sent, and whether it was turned down
    /// before (or merely not heard of).
    pub(crate) fn take_due(&mut self, now: Time) -> Option<(Parcel, u16, bool)> {
        if let Some(entry) = self.due.first_entry()
            && entry.key().0 <= now
        {
            let kept = entry.remove();
            return Some((kept.parcel, kept.sent, true));
        }
        while let Some((_, late)) = self.deadlines.first().copied().filter(|(at, _)| *at <= now) {
            let kept = self.close(late)?;
            if self.attempts.is_none_or(|most| kept.sent < most) {
                return Some((kept.parcel, kept.sent, false));
            }
        }
        None
    }

    pub(super) fn set(&mut self, knob: &str, value: &Value) {
        let number = knob::number(value);
        let is_set = matches!(value, Value::Number(_));
        match knob {
            "when-refused" => self.when_refused = knob::choice(value, WHEN_REFUSED),
            "retry-backoff" => self.backoff.growth = knob::choice(value, GROWTH),
            "retry-first" => self.backoff.first = Real(number),
            "retry-most" => self.backoff.most = Real(number),
            "retry-attempts" => self.attempts = is_set.then_some(number as u16),
            "confirm-timeout" => self.confirm_timeout = is_set.then(|| span(value)),
            _ => {}
        }
    }
}
