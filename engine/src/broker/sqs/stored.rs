//! A message as a queue keeps it.

use crate::id::StoreId;
use crate::mechanism::ranking::Rank;
use crate::message::Message;
use crate::time::Time;

use super::api::GroupId;

/// The order in which messages leave, as far as nothing else decides: the oldest first.
pub(super) type Age = (Time, u64);

/// A message in a queue.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) struct Stored {
    pub(super) message: Message,
    /// `SentTimestamp`. A standard queue's dead-letter queue keeps it.
    pub(super) sent: Time,
    /// The how-manieth message of this queue it is. `SequenceNumber` on a FIFO queue.
    pub(super) sequence: u64,
    /// `MessageId`.
    pub(super) id: u64,
    /// Since when it is visible, this time.
    pub(super) visible: Time,
    /// `ApproximateFirstReceiveTimestamp`, once there was a receive.
    pub(super) first_received: Time,
    /// `ApproximateReceiveCount`.
    pub(super) receives: u32,
    /// How many of those were in this queue; that is what its `maxReceiveCount` limits.
    pub(super) receives_here: u32,
    pub(super) group: Option<GroupId>,
    /// The queue from which it was moved as a dead letter.
    pub(super) source: Option<StoreId>,
}

impl Stored {
    #[inline]
    pub(super) fn age(&self) -> Age {
        (self.sent, self.sequence)
    }

    /// The same, for rankings.
    #[inline]
    pub(super) fn rank(&self) -> Rank {
        (self.sent.as_nanos(), self.sequence)
    }

    /// It is received once more.
    #[inline]
    pub(super) fn count_receive(&mut self, now: Time) {
        if self.receives == 0 {
            self.first_received = now;
        }
        self.receives = self.receives.saturating_add(1);
        self.receives_here = self.receives_here.saturating_add(1);
    }

    /// Which attempt the next receive is, for the journal.
    pub(super) fn next_attempt(&self) -> u16 {
        attempt(self.receives.saturating_add(1))
    }
}

/// The point so many seconds after another.
#[inline]
pub(super) fn after(time: Time, seconds: u32) -> Time {
    Time::from_nanos(time.as_nanos().saturating_add(u64::from(seconds) * 1_000_000_000))
}

/// A receive count as the journal counts attempts.
pub(super) fn attempt(receives: u32) -> u16 {
    u16::try_from(receives).unwrap_or(u16::MAX)
}
