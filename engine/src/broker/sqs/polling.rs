//! Polling: a short poll answers at once from some of the servers, a long poll asks all and waits.
//!
//! A long poll is answered as soon as there is a message, or with nothing when its time is over. Who waits longest is
//! served first; the service promises nothing of that.

use std::collections::VecDeque;

use crate::id::{ClientId, RequestId};
use crate::mechanism::ranking::Ranking;
use crate::mechanism::slab::Slab;
use crate::random::Stream;
use crate::time::Time;

use super::api::Receive;
use super::queue::Queue;
use super::settings::Settings;

/// Over so many servers the messages of a standard queue are spread where that is modeled.
pub(super) const SERVERS: u8 = 10;

/// A set of servers, a bit each.
pub(super) const ALL_SERVERS: u16 = (1 << SERVERS) - 1;

/// The server on which the message of this number is kept.
#[inline]
pub(super) fn server_of(sequence: u64, settings: &Settings) -> u8 {
    if !settings.sampling {
        return 0;
    }
    // The golden ratio spreads any row of numbers evenly.
    let spread = sequence.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32;
    ((spread * u64::from(SERVERS)) >> 32) as u8
}

/// The servers that a short poll asks: each with probability 3/4, and at least one.
pub(super) fn sample(random: &mut Stream) -> u16 {
    let asked = (random.next_u64() | random.next_u64()) as u16 & ALL_SERVERS;
    if asked == 0 { 1 << random.below(SERVERS.into()) } else { asked }
}

/// A long poll that waits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) struct Poll {
    pub(super) client: ClientId,
    pub(super) request: RequestId,
    pub(super) receive: Receive,
}

/// The long polls that wait at a queue.
#[derive(Clone, PartialEq, Hash, Debug, Default)]
pub(super) struct Polls {
    polls: Slab<Poll>,
    /// Who waits longest comes first.
    order: VecDeque<u32>,
    ends: Ranking,
    begun: u64,
}

impl Polls {
    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        self.order.is_empty()
    }

    fn wait(&mut self, poll: Poll, until: Time) {
        self.begun += 1;
        let place = self.polls.insert(poll);
        self.order.push_back(place);
        self.ends.set(place, (until.as_nanos(), self.begun));
    }

    /// Who is served next, and until when it would wait.
    pub(super) fn next(&self) -> Option<Poll> {
        self.polls.get(*self.order.front()?).copied()
    }

    /// The one that was told to be next has been served.
    pub(super) fn served(&mut self) {
        if let Some(place) = self.order.pop_front() {
            self.ends.clear(place);
            self.polls.remove(place);
        }
    }

    /// When the first of them ends; at the end of time if there is none.
    #[inline]
    pub(super) fn first_end(&self) -> Time {
        self.ends.first().map_or(Time::MAX, |((end, _), _)| Time::from_nanos(end))
    }

    /// Takes out one whose time is over.
    pub(super) fn end(&mut self, now: Time) -> Option<Poll> {
        let (_, place) = self.ends.first().filter(|((end, _), _)| *end <= now.as_nanos())?;
        self.remove(place)
    }

    /// Forgets what a client asked that is gone.
    pub(super) fn disconnect(&mut self, client: ClientId) {
        let own: Vec<u32> =
            self.polls.iter().filter(|(_, poll)| poll.client == client).map(|(place, _)| place).collect();
        own.into_iter().for_each(|place| {
            self.remove(place);
        });
    }

    /// Takes all out, who waits longest first.
    pub(super) fn drain(&mut self) -> Vec<Poll> {
        let mut all = Vec::new();
        while let Some(poll) = self.next() {
            self.served();
            all.push(poll);
        }
        all
    }

    /// Forgets all.
    pub(super) fn forget(&mut self) {
        *self = Polls { begun: self.begun, ..Polls::default() };
    }

    fn remove(&mut self, place: u32) -> Option<Poll> {
        self.ends.clear(place);
        // The one that ends is nearly always the one that waits longest.
        if self.order.front() == Some(&place) {
            self.order.pop_front();
        } else {
            self.order.retain(|other| *other != place);
        }
        self.polls.remove(place)
    }
}

impl Queue {
    /// A long poll waits.
    #[inline(never)]
    pub(super) fn wait(&mut self, poll: Poll, until: Time) {
        self.polls.wait(poll, until);
        self.is_due(until);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_spread_over_all_servers_and_a_sample_misses_some() {
        let settings = Settings { sampling: true, ..Settings::default() };
        let mut count = [0_u32; SERVERS as usize];
        (0..10_000).for_each(|sequence| count[usize::from(server_of(sequence, &settings))] += 1);
        assert!(count.iter().all(|count| (900..1100).contains(count)), "{count:?}");
        let mut random = Stream::named(1, "short polls");
        let asked: u32 = (0..1000).map(|_| sample(&mut random).count_ones()).sum();
        assert!((7300..7700).contains(&asked), "{asked} of 10,000 were asked");
        assert_eq!(server_of(77, &Settings::default()), 0);
    }
}
