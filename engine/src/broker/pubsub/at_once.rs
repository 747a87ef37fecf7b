//! Calls of a client library that stands beside the service: nothing else is under way, and nothing comes between a call
//! and its answer. They do what requests do, without a request and a reply.

use crate::id::ClientId;
use crate::time::Time;

use super::Out;
use super::api::{AckId, Fault, PubsubMessage, ReceivedMessage, SubscriptionName, TopicName};
use super::message::Published;
use super::publish::MAX_BYTES;
use super::service::PubSub;

/// A message that was published.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct PublishedAtOnce {
    /// Its `messageId`.
    pub(super) number: u64,
    pub(super) then: Then,
}

/// What came of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Then {
    /// It waits.
    Stored,
    /// It is on its way to subscribers already.
    Pushed,
    /// It is to be brought to the only one, of this client.
    Handed(ClientId, ReceivedMessage),
}

impl PubSub {
    /// Whether a call is answered before anything else happens: nothing is due.
    #[inline]
    pub(super) fn is_quiet(&self, now: Time) -> bool {
        now < self.quiet_until
    }

    /// `Publish` of one message that is permitted. Nothing is done if it has to be decided whether it fails.
    #[inline]
    pub(super) fn publish_at_once(
        &mut self,
        topic: TopicName,
        own: &PubsubMessage,
        out: &mut impl Out,
    ) -> Option<PublishedAtOnce> {
        if MAX_BYTES < u64::from(own.message.size) || self.chance.settings.may_fail_to_publish() {
            return None;
        }
        if let Some((number, (client, received))) = self.publish_to_one(topic, own, out) {
            return Some(PublishedAtOnce { number, then: Then::Handed(client, received) });
        }
        let before = self.outstanding(topic)?;
        let number = self.accept(topic, own, None, out);
        let then = if Some(before) == self.outstanding(topic) { Then::Stored } else { Then::Pushed };
        Some(PublishedAtOnce { number, then })
    }

    /// The same to a topic with one subscription that gives it to a stream at once.
    #[inline]
    fn publish_to_one(
        &mut self,
        topic: TopicName,
        own: &PubsubMessage,
        out: &mut impl Out,
    ) -> Option<(u64, (ClientId, ReceivedMessage))> {
        let topic = self.topics.get_mut(usize::from(topic.0))?.as_mut()?;
        let [place] = topic.subscriptions[..] else { return None };
        let subscription = self.subscriptions.get_mut(usize::from(place))?.as_mut()?;
        let published = Published::new(own, None, topic.number + 1, out.now());
        let handed = subscription.enter_at_once(&published, &mut self.chance, out)?;
        topic.number += 1;
        topic.note(&published);
        self.quiet_until = self.quiet_until.min(subscription.quiet_until);
        Some((topic.number, handed))
    }

    /// How many messages are outstanding in all subscriptions of a topic.
    #[inline]
    fn outstanding(&self, topic: TopicName) -> Option<u64> {
        let topic = self.topics.get(usize::from(topic.0))?.as_ref()?;
        let held = |place: &u16| self.subscriptions.get(usize::from(*place))?.as_ref().map(|own| own.held);
        Some(topic.subscriptions.iter().filter_map(held).sum())
    }

    /// `Acknowledge`.
    #[inline]
    pub(super) fn acknowledge_at_once(&mut self, id: &AckId, out: &mut impl Out) -> Result<(), Fault> {
        let outcome = self.acknowledge(id, out);
        self.go_on(SubscriptionName(id.subscription), out);
        outcome
    }
}
