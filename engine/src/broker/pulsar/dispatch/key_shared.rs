//! `Key_Shared`: each key has one consumer at a time.
//!
//! An entry goes to the consumer that has the slot of its key's hash. Where that consumer has no permits the entry is put
//! by for it, and the dispatcher reads on, up to a limit.
//!
//! When slots change their owner, what is unacknowledged at the former one must not be overtaken. Since 4.0 a slot
//! *drains*: its messages wait until the former owner has acknowledged all it has of the slot. Before, a newcomer was given
//! nothing until all that had been dispatched before it came was acknowledged.

use std::collections::{BTreeMap, BTreeSet};

use super::super::Out;
use super::super::consumer::{Consumer, ConsumerId};
use super::super::ledger::Slot;
use super::super::pending::Pending;
use super::super::subscription::{Ground, Subscription};
use super::selector::Selector;

/// What a `Key_Shared` subscription has beside the others.
#[derive(Clone, PartialEq, Hash, Debug, Default)]
pub(in super::super) struct KeyShared {
    /// There is one while there are consumers.
    pub(in super::super) selector: Option<Selector>,
    pub(in super::super) out_of_order: bool,
    /// Of each slot, who has unacknowledged entries, and how many.
    pub(in super::super) busy: BTreeMap<u32, (ConsumerId, u32)>,
    /// What waits for a slot to be drained.
    pub(in super::super) draining: BTreeMap<u32, BTreeSet<u64>>,
    /// How many entries are put by, for consumers and for slots.
    put_by: u64,
}

impl KeyShared {
    pub(in super::super) fn clear(&mut self) {
        self.busy.clear();
        self.draining.clear();
        self.put_by = 0;
    }
}

impl Subscription {
    /// The slot of an entry's key.
    #[inline]
    fn slot_of(&self, ground: Ground<'_>, slot: &Slot) -> u32 {
        let hash = ground.keys.sticky_hash(slot, ground.names, ground.version);
        self.by_key.selector.as_ref().map_or(0, |selector| selector.slot(hash))
    }

    /// Who has the slot of an entry's key.
    pub(in super::super) fn owner_of(&self, ground: Ground<'_>, slot: &Slot) -> Option<ConsumerId> {
        self.by_key.selector.as_ref()?.owner(self.slot_of(ground, slot))
    }

    /// Whether an entry of this slot would overtake one that another consumer has.
    #[inline]
    fn is_draining(&self, ground: Ground<'_>, key_slot: u32, owner: ConsumerId) -> bool {
        ground.version.drains_hashes()
            && !self.by_key.out_of_order
            && self.by_key.busy.get(&key_slot).is_some_and(|(own, _)| *own != owner)
    }

    /// Sends the consumers what they may be sent.
    pub(in super::super) fn dispatch_by_key(&mut self, ground: Ground<'_>, out: &mut impl Out) {
        if self.waiting == 0 || self.blocked {
            return;
        }
        for place in 0..self.consumers.len() {
            self.send_put_by(ground, place, out);
        }
        let most = ground.settings.look_ahead_subscription;
        let each = ground.settings.look_ahead_consumer.saturating_mul(self.consumers.len() as u64);
        while !self.blocked
            && self.by_key.put_by < most.min(each).max(1)
            && self.consumers.iter().any(Consumer::is_available)
            && let Some(position) = self.cursor.next(ground.log.end())
            && let Some(slot) = &ground.log.get(position)
        {
            self.cursor.read = position + 1;
            if self.is_for_later(ground, slot, position, out) {
                continue;
            }
            let key_slot = self.slot_of(ground, slot);
            let owner = self.by_key.selector.as_ref().and_then(|selector| selector.owner(key_slot));
            let place = owner.and_then(|owner| self.place_of(owner));
            match place {
                Some(place) if self.may_be_sent(ground, place, position, key_slot) => {
                    self.send_by_key(ground, (slot, position), place, key_slot, out);
                }
                Some(_) | None => self.put_by_key(ground, position, slot),
            }
        }
    }

    fn may_be_sent(&self, ground: Ground<'_>, place: usize, position: u64, key_slot: u32) -> bool {
        let consumer = &self.consumers[place];
        consumer.is_available()
            && consumer.put_by.is_empty()
            && consumer.joined_at.is_none_or(|at| position < at)
            && !self.is_draining(ground, key_slot, consumer.id)
    }

    fn send_by_key(
        &mut self,
        ground: Ground<'_>,
        (slot, position): (&Slot, u64),
        place: usize,
        key_slot: u32,
        out: &mut impl Out,
    ) {
        let id = self.consumers[place].id;
        let busy = self.by_key.busy.entry(key_slot).or_insert((id, 0));
        *busy = (id, busy.1 + 1);
        self.send(slot, position, place, key_slot, out);
        self.check_unacked(place, ground.settings);
    }

