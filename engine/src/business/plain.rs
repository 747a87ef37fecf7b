//! What the business sees of a plain queue, where nothing comes twice: a message that is done has had its effect.

use crate::journal::{Fact, Observer, What};
use crate::ledger::Ledger;

/// What came of the messages so far.
#[derive(Clone, PartialEq, Hash, Debug, Default)]
pub struct Business {
    applied: u64,
}

impl Business {
    /// Effects that were due and came, each counted once.
    pub fn applied(&self) -> u64 {
        self.applied
    }

    /// Effects that came once more than they should: none.
    pub fn twice(&self) -> u64 {
        0
    }

    /// Deliveries that idempotent workers skipped: none.
    pub fn skipped(&self) -> u64 {
        0
    }

    /// Effects that came after that of a later message of the same key: none, for there are no keys.
    pub fn out_of_order(&self) -> u64 {
        0
    }

    /// Answers that came in time: none.
    pub fn answered(&self) -> u64 {
        0
    }

    /// Messages whose answer came too late or not at all: none.
    pub fn unanswered(&self) -> u64 {
        0
    }

    /// Effects that will never come.
    pub fn lost(&self, ledger: &Ledger) -> u64 {
        ledger.refused + ledger.dropped + ledger.dead
    }
}

impl Observer for Business {
    #[inline(always)]
    fn observe(&mut self, fact: &Fact) {
        self.applied += u64::from(matches!(fact.what, What::Acked { .. }));
    }
}
