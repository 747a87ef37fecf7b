//! What stands out in a run: when something first went wrong, and for how long it went on.
//!
//! An observer, so the same run has the same marks however it is gone through. Facts of one kind that follow each
//! other closely are one spell, and one mark. There is room for so many: as a run gets long and marks many, what counts
//! as closely grows, so the list stays short and old marks are joined rather than lost.

use std::sync::Arc;
use std::time::Duration;

use crate::journal::{Fact, Observer, Place, Refusal, What};
use crate::time::Time;

/// What a mark stands for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Kind {
    /// There was no room: messages were refused or dropped, or their producers had to wait.
    Overflow,
    /// Attempts at the work failed, or messages were given up.
    Failure,
    /// Workers crashed with a message in their hands.
    Crash,
    /// A group shared out anew what it reads.
    Rebalance,
    /// The server lost messages.
    Loss,
}

/// How many kinds there are.
const KINDS: usize = 5;

/// More marks than this are joined.
pub const LIMIT: usize = 192;

/// How long nothing of a kind has to happen at first for the next to be a spell of its own.
const SPELL: Duration = Duration::from_secs(5);

/// A spell of one kind.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Mark {
    /// What it stands for.
    pub kind: Kind,
    /// When it began.
    pub first: Time,
    /// When it was last so.
    pub last: Time,
    /// How many facts there were.
    pub count: u64,
}

/// The marks of a run, in order of their beginning. A clone costs next to nothing.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Marks {
    list: Arc<Vec<Mark>>,
    /// The place of the latest mark of each kind.
    latest: [Option<u16>; KINDS],
    spell: Duration,
}

impl Default for Marks {
    fn default() -> Marks {
        Marks { list: Arc::default(), latest: [None; KINDS], spell: SPELL }
    }
}

impl Marks {
    /// All of them, in order of their beginning.
    pub fn list(&self) -> &[Mark] {
        &self.list
    }

    #[inline(never)]
    fn note(&mut self, kind: Kind, at: Time) {
        let list = Arc::make_mut(&mut self.list);
        let latest = self.latest[kind as usize];
        if let Some(mark) = latest.and_then(|place| list.get_mut(usize::from(place)))
            && at.since(mark.last) < self.spell
        {
            mark.last = at;
            mark.count += 1;
            return;
        }
        self.latest[kind as usize] = Some(list.len() as u16);
        list.push(Mark { kind, first: at, last: at, count: 1 });
        while LIMIT < self.list.len() {
            self.spell = self.spell.saturating_mul(2);
            self.join();
        }
    }

    /// Joins what lies closer together than a spell.
    fn join(&mut self) {
        let mut joined: Vec<Mark> = Vec::with_capacity(LIMIT + 1);
        self.latest = [None; KINDS];
        for mark in self.list.iter() {
            let latest = &mut self.latest[mark.kind as usize];
            match latest.and_then(|place| joined.get_mut(usize::from(place))) {
                Some(before) if mark.first.since(before.last) < self.spell => {
                    before.last = mark.last;
                    before.count += mark.count;
                }
                _ => {
                    *latest = Some(joined.len() as u16);
                    joined.push(*mark);
                }
            }
        }
        self.list = Arc::new(joined);
    }
}

/// What a fact is a sign of.
#[inline(always)]
fn kind(what: &What) -> Option<Kind> {
    match what {
        What::Refused { why, .. } => match why {
            Refusal::Full | Refusal::Memory | Refusal::Throttled => Some(Kind::Overflow),
            Refusal::Invalid | Refusal::Unreachable | Refusal::Unroutable => Some(Kind::Failure),
            Refusal::Duplicate => None,
        },
        What::Blocked { .. } | What::Dropped { .. } => Some(Kind::Overflow),
        What::Failed { .. } | What::Dead { .. } => Some(Kind::Failure),
        What::Crashed { .. } => Some(Kind::Crash),
        What::Rebalancing { .. } => Some(Kind::Rebalance),
        What::Moved { to, .. } => match to {
            Place::Dropped => Some(Kind::Overflow),
            Place::Dead => Some(Kind::Failure),
            Place::Lost => Some(Kind::Loss),
            Place::Arriving
            | Place::Waiting
            | Place::Held
            | Place::Delayed
            | Place::Done
            | Place::Refused
            | Place::Expired
            | Place::Removed => None,
        },
        What::Published { .. }
        | What::Routed { .. }
        | What::Republished { .. }
        | What::Enqueued { .. }
        | What::Unblocked { .. }
        | What::Delivered { .. }
        | What::Taken { .. }
        | What::Acked { .. }
        | What::Resent { .. }
        | What::Replied { .. }
        | What::Postponed { .. }
        | What::Unanswered { .. }
        | What::Forgone { .. }
        | What::Requeued { .. }
        | What::Rebalanced { .. }
        | What::Assigned { .. }
        | What::Revoked { .. }
        | What::Staffed { .. }
        | What::Started { .. }
        | What::Stopped { .. } => None,
    }
}

impl Observer for Marks {
    #[inline(always)]
    fn observe(&mut self, fact: &Fact) {
        if let Some(kind) = kind(&fact.what) {
            self.note(kind, fact.at);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::{MessageId, ProducerId};

    fn refused(nanos: u64) -> Fact {
        let what = What::Refused { message: MessageId(1), producer: ProducerId(0), why: Refusal::Full };
        Fact { at: Time::from_nanos(nanos), what }
    }

    #[test]
    fn a_spell_is_one_mark() {
        let mut marks = Marks::default();
        for second in [1, 2, 3, 20, 21] {
            marks.observe(&refused(second * 1_000_000_000));
        }
        let seen: Vec<_> = marks.list().iter().map(|mark| (mark.first, mark.last, mark.count)).collect();
        let at = Time::from_secs;
        assert_eq!(seen, [(at(1), at(3), 3), (at(20), at(21), 2)]);
    }

    #[test]
    fn there_is_room_for_so_many_and_none_is_lost() {
        let mut marks = Marks::default();
        for spell in 0..100_000_u64 {
            marks.observe(&refused(spell * 10_000_000_000));
            assert!(marks.list().len() <= LIMIT);
        }
        assert_eq!(marks.list().iter().map(|mark| mark.count).sum::<u64>(), 100_000);
        assert!(marks.list().is_sorted_by_key(|mark| mark.first));
    }
}
