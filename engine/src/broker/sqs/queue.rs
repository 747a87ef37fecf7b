//! A queue: its messages by state, and which of the visible ones is next.
//!
//! Visible messages stand in lanes, one for each group and server. The lanes are ranked by their oldest message, so
//! what is next is found without looking at what merely waits. A lane is in exactly one of three places: among those
//! that are ready, among those of noisy tenants, or, for a FIFO group that is in flight, among the locked.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use crate::id::StoreId;
use crate::journal::{Cause, Place, What};
use crate::mechanism::agenda::Agenda;
use crate::mechanism::dedup::DedupWindow;
use crate::mechanism::ranking::Ranking;
use crate::mechanism::slab::Slab;
use crate::time::Time;
use crate::view::{EntryView, StoreView};

use super::Out;
use super::api::{DedupId, GroupId, Numbers};
use super::attempts::Attempts;
use super::attributes::Attributes;
use super::delay::Delayed;
use super::fairness::Fairness;
use super::lane::Lane;
use super::polling::{ALL_SERVERS, Polls, server_of};
use super::quota::Throttles;
use super::settings::Settings;
use super::stored::{Age, Stored};
use super::visibility::Held;

/// For how long a `MessageDeduplicationId` and a `ReceiveRequestAttemptId` are remembered.
pub(super) const DEDUPLICATION_INTERVAL: Duration = Duration::from_secs(300);

/// A queue.
#[derive(Clone, PartialEq, Hash, Debug)]
pub(super) struct Queue {
    pub(super) name: Arc<str>,
    pub(super) store: StoreId,
    pub(super) attributes: Attributes,
    pub(super) lanes: Vec<Lane>,
    /// The lane of each group on each server.
    index: BTreeMap<(Option<GroupId>, u8), u32>,
    /// By server: lanes from which a receive can take, by the age of their oldest message.
    ready: Vec<Ranking>,
    /// FIFO: lanes whose group is locked, likewise.
    locked: Ranking,
    /// Lanes of noisy tenants that have messages: a few.
    noisy: Vec<u32>,
    visible: u64,
    /// In flight.
    pub(super) held: Slab<Held>,
    /// When each of those is visible again, or expires.
    pub(super) deadlines: Ranking,
    /// How many deadlines were ever set: equal ones are kept in the order of being set.
    pub(super) set: u64,
    pub(super) delayed: Agenda<Delayed>,
    /// How many messages were ever put in, and how many have left.
    pub(super) sequence: u64,
    pub(super) left: u64,
    pub(super) dedup: DedupWindow<(DedupId, Option<GroupId>), (u64, u64)>,
    pub(super) attempts: Attempts,
    pub(super) polls: Polls,
    pub(super) fairness: Fairness,
    pub(super) throttles: Throttles,
    pub(super) purged: Option<Time>,
    /// When it has to be woken, as of the end of the latest call.
    pub(super) due: Option<Time>,
}

impl Queue {
    pub(super) fn new(name: Arc<str>, store: StoreId, attributes: Attributes) -> Queue {
        Queue {
            name,
            store,
            attributes,
            lanes: Vec::new(),
            index: BTreeMap::new(),
            ready: Vec::new(),
            locked: Ranking::default(),
            noisy: Vec::new(),
            visible: 0,
            held: Slab::default(),
            deadlines: Ranking::default(),
            set: 0,
            delayed: Agenda::default(),
            sequence: 0,
            left: 0,
            dedup: DedupWindow::new(DEDUPLICATION_INTERVAL),
            attempts: Attempts::default(),
            polls: Polls::default(),
            fairness: Fairness::default(),
            throttles: Throttles::default(),
            purged: None,
            due: None,
        }
    }

    pub(super) fn is_fifo(&self) -> bool {
        self.attributes.fifo
    }

    pub(super) fn numbers(&self) -> Numbers {
        Numbers { visible: self.visible, in_flight: self.held.len(), delayed: self.delayed.len() }
    }

    /// Puts in a message that arrives, with the next sequence number.
    pub(super) fn enter(
        &mut self,
        stored: Stored,
        delay: u32,
        settings: &Settings,
        out: &mut impl Out,
    ) -> u64 {
        self.sequence += 1;
        let stored = Stored { sequence: self.sequence, ..stored };
        let message = stored.message.id;
        if delay == 0 {
            out.record(What::Enqueued { message, store: self.store });
            self.show(stored, settings, out.now());
        } else {
            let (from, to) = (Place::Arriving, Place::Delayed);
            self.record(stored, from, to, Cause::Delay, out);
            self.delay(stored, delay);
        }
        self.sequence
    }

