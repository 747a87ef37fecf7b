//! A server of a queue: which of its lanes has the oldest message.

use crate::mechanism::ranking::{Rank, Ranking};

/// Comes after every rank there is.
pub(super) const LAST: Rank = (u64::MAX, u64::MAX);

/// Lanes by the age of their oldest message. Nearly every queue has one lane on each server, which needs no order.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(super) struct Shelf {
    /// The age of the oldest message, and its lane; [`LAST`] if there is none.
    pub(super) first: (Rank, u32),
    /// How many lanes there are, empty ones included.
    lanes: u32,
    /// Those that have messages, once there are several lanes.
    ranked: Ranking,
}

impl Default for Shelf {
    fn default() -> Shelf {
        Shelf { first: (LAST, 0), lanes: 0, ranked: Ranking::default() }
    }
}

impl Shelf {
    /// One more lane will stand here.
    pub(super) fn add_lane(&mut self) {
        if self.lanes == 1 && self.first.0 != LAST {
            self.ranked.set(self.first.1, self.first.0);
        }
        self.lanes += 1;
    }

    /// A lane's oldest message is of this age now.
    #[inline]
    pub(super) fn set(&mut self, lane: u32, rank: Rank) {
        if self.lanes <= 1 {
            self.first = (rank, lane);
        } else {
            self.ranked.set(lane, rank);
            self.look();
        }
    }

    /// A lane has no message any more, or none that can be taken.
    #[inline]
    pub(super) fn clear(&mut self, lane: u32) {
        if self.lanes <= 1 {
            self.first = (LAST, lane);
        } else {
            self.ranked.clear(lane);
            self.look();
        }
    }

    fn look(&mut self) {
        self.first = self.ranked.first().unwrap_or((LAST, 0));
    }
}
