//! Snapshots: what a subscription had not acknowledged at an instant, and the promise to keep all that is published
//! to its topic from then on.
//!
//! A snapshot lives for seven days less the age of its oldest message. One that would live for less than an hour is
//! not made.

use std::sync::Arc;

use crate::mechanism::shell_sort;
use crate::time::Time;

use super::Out;
use super::api::{Code, Fault, Reply, SnapshotName, SubscriptionName};
use super::message::{Published, after};
use super::service::{PubSub, no_snapshot};
use super::subscription::Subscription;

const SECONDS: u32 = 7 * 86_400;
const LEAST_SECONDS: u32 = 3600;

/// A snapshot.
#[derive(Clone, PartialEq, Hash, Debug)]
pub(super) struct Snapshot {
    pub(super) name: Arc<str>,
    pub(super) topic: u16,
    /// What was not acknowledged, by number.
    pub(super) unacked: Arc<[Published]>,
    /// The first number that was published after.
    pub(super) end: u64,
    pub(super) expires: Time,
}

impl Snapshot {
    pub(super) fn includes(&self, number: u64) -> bool {
        self.end <= number || self.unacked.binary_search_by_key(&number, |own| own.number).is_ok()
    }
}

impl Subscription {
    /// All that is not acknowledged, by number.
    fn unacked(&self) -> Vec<Published> {
        let fresh = self.fresh.iter().map(|entry| entry.own);
        let live = self.live.iter().map(|(_, live)| live.entry.own);
        let mut all: Vec<Published> =
            fresh.chain(live).chain(self.lanes.waiting(usize::MAX).map(|entry| entry.own)).collect();
        shell_sort::sort_by(&mut all, |one, other| one.number < other.number);
        all
    }
}

impl PubSub {
    /// `CreateSnapshot`.
    pub(super) fn create_snapshot(
        &mut self,
        name: &Arc<str>,
        subscription: SubscriptionName,
        out: &mut impl Out,
    ) -> Result<Reply, Fault> {
        if self.snapshots.iter().flatten().any(|own| own.name == *name) {
            return Err(Fault::new(Code::AlreadyExists, "there is a snapshot of this name"));
        }
        let number = u16::try_from(self.snapshots.len()).map_err(|_| {
            Fault::new(Code::FailedPrecondition, "at most 65,536 snapshots can be made in one run")
        })?;
        let own = self.subscription(subscription)?;
        let topic = own.topic.ok_or(Fault::new(Code::FailedPrecondition, "the topic was deleted"))?;
        let unacked = own.unacked();
        let oldest = unacked.first().map_or(out.now(), |first| first.at);
        let expires = after(oldest, SECONDS);
        if expires < after(out.now(), LEAST_SECONDS) {
            return Err(Fault::new(
                Code::FailedPrecondition,
                "a snapshot lives for 7 days less the age of its oldest message, and at least for an hour",
            ));
        }
        let end =
            self.topics.get(usize::from(topic)).and_then(Option::as_ref).map_or(1, |own| own.number + 1);
        let snapshot = Snapshot { name: name.clone(), topic, unacked: unacked.into(), end, expires };
        self.snapshots.push(Some(snapshot));
        self.keep(topic, out.now());
        self.quiet_until = self.quiet_until.min(expires);
        Ok(Reply::Snapshot(SnapshotName(number), expires))
    }

    pub(super) fn snapshot(&self, name: SnapshotName) -> Result<&Snapshot, Fault> {
        match self.snapshots.get(usize::from(name.0)) {
            Some(Some(snapshot)) => Ok(snapshot),
            Some(None) | None => Err(no_snapshot()),
        }
    }

    /// `DeleteSnapshot`.
    pub(super) fn delete_snapshot(&mut self, name: SnapshotName, now: Time) -> Result<Reply, Fault> {
        let topic = self.snapshot(name)?.topic;
        self.snapshots[usize::from(name.0)] = None;
        self.keep(topic, now);
        Ok(Reply::Ok)
    }

    /// Does away with snapshots whose time is over.
    pub(super) fn end_snapshots(&mut self, now: Time) {
        for place in 0..self.snapshots.len() {
            if self.snapshots[place].as_ref().is_some_and(|own| own.expires <= now) {
                self.delete_snapshot(SnapshotName(place as u16), now).ok();
            }
        }
    }
}