    /// Makes a message visible.
    #[inline]
    pub(super) fn show(&mut self, stored: Stored, settings: &Settings, now: Time) {
        let server = if self.is_fifo() { 0 } else { server_of(stored.sequence, settings) };
        let number = self.lane(stored.group, server);
        self.put(number, stored, now);
    }

    /// Makes a message visible in the lane from which it was taken, or where it belongs.
    #[inline]
    pub(super) fn put(&mut self, number: u32, stored: Stored, now: Time) {
        let stored = Stored { visible: now, ..stored };
        self.visible += 1;
        let lane = &mut self.lanes[number as usize];
        let is_head = lane.head().is_none_or(|head| stored.age() < head.age());
        lane.push(stored);
        if is_head || stored.receives != 0 {
            self.refile(number);
        }
    }

    pub(super) fn lane(&mut self, group: Option<GroupId>, server: u8) -> u32 {
        // Nearly every standard queue has this one alone.
        if let [only] = &self.lanes[..]
            && only.group == group
            && only.server == server
        {
            return 0;
        }
        if let Some(number) = self.index.get(&(group, server)) {
            return *number;
        }
        let number = self.lanes.len() as u32;
        self.lanes.push(Lane::new(group, server));
        self.index.insert((group, server), number);
        while self.ready.len() <= usize::from(server) {
            self.ready.push(Ranking::default());
        }
        number
    }

    /// Takes the oldest message out of a lane, whoever wants it.
    #[inline]
    pub(super) fn pop(&mut self, number: u32) -> Option<Stored> {
        let stored = self.lanes[number as usize].pop()?;
        self.visible -= 1;
        Some(stored)
    }

    /// Puts back, at its old place, what was taken to get at what is behind it.
    pub(super) fn put_back(&mut self, number: u32, stored: Stored) {
        self.visible += 1;
        self.lanes[number as usize].put_back(stored);
    }

    /// Takes out a message that is visible again after the given number of receives.
    pub(super) fn take_late(&mut self, number: u32, age: Age, receives: u32) -> Option<Stored> {
        let stored = self.lanes.get_mut(number as usize)?.take_late(age, receives)?;
        self.visible -= 1;
        self.refile(number);
        Some(stored)
    }

    /// Puts a lane to where it belongs, after a change of its head, its lock or its tenant's standing.
    pub(super) fn refile(&mut self, number: u32) {
        let lane = &self.lanes[number as usize];
        let ready = &mut self.ready[usize::from(lane.server)];
        let head = lane.head().map(|head| (head.sent.as_nanos(), head.sequence));
        if self.attributes.fifo {
            match head {
                Some(rank) if lane.is_receivable() => {
                    self.locked.clear(number);
                    ready.set(number, rank);
                }
                Some(rank) => {
                    ready.clear(number);
                    self.locked.set(number, rank);
                }
                None => {
                    ready.clear(number);
                    self.locked.clear(number);
                }
            }
            return;
        }
        let noisy = lane.group.is_some_and(|tenant| self.fairness.is_noisy(tenant));
        if !self.noisy.is_empty() {
            self.noisy.retain(|other| *other != number);
        }
        match head {
            Some(rank) if !noisy => ready.set(number, rank),
            Some(_) => {
                ready.clear(number);
                self.noisy.push(number);
            }
            None => ready.clear(number),
        }
    }

    /// After a change in who is noisy.
    pub(super) fn refile_tenant(&mut self, tenant: GroupId) {
        let range = (Some(tenant), 0)..=(Some(tenant), u8::MAX);
        let lanes: Vec<u32> = self.index.range(range).map(|(_, number)| *number).collect();
        lanes.into_iter().for_each(|number| self.refile(number));
    }

