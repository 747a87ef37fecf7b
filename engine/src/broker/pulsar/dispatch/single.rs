//! `Exclusive` and `Failover`: one active consumer.
//!
//! The active consumer of `Failover` is chosen anew whenever one comes or goes. Those of the best priority count, sorted
//! by name; of partition *p* the (*p* mod *n*)-th is active, of a topic without partitions that whose hash is next on a
//! ring. It begins a second later, where the cursor stands then, so that the one before it can finish.

use crate::id::{StoreId, WorkerId};
use crate::journal::{Cause, What};
use crate::time::Time;

use super::super::Out;
use super::super::consumer::{Consumer, ConsumerId};
use super::super::key::{Text, key_hash};
use super::super::reply::Push;
use super::super::request::Type;
use super::super::settings::Pick;
use super::super::subscription::{Ground, Subscription};

/// Points of each consumer on the ring.
const POINTS: u64 = 100;

impl Subscription {
    /// Sends the active consumer what it may be sent.
    #[inline]
    pub(in super::super) fn dispatch_single(&mut self, ground: Ground<'_>, out: &mut impl Out) {
        if self.switch_at.is_some() {
            return;
        }
        let Some(place) = self.active.and_then(|active| self.place_of(active)) else { return };
        while 0 < self.consumers[place].permits
            && let Some(position) = self.cursor.next(ground.log.end())
            && let Some(slot) = &ground.log.get(position)
        {
            self.cursor.read = position + 1;
            self.send(slot, position, place, 0, out);
        }
    }

    /// Chooses the active consumer anew. Returns when it begins, if it is another one and not at once.
    pub(in super::super) fn choose_active(&mut self, ground: Ground<'_>, out: &mut impl Out) -> Option<Time> {
        let chosen =
            self.chosen(ground).map(|place| (self.consumers[place].id, self.consumers[place].client));
        if self.active == chosen.map(|(id, _)| id) {
            return None;
        }
        let store = self.store;
        if let Some(place) = self.active.and_then(|before| self.place_of(before)) {
            let before = &self.consumers[place];
            revoked(before, store, out);
        }
        self.active = chosen.map(|(id, _)| id);
        self.generation += 1;
        let (id, client) = chosen?;
        out.record(What::Assigned { worker: WorkerId(client.0), store });
        if self.kind == Type::Failover && !ground.settings.failover_delay.is_zero() {
            // The delay is not begun anew.
            let at = self.switch_at.unwrap_or(out.now() + ground.settings.failover_delay);
            self.switch_at = Some(at);
            return Some(at);
        }
        self.take_over(ground, id, out);
        None
    }

    /// The active consumer begins, with all that is not acknowledged.
    pub(in super::super) fn take_over(&mut self, ground: Ground<'_>, id: ConsumerId, out: &mut impl Out) {
        self.switch_at = None;
        self.rewind(ground, Cause::Disconnect, out);
        if self.kind == Type::Failover {
            for consumer in &self.consumers {
                out.push(consumer.client, Push::Active(consumer.id, consumer.id == id));
            }
        }
        self.dispatch_single(ground, out);
    }

    fn chosen(&self, ground: Ground<'_>) -> Option<usize> {
        let best = self.consumers.first()?.priority;
        let among = self.consumers.partition_point(|consumer| consumer.priority == best);
        if self.kind == Type::Exclusive {
            return Some(0);
        }
        match (ground.partition, ground.settings.failover_pick) {
            (Some(partition), _) => Some(usize::from(partition) % among),
            (None, Pick::FirstSubscribed) => (0..among).min_by_key(|place| self.consumers[*place].id),
            (None, Pick::HashRing) => self.on_ring(ground, among),
        }
    }

    /// The consumer of the first point from the hash of the topic's name on.
    fn on_ring(&self, ground: Ground<'_>, among: usize) -> Option<usize> {
        let topic = key_hash(ground.names.text(ground.topic).as_bytes());
        let mut best: Option<((bool, u32), usize)> = None;
        for (place, consumer) in self.consumers[..among].iter().enumerate() {
            for point in 0..POINTS {
                let mut text = Text::new();
                let _ = std::fmt::Write::write_str(&mut text, ground.names.text(consumer.name));
                text.number(point);
                let hash = key_hash(text.as_bytes());
                let rank = (hash < topic, hash);
                // Of two on one point the latter stays.
                if best.is_none_or(|(own, _)| rank <= own) {
                    best = Some((rank, place));
                }
            }
        }
        best.map(|(_, place)| place)
    }
}

/// A consumer is active no more.
pub(in super::super) fn revoked(consumer: &Consumer, store: StoreId, out: &mut impl Out) {
    out.record(What::Revoked { worker: WorkerId(consumer.client.0), store });
}
