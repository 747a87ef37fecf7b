//! A queue: its messages by state, and which of the visible ones is next.
//!
//! Visible messages stand in lanes, one for each group and server. The lanes are ranked by their oldest message, so
//! what is next is found without looking at what merely waits. A lane is in exactly one of three places: among those
//! that are ready, among those of noisy tenants, or, for a FIFO group that is in flight, among the locked.

use std::sync::Arc;
use std::time::Duration;

use crate::id::{MessageId, StoreId};
use crate::journal::{Cause, Place, What};
use crate::mechanism::agenda::Agenda;
use crate::mechanism::dedup::DedupWindow;
use crate::mechanism::ranking::Ranking;
use crate::mechanism::shell_sort;
use crate::mechanism::slab::Slab;
use crate::mechanism::sorted::Sorted;
use crate::time::Time;
use crate::view::{EntryView, StoreView};

use super::Out;
use super::api::{DedupId, GroupId, Numbers};
use super::attempts::Attempts;
use super::attributes::Attributes;
use super::delay::Delayed;
use super::fairness::Fairness;
use super::lane::{ABSENT, Lane};
use super::polling::{ALL_SERVERS, Polls, SERVERS, server_of};
use super::quota::Throttles;
use super::settings::Settings;
use super::shelf::{LAST, Shelves};
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
    /// By server: the lane of what has no group, or [`ABSENT`].
    own: [u32; SERVERS as usize],
    /// The lane of each group that was made last; the others follow from there.
    groups: Sorted<GroupId, u32>,
    /// By server: lanes from which a receive can take.
    ready: Shelves,
    /// FIFO: lanes whose group is locked, likewise.
    locked: Ranking,
    /// Lanes of noisy tenants that have messages: a few.
    noisy: Vec<u32>,
    visible: u64,
    /// When the oldest of those was sent, or before; whatever it was if none is.
    pub(super) eldest: Time,
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
    /// Until then nothing is due; it may be that nothing is due at that time either.
    pub(super) quiet_until: Time,
    /// Whether something was over at the beginning of the wake that goes on.
    pub(super) ends: bool,
}

impl Queue {
    pub(super) fn new(name: Arc<str>, store: StoreId, attributes: Attributes) -> Queue {
        Queue {
            name,
            store,
            attributes,
            lanes: Vec::new(),
            own: [ABSENT; SERVERS as usize],
            groups: Sorted::default(),
            ready: Shelves::default(),
            locked: Ranking::default(),
            noisy: Vec::new(),
            visible: 0,
            eldest: Time::ZERO,
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
            quiet_until: Time::MAX,
            ends: false,
        }
    }

    pub(super) fn is_fifo(&self) -> bool {
        self.attributes.fifo
    }

    pub(super) fn numbers(&self) -> Numbers {
        Numbers { visible: self.visible, in_flight: self.held.len(), delayed: self.delayed.len() }
    }

    /// The oldest visible message of a lane.
    #[inline]
    pub(super) fn head(&self, lane: u32) -> Option<&Stored> {
        self.lanes.get(lane as usize)?.head()
    }

    /// Puts in a message that arrives, with the next sequence number.
    pub(super) fn enter(
        &mut self,
        mut stored: Stored,
        delay: u32,
        settings: &Settings,
        out: &mut impl Out,
    ) -> u64 {
        self.sequence += 1;
        (stored.sequence, stored.visible) = (self.sequence, out.now());
        if delay == 0 {
            out.record(What::Enqueued { message: stored.message.id, store: self.store });
            self.show(&stored, settings);
        } else {
            self.record(stored.message.id, Place::Arriving, Place::Delayed, Cause::Delay, out);
            self.delay(stored, delay);
        }
        self.sequence
    }

    /// Makes a message visible.
    #[inline]
    pub(super) fn show(&mut self, stored: &Stored, settings: &Settings) {
        let server = if self.is_fifo() { 0 } else { server_of(stored.sequence, settings) };
        let number = self.lane(stored.group, server);
        self.put(number, stored);
    }

    /// Makes a message visible in the lane from which it was taken, or where it belongs.
    pub(super) fn put(&mut self, number: u32, stored: &Stored) {
        self.count_in(stored.sent);
        let is_oldest = self.lanes[number as usize].push(stored);
        if is_oldest || stored.receives != 0 {
            self.refile(number);
        }
    }

