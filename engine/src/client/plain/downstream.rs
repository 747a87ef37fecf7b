//! What workers call upon in a program without applications: nothing, so nothing fails and nothing is held off.

use crate::knob::{Knob, Value};
use crate::time::Time;

/// It has no settings.
pub(super) const KNOBS: [Knob; 0] = [];

/// How many workers may take messages: always all of them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Admission {
    All,
    One,
    None,
}

/// Nothing.
#[derive(Clone, PartialEq, Hash, Debug, Default)]
pub(crate) struct Downstream {}

impl Downstream {
    #[inline(always)]
    pub(crate) fn is_plain(&self) -> bool {
        true
    }

    #[inline(always)]
    pub(crate) fn is_closed(&self) -> bool {
        true
    }

    #[inline(always)]
    pub(crate) fn turn(&mut self, _: bool) {}

    #[inline(always)]
    pub(crate) fn fails_fast(&self) -> bool {
        false
    }

    #[inline(always)]
    pub(crate) fn call(&mut self, _: u64, _: u64, _: u16, _: Time) -> bool {
        true
    }

    #[inline(always)]
    pub(crate) fn admission(&self) -> Admission {
        Admission::All
    }

    #[inline(always)]
    pub(crate) fn due(&self) -> Option<Time> {
        None
    }

    #[inline(always)]
    pub(crate) fn half_open(&mut self, _: Time) {}

    #[inline(always)]
    pub(super) fn set(&mut self, _: &str, _: &Value) {}
}
