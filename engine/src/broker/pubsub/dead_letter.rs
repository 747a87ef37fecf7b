//! Dead letters: what was delivered `maxDeliveryAttempts` times, and failed each time, is published to another topic
//! and counts as acknowledged.
//!
//! Attempts are nacks and ends of leases, and one. The copy is another message, with another `messageId`, that tells in
//! its attributes where it comes from. It is lost if the dead-letter topic has no subscription. Where the service
//! account lacks the permission nothing is counted and nothing forwarded.

use crate::id::StoreId;
use crate::journal::{Cause, Place};

use super::Out;
use super::api::{DeadLetterSource, SubscriptionName};
use super::service::PubSub;
use super::subscription::{ABSENT, Dead, Live, Subscription};

impl Subscription {
    /// Takes a message out that has failed too often.
    #[inline(never)]
    pub(super) fn bury(&mut self, place: u32, live: &Live, out: &mut impl Out) {
        let own = live.entry.own;
        self.release(place, live);
        self.moved(own.message.id, Place::Held, Place::Dead, Cause::DeliveryLimit, out);
        if live.lane != ABSENT {
            // What was delivered after it stays where it is: the order is weaker here.
            self.lanes.forget(live.lane, own.number);
            self.refile(live.lane);
        }
        self.dead.push(Dead(own, live.entry.attempts));
    }
}

impl PubSub {
    /// Publishes what has failed too often to the dead-letter topic.
    #[inline]
    pub(super) fn forward(&mut self, store: StoreId, out: &mut impl Out) {
        while let Some(Some(own)) = self.subscriptions.get_mut(usize::from(store.0))
            && !own.dead.is_empty()
        {
            self.forward_one(store, out);
        }
    }

    #[inline(never)]
    fn forward_one(&mut self, store: StoreId, out: &mut impl Out) {
        let Some(Some(own)) = self.subscriptions.get_mut(usize::from(store.0)) else { return };
        let policy = own.config.dead_letters;
        let Dead(published, attempts) = own.dead.remove(0);
        let source = DeadLetterSource {
            delivery_count: attempts,
            subscription: SubscriptionName(store),
            publish_time: published.at,
        };
        if let Some(policy) = policy {
            self.accept(policy.topic, &published.again(), Some(source), out);
        }
    }
}
