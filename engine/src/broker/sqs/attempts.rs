//! `ReceiveRequestAttemptId`: a receive from a FIFO queue whose answer was lost can be repeated.
//!
//! Within five minutes the same id brings the same messages under the same handles and restarts their timeout, unless
//! one of them was deleted, had its timeout changed or is visible again; then it is a receive like any other.

use std::collections::VecDeque;

use crate::time::Time;

use super::api::{ReceiptHandle, Received};
use super::few::Few;
use super::queue::{DEDUPLICATION_INTERVAL, Queue};
use super::receive::received_of;
use super::stored::after;

/// What receives brought that bear an id, in order of time. A later one of the same id counts.
#[derive(Clone, PartialEq, Hash, Debug, Default)]
pub(super) struct Attempts(VecDeque<Attempt>);

#[derive(Clone, PartialEq, Hash, Debug)]
struct Attempt {
    id: u64,
    at: Time,
    handles: Vec<ReceiptHandle>,
}

impl Attempt {
    fn is_over(&self, now: Time) -> bool {
        self.at + DEDUPLICATION_INTERVAL <= now
    }
}

impl Attempts {
    #[cold]
    #[inline(never)]
    pub(super) fn note(&mut self, id: u64, received: &Few<Received>, now: Time) {
        while self.0.front().is_some_and(|first| first.is_over(now)) {
            self.0.pop_front();
        }
        let handles = received.iter().map(|own| own.handle).collect();
        self.0.push_back(Attempt { id, at: now, handles });
    }

    fn find(&self, id: u64, now: Time) -> Option<&[ReceiptHandle]> {
        let latest = self.0.iter().rev().find(|own| own.id == id)?;
        (!latest.is_over(now) && !latest.handles.is_empty()).then_some(&latest.handles)
    }

    pub(super) fn clear(&mut self) {
        *self = Attempts::default();
    }
}

impl Queue {
    /// What the receive of this id brought, if it can be repeated.
    #[cold]
    #[inline(never)]
    pub(super) fn repeat(&mut self, id: u64, timeout: u32, now: Time) -> Option<Few<Received>> {
        let handles = self.attempts.find(id, now)?.to_vec();
        let mut received = Few::default();
        for handle in &handles {
            let held = self.held_by(handle).filter(|held| !held.changed)?;
            received.push(received_of(&held.stored, *handle), handles.len() as u32);
        }
        let deadline = after(now, timeout);
        handles.iter().for_each(|handle| self.set_deadline(handle.place, deadline, false));
        Some(received)
    }
}
