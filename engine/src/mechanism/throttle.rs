//! A limit on how often something may be done in a second.

use crate::time::Time;

const SECOND: u64 = 1_000_000_000;

/// Lets pass what comes at a rate, and after a rest as much at once as comes in a second.
///
/// The generic cell rate algorithm (ITU-T I.371): one number, no bucket to be filled.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub(crate) struct Throttle {
    /// When all that was let pass would have come if it had come evenly, in nanoseconds.
    even: u64,
}

impl Throttle {
    /// Whether one more may pass now, at a limit of `rate` a second; if so it does.
    #[inline]
    pub(crate) fn pass(&mut self, rate: u32, now: Time) -> bool {
        let gap = SECOND / u64::from(rate.max(1));
        let even = self.even.max(now.as_nanos());
        if now.as_nanos() + SECOND < even + gap {
            return false;
        }
        self.even = even + gap;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_seconds_worth_at_once_then_evenly() {
        let (mut throttle, now) = (Throttle::default(), Time::from_secs(7));
        assert_eq!((0..50).filter(|_| throttle.pass(10, now)).count(), 10);
        assert!(!throttle.pass(10, now + Duration::from_millis(99)));
        assert!(throttle.pass(10, now + Duration::from_millis(100)));
        assert!(!throttle.pass(10, now + Duration::from_millis(100)));
        let later = now + Duration::from_secs(60);
        assert_eq!((0..50).filter(|_| throttle.pass(10, later)).count(), 10);
    }

    #[test]
    fn over_a_long_time_the_rate_is_the_limit() {
        let mut throttle = Throttle::default();
        let passed = (0..100_000).filter(|n| throttle.pass(300, Time::from_nanos(n * 1_000_000))).count();
        assert!((30_000..=30_300).contains(&passed), "{passed} passed in 100 s");
    }
}
