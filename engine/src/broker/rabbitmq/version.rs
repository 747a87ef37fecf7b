//! The series of RabbitMQ whose rules differ, and in what.

/// A series of releases.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Series {
    /// 3.10 to 3.13.
    V3_10,
    /// 4.0 to 4.2.
    V4_0,
    /// 4.3 and later.
    V4_3,
}

/// The series by their names, oldest first.
const NAMES: &[(&str, Series)] = &[("3.10", Series::V3_10), ("4.0", Series::V4_0), ("4.3", Series::V4_3)];

/// The names of the series, oldest first.
pub const VERSIONS: &[&str] = &[NAMES[0].0, NAMES[1].0, NAMES[2].0];

/// Why a delivery came back to its queue.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) enum Returned {
    /// `basic.nack` with requeue.
    Nack,
    /// `basic.reject` with requeue.
    Reject,
    /// `basic.recover`.
    Recover,
    /// Its channel or connection is gone.
    Lost,
    /// It was not acknowledged in time.
    Timeout,
}

impl Series {
    /// The series of this name; the newest if there is none.
    pub fn named(name: &str) -> Series {
        NAMES.iter().find(|(own, _)| *own == name).map_or(Series::V4_3, |(_, series)| *series)
    }

    /// The delivery limit of a quorum queue that sets none.
    pub(super) fn delivery_limit(self) -> Option<i64> {
        (Series::V4_0 <= self).then_some(20)
    }

    /// Whether a delivery limit below 0 switches it off. Before, it was a limit like any other, and always exceeded.
    pub(super) fn negative_is_no_limit(self) -> bool {
        Series::V4_0 <= self
    }

    /// Whether a quorum queue counts this return as a failed delivery.
    pub(super) fn is_failure(self, how: Returned) -> bool {
        match how {
            Returned::Reject | Returned::Lost => true,
            Returned::Nack | Returned::Recover => self < Series::V4_3,
            Returned::Timeout => false,
        }
    }

    /// Whether a quorum queue without a delivery limit puts what a client returns at the back.
    pub(super) fn returns_to_the_back(self) -> bool {
        self < Series::V4_3
    }

    /// Whether the header x-last-death is written, beside x-first-death.
    pub(super) fn records_last_death(self) -> bool {
        Series::V4_0 <= self
    }

    /// Whether the next consumer of a classic single-active-consumer queue is served as soon as the active one is
    /// canceled. In 3.10 it is promoted, but nothing is sent to it until something else happens to the queue.
    pub(super) fn serves_the_promoted(self) -> bool {
        Series::V4_0 <= self
    }

    /// Whether a consumer of higher priority takes over a quorum queue's single active consumer.
    pub(super) fn priority_takes_over(self) -> bool {
        Series::V4_0 <= self
    }

    /// Whether it is quorum queues that watch for consumers that take too long, and cancel these; before, channels
    /// did, once a minute, whatever the queue, and were closed.
    pub(super) fn queues_watch_consumers(self) -> bool {
        Series::V4_3 <= self
    }

    /// Whether quorum queues know delayed retry.
    pub(super) fn delays_retries(self) -> bool {
        Series::V4_3 <= self
    }

    /// Whether the header x-acquired-count is written.
    pub(super) fn counts_acquisitions(self) -> bool {
        Series::V4_3 <= self
    }

    /// Whether a transient exchange outlives a restart.
    pub(super) fn keeps_transient_exchanges(self) -> bool {
        Series::V4_3 <= self
    }
}
