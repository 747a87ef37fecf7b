//! The time of a case, as real time goes by.

use std::time::{Duration, Instant};

use queuescope_engine::Time;

/// Runs with real time, apart from what the operator of a server takes to act.
pub(crate) struct Clock {
    zero: Instant,
    stopped: Duration,
}

impl Clock {
    /// It is zero now.
    pub(crate) fn start() -> Clock {
        Clock { zero: Instant::now(), stopped: Duration::ZERO }
    }

    /// When it was `instant`.
    pub(crate) fn at(&self, instant: Instant) -> Time {
        Time::ZERO + instant.saturating_duration_since(self.zero).saturating_sub(self.stopped)
    }

    /// Waits until it is `time` and something more.
    pub(crate) fn wait(&self, time: Time, more: Duration) {
        let until = self.zero + self.stopped + time.since(Time::ZERO) + more;
        std::thread::sleep(until.saturating_duration_since(Instant::now()));
    }

    /// What `act` takes is not counted.
    pub(crate) fn stopped<T>(&mut self, act: impl FnOnce() -> T) -> T {
        let begin = Instant::now();
        let done = act();
        self.stopped += begin.elapsed();
        done
    }
}
