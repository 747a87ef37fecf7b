//! What a group has delivered and nobody has acknowledged, by the id of the entry.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
use std::hash::{Hash, Hasher};

use crate::id::MessageId;
use crate::time::Time;

use super::entry_id::EntryId;
use super::name::Name;

/// An entry that was delivered and not acknowledged.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) struct Pending {
    /// Who has it; nobody once it was given back.
    pub(super) owner: Option<Name>,
    /// When it was delivered, in nanoseconds: before the start if a client says so, and for what was given back longer
    /// ago than anything else.
    pub(super) at: i64,
    pub(super) deliveries: u64,
    /// Where the entry is in the log, if it is there still.
    pub(super) place: u64,
    pub(super) message: MessageId,
}

/// The time of delivery of what was given back.
pub(super) const GIVEN_BACK: i64 = i64::MIN;

impl Pending {
    /// How long ago it was delivered, in nanoseconds.
    pub(super) fn idle(&self, now: Time) -> u64 {
        u64::try_from(instant(now).saturating_sub(self.at)).unwrap_or(0)
    }
}

/// The present as times of delivery are written.
pub(super) fn instant(now: Time) -> i64 {
    i64::try_from(now.as_nanos()).unwrap_or(i64::MAX)
}

/// Entries are mostly delivered in the order of their ids and acknowledged nearly so. What is acknowledged leaves a
/// hole, and holes are filled in once they are the greater part.
#[derive(Clone, Debug, Default)]
pub(super) struct PendingEntries {
    /// By id. Neither the first nor the last is a hole.
    slots: VecDeque<(EntryId, Option<Pending>)>,
    count: u64,
    /// What is pending, longest idle first; kept from the first read on that claims. What is pending no more, or was
    /// delivered once more, is still in it, but never as the first.
    by_idle: Option<BinaryHeap<Reverse<(i64, EntryId)>>>,
}

impl PendingEntries {
    pub(super) fn len(&self) -> u64 {
        self.count
    }

    /// Where an id is, or where it would be.
    #[inline]
    fn place(&self, id: EntryId) -> Result<usize, usize> {
        match self.slots.front() {
            Some((first, _)) if *first == id => Ok(0),
            Some(_) | None => self.search(id),
        }
    }

    fn search(&self, id: EntryId) -> Result<usize, usize> {
        self.slots.binary_search_by(|(own, _)| own.cmp(&id))
    }

    /// Whether an id is greater than all that are pending.
    #[inline]
    fn is_newest(&self, id: EntryId) -> bool {
        self.slots.back().is_none_or(|(last, _)| *last < id)
    }

    #[inline]
    pub(super) fn get(&self, id: EntryId) -> Option<&Pending> {
        if self.is_newest(id) {
            return None;
        }
        self.slots.get(self.place(id).ok()?)?.1.as_ref()
    }

    /// Makes an entry pending, or changes how it is.
    #[inline]
    pub(super) fn put(&mut self, id: EntryId, pending: Pending) {
        if self.is_newest(id) {
            self.count += 1;
            self.slots.push_back((id, Some(pending)));
        } else {
            self.put_between(id, pending);
        }
        if self.by_idle.is_some() {
            self.rank(id, pending.at);
        }
    }

    #[cold]
    fn put_between(&mut self, id: EntryId, pending: Pending) {
        match self.place(id) {
            Ok(place) => {
                self.count += u64::from(self.slots[place].1.is_none());
                self.slots[place].1 = Some(pending);
            }
            Err(place) => {
                self.count += 1;
                self.slots.insert(place, (id, Some(pending)));
            }
        }
    }

    /// Makes an entry pending no more.
    #[inline]
    pub(super) fn take(&mut self, id: EntryId) -> Option<Pending> {
        let pending = match self.slots.front() {
            Some((first, _)) if *first == id => self.take_first()?,
            Some(_) => self.take_between(id)?,
            None => return None,
        };
        self.count -= 1;
        if self.by_idle.is_some() {
            self.tidy_idle();
        }
        Some(pending)
    }

    #[inline]
    fn take_first(&mut self) -> Option<Pending> {
        let (_, pending) = self.slots.pop_front()?;
        while self.slots.front().is_some_and(|(_, pending)| pending.is_none()) {
            self.slots.pop_front();
        }
        pending
    }

    fn take_between(&mut self, id: EntryId) -> Option<Pending> {
        let place = self.search(id).ok()?;
        let pending = self.slots.get_mut(place)?.1.take()?;
        while self.slots.back().is_some_and(|(_, pending)| pending.is_none()) {
            self.slots.pop_back();
        }
        if 32 < self.slots.len() && (self.count - 1) * 2 < self.slots.len() as u64 {
            self.slots.retain(|(_, pending)| pending.is_some());
        }
        Some(pending)
    }

