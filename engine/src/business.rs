//! What the business sees: effects, not messages. A message that is worked on twice is two charges on a card.
//!
//! It is built from facts alone. An effect belongs to a message and a pool of workers: two pools that read the same
//! message from queues of their own each owe one.

use std::collections::BTreeSet;

use crate::client::worker::MAX_WORKERS;
use crate::id::{MessageId, WorkerId};
use crate::journal::{Cause, Fact, Observer, Place, What};
use crate::ledger::Ledger;
use crate::mechanism::id_set::IdSet;

/// What came of the messages so far.
#[derive(Clone, PartialEq, Hash, Debug, Default)]
pub struct Business {
    pools: Vec<Pool>,
    /// Messages whose work had its effect for the first time.
    applied: u64,
    /// Effects that came once more.
    twice: u64,
    /// Deliveries that were skipped, because their work had been done.
    skipped: u64,
    /// Effects that came after that of a later message of the same key.
    out_of_order: u64,
    /// Effects that will not come, of messages that count as done.
    forgone: u64,
    /// Messages that were turned down, and that their producers will send again.
    postponed: u64,
    /// Messages that were on a connection which is gone.
    adrift: BTreeSet<MessageId>,
    /// Messages that were removed while a worker had them, and whose effect has not come yet.
    removed_at_work: BTreeSet<MessageId>,
    /// Losses that were none: of messages that their producers, who had heard nothing, have sent again, and of those that
    /// were removed and whose effect came, before or after.
    made_good: u64,
    /// What nobody is to work on any more: a later record of its key stands for it, or its transaction was given up.
    void: u64,
    /// Answers that came in time.
    answered: u64,
    /// Answers that came too late, or were given up.
    unanswered: u64,
}

/// What one pool has done.
#[derive(Clone, PartialEq, Hash, Debug, Default)]
struct Pool {
    done: IdSet,
    /// The latest message of each key that has had its effect; 0 where none has. Of those keys whose high byte is the
    /// same there is a row, which is empty as long as none of them was seen.
    latest: Vec<Vec<u64>>,
}

impl Pool {
    /// Whether the effect of a message comes after that of a later one of its key.
    #[inline(never)]
    fn overtakes(&mut self, message: MessageId, key: u16) -> bool {
        let [row, place] = key.to_be_bytes().map(usize::from);
        if self.latest.len() <= row {
            self.latest.resize_with(row + 1, Vec::new);
        }
        let row = &mut self.latest[row];
        if row.is_empty() {
            row.resize(256, 0);
        }
        let latest = &mut row[place];
        let is_late = message.0 < *latest;
        *latest = message.0.max(*latest);
        is_late
    }
}

impl Business {
    /// Effects that were due and came, each counted once.
    pub fn applied(&self) -> u64 {
        self.applied
    }

    /// Effects that came once more than they should.
    pub fn twice(&self) -> u64 {
        self.twice
    }

    /// Deliveries that idempotent workers skipped.
    pub fn skipped(&self) -> u64 {
        self.skipped
    }

    /// Effects that came after that of a later message of the same key. Messages without a key have no order to keep.
    pub fn out_of_order(&self) -> u64 {
        self.out_of_order
    }

    /// Answers that came in time.
    pub fn answered(&self) -> u64 {
        self.answered
    }

    /// Messages whose answer came too late or not at all.
    pub fn unanswered(&self) -> u64 {
        self.unanswered
    }

    /// Effects that will never come: what was turned down, dropped, expired, removed or lost, what was given up and is
    /// not set aside as a dead letter, and what was said to be done too early. What its producer sends again, or will,
    /// is not among that; nor is what a log removes of which a worker has the work done, or will: retention asks nobody.
    /// Nor is what nobody is owed: what a compacted log drops, since its latest record of the key stays, and what belonged
    /// to a transaction that was given up.
    pub fn lost(&self, ledger: &Ledger) -> u64 {
        let gone = ledger.refused + ledger.dropped + ledger.expired + ledger.removed + ledger.lost;
        let gone = gone + ledger.dead + ledger.unroutable;
        let comes = ledger.republished + ledger.retried + self.postponed + self.made_good + self.void;
        gone.saturating_sub(comes) + self.forgone
    }

    #[inline(always)]
    fn work(&mut self, message: MessageId, worker: WorkerId, key: u16) {
        let index = usize::from(worker.0 / MAX_WORKERS);
        let Some(pool) = self.pools.get_mut(index) else { return self.work_first(message, index, key) };
        if !pool.done.insert(message.0) {
            self.twice += 1;
            return;
        }
        self.applied += 1;
        if key != 0 {
            self.out_of_order += u64::from(pool.overtakes(message, key));
        }
        if !self.removed_at_work.is_empty() {
            self.made_good += u64::from(self.removed_at_work.remove(&message));
        }
    }

    /// A message was removed while a worker had it. Of one that several pools read, the effect of any of them counts: no
    /// fact tells whose copy it was.
    #[cold]
    #[inline(never)]
    fn removed_at_work(&mut self, message: MessageId) {
        if self.pools.iter().any(|pool| pool.done.contains(message.0)) {
            self.made_good += 1;
        } else {
            self.removed_at_work.insert(message);
        }
    }

    /// As [`Business::work`], for the first message of a pool.
    #[cold]
    #[inline(never)]
    fn work_first(&mut self, message: MessageId, pool: usize, key: u16) {
        self.pools.resize_with(pool + 1, Pool::default);
        self.work(message, WorkerId(pool as u16 * MAX_WORKERS), key);
    }
}

impl Observer for Business {
    #[inline(always)]
    fn observe(&mut self, fact: &Fact) {
        match fact.what {
            What::Acked { message, worker, key, effect: true, .. } => self.work(message, worker, key),
            What::Acked { .. } => self.skipped += 1,
            What::Replied { took: Some(_), .. } => self.answered += 1,
            What::Unanswered { .. } => self.unanswered += 1,
            What::Forgone { .. } => self.forgone += 1,
            What::Postponed { .. } => self.postponed += 1,
            What::Resent { refused: true, .. } => self.postponed = self.postponed.wrapping_sub(1),
            What::Resent { message, .. } => self.made_good += u64::from(self.adrift.remove(&message)),
            // Another copy of one that counts as lost already is no further loss.
            What::Moved { message, from: Place::Arriving, to: Place::Lost, why: Cause::Restart, .. } => {
                self.made_good += u64::from(!self.adrift.insert(message));
            }
            What::Moved { to: Place::Removed, why: Cause::Compaction | Cause::Abort, count, .. } => {
                self.void += u64::from(count);
            }
            What::Moved {
                message,
                from: Place::Held,
                to: Place::Expired | Place::Removed,
                count: 1,
                why: Cause::Expiry | Cause::Purge,
                ..
            } => self.removed_at_work(message),
            What::Published { .. }
            | What::Replied { .. }
            | What::Routed { .. }
            | What::Republished { .. }
            | What::Enqueued { .. }
            | What::Refused { .. }
            | What::Blocked { .. }
            | What::Unblocked { .. }
            | What::Dropped { .. }
            | What::Delivered { .. }
            | What::Taken { .. }
            | What::Failed { .. }
            | What::Crashed { .. }
            | What::Requeued { .. }
            | What::Dead { .. }
            | What::Moved { .. }
            | What::Rebalancing { .. }
            | What::Rebalanced { .. }
            | What::Assigned { .. }
            | What::Revoked { .. }
            | What::Staffed { .. }
            | What::Started { .. }
            | What::Stopped { .. } => {}
        }
    }
}
