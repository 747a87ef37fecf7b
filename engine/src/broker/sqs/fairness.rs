//! Fair queues: on a standard queue no tenant can take so much that the others wait long.
//!
//! A message's tenant is its `MessageGroupId`; one without is a tenant of its own, and never noisy. A tenant is noisy
//! while it has at least 30 messages in flight and more than a tenth of all that are. Then others are served first;
//! when only noisy ones have messages, the one with the fewest in flight is.

use std::collections::{BTreeMap, BTreeSet};

use super::api::GroupId;

/// A tenant with fewer in flight is never noisy.
const LEAST: u32 = 30;

/// Who has how many in flight.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub(super) struct Fairness {
    in_flight: BTreeMap<GroupId, u32>,
    /// Those with so many in flight that they may be noisy, by that number.
    many: BTreeSet<(u32, GroupId)>,
    noisy: Vec<GroupId>,
}

impl Fairness {
    /// Notes that a tenant has one more, or one fewer, in flight.
    pub(super) fn count(&mut self, tenant: GroupId, one_more: bool) {
        let count = self.in_flight.entry(tenant).or_default();
        let before = *count;
        *count = if one_more { before + 1 } else { before.saturating_sub(1) };
        let after = *count;
        if after == 0 {
            self.in_flight.remove(&tenant);
        }
        if LEAST <= before {
            self.many.remove(&(before, tenant));
        }
        if LEAST <= after {
            self.many.insert((after, tenant));
        }
    }

    pub(super) fn in_flight(&self, tenant: GroupId) -> u32 {
        self.in_flight.get(&tenant).copied().unwrap_or(0)
    }

    pub(super) fn is_noisy(&self, tenant: GroupId) -> bool {
        self.noisy.contains(&tenant)
    }

    /// Decides anew who is noisy, with so many in flight in all. Tells whose standing has changed.
    pub(super) fn decide(&mut self, total: u64) -> Vec<GroupId> {
        if self.many.is_empty() && self.noisy.is_empty() {
            return Vec::new();
        }
        // No more than nine can each have more than a tenth.
        let most_first = self.many.iter().rev().take_while(|(count, _)| total < 10 * u64::from(*count));
        let now = most_first.map(|(_, tenant)| *tenant);
        if now.clone().eq(self.noisy.iter().copied()) {
            return Vec::new();
        }
        let noisy: Vec<GroupId> = now.collect();
        let only_in = |ours: &[GroupId], theirs: &[GroupId]| {
            ours.iter().filter(|tenant| !theirs.contains(tenant)).copied().collect::<Vec<_>>()
        };
        let mut changed = only_in(&noisy, &self.noisy);
        changed.extend(only_in(&self.noisy, &noisy));
        self.noisy = noisy;
        changed
    }

    pub(super) fn clear(&mut self) {
        *self = Fairness::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn noisy_from_thirty_in_flight_and_more_than_a_tenth_of_all() {
        let (mut fair, a) = (Fairness::default(), GroupId(1));
        (0..29).for_each(|_| fair.count(a, true));
        assert_eq!(fair.decide(29), []);
        fair.count(a, true);
        assert_eq!(fair.decide(300), []);
        assert_eq!((fair.decide(299), fair.is_noisy(a)), (vec![a], true));
        assert_eq!(fair.decide(299), []);
        fair.count(a, false);
        assert_eq!((fair.decide(29), fair.is_noisy(a)), (vec![a], false));
    }
}
