//! Calls of a client library that stands beside the service: nothing else is under way, and nothing comes between a call
//! and its answer. They do what requests do, without a request and a reply.

use crate::time::Time;

use super::Out;
use super::api::{AckId, Fault, PubsubMessage, SubscriptionName, TopicName};
use super::publish::MAX_BYTES;
use super::service::PubSub;

/// A message that was published.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct PublishedAtOnce {
    /// Its `messageId`.
    pub(super) number: u64,
    /// Whether it is on its way to a subscriber already.
    pub(super) is_delivered: bool,
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
        let before = self.outstanding(topic)?;
        let number = self.accept(topic, own, None, out);
        Some(PublishedAtOnce { number, is_delivered: Some(before) != self.outstanding(topic) })
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
