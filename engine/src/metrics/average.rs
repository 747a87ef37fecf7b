//! Averages over time of a level that jumps: how deep a queue is, how many workers are busy.

use crate::time::Time;

/// The exact integral over time of a whole number, and with it its mean.
///
/// The level is 0 from the start until it is changed.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct TimeWeighted {
    level: u64,
    since: Time,
    /// The highest level that has lasted, up to `since`.
    max: u64,
    /// Level times nanoseconds, up to `since`. 128 bits hold any level for all of time.
    integral: u128,
}

impl TimeWeighted {
    /// From `at` on, the level is `level`. A time before the last change counts as that of the last change.
    #[inline]
    pub fn change(&mut self, at: Time, level: u64) {
        self.integral += area(self.level, self.since, at);
        if self.since < at {
            self.max = self.max.max(self.level);
            self.since = at;
        }
        self.level = level;
    }

    /// The level now.
    pub fn level(&self) -> u64 {
        self.level
    }

    /// When it was last changed.
    pub fn since(&self) -> Time {
        self.since
    }

    /// The highest level that there is now or that has lasted: what comes and goes at one instant,
    /// a message handed straight to an idle worker say, was never waiting.
    pub fn max(&self) -> u64 {
        self.max.max(self.level)
    }

    /// The integral of the level from the start to `now`, in level times nanoseconds; `now` is not before the
    /// last change. The mean over a stretch is the difference of two integrals divided by its nanoseconds.
    pub fn integral(&self, now: Time) -> u128 {
        self.integral + area(self.level, self.since, now)
    }

    /// The mean level from the start to `now`, which is not before the last change; at the start, the level.
    pub fn mean(&self, now: Time) -> f64 {
        if now == Time::ZERO {
            return self.level as f64;
        }
        self.integral(now) as f64 / now.as_nanos() as f64
    }
}

/// `level` times the nanoseconds between two times. Nearly always a product of 64 bits is enough, which matters
/// where there is no instruction for 128.
#[inline]
fn area(level: u64, from: Time, to: Time) -> u128 {
    let span = to.as_nanos().saturating_sub(from.as_nanos());
    if (level | span) >> 32 == 0 { u128::from(level * span) } else { u128::from(level) * u128::from(span) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn mean_weighs_by_time() {
        let mut depth = TimeWeighted::default();
        assert_eq!((depth.level(), depth.max(), depth.mean(Time::ZERO)), (0, 0, 0.0));
        depth.change(Time::from_secs(1), 4);
        depth.change(Time::from_secs(2), 9);
        depth.change(Time::from_secs(2), 1);
        assert_eq!((depth.level(), depth.max()), (1, 4), "9 was there and gone at one instant");
        assert_eq!(depth.integral(Time::from_secs(5)), 7_000_000_000);
        assert_eq!(depth.mean(Time::from_secs(5)), 1.4);
    }

    #[test]
    fn mean_at_the_start_is_the_level() {
        let mut depth = TimeWeighted::default();
        depth.change(Time::ZERO, 3);
        assert_eq!(depth.mean(Time::ZERO), 3.0);
        assert_eq!(depth.mean(Time::from_nanos(1)), 3.0);
    }

    #[test]
    fn no_level_and_no_time_overflow() {
        let mut depth = TimeWeighted::default();
        depth.change(Time::ZERO, u64::MAX);
        depth.change(Time::MAX, u64::MAX);
        assert_eq!(depth.integral(Time::MAX), u128::from(u64::MAX) * u128::from(u64::MAX));
        assert_eq!(depth.mean(Time::MAX), u64::MAX as f64);
    }

    proptest! {
        #[test]
        fn agrees_with_adding_nanosecond_by_nanosecond(
            changes in prop::collection::vec((0_u64..40, 0_u64..9), 0..30),
            rest in 0_u64..40,
            stretch in prop_oneof![Just(1_u64), Just(7_000_000_000)],
            height in prop_oneof![Just(1_u64), Just(1 << 30), Just(1 << 40)],
        ) {
            let mut depth = TimeWeighted::default();
            let (mut now, mut level, mut max, mut sum) = (0, 0, 0, 0_u128);
            for (gap, next) in changes {
                for _ in 0..gap {
                    sum += u128::from(level);
                }
                max = if 0 < gap { max.max(level) } else { max };
                now += gap;
                level = next;
                depth.change(Time::from_nanos(now * stretch), level * height);
            }
            max = max.max(level);
            for _ in 0..rest {
                sum += u128::from(level);
            }
            now += rest;
            let end = Time::from_nanos(now * stretch);
            prop_assert_eq!(depth.integral(end), sum * u128::from(stretch) * u128::from(height));
            prop_assert_eq!((depth.level(), depth.max()), (level * height, max * height));
            if now > 0 {
                let mean = sum as f64 / now as f64 * height as f64;
                prop_assert!((depth.mean(end) - mean).abs() <= 1e-12 * mean);
            }
        }
    }
}
