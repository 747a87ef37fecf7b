//! The entries of a stream: a log that grows at its end, is trimmed at its start, and from which single entries can be
//! deleted. Groups read it with cursors of their own.
//!
//! Entries are numbered by their *place*, in order of adding and without end. They lie in sealed chunks that a clone
//! shares. The server keeps entries in *nodes* of a certain size; approximate trimming removes whole nodes, so each
//! entry says whether a node begins with it.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::message::Message;
use crate::time::Time;

use super::entry_id::EntryId;

const CHUNK: usize = 256;

/// An entry in its place.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) struct Slot {
    pub(super) id: EntryId,
    pub(super) message: Message,
    pub(super) added: Time,
    /// Not deleted.
    pub(super) live: bool,
    /// The first entry of a node.
    opens: bool,
}

/// The size at which a node is full; 0 is no limit.
#[derive(Clone, Copy, Debug)]
pub(super) struct NodeSize {
    pub(super) entries: u32,
    pub(super) bytes: u32,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Log {
    /// All of `CHUNK` slots. The first may begin with slots that are trimmed away.
    sealed: VecDeque<Arc<[Slot]>>,
    /// The newest, fewer than `CHUNK`.
    tail: Vec<Slot>,
    /// The place of the first slot that is kept, in `sealed` or `tail`.
    start: u64,
    /// The place of the first slot of `tail`.
    loose: u64,
    /// The place of the first slot that is not trimmed away; it is live, if there are live ones.
    first: u64,
    /// How many are live.
    len: u64,
    /// The bodies of live entries, in bytes.
    bytes: u64,
    /// Entries and bytes in the node at the end. No entries: the next one opens a node.
    node: (u32, u32),
    /// The first node, once it was looked at.
    head: Option<Node>,
}

/// A node, from a place on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Node {
    /// How many of its entries are live.
    pub(super) live: u32,
    /// The place after its last entry.
    pub(super) end: u64,
}

impl Log {
    pub(super) fn len(&self) -> u64 {
        self.len
    }

    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// The place of the first entry that was not trimmed away.
    pub(super) fn first(&self) -> u64 {
        self.first
    }

    /// The place of the next entry to be added.
    #[inline]
    pub(super) fn end(&self) -> u64 {
        self.loose + self.tail.len() as u64
    }

    /// Adds an entry, whose id is greater than all there were.
    #[inline]
    pub(super) fn push(&mut self, id: EntryId, message: Message, added: Time, size: NodeSize) {
        let bytes = entry_bytes(message.size);
        let (entries, filled) = self.node;
        let full = (size.entries != 0 && size.entries <= entries)
            || (size.bytes != 0 && size.bytes <= filled.saturating_add(message.size));
        let opens = entries == 0 || full;
        self.node = if opens {
            (1, NODE_BYTES.saturating_add(bytes))
        } else {
            (entries + 1, filled.saturating_add(bytes))
        };
        // The node at the end can be the first one.
        if self.len == 0 {
            self.first = self.end();
            self.head = None;
        }
        if !opens
            && self.node_is_first()
            && let Some(head) = &mut self.head
        {
            *head = Node { live: head.live + 1, end: head.end + 1 };
        }
        self.tail.push(Slot { id, message, added, live: true, opens });
        self.len += 1;
        self.bytes += u64::from(message.size);
        if self.tail.len() == CHUNK {
            self.seal();
        }
    }

    #[cold]
    fn seal(&mut self) {
        self.sealed.push_back(Arc::from(self.tail.as_slice()));
        self.tail.clear();
        self.loose += CHUNK as u64;
    }

    /// Whether the node at the end, before the entry that is being added, is also the first one.
    fn node_is_first(&self) -> bool {
        self.end() - self.first < u64::from(self.node.0)
    }

    #[inline]
    pub(super) fn get(&self, place: u64) -> Option<&Slot> {
        if place < self.first {
            return None;
        }
        match place.checked_sub(self.loose) {
            Some(at) => self.tail.get(usize::try_from(at).ok()?),
            None => self.get_sealed(place),
        }
    }

    #[inline]
    fn get_sealed(&self, place: u64) -> Option<&Slot> {
        let at = usize::try_from(place - self.start).ok()?;
        self.sealed.get(at / CHUNK)?.get(at % CHUNK)
    }

    /// The same, if it is not deleted.
    #[inline]
    pub(super) fn live(&self, place: u64) -> Option<&Slot> {
        self.get(place).filter(|slot| slot.live)
    }

