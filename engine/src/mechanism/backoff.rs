//! How long to wait before the next try.

use std::time::Duration;

use crate::mechanism::real::Real;

/// How the wait grows from one try to the next.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Growth {
    /// It does not.
    Fixed,
    /// It doubles.
    Exponential,
    /// It is anywhere between nothing and what doubling gives, so that those who failed together do not come back
    /// together ("full jitter": Brooker, "Exponential Backoff And Jitter", 2015).
    Jittered,
}

/// Waits between tries.
#[derive(Clone, Copy, PartialEq, Hash, Debug)]
pub(crate) struct Backoff {
    pub(crate) growth: Growth,
    /// The first wait, in seconds.
    pub(crate) first: Real,
    /// The longest wait, in seconds.
    pub(crate) most: Real,
}

impl Backoff {
    /// The wait after the given failure, counted from 1; `luck` is in [0, 1).
    pub(crate) fn after(&self, failure: u16, luck: f64) -> Duration {
        let doublings = match self.growth {
            Growth::Fixed => 0,
            Growth::Exponential | Growth::Jittered => u32::from(failure.saturating_sub(1)).min(62),
        };
        let longest = (self.first.0 * (1_u64 << doublings) as f64).min(self.most.0);
        let seconds = if self.growth == Growth::Jittered { longest * luck } else { longest };
        Duration::from_nanos((seconds.max(0.0) * 1e9) as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waits(growth: Growth, luck: f64) -> Vec<u64> {
        let backoff = Backoff { growth, first: Real(1.0), most: Real(10.0) };
        (1..=6).map(|failure| backoff.after(failure, luck).as_millis() as u64).collect()
    }

    #[test]
    fn it_grows_up_to_the_most() {
        assert_eq!(waits(Growth::Fixed, 0.5), [1000; 6]);
        assert_eq!(waits(Growth::Exponential, 0.5), [1000, 2000, 4000, 8000, 10_000, 10_000]);
        assert_eq!(waits(Growth::Jittered, 0.5), [500, 1000, 2000, 4000, 5000, 5000]);
        let many = Backoff { growth: Growth::Exponential, first: Real(60.0), most: Real(3600.0) };
        assert_eq!(many.after(u16::MAX, 0.0), Duration::from_secs(3600));
    }
}