    /// One more is visible.
    #[inline]
    fn count_in(&mut self, sent: Time) {
        if self.visible == 0 || sent < self.eldest {
            self.eldest = sent;
            self.is_due(self.expires(sent));
        }
        self.visible += 1;
    }

    #[inline]
    pub(super) fn lane(&mut self, group: Option<GroupId>, server: u8) -> u32 {
        match (group, self.own[usize::from(server)]) {
            (None, number) if number != ABSENT => number,
            (group, _) => self.find_lane(group, server),
        }
    }

    #[inline(never)]
    fn find_lane(&mut self, group: Option<GroupId>, server: u8) -> u32 {
        let number = self.lanes.len() as u32;
        let mut next = ABSENT;
        if let Some(group) = group {
            let latest = self.groups.entry(group, || ABSENT);
            next = *latest;
            let mut own = next;
            while let Some(lane) = self.lanes.get(own as usize) {
                if lane.server == server {
                    return own;
                }
                own = lane.next;
            }
            *latest = number;
        } else {
            self.own[usize::from(server)] = number;
        }
        self.lanes.push(Lane::new(group, server, next));
        self.ready.add_lane(server);
        number
    }

    /// Takes the oldest message out of a lane, whoever wants it.
    #[inline]
    pub(super) fn pop(&mut self, number: u32) -> Option<Stored> {
        let stored = self.lanes[number as usize].pop()?;
        self.visible -= 1;
        Some(stored)
    }

    /// The same after it was looked at.
    #[inline]
    pub(super) fn drop_head(&mut self, number: u32) {
        self.visible -= u64::from(self.lanes[number as usize].drop_head());
    }

    /// Puts back, at its old place, what was taken to get at what is behind it.
    pub(super) fn put_back(&mut self, number: u32, stored: Stored) {
        self.count_in(stored.sent);
        self.lanes[number as usize].put_back(&stored);
    }

    /// Takes out a message that is visible again after the given number of receives.
    pub(super) fn take_late(&mut self, number: u32, age: Age, receives: u32) -> Option<Stored> {
        let stored = self.lanes.get_mut(number as usize)?.take_late(age, receives)?;
        self.visible -= 1;
        self.refile(number);
        Some(stored)
    }

    /// Puts a lane to where it belongs, after a change of its head, its lock or its tenant's standing.
    #[inline]
    pub(super) fn refile(&mut self, number: u32) {
        let lane = &self.lanes[number as usize];
        if self.attributes.fifo || !self.noisy.is_empty() || self.fairness.is_any_noisy() {
            self.refile_at_length(number);
        } else if let Some(head) = lane.head() {
            self.ready.set(lane.server, number, head.rank());
        } else {
            self.ready.clear(lane.server, number);
        }
    }

    #[inline(never)]
    fn refile_at_length(&mut self, number: u32) {
        let lane = &self.lanes[number as usize];
        let rank = lane.rank();
        let locked = self.attributes.fifo && !lane.is_receivable();
        let noisy = lane.group.is_some_and(|tenant| self.fairness.is_noisy(tenant));
        self.noisy.retain(|other| *other != number);
        self.locked.clear(number);
        if rank != LAST && !locked && !noisy {
            return self.ready.set(lane.server, number, rank);
        }
        self.ready.clear(lane.server, number);
        if rank != LAST && locked {
            self.locked.set(number, rank);
        } else if rank != LAST {
            self.noisy.push(number);
        }
    }

    /// After a change in who is noisy.
    pub(super) fn refile_tenant(&mut self, tenant: GroupId) {
        let mut number = self.groups.get(&tenant).copied().unwrap_or(ABSENT);
        while number != ABSENT {
            self.refile_at_length(number);
            number = self.lanes[number as usize].next;
        }
    }

    /// The lane from which a receive takes next, among those on the servers it asks.
    #[inline]
    pub(super) fn choose(&self, servers: u16, scan_window: u32) -> Option<u32> {
        let Some(((_, sequence), number)) = self.ready.oldest(servers) else {
            return self.choose_noisy(servers);
        };
        let within = !self.is_fifo() || sequence <= self.left.saturating_add(scan_window.into());
        within.then_some(number)
    }

