//! The outbox of a program without applications: a producer lets go of what was turned down.

use crate::broker::driver::Parcel;
use crate::id::MessageId;
use crate::knob::{Knob, Value};
use crate::time::Time;

/// It has no settings.
pub(super) const KNOBS: [Knob; 0] = [];

/// Nothing: no message is kept.
#[derive(Clone, PartialEq, Hash, Debug, Default)]
pub(crate) struct Outbox {}

impl Outbox {
    #[inline(always)]
    pub(crate) fn is_idle(&self) -> bool {
        true
    }

    #[inline(always)]
    pub(crate) fn blocks(&self) -> bool {
        false
    }

    #[inline(always)]
    pub(crate) fn sending(&mut self, _: Parcel, _: u16, _: Time) {}

    #[inline(always)]
    pub(crate) fn confirmed(&mut self, _: MessageId) {}

    #[inline(always)]
    pub(crate) fn refused(&mut self, _: MessageId, _: u64, _: Time) -> bool {
        false
    }

    #[inline(always)]
    pub(crate) fn next(&self) -> Option<Time> {
        None
    }

    #[inline(always)]
    pub(crate) fn take_due(&mut self, _: Time) -> Option<(Parcel, u16, bool)> {
        None
    }

    #[inline(always)]
    pub(super) fn set(&mut self, _: &str, _: &Value) {}
}
