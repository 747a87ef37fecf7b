//! The properties of a subscription, and what is permitted.

use crate::time::nanos;

use super::api::{Code, DeadLetterPolicy, Fault, Field, RetryPolicy};
use super::approximate::is_in_order;
use super::filter::Filter;

/// The bounds of a `messageRetentionDuration`, in seconds: 10 minutes to 31 days.
pub(super) const RETENTION: std::ops::RangeInclusive<u32> = 600..=2_678_400;

const DAY: u32 = 86_400;

/// How long a deadline can be, in seconds.
pub(super) const MAX_ACK_DEADLINE: u32 = 600;

/// The properties of a subscription.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(super) struct Config {
    pub(super) ack_deadline: u32,
    pub(super) retry: Option<RetryPolicy>,
    pub(super) dead_letters: Option<DeadLetterPolicy>,
    /// In seconds.
    pub(super) retention: u32,
    pub(super) retains_acked: bool,
    /// In seconds; nothing is never.
    pub(super) ttl: Option<u32>,
    pub(super) ordering: bool,
    pub(super) exactly_once: bool,
    pub(super) filter: Option<Filter>,
}

impl Default for Config {
    fn default() -> Config {
        Config {
            ack_deadline: 10,
            retry: None,
            dead_letters: None,
            retention: 7 * DAY,
            retains_acked: false,
            ttl: Some(31 * DAY),
            ordering: false,
            exactly_once: false,
            filter: None,
        }
    }
}

impl Config {
    /// Sets one property.
    fn set(&mut self, field: &Field, is_new: bool) -> Result<(), Fault> {
        match field {
            Field::AckDeadlineSeconds(seconds) if (10..=MAX_ACK_DEADLINE).contains(seconds) => {
                self.ack_deadline = *seconds;
            }
            Field::AckDeadlineSeconds(_) => {
                return Err(Fault::invalid("ackDeadlineSeconds is 10 to 600"));
            }
            Field::RetryPolicy(policy) => {
                if policy.as_ref().is_some_and(|policy| !is_in_order(policy)) {
                    return Err(Fault::invalid("backoffs are 0 to 600 s, the minimum not above the maximum"));
                }
                self.retry = policy.filter(|policy| 0 < nanos(policy.maximum));
            }
            Field::DeadLetterPolicy(policy) => {
                let policy = policy.map(|own| DeadLetterPolicy {
                    attempts: if own.attempts == 0 { 5 } else { own.attempts },
                    ..own
                });
                if policy.is_some_and(|own| !(5..=100).contains(&own.attempts)) {
                    return Err(Fault::invalid("maxDeliveryAttempts is 5 to 100, or 0 for 5"));
                }
                self.dead_letters = policy;
            }
            Field::MessageRetentionDuration(seconds) if RETENTION.contains(seconds) => {
                self.retention = *seconds;
            }
            Field::MessageRetentionDuration(_) => {
                return Err(Fault::invalid("messageRetentionDuration is 600 s to 2678400 s"));
            }
            Field::RetainAckedMessages(on) => self.retains_acked = *on,
            Field::ExpirationTtl(ttl) => {
                if ttl.is_some_and(|seconds| seconds < DAY) {
                    return Err(Fault::invalid("expirationPolicy.ttl is at least 86400 s"));
                }
                self.ttl = *ttl;
            }
            Field::EnableExactlyOnceDelivery(on) => self.exactly_once = *on,
            Field::EnableMessageOrdering(_) | Field::Filter(_) if !is_new => {
                return Err(Fault::invalid("ordering and filter are fixed when the subscription is made"));
            }
            Field::EnableMessageOrdering(on) => self.ordering = *on,
            Field::Filter(text) => self.filter = Filter::read(text)?,
        }
        Ok(())
    }

    /// These properties with some of them set; `is_new` when the subscription is being made.
    pub(super) fn with(&self, fields: &[Field], is_new: bool) -> Result<Config, Fault> {
        let mut config = self.clone();
        fields.iter().try_for_each(|field| config.set(field, is_new))?;
        if config.ttl.is_some_and(|ttl| ttl < config.retention) {
            return Err(Fault::invalid("expirationPolicy.ttl is not below messageRetentionDuration"));
        }
        Ok(config)
    }
}

/// A topic's retention.
pub(super) fn check_retention(seconds: Option<u32>) -> Result<(), Fault> {
    match seconds {
        Some(seconds) if !RETENTION.contains(&seconds) => {
            Err(Fault::new(Code::InvalidArgument, "messageRetentionDuration is 600 s to 2678400 s"))
        }
        Some(_) | None => Ok(()),
    }
}
