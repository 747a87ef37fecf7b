//! Dead letters: what becomes of a message that expires, is refused for good, or is too much.
//!
//! It is published anew, to the queue's dead-letter exchange, with the dead-letter routing key or else its own keys. It
//! loses its expiration, and CC if there is a dead-letter routing key. `x-death` says where it died, why and how often.
//! If there is no such exchange at that moment, or nothing is bound to it, the message is gone.
//!
//! A message that comes back to a queue in which it died, and was not refused on the way, goes in circles: that queue does
//! not get it. So what expires from queue to queue stops at the first that it sees again, and a retry loop, in which
//! a consumer refuses, goes on for ever.
//!
//! `at-most-once` publishes and forgets. `at-least-once` (quorum queues with `reject-publish`) keeps the message, and counts
//! it, until each target has confirmed it. What is refused or has no target is tried again every three minutes.

use std::sync::Arc;
use std::time::Duration;

use super::limit::Room;
use super::message::{Death, Deaths, Envelope, Name, Place as Died, Reason};
use super::method::{Push, Reply};
use super::node::Node;
use super::publish::copies;
use super::queue::{Queue, QueueId};
use super::ready::Stored;
use super::version::Series;
use crate::broker::server::Outlet;
use crate::journal::{Cause, Place, What};
use crate::message::Message;
use crate::time::Time;

/// How many dead letters of a queue are under way at once (`dead_letter_worker_consumer_prefetch`).
const UNDER_WAY: usize = 32;
/// After which time they are tried again (`dead_letter_worker_publisher_confirm_timeout`).
const SETTLE: Duration = Duration::from_secs(180);

/// A message that has left its queue, on the way to its dead-letter exchange.
#[derive(Clone, PartialEq, Hash, Debug)]
pub(super) struct DeadLetter {
    queue: Name,
    exchange: Name,
    key: Option<Name>,
    message: Message,
    envelope: Arc<Envelope>,
    reason: Reason,
}

/// A dead message that its queue keeps until its targets have confirmed it.
#[derive(Clone, PartialEq, Hash, Debug)]
pub(super) struct Discard {
    pub(super) stored: Stored,
    reason: Reason,
    /// As it is published; nothing before it was the first time.
    sent: Option<Arc<Envelope>>,
    /// Targets that have not confirmed it.
    unsettled: Vec<QueueId>,
    /// Whether it had any target.
    routed: bool,
}

impl Discard {
    /// The server has started anew and no longer knows which targets have confirmed: all get it again.
    pub(super) fn forget_progress(&mut self) {
        (self.sent, self.routed) = (None, false);
        self.unsettled.clear();
    }
}

impl DeadLetter {
    /// The dead letter that a message of this queue becomes; nothing if it has no dead-letter exchange.
    pub(super) fn of(
        queue: &Queue,
        message: Message,
        envelope: Arc<Envelope>,
        reason: Reason,
    ) -> Option<DeadLetter> {
        let exchange = queue.settings.dead_letter_exchange.clone()?;
        let key = queue.settings.dead_letter_routing_key.clone();
        Some(DeadLetter { queue: queue.name.clone(), exchange, key, message, envelope, reason })
    }

    /// What is published: the same message with its death written down.
    fn buried(&self, now: Time, series: Series) -> Envelope {
        let mut properties = self.envelope.properties.clone();
        let expiration = properties.expiration.take();
        self.write_down(&mut properties.deaths, expiration, now, series);
        let key = match &self.key {
            Some(key) => {
                properties.cc.clear();
                properties.bcc.clear();
                key
            }
            None => &self.envelope.key,
        };
        Envelope { exchange: self.exchange.clone(), key: key.clone(), properties }
    }

    fn write_down(&self, deaths: &mut Deaths, expiration: Option<Name>, now: Time, series: Series) {
        let same = |death: &Death| death.queue == self.queue && death.reason == self.reason;
        let entry = match deaths.entries.iter().position(same) {
            Some(place) => {
                let mut entry = deaths.entries.remove(place);
                entry.count = entry.count.saturating_add(1);
                entry
            }
            None => Death {
                queue: self.queue.clone(),
                reason: self.reason,
                count: 1,
                exchange: self.envelope.exchange.clone(),
                keys: std::iter::once(&self.envelope.key)
                    .chain(&self.envelope.properties.cc)
                    .cloned()
                    .collect(),
                time: now,
                expiration,
            },
        };
        deaths.entries.insert(0, entry);
        let exchange = self.envelope.exchange.clone();
        let place = Died { queue: self.queue.clone(), reason: self.reason, exchange };
        if series.records_last_death() {
            deaths.last = Some(place.clone());
        }
        deaths.first.get_or_insert(place);
    }
}

/// Whether a message with these deaths goes in circles if it enters this queue.
fn goes_in_circles(deaths: &[Death], queue: &Name) -> bool {
    let way = deaths.iter().take_while(|death| death.reason != Reason::Rejected);
    way.into_iter().any(|death| death.queue == *queue)
}

/// Where a message ends that dies for this reason, and why.
fn end(reason: Reason) -> (Place, Cause) {
    match reason {
        Reason::Rejected => (Place::Dead, Cause::Reject),
        Reason::DeliveryLimit => (Place::Dead, Cause::DeliveryLimit),
        Reason::Expired => (Place::Expired, Cause::Expiry),
        Reason::MaxLen => (Place::Dropped, Cause::Length),
    }
}

