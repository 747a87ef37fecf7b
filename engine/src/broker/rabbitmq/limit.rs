//! Length limits: `x-max-length` counts messages, `x-max-length-bytes` the bytes of their bodies; both count what is ready
//! and nothing else, save that a quorum queue counts what waits for a retry or for its dead-letter targets too.
//!
//! - `drop-head`: the message goes in, or to a ready consumer, and then the head leaves until the limit is kept. So a
//!   message greater than the limit drives out all others and then itself.
//! - `reject-publish`: a message that would go beyond the limit is refused, even if a consumer is ready.
//! - `reject-publish-dlx`: refused, and dead-lettered all the same. Classic queues only.
//!
//! A quorum queue finds out that it is full when it is: it takes one more than the limit, and then refuses until it is
//! down to four fifths of it.

use super::message::Reason;
use super::method::{Push, Reply};
use super::node::Node;
use super::queue::{Queue, QueueId};
use super::settings::{Overflow, QueueType};
use crate::broker::server::Outlet;
use crate::journal::Place;

/// Whether a queue takes a message.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Room {
    Some,
    /// It refuses, in this way.
    None(Overflow),
}

impl Queue {
    #[inline]
    pub(super) fn room_for(&self, size: u32) -> Room {
        let Queue { settings, .. } = self;
        if settings.is_unlimited() || settings.overflow == Overflow::DropHead {
            return Room::Some;
        }
        let refuses = match self.kind {
            QueueType::Quorum => self.rejecting,
            QueueType::Classic => self.is_beyond(1, size.into()),
        };
        if refuses { Room::None(settings.overflow) } else { Room::Some }
    }

    /// Whether it would be beyond a limit with so much more.
    fn is_beyond(&self, messages: u64, bytes: u64) -> bool {
        let beyond = |limit: Option<u64>, has: u64| limit.is_some_and(|limit| limit < has);
        let (more, more_bytes) = match self.kind {
            QueueType::Classic => (0, 0),
            QueueType::Quorum => (self.later(), self.later_bytes()),
        };
        beyond(self.settings.max_length, self.ready.len() + more + messages)
            || beyond(self.settings.max_length_bytes, self.bytes + more_bytes + bytes)
    }

    fn later_bytes(&self) -> u64 {
        if self.settings.max_length_bytes.is_none() {
            return 0;
        }
        let delayed = self.delayed.values().map(|stored| u64::from(stored.message.size));
        delayed.chain(self.discards.iter().map(|discard| discard.stored.message.size.into())).sum()
    }

    /// Whether it is down to four fifths of its limits.
    fn is_well_below(&self) -> bool {
        let below =
            |limit: Option<u64>, has: u64| limit.is_none_or(|limit| has <= limit / 5 * 4 + limit % 5 * 4 / 5);
        below(self.settings.max_length, self.ready.len() + self.later())
            && below(self.settings.max_length_bytes, self.bytes + self.later_bytes())
    }
}

impl Node {
    /// Sees to it that a queue keeps its limits.
    pub(super) fn keep_limits(&mut self, id: QueueId, out: &mut impl Outlet<Reply, Push>) {
        loop {
            let Some(queue) = self.queues.get_mut(id) else { return };
            if queue.settings.is_unlimited() {
                queue.rejecting = false;
                return;
            }
            let full = queue.is_beyond(0, 0);
            if queue.settings.overflow != Overflow::DropHead {
                let refuses =
                    queue.kind == QueueType::Quorum && (full || queue.rejecting && !queue.is_well_below());
                queue.rejecting = refuses;
                return;
            }
            let Some(head) = full.then(|| queue.pop()).flatten() else { return };
            self.die(id, head, Reason::MaxLen, Place::Waiting, out);
        }
    }
}
