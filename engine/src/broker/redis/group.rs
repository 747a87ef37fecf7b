//! Consumer groups: a position in a stream, and the list of what is pending.
//!
//! A group hands out each entry once, in the order of ids, to whichever of its consumers asks. From then on the entry
//! is *pending*: it has an owner, the time of its delivery and a count of deliveries, until anyone acknowledges it. That
//! a consumer's connection is lost changes nothing, for ever; entries change their owner only when someone claims them.

use std::time::Duration;

use crate::id::{ClientId, MessageId, StoreId, WorkerId};
use crate::journal::{Cause, Place, What};
use crate::time::{self, Time};

use super::Out;
use super::entry_id::EntryId;
use super::log::Slot;
use super::name::Name;
use super::pending::{GIVEN_BACK, Pending, PendingEntries, instant};
use super::reply::StreamEntry;
use super::stream::{Entries, shown};

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
    pub(super) pending: PendingEntries,
    /// In the order in which they were first named.
    consumers: Vec<Name>,
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
            pending: PendingEntries::default(),
            consumers: Vec::new(),
        };
        group.seek(last, entries);
        group
    }

    /// Moves the position, and counts anew what lies behind it.
    #[inline(never)]
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
        self.pending.get(id).is_some()
    }

    /// How many entries each consumer has, of those that have any, in the order in which they were first named.
    pub(super) fn owners(&self) -> Vec<(Name, u64)> {
        let mut owners: Vec<(Name, u64)> = self.consumers.iter().map(|name| (*name, 0)).collect();
        for (_, pending) in self.pending.iter() {
            let own = owners.iter_mut().find(|(name, _)| Some(*name) == pending.owner);
            own.into_iter().for_each(|(_, count)| *count += 1);
        }
        owners.retain(|(_, count)| *count != 0);
        owners
    }

    /// A consumer is made when it is first named.
    #[inline]
    pub(super) fn meet(&mut self, consumer: Name) {
        if self.consumers.first() != Some(&consumer) && !self.consumers.contains(&consumer) {
            self.consumers.push(consumer);
        }
    }

    /// Gives a consumer what the group was never given, as long as there are no more than `count`.
    pub(super) fn read_new(
        &mut self,
        entries: &Entries,
        reader: Reader,
        count: usize,
        no_ack: bool,
        all: &mut Vec<StreamEntry>,
        out: &mut impl Out,
    ) {
        while all.len() < count
            && let Some(next) = self.next(entries, reader, no_ack, out)
        {
            all.push(self.shown(next, 1));
        }
    }

    /// Delivers the next entry that was never given.
    #[inline]
    pub(super) fn next<'a>(
        &mut self,
        entries: &'a Entries,
        reader: Reader,
        no_ack: bool,
        out: &mut impl Out,
    ) -> Option<&'a Slot> {
        if self.waiting == 0 {
            return None;
        }
        let (place, slot) = entries.log.next_live(self.cursor)?;
        self.pass(slot, place, entries);
        self.deliver(slot, place, reader, no_ack, out);
        Some(slot)
    }

    /// An entry as the group's consumers see it.
    pub(super) fn shown(&self, slot: &Slot, deliveries: u64) -> StreamEntry {
        StreamEntry { store: Some(self.store), ..shown(slot, deliveries) }
    }

    /// Moves the position behind an entry.
    #[inline]
    fn pass(&mut self, slot: &Slot, place: u64, entries: &Entries) {
        self.read = match self.read {
            Some(read) if !entries.has_holes_after(slot.id) => Some(read + 1),
            Some(_) | None => entries.entries_up_to(slot.id),
        };
        self.last = slot.id;
        self.cursor = place + 1;
        self.waiting -= 1;
    }

    #[inline]
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
        self.pending.put(slot.id, Pending { owner, at: instant(now), deliveries: 1, place, message });
    }

    /// Gives a consumer once more what it has, after an id and `count` entries at most.
    #[inline(never)]
    pub(super) fn read_own(
        &mut self,
        entries: &Entries,
        reader: Reader,
        after: EntryId,
        count: usize,
        out: &mut impl Out,
    ) -> Vec<StreamEntry> {
        let Some(first) = after.next() else { return Vec::new() };
        let own = self.pending.iter_from(first).filter(|(_, pending)| pending.owner == Some(reader.consumer));
        let own: Vec<(EntryId, Pending)> = own.take(count).map(|(id, pending)| (id, *pending)).collect();
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
    #[inline(never)]
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
            && let Some((at, id)) = self.pending.oldest()
            && let Some(pending) = self.pending.get(id).copied()
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

    /// When the first of what is pending will have been so for `min_idle`.
    pub(super) fn idle_at(&self, min_idle: Duration) -> Option<Time> {
        let (at, _) = self.pending.first_idle()?;
        let nanos = i64::try_from(time::nanos(min_idle)).unwrap_or(i64::MAX);
        Some(Time::from_nanos(u64::try_from(at.saturating_add(nanos)).unwrap_or(0)))
    }

    /// Delivers to a consumer what is pending, whosesoever it was.
    #[inline(never)]
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
        self.pending.put(id, Pending { owner, at, deliveries, ..pending });
    }

    /// Forgets a pending entry whose body is gone.
    #[inline(never)]
    pub(super) fn drop_dangling(&mut self, id: EntryId, out: &mut impl Out) {
        if let Some(pending) = self.pending.take(id) {
            self.moved(pending.message, Place::Held, Place::Removed, Cause::Purge, out);
        }
    }

    /// `XACK` of one entry: whether it was pending.
    #[inline]
    pub(super) fn acknowledge(&mut self, id: EntryId, out: &mut impl Out) -> bool {
        let Some(pending) = self.pending.take(id) else { return false };
        self.moved(pending.message, Place::Held, Place::Done, Cause::Ack, out);
        true
    }

    /// Removes a consumer and what it has: how much that was.
    #[inline(never)]
    pub(super) fn dismiss(&mut self, consumer: Name, out: &mut impl Out) -> Option<u64> {
        let place = self.consumers.iter().position(|name| *name == consumer)?;
        let own = self.pending.iter().filter(|(_, pending)| pending.owner == Some(consumer));
        let own: Vec<EntryId> = own.map(|(id, _)| id).collect();
        for id in &own {
            self.drop_dangling(*id, out);
        }
        self.consumers.remove(place);
        Some(own.len() as u64)
    }

    /// All that it has and has not read is gone.
    #[inline(never)]
    pub(super) fn clear(&mut self, entries: &Entries, out: &mut impl Out) {
        let ids: Vec<EntryId> = self.pending.iter().map(|(id, _)| id).collect();
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
    #[inline(never)]
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
    #[inline(never)]
    pub(super) fn drop_before(&mut self, id: EntryId, out: &mut impl Out) {
        let ids: Vec<EntryId> = self.pending.iter().map(|(own, _)| own).take_while(|own| *own < id).collect();
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
