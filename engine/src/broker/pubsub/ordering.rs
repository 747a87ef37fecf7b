//! Ordering keys: a lane for each, on subscriptions that keep the order.
//!
//! ```text
//! waiting:  m4 m5 m6      given, from the first that is not acknowledged on:  m1 out, m2 acknowledged, m3 out
//! ```
//!
//! - *Order.* Messages of a key are delivered in the order of publishing.
//! - *Affinity.* While any of a key is outstanding, its next messages go to the same stream, also if that is closed
//!   and its leases have not ended yet. Afterwards any stream gets them.
//! - *Consistent redelivery.* If one is delivered again, all later ones of its key that were delivered are delivered
//!   again after it, acknowledged or not. While it backs off the whole key waits.

use std::collections::VecDeque;

use crate::journal::{Cause, Place};
use crate::mechanism::ranking::Ranking;
use crate::mechanism::store::Store;
use crate::time::Time;

use super::Out;
use super::message::Entry;
use super::stream::PULLED;
use super::subscription::{ABSENT, Live, Subscription};

/// A message that was delivered, and all before which is acknowledged or in this row.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) enum Given {
    /// Out, at this place.
    Out { number: u64, place: u32 },
    /// Acknowledged; it comes back if one before it does.
    Acked(Entry),
}

impl Given {
    fn number(&self) -> u64 {
        match self {
            Given::Out { number, .. } => *number,
            Given::Acked(entry) => entry.own.number,
        }
    }
}

/// Where a lane is looked for.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Filed {
    Nowhere,
    /// Among those that any stream can take from.
    Ready,
    /// Among those of one stream.
    Bound(u32),
}

/// The messages of one key.
#[derive(Clone, PartialEq, Hash, Debug)]
pub(super) struct Lane {
    key: u16,
    waiting: Store<Entry>,
    given: VecDeque<Given>,
    /// Who was given the last of them, while any is out.
    stream: u32,
    /// Until when the first of those that wait backs off.
    backoff: Option<Time>,
    filed: Filed,
}

/// The lanes of a subscription.
#[derive(Clone, PartialEq, Hash, Debug, Default)]
pub(super) struct Lanes {
    all: Vec<Lane>,
    /// By key.
    numbers: Vec<u32>,
    /// Those that any stream can take from, by the age of their heads.
    pub(super) ready: Ranking,
    /// Those in which any wait, by when the first was published.
    ages: Ranking,
    /// Those that back off, by when that ends.
    backoffs: Ranking,
}

impl Lanes {
    fn lane(&mut self, key: u16) -> u32 {
        let place = usize::from(key);
        if self.numbers.len() <= place {
            self.numbers.resize(place + 1, ABSENT);
        }
        if self.numbers[place] == ABSENT {
            self.numbers[place] = self.all.len() as u32;
            self.all.push(Lane {
                key,
                waiting: Store::default(),
                given: VecDeque::new(),
                stream: PULLED,
                backoff: None,
                filed: Filed::Nowhere,
            });
        }
        self.numbers[place]
    }

    /// Whether its first message can be delivered.
    pub(super) fn is_deliverable(&self, lane: u32) -> bool {
        let lane = &self.all[lane as usize];
        lane.backoff.is_none() && lane.waiting.front().is_some()
    }

    /// Takes out the first that waits.
    pub(super) fn pop(&mut self, lane: u32) -> Option<Entry> {
        self.all[lane as usize].waiting.pop_front()
    }

    /// A message of a lane was given to a stream.
    pub(super) fn given(&mut self, lane: u32, stream: u32, number: u64, place: u32) {
        let lane = &mut self.all[lane as usize];
        lane.stream = stream;
        lane.given.push_back(Given::Out { number, place });
    }

    fn find(&self, lane: u32, number: u64) -> Option<usize> {
        self.all[lane as usize].given.binary_search_by_key(&number, Given::number).ok()
    }

    /// A message is acknowledged.
    pub(super) fn acknowledged(&mut self, lane: u32, entry: &Entry) {
        if let Some(at) = self.find(lane, entry.own.number) {
            self.all[lane as usize].given[at] = Given::Acked(*entry);
            self.trim(lane);
        }
    }

    /// A message is gone for another reason.
    pub(super) fn forget(&mut self, lane: u32, number: u64) {
        if let Some(at) = self.find(lane, number) {
            self.all[lane as usize].given.remove(at);
            self.trim(lane);
        }
    }

