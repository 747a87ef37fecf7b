//! Consumer groups: a position in a stream, and the list of what is pending.
//!
//! A group hands out each entry once, in the order of ids, to whichever of its consumers asks. From then on the entry
//! is *pending*: it has an owner, the time of its delivery and a count of deliveries, until anyone acknowledges it. That
//! a consumer's connection is lost changes nothing, for ever; entries change their owner only when someone claims them.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;
use std::time::Duration;

use crate::id::{ClientId, MessageId, StoreId, WorkerId};
use crate::journal::{Cause, Place, What};
use crate::time::{self, Time};

use super::Out;
use super::entry_id::EntryId;
use super::log::Slot;
use super::name::Name;
use super::reply::StreamEntry;
use super::stream::{Entries, shown};

/// An entry that was delivered and not acknowledged.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) struct Pending {
    /// Who has it; nobody once it was given back.
    pub(super) owner: Option<Name>,
    /// When it was delivered, in nanoseconds: before the start if a client says so, and for what was given back longer
    /// ago than anything else.
    pub(super) at: i64,
    pub(super) deliveries: u64,
    /// Where the entry is in the log, if it is there still.
    pub(super) place: u64,
    pub(super) message: MessageId,
}

/// The time of delivery of what was given back.
pub(super) const GIVEN_BACK: i64 = i64::MIN;

impl Pending {
    /// How long ago it was delivered, in nanoseconds.
    pub(super) fn idle(&self, now: Time) -> u64 {
        u64::try_from(instant(now).saturating_sub(self.at)).unwrap_or(0)
    }
}

/// The present as times of delivery are written.
pub(super) fn instant(now: Time) -> i64 {
    i64::try_from(now.as_nanos()).unwrap_or(i64::MAX)
}

/// A group.
#[derive(Clone, PartialEq, Hash, Debug)]
pub(super) struct Group {
    pub(super) store: StoreId,
    /// The id it was given last.
    pub(super) last: EntryId,
    /// The place after that.
    cursor: u64,
    /// How many entries it has read, if that is known.
    pub(super) read: Option<u64>,
    /// How many entries it has not been given.
    pub(super) waiting: u64,
    pending: BTreeMap<EntryId, Pending>,
    /// What is pending, longest idle first; kept from the first read on that claims.
    by_idle: Option<BTreeSet<(i64, EntryId)>>,
    /// In the order in which they were first named, each with what it has.
    consumers: Vec<(Name, u64)>,
}

/// Who is given something.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reader {
    pub(super) client: ClientId,
    pub(super) consumer: Name,
}

impl Group {
    /// A group that reads what comes after `last`.
    pub(super) fn new(store: StoreId, last: EntryId, entries: &Entries) -> Group {
        let mut group = Group {
            store,
            last,
            cursor: 0,
            read: None,
            waiting: 0,
            pending: BTreeMap::new(),
            by_idle: None,
            consumers: Vec::new(),
        };
        group.seek(last, entries);
        group
    }

    /// Moves the position, and counts anew what lies behind it.
    pub(super) fn seek(&mut self, last: EntryId, entries: &Entries) {
        self.last = last;
        self.read = None;
        self.cursor = last.next().map_or(entries.log.end(), |next| entries.log.place_of(next));
        self.waiting = entries.log.count_from(self.cursor);
    }

    /// The place from which on it has not read.
    pub(super) fn cursor(&self) -> u64 {
        self.cursor
    }

    pub(super) fn is_pending(&self, id: EntryId) -> bool {
        self.pending.contains_key(&id)
    }

    pub(super) fn pending(&self, id: EntryId) -> Option<Pending> {
        self.pending.get(&id).copied()
    }

    /// All that is pending, by id.
    pub(super) fn all_pending(&self) -> &BTreeMap<EntryId, Pending> {
        &self.pending
    }

    pub(super) fn consumers(&self) -> &[(Name, u64)] {
        &self.consumers
    }

    /// A consumer is made when it is first named.
    pub(super) fn meet(&mut self, consumer: Name) {
        if self.consumers.iter().all(|(name, _)| *name != consumer) {
            self.consumers.push((consumer, 0));
        }
    }

    fn owned(&mut self, owner: Option<Name>, change: i64) {
        if let Some((_, count)) = self.consumers.iter_mut().find(|(name, _)| Some(*name) == owner) {
            *count = count.saturating_add_signed(change);
        }
    }

    /// Makes an entry pending, or changes how it is.
    pub(super) fn put(&mut self, id: EntryId, pending: Pending) {
        let before = self.pending.insert(id, pending);
        if let Some(by_idle) = &mut self.by_idle {
            if let Some(before) = before {
                by_idle.remove(&(before.at, id));
            }
            by_idle.insert((pending.at, id));
        }
        let owner = before.and_then(|before| before.owner);
        if before.is_none() || owner != pending.owner {
            self.owned(owner, -1);
            self.owned(pending.owner, 1);
        }
    }

