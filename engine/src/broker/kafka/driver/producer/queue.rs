//! What a producer has for one partition: batches that wait or fill, and batches in flight.

use std::collections::VecDeque;
use std::time::Duration;

use crate::id::RequestId;
use crate::journal::Refusal;
use crate::time::Time;

use super::super::super::request::{Acks, Books, Few, Pid, Produce, Sent, Sequence, Tp};
use super::super::plan::Sender;

/// Records on their way together.
#[derive(Clone, PartialEq, Hash, Debug)]
pub(super) struct Batch {
    /// A number of its own among all batches of its producer.
    pub(super) number: u32,
    pub(super) records: Vec<Sent>,
    pub(super) bytes: u32,
    pub(super) created: Time,
    /// How often it was sent.
    pub(super) attempts: u32,
    /// When it may be sent again.
    pub(super) ready: Time,
    /// Its epoch and first sequence number, once it was sent.
    pub(super) sequence: Option<(u16, u32)>,
    /// The request it is in.
    pub(super) asked: RequestId,
    /// When that was sent.
    pub(super) sent: Time,
}

impl Batch {
    /// One with a record in it, for which there is memory already.
    pub(super) fn new(number: u32, sent: Sent, now: Time, mut records: Vec<Sent>) -> Batch {
        records.push(sent);
        Batch {
            number,
            records,
            bytes: sent.message.size,
            created: now,
            attempts: 0,
            ready: now,
            sequence: None,
            asked: RequestId(0),
            sent: now,
        }
    }

    /// Takes in another record.
    #[inline]
    pub(super) fn push(&mut self, sent: Sent) {
        self.bytes += sent.message.size;
        self.records.push(sent);
    }

    pub(super) fn len(&self) -> u32 {
        self.records.len() as u32
    }

    /// The request that it goes in.
    pub(super) fn request(&self, tp: Tp, sender: &Sender, pid: Option<Pid>) -> Produce {
        let sequence = pid.zip(self.sequence);
        Produce {
            tp,
            records: if let [one] = self.records[..] {
                Few::One(one)
            } else {
                Few::Many(self.records.clone())
            },
            acks: sender.config.acks,
            timeout: sender.config.request_timeout,
            sequence: sequence.map(|(pid, (epoch, base))| Sequence {
                pid,
                epoch,
                base,
                transactional: false,
            }),
            batch: self.number,
            books: if 1 < self.attempts { Books::Again } else { Books::New },
        }
    }
}

/// What a producer has for one partition.
#[derive(Clone, PartialEq, Hash, Debug)]
pub(super) struct Queue {
    /// The place of the producer.
    pub(super) producer: u16,
    pub(super) tp: Tp,
    /// The next to be sent first.
    pub(super) waiting: VecDeque<Batch>,
    /// In the order of sending.
    pub(super) in_flight: VecDeque<Batch>,
    /// The next sequence number, and the epoch it is of.
    pub(super) next: u32,
    pub(super) epoch: u16,
    /// No records, but the memory that those of a batch were in.
    pub(super) spare: Vec<Sent>,
}

impl Queue {
    pub(super) fn new(producer: u16, tp: Tp) -> Queue {
        let (waiting, in_flight) = (VecDeque::new(), VecDeque::new());
        Queue { producer, tp, waiting, in_flight, next: 0, epoch: 0, spare: Vec::new() }
    }

    /// Puts a record into the last batch, if there is one that is not full with it.
    #[inline]
    pub(super) fn puts_merely(&mut self, sent: Sent, batch_size: u32) -> bool {
        let Some(last) = self.waiting.back_mut().filter(|last| last.attempts == 0) else { return false };
        let fits = u64::from(last.bytes) + u64::from(sent.message.size) < u64::from(batch_size);
        if fits {
            last.push(sent);
        }
        fits
    }

    /// Puts a record into the last batch, if there is room, or into a new one of this number. Whether that is full then.
    pub(super) fn put(&mut self, sent: Sent, batch_size: u32, number: u32, now: Time) -> Put {
        if let Some(last) = self.waiting.back_mut()
            && last.attempts == 0
            && u64::from(last.bytes) + u64::from(sent.message.size) <= u64::from(batch_size)
        {
            last.push(sent);
            return Put { opened: false, full: batch_size <= last.bytes };
        }
        let batch = Batch::new(number, sent, now, std::mem::take(&mut self.spare));
        let full = batch_size <= batch.bytes;
        self.waiting.push_back(batch);
        Put { opened: true, full }
    }

    /// When the first batch may be sent, or must be given up. `urgent` is whether other records wait for room.
    pub(super) fn ready_at(&self, sender: &Sender, urgent: bool) -> Option<Time> {
        let first = self.waiting.front()?;
        if 0 < first.attempts {
            return Some(first.ready);
        }
        let full = 1 < self.waiting.len() || sender.batch_size <= first.bytes;
        Some(if full || urgent { first.created } else { first.created + sender.config.linger })
    }

    /// Whether the first batch may be sent beside those in flight.
    pub(super) fn has_room(&self, sender: &Sender) -> bool {
        let (Some(first), Some(flying)) = (self.waiting.front(), self.in_flight.front()) else { return true };
        // One that is sent again goes before those that were sent after it.
        let in_order = first.sequence.is_none_or(|own| flying.sequence.is_none_or(|other| own < other));
        in_order && (self.in_flight.len() as u64) < u64::from(sender.config.max_in_flight)
    }

    /// When something of it is too late, at the earliest.
    pub(super) fn late_at(&self, sender: &Sender) -> Time {
        let expires = |batch: Option<&Batch>| {
            batch.map_or(Time::MAX, |batch| batch.created + sender.config.delivery_timeout)
        };
        let answer =
            self.in_flight.front().map_or(Time::MAX, |batch| batch.sent + sender.config.request_timeout);
        expires(self.waiting.front()).min(expires(self.in_flight.front())).min(answer)
    }

    /// A batch is to be sent again: in its place among others with sequence numbers, else before all.
    pub(super) fn put_back(&mut self, batch: Batch) {
        let before = |own: &Batch| match (own.sequence, batch.sequence) {
            (Some(own), Some(other)) => own < other,
            (Some(_) | None, _) => false,
        };
        let place = self.waiting.iter().take_while(|own| before(own)).count();
        self.waiting.insert(place, batch);
    }

    /// Takes a batch in flight out, by the request it is in.
    pub(super) fn landed(&mut self, id: RequestId) -> Option<Batch> {
        let place = self.in_flight.iter().position(|batch| batch.asked == id)?;
        self.in_flight.remove(place)
    }

    /// Sequence numbers begin anew: a batch of them will never come.
    pub(super) fn renumber(&mut self) {
        self.epoch = self.epoch.wrapping_add(1);
        self.next = 0;
        self.waiting.iter_mut().for_each(|batch| batch.sequence = None);
    }
}

/// What became of a record that was put into a queue.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Put {
    /// A new batch was opened for it.
    pub(super) opened: bool,
    /// Its batch is full.
    pub(super) full: bool,
}

/// The wait before a batch is sent again: `retry.backoff.ms`, doubled each time up to `retry.backoff.max.ms`.
pub(super) fn backoff(first: Duration, attempts: u32) -> Duration {
    const MOST: Duration = Duration::from_secs(1);
    first.saturating_mul(1 << attempts.saturating_sub(1).min(16)).min(MOST.max(first))
}

/// Nobody is asked to acknowledge.
pub(super) fn is_unanswered(acks: Acks) -> bool {
    acks == Acks::None
}

/// Why a batch is given up that was never answered well.
pub(super) const LATE: Refusal = Refusal::Unreachable;