impl Node {
    /// A message leaves its queue for good, and is on its way to the dead-letter exchange if there is one.
    pub(super) fn die(
        &mut self,
        id: QueueId,
        stored: Stored,
        reason: Reason,
        from: Place,
        out: &mut impl Outlet<Reply, Push>,
    ) {
        let Some(queue) = self.queues.get_mut(id) else { return };
        let (message, store) = (stored.message.id, queue.store);
        let (to, why) = end(reason);
        if queue.settings.at_least_once && queue.settings.dead_letter_exchange.is_some() {
            out.record(What::Moved { message, store, from, to: Place::Delayed, count: 1, why });
            let (sent, unsettled, routed) = (None, Vec::new(), false);
            queue.discards.push_back(Discard { stored, reason, sent, unsettled, routed });
            self.discarding.push(id);
            return;
        }
        out.record(What::Moved { message, store, from, to, count: 1, why });
        self.dead.extend(DeadLetter::of(queue, stored.message, stored.envelope, reason));
    }

    /// The queues that get a dead letter.
    fn targets(&self, letter: &DeadLetter, envelope: &Envelope) -> Vec<QueueId> {
        let mut queues = Vec::new();
        self.route(&envelope.exchange, envelope, &mut queues);
        if letter.reason != Reason::Rejected {
            let deaths = &envelope.properties.deaths.entries;
            let circles =
                |id: &QueueId| self.queues.get(*id).is_some_and(|queue| goes_in_circles(deaths, &queue.name));
            queues.retain(|id| !circles(id));
        }
        queues
    }

    /// Publishes a dead letter, and forgets it.
    pub(super) fn republish(&mut self, letter: DeadLetter, out: &mut impl Outlet<Reply, Push>) {
        let envelope = Arc::new(letter.buried(out.now(), self.series));
        let targets = self.targets(&letter, &envelope);
        self.publish_letter(&targets, letter.message, &envelope, out);
    }

    /// The targets get it, save those that refuse it, which are given back.
    fn publish_letter(
        &mut self,
        targets: &[QueueId],
        message: Message,
        envelope: &Arc<Envelope>,
        out: &mut impl Outlet<Reply, Push>,
    ) -> Vec<QueueId> {
        let takes = |id: &QueueId| {
            self.queues.get(*id).is_some_and(|queue| queue.room_for(message.size) == Room::Some)
        };
        let takers = targets.iter().filter(|id| takes(id)).count();
        if takers != 0 {
            out.record(What::Republished { message: message.id, copies: copies(takers), dead: true });
        }
        targets
            .iter()
            .copied()
            .filter(|id| !self.enqueue(*id, message, envelope.expiration(), envelope.clone(), out))
            .collect()
    }

    /// Publishes what a queue keeps and has not published yet, as many as may be under way.
    pub(super) fn forward(&mut self, id: QueueId, out: &mut impl Outlet<Reply, Push>) {
        let unsent =
            |queue: &Queue| queue.discards.iter().take(UNDER_WAY).position(|discard| discard.sent.is_none());
        while let Some(place) = self.queues.get(id).and_then(unsent) {
            self.try_discard(id, place, out);
        }
        if let Some(queue) = self.queues.get_mut(id)
            && !queue.discards.is_empty()
            && queue.settle.is_none()
        {
            queue.settle = Some(out.now() + SETTLE);
            self.arm(id);
        }
        self.keep_limits(id, out);
    }

    /// Publishes again what was not confirmed.
    pub(super) fn settle_again(&mut self, id: QueueId, out: &mut impl Outlet<Reply, Push>) {
        let mut place = 0;
        while self.queues.get(id).is_some_and(|queue| place < queue.discards.len().min(UNDER_WAY)) {
            if !self.try_discard(id, place, out) {
                place += 1;
            }
        }
        self.discarding.push(id);
    }

    /// Publishes one that the queue keeps to those of its targets that have not confirmed it. If all have, it goes.
    fn try_discard(&mut self, id: QueueId, place: usize, out: &mut impl Outlet<Reply, Push>) -> bool {
        let (now, series) = (out.now(), self.series);
        let Some(queue) = self.queues.get(id) else { return false };
        let Some(discard) = queue.discards.get(place) else { return false };
        let Discard { stored, reason, .. } = discard.clone();
        let message = stored.message;
        let Some(letter) = DeadLetter::of(queue, message, stored.envelope, reason) else {
            // There is no dead-letter exchange any more.
            self.end_discard(id, place, out);
            return true;
        };
        let envelope = discard.sent.clone().unwrap_or_else(|| Arc::new(letter.buried(now, series)));
        let targets =
            if discard.routed { discard.unsettled.clone() } else { self.targets(&letter, &envelope) };
        let unsettled = self.publish_letter(&targets, message, &envelope, out);
        let Some(queue) = self.queues.get_mut(id) else { return false };
        let Some(discard) = queue.discards.get_mut(place) else { return false };
        let routed = discard.routed || !targets.is_empty();
        if routed && unsettled.is_empty() {
            self.end_discard(id, place, out);
            return true;
        }
        (discard.sent, discard.unsettled, discard.routed) = (Some(envelope), unsettled, routed);
        false
    }

    /// A queue no longer has to keep one of its dead.
    fn end_discard(&mut self, id: QueueId, place: usize, out: &mut impl Outlet<Reply, Push>) {
        let Some(queue) = self.queues.get_mut(id) else { return };
        let Some(discard) = queue.discards.remove(place) else { return };
        let (message, store, (to, why)) = (discard.stored.message.id, queue.store, end(discard.reason));
        out.record(What::Moved { message, store, from: Place::Delayed, to, count: 1, why });
    }

    /// A queue is gone: nobody waits for its confirm any longer.
    pub(super) fn forget_target(&mut self, gone: QueueId) {
        for (_, queue) in self.queues.iter_mut() {
            queue.discards.iter_mut().for_each(|discard| discard.unsettled.retain(|own| *own != gone));
        }
    }
}