    /// The first entry at or after `place` that is not deleted, and its place.
    #[inline]
    pub(super) fn next_live(&self, place: u64) -> Option<(u64, &Slot)> {
        let mut place = place.max(self.first);
        loop {
            let slot = self.get(place)?;
            if slot.live {
                return Some((place, slot));
            }
            place += 1;
        }
    }

    /// The place of the entry before which there are so many that are not deleted.
    pub(super) fn nth(&self, number: u64) -> u64 {
        if self.len == self.end() - self.first {
            return self.end().min(self.first.saturating_add(number));
        }
        let mut after = self.iter_from(self.first).skip(usize::try_from(number).unwrap_or(usize::MAX));
        after.next().map_or(self.end(), |(place, _)| place)
    }

    /// The first place of an id that is not less than `id`.
    pub(super) fn place_of(&self, id: EntryId) -> u64 {
        let (mut low, mut high) = (self.first, self.end());
        // Mostly it is asked for the end.
        if self.get(high.wrapping_sub(1)).is_none_or(|last| last.id < id) {
            return high;
        }
        while low < high {
            let middle = low + (high - low) / 2;
            match self.get(middle) {
                Some(slot) if slot.id < id => low = middle + 1,
                Some(_) | None => high = middle,
            }
        }
        low
    }

    /// The place of the entry of this id, if it is not deleted.
    pub(super) fn find(&self, id: EntryId) -> Option<u64> {
        let place = self.place_of(id);
        self.live(place).filter(|slot| slot.id == id).map(|_| place)
    }

    /// The entries that are not deleted, from a place on.
    pub(super) fn iter_from(&self, place: u64) -> impl Iterator<Item = (u64, &Slot)> {
        let mut next = Some(place);
        std::iter::from_fn(move || {
            let (place, slot) = self.next_live(next?)?;
            next = Some(place + 1);
            Some((place, slot))
        })
    }

    /// How many entries from a place on are not deleted.
    pub(super) fn count_from(&self, place: u64) -> u64 {
        if place <= self.first { self.len } else { self.iter_from(place).count() as u64 }
    }

    /// Deletes an entry; where it was, nothing comes.
    pub(super) fn delete(&mut self, place: u64) -> Option<Slot> {
        let slot = *self.live(place)?;
        let at = usize::try_from(place - self.start).ok()?;
        let own = match self.sealed.get_mut(at / CHUNK) {
            Some(chunk) => Arc::make_mut(chunk).get_mut(at % CHUNK),
            None => self.tail.get_mut(usize::try_from(place - self.loose).ok()?),
        };
        own?.live = false;
        self.len -= 1;
        self.bytes -= u64::from(slot.message.size);
        self.head = None;
        if place == self.first {
            self.advance(place + 1);
        }
        Some(slot)
    }

    /// The first node.
    #[inline]
    pub(super) fn first_node(&mut self) -> Node {
        match self.head {
            Some(head) => head,
            None => self.look_at_first_node(),
        }
    }

    fn look_at_first_node(&mut self) -> Node {
        let head = self.node_from(self.first);
        self.head = Some(head);
        head
    }

    /// The node that begins at or before `from`, from there on.
    pub(super) fn node_from(&self, from: u64) -> Node {
        let mut node = Node { live: 0, end: from };
        while let Some(slot) = self.get(node.end) {
            if slot.opens && node.end != from {
                break;
            }
            node.live += u32::from(slot.live);
            node.end += 1;
        }
        node
    }

    /// Goes on to the first live entry from `place` on; what lies before is given up.
    fn advance(&mut self, place: u64) {
        self.first = self.next_live(place).map_or(self.end(), |(place, _)| place);
        self.head = None;
        if self.first == self.end() {
            self.node = (0, 0);
        }
        while CHUNK as u64 <= self.first - self.start && self.sealed.pop_front().is_some() {
            self.start += CHUNK as u64;
        }
    }

    /// Removes all entries before a place, where this node begins if that is known. The caller has seen to their readers.
    pub(super) fn trim_to(&mut self, place: u64, node: Option<Node>) {
        let mut at = self.first;
        while at < place
            && let Some(slot) = self.get(at).copied()
        {
            self.len -= u64::from(slot.live);
            self.bytes -= if slot.live { slot.message.size.into() } else { 0 };
            at += 1;
        }
        self.advance(place);
        if self.first == place && place != self.end() {
            self.head = node;
        }
    }
}

/// What a node takes up beside its entries: the head of a listpack and the entry that names the fields.
const NODE_BYTES: u32 = 22;

