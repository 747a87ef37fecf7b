//! A subscription: its cursor, what its consumers have, and what becomes of a message in it.
//!
//! ```text
//! in backlog --> dispatched --> acknowledged
//!     ^ |             |
//!     | +--> delayed  +--> to be dispatched anew (negative ack, ack timeout, consumer gone)
//!     +------------------------+
//! ```

use std::collections::{BTreeMap, BTreeSet};

use crate::id::{ClientId, StoreId, WorkerId};
use crate::journal::{Cause, Place, What};
use crate::message::Message;
use crate::time::Time;

use super::consumer::{Consumer, ConsumerId};
use super::cursor::Cursor;
use super::dispatch::key_shared::KeyShared;
use super::key::Keys;
use super::ledger::{ManagedLedger, Slot};
use super::name::{Name, Names};
use super::pending::{Pending, PendingAcks};
use super::reply::{Delivery, Push};
use super::request::{Position, Type};
use super::settings::Settings;
use super::version::Version;
use super::{Out, facts};

/// What a subscription stands on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ground<'a> {
    pub(super) log: &'a ManagedLedger,
    pub(super) settings: &'a Settings,
    pub(super) version: Version,
    pub(super) names: &'a Names,
    pub(super) keys: &'a Keys,
    pub(super) topic: Name,
    pub(super) partition: Option<u16>,
}

/// How often an entry that was dispatched came back, to be dispatched again.
#[derive(Clone, Copy, PartialEq, Hash, Debug, Default)]
pub(super) struct Returned {
    /// The redelivery count that consumers are told: only what they ask for again counts, only where they share, and it is
    /// kept in memory alone.
    counted: u32,
    /// In all, which no broker counts: for the journal.
    times: u16,
}

/// A subscription.
#[derive(Clone, PartialEq, Hash, Debug)]
pub(super) struct Subscription {
    pub(super) name: Name,
    pub(super) store: StoreId,
    pub(super) kind: Type,
    pub(super) cursor: Cursor,
    pub(super) pending: PendingAcks,
    /// What is to be dispatched anew in `Shared`.
    pub(super) replay: BTreeSet<u64>,
    /// How often what was dispatched came back.
    pub(super) returned: BTreeMap<u64, Returned>,
    /// The messages of batches that are acknowledged one by one, as bits.
    pub(super) partial: BTreeMap<u64, Vec<u64>>,
    /// What is not to be delivered before a time.
    pub(super) later: BTreeSet<(Time, u64)>,
    /// How many messages are in each place.
    pub(super) waiting: u64,
    pub(super) held: u64,
    pub(super) delayed: u64,
    /// By priority; those of a `Failover` subscription then by name.
    pub(super) consumers: Vec<Consumer>,
    /// Whose turn it is in `Shared`.
    pub(super) turn: u32,
    /// The active consumer of an `Exclusive` or `Failover` subscription.
    pub(super) active: Option<ConsumerId>,
    /// When that begins to be sent anything.
    pub(super) switch_at: Option<Time>,
    /// Too many messages are unacknowledged.
    pub(super) blocked: bool,
    pub(super) by_key: KeyShared,
    /// How often the shares of its consumers have changed.
    pub(super) generation: u32,
}

/// Those messages of an entry that were not acknowledged one by one, with their places in it.
pub(super) fn alive<'a>(
    slot: &'a Slot,
    partial: Option<&'a Vec<u64>>,
) -> impl Iterator<Item = (u16, &'a Message)> {
    let is_alive = move |(index, _): &(u16, &Message)| {
        partial.is_none_or(|bits| bits[usize::from(*index) / 64] >> (*index % 64) & 1 == 0)
    };
    (0..).zip(slot.messages()).filter(is_alive)
}

impl Subscription {
    /// A new one, without consumers.
    pub(super) fn new(name: Name, store: StoreId, kind: Type, position: u64, now: Time) -> Subscription {
        Subscription {
            name,
            store,
            kind,
            cursor: Cursor::new(position, now),
            pending: PendingAcks::default(),
            replay: BTreeSet::new(),
            returned: BTreeMap::new(),
            partial: BTreeMap::new(),
            later: BTreeSet::new(),
            waiting: 0,
            held: 0,
            delayed: 0,
            consumers: Vec::new(),
            turn: 0,
            active: None,
            switch_at: None,
            blocked: false,
            by_key: KeyShared::default(),
            generation: 0,
        }
    }

