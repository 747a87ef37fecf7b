//! A topic: who subscribes to it, and what it keeps for a seek.
//!
//! A topic holds no state of any consumer. It keeps what was published while it has a retention of its own, while a
//! subscription of it retains what is acknowledged, or while there is a snapshot of one.

use std::sync::Arc;

use crate::mechanism::store::Store;
use crate::time::Time;

use super::message::{Published, after};

/// A topic.
#[derive(Clone, PartialEq, Hash, Debug)]
pub(super) struct Topic {
    pub(super) name: Arc<str>,
    /// `messageRetentionDuration`, in seconds.
    pub(super) retention: Option<u32>,
    /// The numbers of its subscriptions, in the order in which they were made.
    pub(super) subscriptions: Vec<u16>,
    /// How many messages were published.
    pub(super) number: u64,
    /// What was published and is kept, in that order.
    log: Store<Published>,
    /// For how long, in seconds; 0 if for nobody.
    keeps_for: u32,
    /// And from which number on in any case: a snapshot needs it.
    keeps_from: u64,
}

impl Topic {
    pub(super) fn new(name: Arc<str>, retention: Option<u32>) -> Topic {
        Topic {
            name,
            retention,
            subscriptions: Vec::new(),
            number: 0,
            log: Store::default(),
            keeps_for: retention.unwrap_or(0),
            keeps_from: u64::MAX,
        }
    }

    /// Keeps what is published for so long, and all from a number on.
    pub(super) fn keep(&mut self, seconds: u32, from: u64, now: Time) {
        (self.keeps_for, self.keeps_from) = (seconds, from);
        self.trim(now);
    }

    /// Takes note of a message that is published.
    #[inline]
    pub(super) fn note(&mut self, own: &Published) {
        if self.keeps_for != 0 || self.keeps_from != u64::MAX {
            self.log.push_back(*own);
            self.trim(own.at);
        }
    }

    fn trim(&mut self, now: Time) {
        while let Some(first) = self.log.front()
            && first.number < self.keeps_from
            && after(first.at, self.keeps_for) <= now
        {
            self.log.pop_front();
        }
    }

    /// What is kept, oldest first.
    pub(super) fn kept(&self) -> impl Iterator<Item = &Published> {
        self.log.iter()
    }
}
