//! The accountant: every message is in exactly one state, and the states add up to what came in.
//!
//! It is built from facts alone. [`Ledger::audit`] holds it against what the machines count
//! themselves; the tests do that after every event, the page shows the outcome.

use std::fmt;

use crate::journal::{Fact, Observer, Place, What};

/// How many messages are in each state, and what was counted on the way. Where a server makes several copies of
/// a message, for several readers, each of them counts.
///
/// Counts that the same facts change are not neighbors: a compiler would change two of them at once, by an
/// instruction that has to wait until the last change of each has reached the memory.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct Ledger {
    /// All that were sent.
    pub sent: u64,
    /// Turned away.
    pub refused: u64,
    /// Sent and not yet at the store: on the link, or kept by a blocked producer.
    pub arriving: u64,
    /// Pushed out of a full store.
    pub dropped: u64,
    /// In the store.
    pub waiting: u64,
    /// In the store, and not to be delivered before a certain time.
    pub delayed: u64,
    /// With workers.
    pub held: u64,
    /// Given up after the permitted attempts.
    pub dead: u64,
    /// Worked on with success.
    pub done: u64,
    /// Gone because their time was over.
    pub expired: u64,
    /// Removed by someone who asked for that.
    pub removed: u64,
    /// Gone with a restart or with whoever held them alone in memory.
    pub lost: u64,
    /// Wanted by no store.
    pub unroutable: u64,
    /// Copies that servers made beyond the one that was sent: for further readers, and of dead letters.
    pub copied: u64,
    /// Of these, those of messages that had left their store: dead letters on their way, and what is stored once more.
    pub republished: u64,
    /// Sent again by their producers, who had been turned down or had heard nothing.
    pub resent: u64,
    /// Of these, those that had been turned down.
    pub retried: u64,
    /// Of the copies, dead letters.
    pub dead_letters: u64,
    /// Deliveries of messages that had been delivered before (an event count, not a state).
    pub redelivered: u64,
}

/// What the machines themselves count: the other side of the books.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Census {
    /// On links and kept by blocked producers. Nobody counts what is on a wire, in a client library or in a request:
    /// where there is one, only the facts tell.
    pub arriving: Option<u64>,
    /// In stores.
    pub waiting: u64,
    /// With workers.
    pub held: u64,
    /// In stores, for later.
    pub delayed: u64,
}

/// The books do not balance: a bug in the engine, never the visitor's doing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Imbalance {
    /// What the facts say.
    pub ledger: Ledger,
    /// What the machines say.
    pub census: Census,
}

impl fmt::Display for Imbalance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the ledger does not balance: the facts give {:?}, the machines hold {:?}",
            self.ledger, self.census
        )
    }
}

impl std::error::Error for Imbalance {}

impl Ledger {
    /// The sum over all states.
    pub fn accounted(&self) -> u64 {
        let present = [self.arriving, self.waiting, self.held, self.delayed];
        let gone = [self.done, self.refused, self.dropped, self.dead, self.expired, self.removed, self.lost];
        let states = present.into_iter().chain(gone).chain([self.unroutable]);
        states.fold(0, u64::wrapping_add)
    }

    fn place(&mut self, place: Place) -> &mut u64 {
        match place {
            Place::Arriving => &mut self.arriving,
            Place::Waiting => &mut self.waiting,
            Place::Held => &mut self.held,
            Place::Delayed => &mut self.delayed,
            Place::Done => &mut self.done,
            Place::Refused => &mut self.refused,
            Place::Dropped => &mut self.dropped,
            Place::Expired => &mut self.expired,
            Place::Dead => &mut self.dead,
            Place::Removed => &mut self.removed,
            Place::Lost => &mut self.lost,
        }
    }

    /// Checks that the states add up to what was sent, and are what the machines hold.
    ///
    /// # Errors
    /// Both sides of the books, if they differ.
    pub fn audit(&self, census: Census) -> Result<(), Box<Imbalance>> {
        let arriving = census.arriving.map(|_| self.arriving);
        let ours = Census { arriving, waiting: self.waiting, held: self.held, delayed: self.delayed };
        let came = self.sent.wrapping_add(self.copied).wrapping_add(self.resent);
        if self.accounted() == came && self.arriving <= came && ours == census {
            Ok(())
        } else {
            Err(Box::new(Imbalance { ledger: *self, census }))
        }
    }
}

impl Observer for Ledger {
    #[inline(always)]
    fn observe(&mut self, fact: &Fact) {
        // Wrapping, so that a wrong count shows in the audit and not as a panic.
        let moves = |from: &mut u64, to: &mut u64| {
            *from = from.wrapping_sub(1);
            *to = to.wrapping_add(1);
        };
        match fact.what {
            What::Published { .. } => {
                self.sent += 1;
                self.arriving = self.arriving.wrapping_add(1);
            }
            What::Routed { copies: 0, .. } => moves(&mut self.arriving, &mut self.unroutable),
            What::Routed { copies, .. } => {
                self.copied += u64::from(copies - 1);
                self.arriving = self.arriving.wrapping_add(u64::from(copies - 1));
            }
            What::Resent { refused, .. } => {
                self.resent += 1;
                self.retried += u64::from(refused);
                self.arriving = self.arriving.wrapping_add(1);
            }
            What::Republished { copies, dead, .. } => {
                self.republished += u64::from(copies);
                self.dead_letters += u64::from(copies) * u64::from(dead);
                self.copied += u64::from(copies);
                self.arriving = self.arriving.wrapping_add(copies.into());
            }
            What::Moved { from, to, count, .. } => {
                let (from, count) = (self.place(from), u64::from(count));
                *from = from.wrapping_sub(count);
                let to = self.place(to);
                *to = to.wrapping_add(count);
            }
            What::Enqueued { .. } => moves(&mut self.arriving, &mut self.waiting),
            What::Refused { .. } => moves(&mut self.arriving, &mut self.refused),
            What::Dropped { .. } => moves(&mut self.waiting, &mut self.dropped),
            What::Delivered { attempt, .. } => {
                moves(&mut self.waiting, &mut self.held);
                if 1 < attempt {
                    self.redelivered += 1;
                }
            }
            What::Acked { settled: false, .. } => {}
            What::Acked { .. } => moves(&mut self.held, &mut self.done),
            What::Requeued { .. } => moves(&mut self.held, &mut self.waiting),
            What::Dead { .. } => moves(&mut self.held, &mut self.dead),
            What::Blocked { .. }
            | What::Unblocked { .. }
            | What::Taken { .. }
            | What::Replied { .. }
            | What::Postponed { .. }
            | What::Unanswered { .. }
            | What::Forgone { .. }
            | What::Rebalancing { .. }
            | What::Rebalanced { .. }
            | What::Assigned { .. }
            | What::Revoked { .. }
            | What::Failed { .. }
            | What::Crashed { .. }
            | What::Staffed { .. }
            | What::Started { .. }
            | What::Stopped { .. } => {}
        }
    }
}