    /// Sends a consumer what was put by for it.
    fn send_put_by(&mut self, ground: Ground<'_>, place: usize, out: &mut impl Out) {
        while !self.blocked
            && self.consumers[place].is_available()
            && let Some(position) = self.consumers[place].put_by.first().copied()
            && self.consumers[place].joined_at.is_none_or(|at| position < at)
            && let Some(slot) = &ground.log.get(position)
        {
            self.consumers[place].put_by.remove(&position);
            let key_slot = self.slot_of(ground, slot);
            if self.is_draining(ground, key_slot, self.consumers[place].id) {
                self.by_key.draining.entry(key_slot).or_default().insert(position);
                continue;
            }
            self.by_key.put_by -= 1;
            self.send_by_key(ground, (slot, position), place, key_slot, out);
        }
    }

    /// Puts an entry by for the owner of its slot, or for the slot.
    pub(in super::super) fn put_by_key(&mut self, ground: Ground<'_>, position: u64, slot: &Slot) {
        let key_slot = self.slot_of(ground, slot);
        self.by_key.put_by += 1;
        let owner = self.by_key.selector.as_ref().and_then(|selector| selector.owner(key_slot));
        match owner.and_then(|owner| Some((owner, self.place_of(owner)?))) {
            Some((owner, place)) if !self.is_draining(ground, key_slot, owner) => {
                self.consumers[place].put_by.insert(position);
            }
            Some(_) | None => {
                self.by_key.draining.entry(key_slot).or_default().insert(position);
            }
        }
    }

    /// An entry is no longer with a consumer. Whether its slot is free of unacknowledged ones, and others wait for that.
    pub(in super::super) fn release(&mut self, pending: Pending) -> bool {
        if pending.slot == 0 {
            return false;
        }
        let Some(busy) = self.by_key.busy.get_mut(&pending.slot) else { return false };
        busy.1 -= 1;
        if busy.1 != 0 {
            return false;
        }
        self.by_key.busy.remove(&pending.slot);
        let Some(waiting) = self.by_key.draining.remove(&pending.slot) else { return false };
        let owner = self.by_key.selector.as_ref().and_then(|selector| selector.owner(pending.slot));
        match owner.and_then(|owner| self.place_of(owner)) {
            Some(place) => self.consumers[place].put_by.extend(waiting),
            None => {
                self.by_key.draining.insert(pending.slot, waiting);
            }
        }
        true
    }

    /// An entry that was put by is gone.
    pub(in super::super) fn take_from_put_by(&mut self, position: u64) {
        if self.by_key.put_by == 0 {
            return;
        }
        let owned = self.consumers.iter_mut().any(|consumer| consumer.put_by.remove(&position));
        if owned || self.by_key.draining.values_mut().any(|own| own.remove(&position)) {
            self.by_key.put_by -= 1;
        }
        self.by_key.draining.retain(|_, own| !own.is_empty());
    }

    /// All that was put by before a position is gone.
    pub(in super::super) fn drop_put_by(&mut self, position: u64) {
        for consumer in &mut self.consumers {
            consumer.put_by = consumer.put_by.split_off(&position);
        }
        self.by_key.draining.retain(|_, own| {
            *own = own.split_off(&position);
            !own.is_empty()
        });
        self.count_put_by();
    }

    fn count_put_by(&mut self) {
        let owned = self.consumers.iter().map(|consumer| consumer.put_by.len() as u64);
        let draining = self.by_key.draining.values().map(|own| own.len() as u64);
        self.by_key.put_by = owned.chain(draining).sum();
    }

    /// Slots have changed their owners: what was put by is shared out anew.
    pub(in super::super) fn share_out(&mut self, ground: Ground<'_>, also: BTreeSet<u64>) {
        let mut all = also;
        for consumer in &mut self.consumers {
            all.append(&mut consumer.put_by);
        }
        for own in std::mem::take(&mut self.by_key.draining).values_mut() {
            all.append(own);
        }
        self.by_key.put_by = 0;
        self.generation += 1;
        for position in all {
            if let Some(slot) = &ground.log.get(position) {
                self.put_by_key(ground, position, slot);
            }
        }
    }

    /// Before 4.0: consumers that came when everything up to the mark-delete position was not acknowledged yet, and now
    /// is, take part from now on. Whether there are any.
    pub(in super::super) fn lets_in_newcomers(&mut self) -> bool {
        if self.kind != super::super::request::Type::KeyShared {
            return false;
        }
        let mark = self.cursor.mark;
        let mut any = false;
        for consumer in &mut self.consumers {
            if consumer.joined_at.is_some_and(|at| at <= mark) {
                consumer.joined_at = None;
                any = true;
            }
        }
        any
    }
}