    /// Whether several consumers are sent messages at a time.
    #[inline]
    pub(super) fn shares(&self) -> bool {
        matches!(self.kind, Type::Shared | Type::KeyShared)
    }

    #[inline]
    pub(super) fn place_of(&self, consumer: ConsumerId) -> Option<usize> {
        self.consumers.iter().position(|own| own.id == consumer)
    }

    /// Sends an entry to the consumer in this place. It is no longer where it was.
    #[inline]
    pub(super) fn send(
        &mut self,
        slot: &Slot,
        position: u64,
        place: usize,
        key_slot: u32,
        out: &mut impl Out,
    ) {
        let returned = match self.returned.is_empty() {
            true => Returned::default(),
            false => self.returned.get(&position).copied().unwrap_or_default(),
        };
        if returned.times == 0 && slot.extra.is_none() {
            let (client, delivery) =
                self.send_first(&slot.message, (position, slot.stored), place, key_slot, out);
            return out.push(client, Push::Message(delivery));
        }
        let (store, now) = (self.store, out.now());
        let partial = if self.partial.is_empty() { None } else { self.partial.get(&position) };
        let consumer = &mut self.consumers[place];
        let (worker, waited) = (WorkerId(consumer.client.0), now.nanos_since(slot.stored));
        let reconsumed = slot.reconsumed();
        let attempt = returned.times.saturating_add(1 + reconsumed);
        let batch = if slot.is_batch() { slot.messages().len() as u16 } else { 0 };
        let mut count = 0;
        for (index, message) in alive(slot, partial) {
            count += 1;
            out.record(What::Delivered {
                message: message.id,
                store,
                worker,
                attempt,
                waited,
                begins: false,
            });
            let delivery = Delivery {
                consumer: consumer.id,
                epoch: consumer.epoch,
                store,
                message: *message,
                entry: position,
                index,
                batch,
                redeliveries: returned.counted,
                reconsumed,
                stored: slot.stored,
            };
            out.push(consumer.client, Push::Message(delivery));
        }
        consumer.permits -= count;
        consumer.unacked += count as u64;
        let id = consumer.id;
        self.waiting -= count as u64;
        self.held += count as u64;
        self.pending.put(position, Pending { consumer: id, slot: key_slot });
    }

    /// Sends the only message of an entry, stored at a time, to the consumer in this place, for the first time: what that
    /// is to be told.
    #[inline]
    pub(super) fn send_first(
        &mut self,
        message: &Message,
        (entry, stored): (u64, Time),
        place: usize,
        key_slot: u32,
        out: &mut impl Out,
    ) -> (ClientId, Delivery) {
        let (store, consumer) = (self.store, &mut self.consumers[place]);
        let (worker, waited) = (WorkerId(consumer.client.0), out.now().nanos_since(stored));
        out.record(What::Delivered { message: message.id, store, worker, attempt: 1, waited, begins: false });
        consumer.permits -= 1;
        consumer.unacked += 1;
        self.waiting -= 1;
        self.held += 1;
        self.pending.put(entry, Pending { consumer: consumer.id, slot: key_slot });
        let delivery = Delivery {
            consumer: consumer.id,
            epoch: consumer.epoch,
            store,
            message: *message,
            entry,
            index: 0,
            batch: 0,
            redeliveries: 0,
            reconsumed: 0,
            stored,
        };
        (consumer.client, delivery)
    }

    /// After something was sent to the consumer in this place: whether it, or all, have too much.
    #[inline]
    pub(super) fn check_unacked(&mut self, place: usize, settings: &Settings) {
        let most = settings.max_unacked_consumer;
        let consumer = &mut self.consumers[place];
        consumer.blocked |= most != 0 && most <= consumer.unacked;
        let most = settings.max_unacked_subscription;
        self.blocked |= most != 0 && most <= self.held;
    }