    /// What is acknowledged, with all before it, never comes back.
    fn trim(&mut self, lane: u32) {
        let given = &mut self.all[lane as usize].given;
        while let Some(Given::Acked(_)) = given.front() {
            given.pop_front();
        }
    }

    /// When the first of all that wait was published.
    pub(super) fn oldest(&self) -> Option<Time> {
        self.ages.first().map(|((at, _), _)| Time::from_nanos(at))
    }

    pub(super) fn first_backoff(&self) -> Time {
        self.backoffs.first().map_or(Time::MAX, |((at, _), _)| Time::from_nanos(at))
    }

    /// At most `limit` of those that wait in each lane.
    pub(super) fn waiting(&self, limit: usize) -> impl Iterator<Item = &Entry> {
        self.all.iter().flat_map(move |lane| lane.waiting.iter().take(limit))
    }

    /// In how many the first backs off.
    #[cfg(test)]
    pub(super) fn backing_off(&self) -> u64 {
        self.all.iter().filter(|lane| lane.backoff.is_some()).count() as u64
    }

    /// Panics where its parts contradict each other. `is_out` tells whether a message is out at a place.
    #[cfg(test)]
    pub(super) fn check(&self, is_out: impl Fn(u32, u64) -> bool) {
        for lane in &self.all {
            let given = lane.given.iter().map(Given::number);
            let numbers: Vec<u64> = given.chain(lane.waiting.iter().map(|entry| entry.own.number)).collect();
            assert!(numbers.is_sorted_by(|one, next| one < next), "{lane:?}");
            assert!(!matches!(lane.given.front(), Some(Given::Acked(_))), "{lane:?}");
            for given in &lane.given {
                if let Given::Out { number, place } = given {
                    assert!(is_out(*place, *number), "{lane:?}");
                }
            }
        }
    }

    /// The key of a lane.
    pub(super) fn key(&self, lane: u32) -> u16 {
        self.all[lane as usize].key
    }

    /// How many lanes there are.
    pub(super) fn len(&self) -> u32 {
        self.all.len() as u32
    }
}

impl Subscription {
    /// Puts a message that was published into the lane of its key.
    #[inline(never)]
    pub(super) fn enter_lane(&mut self, entry: Entry) {
        let lane = self.lanes.lane(entry.own.ordering_key);
        let own = &mut self.lanes.all[lane as usize];
        own.waiting.push_back(entry);
        if own.waiting.len() == 1 {
            self.is_due(self.expires(entry.own.at));
            self.refile(lane);
        }
    }

    /// Puts a lane to where it is looked for, after any change to it.
    #[inline(never)]
    pub(super) fn refile(&mut self, number: u32) {
        let lane = &mut self.lanes.all[number as usize];
        let filed = match lane.waiting.front() {
            None => {
                self.lanes.ages.clear(number);
                self.lanes.backoffs.clear(number);
                lane.backoff = None;
                Filed::Nowhere
            }
            Some(head) => {
                self.lanes.ages.set(number, (head.own.at.as_nanos(), number.into()));
                match lane.backoff {
                    Some(until) => {
                        self.lanes.backoffs.set(number, (until.as_nanos(), number.into()));
                        Filed::Nowhere
                    }
                    None => {
                        self.lanes.backoffs.clear(number);
                        match (lane.given.is_empty(), lane.stream) {
                            (true, _) => Filed::Ready,
                            (false, PULLED) => Filed::Nowhere,
                            (false, stream) => Filed::Bound(stream),
                        }
                    }
                }
            }
        };
        let before = std::mem::replace(&mut lane.filed, filed);
        let rank = lane.waiting.front().map_or((0, 0), Entry::rank);
        if before != filed {
            match before {
                Filed::Nowhere => {}
                Filed::Ready => self.lanes.ready.clear(number),
                Filed::Bound(stream) => {
                    if let Some(stream) = self.streams.get_mut(stream) {
                        stream.bound.clear(number);
                    }
                }
            }
        }
        match filed {
            Filed::Nowhere => {}
            Filed::Ready => self.lanes.ready.set(number, rank),
            Filed::Bound(stream) => {
                if let Some(own) = self.streams.get_mut(stream) {
                    own.bound.set(number, rank);
                }
                self.streams.has_changed(stream);
            }
        }
    }

