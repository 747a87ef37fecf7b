//! `SendMessage`: what is refused, what is a duplicate, what is stored.
//!
//! A FIFO queue stores a `MessageDeduplicationId` once in five minutes: within the whole queue, or within a group if
//! its `DeduplicationScope` says so. Whoever sends it again is answered as if it had been stored, also after the first
//! message was received and deleted. The interval begins with the send that was stored.

use crate::id::StoreId;
use crate::journal::{Refusal, What};
use crate::time::Time;

use super::Out;
use super::api::{Code, DedupId, Fault, GroupId, Reply, SendEntry, SentMessage};
use super::attributes::{DeduplicationScope, FifoThroughputLimit, MAX_DELAY_SECONDS};
use super::queue::Queue;
use super::quota::{Call, THROTTLED};
use super::server::{Sqs, no_queue};
use super::settings::Settings;
use super::stored::Stored;

/// The most entries of a batch.
pub(super) const MAX_BATCH: usize = 10;
/// The most bytes of all bodies of a batch.
const MAX_BATCH_BYTES: u64 = 1_048_576;

/// What is wrong with a batch as a whole, if anything is.
pub(super) fn check_batch(entries: usize) -> Result<(), Fault> {
    match entries {
        0 => Err(Fault::new(Code::EmptyBatchRequest, "a batch has 1 to 10 entries")),
        1..=MAX_BATCH => Ok(()),
        _ => Err(Fault::new(Code::TooManyEntriesInBatchRequest, "a batch has 1 to 10 entries")),
    }
}

pub(super) fn check_send_batch(entries: &[SendEntry]) -> Result<(), Fault> {
    check_batch(entries.len())?;
    let bytes: u64 = entries.iter().map(|entry| u64::from(entry.message.size)).sum();
    if MAX_BATCH_BYTES < bytes {
        return Err(Fault::new(Code::BatchRequestTooLong, "all bodies of a batch have 1 MiB together"));
    }
    Ok(())
}

impl Queue {
    #[inline]
    pub(super) fn check_entry(&self, entry: &SendEntry) -> Result<(), Fault> {
        if self.attributes.maximum_size < entry.message.size {
            return Err(Fault::value(entry.message.size, "a body has at most MaximumMessageSize bytes"));
        }
        let delay = entry.delay_seconds.unwrap_or(0);
        if MAX_DELAY_SECONDS < delay {
            return Err(Fault::value(delay, "DelaySeconds is 0 to 900 seconds"));
        }
        if !self.is_fifo() {
            return match entry.dedup {
                None => Ok(()),
                Some(_) => {
                    Err(Fault::new(Code::InvalidParameterValue, "MessageDeduplicationId is for FIFO queues"))
                }
            };
        }
        if entry.group.is_none() {
            return Err(Fault::new(Code::MissingParameter, "a FIFO queue needs a MessageGroupId"));
        }
        if entry.dedup.is_none() && !self.attributes.content_based {
            return Err(Fault::new(
                Code::InvalidParameterValue,
                "a FIFO queue needs a MessageDeduplicationId or ContentBasedDeduplication",
            ));
        }
        if delay != 0 {
            return Err(Fault::value(delay, "on a FIFO queue only the queue has DelaySeconds"));
        }
        Ok(())
    }

    /// FIFO: what tells a message from its duplicates.
    fn dedup_key(&self, entry: &SendEntry) -> (DedupId, Option<GroupId>) {
        let id = entry.dedup.map_or(DedupId::Body(entry.body), DedupId::Told);
        match self.attributes.scope {
            DeduplicationScope::Queue => (id, None),
            DeduplicationScope::MessageGroup => (id, entry.group),
        }
    }

    /// FIFO with high throughput: counts a send of a group, unless it is one too many.
    #[inline]
    fn admit_to_group(&mut self, entry: &SendEntry, rate: u32, now: Time) -> Result<(), Fault> {
        if self.attributes.throughput == FifoThroughputLimit::PerQueue {
            return Ok(());
        }
        let lane = self.lane(entry.group, 0);
        if self.lanes[lane as usize].throttle.pass(rate, now) {
            return Ok(());
        }
        Err(Fault::new(Code::RequestThrottled, THROTTLED))
    }