    /// A consumer has so many messages less. Whether it, or all, can be sent something again.
    #[inline]
    fn relieve(&mut self, consumer: ConsumerId, count: u64, settings: &Settings) -> bool {
        let mut wakes = false;
        if let Some(place) = self.place_of(consumer) {
            let own = &mut self.consumers[place];
            own.unacked = own.unacked.saturating_sub(count);
            if own.blocked && own.unacked <= settings.max_unacked_consumer / 2 {
                own.blocked = false;
                wakes = true;
            }
        }
        if self.blocked && self.held <= settings.max_unacked_subscription / 2 {
            self.blocked = false;
            wakes = true;
        }
        wakes
    }

    /// What a consumer has waits again. That is no longer pending.
    pub(super) fn give_back(
        &mut self,
        ground: Ground<'_>,
        position: u64,
        pending: Pending,
        (counts, why): (bool, Cause),
        out: &mut impl Out,
    ) {
        let Some(slot) = &ground.log.get(position) else { return };
        let mut count = 0;
        for (_, message) in alive(slot, self.partial.get(&position)) {
            count += 1;
            facts::moved(message.id, self.store, (Place::Held, Place::Waiting), 1, why, out);
        }
        self.held -= count;
        self.waiting += count;
        self.relieve(pending.consumer, count, ground.settings);
        self.came_back(position, counts && self.shares());
        self.put_by(ground, position, slot);
        self.release(pending);
    }

    /// An entry that was dispatched will be once more.
    pub(super) fn came_back(&mut self, position: u64, counts: bool) {
        let returned = self.returned.entry(position).or_default();
        returned.times = returned.times.saturating_add(1);
        returned.counted = returned.counted.saturating_add(counts.into());
    }

    /// Redeliveries are counted anew.
    pub(super) fn forget_counts(&mut self) {
        self.returned.values_mut().for_each(|returned| returned.counted = 0);
    }

    /// Keeps an entry that was read before for another dispatch.
    pub(super) fn put_by(&mut self, ground: Ground<'_>, position: u64, slot: &Slot) {
        match self.kind {
            Type::KeyShared => self.put_by_key(ground, position, slot),
            Type::Shared => {
                self.replay.insert(position);
            }
            Type::Exclusive | Type::Failover => {}
        }
    }

    /// An entry, or a message of a batch, is acknowledged. How many messages that were not before, and whether more can be
    /// dispatched now.
    #[inline]
    pub(super) fn acknowledge(
        &mut self,
        ground: Ground<'_>,
        position: Position,
        out: &mut impl Out,
    ) -> (u64, bool) {
        let entry = position.entry;
        if ground.log.end() <= entry || self.cursor.is_acked(entry) {
            return (0, false);
        }
        if let Some(slot) = ground.log.get_newest(entry)
            && slot.extra.is_none()
            && let Some(pending) = self.pending.take(entry)
        {
            let (message, store, from, to) = (slot.message.id, self.store, Place::Held, Place::Done);
            out.record(What::Moved { message, store, from, to, count: 1, why: Cause::Ack });
            self.held -= 1;
            if !self.returned.is_empty() {
                self.returned.remove(&entry);
            }
            self.cursor.acknowledge(entry);
            return (1, self.has_acked(ground, pending, 1));
        }
        let Some(slot) = &ground.log.get(entry) else { return (0, false) };
        if position.index.is_some() && slot.is_batch() {
            return self.acknowledge_index(ground, position, slot, out);
        }
        let held = self.pending.take(entry);
        let mut count = 0;
        let from = match held {
            Some(_) => Place::Held,
            None => self.place_of_unheld(slot, entry),
        };
        for (_, message) in alive(slot, if self.partial.is_empty() { None } else { self.partial.get(&entry) })
        {
            count += 1;
            let (message, store, to) = (message.id, self.store, Place::Done);
            out.record(What::Moved { message, store, from, to, count: 1, why: Cause::Ack });
        }
        self.leave(from, count);
        self.forget(slot, entry, from);
        self.cursor.acknowledge(entry);
        (count, held.is_some_and(|pending| self.has_acked(ground, pending, count)))
    }

