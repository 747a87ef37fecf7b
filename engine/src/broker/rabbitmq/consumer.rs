//! Who consumes from a queue, and whose turn it is.
//!
//! Of the consumers that can take a message those of the highest `x-priority` are served, in strict rotation: who was
//! served goes to the end. One that has as many unacknowledged deliveries as its prefetch allows is blocked; it joins at
//! the end when it no longer is. How long a consumer takes plays no part.
//!
//! A quorum queue takes a consumer out of the rotation with the delivery that fills it. A classic queue finds out only
//! when its turn comes again; so one that acknowledged in the meantime has kept its turn.

use std::collections::VecDeque;

use super::method::ConsumerTag;

/// A consumer, by its number on the node.
pub(super) type ConsumerId = u32;

/// One that subscribed.
#[derive(Clone, PartialEq, Hash, Debug)]
pub(super) struct Consumer {
    /// Its name on its channel.
    pub(super) tag: ConsumerTag,
    /// The channel, by its number on the node.
    pub(super) channel: u32,
    /// The queue, by its number on the node.
    pub(super) queue: u32,
    /// Whether a delivery counts as acknowledged when it is sent.
    pub(super) no_ack: bool,
    /// Whether it is to be the only one.
    pub(super) exclusive: bool,
    /// The higher is served first.
    pub(super) priority: i32,
    /// How many unacknowledged deliveries it may have; 0 is no limit.
    pub(super) prefetch: u32,
    /// How many it has.
    pub(super) unacked: u32,
    /// How long one may take, in milliseconds, if it says so itself.
    pub(super) timeout: Option<u64>,
    /// Whether it is out of the rotation because it has enough.
    pub(super) blocked: bool,
    /// Whether one of higher priority waits to take over from it, and it gets nothing more.
    pub(super) quiescing: bool,
}

impl Consumer {
    /// Whether its own prefetch allows one more.
    #[inline]
    pub(super) fn has_room(&self) -> bool {
        self.no_ack || self.prefetch == 0 || self.unacked < self.prefetch
    }
}

/// Whose turn it is.
#[derive(Clone, PartialEq, Hash, Debug, Default)]
pub(super) struct Rotation {
    /// The higher priority first. A level stays when it is empty: its consumers will be back.
    levels: Vec<(i32, VecDeque<ConsumerId>)>,
}

impl Rotation {
    /// Joins at the end.
    pub(super) fn join(&mut self, consumer: ConsumerId, priority: i32) {
        let place = self.levels.partition_point(|(own, _)| priority < *own);
        if self.levels.get(place).is_none_or(|(own, _)| *own != priority) {
            self.levels.insert(place, (priority, VecDeque::new()));
        }
        self.levels[place].1.push_back(consumer);
    }

    /// The ring whose turn it is.
    #[inline]
    fn ring(&mut self) -> Option<&mut VecDeque<ConsumerId>> {
        self.levels.iter_mut().map(|(_, ring)| ring).find(|ring| !ring.is_empty())
    }

    /// The one whose turn it is.
    #[inline]
    pub(super) fn first(&mut self) -> Option<ConsumerId> {
        self.ring()?.front().copied()
    }

    /// The first has had its turn, and goes to the end.
    #[inline]
    pub(super) fn turn(&mut self) {
        if let Some(ring) = self.ring()
            && 1 < ring.len()
            && let Some(first) = ring.pop_front()
        {
            ring.push_back(first);
        }
    }

    /// The first leaves.
    #[inline]
    pub(super) fn pop(&mut self) {
        if let Some(ring) = self.ring() {
            ring.pop_front();
        }
    }

    /// Takes a consumer out, wherever it is.
    pub(super) fn leave(&mut self, consumer: ConsumerId) {
        self.levels.iter_mut().for_each(|(_, ring)| ring.retain(|own| *own != consumer));
    }
}
