//! The ready messages of a queue, in the order in which they leave.
//!
//! - `classic.rs`: by priority, within one by the order of publishing; what comes back goes to where it was.
//! - `quorum.rs`: what came back, in the order of coming back; then the others, by lanes of priority.

mod classic;
mod quorum;

use std::sync::Arc;

use super::message::Envelope;
use super::settings::{QueueType, Settings};
use super::version::Series;
use crate::message::Message;
use crate::time::Time;

use classic::Classic;
use quorum::Quorum;

/// A message as one queue has it.
#[derive(Clone, PartialEq, Hash, Debug)]
pub(super) struct Stored {
    pub(super) message: Message,
    pub(super) envelope: Arc<Envelope>,
    /// When it entered, or came back.
    pub(super) entered: Time,
    /// When its time to live is over; [`Time::MAX`] if it has none.
    pub(super) expires: Time,
    /// Its place in the order of publishing.
    pub(super) position: u64,
    /// How often this queue delivered it.
    pub(super) deliveries: u16,
    /// How many of these count as failed: the delivery-count of quorum queues.
    pub(super) failures: u16,
    /// Whether it came back at least once.
    pub(super) redelivered: bool,
}

/// Where a message goes that comes back to a quorum queue.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Back {
    /// Before all that were not delivered yet, behind those that came back before.
    Front,
    /// Behind all.
    End,
}

/// The ready messages of a queue.
#[derive(Clone, PartialEq, Hash, Debug)]
pub(super) enum Ready {
    Classic(Classic),
    Quorum(Quorum),
}

impl Ready {
    pub(super) fn new(kind: QueueType, settings: &Settings, series: Series) -> Ready {
        match kind {
            QueueType::Classic => Ready::Classic(Classic::new(settings.max_priority)),
            QueueType::Quorum => Ready::Quorum(Quorum::new(series)),
        }
    }

    #[inline]
    pub(super) fn len(&self) -> u64 {
        match self {
            Ready::Classic(ready) => ready.len(),
            Ready::Quorum(ready) => ready.len(),
        }
    }

    #[inline]
    pub(super) fn push(&mut self, stored: Stored) {
        match self {
            Ready::Classic(ready) => ready.push(stored),
            Ready::Quorum(ready) => ready.push(stored),
        }
    }

    /// Takes in what was delivered and came back. A classic queue knows but one place for it.
    pub(super) fn give_back(&mut self, stored: Stored, back: Back) {
        match self {
            Ready::Classic(ready) => ready.give_back(stored),
            Ready::Quorum(ready) => ready.give_back(stored, back),
        }
    }

    /// The next to leave.
    #[inline]
    pub(super) fn front(&self) -> Option<&Stored> {
        match self {
            Ready::Classic(ready) => ready.front(),
            Ready::Quorum(ready) => ready.front(),
        }
    }

    #[inline]
    pub(super) fn pop(&mut self) -> Option<Stored> {
        match self {
            Ready::Classic(ready) => ready.pop(),
            Ready::Quorum(ready) => ready.pop(),
        }
    }

    /// All are gone.
    pub(super) fn clear(&mut self) {
        match self {
            Ready::Classic(ready) => ready.clear(),
            Ready::Quorum(ready) => ready.clear(),
        }
    }

    /// All of them in the order in which they would leave if nothing else happened.
    pub(super) fn in_order(&self) -> impl Iterator<Item = Stored> + use<> {
        let mut copy = self.clone();
        std::iter::from_fn(move || copy.pop())
    }
}