    /// Makes an entry pending no more.
    pub(super) fn take(&mut self, id: EntryId) -> Option<Pending> {
        let pending = self.pending.remove(&id)?;
        if let Some(by_idle) = &mut self.by_idle {
            by_idle.remove(&(pending.at, id));
        }
        self.owned(pending.owner, -1);
        Some(pending)
    }

    /// Gives a consumer what the group was never given, `count` entries at most.
    pub(super) fn read_new(
        &mut self,
        entries: &Entries,
        reader: Reader,
        count: usize,
        no_ack: bool,
        out: &mut impl Out,
    ) -> Option<super::request::Few<StreamEntry>> {
        let first = self.next(entries, reader, no_ack, out)?;
        if count == 1 || self.waiting == 0 {
            return Some(super::request::Few::One(first));
        }
        let mut all = vec![first];
        while all.len() < count
            && let Some(next) = self.next(entries, reader, no_ack, out)
        {
            all.push(next);
        }
        Some(super::request::Few::Many(all))
    }

    fn next(
        &mut self,
        entries: &Entries,
        reader: Reader,
        no_ack: bool,
        out: &mut impl Out,
    ) -> Option<StreamEntry> {
        if self.waiting == 0 {
            return None;
        }
        let place = entries.log.next_live(self.cursor)?;
        let slot = entries.log.get(place)?;
        self.pass(slot, place, entries);
        self.deliver(slot, place, reader, no_ack, out);
        Some(self.shown(slot, 1))
    }

    /// An entry as the group's consumers see it.
    pub(super) fn shown(&self, slot: &Slot, deliveries: u64) -> StreamEntry {
        StreamEntry { store: Some(self.store), ..shown(slot, deliveries) }
    }

    /// Moves the position behind an entry.
    fn pass(&mut self, slot: &Slot, place: u64, entries: &Entries) {
        self.read = match self.read {
            Some(read) if !entries.has_holes_after(slot.id) => Some(read + 1),
            Some(_) | None => entries.entries_up_to(slot.id),
        };
        self.last = slot.id;
        self.cursor = place + 1;
        self.waiting -= 1;
    }

    fn deliver(&mut self, slot: &Slot, place: u64, reader: Reader, no_ack: bool, out: &mut impl Out) {
        let (message, now) = (slot.message.id, out.now());
        // After the position was moved back, what is pending is delivered once more: as another copy.
        if !no_ack && self.is_pending(slot.id) {
            self.moved(message, Place::Held, Place::Removed, Cause::Seek, out);
        }
        self.delivered(message, reader.client, 1, now.nanos_since(slot.added), out);
        if no_ack {
            self.moved(message, Place::Held, Place::Done, Cause::AutoAck, out);
            return;
        }
        let owner = Some(reader.consumer);
        self.put(slot.id, Pending { owner, at: instant(now), deliveries: 1, place, message });
    }

    /// Gives a consumer once more what it has, after an id and `count` entries at most.
    pub(super) fn read_own(
        &mut self,
        entries: &Entries,
        reader: Reader,
        after: EntryId,
        count: usize,
        out: &mut impl Out,
    ) -> Vec<StreamEntry> {
        let later = (Bound::Excluded(after), Bound::Unbounded);
        let own = self.pending.range(later).filter(|(_, pending)| pending.owner == Some(reader.consumer));
        let own: Vec<(EntryId, Pending)> = own.take(count).map(|(id, pending)| (*id, *pending)).collect();
        let again = own.into_iter().map(|(id, pending)| match entries.log.live(pending.place) {
            Some(slot) => {
                self.redeliver(id, pending, reader, pending.deliveries + 1, out);
                self.shown(slot, pending.deliveries + 1)
            }
            None => {
                let store = Some(self.store);
                StreamEntry { id, body: None, deliveries: pending.deliveries, idle: None, store }
            }
        });
        again.collect()
    }

    /// Claims for a consumer what has been pending for so long, longest first.
    pub(super) fn read_idle(
        &mut self,
        entries: &Entries,
        reader: Reader,
        min_idle: Duration,
        count: usize,
        out: &mut impl Out,
    ) -> Vec<StreamEntry> {
        let mut claimed = Vec::new();
        while claimed.len() < count
            && let Some((at, id)) = self.oldest()
            && let Some(pending) = self.pending(id)
            && (at == GIVEN_BACK || time::nanos(min_idle) <= pending.idle(out.now()))
        {
            // What was given back has no time of delivery; nothing says what is told instead.
            let idle = if at == GIVEN_BACK { 0 } else { pending.idle(out.now()) };
            match entries.log.live(pending.place) {
                Some(slot) => {
                    self.redeliver(id, pending, reader, pending.deliveries.saturating_add(1), out);
                    claimed.push(StreamEntry { idle: Some(idle), ..self.shown(slot, pending.deliveries) });
                }
                None => self.drop_dangling(id, out),
            }
        }
        claimed
    }

    /// What has been pending longest.
    fn oldest(&mut self) -> Option<(i64, EntryId)> {
        let pending = &self.pending;
        let all = || pending.iter().map(|(id, pending)| (pending.at, *id)).collect();
        self.by_idle.get_or_insert_with(all).first().copied()
    }

