//! Fair queues: on a standard queue no tenant can take so much that the others wait long.
//!
//! A message's tenant is its `MessageGroupId`; one without is a tenant of its own, and never noisy. A tenant is noisy
//! while it has at least 30 messages in flight and more than a tenth of all that are. Then others are served first;
//! when only noisy ones have messages, the one with the fewest in flight is.

use crate::mechanism::sorted::Sorted;

use super::api::GroupId;

/// A tenant with fewer in flight is never noisy.
const LEAST: u32 = 30;

/// Who has how many in flight.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub(super) struct Fairness {
    in_flight: Sorted<GroupId, u32>,
    /// Those with so many in flight that they may be noisy, by that number.
    many: Vec<(u32, GroupId)>,
    noisy: Vec<GroupId>,
}

impl Fairness {
    /// Notes that a tenant has one more, or one fewer, in flight.
    pub(super) fn count(&mut self, tenant: GroupId, one_more: bool) {
        let count = self.in_flight.entry(tenant, || 0);
        let before = *count;
        *count = if one_more { before + 1 } else { before.saturating_sub(1) };
        let after = *count;
        if after == 0 {
            self.in_flight.remove(&tenant);
        }
        if before.max(after) < LEAST {
            return;
        }
        let place = |many: &[(u32, GroupId)], entry| many.partition_point(|other| *other < entry);
        if LEAST <= before {
            self.many.remove(place(&self.many, (before, tenant)));
        }
        if LEAST <= after {
            let entry = (after, tenant);
            self.many.insert(place(&self.many, entry), entry);
        }
    }

    pub(super) fn in_flight(&self, tenant: GroupId) -> u32 {
        self.in_flight.get(&tenant).copied().unwrap_or(0)
    }

    pub(super) fn is_noisy(&self, tenant: GroupId) -> bool {
        self.noisy.contains(&tenant)
    }

    #[inline]
    pub(super) fn is_any_noisy(&self) -> bool {
        !self.noisy.is_empty()
    }

    /// Whether somebody may be noisy, or is taken for it.
    #[inline]
    pub(super) fn is_to_be_decided(&self) -> bool {
        !self.many.is_empty() || !self.noisy.is_empty()
    }

    /// Decides anew who is noisy, with so many in flight in all. Tells whose standing has changed.
    pub(super) fn decide(&mut self, total: u64) -> Vec<GroupId> {
        // No more than nine can each have more than a tenth.
        let most_first = self.many.iter().rev().take_while(|(count, _)| total < 10 * u64::from(*count));
        let noisy: Vec<GroupId> = most_first.map(|(_, tenant)| *tenant).collect();
        let before = std::mem::replace(&mut self.noisy, noisy);
        let (before, noisy) = (before.iter().copied(), self.noisy.iter().copied());
        let came = noisy.clone().filter(|tenant| !before.clone().any(|own| own == *tenant));
        let went = before.clone().filter(|tenant| !noisy.clone().any(|own| own == *tenant));
        came.chain(went).collect()
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
