//! A quorum queue's order: what came back, in the order of coming back; then the others, by lanes of priority.
//!
//! Up to 3.x priorities are ignored. In 4.0 there are two lanes, 5 and above before 4 and below, two high to one normal.
//! From 4.3 on there are 32, the higher always first; 4 if none is given.

use super::super::version::Series;
use super::{Back, Stored};
use crate::mechanism::store::Store;

/// How the lanes take turns.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Turns {
    /// There is one lane.
    None,
    /// Two of the high lane, then one of the other.
    TwoToOne,
    /// The higher lane always first.
    Strict,
}

/// From which priority on a message is in the high one of two lanes.
const HIGH: u8 = 5;
/// The priority of a message without one, among 32.
const MIDDLE: u8 = 4;

#[derive(Clone, PartialEq, Hash, Debug)]
pub(in super::super) struct Quorum {
    /// Came back.
    returned: Store<Stored>,
    /// By rising priority.
    lanes: Vec<Store<Stored>>,
    /// Which lanes hold something, one bit each.
    filled: u32,
    turns: Turns,
    /// Which turn it is, 0, 1 or 2. The third is the normal lane's.
    turn: u8,
    len: u64,
}

impl Quorum {
    pub(super) fn new(series: Series) -> Quorum {
        let (lanes, turns) = match series {
            Series::V3_10 => (1, Turns::None),
            Series::V4_0 => (2, Turns::TwoToOne),
            Series::V4_3 => (32, Turns::Strict),
        };
        Quorum {
            returned: Store::default(),
            lanes: vec![Store::default(); lanes],
            filled: 0,
            turns,
            turn: 0,
            len: 0,
        }
    }

    pub(super) fn clear(&mut self) {
        self.returned = Store::default();
        self.lanes.iter_mut().for_each(|lane| *lane = Store::default());
        (self.filled, self.len) = (0, 0);
    }

    #[inline]
    pub(super) fn len(&self) -> u64 {
        self.len
    }

    #[inline]
    fn lane_of(&self, stored: &Stored) -> usize {
        let priority = stored.envelope.properties.priority;
        match self.turns {
            Turns::None => 0,
            Turns::TwoToOne => usize::from(priority.is_some_and(|priority| HIGH <= priority)),
            Turns::Strict => usize::from(priority.unwrap_or(MIDDLE)).min(self.lanes.len() - 1),
        }
    }

    #[inline]
    pub(super) fn push(&mut self, stored: Stored) {
        let lane = self.lane_of(&stored);
        self.lanes[lane].push_back(stored);
        self.filled |= 1 << lane;
        self.len += 1;
    }

    pub(super) fn give_back(&mut self, stored: Stored, back: Back) {
        match back {
            Back::Front => self.returned.push_back(stored),
            // A new entry of the log, without its priority.
            Back::End => {
                self.lanes[0].push_back(stored);
                self.filled |= 1;
            }
        }
        self.len += 1;
    }

    /// The lane whose turn it is.
    #[inline]
    fn next(&self) -> Option<usize> {
        match self.turns {
            Turns::None => (self.lanes[0].len() != 0).then_some(0),
            Turns::Strict => self.filled.checked_ilog2().map(|lane| lane as usize),
            Turns::TwoToOne => match (self.lanes[0].front(), self.lanes[1].front()) {
                // The third turn is the normal lane's, unless the high message is the older one anyway.
                (Some(normal), Some(high)) => {
                    Some(usize::from(self.turn != 2 || high.position < normal.position))
                }
                (None, Some(_)) => Some(1),
                (Some(_), None) => Some(0),
                (None, None) => None,
            },
        }
    }

    #[inline]
    pub(super) fn front(&self) -> Option<&Stored> {
        match self.returned.front() {
            Some(stored) => Some(stored),
            None => self.lanes[self.next()?].front(),
        }
    }

    #[inline]
    pub(super) fn pop(&mut self) -> Option<Stored> {
        let stored = match self.returned.len() {
            1.. => self.returned.pop_front()?,
            0 => {
                let lane = self.next()?;
                self.turn = if self.turn == 2 { 0 } else { self.turn + 1 };
                let stored = self.lanes[lane].pop_front()?;
                if self.lanes[lane].len() == 0 {
                    self.filled &= !(1 << lane);
                }
                stored
            }
        };
        self.len -= 1;
        Some(stored)
    }
}