/// What an entry with one field takes up in its node: flags, the differences to the id of the node, the value with its
/// lengths, and the number of parts.
fn entry_bytes(size: u32) -> u32 {
    let lengths = match size {
        0..64 => 2,
        64..4096 => 4,
        _ => 10,
    };
    size.saturating_add(lengths + 9)
}

/// By contents alone.
impl PartialEq for Log {
    fn eq(&self, other: &Log) -> bool {
        self.len == other.len
            && (self.first, self.end(), self.node) == (other.first, other.end(), other.node)
            && self.iter_from(self.first).eq(other.iter_from(other.first))
    }
}

impl std::hash::Hash for Log {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        (self.len, self.first, self.node).hash(state);
        for (place, slot) in self.iter_from(self.first) {
            (place, slot).hash(state);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::{MessageId, ProducerId};
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    const SIZE: NodeSize = NodeSize { entries: 7, bytes: 0 };

    fn message(id: u64) -> Message {
        Message { id: MessageId(id), producer: ProducerId(0), sent: Time::ZERO, key: 0, size: 10 }
    }

    fn id(ms: u64) -> EntryId {
        EntryId { ms, seq: 0 }
    }

    proptest! {
        /// Held against a map from ids to messages.
        #[test]
        fn agrees_with_a_map(steps in prop::collection::vec((0u8..12, any::<prop::sample::Index>()), 0..1500)) {
            let (mut log, mut model) = (Log::default(), BTreeMap::new());
            let mut places = BTreeMap::new();
            for (number, (step, which)) in steps.into_iter().enumerate() {
                let number = number as u64;
                match step {
                    0..=9 => {
                        places.insert(number, log.end());
                        log.push(id(number), message(number), Time::ZERO, SIZE);
                        model.insert(number, message(number));
                    }
                    10 if !places.is_empty() => {
                        let (own, place) = places.iter().nth(which.index(places.len())).expect("within");
                        let found = log.find(id(*own));
                        prop_assert_eq!(found.is_some(), model.remove(own).is_some());
                        prop_assert!(found.is_none_or(|found| found == *place));
                        prop_assert_eq!(log.delete(*place).is_some(), found.is_some());
                    }
                    _ => {
                        let to = log.place_of(id(number.saturating_sub(20)));
                        let node = number.is_multiple_of(2).then(|| log.node_from(to));
                        log.trim_to(to, node);
                        model.retain(|own, _| number.saturating_sub(20) <= *own);
                    }
                }
                prop_assert_eq!(log.len(), model.len() as u64);
                prop_assert_eq!(log.bytes(), 10 * log.len());
                prop_assert_eq!(log.first(), log.next_live(0).map_or(log.end(), |(place, _)| place));
                prop_assert_eq!(log.first_node(), log.node_from(log.first()));
                let third = log.iter_from(0).nth(2).map_or(log.end(), |(place, _)| place);
                prop_assert_eq!(log.nth(2), third);
            }
            let found = log.iter_from(0).map(|(_, slot)| (slot.id.ms, slot.message));
            prop_assert!(found.eq(model.iter().map(|(own, message)| (*own, *message))));
            for own in model.keys() {
                prop_assert_eq!(log.find(id(*own)), places.get(own).copied());
            }
        }
    }

    #[test]
    fn a_node_ends_when_it_is_full_by_number_or_by_bytes() {
        let mut log = Log::default();
        for number in 0..20 {
            log.push(id(number), message(number), Time::ZERO, SIZE);
        }
        assert_eq!(
            (log.first_node(), log.node_from(7)),
            (Node { live: 7, end: 7 }, Node { live: 7, end: 14 })
        );
        let mut log = Log::default();
        for number in 0..20 {
            log.push(
                id(number),
                Message { size: 1000, ..message(number) },
                Time::ZERO,
                NodeSize { entries: 100, bytes: 4096 },
            );
        }
        assert_eq!(log.first_node().live, 4);
    }

    #[test]
    fn a_clone_shares_what_is_sealed() {
        let mut log = Log::default();
        for number in 0..10_000 {
            log.push(id(number), message(number), Time::ZERO, SIZE);
        }
        let clone = log.clone();
        log.delete(5_000);
        let shared = log.sealed.iter().zip(&clone.sealed).filter(|(ours, theirs)| Arc::ptr_eq(ours, theirs));
        assert_eq!(shared.count(), log.sealed.len() - 1);
        assert!(clone.live(5_000).is_some() && log.live(5_000).is_none());
    }
}