    /// When the first of what is pending will have been so for `min_idle`.
    pub(super) fn idle_at(&self, min_idle: Duration) -> Option<Time> {
        let (at, _) = self.by_idle.as_ref()?.first()?;
        let nanos = i64::try_from(time::nanos(min_idle)).unwrap_or(i64::MAX);
        Some(Time::from_nanos(u64::try_from(at.saturating_add(nanos)).unwrap_or(0)))
    }

    /// Delivers to a consumer what is pending, whosesoever it was.
    pub(super) fn redeliver(
        &mut self,
        id: EntryId,
        pending: Pending,
        reader: Reader,
        deliveries: u64,
        out: &mut impl Out,
    ) {
        self.moved(pending.message, Place::Held, Place::Waiting, Cause::Claim, out);
        self.delivered(pending.message, reader.client, deliveries, 0, out);
        let (owner, at) = (Some(reader.consumer), instant(out.now()));
        self.put(id, Pending { owner, at, deliveries, ..pending });
    }

    /// Forgets a pending entry whose body is gone.
    pub(super) fn drop_dangling(&mut self, id: EntryId, out: &mut impl Out) {
        if let Some(pending) = self.take(id) {
            self.moved(pending.message, Place::Held, Place::Removed, Cause::Purge, out);
        }
    }

    /// `XACK` of one entry: whether it was pending.
    #[inline]
    pub(super) fn acknowledge(&mut self, id: EntryId, out: &mut impl Out) -> bool {
        let Some(pending) = self.take(id) else { return false };
        self.moved(pending.message, Place::Held, Place::Done, Cause::Ack, out);
        true
    }

    /// Removes a consumer and what it has: how much that was.
    pub(super) fn dismiss(&mut self, consumer: Name, out: &mut impl Out) -> Option<u64> {
        let place = self.consumers.iter().position(|(name, _)| *name == consumer)?;
        let own = self.pending.iter().filter(|(_, pending)| pending.owner == Some(consumer));
        let own: Vec<EntryId> = own.map(|(id, _)| *id).collect();
        for id in &own {
            self.drop_dangling(*id, out);
        }
        self.consumers.remove(place);
        Some(own.len() as u64)
    }

    /// All that it has and has not read is gone.
    pub(super) fn clear(&mut self, entries: &Entries, out: &mut impl Out) {
        let ids: Vec<EntryId> = self.pending.keys().copied().collect();
        for id in ids {
            self.drop_dangling(id, out);
        }
        self.skip(entries, Place::Removed, Cause::Purge, out);
    }

    /// Nothing of what waits will be delivered.
    pub(super) fn skip(&mut self, entries: &Entries, to: Place, why: Cause, out: &mut impl Out) {
        if let Some((_, slot)) = entries.log.iter_from(self.cursor).next() {
            self.many(slot.message.id, Place::Waiting, to, self.waiting, why, out);
        }
        self.waiting = 0;
    }

    /// Entries that it has not read were removed: so many, the first of them this message.
    pub(super) fn miss(&mut self, first: MessageId, count: u64, why: Cause, out: &mut impl Out) {
        self.many(first, Place::Waiting, Place::Removed, count, why, out);
        self.waiting -= count;
    }

    /// Entries before a place are about to be removed.
    pub(super) fn miss_until(&mut self, entries: &Entries, end: u64, why: Cause, out: &mut impl Out) {
        if end <= self.cursor || self.waiting == 0 {
            return;
        }
        let mut missed = entries.log.iter_from(self.cursor).take_while(|(place, _)| *place < end);
        if let Some((_, first)) = missed.next() {
            let count = 1 + missed.count() as u64;
            self.miss(first.message.id, count, why, out);
        }
    }

    /// Forgets what is pending before an id.
    pub(super) fn drop_before(&mut self, id: EntryId, out: &mut impl Out) {
        let ids: Vec<EntryId> = self.pending.range(..id).map(|(id, _)| *id).collect();
        ids.into_iter().for_each(|id| self.drop_dangling(id, out));
    }

    fn delivered(
        &self,
        message: MessageId,
        client: ClientId,
        deliveries: u64,
        waited: u64,
        out: &mut impl Out,
    ) {
        let attempt = u16::try_from(deliveries).unwrap_or(u16::MAX);
        let (store, worker) = (self.store, WorkerId(client.0));
        out.record(What::Delivered { message, store, worker, attempt, waited, begins: false });
    }

    fn moved(&self, message: MessageId, from: Place, to: Place, why: Cause, out: &mut impl Out) {
        out.record(What::Moved { message, store: self.store, from, to, count: 1, why });
    }

    /// The same of many, of which `message` is the first.
    pub(super) fn many(
        &self,
        message: MessageId,
        from: Place,
        to: Place,
        count: u64,
        why: Cause,
        out: &mut impl Out,
    ) {
        super::facts::moved(message, self.store, (from, to), count, why, out);
    }
}
