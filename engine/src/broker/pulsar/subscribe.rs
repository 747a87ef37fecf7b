//! Subscriptions and their consumers come and go.

use std::collections::BTreeSet;

use crate::id::ClientId;
use crate::journal::{Cause, Place};

use super::consumer::{Consumer, ConsumerId};
use super::dispatch::selector::Selector;
use super::name::Name;
use super::reply::{Error, Push, Reply};
use super::request::{Initial, Subscribe, Type};
use super::server::{Pulsar, Seat};
use super::subscription::{Ground, Subscription};
use super::{Out, facts};

impl Pulsar {
    /// A client wants to consume, from a subscription that is made if there is none.
    pub(super) fn subscribe(&mut self, client: ClientId, asked: &Subscribe, out: &mut impl Out) -> Reply {
        let topic = self.topic_or_new(asked.topic);
        let found = self.topics[topic].subscriptions.iter().position(|own| own.name == asked.subscription);
        let place = found.unwrap_or_else(|| self.new_subscription(topic, asked, out));
        if !asked.consumes {
            return Reply::Ok;
        }
        self.last_consumer += 1;
        let id = ConsumerId(self.last_consumer);
        let joined = self.with(topic, place, |own, ground| {
            own.admit(ground, asked)?;
            Ok(own.join(ground, client, id, asked, out))
        });
        match joined {
            Some(Ok(due)) => {
                let (topic, subscription) = (topic as u16, place as u16);
                self.seats.insert(id, Seat { client, topic, subscription });
                if let Some(due) = due {
                    self.due = self.due.min(due);
                }
                Reply::Subscribed(id)
            }
            Some(Err(error)) => Reply::Error(error),
            None => Reply::Error(Error::SubscriptionNotFound),
        }
    }

    fn new_subscription(&mut self, topic: usize, asked: &Subscribe, out: &mut impl Out) -> usize {
        let store = self.next_store();
        let topic = &mut self.topics[topic];
        let position = match asked.initial {
            Initial::Latest => topic.log.end(),
            Initial::Earliest => topic.log.first(),
        };
        let mut own = Subscription::new(asked.subscription, store, asked.kind, position, out.now());
        if let Some(first) = topic.log.get(position) {
            own.waiting = topic.log.ordinal(topic.log.end()) - first.ordinal;
            facts::came_back(first.message.id, store, own.waiting, Cause::Seek, out);
        }
        topic.subscriptions.push(own);
        topic.subscriptions.len() - 1
    }

    /// A consumer is gone.
    pub(super) fn remove_consumer(&mut self, id: ConsumerId, seat: Seat, out: &mut impl Out) {
        self.seats.remove(&id);
        let due =
            self.with(seat.topic.into(), seat.subscription.into(), |own, ground| own.leaves(ground, id, out));
        if let Some(Some(due)) = due {
            self.due = self.due.min(due);
        }
    }

    /// All consumers of a subscription are told to connect anew.
    pub(super) fn close_consumers(&mut self, topic: usize, subscription: usize, out: &mut impl Out) {
        let all = self.seats.iter().filter(|(_, seat)| {
            usize::from(seat.topic) == topic && usize::from(seat.subscription) == subscription
        });
        let all: Vec<(ConsumerId, Seat)> = all.map(|(id, seat)| (*id, *seat)).collect();
        for (id, seat) in all {
            self.remove_consumer(id, seat, out);
            out.push(seat.client, Push::ConsumerClosed(id));
        }
    }

    /// A subscription is deleted, with its backlog.
    pub(super) fn unsubscribe(&mut self, topic: Name, name: Name, out: &mut impl Out) -> Reply {
        let Some(place) = self.topic_named(topic) else { return Reply::Error(Error::TopicNotFound) };
        let Some(own) = self.topics[place].subscriptions.iter().position(|own| own.name == name) else {
            return Reply::Error(Error::SubscriptionNotFound);
        };
        if 1 < self.topics[place].subscriptions[own].consumers.len() {
            return Reply::Error(Error::SubscriptionBusy);
        }
        self.close_consumers(place, own, out);
        self.with(place, own, |own, ground| {
            own.pass(ground, u64::MAX, (Place::Removed, Cause::Purge), out);
        });
        self.topics[place].subscriptions.remove(own);
        for (_, seat) in self.seats.iter_mut() {
            if usize::from(seat.topic) == place && own < usize::from(seat.subscription) {
                seat.subscription -= 1;
            }
        }
        Reply::Ok
    }
}

