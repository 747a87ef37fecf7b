//! What the service leaves to chance, and its quotas: not of the API, but of the model.

use crate::random::Stream;

/// A probability, in millionths.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Share(u32);

const WHOLE: u32 = 1_000_000;

impl Share {
    /// The share nearest to `share` between 0 and 1.
    pub fn of(share: f64) -> Share {
        Share((share.clamp(0.0, 1.0) * f64::from(WHOLE)).round() as u32)
    }

    /// Whether it never happens.
    #[inline]
    pub(super) fn never(self) -> bool {
        self.0 == 0
    }

    /// Whether it happens this time. What never happens takes no number from the stream.
    #[inline]
    pub(super) fn happens(self, random: &mut Stream) -> bool {
        self.0 != 0 && random.below(WHOLE) < self.0
    }
}

/// How the model goes about what the service does not promise.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Settings {
    /// Whether messages of a standard queue are spread over servers, and a short poll asks only some of them.
    pub sampling: bool,
    /// How likely a standard queue hands out a message that is not its oldest, but one of the next nine.
    pub reorder: Share,
    /// How likely a receive from a standard queue leaves a copy of the message visible.
    pub duplicates: Share,
    /// How likely a delete on a standard queue is forgotten, so that the message is back after its timeout.
    pub missed_deletes: Share,
    /// How many messages of a queue can be in flight.
    pub in_flight_quota: u32,
    /// How many calls of each kind a FIFO queue takes in a second, or sends of a group with high throughput.
    pub fifo_rate: u32,
    /// How many messages, from the oldest on, a FIFO queue looks through for a group that is not locked.
    pub scan_window: u32,
}

impl Default for Settings {
    /// The quotas of the service, and nothing left to chance.
    fn default() -> Settings {
        Settings {
            sampling: false,
            reorder: Share(0),
            duplicates: Share(0),
            missed_deletes: Share(0),
            in_flight_quota: 120_000,
            fifo_rate: 300,
            scan_window: 120_000,
        }
    }
}
