//! The visible messages of one group: a message group of a FIFO queue, a tenant of a standard one.
//!
//! The lock of a FIFO group stands here:
//!
//! ```text
//! unlocked --receive--> locked --all in flight deleted--> unlocked
//!                         |
//!                         +-- one in flight is visible again --> open as far as to the first one still hidden,
//!                                                                until the next receive
//! ```
//!
//! A new send never unlocks a group.

use crate::mechanism::ranking::{Rank, Ranking};
use crate::mechanism::slab::Slab;
use crate::mechanism::store::Store;
use crate::mechanism::throttle::Throttle;
use crate::time::Time;

use super::api::GroupId;
use super::shelf::LAST;
use super::stored::{Age, Stored};

/// No lane.
pub(super) const ABSENT: u32 = u32::MAX;

/// Visible messages that belong together, the oldest first.
#[derive(Clone, PartialEq, Hash, Debug)]
pub(super) struct Lane {
    pub(super) group: Option<GroupId>,
    /// The server on which they are.
    pub(super) server: u8,
    /// Another lane of the same group, or [`ABSENT`].
    pub(super) next: u32,
    /// What became visible not in the order of sending, such as what was received before.
    late: Slab<Stored>,
    /// Those by age.
    ages: Ranking,
    /// What came in the order of sending and was never touched.
    fresh: Store<Stored>,
    /// The age of the latest that was put into `fresh`.
    newest: Age,
    /// FIFO: the ages of those in flight, the oldest first. At most one receive's worth.
    hidden: Vec<Age>,
    /// FIFO: one came back since the last receive.
    open: bool,
    /// FIFO with high throughput: its own limit.
    pub(super) throttle: Throttle,
}

impl Lane {
    pub(super) fn new(group: Option<GroupId>, server: u8, next: u32) -> Lane {
        Lane {
            group,
            server,
            next,
            late: Slab::default(),
            ages: Ranking::default(),
            fresh: Store::default(),
            newest: (Time::ZERO, 0),
            hidden: Vec::new(),
            open: false,
            throttle: Throttle::default(),
        }
    }

    /// The oldest that is visible.
    #[inline]
    pub(super) fn head(&self) -> Option<&Stored> {
        let fresh = self.fresh.front();
        match self.ages.first() {
            Some((rank, place)) if fresh.is_none_or(|fresh| rank < fresh.rank()) => self.late.get(place),
            Some(_) | None => fresh,
        }
    }

    /// The age of that one; [`LAST`] if there is none.
    #[inline]
    pub(super) fn rank(&self) -> Rank {
        self.head().map_or(LAST, Stored::rank)
    }

    #[inline]
    pub(super) fn pop(&mut self) -> Option<Stored> {
        if let Some(place) = self.oldest_late() {
            return self.remove(place);
        }
        self.fresh.pop_front()
    }

    /// Does away with the oldest. Tells whether there was one.
    #[inline]
    pub(super) fn drop_head(&mut self) -> bool {
        match self.oldest_late() {
            Some(place) => self.remove(place).is_some(),
            None => self.fresh.pop_front().is_some(),
        }
    }

    /// Where the oldest is, if it is none of those that came in order.
    #[inline]
    fn oldest_late(&self) -> Option<u32> {
        let (rank, place) = self.ages.first()?;
        self.fresh.front().is_none_or(|fresh| rank < fresh.rank()).then_some(place)
    }

    /// Puts in what is visible from now on. Tells whether it is the oldest.
    #[inline]
    pub(super) fn push(&mut self, stored: &Stored) -> bool {
        if self.newest < stored.age() {
            // Nothing that is here was ever newer.
            let is_alone = self.fresh.len() == 0 && self.late.len() == 0;
            self.newest = stored.age();
            self.fresh.push_back(*stored);
            return is_alone;
        }
        let is_oldest = stored.rank() < self.rank();
        self.put_back(stored);
        is_oldest
    }

    /// Puts back what was taken out to get at what is behind it.
    #[inline(never)]
    pub(super) fn put_back(&mut self, stored: &Stored) {
        let place = self.late.insert(*stored);
        self.ages.set(place, stored.rank());
    }

    #[inline(never)]
    fn remove(&mut self, place: u32) -> Option<Stored> {
        self.ages.clear(place);
        self.late.remove(place)
    }

    /// Where a message is that was received before and is visible again.
    fn late_place(&self, age: Age) -> Option<u32> {
        self.late.iter().find(|(_, own)| own.age() == age).map(|(place, _)| place)
    }

    /// Takes out a message that was received before and is visible again.
    pub(super) fn take_late(&mut self, age: Age, receives: u32) -> Option<Stored> {
        let place = self.late_place(age)?;
        if self.late.get(place)?.receives != receives {
            return None;
        }
        self.remove(place)
    }

    /// FIFO: whether a message that was received before is still there, in flight or visible again.
    pub(super) fn has_received(&self, age: Age) -> bool {
        self.hidden.contains(&age) || self.late_place(age).is_some()
    }

    /// At least the `limit` oldest of them, if there are so many.
    pub(super) fn oldest(&self, limit: usize, into: &mut Vec<Stored>) {
        into.extend(self.late.iter().map(|(_, stored)| stored));
        into.extend(self.fresh.iter().take(limit));
    }

    /// After all was taken out: what is put in next may be older than what was in it.
    pub(super) fn restart(&mut self) {
        self.newest = (Time::ZERO, 0);
    }

    /// FIFO: up to which age a receive may take from it now; nothing while it is locked.
    #[inline]
    pub(super) fn permits(&self) -> Option<Age> {
        const ANY: Age = (Time::MAX, u64::MAX);
        match self.hidden.first() {
            None => Some(ANY),
            Some(hidden) if self.open => Some(*hidden),
            Some(_) => None,
        }
    }

    /// FIFO: whether a receive can take something from it now.
    #[inline]
    pub(super) fn is_receivable(&self) -> bool {
        let permits = self.permits();
        self.head().is_some_and(|head| permits.is_some_and(|limit| head.age() < limit))
    }

    /// FIFO: a message of it is in flight from now on.
    pub(super) fn hide(&mut self, age: Age) {
        self.open = false;
        let place = self.hidden.partition_point(|other| *other < age);
        self.hidden.insert(place, age);
    }

    /// FIFO: a message of it is in flight no longer; it is gone.
    pub(super) fn forget(&mut self, age: Age) {
        self.hidden.retain(|other| *other != age);
    }

    /// FIFO: a message of it is in flight no longer; it is visible again.
    pub(super) fn unhide(&mut self, age: Age) {
        self.forget(age);
        self.open = true;
    }
}
