//! What the service does only approximately, drawn from the seed; and what goes wrong now and then.
//!
//! Deadlines, backoffs and delivery counts of the real service are best effort. With the jitter off the model runs at
//! the center line of what is documented; with it on, a lease ends up to a second late, a backoff is within a quarter
//! of its value (and within its bounds), and every third dead letter has one delivery more.

use std::time::Duration;

use crate::mechanism::real::Real;
use crate::random::Stream;
use crate::time::nanos;

use super::api::RetryPolicy;

/// How the service approximates, and how likely what goes wrong.
#[derive(Clone, Copy, PartialEq, Hash, Debug)]
pub struct Approximations {
    pub(super) jitter: bool,
    /// How likely an acknowledgement is answered and forgotten.
    pub(super) lost_acks: Real,
    /// How likely a publish is done and the answer lost.
    pub(super) lost_replies: Real,
    /// How likely a publish fails for good.
    pub(super) publish_errors: Real,
    /// How likely a publish fails for now.
    pub(super) unavailable: Real,
}

impl Eq for Approximations {}

impl Default for Approximations {
    fn default() -> Approximations {
        let never = Real(0.0);
        Approximations {
            jitter: false,
            lost_acks: never,
            lost_replies: never,
            publish_errors: never,
            unavailable: never,
        }
    }
}

impl Approximations {
    /// Whether a publish that is permitted can fail.
    #[inline]
    pub(super) fn may_fail_to_publish(&self) -> bool {
        0.0 < self.lost_replies.0 || 0.0 < self.publish_errors.0 || 0.0 < self.unavailable.0
    }

    /// Switches the jitter.
    pub fn set_jitter(&mut self, on: bool) {
        self.jitter = on;
    }

    /// Sets how likely it is, from 0 to 1, what a knob of this name is about. Whether there is such a one.
    pub fn set_share(&mut self, name: &str, share: f64) -> bool {
        let own = match name {
            "lost-acks" => &mut self.lost_acks,
            "lost-replies" => &mut self.lost_replies,
            "publish-errors" => &mut self.publish_errors,
            "unavailable" => &mut self.unavailable,
            _ => return false,
        };
        *own = Real(share.clamp(0.0, 1.0));
        true
    }
}

/// The approximations with what they are drawn from.
#[derive(Clone, PartialEq, Hash, Debug)]
pub(super) struct Chance {
    pub(super) settings: Approximations,
    random: Stream,
}

impl Chance {
    pub(super) fn new(settings: Approximations, seed: u64) -> Chance {
        Chance { settings, random: Stream::named(seed, "pubsub") }
    }

    /// Whether something happens that is so likely. What never happens draws nothing.
    #[inline]
    pub(super) fn happens(&mut self, share: Real) -> bool {
        0.0 < share.0 && self.random.chance(share.0)
    }

    /// How much later than at its deadline a lease ends, in nanoseconds.
    #[inline]
    pub(super) fn late(&mut self) -> u64 {
        if self.settings.jitter { (self.random.uniform() * 1e9) as u64 } else { 0 }
    }

    /// The backoff after the given failure, counted from 1, in nanoseconds: it doubles within the bounds of its policy.
    pub(super) fn backoff(&mut self, policy: &RetryPolicy, failure: u16) -> u64 {
        let (least, most) = (nanos(policy.minimum), nanos(policy.maximum));
        let doublings = u32::from(failure.saturating_sub(1)).min(20);
        let center = least.saturating_mul(1 << doublings).min(most);
        if !self.settings.jitter {
            return center;
        }
        let factor = 0.75 + self.random.uniform() / 2.0;
        ((center as f64 * factor) as u64).clamp(least, most)
    }

    /// Whether a message gets one delivery more than it should.
    pub(super) fn miscounts(&mut self) -> bool {
        self.settings.jitter && self.random.chance(1.0 / 3.0)
    }
}

/// A policy whose bounds are in order.
pub(super) fn is_in_order(policy: &RetryPolicy) -> bool {
    const MOST: Duration = Duration::from_secs(600);
    policy.minimum <= policy.maximum && policy.maximum <= MOST
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_backoff_doubles_and_stays_within_its_bounds_also_with_jitter() {
        let policy = RetryPolicy { minimum: Duration::from_secs(10), maximum: Duration::from_secs(100) };
        let mut chance = Chance::new(Approximations::default(), 1);
        let seconds: Vec<u64> =
            (1..=6).map(|failure| chance.backoff(&policy, failure) / 1_000_000_000).collect();
        assert_eq!(seconds, [10, 20, 40, 80, 100, 100]);
        let mut jitter = Approximations::default();
        jitter.set_jitter(true);
        let mut chance = Chance::new(jitter, 1);
        let drawn: Vec<u64> = (0..100).map(|n| chance.backoff(&policy, 1 + n % 6)).collect();
        assert!(drawn.iter().all(|own| (10_000_000_000..=100_000_000_000).contains(own)));
        assert!(drawn[0] != drawn[6] || drawn[1] != drawn[7]);
    }
}
