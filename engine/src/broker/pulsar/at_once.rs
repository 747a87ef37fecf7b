//! What nearly every message takes, for a client library that stands beside the broker: nothing else is under way between
//! the two. What comes of it is the same as of a request, but the delivery is handed back and not pushed.

use crate::id::ClientId;
use crate::journal::What;
use crate::message::Message;
use crate::time::Time;

use super::Out;
use super::ledger::Slot;
use super::name::Name;
use super::reply::Delivery;
use super::server::Pulsar;

impl Pulsar {
    /// A message comes, alone in its entry, from a producer with a sequence id, to a topic with one subscription that has
    /// sent all before. A delivery, if there is one, and to whom. Nothing is done, and nothing returned, if it is not
    /// such.
    #[inline]
    pub(super) fn publish_at_once(
        &mut self,
        client: ClientId,
        topic: Name,
        (producer, sequence): (Name, u64),
        message: &Message,
        out: &mut impl Out,
    ) -> Option<Option<(ClientId, Delivery)>> {
        let place = self.topic_named(topic)?;
        let topic = self.topics.get_mut(place)?;
        let [own] = &mut topic.subscriptions[..] else { return None };
        if !topic.persistent
            || self.settings.max_message_size < u64::from(message.size)
            || topic.policies.as_ref().unwrap_or(&self.settings.policies).deduplication
            || !topic.producers.contains(&client)
            || self.checks.retention == Time::MAX
        {
            return None;
        }
        let newest = topic.log.end();
        let consumer = own.next_for_newest(newest)?;
        let stored = out.now();
        let slot = Slot { message: *message, extra: None, stored, producer, sequence, bytes: 0, ordinal: 0 };
        topic.log.append(slot, &self.settings);
        own.waiting += 1;
        out.record(What::Enqueued { message: message.id, store: own.store });
        let Some(consumer) = consumer else { return Some(None) };
        own.cursor.read = newest + 1;
        let told = own.send_first(message, (newest, stored), consumer, 0, out);
        own.check_unacked(consumer, &self.settings);
        Some(Some(told))
    }
}
