//! Virtual time: whole nanoseconds since the start of a run.
//!
//! There is no wall clock and no floating-point clock in the engine. Spans are
//! [`std::time::Duration`]; every conversion from a number of seconds saturates,
//! so no input can make time overflow or panic.

use std::fmt;
use std::ops::Add;
use std::time::Duration;

/// A point in virtual time, in whole nanoseconds since the start of the run.
///
/// 64 bits of nanoseconds last for 584 years.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Time(u64);

impl Time {
    /// The start of every run.
    pub const ZERO: Time = Time(0);
    /// The end of time: what saturating arithmetic stops at.
    pub const MAX: Time = Time(u64::MAX);

    /// The point `nanos` nanoseconds after the start.
    pub const fn from_nanos(nanos: u64) -> Time {
        Time(nanos)
    }

    /// The point `secs` seconds after the start.
    pub const fn from_secs(secs: u64) -> Time {
        Time(secs.saturating_mul(1_000_000_000))
    }

    /// The point `secs` seconds after the start, to the nearest nanosecond.
    /// Negative numbers and NaN give [`Time::ZERO`], too large ones [`Time::MAX`].
    pub fn from_secs_f64(secs: f64) -> Time {
        Time((secs * 1e9).round() as u64)
    }

    /// Nanoseconds since the start.
    pub const fn as_nanos(self) -> u64 {
        self.0
    }

    /// Seconds since the start.
    pub fn as_secs_f64(self) -> f64 {
        self.0 as f64 / 1e9
    }

    /// The span from `earlier` to here, or zero if `earlier` is later.
    pub const fn since(self, earlier: Time) -> Duration {
        Duration::from_nanos(self.0.saturating_sub(earlier.0))
    }

    /// The nanoseconds from `earlier` to here, or zero if `earlier` is later. For the paths that
    /// run millions of times a second: a [`Duration`] is split into seconds and the rest.
    #[inline]
    pub const fn nanos_since(self, earlier: Time) -> u64 {
        self.0.saturating_sub(earlier.0)
    }

    /// The point `span` before this one, or the start.
    pub fn before(self, span: Duration) -> Time {
        Time(self.0.saturating_sub(nanos(span)))
    }
}

/// The whole of a span in nanoseconds, saturating after 584 years.
pub fn nanos(span: Duration) -> u64 {
    u64::try_from(span.as_nanos()).unwrap_or(u64::MAX)
}

impl Add<Duration> for Time {
    type Output = Time;

    fn add(self, span: Duration) -> Time {
        Time(self.0.saturating_add(nanos(span)))
    }
}

impl fmt::Display for Time {
    /// Seconds with as many decimals as it takes, at least three: `2.500s`, `0.000000001s`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (secs, rest) = (self.0 / 1_000_000_000, self.0 % 1_000_000_000);
        if rest % 1_000_000 == 0 {
            write!(f, "{secs}.{:03}s", rest / 1_000_000)
        } else {
            let digits = format!("{rest:09}");
            write!(f, "{secs}.{}s", digits.trim_end_matches('0'))
        }
    }
}

impl fmt::Debug for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arithmetic_saturates_at_both_ends() {
        assert_eq!(Time::MAX + Duration::from_secs(1), Time::MAX);
        assert_eq!(Time::ZERO.since(Time::from_secs(1)), Duration::ZERO);
        assert_eq!(Time::from_secs(1).before(Duration::from_secs(2)), Time::ZERO);
        assert_eq!(Time::from_secs_f64(-1.0), Time::ZERO);
        assert_eq!(Time::from_secs_f64(f64::NAN), Time::ZERO);
        assert_eq!(Time::from_secs_f64(f64::INFINITY), Time::MAX);
        // 4.1 * 1e9 is a little less than 4,100,000,000.
        assert_eq!(Time::from_secs_f64(4.1), Time::from_nanos(4_100_000_000));
        assert_eq!(nanos(Duration::MAX), u64::MAX);
    }

    #[test]
    fn prints_as_seconds() {
        assert_eq!(Time::from_nanos(2_500_000_000).to_string(), "2.500s");
        assert_eq!(Time::from_nanos(1).to_string(), "0.000000001s");
        assert_eq!(Time::from_nanos(1_234_500_000).to_string(), "1.2345s");
    }
}
