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

/// By server, lanes by the age of their oldest message. Nearly every queue has one lane on each server, which needs no
/// order.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub(super) struct Shelves {
    /// The age of the oldest message of each server that has one; those stand side by side, for each receive compares
    /// them all.
    heads: [u128; COUNT],
    /// In which lane that is.
    first: [u32; COUNT],
    /// The servers that have a message, a bit each.
    filled: u16,
    /// The greatest server that has a lane.
    greatest: u8,
    /// How many lanes each has, empty ones included.
    lanes: [u32; COUNT],
    /// Those that have messages, for servers with several lanes.
    ranked: Vec<Ranking>,
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
            if self.filled & 1 << server != 0 {
                let head = self.heads[own];
                self.ranked[own].set(self.first[own], ((head >> 64) as u64, head as u64));
            }
        }
        self.lanes[own] += 1;
    }

    /// A lane's oldest message is of this age now.
    #[inline]
    pub(super) fn set(&mut self, server: u8, lane: u32, rank: Rank) {
        let own = usize::from(server);
        if self.lanes[own] <= 1 {
            self.filled |= 1 << server;
            (self.heads[own], self.first[own]) = (packed(rank), lane);
        } else {
            self.ranked[own].set(lane, rank);
            self.look(server);
        }
    }

    /// A lane has no message any more, or none that can be taken.
    #[inline]
    pub(super) fn clear(&mut self, server: u8, lane: u32) {
        if self.lanes[usize::from(server)] <= 1 {
            self.filled &= !(1 << server);
        } else {
            self.ranked[usize::from(server)].clear(lane);
            self.look(server);
        }
    }

    fn look(&mut self, server: u8) {
        let own = usize::from(server);
        match self.ranked[own].first() {
            Some((rank, lane)) => {
                self.filled |= 1 << server;
                (self.heads[own], self.first[own]) = (packed(rank), lane);
            }
            None => self.filled &= !(1 << server),
        }
    }

    /// The age and the lane of the oldest message on some servers. A queue that never had one but on the first server
    /// is asked there in any case.
    #[inline]
    pub(super) fn oldest(&self, servers: u16) -> Option<(Rank, u32)> {
        let mut rest = if self.greatest == 0 { self.filled } else { self.filled & servers };
        if rest == 0 {
            return None;
        }
        let (mut head, mut place) = (u128::MAX, 0);
        while rest != 0 {
            let server = rest.trailing_zeros() as usize % 16;
            let own = self.heads.get(server).copied().unwrap_or(u128::MAX);
            (head, place) = if own < head { (own, server) } else { (head, place) };
            rest &= rest - 1;
        }
        let lane = self.first.get(place).copied()?;
        Some((((head >> 64) as u64, head as u64), lane))
    }

    /// When the oldest message of all servers was sent; at the end of time if there is none.
    pub(super) fn oldest_sent(&self) -> u64 {
        self.oldest(ALL_SERVERS).map_or(u64::MAX, |((sent, _), _)| sent)
    }
}
