//! Making, changing, emptying and deleting queues.

use std::sync::Arc;
use std::time::Duration;

use crate::id::StoreId;
use crate::journal::{Cause, Place, What};

use super::Out;
use super::api::{Code, Fault, QueueUrl, Reply};
use super::attributes::{Attribute, Attributes, RedriveAllowPolicy, RedrivePolicy};
use super::few::Few;
use super::queue::Queue;
use super::server::Sqs;

/// How long a purge, and the memory of a deleted queue's name, takes.
const MINUTE: Duration = Duration::from_secs(60);

fn is_name(name: &str) -> bool {
    let stem = name.strip_suffix(".fifo").unwrap_or(name);
    let fits = |letter: char| letter.is_ascii_alphanumeric() || letter == '-' || letter == '_';
    !stem.is_empty() && name.len() <= 80 && stem.chars().all(fits)
}

impl Sqs {
    /// `CreateQueue`. The name of a queue that is there gives that queue, if what is said of it is so.
    pub(super) fn create(
        &mut self,
        name: &Arc<str>,
        attributes: &[Attribute],
        out: &mut impl Out,
    ) -> Result<Reply, Fault> {
        if !is_name(name) {
            return Err(Fault::new(
                Code::InvalidParameterValue,
                "a name is of at most 80 letters, digits, - and _, and .fifo at the end of a FIFO queue's",
            ));
        }
        let fifo = name.ends_with(".fifo");
        let asked = attributes.contains(&Attribute::FifoQueue(true));
        if fifo != asked {
            let why = "FifoQueue=true and a name that ends in .fifo go together";
            return Err(Fault::new(Code::InvalidParameterValue, why));
        }
        if let Some(queue) = self.queues.iter().flatten().find(|queue| queue.name == *name) {
            let same = self.changed(queue, attributes).is_ok_and(|changed| changed == queue.attributes);
            if !same {
                let why = "there is a queue of this name with other attributes";
                return Err(Fault::new(Code::QueueNameExists, why));
            }
            return Ok(Reply::Url(QueueUrl(queue.store)));
        }
        if self.deleted.get(&**name).is_some_and(|deleted| out.now() < *deleted + MINUTE) {
            let why = "a name is free 60 seconds after its queue was deleted";
            return Err(Fault::new(Code::QueueDeletedRecently, why));
        }
        let store = u16::try_from(self.queues.len())
            .map(StoreId)
            .map_err(|_| Fault::new(Code::OverLimit, "at most 65,536 queues can be made in one run"))?;
        let mut queue = Queue::new(name.clone(), store, Attributes { fifo, ..Attributes::default() });
        queue.attributes = self.changed(&queue, attributes)?;
        self.queues.push(Some(queue));
        Ok(Reply::Url(QueueUrl(store)))
    }

    /// `SetQueueAttributes`: all of them or none.
    pub(super) fn set_attributes(
        &mut self,
        store: StoreId,
        attributes: &[Attribute],
        out: &mut impl Out,
    ) -> Result<Reply, Fault> {
        let changed = self.changed(self.queue(store)?, attributes)?;
        let settings = self.settings;
        let queue = self.queue_mut(store)?;
        let before = std::mem::replace(&mut queue.attributes, changed);
        let retention = before.retention != queue.attributes.retention;
        if retention {
            queue.is_due(queue.expires(queue.eldest));
            queue.rank_all();
            queue.end_timeouts(out);
            queue.end_retention(out);
        }
        if retention || queue.is_fifo() && before.delay_seconds != queue.attributes.delay_seconds {
            queue.delay_anew(&settings, out);
        }
        self.serve(store, out);
        Ok(Reply::Ok)
    }

