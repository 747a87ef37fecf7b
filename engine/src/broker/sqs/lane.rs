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

use std::collections::BTreeMap;

use crate::mechanism::store::Store;
use crate::mechanism::throttle::Throttle;
use crate::time::Time;

use super::api::GroupId;
use super::stored::{Age, Stored};

/// Visible messages that belong together, the oldest first.
#[derive(Clone, PartialEq, Hash, Debug)]
pub(super) struct Lane {
    pub(super) group: Option<GroupId>,
    /// The server on which they are.
    pub(super) server: u8,
    /// In order of age: what became visible not in the order of sending, such as what was received before.
    late: BTreeMap<Age, Stored>,
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
    pub(super) fn new(group: Option<GroupId>, server: u8) -> Lane {
        Lane {
            group,
            server,
            late: BTreeMap::new(),
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
        if self.late.is_empty() {
            return fresh;
        }
        let late = self.late.first_key_value().map(|(_, stored)| stored);
        match (late, fresh) {
            (Some(late), Some(fresh)) if fresh.age() < late.age() => Some(fresh),
            (Some(late), _) => Some(late),
            (None, fresh) => fresh,
        }
    }

    #[inline]
    pub(super) fn pop(&mut self) -> Option<Stored> {
        let late = self.late.first_key_value().map(|(age, _)| *age);
        if late.is_some_and(|late| self.fresh.front().is_none_or(|fresh| late < fresh.age())) {
            return self.late.pop_first().map(|(_, stored)| stored);
        }
        self.fresh.pop_front()
    }

    /// Puts in what is visible from now on.
    #[inline]
    pub(super) fn push(&mut self, stored: Stored) {
        if self.newest < stored.age() {
            self.newest = stored.age();
            self.fresh.push_back(stored);
        } else {
            self.late.insert(stored.age(), stored);
        }
    }

    /// Puts back what was taken out to get at what is behind it.
    pub(super) fn put_back(&mut self, stored: Stored) {
        self.late.insert(stored.age(), stored);
    }

    /// Takes out a message that was received before and is visible again.
    pub(super) fn take_late(&mut self, age: Age, receives: u32) -> Option<Stored> {
        if self.late.get(&age)?.receives != receives {
            return None;
        }
        self.late.remove(&age)
    }

    /// FIFO: whether a message that was received before is still there, in flight or visible again.
    pub(super) fn has_received(&self, age: Age) -> bool {
        self.hidden.contains(&age) || self.late.contains_key(&age)
    }

    /// At least the `limit` oldest of them, if there are so many.
    pub(super) fn oldest(&self, limit: usize) -> Vec<Stored> {
        self.late.values().take(limit).chain(self.fresh.iter().take(limit)).copied().collect()
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