impl Subscription {
    /// Whether a consumer can join; the type of the subscription is the new one's if nobody is there.
    fn admit(&mut self, ground: Ground<'_>, asked: &Subscribe) -> Result<(), Error> {
        if self.consumers.is_empty() {
            self.kind = asked.kind;
            self.by_key.out_of_order = asked.out_of_order;
            self.by_key.selector = (asked.kind == Type::KeyShared).then(|| {
                if !asked.sticky.is_empty() {
                    Selector::Sticky(Vec::new())
                } else if ground.settings.consistent_hashing {
                    Selector::Ring(Vec::new())
                } else {
                    Selector::Ranges(Vec::new())
                }
            });
            return Ok(());
        }
        if self.kind != asked.kind {
            return Err(Error::SubscriptionType);
        }
        match (&self.by_key.selector, self.kind) {
            (_, Type::Exclusive) => Err(Error::ConsumerBusy("Exclusive consumer is already connected")),
            (Some(Selector::Sticky(taken)), Type::KeyShared) => {
                let overlaps = |(start, end): &(u32, u32)| {
                    taken.iter().any(|(own_start, own_end, _)| start <= own_end && own_start <= end)
                };
                if asked.sticky.is_empty() {
                    return Err(Error::SubscriptionType);
                }
                let taken = asked.sticky.iter().any(overlaps);
                if taken { Err(Error::ConsumerBusy("Range conflict with consumer")) } else { Ok(()) }
            }
            (Some(_), Type::KeyShared) if !asked.sticky.is_empty() => Err(Error::SubscriptionType),
            _ => Ok(()),
        }
    }

    /// A consumer joins. Returns when the next thing is due, if there is one.
    fn join(
        &mut self,
        ground: Ground<'_>,
        client: ClientId,
        id: ConsumerId,
        asked: &Subscribe,
        out: &mut impl Out,
    ) -> Option<crate::time::Time> {
        let is_taken = |index: u32| {
            self.consumers.iter().any(|own| own.name == asked.consumer && own.name_index == index)
        };
        let name_index = (0..).find(|index| !is_taken(*index)).unwrap_or(0);
        let text = |name: Name| ground.names.text(name);
        let by_name = self.kind == Type::Failover;
        let place = self.consumers.partition_point(|own| {
            let same = own.priority == asked.priority;
            own.priority < asked.priority || same && (!by_name || text(own.name) <= text(asked.consumer))
        });
        let waits = self.kind == Type::KeyShared
            && !ground.version.drains_hashes()
            && !self.by_key.out_of_order
            && !self.consumers.is_empty()
            && self.cursor.mark < self.cursor.read;
        let consumer = Consumer {
            id,
            client,
            name: asked.consumer,
            priority: asked.priority,
            permits: 0,
            unacked: 0,
            blocked: false,
            epoch: 0,
            name_index,
            joined_at: waits.then_some(self.cursor.read),
            sticky: asked.sticky.clone(),
            put_by: BTreeSet::new(),
        };
        self.consumers.insert(place, consumer);
        match self.kind {
            Type::Exclusive | Type::Failover => self.choose_active(ground, out),
            Type::Shared => None,
            Type::KeyShared => {
                let points = ground.settings.ring_points;
                if let Some(mut selector) = self.by_key.selector.take() {
                    selector.join(&self.consumers[place], ground.names, points);
                    self.by_key.selector = Some(selector);
                }
                self.share_out(ground, BTreeSet::new());
                None
            }
        }
    }

    /// A consumer leaves; what it has goes to the others.
    fn leaves(
        &mut self,
        ground: Ground<'_>,
        id: ConsumerId,
        out: &mut impl Out,
    ) -> Option<crate::time::Time> {
        let place = self.place_of(id)?;
        let mut gone = self.consumers.remove(place);
        if self.consumers.is_empty() {
            if self.active.take().is_some() {
                super::dispatch::revoked(&gone, self.store, out);
            }
            self.switch_at = None;
            self.rewind(ground, Cause::Disconnect, out);
            self.forget_counts();
            self.by_key.selector = None;
            return None;
        }
        if self.kind == Type::KeyShared {
            if let Some(selector) = &mut self.by_key.selector {
                selector.leave(id);
            }
            self.share_out(ground, std::mem::take(&mut gone.put_by));
        }
        let counts = ground.version.counts_disconnects();
        for position in self.pending.positions(|_, pending| pending.consumer == id) {
            if let Some(pending) = self.pending.take(position) {
                self.give_back(ground, position, pending, (counts, Cause::Disconnect), out);
            }
        }
        if !self.shares() {
            if self.active == Some(id) {
                self.active = None;
                super::dispatch::revoked(&gone, self.store, out);
            }
            return self.choose_active(ground, out);
        }
        self.lets_in_newcomers();
        self.blocked &= ground.settings.max_unacked_subscription / 2 < self.held;
        self.dispatch(ground, out);
        None
    }
}
