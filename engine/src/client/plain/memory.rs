//! What workers remember having done in a program without applications: nothing.

use crate::id::MessageId;
use crate::knob::{Knob, Value};

/// It has no settings.
pub(super) const KNOBS: [Knob; 0] = [];

/// Nothing.
#[derive(Clone, PartialEq, Hash, Debug, Default)]
pub(crate) struct Memory {}

impl Memory {
    #[inline(always)]
    pub(crate) fn is_used(&self) -> bool {
        false
    }

    #[inline(always)]
    pub(crate) fn knows(&self, _: MessageId) -> bool {
        false
    }

    #[inline(always)]
    pub(crate) fn note(&mut self, _: MessageId) {}

    #[inline(always)]
    pub(super) fn set(&mut self, _: &str, _: &Value) {}
}
