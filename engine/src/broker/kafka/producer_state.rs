//! What a partition remembers of producers: the sequence numbers of their latest batches, so that what is sent again is
//! appended once, and in order.

use std::collections::VecDeque;

use crate::id::ClientId;
use crate::mechanism::sorted::Sorted;

use super::request::{Error, Pid, Sequence};

/// How many batches of a producer are remembered.
const BATCHES: usize = 5;

/// How many batches of a client the books know; more are never in flight at once.
const ROUTED: usize = 128;

/// A batch that was appended.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
struct Batch {
    /// The sequence numbers of its first record and behind its last.
    base: u32,
    next: u32,
    /// Where it begins and ends.
    offset: u64,
    end: u64,
}

/// A producer, as a partition knows it.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub(super) struct Producer {
    pub(super) epoch: u16,
    /// The latest, oldest first.
    batches: VecDeque<Batch>,
    /// Where its open transaction begins.
    pub(super) open: Option<u64>,
}

impl Producer {
    /// From now on it is of this epoch, if it was of an older one.
    pub(super) fn renew(&mut self, epoch: u16) {
        if self.epoch < epoch {
            self.epoch = epoch;
            self.batches.clear();
        }
    }
}

/// All producers that a partition knows.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub(super) struct ProducerStates {
    pub(super) all: Sorted<Pid, Producer>,
    /// Of each client the batches that it sent lately and that were appended; for the books alone.
    routed: Sorted<ClientId, VecDeque<u32>>,
}

/// What is to be done with a batch.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Verdict {
    Append,
    /// It is there already, at this offset.
    Duplicate(u64),
}

impl ProducerStates {
    /// What is to be done with a batch of `count` records.
    ///
    /// # Errors
    /// Why it is not appended.
    pub(super) fn check(&self, sequence: &Sequence, count: u32) -> Result<Verdict, Error> {
        let Some(producer) = self.all.get(&sequence.pid) else { return Ok(Verdict::Append) };
        let next = sequence.base.wrapping_add(count);
        let same = |batch: &&Batch| batch.base == sequence.base && batch.next == next;
        if sequence.epoch < producer.epoch {
            return Err(Error::ProducerFenced);
        }
        if sequence.epoch == producer.epoch
            && let Some(batch) = producer.batches.iter().find(same)
        {
            return Ok(Verdict::Duplicate(batch.offset));
        }
        let expected = match producer.batches.back() {
            Some(_) if producer.epoch < sequence.epoch => 0,
            Some(last) => last.next,
            // Nothing is known of it but its epoch: whatever comes is the first.
            None => sequence.base,
        };
        if sequence.base == expected { Ok(Verdict::Append) } else { Err(Error::OutOfOrderSequence) }
    }

    /// A batch was appended.
    pub(super) fn appended(&mut self, sequence: &Sequence, offset: u64, end: u64) {
        let producer = self.all.entry(sequence.pid, Producer::default);
        producer.renew(sequence.epoch);
        let next = sequence.base.wrapping_add((end - offset) as u32);
        producer.batches.push_back(Batch { base: sequence.base, next, offset, end });
        if BATCHES < producer.batches.len() {
            producer.batches.pop_front();
        }
        if sequence.transactional {
            producer.open.get_or_insert(offset);
        }
    }

    /// A batch of a client has got into the books.
    #[inline]
    pub(super) fn remember(&mut self, client: ClientId, batch: u32) {
        let own = self.routed.entry(client, VecDeque::new);
        if own.len() == ROUTED {
            own.pop_front();
        }
        own.push_back(batch);
    }

    /// Whether a batch of a client was ever appended.
    pub(super) fn was_routed(&self, client: ClientId, batch: u32) -> bool {
        self.routed.get(&client).is_some_and(|own| own.contains(&batch))
    }

    /// Where the first of the open transactions begins.
    pub(super) fn first_open(&self) -> Option<u64> {
        self.all.iter().filter_map(|(_, producer)| producer.open).min()
    }

    /// Forgets what is not before `end`.
    pub(super) fn truncate(&mut self, end: u64) {
        self.all.retain(|_, producer| {
            producer.batches.retain(|batch| batch.end <= end);
            producer.open = producer.open.filter(|open| *open < end);
            !producer.batches.is_empty()
        });
    }
}