    /// Stores a message that passed all checks, unless it is a duplicate. `id` is its `MessageId`.
    #[inline]
    pub(super) fn store(
        &mut self,
        entry: &SendEntry,
        id: u64,
        settings: &Settings,
        out: &mut impl Out,
    ) -> SentMessage {
        let now = out.now();
        let stored = Stored {
            message: entry.message,
            sent: now,
            sequence: 0,
            id,
            visible: now,
            first_received: now,
            receives: 0,
            receives_here: 0,
            group: entry.group,
            source: None,
        };
        if self.is_fifo() {
            return self.store_once(entry, stored, settings, out);
        }
        let delay = entry.delay_seconds.unwrap_or(self.attributes.delay_seconds);
        self.enter(stored, delay, settings, out);
        SentMessage { id, sequence: None }
    }

    /// FIFO: the same.
    #[inline(never)]
    fn store_once(
        &mut self,
        entry: &SendEntry,
        stored: Stored,
        settings: &Settings,
        out: &mut impl Out,
    ) -> SentMessage {
        let (key, id, now) = (self.dedup_key(entry), stored.id, stored.sent);
        if let Some((id, sequence)) = self.dedup.seen(key, now) {
            refuse(entry, Refusal::Duplicate, out);
            return SentMessage { id, sequence: Some(sequence) };
        }
        let sequence = self.enter(stored, self.attributes.delay_seconds, settings, out);
        self.dedup.note(key, (id, sequence), now);
        SentMessage { id, sequence: Some(sequence) }
    }
}

#[cold]
#[inline(never)]
fn refuse(entry: &SendEntry, why: Refusal, out: &mut impl Out) {
    let (message, producer) = (entry.message.id, entry.message.producer);
    out.record(What::Refused { message, producer, why });
}

impl Sqs {
    /// `SendMessage`.
    pub(super) fn send_message(&mut self, store: StoreId, entry: &SendEntry, out: &mut impl Out) -> Reply {
        match self.admit(store, Call::Send, out) {
            Ok(()) => self.send(store, entry, out).map_or_else(Reply::Failed, Reply::Sent),
            Err(fault) => self.fail_sends(std::slice::from_ref(entry), fault, out),
        }
    }

    /// `SendMessageBatch`.
    #[inline(never)]
    pub(super) fn send_batch(&mut self, store: StoreId, entries: &[SendEntry], out: &mut impl Out) -> Reply {
        match check_send_batch(entries).and_then(|()| self.admit(store, Call::Send, out)) {
            Ok(()) => {
                let sent = entries.iter().map(|entry| self.send(store, entry, out));
                Reply::SentBatch(sent.collect())
            }
            Err(fault) => self.fail_sends(entries, fault, out),
        }
    }

    /// None of them was taken. What was throttled can be sent again, so it is not refused for good.
    #[cold]
    #[inline(never)]
    pub(super) fn fail_sends(&self, entries: &[SendEntry], fault: Fault, out: &mut impl Out) -> Reply {
        if fault.code != Code::RequestThrottled {
            entries.iter().for_each(|entry| refuse(entry, Refusal::Invalid, out));
        }
        Reply::Failed(fault)
    }

    fn send(&mut self, store: StoreId, entry: &SendEntry, out: &mut impl Out) -> Result<SentMessage, Fault> {
        let Some(queue) = self.queues.get_mut(usize::from(store.0)).and_then(Option::as_mut) else {
            return Err(no_queue());
        };
        let rate = self.settings.fifo_rate;
        let admitted = queue.check_entry(entry).and_then(|()| queue.admit_to_group(entry, rate, out.now()));
        if let Err(fault) = admitted {
            self.fail_sends(std::slice::from_ref(entry), fault, out);
            return Err(fault);
        }
        self.issued += 1;
        let sent = queue.store(entry, self.issued, &self.settings, out);
        self.serve(store, out);
        Ok(sent)
    }

    /// A topic hands a copy to a queue: no quota applies, and what the queue does not take is gone. A deduplication id
    /// ends at a standard queue.
    #[inline(never)]
    pub(super) fn send_copy(&mut self, store: StoreId, entry: &SendEntry, out: &mut impl Out) {
        let settings = self.settings;
        self.issued += 1;
        let id = self.issued;
        let Ok(queue) = self.queue_mut(store) else { return refuse(entry, Refusal::Invalid, out) };
        let entry = &SendEntry { dedup: entry.dedup.filter(|_| queue.is_fifo()), ..*entry };
        if queue.check_entry(entry).is_err() {
            return refuse(entry, Refusal::Invalid, out);
        }
        queue.store(entry, id, &settings, out);
        self.serve(store, out);
    }
}
