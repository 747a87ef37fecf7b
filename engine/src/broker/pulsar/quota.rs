//! Backlog quotas: what happens when a subscription falls too far behind.

use crate::journal::{Cause, Place};
use crate::time::Time;

use super::Out;
use super::reply::Push;
use super::server::Pulsar;
use super::settings::{Policies, QuotaPolicy};
use super::topic::Topic;

/// An eviction goes down to this share of the limit, in hundredths.
const KEPT: u64 = 90;

impl Topic {
    /// The bytes from the slowest subscription's position on.
    pub(super) fn backlog_bytes(&self) -> u64 {
        if self.subscriptions.is_empty() { 0 } else { self.log.bytes_from(self.consumed()) }
    }

    pub(super) fn is_over_quota(&self, policies: &Policies, now: Time) -> bool {
        let too_large = policies.quota_size.is_some_and(|limit| limit <= self.backlog_bytes());
        let oldest = self.subscriptions.iter().filter_map(|own| self.log.get(own.cursor.mark));
        let mut oldest = oldest.map(|slot| slot.message.sent);
        too_large || policies.quota_age.is_some_and(|limit| oldest.any(|sent| sent + limit < now))
    }

    /// The place of the subscription that is the furthest behind.
    fn slowest(&self) -> Option<usize> {
        (0..self.subscriptions.len()).min_by_key(|place| self.subscriptions[*place].cursor.mark)
    }
}

impl Pulsar {
    /// Holds all backlogs against their quotas.
    pub(super) fn check_quotas(&mut self, out: &mut impl Out) {
        let now = out.now();
        for place in 0..self.topics.len() {
            let policies = self.topics[place].policies(&self.settings);
            if !self.topics[place].is_over_quota(&policies, now) {
                continue;
            }
            match policies.quota_policy {
                QuotaPolicy::ProducerRequestHold | QuotaPolicy::ProducerException => {
                    let topic = &mut self.topics[place];
                    for client in std::mem::take(&mut topic.producers) {
                        out.push(client, Push::ProducerClosed(topic.name));
                    }
                }
                QuotaPolicy::ConsumerBacklogEviction => self.evict(place, &policies, out),
            }
        }
    }

    fn evict(&mut self, place: usize, policies: &Policies, out: &mut impl Out) {
        let now = out.now();
        if let Some(limit) = policies.quota_size {
            self.evict_by_size(place, limit.saturating_mul(KEPT) / 100, out);
        }
        if let Some(limit) = policies.quota_age {
            for own in 0..self.topics[place].subscriptions.len() {
                self.expire_older(place, own, limit * KEPT as u32 / 100, out);
            }
        }
        self.topics[place].trim(&self.settings, now);
    }

    /// The slowest subscription skips its oldest entries, as many as their share of the bytes says, until the backlog is
    /// small enough.
    fn evict_by_size(&mut self, topic: usize, target: u64, out: &mut impl Out) {
        loop {
            let (bytes, slowest) = (self.topics[topic].backlog_bytes(), self.topics[topic].slowest());
            let Some(slowest) = slowest.filter(|_| target < bytes) else { return };
            let skipped = self.with(topic, slowest, |own, ground| {
                let backlog = own.cursor.backlog(ground.log.end());
                let skip = u128::from(bytes - target) * u128::from(backlog);
                let skip = skip.div_ceil(u128::from(bytes)) as u64;
                own.skip(ground, skip, (Place::Dropped, Cause::Length), out);
                skip
            });
            if skipped.is_none_or(|skipped| skipped == 0) {
                return;
            }
        }
    }
}
