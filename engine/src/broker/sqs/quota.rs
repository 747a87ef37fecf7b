//! Quotas of a FIFO queue: 300 calls a second of each kind; with high throughput, 300 sends a second in each group.
//!
//! A batch is one call, which is how a queue gets to 3,000 messages a second. A standard queue takes as many calls as
//! come. What is over the quota is throttled: nothing happens, and the client can try again.

use crate::mechanism::throttle::Throttle;

use super::Out;
use super::api::{Code, Fault};
use super::attributes::FifoThroughputLimit;
use super::queue::Queue;

/// The kinds of calls, each with a limit of its own.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Call {
    Send,
    Receive,
    Delete,
    ChangeVisibility,
}

/// How near a FIFO queue is to its limits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub(super) struct Throttles([Throttle; 4]);

pub(super) const THROTTLED: &str =
    "the rate exceeds the quota of the FIFO queue: send in batches, or try again";

impl Queue {
    /// Counts a call, unless it is one too many.
    #[inline]
    pub(super) fn admit(&mut self, call: Call, rate: u32, out: &impl Out) -> Result<(), Fault> {
        if !self.is_fifo() || self.attributes.throughput == FifoThroughputLimit::PerMessageGroupId {
            return Ok(());
        }
        if self.throttles.0[call as usize].pass(rate, out.now()) {
            Ok(())
        } else {
            Err(Fault::new(Code::RequestThrottled, THROTTLED))
        }
    }
}
