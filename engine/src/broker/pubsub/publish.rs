//! Publishing: every subscription that there is gets its own copy, unless its filter says otherwise.
//!
//! Without a subscription a message is lost, unless the topic keeps it for one that comes later and seeks back. The
//! service numbers what it gets and knows no duplicates: what a client sends again is another message.

use crate::journal::{Refusal, What};

use super::Out;
use super::api::{Code, DeadLetterSource, Fault, PubsubMessage, Reply, TopicName};
use super::message::Published;
use super::service::{PubSub, no_topic};

/// The largest message, and the largest publish, in bytes.
pub(super) const MAX_BYTES: u64 = 10_000_000;

/// How many messages a publish takes.
const MAX_MESSAGES: usize = 1000;

impl PubSub {
    /// `Publish`.
    #[inline(never)]
    pub(super) fn publish(
        &mut self,
        topic: TopicName,
        messages: &[PubsubMessage],
        out: &mut impl Out,
    ) -> Reply {
        if let Err(fault) = self.permit(topic, messages) {
            return self.refuse(messages, fault, out);
        }
        let mut first = 0;
        for own in messages {
            let number = self.accept(topic, own, None, out);
            first = if first == 0 { number } else { first };
        }
        if self.chance.happens(self.chance.settings.lost_replies) {
            return Reply::Failed(Fault::new(Code::DeadlineExceeded, "no answer came in time"));
        }
        Reply::Published(first)
    }

    fn permit(&mut self, topic: TopicName, messages: &[PubsubMessage]) -> Result<(), Fault> {
        self.topic(topic)?;
        let bytes: u64 = messages.iter().map(|own| u64::from(own.message.size)).sum();
        if messages.is_empty() || MAX_MESSAGES < messages.len() || MAX_BYTES < bytes {
            return Err(Fault::invalid("a publish has 1 to 1000 messages of 10 MB together"));
        }
        if self.chance.happens(self.chance.settings.unavailable) {
            return Err(Fault::new(
                Code::Unavailable,
                "the service is not available for a moment: try again",
            ));
        }
        if self.chance.happens(self.chance.settings.publish_errors) {
            return Err(Fault::invalid("the message is not permitted"));
        }
        Ok(())
    }

    /// None of them was published. What can be tried again is not refused for good.
    #[cold]
    #[inline(never)]
    pub(super) fn refuse(&self, messages: &[PubsubMessage], fault: Fault, out: &mut impl Out) -> Reply {
        if !fault.code.is_transient() {
            for own in messages {
                let (message, producer) = (own.message.id, own.message.producer);
                out.record(What::Refused { message, producer, why: Refusal::Invalid });
            }
        }
        Reply::Failed(fault)
    }

    /// Publishes a message, and tells its `messageId`: 0 if there is no such topic.
    #[inline]
    pub(super) fn accept(
        &mut self,
        topic: TopicName,
        own: &PubsubMessage,
        source: Option<DeadLetterSource>,
        out: &mut impl Out,
    ) -> u64 {
        let Some(Some(topic)) = self.topics.get_mut(usize::from(topic.0)) else { return 0 };
        topic.number += 1;
        let published = Published::new(own, source, topic.number, out.now());
        topic.note(&published);
        let all = &mut self.subscriptions;
        let wants = |place: &&u16| match all.get(usize::from(**place)) {
            Some(Some(subscription)) => subscription.wants(&published),
            Some(None) | None => false,
        };
        let copies = topic.subscriptions.iter().filter(wants).count() as u16;
        let message = own.message.id;
        if source.is_some() {
            out.record(What::Republished { message, copies, dead: true });
        } else if copies != 1 {
            out.record(What::Routed { message, copies });
        }
        for place in &topic.subscriptions {
            if let Some(Some(subscription)) = all.get_mut(usize::from(*place))
                && subscription.wants(&published)
            {
                subscription.enter(&published, &mut self.chance, out);
                self.quiet_until = self.quiet_until.min(subscription.quiet_until);
            }
        }
        topic.number
    }

    /// The fault of a topic that is not there.
    pub(super) fn topic(&self, topic: TopicName) -> Result<&super::topic::Topic, Fault> {
        match self.topics.get(usize::from(topic.0)) {
            Some(Some(topic)) => Ok(topic),
            Some(None) | None => Err(no_topic()),
        }
    }
}