    /// A message of a lane failed: it comes back, and with it all later ones that were delivered.
    pub(super) fn fail_in_lane(
        &mut self,
        place: u32,
        live: &Live,
        until: Option<Time>,
        why: Cause,
        out: &mut impl Out,
    ) {
        let (lane, own) = (live.lane, live.entry.own);
        if let Some(at) = self.lanes.find(lane, own.number) {
            self.end_backoff(lane, why, out);
            self.take_back_after(lane, at + 1, why, out);
            self.lanes.all[lane as usize].given.truncate(at);
            self.lanes.trim(lane);
        }
        self.release(place, live);
        let lane_mut = &mut self.lanes.all[lane as usize];
        lane_mut.waiting.push_front(live.entry);
        lane_mut.backoff = until;
        if let Some(until) = until {
            self.delayed += 1;
            self.is_due(until);
            self.moved(own.message.id, Place::Held, Place::Delayed, why, out);
        } else {
            self.waiting += 1;
            self.moved(own.message.id, Place::Held, Place::Waiting, why, out);
        }
        self.is_due(self.expires(own.at));
        self.refile(lane);
    }

    /// Puts what was given from a place in the row on back among those that wait.
    fn take_back_after(&mut self, lane: u32, from: usize, why: Cause, out: &mut impl Out) {
        let now = out.now();
        while from < self.lanes.all[lane as usize].given.len()
            && let Some(given) = self.lanes.all[lane as usize].given.pop_back()
        {
            let (entry, was) = match given {
                Given::Out { place, .. } => {
                    let Some(&live) = self.live.get(place) else { continue };
                    (live.entry, self.release(place, &live))
                }
                Given::Acked(entry) if self.expires(entry.own.at) <= now => continue,
                Given::Acked(entry) => (entry, Place::Done),
            };
            self.waiting += 1;
            self.moved(entry.own.message.id, was, Place::Waiting, why, out);
            self.lanes.all[lane as usize].waiting.push_front(Entry { since: now, ..entry });
        }
    }

    /// The first that waits in a lane waits for nothing any more.
    fn end_backoff(&mut self, lane: u32, why: Cause, out: &mut impl Out) {
        let own = &mut self.lanes.all[lane as usize];
        if own.backoff.take().is_none() {
            return;
        }
        if let Some(entry) = own.waiting.pop_front() {
            own.waiting.push_front(Entry { since: out.now(), ..entry });
            (self.delayed, self.waiting) = (self.delayed - 1, self.waiting + 1);
            self.moved(entry.own.message.id, Place::Delayed, Place::Waiting, why, out);
        }
    }

    pub(super) fn end_lane_backoffs(&mut self, out: &mut impl Out) {
        while let Some(((until, _), lane)) = self.lanes.backoffs.first()
            && until <= out.now().as_nanos()
        {
            self.end_backoff(lane, Cause::Delay, out);
            self.refile(lane);
        }
    }

    /// Removes what waits in lanes and is too old.
    pub(super) fn expire_in_lanes(&mut self, out: &mut impl Out) {
        while let Some(((at, _), lane)) = self.lanes.ages.first()
            && self.expires(Time::from_nanos(at)) <= out.now()
        {
            self.end_backoff(lane, Cause::Delay, out);
            if let Some(entry) = self.lanes.pop(lane) {
                self.waiting -= 1;
                self.moved(entry.own.message.id, Place::Waiting, Place::Expired, Cause::Expiry, out);
            }
            self.refile(lane);
        }
    }

    /// For a seek: takes out all that waits in a lane, and of what was given all from this number on. What was
    /// acknowledged is forgotten.
    pub(super) fn empty_lane(&mut self, lane: u32, from: u64, out: &mut impl Out) -> Vec<Entry> {
        self.end_backoff(lane, Cause::Seek, out);
        let own = &mut self.lanes.all[lane as usize];
        own.given.retain(|given| matches!(given, Given::Out { .. }));
        let at = own.given.partition_point(|given| given.number() < from);
        self.take_back_after(lane, at, Cause::Seek, out);
        let own = &mut self.lanes.all[lane as usize];
        let all: Vec<Entry> = std::mem::take(&mut own.waiting).iter().copied().collect();
        self.refile(lane);
        all
    }
}
