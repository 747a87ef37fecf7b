//! A subscription: its copy of every message, by state, and which of the available ones is next.
//!
//! What was never delivered lies in the order of publishing. What was delivered at least once has a place of its own
//! until it is acknowledged. Messages with an ordering key stand in the lane of that key, if the subscription keeps the
//! order. What is next is what has been available for the longest.

use std::sync::Arc;

use crate::id::{MessageId, StoreId};
use crate::journal::{Cause, Place, What};
use crate::mechanism::ranking::Ranking;
use crate::mechanism::slab::Slab;
use crate::mechanism::store::Store;
use crate::mechanism::timetable::Timetable;
use crate::time::Time;

use super::Out;
use super::approximate::Chance;
use super::config::Config;
use super::message::{Entry, Published, after, later};
use super::ordering::Lanes;
use super::stream::Streams;

/// No lane.
pub(super) const ABSENT: u32 = u32::MAX;

/// Where a message stands that was delivered at least once.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) enum State {
    /// A stream has it, or whoever pulled it, until its lease is over.
    Outstanding { stream: u32, deadline: Time },
    /// It can be delivered again.
    Available,
    /// It can be delivered again at this time.
    BackingOff(Time),
}

/// A message that was delivered at least once and is not acknowledged.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) struct Live {
    pub(super) entry: Entry,
    pub(super) state: State,
    /// Its lane, or [`ABSENT`]. What has a lane is outstanding: it comes back to its lane.
    pub(super) lane: u32,
}

/// A message that failed for good: for the dead-letter topic.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) struct Dead(pub(super) Published, pub(super) u16);

/// A subscription.
#[derive(Clone, PartialEq, Hash, Debug)]
pub(super) struct Subscription {
    pub(super) name: Arc<str>,
    pub(super) store: StoreId,
    /// Nothing once the topic is gone.
    pub(super) topic: Option<u16>,
    pub(super) config: Config,
    /// How long what is not acknowledged is kept, in nanoseconds: as long as the topic or the subscription says.
    pub(super) retention: u64,
    /// Never delivered, without a lane, in the order of publishing.
    pub(super) fresh: Store<Entry>,
    pub(super) live: Slab<Live>,
    /// Of those: when the lease is over, the backoff, or the retention.
    pub(super) clock: Timetable,
    /// Of those: the available ones without a lane, by age.
    pub(super) again: Ranking,
    /// How often something was put into `clock` or `again`: those of one instant stand in that order.
    pub(super) count: u64,
    pub(super) lanes: Lanes,
    pub(super) streams: Streams,
    pub(super) waiting: u64,
    pub(super) held: u64,
    pub(super) delayed: u64,
    /// For the dead-letter topic. Empty between calls.
    pub(super) dead: Vec<Dead>,
    /// What was published before this number is not kept once it is acknowledged.
    pub(super) keeps_from: u64,
    /// When there was last a call about it.
    pub(super) active: Time,
    /// Until then nothing is due; it may be that nothing is due at that time either.
    pub(super) quiet_until: Time,
}

/// Where a message is taken from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Source {
    Fresh,
    Again(u32),
    Lane(u32),
}

impl Subscription {
    pub(super) fn new(name: Arc<str>, store: StoreId, topic: u16, config: Config, now: Time) -> Subscription {
        Subscription {
            name,
            store,
            topic: Some(topic),
            config,
            retention: 0,
            fresh: Store::default(),
            live: Slab::default(),
            clock: Timetable::default(),
            again: Ranking::default(),
            count: 0,
            lanes: Lanes::default(),
            streams: Streams::default(),
            waiting: 0,
            held: 0,
            delayed: 0,
            dead: Vec::new(),
            keeps_from: 0,
            active: now,
            quiet_until: Time::MAX,
        }
    }

    /// Whether its filter lets a message pass.
    #[inline]
    pub(super) fn wants(&self, own: &Published) -> bool {
        self.config.filter.as_ref().is_none_or(|filter| filter.passes(own))
    }

    /// Puts in a message that was published.
    #[inline]
    pub(super) fn enter(&mut self, own: &Published, chance: &mut Chance, out: &mut impl Out) {
        out.record(What::Enqueued { message: own.message.id, store: self.store });
        self.waiting += 1;
        let entry = Entry::new(own, own.at);
        if self.config.ordering && own.ordering_key != 0 {
            self.enter_lane(entry);
        } else {
            if self.fresh.len() == 0 {
                self.is_due(self.expires(own.at));
            }
            self.fresh.push_back(entry);
        }
        self.serve(chance, out);
    }

    /// When what was published at a time is not kept any longer.
    #[inline]
    pub(super) fn expires(&self, at: Time) -> Time {
        later(at, self.retention)
    }

    /// Where the message is that is next, whoever asks.
    #[inline]
    pub(super) fn next_source(&self) -> Option<Source> {
        let fresh = self.fresh.front();
        if self.again.first().is_none() && self.lanes.ready.first().is_none() {
            return fresh.map(|_| Source::Fresh);
        }
        const LAST: (u64, u64) = (u64::MAX, u64::MAX);
        let fresh = fresh.map_or(LAST, Entry::rank);
        let again = self.again.first().map_or((LAST, 0), |first| first);
        let lane = self.lanes.ready.first().map_or((LAST, 0), |first| first);
        if again.0 < fresh && again.0 < lane.0 {
            Some(Source::Again(again.1))
        } else if lane.0 < fresh {
            Some(Source::Lane(lane.1))
        } else {
            Some(Source::Fresh)
        }
    }

    #[inline]
    pub(super) fn moved(&self, message: MessageId, from: Place, to: Place, why: Cause, out: &mut impl Out) {
        out.record(What::Moved { message, store: self.store, from, to, count: 1, why });
    }

    /// A number for what is put into a ranking, greater than all before.
    #[inline]
    pub(super) fn next_count(&mut self) -> u64 {
        self.count += 1;
        self.count
    }

    /// Something is due at a time.
    #[inline]
    pub(super) fn is_due(&mut self, at: Time) {
        self.quiet_until = self.quiet_until.min(at);
    }

    /// When it has to be woken; at the end of time if nothing is due by itself.
    pub(super) fn due(&self) -> Time {
        let clock = self.clock.first().map_or(Time::MAX, |((at, _), _)| Time::from_nanos(at));
        let fresh = self.fresh.front().map_or(Time::MAX, |entry| self.expires(entry.own.at));
        let lane = self.lanes.oldest().map_or(Time::MAX, |at| self.expires(at));
        clock.min(fresh).min(lane).min(self.lanes.first_backoff()).min(self.ends())
    }

    /// When it is deleted because nobody uses it.
    pub(super) fn ends(&self) -> Time {
        match self.config.ttl {
            Some(ttl) if !self.streams.is_any_open() => after(self.active, ttl),
            Some(_) | None => Time::MAX,
        }
    }

    /// Finds out anew until when nothing is due.
    pub(super) fn look_ahead(&mut self) {
        self.quiet_until = self.due();
    }
}
