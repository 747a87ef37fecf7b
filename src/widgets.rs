//! Controls, made of native ones. They know nothing of queues or sessions: values come in, wishes go out.

#![expect(unreachable_pub, reason = "the component macro writes `pub` whatever a component says")]

pub(crate) mod choice;
pub(crate) mod slider;
pub(crate) mod stat;

use std::sync::atomic::{AtomicU32, Ordering};

/// An id for an element that no other element has.
pub(crate) fn unique(prefix: &str) -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    format!("{prefix}-{}", NEXT.fetch_add(1, Ordering::Relaxed))
}
