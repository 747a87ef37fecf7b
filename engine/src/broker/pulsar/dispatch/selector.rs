//! Which consumer of `Key_Shared` has which slots.
//!
//! By a ring of hashes (the default) each consumer has 100 points among 65,535 slots, and a slot belongs to the first
//! point from it on. By ranges the 65,536 slots are split: a newcomer takes the lower half of the widest range, and what
//! one leaves goes to its upper neighbor. `STICKY` consumers ask for ranges themselves.

use std::fmt::Write;

use crate::mechanism::shell_sort;

use super::super::consumer::{Consumer, ConsumerId};
use super::super::key::{Text, key_hash};
use super::super::name::Names;

/// Slots where consumers have ranges.
pub(in super::super) const RANGE: u32 = 65_536;
/// Slots of the ring.
pub(in super::super) const RING: u32 = 65_535;

/// Who has which slots.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(in super::super) enum Selector {
    /// Points, in order. Of two consumers on one point the one that came first has it: it stands before the other.
    Ring(Vec<(u32, ConsumerId)>),
    /// The upper end of each range, which belongs to it, in order; the last is [`RANGE`].
    Ranges(Vec<(u32, ConsumerId)>),
    /// Ranges, both ends included, in order.
    Sticky(Vec<(u32, u32, ConsumerId)>),
}

impl Selector {
    /// The slot of a hash, from 1 on: 0 stands for none.
    #[inline]
    pub(in super::super) fn slot(&self, hash: u32) -> u32 {
        match self {
            Selector::Ring(_) => hash % RING + 1,
            Selector::Ranges(_) | Selector::Sticky(_) => (hash % RANGE).max(1),
        }
    }

    /// How many slots there are.
    pub(in super::super) fn slots(&self) -> u32 {
        match self {
            Selector::Ring(_) => RING,
            Selector::Ranges(_) | Selector::Sticky(_) => RANGE,
        }
    }

    /// Who has a slot.
    #[inline]
    pub(in super::super) fn owner(&self, slot: u32) -> Option<ConsumerId> {
        match self {
            Selector::Ring(points) | Selector::Ranges(points) => {
                let place = points.partition_point(|(own, _)| *own < slot);
                Some(points.get(place).or_else(|| points.first())?.1)
            }
            Selector::Sticky(ranges) => {
                let place = ranges.partition_point(|(_, end, _)| *end < slot);
                ranges.get(place).filter(|(start, ..)| *start <= slot).map(|(.., owner)| *owner)
            }
        }
    }

    /// A consumer has come.
    pub(in super::super) fn join(&mut self, consumer: &Consumer, names: &Names, points: u32) {
        match self {
            Selector::Ring(ring) => {
                ring.extend((0..points).map(|point| (point_of(consumer, names, point), consumer.id)));
                shell_sort::sort(ring);
            }
            Selector::Ranges(ranges) => split(ranges, consumer.id),
            Selector::Sticky(ranges) => {
                ranges.extend(consumer.sticky.iter().map(|(start, end)| (*start, *end, consumer.id)));
                shell_sort::sort(ranges);
            }
        }
    }

    /// A consumer is gone.
    pub(in super::super) fn leave(&mut self, id: ConsumerId) {
        match self {
            Selector::Ring(ring) => ring.retain(|(_, own)| *own != id),
            Selector::Ranges(ranges) => {
                let Some(place) = ranges.iter().position(|(_, own)| *own == id) else { return };
                let (end, _) = ranges.remove(place);
                // The last range has no upper neighbor: the lower one gets it.
                if let Some(last) = ranges.last_mut().filter(|_| end == RANGE) {
                    last.0 = RANGE;
                }
            }
            Selector::Sticky(ranges) => ranges.retain(|(.., own)| *own != id),
        }
    }

    /// The slots of each consumer as half-open ranges from 0 on, in order.
    pub(in super::super) fn shares(&self) -> Vec<(u32, u32, ConsumerId)> {
        let mut shares: Vec<(u32, u32, ConsumerId)> = Vec::new();
        match self {
            Selector::Ring(points) => {
                let mut start = 0;
                for (slot, owner) in points {
                    // Slot s is share s - 1.
                    push(&mut shares, (start, *slot, *owner));
                    start = *slot;
                }
                if let Some((_, owner)) = points.first() {
                    push(&mut shares, (start, RING, *owner));
                }
            }
            Selector::Ranges(ranges) => {
                let mut start = 0;
                for (end, owner) in ranges {
                    shares.push((start, (*end + 1).min(RANGE), *owner));
                    start = *end + 1;
                }
            }
            Selector::Sticky(ranges) => {
                shares.extend(ranges.iter().map(|(start, end, owner)| (*start, *end + 1, *owner)));
            }
        }
        shares
    }
}

/// Adds a share, together with the one before it if that is the same consumer's.
fn push(shares: &mut Vec<(u32, u32, ConsumerId)>, (start, end, owner): (u32, u32, ConsumerId)) {
    if end <= start {
        return;
    }
    match shares.last_mut() {
        Some(last) if last.1 == start && last.2 == owner => last.1 = end,
        Some(_) | None => shares.push((start, end, owner)),
    }
}

/// Point *i* of a consumer is the slot of its name, the index among those of its name, and *i*, with NUL between.
fn point_of(consumer: &Consumer, names: &Names, point: u32) -> u32 {
    let mut text = Text::new();
    let _ = text.write_str(names.text(consumer.name));
    let _ = text.write_str("\0");
    text.number(consumer.name_index.into());
    let _ = text.write_str("\0");
    text.number(point.into());
    key_hash(text.as_bytes()) % RING + 1
}

fn split(ranges: &mut Vec<(u32, ConsumerId)>, id: ConsumerId) {
    if ranges.is_empty() {
        ranges.push((RANGE, id));
        return;
    }
    let (mut widest, mut at, mut start) = (0, (0, 0), 0);
    for (place, (end, _)) in ranges.iter().enumerate() {
        if widest < end - start {
            widest = end - start;
            at = (place, *end);
        }
        start = *end;
    }
    let (place, end) = at;
    ranges.insert(place, (end - (widest >> 1), id));
}
