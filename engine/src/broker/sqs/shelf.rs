//! The servers of a queue: on each, which of its lanes has the oldest message.

use crate::mechanism::ranking::{Rank, Ranking};

use super::polling::{ALL_SERVERS, SERVERS};

/// Comes after every rank there is.
pub(super) const LAST: Rank = (u64::MAX, u64::MAX);

const COUNT: usize = SERVERS as usize;

/// A rank in one number: to compare two is no branch, where nobody can predict which server is next.
#[inline]
fn packed((sent, sequence): Rank) -> u128 {
    u128::from(sent) << 64 | u128::from(sequence)
}

#[inline]
fn unpacked(head: u128) -> Rank {
    ((head >> 64) as u64, head as u64)
}

/// The head of a server without messages.
const NONE: u128 = u128::MAX;

/// Each server once, four bits each, and places that are never asked.
const IN_ORDER: u64 = 0xFFFF_FF98_7654_3210;

/// By server, lanes by the age of their oldest message. Nearly every queue has one lane on each server, which needs no
/// order.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(super) struct Shelves {
    /// The servers by their heads, the one with the oldest message in the lowest four bits.
    order: u64,
    /// The age of the oldest message of each; those stand side by side, for they are compared all at once.
    heads: [u128; COUNT],
    /// In which lane that is.
    first: [u32; COUNT],
    /// The greatest server that has a lane.
    greatest: u8,
    /// How many lanes each has, empty ones included.
    lanes: [u32; COUNT],
    /// Those that have messages, for servers with several lanes.
    ranked: Vec<Ranking>,
}

impl Default for Shelves {
    fn default() -> Shelves {
        let (order, heads, none) = (IN_ORDER, [NONE; COUNT], [0; COUNT]);
        Shelves { order, heads, first: none, greatest: 0, lanes: none, ranked: Vec::new() }
    }
}

impl Shelves {
    /// One more lane will stand on a server.
    pub(super) fn add_lane(&mut self, server: u8) {
        self.greatest = self.greatest.max(server);
        let own = usize::from(server);
        if self.lanes[own] == 1 {
            if self.ranked.is_empty() {
                self.ranked.resize_with(COUNT, Ranking::default);
            }
            if self.heads[own] != NONE {
                self.ranked[own].set(self.first[own], unpacked(self.heads[own]));
            }
        }
        self.lanes[own] += 1;
    }

    /// A lane's oldest message is of this age now.
    #[inline]
    pub(super) fn set(&mut self, server: u8, lane: u32, rank: Rank) {
        if self.lanes[usize::from(server)] <= 1 {
            self.place(server, lane, packed(rank));
        } else {
            self.ranked[usize::from(server)].set(lane, rank);
            self.look(server);
        }
    }

    /// A lane has no message any more, or none that can be taken.
    #[inline]
    pub(super) fn clear(&mut self, server: u8, lane: u32) {
        if self.lanes[usize::from(server)] <= 1 {
            self.place(server, lane, NONE);
        } else {
            self.ranked[usize::from(server)].clear(lane);
            self.look(server);
        }
    }

    fn look(&mut self, server: u8) {
        let (rank, lane) = self.ranked[usize::from(server)].first().unwrap_or((LAST, 0));
        self.place(server, lane, packed(rank));
    }

    /// Moves a server to where it belongs by its new head: behind as many as have older ones.
    #[inline]
    fn place(&mut self, server: u8, lane: u32, head: u128) {
        let own = usize::from(server);
        (self.heads[own], self.first[own]) = (head, lane);
        let older: u32 = self.heads.iter().map(|other| u32::from(*other < head)).sum();
        // The lowest four bits of the difference that are all zero are where it stands now.
        const ONES: u64 = 0x1111_1111_1111_1111;
        let difference = self.order ^ (u64::from(server) * ONES);
        let zeros = difference.wrapping_sub(ONES) & !difference & (ONES << 3);
        let (from, to) = (zeros.trailing_zeros() & 0x3C, 4 * older);
        let others = self.order & low(from) | self.order >> 4 & !low(from);
        self.order = others & low(to) | u64::from(server) << to | (others & !low(to)) << 4 | 0xF << 60;
    }

    /// The age and the lane of the oldest message on some servers. A queue that never had one but on the first server
    /// is asked there in any case.
    #[inline]
    pub(super) fn oldest(&self, servers: u16) -> Option<(Rank, u32)> {
        let asked = if self.greatest == 0 { 1 } else { servers & ALL_SERVERS };
        let mut order = self.order;
        while order & 0xF != 0xF {
            let server = (order & 0xF) as usize;
            if asked >> server & 1 != 0 {
                let (head, lane) = (*self.heads.get(server)?, *self.first.get(server)?);
                return (head != NONE).then_some((unpacked(head), lane));
            }
            order >>= 4;
        }
        None
    }

    /// When the oldest message of all servers was sent; at the end of time if there is none.
    pub(super) fn oldest_sent(&self) -> u64 {
        self.oldest(ALL_SERVERS).map_or(u64::MAX, |((sent, _), _)| sent)
    }
}

/// So many of the lowest bits, fewer than 64.
#[inline]
fn low(bits: u32) -> u64 {
    (1 << bits) - 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    proptest! {
        #[test]
        fn the_oldest_of_those_asked_is_found(
            alone in any::<bool>(),
            steps in prop::collection::vec((0..SERVERS, 0_u32..3, prop::option::of(0_u64..50), any::<u16>()), 0..300),
        ) {
            let (mut shelves, mut model) = (Shelves::default(), BTreeMap::new());
            let mut lanes: Vec<u8> = Vec::new();
            for (number, (server, nth, sent, asked)) in steps.into_iter().enumerate() {
                // At first every server has one lane.
                let server = if alone { 0 } else { server };
                let own: Vec<usize> = (0..lanes.len()).filter(|lane| lanes[*lane] == server).collect();
                let lane = own.get(nth as usize).copied().or(own.last().copied().filter(|_| number < 100));
                let lane = lane.unwrap_or_else(|| {
                    shelves.add_lane(server);
                    lanes.push(server);
                    lanes.len() - 1
                }) as u32;
                match sent {
                    Some(sent) => {
                        shelves.set(server, lane, (sent, number as u64));
                        model.insert(lane, (sent, number as u64));
                    }
                    None => {
                        shelves.clear(server, lane);
                        model.remove(&lane);
                    }
                }
                let is_asked = |lane: u32| alone || asked >> lanes[lane as usize] & 1 != 0;
                let one_server = lanes.iter().all(|server| *server == 0);
                let found = model.iter().filter(|(lane, _)| one_server || is_asked(**lane));
                let found = found.map(|(lane, rank)| (*rank, *lane)).min();
                prop_assert_eq!(shelves.oldest(asked), found);
            }
        }
    }
}