    /// The lane from which a receive takes next, among those on the servers it asks.
    #[inline]
    pub(super) fn choose(&self, servers: u16, scan_window: u32) -> Option<u32> {
        if let [only] = &self.ready[..]
            && let Some(((_, sequence), number)) = only.first()
        {
            let within = !self.is_fifo() || sequence <= self.left + u64::from(scan_window);
            return within.then_some(number);
        }
        let asked = |server: usize| servers & 1 << server != 0;
        let ready = self.ready.iter().enumerate().filter(|(server, _)| asked(*server));
        let oldest = ready.filter_map(|(_, ready)| ready.first()).min();
        if let Some((_, number)) = oldest {
            return Some(number);
        }
        let lane = |number: &u32| &self.lanes[*number as usize];
        let in_flight = |number: &u32| lane(number).group.map_or(0, |tenant| self.fairness.in_flight(tenant));
        let noisy = self.noisy.iter().filter(|number| asked(usize::from(lane(number).server)));
        noisy.min_by_key(|number| (in_flight(number), lane(number).head().map(Stored::age))).copied()
    }

    /// The lane from which a move task takes next; what is locked stays.
    pub(super) fn first_lane(&self) -> Option<u32> {
        self.choose(ALL_SERVERS, u32::MAX)
    }

    /// Whether a receive that asks all servers would find something.
    #[inline]
    pub(super) fn is_receivable(&self, scan_window: u32) -> bool {
        self.choose(ALL_SERVERS, scan_window).is_some()
    }

    /// The lane of the oldest message of all that are visible, also of those behind a lock.
    #[inline]
    pub(super) fn oldest(&self) -> Option<(Age, u32)> {
        if self.visible == 0 {
            return None;
        }
        let age = |((sent, sequence), number)| ((Time::from_nanos(sent), sequence), number);
        if let [only] = &self.ready[..]
            && self.noisy.is_empty()
        {
            return match (only.first(), self.locked.first()) {
                (Some(one), Some(other)) => Some(age(one.min(other))),
                (one, other) => one.or(other).map(age),
            };
        }
        let ranked = self.ready.iter().chain([&self.locked]).filter_map(Ranking::first).map(age);
        let head = |number: &u32| Some((self.lanes[*number as usize].head()?.age(), *number));
        ranked.chain(self.noisy.iter().filter_map(head)).min()
    }

    /// Forgets all that is visible, and counts it.
    pub(super) fn clear_visible(&mut self) -> u64 {
        self.lanes.clear();
        self.index.clear();
        self.ready.clear();
        self.locked.clear_all();
        self.noisy.clear();
        std::mem::take(&mut self.visible)
    }

    pub(super) fn record(&self, stored: Stored, from: Place, to: Place, why: Cause, out: &mut impl Out) {
        let (message, store) = (stored.message.id, self.store);
        out.record(What::Moved { message, store, from, to, count: 1, why });
    }

    /// Finds out when it has to be woken.
    #[inline]
    pub(super) fn look_ahead(&mut self) {
        let timeout = self.deadlines.first().map_or(Time::MAX, |((end, _), _)| Time::from_nanos(end));
        let expiry = self.oldest().map_or(Time::MAX, |((sent, _), _)| self.expires(sent));
        let delay = self.delayed.first().unwrap_or(Time::MAX);
        let poll = self.polls.first_end().unwrap_or(Time::MAX);
        let due = timeout.min(expiry).min(delay).min(poll);
        self.due = Some(due).filter(|due| *due != Time::MAX);
    }

    /// At most `limit` of the visible messages, in order of age.
    pub(super) fn visible(&self, limit: usize) -> Vec<Stored> {
        let mut all: Vec<Stored> = Vec::new();
        for lane in &self.lanes {
            // The `limit` oldest of each lane: those that came in order stand in order already.
            let mut own: Vec<Stored> = lane.oldest(limit);
            all.append(&mut own);
        }
        all.sort_by_key(Stored::age);
        all.truncate(limit);
        all
    }

    pub(super) fn view(&self, limit: usize) -> StoreView {
        let entry = |stored: &Stored| EntryView {
            message: stored.message.id,
            producer: stored.message.producer,
            since: stored.visible,
            attempt: stored.next_attempt(),
        };
        let oldest = self.oldest().and_then(|(_, number)| self.lanes[number as usize].head());
        StoreView {
            name: self.name.to_string(),
            capacity: None,
            depth: self.visible,
            held: self.held.len(),
            delayed: self.delayed.len(),
            oldest: oldest.map(|stored| stored.visible),
            entries: self.visible(limit).iter().map(entry).collect(),
            kept: 0,
        }
    }
}
