//! What was dispatched and is not acknowledged, by position.

use std::collections::BTreeMap;

use crate::mechanism::outstanding::Outstanding;
use crate::mechanism::shell_sort;

use super::consumer::ConsumerId;

/// An entry that a consumer has.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) struct Pending {
    pub(super) consumer: ConsumerId,
    /// The slot of its key, in `Key_Shared`.
    pub(super) slot: u32,
}

/// Entries are mostly dispatched in the order of their positions. Those that are dispatched anew are kept beside.
#[derive(Clone, PartialEq, Hash, Debug, Default)]
pub(super) struct PendingAcks {
    in_order: Outstanding<Pending>,
    again: BTreeMap<u64, Pending>,
    /// One more than the greatest that was put in in order.
    next: u64,
}

impl PendingAcks {
    #[inline]
    pub(super) fn put(&mut self, position: u64, pending: Pending) {
        if self.next <= position {
            self.next = position + 1;
            self.in_order.push(position, pending);
        } else {
            self.again.insert(position, pending);
        }
    }

    #[inline]
    pub(super) fn take(&mut self, position: u64) -> Option<Pending> {
        if !self.again.is_empty()
            && let Some(pending) = self.again.remove(&position)
        {
            return Some(pending);
        }
        self.in_order.take_next(position)
    }

    pub(super) fn get(&mut self, position: u64) -> Option<Pending> {
        self.again.get(&position).copied().or_else(|| self.in_order.get_mut(position).copied())
    }

    /// All of them: not in order where some were dispatched anew.
    pub(super) fn iter(&self) -> impl Iterator<Item = (u64, Pending)> {
        let again = self.again.iter().map(|(position, pending)| (*position, *pending));
        again.chain(self.in_order.iter().map(|(position, pending)| (position, *pending)))
    }

    /// The positions that satisfy a condition, in order.
    pub(super) fn positions(&self, is: impl Fn(u64, Pending) -> bool) -> Vec<u64> {
        let mut found: Vec<u64> =
            self.iter().filter(|(position, pending)| is(*position, *pending)).map(|(own, _)| own).collect();
        shell_sort::sort(&mut found);
        found
    }

    /// From now on positions may come from the start again.
    pub(super) fn clear(&mut self) {
        *self = PendingAcks::default();
    }
}
