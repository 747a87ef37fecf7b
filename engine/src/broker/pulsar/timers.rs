//! What is due by itself: checks at their periods, takeovers, delayed messages, cursors to be saved.

use std::time::Duration;

use crate::journal::{Cause, Place};
use crate::time::{Time, nanos};

use super::Out;
use super::server::Pulsar;

/// When the next checks are, at the end of time where none is needed. All have a period that began with the broker.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) struct Checks {
    /// Of times to live.
    expiry: Time,
    /// Of what can be trimmed.
    pub(super) retention: Time,
    /// Of backlogs.
    quota: Time,
}

impl Default for Checks {
    fn default() -> Checks {
        Checks { expiry: Time::MAX, retention: Time::MAX, quota: Time::MAX }
    }
}

/// The next time after `now` on a grid of `period`.
fn after(now: Time, period: Duration) -> Time {
    let period = nanos(period).max(1);
    Time::from_nanos((now.as_nanos() / period + 1).saturating_mul(period))
}

impl Pulsar {
    /// Sees to it that what is to be checked will be.
    pub(super) fn arm_checks(&mut self, now: Time) {
        let all = || self.topics.iter().map(|topic| topic.policies(&self.settings));
        let expires = all().any(|policies| policies.ttl.is_some());
        let has_quota = all().any(|policies| policies.quota_size.is_some() || policies.quota_age.is_some());
        let stores = self.topics.iter().any(|topic| topic.log.first() < topic.log.end());
        let settings = &self.settings;
        let next = |needed: bool, before: Time, period: Duration| {
            if !needed { Time::MAX } else { before.min(after(now, period)) }
        };
        self.checks = Checks {
            expiry: next(expires, self.checks.expiry, settings.expiry_check),
            quota: next(has_quota, self.checks.quota, settings.quota_check),
            retention: next(stores, self.checks.retention, settings.retention_check),
        };
        self.due = self.due.min(self.checks.expiry).min(self.checks.quota).min(self.checks.retention);
    }

    /// Does what is due.
    pub(super) fn run_due(&mut self, out: &mut impl Out) {
        let now = out.now();
        if self.checks.expiry <= now {
            self.checks.expiry = Time::MAX;
            self.expire(out);
        }
        if self.checks.quota <= now {
            self.checks.quota = Time::MAX;
            self.check_quotas(out);
        }
        if self.checks.retention <= now {
            self.checks.retention = Time::MAX;
            for topic in &mut self.topics {
                topic.log.roll_if_full(now, &self.settings);
                topic.trim(&self.settings, now);
                topic.forget_producers(&self.settings, now);
            }
        }
        for topic in 0..self.topics.len() {
            for place in 0..self.topics[topic].subscriptions.len() {
                self.with(topic, place, |own, ground| {
                    if own.switch_at.is_some_and(|at| at <= now)
                        && let Some(active) = own.active
                    {
                        own.take_over(ground, active, out);
                    }
                    if own.later.first().is_some_and(|(at, _)| *at <= now) {
                        own.let_go(ground, out);
                        own.dispatch(ground, out);
                    }
                    if own.cursor.due(ground.settings).is_some_and(|at| at <= now) {
                        own.cursor.save(now);
                    }
                });
            }
        }
        self.arm_checks(now);
        self.set_due();
    }

    /// Looks for what is due first.
    pub(super) fn set_due(&mut self) {
        let checks = self.checks;
        let mut due = checks.expiry.min(checks.quota).min(checks.retention);
        for own in self.topics.iter().flat_map(|topic| &topic.subscriptions) {
            let later = own.later.first().map(|(at, _)| *at);
            for at in [own.switch_at, later, own.cursor.due(&self.settings)].into_iter().flatten() {
                due = due.min(at);
            }
        }
        self.due = due;
    }

    /// Times to live: each subscription passes what is older and not acknowledged.
    fn expire(&mut self, out: &mut impl Out) {
        let now = out.now();
        for topic in 0..self.topics.len() {
            let Some(ttl) = self.topics[topic].policies(&self.settings).ttl else { continue };
            for place in 0..self.topics[topic].subscriptions.len() {
                self.expire_older(topic, place, ttl, out);
            }
            self.topics[topic].trim(&self.settings, now);
        }
    }

    /// A subscription passes what is older than this.
    pub(super) fn expire_older(&mut self, topic: usize, place: usize, age: Duration, out: &mut impl Out) {
        let now = out.now();
        self.with(topic, place, |own, ground| {
            let mut position = own.cursor.mark;
            while let Some(slot) = &ground.log.get(position)
                && slot.message.sent + age < now
            {
                position += 1;
            }
            if own.pass(ground, position, (Place::Expired, Cause::Expiry), out) {
                own.dispatch(ground, out);
            }
            own.cursor.note(ground.settings, now);
        });
    }
}
