//! What workers remember having done, to skip a message that comes a second time.

use crate::id::MessageId;
use crate::knob::{Knob, Value};
use crate::mechanism::id_set::IdSet;

use super::manner;

/// Its setting, which stands with those of the pool.
pub(super) const KNOBS: [Knob; 1] = [Knob {
    name: "idempotent",
    label: "Idempotent",
    domain: manner::switch_domain(),
    meaning: "Whether workers remember what they have done, and skip a message that comes a second time.",
    ..Knob::PLAIN
}];

/// The memory of a pool.
#[derive(Clone, PartialEq, Hash, Debug, Default)]
pub(crate) struct Memory {
    done: IdSet,
    is_used: bool,
}

impl Memory {
    /// Whether it is used at all.
    #[inline]
    pub(crate) fn is_used(&self) -> bool {
        self.is_used
    }

    /// Whether the work on a message is known to be done.
    pub(crate) fn knows(&self, message: MessageId) -> bool {
        self.is_used && self.done.contains(message.0)
    }

    /// The work on a message is done.
    #[inline]
    pub(crate) fn note(&mut self, message: MessageId) {
        if self.is_used {
            self.done.insert(message.0);
        }
    }

    pub(super) fn set(&mut self, knob: &str, value: &Value) {
        if knob == "idempotent" {
            self.is_used = manner::switch(value);
        }
    }
}