    /// When only noisy tenants have messages: that of the one with the fewest in flight.
    #[cold]
    fn choose_noisy(&self, servers: u16) -> Option<u32> {
        let lane = |number: &u32| &self.lanes[*number as usize];
        let in_flight = |number: &u32| lane(number).group.map_or(0, |tenant| self.fairness.in_flight(tenant));
        let asked = |number: &&u32| servers & 1 << lane(number).server != 0;
        let noisy = self.noisy.iter().filter(asked);
        noisy.min_by_key(|number| (in_flight(number), lane(number).rank())).copied()
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
    pub(super) fn oldest(&self) -> Option<(Age, u32)> {
        if self.visible == 0 {
            return None;
        }
        let mut first = self.locked.first().unwrap_or((LAST, 0));
        first = first.min(self.ready.oldest(ALL_SERVERS).unwrap_or((LAST, 0)));
        for number in &self.noisy {
            first = first.min((self.lanes[*number as usize].rank(), *number));
        }
        let ((sent, sequence), number) = first;
        Some(((Time::from_nanos(sent), sequence), number))
    }

    /// The oldest message of all that are visible.
    pub(super) fn oldest_message(&self) -> Option<&Stored> {
        self.lanes[self.oldest()?.1 as usize].head()
    }

    /// Forgets all that is visible, and counts it.
    pub(super) fn clear_visible(&mut self) -> u64 {
        self.lanes.clear();
        self.own = [ABSENT; SERVERS as usize];
        self.groups.clear();
        self.ready = Shelves::default();
        self.locked.clear_all();
        self.noisy.clear();
        std::mem::take(&mut self.visible)
    }

    pub(super) fn record(&self, message: MessageId, from: Place, to: Place, why: Cause, out: &mut impl Out) {
        out.record(What::Moved { message, store: self.store, from, to, count: 1, why });
    }

    /// Something is due at a time.
    #[inline]
    pub(super) fn is_due(&mut self, at: Time) {
        self.quiet_until = self.quiet_until.min(at);
    }

    /// When it has to be woken; at the end of time if nothing is due by itself.
    #[inline]
    pub(super) fn due(&self) -> Time {
        let timeout = self.deadlines.first().map_or(Time::MAX, |((end, _), _)| Time::from_nanos(end));
        let end = timeout.min(self.delayed.first()).min(self.polls.first_end());
        if self.visible == 0 || end <= self.expires(self.eldest) {
            return end;
        }
        end.min(self.expires(self.oldest_sent()))
    }

    /// When the oldest of all that are visible was sent.
    fn oldest_sent(&self) -> Time {
        let locked = self.locked.first().map_or(u64::MAX, |((sent, _), _)| sent);
        let noisy = self.noisy.iter().map(|number| self.lanes[*number as usize].rank().0);
        Time::from_nanos(noisy.fold(locked.min(self.ready.oldest_sent()), u64::min))
    }

    /// Finds out anew until when nothing is due.
    pub(super) fn look_ahead(&mut self) {
        self.eldest = self.oldest_sent();
        self.quiet_until = self.due();
    }

    /// At most `limit` of the visible messages, in order of age.
    pub(super) fn visible(&self, limit: usize) -> Vec<Stored> {
        let mut all: Vec<Stored> = Vec::new();
        self.lanes.iter().for_each(|lane| lane.oldest(limit, &mut all));
        shell_sort::sort_by(&mut all, |one, other| one.rank() < other.rank());
        all.truncate(limit);
        all
    }

    pub(super) fn view(&self, limit: usize) -> StoreView {
        let entry = |stored: &Stored| EntryView {
            message: stored.message.id,
            producer: stored.message.producer,
            key: stored.message.key,
            since: stored.visible,
            attempt: stored.next_attempt(),
        };
        StoreView {
            name: self.name.to_string(),
            capacity: None,
            depth: self.visible,
            held: self.held.len(),
            delayed: self.delayed.len(),
            oldest: self.oldest_message().map(|stored| stored.visible),
            entries: self.visible(limit).iter().map(entry).collect(),
            kept: 0,
            log: None,
        }
    }
}
