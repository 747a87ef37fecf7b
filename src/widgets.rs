//! Controls and figures that know nothing of queues.

#![expect(unreachable_pub, reason = "the component macro writes `pub` whatever a component says")]

pub(crate) mod choice;
pub(crate) mod entry;
pub(crate) mod life;
pub(crate) mod rows;
pub(crate) mod slider;
pub(crate) mod stat;

use std::sync::Arc;

/// A text that follows what it is read from. Every text that changes is of this one type, so that what shows such a
/// text is compiled once and not for each of them.
pub(crate) type Read = Arc<dyn Fn() -> String + Send + Sync>;

/// Whether something holds, as it follows what that is read from.
pub(crate) type Flag = Arc<dyn Fn() -> bool + Send + Sync>;

/// A handler of events, of one type for each kind of event and not for each handler.
pub(crate) fn act<E>(act: impl FnMut(E) + 'static) -> Box<dyn FnMut(E)> {
    Box::new(act)
}