    /// What the attributes of a queue come to with these changes.
    fn changed(&self, queue: &Queue, attributes: &[Attribute]) -> Result<Attributes, Fault> {
        let mut changed = queue.attributes.clone();
        for attribute in attributes {
            changed.set(attribute)?;
            if let Attribute::RedrivePolicy(policy) = attribute {
                changed.redrive = match policy {
                    Some((target, max)) => Some(self.redrive_policy(queue, target, *max)?),
                    None => None,
                };
            }
        }
        changed.check()?;
        Ok(changed)
    }

    fn redrive_policy(&self, queue: &Queue, target: &str, max: u32) -> Result<RedrivePolicy, Fault> {
        let wrong = |why| Fault::new(Code::InvalidParameterValue, why);
        if !(1..=1000).contains(&max) {
            return Err(Fault::value(max, "maxReceiveCount is 1 to 1000"));
        }
        let Some(target) = self.queues.iter().flatten().find(|other| *other.name == *target) else {
            return Err(wrong("the dead-letter queue does not exist"));
        };
        if target.is_fifo() != queue.is_fifo() {
            return Err(wrong("the dead-letter queue of a FIFO queue is FIFO, of a standard queue standard"));
        }
        let allowed = match &target.attributes.allow {
            RedriveAllowPolicy::AllowAll => true,
            RedriveAllowPolicy::DenyAll => false,
            RedriveAllowPolicy::ByQueue(names) => names.contains(&queue.name),
        };
        if !allowed {
            return Err(wrong("the RedriveAllowPolicy of the dead-letter queue does not permit this queue"));
        }
        Ok(RedrivePolicy { target: target.store, max_receive_count: max })
    }

    /// `PurgeQueue`. It takes up to a minute in the service and no time here; the next one has to wait a minute.
    pub(super) fn purge(&mut self, store: StoreId, out: &mut impl Out) -> Result<Reply, Fault> {
        let queue = self.queue_mut(store)?;
        if queue.purged.is_some_and(|purged| out.now() < purged + MINUTE) {
            let why = "a queue can be purged once in 60 seconds";
            return Err(Fault::new(Code::PurgeQueueInProgress, why));
        }
        queue.purged = Some(out.now());
        queue.empty(out);
        Ok(Reply::Ok)
    }

    /// `DeleteQueue`, whatever is in it.
    pub(super) fn delete_queue(&mut self, store: StoreId, out: &mut impl Out) -> Result<Reply, Fault> {
        let queue = self.queue_mut(store)?;
        queue.empty(out);
        let (polls, name) = (queue.polls.drain(), queue.name.clone());
        self.deleted.insert(name, out.now());
        self.queues[usize::from(store.0)] = None;
        for poll in polls {
            out.reply(poll.client, poll.request, Reply::Received(Few::default()));
        }
        Ok(Reply::Ok)
    }
}

impl Queue {
    /// Removes all messages and forgets deduplication ids.
    fn empty(&mut self, out: &mut impl Out) {
        let mut all: Vec<(Place, u64, crate::id::MessageId)> = Vec::new();
        if let Some(first) = self.oldest_message().map(|stored| stored.message.id) {
            let visible = self.clear_visible();
            all.push((Place::Waiting, visible, first));
        }
        self.clear_visible();
        if let Some(first) = self.held.iter().next().map(|(_, held)| held.stored.message.id) {
            all.push((Place::Held, self.held.len(), first));
        }
        if let Some(first) = self.delayed.any().map(|delayed| delayed.stored.message.id) {
            all.push((Place::Delayed, self.delayed.len(), first));
        }
        for (from, count, message) in all {
            self.left += count;
            let mut rest = count;
            while 0 < rest {
                let count = u32::try_from(rest).unwrap_or(u32::MAX);
                rest -= u64::from(count);
                let (store, to, why) = (self.store, Place::Removed, Cause::Purge);
                out.record(What::Moved { message, store, from, to, count, why });
            }
        }
        self.held.clear();
        self.deadlines.clear_all();
        self.delayed = Default::default();
        self.dedup.clear();
        self.attempts.clear();
        self.fairness.clear();
    }
}
