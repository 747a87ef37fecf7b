//! What messages carry in a program without applications: no key, the usual size, no time limit, no priority.

use std::time::Duration;

use crate::knob::{Knob, Value};

/// It has no settings.
pub(super) const KNOBS: [Knob; 0] = [];

/// Nothing: all messages are alike.
#[derive(Clone, PartialEq, Hash, Debug, Default)]
pub(crate) struct Payload {}

impl Payload {
    #[inline(always)]
    pub(crate) fn ttl(&self) -> Option<Duration> {
        None
    }

    #[inline(always)]
    pub(crate) fn priority(&self) -> Option<u8> {
        None
    }

    #[inline(always)]
    pub(crate) fn schema(&self) -> u16 {
        1
    }

    #[inline(always)]
    pub(super) fn is_plain(&self) -> bool {
        true
    }

    #[inline(always)]
    pub(crate) fn usual_size(&self) -> u32 {
        super::USUAL_SIZE
    }

    #[inline(always)]
    pub(crate) fn key(&self, _: u64, _: u64) -> u16 {
        0
    }

    #[inline(always)]
    pub(crate) fn size(&self, _: u64, _: u64) -> u32 {
        super::USUAL_SIZE
    }

    #[inline(always)]
    pub(super) fn set(&mut self, _: &str, _: &Value) {}
}
