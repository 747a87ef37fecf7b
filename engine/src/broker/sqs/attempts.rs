//! `ReceiveRequestAttemptId`: a receive from a FIFO queue whose answer was lost can be repeated.
//!
//! Within five minutes the same id brings the same messages under the same handles and restarts their timeout, unless
//! one of them was deleted, had its timeout changed or is visible again; then it is a receive like any other.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use crate::time::Time;

use super::api::{ReceiptHandle, Received};
use super::few::Few;
use super::queue::{DEDUPLICATION_INTERVAL, Queue};

/// What receives brought that bear an id.
#[derive(Clone, PartialEq, Hash, Debug, Default)]
pub(super) struct Attempts {
    by_id: BTreeMap<u64, (Time, Vec<ReceiptHandle>)>,
    /// In order of time.
    order: VecDeque<(Time, u64)>,
}

impl Attempts {
    pub(super) fn note(&mut self, id: u64, received: &Few<Received>, now: Time) {
        while let Some((at, old)) = self.order.front().copied()
            && at + DEDUPLICATION_INTERVAL <= now
        {
            self.order.pop_front();
            if self.by_id.get(&old).is_some_and(|(last, _)| *last == at) {
                self.by_id.remove(&old);
            }
        }
        self.order.push_back((now, id));
        self.by_id.insert(id, (now, received.iter().map(|own| own.handle).collect()));
    }

    fn find(&self, id: u64, now: Time) -> Option<&[ReceiptHandle]> {
        let (at, handles) = self.by_id.get(&id)?;
        (now < *at + DEDUPLICATION_INTERVAL && !handles.is_empty()).then_some(handles)
    }

    pub(super) fn clear(&mut self) {
        *self = Attempts::default();
    }
}

impl Queue {
    /// What the receive of this id brought, if it can be repeated.
    pub(super) fn repeat(&mut self, id: u64, timeout: u32, now: Time) -> Option<Few<Received>> {
        let handles = self.attempts.find(id, now)?.to_vec();
        let mut received = Few::default();
        for handle in &handles {
            let held = self.held_by(*handle).filter(|held| !held.changed)?;
            received.push(self.received(held.stored, *handle), handles.len() as u32);
        }
        let deadline = now + Duration::from_secs(timeout.into());
        handles.iter().for_each(|handle| self.set_deadline(handle.place, deadline, false));
        Some(received)
    }
}
