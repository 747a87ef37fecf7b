//! What an operator does to a subscription or a topic, by the admin API.

use crate::broker::server::Down;
use crate::journal::{Cause, Place};

use super::name::Name;
use super::reply::{Error, Push, Reply};
use super::request::Operation;
use super::server::{Around, Pulsar};
use super::subscription::{Ground, Subscription};
use super::{Out, facts};

impl Pulsar {
    /// Acts on a subscription.
    pub(super) fn operate(
        &mut self,
        topic: Name,
        subscription: Name,
        operation: Operation,
        out: &mut impl Out,
    ) -> Reply {
        let Some(topic) = self.topic_named(topic) else { return Reply::Error(Error::TopicNotFound) };
        let named = self.topics[topic].subscriptions.iter().position(|own| own.name == subscription);
        let Some(place) = named else { return Reply::Error(Error::SubscriptionNotFound) };
        let log = &self.topics[topic].log;
        let purged = (Place::Removed, Cause::Purge);
        match operation {
            Operation::SeekTime(time) => {
                let older = |position: u64| log.get(position).is_some_and(|slot| slot.message.sent < time);
                let (mut low, mut high) = (log.first(), log.end());
                while low < high {
                    let middle = low + (high - low) / 2;
                    if older(middle) { low = middle + 1 } else { high = middle }
                }
                self.seek(topic, place, low, out);
            }
            Operation::Seek(entry) => {
                let position = entry.clamp(log.first(), log.end());
                self.seek(topic, place, position, out);
            }
            Operation::Skip(count) => {
                self.with(topic, place, |own, ground| own.skip(ground, count, purged, out));
            }
            Operation::Clear => {
                self.with(topic, place, |own, ground| {
                    if own.pass(ground, u64::MAX, purged, out) {
                        own.dispatch(ground, out);
                    }
                });
            }
            Operation::Expire(age) => self.expire_older(topic, place, age, out),
        }
        Reply::Ok
    }

    /// Moves a subscription to a position. Its consumers have to connect anew.
    fn seek(&mut self, topic: usize, place: usize, position: u64, out: &mut impl Out) {
        self.close_consumers(topic, place, out);
        let now = out.now();
        self.with(topic, place, |own, ground| own.seek(ground, position, now, out));
    }

    /// A topic moves to another broker, which reads its ledgers. Clients connect anew.
    pub(super) fn unload(&mut self, topic: Name, out: &mut impl Out) -> Reply {
        let Some(place) = self.topic_named(topic) else { return Reply::Error(Error::TopicNotFound) };
        let name = self.topics[place].name;
        for client in std::mem::take(&mut self.topics[place].producers) {
            out.push(client, Push::ProducerClosed(name));
        }
        for own in 0..self.topics[place].subscriptions.len() {
            self.close_consumers(place, own, out);
        }
        self.load_anew(place, Down::Stopped, out);
        self.set_due();
        Reply::Ok
    }

    /// A topic is loaded from what is stored of it: nobody is connected, and redeliveries are counted anew. Where the
    /// broker before was killed, a cursor stands where it was saved last.
    pub(super) fn load_anew(&mut self, place: usize, down: Down, out: &mut impl Out) {
        let now = out.now();
        let around = Around::of(&self.names, &self.keys, &self.settings, self.version);
        let topic = &mut self.topics[place];
        topic.producers.clear();
        topic.log.roll(now);
        let ground = around.ground(&topic.log, topic.name, topic.partition);
        for own in &mut topic.subscriptions {
            if let Some(active) = own.active.take().and_then(|active| own.place_of(active)) {
                super::dispatch::revoked(&own.consumers[active], own.store, out);
            }
            own.switch_at = None;
            own.consumers.clear();
            own.rewind(ground, Cause::Restart, out);
            own.forget_counts();
            own.by_key.selector = None;
            match down {
                Down::Stopped => own.cursor.save(now),
                Down::Killed => own.recover(ground, out),
            }
        }
    }
}

impl Subscription {
    /// So many of the oldest entries leave.
    pub(super) fn skip(&mut self, ground: Ground<'_>, count: u64, way: (Place, Cause), out: &mut impl Out) {
        let mut position = self.cursor.mark;
        for _ in 0..count.min(self.cursor.backlog(ground.log.end())) {
            position = self.cursor.acked.end_of(position).unwrap_or(position) + 1;
        }
        if self.pass(ground, position, way, out) {
            self.dispatch(ground, out);
        }
    }

    /// Nobody is connected: the position is moved, and what is from there on waits again.
    fn seek(&mut self, ground: Ground<'_>, position: u64, now: crate::time::Time, out: &mut impl Out) {
        self.pass(ground, position, (Place::Removed, Cause::Seek), out);
        let waited = self.waiting;
        self.partial.clear();
        let before = self.cursor.clone();
        self.cursor.reset(position);
        self.cursor.save(now);
        self.wait_from(ground, (position, &before), waited, Cause::Seek, out);
    }

    /// What was not saved is forgotten.
    fn recover(&mut self, ground: Ground<'_>, out: &mut impl Out) {
        let waited = self.waiting;
        self.partial.clear();
        let before = self.cursor.clone();
        self.cursor.recover();
        let first = self.cursor.mark.max(ground.log.first());
        self.cursor.acknowledge_until(first);
        self.wait_from(ground, (first, &before), waited, Cause::Restart, out);
    }

    /// All that is not acknowledged waits from a position on; so many did before.
    fn wait_from(
        &mut self,
        ground: Ground<'_>,
        (position, before): (u64, &super::cursor::Cursor),
        waited: u64,
        why: Cause,
        out: &mut impl Out,
    ) {
        self.waiting = self.live_between(ground, position, ground.log.end());
        // Those that were acknowledged before, and are not now.
        let mut first = None;
        for own in position..ground.log.end() {
            if before.is_acked(own) && !self.cursor.is_acked(own) {
                first = first.or(Some(own));
                self.came_back(own, false);
            }
        }
        let first = first.unwrap_or(position);
        if let Some(slot) = &ground.log.get(first) {
            facts::came_back(slot.message.id, self.store, self.waiting.saturating_sub(waited), why, out);
        }
    }
}
