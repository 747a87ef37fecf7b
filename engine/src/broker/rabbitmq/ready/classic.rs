//! A classic queue's order: the higher priority first; within one, the order of publishing.
//!
//! A message that comes back keeps its priority and its position. Messages leave a lane in the order of publishing, so
//! all that came back stood before all that were never delivered; and whatever order they come back in, each
//! has its old neighbors again.

use super::Stored;
use crate::mechanism::heap::Heap;
use crate::mechanism::store::Store;

/// The messages of one priority.
#[derive(Clone, PartialEq, Hash, Debug, Default)]
struct Lane {
    /// By position.
    returned: Heap<Stored>,
    fresh: Store<Stored>,
}

#[derive(Clone, PartialEq, Hash, Debug)]
pub(in super::super) struct Classic {
    /// One for each priority from 0.
    lanes: Vec<Lane>,
    /// Which lanes hold something, one bit each, so that the highest is found without looking at all.
    filled: [u64; 4],
    len: u64,
}

impl Classic {
    pub(super) fn new(max_priority: u8) -> Classic {
        Classic { lanes: vec![Lane::default(); usize::from(max_priority) + 1], filled: [0; 4], len: 0 }
    }

    pub(super) fn clear(&mut self) {
        *self = Classic::new((self.lanes.len() - 1) as u8);
    }

    #[inline]
    pub(super) fn len(&self) -> u64 {
        self.len
    }

    #[inline]
    fn lane_of(&self, stored: &Stored) -> usize {
        match self.lanes.len() {
            1 => 0,
            lanes => stored.envelope.priority((lanes - 1) as u8).into(),
        }
    }

    #[inline]
    fn fill(&mut self, lane: usize) {
        self.filled[lane / 64] |= 1 << (lane % 64);
        self.len += 1;
    }

    /// The lane of the highest priority that holds something.
    #[inline]
    fn highest(&self) -> Option<usize> {
        match self.lanes.len() {
            1 => (self.len != 0).then_some(0),
            _ => {
                let word = self.filled.iter().rposition(|word| *word != 0)?;
                Some(word * 64 + self.filled[word].ilog2() as usize)
            }
        }
    }

    #[inline]
    pub(super) fn push(&mut self, stored: Stored) {
        let lane = self.lane_of(&stored);
        self.lanes[lane].fresh.push_back(stored);
        self.fill(lane);
    }

    pub(super) fn give_back(&mut self, stored: Stored) {
        let lane = self.lane_of(&stored);
        self.lanes[lane].returned.push((0, stored.position), stored);
        self.fill(lane);
    }

    #[inline]
    pub(super) fn front(&self) -> Option<&Stored> {
        let lane = &self.lanes[self.highest()?];
        match lane.returned.first() {
            Some((_, stored)) => Some(stored),
            None => lane.fresh.front(),
        }
    }

    #[inline]
    pub(super) fn pop(&mut self) -> Option<Stored> {
        let number = self.highest()?;
        let lane = &mut self.lanes[number];
        let stored = match lane.returned.len() {
            0 => lane.fresh.pop_front()?,
            _ => lane.returned.pop()?.1,
        };
        if lane.returned.len() | lane.fresh.len() == 0 {
            self.filled[number / 64] &= !(1 << (number % 64));
        }
        self.len -= 1;
        Some(stored)
    }
}
