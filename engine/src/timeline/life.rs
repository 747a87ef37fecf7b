//! The life of one message: every fact about it, from its sending to the present.
//!
//! What the timeline still has in memory is taken from there; what is older is found by running over the past again, a
//! slice at a time. From then on the life follows the run, forward and back.

use std::collections::VecDeque;

use crate::id::{MessageId, StoreId};
use crate::journal::{Cause, Fact, Place, What};
use crate::simulation::Progress;

use super::Timeline;
use super::retrace::Retrace;

/// So many facts are kept from the beginning of a life, and as many from its end. A message that is tried again for
/// ever has more.
const KEPT: usize = 256;

/// All that happened to a message.
#[derive(Clone, Debug)]
pub struct Life {
    message: MessageId,
    /// Of the timeline: which of its branches it is of.
    turns: u64,
    found: Found,
    retrace: Option<Retrace>,
}

/// What of it was found so far.
#[derive(Clone, Debug)]
struct Found {
    message: MessageId,
    first: Vec<(u64, Fact)>,
    latest: VecDeque<(u64, Fact)>,
    omitted: u64,
    /// Facts of the run before this one have been looked at.
    seen: u64,
    /// Where its copies are, as far as is known: what happens to many at once names only the first of them.
    places: Vec<(StoreId, Place)>,
}

impl Life {
    /// The life of a message, of which nothing is found yet: [`Life::follow`] does that.
    pub fn new(message: MessageId, timeline: &Timeline) -> Life {
        let start = timeline.retrace(|clone| clone.sent() < message.0);
        let found = Found::new(message, start.count());
        Life { message, turns: timeline.turns, found, retrace: None }
    }

    /// Whose it is.
    pub fn message(&self) -> MessageId {
        self.message
    }

    /// Its facts in order, as far as they are found. Of very many those in the middle are left out.
    pub fn facts(&self) -> impl Iterator<Item = &Fact> {
        self.found.first.iter().chain(&self.found.latest).map(|(_, fact)| fact)
    }

    /// How many facts are left out, and after how many that are not.
    pub fn omitted(&self) -> (u64, usize) {
        (self.found.omitted, self.found.first.len())
    }

    /// Which part of the past has been searched, while that goes on.
    pub fn searching(&self) -> Option<f64> {
        self.retrace.as_ref().map(Retrace::share)
    }

    /// Comes to the present of the timeline, processing no more than about `budget` events. When it says
    /// [`Progress::OutOfBudget`], the same call again goes on.
    pub fn follow(&mut self, timeline: &Timeline, budget: u64) -> Progress {
        let (count, window) = (timeline.simulation().journal().count(), timeline.window());
        let forgets = count < self.found.seen;
        if self.turns != timeline.turns || forgets && !self.found.rewind(count) {
            *self = Life::new(self.message, timeline);
        } else if forgets {
            self.retrace = None;
        }
        if window.oldest() <= self.found.seen {
            self.retrace = None;
            self.found.look((self.found.seen..).zip(window.since(self.found.seen)), count);
            return Progress::Reached;
        }
        let found = &mut self.found;
        let retrace = self
            .retrace
            .get_or_insert_with(|| timeline.retrace(|clone| clone.journal().count() <= found.seen));
        if retrace.run(budget, &mut |number, fact| found.note(number, fact)) == Progress::Reached {
            // The present has gone on meanwhile.
            found.seen = found.seen.max(retrace.count());
            self.retrace = None;
        }
        Progress::OutOfBudget
    }
}

impl Found {
    fn new(message: MessageId, seen: u64) -> Found {
        let (first, latest, places) = (Vec::new(), VecDeque::new(), Vec::new());
        Found { message, first, latest, omitted: 0, seen, places }
    }

    /// Forgets all but the first `count` facts of the run; whether it could.
    fn rewind(&mut self, count: u64) -> bool {
        if 0 < self.omitted && self.latest.front().is_none_or(|(number, _)| count <= *number) {
            return false;
        }
        self.latest.retain(|(number, _)| *number < count);
        self.first.retain(|(number, _)| *number < count);
        let kept: Vec<_> = self.first.iter().chain(&self.latest).map(|(_, fact)| fact.what).collect();
        self.places.clear();
        kept.iter().for_each(|what| self.place(what));
        self.seen = count;
        true
    }

    fn look<'a>(&mut self, facts: impl Iterator<Item = (u64, &'a Fact)>, count: u64) {
        facts.for_each(|(number, fact)| self.note(number, fact));
        self.seen = self.seen.max(count);
    }

    /// Keeps the fact of this number, if it is about the message and new.
    fn note(&mut self, number: u64, fact: &Fact) {
        if number < self.seen {
            return;
        }
        self.seen = number + 1;
        if !self.concerns(&fact.what) {
            return;
        }
        self.place(&fact.what);
        if self.first.len() < KEPT {
            self.first.push((number, *fact));
            return;
        }
        self.latest.push_back((number, *fact));
        if KEPT < self.latest.len() {
            self.latest.pop_front();
            self.omitted += 1;
        }
    }

    fn concerns(&self, what: &What) -> bool {
        if let What::Moved { message, store, from, count, .. } = *what
            && 1 < count
            && from != Place::Arriving
        {
            return message <= self.message && self.places.contains(&(store, from));
        }
        what.message() == Some(self.message)
    }

    /// Notes where that leaves its copy.
    fn place(&mut self, what: &What) {
        let (store, to) = match *what {
            What::Enqueued { store, .. } | What::Requeued { store, .. } => (store, Place::Waiting),
            What::Delivered { store, .. } => (store, Place::Held),
            // Of many it is not sure that this is one; where all of a place leave it, it is.
            What::Moved { store, to, count, why, .. } if count == 1 || why == Cause::Purge => (store, to),
            What::Moved { .. }
            | What::Published { .. }
            | What::Routed { .. }
            | What::Republished { .. }
            | What::Refused { .. }
            | What::Blocked { .. }
            | What::Unblocked { .. }
            | What::Dropped { .. }
            | What::Taken { .. }
            | What::Acked { .. }
            | What::Resent { .. }
            | What::Replied { .. }
            | What::Postponed { .. }
            | What::Unanswered { .. }
            | What::Forgone { .. }
            | What::Failed { .. }
            | What::Crashed { .. }
            | What::Dead { .. }
            | What::Rebalancing { .. }
            | What::Rebalanced { .. }
            | What::Assigned { .. }
            | What::Revoked { .. }
            | What::Staffed { .. }
            | What::Started { .. }
            | What::Stopped { .. } => return,
        };
        self.places.retain(|(own, _)| *own != store);
        self.places.push((store, to));
    }
}
