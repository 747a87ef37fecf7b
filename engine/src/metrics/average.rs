//! Averages over time of a level that jumps: how deep a queue is, how many workers are busy.

use crate::time::Time;

/// The exact integral over time of a whole number, and with it its mean.
///
/// The level is 0 from the start until it is changed; no change is before the last one.
///
/// A change at `t` counts from `t` on: up to now, it adds to the integral its size times now less `t`. So it is
/// enough to add up each change times its `t`, which for a change by 1 takes no multiplication: the integral is the
/// level times now, less that sum. Both are reckoned modulo 2⁶⁴. The difference between two times comes out right
/// as long as it is less than that, which [`TimeWeighted::settle`] sees to.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct TimeWeighted {
    level: u64,
    /// Each change times the nanoseconds at which it was made, less what was settled.
    moment: u64,
    /// The last change, or when it was settled if that is later.
    since: Time,
    /// The integral up to when it was settled. 128 bits hold any level for all of time.
    settled: u128,
}

impl TimeWeighted {
    /// From `at` on, the level is `level`.
    pub fn change(&mut self, at: Time, level: u64) {
        self.settle(at);
        self.level = level;
        self.moment = level.wrapping_mul(at.as_nanos());
    }

    /// From `at` on, the level is higher by so many. It was settled not long ago: the level times the nanoseconds
    /// from there to `at` is less than 2⁶⁴.
    #[inline(always)]
    pub(super) fn rise(&mut self, at: Time, by: u32) {
        self.moment = self.moment.wrapping_add(at.as_nanos().wrapping_mul(by.into()));
        self.level = self.level.wrapping_add(by.into());
        self.since = at;
    }

    /// From `at` on, the level is lower by so many; as [`TimeWeighted::rise`].
    #[inline(always)]
    pub(super) fn fall(&mut self, at: Time, by: u32) {
        self.moment = self.moment.wrapping_sub(at.as_nanos().wrapping_mul(by.into()));
        self.level = self.level.wrapping_sub(by.into());
        self.since = at;
    }

    /// Puts the integral up to `at` aside. This changes nothing that can be read but [`TimeWeighted::since`].
    pub(super) fn settle(&mut self, at: Time) {
        self.settled = self.integral(at);
        self.moment = self.level.wrapping_mul(at.as_nanos());
        self.since = at;
    }

    /// The level now.
    pub fn level(&self) -> u64 {
        self.level
    }

    /// Since when it is known to have stood still.
    pub fn since(&self) -> Time {
        self.since
    }

    /// The integral of the level from the start to `now`, in level times nanoseconds; `now` is not before the
    /// last change. The mean over a stretch is the difference of two integrals divided by its nanoseconds.
    pub fn integral(&self, now: Time) -> u128 {
        let unsettled = self.level.wrapping_mul(self.since.as_nanos()).wrapping_sub(self.moment);
        let still = u128::from(self.level) * u128::from(now.nanos_since(self.since));
        self.settled + u128::from(unsettled) + still
    }

    /// The mean level from the start to `now`, which is not before the last change; at the start, the level.
    pub fn mean(&self, now: Time) -> f64 {
        if now == Time::ZERO {
            return self.level as f64;
        }
        self.integral(now) as f64 / now.as_nanos() as f64
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn mean_weighs_by_time() {
        let mut depth = TimeWeighted::default();
        assert_eq!((depth.level(), depth.mean(Time::ZERO)), (0, 0.0));
        depth.change(Time::from_secs(1), 4);
        depth.change(Time::from_secs(2), 9);
        depth.change(Time::from_secs(2), 1);
        assert_eq!(depth.level(), 1);
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
            let (mut now, mut level, mut sum) = (0, 0, 0_u128);
            for (gap, next) in changes {
                for _ in 0..gap {
                    sum += u128::from(level);
                }
                now += gap;
                level = next;
                depth.change(Time::from_nanos(now * stretch), level * height);
            }
            for _ in 0..rest {
                sum += u128::from(level);
            }
            now += rest;
            let end = Time::from_nanos(now * stretch);
            prop_assert_eq!(depth.integral(end), sum * u128::from(stretch) * u128::from(height));
            prop_assert_eq!(depth.level(), level * height);
            if now > 0 {
                let mean = sum as f64 / now as f64 * height as f64;
                prop_assert!((depth.mean(end) - mean).abs() <= 1e-12 * mean);
            }
        }

        /// Up to the longest run, with silences of many years in it.
        #[test]
        fn rising_and_falling_is_changing(
            steps in prop::collection::vec((gap(), 0_u8..3, 1_u32..1000), 0..60), rest in gap()
        ) {
            let (mut stepped, mut changed) = (TimeWeighted::default(), TimeWeighted::default());
            let mut now = 0;
            for (gap, step, by) in steps {
                now += gap;
                let (at, level) = (Time::from_nanos(now), changed.level());
                if 1_000_000_000 < gap || step == 0 {
                    stepped.settle(at);
                }
                if step == 1 {
                    stepped.rise(at, by);
                    changed.change(at, level + u64::from(by));
                } else if step == 2 && u64::from(by) <= level {
                    stepped.fall(at, by);
                    changed.change(at, level - u64::from(by));
                }
                prop_assert_eq!(stepped.integral(at), changed.integral(at));
            }
            let end = Time::from_nanos(now + rest);
            prop_assert_eq!((stepped.level(), stepped.integral(end)), (changed.level(), changed.integral(end)));
        }
    }

    fn gap() -> impl Strategy<Value = u64> {
        prop_oneof![4 => 0..3_u64, 4 => 0..1_000_000_000_u64, 1 => 0..50_000_000_000_000_000_u64]
    }
}