    /// All that is pending, by id.
    pub(super) fn iter(&self) -> impl DoubleEndedIterator<Item = (EntryId, &Pending)> {
        self.slots.iter().filter_map(|(id, pending)| Some((*id, pending.as_ref()?)))
    }

    /// The same, from an id on.
    pub(super) fn iter_from(&self, start: EntryId) -> impl Iterator<Item = (EntryId, &Pending)> {
        let place = self.place(start).unwrap_or_else(|place| place);
        self.slots.range(place..).filter_map(|(id, pending)| Some((*id, pending.as_ref()?)))
    }

    /// What has been pending longest: since when, and its id.
    pub(super) fn oldest(&mut self) -> Option<(i64, EntryId)> {
        if self.by_idle.is_none() {
            self.rank_all();
        }
        self.first_idle()
    }

    /// The same, once it was asked for before.
    pub(super) fn first_idle(&self) -> Option<(i64, EntryId)> {
        self.by_idle.as_ref()?.peek().map(|Reverse(first)| *first)
    }

    fn rank_all(&mut self) {
        self.by_idle = Some(self.iter().map(|(id, pending)| Reverse((pending.at, id))).collect());
    }

    #[cold]
    fn rank(&mut self, id: EntryId, at: i64) {
        if let Some(by_idle) = &mut self.by_idle {
            by_idle.push(Reverse((at, id)));
        }
        self.tidy_idle();
    }

    /// Sees to it that what comes first by idle time is pending.
    #[cold]
    fn tidy_idle(&mut self) {
        let Some(mut by_idle) = self.by_idle.take() else { return };
        while let Some(Reverse((at, id))) = by_idle.peek().copied()
            && self.get(id).is_none_or(|pending| pending.at != at)
        {
            by_idle.pop();
        }
        let is_stale = 32 < by_idle.len() && self.count * 2 < by_idle.len() as u64;
        self.by_idle = Some(by_idle);
        if is_stale {
            self.rank_all();
        }
    }
}

/// By what is pending: where the holes are is not part of the state.
impl PartialEq for PendingEntries {
    fn eq(&self, other: &PendingEntries) -> bool {
        self.count == other.count
            && self.by_idle.is_some() == other.by_idle.is_some()
            && self.iter().eq(other.iter())
    }
}

impl Hash for PendingEntries {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.count, self.by_idle.is_some()).hash(state);
        self.iter().for_each(|entry| entry.hash(state));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    proptest! {
        /// Held against a map.
        #[test]
        fn agrees_with_a_map(steps in prop::collection::vec((0_u8..8, 0_u64..90, 0_i64..20), 0..600)) {
            let (mut entries, mut model, mut next) = (PendingEntries::default(), BTreeMap::new(), 0);
            let mut claims = false;
            for (step, pick, at) in steps {
                let old = EntryId { ms: next - pick.min(next), seq: 1 };
                let pending = Pending { owner: None, at, deliveries: 1, place: pick, message: MessageId(pick) };
                match step {
                    0..=2 => {
                        next += 1;
                        entries.put(EntryId { ms: next, seq: 1 }, pending);
                        model.insert(EntryId { ms: next, seq: 1 }, pending);
                    }
                    3 => {
                        entries.put(old, pending);
                        model.insert(old, pending);
                    }
                    4..=6 => prop_assert_eq!(entries.take(old), model.remove(&old)),
                    _ => claims = true,
                }
                let oldest = model.iter().map(|(id, pending)| (pending.at, *id)).min();
                if claims {
                    prop_assert_eq!(entries.oldest(), oldest);
                    let ranked = entries.by_idle.as_ref().map_or(0, BinaryHeap::len) as u64;
                    prop_assert!(ranked <= 32 || ranked <= 2 * entries.count);
                }
                prop_assert_eq!(entries.first_idle(), oldest.filter(|_| claims));
                prop_assert_eq!(entries.get(old), model.get(&old));
                prop_assert_eq!(entries.len(), model.len() as u64);
                let ends = [entries.slots.front(), entries.slots.back()];
                prop_assert!(ends.into_iter().flatten().all(|(_, pending)| pending.is_some()));
                prop_assert_eq!(entries.slots.is_empty(), model.is_empty());
                prop_assert!(entries.iter().eq(model.iter().map(|(id, pending)| (*id, pending))));
                let later = model.range(old..).map(|(id, pending)| (*id, pending));
                prop_assert!(entries.iter_from(old).eq(later));
            }
        }
    }
}
