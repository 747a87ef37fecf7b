//! A queue: what it is, what it holds, who consumes from it.
//!
//! The rules by which messages enter and leave are in files of their own, each for both types of queues: `publish.rs`,
//! `dispatch.rs`, `requeue.rs`, `expiry.rs`, `limit.rs`, `dead_letter.rs`.

use std::collections::VecDeque;

use super::consumer::{ConsumerId, Rotation};
use super::dead_letter::Discard;
use super::message::{Name, Table};
use super::ready::{Ready, Stored};
use super::settings::{QueueType, Settings};
use super::version::Series;
use crate::id::{ClientId, StoreId};
use crate::mechanism::heap::Heap;
use crate::time::Time;

/// A queue, by its number on the node.
pub(super) type QueueId = u32;

/// Adds a queue to a list in the order of their declaration, in which each stands once.
pub(super) fn include(queues: &mut Vec<QueueId>, id: QueueId) {
    // Nearly always they come in order.
    match queues.last() {
        Some(last) if id <= *last => {
            if let Err(place) = queues.binary_search(&id) {
                queues.insert(place, id);
            }
        }
        Some(_) | None => queues.push(id),
    }
}

#[derive(Clone, PartialEq, Hash, Debug)]
pub(super) struct Queue {
    pub(super) name: Name,
    pub(super) store: StoreId,
    pub(super) kind: QueueType,
    pub(super) durable: bool,
    pub(super) auto_delete: bool,
    /// The connection to which it belongs alone.
    pub(super) owner: Option<ClientId>,
    /// As it was declared.
    pub(super) arguments: Table,
    /// What they and the policy come to.
    pub(super) settings: Settings,
    pub(super) ready: Ready,
    /// The bytes of the bodies of what is ready.
    pub(super) bytes: u64,
    /// How many are delivered and unacknowledged.
    pub(super) held: u64,
    /// Came back, and wait for their time: by that, then by position.
    pub(super) delayed: Heap<Stored>,
    /// Dead, and kept until their dead-letter targets have confirmed them.
    pub(super) discards: VecDeque<Discard>,
    /// When those that are under way are published again.
    pub(super) settle: Option<Time>,
    /// The position of the next message.
    pub(super) position: u64,
    /// In the order in which they subscribed.
    pub(super) consumers: Vec<ConsumerId>,
    pub(super) rotation: Rotation,
    /// The single active consumer.
    pub(super) active: Option<ConsumerId>,
    /// When it was last declared or got from, or had a consumer.
    pub(super) used: Time,
    /// Whether a quorum queue refuses what is published, until it is well below its limit again.
    pub(super) rejecting: bool,
    /// When the node is woken for it.
    pub(super) timer: Option<Time>,
}

impl Queue {
    pub(super) fn new(
        name: Name,
        kind: QueueType,
        arguments: Table,
        settings: Settings,
        series: Series,
    ) -> Queue {
        Queue {
            name,
            store: StoreId(0),
            kind,
            durable: true,
            auto_delete: false,
            owner: None,
            arguments,
            ready: Ready::new(kind, &settings, series),
            settings,
            bytes: 0,
            held: 0,
            delayed: Heap::default(),
            discards: VecDeque::new(),
            settle: None,
            position: 0,
            consumers: Vec::new(),
            rotation: Rotation::default(),
            active: None,
            used: Time::ZERO,
            rejecting: false,
            timer: None,
        }
    }

    /// Whether other connections than `client` are kept out.
    pub(super) fn is_locked_for(&self, client: ClientId) -> bool {
        self.owner.is_some_and(|owner| owner != client)
    }

    #[inline]
    pub(super) fn push(&mut self, stored: Stored) {
        self.bytes += u64::from(stored.message.size);
        self.ready.push(stored);
    }

    #[inline]
    pub(super) fn pop(&mut self) -> Option<Stored> {
        let stored = self.ready.pop()?;
        self.bytes -= u64::from(stored.message.size);
        Some(stored)
    }

    /// How many it holds that are neither ready nor delivered.
    pub(super) fn later(&self) -> u64 {
        self.delayed.len() + self.discards.len() as u64
    }

    /// When something is due by itself.
    pub(super) fn due(&self) -> Option<Time> {
        let head = self.ready.front().map(|stored| stored.expires).filter(|expires| *expires != Time::MAX);
        let delayed = self.delayed.first().map(|((ready, _), _)| Time::from_nanos(ready));
        [head, delayed, self.settle, self.unused()].into_iter().flatten().min()
    }

    /// When it will have been unused for as long as it may be.
    pub(super) fn unused(&self) -> Option<Time> {
        let expires = self.settings.expires.filter(|_| self.consumers.is_empty())?;
        Some(self.used + std::time::Duration::from_millis(expires))
    }
}