    /// So many messages that a consumer had are acknowledged. Whether more can be dispatched now.
    #[inline]
    fn has_acked(&mut self, ground: Ground<'_>, pending: Pending, count: u64) -> bool {
        let relieved = self.relieve(pending.consumer, count, ground.settings);
        let freed = self.kind == Type::KeyShared && self.release(pending);
        relieved || freed || self.kind == Type::KeyShared && self.lets_in_newcomers()
    }

    /// Where an entry is that nobody has and that is not acknowledged.
    fn place_of_unheld(&self, slot: &Slot, position: u64) -> Place {
        if self.later.contains(&(slot.deliver_at(), position)) { Place::Delayed } else { Place::Waiting }
    }

    #[inline]
    fn leave(&mut self, from: Place, count: u64) {
        match from {
            Place::Held => self.held -= count,
            Place::Delayed => self.delayed -= count,
            Place::Waiting => self.waiting -= count,
            // Nothing of that can leave.
            Place::Arriving
            | Place::Done
            | Place::Refused
            | Place::Dropped
            | Place::Expired
            | Place::Dead
            | Place::Removed
            | Place::Lost => {}
        }
    }

    /// Nothing is kept of an entry that is gone.
    #[inline]
    fn forget(&mut self, slot: &Slot, position: u64, from: Place) {
        if !self.returned.is_empty() {
            self.returned.remove(&position);
        }
        if !self.partial.is_empty() {
            self.partial.remove(&position);
        }
        match from {
            Place::Delayed => {
                self.later.remove(&(slot.deliver_at(), position));
            }
            Place::Waiting => {
                self.replay.remove(&position);
                self.take_from_put_by(position);
            }
            Place::Held
            | Place::Arriving
            | Place::Done
            | Place::Refused
            | Place::Dropped
            | Place::Expired
            | Place::Dead
            | Place::Removed
            | Place::Lost => {}
        }
    }

    /// A message of a batch is acknowledged by itself, if the broker keeps account of that.
    #[inline(never)]
    fn acknowledge_index(
        &mut self,
        ground: Ground<'_>,
        position: Position,
        slot: &Slot,
        out: &mut impl Out,
    ) -> (u64, bool) {
        let entry = position.entry;
        let (index, size) = (position.index.unwrap_or(0), slot.messages().len());
        if !ground.settings.batch_index_acks || size <= usize::from(index) {
            return (0, false);
        }
        let bits = self.partial.entry(entry).or_insert_with(|| vec![0; size.div_ceil(64)]);
        let (word, bit) = (usize::from(index) / 64, 1 << (index % 64));
        if bits[word] & bit != 0 {
            return (0, false);
        }
        if bits.iter().map(|word| word.count_ones()).sum::<u32>() as usize + 1 == size {
            // It is the last.
            return self.acknowledge(ground, Position { entry, index: None }, out);
        }
        bits[word] |= bit;
        let pending = self.pending.get(entry);
        let from = if pending.is_some() { Place::Held } else { self.place_of_unheld(slot, entry) };
        let message = slot.messages()[usize::from(index)].id;
        facts::moved(message, self.store, (from, Place::Done), 1, Cause::Ack, out);
        self.leave(from, 1);
        (1, pending.is_some_and(|pending| self.relieve(pending.consumer, 1, ground.settings)))
    }

