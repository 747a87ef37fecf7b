//! A topic in front of queues: SNS hands a copy of what is published to every queue that subscribed and wants it.
//!
//! ```text
//! publish --> topic --+-- filter --> queue
//!                     +-- filter --> queue
//! ```
//!
//! A subscription's `FilterPolicy` names values of message attributes; a message passes if every attribute that is
//! named has one of its values. Messages have one attribute here, `key`, a number. A FIFO topic, whose name ends in
//! .fifo, feeds FIFO and standard queues; any other feeds standard queues only.

use std::sync::Arc;

use crate::id::StoreId;
use crate::journal::What;
use crate::json::{Node, parse};
use crate::message::Message;

use super::Out;
use super::api::{Code, Fault, QueueUrl, Reply, SendEntry, SentMessage, TopicArn};
use super::send::check_send_batch;
use super::server::Sqs;

/// A topic.
#[derive(Clone, PartialEq, Hash, Debug)]
pub(super) struct Topic {
    name: Arc<str>,
    subscriptions: Vec<Subscription>,
}

#[derive(Clone, PartialEq, Hash, Debug)]
struct Subscription {
    queue: StoreId,
    filter: Option<Filter>,
}

/// What a filter policy says of the attribute `key`.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
enum Filter {
    /// One of these.
    Among(Vec<u64>),
    /// None of these.
    AnythingBut(Vec<u64>),
}

impl Filter {
    /// Reads a policy: `{"key": [1, 2]}` or `{"key": [{"anything-but": [1, 2]}]}`; without any text all pass.
    fn read(text: &str) -> Result<Option<Filter>, Fault> {
        if text.is_empty() {
            return Ok(None);
        }
        let read = || {
            let tree = parse(text).ok()?;
            let root = Node::root(&tree);
            let ("key", values) = root.single()? else { return None };
            let values = values.items().ok()?;
            if let [only] = &values[..]
                && let Some(("anything-but", barred)) = only.single()
            {
                return Some(Filter::AnythingBut(Filter::keys(&barred.items().ok()?)?));
            }
            Some(Filter::Among(Filter::keys(&values)?))
        };
        read().map(Some).ok_or(Fault::new(
            Code::InvalidParameterValue,
            "a FilterPolicy reads {\"key\": [1, 2]} or {\"key\": [{\"anything-but\": [1, 2]}]}",
        ))
    }

    fn keys(values: &[Node<'_>]) -> Option<Vec<u64>> {
        values.iter().map(|value| value.whole(u64::MAX).ok()).collect()
    }

    fn passes(&self, message: &Message) -> bool {
        let key = u64::from(message.key);
        match self {
            Filter::Among(keys) => keys.contains(&key),
            Filter::AnythingBut(keys) => !keys.contains(&key),
        }
    }
}

impl Sqs {
    /// `CreateTopic`; a name that is there gives that topic.
    pub(super) fn create_topic(&mut self, name: &Arc<str>) -> Result<Reply, Fault> {
        let place = self.topics.iter().position(|topic| topic.name == *name).unwrap_or(self.topics.len());
        let number = u16::try_from(place)
            .map_err(|_| Fault::new(Code::OverLimit, "at most 65,536 topics can be made in one run"))?;
        if place == self.topics.len() {
            self.topics.push(Topic { name: name.clone(), subscriptions: Vec::new() });
        }
        Ok(Reply::Topic(TopicArn(number)))
    }

    fn topic_mut(&mut self, topic: TopicArn) -> Result<&mut Topic, Fault> {
        let place = usize::from(topic.0);
        self.topics.get_mut(place).ok_or(Fault::new(Code::NotFound, "the topic does not exist"))
    }

    /// `Subscribe`, and a new filter policy for a queue that had subscribed.
    pub(super) fn subscribe(
        &mut self,
        topic: TopicArn,
        queue: QueueUrl,
        filter: &str,
    ) -> Result<Reply, Fault> {
        let filter = Filter::read(filter)?;
        let fifo = self.queue(queue.0)?.is_fifo();
        let topic = self.topic_mut(topic)?;
        if fifo && !topic.name.ends_with(".fifo") {
            let why = "only a FIFO topic, whose name ends in .fifo, feeds FIFO queues";
            return Err(Fault::new(Code::InvalidParameterValue, why));
        }
        match topic.subscriptions.iter_mut().find(|own| own.queue == queue.0) {
            Some(subscription) => subscription.filter = filter,
            None => topic.subscriptions.push(Subscription { queue: queue.0, filter }),
        }
        Ok(Reply::Ok)
    }

    pub(super) fn publish(&mut self, topic: TopicArn, entry: &SendEntry, out: &mut impl Out) -> Reply {
        match self.copy_out(topic, entry, out) {
            Ok(sent) => Reply::Sent(sent),
            Err(fault) => self.fail_sends(std::slice::from_ref(entry), fault, out),
        }
    }

    pub(super) fn publish_batch(
        &mut self,
        topic: TopicArn,
        entries: &[SendEntry],
        out: &mut impl Out,
    ) -> Reply {
        match check_send_batch(entries).and_then(|()| self.topic_mut(topic).map(|_| ())) {
            Ok(()) => {
                let sent = entries.iter().map(|entry| self.copy_out(topic, entry, out));
                Reply::SentBatch(sent.collect())
            }
            Err(fault) => self.fail_sends(entries, fault, out),
        }
    }

    /// Hands a message to every queue that wants it.
    fn copy_out(
        &mut self,
        topic: TopicArn,
        entry: &SendEntry,
        out: &mut impl Out,
    ) -> Result<SentMessage, Fault> {
        let subscriptions = std::mem::take(&mut self.topic_mut(topic)?.subscriptions);
        let wants =
            |own: &&Subscription| own.filter.as_ref().is_none_or(|filter| filter.passes(&entry.message));
        let copies = subscriptions.iter().filter(wants).count();
        if copies != 1 {
            out.record(What::Routed { message: entry.message.id, copies: copies as u16 });
        }
        for subscription in subscriptions.iter().filter(wants) {
            self.send_copy(subscription.queue, entry, out);
        }
        self.topic_mut(topic)?.subscriptions = subscriptions;
        self.issued += 1;
        Ok(SentMessage { id: self.issued, sequence: None })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::{MessageId, ProducerId};
    use crate::time::Time;

    #[test]
    fn a_filter_policy_names_values_or_bars_them() {
        let passes = |policy: &str, key| {
            let message =
                Message { id: MessageId(1), producer: ProducerId(0), sent: Time::ZERO, key, size: 1 };
            Filter::read(policy).unwrap().is_none_or(|filter| filter.passes(&message))
        };
        assert!(passes("", 7));
        assert!(passes(r#"{"key": [1, 7]}"#, 7) && !passes(r#"{"key": [1, 7]}"#, 2));
        let but = r#"{"key": [{"anything-but": [1]}]}"#;
        assert!(passes(but, 7) && !passes(but, 1));
        for wrong in ["{", "[]", r#"{"color": ["red"]}"#, r#"{"key": ["x"]}"#, r#"{"key": 1}"#] {
            assert_eq!(Filter::read(wrong).unwrap_err().code, Code::InvalidParameterValue, "{wrong}");
        }
    }
}