    /// All that is before a position, and is not acknowledged, leaves for `to`. Whether more can be dispatched now.
    #[inline(never)]
    pub(super) fn pass(
        &mut self,
        ground: Ground<'_>,
        position: u64,
        (to, why): (Place, Cause),
        out: &mut impl Out,
    ) -> bool {
        let position = position.min(ground.log.end());
        if position <= self.cursor.mark {
            return false;
        }
        let (mut wakes, mut rest) = (false, self.live_between(ground, self.cursor.mark, position));
        let held = self.pending.positions(|own, _| own < position);
        let mut elsewhere = BTreeSet::new();
        elsewhere.extend(&held);
        for held in held {
            let (Some(pending), Some(slot)) = (self.pending.take(held), ground.log.get(held)) else {
                continue;
            };
            let mut count = 0;
            for (_, message) in alive(&slot, self.partial.get(&held)) {
                count += 1;
                facts::moved(message.id, self.store, (Place::Held, to), 1, why, out);
            }
            self.held -= count;
            rest -= count;
            wakes |= self.relieve(pending.consumer, count, ground.settings);
            wakes |= self.release(pending);
        }
        let passed: Vec<(Time, u64)> =
            self.later.iter().filter(|(_, own)| *own < position).copied().collect();
        for own in passed {
            self.later.remove(&own);
            elsewhere.insert(own.1);
            let Some(slot) = &ground.log.get(own.1) else { continue };
            for (_, message) in alive(slot, self.partial.get(&own.1)) {
                facts::moved(message.id, self.store, (Place::Delayed, to), 1, why, out);
                self.delayed -= 1;
                rest -= 1;
            }
        }
        if let Some(first) = self.first_waiting(ground, position, &elsewhere) {
            facts::moved(first, self.store, (Place::Waiting, to), rest, why, out);
        }
        self.waiting -= rest;
        self.replay = self.replay.split_off(&position);
        self.drop_put_by(position);
        self.returned = self.returned.split_off(&position);
        self.partial = self.partial.split_off(&position);
        self.cursor.acknowledge_until(position);
        wakes || self.lets_in_newcomers()
    }

    /// The first message before `end` that is neither acknowledged nor elsewhere.
    fn first_waiting(
        &self,
        ground: Ground<'_>,
        end: u64,
        elsewhere: &BTreeSet<u64>,
    ) -> Option<crate::id::MessageId> {
        let mut position = self.cursor.mark.max(ground.log.first());
        while position < end {
            if let Some(after) = self.cursor.acked.end_of(position) {
                position = after;
            } else if elsewhere.contains(&position) {
                position += 1;
            } else {
                let slot = ground.log.get(position)?;
                return alive(&slot, self.partial.get(&position)).next().map(|(_, message)| message.id);
            }
        }
        None
    }

    /// How many messages in `from..to` are not acknowledged.
    pub(super) fn live_between(&self, ground: Ground<'_>, from: u64, to: u64) -> u64 {
        if to <= from {
            return 0;
        }
        let messages = |from: u64, to: u64| ground.log.ordinal(to) - ground.log.ordinal(from);
        let acked: u64 = self.cursor.acked.within(from, to).map(|(from, to)| messages(from, to)).sum();
        let bits = |bits: &Vec<u64>| bits.iter().map(|word| u64::from(word.count_ones())).sum::<u64>();
        let partial: u64 = self.partial.range(from..to).map(|(_, own)| bits(own)).sum();
        messages(from, to) - acked - partial
    }

    /// All that was dispatched or put by waits again, as if it had not been read.
    #[inline(never)]
    pub(super) fn rewind(&mut self, ground: Ground<'_>, why: Cause, out: &mut impl Out) {
        for position in self.pending.positions(|_, _| true) {
            let (Some(_), Some(slot)) = (self.pending.take(position), ground.log.get(position)) else {
                continue;
            };
            for (_, message) in alive(&slot, self.partial.get(&position)) {
                facts::moved(message.id, self.store, (Place::Held, Place::Waiting), 1, why, out);
            }
            self.came_back(position, false);
        }
        for (_, position) in std::mem::take(&mut self.later) {
            let Some(slot) = &ground.log.get(position) else { continue };
            for (_, message) in alive(slot, self.partial.get(&position)) {
                facts::moved(message.id, self.store, (Place::Delayed, Place::Waiting), 1, why, out);
            }
        }
        self.waiting += self.held + self.delayed;
        (self.held, self.delayed) = (0, 0);
        for consumer in &mut self.consumers {
            (consumer.unacked, consumer.blocked) = (0, false);
            consumer.put_by.clear();
        }
        self.pending.clear();
        self.replay.clear();
        self.by_key.clear();
        self.blocked = false;
        self.cursor.read = self.cursor.mark;
    }

    /// Sends what can be sent.
    #[inline]
    pub(super) fn dispatch(&mut self, ground: Ground<'_>, out: &mut impl Out) {
        match self.kind {
            Type::Exclusive | Type::Failover => self.dispatch_single(ground, out),
            Type::Shared => self.dispatch_shared(ground, out),
            Type::KeyShared => self.dispatch_by_key(ground, out),
        }
    }
}
